"""Rules that hang, exhaust or mislead engines: each ends in the right answer.

Nothing here looks at a clock. That work is bounded shows in that these tests end at all: stepping through what they ask
for would take hours, holding it would take gigabytes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest

from schedcore import Rule, Series

LAST_DAY = date(9999, 12, 31)
NINE = datetime(2026, 1, 1, 9)


def series(text: str, dtstart: datetime = NINE, include_dtstart: bool = False) -> Series:
    return Series(dtstart, Rule.parse(text), include_dtstart=include_dtstart)


def every(first: int, last: int) -> str:
    return ",".join(map(str, range(first, last + 1)))


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=-30",
        "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=60",
        "FREQ=SECONDLY;BYYEARDAY=100;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8",
        "FREQ=YEARLY;BYMONTH=12;BYWEEKNO=20;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=3",
        "FREQ=SECONDLY;BYSECOND=1;BYSETPOS=2",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
    ],
)
def test_an_impossible_rule_is_empty_at_once(text: str) -> None:
    """Said before anything is searched, and so for every question that can be asked."""
    empty = series(text)
    assert (True, True, False, 0) == (empty.is_empty, empty.rule_is_empty, empty.is_infinite, empty.count())
    assert [] == empty.take(3)
    assert [] == empty.between(NINE, datetime(9999, 1, 1))
    assert (None, None, None, None) == (empty.first(), empty.last(), empty.after(NINE), empty.nth(0))
    assert Rule.parse(text).is_empty


def test_an_impossible_rule_still_has_dtstart() -> None:
    with_dtstart = series("FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31", include_dtstart=True)
    assert ([NINE], 1, True) == (list(with_dtstart), with_dtstart.count(), with_dtstart.rule_is_empty)


@pytest.mark.parametrize(
    ("text", "dtstart"),
    [
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=10", NINE),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=10", NINE),
        ("FREQ=MINUTELY;INTERVAL=2;BYMINUTE=31", NINE),
        ("FREQ=SECONDLY;INTERVAL=60;BYSECOND=1", NINE),
        ("FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10", NINE),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", NINE),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30", datetime(2026, 2, 1)),
        ("FREQ=WEEKLY;INTERVAL=10000000", datetime(2026, 1, 1)),
    ],
)
def test_a_time_that_interval_never_reaches(text: str, dtstart: datetime) -> None:
    """The parts agree, but not on a period that INTERVAL meets: nothing more, however far one looks."""
    later = dtstart + timedelta(seconds=1)
    rule = series(text, dtstart)
    assert [] == rule.between(later, datetime(9999, 12, 31))
    assert rule.after(later) is None
    assert 0 == rule.count(later, datetime(9999, 12, 31))


def test_a_time_that_interval_reaches_late() -> None:
    """7 hours against a day: 49 hours on it is 10 o'clock, and then again each week."""
    late = series("FREQ=HOURLY;INTERVAL=7;BYHOUR=10")
    assert [datetime(2026, 1, day, 10) for day in (3, 10, 17)] == late.take(3)


def test_count_of_a_thousand_million_is_answered_by_counting() -> None:
    seconds = series("FREQ=SECONDLY;COUNT=1000000000")
    assert 10**9 == seconds.count()
    assert NINE + timedelta(seconds=10**9 - 1) == seconds.last() == seconds.nth(10**9 - 1)
    assert seconds.nth(10**9) is None
    assert seconds.after(NINE + timedelta(seconds=10**9)) is None
    assert not seconds.is_infinite


def test_count_of_more_than_the_calendar_holds() -> None:
    """COUNT is finite, and the calendar ends before it: what is left is what there is."""
    daily = series("FREQ=DAILY;COUNT=1000000000")
    assert (LAST_DAY - NINE.date()).days + 1 == daily.count()
    assert datetime(9999, 12, 31, 9) == daily.last()


