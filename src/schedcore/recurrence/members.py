"""A series as a set of starts: rules and RDATEs, without EXRULEs and EXDATEs, with overrides put in their place.

RFC 5545 3.8.5.1 to 3.8.5.3: the recurrence set is what RRULE and RDATE generate, less what EXDATE (and EXRULE, RFC 2445
4.8.5.2) name; a start that several of them give counts once. Everything here is set algebra on sorted columns of keys.

Counting: a set with one rule at most differs from what that rule gives in so many keys as RDATE, EXDATE and overrides
name, so these are worked out once (`Difference`) and added to the rule's own count. What several rules, or an EXRULE,
have in common is not known without a walk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from schedcore._column import Column, between, column_of, difference, union
from schedcore.recurrence.window import MAX_KEY, MIN_KEY

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._stream import Stream
    from schedcore.recurrence.ends import Length
    from schedcore.recurrence.occurrence import Override

__all__ = ["Members", "Moved"]


class Moved(NamedTuple):
    """An instance with an override: the key it had, the keys of its new start and end."""

    recurrence_id: int
    start: int
    end: int
    override: Override


class Difference(NamedTuple):
    """The keys that a set has and its one rule has not, and those that the rule has and the set has not."""

    added: Column
    removed: Column


class Members:
    """The starts of a series that is more than one rule: with other rules, RDATE, EXDATE, EXRULEs or overrides.

    Fixed once it is made, but for `_difference`, which whoever asks first works out and all others would alike.
    """

    __slots__ = (
        "_difference",
        "days",
        "dropped",
        "exfixed",
        "exstreams",
        "fixed",
        "longest",
        "moved",
        "shown",
        "spans",
        "streams",
    )

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
        self._difference: Difference | None = None
        self.moved: list[Moved] = []
        self.dropped = column_of(())  # keys that an override takes out
        self.shown = column_of(())  # keys at which overrides start

    def override(self, moved: list[Moved], dropped: set[int]) -> None:
        """Take instances out, and put those that are shown in."""
        self.moved = sorted(moved, key=lambda one: (one.start, one.end))
        self.dropped = column_of(sorted(dropped))
        self.shown = column_of(sorted({one.start for one in moved}))

    @property
    def reach(self) -> int:
        """How long an instance can last, in seconds, if not as long as the series says."""
        return self.longest

    @property
    def running(self) -> bool:
        """Whether it goes on to the end of the calendar."""
        return any(stream.plan.is_infinite for stream in self.streams)

    def generated(self, lo: int, hi: int, cancel: CancelToken | None = None) -> Column:
        """All starts in [lo, hi) before overrides."""
        out = between(self.fixed, lo, hi)
        for stream in self.streams:
            out = union(out, stream.starts(lo, hi, cancel))
        for stream in self.exstreams:
            out = stream.taken_from(out)
        out = difference(out, between(self.exfixed, lo, hi))
        at = bisect_right(self.days, (lo, MAX_KEY))
        for begin, end in self.days[max(at - 1, 0) :]:
            if begin >= hi:
                break
            out = difference(out, between(out, begin, end))
        return out

    def kept(self, lo: int, hi: int, cancel: CancelToken | None = None) -> Column:
        """All starts in [lo, hi) that no override touches."""
        return difference(self.generated(lo, hi, cancel), between(self.dropped, lo, hi))

    def starts(self, lo: int, hi: int, cancel: CancelToken | None = None) -> Column:
        """All starts in [lo, hi), overrides where they now are."""
        out = self.kept(lo, hi, cancel)
        return union(out, between(self.shown, lo, hi)) if len(self.shown) else out

    def page(self, lo: int, hi: int, size: int, cancel: CancelToken | None = None) -> tuple[Column, int]:
        """The first starts in [lo, hi), from about `size` candidates, and the key to go on from."""
        ends = [stream.page(lo, hi, size, cancel)[1] for stream in self.streams]
        for column in (self.fixed, self.shown):
            at = _index(column, lo) + size - 1
            if at < len(column):
                ends.append(column[at] + 1)
        end = min(max(min(ends, default=hi), lo + 1), hi)
        return self.starts(lo, end, cancel), end

    def latest(self, hi: int) -> int | None:
        """A key at or before the latest candidate below `hi`."""
        found = [stream.latest(hi) for stream in self.streams]
        for column in (self.fixed, self.shown):
            at = _index(column, hi)
            found.append(column[at - 1] if at else None)
        return max((key for key in found if key is not None), default=None)

    def at_most(self, lo: int, hi: int) -> int:
        """A number that the starts in [lo, hi) do not exceed."""
        return sum(stream.at_most(lo, hi) for stream in self.streams) + len(self.fixed) + len(self.shown)

    def rank(self, key: int) -> int | None:
        """How many starts lie before `key`; None for several rules or an EXRULE, where that takes a walk."""
        if len(self.streams) > 1 or self.exstreams:
            return None
        added, removed = self._apart()
        base = self.streams[0].rank(key) if self.streams else 0
        return base + _index(added, key) - _index(removed, key)

    def nth(self, k: int) -> int | None:
        """The start number k, from 0; None if there are fewer. Only where `rank` can count."""
        added, removed = self._apart()
        apart = union(added, removed)
        at = bisect_right(range(len(apart)), k, key=lambda i: self.rank(apart[i]) or 0)  # those with at most k before
        if at:
            key = apart[at - 1]
            if self.rank(key) == k and _holds(added, key):
                return key
            k += _index(removed, key + 1) - _index(added, key + 1)
        return self.streams[0].nth(k) if self.streams else None

    def _apart(self) -> Difference:
        """Work out once how the set differs from what its one rule gives."""
        if self._difference is None:
            days = [self._candidates(begin, end) for begin, end in self.days]
            taken = reduce(union, (*days, self.exfixed, self.dropped))
            fixed = reduce(difference, (self.fixed, *days, self.exfixed, self.dropped))
            if not self.streams:
                self._difference = Difference(union(fixed, self.shown), column_of(()))
            else:
                beside = self.streams[0].taken_from
                removed = difference(difference(taken, beside(taken)), self.shown)
                self._difference = Difference(union(beside(fixed), beside(self.shown)), removed)
        return self._difference

    def _candidates(self, lo: int, hi: int) -> Column:
        """All starts in [lo, hi) of rules and RDATEs."""
        return reduce(union, (stream.starts(lo, hi) for stream in self.streams), between(self.fixed, lo, hi))

    def has(self, key: int) -> bool:
        """Whether the series gives an instance this start, before overrides."""
        return MIN_KEY <= key < MAX_KEY and len(self.generated(key, key + 1)) == 1


def _index(column: Column, key: int) -> int:
    """How many values of an increasing column are less than `key`."""
    return bisect_left(memoryview(column), key)


def _holds(column: Column, key: int) -> bool:
    """Whether `key` is in an increasing column."""
    at = _index(column, key)
    return at < len(column) and column[at] == key
