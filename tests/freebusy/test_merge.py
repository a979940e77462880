"""`freebusy.merge` against a slow twin, against NumPy, and on columns that must not hurt."""

from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import CancelToken, _column
from schedcore.errors import Cancelled, ColumnError, InvalidValue
from schedcore.freebusy import PRECEDENCE, RFC7953, Block, Merged, Status, merge

LOW, HIGH = -(2**63) + 1, 2**63 - 1  # the least int64 is NaT

Row = tuple[int, int, int, int]


def second_by_second(rows: Sequence[Row], precedence: Sequence[Status] = PRECEDENCE) -> list[Block]:
    """The slow twin: a status for every second of every owner, then equal neighbours joined."""
    weakest_first = [Status.FREE, *reversed(precedence)]
    status_at: dict[tuple[int, int], int] = {}
    for owner, start, end, status in rows:
        for second in range(start, end):
            there = status_at.get((owner, second), 0)
            status_at[owner, second] = max(status, there, key=weakest_first.index)
    blocks: list[Block] = []
    for (owner, second), status in sorted(status_at.items()):
        if not status:
            continue
        last = blocks[-1] if blocks else None
        if last and (last.owner, last.end, last.status) == (owner, second, status):
            blocks[-1] = last._replace(end=second + 1)
        else:
            blocks.append(Block(owner, second, second + 1, Status(status)))
    return blocks


