"""One calendar as one viewer may know it: which of its events count, how much of each, and what each takes of the time.

Rules of this module:

1. Each event is looked at once, not once an occurrence. What is kept of it is what may be known (`Fields`), its status,
   and where a cap ends it.
2. An event that may not be known is never expanded: nothing that is in it, or goes wrong in it, can show in an answer.
   Neither is one that takes no time, where no more than taken time may be known.
3. Whose answer to an invitation counts is known by the owner's addresses, of which the directory may have several.
4. Who may know only that time is taken (TIMES without STATUS) is told BUSY, whatever takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore.errors import LimitExceeded
from schedcore.freebusy import Owned, Status, Unreadable
from schedcore.freebusy.reading import status_of
from schedcore.policy.availability import answer_of
from schedcore.policy.calendars import AnyCalendar, ExternalCalendar, PersonalCalendar, Viewer
from schedcore.policy.caps import Caps, cap_of, is_before
from schedcore.policy.rights import Sight, Standing, sight, standings
from schedcore.policy.visibility import Fields, Visibilities
from schedcore.recurrence.limits import count
from schedcore.recurrence.window import instant

if TYPE_CHECKING:
    from schedcore.ics import Calendar, Event
    from schedcore.policy.directory import Directory
    from schedcore.recurrence import Occurrence

__all__ = ["NOT_SHARED", "UNREADABLE", "Known", "Sighting", "content_of"]

#: What a viewer is told of a calendar of which they may know nothing, whatever is in it and whether it can be read.
NOT_SHARED: Final = "nothing of this calendar is shared with you"
#: What others than its owner are told of one that could not be read: a reason may hold an address or a password.
UNREADABLE: Final = "the calendar could not be read"

#: Who is told why a calendar could not be read.
_TOLD: Final = frozenset((Standing.OWNER, Standing.SUBSCRIBER))


class Known(NamedTuple):
    """What is known of one event: the fields that show, what it takes of the time, where a cap ends its series."""

    fields: Fields
    status: Status
    end: date | None
    kind: str

    @property
    def is_detailed(self) -> bool:
        """Whether it shows as an event, and not only as taken time."""
        return bool(self.fields & (Fields.SUBJECT | Fields.REST))


def content_of(viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> tuple[Sight, Calendar | Unreadable]:
    """What a viewer may know of a calendar, and the calendar: or, without its content, what they are told instead."""
    known = sight(viewer, calendar, directory)
    content = calendar.calendar
    if known.is_blind:
        return known, Unreadable(NOT_SHARED)
    if content is not None and not isinstance(content, (Unreadable, BaseException)):
        return known, content
    if content is None or not standings(viewer, calendar, directory) & _TOLD:
        return known, Unreadable(UNREADABLE)
    if isinstance(content, Unreadable):
        return known, content
    return known, Unreadable(str(content) or type(content).__name__)


class Sighting:
    """The events of a calendar, as a viewer with this `Sight` may know them."""

    def __init__(
        self, known: Sight, calendar: AnyCalendar, content: Calendar, directory: Directory, caps: Caps
    ) -> None:
        self.content = content
        self.tz = calendar.tz
        self._sight = known
        self._addresses = directory.addresses_of(calendar.owner) if isinstance(calendar, PersonalCalendar) else ()
        self._native = frozenset() if isinstance(calendar, ExternalCalendar) else frozenset(calendar.native)
        self._caps = caps
        self._visibilities = Visibilities.of_calendar(content)
        self._known: dict[int, Known] = {}  # by identity: events live as long as their calendar
        self._ends: dict[str, tuple[date | None, str]] | None = None

    def of(self, event: Event) -> Known:
        """What is known of an event, or of an override; looked up once."""
        found = self._known.get(id(event))
        if found is None:
            found = self._known[id(event)] = self._look(event)
        return found

    def _look(self, event: Event) -> Known:
        fields = self._sight[self._visibilities.of(event)]
        if not fields:
            return Known(fields, Status.FREE, None, "")
        status = status_of(
            status=event.status,
            transp=event.transp,
            busystatus=event.busystatus,
            partstat=answer_of(event, self._addresses),
            all_day=event.is_all_day,
        )
        if status is not Status.FREE and not fields & Fields.STATUS:
            status = Status.BUSY
        return Known(fields, status, *self._end_of(event))

    def _end_of(self, event: Event) -> tuple[date | None, str]:
        """Where a cap ends the series that an event, or the event of an override, belongs to."""
        if event.uid is None or event.uid not in self._native:
            return None, ""
        if self._ends is None:
            masters = (one for one in self.content.events if one.recurrence_id is None and one.uid in self._native)
            self._ends = {one.uid: (cap_of(one.series, self._caps), one.series.kind) for one in masters if one.uid}
        return self._ends.get(event.uid, (None, ""))

    # --- for expanding ------------------------------------------------------------------------------------------------

    def takes(self, occurrence: Occurrence) -> Status:
        """What an occurrence takes of the owner's time, as the viewer may know it."""
        known = self.of(occurrence.event)
        return known.status if known.end is None or self.happens(occurrence, known) else Status.FREE

    def alike(self, event: Event) -> tuple[Status, date | None]:
        """What the occurrences of an event take that no override changes, and where a cap ends them."""
        known = self.of(event)
        return known.status, known.end

    def happens(self, occurrence: Occurrence, known: Known) -> bool:
        """Whether no cap has ended its series before it."""
        named = occurrence.recurrence_id
        return known.end is None or named is None or is_before(named, known.end, known.kind)

    def blocks(self, event: Event) -> bool:
        """Whether an event can take time, as the viewer may know it: what free/busy expands."""
        return self.of(event).status is not Status.FREE

    def shows(self, event: Event) -> bool:
        """Whether an event shows at all, as an event or as taken time."""
        known = self.of(event)
        return known.is_detailed or known.status is not Status.FREE

    def check(self, start: datetime, end: datetime, most: int, shows: Callable[[Event], bool]) -> None:
        """Raise LimitExceeded where more than about `most` occurrences of what shows would have to be looked at.

        How many there are is not told: who sees taken time does not know of how many events.
        """
        lo, hi, found = instant(start), instant(end), 0
        for _, track in self.content._kept(shows):
            source = track.series._open()
            if source.at_most(lo, hi) > most:
                found += count(source, track.series._limits, lo, hi)
            else:
                found += source.at_most(lo, hi)
            if found > most:
                said = f"more than max_listed={most} occurrences: ask for a shorter window"
                raise LimitExceeded("max_listed", allowed=most, reached=most + 1, message=said)

    @property
    def owned(self) -> Owned:
        """The calendar as `freebusy.query` takes it."""
        return Owned(self.content, tz=self.tz, keep=self.blocks, takes=self.takes, alike=self.alike)

    @property
    def listed(self) -> Owned:
        """The calendar with all that shows of it."""
        return Owned(self.content, tz=self.tz, keep=self.shows)
