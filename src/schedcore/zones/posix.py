"""The TZ string at the end of a TZif file, read into the numbers that a `ZoneTable` continues with.

RFC 9636 3.3.1 and POSIX 8.3: `std offset [dst [offset] , start [/time] , end [/time]]`, as in
`CET-1CEST,M3.5.0,M10.5.0/3`. Offsets count west of Greenwich there, east of it everywhere else in schedcore.

What this module does not do: daylight saving time without dates, which POSIX leaves to the system, is an error.
"""

from __future__ import annotations

import re
from typing import Final

from schedcore.errors import ZoneError, shorten

__all__ = ["read_tail"]

# A name is three letters or more; anything else, such as <+0330>, stands in angle brackets.
_NAME: Final = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
_TIME: Final = r"[+-]?\d{1,3}(?::\d{2}){0,2}"
_ZONE: Final = re.compile(rf"{_NAME}(?P<std>{_TIME})(?:{_NAME}(?P<dst>{_TIME})?)?", re.ASCII)
_DATE: Final = re.compile(
    rf"(?:M(?P<month>\d{{1,2}})\.(?P<week>\d)\.(?P<day>\d)|J(?P<julian>\d{{1,3}})|(?P<zero>\d{{1,3}}))"
    rf"(?:/(?P<time>{_TIME}))?",
    re.ASCII,
)

_HOUR: Final = 3600
# Offsets go to 24 hours; times of day to 167 either way, a week less an hour (RFC 9636 3.3.1).
_OFFSET_HOURS: Final = 24
_TIME_HOURS: Final = 167
_TWO_O_CLOCK: Final = 2 * _HOUR
_MONTHLY, _JULIAN, _ZERO_BASED = 0, 1, 2

Day = tuple[int, int, int, int, int]  # kind, month, week, day, seconds of the local clock then in force


def _seconds(text: str, hours: int, whole: str) -> int:
    parts = [int(part) for part in text.lstrip("+-").split(":")] + [0, 0]
    if parts[0] > hours or parts[1] > 59 or parts[2] > 59:
        raise ZoneError(f"TZ string {shorten(whole)}: {text!r} is more than {hours} hours, 59 minutes or 59 seconds")
    seconds = parts[0] * _HOUR + parts[1] * 60 + parts[2]
    return -seconds if text.startswith("-") else seconds


def _day(text: str, whole: str) -> Day:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ZoneError(f"TZ string {shorten(whole)}: {shorten(text)} is not a date (Mm.w.d, Jn or n, then /time)")
    part = {name: int(value) for name, value in found.groupdict().items() if value and name != "time"}
    seconds = _seconds(found["time"], _TIME_HOURS, whole) if found["time"] else _TWO_O_CLOCK
    if "month" in part and 1 <= part["month"] <= 12 and 1 <= part["week"] <= 5 and part["day"] <= 6:
        return _MONTHLY, part["month"], part["week"], part["day"], seconds
    if 1 <= part.get("julian", 0) <= 365:
        return _JULIAN, 0, 0, part["julian"], seconds
    if part.get("zero", 366) <= 365:
        return _ZERO_BASED, 0, 0, part["zero"], seconds
    raise ZoneError(f"TZ string {shorten(whole)}: no year has the date {text!r}")


def read_tail(text: str) -> tuple[int, ...]:
    """Read a POSIX TZ string into the `tail` of a `ZoneTable`.

    That is `(offset,)`, or `(std, dst, *start, *end)` in seconds east of UTC, with start and end each a
    `(kind, month, week, day, seconds)`. ZoneError names the part that is wrong. Source: RFC 9636 3.3.1.

    >>> read_tail("<+0330>-3:30")
    (12600,)
    >>> read_tail("CET-1CEST,M3.5.0,M10.5.0/3")
    (3600, 7200, 0, 3, 5, 0, 7200, 0, 10, 5, 0, 10800)
    """
    zone, *days = text.split(",")
    found = _ZONE.fullmatch(zone)
    if found is None:
        raise ZoneError(f"TZ string {shorten(text)}: {shorten(zone)} is not a name and an offset (CET-1, <+03>-3)")
    std = -_seconds(found["std"], _OFFSET_HOURS, text)
    has_dst = found.end("std") < len(zone)
    if len(days) != (2 if has_dst else 0):
        raise ZoneError(f"TZ string {shorten(text)}: daylight saving time needs two dates, and standard time none")
    if not has_dst:
        return (std,)
    dst = -_seconds(found["dst"], _OFFSET_HOURS, text) if found["dst"] else std + _HOUR
    return (std, dst, *_day(days[0], text), *_day(days[1], text))
