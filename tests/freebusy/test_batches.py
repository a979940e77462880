"""Busy blocks in two steps: whatever is where, they are those of one table."""

from __future__ import annotations

import random
import zlib
from decimal import Decimal
from itertools import pairwise

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import SeriesTable
from schedcore.errors import ColumnError, InvalidValue
from schedcore.freebusy import RFC7953, of_table
from schedcore.freebusy.batches import busy_batches, merge_blocks

A, B = 1_782_864_000, 1_782_864_000 + 4 * 86_400  # 1 July 2026, four days
OWNERS = ["ann", "bob", "ann ", "", "Łukasz"]

rows_drawn = st.lists(
    st.tuples(
        st.sampled_from(range(len(OWNERS))),
        st.integers(A - 86_400, B).map(lambda at: at // 900 * 900),
        st.sampled_from([0, 900, 3600, 90_000]),
        st.sampled_from([None, "FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5;COUNT=9"]),
        st.sampled_from([None, 0, 1, 2, 3]),
    ),
    min_size=1,
    max_size=12,
)


def table_of(rows, owners=OWNERS) -> pyarrow.Table:
    """Drawn rows as columns."""
    owner, dtstart, duration, rrule, status = zip(*rows, strict=True)
    return pyarrow.table(
        {
            "owner": [owners[number] for number in owner],
            "dtstart": dtstart,
            "duration": duration,
            "rrule": pyarrow.array(rrule, pyarrow.string()),
            "status": pyarrow.array(status, pyarrow.int64()),
        }
    )


def expected(rows, **more) -> list[tuple[object, ...]]:
    """What one table gives, in order."""
    owner, dtstart, duration, rrule, status = map(list, zip(*rows, strict=True))
    table = SeriesTable.from_columns(dtstart, duration=duration, rrule=rrule, status=status, owner=owner, kind="utc")
    return sorted((OWNERS[block.owner], *map(int, block[1:])) for block in of_table(table, A, B, **more))


def shown(table: pyarrow.Table) -> list[tuple[object, ...]]:
    """Blocks, in order."""
    names = ("owner", "start", "end", "status")
    return sorted(zip(*(table[name].to_pylist() for name in names), strict=True))


@given(rows_drawn, st.integers(1, 5), st.integers(1, 4), st.randoms(use_true_random=False))
def test_two_steps_are_one(rows, size, shares, chance: random.Random):
    """Rows cut anywhere, workers in any order, owners dealt out: the blocks of one table, each owner in one share."""
    batches = table_of(rows).to_batches(max_chunksize=size)
    parts = [part for batch in batches for part in busy_batches([batch], A, B, kind="utc", shares=shares)]
    chance.shuffle(parts)
    dealt = pyarrow.Table.from_batches(parts)
    found = []
    for share in range(shares):
        group = merge_blocks(dealt.filter(pyarrow.compute.equal(dealt["share"], share)))
        starts = list(zip(group["owner"].to_pylist(), group["start"].to_pylist(), strict=True))
        assert len(set(starts)) == len(starts)
        for before, after in pairwise(starts):
            assert before[0] != after[0] or before[1] < after[1]
        found += shown(group)
    assert expected(rows) == sorted(found)


def test_another_precedence():
    """Both steps by the same one."""
    rows = [(0, A, 3600, None, 2), (0, A, 3600, None, 1), (0, A, 7200, None, 3)]
    found = merge_blocks(busy_batches([table_of(rows)], A, B, kind="utc", precedence=RFC7953), precedence=RFC7953)
    assert expected(rows, precedence=RFC7953) == shown(found) != expected(rows)


@pytest.mark.parametrize(
    ("kind", "owners"),
    [
        (pyarrow.int32(), [-5, 7]),
        (pyarrow.uint64(), [2**64 - 1, 0]),
        (pyarrow.large_string(), ["a", "b"]),
        (pyarrow.binary(16), [b"\x00" * 16, b"\xff" * 16]),
        (pyarrow.decimal128(38, 0), [Decimal(10**30), Decimal(0)]),
        (pyarrow.date32(), None),
        (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), ["a", "b"]),
    ],
    ids=str,
)
def test_owners_of_any_type(kind, owners):
    """They come back as what they were; of a dictionary, its values."""
    owner = pyarrow.array(owners or [0, 1], kind) if owners else pyarrow.array([0, 1], pyarrow.int32()).cast(kind)
    table = pyarrow.table({"owner": owner, "dtstart": [A, A], "duration": [60, 60]})
    found = merge_blocks(busy_batches([table], A, B, kind="utc"))
    assert (kind.value_type if pyarrow.types.is_dictionary(kind) else kind) == found.schema.field("owner").type
    assert sorted(owner.to_pylist()) == sorted(found["owner"].to_pylist())


