"""What is not the datetimes: names, weekdays, errors, state, the cache, and that nothing is replayed."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import relativedelta
from dateutil import rrule as theirs

from schedcore.compat import dateutil
from schedcore.compat.dateutil import DAILY, FR, HOURLY, MINUTELY, MO, MONTHLY, SECONDLY, WEEKLY, YEARLY, rrule, weekday
from schedcore.errors import RuleError, SchedcoreError, SeriesError

START = datetime(2026, 1, 1, 9)


def test_names():
    """Every public name of dateutil.rrule, with the same value where that is a number, and no other."""
    assert set(theirs.__all__) | {"FREQNAMES", "rrulebase", "weekday", "weekdays"} == set(dateutil.__all__)
    assert theirs.FREQNAMES == dateutil.FREQNAMES
    numbers = [name for name in theirs.__all__ if isinstance(getattr(theirs, name), int)]
    assert {name: getattr(theirs, name) for name in numbers} == {name: getattr(dateutil, name) for name in numbers}


def test_dateutil_is_not_imported():
    """The drop-in stands alone, also when it is used."""
    code = (
        "import sys; from schedcore.compat.dateutil import rrulestr;"
        "print(rrulestr('DTSTART;TZID=Europe/Zurich:20260101T090000\\nRRULE:FREQ=YEARLY;COUNT=1;BYEASTER=0')[0]);"
        "print([name for name in sys.modules if name.split('.')[0] == 'dateutil'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["2026-04-05 09:00:00+02:00", "[]"]


@pytest.mark.parametrize("other", [theirs, relativedelta])
def test_weekdays_of_others(other):
    """Weekdays of dateutil are equal to ours from both sides, hash alike, and are taken as ours are."""
    for ours, day in zip(dateutil.weekdays, other.weekdays if other is theirs else relativedelta.weekdays, strict=True):
        assert ours == day and day == ours
        assert ours(-2) == day(-2) and day(-2) == ours(-2) and ours != day(-2)
        assert hash(ours(3)) == hash(day(3))
        rules = [rrule(MONTHLY, dtstart=START, byweekday=given, wkst=given, count=3) for given in (ours(2), day(2))]
        assert list(rules[0]) == list(rules[1])
    assert START + relativedelta.relativedelta(weekday=FR(1)) == datetime(2026, 1, 2, 9)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_weekdays_are_pickled(protocol):
    assert FR(-1) == pickle.loads(pickle.dumps(FR(-1), protocol))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"freq": 7}, "freq=7: give one of YEARLY"),
        ({"interval": 0}, "interval=0: give 1 or more"),
        ({"interval": -1}, "interval=-1: give 1 or more"),
        ({"wkst": 7}, "wkst=7: give MO to SU"),
        ({"bysetpos": 0}, "bysetpos=0 must be between 1 and 366, or between -366 and -1"),
        ({"bysetpos": [1, 367]}, "bysetpos=367 must be"),
        ({"byhour": 24}, "byhour=24 must be between 0 and 23"),
        ({"byminute": [0, 60]}, "byminute=60 must be between 0 and 59"),
        ({"bysecond": -1}, "bysecond=-1 must be between 0 and 59"),
        ({"freq": HOURLY, "interval": 2, "byhour": [8, 10]}, "byhour='8,10' is never reached from 9 in steps of 2"),
    ],
)
def test_refused_at_once(given, message):
    """What is refused is a ValueError as in dateutil, of our tree, that names the value and what to do."""
    with pytest.raises(RuleError) as caught:
        rrule(**{"freq": DAILY, "dtstart": START, **given})
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, SchedcoreError)


@pytest.mark.parametrize(
    "given",
    [
        {"freq": MINUTELY, "interval": 120, "byhour": (10, 12, 14, 16)},
        {"freq": SECONDLY, "interval": 360, "byminute": (10, 28, 49)},
        {"freq": SECONDLY, "interval": 43200, "byhour": (2, 10, 18, 23)},
    ],
)
def test_refused_when_asked(given):
    """Combinations that no hour satisfies are found by the first question, as dateutil finds them when iterating."""
    rule = rrule(dtstart=START, **given)
    for ask in (list, lambda rule: rule.count(), lambda rule: rule.after(START), lambda rule: rule[0]):
        with pytest.raises(RuleError, match="Invalid combination of interval"):
            ask(rule)


def test_until_and_dtstart_must_be_alike():
    with pytest.raises(SeriesError, match="either both or neither must have a time zone"):
        rrule(DAILY, dtstart=START, until=START.replace(tzinfo=UTC))
    with pytest.warns(DeprecationWarning, match="Using both 'count' and 'until'"):
        rrule(DAILY, dtstart=START, until=START, count=1)


@pytest.mark.parametrize("when", [date(2026, 1, 2), START.replace(tzinfo=UTC), "2026-01-02", 5])
def test_what_python_cannot_compare(when):
    """A TypeError in Python's words, as from dateutil; but a rule without an occurrence compares nothing."""
    rule, other = rrule(DAILY, dtstart=START), theirs.rrule(DAILY, dtstart=START)
    for ask in ("after", "before"):
        errors = []
        for asked in (rule, other):
            with pytest.raises(TypeError) as caught:
                getattr(asked, ask)(when)
            errors.append(str(caught.value))
        assert errors[0] == errors[1]
        assert getattr(rrule(DAILY, dtstart=START, count=0), ask)(when) is None
    with pytest.raises(TypeError):
        _ = when in rule


