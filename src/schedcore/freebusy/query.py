"""Who is busy when: from calendars to merged stretches, for each calendar and for all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from schedcore.errors import InvalidValue
from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.reading import status_of
from schedcore.freebusy.status import Status
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.ics import Calendar
    from schedcore.recurrence import Occurrence

__all__ = ["FreeBusy", "query"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """Busy stretches in the window [start, end) of UTC seconds.

    In `people` the owner is the calendar's place in the question; in `team` it is 0 for everybody together, and a
    stretch has the strongest status that anyone has there.
    """

    start: int
    end: int
    people: Merged
    team: Merged

    def blocks(self, owner: int) -> list[Block]:
        """The stretches of one calendar, in order; O(all stretches)."""
        return [block for block in self.people if block.owner == owner]


def query(
    calendars: Sequence[Calendar], start: date | datetime, end: date | datetime, *, tz: str | tzinfo = "UTC"
) -> FreeBusy:
    """Tell when the owners of some calendars are tentative, busy or out of office, between `start` and `end`.

    `tz` is the asker's zone: bounds that are dates (their midnight) or naive are meant there. So are all-day events
    and floating times of a calendar that names no zone of its own; those of a calendar that does are meant in that.
    What an event says about its owner's time is in `schedcore.freebusy.reading`. Stretches are cut at the bounds.

    InvalidValue if `end` is before `start`, ZoneError for an unknown zone. The cost is that of expanding the events in
    the window and of one `merge`. RFC 5545 3.6.4 and RFC 4791 7.10 describe what such an answer holds.

    >>> from datetime import date
    >>> from schedcore import Calendar
    >>> lunch = Calendar.from_ical('''BEGIN:VCALENDAR
    ... VERSION:2.0
    ... PRODID:-//example//lunch//EN
    ... BEGIN:VEVENT
    ... UID:lunch@example.com
    ... DTSTAMP:20261001T000000Z
    ... DTSTART:20261019T120000
    ... DTEND:20261019T130000
    ... END:VEVENT
    ... END:VCALENDAR
    ... ''')
    >>> answer = query([lunch], date(2026, 10, 19), date(2026, 10, 20), tz="Europe/Zurich")
    >>> [(block.end - block.start, block.status.name) for block in answer.team]
    [(3600, 'BUSY')]
    """
    asker = zone_of(tz).tzinfo
    begin, stop = _in_zone(start, asker), _in_zone(end, asker)
    if stop < begin:
        raise InvalidValue(f"the window ends at {stop.isoformat()}, before its start {begin.isoformat()}; swap them")
    window = _instant(begin), _instant(stop)
    rows = [
        (owner, *row) for owner, calendar in enumerate(calendars) for row in _stretches(calendar, begin, stop, asker)
    ]
    clipped = [(owner, max(a, window[0]), min(b, window[1]), status) for owner, a, b, status in rows]
    people = _merge_rows(row for row in clipped if row[1] < row[2])
    team = merge([0] * len(people), people.start, people.end, people.status)
    return FreeBusy(*window, people, team)


def _stretches(calendar: Calendar, begin: datetime, stop: datetime, asker: tzinfo) -> Iterator[tuple[int, int, Status]]:
    """UTC seconds and status of every occurrence in the window that takes its owner's time."""
    zone = calendar.zone or asker
    for occurrence in calendar.overlapping(begin, stop, tz=zone):
        status = _status(occurrence)
        if status is not Status.FREE:
            yield _instant(_in_zone(occurrence.start, zone)), _instant(_in_zone(occurrence.end, zone)), status


def _status(occurrence: Occurrence) -> Status:
    event = occurrence.event
    return status_of(
        status=occurrence.status,
        transp=event.transp,
        busystatus=event.busystatus,
        all_day=not isinstance(occurrence.start, datetime),
    )


def _merge_rows(rows: Iterable[tuple[int, int, int, Status]]) -> Merged:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return merge(*columns)


def _in_zone(value: date | datetime, zone: tzinfo) -> datetime:
    """The instant of a date (its midnight) or a local time in a zone; what has an offset keeps it.

    A midnight that a clock change skips is the first moment after it: Python, too, reads a time in a gap by the offset
    before it (PEP 495), as RFC 5545 3.3.5 does.
    """
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def _instant(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(seconds=1)
