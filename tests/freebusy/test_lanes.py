"""Lanes: at most five side by side, and how many more there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.errors import ColumnError, InvalidValue
from schedcore.freebusy import Lanes, More, lanes

events = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=30)


def laid(rows: list[tuple[int, int]], most: int) -> Lanes:
    return lanes([start for start, _ in rows], [start + length for start, length in rows], most=most)


@given(events, st.integers(1, 6))
def test_no_two_in_one_place(rows: list[tuple[int, int]], most: int) -> None:
    """At every second: nobody shares a lane, nobody is hidden while a lane was free at their start."""
    found = laid(rows, most)
    more = {second: each.events for each in found.more for second in range(each.start, each.end)}
    for second in range(60):
        here = [row for row, (start, length) in enumerate(rows) if start <= second < start + max(length, 1)]
        shown = [found.lane[row] for row in here if found.lane[row] >= 0]
        assert len(shown) == len(set(shown)) <= most
        assert len(here) - len(shown) == more.get(second, 0)
        for row in here:
            if found.lane[row] < 0 and rows[row][0] == second:
                assert most == len(shown)


@given(events, st.integers(1, 6))
def test_widths(rows: list[tuple[int, int]], most: int) -> None:
    """Events that overlap are equally wide, and as wide as the lanes that they need."""
    found = laid(rows, most)
    for row, (start, length) in enumerate(rows):
        assert found.lane[row] < found.width[row] <= most
        for other, (begin, span) in enumerate(rows):
            if start < begin + max(span, 1) and begin < start + max(length, 1):
                assert found.width[row] == found.width[other]


def test_seven_at_once() -> None:
    """Rule R9: five are drawn and two counted, for as long as they last."""
    found = lanes([0] * 7, [60, 60, 60, 60, 60, 30, 20])
    assert [0, 1, 2, 3, 4, -1, -1] == found.lane
    assert [More(0, 20, 2), More(20, 30, 1)] == found.more
    assert {5} == set(found.width)


def test_back_to_back_is_one_lane() -> None:
    assert ([0, 0, 0], [1, 1, 1], []) == ((found := lanes([0, 10, 20], [10, 20, 30])).lane, found.width, found.more)


def test_the_longer_comes_first() -> None:
    assert [1, 0] == lanes([0, 0], [10, 20]).lane


def test_columns() -> None:
    """NumPy's times are columns too; nothing gives nothing."""
    day = np.array(["2026-01-01T09:00", "2026-01-01T09:30"], "datetime64[s]")
    assert [0, 1] == lanes(day, day + np.timedelta64(3600, "s")).lane
    assert Lanes([], [], []) == lanes([], [])


def test_refused() -> None:
    with pytest.raises(InvalidValue, match="most=0: give 1 lane or more"):
        lanes([0], [1], most=0)
    with pytest.raises(ColumnError, match="end: 2 rows, but start has 1"):
        lanes([0], [1, 2])
    with pytest.raises(ColumnError, match="row 0 ends at 0, before its start 5"):
        lanes([5], [0])
