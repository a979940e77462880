"""What expanding gives: columns that NumPy and Arrow see where they lie."""

import gc
import resource
from typing import ClassVar

import duckdb
import nanoarrow
import numpy
import pandas
import polars
import pyarrow
import pytest

import schedcore.bulk
from schedcore._arrow import formats
from schedcore._column import column_of
from schedcore.bulk import Occurrences
from schedcore.errors import ColumnError

START, END, OFFSETS = [0, 86400, 7200], [3600, 90000, 9000], [0, 2, 2, 3]


def found(first=0, series=None):
    return Occurrences(
        column_of(START), column_of(END), column_of(OFFSETS), None if series is None else column_of(series), first=first
    )


class TestColumns:
    """Rows, starts, ends and offsets."""

    def test_columns(self):
        result = found()
        assert [0, 0, 2] == result.series.tolist()
        assert (START, END, OFFSETS) == (result.start.tolist(), result.end.tolist(), result.offsets.tolist())
        assert {numpy.dtype("int64")} == {getattr(result, name).dtype for name in ("series", "start", "end", "offsets")}
        assert (3, "<Occurrences: 3 of 3 rows>") == (len(result), repr(result))

    def test_no_copy(self):
        """NumPy sees the memory of the column, and the same each time."""
        start = column_of(START)
        result = Occurrences(start, column_of(END), column_of(OFFSETS))
        assert numpy.asarray(start).ctypes.data == result.start.ctypes.data
        assert result.start is result.start and result.series is result.series

    def test_frozen(self):
        """Nothing of a result can be changed by its reader."""
        result = found()
        for name in ("series", "start", "end", "offsets"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(result, name)[0] = 5
            with pytest.raises(AttributeError):
                setattr(result, name, None)

    def test_the_memory_stays(self):
        start = found().start
        gc.collect()
        assert START == start.tolist()

    def test_chunks(self):
        """Rows of a chunk bear their numbers in the whole table."""
        assert [10, 10, 12] == found(first=10).series.tolist()
        assert [7, 7, 9] == found(series=[7, 7, 9]).series.tolist()

    def test_empty(self):
        nothing = Occurrences(column_of([]), column_of([]), column_of([0]))
        assert (0, []) == (len(nothing), nothing.series.tolist())
        assert 0 == pyarrow.table(nothing).num_rows == len(polars.DataFrame(nothing))

    def test_equality(self):
        assert found() == found()
        assert found() != found(first=1)
        assert found() != Occurrences(column_of(START), column_of([3600, 90000, 9001]), column_of(OFFSETS))
        assert found() != Occurrences(column_of(START), column_of(END), column_of([0, 1, 2, 3]))
        assert found() != START
        with pytest.raises(TypeError):
            hash(found())

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ((START, END[:2], OFFSETS), "end: 2 rows, but start has 3"),
            ((START, END, OFFSETS, [1]), "series: 1 rows, but start has 3"),
            ((START, END, []), "offsets: .* do not lead from 0 to the 3 occurrences"),
            ((START, END, [1, 3]), "offsets: .* do not lead from 0 to the 3"),
            ((START, END, [0, 2]), "offsets: .* do not lead from 0 to the 3"),
        ],
    )
    def test_columns_that_do_not_fit(self, columns, message):
        with pytest.raises(ColumnError, match=message):
            Occurrences(*map(column_of, columns))


class TestArrow:
    """The table that other libraries see."""

    EXPECTED: ClassVar = {"series": [0, 0, 2], "start": START, "end": END}

    def test_takers(self):
        """Every library takes the same table, as a stream or as one array."""
        result = found()
        assert self.EXPECTED == pyarrow.table(result).to_pydict() == pyarrow.record_batch(result).to_pydict()
        assert self.EXPECTED == pyarrow.RecordBatchReader.from_stream(result).read_all().to_pydict()
        assert self.EXPECTED == polars.DataFrame(result).to_dict(as_series=False)
        assert self.EXPECTED == pandas.DataFrame.from_arrow(result).to_dict("list")
        assert self.EXPECTED == duckdb.from_arrow(result).to_arrow_table().to_pydict()
        assert [dict(zip(self.EXPECTED, row, strict=True)) for row in zip(*self.EXPECTED.values(), strict=True)] == (
            nanoarrow.Array(result).to_pylist()
        )

    def test_no_copy(self):
        """Each column is at one address, whoever holds it."""
        result = found()
        table, frame, array = pyarrow.table(result), polars.DataFrame(result), nanoarrow.Array(result)
        for number, name in enumerate(self.EXPECTED):
            where = getattr(result, name).ctypes.data
            assert where == table[name].chunk(0).buffers()[1].address
            assert where == frame[name].to_numpy(allow_copy=False).ctypes.data
            assert where == array.child(number).buffers[1]._addr()

    def test_types_that_are_asked_for(self):
        """Seconds are handed out as timestamps to who asks for them, in the same memory; other wishes stay wishes."""
        result = found()
        wished = pyarrow.schema(
            [("series", pyarrow.int64()), ("start", pyarrow.timestamp("s", "UTC")), ("end", pyarrow.timestamp("s"))]
        )
        table = pyarrow.RecordBatchReader.from_stream(result, schema=wished).read_all()
        assert wished == table.schema
        assert "1970-01-02 00:00:00+00:00" == str(table["start"][1].as_py())
        assert result.start.ctypes.data == table["start"].chunk(0).buffers()[1].address
        for kind in (pyarrow.timestamp("ms"), pyarrow.string(), pyarrow.int32()):
            schema, _ = result.__arrow_c_array__(pyarrow.schema([("start", kind)]).__arrow_c_schema__())
            assert {"series": "l", "start": "l", "end": "l"} == formats(schema)

    def test_schema(self):
        assert pyarrow.table(found()).schema == pyarrow.schema(found())

    def test_no_leak(self):
        """300 exports of 20 MB leave nothing behind."""
        rows = 1_250_000
        times = column_of(range(rows))
        result = Occurrences(times, times, column_of([0, rows]))
        takes = [lambda: pyarrow.table(result), lambda: polars.DataFrame(result), lambda: result.__arrow_c_array__()]
        for take in takes:
            take()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for take in takes:
            for _ in range(300):
                take()
        assert 8_000 > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kilobytes; a copy has 20,000


def test_the_rooms_names():
    """Names of the room load when used; others are an error that lists those."""
    assert Occurrences is schedcore.bulk.Occurrences
    with pytest.raises(AttributeError, match=r"has no attribute 'Occurences': its public names are .*Occurrences"):
        schedcore.bulk.Occurences  # noqa: B018
