"""Columns over the Arrow C data interface: out without a copy and without a leak, in from every producer."""

import gc
import os
import resource
import subprocess
import sys
import threading
from array import array

import duckdb
import hypothesis.strategies as st
import nanoarrow
import numpy
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given

import layers
from schedcore._arrow import export_array, export_schema, export_stream, formats
from schedcore._column import column_of
from schedcore.bulk import columns
from schedcore.errors import ColumnError
from schedcore.freebusy import merge

FIELDS = [("a", "l"), ("b", "l")]


class Table:
    """What any Arrow library takes: two columns that this package exports."""

    def __init__(self, *values, fields=FIELDS):
        self.fields, self.columns = fields, values

    def __arrow_c_array__(self, requested_schema=None):
        return export_array(self.fields, self.columns)


class Stream:
    """The same as a stream of batches."""

    def __init__(self, batches, fields=FIELDS):
        self.fields, self.batches = fields, batches

    def __arrow_c_stream__(self, requested_schema=None):
        return export_stream(self.fields, self.batches)


def address(column):
    """Where a column lies in memory."""
    return numpy.asarray(column).ctypes.data


class TestOut:
    """Columns of ours, in the hands of others."""

    def test_types(self):
        """Every width that a field may have arrives as the type that its format names."""
        fields = [("l", "l"), ("i", "i"), ("C", "C"), ("t", "tss:UTC"), ("d", "tDs")]
        values = [column_of([7]), array("i", [-7]), b"\xff", column_of([86400]), column_of([60])]
        batch = pyarrow.record_batch(Table(*values, fields=fields))
        types = [
            pyarrow.int64(),
            pyarrow.int32(),
            pyarrow.uint8(),
            pyarrow.timestamp("s", "UTC"),
            pyarrow.duration("s"),
        ]
        assert types == batch.schema.types
        assert [7, -7, 255] == [batch[name][0].as_py() for name in "liC"]
        assert "1970-01-02 00:00:00+00:00" == str(batch["t"][0].as_py())
        batch.validate(full=True)

    def test_the_memory_stays(self):
        """A column lives as long as its array, which outlives all else; then it is given back."""
        memory = bytearray(800_000)
        batch = pyarrow.record_batch(Table(memoryview(memory).cast("q"), array("q", [1]) * 100_000))
        one = batch.column(0)
        del batch
        gc.collect()
        with pytest.raises(BufferError):
            memory.append(0)  # still in use: it must not move
        assert 100_000 == len(one) and 0 == one[99_999].as_py()
        del one
        memory.append(0)

    def test_one_column_outlives_the_table(self):
        """Columns of a table are released one by one."""
        batch = pyarrow.record_batch(Table(column_of(range(1000)), column_of(range(1000, 2000))))
        kept = batch.column(1)
        del batch
        gc.collect()
        assert list(range(1000, 2000)) == kept.to_pylist()

    def test_released_in_another_thread(self):
        """A consumer may drop its last reference in a thread that Python has not made the column in."""
        memory = bytearray(8)
        held = [pyarrow.record_batch(Table(memoryview(memory).cast("q"), column_of([1])))]
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join()
        memory.append(0)

    def test_released_by_a_thread_of_the_consumer(self):
        """DuckDB reads in threads of its own, that Python has never seen."""
        rows = pyarrow.table(Stream([[column_of(range(200_000)), column_of(range(200_000))]] * 5))
        assert [(5 * 199_999 * 200_000 // 2,)] == duckdb.from_arrow(rows).aggregate("sum(a)").fetchall()

    def test_nobody_takes_it(self):
        """Capsules that nobody opens give back what they hold."""
        memory = bytearray(8)
        view = memoryview(memory).cast("q")
        capsules = [export_array(FIELDS, [view, view]), export_stream(FIELDS, [[view, view]]), export_schema(FIELDS)]
        del view, capsules
        gc.collect()
        memory.append(0)

    def test_taken_twice(self):
        """A second reader of one capsule is told that it is empty, and nothing is freed twice."""
        capsules = export_array(FIELDS, [column_of([1]), column_of([2])])

        class Again:
            def __arrow_c_array__(self, requested_schema=None):
                return capsules

        assert 1 == pyarrow.record_batch(Again()).num_rows
        with pytest.raises(pyarrow.ArrowInvalid):
            pyarrow.record_batch(Again())
        with pytest.raises(ColumnError, match="released already; export it anew"):
            columns.table(Again())

    def test_at_the_end_of_the_process(self):
        """Arrays that are alive when Python ends do no harm."""
        program = (
            "import pyarrow\n"
            "from schedcore._arrow import export_array\n"
            "from schedcore._column import column_of\n"
            "class T:\n"
            "    def __arrow_c_array__(self, s=None): return export_array([('a', 'l')], [column_of([1, 2])])\n"
            "pyarrow.kept = pyarrow.record_batch(T())\n"
            "kept = [pyarrow.record_batch(T())]; kept.append(kept)\n"
            "print(kept[0].num_rows)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(layers.SOURCES)},
        )
        assert (0, "2\n", "") == (done.returncode, done.stdout, done.stderr)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([column_of([1])], "1 columns for 2 fields"),
            ([column_of([1]), column_of([1, 2])], "b: 2 rows, but a has 1"),
            ([column_of([1]), b"12345678"], "b: .* is not one row of 8 bytes an element"),
            ([numpy.zeros((2, 2), "i8"), column_of([1])], r"(?s)a: .* is not one row of 8 bytes"),
        ],
    )
    def test_columns_that_do_not_fit(self, values, message):
        """What would be read beyond its end is refused before it goes out."""
        with pytest.raises(ColumnError, match=message):
            export_array(FIELDS, values)

    def test_memory_with_gaps(self):
        """A column with strides is refused by the buffer protocol."""
        with pytest.raises((BufferError, ValueError)):
            export_array(FIELDS, [numpy.arange(6)[::2], column_of([1, 2, 3])])

    def test_batches_are_made_when_asked_for(self):
        """A stream takes one batch after the other, so that not all need to be there at once."""
        made = []

        def batches():
            for number in range(3):
                made.append(number)
                yield [column_of([number]), column_of([-number])]

        reader = pyarrow.RecordBatchReader.from_stream(Stream(batches()))
        assert [] == made
        assert {"a": [0], "b": [0]} == reader.read_next_batch().to_pydict()
        assert [0] == made
        assert {"a": [1, 2], "b": [-1, -2]} == reader.read_all().to_pydict()

    def test_a_stream_that_fails(self):
        """What making a batch raises reaches the consumer as its own error, with the reason."""

        def batches():
            yield [column_of([1]), column_of([1])]
            raise ValueError("the row went bad: ✗")

        reader = pyarrow.RecordBatchReader.from_stream(Stream(batches()))
        reader.read_next_batch()
        with pytest.raises((pyarrow.ArrowException, OSError), match="ValueError: the row went bad: ✗"):
            reader.read_next_batch()
        with pytest.raises(ColumnError, match="ValueError: the row went bad"):
            columns.table(Stream(batches()))
        with pytest.raises(ColumnError, match="b: 2 rows, but a has 1"):
            columns.table(Stream([[column_of([1]), column_of([1, 2])]]))

    def test_no_leak(self):
        """300 exports of 20 MB to each of three libraries leave no more memory behind than one of them takes."""
        column = column_of(range(1_250_000))  # 10 MB, twice in the table
        frees = [
            lambda: pyarrow.record_batch(Table(column, column)),
            lambda: polars.DataFrame(Stream([[column, column]])),
            lambda: columns.table(Table(column, column)),
            lambda: export_stream(FIELDS, [[column, column]]),
        ]
        for take in frees:
            take()
        held = sys.getrefcount(column)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for take in frees:
            for _ in range(300):
                take()
        # Kilobytes. One copy kept would be 20,000 of them, and structures kept some 300 of each.
        assert 8_000 > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert held == sys.getrefcount(column)

    def test_schema(self):
        """The schema says names and formats, of any alphabet."""
        fields = [("début", "tss:Europe/Zurich"), ("n", "C")]
        assert dict(fields) == formats(export_schema(fields))
        assert formats(pyarrow.schema([("x", pyarrow.string())]).__arrow_c_schema__()) == {"x": "u"}


