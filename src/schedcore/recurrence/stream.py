"""The starts that one rule gives, as keys: the kernel's local times taken through the zone.

Rules of this module:

1. A window is a pair of keys, [lo, hi); the answer is a strictly increasing column of keys.
2. Outside of a zone a key is the local time of the rule, and the plan answers directly.
3. In a zone, the plan is asked for the local times that *can* have an instant in the window; they are converted, put in
   order, made distinct (reading 7), and cut to the window. So a window beside a transition is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

from schedcore._column import Column, between, column_of, difference, union
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY

if TYPE_CHECKING:
    from schedcore._rrule import Plan
    from schedcore._zone import ZoneTable

__all__ = ["EMPTY", "Source", "Stream", "chunks"]

EMPTY: Final = column_of(())

#: No local time is more than this from its instant's neighbours: a gap is a day at most (Apia 2011, Kwajalein 1993),
#: an offset less than a day (RFC 5545 3.3.14).
_SLACK: Final = 2 * DAY

#: Chunks of an endless series grow from 64 starts (a page of a screen) to 65,536 (half a MiB of keys).
_FIRST_CHUNK: Final = 64
_LAST_CHUNK: Final = 65_536


class Source(Protocol):
    """What can be asked for starts: one rule (`Stream`) or a whole set (`Members`)."""

    def starts(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi), strictly increasing."""

    def probe(self, lo: int, size: int) -> int | None:
        """A key behind about `size` starts from `lo` on; None if fewer are left in all."""

    def latest(self, hi: int) -> int | None:
        """A key at or before the latest candidate below `hi`; None if there is none."""


def chunks(source: Source, lo: int, hi: int = MAX_KEY, size: int = _FIRST_CHUNK) -> Iterator[Column]:
    """Walk through [lo, hi) in columns of about `size` starts at first, then of more and more; some may be empty."""
    while lo < hi:
        behind = source.probe(lo, size)
        # A probe may end before `lo` when all it saw shifts out of the window: go on by a day at least.
        end = hi if behind is None else min(max(behind, lo + DAY), hi)
        yield source.starts(lo, end)
        lo = end
        size = min(size * 2, _LAST_CHUNK)


class Stream:
    """The starts of one rule, DTSTART included or not as its plan has it."""

    __slots__ = ("fold", "gap", "plan", "stop", "table")

    def __init__(self, plan: Plan, table: ZoneTable | None, gap: int, fold: int, stop: int | None) -> None:
        self.plan = plan
        self.table = table
        self.gap = gap
        self.fold = fold
        self.stop = stop

    def starts(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi); costs a seek and the starts themselves, however far from DTSTART."""
        table = self.table
        if table is None:
            return self.plan.between(lo, hi) if lo < hi else EMPTY
        if self.stop is not None and hi > self.stop:
            hi = self.stop
        if lo >= hi:
            return EMPTY
        first, last = table.local_window(lo, hi)
        return between(table.to_utc(self.plan.between(first, last), self.gap, self.fold), lo, hi)

    def taken_from(self, column: Column) -> Column:
        """What is left of a column without the starts of this rule, which is listed only where that is not much longer.

        An EXRULE of every second against a yearly RRULE would fill the memory: there each start is looked up instead.
        """
        if not len(column):
            return column
        lo, hi = column[0], column[len(column) - 1] + 1
        first, last = (lo, hi) if self.table is None else self.table.local_window(lo, hi)
        if self.plan.rank(last) - self.plan.rank(first) <= _LAST_CHUNK + 8 * len(column):
            return difference(column, self.starts(lo, hi))
        return column_of(key for key in column.tolist() if not len(self.starts(key, key + 1)))

    def probe(self, lo: int, size: int) -> int | None:
        """A key behind about `size` starts from `lo` on; None if fewer are left."""
        table = self.table
        if table is None:
            found = self.plan.between(lo, MAX_KEY, size)
            return found[len(found) - 1] + 1 if len(found) == size else None
        found = self.plan.between(table.local_window(lo, lo + 1)[0], MAX_KEY, size)
        if len(found) < size:
            return None
        key = table.utc_of(found[len(found) - 1], 0, 0)
        assert key is not None  # a gap that shifts leaves no local time without an instant
        return key + 1

    def latest(self, hi: int) -> int | None:
        """A key at or before the latest candidate below `hi`."""
        table = self.table
        if table is None:
            return self.plan.prev(hi)
        if self.stop is not None and hi > self.stop:
            hi = self.stop
        local = self.plan.prev(table.local_window(hi - 1, hi)[1])
        if local is None:
            return None
        key = table.utc_of(local, 0, 0)
        assert key is not None
        return min(key - _SLACK, hi - 1)

    def rank(self, key: int) -> int:
        """Count the distinct starts before `key`: by the plan's own counting, less what gaps make equal or skip.

        Costs one count by the plan and a look at every gap from DTSTART to `key`, some 100 a century.
        """
        table = self.table
        if table is None:
            return self.plan.rank(key)
        if self.stop is not None and key > self.stop:
            key = self.stop
        if self.fold == 2:  # repeated hours count twice there, which the plan does not know
            return sum(len(column) for column in chunks(self, MIN_KEY, key))
        first = self.plan.next(MIN_KEY)
        if first is None:
            return 0
        begin = first - _SLACK
        quiet = _quiet(table, key, begin)
        if quiet <= begin:
            return len(self.starts(begin, key))
        gaps = table.gaps(begin, quiet)
        lost = sum(self._lost(*gap) for gap in gaps)
        return self.plan.rank(quiet + table.offset_at(quiet)) - lost + len(self.starts(quiet, key))

    def _lost(self, at: int, before: int, after: int) -> int:
        """How many local times of one gap give no start of their own."""
        shift = after - before
        inside = self.plan.between(at + before, at + after)
        if not len(inside) or self.gap == 1:
            return len(inside)
        shifted = column_of(local + shift for local in inside.tolist())
        behind = self.plan.between(at + after, at + after + shift)
        return len(shifted) + len(behind) - len(union(shifted, behind))


def _quiet(table: ZoneTable, key: int, begin: int) -> int:
    """Find an instant at or before `key` with no transition near it: there local order and true order agree."""
    while key > begin:
        offset = table.offset_at(key)
        if table.offset_at(key - _SLACK) == offset == table.offset_at(key + _SLACK):
            return key
        key -= 3 * DAY
    return begin
