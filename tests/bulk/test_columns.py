"""Columns handed in as lists, NumPy arrays and buffers: what each becomes, and what is refused, by row."""

from array import array
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import numpy
import pandas
import pyarrow
import pytest
from hypothesis import given

from schedcore._column import column_of
from schedcore.bulk import columns
from schedcore.errors import ColumnError

LEAST, MOST = -(2**63), 2**63 - 1
ZURICH = ZoneInfo("Europe/Zurich")


class TestText:
    """Text of any origin."""

    @given(st.lists(st.none() | st.text(), max_size=30))
    def test_lists(self, values):
        """A list comes out as it went in: any alphabet, NUL, empty and missing rows."""
        for given_ in (values, tuple(values), numpy.array(values, object), (value for value in values)):
            assert values == columns.text("t", given_).tolist()

    @given(st.lists(st.none() | st.binary(), max_size=30))
    def test_bytes(self, values):
        found = columns.text("t", values)
        assert values == [None if found[row] is None else found.raw(row) for row in range(len(values))]

    def test_growing(self):
        """Text that is much longer than most, among much that is short."""
        values = ["x" * size for size in (0, 1, 1_000_000, 3, 70_000)] * 3
        assert values == columns.text("t", values).tolist()

    @pytest.mark.parametrize("dtype", ["U", "S", numpy.dtypes.StringDType(), object])
    def test_numpy(self, dtype):
        assert ["one", "", "three"] == columns.text("t", numpy.array(["one", "", "three"], dtype)).tolist()

    def test_missing(self):
        """Missing rows are None, NaN, and what pandas has for both."""
        values = ["x", None, float("nan"), pandas.NA, pandas.NaT]
        assert ["x", None, None, None, None] == columns.text("t", values).tolist()
        nullable = numpy.array(["x", None], numpy.dtypes.StringDType(na_object=None))
        assert ["x", None] == columns.text("t", nullable).tolist()
        for series in (pandas.Series(["x", None]), pandas.Series(["x", None], dtype=object)):
            assert ["x", None] == columns.text("t", series).tolist()

    def test_nothing_at_all(self):
        """A column without a value is text, or numbers, as it is asked for."""
        for values in ([], [None, None], numpy.array([], object)):
            assert list(values) == columns.text("t", values).tolist() == columns.ints("t", values).tolist()

    def test_lone_surrogates(self):
        """Half of a character stops its own row, which the parser refuses, not the column."""
        found = columns.text("t", ["a", "\ud800", "b"])
        assert [b"a", b"\xed\xa0\x80", b"b"] == [found.raw(row) for row in range(3)]
        assert ["a", "\ufffd" * 3, "b"] == found.tolist()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (["x", 5], "tzid: row 1: 5 is not text"),
            (["x", 1.5], "tzid: row 1: 1.5 is not text"),
            (["x", ["y"]], "tzid: row 1: .* is not text"),
            ([5], r"tzid: numbers \(number\), where each row should be text"),
            ([["x"]], "tzid: lists, where each row should be text"),
            ("UTC", "tzid: 'UTC' is one value, not a column"),
            (b"UTC", "tzid: b'UTC' is one value, not a column"),
            (5, "tzid: 5 is not a column"),
            (None, "tzid: None is not a column"),
            ([object], "tzid: row 0: <class 'object'> is of no type"),
            (numpy.array([["x"]]), r"tzid: 2 dimensions \(1, 1\)"),
            (numpy.array("x"), r"tzid: 0 dimensions \(\)"),
        ],
    )
    def test_refused(self, values, message):
        with pytest.raises(ColumnError, match=message):
            columns.text("tzid", values)

    def test_rows(self):
        """Rows are counted from both ends, and there are no others."""
        found = columns.text("t", ["a", "b"])
        assert ("a", "b", 2) == (found[0], found[-1], len(found))
        for row in (2, -3):
            with pytest.raises(IndexError):
                found[row]
            with pytest.raises(IndexError):
                found.raw(row)