def test_count_far_behind_a_window() -> None:
    """COUNT is a rank: the window far from DTSTART asks for no replay."""
    hourly = series("FREQ=HOURLY;BYMINUTE=0,30;COUNT=1000001", datetime(1990, 1, 1))
    last = datetime(1990, 1, 1) + timedelta(hours=500_000)
    assert last == hourly.last()
    assert [last - timedelta(minutes=30), last] == hourly.between(last - timedelta(minutes=30), datetime(9999, 1, 1))


@pytest.mark.parametrize("text", ["FREQ=SECONDLY", "FREQ=SECONDLY;INTERVAL=7", "FREQ=SECONDLY;BYDAY=MO;BYHOUR=9"])
@pytest.mark.parametrize("year", [1, 1601, 1901, 1970])
def test_secondly_decades_back_and_a_far_window(text: str, year: int) -> None:
    """A minute of a Monday in 2090, by arithmetic from a DTSTART long before."""
    dtstart, begin = datetime(year, 1, 1), datetime(2090, 1, 2, 9)
    interval = 7 if "INTERVAL" in text else 1
    ahead = -((begin - dtstart) // timedelta(seconds=1)) % interval
    expected = [begin + timedelta(seconds=second) for second in range(ahead, 60, interval)]
    assert expected == series(text, dtstart).between(begin, begin + timedelta(minutes=1))


def test_dtstart_in_year_1() -> None:
    """1 January of year 1 is a Monday."""
    mondays = series("FREQ=WEEKLY;BYDAY=MO,SU", datetime(1, 1, 1))
    assert [datetime(1, 1, 1), datetime(1, 1, 7), datetime(1, 1, 8)] == mondays.take(3)
    assert [datetime(1, 1, 31), datetime(1, 2, 28)] == series("FREQ=MONTHLY;BYMONTHDAY=-1", datetime(1, 1, 1)).take(2)
    # By weeks from Thursday, the first three days of the calendar lie in the last week of year 0.
    weeks = series("FREQ=YEARLY;WKST=TH;BYWEEKNO=-1;BYDAY=MO", datetime(1, 1, 1))
    assert datetime(1, 1, 1) == weeks.first()


def test_dtstart_in_1601() -> None:
    """The first year of Windows, whose "no date" ends up in calendars; its 1 January is a Monday."""
    yearly = series("FREQ=YEARLY;BYMONTH=1;BYDAY=1MO", datetime(1601, 1, 1))
    assert [datetime(1601, 1, 1), datetime(1602, 1, 7)] == yearly.take(2)
    assert [datetime(2026, 1, 5)] == yearly.between(datetime(2026, 1, 1), datetime(2026, 12, 31))
    assert 425 == yearly.rank(datetime(2026, 1, 1))


@pytest.mark.parametrize("freq", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY"])
def test_dtstart_at_the_end_of_the_calendar(freq: str) -> None:
    """9999-12-30 was a "never" in many a database. What would come after year 9999 does not."""
    dtstart = datetime(9999, 12, 30, 9)
    expected = [dtstart, dtstart + timedelta(days=1)] if freq == "DAILY" else [dtstart]
    assert expected == series(f"FREQ={freq}", dtstart).take(5)
    assert expected[-1] == series(f"FREQ={freq};COUNT=10", dtstart).last()


def test_the_last_seconds_of_the_calendar() -> None:
    dtstart = datetime(9999, 12, 31, 23, 59, 57)
    assert [dtstart + timedelta(seconds=second) for second in range(3)] == series("FREQ=SECONDLY", dtstart).take(9)
    assert [] == series("FREQ=SECONDLY;INTERVAL=3;BYSECOND=0", dtstart).take(9)


EVERYTHING = (
    f"BYMONTH={every(1, 12)};BYMONTHDAY={every(1, 31)};BYHOUR={every(0, 23)};BYMINUTE={every(0, 59)};"
    f"BYSECOND={every(0, 59)}"
)


@pytest.mark.parametrize("freq", ["YEARLY", "MONTHLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
def test_every_value_at_once_with_count_1(freq: str) -> None:
    """A year's set would hold 31,536,000 times: it must not be built to find the first."""
    assert [NINE] == series(f"FREQ={freq};{EVERYTHING};COUNT=1").take(2)


@pytest.mark.parametrize(
    ("freq", "first", "second"),
    [
        ("YEARLY", datetime(2026, 12, 31, 23, 59, 59), datetime(2027, 12, 31, 23, 59, 59)),
        ("MONTHLY", datetime(2026, 1, 31, 23, 59, 59), datetime(2026, 2, 28, 23, 59, 59)),
        ("DAILY", datetime(2026, 1, 1, 23, 59, 59), datetime(2026, 1, 2, 23, 59, 59)),
        ("HOURLY", datetime(2026, 1, 1, 9, 59, 59), datetime(2026, 1, 1, 10, 59, 59)),
        ("MINUTELY", datetime(2026, 1, 1, 9, 0, 59), datetime(2026, 1, 1, 9, 1, 59)),
        ("SECONDLY", datetime(2026, 1, 1, 9, 0, 0), datetime(2026, 1, 1, 9, 0, 1)),
    ],
)
def test_every_value_at_once_with_the_last_of_each_period(freq: str, first: datetime, second: datetime) -> None:
    assert [first, second] == series(f"FREQ={freq};{EVERYTHING};BYSETPOS=-1").take(2)


def test_every_value_at_once_counted() -> None:
    """Every second from DTSTART to the end of 2026, and to the end of the calendar."""
    everything = series(f"FREQ=YEARLY;{EVERYTHING}")
    assert (datetime(2027, 1, 1) - NINE) // timedelta(seconds=1) == everything.rank(datetime(2027, 1, 1))
    begin = datetime(9999, 12, 31, 23, 59, 58)
    assert [begin, begin + timedelta(seconds=1)] == everything.between(begin, datetime.max)


def test_positions_beyond_a_set_are_nothing() -> None:
    """BYSETPOS may go to 366; a list of a thousand picks what is there, once."""
    positions = ",".join(["1", "-1", *(["366", "-366"] * 500)])
    days = series(f"FREQ=MONTHLY;BYDAY=MO;BYSETPOS={positions}").take(3)
    assert [datetime(2026, 1, 5, 9), datetime(2026, 1, 26, 9), datetime(2026, 2, 2, 9)] == days


def test_exrule_equal_to_rrule() -> None:
    """All is taken away, without end, DTSTART too: the question for the first one must still be answered."""
    rule = Rule.parse("FREQ=DAILY;COUNT=5000")
    nothing = Series(NINE, rule, exrules=[rule])
    assert [] == list(nothing)
    assert [] == nothing.between(NINE, datetime(2100, 1, 1))
    assert nothing.first() is None


def test_exdate_of_everything() -> None:
    rule = Rule.parse("FREQ=DAILY;COUNT=5000")
    exdates = [NINE + timedelta(days=number) for number in reversed(range(5000))]
    nothing = Series(NINE, rule, exdates=exdates * 2)
    assert ([], 0, None) == (list(nothing), nothing.count(), nothing.first())


def test_a_million_rdates_unsorted_with_duplicates() -> None:
    """They come out sorted and once, merged with the rule."""
    minutes = list(range(500_000)) * 2
    Random(5545).shuffle(minutes)
    rdates = [NINE + timedelta(minutes=minute) for minute in minutes]
    many = Series(NINE, Rule.parse("FREQ=HOURLY;COUNT=10"), rdates=rdates)
    assert [NINE + timedelta(minutes=minute) for minute in range(3)] == many.take(3)
    assert 500_000 == many.count()
    assert [NINE + timedelta(minutes=499_999)] == many.between(NINE + timedelta(minutes=499_999), datetime(9999, 1, 1))
    assert NINE + timedelta(minutes=123_456) == many.nth(123_456)
