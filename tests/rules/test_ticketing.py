"""Ticketing: list, month or week, which of them a customer can switch among, and which suits the dates."""

from datetime import date, timedelta

import pytest

from schedcore.errors import InvalidValue
from schedcore.views import Mode, Modes, suited

FIRST = date(2026, 9, 1)


def every(days: int, count: int, times: int = 1) -> list[date]:
    """So many sessions, so many days apart, several on each day."""
    return [FIRST + timedelta(days=days * number) for number in range(count) for _ in range(times)]


@pytest.mark.rule("E1")
def test_modes():
    """E1: modes are list, month and week."""
    assert ["list", "month", "week"] == [str(mode) for mode in Mode]
    with pytest.raises(InvalidValue, match="'year' is no mode: give one of list, month, week"):
        Modes(["year"], "year")


@pytest.mark.rule("E2")
def test_switching():
    """E2: the customer may switch among enabled modes, and to no other."""
    modes = Modes([Mode.LIST, Mode.WEEK], Mode.LIST)
    assert Mode.WEEK is modes.switched(Mode.WEEK).shown
    assert Mode.LIST is modes.switched(Mode.WEEK).switched(Mode.LIST).shown
    with pytest.raises(InvalidValue, match="month is not among the enabled modes list, week: switch to one of these"):
        modes.switched(Mode.MONTH)


@pytest.mark.rule("E3")
def test_default():
    """E3: there is one default mode, it is an enabled one, and it is shown first."""
    assert Mode.MONTH is Modes(list(Mode), Mode.MONTH).shown
    assert Mode.MONTH is Modes(list(Mode), Mode.MONTH).switched(Mode.WEEK).default
    with pytest.raises(InvalidValue, match="the default week is not among the enabled modes list, month"):
        Modes([Mode.MONTH, Mode.LIST], Mode.WEEK)
    with pytest.raises(InvalidValue, match="the default list is not among the enabled modes"):
        Modes([], Mode.LIST)


@pytest.mark.rule("E4")
@pytest.mark.parametrize(
    ("sessions", "mode"),
    [
        (every(30, 6), Mode.LIST),  # a tour: a date a month
        (every(7, 10), Mode.LIST),  # the same evening each week
        (every(1, 1), Mode.LIST),  # one date
        (every(2, 20), Mode.MONTH),  # a play, every other day
        (every(1, 30), Mode.MONTH),  # every day
        (every(1, 14, 2), Mode.WEEK),  # matinée and evening
        (every(1, 60, 6), Mode.WEEK),  # a museum by the hour
        (every(7, 4, 3), Mode.WEEK),  # three showings each Saturday
    ],
)
def test_what_suits(sessions, mode):
    """E4: list suits sparse dates, week suits several a day, month what is between, in whatever order dates come."""
    assert mode is suited(sessions)
    assert mode is suited(reversed(sessions))
    assert mode is Modes(list(Mode), Mode.MONTH).suggested(sessions)


@pytest.mark.rule("E4")
def test_only_enabled_modes_are_suggested():
    """E4: where the mode that suits is not enabled the next best is suggested, and without dates the default."""
    assert Mode.MONTH is Modes([Mode.MONTH, Mode.WEEK], Mode.WEEK).suggested(every(30, 6))
    assert Mode.LIST is Modes([Mode.MONTH, Mode.LIST], Mode.MONTH).suggested(every(1, 14, 2))
    assert Mode.WEEK is Modes([Mode.WEEK, Mode.LIST], Mode.LIST).suggested(every(1, 30))
    assert Mode.LIST is Modes(list(Mode), Mode.LIST).suggested([])
    with pytest.raises(InvalidValue, match="there are no sessions"):
        suited([])
