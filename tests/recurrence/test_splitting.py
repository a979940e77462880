"""A series cut in two is the old series: starts, ends, recurrence ids, on the side where they belong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import FREQS, ZONES, Case, cases, cases_near_changes, dtstarts, reach_of
from schedcore import Duration, Override, Rule, Series

ZURICH = ZoneInfo("Europe/Zurich")
READINGS = ("rfc5545", "dateutil")
DAY = timedelta(days=1)


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[misc,arg-type]


def instant(value: Any) -> Any:
    """A value that compares by its instant: Python compares two times of one zone by their clocks."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def listed(series: Series, low: Any, stop: Any) -> list[tuple[Any, Any, Any]]:
    found = [(one.start, one.end, one.recurrence_id or one.start) for one in series.overlapping(low, stop)]
    return sorted(tuple(map(instant, one)) for one in found)  # type: ignore[misc]


def check(series: Series, at: Any, stop: Any) -> tuple[Series, Series]:
    """Split, and compare what both parts give up to `stop` with what the whole gives, and who gives it."""
    at = instant(at)
    stop = max(instant(stop), at)
    head, tail = series.split(at)
    low = at.min.replace(tzinfo=UTC) if isinstance(at, datetime) and at.tzinfo else at.min
    whole = listed(series, low, stop)
    parts = listed(head, low, stop), listed(tail, low, stop)
    assert ([one for one in whole if one[2] < at], [one for one in whole if one[2] >= at]) == parts, (head, tail)
    return head, tail


def limited(series: Series, most: int, stop: datetime) -> datetime:
    """An end that leaves at most `most` starts before it, and the calendar room."""
    found = series.take(most)
    return min(found[-1], stop) if len(found) == most else stop


@given(cases(strict=False), st.booleans(), st.integers(0, 30), st.sampled_from([0, 1, 3600, 86_400]))
def test_floating(case: Case, include_dtstart: bool, place: int, more: int) -> None:
    """Any rule, cut at a start or shortly behind one."""
    series = Series(case.dtstart, Rule.parse(case.text, strict=False), include_dtstart=include_dtstart, strict=False)
    stop = limited(series, 100, reach_of(case))
    at = series.nth(place) or case.dtstart
    at = at + timedelta(seconds=more) if stop - at > DAY else at
    check(series, at, stop)


@given(
    cases_near_changes(),
    st.booleans(),
    st.integers(-1, 10),
    st.integers(-90, 90),
    st.sampled_from(["shift", "skip"]),
    st.sampled_from(["first", "last", "both"]),
)
def test_where_the_clocks_change(
    drawn: tuple[Case, str], include_dtstart: bool, place: int, minutes: int, gap: str, fold: str
) -> None:
    """Cut in and around gaps and repeated hours, where the order of local times is not that of instants."""
    case, key = drawn
    zone = ZoneInfo(key)
    start = case.dtstart.replace(tzinfo=zone)
    series = Series(start, case.text, include_dtstart=include_dtstart, strict=False, gap=gap, fold=fold)
    at = start if place < 0 else series.nth(place) or start
    at = (at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
    reach = {"SECONDLY": timedelta(minutes=70), "MINUTELY": DAY}.get(case.freq, 10 * DAY)
    check(series, at, (at.astimezone(UTC) + reach).astimezone(zone))


@given(cases(freqs=("YEARLY", "MONTHLY", "WEEKLY", "DAILY")), st.integers(0, 12))
def test_dates(case: Case, place: int) -> None:
    """Days only, with the times of a rule ignored."""
    text = ";".join(part for part in case.text.split(";") if not part.startswith(("BYHOUR", "BYMINUTE", "BYSECOND")))
    series = Series(case.dtstart.date(), Rule.parse(text, strict=False), strict=False)
    stop = series.take(60)[-1] if series.take(60) else case.dtstart.date()
    check(series, series.nth(place) or case.dtstart.date(), stop)


@given(cases(starts=dtstarts(1990, 2040)), st.integers(0, 12))
def test_dateutils_reading(case: Case, place: int) -> None:
    series = Series(case.dtstart, Rule.parse(case.text, strict=False), strict=False, reading="dateutil")
    at = series.nth(place)
    if at is not None:
        check(series, at, limited(series, 60, reach_of(case)))


SHORT = st.integers(0, 400).map(lambda hours: zurich(2026, 3, 20, 9) + timedelta(hours=hours))
TEXTS = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=9",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
    "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=7",
    "FREQ=HOURLY;INTERVAL=5;COUNT=80",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY",
    "FREQ=DAILY;UNTIL=20260402T070000Z",
    "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
]


