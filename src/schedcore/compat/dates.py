"""Dates and times in the text of a rule: iCalendar's `19970902T090000Z`, and ISO 8601's `1997-09-02T09:00:00+02:00`.

dateutil reads these with its parser of free text ("TheCowsComeHome" is an error to it too, "Sep 2 1997" is not). Here
a text that is neither is an error; parse it first and give the datetime as `dtstart` or `until`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from warnings import warn

from schedcore.errors import RuleError, ZoneError, shorten
from schedcore.zones import zone_of

__all__ = ["TzIds", "TzInfos", "moment_of", "zone_named"]

#: What dateutil takes: names to tzinfos, seconds east of Greenwich or zone names; or a function of name and offset.
TzInfos = Mapping[str, Any] | Callable[[str | None, int | None], Any] | None
TzIds = Mapping[str, tzinfo] | Callable[[str], tzinfo | None] | None

DATE: Final = re.compile(
    r"""(?P<year>\d{4}) (?P<dash>[-/]?) (?P<month>\d\d) (?P=dash) (?P<day>\d\d)
        (?: [T ] (?P<hour>\d\d) (?: (?P<colon>:?) (?P<minute>\d\d)
            (?: (?P=colon) (?P<second>\d\d) (?: [.,] (?P<micro>\d{1,6}) )? )? )? )?
        \s* (?P<zone> [A-Z]{3,} )? (?P<offset> Z | [+-] \d\d (?: :? \d\d )? )?""",
    re.VERBOSE | re.ASCII,
)
UTC_NAMES: Final = ("UTC", "GMT")


def moment_of(text: str, ignoretz: bool = False, tzinfos: TzInfos = None) -> datetime:
    """Read one date or date-time, in capitals; a date is its midnight. RuleError for any other text."""
    found = DATE.fullmatch(text.strip())
    if not found:
        raise RuleError(
            f"{shorten(text)} is not a date: write it as 19970902T090000, with Z for UTC, or as 1997-09-02T09:00:00",
            value=text,
        )
    year, month, day, hour, minute, second = (
        int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        value = datetime(year, month, day, hour, minute, second, int((found["micro"] or "").ljust(6, "0")))
    except ValueError as error:
        raise RuleError(f"{shorten(text)} is not a date: {error}", value=text) from error
    return value if ignoretz else value.replace(tzinfo=_zone_of(text, found["zone"], found["offset"], tzinfos))


def _zone_of(text: str, name: str | None, offset: str | None, tzinfos: TzInfos) -> tzinfo | None:
    seconds = None
    if offset == "Z":
        name, seconds = name or "UTC", 0
    elif offset:
        digits = offset[1:].replace(":", "").ljust(4, "0")
        seconds = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if offset[0] == "-" else 1)
    elif name in UTC_NAMES:
        seconds = 0
    if callable(tzinfos):
        return _tzinfo(tzinfos(name, seconds))
    if tzinfos and name and name in tzinfos:
        return _tzinfo(tzinfos[name])
    if seconds is not None:
        return timezone(timedelta(seconds=seconds)) if seconds else UTC
    if name:
        warn(f"{shorten(text)}: the zone {name} is not known and was left out; name it in tzinfos", stacklevel=2)
    return None


def _tzinfo(given: Any) -> tzinfo | None:
    """What `tzinfos` may hold as a tzinfo."""
    if given is None or isinstance(given, tzinfo):
        return given
    if isinstance(given, str):
        return zone_of(given).tzinfo
    return timezone(timedelta(seconds=given))


def zone_named(name: str, tzids: TzIds) -> tzinfo | None:
    """The zone of a TZID. As in dateutil a name that nobody knows is no zone at all: the time then is naive."""
    if tzids is None:
        try:
            return zone_of(name).tzinfo
        except ZoneError:
            return None
    if callable(tzids):
        return tzids(name)
    if not hasattr(tzids, "get"):
        raise RuleError(f"tzids must be a callable, mapping, or None, not {shorten(tzids)}", value=tzids)
    return tzids.get(name)
