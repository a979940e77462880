"""Series as sets: several rules, RDATE, EXDATE, EXRULE and overrides."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Duration, Override, Series
from schedcore.errors import SeriesError

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def local(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)


def zurich(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZURICH)


def test_rdates_add_and_count_once() -> None:
    """In any order, with duplicates, before DTSTART, and equal to what the rule gives."""
    series = Series(local(2), "FREQ=DAILY;COUNT=2", rdates=[local(9), local(1), local(9), local(3)])
    assert [local(1), local(2), local(3), local(9)] == list(series)
    assert (local(1), local(9), 4) == (series.first(), series.last(), series.count())
    assert [local(2), local(5)] == list(Series(local(2), rdates=[local(5)]))
    assert [local(5)] == list(Series(local(2), rdates=[local(5)], include_dtstart=False))


def test_exdates_take_away() -> None:
    """DTSTART too; one that names nothing does nothing; all of them leave nothing."""
    series = Series(local(2), "FREQ=DAILY;COUNT=3", exdates=[local(2), local(3, 10)])
    assert [local(3), local(4)] == list(series)
    assert local(3) == series.first() == series.after(local(1))
    assert series.nth(1) == local(4)
    nothing = Series(local(2), "FREQ=DAILY;COUNT=3", exdates=[local(day) for day in (2, 3, 4)])
    assert [] == list(nothing)
    assert nothing.is_empty
    assert None is nothing.first() is nothing.last() is nothing.before(local(9)) is nothing.nth(0)


def test_values_in_other_zones_are_instants() -> None:
    """An EXDATE in UTC, an RDATE in New York."""
    series = Series(
        zurich(2),
        "FREQ=DAILY;COUNT=3",
        exdates=[datetime(2026, 3, 3, 8, tzinfo=UTC)],
        rdates=[datetime(2026, 3, 3, 6, tzinfo=NEW_YORK)],
    )
    assert [zurich(2), zurich(3, 12), zurich(4)] == list(series)


def test_a_date_among_exdates_names_the_local_day() -> None:
    """It takes away every instance of that day in DTSTART's zone, and no other."""
    series = Series(zurich(28, 0), "FREQ=HOURLY;INTERVAL=6;COUNT=12", exdates=[date(2026, 3, 29), date(2026, 3, 29)])
    assert [28, 28, 28, 28, 30, 30, 30, 30] == [start.day for start in series]
    floating = Series(local(2, 23), "FREQ=HOURLY;INTERVAL=2;COUNT=3", exdates=[date(2026, 3, 2)])
    assert [local(3, 1), local(3, 3)] == list(floating)


def test_lenient_values() -> None:
    """A date among RDATEs takes DTSTART's time, local times are in its zone; each is noted."""
    series = Series(zurich(2), rdates=[date(2026, 3, 3), local(4)], exdates=[local(2)], strict=False)
    assert [zurich(3), zurich(4)] == list(series)
    assert 3 == len(series.problems)
    days = Series(date(2026, 3, 2), "FREQ=DAILY;COUNT=2", exdates=[zurich(2, 15)], strict=False)
    assert [date(2026, 3, 3)] == list(days)
    assert [local(3)] == list(Series(local(2), rdates=[zurich(3)], exdates=[local(2)], strict=False))


def test_exrules() -> None:
    """EXRULE of RFC 2445; one equal to the rule leaves nothing, and says so at once."""
    series = Series(local(2), "FREQ=DAILY;COUNT=7", exrules="FREQ=WEEKLY;BYDAY=SA,SU")
    assert [2, 3, 4, 5, 6] == [start.day for start in series.take(9)]
    begin = time.process_time()
    same = Series(local(2), "FREQ=SECONDLY", exrules=["FREQ=SECONDLY"])
    assert [] == same.take(3) == same.between(local(2), local(9))
    assert same.is_empty
    assert time.process_time() - begin < 1
    dense = Series(local(2), "FREQ=YEARLY", exrules="FREQ=SECONDLY;COUNT=1000000000")
    assert 2026 + 32 == dense.take(1)[0].year
    assert local(2) == Series(local(2), "FREQ=YEARLY", exrules="FREQ=SECONDLY;BYMONTH=4").nth(0)
    off = Series(local(3), "FREQ=WEEKLY;BYDAY=MO", exrules="FREQ=WEEKLY;BYDAY=MO")
    assert [local(3)] == off.take(3), "DTSTART is not in step with the rule, so the EXRULE does not take it"