class TestNumbers:
    """Whole numbers of any origin."""

    @given(st.lists(st.none() | st.integers(LEAST, MOST), max_size=30))
    def test_lists(self, values):
        assert values == columns.ints("n", values).tolist()

    @pytest.mark.parametrize("values", [[], [0], [5, 5, 5], [LEAST, MOST, 0, LEAST], [3, 1, 2], [True, 2]])
    def test_buffers(self, values):
        """Every kind of memory: extremes, equal, unsorted and empty columns."""
        whole = numpy.array(values, numpy.int64)
        given_ = [
            values,
            column_of(values),
            array("q", values),
            memoryview(array("q", values)),
            whole,
            whole.astype(">i8"),
            numpy.repeat(whole, 2)[::2],
            whole[::-1][::-1],
            memoryview(numpy.repeat(whole, 2))[::2],
            numpy.array(values, object),
            pandas.Series(whole),
        ]
        for source in given_:
            assert [int(value) for value in values] == columns.ints("n", source).tolist(), type(source)

    @pytest.mark.parametrize("code", "?bBhHiIlLqQ")
    def test_widths(self, code):
        assert [1, 0, 1] == columns.ints("n", numpy.array([1, 0, 1], code)).tolist()
        assert [1, 0, 1] == columns.ints("n", memoryview(numpy.array([1, 0, 1], code))).tolist()

    def test_masked(self):
        """NumPy's mask is believed: what lies under it is no value."""
        whole = numpy.ma.masked_array([1, 2], [False, True])
        assert [1, None] == columns.ints("n", whole).tolist()
        times = numpy.ma.masked_array(numpy.array([1, 2], "M8[s]"), [False, True])
        assert [1, None] == columns.ints("n", times).tolist()

    def test_no_copy(self):
        """int64 in one piece is read where it lies, read-only memory too."""
        whole = numpy.arange(100)
        whole.flags.writeable = False
        assert whole.ctypes.data + 80 == columns.ints("n", whole[10:]).address
        assert whole.ctypes.data == columns.ints("n", whole.view("M8[s]")).address
        column = column_of(range(5))
        assert numpy.asarray(column).ctypes.data == columns.ints("n", column).address

    def test_the_memory_stays(self):
        found = columns.ints("n", numpy.arange(100_000))
        assert 99_999 == found[-1]

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([1, 2.0], "owner: row 1: 2.0 is not a whole number of 64 bits"),
            ([1, "2"], "owner: row 1: '2' is not a whole number"),
            ([MOST + 1], "owner: row 0: 9223372036854775808 is not a whole number of 64 bits"),
            ([0, LEAST - 1], "owner: row 1: -9223372036854775809 is not"),
            ([1.0], "owner: row 0: 1.0 is of no type"),
            (["1"], "owner: row 0: '1' is not a whole number"),
            ([[1]], "owner: lists, where each row should be one number"),
            (numpy.array([1.5]), "owner: float64 is not a type"),
            (numpy.array([1j]), "owner: complex128 is not a type"),
            (numpy.zeros(1, [("a", "i8")]), r"owner: \[\('a', '<i8'\)\] is not a type"),
            (numpy.array([1, 2**63], "u8"), "owner: row 1: 9223372036854775808 does not fit int64"),
            (memoryview(numpy.array([2**63], "u8")), "owner: row 0: 9223372036854775808 is not"),
            (numpy.zeros((2, 3), "i8"), r"owner: 2 dimensions \(2, 3\)"),
            (memoryview(bytes(16)).cast("q", (1, 2)), r"owner: 2 dimensions \(1, 2\)"),
            (array("d", [1.5]), "owner: row 0: 1.5 is of no type"),
            (pandas.Series([1.0, None]), "owner: Arrow format 'g': doubles; cast to int64"),
        ],
    )
    def test_refused(self, values, message):
        with pytest.raises(ColumnError, match=message):
            columns.ints("owner", values)