def test_a_share_is_the_same_everywhere():
    """Python's hashes differ from process to process; these do not, and all shares are used."""
    table = pyarrow.table({"owner": [f"person-{n}" for n in range(64)], "dtstart": [A] * 64, "duration": [60] * 64})
    (found,) = busy_batches([table], A, B, kind="utc", shares=4)
    shares = dict(zip(found["owner"].to_pylist(), found["share"].to_pylist(), strict=True))
    assert (2, 0, 2) == (shares["person-0"], shares["person-1"], shares["person-2"])
    assert all(share == zlib.crc32(owner.encode()) % 4 for owner, share in shares.items())
    assert {0, 1, 2, 3} == set(shares.values())


def test_problems_pass_through_both_steps():
    """With the owner, where there is one, and what was kept of the row; and they hide no block of the same owner."""
    table = pyarrow.table(
        {
            "uid": [1, 2, 3, 4],
            "owner": ["ann", None, "ann", "bob"],
            "dtstart": ["20260701T090000Z", "20260701T090000Z", "soon", None],
            "duration": ["PT1H"] * 4,
        }
    )
    found = merge_blocks(busy_batches([table], A, B, keep=["uid"], shares=1)).to_pylist()
    assert {"owner": "ann", "start": A + 32_400, "end": A + 36_000, "status": 2, "problem": None, "uid": None} == found[
        0
    ]
    told = [(row["uid"], row["owner"], row["start"], row["problem"].split(":")[0]) for row in found[1:]]
    expected = [(2, None, None, "owner None"), (3, "ann", None, "dtstart 'soon'"), (4, "bob", None, "dtstart None")]
    assert expected == sorted(told)


def test_nothing():
    """No rows, and rows that say nothing: an answer without rows, with its columns."""
    empty = table_of([(0, A, 0, None, None)]).schema.empty_table()
    found = merge_blocks(busy_batches([empty], A, B, keep=["rrule"]))
    assert (0, ["owner", "start", "end", "status", "problem", "rrule"]) == (len(found), found.schema.names)
    (part,) = busy_batches([empty], A, B)
    nothing = pyarrow.table({field.name: pyarrow.nulls(1, field.type) for field in part.schema})
    assert 0 == len(merge_blocks(nothing))
    with pytest.raises(InvalidValue, match="no batches"):
        merge_blocks([])


@pytest.mark.parametrize(
    ("columns", "more", "error", "text"),
    [
        ({"dtstart": ["20260701"]}, {}, ColumnError, "no column owner"),
        ({"dtstart": ["20260701"], "owner": [1.0]}, {}, ColumnError, "owner: a column of double"),
        ({"dtstart": ["20260701"], "owner": [[1]]}, {}, ColumnError, "owner: a column of list"),
        ({"dtstart": ["20260701"], "owner": [1]}, {"keep": ["owner"]}, InvalidValue, "'owner' would be .* twice"),
        ({"dtstart": ["20260701"], "owner": [1]}, {"shares": 0}, InvalidValue, "shares=0: give 1 or more"),
        ({"dtstart": ["20260701"], "owner": [1]}, {"kind": "zoned"}, InvalidValue, "kind='zoned'"),
    ],
)
def test_what_cannot_be_asked(columns, more, error, text):
    """Said by name."""
    with pytest.raises(error, match=text):
        list(busy_batches([pyarrow.record_batch(columns)], A, B, **more))
