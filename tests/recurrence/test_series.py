"""Series: what it is made of, what it answers, what it refuses."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schedcore import Duration, Override, Rule, Series
from schedcore.errors import RuleError, SeriesError, ZoneError

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YORK = ZoneInfo("America/New_York")


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[arg-type, misc]


# --- what is given, and what comes back -------------------------------------------------------------------------------


def test_values_are_of_the_kind_of_dtstart() -> None:
    """Dates give dates, naive datetimes naive ones, zoned ones datetimes with the very tzinfo of DTSTART."""
    assert [date(2026, 3, 2), date(2026, 3, 3)] == Series(date(2026, 3, 2), "FREQ=DAILY").take(2)
    assert [datetime(2026, 3, 2, 9)] == Series(datetime(2026, 3, 2, 9), "FREQ=DAILY").take(1)
    (first,) = Series(zurich(2026, 3, 2, 9), "FREQ=DAILY").take(1)
    assert zurich(2026, 3, 2, 9) == first
    assert first.tzinfo is ZURICH
    offset = timezone(timedelta(hours=5, minutes=30))
    assert [datetime(2026, 3, 2, 9, tzinfo=offset)] == Series(datetime(2026, 3, 2, 9, tzinfo=offset)).take(2)


def test_rule_forms() -> None:
    """A rule is a Rule, its text, several of either, or nothing."""
    start = datetime(2026, 3, 2, 9)
    text = "FREQ=WEEKLY;COUNT=2"
    expected = [start, start + timedelta(days=7)]
    assert expected == list(Series(start, text)) == list(Series(start, Rule.parse(text))) == list(Series(start, [text]))
    assert [start] == list(Series(start)) == list(Series(start, []))
    two = Series(start, [text, Rule.parse("FREQ=DAILY;COUNT=3")])
    assert [start + timedelta(days=days) for days in (0, 1, 2, 7)] == list(two)
    assert (Rule.parse(text), Rule.parse("FREQ=DAILY;COUNT=3")) == two.rules


def test_every_way_to_ask_agrees() -> None:
    """One series through between, starts, iter, take, after, before, first, last, rank, nth and count."""
    series = Series(zurich(2026, 1, 30, 9), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=30")
    every = list(series)
    assert 30 == len(every) == series.count()
    assert every == series.between(every[0], every[-1] + timedelta(seconds=1))
    assert every[3:5] == series.between(every[3], every[5])
    assert [int(start.timestamp()) for start in every[3:5]] == series.starts(every[3], every[5]).tolist()
    assert every[:7] == series.take(7)
    assert (every[0], every[-1]) == (series.first(), series.last())
    for number, start in enumerate(every):
        assert number == series.rank(start)
        assert start == series.nth(number) == series.nth(number - 30)
        assert start == series.after(start - timedelta(seconds=1)) == series.before(start + timedelta(seconds=1))
    assert None is series.after(every[-1]) is series.before(every[0]) is series.nth(30) is series.nth(-31)
    assert 4 == series.count(every[2], every[6])


def test_starts_shares_memory_and_is_int64() -> None:
    """The column is numpy's int64, UTC seconds when zoned, local seconds otherwise."""
    found = Series(zurich(2026, 3, 29, 9), "FREQ=DAILY").starts(zurich(2026, 3, 29), zurich(2026, 3, 30))
    assert "int64" == str(found.dtype)
    assert [int(datetime(2026, 3, 29, 7, tzinfo=UTC).timestamp())] == found.tolist()
    assert found.base is not None
    assert [86400] == Series(date(1970, 1, 2)).starts(date(1970, 1, 1), date(1971, 1, 1)).tolist()


def test_iter_is_lazy_and_reaches_the_end_of_the_calendar() -> None:
    """An endless series yields at once, and stops with the year 9999."""
    assert 100_000 == sum(1 for _ in islice(Series(datetime(2026, 1, 1), "FREQ=SECONDLY"), 100_000))
    tail = Series(date(9999, 12, 30), "FREQ=DAILY")
    assert [date(9999, 12, 30), date(9999, 12, 31)] == list(tail)
    assert datetime(9999, 12, 31, 23, 59, 59) == Series(datetime(2026, 1, 1), "FREQ=SECONDLY").before(datetime.max)
    for zone in (ZURICH, NEW_YORK, ZoneInfo("Pacific/Kiritimati")):
        assert 2 == len(list(Series(datetime(9999, 12, 30, 23, 30, tzinfo=zone), "FREQ=DAILY")))
        assert 3 == len(Series(datetime(1, 1, 1, tzinfo=zone), "FREQ=DAILY").take(3))


