"""`FreeBusyIndex`: busy stretches of many people, kept merged while single series change.

Rules
1. An owner's time is what all their series together take of it. A series is put as a whole: what it takes now replaces
   what it took before.
2. Only what a series took or takes now is looked at again, and of that only what differs. What comes out is the same as
   merging everything anew.
3. Every change says which stretches have another status than before, so that whoever shows them need not ask again.

Theory
For each owner there are the merged blocks, in order, and the rows that they were merged from, filed by the days that
they touch (rows of more than a month apart: they would touch too many). A change touches a few stretches. For each of
them the rows of its days are merged again, cut at its bounds, and put in the place of the blocks that were there; all
stretches are merged in one call, each as if it were an owner. The cost is that of the touched days, whatever else the
owner has; blocks are found by bisection, and moving those behind is a copy of pointers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from schedcore._column import column_of
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.freebusy.clocks import joined
from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.query import Stretch
from schedcore.freebusy.status import PRECEDENCE, Status
from schedcore.recurrence.window import DAY, instant

__all__ = ["Change", "FreeBusyIndex"]

#: What a series takes: (start, end, status), and whatever more a `Stretch` has.
Row: TypeAlias = tuple[int, int, Status]
#: A stretch with the status before and after.
Difference: TypeAlias = tuple[int, int, Status, Status]

#: Days from which on a row is kept apart.
LONG: Final = 31


class Change(NamedTuple):
    """A stretch [start, end), in UTC seconds, in which an owner has another status than before."""

    owner: int
    start: int
    end: int
    before: Status
    after: Status


class FreeBusyIndex:
    """Busy stretches of many owners, patched when a series changes.

    Owners are numbers, series any hashable names, such as UIDs. Times are UTC seconds; `status_at` and `next_change`
    take aware datetimes too. `precedence` is that of `merge`.

    >>> index = FreeBusyIndex()
    >>> index.put(0, "stand-up", [(0, 900, Status.BUSY), (86400, 87300, Status.BUSY)])[0]
    Change(owner=0, start=0, end=900, before=<Status.FREE: 0>, after=<Status.BUSY: 2>)
    >>> index.put(0, "call", [(600, 1200, Status.TENTATIVE)])
    [Change(owner=0, start=900, end=1200, before=<Status.FREE: 0>, after=<Status.TENTATIVE: 1>)]
    >>> index.status_at(0, 700).name, index.next_change(0, 700)
    ('BUSY', 900)
    >>> index.remove(0, "stand-up")[0]
    Change(owner=0, start=0, end=600, before=<Status.BUSY: 2>, after=<Status.FREE: 0>)
    """

    def __init__(self, *, precedence: Sequence[Status] = PRECEDENCE) -> None:
        self._precedence = tuple(precedence)
        self._people: dict[int, _Person] = {}
        merge([], [], [], precedence=precedence)  # refuses what is no precedence

    def put(self, owner: int, series: Hashable, rows: Iterable[Row | Stretch]) -> list[Change]:
        """Say what a series takes of its owner's time now, and hear what that changes, in order.

        Rows are (start, end, status), in any order, or stretches as `stretches` gives them; free ones and those of no
        length say nothing. ColumnError names a row that is wrong, and nothing is changed then. O(rows + the rows and
        blocks of the days that differ), and a copy of pointers to the blocks behind.
        """
        if owner < 0:
            raise InvalidValue(f"owner {owner}: owners are numbers from 0 on")
        found = [_checked(number, row) for number, row in enumerate(rows)]
        now = Counter(row for row in found if row[0] < row[1] and row[2] is not Status.FREE)
        person = self._people.setdefault(owner, _Person())
        return [Change(owner, *change) for change in person.put(series, now, self._precedence)]

    def remove(self, owner: int, series: Hashable) -> list[Change]:
        """Forget a series, and hear what that changes; one that is not there changes nothing."""
        return self.put(owner, series, ())

    def load(self, owner: int, found: Iterable[Stretch]) -> list[Change]:
        """Make the series of an owner what a whole calendar says, by UID; those that it does not have are forgotten.

        What has no UID counts as one series, None. Changes are listed series by series. Cost: a `put` for each series,
        which for those that did not change is a comparison.
        """
        by_uid: dict[Hashable, list[Row]] = {}
        for stretch in found:
            by_uid.setdefault(stretch.uid, []).append(stretch[:3])
        known = list(self._people[owner].series) if owner in self._people else []
        changes = [change for uid in known if uid not in by_uid for change in self.remove(owner, uid)]
        return changes + [change for uid, rows in by_uid.items() for change in self.put(owner, uid, rows)]

    def status_at(self, owner: int, t: int | datetime) -> Status:
        """Tell what an owner is at a moment; free if nothing is known of them. O(log blocks)."""
        person = self._people.get(owner)
        return Status.FREE if person is None else person.status_at(_second(t))

    def next_change(self, owner: int, t: int | datetime) -> int | None:
        """Tell when an owner's status next becomes another than at `t`, in UTC seconds, or None. O(log blocks)."""
        person = self._people.get(owner)
        return None if person is None else person.next_change(_second(t))

    def blocks(self, owner: int) -> list[Block]:
        """List the stretches of an owner, in order."""
        person = self._people.get(owner)
        return [] if person is None else [Block(owner, *block) for block in person.blocks()]

    def merged(self) -> Merged:
        """Give all stretches as columns, as `merge` would have them; O(blocks)."""
        rows = [block for owner in sorted(self._people) for block in self.blocks(owner)]
        return Merged(*(column_of(column) for column in zip(*rows, strict=True))) if rows else merge([], [], [])

    def __repr__(self) -> str:
        blocks = sum(len(person.starts) for person in self._people.values())
        return f"<FreeBusyIndex of {len(self._people)} owners, {blocks} blocks>"

    def _check(self) -> None:
        """Assert that everything is as merging anew would have it; for tests."""
        rows = [
            (owner, *row)
            for owner, person in self._people.items()
            for series in person.series.values()
            for row in series.elements()
        ]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
        assert list(merge(*columns, precedence=self._precedence)) == list(self.merged())


