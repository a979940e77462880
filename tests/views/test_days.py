"""Days of a zone and the days of a screen: changes of clocks, weeks that cross years, the ends of the calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.views import Dates, day, iso_week, month, week
from schedcore.views.days import EARLIEST, LATEST, MAX_DAYS, WEEKDAYS, bounded, days_of, midnight
from schedcore.zones import zone_of

ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Pacific/Apia", "Africa/Cairo", "Asia/Beirut", "America/Toronto", "Pacific/Kiritimati"]  # fmt: skip


def hours(first: str, zone: str) -> float:
    """How long a day is."""
    found = days_of(day(date.fromisoformat(first)), zone_of(zone))[0]
    return (found.end - found.start) / 3600


@pytest.mark.parametrize(
    ("first", "zone", "expected"),
    [
        ("2026-03-28", "Europe/Zurich", 24),
        ("2026-03-29", "Europe/Zurich", 23),
        ("2026-10-25", "Europe/Zurich", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2018-11-04", "America/Sao_Paulo", 23),  # from 00:00 to 01:00: the day has no midnight
        ("2018-02-17", "America/Sao_Paulo", 25),
        ("2011-12-30", "Pacific/Apia", 0),  # a day that was left out
        ("2011-12-31", "Pacific/Apia", 24),
        ("1919-03-30", "America/Toronto", 23.5),  # 23:30 became 00:30: the half hour is missing at its end ...
        ("1919-03-31", "America/Toronto", 23.5),  # ... and another at the beginning of this one
        ("0001-01-01", "Europe/Zurich", 24),
        ("9999-12-31", "America/New_York", 24),
        ("9999-12-31", "Asia/Tokyo", 24),
    ],
)
def test_length_of_a_day(first, zone, expected):
    """A day has as many hours as pass from midnight to midnight, whatever the clock does on it."""
    assert expected == hours(first, zone)


@given(st.sampled_from(ZONES), st.dates(date(1900, 1, 1), date(2040, 12, 31)))
def test_midnight_is_the_first_moment(zone, of):
    """A day begins with the first second that the clock on the wall dates so, or later."""
    second = midnight(of.toordinal(), zone_of(zone))
    wall = datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone))
    before = datetime.fromtimestamp(second - 1, UTC).astimezone(ZoneInfo(zone))
    assert wall.date() >= of
    assert before.date() < of
    # Where it is not midnight, midnight does not exist: the clock jumps over it.
    if wall.time() != datetime.min.time():
        assert wall.replace(tzinfo=None) - before.replace(tzinfo=None) > timedelta(seconds=1)


@given(st.sampled_from(ZONES), st.dates(date(1900, 1, 1), date(2040, 11, 30)), st.integers(1, 30))
def test_days_leave_nothing_out(zone, first, count):
    """Each day ends where the next begins."""
    found = days_of(Dates(first, first + timedelta(days=count)), zone_of(zone))
    assert count + 1 == len(found)
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert all(one.start <= one.end for one in found)


@given(st.dates(), st.sampled_from(WEEKDAYS))
def test_weeks(of, wkst):
    """A week holds its day, begins on its WKST and has seven days, but for the ends of the calendar."""
    found = week(of, wkst)
    assert of in found
    if found.first > date.min:
        assert WEEKDAYS[found.first.weekday()] == wkst
    if found.first > date.min and found.last < date.max:
        assert 7 == len(list(found))
        assert found == week(found.last, wkst)


@given(st.dates(), st.sampled_from(WEEKDAYS))
def test_months(of, wkst):
    """A month is shown in whole weeks: all of its days, at most six more at either side."""
    found = month(of, wkst)
    inside = [one for one in found if (one.year, one.month) == (of.year, of.month)]
    following = of.replace(day=28).toordinal() + 4
    last = (
        31 if of.month == 12 else date.fromordinal(following).replace(day=1).toordinal() - of.replace(day=1).toordinal()
    )
    assert list(range(1, last + 1)) == [one.day for one in inside]
    assert (inside[0] - found.first).days <= 6 and (found.last - inside[-1]).days <= 6
    if date.min < found.first and found.last < date.max:
        assert 0 == len(list(found)) % 7


@pytest.mark.parametrize("weekday", range(7))
def test_months_that_begin_on_each_weekday(weekday):
    """Whatever weekday the first is, with weeks from Monday and from Sunday."""
    of = next(date(2026, number, 1) for number in range(1, 13) if date(2026, number, 1).weekday() == weekday)
    assert weekday == (of - month(of).first).days
    assert (weekday + 1) % 7 == (of - month(of, "SU").first).days


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-W14", date(2026, 3, 30), date(2026, 4, 5)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026w01", date(2025, 12, 29), date(2026, 1, 4)),
        ("0001-W01", date(1, 1, 1), date(1, 1, 7)),
        ("9999-W52", date(9999, 12, 27), date(9999, 12, 31)),
    ],
)
def test_numbered_weeks(text, first, last):
    """Weeks by their ISO numbers, the 53rd and those at the ends of the calendar too."""
    assert Dates(first, last) == iso_week(text)


@pytest.mark.parametrize("text", ["2027-W53", "2026-W00", "2026-W54", "2026-14", "W14", "", "२०२६-W14", "0000-W01"])
def test_weeks_that_are_none(text):
    """A week that a year does not have is refused, and so is what is written otherwise."""
    with pytest.raises(InvalidValue):
        iso_week(text)


def test_ends_of_the_calendar():
    """Weeks and months at the ends have the days that there are."""
    assert Dates(date.min, date(1, 1, 6)) == week(date.min, "SU")
    assert 6 == len(list(week(date.min, "SU")))
    assert Dates(date(9999, 12, 27), date.max) == week(date.max)
    assert date(9999, 12, 31) == month(date(9999, 12, 1)).last
    assert date.min == month(date(1, 1, 31), "TH").first


def test_windows():
    """Bounds beyond the calendar are its ends."""
    assert EARLIEST is bounded(-(10**12))
    assert LATEST is bounded(10**12)


def test_refusals():
    """Days in the wrong order, too many of them and a weekday that is none are refused by name."""
    with pytest.raises(InvalidValue, match="is before the first"):
        days_of(Dates(date(2026, 3, 2), date(2026, 3, 1)), zone_of("UTC"))
    with pytest.raises(LimitExceeded) as caught:
        days_of(Dates(date(1, 1, 1), date.max), zone_of("UTC"))
    assert ("max_days", MAX_DAYS, 3_652_059) == (caught.value.limit, caught.value.allowed, caught.value.reached)
    with pytest.raises(InvalidValue, match="wkst='XX': give one of MO, TU"):
        week(date(2026, 3, 2), "XX")
