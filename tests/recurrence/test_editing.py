"""Edits are values: what was stays as it was, what is new says just what was asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Override, Rule, Series
from schedcore.errors import SeriesError

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YEAR = datetime(2026, 1, 1, 9)
DAILY = Series(NEW_YEAR, "FREQ=DAILY;COUNT=10", duration=timedelta(hours=1))


def day(number: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, number, hour)


def days(series: Series) -> list[int]:
    return [start.day for start in series]


# --- one instance -----------------------------------------------------------------------------------------------------


def test_delete_one() -> None:
    """An exception, and the series is otherwise as it was."""
    edited = DAILY.without(day(3))
    assert [1, 2, 4, 5, 6, 7, 8, 9, 10] == days(edited)
    assert (day(3),) == edited.exdates
    assert DAILY.rules == edited.rules
    assert 10 == DAILY.count()


def test_delete_one_that_was_moved() -> None:
    """By the start it had; its override goes too, and does not come back as an extra."""
    edited = DAILY.changed(day(3), day(3, 15)).without(day(3))
    assert ([1, 2, 4, 5, 6, 7, 8, 9, 10], ()) == (days(edited), edited.overrides)
    assert () == edited.problems


def test_delete_what_is_not_there() -> None:
    """The message says why not, and what is near."""
    for t in (day(3, 10), day(20), day(3).replace(microsecond=1)):
        with pytest.raises(SeriesError, match="no instance has this start"):
            DAILY.without(t)
    with pytest.raises(SeriesError, match="is put here by an override"):
        DAILY.changed(day(3), day(3, 15)).without(day(3, 15))
    with pytest.raises(SeriesError, match="EXDATE 2026-01-03 09:00:00 takes this start away"):
        DAILY.without(day(3)).without(day(3))


def test_delete_one_of_a_day_that_an_override_names() -> None:
    """A date names all instances of its day: the others stay changed."""
    twice = Series(NEW_YEAR, "FREQ=DAILY;BYHOUR=9,17;COUNT=4", overrides=[Override(date(2026, 1, 2), event="x")])
    edited = twice.without(day(2))
    assert [(day(1), None), (day(1, 17), None), (day(2, 17), "x")] == [
        (one.start, one.event) for one in edited.overlapping(day(1), day(3))
    ]


def test_delete_the_first_of_a_changed_stretch() -> None:
    """The override that changes all later ones stays in force."""
    series = DAILY.replace(overrides=[Override(day(4), day(4, 15), this_and_future=True)])
    edited = series.without(day(4))
    assert [(1, 9), (2, 9), (3, 9), (5, 15), (6, 15)] == [(one.day, one.hour) for one in edited.take(5)]


def test_change_one() -> None:
    edited = DAILY.changed(day(3), day(3, 15), duration=timedelta(hours=2), event="moved")
    one = edited.overlapping(day(3), day(4))[0]
    assert (day(3, 15), day(3, 17), day(3), "moved") == (one.start, one.end, one.recurrence_id, one.event)
    again = edited.changed(day(3), day(3, 16))
    assert (1, day(3, 16)) == (len(again.overrides), again.overlapping(day(3), day(4))[0].start)


# --- this and following -----------------------------------------------------------------------------------------------


def test_change_this_and_following() -> None:
    before, after = DAILY.split(day(4))
    after = after.replace(rule="FREQ=WEEKLY;COUNT=2")
    assert ([1, 2, 3], [4, 11]) == (days(before), days(after))


def test_end() -> None:
    assert [1, 2, 3] == days(DAILY.ended(day(4)))
    assert "FREQ=DAILY;UNTIL=20260103T090000" == str(Series(NEW_YEAR, "FREQ=DAILY").ended(day(4)).rules[0])
    assert DAILY.ended(NEW_YEAR).is_empty


# --- all instances ----------------------------------------------------------------------------------------------------


def test_limit() -> None:
    """COUNT counts what the rule gives: a deleted instance is not made up for."""
    assert [1, 3, 4] == days(DAILY.without(day(2)).limited(4))
    assert "FREQ=DAILY;COUNT=4" == str(Series(NEW_YEAR, "FREQ=DAILY;UNTIL=20260801T090000").limited(4).rules[0])
    with pytest.raises(SeriesError, match="2 rules"):
        Series(NEW_YEAR, ["FREQ=DAILY", "FREQ=WEEKLY"]).limited(3)


def test_what_a_shorter_series_loses_leaves_no_override() -> None:
    """Else it would be shown as an extra. One that was an extra before stays."""
    extra = Override(day(20), day(21))
    edited = DAILY.changed(day(8), day(8, 15)).replace(overrides=[Override(day(8), day(8, 15)), extra]).limited(3)
    assert ((extra,), [1, 2, 3, 21]) == (edited.overrides, days(edited))


def test_stop() -> None:
    """As ruled, this removes every instance, the first too."""
    assert DAILY.stopped().is_empty
    assert 0 == Series(NEW_YEAR, "FREQ=DAILY", rdates=[day(2, 5)]).stopped().count()


def test_duplicate() -> None:
    copy = DAILY.without(day(3)).duplicate()
    assert copy == DAILY.without(day(3))
    assert copy.rules == DAILY.rules
    assert [1, 2, 4] == days(copy)[:3]


def test_replace() -> None:
    assert [1, 8, 15] == days(DAILY.replace(rule="FREQ=WEEKLY;COUNT=3"))
    with pytest.raises(TypeError):
        DAILY.replace(colour="red")


def test_another_time_takes_exceptions_along() -> None:
    """The deleted instance stays deleted, the moved one where it is, and the last one is not lost behind UNTIL."""
    start = datetime(2026, 3, 27, 9, tzinfo=ZURICH)
    series = Series(
        start, "FREQ=DAILY;UNTIL=20260331T070000Z", rdates=[datetime(2026, 4, 9, 12, tzinfo=ZURICH)],
        exdates=[datetime(2026, 3, 28, 9, tzinfo=ZURICH)],
        overrides=[Override(datetime(2026, 3, 30, 9, tzinfo=ZURICH), datetime(2026, 3, 30, 20, tzinfo=ZURICH))],
    )  # fmt: skip
    edited = series.at_time(time(2, 30))
    expected = ["03-27 02:30", "03-29 03:30", "03-30 20:00", "03-31 02:30", "04-09 05:30"]
    assert expected == [f"{one:%m-%d %H:%M}" for one in edited]
    assert series.take(9) == edited.at_time(time(9)).take(9)


@pytest.mark.parametrize(
    ("series", "clock", "message"),
    [
        (Series(date(2026, 1, 1), "FREQ=DAILY"), time(9), "has no time of day"),
        (Series(NEW_YEAR, "FREQ=DAILY;BYHOUR=9"), time(10), "says times of its own"),
        (Series(NEW_YEAR, "FREQ=HOURLY"), time(10), "says times of its own"),
        (DAILY, time(10, tzinfo=UTC), "naive datetime.time"),
        (DAILY, "10:00", "naive datetime.time"),
    ],
)
def test_another_time_where_that_makes_no_sense(series: Series, clock: Any, message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        series.at_time(clock)


# --- by property: edit and undo ---------------------------------------------------------------------------------------

TEXTS = ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=9", "FREQ=HOURLY;INTERVAL=7", "FREQ=MONTHLY;BYDAY=-1FR"]
SERIES = st.builds(
    lambda text, zone: Series(datetime(2026, 3, 20, 2, 30, tzinfo=zone), text),
    st.sampled_from(TEXTS),
    st.sampled_from([None, ZURICH]),
)


@given(SERIES, st.integers(0, 8))
def test_delete_and_restore(series: Series, place: int) -> None:
    """Without one there is one less, and the EXDATE taken back gives the old series."""
    t = series.nth(place)
    edited = series.without(t)
    assert [one for one in series.take(12) if one != t][:11] == edited.take(11)[: 11 if series.is_infinite else 8]
    assert series == edited.replace(exdates=())


@given(SERIES, st.integers(0, 8), st.integers(-5000, 5000))
def test_change_and_restore(series: Series, place: int, minutes: int) -> None:
    t = series.nth(place)
    edited = series.changed(t, t + timedelta(minutes=minutes))
    assert series == edited.replace(overrides=())
    assert edited.without(t).take(20) == series.without(t).take(20)
    changed_back = edited.changed(t)
    assert series.take(20) == changed_back.take(20)


@given(SERIES, st.integers(0, 8), st.integers(0, 8))
def test_edits_of_parts_are_edits_of_the_whole(series: Series, cut: int, place: int) -> None:
    """To delete and then split is to split and then delete."""
    t, at = series.nth(place), series.nth(cut)
    head, tail = series.split(at)
    expected = series.without(t).split(at)
    found = (head.without(t), tail) if t < at else (head, tail.without(t))
    assert [part.take(10) for part in expected] == [part.take(10) for part in found]


def test_rules_are_shared() -> None:
    """A rule is a value, so parts may hold the very same."""
    rule = Rule.parse("FREQ=DAILY")
    assert Series(NEW_YEAR, rule).duplicate().rules[0] is rule
