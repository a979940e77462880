"""What a worker of a cluster does with batches of series, without any cluster."""

from __future__ import annotations

import pickle
from functools import partial
from itertools import chain, pairwise

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bulk import A, B, columns, rows
from schedcore import SeriesTable
from schedcore.bulk.batches import expand_batches, gathered
from schedcore.errors import ColumnError, InvalidValue


def company() -> pyarrow.Table:
    """Generated series, each with a name."""
    return pyarrow.table({**columns(rows(300)), "uid": [f"uid-{row}" for row in range(300)]})


def test_the_answer_is_that_of_the_table():
    """Occurrences, with what was kept of their rows, in order of rows."""
    table = company()
    found = pyarrow.Table.from_batches(expand_batches(table.to_batches(max_chunksize=7), A, B, keep=["uid", "tzid"]))
    whole = SeriesTable.from_columns(**{name: table[name] for name in columns(rows(300))}).expand(A, B)
    assert ["uid", "tzid", "start", "end", "problem"] == found.schema.names
    assert whole.start.tolist() == found["start"].to_pylist()
    assert whole.end.tolist() == found["end"].to_pylist()
    assert table["uid"].take(whole.series).to_pylist() == found["uid"].to_pylist()
    assert table["tzid"].take(whole.series).to_pylist() == found["tzid"].to_pylist()
    assert len(found) == found["problem"].null_count


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 9))
def test_rows_are_gathered_in_order_and_within_bounds(sizes, most):
    """However the rows are cut: all of them, once, in order; no piece too large, and none too small without reason."""
    at, batches = 0, []
    for size in sizes:
        batches.append(pyarrow.record_batch({"dtstart": pyarrow.array(range(at, at + size), pyarrow.int64())}))
        at += size
    found = [table["dtstart"].to_pylist() for table in gathered(iter(batches), most)]
    assert list(range(at)) == list(chain.from_iterable(found))
    assert all(len(piece) <= most for piece in found)
    assert bool(sizes) == bool(found)
    assert not any(len(piece) + len(after) <= most // 2 for piece, after in pairwise(found))


def test_every_row_that_cannot_be_read_is_there():
    """With its name and the reason, where the batch is a slice and where it is not."""
    table = pyarrow.table({"uid": list("abcdef"), "dtstart": ["20260601T090000Z", "x", None] * 2, "tzid": [None] * 6})
    for batches in ([table], table.slice(1).to_batches(max_chunksize=2)):
        found = pyarrow.Table.from_batches(expand_batches(batches, A, B, keep=["uid"]))
        unread = found.filter(pyarrow.compute.is_valid(found["problem"]))
        assert ["b", "c", "e", "f"] == unread["uid"].to_pylist()
        assert "dtstart 'x': is no time" in unread["problem"][0].as_py()
        assert "dtstart None: is missing" in unread["problem"][1].as_py()
        assert [None] * 4 == unread["start"].to_pylist() == unread["end"].to_pylist()


def test_columns_are_known_without_rows():
    """A batch without rows gives one without rows; no batch gives none."""
    empty = company().schema.empty_table()
    (found,) = expand_batches([empty, empty], A, B, keep=["duration"])
    fields = [("duration", "int64"), ("start", "int64"), ("end", "int64"), ("problem", "string")]
    assert pyarrow.schema(fields) == found.schema
    assert 0 == found.num_rows
    assert [] == list(expand_batches([], A, B))


def test_a_table_of_many_occurrences_comes_in_pieces():
    """A rule of seconds: no batch is over the bound, and together they are all there is."""
    batch = pyarrow.record_batch({"dtstart": ["20260601T000000Z"], "rrule": ["FREQ=SECONDLY;COUNT=200000"]})
    found = list(expand_batches([batch], A, B, max_bytes=1 << 20))
    assert len(found) > 5 and all(batch.nbytes < 1 << 20 for batch in found)
    start = int(A.timestamp())
    assert list(range(start, start + 200_000)) == list(
        chain.from_iterable(batch["start"].to_pylist() for batch in found)
    )


def test_it_travels_to_a_worker():
    """The function with its arguments is pickled by name, and the errors that it raises are pickled too."""
    work = pickle.loads(pickle.dumps(partial(expand_batches, a=A, b=B, keep=("uid",))))
    with pytest.raises(ColumnError, match="no column uid") as error:
        list(work([pyarrow.record_batch({"dtstart": ["20260601"]})]))
    assert str(error.value) == str(pickle.loads(pickle.dumps(error.value)))


@pytest.mark.parametrize(
    ("columns", "keep", "error", "text"),
    [
        ({"start": ["20260601"]}, [], ColumnError, "no column dtstart .there are 'start'"),
        ({"dtstart": ["20260601"], "end": [1]}, ["end"], InvalidValue, "'end' would be in the answer twice"),
        ({"dtstart": ["20260601"], "uid": [1]}, ["uid", "uid"], InvalidValue, "'uid' would be in the answer twice"),
        ({"dtstart": [1.5]}, [], ColumnError, "dtstart: Arrow format 'g': doubles"),
    ],
)
def test_columns_that_cannot_be(columns, keep, error, text):
    """Said by name."""
    with pytest.raises(error, match=text):
        list(expand_batches([pyarrow.record_batch(columns)], A, B, keep=keep))
