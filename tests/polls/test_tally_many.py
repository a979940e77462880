"""`tally_many` against its slow twin: numbers of every spread, every order of rows, every way to hand columns in."""

import array
import threading
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polls.tally_twin import twin
from schedcore import CancelToken
from schedcore.errors import Cancelled, ColumnError
from schedcore.polls import Tallies, tally_many

LEAST, GREATEST = -(2**63), 2**63 - 1
FEW = st.integers(0, 3)
ANY = st.integers(LEAST, GREATEST)
# Few numbers far apart meet each other, and the ends of int64.
FAR = st.sampled_from([LEAST, LEAST + 1, -1, 0, 1, 2**40, 2**62, GREATEST - 1, GREATEST])
NUMBERS = st.sampled_from([FEW, st.integers(-50, 50), st.integers(0, 2**41), FAR, ANY])


@st.composite
def ballots(draw, most=60):
    """Columns of one length, in rows as they come, with weights or without."""
    kinds = [draw(NUMBERS) for _ in range(3)]
    rows = draw(st.lists(st.tuples(*kinds, st.integers(-1, 2), st.integers(0, 2**50)), max_size=most))
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    return columns if draw(st.booleans()) else [*columns[:4], None]


def rows_of(found):
    columns = (found.poll, found.option, found.no, found.if_need_be, found.yes, found.rank)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(ballots(), st.booleans())
def test_as_one_by_one(columns, unique):
    """Any numbers, any order, withdrawn votes, repeats and weights."""
    assert twin(*columns, unique=unique) == rows_of(tally_many(*columns, unique=unique))


