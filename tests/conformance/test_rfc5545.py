"""The examples of RFC 5545 3.8.5.3, each with the dates it prints, against the library, the twin and dateutil.

The twin and dateutil are asked so that a date mistyped here cannot pass for the RFC's.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as dateutil_rrule

import brute_force
from conformance.corpora import local, rfc_examples, stamp
from schedcore import Rule, Series

ZONE = ZoneInfo("America/New_York")
EXAMPLES = rfc_examples()
each = pytest.mark.parametrize("case", EXAMPLES, ids=[case["name"] for case in EXAMPLES])


def expected(case: dict[str, Any]) -> list[str]:
    dates: list[str] = case["dates"]
    return dates


def enough(case: dict[str, Any]) -> int | None:
    """How many to ask for: all, one too many included, unless the rule goes on."""
    return len(case["dates"]) if case["forever"] else None


def zoned(text: str) -> datetime:
    return local(text).replace(tzinfo=ZONE)


def test_none_is_missing() -> None:
    """The RFC gives 39 recurrences, 3 of them written in two ways."""
    assert len(EXAMPLES) == 42


@each
def test_the_library_gives_the_dates_the_rfc_prints(case: dict[str, Any]) -> None:
    series = Series(
        zoned(case["dtstart"]), Rule.parse(case["rrule"]), exdates=[zoned(text) for text in case.get("exdates", [])]
    )
    assert expected(case) == [stamp(moment) for moment in islice(series, enough(case))]


@each
def test_its_offsets_change_with_daylight_saving_time(case: dict[str, Any]) -> None:
    """The RFC heads its dates with EDT or EST: the wall clock keeps, the instant moves."""
    series = Series(zoned(case["dtstart"]), Rule.parse(case["rrule"]))
    for moment in islice(series, 60):
        assert moment.utcoffset() == zoned(stamp(moment)).utcoffset()


@each
def test_the_twin_gives_them(case: dict[str, Any]) -> None:
    end = local(case["dates"][-1]).replace(hour=23) if case["forever"] else datetime(2010, 1, 1)
    seconds = brute_force.zoned(case["rrule"], local(case["dtstart"]), ZONE, stop=end)
    actual = [stamp(datetime.fromtimestamp(second, ZONE)) for second in seconds]
    actual = [text for text in actual if text not in case.get("exdates", [])]
    assert expected(case) == actual[: enough(case)]


@each
def test_dateutil_gives_them(case: dict[str, Any]) -> None:
    rules = dateutil_rrule.rruleset()
    rules.rrule(dateutil_rrule.rrulestr(case["rrule"], dtstart=zoned(case["dtstart"])))
    for text in case.get("exdates", []):
        rules.exdate(zoned(text))
    actual = [stamp(moment) for moment in islice(rules, enough(case))]
    assert expected(case) == actual
