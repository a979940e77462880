"""Every case of the three corpora, against the library: none may differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conformance.corpora import corpus, local, report, stamp
from schedcore import Rule, Series

#: `first` holds occurrences before this, and no more than FIRST of them.
END = datetime(2100, 1, 1)
FIRST = 40


def series_of(case: dict[str, Any]) -> Series:
    dtstart = local(case["dtstart"])
    if "tzid" in case:
        dtstart = dtstart.replace(tzinfo=ZoneInfo(case["tzid"]))
    return Series(dtstart, Rule.parse(case["rrule"], strict=False), include_dtstart=False, strict=False)


def differences(name: str, actual_of: Any, key: str) -> list[str]:
    found = []
    for case in corpus(name):
        actual = actual_of(series_of(case), case)
        if actual != case[key]:
            found.append(f"{case['id']} {case['dtstart']} {case['rrule']}\n  expected {case[key]}\n  actual   {actual}")
    return found


def taken(series: Series, case: dict[str, Any]) -> list[str]:
    return [stamp(moment) for moment in series.take(FIRST) if moment < END]


def windowed(series: Series, case: dict[str, Any]) -> list[str]:
    """The same by a window that ends just after the last occurrence expected, and is empty where none is."""
    last = local(case["first"][-1]) + timedelta(seconds=1) if case["first"] else END
    return [stamp(moment) for moment in series.between(local(case["dtstart"]), last)]


@pytest.mark.parametrize("name", ["rules", "ruled"])
def test_the_first_occurrences_are_those_of_the_corpus(name: str) -> None:
    """What iteration gives: the first 40 before 2100."""
    differing = differences(name, taken, "first")
    assert differing == [], report(differing, len(corpus(name)))


@pytest.mark.parametrize("name", ["rules", "ruled"])
def test_a_window_over_them_gives_the_same(name: str) -> None:
    """What a window gives, which is another way through the kernel than iteration."""
    differing = differences(name, windowed, "first")
    assert differing == [], report(differing, len(corpus(name)))


@pytest.mark.parametrize("name", ["rules", "ruled"])
def test_what_lies_between_and_beyond_agrees(name: str) -> None:
    """rank, nth, after and before on the corpus: counting and walking must tell the same story."""
    differing = []
    for case in corpus(name):
        if not case["first"]:
            continue
        series, last = series_of(case), len(case["first"]) - 1
        first_time, last_time = local(case["first"][0]), local(case["first"][-1])
        actual = (series.rank(last_time), series.nth(last), series.after(last_time - timedelta(seconds=1)))
        if actual != (last, last_time, last_time) or series.before(first_time) is not None:
            differing.append(f"{case['id']} {case['dtstart']} {case['rrule']}: {actual}")
    assert differing == [], report(differing, len(corpus(name)))


def first_instants(series: Series, case: dict[str, Any]) -> list[int]:
    return [int(moment.timestamp()) for moment in series.take(len(case["utc"]))]


def window_instants(series: Series, case: dict[str, Any]) -> list[int]:
    """`starts` over the days that hold the instants expected, cut to as many."""
    first, last = (datetime.fromtimestamp(case["utc"][end], UTC) for end in (0, -1))
    found: list[int] = series.starts(first - timedelta(days=1), last + timedelta(seconds=1)).tolist()
    return found


@pytest.mark.parametrize("instants_of", [first_instants, window_instants])
def test_the_first_instants_are_those_of_the_corpus(instants_of: Any) -> None:
    """20 zones with gaps and repeated times of every kind (reading 7)."""
    differing = differences("zones", instants_of, "utc")
    assert differing == [], report(differing, len(corpus("zones")))