class TestTakers:
    """Who takes the columns, and that they are not copied on the way."""

    start = column_of(range(5000))
    end = column_of(range(60, 5060))

    def test_pyarrow(self):
        for found in (
            pyarrow.record_batch(Table(self.start, self.end)),
            pyarrow.table(Stream([[self.start, self.end]])),
        ):
            chunk = found.column(1) if isinstance(found, pyarrow.RecordBatch) else found.column(1).chunk(0)
            assert address(self.end) == chunk.buffers()[1].address
            found.validate(full=True)

    def test_polars(self):
        found = polars.DataFrame(Stream([[self.start, self.end]]))
        assert address(self.end) == found["b"].to_numpy(allow_copy=False).ctypes.data
        assert list(range(60, 5060)) == found["b"].to_list()

    def test_merged(self):
        """Merged busy time goes out in the same way, a table of four columns."""
        merged = merge(owner=[0, 0, 3], start=[0, 50, 7], end=[60, 90, 9], status=[2, 2, 1])
        expected = {"owner": [0, 3], "start": [0, 7], "end": [90, 9], "status": [2, 1]}
        assert expected == pyarrow.table(merged).to_pydict() == polars.DataFrame(merged).to_dict(as_series=False)
        assert expected == pyarrow.record_batch(merged).to_pydict()
        assert pyarrow.schema(merged) == pyarrow.table(merged).schema
        assert address(merged.end) == pyarrow.table(merged)["end"].chunk(0).buffers()[1].address

    def test_nanoarrow(self):
        found = nanoarrow.Array(Table(self.start, self.end))
        assert address(self.end) == found.child(1).buffers[1]._addr()
        assert list(range(60, 5060)) == found.child(1).to_pylist()

    def test_pandas(self):
        """pandas copies into blocks of its own, as it does for every producer; what arrives is the same."""
        found = pandas.DataFrame.from_arrow(Stream([[self.start, self.end]]))
        assert list(range(60, 5060)) == found["b"].tolist()

    def test_duckdb(self):
        """DuckDB shows no pointers; what it finds is what lies there."""
        for rows in (Table(self.start, self.end), Stream([[self.start, self.end]])):
            assert [(5000, sum(range(60, 5060)))] == duckdb.from_arrow(rows).aggregate("count(*), sum(b)").fetchall()


