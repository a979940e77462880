"""Votes by the million: columns in, the standing of every option of every poll out.

A row is a poll, an option, a voter and a vote. What counts, how options are ranked and how it is done is told in
`_tally`, the kernel that this module opens. Who may vote and when is not asked here: that is what a `Poll` is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedcore._arrow import export_array, export_schema, export_stream
from schedcore._cancel import CancelToken
from schedcore.bulk import columns
from schedcore.errors import ColumnError
from schedcore.polls._tally import tally as tally_columns

if TYPE_CHECKING:
    import numpy
    from typing_extensions import CapsuleType

    from schedcore._column import Column
    from schedcore.bulk.columns import Ints

    Int64 = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]

__all__ = ["Tallies", "tally_many"]

_NAMES = ("poll", "option", "no", "if_need_be", "yes", "rank")
_FIELDS = [(name, "l") for name in _NAMES]


class Tallies:
    """How the options of many polls stand, as int64 columns of one length, in order of poll, then of option.

    `no`, `if_need_be` and `yes` are how often each was said (with weights: the sum of the weights), `rank` is the place
    of the option in its poll, from 1 on. All six are read-only NumPy arrays over memory that C owns, made without a
    copy. It goes to any Arrow library the same way: `pyarrow.table(found)`, `polars.DataFrame(found)`.

    Made by `tally_many`; two are equal if their columns are.
    """

    __slots__ = ("_arrays", "_columns")

    def __init__(self, found: tuple[Column, ...]) -> None:
        self._columns = dict(zip(_NAMES, found, strict=True))
        self._arrays: dict[str, Int64] = {}

    @property
    def poll(self) -> Int64:
        """The poll of each row."""
        return self._array("poll")

    @property
    def option(self) -> Int64:
        """The option of each row."""
        return self._array("option")

    @property
    def no(self) -> Int64:
        """Who cannot come."""
        return self._array("no")

    @property
    def if_need_be(self) -> Int64:
        """Who can come if need be."""
        return self._array("if_need_be")

    @property
    def yes(self) -> Int64:
        """Who can come."""
        return self._array("yes")

    @property
    def rank(self) -> Int64:
        """The place of the option in its poll; the first is 1."""
        return self._array("rank")

    def _array(self, name: str) -> Int64:
        found = self._arrays.get(name)
        if found is None:
            import numpy

            found = numpy.asarray(self._columns[name])
            found.flags.writeable = False
            self._arrays[name] = found
        return found

    def __len__(self) -> int:
        return len(self._columns["poll"])

    def __repr__(self) -> str:
        return f"<Tallies of {len(self)} options>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tallies):
            return NotImplemented
        # Bytes compare at memory speed; int64 would be made Python numbers one by one.
        return all(
            memoryview(mine).cast("B") == memoryview(other._columns[name]).cast("B")
            for name, mine in self._columns.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def __arrow_c_schema__(self) -> CapsuleType:
        return export_schema(_FIELDS)

    def __arrow_c_array__(self, requested_schema: CapsuleType | None = None) -> tuple[CapsuleType, CapsuleType]:
        return export_array(_FIELDS, list(self._columns.values()))

    def __arrow_c_stream__(self, requested_schema: CapsuleType | None = None) -> CapsuleType:
        return export_stream(_FIELDS, [list(self._columns.values())])


def tally_many(
    poll: object,
    option: object,
    voter: object,
    vote: object,
    weight: object = None,
    *,
    unique: bool = False,
    cancel: CancelToken | None = None,
) -> Tallies:
    """Count the votes of many polls, and rank the options of each.

    Columns are whole numbers, of one length: lists, NumPy arrays or Arrow columns; int64 in one piece is read where it
    lies. A vote is 0 (no), 1 (if need be), 2 (yes) or -1 (withdrawn). The last row of a voter for an option counts;
    `unique=True` says that nobody has two rows for one option, and then every row counts, more than twice as fast. A
    `weight`, 0 or more, is how often the vote counts.

    The answer has a row for each option of a poll that any row names, also if all its votes were withdrawn. Options
    rank by most who can come (yes and if need be), then most yes, then the lower number: number options in order of
    their starts.

    ColumnError names what is no column of whole numbers, a row that is missing, columns of different lengths, a vote
    that is none, a weight below 0, and weights whose sum might not fit 64 bits. Cancelled where `cancel` says so. O(n)
    time whatever the order of rows and the spread of numbers, and a sort of the options where numbers are sparse; about
    16 bytes of memory a row unless `unique`.

    >>> found = tally_many(poll=[7, 7, 7, 7], option=[1, 2, 1, 2], voter=[5, 5, 6, 5], vote=[2, 0, 1, 2])
    >>> found.option.tolist(), found.yes.tolist(), found.if_need_be.tolist(), found.rank.tolist()
    ([1, 2], [1, 1], [1, 0], [1, 2])
    """
    given = {"poll": poll, "option": option, "voter": voter, "vote": vote}
    if weight is not None:
        given["weight"] = weight
    read = {name: _numbers(name, values) for name, values in given.items()}
    for name, column in read.items():
        if len(column) != len(read["poll"]):
            raise ColumnError(
                f"{name}: {len(column)} rows, but poll has {len(read['poll'])}; give columns of one length"
            )
    return Tallies(
        tally_columns(
            read["poll"], read["option"], read["voter"], read["vote"], read.get("weight"), bool(unique), cancel
        )
    )


def _numbers(name: str, values: object) -> Ints:
    """A column of whole numbers in which no row is missing."""
    found = columns.ints(name, values)
    if not found.is_whole:
        row = found.tolist().index(None)
        raise ColumnError(f"{name}: row {row} is missing; give a whole number in every row")
    if found.kind != "number":
        raise ColumnError(f"{name}: {found.kind} values, where each row should be a whole number; give numbers")
    return found
