"""ZoneTable on tables made by hand, closer to each other than any real zone's, against the twin that walks them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore._column import column_of
from schedcore._zone import ZoneTable, dates, local_seconds, naive_datetimes, utc_seconds
from schedcore.errors import InvalidValue, ZoneError
from schedcore.zones import FOLDS, GAPS, zone_of
from zones import twin

DAY = 86400
CHOICES = [(gap, fold) for gap in GAPS.values() for fold in FOLDS.values()]
offsets = st.integers(-30, 30)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    """A first offset and up to six transitions within a few minutes, so that their gaps and folds overlap."""
    times = draw(st.lists(st.integers(-100, 100), max_size=6, unique=True).map(sorted))
    return draw(offsets), times, draw(st.lists(offsets, min_size=len(times), max_size=len(times)))


@given(tables(), st.sets(st.integers(-180, 180), max_size=60))
def test_columns_of_hand_made_tables(table: tuple[int, list[int], list[int]], column: set[int]) -> None:
    """Every choice, with stretches that overlap: gaps within folds, three instants of one local time."""
    made, instants = ZoneTable(*table), twin.ask_segments(*table)
    made._check()  # type: ignore[attr-defined]
    for gap, fold in CHOICES:
        expected = twin.to_utc(column, instants, gap, fold)
        assert expected == made.to_utc(column_of(sorted(column)), gap, fold).tolist()
        for local in column:
            single = [*twin.chosen(*instants(local), gap, fold), None][0]
            assert single == made.utc_of(local, gap, fold)


@given(tables(), st.integers(-200, 200), st.integers(0, 60))
def test_local_window_is_the_smallest(table: tuple[int, list[int], list[int]], start: int, length: int) -> None:
    """It holds each local time that any choice sends into [a, b), and begins and ends with such a time.

    Where gaps and folds overlap it may be wider: a local time that one jump leaves out, another may show.
    """
    made, instants = ZoneTable(*table), twin.ask_segments(*table)
    within = [
        local
        for local in range(start - 100, start + length + 100)
        if any(start <= utc < start + length for utc in twin.chosen(*instants(local), twin.SHIFT, twin.BOTH))
    ]
    low, high = made.local_window(start, start + length)
    jumps = [(at + min(jump), at + max(jump)) for at, *jump in made_jumps(*table)]
    if all(end <= begin for (_, end), (begin, _) in pairwise(jumps)):
        assert (within[0], within[-1] + 1) == (low, high) if within else low == high
    elif within:
        assert low <= within[0] and within[-1] < high


def made_jumps(first: int, times: list[int], offsets: list[int]) -> list[tuple[int, int, int]]:
    """(instant, before, after) of each transition."""
    return list(zip(times, [first, *offsets], offsets, strict=False))


@given(tables(), st.lists(st.integers(-200, 200), max_size=30))
def test_datetimes_know_the_second_of_a_repeated_time(table: tuple[int, list[int], list[int]], utcs: list[int]) -> None:
    """fold is 1 if an earlier instant shows the same local time; the column need not be sorted."""
    made, instants = ZoneTable(*table), twin.ask_segments(*table)
    for utc, value in zip(utcs, made.datetimes(column_of(utcs), None), strict=True):
        local = utc + made.offset_at(utc)
        assert (local, utc > instants(local)[0][0]) == (local_seconds(value), bool(value.fold))


@given(tables(), st.integers(-150, 150), st.integers(-150, 150))
def test_gaps_of_hand_made_tables(table: tuple[int, list[int], list[int]], a: int, b: int) -> None:
    """Forward transitions in [a, b), names of the time that change alone left out."""
    changes = made_jumps(*table)
    assert [change for change in changes if a <= change[0] < b and change[1] < change[2]] == ZoneTable(*table).gaps(
        a, b
    )


def test_a_gap_makes_instants_equal_once() -> None:
    """Zurich, 2026-03-29: 02:30 moves to 03:30, where another already is, and 02:45 behind 03:00."""
    table = zone_of("Europe/Zurich").table
    times = [datetime(2026, 3, 29, 1, 59), *(datetime(2026, 3, 29, h, m) for h in (2, 3) for m in (0, 30, 45))]
    column = [local_seconds(value) for value in times]
    utc = table.datetimes(table.to_utc(column_of(column)), ZoneInfo("Europe/Zurich"))
    assert ["01:59", "03:00", "03:30", "03:45"] == [value.strftime("%H:%M") for value in utc]
    utc = table.datetimes(table.to_utc(column_of([*column[:4], column[5]])), ZoneInfo("Europe/Zurich"))
    assert ["01:59", "03:00", "03:30", "03:45"] == [value.strftime("%H:%M") for value in utc]


def test_a_day_that_never_was() -> None:
    """Apia skipped 2011-12-30: a daily meeting moves onto the 31st and counts once, or is dropped."""
    table = zone_of("Pacific/Apia").table
    column = [local_seconds(datetime(2011, 12, day, 9)) for day in (28, 29, 30, 31)]
    expected = [utc_seconds(datetime(2011, 12, day, 19, tzinfo=UTC)) for day in (28, 29, 30)]
    assert expected == table.to_utc(column_of(column)).tolist()
    assert expected == table.to_utc(column_of(column), GAPS["skip"]).tolist()
    assert table.utc_of(column[2], GAPS["skip"]) is None


def test_dense_columns_across_a_gap_and_a_fold() -> None:
    """One value a second over both, more than insertion sort takes, against the twin."""
    table, tz = zone_of("Australia/Lord_Howe").table, ZoneInfo("Australia/Lord_Howe")
    for at in (1759590000, 1775314800):  # 2025-10-04T15:00Z half an hour forward, 2026-04-04T15:00Z back
        column = list(range(at + 34000, at + 45000, 7))
        for gap, fold in CHOICES:
            expected = twin.to_utc(column, twin.ask_zoneinfo(tz), gap, fold)
            assert expected == table.to_utc(column_of(column), gap, fold).tolist()


def test_to_utc_keeps_its_hands_off_a_buffer_in_use() -> None:
    """In place only when nobody looks."""
    column = column_of([0, 10])
    with memoryview(column) as seen:
        out = ZoneTable(10).to_utc(column)
        assert [0, 10] == seen.tolist() and [-10, 0] == out.tolist()
    assert ZoneTable(10).to_utc(column) is column


def test_empty_columns() -> None:
    """Nothing in, nothing out."""
    table = ZoneTable(0, [5], [3])
    for gap, fold in CHOICES:
        assert [] == table.to_utc(column_of([]), gap, fold).tolist()
    assert [] == table.to_local(column_of([])).tolist() == table.datetimes(column_of([]), UTC)


def test_the_ends_of_time() -> None:
    """The day before year 1 and after year 9999 convert; a datetime beyond is refused and named."""
    table = zone_of("America/New_York").table
    low, high = local_seconds(date(1, 1, 1)), local_seconds(date(9999, 12, 31)) + DAY - 1
    for local in (low, high):
        utc = table.utc_of(local)
        assert utc is not None and [local] == table.to_local(column_of([utc])).tolist()
    assert low - DAY + 3600 == ZoneTable(-3600).utc_of(low - DAY)
    with pytest.raises(InvalidValue, match=f"{high + 1} seconds since 1970 is outside of years 1 to 9999"):
        naive_datetimes(column_of([high + 1]))
    with pytest.raises(InvalidValue, match="outside of years 1 to 9999"):
        table.datetimes(column_of([low]), UTC)
    with pytest.raises(InvalidValue, match=str(low - 1)):
        dates(column_of([low - 1]))
    assert [date(1, 1, 1), date(9999, 12, 31)] == dates(column_of([low, high]))


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1])
def test_extremes_of_int64(value: int) -> None:
    """Windows may be open; a time there is an error that names it."""
    table = zone_of("Europe/Zurich").table
    low, high = table.local_window(min(0, value), max(0, value))
    assert low <= min(3600, value // 16) and high >= max(3600, value // 16)
    assert [] == table.gaps(0, -(2**63)) and table.gaps(-(2**63), 2**63)
    for ask in (table.utc_of, table.offset_at):
        with pytest.raises(InvalidValue, match=str(value)):
            ask(value)
    for convert in (table.to_utc, table.to_local):
        with pytest.raises(InvalidValue, match=str(value)):
            convert(column_of([value]))


def test_gaps_go_on_to_year_9999() -> None:
    """One a year, cycles of 400 years included, and each at the same time of the calendar as zoneinfo has it."""
    found = zone_of("Europe/Zurich").table.gaps(local_seconds(date(2026, 1, 1)), 2**62)
    assert list(range(2026, 10_000)) == [value.year for value in naive_datetimes(column_of([at for at, _, _ in found]))]
    assert {(3600, 7200)} == {(before, after) for _, before, after in found}


def test_threads_share_a_table() -> None:
    """Columns convert without the GIL, and to the same answers."""
    table = zone_of("Europe/Zurich").table
    column = range(0, 2 * 10**9, 9999)
    expected = table.to_utc(column_of(column)).tolist()
    with ThreadPoolExecutor(4) as pool:
        assert all(out.tolist() == expected for out in pool.map(table.to_utc, [column_of(column) for _ in range(8)]))


def test_seconds_of_datetimes() -> None:
    """Walls ignore the zone; instants obey it, its fold and its fractions."""
    value = datetime(2026, 10, 25, 2, 30, 0, 5, tzinfo=ZoneInfo("Europe/Zurich"))
    assert (
        local_seconds(value)
        == local_seconds(value.replace(tzinfo=None))
        == local_seconds(datetime(2026, 10, 25, 2, 30))
    )
    assert 3600 == utc_seconds(value.replace(fold=1)) - utc_seconds(value)
    assert 1 == utc_seconds(value, up=True) - utc_seconds(value)
    assert 0 == utc_seconds(value.replace(microsecond=0), up=True) - utc_seconds(value.replace(microsecond=0))
    odd = datetime(1970, 1, 1, tzinfo=timezone(timedelta(microseconds=1)))
    assert (-1, 0) == (utc_seconds(odd), utc_seconds(odd, up=True))
    for _ in range(50):
        utc = random.Random(_).randrange(-(10**10), 10**11)
        assert utc == utc_seconds(datetime.fromtimestamp(0, UTC) + timedelta(seconds=utc))


@pytest.mark.parametrize("value", [None, 5, "2026-01-01", timedelta(1)])
def test_seconds_of_what_is_not_a_date(value: object) -> None:
    with pytest.raises(InvalidValue, match="is not a date"):
        local_seconds(value)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="is not an instant"):
        utc_seconds(value)  # type: ignore[arg-type]


def test_naive_datetimes_are_no_instants() -> None:
    with pytest.raises(InvalidValue, match="has no zone"):
        utc_seconds(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((DAY,), "offset of 86400 seconds"),
        ((0, [5], [-DAY]), "offset of -86400 seconds"),
        ((0, [5, 5], [1, 2]), "transition 1 at 5 is not behind"),
        ((0, [5], []), "1 transitions with 0 offsets"),
        ((0, [2**64], [0]), "transition 0 at 18446744073709551616"),
        ((0, [], [], (1, 2, 3)), "a tail of 3 numbers"),
    ],
)
def test_tables_that_cannot_be(arguments: tuple[object, ...], named: str) -> None:
    with pytest.raises(ZoneError, match=named):
        ZoneTable(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("gap", "fold"), [(2, 0), (-1, 0), (0, 3), (0, -1)])
def test_choices_that_cannot_be(gap: int, fold: int) -> None:
    with pytest.raises(InvalidValue, match="give 0"):
        ZoneTable(0).to_utc(column_of([1]), gap, fold)
