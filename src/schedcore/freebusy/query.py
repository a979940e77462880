"""Who is busy when: from calendars to merged stretches, for each calendar and for all of them together.

Rules
1. All-day events and floating times of a calendar are meant in its owner's zone: the one that `Owned` names, else the
   calendar's own (X-WR-TIMEZONE), else the asker's.
2. A calendar that could not be read is neither free nor busy. It is in `unknown`, with the reason, and the caller says
   what reports make of it.
3. Stretches are cut at the bounds of the window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import repeat
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from schedcore._column import column_of
from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.freebusy._rows import Rows, of_one
from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.status import Status
from schedcore.freebusy.taking import taken
from schedcore.recurrence.limits import DEFAULT
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.ics import Calendar, Event
    from schedcore.recurrence import Occurrence

__all__ = ["FreeBusy", "Owned", "Stretch", "Unreadable", "bounds_of", "occurring", "query", "stretches"]

OnUnknown: TypeAlias = Literal["report", "busy", "free"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: By number: to look up here takes a tenth of the time that the enumeration's own call does.
_STATUSES: Final = tuple(Status)
ON_UNKNOWN: Final = ("report", "busy", "free")

#: Two zones are never further apart than this: from UTC-12 to UTC+14, and some history.
_APART: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Owned:
    """A calendar with what it does not say itself: whose it is, and in which zone its owner lives.

    `address` is the owner's mail address, by which their answers to invitations are found (`mailto:` and case do not
    matter); without it every invitation counts as accepted. `tz` is where all-day events and floating times are meant;
    without it the calendar's own zone, else the asker's.

    For whoever knows more than a calendar does, such as who asks: `keep` chooses the events that count, and `takes`
    tells what an occurrence takes of the owner's time, in place of what its event says (`freebusy.reading`). `alike`
    saves asking `takes` for each: it tells what an event's occurrences take that no override changes, and the start (of
    the kind of DTSTART) from which on they take nothing, or None.

    >>> from schedcore import Calendar
    >>> day = Calendar.from_ical("BEGIN:VEVENT\\nDTSTART:20260302\\nTRANSP:OPAQUE\\nEND:VEVENT")
    >>> answer = query([Owned(day, tz="Asia/Tokyo")], date(2026, 3, 1), date(2026, 3, 4))
    >>> [datetime.fromtimestamp(block.start, UTC).isoformat() for block in answer.people]
    ['2026-03-01T15:00:00+00:00']
    """

    calendar: Calendar
    address: str | None = None
    tz: str | tzinfo | None = None
    keep: Callable[[Event], bool] | None = None
    takes: Callable[[Occurrence], Status] | None = None
    alike: Callable[[Event], tuple[Status, date | None]] | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in the place of a calendar that could not be read, and says why.

    >>> from datetime import date
    >>> answer = query([Unreadable("timed out")], date(2026, 10, 19), date(2026, 10, 20))
    >>> dict(answer.unknown)
    {0: 'timed out'}
    """

    reason: str


#: What may be asked about. None and an exception are calendars that could not be read, too.
Asked: TypeAlias = "Calendar | Owned | Unreadable | BaseException | None"


class Stretch(NamedTuple):
    """What one occurrence of an event takes of its owner's time: [start, end) in UTC seconds, and the event's UID."""

    start: int
    end: int
    status: Status
    uid: str | None


