"""The kernel against the slow twin, and against itself: what it fills, counts and finds must be one and the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from hypothesis import assume, given, note
from hypothesis import strategies as st

import brute_force
from properties.plans import CYCLE, plan_of, seconds
from properties.strategies import HORIZON, Case, cases, dtstarts, reach_of

LAST = datetime(9999, 12, 31, 23, 59, 59)
#: The twin stops here in one window; a rule without filters gives more than a test can want.
MOST = 400


def expected_in(case: Case, include_dtstart: bool, start: datetime, stop: datetime) -> tuple[list[int], datetime]:
    """What the twin finds in the window, and where the window really ends when it found enough before."""
    found = list(
        islice(brute_force.occurrences(case.text, case.dtstart, include_dtstart, start=start, stop=stop), MOST)
    )
    if len(found) == MOST:
        stop = found.pop()
    return [seconds(moment) for moment in found], stop


@given(cases(), st.booleans())
def test_a_near_window_is_what_the_twin_walks(case: Case, include_dtstart: bool) -> None:
    """From DTSTART on, every FREQ and part, COUNT and UNTIL."""
    expected, stop = expected_in(case, include_dtstart, case.dtstart, reach_of(case))
    plan = plan_of(case.text, case.dtstart, include_dtstart)
    assert expected == plan.between(seconds(case.dtstart), seconds(stop)).tolist()


@given(cases(strict=True), st.floats(0, 1))
def test_a_window_inside_is_that_part_of_it(case: Case, part: float) -> None:
    """A window need not begin at DTSTART, nor at an occurrence."""
    start = case.dtstart + timedelta(seconds=int((reach_of(case) - case.dtstart).total_seconds() * part))
    expected, stop = expected_in(case, True, start, reach_of(case))
    assert expected == plan_of(case.text, case.dtstart, True).between(seconds(start), seconds(stop)).tolist()


@given(cases(bounded=False), st.integers(1, 9990))
def test_a_far_window_is_what_the_twin_walks_there(case: Case, year: int) -> None:
    """The twin jumps by whole periods, which it may without COUNT; the kernel has its own ways."""
    start = datetime(year, 3, 1, 12)
    assume(start > case.dtstart)
    stop = start + min(HORIZON[case.freq] * min(case.interval, 6), LAST - start)
    expected, stop = expected_in(case, False, start, stop)
    assert expected == plan_of(case.text, case.dtstart).between(seconds(start), seconds(stop)).tolist()


@given(cases(), st.booleans(), st.integers(0, 60))
def test_a_limit_cuts_a_window_short(case: Case, include_dtstart: bool, limit: int) -> None:
    expected, stop = expected_in(case, include_dtstart, case.dtstart, reach_of(case))
    actual = plan_of(case.text, case.dtstart, include_dtstart).between(seconds(case.dtstart), seconds(stop), limit)
    assert expected[:limit] == actual.tolist()


@given(cases(), st.booleans())
def test_rank_and_nth_are_inverse(case: Case, include_dtstart: bool) -> None:
    """rank counts what lies before, nth finds it again; next, prev and contains follow from the two."""
    expected, stop = expected_in(case, include_dtstart, case.dtstart, reach_of(case))
    plan = plan_of(case.text, case.dtstart, include_dtstart)
    assert len(expected) == plan.rank(seconds(stop))
    for number in {*range(min(5, len(expected))), *range(max(0, len(expected) - 5), len(expected))}:
        moment = expected[number]
        assert (number, number + 1) == (plan.rank(moment), plan.rank(moment + 1))
        assert (moment, moment, True) == (plan.nth(number), plan.next(moment), plan.contains(moment))
        assert (expected[number - 1] if number else None) == plan.prev(moment)
        if moment + 1 < seconds(stop) and (number + 1 == len(expected) or expected[number + 1] != moment + 1):
            assert not plan.contains(moment + 1)
        if number + 1 < len(expected):
            assert expected[number + 1] == plan.next(moment + 1)


@given(cases(), st.booleans(), st.integers(1, 9999))
def test_counting_far_away_is_counting_what_is_there(case: Case, include_dtstart: bool, year: int) -> None:
    """With COUNT too: rank at both ends of a window against what fills it, wherever it lies."""
    low = max(seconds(datetime(year, 1, 1)), seconds(case.dtstart))
    high = low + int(HORIZON[case.freq].total_seconds()) // 4
    plan = plan_of(case.text, case.dtstart, include_dtstart)
    found = plan.between(low, high, 100_000).tolist()
    assume(len(found) < 100_000)
    assert found == sorted(set(found))
    assert len(found) == plan.rank(high) - plan.rank(low)
    if found:
        assert (found[0], found[-1]) == (plan.next(low), plan.prev(high))
        assert (found[0], found[-1]) == (plan.nth(plan.rank(low)), plan.nth(plan.rank(high) - 1))
        assert (found[0], found[-1]) == (plan.nth(plan.rank(found[0])), plan.nth(plan.rank(found[-1])))


@given(cases(), st.booleans())
def test_the_whole_count_is_that_of_the_last_one(case: Case, include_dtstart: bool) -> None:
    """count() is None only for a rule without end; else there are so many, and not one more."""
    plan = plan_of(case.text, case.dtstart, include_dtstart)
    count = plan.count()
    ends = "COUNT" in case.text or "UNTIL" in case.text
    note(f"count {count}")
    assert plan.is_infinite == (count is None)
    if ends:
        assert count is not None
    if count is not None:
        assert (count == 0) == plan.is_empty
        assert count == plan.rank(seconds(LAST) + 1)
        assert plan.nth(count) is None
        assert count == 0 or plan.nth(count - 1) == plan.prev(seconds(LAST) + 1)


@given(cases(starts=dtstarts(1900, 2100)), st.integers(1, 19), st.booleans())
def test_a_rule_moved_by_whole_cycles_gives_the_same_moved(case: Case, cycles: int, include_dtstart: bool) -> None:
    """146,097 days are a whole number of weeks: nothing in a rule can tell two cycles apart."""
    assume("UNTIL" not in case.text)
    move = CYCLE * cycles
    start, stop = case.dtstart, min(reach_of(case), LAST - move)
    here = plan_of(case.text, case.dtstart, include_dtstart)
    there = plan_of(case.text, case.dtstart + move, include_dtstart)
    distance = int(move.total_seconds())
    near = here.between(seconds(start), seconds(stop), 2000).tolist()
    far = there.between(seconds(start) + distance, seconds(stop) + distance, 2000).tolist()
    assert [moment + distance for moment in near] == far


@given(cases(bounded=False, starts=dtstarts(1, 1999)), st.integers(2000, 9000))
def test_an_early_start_far_back_changes_nothing(case: Case, year: int) -> None:
    """DTSTART moved by a multiple of both the calendar's cycle and INTERVAL gives the same future."""
    assume(case.interval <= 12)
    move = CYCLE * case.interval  # so many cycles hold a multiple of INTERVAL periods, of whatever FREQ
    assume(case.dtstart < datetime(9999, 1, 1) - move)
    low = max(seconds(case.dtstart + move), seconds(datetime(year, 1, 1)))
    high = low + int(HORIZON[case.freq].total_seconds()) // 2
    old = plan_of(case.text, case.dtstart).between(low, high, 2000).tolist()
    assert old == plan_of(case.text, case.dtstart + move).between(low, high, 2000).tolist()


@given(cases(bounded=False))
def test_a_rule_that_says_it_is_empty_is(case: Case) -> None:
    """Emptiness is decided before anything is expanded; the twin must then find nothing, here or far away."""
    plan = plan_of(case.text, case.dtstart)
    if plan.rule_is_empty:
        expected, _ = expected_in(case, False, case.dtstart, reach_of(case))
        assert expected == []
        assert (plan.is_empty, plan.count(), plan.next(seconds(case.dtstart))) == (True, 0, None)
        with_dtstart = plan_of(case.text, case.dtstart, include_dtstart=True)
        assert (with_dtstart.is_empty, with_dtstart.rule_is_empty, with_dtstart.count()) == (False, True, 1)
