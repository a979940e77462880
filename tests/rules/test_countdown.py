"""The countdown to the next live start or to the end of an interruption."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.errors import InvalidValue
from schedcore.reminders import countdown

FIVE = datetime(2026, 3, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    """So many hours after five."""
    return FIVE + hours * HOUR


@pytest.mark.rule("C1")
def test_seconds_to_what_comes_next():
    """C1: seconds to the next live start; during an interruption, to its end."""
    assert (1800, at(0.5), False) == countdown(FIVE, [], [at(2), at(0.5), at(-1)])
    assert (3600, at(1), True) == countdown(FIVE, [(at(-1), at(1))], [at(0.5)])
    assert (1800, at(0.5), False) == countdown(FIVE, [(at(1), at(2))], [at(0.5)])
    assert None is countdown(FIVE, [(at(-2), at(-1))], [at(0), at(-1)])


@pytest.mark.rule("C1")
def test_half_open():
    """C1: at the second of its start an interruption has begun, at that of its end it is over."""
    one = [(FIVE, at(1))]
    assert 3600 == countdown(FIVE, one).seconds
    assert 1 == countdown(at(1) - timedelta(seconds=1), one).seconds
    assert None is countdown(at(1), one)
    assert None is countdown(FIVE, [(FIVE, FIVE)])
    assert 1 == countdown(FIVE - timedelta(microseconds=1), [], [FIVE]).seconds


@pytest.mark.rule("C1")
def test_nothing_is_live_in_an_interruption():
    """C1: a start that falls into an interruption is where that ends."""
    assert (3 * 3600, at(3), False) == countdown(FIVE, [(at(1), at(3))], [at(2)])
    assert 4 * 3600 == countdown(FIVE, [(at(1), at(3)), (at(3), at(4))], [at(2), at(5)]).seconds


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    "spans", [[(-1, 1), (1, 3)], [(-1, 2), (1, 3)], [(-1, 3), (0, 1)], [(2, 3), (-2, 0.5), (0.25, 2)], [(-1, 3)] * 2]
)
def test_successive_and_overlapping_ones_are_one(spans):
    """C2: what overlaps or touches is one interruption; the countdown runs to the end of all of it."""
    found = countdown(FIVE, [(at(a), at(b)) for a, b in spans])
    assert (3 * 3600, at(3), True) == found


@pytest.mark.rule("C2")
def test_those_apart_stay_apart():
    """C2: a second between two keeps them apart."""
    assert 3600 == countdown(FIVE, [(at(0), at(1)), (at(1) + timedelta(seconds=1), at(3))]).seconds


@pytest.mark.rule("C2")
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 30)), max_size=8),
    st.lists(st.integers(-50, 80), max_size=4),
)
def test_against_a_walk_by_seconds(spans, lives):
    """C1, C2: the seconds that a walk counts which looks at each second whether it is in any interruption."""

    def off(second: int) -> bool:
        return any(a <= second < a + length for a, length in spans)

    begin, second = off(0), 0
    if begin:
        while off(second):
            second += 1
    else:
        waiting = False
        while second <= 200:
            waiting = waiting or (second > 0 and second in lives)
            if waiting and not off(second):
                break
            second += 1
    expected = None if second > 200 else (second, begin)
    seconds = timedelta(seconds=1)
    found = countdown(
        FIVE, [(FIVE + a * seconds, length * seconds) for a, length in spans], [FIVE + one * seconds for one in lives]
    )
    assert expected == (None if found is None else (found.seconds, found.interrupted))


@pytest.mark.rule("C4")
def test_two_hours_from_five():
    """C4: an interruption from 17:00 of two hours is 7,200 seconds then, whether its end or its length is given."""
    assert 7200 == countdown(FIVE, [(FIVE, timedelta(hours=2))]).seconds
    assert 7200 == countdown(FIVE, [(FIVE, at(2))]).seconds
    assert 5400 == countdown(at(0.5), [(FIVE, timedelta(hours=2))]).seconds


@pytest.mark.rule("C4")
def test_seconds_are_elapsed_time():
    """C4: from 1:00 to 4:00 on the wall is two hours where the clocks go forward in between, and so many seconds."""
    zurich = ZoneInfo("Europe/Zurich")
    one, four = (datetime(2026, 3, 29, hour, tzinfo=zurich) for hour in (1, 4))
    assert 7200 == countdown(one, [(one, four)]).seconds


@pytest.mark.parametrize(
    ("now", "spans", "live"),
    [
        (datetime(2026, 3, 2, 17), [], []),
        (FIVE, [(FIVE, datetime(2026, 3, 2, 18))], []),
        (FIVE, [(at(1), at(0))], []),
        (FIVE, [(FIVE, timedelta(seconds=-1))], []),
        (FIVE, [], [datetime(2026, 3, 2, 18)]),
    ],
)
def test_times_that_mean_nothing(now, spans, live):
    """A time without a zone, and an end before its start, are refused with what to give."""
    with pytest.raises(InvalidValue, match=r"give an aware datetime|swap them"):
        countdown(now, spans, live)
