"""Rules that mean the same are found to, whatever they look like; what differs anywhere in the calendar is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import brute_force
from properties.strategies import Case, cases, reach_of
from schedcore import Rule, SchedcoreError, Series
from schedcore.recurrence.matching import filled

THURSDAY = datetime(2026, 1, 1, 9)
ZURICH = ZoneInfo("Europe/Zurich")

SAME = [
    ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
    ("FREQ=DAILY;INTERVAL=7", "FREQ=WEEKLY"),
    ("FREQ=DAILY;INTERVAL=14", "FREQ=WEEKLY;INTERVAL=2;WKST=WE"),
    ("FREQ=MONTHLY;INTERVAL=12", "FREQ=YEARLY"),
    ("FREQ=MONTHLY;BYDAY=1TH", "FREQ=MONTHLY;BYDAY=TH;BYMONTHDAY=1,2,3,4,5,6,7"),
    ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTH=3;BYDAY=-1SU"),
    ("FREQ=YEARLY;BYYEARDAY=1", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1"),
    ("FREQ=YEARLY;BYYEARDAY=-1", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"),
    ("FREQ=DAILY;BYHOUR=9,21", "FREQ=HOURLY;INTERVAL=12"),
    ("FREQ=HOURLY;INTERVAL=24", "FREQ=DAILY"),
    ("FREQ=SECONDLY", "FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60)))),
    ("FREQ=SECONDLY;INTERVAL=7;BYDAY=MO,TU,WE,TH,FR,SA,SU", "FREQ=SECONDLY;INTERVAL=7"),
    ("FREQ=HOURLY;INTERVAL=7;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12", "FREQ=MINUTELY;INTERVAL=420"),
    ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;UNTIL=20260103T090000"),
    ("FREQ=DAILY;UNTIL=20260103T090000", "FREQ=DAILY;UNTIL=20260104T085959"),
    ("FREQ=WEEKLY;COUNT=1", "FREQ=YEARLY;COUNT=1"),
    ("FREQ=DAILY;COUNT=5;BYDAY=TH,FR,SA,SU,MO", "FREQ=DAILY;COUNT=5"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31"),
    ("FREQ=YEARLY;INTERVAL=9000", "FREQ=DAILY;COUNT=1"),
    ("FREQ=MONTHLY;BYDAY=MO,TU;BYHOUR=9,17;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU;BYHOUR=17;BYSETPOS=-1"),
]

DIFFERENT = [
    ("FREQ=DAILY", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA"),
    ("FREQ=DAILY;INTERVAL=14", "FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2"),
    ("FREQ=YEARLY", "FREQ=DAILY;INTERVAL=365"),
    ("FREQ=YEARLY;BYYEARDAY=60", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1"),
    ("FREQ=YEARLY;INTERVAL=4;BYYEARDAY=366", "FREQ=YEARLY;BYYEARDAY=366"),
    ("FREQ=DAILY;COUNT=3", "FREQ=DAILY;COUNT=4"),
    ("FREQ=DAILY;COUNT=3", "FREQ=DAILY"),
    ("FREQ=SECONDLY;UNTIL=20300101T000000", "FREQ=SECONDLY;UNTIL=20300101T000001"),
    ("FREQ=HOURLY;INTERVAL=7", "FREQ=HOURLY;INTERVAL=7;BYHOUR=" + ",".join(map(str, range(23)))),
    ("FREQ=SECONDLY;INTERVAL=7", "FREQ=SECONDLY;INTERVAL=7;BYYEARDAY=" + ",".join(map(str, range(1, 366)))),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH;WKST=SU"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    for dtstart in (THURSDAY, THURSDAY.replace(tzinfo=ZURICH)):
        rules = [Rule.parse(text if dtstart.tzinfo is None else text.replace("T090000", "T090000Z"), strict=False)
                 for text in (one, other)]  # fmt: skip
        if dtstart.tzinfo and "UNTIL" in one + other:
            continue
        assert rules[0].equivalent(rules[1], dtstart)
        assert rules[1].equivalent(rules[0], dtstart)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    rules = Rule.parse(one), Rule.parse(other)
    for dtstart in (THURSDAY, THURSDAY.replace(tzinfo=ZURICH)):
        if dtstart.tzinfo and "UNTIL" in one + other:
            continue
        assert not rules[0].equivalent(rules[1], dtstart)
        assert not rules[1].equivalent(rules[0], dtstart)


def test_it_depends_on_dtstart() -> None:
    """Every seventh day is Thursday only from a Thursday on."""
    rules = Rule.parse("FREQ=DAILY;INTERVAL=7"), Rule.parse("FREQ=WEEKLY;BYDAY=TH")
    assert rules[0].equivalent(rules[1], date(2026, 1, 1))
    assert not rules[0].equivalent(rules[1], date(2026, 1, 2))


def test_a_difference_of_the_far_future() -> None:
    """In 2100, no leap year, the second rule misses a day."""
    rules = Rule("YEARLY", bymonth=2, bymonthday=-1, interval=4), Rule("YEARLY", byyearday=60, interval=4)
    assert not rules[0].equivalent(rules[1], date(2024, 2, 29))
    until = [rule.replace(until=date(2099, 1, 1)) for rule in rules]
    assert until[0].equivalent(until[1], date(2024, 2, 29))


def test_until_in_utc() -> None:
    """Two ends between the same two starts; and one beside a gap, where local times do not tell."""
    start = datetime(2026, 3, 27, 2, 30, tzinfo=ZURICH)
    one, same, other = (Rule.parse(f"FREQ=DAILY;UNTIL={end}Z")
                        for end in ("20260329T013000", "20260329T020000", "20260329T012959"))  # fmt: skip
    assert one.equivalent(same, start)
    assert not one.equivalent(other, start)


def test_different_local_times_of_one_instant() -> None:
    """02:30 and 03:30 on the day of the gap are one instant, and these rules end with it."""
    start = datetime(2026, 3, 28, 3, 30, tzinfo=ZURICH)
    one = Rule.parse("FREQ=YEARLY;BYYEARDAY=88;BYHOUR=2,3;UNTIL=20260329T230000Z")
    other = Rule.parse("FREQ=YEARLY;BYYEARDAY=88;BYHOUR=3;UNTIL=20260329T230000Z")
    assert one.equivalent(other, start)
    assert not one.equivalent(other, start.replace(tzinfo=None))


def test_what_does_not_fit_dtstart() -> None:
    """Read as Series does when it is not strict: an hourly rule beside a date leaves DTSTART alone."""
    assert Rule.parse("FREQ=HOURLY").equivalent(Rule.parse("FREQ=DAILY;COUNT=1"), date(2026, 1, 1))
    assert Rule.parse("FREQ=DAILY;UNTIL=20200101").equivalent(Rule.parse("FREQ=HOURLY;UNTIL=20200101"), THURSDAY)
    assert not Rule.parse("FREQ=DAILY;UNTIL=20200101").equivalent(Rule.parse("FREQ=DAILY;COUNT=1"), THURSDAY)
    with pytest.raises(SchedcoreError, match="is no Rule"):
        Rule.parse("FREQ=DAILY").equivalent("FREQ=DAILY", THURSDAY)  # type: ignore[arg-type]


@given(cases(strict=False), cases(strict=False), st.booleans())
def test_against_the_twin(one: Case, other: Case, alike: bool) -> None:
    """Two drawn rules, the second often the first with all said that it takes from DTSTART."""
    dtstart = one.dtstart
    first = Rule.parse(one.text, strict=False)
    second = Rule.parse(other.text, strict=False)
    if alike:
        local = int((dtstart - datetime(1970, 1, 1)).total_seconds())
        second = filled(first, local)
        assert first.equivalent(second, dtstart)
    elif first.equivalent(second, dtstart):
        stop = min(reach_of(one), reach_of(Case(other.text, dtstart, other.freq, other.interval)))
        walks = [list(islice(brute_force.occurrences(str(rule), dtstart, True, stop=stop), 50))
                 for rule in (first, second)]  # fmt: skip
        assert walks[0] == walks[1]


PARTS = [
    "BYDAY=MO,WE",
    "BYDAY=TU",
    "BYMONTH=1,2",
    "BYMONTHDAY=1,15",
    "BYHOUR=9,17",
    "BYMINUTE=0,30",
    "INTERVAL=2",
    "COUNT=8",
]
SMALL = st.builds(
    lambda freq, parts: ";".join([f"FREQ={freq}", *sorted(parts)]),
    st.sampled_from(["MONTHLY", "WEEKLY", "DAILY", "HOURLY"]),
    st.sets(st.sampled_from(PARTS), max_size=3).filter(lambda parts: len({part[:5] for part in parts}) == len(parts)),
)


@given(SMALL, SMALL)
def test_small_rules_decide_as_a_long_walk(one: str, other: str) -> None:
    """Rules of few parts that differ do so within some years."""
    rules = Rule.parse(one, strict=False), Rule.parse(other, strict=False)
    series = [Series(THURSDAY, rule, strict=False) for rule in rules]
    stop = THURSDAY + timedelta(days=6000)
    assert (series[0].between(THURSDAY, stop) == series[1].between(THURSDAY, stop)) == rules[0].equivalent(
        rules[1], THURSDAY
    )
