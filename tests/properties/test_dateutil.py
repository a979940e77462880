"""python-dateutil as a second oracle, on the rules that both read alike (not so readings 2 to 5, 7 and 8)."""

from __future__ import annotations

import re
from itertools import islice

from dateutil.rrule import rrulestr
from hypothesis import assume, given

import brute_force
from properties.plans import plan_of, seconds
from properties.strategies import Case, cases, reach_of

#: dateutil steps through periods without end in search of the next occurrence: it is asked for those that are there.
MOST = 60


def read_alike(text: str) -> bool:
    by_day = re.search("BYDAY=([^;]*)", text)
    ordinals = {bool(re.search(r"\d", entry)) for entry in by_day[1].split(",")} if by_day else set()
    return "BYWEEKNO" not in text and "BYSETPOS" not in text and len(ordinals) < 2


@given(cases())
def test_dateutil_gives_the_same(case: Case) -> None:
    assume(read_alike(case.text))
    # dateutil has no word for the year 10000, and raises when a period ends there.
    assume(case.dtstart.year < 9000)
    stop = reach_of(case)
    number = len(list(islice(brute_force.occurrences(case.text, case.dtstart, False, stop=stop), MOST)))
    assume(number)  # of a rule that gives nothing dateutil searches to the end of its calendar
    expected = [seconds(moment) for moment in islice(rrulestr(case.text, dtstart=case.dtstart), number)]
    actual = plan_of(case.text, case.dtstart).between(seconds(case.dtstart), seconds(stop), number).tolist()
    assert expected == actual
