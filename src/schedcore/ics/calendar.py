"""`Calendar`: the events of an iCalendar text, and what happens when.

Rules of this module:

1. A text is a calendar if it has a VCALENDAR, or a component of one; otherwise it is a `CalendarError`. Everything
   smaller that goes wrong is in `problems`, and what is not wrong is answered.
2. Events are read as calendars mean them (`strict=False`); what was forgiven is in `problems` too.
3. All-day events and floating times happen in the calendar's zone (X-WR-TIMEZONE), else in the one the asker names,
   else in that of the window. They stay dates and naive datetimes; the zone says which window they fall into, and in
   which order.

What this module does not do: it reads no files and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, tzinfo
from operator import itemgetter
from typing import Any, Final

from schedcore.errors import CalendarError, InvalidValue, SeriesError, shorten
from schedcore.ics.component import Component, components_of
from schedcore.ics.draft import Draft, read_draft, uid_of
from schedcore.ics.event import Event
from schedcore.ics.grouping import Track, group
from schedcore.ics.problem import Problem
from schedcore.ics.text import lines_of
from schedcore.ics.timezones import Uses, Zones
from schedcore.ics.writing import text_of, written
from schedcore.recurrence import Occurrence
from schedcore.recurrence.limits import count
from schedcore.recurrence.window import DAY, floating_key, instant, key_of
from schedcore.zones import Zone, zone_of

__all__ = ["Calendar", "drafts_of", "named", "touching", "tracks_of"]

_HEADER: Final = frozenset(("X-WR-CALNAME", "NAME", "X-WR-TIMEZONE"))
_BUSY: Final = frozenset(("FREEBUSY",))
_ORDER: Final = itemgetter(0, 1, 2)


class Calendar:
    """The events of one iCalendar text, which may hold several VCALENDARs.

    `events` are in the order of the text; an override is not one of them, it is in the series of its event. `name` is
    X-WR-CALNAME or NAME, `zone` the tzinfo of X-WR-TIMEZONE, both of the first VCALENDAR that has one, else None.
    `problems` are what could not be read and what was forgiven, each with UID and line.

    >>> calendar = Calendar.from_ical('''BEGIN:VCALENDAR
    ... VERSION:2.0
    ... PRODID:-//example//weekly//EN
    ... BEGIN:VEVENT
    ... UID:weekly@example.com
    ... DTSTAMP:20260101T000000Z
    ... SUMMARY:Weekly
    ... DTSTART;TZID=Europe/Zurich:20260323T090000
    ... DURATION:PT1H
    ... RRULE:FREQ=WEEKLY
    ... END:VEVENT
    ... END:VCALENDAR
    ... ''')
    >>> from zoneinfo import ZoneInfo
    >>> zurich = ZoneInfo("Europe/Zurich")
    >>> found = calendar.overlapping(datetime(2026, 3, 23, tzinfo=zurich), datetime(2026, 4, 1, tzinfo=zurich))
    >>> [str(occurrence.start) for occurrence in found]
    ['2026-03-23 09:00:00+01:00', '2026-03-30 09:00:00+02:00']
    """

    __slots__ = ("_text", "_tracks", "events", "name", "problems", "zone")

    def __init__(
        self,
        events: list[Event],
        tracks: list[Track],
        problems: list[Problem],
        name: str | None,
        zone: tzinfo | None,
        text: str,
    ) -> None:
        self.events = events
        self.problems = problems
        self.name = name
        self.zone = zone
        self._tracks = tracks
        self._text = text  # the logical lines of the calendars, LF between them

    @classmethod
    def from_ical(cls, data: bytes | str) -> Calendar:
        """Read an iCalendar text (RFC 5545), in whatever state it is.

        CalendarError if there is neither a VCALENDAR in it nor a component of one. Cost: linear in the length of the
        text, some 10,000 events a second; nothing is expanded.

        >>> Calendar.from_ical("")
        Traceback (most recent call last):
            ...
        schedcore.errors.CalendarError: the text is empty: pass an iCalendar text, from BEGIN:VCALENDAR on
        """
        if not isinstance(data, (bytes, str)):
            if not isinstance(data, (bytearray, memoryview)):
                raise CalendarError(f"{shorten(data)} is no iCalendar text: pass bytes or str")
            data = bytes(data)
        lines, notes = lines_of(data)
        if not lines:
            raise CalendarError("the text is empty: pass an iCalendar text, from BEGIN:VCALENDAR on")
        calendars, found = components_of(lines)
        if not calendars:
            raise CalendarError(
                f"there is no BEGIN:VCALENDAR in the text, which begins with {shorten(data[:200], 60)}:"
                " pass a whole iCalendar text"
            )
        problems = [Problem(None, None, note) for note in notes] + found
        drafts, zones = drafts_of(calendars, problems)
        name, zone = _header(calendars, zones, problems)
        events: list[Event] = []
        tracks: list[Track] = []
        for event, its in group(drafts, problems):
            events.append(event)
            tracks += its
        # Calendars of one text often define the same zones, and say the same of them.
        problems += [Problem(None, None, note) for note in dict.fromkeys(note for one in zones for note in one.notes)]
        return cls(events, tracks, problems, name, zone, text_of(calendars))

    def to_ical(self) -> bytes:
        """Write the calendar as it was read: UTF-8, CRLF, lines folded at 75 octets (RFC 5545 3.1).

        Nothing is left out that could be read, understood or not: VTIMEZONE, VTODO, VALARM, X- properties and the
        revisions that did not count are all there. A line that is no property is; one whose parameters are broken is
        written as it was understood. Reading the result gives the same events. Cost: linear.

        >>> calendar = Calendar.from_ical("BEGIN:VCALENDAR\\nPRODID:-//example//EN\\nX-COLOR:red\\nEND:VCALENDAR")
        >>> calendar.to_ical().decode().split()[1:4]
        ['VERSION:2.0', 'PRODID:-//example//EN', 'X-COLOR:red']
        """
        return written(self._text.split("\n"))

    def overlapping(
        self, a: date, b: date, tz: str | tzinfo | None = None, *, keep: Callable[[Event], bool] | None = None
    ) -> list[Occurrence]:
        """List what touches [a, b) of all events, in order of the instants it starts at.

        Each `Occurrence` carries uid, status and the `Event` it comes from (the override's own, where there is one);
        `start` and `end` are of the kind of the event: dates if it is all-day, naive if it floats. Cancelled events
        and instances are left out. Bounds without a zone are meant in `tz`, else in the calendar's zone. SeriesError if
        there is neither, or a is after b. Cost: a seek for each event, and what is found.

        `keep` chooses events, overrides one by one: the others are not listed, and a series of which no event is kept
        is not expanded, so that nothing that goes wrong in it is told either.
        """
        home = tz if tz is not None else self.zone
        begin, stop = _aware(a, home, "a"), _aware(b, home, "b")
        lo, hi = key_of(begin, "zoned", "a"), key_of(stop, "zoned", "b")
        if lo > hi:
            raise SeriesError(f"a={shorten(a)} is after b={shorten(b)}: pass the earlier bound first")
        local = _Local(self.zone or tz or begin.tzinfo, lo, hi)
        found: list[tuple[int, int, int, Occurrence]] = []
        for number, track in self._kept(keep):
            spans = _spans(track, begin, stop) if track.series.kind == "zoned" else local.spans(track)
            found += [(start, end, number, named(one, track)) for start, end, one in spans if _happens(one, track)]
        found.sort(key=_ORDER)
        if keep is not None:
            return [occurrence for *_, occurrence in found if keep(occurrence.event)]
        return [occurrence for *_, occurrence in found]

    def _about(self, a: datetime, b: datetime, enough: int) -> int:
        """About how many occurrences start in a window of aware bounds, told quickly; over `enough`, it may be more.

        Dates and floating times are taken for UTC, and cancelled instances are counted.
        """
        lo, hi = instant(a), instant(b)
        sources = [(track.series, track.series._open()) for track in self._tracks]
        found = sum(source.at_most(lo, hi) for _, source in sources)
        if found <= enough:
            return found
        found = 0
        for series, source in sources:
            found += min(count(source, series._limits, lo, hi), source.at_most(lo, hi))
            if found > enough:
                break
        return found

    def _kept(self, keep: Callable[[Event], bool] | None) -> Iterator[tuple[int, Track]]:
        """The tracks that can give what is wanted, numbered.

        Where only overrides of an event are kept, each stands for itself; one that changes all that follows cannot.
        """
        for number, track in enumerate(self._tracks):
            if keep is None or keep(track.event):
                yield number, track
                continue
            kept = [one for one in track.series.overrides if isinstance(one.event, Event) and keep(one.event)]
            if any(one.this_and_future for one in kept):
                yield number, track
            else:
                yield from ((number, Track(one.event, one.event.series, False, one.recurrence_id)) for one in kept)

    def __repr__(self) -> str:
        """Show the name and how much there is."""
        return f"<Calendar {shorten(self.name)} of {len(self.events)} events, {len(self.problems)} problems>"


def tracks_of(calendar: Calendar) -> list[Track]:
    """The series of a calendar with their events: for rooms that ask the same ones again and again."""
    return calendar._tracks


def touching(track: Track, lo: int, hi: int) -> list[Occurrence]:
    """What touches the keys [lo, hi) of one series and happens, named as `Calendar.overlapping` does."""
    return [named(one, track) for one in track.series._occurrences(lo, hi) if _happens(one, track)]


def _spans(track: Track, a: datetime, b: datetime) -> Iterator[tuple[int, int, Occurrence]]:
    """What touches a window of a zoned series, with the instants it starts and ends at."""
    for one in track.series.overlapping(a, b):
        assert isinstance(one.start, datetime) and isinstance(one.end, datetime)
        yield instant(one.start), instant(one.end), one


class _Local:
    """A window in the zone where all-day events and floating times happen; the zone is looked up when one asks."""

    def __init__(self, tz: str | tzinfo | None, lo: int, hi: int) -> None:
        self.tz = tz
        self.lo = lo
        self.hi = hi
        self.zone: Zone | None = None

    def spans(self, track: Track) -> Iterator[tuple[int, int, Occurrence]]:
        """What touches the window of a series of dates or floating times, with the instants it starts and ends at."""
        if self.zone is None:
            assert self.tz is not None  # the bounds of the window are in some zone
            self.zone = zone_of(self.tz)
            self.low, self.high = self.zone.table.local_window(self.lo, self.hi)
        # By keys, since no date is after the last day of the calendar. A day to each side: no gap shifts by more.
        for one in track.series._occurrences(self.low - DAY, self.high + DAY):
            start, end = self._instant(one.start), self._instant(one.end)
            if start < self.hi and (end > self.lo or start >= self.lo):
                yield start, end, one

    def _instant(self, value: date) -> int:
        assert self.zone is not None
        local = floating_key(value if isinstance(value, datetime) else datetime.combine(value, time()))
        key = self.zone.table.utc_of(local, 0, 0)
        assert key is not None  # a gap that shifts leaves no local time without an instant
        return key


def _aware(value: Any, tz: str | tzinfo | None, where: str) -> datetime:
    """Give a bound of a window the zone it is meant in."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date):
        if tz is None:
            raise SeriesError(f"{where}={shorten(value)} has no zone: pass a datetime with tzinfo, or tz=")
        timed = value if isinstance(value, datetime) else datetime.combine(value, time())
        return timed.replace(tzinfo=zone_of(tz).tzinfo)
    raise SeriesError(f"{where}={shorten(value)}: pass a datetime with tzinfo, or a date or naive datetime with tz=")


def _happens(one: Occurrence, track: Track) -> bool:
    """Whether an occurrence takes place: it is an override's, or its event is not cancelled."""
    return one.event is not None or not track.hidden


def named(one: Occurrence, track: Track) -> Occurrence:
    """An occurrence of a track as `Calendar.overlapping` lists it: with UID, status and event."""
    event = track.event if one.event is None else one.event
    instance = track.replaces if track.replaces is not None else one.recurrence_id
    return Occurrence(one.start, one.end, instance, event.uid, event.status, event)


def _header(
    calendars: list[Component], zones: list[Zones], problems: list[Problem]
) -> tuple[str | None, tzinfo | None]:
    """Name and zone: of the first VCALENDAR that has one."""
    name: str | None = None
    zone: tzinfo | None = None
    first = ""
    for calendar, its in zip(calendars, zones, strict=True):
        for prop in calendar.properties(_HEADER):
            value = prop.value.strip()
            if prop.name != "X-WR-TIMEZONE":
                name = name or value or None
            elif zone is None and value:
                try:
                    zone, first = its.find(value), value
                except InvalidValue as error:
                    problems.append(Problem(None, prop.line, f"X-WR-TIMEZONE: {error}"))
            elif value and value != first:
                reason = f"X-WR-TIMEZONE={shorten(value)} is not that of the first calendar, which counts"
                problems.append(Problem(None, prop.line, reason))
    return name, zone


def drafts_of(calendars: list[Component], problems: list[Problem]) -> tuple[list[Draft], list[Zones]]:
    """Take the events apart, each with the zones of its VCALENDAR; one that cannot be read is a problem."""
    parts = [part for calendar in calendars for part in calendar.parts]
    uses = Uses(line for part in parts if part.name != "VTIMEZONE" for line in part.own)
    zones = [Zones(calendar.parts, parts, uses) for calendar in calendars]
    drafts = []
    for calendar, its in zip(calendars, zones, strict=True):
        for part in calendar.parts:
            if part.name == "VEVENT" and (draft := _draft(part, its, problems)) is not None:
                drafts.append(draft)
            elif part.name == "VFREEBUSY" and any(part.properties(_BUSY)):
                problems.append(Problem(uid_of(part), part.line, "VFREEBUSY is kept, but its busy time is not counted"))
    return drafts, zones


def _draft(part: Component, zones: Zones, problems: list[Problem]) -> Draft | None:
    """Take one event apart; whatever goes wrong there, the others are answered."""
    try:
        return read_draft(part, zones.find)
    except InvalidValue as error:
        problems.append(Problem(uid_of(part), part.line, str(error)))
    except Exception as error:  # a fault of ours or of icalendar
        problems.append(Problem(uid_of(part), part.line, f"{type(error).__name__}: {shorten(error)}"))
    return None