class TestTimes:
    """Times, dates and lengths of time are whole seconds, and say which they are."""

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([datetime(1970, 1, 2), None], ("local", None, [86400, None])),
            ([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)], ("local", None, [-62135596800, 253402300799])),
            ([None, date(1969, 12, 31)], ("date", None, [None, -86400])),
            ([datetime(1970, 1, 1, 1, tzinfo=UTC)], ("utc", "UTC", [3600])),
            ([datetime(1970, 1, 1, 1, tzinfo=ZURICH), None], ("utc", "Europe/Zurich", [0, None])),
            ([datetime(1970, 1, 1, tzinfo=timezone(-timedelta(hours=5)))], ("utc", "UTC-05:00", [18000])),
            ([timedelta(days=-1, seconds=1), None], ("duration", None, [-86399, None])),
            ([pandas.Timestamp("1970-01-02"), pandas.NaT], ("local", None, [86400, None])),
            ([pandas.NaT, pandas.Timestamp("1970-01-01", tz="UTC")], ("utc", "UTC", [None, 0])),
            ([pandas.Timedelta("1h")], ("duration", None, [3600])),
            ([numpy.datetime64("1970-01-02T00:00"), numpy.datetime64("NaT")], ("local", None, [86400, None])),
            ([numpy.timedelta64(1, "h")], ("duration", None, [3600])),
            (numpy.array([90, "NaT"], "M8[s]"), ("local", None, [90, None])),
            (numpy.array([-5000], "M8[ms]"), ("local", None, [-5])),
            (numpy.array(["2026-10-25T01:00"], "M8[ns]"), ("local", None, [1792890000])),
            (numpy.array([-1, "NaT"], "M8[D]"), ("date", None, [-86400, None])),
            (numpy.array(["1970-02"], "M8[M]"), ("date", None, [31 * 86400])),
            (numpy.array([2, "NaT"], "m8[m]"), ("duration", None, [120, None])),
            (numpy.array([1, 2, 3], "M8[s]")[::2], ("local", None, [1, 3])),
            (pandas.Series(pandas.to_datetime(["1970-01-02", None])), ("local", None, [86400, None])),
        ],
    )
    def test_kinds(self, values, expected):
        found = columns.ints("dtstart", values)
        assert expected == (found.kind, found.zone, found.tolist())

    def test_many_zones(self):
        """Each row may have a zone of its own."""
        values = [datetime(1970, 1, 1, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=ZURICH)]
        found = columns.ints("dtstart", values)
        assert ("utc", [0, None, -3600]) == (found.kind, found.tolist())
        assert ["UTC", None, "Europe/Zurich"] == found.zone.tolist()

    def test_repeated_hour(self):
        """The second of two equal local times is another instant."""
        twice = [datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH, fold=fold) for fold in (0, 1)]
        first, second = columns.ints("dtstart", twice).tolist()
        assert 3600 == second - first

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (
                [datetime(2026, 1, 1), date(2026, 1, 2)],
                r"dtstart: row 1: datetime.date\(2026, 1, 2\) is not of the kind",
            ),
            ([date(2026, 1, 1), datetime(2026, 1, 2)], "dtstart: row 1: .* is not of the kind"),
            ([datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)], "dtstart: row 1: .* is not of the kind"),
            ([datetime(2026, 1, 1), "20260101"], "dtstart: row 1: '20260101' is not of the kind"),
            ([None, datetime(2026, 1, 1, 0, 0, 0, 1)], "dtstart: row 1: .* is not a whole second"),
            ([timedelta(microseconds=1)], "dtstart: row 0: .* is not a whole second"),
            ([pandas.Timestamp(1)], "dtstart: row 0: .* is not a whole second"),
            (numpy.array([0, "NaT", 1500], "M8[ms]"), "dtstart: row 2: 1970-01-01T00:00:01.500 is not a whole second"),
            (numpy.array([1500], "m8[ms]"), "dtstart: row 0: 1500 milliseconds is not a whole second"),
            (numpy.array([1], "m8[M]"), r"dtstart: timedelta64\[M\] has no length in seconds"),
            (numpy.array(["NaT"], "M8"), "dtstart: datetime64 has no length in seconds"),
        ],
    )
    def test_refused(self, values, message):
        with pytest.raises(ColumnError, match=message):
            columns.column("dtstart", values)

    def test_numpy_overflow(self):
        """Years whose seconds do not fit are refused, not wrapped around."""
        with pytest.raises(ColumnError, match="dtstart: row 0"):
            columns.column("dtstart", numpy.array([MOST], "M8[Y]"))


class TestLists:
    """Rows that are lists themselves."""

    @given(st.lists(st.none() | st.lists(st.none() | st.text(max_size=5), max_size=4), max_size=9))
    def test_text(self, values):
        found = columns.column("rdate", values)
        # Where no row is there, nothing tells a list from text.
        assert values == found.tolist()

    def test_numbers(self):
        values = [[1, 2], (), None, numpy.array([3])]
        assert [[1, 2], [], None, [3]] == columns.column("rdate", values).tolist()

    def test_times(self):
        found = columns.column("rdate", [[date(1970, 1, 2)], []])
        assert ("date", [[86400], []]) == (found.items.kind, found.tolist())

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([["a"], "b"], "rdate: row 1: 'b' is not a list"),
            ([["a"], 5], "rdate: row 1: 5 is not a list"),
            ([["a"], ["b", 5]], "rdate: item of all lists: row 2: 5 is not text"),
            ([[["a"]]], "rdate: lists within lists"),
        ],
    )
    def test_refused(self, values, message):
        with pytest.raises(ColumnError, match=message):
            columns.column("rdate", values)


def test_taken_already():
    """A column that was taken is not taken apart again."""
    found = columns.ints("n", [1])
    assert found is columns.ints("n", found) is columns.column("n", found)
    imported = columns.table(pyarrow.table({"n": [1]}))["n"]
    assert "<Arrow column of 1 rows, format 'l'>" == repr(imported)
    assert [1] == columns.ints("n", imported).tolist()
    assert ["<Ints of 1 rows, number>", "<Text of 1 rows>", "<Lists of 1 rows>"] == [
        repr(columns.column("c", values)) for values in ([1], ["a"], [["a"]])
    ]