@given(
    rules=st.lists(st.sampled_from(TEXTS), max_size=3),
    exrules=st.lists(st.sampled_from(TEXTS), max_size=2),
    rdates=st.lists(st.one_of(SHORT, st.tuples(SHORT, st.just(timedelta(hours=3)))), max_size=3),
    exdates=st.lists(st.one_of(SHORT, SHORT.map(datetime.date)), max_size=3),
    moved=st.lists(st.tuples(st.integers(0, 12), SHORT, st.booleans(), st.booleans()), max_size=4),
    days=st.lists(st.tuples(SHORT.map(datetime.date), SHORT), max_size=1),
    include_dtstart=st.booleans(),
    at=SHORT,
)
def test_whole_sets(
    rules: list[str],
    exrules: list[str],
    rdates: list[Any],
    exdates: list[Any],
    moved: list[tuple[int, datetime, bool, bool]],
    days: list[tuple[date, datetime]],
    include_dtstart: bool,
    at: datetime,
) -> None:
    """Several rules, EXRULEs, RDATEs with a length of their own, EXDATEs of days, overrides of one and of all later."""
    start = zurich(2026, 3, 20, 9)
    plain = Series(start, rules, rdates=rdates, exrules=exrules, include_dtstart=include_dtstart)
    overrides = [
        Override(named, None if gone else to, cancelled=gone, this_and_future=future)
        for place, to, gone, future in moved
        if (named := plain.nth(place)) is not None
    ]
    overrides += [Override(day, to, end=to + timedelta(hours=2)) for day, to in days]
    series = Series(
        start, rules, duration=Duration(days=1), rdates=rdates, exdates=exdates, exrules=exrules,
        overrides=overrides, include_dtstart=include_dtstart,
    )  # fmt: skip
    check(series, at, zurich(2026, 5, 10))


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_count_is_shared_out() -> None:
    head, tail = Series(zurich(2026, 1, 5, 9), "FREQ=WEEKLY;COUNT=10").split(zurich(2026, 1, 20))
    assert ["FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;COUNT=7"] == [str(part.rules[0]) for part in (head, tail)]
    assert zurich(2026, 1, 26, 9) == tail.dtstart


def test_the_first_part_ends_with_its_last_start() -> None:
    """In UTC, as RFC 5545 3.3.10 wants UNTIL of a zoned series; the second part keeps the rule."""
    head, tail = Series(zurich(2026, 3, 23, 9), "FREQ=WEEKLY").split(zurich(2026, 4, 10))
    assert "FREQ=WEEKLY;UNTIL=20260406T070000Z" == str(head.rules[0])
    assert "FREQ=WEEKLY" == str(tail.rules[0])


def test_the_thirty_first_stays() -> None:
    head, tail = Series(date(2026, 1, 31), "FREQ=MONTHLY").split(date(2026, 2, 1))
    assert [date(2026, 3, 31), date(2026, 5, 31)] == tail.take(2)
    assert [date(2026, 1, 31)] == list(head)


def test_a_start_that_the_clocks_moved_keeps_its_time() -> None:
    """02:30 does not exist on 29 March: shown at 03:30, and the next day at 02:30 again."""
    series = Series(zurich(2026, 3, 20, 2, 30), "FREQ=DAILY")
    _, tail = series.split(zurich(2026, 3, 29, 3, 30))
    assert [zurich(2026, 3, 29, 3, 30), zurich(2026, 3, 30, 2, 30)] == tail.take(2)
    assert datetime(2026, 3, 29, 2, 30) == tail.dtstart.replace(tzinfo=None)


