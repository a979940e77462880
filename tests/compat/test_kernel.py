"""The first week that dateutil cuts at DTSTART: a plan that begins with it counts and seeks as any other."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from compat.drawn import numbers
from properties.plans import seconds
from properties.strategies import signed
from schedcore._rrule import CompiledRule

starts = st.builds(
    lambda year, day, hour: datetime(year, 1, 1, hour) + timedelta(days=day),
    st.integers(1999, 2028),
    st.integers(-7, 370),
    st.sampled_from([0, 9, 23]),
)


@given(
    starts,
    st.integers(1, 3),
    st.integers(0, 6),
    st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True),
    numbers([1, 2, -1], signed(4), 2),
    st.one_of(st.just([]), numbers([1, 53, -1], signed(53), 2)),
    st.one_of(st.just([]), st.just([0, 9, 23])),
    st.sampled_from([None, 1, 3, 20]),
    st.booleans(),
)
def test_a_cut_first_week(start, interval, wkst, days, setpos, weeks, hours, count, includes) -> None:
    """`between`, `nth`, `rank`, `next` and `prev` agree; DTSTART is added once where it is asked for, and counts."""
    by_day = tuple((0, day) for day in days)
    parts = (2, interval, wkst, (), tuple(weeks), (), (), by_day, tuple(hours), (), (), tuple(setpos))
    dtstart, end = seconds(start), seconds(start + timedelta(days=800))
    alone = CompiledRule(*parts, None, True).at(dtstart, False).between(dtstart, end).tolist()
    expected = sorted({dtstart, *alone}) if includes else alone
    assume(expected)
    if count is not None:
        expected = expected[:count]
    plan = CompiledRule(*parts, count, True).at(dtstart, includes)
    assert expected == plan.between(dtstart, end).tolist()
    assert expected[:3] == plan.between(dtstart - 5, end, 3).tolist()
    for number, value in enumerate(expected[:12]):
        assert (value, number, number + 1) == (plan.nth(number), plan.rank(value), plan.rank(value + 1))
        assert value == plan.next(value) == plan.prev(value + 1)
        assert expected[number : number + 2] == plan.between(value, end, 2).tolist()
        assert [value] == plan.between(value, value + 1).tolist()
        until = CompiledRule(*parts, count, True).at(dtstart, includes, value)
        assert number + 1 == until.count()
