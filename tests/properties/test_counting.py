"""Counting against listing: rank, number and count of whole series, near and far, in zones, with exceptions.

The plan's own counting is held in `test_plan.py`; here it is what users ask: through gaps and repeated hours, RDATE,
EXDATE, overrides and several rules.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.strategies import ZONES, Case, cases, cases_near_changes, changes, dtstarts, reach_of
from schedcore import Override, Rule, Series

SECOND = timedelta(seconds=1)
CENTURY = 36_525


def keys_of(moments: list[Any]) -> list[int]:
    """Seconds that can be compared: a repeated local time is unequal to itself in another zone (PEP 495)."""
    return [int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) for moment in moments]


@st.composite
def series_of(draw: st.DrawFn, case: Case, key: str | None) -> Series:
    """A rule with some of its own starts, and others, added, taken away, moved and cancelled."""
    zone = ZoneInfo(key) if key else None
    dtstart = case.dtstart.replace(tzinfo=zone)
    gap, fold = draw(st.sampled_from(["shift", "skip"])), draw(st.sampled_from(["first", "last", "both"]))
    plain = Series(dtstart, Rule.parse(case.text, strict=False), strict=False, gap=gap, fold=fold)
    near = plain.take(12)
    assume(near)
    own = st.sampled_from(near)
    other = st.builds(lambda start, hours: start + timedelta(hours=hours), own, st.integers(-40, 400))
    either = st.one_of(own, other)
    rdates, exdates = draw(st.lists(either, max_size=4)), draw(st.lists(either, max_size=4))
    days = draw(st.lists(own.map(lambda start: start.date()), max_size=1))
    overrides = [
        Override(named, start=moved, cancelled=moved is None)
        for named, moved in draw(st.lists(st.tuples(own, st.one_of(st.none(), either)), max_size=2))
    ]
    return Series(
        dtstart,
        Rule.parse(case.text, strict=False),
        rdates=rdates,
        exdates=[*exdates, *days],
        overrides=overrides,
        strict=False,
        gap=gap,
        fold=fold,
    )


@given(st.data(), cases(starts=dtstarts(1950, 2040)), st.one_of(st.none(), st.sampled_from(ZONES)))
def test_rank_and_number_are_inverse(data: st.DataObject, case: Case, key: str | None) -> None:
    check(data.draw(series_of(case, key)), case, reach_of(case))


@given(st.data(), cases_near_changes())
def test_rank_and_number_where_the_clocks_change(data: st.DataObject, drawn: tuple[Case, str]) -> None:
    case, key = drawn
    check(data.draw(series_of(case, key)), case, case.dtstart + timedelta(days=10))


def check(series: Series, case: Case, stop: datetime) -> None:
    """A window by listing, then every start of it by number, by rank and by neighbour."""
    zone = series.dtstart.tzinfo  # type: ignore[union-attr]
    begin, end = (case.dtstart - timedelta(days=40)).replace(tzinfo=zone), stop.replace(tzinfo=zone)
    column = series.starts(begin, end)
    listed = column[:60].tolist()
    assert len(column) == series.count(begin, end)
    before = series.rank(begin)
    for i, key in enumerate(listed):
        moment = datetime.fromtimestamp(key, UTC)
        asked = moment if zone else moment.replace(tzinfo=None)
        assert before + i == series.rank(asked)
        assert [key] == keys_of([series.nth(before + i)])
        assert [key] == keys_of([series.after(asked - SECOND)])
        assert [key] == keys_of([series.before(asked + SECOND)])


@given(cases(starts=dtstarts(1950, 2040)), st.one_of(st.none(), st.sampled_from(ZONES)), st.integers(1, 79))
def test_far_away_too(case: Case, key: str | None, centuries: int) -> None:
    """Up to the year 9999: what is counted there is what is listed there, and numbers go on from what lies before."""
    zone = ZoneInfo(key) if key else None
    series = Series(case.dtstart.replace(tzinfo=zone), Rule.parse(case.text, strict=False), strict=False)
    far = (case.dtstart + timedelta(days=centuries * CENTURY)).replace(tzinfo=zone)
    behind = series.rank(far)
    found = series.after(far - SECOND)
    assert (None if found is None else keys_of([found])) == (
        None if (numbered := series.nth(behind)) is None else keys_of([numbered])
    )
    if found is not None:
        assert behind == series.rank(found)
        assert behind + 1 == series.rank(found + SECOND)


@given(cases(starts=dtstarts(1950, 2040)), cases(starts=dtstarts(1950, 2040)), st.data())
def test_several_rules_are_walked_to_the_same(one: Case, two: Case, data: st.DataObject) -> None:
    """Two rules and an EXRULE are counted by walking: as many, and the same ones, as are listed."""
    end = min(reach_of(one), one.dtstart + timedelta(days=20))
    series = Series(one.dtstart, [one.text, two.text], exrules=[two.text] * data.draw(st.integers(0, 1)), strict=False)
    listed = series.between(one.dtstart, end)
    assert len(listed) == series.rank(end) - series.rank(one.dtstart)
    if listed:
        assert listed[-1] == series.nth(series.rank(end) - 1)


@st.composite
def dense_rules(draw: st.DrawFn) -> str:
    """Rules with many times in a gap, of every form: patterns, days alike, phases with and without filters."""
    freq, most = draw(st.sampled_from([("SECONDLY", 4000), ("MINUTELY", 200), ("HOURLY", 30)]))
    step = st.one_of(st.integers(1, 40), st.sampled_from([50, 60, 90, 100, 900, 1800]), st.integers(1, most))
    text = f"FREQ={freq};INTERVAL={draw(step)}"
    text += draw(st.sampled_from(["", ";BYMONTH=3,4,10,12", ";BYDAY=SU,FR,SA", ";BYMONTHDAY=8,9,29,30,31"]))
    text += draw(st.sampled_from(["", "", ";BYHOUR=0,1,2,3", ";BYHOUR=1,2,3,23"]))
    text += draw(st.sampled_from(["", "", ";BYMINUTE=0,5,30,59"]))
    text += draw(st.sampled_from(["", "", ";BYSECOND=0,1,30"]))
    return text


@given(dense_rules(), st.sampled_from([zone for zone in ZONES if changes(zone)]), st.data())
def test_a_gap_full_of_times_is_counted_as_it_is_listed(text: str, key: str, data: st.DataObject) -> None:
    """Where a gap moves many local times onto others, DTSTART and the end of the rule near it or far away."""
    zone = ZoneInfo(key)
    change = data.draw(st.sampled_from(changes(key)))
    back = data.draw(
        st.sampled_from([timedelta(minutes=-30), timedelta(hours=3), timedelta(days=9), timedelta(days=900)])
    )
    dtstart = (change - back + timedelta(seconds=data.draw(st.integers(0, 3600)))).replace(tzinfo=zone)
    text += data.draw(st.sampled_from(["", ";COUNT=100", f";UNTIL={change + timedelta(minutes=90):%Y%m%dT%H%M%S}Z"]))
    low, high = ((change + timedelta(hours=hours)).replace(tzinfo=zone) for hours in (-4, 30))
    gap, fold = data.draw(st.sampled_from(["shift", "skip"])), data.draw(st.sampled_from(["first", "last", "both"]))
    series = Series(dtstart, text, strict=False, gap=gap, fold=fold)
    listed = series.starts(low, high).tolist()
    before = series.rank(low)
    assert len(listed) == series.rank(high) - before
    for i in {0, len(listed) // 2, len(listed) - 1} if listed else ():
        assert [listed[i]] == keys_of([series.nth(before + i)])
        assert before + i == series.rank(datetime.fromtimestamp(listed[i], UTC))
