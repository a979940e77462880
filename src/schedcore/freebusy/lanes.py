"""Lanes: which events a screen draws side by side, and how many there are beyond those.

Rules
1. Events that overlap stand in different lanes. Each takes the first lane that is free when it starts; of those that
   start together the longer comes first, then the one that was given first.
2. There are at most so many lanes. An event that finds none is not drawn but counted, for the stretch that it takes.
3. All events that hang together by overlaps are drawn equally wide: `width` is how many lanes they need together.
4. An event of no length blocks nothing, but a screen shows it: here it takes a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore.errors import ColumnError, InvalidValue
from schedcore.freebusy.merging import int64_column

if TYPE_CHECKING:
    from schedcore.freebusy.merging import Values

__all__ = ["Lanes", "More", "lanes"]

#: Side by side, more are too narrow to read.
MOST: Final = 5
HIDDEN: Final = -1


class More(NamedTuple):
    """A stretch [start, end) with so many `events` that found no lane."""

    start: int
    end: int
    events: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where events stand: for each row its lane (-1: none was free) and how many lanes it shares the breadth with."""

    lane: list[int]
    width: list[int]
    more: list[More]


def lanes(start: Values, end: Values, *, most: int = MOST) -> Lanes:
    """Lay events out side by side, at most `most` of them at any time, and count the others.

    Row `i` is from `start[i]` to before `end[i]`, in seconds of one clock; rows come in any order. ColumnError for
    columns that are not of int64 or of one length, and for an end before its start; InvalidValue for `most` below 1.
    O(n log n).

    >>> found = lanes([0, 10, 20], [60, 30, 40], most=2)
    >>> found.lane, found.width, found.more
    ([0, 1, -1], [2, 2, 2], [More(start=20, end=40, events=1)])
    """
    if most < 1:
        raise InvalidValue(f"most={most}: give 1 lane or more")
    starts, ends = int64_column("start", start).tolist(), int64_column("end", end).tolist()
    if len(starts) != len(ends):
        raise ColumnError(f"end: {len(ends)} rows, but start has {len(starts)}; give columns of one length")
    for row, (a, b) in enumerate(zip(starts, ends, strict=True)):
        if b < a:
            raise ColumnError(f"end: row {row} ends at {b}, before its start {a}; swap them or drop the row")
    ends = [max(b, a + 1) for a, b in zip(starts, ends, strict=True)]
    order = sorted(range(len(starts)), key=lambda row: (starts[row], -ends[row], row))
    lane, width = [HIDDEN] * len(starts), [0] * len(starts)
    for together in _together(order, starts, ends):
        _place(together, starts, ends, most, lane)
        needed = max(lane[row] for row in together) + 1
        for row in together:
            width[row] = needed
    hidden = [(starts[row], ends[row]) for row in order if lane[row] == HIDDEN]
    return Lanes(lane, width, _counted(hidden))


def _together(order: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> list[list[int]]:
    """Rows that hang together by overlaps."""
    found: list[list[int]] = []
    reach = 0
    for row in order:
        if not found or starts[row] >= reach:
            found.append([])
            reach = ends[row]
        found[-1].append(row)
        reach = max(reach, ends[row])
    return found


def _place(rows: Sequence[int], starts: Sequence[int], ends: Sequence[int], most: int, lane: list[int]) -> None:
    free: list[int] = []
    taken: list[tuple[int, int]] = []
    opened = 0
    for row in rows:
        while taken and taken[0][0] <= starts[row]:
            heappush(free, heappop(taken)[1])
        if free:
            lane[row] = heappop(free)
        elif opened < most:
            lane[row] = opened
            opened += 1
        else:
            continue
        heappush(taken, (ends[row], lane[row]))


def _counted(hidden: Sequence[tuple[int, int]]) -> list[More]:
    """How many of some stretches there are at a time."""
    changes: dict[int, int] = {}
    for start, end in hidden:
        changes[start] = changes.get(start, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    found: list[More] = []
    count, since = 0, 0
    for at in sorted(changes):
        if changes[at] == 0:
            continue  # one ends where another begins
        if count:
            found.append(More(since, at, count))
        count += changes[at]
        since = at
    return found