class _Person:
    """One owner: rows by series and by day, and blocks as three lists."""

    __slots__ = ("days", "ends", "series", "starts", "statuses")

    def __init__(self) -> None:
        self.series: dict[Hashable, Counter[Row]] = {}
        self.days: dict[int | None, Counter[Row]] = {}
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.statuses: list[Status] = []

    def blocks(self) -> Iterator[Row]:
        return zip(self.starts, self.ends, self.statuses, strict=True)

    def status_at(self, t: int) -> Status:
        at = bisect_right(self.starts, t) - 1
        return self.statuses[at] if at >= 0 and t < self.ends[at] else Status.FREE

    def next_change(self, t: int) -> int | None:
        at = bisect_right(self.starts, t) - 1
        if at >= 0 and t < self.ends[at]:
            return self.ends[at]
        return self.starts[at + 1] if at + 1 < len(self.starts) else None

    def put(self, series: Hashable, now: Counter[Row], precedence: Sequence[Status]) -> list[Difference]:
        before = self.series.pop(series, Counter())
        if now:
            self.series[series] = now
        gone, come = before - now, now - before
        self._file(gone, -1)
        self._file(come, 1)
        stretches = joined((row[0], row[1]) for row in (*gone, *come))
        changes = []
        for (start, end), new in zip(stretches, self._merged(stretches, precedence), strict=True):
            changes += self._patch(start, end, new)
        return changes

    def _merged(self, stretches: Sequence[tuple[int, int]], precedence: Sequence[Status]) -> list[list[Row]]:
        """What the rows take of some stretches, each cut at its bounds and merged anew; all of them in one call."""
        found = [
            [(max(a, start), min(b, end), status) for a, b, status in self._rows(start, end)]
            for start, end in stretches
        ]
        several = [(place, *row) for place, rows in enumerate(found) if len(rows) > 1 for row in rows]
        if several:
            for place, *_ in several:
                found[place] = []
            columns = (list(column) for column in zip(*several, strict=True))
            for place, a, b, status in merge(*columns, precedence=precedence):
                found[place].append((a, b, status))
        return found

    def _file(self, rows: Counter[Row], sign: int) -> None:
        """File rows under their days, or take them out."""
        for row, count in rows.items():
            for day in _days_of(row):
                drawer = self.days.setdefault(day, Counter())
                drawer[row] += sign * count
                if not drawer[row]:
                    del drawer[row]
                    if not drawer:
                        del self.days[day]

    def _rows(self, start: int, end: int) -> set[Row]:
        """The rows that touch a stretch; of equal ones, one."""
        first, last = start // DAY, (end - 1) // DAY
        if last - first < len(self.days):
            near: Iterable[int] = range(first, last + 1)
        else:
            near = [day for day in self.days if day is not None and first <= day <= last]
        found = {row for day in (None, *near) for row in self.days.get(day, ())}
        return {row for row in found if row[0] < end and start < row[1]}

    def _patch(self, start: int, end: int, new: Sequence[Row]) -> list[Difference]:
        """Put what a stretch is now in the place of what was there, and tell the differences."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        old = list(zip(self.starts[first:last], self.ends[first:last], self.statuses[first:last], strict=True))
        left = [(a, start, status) for a, _, status in old[:1] if a < start]
        right = [(end, b, status) for _, b, status in old[-1:] if b > end]
        # What touches the stretch from outside may now be of one status with what is in it.
        while first > 0 and self.ends[first - 1] == start and not left:
            first -= 1
            left = [(self.starts[first], start, self.statuses[first])]
        while last < len(self.starts) and self.starts[last] == end and not right:
            right = [(end, self.ends[last], self.statuses[last])]
            last += 1
        self._replace(first, last, _coalesced([*left, *new, *right]))
        return _differences([(max(a, start), min(b, end), status) for a, b, status in old], new)

    def _replace(self, first: int, last: int, blocks: Sequence[Row]) -> None:
        self.starts[first:last] = [block[0] for block in blocks]
        self.ends[first:last] = [block[1] for block in blocks]
        self.statuses[first:last] = [block[2] for block in blocks]


def _days_of(row: Row) -> Iterable[int | None]:
    """The days that a row touches; None for a long one, which touches too many."""
    first, last = row[0] // DAY, (row[1] - 1) // DAY
    return range(first, last + 1) if last - first < LONG else (None,)


def _coalesced(blocks: Iterable[Row]) -> list[Row]:
    """Join blocks in order that touch and are of one status."""
    found: list[Row] = []
    for start, end, status in blocks:
        if found and found[-1][1] == start and found[-1][2] is status:
            start = found.pop()[0]
        found.append((start, end, status))
    return found


def _differences(old: Sequence[Row], new: Sequence[Row]) -> list[Difference]:
    """The stretches in which two lists of blocks differ, with the status in each; those that touch and agree joined."""
    edges = sorted({edge for block in (*old, *new) for edge in block[:2]})
    found: list[Difference] = []
    at_old = at_new = 0
    for start, end in pairwise(edges):
        at_old, before = _covering(old, at_old, start)
        at_new, after = _covering(new, at_new, start)
        if before is after:
            continue
        if found and found[-1][1:] == (start, before, after):
            start = found.pop()[0]
        found.append((start, end, before, after))
    return found


def _covering(blocks: Sequence[Row], at: int, t: int) -> tuple[int, Status]:
    """The first block, from `at` on, that ends after `t`, and its status there."""
    while at < len(blocks) and blocks[at][1] <= t:
        at += 1
    return at, blocks[at][2] if at < len(blocks) and blocks[at][0] <= t else Status.FREE


def _checked(number: int, row: Row | Stretch) -> Row:
    start, end, status = row[:3]
    if type(start) is not int or type(end) is not int:
        raise ColumnError(f"row {number}: {shorten(row)}: give start and end as whole UTC seconds")
    if end < start:
        raise ColumnError(f"row {number} ends at {end}, before its start {start}; swap them or drop the row")
    try:
        return start, end, Status(status)
    except ValueError:
        said = f"row {number}: status {shorten(status)}; statuses are 0 (free) to 3 (out of office)"
        raise ColumnError(said) from None


def _second(t: int | datetime) -> int:
    if isinstance(t, datetime):
        if t.tzinfo is None:
            raise InvalidValue(f"{shorten(t)} has no zone; pass an aware datetime or UTC seconds")
        return instant(t)
    return t
