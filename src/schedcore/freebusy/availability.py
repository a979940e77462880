"""`Availability`: when somebody can be had, as VAVAILABILITY says it (RFC 7953).

Rules of this module:

1. A VAVAILABILITY covers the time from its DTSTART to its DTEND (or DURATION), either side without bound if it is not
   given. In there its owner is what BUSYTYPE says (BUSY-UNAVAILABLE unless given), but for the time of its AVAILABLE
   components, which is free. Outside of it, it says nothing (RFC 7953 3.1).
2. Of several, PRIORITY decides: 1 is the highest, 9 the lowest, and 0, the same as none, is below 9 (RFC 5545 3.8.1.9
   with RFC 7953 4). Where one covers a time, those below it do not count there, neither what they make busy nor what
   they make free.
3. Within one priority time is free if any AVAILABLE frees it; else the strongest busy type counts, in RFC 7953's
   order: BUSY over BUSY-UNAVAILABLE over BUSY-TENTATIVE.
4. AVAILABLE repeats as events do: RRULE, RDATE, EXDATE, DURATION, and overrides by RECURRENCE-ID. What of it lies
   outside of its VAVAILABILITY does not count.
5. One difference: a DTSTART that its RRULE does not give frees nothing. RFC 5545 3.8.5.3 leaves open what that means,
   and for an event it is its first instance; but RFC 7953 3.1 writes "Monday to Friday" with a DTSTART on a Sunday.

Why rule 2 follows section 4 of the RFC and not the procedure of section 5 as it is written: that one first marks all
time of all components busy and then frees every AVAILABLE, also those of a component that a higher one overrides only
in part. Asked for a longer time than a vacation lasts, it frees the vacation again.

How it is read: an AVAILABLE has the properties of an event, so each VAVAILABILITY becomes a calendar whose events are
its AVAILABLE components, with the zones of the whole text; bounds are read as the times of an event. `Calendar` does
the rest. Why not `icalendar`, which knows these components too: `ics.component` says why for events.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import tzinfo as TZInfo
from itertools import pairwise
from typing import Final, NamedTuple

from schedcore.errors import CalendarError, InvalidValue, LimitExceeded, shorten
from schedcore.freebusy.clocks import Stretch, joined, moment
from schedcore.freebusy.status import FBTYPE, RFC7953, Status
from schedcore.ics import Calendar, Problem
from schedcore.ics.component import Component, components_of
from schedcore.ics.text import Line, lines_of
from schedcore.recurrence import Duration, Series
from schedcore.recurrence.window import MAX_KEY, MIN_KEY
from schedcore.zones import zone_of

__all__ = ["Availability"]

#: PRIORITY 0 and no PRIORITY are one below 9, the lowest that can be written.
_NO_PRIORITY: Final = 10
_NAMES: Final = frozenset(("UID", "DTSTART", "DTEND", "DURATION", "PRIORITY", "BUSYTYPE"))
_NAME: Final = re.compile(r"\s*([A-Za-z-]+)\s*(?=[;:])", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Part:
    """One VAVAILABILITY: what it covers, how much it counts, and its AVAILABLE components as a calendar of events."""

    start: date | None
    end: date | None
    length: Duration | None
    level: int
    busy: Status
    available: Calendar
    out_of_step: frozenset[int]
    """Lines in `available` of what has a DTSTART that its rules do not give."""

    def covers(self, zone: TZInfo) -> Stretch:
        """The UTC seconds it covers."""
        start = MIN_KEY if self.start is None else moment(self.start, zone, "DTSTART")
        if self.end is not None:
            return start, moment(self.end, zone, "DTEND")
        if self.start is None or self.length is None:
            return start, MAX_KEY
        # Days on the wall clock first, then exact seconds (RFC 5545 3.3.6).
        return start, moment(self.start + timedelta(days=self.length.days), zone, "DTEND") + self.length.seconds

    def frees(self, start: int, end: int, zone: TZInfo) -> list[Stretch]:
        """The UTC seconds within [start, end) that its AVAILABLE components free: in order, none touching."""
        low, high = self.covers(zone)
        start, end = max(start, low), min(end, high)
        if start >= end:
            return []
        found = [
            one
            for one in self.available.overlapping(_aware(start), _aware(end), tz=zone)
            if not (one.event.line in self.out_of_step and one.recurrence_id == one.event.series.dtstart)
        ]
        spans = ((moment(one.start, zone, "DTSTART"), moment(one.end, zone, "DTEND")) for one in found)
        return joined((max(a, start), min(b, end)) for a, b in spans if a < end and b > start)


@dataclass(frozen=True, slots=True)
class Availability:
    """When one person can be had, by all VAVAILABILITY components of an iCalendar text (RFC 7953).

    `problems` are what could not be read or was forgiven; `tzinfo` is the zone that the text names for itself
    (X-WR-TIMEZONE) or that was given, else None: times without a zone are meant there, else in UTC, though RFC 7953 has
    none. What the components mean together is described at the head of this module. Made by `from_ical`.

    >>> hours = Availability.from_ical('''BEGIN:VCALENDAR
    ... VERSION:2.0
    ... PRODID:-//example//hours//EN
    ... BEGIN:VAVAILABILITY
    ... UID:hours@example.com
    ... DTSTAMP:20261001T000000Z
    ... BEGIN:AVAILABLE
    ... UID:week@example.com
    ... DTSTAMP:20261001T000000Z
    ... DTSTART;TZID=Europe/Zurich:20261005T090000
    ... DTEND;TZID=Europe/Zurich:20261005T170000
    ... RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
    ... END:AVAILABLE
    ... END:VAVAILABILITY
    ... END:VCALENDAR
    ... ''')
    >>> day = 1_792_886_400  # Sunday, 25 October 2026, 00:00 UTC
    >>> [((a - day) / 3600, (b - day) / 3600, status.name) for a, b, status in hours.closed(day, day + 2 * 86400)]
    [(0.0, 32.0, 'OUT_OF_OFFICE'), (40.0, 48.0, 'OUT_OF_OFFICE')]
    """

    problems: tuple[Problem, ...] = ()
    tzinfo: TZInfo | None = None
    _parts: tuple[_Part, ...] = field(default=(), repr=False)

    @classmethod
    def from_ical(cls, data: bytes | str, tz: str | TZInfo | None = None) -> Availability:
        """Read the availability in an iCalendar text; one without VAVAILABILITY says nothing, so everything is free.

        A component that cannot be read is a problem, and the others count. CalendarError if there is no VCALENDAR.
        Cost: linear in the length of the text; nothing is expanded.
        """
        outer = Calendar.from_ical(data)  # for its errors, and for what is wrong with the text as a whole
        calendars, _ = components_of(lines_of(data)[0])
        problems = list(outer.problems)
        parts = []
        for calendar in calendars:
            # A TZID is defined in the same VCALENDAR, else in another one of the text.
            zones = _Zones(_zones([calendar]), _zones(one for one in calendars if one is not calendar))
            for component in calendar.parts:
                if component.name == "VAVAILABILITY":
                    try:
                        parts.append(_part(component, zones, problems))
                    except InvalidValue as error:
                        problems.append(Problem(_uid(component), component.line, str(error)))
        return cls(tuple(problems), outer.zone if tz is None else zone_of(tz).tzinfo, tuple(parts))

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self._parts)

    def check(self, start: int, end: int, most: int) -> None:
        """Raise LimitExceeded where there are more than about `most` stretches in [start, end) of UTC seconds."""
        found = sum(part.available._about(_aware(start), _aware(end), most) for part in self._parts)
        if found > most:
            raise LimitExceeded("max_available", allowed=most, reached=found)

    def closed(self, start: int, end: int) -> list[tuple[int, int, Status]]:
        """List the stretches of [start, end), in UTC seconds, that are not free, with the status each has.

        In order; stretches that touch differ in status. BUSY-UNAVAILABLE is out of office, as in free/busy. Cost: that
        of expanding the AVAILABLE components in the window, and a look at each component for each bound of one.
        """
        zone = self.tzinfo or UTC
        layers = [
            (part.level, part.busy, part.covers(zone), part.frees(start, end, zone))
            for part in sorted(self._parts, key=lambda part: part.level)
        ]
        edges = {start, end}
        for _, _, covered, freed in layers:
            edges.update(edge for a, b in (covered, *freed) for edge in (a, b) if start < edge < end)
        found: list[tuple[int, int, Status]] = []
        for a, b in pairwise(sorted(edges)):
            status = _status_at(a, layers)
            if status is Status.FREE:
                continue
            if found and found[-1][1:] == (a, status):
                a = found.pop()[0]
            found.append((a, b, status))
        return found


_Layer = tuple[int, Status, Stretch, list[Stretch]]


def _status_at(second: int, layers: Sequence[_Layer]) -> Status:
    """What the layers, highest first, make of an instant: the highest level that covers it decides."""
    deciding, said = None, []
    for level, busy, (a, b), freed in layers:
        if deciding is not None and level != deciding:
            break
        if a <= second < b:
            deciding = level
            at = bisect_right(freed, (second, MAX_KEY + 1)) - 1
            said.append(Status.FREE if at >= 0 and second < freed[at][1] else busy)
    if not said or Status.FREE in said:
        return Status.FREE
    return min(said, key=RFC7953.index)


def _aware(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


# --- the text ---------------------------------------------------------------------------------------------------------


def _uid(component: Component) -> str | None:
    return next((prop.value.strip() or None for prop in component.properties(frozenset(("UID",)))), None)


class _Zones(NamedTuple):
    """The lines of the VTIMEZONE components of a component's own VCALENDAR, and those of the other ones."""

    own: list[Line]
    others: list[Line]


