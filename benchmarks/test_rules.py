"""Reading a rule that was never seen before, writing it, and making its tables."""

from itertools import count

import pytest

import schedcore
from benchmarks.workloads import listed

CASES = {w.id: w for w in listed()}


@pytest.mark.parametrize("name", CASES)
def test_parse(benchmark, name):
    """Read a text; the number at its end makes it new to the cache of texts each time."""
    text = CASES[name].with_count(None).rrule
    assert schedcore.Rule.parse(text) == schedcore.Rule.parse(str(schedcore.Rule.parse(text)))
    numbers = count(1)
    benchmark(lambda: schedcore.Rule.parse(f"{text};COUNT={next(numbers)}"))


@pytest.mark.parametrize("name", CASES)
def test_first_question(benchmark, name):
    """Read a new text, build the series and ask for the first start after a year: its tables have to be made."""
    w = CASES[name].with_count(None)
    dtstart, t = w.local(w.dtstart), w.local(w.dtstart.replace(year=w.dtstart.year + 1))
    expected = schedcore.Series(dtstart, w.rrule).after(t)
    numbers = count(10**9)  # more than the rule gives up to then

    def ask():
        return schedcore.Series(dtstart, f"{w.rrule};COUNT={next(numbers)}").after(t)

    assert expected == ask()
    benchmark(ask)