# Around the rows looked ahead (64), a part (8,192), and between two looks at the cancel flag (65,536).
SIZES = [1, 63, 64, 65, 8192, 8193, 16385, 65536, 70_001]
SPREADS = {
    "few": (1, 1),
    "dense": (1, 40),
    "far apart": (2**40 + 1, 40),
    "a pair a row": (1, 100_000),
    "pairs far apart": (2**40 + 1, 30_000),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("voters", [1, 7, 2**20, 2**63])
def test_at_the_bounds(size, spread, voters):
    """Parts, chunks and tables at their bounds: with voters that are few, many, and too far apart for narrow rows."""
    step, polls = SPREADS[spread]
    rng = np.random.default_rng(size)
    poll, option = rng.integers(0, polls, size) * step, rng.integers(-2, 3, size) * step
    voter, vote = rng.integers(-voters, voters, size), rng.integers(-1, 3, size)
    weight = rng.integers(0, 5, size) if size % 2 else None
    columns = [None if column is None else column.tolist() for column in (poll, option, voter, vote, weight)]
    for unique in (True, False):
        found = tally_many(poll, option, voter, vote, weight, unique=unique)
        assert twin(*columns, unique=unique) == rows_of(found)


def test_one_voter_who_cannot_decide():
    """All rows in one part: the last one counts."""
    n = 200_000
    zeros = np.zeros(n, np.int64)
    vote = np.tile(np.array([0, 1, 2, -1]), n // 4)
    assert [(0, 0, 0, 0, 0, 1)] == rows_of(tally_many(zeros, zeros, zeros, vote))
    assert [(0, 0, n // 4, n // 4, n // 4, 1)] == rows_of(tally_many(zeros, zeros, zeros, vote, unique=True))


def test_many_options_of_one_poll_are_ranked():
    """More than insertion sorts: by who can come, then by yes, then in order of options."""
    options = [option for option in range(40) for _ in range(option % 5)]
    columns = [[1] * len(options), options, list(range(len(options))), [2 - option % 2 for option in options]]
    assert twin(*columns) == rows_of(tally_many(*columns))


@pytest.mark.parametrize(
    "make",
    [
        list, tuple, np.array, lambda c: array.array("q", c), lambda c: np.array(c, np.int32), pa.array,
        lambda c: pa.chunked_array([c[:1], c[1:]]), lambda c: pa.array(c, pa.uint8()),
        lambda c: pa.array([9, *c]).slice(1),
    ],
)  # fmt: skip
def test_every_way_in(make):
    """Lists, NumPy, buffers and Arrow, whole and in chunks, give one answer; so does strided memory."""
    columns = [[1, 1, 2], [3, 4, 3], [5, 5, 5], [2, 0, 1]]
    assert twin(*columns) == rows_of(tally_many(*map(make, columns)))
    strided = [np.repeat(column, 2)[::2] for column in columns]
    assert twin(*columns) == rows_of(tally_many(*strided))


def test_every_way_out():
    """Read-only columns of int64, an Arrow table, lengths and equality."""
    found = tally_many([1, 1], [3, 4], [5, 5], [2, 0])
    assert isinstance(found, Tallies) and 2 == len(found) and "<Tallies of 2 options>" == repr(found)
    assert ["poll", "option", "no", "if_need_be", "yes", "rank"] == pa.table(found).column_names
    assert rows_of(found) == [tuple(row.values()) for row in pa.table(found).to_pylist()]
    assert found == tally_many([1, 1], [4, 3], [5, 5], [0, 2]) != tally_many([1, 1], [4, 3], [5, 5], [0, 1])
    assert found.yes.dtype == np.int64 and not found.yes.flags.writeable
    assert found != "tallies" and 0 == len(tally_many([], [], [], []))
    assert pa.record_batch(found).schema == pa.schema(found)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([[1], [1], [1], [3]], "vote: row 0 is 3"),
        ([[1], [1], [1], [-2]], "vote: row 0 is -2"),
        ([[1], [1], [1], [LEAST]], "vote: row 0 is -9223372036854775808"),
        ([[1], [1], [1], [GREATEST]], "vote: row 0 is 9223372036854775807"),
        ([[1, 1], [1, 1], [1, 1], [2, 2], [1, -1]], "weight: row 1 is -1"),
        ([[1, 1], [1, 1], [1, 2], [2, 2], [GREATEST, 1]], "could exceed 64 bits"),
        ([[1], [1, 2], [1], [2]], "option: 2 rows, but poll has 1"),
        ([[1], [1], [1], [2], []], "weight: 0 rows, but poll has 1"),
        ([[1], [1], [None], [2]], "voter: row 0 is missing"),
        ([pa.array([1, 2, None]).slice(1), [1, 2], [1, 2], [2, 2]], "poll: row 1 is missing"),
        ([[1.5], [1], [1], [2]], "poll"),
        ([["1"], [1], [1], [2]], "poll: row 0: '1' is not a whole number"),
        ([np.array(["2026-01-01"], "datetime64[s]"), [1], [1], [2]], "poll: local values"),
        ([[2**63], [1], [1], [2]], "poll: row 0: 9223372036854775808"),
        ([np.zeros((1, 1), np.int64), [1], [1], [2]], "2 dimensions"),
        ([7, [1], [1], [2]], "poll: 7 is not a column"),
    ],
)
def test_refused(columns, message):
    """What is no vote, no weight or no column is named with its row."""
    for unique in (True, False):
        with pytest.raises(ColumnError, match=message):
            tally_many(*columns, unique=unique)


@pytest.mark.parametrize("unique", [True, False])
def test_cancelled(unique):
    """A token that was cancelled stops the work, before it and while it runs."""
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled, match="tallying 1 votes"):
        tally_many([1], [1], [1], [2], unique=unique, cancel=token)
    n = 4_000_000
    columns = [np.arange(n), np.zeros(n, np.int64), np.arange(n), np.ones(n, np.int64)]
    token = CancelToken()
    timer = threading.Thread(target=lambda: (time.sleep(0.002), token.cancel()))
    timer.start()
    with pytest.raises(Cancelled):
        for _ in range(100):
            tally_many(*columns, unique=unique, cancel=token)
    timer.join()


def test_two_threads_at_once():
    """The work holds no lock of Python's and shares nothing."""
    columns = [np.arange(50_000) % 7, np.arange(50_000) % 3, np.arange(50_000) % 1000, np.arange(50_000) % 4 - 1]
    expected, found = tally_many(*columns), []
    threads = [threading.Thread(target=lambda: found.append(tally_many(*columns))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [expected] * 4 == found
