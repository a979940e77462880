"""Delete between two dates: first what would go, then that it goes.

Rules of this module:

1. What *starts* in [start, end) goes, so that two deletions side by side take nothing twice and leave nothing out.
   Dates are their midnights in the zone of whoever asks; whole days and floating times go by their own dates.
2. An event all of which starts there goes altogether. Of another series those instances become exceptions, and the
   rest of it stays as it was.
3. `plan_deletion` gives a value that lists everything that would go. Nothing has happened then. `apply` gives the
   calendar without it, in which nothing is left of what was deleted: there is no way back.
4. Only who may edit may delete: `level` is what policy says of the calendar. That is asked first, so that a refusal
   does not tell what is in the calendar.

Product rules: R11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.ics import Calendar, without_instances
from schedcore.policy.visibility import Level
from schedcore.recurrence.window import DAY, floating_key, instant
from schedcore.views.days import EARLIEST, LATEST, bounded, midnight
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    from schedcore.ics import Event
    from schedcore.recurrence import Occurrence

__all__ = ["Deletion", "plan_deletion"]


@dataclass(frozen=True)
class Deletion:
    """What a deletion takes out of a calendar.

    `occurrences` in order, `events` that go altogether, and by event the instances that become exceptions.
    """

    calendar: Calendar
    occurrences: tuple[Occurrence, ...]
    events: tuple[Event, ...]
    exceptions: Mapping[Event, tuple[date, ...]]

    def apply(self) -> Calendar:
        """The calendar without what is listed here; nothing of that is kept. Cost: linear in the calendar's text."""
        if not self.occurrences:
            return self.calendar
        return without_instances(self.calendar, {**dict.fromkeys(self.events), **self.exceptions})


def plan_deletion(calendar: Calendar, start: date, end: date, *, tz: str | tzinfo, level: Level) -> Deletion:
    """List what starts in [start, end), as what would be deleted.

    `start` and `end` are dates, naive datetimes (both meant in `tz`) or aware ones; `level` is the asker's level of the
    calendar (`policy.level`). NotAllowed for a level below EDIT, InvalidValue for an end before the start, ZoneError
    for an unknown zone. Cost: as `Calendar.overlapping`, and a look at both ends of each event that is found.

    >>> calendar = Calendar.from_ical('''BEGIN:VEVENT
    ... UID:lunch
    ... DTSTART:20260302T120000
    ... RRULE:FREQ=DAILY;COUNT=5
    ... END:VEVENT
    ... ''')
    >>> plan = plan_deletion(calendar, date(2026, 3, 3), date(2026, 3, 5), tz="Europe/Zurich", level=Level.EDIT)
    >>> [str(found.start) for found in plan.occurrences], len(plan.events)
    (['2026-03-03 12:00:00', '2026-03-04 12:00:00'], 0)
    >>> plan.apply().events[0].series.count()
    3
    """
    if level < Level.EDIT:
        raise NotAllowed(f"level={level.name}: only who may edit a calendar may delete from it; ask its owner")
    window = _Window(start, end, zone_of(tz))
    found = [one for one in calendar.overlapping(*window.asking()) if window.holds(one.start)]
    masters: dict[str | None, Event] = {}
    for event in calendar.events:
        masters.setdefault(event.uid, event)
    own = {id(event): event for event in calendar.events}
    taken: dict[Event, list[Occurrence]] = {}
    for one in found:
        event = own.get(id(one.event)) or masters[one.uid]
        taken.setdefault(event, []).append(one)
    whole = [event for event, its in taken.items() if _all_of(event, its, calendar, window)]
    parts = {
        event: tuple(one.recurrence_id for one in its if one.recurrence_id is not None)
        for event, its in taken.items()
        if event not in whole
    }
    return Deletion(calendar, tuple(found), tuple(whole), parts)


class _Window:
    """[start, end) as instants, for what is in a zone, and as local times, for what floats or takes whole days."""

    def __init__(self, start: date, end: date, zone: Zone) -> None:
        self.zone = zone
        self.start, self.end = self._second(start), self._second(end)
        if self.end < self.start:
            raise InvalidValue(f"end={shorten(end)} is before start={shorten(start)}; swap them")

    def _second(self, value: date) -> int:
        if not isinstance(value, datetime):
            return midnight(value.toordinal(), self.zone)
        if value.tzinfo is not None:
            return instant(value)
        found = self.zone.table.utc_of(floating_key(value), 0, 0)
        assert found is not None
        return found

    def asking(self) -> tuple[datetime, datetime]:
        """The window to ask the calendar for, wide enough for times that are meant in any zone."""
        return bounded(self.start - 2 * DAY), bounded(self.end + 2 * DAY)

    def holds(self, value: date) -> bool:
        """Whether something that starts then goes."""
        return self.start <= self._second(value) < self.end


def _all_of(event: Event, its: Sequence[Occurrence], calendar: Calendar, window: _Window) -> bool:
    """Whether nothing of an event is left when some of its occurrences go."""
    if its[0].recurrence_id is None or event.recurrence_id is not None:
        return True  # it does not recur, or is an instance without its series
    series = event.series
    first, last = series.first(), series.last() if not series.is_infinite else None
    if first is None or last is None or not (window.holds(first) and window.holds(last)):
        return False
    # An override may have made a whole day of a timed instance, or the other way, and stands outside of the series.
    family = calendar.overlapping(EARLIEST, LATEST, keep=lambda one: one.uid == event.uid)
    return all(window.holds(one.start) for one in family)
