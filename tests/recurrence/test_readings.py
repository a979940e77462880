"""The twelve readings of the standard (docs/design.md), one test or more each, with dates worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore import Rule, Series
from schedcore.errors import RuleError, SeriesError

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def given(dtstart: datetime, text: str, number: int) -> list[str]:
    """The first days that the rule itself gives."""
    series = Series(dtstart, Rule.parse(text), include_dtstart=False)
    return days(series.take(number))


def days(moments: Iterable[date]) -> list[str]:
    return [f"{moment:%Y-%m-%d}" for moment in moments]


def times_in_utc(moments: Iterable[datetime]) -> list[str]:
    """Aware datetimes of one zone compare by wall clock; what is meant here is the instant."""
    return [f"{moment.astimezone(UTC):%m-%dT%H:%M}" for moment in moments]


def test_reading_1_yearly_bymonthday_expands_to_every_month() -> None:
    """No BYMONTH: the table says expand, so the 15th of every month and not of January alone."""
    expected = ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"]
    assert expected == given(datetime(2026, 1, 15, 9), "FREQ=YEARLY;BYMONTHDAY=15", 4)


def test_reading_2_byweekno_without_byday_takes_the_weekday_of_dtstart() -> None:
    """DTSTART is a Wednesday in week 20; the Mondays of week 20 are 11 May 2026, 17 May 2027 and 15 May 2028."""
    expected = ["2026-05-13", "2027-05-19", "2028-05-17"]
    assert expected == given(datetime(2026, 5, 13, 9), "FREQ=YEARLY;BYWEEKNO=20", 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Week 1 of 2026 begins in 2025, that of 2030 in 2029, that of 2031 in 2030.
        ("BYWEEKNO=1;BYDAY=MO", ["2025-12-29", "2027-01-04", "2028-01-03", "2029-01-01", "2029-12-31", "2030-12-30"]),
        # 29 December 2025 is in week-year 2026, so the odd ones are left out.
        ("INTERVAL=2;BYWEEKNO=1;BYDAY=MO", ["2025-12-29", "2028-01-03", "2029-12-31", "2031-12-29"]),
        # The set of week-year 2026 is 29 and 30 December and 5 and 6 January: not cut at New Year.
        ("BYWEEKNO=1,2;BYDAY=MO,TU;BYSETPOS=2", ["2025-12-30", "2027-01-05", "2028-01-04"]),
        ("BYWEEKNO=1,2;BYDAY=MO,TU;BYSETPOS=-1", ["2026-01-06", "2027-01-12", "2028-01-11"]),
        # Weeks from Sunday: week 1 of 2026 is 4 January on, since the week before has but three days in 2026.
        ("WKST=SU;BYWEEKNO=1;BYDAY=SU", ["2026-01-04", "2027-01-03", "2028-01-02", "2028-12-31"]),
    ],
)
def test_reading_3_a_week_belongs_to_the_year_that_owns_it(text: str, expected: list[str]) -> None:
    assert expected == given(datetime(2025, 12, 29, 9), f"FREQ=YEARLY;{text}", len(expected))


def test_reading_4_bysetpos_picks_before_dtstart_drops() -> None:
    """The second workday of January 2026 is the 2nd, before DTSTART; the 16th is not made the second."""
    expected = ["2026-02-03", "2026-03-03", "2026-04-02"]
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2"
    assert expected == given(datetime(2026, 1, 15, 9), rule, 3)


def test_reading_5_weekdays_with_and_without_ordinals_are_a_union() -> None:
    """The second Sunday, and every Monday."""
    expected = ["2026-02-02", "2026-02-08", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02", "2026-03-08"]
    assert expected == given(datetime(2026, 2, 2, 9), "FREQ=MONTHLY;BYDAY=+2SU,MO", 7)


@pytest.mark.parametrize(
    ("dtstart", "text", "expected"),
    [
        (datetime(2026, 1, 30), "FREQ=MONTHLY", ["2026-01-30", "2026-03-30", "2026-04-30"]),
        (datetime(2026, 1, 31), "FREQ=MONTHLY;BYMONTHDAY=31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        (datetime(2024, 2, 29), "FREQ=YEARLY", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        (datetime(2096, 2, 29), "FREQ=YEARLY", ["2096-02-29", "2104-02-29"]),
        (datetime(2026, 1, 1), "FREQ=YEARLY;BYYEARDAY=366", ["2028-12-31", "2032-12-31"]),
        (datetime(2026, 1, 1), "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", ["2026-12-28", "2032-12-27", "2037-12-28"]),
        (datetime(2026, 1, 1), "FREQ=MONTHLY;BYDAY=5TH", ["2026-01-29", "2026-04-30", "2026-07-30"]),
    ],
)
def test_reading_6_days_that_do_not_exist_yield_nothing(dtstart: datetime, text: str, expected: list[str]) -> None:
    assert expected == given(dtstart, text, len(expected))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [("shift", ["03-07T07:30", "03-08T07:30", "03-09T06:30"]), ("skip", ["03-07T07:30", "03-09T06:30"])],
)
def test_reading_7_a_time_in_a_gap(gap: str, expected: list[str]) -> None:
    """02:30 of 8 March 2026 is not on New York's clocks: 02:30 EST is 07:30 UTC. Skipped or not, it counts."""
    dtstart = datetime(2026, 3, 7, 2, 30, tzinfo=NEW_YORK)
    assert expected == times_in_utc(Series(dtstart, Rule.parse("FREQ=DAILY;COUNT=3"), gap=gap))