def _zones(calendars: Iterable[Component]) -> list[Line]:
    return [line for one in calendars for part in one.parts if part.name == "VTIMEZONE" for line in part.lines]


def _part(component: Component, zones: _Zones, problems: list[Problem]) -> _Part:
    """Read a VAVAILABILITY; InvalidValue names what makes it unreadable."""
    own: dict[str, Line] = {}
    for line in component.own:
        if (found := _NAME.match(line.text)) and found[1].upper() in _NAMES:
            own.setdefault(found[1].upper(), line)
    uid = _uid(component)

    def note(reason: str) -> None:
        problems.append(Problem(uid, component.line, reason))

    start, end = _time(own.get("DTSTART"), zones), _time(own.get("DTEND"), zones)
    length = None
    if "DURATION" in own:
        if start is None or end is not None:
            note("DURATION needs a DTSTART and no DTEND (RFC 7953 3.1): passed over")
        else:
            length = Duration.parse(_value(own["DURATION"]))
            if length.is_negative:
                raise CalendarError(f"DURATION={length} is negative: it covers no time")
    events = _available(component, zones, problems)
    part = _Part(
        start, end, length, _level(own.get("PRIORITY"), note), _busy(own.get("BUSYTYPE"), note),
        events,
        frozenset(event.line for event in events.events if not _in_step(event.series)),
    )  # fmt: skip
    low, high = part.covers(UTC)
    if low >= high:
        note("it ends no later than it starts: it covers no time")
    return part