def test_far_windows() -> None:
    """A window 7,000 years on is answered like a near one, with COUNT too."""
    series = Series(zurich(2026, 3, 2, 9), "FREQ=DAILY;COUNT=10000000")
    assert [zurich(9000, 7, 1, 9)] == series.between(zurich(9000, 7, 1), zurich(9000, 7, 2))


def test_infinite_and_empty() -> None:
    """Endless, finite, empty and never matching are told apart without a search."""
    start = date(2026, 1, 1)
    assert Series(start, "FREQ=DAILY").is_infinite
    assert not Series(start, "FREQ=DAILY;COUNT=10").is_infinite
    assert not Series(start).is_infinite
    never = Series(start, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert (True, False, False) == (never.rule_is_empty, never.is_empty, never.is_infinite)
    assert [start] == list(never)
    assert Series(start, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", include_dtstart=False).is_empty
    assert Series(start, exdates=[start]).is_empty
    assert None is Series(start, "FREQ=DAILY").last() is Series(start, "FREQ=DAILY").count()
    with pytest.raises(SeriesError, match="has no end"):
        Series(start, "FREQ=DAILY").nth(-1)


def test_value_semantics() -> None:
    """Equal by what was given; pickled and copied; shown with DTSTART and rule."""
    series = Series(
        zurich(2026, 3, 2, 9),
        "FREQ=DAILY;COUNT=5",
        duration=Duration(days=1),
        exdates=[zurich(2026, 3, 3, 9)],
        overrides=[Override(zurich(2026, 3, 4, 9), cancelled=True)],
        fold="last",
    )
    for again in (pickle.loads(pickle.dumps(series)), copy.deepcopy(series)):
        assert series == again
        assert hash(series) == hash(again)
        assert list(series) == list(again)
    assert series != Series(zurich(2026, 3, 2, 9), "FREQ=DAILY;COUNT=5")
    assert "<Series 2026-03-02T09:00:00+01:00 FREQ=DAILY;COUNT=5 1 exdates 1 overrides>" == repr(series)


def test_equal_in_another_object_of_the_zone() -> None:
    """A zone's name may have many ZoneInfo objects, which equal only themselves; the series in them are equal."""
    times = [datetime(2026, 3, 2, 9, tzinfo=zone("Europe/Zurich")) for zone in (ZoneInfo, ZoneInfo.no_cache)]
    one, other = (Series(dtstart, "FREQ=DAILY", exdates=[dtstart]) for dtstart in times)
    assert one == other and hash(one) == hash(other)
    assert one != Series(times[0].astimezone(ZoneInfo("Europe/Paris")), "FREQ=DAILY", exdates=[times[0]])


# --- reading 8 --------------------------------------------------------------------------------------------------------


def test_reading_8_dtstart_is_the_first_occurrence() -> None:
    """In step with the rule or not, and it counts towards COUNT; include_dtstart=False leaves what the rule gives."""
    start = datetime(2026, 3, 3, 9)  # a Tuesday
    rule = "FREQ=WEEKLY;BYDAY=MO;COUNT=3"
    mondays = [datetime(2026, 3, day, 9) for day in (9, 16, 23)]
    assert [start, *mondays[:2]] == list(Series(start, rule))
    assert mondays == list(Series(start, rule, include_dtstart=False))
    assert mondays == list(Series(start, rule, reading="dateutil"))


def test_reading_8_until_before_dtstart() -> None:
    """An error when strict, nothing at all otherwise, and problems says so."""
    start = zurich(2026, 3, 2, 9)
    with pytest.raises(SeriesError, match=r"UNTIL=20260302T075959Z is before DTSTART"):
        Series(start, "FREQ=DAILY;UNTIL=20260302T075959Z")
    series = Series(start, "FREQ=DAILY;UNTIL=20260302T075959Z", strict=False)
    assert [] == list(series)
    assert 1 == len(series.problems)
    assert [start] == list(Series(start, "FREQ=DAILY;UNTIL=20260302T080000Z"))
    assert 2 == len(Series(start, "FREQ=DAILY;UNTIL=20260301", strict=False).problems)


# --- reading 9 --------------------------------------------------------------------------------------------------------

STRICT_CASES: list[tuple[Any, str, str]] = [
    (date(2026, 3, 2), "FREQ=DAILY;UNTIL=20260304T120000Z", "UNTIL"),
    (date(2026, 3, 2), "FREQ=DAILY;BYHOUR=9", "BYHOUR"),
    (date(2026, 3, 2), "FREQ=DAILY;BYMINUTE=9,10", "BYMINUTE"),
    (date(2026, 3, 2), "FREQ=DAILY;BYSECOND=9", "BYSECOND"),
    (date(2026, 3, 2), "FREQ=HOURLY", "FREQ"),
    (datetime(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304", "UNTIL"),
    (datetime(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304T090000Z", "UNTIL"),
    (zurich(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304", "UNTIL"),
    (zurich(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304T090000", "UNTIL"),
]


@pytest.mark.parametrize(("dtstart", "rule", "part"), STRICT_CASES)
def test_reading_9_strict(dtstart: date, rule: str, part: str) -> None:
    """What does not fit DTSTART is an error that names the part; lenient, it is a problem that names it."""
    with pytest.raises(SeriesError, match=part):
        Series(dtstart, rule)
    (problem,) = Series(dtstart, rule, strict=False).problems
    assert part in problem


def test_reading_9_lenient() -> None:
    """What is forgiven is read as the design says."""

    def read(dtstart: date, rule: str) -> list[Any]:
        return list(Series(dtstart, rule, strict=False))

    day = date(2026, 3, 2)
    assert [day, date(2026, 3, 3)] == read(day, "FREQ=DAILY;BYHOUR=9,12;BYMINUTE=1;COUNT=2")
    assert [day] == read(day, "FREQ=HOURLY;COUNT=9")
    assert [] == list(Series(day, "FREQ=HOURLY;COUNT=9", strict=False, include_dtstart=False))
    assert [day, date(2026, 3, 3)] == read(day, "FREQ=DAILY;UNTIL=20260303T000000Z")
    assert 4 == len(read(datetime(2026, 3, 2, 22), "FREQ=DAILY;UNTIL=20260305"))
    assert 3 == len(read(datetime(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304T090000Z"))
    assert 4 == len(read(zurich(2026, 3, 2, 22), "FREQ=DAILY;UNTIL=20260305"))
    assert 3 == len(read(zurich(2026, 3, 2, 9), "FREQ=DAILY;UNTIL=20260304T090000"))


def test_utc_until_is_an_instant() -> None:
    """On a zoned DTSTART UTC UNTIL is compared as an instant, also through a DST change."""
    series = Series(zurich(2026, 3, 27, 9), "FREQ=DAILY;UNTIL=20260330T070000Z")
    assert [27, 28, 29, 30] == [start.day for start in series]
    assert [27, 28, 29] == [s.day for s in Series(zurich(2026, 3, 27, 9), "FREQ=DAILY;UNTIL=20260330T065959Z")]
    # 02:30 does not exist on the 29th: it is 03:30 CEST, 01:30 UTC.
    for until, count in (("013000", 2), ("012959", 1)):
        series = Series(zurich(2026, 3, 28, 2, 30), f"FREQ=DAILY;UNTIL=20260329T{until}Z")
        assert (
            count == len(list(series)) == series.count() == len(series.between(zurich(2026, 3, 1), zurich(2026, 4, 9)))
        )


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"dtstart": "20260302"}, "DTSTART='20260302'"),
        ({"dtstart": datetime(2026, 3, 2, 9, 0, 0, 5)}, "microsecond"),
        ({"dtstart": date(2026, 3, 2), "rule": 5}, "rule=5"),
        ({"dtstart": date(2026, 3, 2), "duration": 3600}, "duration=3600"),
        ({"dtstart": date(2026, 3, 2), "duration": timedelta(hours=5)}, "whole days"),
        ({"dtstart": datetime(2026, 3, 2), "duration": timedelta(hours=-5)}, "negative"),
        ({"dtstart": datetime(2026, 3, 2), "duration": timedelta(microseconds=5)}, "microseconds"),
        ({"dtstart": datetime(2026, 3, 2), "duration": timedelta(999_999_999)}, "longer"),
        ({"dtstart": date(2026, 3, 2), "gap": "jump"}, "gap='jump': pass one of shift, skip"),
        ({"dtstart": date(2026, 3, 2), "fold": []}, "fold="),
        ({"dtstart": date(2026, 3, 2), "reading": "rfc2445"}, "reading="),
        ({"dtstart": datetime(2026, 3, 2, 9), "rdates": [date(2026, 3, 3)]}, "RDATE="),
        ({"dtstart": datetime(2026, 3, 2, 9), "rdates": ["x"]}, "RDATE='x'"),
        ({"dtstart": datetime(2026, 3, 2, 9), "rdates": [(1, 2, 3)]}, "a period is"),
        ({"dtstart": datetime(2026, 3, 2, 9), "exdates": [zurich(2026, 3, 3, 9)]}, "EXDATE="),
        ({"dtstart": zurich(2026, 3, 2, 9), "exdates": [datetime(2026, 3, 3, 9)]}, "EXDATE="),
        ({"dtstart": zurich(2026, 3, 2, 9), "overrides": [Override(datetime(2026, 3, 3, 9))]}, "RECURRENCE-ID="),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], named: str) -> None:
    """Each is a SeriesError that names the value and what to pass."""
    with pytest.raises(SeriesError) as caught:
        Series(**arguments)
    assert named in str(caught.value)
    assert len(str(caught.value)) < 300


def test_bad_rule_and_zone() -> None:
    """A text that is no rule, a tzinfo that tells no rules."""
    with pytest.raises(RuleError):
        Series(date(2026, 3, 2), "FREQ=SOMETIMES")

    class Strange(timezone.__base__):  # type: ignore[misc, name-defined]
        pass

    with pytest.raises(ZoneError):
        Series(datetime(2026, 3, 2, tzinfo=Strange()), "FREQ=DAILY")


@pytest.mark.parametrize(
    ("dtstart", "bound", "hint"),
    [
        (date(2026, 3, 2), datetime(2026, 3, 2), "datetime.date"),
        (datetime(2026, 3, 2), date(2026, 3, 2), "naive datetime"),
        (datetime(2026, 3, 2), zurich(2026, 3, 2), "naive datetime"),
        (zurich(2026, 3, 2), datetime(2026, 3, 2), "tzinfo"),
        (zurich(2026, 3, 2), date(2026, 3, 2), "tzinfo"),
        (zurich(2026, 3, 2), 1_800_000_000, "tzinfo"),
        (zurich(2026, 3, 2), None, "tzinfo"),
    ],
)
def test_windows_of_the_wrong_kind(dtstart: date, bound: Any, hint: str) -> None:
    """Every question refuses a bound of another kind and says what to pass."""
    series = Series(dtstart, "FREQ=DAILY")
    for ask in (series.between, series.overlapping, series.starts):
        with pytest.raises(SeriesError, match=hint):
            ask(bound, dtstart)
        with pytest.raises(SeriesError, match=hint):
            ask(dtstart, bound)
    for one in (series.after, series.before, series.rank):
        with pytest.raises(SeriesError, match=hint):
            one(bound)


def test_windows_that_end_before_they_begin() -> None:
    """They are errors; an empty window is not."""
    for a, b in ((date(2026, 3, 3), date(2026, 3, 2)), (zurich(2026, 3, 3), zurich(2026, 3, 2))):
        series = Series(b, "FREQ=DAILY")
        for ask in (series.between, series.overlapping, series.starts, series.count):
            with pytest.raises(SeriesError, match="is after b="):
                ask(a, b)
        assert [] == series.between(a, a) == series.overlapping(a, a)[1:]
    with pytest.raises(SeriesError, match="take"):
        Series(date(2026, 3, 2)).take(-1)
    with pytest.raises(SeriesError, match="both bounds"):
        Series(date(2026, 3, 2)).count(date(2026, 3, 2))


def test_microseconds_in_a_window_are_exact() -> None:
    """09:00:00.5 lets out what starts at 09:00:00 as a lower bound, in as an upper one."""
    for zone in (None, ZURICH):
        nine = datetime(2026, 3, 2, 9, tzinfo=zone)
        half = nine.replace(microsecond=500_000)
        series = Series(nine)
        assert [] == series.between(half, nine + timedelta(days=1))
        assert [nine] == series.between(nine, half)
        assert None is series.after(half)
        assert (nine, nine) == (series.before(half), series.after(nine - timedelta(microseconds=1)))
        assert (0, 1) == (series.rank(nine), series.rank(half))
