"""The door to the merge kernel: columns of any kind in, checked; merged columns out.

A column comes as a list of whole numbers, or as anything that shows 64-bit integers in a row of memory (`array`,
`memoryview`, NumPy, a `Column`), which is then read without a copy; NumPy's `datetime64[s]` counts as such.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from schedcore._column import Column, column_of
from schedcore.errors import ColumnError, shorten
from schedcore.freebusy._merge import Merger
from schedcore.freebusy.status import Status

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Values = Iterable[int] | Buffer

# What buffers call a 64-bit integer; "l" is one only where a C long has 64 bits, which the item size tells.
# NumPy writes the byte order out when asked for it, so the machine's own is spelled with its sign as well.
_INT64_FORMATS = {
    order + letter for order in ("", "@", "=", "<" if sys.byteorder == "little" else ">") for letter in "ql"
}


class Block(NamedTuple):
    """One stretch [start, end), in UTC seconds, in which an owner has one status."""

    owner: int
    start: int
    end: int
    status: Status


@dataclass(frozen=True, slots=True)
class Merged:
    """Merged stretches as four int64 columns of one length, sorted by owner and start.

    `numpy.asarray(merged.start)` shares memory with the column. `status` holds the numbers of `Status`, never FREE.

    >>> from schedcore.freebusy import merge
    >>> merged = merge(owner=[0, 0], start=[0, 50], end=[60, 90])
    >>> len(merged), list(merged)
    (1, [Block(owner=0, start=0, end=90, status=<Status.BUSY: 2>)])
    """

    owner: Column
    start: Column
    end: Column
    status: Column

    def __len__(self) -> int:
        return len(self.start)

    def __iter__(self) -> Iterator[Block]:
        columns = zip(*(column.tolist() for column in (self.owner, self.start, self.end, self.status)), strict=True)
        return (Block(owner, start, end, Status(status)) for owner, start, end, status in columns)

    def _check(self) -> None:
        """Assert what the class promises; for tests."""
        rows = list(self)
        for row in rows:
            assert row.start < row.end and row.status is not Status.FREE, row
        for row, after in pairwise(rows):
            assert row.owner < after.owner or (row.owner == after.owner and row.end <= after.start), (row, after)
            touching = row.owner == after.owner and row.end == after.start
            assert not (touching and row.status == after.status), (row, after)


def merge(owner: Values, start: Values, end: Values, status: Values | None = None) -> Merged:
    """Merge stretches of time that overlap or touch, owner by owner.

    Row `i` says that `owner[i]` (a number from 0 on) has `status[i]` from `start[i]` to before `end[i]`, in seconds;
    without `status` every row is busy. Where rows of one owner overlap, the higher status wins: out of office over
    busy over tentative. Free rows and rows of no length say nothing. The order of the rows does not matter.

    ColumnError names the column, the row and the value that is wrong: another type than int64, columns of different
    lengths, memory with gaps, an end before its start, NaT, a negative owner, an unknown status.

    One pass over rows in order of (owner, start), O(n); other rows are sorted first by their digits, O(n) for times of
    a bounded range. Up to 32 bytes an input row for the answer, and 48 more to sort. Runs without the GIL.
    Coalescing is what RFC 4791 7.10 asks of free/busy answers.

    >>> from schedcore.freebusy import Status, merge
    >>> merged = merge(owner=[7, 7, 7], start=[0, 30, 90], end=[60, 90, 95], status=[2, 1, 1])
    >>> merged.start.tolist(), merged.end.tolist(), merged.status.tolist()
    ([0, 60], [60, 95], [2, 1])
    >>> merge(owner=[0], start=[60], end=[0])
    Traceback (most recent call last):
        ...
    schedcore.errors.ColumnError: end: row 0 ends at 0, before its start 60; swap them or drop the row
    """
    owners, starts, ends = _int64("owner", owner), _int64("start", start), _int64("end", end)
    statuses = None if status is None else _int64("status", status)
    for name, column in (("start", starts), ("end", ends), ("status", statuses)):
        if column is not None and len(column) != len(owners):
            raise ColumnError(f"{name}: {len(column)} rows, but owner has {len(owners)}; give columns of one length")
    m = Merger(owners, starts, ends, statuses, [0,1,2,3], None)
    if not len(owners): return Merged(*m.in_order(0,0))
    f = m.in_order(0,len(owners))
    if f is None:
        m.survey()
        f = m.any_order(0,2**63-1)
    return Merged(*f)


def _int64(name: str, values: object) -> memoryview:
    """The column as contiguous 64-bit integers, without a copy where it shows its memory."""
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") == "M":
        values = _seconds(name, values, str(dtype))
    try:
        view = memoryview(values)  # type: ignore[arg-type]
    except (TypeError, ValueError, BufferError):
        return memoryview(_copied(name, values))
    if view.ndim != 1:
        raise ColumnError(f"{name}: {view.ndim} dimensions {view.shape}; give a column of one dimension")
    if view.format not in _INT64_FORMATS or view.itemsize != 8:
        kind = dtype if dtype is not None else f"format {view.format!r}"
        raise ColumnError(f"{name}: {kind} is not int64; convert the column, in seconds (numpy: .astype('int64'))")
    if not view.c_contiguous:
        raise ColumnError(
            f"{name}: strides {view.strides} leave gaps; copy the column (numpy: numpy.ascontiguousarray)"
        )
    return view


def _seconds(name: str, values: object, dtype: str) -> object:
    """A NumPy column of datetime64[s] as the integers in it."""
    if dtype != "datetime64[s]":
        raise ColumnError(f"{name}: {dtype} does not count seconds; convert it with .astype('datetime64[s]')")
    return values.view("int64")  # type: ignore[attr-defined]


def _copied(name: str, values: object) -> Column:
    if not isinstance(values, Iterable):
        raise ColumnError(f"{name}: {shorten(values)} is not a column; give a list or an array of int64")
    items = list(values)
    for row, value in enumerate(items):
        if not hasattr(value, "__index__"):  # a float would lose its fraction on the way
            raise ColumnError(f"{name}: row {row}: {shorten(value)} is not a whole number; convert it to int")
    try:
        return column_of(items)
    except ColumnError as error:
        raise ColumnError(f"{name}: {error}") from None