def test_numbers_and_slices():
    rule = rrule(DAILY, dtstart=START, count=10)
    assert [START + timedelta(days=9), START + timedelta(days=8)] == [rule[-1], rule[8]]
    assert list(rule)[2:9:3] == rule[2:9:3]
    assert list(rule)[::-2] == rule[::-2]
    assert [] == rule[5:5] == rule[:0] == rule[20:]
    for number in (10, -11):
        with pytest.raises(IndexError, match=f"no occurrence has the number {number}: there are 10"):
            rule[number]
    with pytest.raises(TypeError):
        rule["0"]


def test_dtstart():
    """A date is its midnight, microseconds are dropped, and without one it is now, in the zone of UNTIL."""
    assert datetime(2026, 1, 1) == rrule(DAILY, dtstart=date(2026, 1, 1))[0]
    assert START == rrule(DAILY, dtstart=START.replace(microsecond=5))[0]
    before = datetime.now().replace(microsecond=0)
    assert before <= rrule(SECONDLY)[0] <= datetime.now()
    assert rrule(SECONDLY, until=datetime(9000, 1, 1, tzinfo=UTC))[0].tzinfo is UTC


def test_times_keep_the_wall_clock():
    """In a gap too, and in a repeated hour they have fold 0; the tzinfo is the very object that was given."""
    zone = ZoneInfo("Europe/Zurich")
    spring = rrule(DAILY, dtstart=datetime(2026, 3, 28, 2, 30, tzinfo=zone), count=3)
    assert [(day, 2, 30) for day in (28, 29, 30)] == [(value.day, value.hour, value.minute) for value in spring]
    autumn = rrule(HOURLY, dtstart=datetime(2026, 10, 25, 1, tzinfo=zone, fold=1), count=4)
    assert [(hour, 0, zone) for hour in (1, 2, 3, 4)] == [(value.hour, value.fold, value.tzinfo) for value in autumn]


class Wandering(tzinfo):
    """An offset of microseconds that changes by the month: legal, and hard on arithmetic."""

    def utcoffset(self, when: datetime | None) -> timedelta:
        return timedelta(hours=3, microseconds=when.month if when else 0)

    def dst(self, when: datetime | None) -> timedelta:
        return timedelta(0)


def test_any_tzinfo():
    zone = Wandering()
    given = {"freq": DAILY, "dtstart": datetime(2026, 1, 30, tzinfo=zone), "count": 9}
    mine, other = rrule(**given), theirs.rrule(**given)
    assert list(other) == list(mine)
    for value in list(other):
        for shift in range(-3, 4):
            when = value.astimezone(UTC) + timedelta(microseconds=shift)
            assert other.after(when) == mine.after(when)
            assert other.before(when, inc=True) == mine.before(when, inc=True)


def test_fixed_offsets():
    zone = timezone(timedelta(hours=-5))
    rule = rrule(DAILY, dtstart=START.replace(tzinfo=zone))
    assert START.replace(tzinfo=zone) == rule.after(datetime(2026, 1, 1, 13, 59, tzinfo=UTC))
    assert rule[1] == rule.after(datetime(2026, 1, 1, 14, tzinfo=UTC))
    assert datetime(2026, 1, 2, 14, tzinfo=UTC) in rule


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda rule: pickle.loads(pickle.dumps(rule))])
def test_copies(cache, copied):
    """A copy gives the same and shares nothing that changes; the compiled rule is made again."""
    rule = rrule(MONTHLY, dtstart=START.replace(tzinfo=ZoneInfo("Asia/Tokyo")), byweekday=MO(1), count=5, cache=cache)
    expected = list(rule)
    again = copied(rule)
    assert expected == list(again) == list(rule)
    assert str(rule) == str(again)


def test_the_cache_is_shared():
    """Iterators that were begun together, in one thread or in several, all see everything once."""
    rule = rrule(DAILY, dtstart=START, count=1000, cache=True)
    begun = [iter(rule) for _ in range(3)]
    assert [START] * 3 == [next(iterator) for iterator in begun]
    found: list[list[datetime]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=values.extend, args=(rule,)) for values in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [START + timedelta(days=day) for day in range(1000)]
    assert [expected] * 4 == found
    assert [expected[1:]] * 3 == [list(iterator) for iterator in begun]
    assert expected == rule._cache
    assert rule._cache_complete


def test_nothing_is_replayed():
    """Questions at the far end of the calendar, and rules that match nothing: dateutil walks for minutes or hours."""
    begun = time.perf_counter()
    rule = rrule(SECONDLY, dtstart=datetime(1970, 1, 1))
    last = datetime(9999, 12, 31, 23, 59, 59)
    assert [last] == rule[-1:] and last == rule.before(datetime.max) and last in rule
    assert 253_402_300_800 == rule.count()
    assert [] == list(rrule(DAILY, dtstart=START, bymonth=2, bymonthday=30))
    assert rrule(YEARLY, dtstart=START, byweekno=53, byyearday=100).after(START) is None
    assert 60 > time.perf_counter() - begun  # a guard against walking, not a measurement


def test_iterating_is_lazy():
    assert [START, START + timedelta(weeks=1)] == list(islice(rrule(WEEKLY, dtstart=START), 2))
    assert [START + timedelta(days=400)] == list(rrule(DAILY, dtstart=START).xafter(START + timedelta(days=399), 1))


def test_subclasses_of_weekday():
    class Named(weekday):
        __slots__ = ()

    assert type(Named(1)(2)) is Named
    assert Named(1) == dateutil.TU
