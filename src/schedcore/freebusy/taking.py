"""What the events of a calendar take of a window of its owner's time, as columns.

Rules of this module:

1. All instances of an event that no override changes take the same, so that is worked out once an event, and what is
   free is not expanded. An override is an occurrence, and is looked at by itself.
2. Where an event can not be asked as a whole, it is asked occurrence by occurrence: with RANGE=THISANDFUTURE, with
   RDATEs that are periods, and where `Owned.takes` tells of single occurrences only.
3. How much one calendar may be: as many occurrences as `max_walked` of `Limits`. Reached, that is LimitExceeded.

`query.occurring` gives the same one by one, and the tests compare the two.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from schedcore._column import Column, column_of
from schedcore.errors import LimitExceeded
from schedcore.freebusy.reading import partstat_of, status_of
from schedcore.freebusy.status import Status
from schedcore.ics.calendar import named
from schedcore.recurrence.limits import DEFAULT
from schedcore.recurrence.spans import is_plain, overrides_in, spans
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, floating_key, instant, kind_of
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from schedcore.freebusy.query import Owned
    from schedcore.ics import Event
    from schedcore.ics.grouping import Track
    from schedcore.recurrence import Occurrence
    from schedcore.zones import Zone

__all__ = ["Answers", "Taken", "changed", "taken"]


class Taken(NamedTuple):
    """Stretches of one event and one status, never free: UTC seconds, as `recurrence.spans.Spans` has them; not cut."""

    event: Event
    status: Status
    starts: Column
    ends: Column | None
    seconds: int = 0


def taken(owned: Owned, lo: int, hi: int, asker: tzinfo) -> Iterator[Taken]:
    """Give what the events of a calendar take of the UTC seconds [lo, hi) and a little beside it, in no order."""
    zone = owned.tz if owned.tz is not None else owned.calendar.zone or asker
    window = _Window(lo, hi, zone_of(zone))
    status = _Statuses(owned)
    walked = 0
    for _, track in owned.calendar._kept(owned.keep):
        plain = status.of_plain(track) if is_plain(track.series) else None
        if plain is None:
            yield from status.of_each(window.occurrences(track), track, window)
            continue
        what, before = plain
        if what is not Status.FREE:
            for piece in spans(track.series, lo, hi, window.home, before):
                yield Taken(track.event, what, *piece)
                walked += len(piece.starts)
                if walked > DEFAULT.max_walked:
                    raise LimitExceeded("max_walked", allowed=DEFAULT.max_walked, reached=walked)
        yield from status.of_each(overrides_in(track.series, *window.keys(track)), track, window)


def changed(track: Track) -> list[Occurrence]:
    """List the occurrences of a plain track that overrides change, of all time, named as a calendar lists them."""
    found = overrides_in(track.series, MIN_KEY, MAX_KEY)
    return [named(one, track) for one in found if one.event is not None or not track.hidden]


class Answers:
    """What the owner of a calendar answered to its invitations; each event is read once, not once an occurrence."""

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._known: dict[int, str | None] = {}

    def of(self, event: Event) -> str | None:
        """The owner's PARTSTAT; None without an address, or where they are no attendee."""
        if self._address is None:
            return None
        if id(event) not in self._known:
            self._known[id(event)] = partstat_of(event, self._address)
        return self._known[id(event)]


class _Window:
    """UTC seconds [lo, hi), and the zone in which dates and floating times are meant."""

    def __init__(self, lo: int, hi: int, home: Zone) -> None:
        self.lo, self.hi, self.home = lo, hi, home.table

    def keys(self, track: Track) -> tuple[int, int]:
        """The window in keys of a track, a little wider where these are local."""
        if track.series.kind == "zoned":
            return self.lo, self.hi
        low, high = self.home.local_window(self.lo, self.hi)
        return low - DAY, high + DAY  # a day to each side: no gap shifts by more

    def occurrences(self, track: Track) -> list[Occurrence]:
        """What a track gives in the window."""
        return track.series._occurrences(*self.keys(track))

    def instant(self, value: date) -> int:
        """The UTC seconds of a start or an end."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return instant(value)
        local = floating_key(value if isinstance(value, datetime) else datetime.combine(value, time()))
        key = self.home.utc_of(local, 0, 0)
        assert key is not None  # a gap that shifts leaves no local time without an instant
        return key


class _Statuses:
    """What events take of the time of a calendar's owner."""

    def __init__(self, owned: Owned) -> None:
        self.owned = owned
        self.answers = Answers(owned.address)

    def of_plain(self, track: Track) -> tuple[Status, date | None] | None:
        """What all plain instances of a track take, and the start from which on they do not; None: look at each."""
        if track.hidden:
            return Status.FREE, None
        event, takes, alike = track.event, self.owned.takes, self.owned.alike
        if takes is None:
            return self.of_event(event, is_all_day=track.series.kind == "date"), None
        if alike is None:
            return None
        status, before = alike(event)
        if before is None or status is Status.FREE:
            return status, None
        if track.replaces is not None or kind_of(before) != track.series.kind:
            return None
        return status, before if track.series._recurs() else None

    def of_event(self, event: Event, *, is_all_day: bool) -> Status:
        """What the words of an event say, and its owner's answer."""
        return status_of(
            status=event.status,
            transp=event.transp,
            busystatus=event.busystatus,
            partstat=self.answers.of(event),
            all_day=is_all_day,
        )

    def of_each(self, found: Iterable[Occurrence], track: Track, window: _Window) -> Iterator[Taken]:
        """What occurrences of a track take, one by one."""
        keep, takes = self.owned.keep, self.owned.takes
        for one in found:
            if one.event is None and track.hidden:
                continue
            occurrence = named(one, track)
            event: Event = occurrence.event
            if keep is not None and not keep(event):
                continue
            is_all_day = not isinstance(one.start, datetime)
            status = self.of_event(event, is_all_day=is_all_day) if takes is None else takes(occurrence)
            if status is not Status.FREE:
                start, end = window.instant(one.start), window.instant(one.end)
                yield Taken(event, status, column_of((start,)), column_of((end,)))
