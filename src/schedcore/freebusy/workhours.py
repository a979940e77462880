"""`WorkHours`: when somebody works, in a short form, by the clock on their wall.

    hours   = "24/7" / part *(";" part)
    part    = days [times] / times                  no days: every day; no times: the whole day
    days    = dayspan *("," dayspan)
    dayspan = day ["-" day]                         Mo Tu We Th Fr Sa Su; Sa-Mo goes over the end of the week
    times   = time "-" time *("," time "-" time)    09:00 to 24:00; 22:00-06:00 ends on the next day

Rules of this module:

1. An instant is within the hours if the clock on the wall shows a time that is: over a change of clocks nothing
   shifts, an hour that comes twice is open twice (see `clocks`).
2. Times that overlap or touch are one. What goes over midnight belongs to the day on which it begins.
3. A day is named in one part only. Some formats let a later part replace an earlier one and some add them up, so
   guessing would give somebody the wrong hours without a sign of it.
4. Hours that are never open are an error: whoever writes them means something else.

The form is a small part of what OpenStreetMap calls opening_hours; holidays and seasons are VAVAILABILITY's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from schedcore._column import Column, column_of
from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy._week import closed, opened
from schedcore.freebusy.clocks import Stretch, joined, runs
from schedcore.freebusy.status import Status
from schedcore.recurrence.window import DAY
from schedcore.zones import Zone, zone_of

__all__ = ["WorkHours"]

WEEK: Final = 7 * DAY
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NUMBERS: Final = {name.upper(): number for number, name in enumerate(_DAYS)}
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_EXAMPLE: Final = "'Mo-Fr 09:00-12:00,13:00-17:30'"
#: Every day with dozens of times takes no more; a longer text is no one's hours.
_MAX_CHARS: Final = 2000


@dataclass(frozen=True, slots=True)
class WorkHours:
    """Hours of a week in a zone, such as `WorkHours("Mo-Fr 09:00-12:00,13:00-17:30", "Europe/Zurich")`.

    `text` becomes canonical and `zone` the zone's key; hours that mean the same are equal and hash alike. The form is
    described at the head of this module. InvalidValue names the piece of a text that cannot be read, ZoneError the
    zone. `open` and `closed` cost a few microseconds for each week of the window.

    >>> hours = WorkHours("mo-fr 9:00-12:00, 11:30-17:00; sa 22:00-02:00", "Europe/Zurich")
    >>> str(hours)
    'Mo-Fr 09:00-17:00; Sa 22:00-02:00'
    >>> WorkHours("Mo-Fr 09:00-25:00", "Europe/Zurich")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: work hours: '25:00' in 'Mo-Fr 09:00-25:00' is no time of day; write 00:00 to 24:00
    """

    text: str = field(compare=False)
    zone: str | tzinfo = "UTC"
    _zone: Zone = field(init=False, repr=False, compare=False)
    _week: tuple[Stretch, ...] = field(init=False, repr=False)
    _column: Column = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the text and find the zone."""
        if not isinstance(self.text, str):
            raise InvalidValue(
                f"work hours: {shorten(self.text)} is not a text; write them as in {_EXAMPLE}, or '24/7'"
            )
        text, week, column = _meaning(self.text)
        zone = zone_of(self.zone)
        object.__setattr__(self, "zone", zone.key)
        object.__setattr__(self, "_zone", zone)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "_week", week)
        object.__setattr__(self, "_column", column)
        object.__setattr__(self, "_hash", hash((zone.key, week)))

    def __hash__(self) -> int:
        # Worked out once: for hundreds of people hours are looked up by their hash.
        return self._hash

    @property
    def tzinfo(self) -> tzinfo:
        """The zone for Python's own datetimes."""
        return self._zone.tzinfo

    def __str__(self) -> str:
        return self.text

    def open(self, start: int, end: int) -> list[Stretch]:
        """List the stretches of [start, end), in UTC seconds, that are within the hours: in order, none touching.

        >>> WorkHours("Th 09:00-17:00").open(0, 86400)
        [(32400, 61200)]
        """
        return opened(runs(self._zone, start, end), self._column)

    def closed(self, start: int, end: int) -> list[tuple[int, int, Status]]:
        """List the stretches of [start, end) that are outside of the hours, as out of office.

        >>> [(a, b) for a, b, _ in WorkHours("Th 09:00-17:00").closed(0, 86400)]
        [(0, 32400), (61200, 86400)]
        """
        return closed(runs(self._zone, start, end), self._column, Status.OUT_OF_OFFICE)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what it was made from: a column is memory of this process."""
        return WorkHours, (self.text, self._zone.tzinfo)


# --- the text ---------------------------------------------------------------------------------------------------------


#: Companies have few distinct hours, and what was read once is compared by looking whether it is the same.
@lru_cache(maxsize=256)
def _meaning(text: str) -> tuple[str, tuple[Stretch, ...], Column]:
    """The canonical text, and the stretches of the week, as pairs and as a column of starts and ends in turns."""
    days = _read(text)
    spans = [(day * DAY + a, day * DAY + b) for day, times in days.items() for a, b in times]
    # What goes over the end of the week is open at its beginning.
    spans += [(a - WEEK, b - WEEK) for a, b in spans if b > WEEK]
    week = tuple((max(a, 0), min(b, WEEK)) for a, b in joined(spans) if b > 0)
    return _canonical(days), week, column_of(second for span in week for second in span)


def _read(text: str) -> dict[int, list[Stretch]]:
    """Days (Monday 0) with their times, in seconds from the day's midnight; an end beyond 24 h is on the next day."""
    if len(text) > _MAX_CHARS:
        raise InvalidValue(f"work hours: {shorten(text)} is longer than {_MAX_CHARS} characters; write less")
    if text.strip() == "24/7":
        return {day: [(0, DAY)] for day in range(7)}
    found: dict[int, list[Stretch]] = {}
    for part in text.split(";"):
        days, times = _part(part, text)
        for day in days:
            if day in found:
                raise InvalidValue(
                    f"work hours: {_DAYS[day]} is named twice in {shorten(text)}; write all its times in one part,"
                    f" as in {_EXAMPLE}"
                )
            found[day] = times
    return dict(sorted(found.items()))


