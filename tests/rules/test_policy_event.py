"""Rules of new events."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from policy.team import annas, event, seen
from schedcore.policy import Defaults


@pytest.mark.rule("R7")
def test_a_new_event_lasts_an_hour_or_what_is_set():
    """One hour unless set; what its maker says goes first."""
    start = datetime(2026, 3, 2, 9)
    assert timedelta(hours=1) == Defaults().series(start).duration
    assert timedelta(minutes=30) == Defaults(timedelta(minutes=30)).series(start).duration
    assert timedelta(hours=3) == Defaults().series(start, duration=timedelta(hours=3)).duration


@pytest.mark.rule("R7", "R8")
def test_another_default_changes_no_event_that_there_is():
    """The length is part of the event: settings of today do not reach it."""
    settings = Defaults()
    made = settings.series(datetime(2026, 3, 2, 9), "FREQ=DAILY;COUNT=2")
    settings = Defaults(timedelta(minutes=15))
    assert timedelta(hours=1) == made.duration
    assert timedelta(minutes=15) == settings.series(datetime(2026, 3, 2, 9)).duration


@pytest.mark.rule("R12")
def test_an_all_day_event_is_an_item_of_the_day():
    """It is of dates, lasts its day whatever is set for timed ones, and shows as days, not at midnight."""
    made = Defaults(timedelta(minutes=15)).series(date(2026, 3, 2))
    found = made.overlapping(date(2026, 3, 1), date(2026, 3, 5))[0]
    assert ("date", date(2026, 3, 2), date(2026, 3, 3)) == (made.kind, found.start, found.end)
    whole = event("1", start="20261019", end=None)
    shown = seen("anna", annas(whole))
    assert [(True, date(2026, 10, 19), date(2026, 10, 20))] == [(one.is_all_day, one.start, one.end) for one in shown]
    assert [False] == [one.is_all_day for one in seen("anna", annas(event()))]
