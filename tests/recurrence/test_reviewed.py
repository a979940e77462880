"""What a second pair of eyes found: each was wrong once."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy
import pytest

from schedcore import Limits, Override, Series
from schedcore._stream import Stream
from schedcore._zone import ZoneTable
from schedcore.errors import LimitExceeded, SeriesError
from schedcore.recurrence import Rule

ZURICH = ZoneInfo("Europe/Zurich")


def test_threads_ask_one_series() -> None:
    """Eight threads look at the same clock changes at once, and each has the same answer as a series of its own."""
    far = datetime(2060, 1, 1, tzinfo=ZURICH)
    for _ in range(5):
        series = Series(datetime(2000, 1, 1, tzinfo=ZURICH), "FREQ=SECONDLY;INTERVAL=2")
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(series.rank, [far] * 8))
        fresh = Series(datetime(2000, 1, 1, tzinfo=ZURICH), "FREQ=SECONDLY;INTERVAL=2")
        assert [fresh.rank(far)] * 8 == got


@pytest.mark.parametrize("day", range(24, 32))
def test_ranks_are_negative_before_1970(day: int) -> None:
    """A cycle counts from 1970 on, so that -1 and -2 are ranks like any other."""
    series = Series(datetime(1969, 12, day, 9), "FREQ=HOURLY;BYHOUR=9,17;COUNT=9")
    assert 2 == series.rank(datetime(1969, 12, day, 9) + timedelta(days=1))
    assert 2 == len(series.between(datetime(1969, 12, day, 17), datetime(1969, 12, day, 17) + timedelta(hours=20)))


def test_a_column_is_the_callers_own() -> None:
    """Writing into an answer changes no series."""
    days = [datetime(2026, 1, 2), datetime(2026, 1, 3)]
    series = Series(datetime(2026, 1, 1), rdates=days)
    series.starts(datetime(2026, 1, 1), datetime(2027, 1, 1))[:] = 0
    assert [datetime(2026, 1, 1), *days] == series.take(3)


def test_before_within_a_repeated_hour() -> None:
    """02:30 came the first time round before 02:10 came the second time."""
    series = Series(datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH), "FREQ=DAILY")
    found = series.before(datetime(2026, 10, 25, 2, 10, tzinfo=ZURICH, fold=1))
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == found.astimezone(UTC)


def test_what_reaches_into_a_window_counts_too() -> None:
    series = Series(
        datetime(2000, 1, 1), "FREQ=SECONDLY", duration=timedelta(hours=1), limits=Limits(max_occurrences=1000)
    )
    with pytest.raises(LimitExceeded, match="max_occurrences=1000"):
        series.overlapping(datetime(2001, 1, 1), datetime(2001, 1, 1, 0, 0, 1))


def test_what_an_override_made_longer_reaches_in_too() -> None:
    """RANGE=THISANDFUTURE makes all instances an hour long: the limit counts those that began before the window."""
    start = datetime(2000, 1, 1)
    longer = Override(start, duration=timedelta(hours=1), this_and_future=True)
    limits = Limits(max_occurrences=1000)
    series = Series(start, "FREQ=SECONDLY", duration=timedelta(seconds=1), overrides=[longer], limits=limits)
    with pytest.raises(LimitExceeded, match="max_occurrences=1000"):
        series.overlapping(datetime(2001, 1, 1), datetime(2001, 1, 1, 0, 0, 1))


@pytest.mark.parametrize("limits", [5, "1000", {"max_occurrences": 5}])
def test_limits_are_limits(limits: object) -> None:
    """Said when the series is made, not at its first question."""
    with pytest.raises(SeriesError, match="limits="):
        Series(datetime(2026, 1, 1), "FREQ=DAILY", limits=limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1.5, "x", None])
def test_a_number_is_a_whole_number(number: object) -> None:
    with pytest.raises(SeriesError, match="whole number"):
        Series(datetime(2026, 1, 1), "FREQ=DAILY").nth(number)  # type: ignore[arg-type]


def test_a_pickle_is_of_its_own_class() -> None:
    """A subclass comes back as what it was."""
    again = pickle.loads(pickle.dumps(Lesson(datetime(2026, 1, 1), "FREQ=DAILY")))
    assert (Lesson, datetime(2026, 1, 3)) == (type(again), again.nth(2))


class Lesson(Series):
    """A series under another name."""


def test_one_instant_in_two_zones_is_not_one_series() -> None:
    zoned = Series(datetime(2026, 1, 1, 9, tzinfo=ZURICH), "FREQ=DAILY")
    assert zoned != Series(datetime(2026, 1, 1, 8, tzinfo=UTC), "FREQ=DAILY")
    assert zoned == Series(datetime(2026, 1, 1, 9, tzinfo=ZURICH), "FREQ=DAILY")


def test_looking_back_is_limited() -> None:
    hours = ",".join(map(str, range(24)))
    series = Series(
        datetime(2000, 1, 1),
        "FREQ=SECONDLY",
        exrules=f"FREQ=SECONDLY;BYHOUR={hours}",
        include_dtstart=False,
        limits=Limits(max_walked=100_000),
    )
    with pytest.raises(LimitExceeded, match="max_walked=100000"):
        series.before(datetime(2010, 1, 1))


@pytest.mark.parametrize("include_dtstart", [True, False])
def test_changes_of_the_clock_that_overlap(include_dtstart: bool) -> None:
    """Zones made by hand: several jumps in one stretch of local time count as they are listed."""
    times = [386233, 386293, 386353, 426353, 428153, 431753, 438953, 440753]
    table = ZoneTable(3600, times, [1800, 5400, 3600, 90, 1800, 5400, 1800, -3600])
    plan = Rule.parse("FREQ=MINUTELY;INTERVAL=59")._compile().at(351898, include_dtstart, None)
    listed = Stream(plan, table, 0, 2, None).starts(0, 505345).tolist()
    assert list(range(len(listed))) == [Stream(plan, table, 0, 2, None).rank(key) for key in listed]
    assert listed == [Stream(plan, table, 0, 2, None).nth(k) for k in range(len(listed))]


def test_pages_beside_changes_that_overlap() -> None:
    table = ZoneTable(0, [125750, 127550, 127551, 167551, 171151], [3600, 3600, 0, 0, 7200])
    stream = Stream(Rule.parse("FREQ=MINUTELY;INTERVAL=30")._compile().at(-68044, False, None), table, 1, 2, None)
    paged, key = [], 31956
    while key < 431956:
        column, key = stream.page(key, 431956, 2)
        paged += column.tolist()
    assert stream.starts(31956, 431956).tolist() == paged


def test_arguments_of_other_kinds_than_tuples() -> None:
    """The plain case is told by type, so that a numpy array of dates is no riddle, nor a limit without bounds."""
    extra = numpy.array([datetime(2026, 1, 1, 12), datetime(2026, 1, 2, 12)], dtype=object)
    window = datetime(2026, 1, 1), datetime(2026, 1, 3)
    assert 4 == len(Series(datetime(2026, 1, 1), "FREQ=DAILY", rdates=extra).between(*window))
    limits = Limits(max_occurrences=10**30)
    assert 2 == len(Series(datetime(2026, 1, 1), "FREQ=DAILY", limits=limits).between(*window))
    assert [2] == [len(chunk) for chunk in Series(datetime(2026, 1, 1), "FREQ=DAILY").chunks(*window, 10**30)]
