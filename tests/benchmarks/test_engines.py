"""Answers are compared before anything is timed."""

from datetime import datetime

import pytest

from benchmarks.engines import Dateutil, Schedcore, same
from benchmarks.tables import agree, counts, nearer
from benchmarks.workloads import Workload, distances

ZONED = Workload("w", "FREQ=DAILY;COUNT=3", datetime(2026, 3, 28, 9), "Europe/Zurich")


def test_both_engines_give_utc_seconds_in_a_zone():
    """Across the change of the clocks on 29 March 2026."""
    expected = [1774684800, 1774767600, 1774854000]
    assert expected == Dateutil().answer(ZONED)
    assert expected == Schedcore().answer(ZONED)
    assert expected == Dateutil().listing(ZONED)()
    assert expected == Schedcore().column(ZONED)().tolist()


def test_a_window_is_half_open_for_both():
    """dateutil's own windows include both ends."""
    window = datetime(2026, 1, 1), datetime(2026, 1, 3)
    w = Workload("w", "FREQ=DAILY", datetime(2026, 1, 1), None, window)
    assert 2 == len(Dateutil().answer(w)) == len(Schedcore().answer(w))
    assert Dateutil().ask(w)() == Schedcore().ask(w)() == Schedcore().objects(w)()


def test_a_difference_is_said_in_one_line():
    """How many, or the first that is another."""
    assert "" == same([1, 2], [1, 2])
    assert "gives 1 occurrences, not 2" == same([1, 2], [1])
    assert "gives 1970-01-01T00:00:03 as number 1, not 1970-01-01T00:00:02" == same([1, 2], [1, 3])


def test_nothing_is_timed_that_differs():
    """The harness stops instead."""
    with pytest.raises(AssertionError, match="daily: schedcore gives 1 occurrences, not 2"):
        agree("daily", [1, 2], [1])


def test_far_answers_are_checked_by_other_means():
    """dateutil's a year away, whole cycles of the calendar further on."""
    _, away = distances()[0]
    assert [1, 60, 2000, 7000] == list(away)
    for years, w in away.items():
        assert nearer(w, years) == Schedcore().answer(w)


def test_counts_are_right():
    """What `count` times, once."""
    for ask, answer in counts().values():
        assert answer == ask()
