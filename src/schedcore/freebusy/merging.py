"""The door to the merge kernel: columns of any kind in, checked; merged columns out.

A column comes as a list of whole numbers, or as anything that shows 64-bit integers in a row of memory (`array`,
`memoryview`, NumPy, a `Column`), which is then read without a copy; NumPy's `datetime64[s]` counts as such.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from schedcore._arrow import export_array, export_schema, export_stream
from schedcore._column import Column, column_of
from schedcore.errors import ColumnError, InvalidValue, shorten
from schedcore.freebusy._merge import Merger, joined
from schedcore.freebusy.status import PRECEDENCE, Status

if TYPE_CHECKING:
    from typing_extensions import Buffer, CapsuleType

    from schedcore._cancel import CancelToken
    from schedcore.freebusy._merge import Columns

    Values = Iterable[int] | Buffer

__all__ = ["Block", "Merged", "int64_column", "merge", "ranks_of"]

Result = TypeVar("Result")

# What buffers call a 64-bit integer; "l" is one only where a C long has 64 bits, which the item size tells.
# NumPy writes the byte order out when asked for it, so the machine's own is spelled with its sign as well.
_INT64_FORMATS = {
    order + letter for order in ("", "@", "=", "<" if sys.byteorder == "little" else ">") for letter in "ql"
}

# The columns of an answer as the Arrow C data interface names them; "l" is int64.
_FIELDS = [(name, "l") for name in ("owner", "start", "end", "status")]


class Block(NamedTuple):
    """One stretch [start, end), in UTC seconds, in which an owner has one status."""

    owner: int
    start: int
    end: int
    status: Status


@dataclass(frozen=True, slots=True)
class Merged:
    """Merged stretches as four int64 columns of one length, sorted by owner and start.

    `numpy.asarray(merged.start)` shares memory with the column, and so does what any Arrow library makes of the whole,
    as `pyarrow.table(merged)`. `status` holds the numbers of `Status`, never FREE.

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

    def __arrow_c_schema__(self) -> CapsuleType:
        return export_schema(_FIELDS)

    def __arrow_c_array__(self, requested_schema: CapsuleType | None = None) -> tuple[CapsuleType, CapsuleType]:
        return export_array(_FIELDS, (self.owner, self.start, self.end, self.status))

    def __arrow_c_stream__(self, requested_schema: CapsuleType | None = None) -> CapsuleType:
        return export_stream(_FIELDS, [(self.owner, self.start, self.end, self.status)])

    def _check(self) -> None:
        """Assert what the class promises; for tests."""
        rows = list(self)
        for row in rows:
            assert row.start < row.end and row.status is not Status.FREE, row
        for row, after in pairwise(rows):
            assert row.owner < after.owner or (row.owner == after.owner and row.end <= after.start), (row, after)
            touching = row.owner == after.owner and row.end == after.start
            assert not (touching and row.status == after.status), (row, after)


