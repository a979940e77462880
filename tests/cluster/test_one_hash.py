"""The same series through single calls, a table, threads, chunks and a stream: one hash. Spark and Ray have it too."""

from __future__ import annotations

from itertools import chain

import pyarrow
import pytest

from cluster.asked import A, B, assert_answers, digest, single, table
from schedcore import SeriesTable
from schedcore.bulk.batches import SERIES, expand_batches
from schedcore.freebusy import of_table
from schedcore.freebusy.batches import busy_batches, merge_blocks


@pytest.fixture(scope="module")
def series() -> SeriesTable:
    """All rows as one table; owners numbered by their names."""
    owners = sorted({owner for owner in table()["owner"].to_pylist() if owner})
    owner = [None if name is None else owners.index(name) for name in table()["owner"].to_pylist()]
    columns = {name: table()[name] for name in (*SERIES, "status")}
    return SeriesTable.from_columns(**columns, owner=owner)


def test_there_is_something_to_find():
    """An empty answer would equal an empty answer."""
    occurrences, blocks = single()
    assert len(occurrences) > 60_000 and len(blocks) > 50_000
    assert {1, 2, 3} == {status for *_, status in blocks}


def test_table_threads_and_stream():
    """Expanding at once, on three threads, and in pieces of a megabyte."""
    uid = table()["uid"].to_pylist()
    made = SeriesTable.from_columns(**{name: table()[name] for name in SERIES})
    expected = digest(single()[0])
    for found in ([made.expand(A, B)], [made.expand(A, B, 3)], made.stream(A, B, 1 << 20, 2)):
        columns = [(part.series.tolist(), part.start.tolist(), part.end.tolist()) for part in found]
        rows = chain.from_iterable(zip(*part, strict=True) for part in columns)
        assert expected == digest((uid[row], start, end) for row, start, end in rows)


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_of_a_table(series, threads):
    """`of_table`, on one thread and on three."""
    owners = sorted({owner for owner in table()["owner"].to_pylist() if owner})
    found = of_table(series, A, B, threads=threads)
    assert digest(single()[1]) == digest((owners[block.owner], *map(int, block[1:])) for block in found)


@pytest.mark.parametrize("rows", [97, 1_000, 100_000])
def test_chunks(rows):
    """The functions of a worker, on slices of any size; merged in two steps."""
    batches = table().to_batches(max_chunksize=rows)
    expanded = pyarrow.Table.from_batches(expand_batches(batches, A, B, keep=["uid"]))
    steps = [list(busy_batches([batch], A, B, keep=["uid"], shares=5)) for batch in batches]
    shared = pyarrow.Table.from_batches(chain.from_iterable(steps))
    groups = [shared.filter(pyarrow.compute.equal(shared["share"], share)) for share in range(5)]
    assert_answers(expanded, pyarrow.concat_tables(map(merge_blocks, groups)))
