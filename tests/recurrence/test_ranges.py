"""Overrides of this and all later instances, beside a twin that moves each instance by itself."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import Duration, Override, Series
from schedcore.errors import SeriesError

ZURICH = ZoneInfo("Europe/Zurich")
HOUR = timedelta(hours=1)


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[arg-type, misc]


def onwards(named: date, start: date | None = None, **more: object) -> Override:
    return Override(named, start, this_and_future=True, **more)  # type: ignore[arg-type]


def weekly(*overrides: Override, rule: str = "FREQ=WEEKLY;COUNT=8", **more: object) -> Series:
    return Series(zurich(2026, 3, 2, 9), rule, duration=HOUR, overrides=overrides, **more)  # type: ignore[arg-type]


def shown(series: Series) -> list[str]:
    found = series.overlapping(zurich(2026, 1, 1), zurich(2027, 1, 1))
    return [f"{one.start:%m-%d %H:%M}-{one.end:%H:%M}" for one in found]


def test_all_later_instances_move_on_the_wall_clock() -> None:
    """By two hours and a day, in winter and in summer; each says which instance it was."""
    series = weekly(onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 17, 11), event="new"))
    assert [
        "03-02 09:00-10:00",
        "03-09 09:00-10:00",
        "03-17 11:00-12:00",
        "03-24 11:00-12:00",
        "03-31 11:00-12:00",
        "04-07 11:00-12:00",
        "04-14 11:00-12:00",
        "04-21 11:00-12:00",
    ] == shown(series)
    found = series.overlapping(zurich(2026, 3, 9), zurich(2026, 4, 1))
    assert [(9, None), (16, "new"), (23, "new"), (30, "new")] == [
        (one.recurrence_id.day, one.event) for one in found if one.recurrence_id is not None
    ]
    assert (8, False) == (series.count(), series.is_infinite)
    assert zurich(2026, 4, 21, 11) == series.last() == series.nth(7) == series.before(zurich(2027, 1, 1))
    assert zurich(2026, 3, 17, 11) == series.after(zurich(2026, 3, 9, 9)) == series.nth(2)


def test_all_later_instances_have_the_new_length() -> None:
    """Exact or nominal, as it was given; an override without one leaves each as long as it was."""
    (*_, last) = weekly(onwards(zurich(2026, 3, 16, 9), duration=2 * HOUR)).overlapping(
        zurich(2026, 4, 1), zurich(2027, 1, 1)
    )
    assert last.start + 2 * HOUR == last.end
    by_end = weekly(onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 8), end=zurich(2026, 3, 16, 8, 30)))
    assert ["04-20 08:00-08:30"] == shown(by_end)[-1:]
    nominal = weekly(onwards(zurich(2026, 3, 16, 9), duration=Duration(days=1)), rule="FREQ=DAILY")
    (over_the_change,) = nominal.overlapping(zurich(2026, 3, 28, 10), zurich(2026, 3, 29))
    assert zurich(2026, 3, 29, 9) == over_the_change.end
    period = weekly(
        onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 10)),
        rdates=[(zurich(2026, 4, 1, 9), 3 * HOUR)],
    )
    assert "04-01 10:00-13:00" in shown(period)


def test_twice_in_a_series() -> None:
    """The second counts from the instances as the series gave them, not on top of the first."""
    first = onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 12), duration=2 * HOUR)
    second = onwards(zurich(2026, 4, 6, 9), zurich(2026, 4, 6, 10))
    expected = ["03-30 12:00-14:00", "04-06 10:00-11:00", "04-13 10:00-11:00"]
    assert expected == shown(weekly(first, second))[4:7] == shown(weekly(second, first))[4:7]


def test_cancelled_from_one_instance_on() -> None:
    """The series ends there, also one without an end; a later change brings it back."""
    endless = weekly(onwards(zurich(2026, 3, 16, 9), cancelled=True), rule="FREQ=WEEKLY")
    assert (False, 2, zurich(2026, 3, 9, 9)) == (endless.is_infinite, endless.count(), endless.last())
    back = weekly(onwards(zurich(2026, 3, 16, 9), cancelled=True), onwards(zurich(2026, 4, 13, 9)))
    assert ["03-02", "03-09", "04-13", "04-20"] == [text[:5] for text in shown(back)]


def test_a_single_instance_comes_first() -> None:
    """Whichever is given first; without a start or length of its own it takes those of its stretch."""
    change = onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 12), duration=2 * HOUR, event="all")
    alone = Override(zurich(2026, 3, 23, 9), zurich(2026, 3, 23, 7))
    gone = Override(zurich(2026, 3, 30, 9), cancelled=True)
    named = Override(zurich(2026, 4, 6, 9), event="one")
    same = Override(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 5))
    expected = ["03-16 05:00-07:00", "03-23 07:00-09:00", "04-06 12:00-14:00", "04-13 12:00-14:00"]
    for overrides in ((change, alone, gone, named, same), (same, named, gone, alone, change)):
        series = weekly(*overrides)
        assert (expected, ()) == (shown(series)[2:6], series.problems)


def test_instances_move_into_and_out_of_a_window() -> None:
    """By months, with the seek of a series."""
    series = weekly(onwards(zurich(2026, 3, 16, 9), zurich(2026, 9, 16, 9)), rule="FREQ=WEEKLY")
    assert [2, 9] == [one.day for one in series.between(zurich(2026, 3, 1), zurich(2026, 9, 1))]
    assert zurich(2026, 9, 16, 9) == series.after(zurich(2026, 3, 9, 9))
    assert zurich(2026, 3, 9, 9) == series.before(zurich(2026, 9, 16, 9))
    assert zurich(9999, 12, 29, 9) == series.before(zurich(9999, 12, 31))
    assert [] == series.overlapping(zurich(2026, 3, 10), zurich(2026, 9, 16))


def test_out_of_the_calendar() -> None:
    """What would start before year 1 or behind year 9999 is gone."""
    series = Series(date(9999, 12, 29), "FREQ=DAILY", overrides=[onwards(date(9999, 12, 30), date(9999, 12, 31))])
    assert [date(9999, 12, 29), date(9999, 12, 31)] == list(series)


def test_dates_and_floating_times() -> None:
    """Days move by days, local times by local time."""
    days = Series(date(2026, 3, 2), "FREQ=WEEKLY;COUNT=3", overrides=[onwards(date(2026, 3, 9), date(2026, 3, 10))])
    assert [date(2026, 3, 2), date(2026, 3, 10), date(2026, 3, 17)] == list(days)
    floating = Series(
        datetime(2026, 3, 2, 9),
        "FREQ=WEEKLY;COUNT=2",
        overrides=[onwards(datetime(2026, 3, 9, 9), datetime(2026, 3, 9, 7))],
    )
    assert [datetime(2026, 3, 2, 9), datetime(2026, 3, 9, 7)] == list(floating)


def test_named_in_other_ways() -> None:
    """As a UTC time, and as the date of a timed instance."""
    for named in (datetime(2026, 4, 13, 7, tzinfo=UTC), date(2026, 4, 13)):
        series = weekly(onwards(named, datetime(2026, 4, 13, 8, tzinfo=UTC)), strict=False)
        assert ["04-06 09:00-10:00", "04-13 10:00-11:00", "04-20 10:00-11:00"] == shown(series)[5:]


def test_what_is_odd_is_told() -> None:
    """An instance that does not exist, two changes from one instance on, a start of another kind."""
    missing = weekly(onwards(zurich(2026, 3, 17, 9), zurich(2026, 3, 17, 10)))
    assert ["03-17 10:00-11:00", "03-23 10:00-11:00"] == shown(missing)[3:5]
    assert "no instance starts at 2026-03-17T09:00:00+01:00" in missing.problems[0]
    twice = weekly(onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 7)), onwards(zurich(2026, 3, 16, 9)))
    assert ("03-16 09:00-10:00", 1) == (shown(twice)[2], len(twice.problems))
    with pytest.raises(SeriesError, match="start of an override"):
        weekly(onwards(zurich(2026, 3, 16, 9), date(2026, 3, 16)))


def test_pickling() -> None:
    """The stretches are made again."""
    series = weekly(onwards(zurich(2026, 3, 16, 9), zurich(2026, 3, 17, 11)))
    assert shown(series) == shown(pickle.loads(pickle.dumps(series)))


# --- the twin ---------------------------------------------------------------------------------------------------------

RULES = ("FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=1,29,31")
WINDOW = zurich(2026, 3, 10), zurich(2026, 4, 20)


def twin(plain: list[datetime], changes: list[tuple[int, timedelta]]) -> list[datetime]:
    """Move each instance from a change on by itself, on the wall clock (Python adds so within one zone)."""
    out = set()
    for index, start in enumerate(plain):
        shift = next((shift for at, shift in reversed(changes) if at <= index), timedelta(0))
        # A time in a gap moves on by its length, as a round trip over UTC does it.
        out.add((start + shift).replace(fold=0).astimezone(UTC))
    return sorted(out)


@settings(max_examples=120, deadline=None)
@given(
    rule=st.sampled_from(RULES),
    picks=st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True),
    shifts=st.lists(st.integers(-72 * 4, 72 * 4), min_size=3, max_size=3),
)
def test_like_the_twin(rule: str, picks: list[int], shifts: list[int]) -> None:
    """Windows, counts and the neighbours of a time, over a change of the clocks."""
    plain = Series(zurich(2026, 3, 9, 2, 30), rule).between(zurich(2026, 1, 1), zurich(2026, 7, 1))
    changes = [
        (at, timedelta(minutes=15 * shift)) for at, shift in zip(sorted(picks), shifts, strict=False) if at < len(plain)
    ]
    overrides = [onwards(plain[at], plain[at] + shift) for at, shift in changes]
    series = Series(zurich(2026, 3, 9, 2, 30), rule, overrides=overrides)
    expected = [t for t in twin(plain, changes) if WINDOW[0] <= t < WINDOW[1]]
    found = series.between(*WINDOW)
    assert expected == found
    assert len(expected) == series.count(*WINDOW)
    assert expected == sorted({one.start for one in series.overlapping(*WINDOW)})
    if expected:
        middle = expected[len(expected) // 2]
        assert middle == series.after(middle - timedelta(seconds=1))
        assert middle == series.before(middle + timedelta(seconds=1))
        assert expected[0] == series.after(WINDOW[0] - timedelta(seconds=1))
        assert expected[-1] == series.before(WINDOW[1])