def merge(
    owner: Values,
    start: Values,
    end: Values,
    status: Values | None = None,
    *,
    precedence: Sequence[Status] = PRECEDENCE,
    threads: int = 1,
    cancel: CancelToken | None = None,
) -> Merged:
    """Merge stretches of time that overlap or touch, owner by owner.

    Row `i` says that `owner[i]` (a number from 0 on) has `status[i]` from `start[i]` to before `end[i]`, in seconds;
    without `status` every row is busy. Where rows of one owner overlap, the stronger status wins: out of office over
    busy over tentative, or as `precedence` says, strongest first (`RFC7953` is another). Free rows and rows of no
    length say nothing. The order of the rows does not matter, nor does the number of `threads`, which share the owners.

    ColumnError names the column, the row and the value that is wrong: another type than int64, columns of different
    lengths, memory with gaps, an end before its start, NaT, a negative owner, an unknown status. InvalidValue for a
    precedence that does not name the three once each, and for less than one thread. Cancelled if `cancel` is set
    before the end.

    One pass over rows in order of owner, forwards or backwards, in which those of an owner are sorted if they need to
    be; rows in any other order are radix sorted first. O(n) for owners and times of a bounded range. Up to 32 bytes a
    block for the answer, and 16 a row to sort. Runs without
    the GIL. Coalescing is what RFC 4791 7.10 asks of free/busy answers.

    >>> from schedcore.freebusy import Status, merge
    >>> merged = merge(owner=[7, 7, 7], start=[0, 30, 90], end=[60, 90, 95], status=[2, 1, 1])
    >>> merged.start.tolist(), merged.end.tolist(), merged.status.tolist()
    ([0, 60], [60, 95], [2, 1])
    >>> merge(owner=[0], start=[60], end=[0])
    Traceback (most recent call last):
        ...
    schedcore.errors.ColumnError: end: row 0 ends at 0, before its start 60; swap them or drop the row
    """
    owners, starts, ends = int64_column("owner", owner), int64_column("start", start), int64_column("end", end)
    statuses = None if status is None else int64_column("status", status)
    for name, column in (("start", starts), ("end", ends), ("status", statuses)):
        if column is not None and len(column) != len(owners):
            raise ColumnError(f"{name}: {len(column)} rows, but owner has {len(owners)}; give columns of one length")
    merger = Merger(owners, starts, ends, statuses, ranks_of(precedence), cancel)
    if threads < 1:
        raise InvalidValue(f"threads={threads}: give 1 or more")
    rows = len(owners)
    found = merger.in_order(0, rows) if threads == 1 or not rows else _shared_in_order(merger, owners, threads)
    return Merged(*(found or merger.in_order(0, rows, backwards=True) or _in_any_order(merger, rows, threads)))


#: What `ranks_of` gives for PRECEDENCE, which nearly every question has.
_USUAL = (0, 1, 2, 3)


def ranks_of(precedence: Sequence[Status]) -> list[int]:
    """The rank of each status, 0 for free; InvalidValue unless the other three are named once each.

    >>> ranks_of((Status.BUSY, Status.OUT_OF_OFFICE, Status.TENTATIVE))
    [0, 1, 3, 2]
    """
    if precedence is PRECEDENCE:
        return list(_USUAL)
    if sorted(precedence) != sorted(PRECEDENCE):
        said = ", ".join(map(str, precedence))
        raise InvalidValue(f"precedence ({said}): name out of office (3), busy (2) and tentative (1) once each")
    return [0, *(len(PRECEDENCE) - list(precedence).index(status) for status in sorted(PRECEDENCE))]


def _shared_in_order(merger: Merger, owners: memoryview, threads: int) -> Columns | None:
    """Merge rows in order of owner, cut where owners change; None if they are not in order."""
    cuts = sorted({bisect_left(owners, owners[len(owners) * i // threads]) for i in range(1, threads)} - {0})
    bounds = list(pairwise([0, *cuts, len(owners)]))
    # Where rows are not in order the cuts are anywhere: then some cut does not divide two owners in order.
    if any(cut == len(owners) or owners[cut - 1] >= owners[cut] for cut in cuts):
        return None
    parts = _in_threads([partial(merger.in_order, *bound) for bound in bounds])
    found = [part for part in parts if part is not None]
    return joined(found) if len(found) == len(parts) else None


def _in_any_order(merger: Merger, rows: int, threads: int) -> Columns:
    """Merge rows in any order: each thread packs a part of the rows, then merges its own owners."""
    bounds = list(pairwise(rows * i // threads for i in range(threads + 1)))
    parts = [(part, *bound) for part, bound in enumerate(bound for bound in bounds if bound[0] < bound[1])]
    surveys = _in_threads([partial(merger.survey, low, high) for _, low, high in parts])
    if not merger.plan(surveys, len(parts)):
        return merger.wide()
    if len(parts) > 1 or not merger.is_one_bucket():
        _in_threads([partial(merger.count, *part) for part in parts])
        merger.place(len(parts))
    _in_threads([partial(merger.pack, *part) for part in parts])
    return joined(_in_threads([partial(merger.merge, *share) for share in merger.shares(threads)]))


def _in_threads(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make the calls at once, each in a thread but the first; what the first of them to fail raises is raised."""
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            results[number] = calls[number]()
        except BaseException as error:  # told by the thread that asked
            errors.append(error)

    others = [Thread(target=run, args=(number,)) for number in range(1, len(calls))]
    for thread in others:
        thread.start()
    run(0)
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]
    return results


def int64_column(name: str, values: object) -> memoryview:
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