def test_periods() -> None:
    """An RDATE that is a period has a length of its own."""
    rdates = [(local(3), local(3, 12)), (local(4), Duration(days=1)), (local(5), timedelta(minutes=5))]
    series = Series(local(2), rdates=rdates, duration=HOUR)
    found = series.overlapping(local(1), local(9))
    assert [local(2, 10), local(3, 12), local(5), local(5, 9, 5)] == [one.end for one in found]
    assert [local(3)] == [one.start for one in series.overlapping(local(3, 11), local(3, 13))]
    with pytest.raises(SeriesError, match="before its start"):
        Series(local(2), rdates=[(local(3), local(2))])


# --- overrides --------------------------------------------------------------------------------------------------------


def daily(*overrides: Override, strict: bool = True) -> Series:
    return Series(zurich(2), "FREQ=DAILY;COUNT=5", duration=HOUR, overrides=overrides, strict=strict)


def test_cancelled_instance() -> None:
    """It is gone from every answer."""
    series = daily(Override(zurich(3), cancelled=True))
    assert [2, 4, 5, 6] == [start.day for start in series]
    assert 4 == series.count()
    assert zurich(4) == series.after(zurich(2)) == series.nth(1)


def test_moved_instance() -> None:
    """It starts where it is now, ends an hour later as the others, and knows where it was."""
    series = daily(Override(zurich(3), zurich(3, 15), event="moved"))
    assert [zurich(2), zurich(3, 15), zurich(4)] == series.between(zurich(2), zurich(5))
    (found,) = series.overlapping(zurich(3), zurich(4))
    assert (zurich(3, 15), zurich(3, 16), zurich(3), "moved") == (*found[:3], found.event)


def test_moved_into_and_out_of_the_window() -> None:
    """A window sees what is in it now, not what was."""
    series = daily(Override(zurich(3), zurich(20)), Override(zurich(6), zurich(1)))
    assert [] == series.between(zurich(3), zurich(4)) == series.overlapping(zurich(3), zurich(4))
    assert [zurich(20)] == series.between(zurich(19), zurich(30))
    assert [zurich(6)] == [one.recurrence_id for one in series.overlapping(zurich(1), zurich(2))]
    assert (zurich(1), zurich(20)) == (series.first(), series.last())
    assert [zurich(1), zurich(2), zurich(4), zurich(5), zurich(20)] == list(series)


def test_changed_length() -> None:
    """By an end or by a duration; a long one is found late, a short one is not."""
    long, short = Override(zurich(3), end=zurich(4, 8)), Override(zurich(4), duration=timedelta(minutes=5))
    series = daily(long, short)
    assert [zurich(3)] == [one.start for one in series.overlapping(zurich(4, 7), zurich(4, 8))]
    assert [] == series.overlapping(zurich(4, 9, 5), zurich(4, 10))
    with pytest.raises(SeriesError, match="before its start"):
        daily(Override(zurich(3), end=zurich(2)))


def test_override_names_in_other_ways() -> None:
    """In UTC, in another zone, as the date of a timed instance."""
    for name in (datetime(2026, 3, 3, 8, tzinfo=UTC), datetime(2026, 3, 3, 3, tzinfo=NEW_YORK), date(2026, 3, 3)):
        series = daily(Override(name, zurich(3, 15)))
        assert ([], ()) == (series.between(zurich(3), zurich(3, 10)), series.problems)
        assert zurich(3) == series.overlapping(zurich(3, 15), zurich(3, 16))[0].recurrence_id
    assert [2, 4, 5, 6] == [start.day for start in daily(Override(local(3), cancelled=True), strict=False)]