@pytest.mark.parametrize(
    ("fold", "expected"),
    [
        ("first", ["10-31T05:30", "11-01T05:30", "11-02T06:30"]),
        ("last", ["10-31T05:30", "11-01T06:30", "11-02T06:30"]),
        ("both", ["10-31T05:30", "11-01T05:30", "11-01T06:30", "11-02T06:30"]),
    ],
)
def test_reading_7_a_repeated_time(fold: str, expected: list[str]) -> None:
    """01:30 of 1 November 2026 comes twice in New York, in EDT (05:30 UTC) and in EST (06:30 UTC)."""
    dtstart = datetime(2026, 10, 31, 1, 30, tzinfo=NEW_YORK)
    assert expected == times_in_utc(Series(dtstart, Rule.parse("FREQ=DAILY;COUNT=3"), fold=fold))


def test_reading_7_equal_instants_count_once() -> None:
    """02:30 moves to 03:30, where the rule is an hour later too."""
    dtstart = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)
    expected = ["03-08T06:30", "03-08T07:30", "03-08T08:30"]
    assert expected == times_in_utc(Series(dtstart, Rule.parse("FREQ=HOURLY")).take(3))


def test_reading_7_the_order_is_that_of_instants() -> None:
    """02:50 moves to 03:50, behind 03:40 which comes after it by the rule."""
    dtstart = datetime(2026, 3, 8, 1, 10, tzinfo=NEW_YORK)
    series = Series(dtstart, Rule.parse("FREQ=MINUTELY;INTERVAL=50"))
    expected = ["03-08T06:10", "03-08T07:00", "03-08T07:40", "03-08T07:50", "03-08T08:30"]
    assert expected == times_in_utc(series.take(5))
    begin, end = dtstart - timedelta(hours=1), dtstart + timedelta(hours=4)
    assert expected == times_in_utc(series.between(begin, end))[:5]


def test_reading_8_dtstart_is_the_first_occurrence_and_counts() -> None:
    """1 January 2026 is a Thursday, out of step with Mondays."""
    dtstart, rule = datetime(2026, 1, 1, 9), Rule.parse("FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    assert ["2026-01-01", "2026-01-05", "2026-01-12"] == days(Series(dtstart, rule))
    assert ["2026-01-05", "2026-01-12", "2026-01-19"] == days(Series(dtstart, rule, include_dtstart=False))


def test_reading_8_dtstart_in_step_is_there_once() -> None:
    rule = Rule.parse("FREQ=WEEKLY;BYDAY=MO;COUNT=2")
    assert ["2026-01-05", "2026-01-12"] == days(Series(datetime(2026, 1, 5, 9), rule))


def test_reading_8_only_a_series_without_dtstart_is_empty() -> None:
    dtstart, rule = datetime(2026, 1, 1, 9), Rule.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    with_dtstart, without = Series(dtstart, rule), Series(dtstart, rule, include_dtstart=False)
    assert (False, True, [dtstart]) == (with_dtstart.is_empty, with_dtstart.rule_is_empty, list(with_dtstart))
    assert (True, True, []) == (without.is_empty, without.rule_is_empty, list(without))


def test_reading_8_until_before_dtstart() -> None:
    """An error when strict; else there is nothing at all, DTSTART included."""
    dtstart, rule = datetime(2026, 1, 1, 9), Rule.parse("FREQ=DAILY;UNTIL=20251231T090000")
    with pytest.raises(SeriesError, match=r"UNTIL=2025-?12-?31"):
        Series(dtstart, rule)
    series = Series(dtstart, rule, strict=False)
    assert ([], True, 0) == (list(series), series.is_empty, series.count())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;COUNT=2;BYHOUR=9", ["2026-01-01", "2026-01-02"]),
        ("FREQ=DAILY;COUNT=2;BYMINUTE=0,30", ["2026-01-01", "2026-01-02"]),
        ("FREQ=DAILY;COUNT=2;BYSECOND=15", ["2026-01-01", "2026-01-02"]),
        ("FREQ=HOURLY;COUNT=2", ["2026-01-01"]),
        ("FREQ=MINUTELY", ["2026-01-01"]),
        ("FREQ=SECONDLY;INTERVAL=7", ["2026-01-01"]),
        ("FREQ=DAILY;UNTIL=20260103T120000Z", ["2026-01-01", "2026-01-02", "2026-01-03"]),
    ],
)
def test_reading_9_a_date_has_no_times(text: str, expected: list[str]) -> None:
    """On a DATE such parts are ignored, and a FREQ below DAILY leaves DTSTART alone; strictly they are errors."""
    rule = Rule.parse(text)
    with pytest.raises(SeriesError):
        Series(date(2026, 1, 1), rule)
    series = Series(date(2026, 1, 1), rule, strict=False)
    assert expected == days(series)
    assert series.problems