def test_every_second_week_stays_in_step() -> None:
    """DTSTART on a Wednesday out of step with BYDAY, cut in a week that is left out."""
    series = Series(date(2026, 1, 7), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR")
    _, tail = check(series, date(2026, 1, 12), date(2026, 6, 1))
    assert date(2026, 1, 19) == tail.dtstart


def test_two_rules_in_step_say_what_they_took() -> None:
    """The second rule took Tuesday from DTSTART: it says so at the new one."""
    series = Series(date(2026, 1, 6), ["FREQ=WEEKLY", "FREQ=MONTHLY;COUNT=5"])
    _, tail = check(series, date(2026, 2, 1), date(2026, 12, 1))
    assert date(2026, 2, 3) == tail.dtstart
    assert ["FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=6;COUNT=5"] == [str(rule) for rule in tail.rules]


def test_two_rules_out_of_step_keep_dtstart() -> None:
    """No DTSTART suits both: the old one stays, and EXRULEs take away what lies before the cut."""
    series = Series(date(2026, 1, 6), ["FREQ=WEEKLY;INTERVAL=2", "FREQ=DAILY;INTERVAL=5"])
    _, tail = check(series, date(2026, 2, 1), date(2027, 1, 1))
    assert date(2026, 1, 6) == tail.dtstart
    assert 2 == len(tail.exrules)


@pytest.mark.parametrize("at", [date(2025, 1, 1), date(2026, 1, 6), date(2030, 1, 1)])
def test_nothing_on_one_side(at: date) -> None:
    """One part is empty, the other the whole."""
    series = Series(date(2026, 1, 6), "FREQ=DAILY;COUNT=5")
    head, tail = check(series, at, date(2031, 1, 1))
    assert (0, 5) == tuple(sorted((head.count(), tail.count())))  # type: ignore[type-var]
    assert series in (head, tail)


def test_at_the_edge_of_the_calendar() -> None:
    """An UNTIL in UTC would lie before the year 1: COUNT says it."""
    series = Series(datetime(1, 1, 1, tzinfo=ZURICH), "FREQ=HOURLY")
    head, _ = series.split(datetime(1, 1, 1, 0, 0, 1, tzinfo=ZURICH))
    assert "FREQ=HOURLY;COUNT=1" == str(head.rules[0])


@pytest.mark.parametrize("freq", FREQS)
def test_far_cuts_cost_no_more(freq: str) -> None:
    """A thousand years on: a seek, no walk."""
    series = Series(datetime(2026, 1, 1), f"FREQ={freq}")
    head, tail = series.split(datetime(3026, 1, 1))
    assert series.after(datetime(3025, 12, 31, 23, 59, 59)) == tail.first()
    assert series.rank(datetime(3026, 1, 1)) == head.count()


@pytest.mark.parametrize("start", [date(2026, 1, 6), datetime(2026, 1, 6, 9), zurich(2026, 3, 29, 2, 30)])
def test_stopped(start: date) -> None:
    """No start at all, the first too."""
    for fold in ("first", "both"):
        empty = Series(start, "FREQ=DAILY", fold=fold).stopped()
        assert empty.is_empty
        assert start == empty.dtstart


@given(st.sampled_from(ZONES), st.integers(0, 50), st.integers(0, 50))
def test_split_twice(key: str, first: int, second: int) -> None:
    """The parts of a part are parts of the whole."""
    zone = ZoneInfo(key)
    series = Series(datetime(2026, 3, 1, 2, 30, tzinfo=zone), "FREQ=DAILY;INTERVAL=2;COUNT=51")
    _, tail = check(series, series.nth(first), datetime(2027, 1, 1, tzinfo=zone))
    if second < (tail.count() or 0):
        check(tail, tail.nth(second), datetime(2027, 1, 1, tzinfo=zone))