@dataclass(frozen=True, slots=True)
class FreeBusy:
    """Busy stretches in the window [start, end) of UTC seconds.

    In `people` the owner is the calendar's place in the question, of which `asked` had so many; in `team` it is 0 for
    everybody together, and a stretch has the strongest status that anyone has there. `unknown` gives for each calendar
    that could not be read the reason; `on_unknown` says what was made of those: reported, or taken for busy or free.
    """

    start: int
    end: int
    people: Merged
    team: Merged
    asked: int = 0
    unknown: Mapping[int, str] = field(default_factory=dict)
    on_unknown: OnUnknown = "report"

    def blocks(self, owner: int | None = None) -> list[Block]:
        """List the stretches of one calendar, of the team without `owner`, in order; O(log(all) + found)."""
        starts, ends, statuses = self.columns(owner)
        number = repeat(0 if owner is None else owner)
        return list(map(Block._make, zip(number, starts, ends, map(_STATUSES.__getitem__, statuses), strict=False)))

    def columns(self, owner: int | None = None) -> tuple[list[int], list[int], list[int]]:
        """Give the same as starts, ends and numbers of statuses; a fifth of the time that objects take.

        >>> from datetime import date
        >>> query([None], date(2026, 10, 19), date(2026, 10, 20), on_unknown="busy").columns(0)
        ([1792368000], [1792454400], [2])
        """
        merged = self.team if owner is None else self.people
        columns = merged.start, merged.end, merged.status
        if owner is None or (owner == 0 and self.asked == 1):
            return columns[0].tolist(), columns[1].tolist(), columns[2].tolist()
        owners = memoryview(merged.owner)
        its = slice(bisect_left(owners, owner), bisect_right(owners, owner))
        starts, ends, statuses = (memoryview(column)[its].tolist() for column in columns)
        return starts, ends, statuses

    def is_unknown(self, owner: int | None = None) -> bool:
        """Whether reports must say of a calendar (of anyone, without `owner`) that nothing is known.

        >>> from datetime import date
        >>> monday = date(2026, 10, 19), date(2026, 10, 20)
        >>> [query([None], *monday, on_unknown=on).is_unknown(0) for on in ("report", "busy", "free")]
        [True, False, False]
        """
        return self.on_unknown == "report" and (bool(self.unknown) if owner is None else owner in self.unknown)


def query(
    calendars: Sequence[Asked],
    start: date | datetime,
    end: date | datetime,
    *,
    tz: str | tzinfo = "UTC",
    on_unknown: OnUnknown = "report",
) -> FreeBusy:
    """Tell when the owners of some calendars are tentative, busy or out of office, between `start` and `end`.

    A calendar comes as it is, or as `Owned` with its owner's address and zone. One that could not be read comes as
    `Unreadable`, None or the exception; `on_unknown` says whether it is reported as unknown, or counts as busy
    throughout or as free.

    `tz` is the asker's zone: bounds that are dates (their midnight) or naive are meant there. So are all-day events
    and floating times of a calendar of which no zone is known. What an event says about its owner's time is in
    `schedcore.freebusy.reading`. Stretches are cut at the bounds.

    InvalidValue if `end` is before `start`, for another `on_unknown`, and for what is no calendar; ZoneError for an
    unknown zone; LimitExceeded for a calendar with more than 10 million stretches, or 1,000 million occurrences that
    take time. The cost is a seek for each event that takes time, nanoseconds for each of its occurrences but some
    microseconds for overrides, and one `merge`; with an address, also to look once for its line in each event. RFC 5545
    3.6.4 and RFC 4791 7.10 describe what such an answer holds.

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
    begin, stop, asker = bounds_of(start, end, tz)
    window = _instant(begin), _instant(stop)
    if on_unknown not in ON_UNKNOWN:
        raise InvalidValue(f"on_unknown={shorten(on_unknown)}: give one of {', '.join(ON_UNKNOWN)}")
    rows = Rows()
    unknown: dict[int, str] = {}
    for owner, asked in enumerate(calendars):
        reason = _why_unreadable(asked, owner)
        if reason is None:
            assert asked is not None and not isinstance(asked, (Unreadable, BaseException))
            _gather(rows, owner, asked if isinstance(asked, Owned) else Owned(asked), window, asker)
            continue
        unknown[owner] = reason
        if on_unknown == "busy" and window[0] < window[1]:
            rows.add(owner, Status.BUSY, column_of(window[:1]), column_of(window[1:]), 0, *window)
    people = merge(rows.owner, rows.start, rows.end, rows.status)
    return FreeBusy(*window, people, team_of(people), len(calendars), unknown, on_unknown)


def stretches(
    calendar: Calendar | Owned, start: date | datetime, end: date | datetime, *, tz: str | tzinfo = "UTC"
) -> list[Stretch]:
    """List what each occurrence in [start, end) takes of its owner's time, not merged, in order of starts.

    For whoever keeps them by event, as `FreeBusyIndex` does. Arguments, errors and cost as `query`; free ones and those
    of no length are left out.

    >>> from schedcore import Calendar
    >>> weekly = "BEGIN:VEVENT\\nUID:a\\nDTSTART:20260302T120000Z\\nDURATION:PT1H\\nRRULE:FREQ=WEEKLY\\nEND:VEVENT"
    >>> found = stretches(Calendar.from_ical(weekly), date(2026, 3, 9), date(2026, 3, 20))
    >>> [(one.uid, one.end - one.start, one.status.name) for one in found]
    [('a', 3600, 'BUSY'), ('a', 3600, 'BUSY')]
    """
    begin, stop, asker = bounds_of(start, end, tz)
    owned = calendar if isinstance(calendar, Owned) else Owned(calendar)
    return sorted(_found(owned, _instant(begin), _instant(stop), asker), key=lambda found: found[:3])


def team_of(people: Merged) -> Merged:
    """Merge the stretches of all as those of owner 0."""
    everybody = owned_by(people, 0)
    return merge(everybody.owner, everybody.start, everybody.end, everybody.status)


def owned_by(found: Merged, owner: int) -> Merged:
    """Give the same stretches in their order, all as those of one owner: not merged, where there were several."""
    return Merged(of_one(len(found), owner), found.start, found.end, found.status)


def bounds_of(start: date, end: date, tz: str | tzinfo) -> tuple[datetime, datetime, tzinfo]:
    """The bounds of a window as instants, and the asker's zone; InvalidValue if the end is before the start."""
    asker = zone_of(tz).tzinfo
    begin, stop = _in_zone(start, asker), _in_zone(end, asker)
    if stop < begin:
        raise InvalidValue(f"the window ends at {stop.isoformat()}, before its start {begin.isoformat()}; swap them")
    return begin, stop, asker


