"""Series in zones: gaps, folds and lengths (readings 7 and 12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Duration, Series

ZURICH = ZoneInfo("Europe/Zurich")
APIA = ZoneInfo("Pacific/Apia")


def utc(*args: int) -> datetime:
    return datetime(*args, tzinfo=UTC)  # type: ignore[arg-type, misc]


def zurich(*args: int, fold: int = 0) -> datetime:
    return datetime(*args, tzinfo=ZURICH, fold=fold)  # type: ignore[arg-type, misc]


def instants(series: Series, a: datetime, b: datetime) -> list[str]:
    return [f"{start.astimezone(UTC):%d %H:%M}" for start in series.between(a, b)]


def test_reading_7_gap() -> None:
    """02:30 on 29 March 2026 does not exist: it is 03:30, or nothing."""
    start = zurich(2026, 3, 28, 2, 30)
    shifted = Series(start, "FREQ=DAILY;COUNT=3")
    assert [start, zurich(2026, 3, 29, 3, 30), zurich(2026, 3, 30, 2, 30)] == list(shifted)
    assert [start, zurich(2026, 3, 30, 2, 30)] == list(Series(start, "FREQ=DAILY;COUNT=3", gap="skip"))


def test_reading_7_fold() -> None:
    """02:30 on 25 October 2026 exists twice: the first, the last, or both."""
    start = zurich(2026, 10, 25, 2, 30)
    first, last = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    # As UTC, for Python holds a repeated time to be unequal to the same instant in another zone (PEP 495).
    for fold, expected in (("first", [first]), ("last", [last]), ("both", [first, last])):
        assert expected == [found.astimezone(UTC) for found in Series(start, fold=fold).take(3)]
    assert [0, 1] == [found.fold for found in Series(start, fold="both").take(3)]


def test_reading_7_equal_instants_count_once_and_in_order() -> None:
    """02:30 and 03:30 are one instant on that morning, and 03:00 comes before the shifted 02:30."""
    rule = "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30"
    series = Series(zurich(2026, 3, 28, 2), rule)
    window = utc(2026, 3, 29), utc(2026, 3, 30)
    assert ["29 01:00", "29 01:30"] == instants(series, *window)
    assert 2 == series.count(*window)
    assert 4 + 2 == series.rank(utc(2026, 3, 29, 12))
    assert utc(2026, 3, 30, 0) == series.nth(6)


def test_reading_12_count_counts_local_times() -> None:
    """COUNT=4 are four local times; a gap that makes two of them equal leaves three instants."""
    series = Series(zurich(2026, 3, 29, 2), "FREQ=DAILY;BYHOUR=2,3;COUNT=4")
    assert [utc(2026, 3, 29, 1), utc(2026, 3, 30, 0), utc(2026, 3, 30, 1)] == list(series)
    assert 3 == series.count()
    assert utc(2026, 3, 30, 1) == series.last() == series.nth(-1)


def test_reading_12_count_comes_before_exdate() -> None:
    """An EXDATE does not make the rule go on."""
    start = zurich(2026, 3, 2, 9)
    assert [start, zurich(2026, 3, 4, 9)] == list(Series(start, "FREQ=DAILY;COUNT=3", exdates=[zurich(2026, 3, 3, 9)]))


def test_a_day_that_never_was() -> None:
    """Samoa left out 30 December 2011: its 09:00 moves by the offset before, to the 31st, and counts once."""
    series = Series(datetime(2011, 12, 29, 9, tzinfo=APIA), "FREQ=DAILY;COUNT=4")
    assert [29, 31, 1] == [start.day for start in series]
    assert 3 == series.count()


def test_dtstart_in_the_second_of_two_hours_is_noted() -> None:
    """DTSTART is read by `fold`, not by its own; that is said where it matters."""
    second = zurich(2026, 10, 25, 2, 30, fold=1)
    (problem,) = Series(second, "FREQ=DAILY").problems
    assert "fold='last'" in problem
    assert () == Series(second, "FREQ=DAILY", fold="last").problems
    assert () == Series(zurich(2026, 10, 26, 2, 30, fold=1), "FREQ=DAILY").problems


@pytest.mark.parametrize(("gap", "fold"), [("shift", "first"), ("shift", "last"), ("skip", "first"), ("shift", "both")])
@given(
    rule=st.sampled_from(
        ["FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=7", "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30", "FREQ=DAILY;COUNT=500"]
    ),
    begin=st.datetimes(datetime(2025, 3, 1), datetime(2025, 11, 1)).map(lambda value: value.replace(microsecond=0)),
    hours=st.integers(0, 9000),
)
def test_counting_agrees_with_listing(gap: str, fold: str, rule: str, begin: datetime, hours: int) -> None:
    """rank, count, nth, after and before against the starts themselves, at any instant, near gaps and folds too."""
    series = Series(begin.replace(minute=0, second=0, tzinfo=ZURICH), rule, gap=gap, fold=fold)
    t = utc(2025, 3, 1) + timedelta(hours=hours, minutes=30 * (hours % 2))
    listed = series.between(utc(2025, 1, 1), t)
    assert len(listed) == series.rank(t) == series.count(utc(2025, 1, 1), t)
    if listed:
        assert listed[-1].astimezone(UTC) == series.before(t).astimezone(UTC)
        assert listed[-1].astimezone(UTC) == series.nth(len(listed) - 1).astimezone(UTC)
    following = series.nth(len(listed))
    assert following == series.after(t - timedelta(seconds=1))
    assert following is None or following >= t


@given(st.integers(0, 400), st.integers(1, 300), st.sampled_from(["FREQ=MINUTELY;INTERVAL=10", "FREQ=HOURLY"]))
def test_windows_fit_together(offset: int, minutes: int, rule: str) -> None:
    """Windows side by side over a gap and a fold give what one window gives: nothing twice, nothing lost."""
    for begin in (utc(2026, 3, 28, 22), utc(2026, 10, 24, 22)):
        series = Series(zurich(2026, 1, 1), rule)
        begin += timedelta(minutes=offset)
        cuts = [begin + timedelta(minutes=minutes * k) for k in range(5)]
        parts = [start for a, b in pairwise(cuts) for start in series.between(a, b)]
        assert series.between(cuts[0], cuts[-1]) == parts


def test_iteration_over_a_gap_in_small_chunks() -> None:
    """after() walks in chunks of one: it must neither repeat nor lose a start where a gap reorders them."""
    series = Series(zurich(2026, 3, 28, 0), "FREQ=MINUTELY;INTERVAL=20")
    window = utc(2026, 3, 28, 22), utc(2026, 3, 29, 5)
    walked, t = [], window[0] - timedelta(seconds=1)
    while (t := series.after(t).astimezone(UTC)) < window[1]:
        walked.append(t)
    assert series.between(*window) == walked


# --- ends -------------------------------------------------------------------------------------------------------------


def test_exact_and_nominal_lengths() -> None:
    """PT24H and P1D over the change to summer time: 24 hours later is 10:00, a day later is 09:00."""
    start = zurich(2026, 3, 28, 9)
    window = utc(2026, 3, 28), utc(2026, 3, 29)

    def end(duration: Duration | timedelta) -> datetime:
        (found,) = Series(start, "FREQ=WEEKLY", duration=duration).overlapping(*window)
        return found.end  # type: ignore[return-value]

    assert zurich(2026, 3, 29, 10) == end(timedelta(days=1)) == end(Duration(seconds=86400))
    assert zurich(2026, 3, 29, 9) == end(Duration(days=1))
    assert zurich(2026, 3, 29, 11) == end(Duration(days=1, seconds=7200))


def test_a_nominal_end_in_a_gap_shifts() -> None:
    """A day after 02:30 on the 28th would be 02:30 on the 29th, which is 03:30."""
    series = Series(zurich(2026, 3, 28, 2, 30), duration=Duration(days=1))
    assert zurich(2026, 3, 29, 3, 30) == series.overlapping(utc(2026, 3, 28), utc(2026, 3, 29))[0].end


def test_what_touches_a_window() -> None:
    """start < b and end > a; no length touches from its start on; nominal days are looked for by the clock."""
    start = zurich(2026, 3, 28, 9)
    hour = timedelta(hours=1)
    for duration in (timedelta(days=1), Duration(days=1)):
        series = Series(start, duration=duration)
        end = series.overlapping(start, start + hour)[0].end
        assert isinstance(end, datetime)
        assert [] == series.overlapping(end, end + hour) == series.overlapping(start - hour, start)
        before = end - timedelta(seconds=1)
        assert 1 == len(series.overlapping(before, end)) == len(series.overlapping(start, start + timedelta(seconds=1)))
    moment = Series(start)
    assert 1 == len(moment.overlapping(start, start + hour))
    assert [] == moment.overlapping(start - hour, start) == moment.overlapping(start + hour, start + 2 * hour)


def test_lengths_of_dates() -> None:
    """A date lasts one day unless it says otherwise, and repeats days."""
    (found,) = Series(date(2026, 3, 28)).overlapping(date(2026, 3, 28), date(2026, 3, 29))
    assert (date(2026, 3, 28), date(2026, 3, 29), None) == (found.start, found.end, found.recurrence_id)
    trip = Series(date(2026, 3, 28), "FREQ=YEARLY", duration=timedelta(days=3))
    assert [date(2027, 3, 28)] == [found.start for found in trip.overlapping(date(2027, 3, 30), date(2027, 3, 31))]
    assert [] == trip.overlapping(date(2027, 3, 31), date(2027, 4, 1))


def test_ends_stop_with_the_calendar() -> None:
    """No end lies behind 9999-12-31T23:59:59, in any zone."""
    for zone in (None, ZURICH, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/New_York")):
        start = datetime(9999, 12, 30, 12, tzinfo=zone)
        for duration in (timedelta(days=9), Duration(days=9)):
            (found,) = Series(start, duration=duration).overlapping(start, start + timedelta(hours=1))
            assert datetime(9999, 12, 31, 23, 59, 59, tzinfo=zone) == found.end
    (found,) = Series(date(9999, 12, 31)).overlapping(date(9999, 12, 30), date(9999, 12, 31)) or [None]
    assert found is None


def test_an_exdate_in_another_object_of_the_zone() -> None:
    """With the last of two hours in force, an EXDATE of that wall time takes it away, whichever ZoneInfo it is in."""
    for zone in (ZURICH, ZoneInfo.no_cache("Europe/Zurich")):
        gone = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
        series = Series(zurich(2026, 10, 24, 2, 30), "FREQ=DAILY;COUNT=3", fold="last", exdates=[gone])
        assert [24, 26] == [start.day for start in series]
