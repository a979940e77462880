"""`of_table` against `merge` over the table's own columns: lines of bits against sorted rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import SeriesTable
from schedcore.bulk._bits import read_fast_words
from schedcore.freebusy import PRECEDENCE, RFC7953, Block, merge, of_table

A, B = datetime(2026, 3, 1, 0, 0, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
RULES = (None, "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;UNTIL=20260315T000000Z",
         "FREQ=HOURLY;INTERVAL=7", "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9,15", "FREQ=MINUTELY;INTERVAL=1000")  # fmt: skip
ZONES = (None, "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "UTC")

rows = st.tuples(
    st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 20)), st.sampled_from(ZONES), st.sampled_from(RULES),
    st.sampled_from([None, "PT0S", "PT15M", "PT45M", "PT9H", "P1D", "P3DT1H", "PT17H"]), st.integers(0, 3),
    st.integers(0, 3),
)  # fmt: skip


def table_of(found, unit: int, owners=None) -> SeriesTable:  # type: ignore[no-untyped-def]
    """Rows as a table; times of day on the unit, in seconds."""
    starts = []
    for start, *_ in found:
        second = (start.hour * 3600 + start.minute * 60 + start.second) // unit * unit
        starts.append(f"{start:%Y%m%d}T{second // 3600:02}{second // 60 % 60:02}{second % 60:02}")
    _, zones, rules, lengths, owner, status = zip(*found, strict=True)
    return SeriesTable.from_columns(
        starts, list(zones), list(lengths), list(rules), owner=owners or list(owner), status=list(status)
    )


def merged(table: SeriesTable, owner, status, a, b, precedence=PRECEDENCE):  # type: ignore[no-untyped-def]
    """By way of columns."""
    found = table.overlapping(a, b)
    lo, hi = int(a.timestamp()), int(b.timestamp())
    start, end = np.clip(found.start, lo, hi), np.clip(found.end, lo, hi)
    return merge(
        np.asarray(owner, np.int64)[found.series], start, end, np.asarray(status, np.int64)[found.series],
        precedence=precedence,
    )  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(rows, min_size=1, max_size=12), st.sampled_from([900, 60, 1]), st.sampled_from([PRECEDENCE, RFC7953]),
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 30)), st.sampled_from([1, 3]),
)  # fmt: skip
def test_blocks_are_those_of_the_columns(found, unit, precedence, a, threads) -> None:  # type: ignore[no-untyped-def]
    """Statuses, zones, changes of the clock, lengths of days, windows that begin within events, coarse and fine."""
    a = a.replace(microsecond=0, tzinfo=UTC)
    owner, status = [row[4] for row in found], [row[5] for row in found]
    table = table_of(found, unit)
    blocks = of_table(table, a, B, precedence=precedence, threads=threads)
    blocks._check()
    assert list(merged(table, owner, status, a, B, precedence)) == list(blocks)


@settings(max_examples=150)
@given(st.lists(rows, min_size=1, max_size=6), st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 30)))
def test_owners_of_one_row(found, a) -> None:  # type: ignore[no-untyped-def]
    """Rows that overlap themselves, touch themselves, begin with DTSTART out of step, or reach over the bounds."""
    a = a.replace(microsecond=0, tzinfo=UTC)
    owner, status = list(range(len(found))), [row[5] for row in found]
    table = table_of(found, 900, owner)
    assert list(merged(table, owner, status, a, B)) == list(of_table(table, a, B))


def assert_both_ways(table: SeriesTable, expected: list[Block]) -> None:
    """The blocks of a table, with the instructions of newer processors, where this one has them, and without."""
    for wanted in (True, False):
        before = read_fast_words(wanted)
        try:
            assert expected == list(of_table(table, A, B))
        finally:
            read_fast_words(before)


@pytest.mark.parametrize("statuses", [[2], [1, 2, 3]])
def test_processors_read_lines_alike(statuses) -> None:  # type: ignore[no-untyped-def]
    """Lines of bits read with the instructions of newer processors, where this one has them, and without."""
    found = [
        (datetime(2025, 12, 1 + row % 28, row % 24, row * 7 % 60), *series, row % 9, statuses[row % len(statuses)])
        for row, series in enumerate(product(ZONES, RULES, ["PT15M", "PT45M", "PT9H", "P1D", "PT17H"]))
    ]
    for unit in (900, 60):
        table = table_of(found, unit)
        assert_both_ways(table, list(merged(table, [row[4] for row in found], [row[5] for row in found], A, B)))


@pytest.mark.parametrize("apart", [1, 2, 3])
def test_as_many_blocks_in_a_word_as_there_is_room_for(apart: int) -> None:
    """Lines on which every second, third or fourth bit is set: 32 blocks begin in a word, or none but for a few."""
    every = f"FREQ=DAILY;BYHOUR={','.join(map(str, range(0, 24, apart)))};BYMINUTE=0,30"
    starts = [datetime(2026, 1, 1, hour) for hour in (0, 1)]
    rules = [every, "FREQ=WEEKLY;BYDAY=TU"]
    table = SeriesTable.from_columns(starts, tzid="UTC", duration=[900, 900], rrule=rules, owner=[0, 0])
    assert_both_ways(table, list(merged(table, [0, 0], [2, 2], A, B)))


@pytest.mark.parametrize("days", ["MO,TU", "MO,FR", "TU,WE,TH", "SA,SU,MO"])
def test_count_of_days_that_lie_unevenly(days: str) -> None:
    """Short windows hold few days of a week, whose gaps say little of how soon COUNT is reached."""
    found = [(datetime(2026, 1, 5 + k % 9, 9), f"FREQ=WEEKLY;BYDAY={days};COUNT={2 + 3 * k}") for k in range(20)]
    starts, rules = [row[0] for row in found], [row[1] for row in found]
    owner = [k // 4 for k in range(20)]
    table = SeriesTable.from_columns(
        starts, tzid="UTC", duration=[1800] * 20, rrule=rules, owner=owner, status=[2] * 20
    )
    for day in range(0, 200, 3):
        a = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(days=day)
        for length in (1, 2, 5, 9):
            b = a + timedelta(days=length)
            assert list(merged(table, owner, [2] * 20, a, b)) == list(of_table(table, a, b))


ENDING = ("FREQ=DAILY;COUNT=9", "FREQ=DAILY;COUNT=500", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=30", "FREQ=WEEKLY;COUNT=100",
          "FREQ=MONTHLY;BYDAY=-1FR;COUNT=12", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=20", "FREQ=YEARLY;COUNT=3",
          "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "FREQ=DAILY;INTERVAL=3;COUNT=900", "FREQ=DAILY;COUNT=99999999",
          "FREQ=WEEKLY;UNTIL=20260301T000000Z", "FREQ=WEEKLY;UNTIL=20260302T000000Z",
          "FREQ=DAILY;UNTIL=20260413T120000Z", "FREQ=DAILY;UNTIL=20260226T235900Z",
          "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=40")  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(2017, 1, 1), datetime(2026, 4, 20)), st.sampled_from(ZONES), st.sampled_from(ENDING),
            st.sampled_from(["PT15M", "PT9H", "PT16H", "P2D"]), st.integers(0, 1), st.integers(1, 3),
        ),
        min_size=2, max_size=10,
    )
)  # fmt: skip
def test_rows_that_end(found) -> None:  # type: ignore[no-untyped-def]
    """Rows that COUNT or UNTIL ends before, in or after the window: told apart without looking where they end."""
    owner, status = [row[4] for row in found], [row[5] for row in found]
    table = table_of(found, 900)
    assert list(merged(table, owner, status, A, B)) == list(of_table(table, A, B))


def test_columns_are_made_once() -> None:
    """Owners and statuses are made when they are asked for, and are the same columns from then on."""
    found = of_table(SeriesTable.from_columns(["20260301T000000Z"], duration=[3600], owner=[7], status=[3]), A, B)
    assert found.owner is found.owner and found.status is found.status
    assert (found.owner.tolist(), found.status.tolist()) == ([7], [3])


@pytest.mark.parametrize("spread", [1, 7, 10**15])
def test_owners_in_any_order(spread: int) -> None:
    """Owners of a small and of a huge range, of many rows each, drawn and in order."""
    rng = np.random.default_rng(spread)
    owner = (rng.integers(0, 40, 500) * spread).tolist()
    status = [2] * 500
    found = [(datetime(2026, 1, 1 + i % 28, i % 24), ZONES[i % 5], RULES[i % 8], "PT45M", 0, 2) for i in range(500)]
    table = table_of(found, 900, owner)
    for threads in (1, 2, 7):
        assert list(merged(table, owner, status, A, B)) == list(of_table(table, A, B, threads=threads))


def test_nothing_to_say() -> None:
    """No rows, an empty window, only free rows."""
    assert 0 == len(of_table(SeriesTable.from_columns([]), A, B))
    table = SeriesTable.from_columns(["20260301T000000Z"] * 2, duration=[3600, 3600], status=[0, 2])
    assert 0 == len(of_table(table, A, A))
    assert 1 == len(of_table(table, A, B))