def _why_unreadable(asked: object, owner: int) -> str | None:
    """Why a calendar could not be read; None if it is there."""
    if asked is None:
        return "the calendar could not be read"
    if isinstance(asked, Unreadable):
        return asked.reason
    if isinstance(asked, BaseException):
        return str(asked) or type(asked).__name__
    calendar = asked.calendar if isinstance(asked, Owned) else asked
    if not hasattr(calendar, "overlapping"):
        raise InvalidValue(f"calendars[{owner}]: {shorten(asked)} is no calendar; for one that failed pass None")
    return None


def _gather(rows: Rows, owner: int, owned: Owned, window: tuple[int, int], asker: tzinfo) -> None:
    """Add what the events of a calendar take of a window, cut at its bounds."""
    most = len(rows) + DEFAULT.max_occurrences
    for one in taken(owned, *window, asker):
        rows.add(owner, one.status, one.starts, one.ends, one.seconds, *window)
        if len(rows) > most:  # of stretches that do not touch
            raise LimitExceeded(
                "max_occurrences", allowed=DEFAULT.max_occurrences, reached=len(rows) - most + DEFAULT.max_occurrences
            )


def _found(owned: Owned, lo: int, hi: int, asker: tzinfo) -> Iterator[Stretch]:
    """What the occurrences in a window take of the owner's time, cut at its bounds."""
    made = 0
    for one in taken(owned, lo, hi, asker):
        made += len(one.starts)
        if made > DEFAULT.max_occurrences:
            raise LimitExceeded("max_occurrences", allowed=DEFAULT.max_occurrences, reached=made)
        starts = one.starts.tolist()
        ends = [start + one.seconds for start in starts] if one.ends is None else one.ends.tolist()
        for start, end in zip(starts, ends, strict=True):
            a, b = max(start, lo), min(end, hi)
            if a < b:
                yield Stretch(a, b, one.status, one.event.uid)


def occurring(owned: Owned, begin: datetime, stop: datetime, asker: tzinfo) -> Iterator[tuple[int, int, Occurrence]]:
    """What happens in or near a window of aware bounds, with the UTC seconds that it is from and to, in no order."""
    calendar = owned.calendar
    zone = zone_of(owned.tz).tzinfo if owned.tz is not None else calendar.zone or asker
    if owned.tz is not None:
        # The calendar looks for its days in its own zone: look further, and let what is outside be cut off.
        begin, stop = _shifted(begin, -_APART), _shifted(stop, _APART)
    for occurrence in calendar.overlapping(begin, stop, tz=zone, keep=owned.keep):
        yield _instant(_in_zone(occurrence.start, zone)), _instant(_in_zone(occurrence.end, zone)), occurrence


def _in_zone(value: date | datetime, zone: tzinfo) -> datetime:
    """The instant of a date (its midnight) or a local time in a zone; what has an offset keeps it.

    A midnight that a clock change skips is the first moment after it: Python, too, reads a time in a gap by the offset
    before it (PEP 495), as RFC 5545 3.3.5 does.
    """
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def _shifted(value: datetime, by: timedelta) -> datetime:
    """Move a bound, as far as the calendar of Python goes."""
    try:
        return value.astimezone(UTC) + by
    except OverflowError:
        return value


def _instant(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(seconds=1)