TEXTS = st.lists(st.none() | st.text(max_size=20), max_size=30)
NUMBERS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=30)


def pieces(draw, values, kind):
    """Values as an Arrow column of a type, in some slices of longer arrays."""
    cuts = sorted(draw(st.lists(st.integers(0, len(values)), max_size=3)))
    chunks = []
    for low, high in zip([0, *cuts], [*cuts, len(values)], strict=True):
        before = draw(st.integers(0, 9))
        whole = pyarrow.array([None] * before + values[low:high] + [None], kind)
        chunks.append(whole.slice(before, high - low))
    return pyarrow.chunked_array(chunks, kind)


class TestIn:
    """Columns of others, as this package reads them."""

    @given(st.data())
    def test_text(self, data):
        """Text of every Arrow type, sliced and in pieces, is what was put in."""
        values = data.draw(TEXTS)
        kind = data.draw(
            st.sampled_from(
                [
                    pyarrow.string(),
                    pyarrow.large_string(),
                    pyarrow.string_view(),
                    pyarrow.dictionary(pyarrow.int8(), pyarrow.string()),
                    pyarrow.dictionary(pyarrow.uint32(), pyarrow.large_string()),
                ]
            )
        )
        assert values == columns.text("t", pieces(data.draw, values, kind)).tolist()

    @given(st.data())
    def test_bytes(self, data):
        """Binary columns are taken as text, byte for byte."""
        values = data.draw(st.lists(st.binary(max_size=20), max_size=30))
        kind = data.draw(st.sampled_from([pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary_view()]))
        found = columns.text("t", pieces(data.draw, values, kind))
        assert values == [found.raw(row) for row in range(len(values))]

    @given(st.data())
    def test_numbers(self, data):
        """Whole numbers of every width, sliced and in pieces."""
        bits = data.draw(st.sampled_from([8, 16, 32, 64]))
        low, high, kind = data.draw(
            st.sampled_from(
                [(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, f"int{bits}"), (0, 2 ** min(bits, 63) - 1, f"uint{bits}")]
            )
        )
        values = data.draw(st.lists(st.none() | st.integers(low, high), max_size=30))
        assert values == columns.ints("n", pieces(data.draw, values, pyarrow.type_for_alias(kind))).tolist()

    @given(st.data())
    def test_lists(self, data):
        """Lists of text and of numbers, in three layouts, sliced and in pieces."""
        inner, kind = data.draw(
            st.sampled_from([(TEXTS, pyarrow.string()), (NUMBERS, pyarrow.int64()), (TEXTS, pyarrow.string_view())])
        )
        make = data.draw(st.sampled_from([pyarrow.list_, pyarrow.large_list]))
        values = data.draw(st.lists(st.none() | inner, max_size=10))
        assert values == columns.column("x", pieces(data.draw, values, make(kind))).tolist()

    @given(st.lists(st.none() | st.lists(st.integers(0, 9), min_size=2, max_size=2), max_size=9), st.integers(0, 3))
    def test_fixed_lists(self, values, before):
        column = pyarrow.array([None] * before + values, pyarrow.list_(pyarrow.int64(), 2)).slice(before)
        assert values == columns.column("x", column).tolist()

    @pytest.mark.parametrize(
        ("kind", "number", "expected"),
        [
            (pyarrow.timestamp("s"), 90, ("local", None, 90)),
            (pyarrow.timestamp("ms"), -5000, ("local", None, -5)),
            (pyarrow.timestamp("us", "UTC"), 7_000_000, ("utc", "UTC", 7)),
            (pyarrow.timestamp("ns", "Europe/Zurich"), -(10**9), ("utc", "Europe/Zurich", -1)),
            (pyarrow.timestamp("s", "+05:30"), 1, ("utc", "+05:30", 1)),
            (pyarrow.date32(), -1, ("date", None, -86400)),
            (pyarrow.date64(), 86_400_000, ("date", None, 86400)),
            (pyarrow.duration("ns"), 3600 * 10**9, ("duration", None, 3600)),
            (pyarrow.duration("s"), -1, ("duration", None, -1)),
        ],
    )
    def test_times(self, kind, number, expected):
        """Times of every unit are whole seconds, and say of what kind they are and where they belong."""
        store = pyarrow.int32() if kind == pyarrow.date32() else pyarrow.int64()
        found = columns.ints("t", pyarrow.array([None, number], store).cast(kind))
        assert (*expected, None) == (found.kind, found.zone, found[1], found[0])

    def test_booleans_and_nulls(self):
        assert [1, 0, None] == columns.ints("x", pyarrow.array([False, True, False, None]).slice(1)).tolist()
        assert (
            [None, None] == columns.text("x", pyarrow.nulls(2)).tolist() == columns.ints("x", pyarrow.nulls(2)).tolist()
        )

    @pytest.mark.parametrize("make", [pyarrow.timestamp, pyarrow.duration])
    def test_a_fraction_of_a_second(self, make):
        """What is finer than a second is told, by row, and not rounded."""
        with pytest.raises(ColumnError, match=r"t: row 1: 1500 in units of 1/1000 s is not a whole second"):
            columns.ints("t", pyarrow.array([1000, 1500], pyarrow.int64()).cast(make("ms")))

    @pytest.mark.parametrize(
        "values",
        [
            pyarrow.array([1.5]),
            pyarrow.array([1], pyarrow.decimal128(5)),
            pyarrow.array([1], pyarrow.time32("s")),
            pyarrow.array([b"ab"], pyarrow.binary(2)),
            pyarrow.array([[[1]]]),
            pyarrow.array([{"a": 1}, {"a": 2}]).field(0).cast(pyarrow.float32()),
            pyarrow.array([[{"a": 1}]]),
            pyarrow.array([1, 1]).dictionary_encode(),
            pyarrow.RunEndEncodedArray.from_arrays([2], ["x"]),
            pyarrow.array([None, 2**64 - 1], pyarrow.uint64()),
            pyarrow.array([[1]], pyarrow.list_view(pyarrow.int64())),
            pyarrow.array([{"a": 1}]),
            pyarrow.table({"a": [1]}),
        ],
        ids=lambda values: str(getattr(values, "type", "table")),
    )
    def test_types_that_no_column_has(self, values):
        """A column of another type is refused under its name."""
        with pytest.raises(ColumnError, match=r"^owner: "):
            columns.column("owner", values)

    def test_no_copy(self):
        """One array of int64, of seconds or of large text is read where it lies, from its own first row on."""
        for kind in (pyarrow.int64(), pyarrow.timestamp("s"), pyarrow.duration("s")):
            whole = pyarrow.array(range(100), pyarrow.int64()).cast(kind)
            assert whole.buffers()[1].address + 80 == columns.ints("n", whole[10:]).address
        for kind in (pyarrow.large_string(), pyarrow.string()):
            whole = pyarrow.array(["one", "two"], kind)
            assert whole.buffers()[2].address == columns.text("t", whole[1:]).address

    def test_the_memory_stays(self):
        """What was taken lives on without the object that it came from."""
        found = columns.ints("n", pyarrow.array(range(100_000)))
        rows = columns.table(polars.DataFrame({"t": ["a text of more than twelve bytes"] * 1000}))
        gc.collect()
        assert 99_999 == found[-1]
        assert "a text of more than twelve bytes" == columns.text("t", rows["t"])[999]

    @pytest.mark.parametrize("slices", [slice(0, None), slice(1, None), slice(2, 2)])
    def test_tables(self, slices):
        """The same table of every library gives the same columns."""
        data = {"t": ["x", "more than twelve bytes of text", None], "n": [1, 2, 3], "l": [["p", None], [], None]}
        frame = polars.DataFrame(data, schema={"t": polars.String, "n": polars.Int64, "l": polars.List(polars.String)})
        table = pyarrow.table(data)
        whole = duckdb.from_arrow(table)
        rows = range(3)[slices]
        sources = [
            frame[slices],
            table.slice(rows.start, len(rows)),
            table.to_batches()[0].slice(rows.start, len(rows)),
            pyarrow.array(table.to_pylist(), pyarrow.struct(table.schema)).slice(rows.start, len(rows)),
            whole.limit(len(rows), rows.start),
            table.to_pandas()[slices],
            nanoarrow.Array(table.to_batches()[0].slice(rows.start, len(rows))),
        ]
        for source in sources:
            found = {name: columns.column(name, column).tolist() for name, column in columns.table(source).items()}
            assert {name: values[slices] for name, values in data.items()} == found, type(source)

    def test_tables_that_are_none(self):
        with pytest.raises(ColumnError, match="one column, not a table"):
            columns.table(pyarrow.array([1]))
        with pytest.raises(ColumnError, match="two columns are called 'a'"):
            columns.table(pyarrow.table([[1], [2]], ["a", "a"]))
        with pytest.raises(ColumnError, match="row 1 of the table is null as a whole"):
            columns.table(pyarrow.array([{"a": 1}, None]))
        with pytest.raises(ColumnError, match="list does not give Arrow data: AttributeError"):
            columns.table([1])
        assert {} == columns.table(pyarrow.table({}))

    def test_a_producer_that_fails(self):
        """What a producer raises, or gives in place of a capsule, is told as the column's fault."""

        class Broken:
            def __init__(self, given):
                self.given = given

            def __arrow_c_stream__(self, requested_schema=None):
                if isinstance(self.given, Exception):
                    raise self.given
                return self.given

        for given_ in (RuntimeError("no"), None, 5, export_schema(FIELDS), (1, 2)):
            with pytest.raises(ColumnError, match=r"^rrule: "):
                columns.column("rrule", Broken(given_))
