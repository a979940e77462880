"""A calendar as somebody in particular gets to see it: `as_seen_by`.

Rules of this module:

1. Each item is built from the fields that its viewer may know. There is no step at which something is taken out again.
2. Events of which only taken time may be known are merged into blocks, in the way of free/busy and cut at the window: a
   block does not tell how many events it is made of, whether they recur, nor whether a day was taken as a whole. What
   is free then does not show at all.
3. Whoever may know more gets an item for each occurrence. To the public a published time is in UTC, for an event's own
   zone says where it is; a whole day stays a date.
4. Nothing of an event that does not show changes anything: not the order, not the number of items, not an error.

Product rules: V1, V3, V4, V5, V6, V7, V8, P1, P2, P3, P4, G1, R1, A3, R12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore.freebusy import Lanes, Status, Unreadable, lanes, merge
from schedcore.freebusy.query import bounds_of, occurring
from schedcore.policy.addresses import canonical_or_none
from schedcore.policy.caps import Caps
from schedcore.policy.sighting import Known, Sighting, content_of
from schedcore.policy.visibility import Fields, Level, level_of
from schedcore.recurrence.window import instant

if TYPE_CHECKING:
    from schedcore.policy.calendars import AnyCalendar, Viewer
    from schedcore.policy.directory import Directory
    from schedcore.recurrence import Occurrence

__all__ = ["Attendee", "SeenCalendar", "SeenEvent", "as_seen_by"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Attendee(NamedTuple):
    """Somebody who was invited: their address, the name that the event gives them, and their PARTSTAT."""

    address: str
    name: str | None
    partstat: str


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """What a viewer sees of an event, or of the time that events take; what they may not know is None.

    `fields` says what they may know, `level` the same in four steps. `start` and `end` are of the event's own kind
    where all details show, else dates or UTC; `span` is the same in UTC seconds, in which items are ordered. `status`
    is what it takes of the owner's time.
    """

    fields: Fields
    start: date | datetime
    end: date | datetime
    span: tuple[int, int]
    status: Status | None = None
    summary: str | None = None
    description: str | None = None
    uid: str | None = None
    recurrence_id: date | datetime | None = None
    location: str | None = None
    organizer: str | None = None
    attendees: tuple[Attendee, ...] = ()

    @property
    def level(self) -> Level:
        """How much of it shows."""
        return level_of(self.fields)

    @property
    def is_all_day(self) -> bool:
        """Whether it shows as whole days: a day-level item, not a timed one."""
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True)
class SeenCalendar:
    """What a viewer sees of a calendar: its items in order; or why there are none, in `unknown`."""

    events: tuple[SeenEvent, ...] = ()
    name: str | None = None
    unknown: str | None = None

    def lanes(self, caps: Caps | None = None) -> Lanes:
        """Lay the timed items out side by side, at most `caps.per_slot` of them (5 unless said); rows are theirs."""
        spans = [event.span for event in self.events if not event.is_all_day]
        most = (Caps() if caps is None else caps).per_slot
        return lanes([a for a, _ in spans], [b for _, b in spans], most=most)


def as_seen_by(
    viewer: Viewer,
    calendar: AnyCalendar,
    start: date | datetime,
    end: date | datetime,
    *,
    directory: Directory,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
    most: int | None = None,
) -> SeenCalendar:
    """Give what a viewer sees of a calendar between `start` and `end`.

    `directory` says who is where at the time of the question. `tz` is the asker's zone: for bounds that are dates or
    naive, and for all-day events and floating times of a calendar of which no zone is known. The name of the calendar
    shows to who may read its details. Errors as `freebusy.query`; and LimitExceeded where there are more than
    about `most` occurrences to look at, None for no bound but memory.

    Cost: rights once, `level` once an event, and then what shows; what does not is not expanded.

    >>> from schedcore import Calendar
    >>> from schedcore.policy import PUBLIC, Directory, PersonalCalendar, Publication
    >>> calendar = Calendar.from_ical('''BEGIN:VCALENDAR
    ... BEGIN:VEVENT
    ... UID:1
    ... SUMMARY:Lunch
    ... LOCATION:Bellevue
    ... DTSTART:20261019T120000Z
    ... DTEND:20261019T130000Z
    ... END:VEVENT
    ... END:VCALENDAR''')
    >>> monday = date(2026, 10, 19), date(2026, 10, 20)
    >>> for mode in Publication:
    ...     seen = as_seen_by(PUBLIC, PersonalCalendar("anna", calendar, (), mode), *monday, directory=Directory())
    ...     print(mode, [(str(one.start.time()), one.summary, one.location) for one in seen.events])
    off []
    busy/free [('12:00:00', None, None)]
    details [('12:00:00', 'Lunch', None)]
    """
    begin, stop, asker = bounds_of(start, end, tz)
    known, content = content_of(viewer, calendar, directory)
    if isinstance(content, Unreadable):
        return SeenCalendar(unknown=content.reason)
    sighting = Sighting(known, calendar, content, directory, Caps() if caps is None else caps)
    if most is not None:
        sighting.check(begin, stop, most, sighting.shows)
    items = list(_items(sighting, begin, stop, asker))
    items.sort(key=lambda item: item.span)
    return SeenCalendar(tuple(items), content.name if known.visible & Fields.REST else None)


def _items(sighting: Sighting, begin: datetime, stop: datetime, asker: tzinfo) -> Iterator[SeenEvent]:
    """An item for each occurrence of what shows as events; then the blocks of the rest."""
    lo, hi = instant(begin), instant(stop)
    taken: dict[Fields, list[tuple[int, int, Status]]] = {}
    for a, b, occurrence in occurring(sighting.listed, begin, stop, asker):
        known = sighting.of(occurrence.event)
        if not sighting.happens(occurrence, known) or not (a < hi and (b > lo or a >= lo)):
            continue
        if known.is_detailed:
            yield _event(occurrence, known, (a, b))
        else:
            taken.setdefault(known.fields, []).append((max(a, lo), min(b, hi), known.status))
    for fields, rows in taken.items():
        columns = [list(column) for column in zip(*rows, strict=True)]
        for block in merge([0] * len(rows), *columns):
            status = block.status if fields & Fields.STATUS else None
            span = block.start, block.end
            yield SeenEvent(fields, _utc(block.start), _utc(block.end), span, status)


def _event(occurrence: Occurrence, known: Known, span: tuple[int, int]) -> SeenEvent:
    """An item from the fields that are known of an event, and from those alone."""
    event = occurrence.event
    status = known.status if known.fields & Fields.STATUS else None
    if not known.fields & Fields.REST:
        timed = isinstance(occurrence.start, datetime)
        start, end = (_utc(span[0]), _utc(span[1])) if timed else (occurrence.start, occurrence.end)
        return SeenEvent(known.fields, start, end, span, status, event.summary, event.text("DESCRIPTION"))
    attendees = tuple(
        Attendee(
            canonical_or_none(prop.value) or prop.value,
            prop.params.get("CN"),
            prop.params.get("PARTSTAT", "NEEDS-ACTION").upper(),
        )
        for prop in event.properties(frozenset(("ATTENDEE",)))
    )
    return SeenEvent(
        known.fields,
        occurrence.start,
        occurrence.end,
        span,
        status,
        event.summary,
        event.text("DESCRIPTION"),
        occurrence.uid,
        occurrence.recurrence_id,
        event.text("LOCATION"),
        event.organizer,
        attendees,
    )


def _utc(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)
