"""What finding a time answers with: slots that work, best first, and of those that do not, why.

Rules of this module:

1. Times are UTC seconds, lengths are seconds: as in the columns they come from.
2. Columns are there when the answer is; a `Slot` or a `Refusal` is made when somebody looks at it.
3. An answer without slots says why in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy.status import Status

if TYPE_CHECKING:
    from schedcore._column import Column

__all__ = ["STATUS_WHY", "Found", "Reason", "Refusal", "Refused", "Slot", "Why"]


class Why(StrEnum):
    """What can be in the way of a meeting.

    >>> print(Why.HOURS)
    outside of work hours
    """

    BUSY = "busy"
    TENTATIVE = "tentative"
    OUT_OF_OFFICE = "out of office"
    HOURS = "outside of work hours"
    DAY_FULL = "enough meetings that day"
    UNKNOWN = "calendar unknown"
    TOO_FEW = "too few can come"
    NO_ROOM = "no room is free"
    HELD = "on offer elsewhere"
    NOTICE = "too short notice"


#: What a busy stretch of each status is called when it is in the way.
STATUS_WHY = {Status.TENTATIVE: Why.TENTATIVE, Status.BUSY: Why.BUSY, Status.OUT_OF_OFFICE: Why.OUT_OF_OFFICE}


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which the meeting can be: [start, end) in UTC seconds.

    `missing` are those of `optional` and `any_of` who cannot come; `tentative` the seconds that those who come have
    tentative bookings then, summed; `outside_most` and `outside_total` their seconds outside of 08:00 to 18:00 on their
    own clocks, the largest and the sum. `room` is the owner number of the room to take, None if none was asked for.
    """

    start: int
    end: int
    missing: tuple[int, ...] = ()
    tentative: int = 0
    outside_most: int = 0
    outside_total: int = 0
    room: int | None = None


class Reason(NamedTuple):
    """One thing in the way: what, whose (None: nobody's in particular), and which stretch of time it takes, if any."""

    why: Why
    owner: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A time at which the meeting cannot be, and why.

    `reasons` are the people and rules in the way. `lacking` is how many people more would have to be free: required
    ones, and those that `any_of` is short of; 0 if only rules, rooms or holds are in the way. `move` is by how many
    seconds it would have to move, on the grid or not, to the nearest start that works (negative: earlier); None if
    there is none in the window.
    """

    start: int
    end: int
    reasons: tuple[Reason, ...]
    lacking: int
    move: int | None


class _Looker(Protocol):
    """What an answer looks things up in when it is asked: see `finding`."""

    duration: int

    def slot(self, place: int) -> Slot: ...
    def refusal(self, place: int) -> Refusal: ...
    def refused(self) -> Column: ...
    def nearness(self, place: int) -> tuple[int, bool, int, int]: ...


class Refused(Sequence[Refusal]):
    """The starts on the grid that do not work, in order of time; each is explained when it is looked at."""

    __slots__ = ("_looker", "_places")

    def __init__(self, looker: _Looker) -> None:
        self._looker = looker
        self._places = looker.refused()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Refusal: ...
    @overload
    def __getitem__(self, index: slice) -> list[Refusal]: ...
    def __getitem__(self, index: int | slice) -> Refusal | list[Refusal]:
        """Explain one, or several."""
        if isinstance(index, slice):
            return [self._looker.refusal(self._places[i]) for i in range(*index.indices(len(self)))]
        return self._looker.refusal(self._places[index])

    def __repr__(self) -> str:
        """Say how many there are."""
        return f"<Refused: {len(self)} starts>"

    def near_misses(self, limit: int = 10) -> list[Refusal]:
        """List the ones that fail by least: fewest people lacking, then the shortest move, then the earliest."""
        if type(limit) is not int or limit < 0:
            raise InvalidValue(f"limit={shorten(limit)}: give how many near misses to list, 0 or more")
        order = sorted(self._places.tolist(), key=self._looker.nearness)
        return [self._looker.refusal(place) for place in order[:limit]]


class Found(Sequence[Slot]):
    """The times that work, best first.

    `unknown` are the owners whose calendars could not be read; `looked_at` is how many starts the grid has in the
    window; `why_none` says in words why nothing was found, "" if something was. `refused` are the starts that do not
    work, if they were asked for (`explain=True`), else None. `starts` is the column of the slots' starts in UTC
    seconds.
    """

    __slots__ = ("_looker", "_places", "looked_at", "refused", "starts", "unknown", "why_none")

    def __init__(
        self,
        looker: _Looker,
        places: Sequence[int],
        starts: Column,
        *,
        looked_at: int,
        unknown: tuple[int, ...] = (),
        why_none: str = "",
        refused: Refused | None = None,
    ) -> None:
        self._looker = looker
        self._places = places
        self.starts = starts
        self.looked_at = looked_at
        self.unknown = unknown
        self.why_none = why_none
        self.refused = refused

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Slot: ...
    @overload
    def __getitem__(self, index: slice) -> list[Slot]: ...
    def __getitem__(self, index: int | slice) -> Slot | list[Slot]:
        """Give one slot, or several, by rank from 0."""
        if isinstance(index, slice):
            return [self._looker.slot(place) for place in self._places[index]]
        return self._looker.slot(self._places[index])

    def __iter__(self) -> Iterator[Slot]:
        return (self._looker.slot(place) for place in self._places)

    def __repr__(self) -> str:
        """Say how many there are, of how many that were looked at."""
        return f"<Found: {len(self)} of {self.looked_at} starts>"
