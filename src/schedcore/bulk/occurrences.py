"""What expanding a table of series gives: which row, when it starts, when it ends, as columns that C owns.

NumPy and Arrow see the columns where they lie. This module computes no occurrence; the table does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schedcore._arrow import export_array, export_schema, export_stream, formats
from schedcore._column import Column, column_of, copy_of
from schedcore.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from typing_extensions import CapsuleType

    Int64 = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]

__all__ = ["Occurrences"]

#: Rows that one result put together from columns may span: each costs an offset, with an occurrence or without, so that
#: two numbers could ask for any amount of memory. These are 128 MiB.
_MAX_ROWS: Final = 1 << 24
# Format strings of the Arrow C data interface: int64, and seconds as timestamps, "tss:" and the name of a zone.
_INT64 = "l"
_SECONDS = "tss:"


class Occurrences:
    """Occurrences of many series as int64 columns, in order of row, then of start.

    `series` is the number of the row, `start` and `end` are UTC seconds (seconds of the wall clock for rows without a
    zone), the end exclusive. `offsets` says the same as `series` in one number a row: the occurrences of the i-th row
    are those in [offsets[i], offsets[i + 1]). All four are read-only NumPy arrays over memory that C owns, made
    without a copy; `first` is the number of the first row, for results that come in chunks.

    It goes to any Arrow library as a table of `series`, `start` and `end`, without a copy too: `pyarrow.table(found)`,
    `polars.DataFrame(found)`, `duckdb.arrow(found)`, `pandas.DataFrame.from_arrow(found)`. The type is int64, for rows
    of local times have the same columns, and a timestamp would call them UTC. Who knows better asks for a schema with
    `timestamp[s]` or `timestamp[s, tz=...]`, and gets that of the same memory.

    Made by `SeriesTable.expand`. Two are equal if their four columns are. ColumnError where the columns do not fit
    each other.

    >>> from schedcore._column import column_of
    >>> found = Occurrences(column_of([0, 86400, 7200]), column_of([3600, 90000, 9000]), column_of([0, 2, 2, 3]))
    >>> len(found), found
    (3, <Occurrences: 3 of 3 rows>)
    >>> found.series.tolist(), found.start[found.offsets[0] : found.offsets[1]].tolist()
    ([0, 0, 2], [0, 86400])
    """

    __slots__ = ("_arrays", "_end", "_offsets", "_series", "_start", "first")

    first: Final[int]

    def __init__(
        self, start: Column, end: Column, offsets: Column, series: Column | None = None, *, first: int = 0
    ) -> None:
        _fit(start, end, offsets, series)
        self._start = start
        self._end = end
        self._offsets = offsets
        self._series = series
        self._arrays: dict[str, Int64] = {}
        self.first = first

    @classmethod
    def of_columns(cls, series: Int64, start: Int64, end: Int64) -> Occurrences:
        """Put together what was taken apart: contiguous int64 columns, in order of `series`, such as came over a wire.

        The rows are those from the first that has an occurrence to the last. ColumnError where the columns do not fit
        each other, or are not in order. Linear; it copies them.

        >>> import numpy
        >>> found = Occurrences.of_columns(*numpy.array([[3, 5], [0, 7200], [60, 7260]]))
        >>> found.first, found.offsets.tolist()
        (3, [0, 1, 1, 2])
        """
        import numpy

        if len(series) and bool((series[1:] < series[:-1]).any()):
            raise ColumnError("series: the rows are not in order; sort the columns by series, then by start")
        first = int(series[0]) if len(series) else 0
        last = int(series[-1]) if len(series) else -1
        if last - first > _MAX_ROWS:
            raise ColumnError(f"series: {len(series)} occurrences in rows {first} to {last}; give them in more pieces")
        offsets = numpy.searchsorted(series, numpy.arange(first, last + 2, dtype=numpy.int64))
        return cls(copy_of(start), copy_of(end), copy_of(offsets), copy_of(series), first=first)

    @property
    def series(self) -> Int64:
        """The number of the row that each occurrence is of."""
        if self._series is not None:
            return self._array("series", self._series)
        if "series" not in self._arrays:
            import numpy

            counts = numpy.diff(self.offsets)
            made = numpy.repeat(numpy.arange(self.first, self.first + len(counts), dtype=numpy.int64), counts)
            made.flags.writeable = False
            self._arrays["series"] = made
        return self._arrays["series"]

    @property
    def start(self) -> Int64:
        """When each occurrence starts, in UTC seconds."""
        return self._array("start", self._start)

    @property
    def end(self) -> Int64:
        """When each occurrence ends, in UTC seconds; that second is no longer part of it."""
        return self._array("end", self._end)

    @property
    def offsets(self) -> Int64:
        """Where the occurrences of each row begin, and at the end, how many there are."""
        return self._array("offsets", self._offsets)

    def _array(self, name: str, column: Column) -> Int64:
        found = self._arrays.get(name)
        if found is None:
            import numpy

            found = numpy.asarray(column)
            found.flags.writeable = False
            self._arrays[name] = found
        return found

    def __len__(self) -> int:
        return len(self._start)

    def __repr__(self) -> str:
        return f"<Occurrences: {len(self)} of {len(self._offsets) - 1} rows>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Occurrences):
            return NotImplemented
        mine, others = self._shown(), other._shown()
        return self.first == other.first and all(a == b for a, b in zip(mine, others, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _shown(self) -> list[memoryview]:
        """All that tells two results apart, as memory that compares without being copied."""
        # Bytes compare at memory speed; int64 would be made Python numbers one by one.
        return [memoryview(column).cast("B") for column in (self._start, self._end, self._offsets)]

    def _columns(self) -> Sequence[Any]:
        return (self._series if self._series is not None else self.series, self._start, self._end)

    def __arrow_c_schema__(self) -> CapsuleType:
        return export_schema(_fields(None))

    def __arrow_c_array__(self, requested_schema: CapsuleType | None = None) -> tuple[CapsuleType, CapsuleType]:
        return export_array(_fields(requested_schema), self._columns())

    def __arrow_c_stream__(self, requested_schema: CapsuleType | None = None) -> CapsuleType:
        return export_stream(_fields(requested_schema), [self._columns()])


def _fields(requested: CapsuleType | None) -> list[tuple[str, str]]:
    """The fields of the table, with times as the consumer would like them where that needs no copy."""
    wanted = {} if requested is None else formats(requested)
    times = ((name, wanted.get(name, _INT64)) for name in ("start", "end"))
    return [("series", _INT64), *((name, form if form.startswith(_SECONDS) else _INT64) for name, form in times)]


def _fit(start: Column, end: Column, offsets: Column, series: Column | None) -> None:
    """Refuse columns that cannot belong together."""
    for name, column in (("end", end), ("series", series)):
        if column is not None and len(column) != len(start):
            raise ColumnError(f"{name}: {len(column)} rows, but start has {len(start)}; give columns of one length")
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(start):
        shown = column_of([]) if not len(offsets) else [offsets[0], "…", offsets[-1]]
        raise ColumnError(f"offsets: {shown} do not lead from 0 to the {len(start)} occurrences")
