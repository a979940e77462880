"""A series as a set of starts: rules and RDATEs, without EXRULEs and EXDATEs, with overrides put in their place.

RFC 5545 3.8.5.1 to 3.8.5.3: the recurrence set is what RRULE and RDATE generate, less what EXDATE (and EXRULE, RFC 2445
4.8.5.2) name; a start that several of them give counts once. Everything here is set algebra on sorted columns of keys.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from schedcore._column import Column, between, column_of, difference, union
from schedcore.recurrence.window import MAX_KEY, MIN_KEY

if TYPE_CHECKING:
    from schedcore.recurrence.ends import Length
    from schedcore.recurrence.occurrence import Override
    from schedcore.recurrence.stream import Stream

__all__ = ["Members", "Moved"]


class Moved(NamedTuple):
    """An instance with an override: the key it had, the keys of its new start and end."""

    recurrence_id: int
    start: int
    end: int
    override: Override


class Members:
    """The starts of a series that has more than one rule."""

    __slots__ = ("days", "dropped", "exfixed", "exstreams", "fixed", "longest", "moved", "shown", "spans", "streams")

    def __init__(
        self,
        streams: tuple[Stream, ...],
        exstreams: tuple[Stream, ...],
        fixed: Column,
        exfixed: Column,
        days: list[tuple[int, int]],
        spans: dict[int, Length],
    ) -> None:
        self.streams = streams
        self.exstreams = exstreams
        self.fixed = fixed  # RDATEs, and DTSTART if no rule gives it
        self.exfixed = exfixed
        self.days = days  # EXDATEs that name a day: disjoint windows, in order
        self.spans = spans  # RDATEs that are periods have a length of their own
        self.longest = max((days * 86_400 + seconds for days, seconds in spans.values()), default=0)
        self.moved: list[Moved] = []
        self.dropped = column_of(())  # keys that an override takes out
        self.shown = column_of(())  # keys at which overrides start

    def override(self, moved: list[Moved], dropped: set[int]) -> None:
        """Take instances out, and put those that are shown in."""
        self.moved = sorted(moved, key=lambda one: (one.start, one.end))
        self.dropped = column_of(sorted(dropped))
        self.shown = column_of(sorted({one.start for one in moved}))

    def generated(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi) before overrides."""
        out = between(self.fixed, lo, hi)
        for stream in self.streams:
            out = union(out, stream.starts(lo, hi))
        for stream in self.exstreams:
            out = stream.taken_from(out)
        out = difference(out, between(self.exfixed, lo, hi))
        at = bisect_right(self.days, (lo, MAX_KEY))
        for begin, end in self.days[max(at - 1, 0) :]:
            if begin >= hi:
                break
            out = difference(out, between(out, begin, end))
        return out

    def kept(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi) that no override touches."""
        return difference(self.generated(lo, hi), between(self.dropped, lo, hi))

    def starts(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi), overrides where they now are."""
        out = self.kept(lo, hi)
        return union(out, between(self.shown, lo, hi)) if len(self.shown) else out

    def probe(self, lo: int, size: int) -> int | None:
        """A key behind about `size` candidates from `lo` on; None if fewer are left."""
        ends = [stream.probe(lo, size) for stream in self.streams]
        for column in (self.fixed, self.shown):
            at = _index(column, lo) + size - 1
            ends.append(column[at] + 1 if at < len(column) else None)
        return min((end for end in ends if end is not None), default=None)

    def latest(self, hi: int) -> int | None:
        """A key at or before the latest candidate below `hi`."""
        found = [stream.latest(hi) for stream in self.streams]
        for column in (self.fixed, self.shown):
            at = _index(column, hi)
            found.append(column[at - 1] if at else None)
        return max((key for key in found if key is not None), default=None)

    def has(self, key: int) -> bool:
        """Whether the series gives an instance this start, before overrides."""
        return MIN_KEY <= key < MAX_KEY and len(self.generated(key, key + 1)) == 1


def _index(column: Column, key: int) -> int:
    """How many values of an increasing column are less than `key`."""
    return bisect_left(memoryview(column), key)