def _part(part: str, text: str) -> tuple[list[int], list[Stretch]]:
    """The days and the times of one part: the days end at the first digit."""
    digit = re.search(r"\d", part)
    split = digit.start() if digit else len(part)
    named, timed = part[:split].strip(), part[split:].strip()
    if not named and not timed:
        raise InvalidValue(f"work hours: {_place(part, text)} names no day and no time; write them as in {_EXAMPLE}")
    days = _days(named, text) if named else list(range(7))
    return days, _times(timed, text) if timed else [(0, DAY)]


def _days(named: str, text: str) -> list[int]:
    found: list[int] = []
    for piece in named.split(","):
        first, dash, last = (name.strip().upper() for name in piece.partition("-"))
        if first not in _NUMBERS or (dash and last not in _NUMBERS):
            raise InvalidValue(
                f"work hours: {_place(piece.strip(), text)} is no day; write {' '.join(_DAYS)}, and Mo-Fr for several"
            )
        a = _NUMBERS[first]
        b = _NUMBERS[last] if dash else a
        found += [(a + step) % 7 for step in range((b - a) % 7 + 1)]
    if len(set(found)) < len(found):
        raise InvalidValue(f"work hours: {_place(named, text)} names a day twice; name each once")
    return found


def _times(timed: str, text: str) -> list[Stretch]:
    found: list[Stretch] = []
    for piece in timed.split(","):
        first, dash, last = (name.strip() for name in piece.partition("-"))
        if not dash:
            raise InvalidValue(f"work hours: {_place(piece.strip(), text)} has no end; write it as in 09:00-17:30")
        a, b = _seconds(first, text), _seconds(last, text)
        if a == DAY:
            raise InvalidValue(f"work hours: {_place(piece.strip(), text)} begins when the day is over; write 00:00")
        if a == b:
            raise InvalidValue(
                f"work hours: {_place(piece.strip(), text)} is never open; write 00:00-24:00 for a whole day"
            )
        found.append((a, b if a < b else b + DAY))
    spans = joined(found)
    if spans[-1][1] - spans[-1][0] > DAY:
        raise InvalidValue(
            f"work hours: {_place(timed, text)} is open for more than a day on end; write 00:00-24:00, and the rest of"
            " the next day with the next day"
        )
    return spans


def _seconds(clock: str, text: str) -> int:
    read = _TIME.fullmatch(clock)
    seconds = int(read[1]) * 3600 + int(read[2]) * 60 if read else DAY + 1
    if read is None or int(read[2]) > 59 or seconds > DAY:
        raise InvalidValue(f"work hours: {_place(clock, text)} is no time of day; write 00:00 to 24:00")
    return seconds


def _place(piece: str, text: str) -> str:
    return shorten(piece, 40) if piece == text else f"{shorten(piece, 40)} in {shorten(text)}"


def _canonical(days: dict[int, list[Stretch]]) -> str:
    """The shortest text that means the same: days of equal times are one part, spans of days are joined."""
    if len(days) == 7 and all(times == [(0, DAY)] for times in days.values()):
        return "24/7"
    parts: dict[tuple[Stretch, ...], list[int]] = {}
    for day, times in days.items():
        parts.setdefault(tuple(times), []).append(day)
    return "; ".join(
        " ".join(filter(None, (_day_text(its), ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in times))))
        for times, its in parts.items()
    )


def _day_text(days: list[int]) -> str:
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ",".join(_DAYS[span[0]] if len(span) == 1 else f"{_DAYS[span[0]]}-{_DAYS[span[-1]]}" for span in spans)


def _clock(second: int) -> str:
    minutes = (second if second <= DAY else second - DAY) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"