@pytest.mark.parametrize(
    ("dtstart", "until"),
    [
        # 18:00 in Los Angeles is 02:00 UTC of the next day: as a local time, or a UTC date, the third would be lost.
        (datetime(2026, 1, 1, 18, tzinfo=LOS_ANGELES), "20260103"),
        (datetime(2026, 1, 1, 18, tzinfo=LOS_ANGELES), "20260103T180000"),
        (datetime(2026, 1, 1, 18), "20260103"),
        (datetime(2026, 1, 1, 18), "20260103T180000Z"),
    ],
)
def test_reading_9_until_of_another_kind(dtstart: datetime, until: str) -> None:
    """A whole local day, the zone's local time, and a floating DTSTART's local time."""
    rule = Rule.parse(f"FREQ=DAILY;UNTIL={until}")
    with pytest.raises(SeriesError, match=r"UNTIL=2026-?01-?03"):
        Series(dtstart, rule)
    series = Series(dtstart, rule, strict=False)
    assert ["2026-01-01", "2026-01-02", "2026-01-03"] == days(series)
    assert series.problems


def test_reading_9_until_in_utc_is_an_instant_for_a_zoned_dtstart() -> None:
    """This is what the RFC asks for; a second less and the last one goes."""
    dtstart = datetime(2026, 1, 1, 18, tzinfo=LOS_ANGELES)
    assert 3 == len(list(Series(dtstart, Rule.parse("FREQ=DAILY;UNTIL=20260104T020000Z"))))
    assert 2 == len(list(Series(dtstart, Rule.parse("FREQ=DAILY;UNTIL=20260104T015959Z"))))


def test_reading_10_weeks_start_on_monday() -> None:
    """RFC 5545's own example of what WKST changes: without it, the days are those of WKST=MO."""
    dtstart, text = datetime(1997, 8, 5, 9), "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU"
    assert ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"] == given(dtstart, text, 5)
    assert ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"] == given(dtstart, text + ";WKST=SU", 5)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("FREQ=DAILY;COUNT=2;UNTIL=20260103T090000", "UNTIL"),
        ("FREQ=MONTHLY;COUNT=2;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=1MO", "BYDAY"),
        ("FREQ=YEARLY;COUNT=2;BYWEEKNO=20;BYDAY=1MO", "BYDAY"),
        ("FREQ=DAILY;COUNT=2;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;COUNT=2;BYYEARDAY=2", "BYYEARDAY"),
        ("FREQ=WEEKLY;COUNT=2;BYMONTHDAY=2", "BYMONTHDAY"),
    ],
)
def test_reading_11_what_the_rfc_forbids_is_an_error_that_names_the_part(text: str, part: str) -> None:
    """Leniently the rule is taken, expands, and says what was forgiven."""
    with pytest.raises(RuleError, match=part):
        Rule.parse(text)
    rule = Rule.parse(text, strict=False)
    assert any(part in problem for problem in rule.problems)
    assert 2 == len(Series(datetime(2026, 1, 1, 9), rule, strict=False).take(2))


def test_reading_11_the_sensible_thing() -> None:
    """COUNT with UNTIL: both hold. An ordinal that means nothing: every such weekday. A forbidden part: a limit."""

    def lenient(text: str) -> list[str]:
        rule = Rule.parse(text, strict=False)
        return days(Series(datetime(2026, 1, 1, 9), rule, include_dtstart=False, strict=False).take(3))

    assert ["2026-01-01", "2026-01-02"] == lenient("FREQ=DAILY;COUNT=2;UNTIL=20260103T090000")
    assert ["2026-01-01"] == lenient("FREQ=DAILY;COUNT=2;UNTIL=20260101T090000")
    assert ["2026-01-05", "2026-01-12", "2026-01-19"] == lenient("FREQ=WEEKLY;BYDAY=1MO")
    assert ["2026-01-02", "2026-02-02", "2026-03-02"] == lenient("FREQ=WEEKLY;BYMONTHDAY=2")
    assert ["2026-01-02", "2027-01-02", "2028-01-02"] == lenient("FREQ=DAILY;BYYEARDAY=2")


def test_reading_12_count_counts_before_exdate_takes_away() -> None:
    dtstart = datetime(2026, 1, 1, 9)
    series = Series(dtstart, Rule.parse("FREQ=DAILY;COUNT=3"), exdates=[datetime(2026, 1, 2, 9)])
    assert ["2026-01-01", "2026-01-03"] == days(series)


def test_reading_12_count_counts_local_times_before_equal_instants_are_made_one() -> None:
    """01:30, 02:30, 03:30 and 04:30 are four; the second and the third are one instant."""
    dtstart = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)
    series = Series(dtstart, Rule.parse("FREQ=HOURLY;COUNT=4"))
    assert ["03-08T06:30", "03-08T07:30", "03-08T08:30"] == times_in_utc(series)
    assert 3 == series.count()
