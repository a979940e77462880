"""The slow twin is held to the same corpora, or it would be no witness."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import brute_force
from conformance.corpora import corpus, local, report, stamp

END = datetime(2100, 1, 1)
FIRST = 40
#: One case in so many is walked each time: the twin steps through every day, and all cases take it a third of a minute.
SHARE = 3


def local_difference(case: dict[str, Any]) -> bool:
    actual = brute_force.take(FIRST, case["rrule"], local(case["dtstart"]), include_dtstart=False, stop=END)
    return [stamp(moment) for moment in actual] != case["first"]


def instant_difference(case: dict[str, Any]) -> bool:
    # A gap can make two local times one, and put an instant before its predecessor: a few local times to spare.
    locals_ = brute_force.take(
        len(case["utc"]) + 10, case["rrule"], local(case["dtstart"]), False, stop=local(case["until_local"])
    )
    return brute_force.instants(locals_, ZoneInfo(case["tzid"]))[: len(case["utc"])] != case["utc"]


def differing(name: str, share: int) -> list[str]:
    differs = instant_difference if name == "zones" else local_difference
    return [f"{case['id']} {case['dtstart']} {case['rrule']}" for case in corpus(name)[::share] if differs(case)]


@pytest.mark.parametrize(("name", "share"), [("ruled", 1), ("rules", SHARE), ("zones", SHARE)])
def test_the_twin_agrees_with_the_corpora(name: str, share: int) -> None:
    found = differing(name, share)
    assert found == [], report(found, len(corpus(name)))


@pytest.mark.long
@pytest.mark.parametrize("name", ["rules", "zones"])
def test_the_twin_agrees_with_every_case(name: str) -> None:
    found = differing(name, 1)
    assert found == [], report(found, len(corpus(name)))