def test_override_of_nothing() -> None:
    """It is shown as an extra and noted, unless it cancels."""
    series = daily(Override(zurich(3, 12), zurich(3, 15)), Override(zurich(5, 12), cancelled=True))
    assert [zurich(3), zurich(3, 15)] == series.between(zurich(3), zurich(4))
    (problem,) = series.problems
    assert "2026-03-03T12:00:00+01:00" in problem
    day = daily(Override(date(2026, 3, 20), zurich(20, 15)))
    assert zurich(20, 15) == day.last()


def test_two_overrides_for_one_instance() -> None:
    """The later given holds, and that is noted."""
    series = daily(Override(zurich(3), zurich(3, 15)), Override(zurich(3), zurich(3, 16)))
    assert [zurich(3, 16)] == series.between(zurich(3), zurich(4))
    assert 1 == len(series.problems)


def test_a_million_rdates() -> None:
    """Unsorted, with duplicates: read in a time that grows with their number only."""
    start = datetime(2026, 1, 1)
    rdates = [start + timedelta(minutes=(k * 7919) % 50_000) for k in range(100_000)]
    series = Series(start, rdates=rdates)
    assert 50_000 == series.count()
    assert start + timedelta(minutes=49_999) == series.last()


# --- by property ------------------------------------------------------------------------------------------------------

RULES = ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=HOURLY;INTERVAL=5;COUNT=80", "FREQ=DAILY;INTERVAL=3;COUNT=9"]
HOURS = st.integers(-48, 600).map(lambda hours: zurich(20, 9) + timedelta(hours=hours))


@given(
    rules=st.lists(st.sampled_from(RULES), max_size=3),
    exrules=st.lists(st.sampled_from(RULES), max_size=2),
    rdates=st.lists(HOURS, max_size=4),
    exdates=st.lists(HOURS, max_size=4),
    days=st.lists(st.integers(20, 31).map(lambda day: date(2026, 3, day)), max_size=2),
    a=HOURS,
    hours=st.integers(0, 200),
)
def test_set_algebra(
    rules: list[str],
    exrules: list[str],
    rdates: list[datetime],
    exdates: list[datetime],
    days: list[date],
    a: datetime,
    hours: int,
) -> None:
    """Any mixture, against Python's own sets of what each rule gives alone, over the change to summer time."""
    start, end = zurich(20), datetime(2026, 5, 1, tzinfo=ZURICH)

    def instants(moments: list[datetime]) -> set[datetime]:
        """In UTC: a local time that the clocks jump over is equal to nothing, itself an hour later least of all."""
        return {moment.astimezone(UTC) for moment in moments}

    def one(rule: str, include_dtstart: bool) -> set[datetime]:
        return instants(Series(start, rule, include_dtstart=include_dtstart).between(zurich(1), end))

    expected = instants([start, *rdates]).union(*(one(rule, True) for rule in rules))
    expected = expected.difference(instants(exdates), *(one(rule, False) for rule in exrules))
    wanted = sorted(x for x in expected if x.astimezone(ZURICH).date() not in days and x < end)
    series = Series(start, rules, rdates=rdates, exdates=[*exdates, *days], exrules=exrules)
    assert wanted == series.between(zurich(1), end)
    b = a + timedelta(hours=hours)
    inside = [x for x in wanted if a <= x < b]
    if b < end:
        assert inside == series.between(a, b)
        assert len(inside) == series.count(a, b)
    assert wanted[:5] == series.take(min(len(wanted), 5))
    assert max((x for x in wanted if x < a), default=None) == series.before(a)
    for number, x in enumerate(wanted[:3]):
        assert x == series.nth(number)
        assert number == series.rank(x)
