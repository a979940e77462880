"""rruleset: the algebra of sets, against dateutil's, by columns and by walking."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as theirs
from hypothesis import given
from hypothesis import strategies as st

from schedcore.compat import dateutil as ours
from schedcore.compat.dateutil import DAILY, HOURLY, SECONDLY, YEARLY, rrule, rruleset

START = datetime(2026, 3, 1, 9)
ZURICH = ZoneInfo("Europe/Zurich")
NEW_YORK = ZoneInfo("America/New_York")

days = st.integers(0, 40).map(lambda day: START + timedelta(days=day))
rules = st.fixed_dictionaries(
    {
        "freq": st.sampled_from([theirs.WEEKLY, theirs.DAILY, theirs.HOURLY]),
        "dtstart": days,
        "interval": st.sampled_from([1, 2, 3, 12, 24]),
        "count": st.integers(0, 30),
    }
)
members = st.fixed_dictionaries(
    {
        "rrule": st.lists(rules, max_size=3),
        "rdate": st.lists(days, max_size=4),
        "exrule": st.lists(rules, max_size=2),
        "exdate": st.lists(days, max_size=4),
    }
)


def filled(library: Any, drawn: dict[str, list[Any]], cache: bool = False) -> Any:
    """A set of one of the libraries."""
    found = library.rruleset(cache=cache)
    for name, values in drawn.items():
        for value in values:
            getattr(found, name)(library.rrule(**value) if name.endswith("rule") else value)
    return found


def check(expected: Any, actual: Any, when: datetime, inc: bool) -> None:
    """Every question has the same answer."""
    values = list(expected)
    assert values == list(actual)
    assert len(values) == actual.count()
    assert expected.after(when, inc) == actual.after(when, inc)
    assert expected.before(when, inc) == actual.before(when, inc)
    later = when + timedelta(days=9)
    assert expected.between(when, later, inc) == actual.between(when, later, inc)
    assert list(expected.xafter(when, 4, inc)) == list(actual.xafter(when, 4, inc))
    assert (when in expected) == (when in actual)
    assert values[1:6:2] == actual[1:6:2] and values[-3:] == actual[-3:] and values[::-3] == actual[::-3]
    for number in (0, 5, -1):
        try:
            value = values[number]
        except IndexError:
            with pytest.raises(IndexError):
                actual[number]
        else:
            assert value == actual[number]


@given(members, days, st.booleans(), st.booleans())
def test_like_dateutil(drawn: dict[str, list[Any]], when: datetime, inc: bool, cache: bool) -> None:
    """By columns, where all are of one zone."""
    actual = filled(ours, drawn, cache)
    assert actual._source()[0] is not None
    check(filled(theirs, drawn, cache), actual, when, inc)


@given(members, days, st.booleans())
def test_walking_is_like_dateutil(drawn: dict[str, list[Any]], when: datetime, inc: bool) -> None:
    """A date with microseconds makes a set that is walked."""
    drawn = {**drawn, "rdate": [*drawn["rdate"], START + timedelta(days=3, microseconds=1)]}
    actual = filled(ours, drawn)
    assert actual._source()[0] is None
    check(filled(theirs, drawn), actual, when, inc)


@given(members, days, st.booleans())
def test_exdates_of_other_zones(drawn: dict[str, list[Any]], when: datetime, inc: bool) -> None:
    """EXDATE in UTC, as many programs write it, over a change of the clocks on 29 March."""
    for name in ("rrule", "exrule"):
        drawn[name] = [{**rule, "dtstart": rule["dtstart"].replace(tzinfo=ZURICH)} for rule in drawn[name]]
    drawn["rdate"] = [value.replace(tzinfo=ZURICH) for value in drawn["rdate"]]
    drawn["exdate"] = [value.replace(tzinfo=ZURICH).astimezone(UTC) for value in drawn["exdate"]]
    check(filled(theirs, drawn), filled(ours, drawn), when.replace(tzinfo=NEW_YORK), inc)


def test_members_of_others():
    """Rules of dateutil, sets in sets, and lists can be members: whatever gives increasing datetimes."""
    inner = rruleset()
    inner.rrule(theirs.rrule(DAILY, dtstart=START, count=2))
    found = rruleset(cache=True)
    found.rrule(inner)
    found.rrule([START + timedelta(days=5)])
    found.exrule(rrule(DAILY, dtstart=START, count=1))
    expected = [START + timedelta(days=1), START + timedelta(days=5)]
    assert expected == list(found) == list(found) == copy.deepcopy(found)[:]
    assert expected[0] == found.after(START) and found.count() == 2


def test_a_subclass_that_iterates_in_its_own_way():
    class Once(rrule):
        def __iter__(self):
            return iter([START])

    found = rruleset()
    found.rrule(Once(DAILY, dtstart=START))
    assert [START] == list(found)


def test_zones_that_differ():
    """Rules in two zones are put in the order of instants; naive and aware ones cannot be."""
    found = rruleset()
    for zone in (NEW_YORK, ZURICH):
        found.rrule(rrule(DAILY, dtstart=START.replace(tzinfo=zone), count=2))
    assert [(1, ZURICH), (1, NEW_YORK), (2, ZURICH), (2, NEW_YORK)] == [(value.day, value.tzinfo) for value in found]
    found.rdate(START)
    with pytest.raises(TypeError, match="can't compare offset-naive and offset-aware datetimes"):
        list(found)


def test_changes_are_seen():
    """Adding to a set makes its cache, its count and its source new."""
    found = rruleset(cache=True)
    found.rrule(rrule(DAILY, dtstart=START, count=3))
    assert (3, START) == (found.count(), next(iter(found)))
    found.exdate(START)
    assert (2, START + timedelta(days=1)) == (found.count(), next(iter(found)))
    found.exrule(rrule(DAILY, dtstart=START + timedelta(days=1), count=1))
    found.rdate(START + timedelta(days=9))
    assert [START + timedelta(days=day) for day in (2, 9)] == list(found)


def test_nothing_is_replayed():
    """An endless set is entered far from its start, and rules of every second do not fill the memory."""
    begun = time.perf_counter()
    found = rruleset()
    found.rrule(rrule(HOURLY, dtstart=datetime(1970, 1, 1)))
    found.exrule(rrule(SECONDLY, dtstart=datetime(1970, 1, 1), byhour=range(1, 24)))
    far = datetime(9000, 1, 1, 0, 30)
    assert datetime(9000, 1, 2) == found.after(far) and datetime(9000, 1, 1) == found.before(far)
    assert [datetime(9000, 1, day) for day in (2, 3)] == found.between(far, datetime(9000, 1, 4))
    assert [datetime(9000, 1, 2)] == list(islice(found.xafter(far), 1))
    yearly = rruleset()
    yearly.rrule(rrule(YEARLY, dtstart=datetime(1970, 1, 1)))
    yearly.exrule(rrule(SECONDLY, dtstart=datetime(1970, 1, 1), interval=7))
    assert 0 < yearly.count() < 8030
    assert 60 > time.perf_counter() - begun  # a guard against walking, not a measurement


def test_empty():
    for cache in (False, True):
        found = rruleset(cache)
        assert [] == list(found) == found[:] and found.count() == 0
        assert found.after(START) is None and found.before(START) is None and START not in found