def _in_step(series: Series) -> bool:
    """Whether a DTSTART is what its rules give, or has none."""
    if not series.rules:
        return True
    ruled = Series(series.dtstart, series.rules, include_dtstart=False, strict=False)
    return bool(ruled.first() == series.dtstart)


def _value(line: Line) -> str:
    """What stands behind the colon; none of the properties that are read so has parameters with colons in them."""
    return line.text.partition(":")[2].strip()


def _time(line: Line | None, zones: _Zones) -> date | None:
    """Read DTSTART or DTEND, as the DTSTART of an event."""
    if line is None:
        return None
    name = _NAME.match(line.text)
    assert name is not None  # the line was found by it
    event = ["BEGIN:VEVENT", "UID:bound", f"DTSTART{line.text[name.end() :]}", "END:VEVENT"]
    read = _calendar([Line(line.number, text) for text in event], zones)
    if not read.events:
        reason = "; ".join(problem.reason for problem in read.problems)
        raise CalendarError(f"{name[1].upper()} cannot be read: {reason}")
    return read.events[0].series.dtstart


def _calendar(lines: Sequence[Line], zones: _Zones) -> Calendar:
    """Read lines as components of a calendar with these zones; they begin in its second line."""
    around = ["END:VCALENDAR", "BEGIN:VCALENDAR", *(line.text for line in zones.others), "END:VCALENDAR"]
    inside = [line.text for line in (*lines, *zones.own)]
    return Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", *inside, *around]))


def _level(line: Line | None, note: Callable[[str], None]) -> int:
    """PRIORITY as 1, which decides first, to 10, for none."""
    text = "0" if line is None else _value(line)
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= 9):
        note(f"PRIORITY={shorten(text)} is not 0 to 9 (RFC 5545 3.8.1.9): read as none")
        text = "0"
    return int(text) or _NO_PRIORITY


def _busy(line: Line | None, note: Callable[[str], None]) -> Status:
    """BUSYTYPE as a status; words that nobody knows are BUSY-UNAVAILABLE, the default (RFC 7953 3.2)."""
    word = "BUSY-UNAVAILABLE" if line is None else _value(line).upper()
    if word not in FBTYPE.words or word == "FREE":
        note(f"BUSYTYPE={shorten(word)} is not a busy type of RFC 7953 3.2: read as BUSY-UNAVAILABLE")
        word = "BUSY-UNAVAILABLE"
    return FBTYPE.status(word)


def _available(component: Component, zones: _Zones, problems: list[Problem]) -> Calendar:
    """The AVAILABLE components of a VAVAILABILITY, read as the events of a calendar."""
    lines: list[Line] = []
    depth = 0  # in the AVAILABLE, of what nests there
    for line in component.lines[1:-1]:
        text = line.text.strip().upper()
        if depth or text == "BEGIN:AVAILABLE":
            depth += text.startswith("BEGIN:") - text.startswith("END:")
            renamed = {"BEGIN:AVAILABLE": "BEGIN:VEVENT", "END:AVAILABLE": "END:VEVENT"}.get(text, line.text)
            lines.append(Line(line.number, renamed))
    read = _calendar(lines, zones)
    for problem in read.problems:
        # Its lines are counted in the calendar made here; what is said of the zones was said of the whole text.
        if problem.line is not None and 2 <= problem.line < len(lines) + 2:
            problems.append(Problem(problem.uid, lines[problem.line - 2].number, f"AVAILABLE: {problem.reason}"))
    for event in read.events:
        if event.series.duration in (None, timedelta(0)):
            problems.append(Problem(event.uid, component.line, "AVAILABLE without DTEND or DURATION frees no time"))
    return read