def running_maximum(owner: np.ndarray, start: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    """What NumPy does: lexsort, then a running maximum of ends, with owners moved apart so that one is enough."""
    order = np.lexsort((start, owner))
    owner, start, end = owner[order], start[order], end[order]
    apart = owner * (int(end.max() - start.min()) + 1)
    reach = np.maximum.accumulate(end + apart)
    first = np.flatnonzero(np.r_[True, (start + apart)[1:] > reach[:-1]])
    last = np.r_[first[1:], len(owner)] - 1
    return [owner[first], start[first], (reach - apart)[last]]


def merged_rows(rows: Sequence[Row]) -> Merged:
    owner, start, end, status = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    merged = merge(owner, start, end, status)
    merged._check()
    return merged


row = st.tuples(st.integers(0, 3), st.integers(-20, 40), st.integers(0, 25), st.integers(0, 3)).map(
    lambda r: (r[0], r[1], r[1] + r[2], r[3])
)


class TestAgainstTheTwin:
    """Small windows, second by second."""

    @given(st.lists(row, max_size=30))
    def test_any_order(self, rows: list[Row]) -> None:
        assert second_by_second(rows) == list(merged_rows(rows))

    @given(st.lists(row, max_size=30))
    def test_in_order(self, rows: list[Row]) -> None:
        rows.sort(key=lambda r: r[:2])
        assert second_by_second(rows) == list(merged_rows(rows))

    @given(st.lists(row, max_size=60), st.integers(1, 2**62 // 3))
    def test_sparse_owners(self, rows: list[Row], factor: int) -> None:
        """Owners far apart take another way through the sort."""
        expected = [block._replace(owner=block.owner * factor) for block in second_by_second(rows)]
        assert expected == list(merged_rows([(owner * factor, *rest) for owner, *rest in rows]))

    @given(st.lists(row, max_size=30), st.permutations([1, 2, 3]), st.sampled_from([1, -1, 0]))
    def test_any_precedence(self, rows: list[Row], order: list[int], step: int) -> None:
        """The order of precedence is a parameter, whether rows come in order, backwards or anyhow."""
        if step:
            rows = sorted(rows, key=lambda r: r[:2])[::step]
        precedence = [Status(number) for number in order]
        expected = second_by_second(rows, precedence)
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
        assert expected == list(merge(*columns, precedence=precedence))

    @given(
        st.lists(row, max_size=60),
        st.sampled_from([1, 2, 32, 60, 300, 900, 86_400, 604_800, 7, 11, 2**50]),
        st.integers(0, 10**6),
        st.sampled_from([0, 1, 2**40, 2**62]),
        st.booleans(),
    )
    def test_any_range(self, rows: list[Row], unit: int, since: int, owner: int, ordered: bool) -> None:
        """Times on any unit that start anywhere, and owners that lie far apart: packed and wide rows alike."""
        if ordered:
            rows.sort(key=lambda r: r[0])
        moved = [(r[0] and owner + r[0], since + r[1] * unit, since + r[2] * unit, r[3]) for r in rows]
        expected = [
            Block(b.owner and owner + b.owner, since + b.start * unit, since + b.end * unit, b.status)
            for b in second_by_second(rows)
        ]
        assert expected == list(merged_rows(moved))

    @given(st.lists(row, max_size=40), st.integers(1, 4), st.booleans(), st.booleans())
    def test_any_number_of_threads(self, rows: list[Row], threads: int, ordered: bool, alike: bool) -> None:
        rows = [(*r[:3], 2 * (r[3] > 0) if alike else r[3]) for r in (sorted(rows) if ordered else rows)]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
        assert second_by_second(rows) == list(merge(*columns, threads=threads))

    @given(st.lists(row, min_size=1, max_size=30))
    def test_no_status_is_busy(self, rows: list[Row]) -> None:
        owner, start, end, _ = (list(column) for column in zip(*rows, strict=True))
        expected = second_by_second([(*r[:3], Status.BUSY) for r in rows])
        assert expected == list(merge(owner, start, end))

    @given(st.lists(row, max_size=30))
    def test_merging_twice_changes_nothing(self, rows: list[Row]) -> None:
        once = merged_rows(rows)
        assert list(once) == list(merge(once.owner, once.start, once.end, once.status))


class TestAgainstNumpy:
    """Hundreds of thousands of rows: sorted, reversed and random, few owners and many, dense and sparse."""

    @pytest.mark.parametrize("owners", [1, 40, 30_000])
    @pytest.mark.parametrize("stride", [1, 10_007])
    @pytest.mark.parametrize("order", ["sorted", "reversed", "random"])
    def test_busy(self, owners: int, stride: int, order: str) -> None:
        rng = np.random.default_rng(7)
        size = 100_000
        owner = rng.integers(0, owners, size) * stride
        start = rng.integers(-(10**9), 10**9, size) if owners == 1 else rng.integers(0, 10**7, size)
        end = start + rng.integers(1, 20_000, size)
        if order != "random":
            rows = np.lexsort((start, owner))[:: 1 if order == "sorted" else -1]
            owner, start, end = (np.ascontiguousarray(column[rows]) for column in (owner, start, end))
        merged = merge(owner, start, end)
        for expected, actual in zip(
            running_maximum(owner, start, end), (merged.owner, merged.start, merged.end), strict=True
        ):
            np.testing.assert_array_equal(expected, np.asarray(actual))

    def test_each_status_alone_is_the_same_as_the_highest_of_all(self) -> None:
        """Seconds at or above a status are the union of the rows at or above it."""
        rng = np.random.default_rng(8)
        owner, start, status = rng.integers(0, 50, 50_000), rng.integers(0, 10**6, 50_000), rng.integers(0, 4, 50_000)
        end = start + rng.integers(0, 900, 50_000)
        merged = merge(owner, start, end, status)
        merged._check()
        for least in (1, 2, 3):
            given_rows = (status >= least) & (end > start)
            kept = np.asarray(merged.status) >= least
            again = merge(
                *(np.ascontiguousarray(np.asarray(c)[kept]) for c in (merged.owner, merged.start, merged.end))
            )
            expected = running_maximum(owner[given_rows], start[given_rows], end[given_rows])
            for want, got in zip(expected, (again.owner, again.start, again.end), strict=True):
                np.testing.assert_array_equal(want, np.asarray(got))

    @pytest.mark.parametrize("owners", [1, 3, 900, 50_000])
    @pytest.mark.parametrize("order", ["sorted", "reversed", "random", "runs"])
    @pytest.mark.parametrize("statuses", [(0, 1, 2, 3), (0, 3), (2,)])
    def test_threads_change_nothing(self, owners: int, order: str, statuses: tuple[int, ...]) -> None:
        """The same answer bit for bit, whoever does the work, and in whatever order the rows come."""
        rng = np.random.default_rng(9)
        size = 210_000
        owner, series = rng.integers(0, owners, size), rng.integers(0, 5, size)
        start, status = rng.integers(0, 10**6, size), rng.choice(statuses, size)
        end = start + rng.integers(0, 900, size)
        rows = {
            "sorted": np.lexsort((start, owner)),
            "reversed": np.lexsort((start, owner))[::-1],
            "random": np.arange(size),
            "runs": np.lexsort((start, series, owner)),
        }[order]
        columns = [np.ascontiguousarray(column[rows]) for column in (owner, start, end, status)]
        alone = merge(*columns)
        alone._check()
        shared = merge(*columns, threads=3)
        anyhow = merge(owner, start, end, status)
        for other in (shared, anyhow):
            for name in ("owner", "start", "end", "status"):
                np.testing.assert_array_equal(np.asarray(getattr(alone, name)), np.asarray(getattr(other, name)))

    @pytest.mark.parametrize("statuses", [(2,), (0, 2), (1, 2, 3)])
    @pytest.mark.parametrize("step", [1, -1])
    @pytest.mark.parametrize("late", ["alike", "odd", "early", "long", "both ends of time", "sorted", "one owner"])
    def test_segments_differ(self, late: str, step: int, statuses: tuple[int, ...]) -> None:
        """Owners in order, starts anyhow: what holds for the first rows need not hold for those that come later."""
        rng = np.random.default_rng(10)
        size, half = 40_000, 20_000
        owner = np.sort(rng.integers(0, 400, size))
        start = 900 * rng.integers(0, 3000, size)
        end = start + 900 * rng.integers(0, 4, size)
        status = rng.choice(statuses, size)
        if late == "odd":
            start[half:] += rng.integers(0, 900, half)
            end[half:] = start[half:] + rng.integers(1, 900, half)
        elif late == "early":
            start[half:] -= 10**9
            end[half:] -= 10**9
        elif late == "long":
            end[half:] += 10**8
        elif late == "both ends of time":
            start[half:], end[half:] = LOW, HIGH
        elif late == "sorted":
            start[half:].sort()
            end[half:] = start[half:] + 900
        elif late == "one owner":
            owner[half:] = 400
        columns = [np.ascontiguousarray(column[::step]) for column in (owner, start, end, status)]
        anyhow = rng.permutation(size)
        expected = merge(*(column[anyhow] for column in columns))
        expected._check()
        for threads in (1, 2):
            merged = merge(*columns, threads=threads)
            for name in ("owner", "start", "end", "status"):
                np.testing.assert_array_equal(np.asarray(getattr(expected, name)), np.asarray(getattr(merged, name)))

    @pytest.mark.parametrize("row", [0, 5_000, 39_999])
    @pytest.mark.parametrize("name", ["owner", "start", "end"])
    def test_a_wrong_row_among_segments_is_named(self, name: str, row: int) -> None:
        """Also where it is packed in the way of the rows before it."""
        rng = np.random.default_rng(11)
        start = 900 * rng.integers(0, 3000, 40_000)
        columns = {"owner": np.sort(rng.integers(0, 400, 40_000)), "start": start, "end": start + 900}
        columns[name][row] = {"owner": -1, "start": LOW - 1, "end": start[row] - 900}[name]
        with pytest.raises(ColumnError, match=f"{name}: row {row} "):
            merge(**columns)

    def test_shares_memory(self) -> None:
        """The answer is seen by NumPy without a copy."""
        merged = merge([0], [1], [2])
        column = np.asarray(merged.start)
        column[0] = 5
        assert ("int64", 5) == (column.dtype.name, merged.start[0])


class TestPrecedence:
    """Out of office over busy over tentative over free."""

    def test_layers(self) -> None:
        rows = [(0, 0, 100, 1), (0, 10, 60, 2), (0, 20, 30, 3), (0, 70, 80, 0)]
        assert [
            Block(0, 0, 10, Status.TENTATIVE),
            Block(0, 10, 20, Status.BUSY),
            Block(0, 20, 30, Status.OUT_OF_OFFICE),
            Block(0, 30, 60, Status.BUSY),
            Block(0, 60, 100, Status.TENTATIVE),
        ] == list(merged_rows(rows))

    def test_touching_of_one_status_join_and_of_two_do_not(self) -> None:
        rows = [(0, 0, 10, 2), (0, 10, 20, 2), (0, 20, 30, 1), (1, 30, 40, 1)]
        assert [
            Block(0, 0, 20, Status.BUSY),
            Block(0, 20, 30, Status.TENTATIVE),
            Block(1, 30, 40, Status.TENTATIVE),
        ] == list(merged_rows(rows))

    def test_rfc7953(self) -> None:
        """Section 4 of RFC 7953 puts BUSY over BUSY-UNAVAILABLE over BUSY-TENTATIVE."""
        merged = merge([0, 0, 0], [0, 10, 20], [60, 50, 40], [1, 3, 2], precedence=RFC7953)
        assert [1, 3, 2, 3, 1] == merged.status.tolist()

    @pytest.mark.parametrize("precedence", [(), (3, 2), (3, 2, 1, 0), (3, 3, 1), (0, 2, 1)])
    def test_no_precedence(self, precedence: tuple[Status, ...]) -> None:
        with pytest.raises(InvalidValue, match=r"name out of office .* once each"):
            merge([0], [0], [1], precedence=precedence)

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_most_blocks_that_rows_can_give(self, order: int) -> None:
        """A long tentative stretch that busy ones cut: n rows become 2 n - 1 blocks, more than there are rows."""
        size = 20_000
        rows = [(0, 0, 10 * size, 1), *((0, 10 * i + 3, 10 * i + 6, 2) for i in range(size - 1))]
        merged = merged_rows(rows[::order])
        assert 2 * size - 1 == len(merged)
        assert [0, 3, 6, 13, 16] == merged.start.tolist()[:5]
        assert 10 * size == merged.end[-1]

    def test_free_and_zero_length_say_nothing(self) -> None:
        assert [] == list(merged_rows([(0, 0, 10, 0), (0, 5, 5, 3)]))


class TestStopping:
    """A token that is set stops the work, in every way through the kernel."""

    @pytest.mark.parametrize("order", [slice(None), slice(None, None, -1), [5, 3, 9, 0]])
    @pytest.mark.parametrize("stride", [1, 2**40])
    @pytest.mark.parametrize("threads", [1, 2])
    @pytest.mark.parametrize("statuses", [(2,), (1, 2)])
    def test_cancel(self, order: object, stride: int, threads: int, statuses: tuple[int, ...]) -> None:
        token = CancelToken()
        rows = np.arange(40)[order].repeat(50)
        columns = (rows * stride, np.ascontiguousarray(rows % 7), rows % 7 + 1, np.resize(statuses, len(rows)))
        merge(*columns, threads=threads, cancel=token)
        token.cancel()
        with pytest.raises(Cancelled, match="merging was cancelled"):
            merge(*columns, threads=threads, cancel=token)

    @pytest.mark.parametrize("threads", [0, -1])
    def test_no_threads(self, threads: int) -> None:
        with pytest.raises(InvalidValue, match=f"threads={threads}: give 1 or more"):
            merge([0], [0], [1], threads=threads)

    def test_an_error_in_a_thread_is_told(self) -> None:
        with pytest.raises(ColumnError, match="row 3 ends at 0"):
            merge([0, 1, 2, 3], [5, 5, 5, 5], [6, 6, 6, 0], threads=4)


class TestCallsAtOnce:
    """Kernels hold nothing in common: calls of several threads do not meet."""

    def test_as_one_after_the_other(self) -> None:
        rng = np.random.default_rng(12)
        asked = []
        for owners, unit in ((5, 1), (300, 900), (300, 60), (40_000, 300)):
            owner = np.sort(rng.integers(0, owners, 50_000))
            start = unit * rng.integers(0, 5000, 50_000)
            asked.append((owner, start, start + unit * rng.integers(0, 9, 50_000), rng.integers(0, 4, 50_000)))
        expected = [list(merge(*columns)) for columns in asked]
        with ThreadPoolExecutor(4) as pool:
            for _ in range(3):
                assert expected == [list(merged) for merged in pool.map(lambda columns: merge(*columns), asked)]


class TestMustNotHurt:
    """Columns of bad-inputs: the right answer, or an error that names the row and the value."""

    def test_empty(self) -> None:
        assert [] == list(merge([], [], []))
        assert [] == list(merge(np.empty(0, "int64"), array("q"), memoryview(b"").cast("q"), []))

    def test_all_equal(self) -> None:
        assert [Block(3, 5, 9, Status.BUSY)] == list(merge([3] * 1000, [5] * 1000, [9] * 1000))

    def test_a_row_a_second_each_an_hour_long(self) -> None:
        """86,400 overlaps a day become one block, also when they come backwards."""
        start = np.arange(86_400)
        for order in (slice(None), slice(None, None, -1)):
            column = np.ascontiguousarray(start[order])
            merged = merge(np.zeros(86_400, "int64"), column, column + 3600)
            assert [Block(0, 0, 86_399 + 3600, Status.BUSY)] == list(merged)

    @pytest.mark.parametrize("order", [1, -1])
    def test_int64_extremes(self, order: int) -> None:
        rows = [(0, LOW, LOW, 2), (0, LOW, HIGH, 1), (0, 0, HIGH, 3), (HIGH, LOW, HIGH, 2)]
        assert [
            Block(0, LOW, 0, Status.TENTATIVE),
            Block(0, 0, HIGH, Status.OUT_OF_OFFICE),
            Block(HIGH, LOW, HIGH, Status.BUSY),
        ] == list(merged_rows(rows[::order]))

    def test_extremes_of_starts_sort(self) -> None:
        """All 64 bits differ: every digit of the radix sort is needed."""
        start = sorted([LOW, HIGH - 1, *range(-(2**62), 2**62, 2**56)], reverse=True)
        merged = merge([0] * len(start), start, [s + 1 for s in start])
        assert sorted(start) == merged.start.tolist()

    def test_datetime64_seconds(self) -> None:
        start = np.array(["2026-01-01T09:00", "2026-01-01T10:00"], "datetime64[s]")
        merged = merge([0, 0], start, start + np.timedelta64(3600, "s"))
        assert ["2026-01-01T09:00:00"] == np.asarray(merged.start).view("datetime64[s]").astype(str).tolist()

    @pytest.mark.parametrize(
        "columns, said",
        [
            (([0], [5], [4]), "end: row 0 ends at 4, before its start 5"),
            (([0, -1], [0, 0], [1, 1]), "owner: row 1 is -1"),
            (([0, 0], [0], [1, 1]), "start: 1 rows, but owner has 2"),
            (([0, 0], [0, 0], [1]), "end: 1 rows, but owner has 2"),
            (([0], [0], [1], [1, 2]), "status: 2 rows, but owner has 1"),
            (([0, 0], [0, 0], [1, 1], [1, 4]), "status: row 1 is 4"),
            (([0], [0], [1], [-1]), "status: row 0 is -1"),
            (([0], [LOW - 1], [1]), "start: row 0 is -9223372036854775808, which is NaT"),
            (([0], [0], [LOW - 1]), "end: row 0 is -9223372036854775808, which is NaT"),
            (([0], [2**63], [1]), "start: row 0: 9223372036854775808 is not a whole number of 64 bits"),
            (([0], [None], [1]), "start: row 0: None is not a whole number"),
            (([0], [0.5], [1]), "start: row 0: 0.5 is not a whole number"),
            ((7, [0], [1]), "owner: 7 is not a column"),
            (("x", [0], [1]), "owner: row 0: 'x' is not a whole number"),
            ((np.zeros(1, "int32"), [0], [1]), "owner: int32 is not int64"),
            (([0], np.zeros(1), [1]), "start: float64 is not int64"),
            (([0], [0], np.ones(1, ">i8")), "end: >i8 is not int64"),
            (([0], b"12345678", [1]), "start: format 'B' is not int64"),
            ((np.zeros((1, 1), "int64"), [0], [1]), "owner: 2 dimensions (1, 1)"),
            ((np.zeros(4, "int64")[::2], [0, 0], [1, 1]), "owner: strides (16,) leave gaps"),
            (([0], np.array(["NaT"], "datetime64[s]"), [1]), "start: row 0 is -9223372036854775808, which is NaT"),
            (([0], np.array(["2026-01-01"], "datetime64[ns]"), [1]), "start: datetime64[ns] does not count seconds"),
        ],
    )
    def test_refused(self, columns: tuple[Sequence[int], ...], said: str) -> None:
        with pytest.raises(ColumnError) as error:
            merge(*columns)
        assert said in str(error.value)

    @pytest.mark.parametrize("name", ["owner", "start", "end"])
    def test_a_wrong_row_among_a_million_is_named(self, name: str) -> None:
        columns = {"owner": np.zeros(10**6, "int64"), "start": np.arange(10**6), "end": np.arange(10**6) + 1}
        columns[name][765_432] = -5 if name != "start" else 2**40
        with pytest.raises(ColumnError, match="row 765432"):
            merge(**columns)

    @pytest.mark.parametrize("make", [list, tuple, iter, _column.column_of, lambda rows: array("q", rows), np.array])
    def test_kinds_of_columns(self, make: Callable[[list[int]], Sequence[int]]) -> None:
        merged = merge(make([0, 0]), make([0, 5]), make([6, 9]), make([2, 2]))
        assert [Block(0, 0, 9, Status.BUSY)] == list(merged)
