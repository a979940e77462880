"""Rule and Series against the slow twin: text read, forgiven, planned, moved to a zone, given back as datetimes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

import brute_force
from properties.strategies import ZONES, Case, cases, cases_near_changes, changes, dtstarts, reach_of
from schedcore import Rule, Series

MOST = 100


@given(cases(strict=False), st.booleans())
def test_what_is_forgiven_gives_what_the_twin_walks(case: Case, include_dtstart: bool) -> None:
    """Parts that the RFC forbids under a FREQ, BYSETPOS alone, COUNT with UNTIL: lenient, and still exact."""
    stop = reach_of(case)
    expected = brute_force.take(MOST, case.text, case.dtstart, include_dtstart, stop=stop)
    if len(expected) == MOST:
        stop = expected.pop()
    rule = Rule.parse(case.text, strict=False)
    series = Series(case.dtstart, rule, include_dtstart=include_dtstart, strict=False)
    assert expected == series.between(case.dtstart, stop)


@given(cases(strict=False))
def test_canonical_text_means_the_same(case: Case) -> None:
    rule = Rule.parse(case.text, strict=False)
    assert rule == Rule.parse(str(rule), strict=False)
    stop = reach_of(case)
    expected = brute_force.take(20, case.text, case.dtstart, False, stop=stop)
    assert expected == brute_force.take(20, str(rule), case.dtstart, False, stop=stop)


@given(cases())
def test_what_is_drawn_as_valid_is_taken_as_valid(case: Case) -> None:
    """Strict parsing has nothing against what the RFC's table allows."""
    assert not Rule.parse(case.text).problems


def compare_instants(case: Case, zone: ZoneInfo, stop: datetime, gap: str, fold: str) -> None:
    """Instants by `starts` and `between` against the twin's, up to two days before the local time `stop`."""
    locals_ = brute_force.take(MOST, case.text, case.dtstart, False, stop=stop)
    if len(locals_) == MOST:
        stop = locals_[-1]
    # Nothing moves by more than a day: two days before the end of what the twin walked, all instants are known.
    begin, end = ((moment - timedelta(days=2)).replace(tzinfo=zone) for moment in (case.dtstart, stop))
    low, high = int(begin.timestamp()), int(end.timestamp())
    expected = [second for second in brute_force.instants(locals_, zone, gap, fold) if low <= second < high]
    rule = Rule.parse(case.text)
    dtstart = case.dtstart.replace(tzinfo=zone)
    series = Series(dtstart, rule, include_dtstart=False, strict=False, gap=gap, fold=fold)
    assert expected == series.starts(begin, end).tolist()
    assert expected == [int(moment.timestamp()) for moment in series.between(begin, end)]


@given(
    cases(starts=dtstarts(1950, 2040)),
    st.sampled_from(ZONES),
    st.sampled_from(["shift", "skip"]),
    st.sampled_from(["first", "last", "both"]),
)
def test_instants_in_a_zone(case: Case, key: str, gap: str, fold: str) -> None:
    """Local times to instants (reading 7), in order of instants, equal ones once."""
    compare_instants(case, ZoneInfo(key), reach_of(case), gap, fold)


@given(cases_near_changes(), st.sampled_from(["shift", "skip"]), st.sampled_from(["first", "last", "both"]))
def test_instants_where_the_clocks_change(drawn: tuple[Case, str], gap: str, fold: str) -> None:
    """The same with DTSTART a little before a gap or a repeated hour."""
    case, key = drawn
    compare_instants(case, ZoneInfo(key), case.dtstart + timedelta(days=10), gap, fold)


def test_changes_are_found() -> None:
    """The helper that finds them, by hand: New York in 2026, and the day that Apia left out."""
    found = changes("America/New_York")
    assert [datetime(2026, 3, 8, 2), datetime(2026, 11, 1, 2)] == [change for change in found if change.year == 2026]
    assert datetime(2011, 12, 30) in changes("Pacific/Apia")
