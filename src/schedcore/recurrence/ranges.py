"""A series whose later instances were moved: RANGE=THISANDFUTURE (RFC 5545 3.2.13, 3.8.4.4).

Rules of this module:

1. The starts that the series gives are cut into stretches, each from the instance that an override names up to the
   next such override. In a stretch all instances move by the time that the override moved its own: the same time on
   the wall clock, so that 9:00 moved to 10:00 is 10:00 in winter and in summer.
2. A later stretch counts from the instances as the series gave them: two changes do not add up.
3. If the override changed the length, every instance of the stretch has the new one (an RDATE with a period as well);
   if it did not, each keeps its own.
4. An override that cancels its instance cancels the whole stretch.
5. An override of a single instance comes before the stretch that the instance is in. EXDATE and RECURRENCE-ID name
   instances by the starts that the series gave them.

An instance that moves out of the years 1 to 9999 is gone. Counting takes a walk here: what was moved may meet another
start, and counts once then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore._column import Column, between, column_of, union
from schedcore.recurrence.ends import LAST_LOCAL, Length, end_key
from schedcore.recurrence.members import Members
from schedcore.recurrence.window import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schedcore._cancel import CancelToken
    from schedcore._zone import ZoneTable
    from schedcore.recurrence.occurrence import Override

__all__ = ["Ranged", "Shown", "Stretch"]

FIRST_LOCAL: Final = -62_135_596_800  # 0001-01-01T00:00:00
#: What a zone can put between the move of an instance and the same move as a number of seconds.
_SLACK: Final = 2 * DAY


class Stretch(NamedTuple):
    """The instances with keys in [begin, end): how far they move (local seconds), and how long they are if changed."""

    begin: int
    end: int
    shift: int = 0
    length: Length | None = None
    override: Override | None = None

    @property
    def cancelled(self) -> bool:
        """Whether none of them happens."""
        return self.override is not None and self.override.cancelled


class Shown(NamedTuple):
    """An instance of a stretch: the keys of its start and end, the key that the series gave it, its override."""

    start: int
    end: int
    recurrence_id: int
    override: Override | None


class Ranged(Members):
    """A set of starts in stretches. `gather.settle` gives it its stretches, in order and without a hole."""

    __slots__ = ("fold", "gap", "stretches", "table")

    def __init__(self, plain: Members, table: ZoneTable | None, gap: int, fold: int) -> None:
        super().__init__(plain.streams, plain.exstreams, plain.fixed, plain.exfixed, plain.days, plain.spans)
        self.table = table
        self.gap = gap
        self.fold = 1 if fold == 1 else 0
        self.stretches: list[Stretch] = []

    @property
    def reach(self) -> int:
        """How long an instance can last, in seconds, if not as long as the series says: by an override or an RDATE."""
        lengths = (one.length for one in self.stretches if one.length is not None and not one.cancelled)
        return max(self.longest, *(days * DAY + seconds for days, seconds in lengths), 0)

    @property
    def running(self) -> bool:
        """Whether the last stretch happens."""
        return super().running and not self.stretches[-1].cancelled

    def stretch_of(self, key: int) -> Stretch:
        """The stretch that an instance is in."""
        return self.stretches[bisect_right(self.stretches, key, key=_begin) - 1]

    def place(self, key: int, stretch: Stretch) -> int | None:
        """Where an instance is now; None if it is nowhere: skipped in a gap, or out of the calendar."""
        if not stretch.shift:
            return key
        offset = self.table.offset_at(key) if self.table is not None else 0
        local = key + offset + stretch.shift
        if not FIRST_LOCAL <= local <= LAST_LOCAL:
            return None
        return local if self.table is None else self.table.utc_of(local, self.gap, self.fold)

    def starts(self, lo: int, hi: int, cancel: CancelToken | None = None) -> Column:
        """All starts in [lo, hi), where they now are."""
        out = between(self.shown, lo, hi)
        for stretch, a, b in self._parts(lo, hi):
            keys = self.kept(a, b, cancel)
            if stretch.shift:
                keys = column_of(sorted({start for start, _ in self._placed(stretch, keys, lo, hi)}))
            out = union(out, keys)
        return out

    def touching(self, length: Length, lo: int, hi: int, cancel: CancelToken | None = None) -> Iterator[Shown]:
        """What touches [lo, hi), without overrides of single instances; `length` is that of the series."""
        for stretch in self.stretches:
            own = length if stretch.length is None else stretch.length
            longest = own[0] * DAY + own[1] if stretch.length else max(own[0] * DAY + own[1], self.longest)
            early = lo - longest - _SLACK
            for _, a, b in self._parts(early, hi, stretch):
                for start, key in self._placed(stretch, self.kept(a, b, cancel), early, hi):
                    lasts = stretch.length or self.spans.get(key, length)
                    end = end_key(start, lasts, self.table)
                    if end > lo or start >= lo:
                        yield Shown(start, end, key, stretch.override)

    def page(self, lo: int, hi: int, size: int, cancel: CancelToken | None = None) -> tuple[Column, int]:
        """The first starts in [lo, hi), from about `size` candidates, and the key to go on from."""
        at = bisect_left(memoryview(self.shown), lo) + size - 1
        ends = [self.shown[at] + 1] if at < len(self.shown) else []
        for stretch, a, b in self._parts(lo, hi):
            end = min(b, self._page_end(a, b, size, cancel))
            if end < b and (place := self.place(end, stretch)) is not None:
                ends.append(place)
        # Starts that moved need not be in order at a change of clocks: a day more is enough to go on for sure.
        end = min(max(min(ends, default=hi), lo + DAY), hi)
        return self.starts(lo, end, cancel), end

    def latest(self, hi: int) -> int | None:
        """A key at or before the latest candidate below `hi`, or one behind it by little."""
        at = bisect_left(memoryview(self.shown), hi)
        found = [self.shown[at - 1]] if at else []
        for stretch, a, b in self._parts(FIRST_LOCAL - _SLACK, hi):
            key = super().latest(b)
            place = None if key is None else self.place(max(key, a), stretch)
            if place is not None:
                found.append(min(place, hi - 1))
        return max(found, default=None)

    def at_most(self, lo: int, hi: int) -> int:
        """A number that the starts in [lo, hi) do not exceed."""
        return sum(super(Ranged, self).at_most(a, b) for _, a, b in self._parts(lo, hi)) + len(self.shown)

    def rank(self, key: int) -> int | None:
        """Give None: that takes a walk."""
        return None

    def _parts(self, lo: int, hi: int, only: Stretch | None = None) -> Iterator[tuple[Stretch, int, int]]:
        """The windows of keys whose instances can be in [lo, hi), by stretch."""
        for stretch in (only,) if only is not None else self.stretches:
            slack = _SLACK if stretch.shift and self.table is not None else 0
            a = max(stretch.begin, lo - stretch.shift - slack)
            b = min(stretch.end, hi - stretch.shift + slack)
            if a < b and not stretch.cancelled:
                yield stretch, a, b

    def _placed(self, stretch: Stretch, keys: Column, lo: int, hi: int) -> Iterator[tuple[int, int]]:
        """(start, key) of those instances that are now in [lo, hi)."""
        for key in keys.tolist():
            start = self.place(key, stretch)
            if start is not None and lo <= start < hi:
                yield start, key

    def _page_end(self, lo: int, hi: int, size: int, cancel: CancelToken | None) -> int:
        ends = [stream.page(lo, hi, size, cancel)[1] for stream in self.streams]
        at = bisect_left(memoryview(self.fixed), lo) + size - 1
        if at < len(self.fixed):
            ends.append(self.fixed[at] + 1)
        return max(min(ends, default=hi), lo + 1)


def _begin(stretch: Stretch) -> int:
    return stretch.begin
