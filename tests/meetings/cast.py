"""People and meetings to test with: Anna makes meetings, Ben and Carla have accounts, Xavier and Yvonne have none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from policy.team import TEAM
from schedcore import Series
from schedcore.meetings import Create, Deputies, Guest, apply
from schedcore.policy import Grant, PersonalCalendar, Right

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
NOON = datetime(2026, 10, 19, 12, tzinfo=ZURICH)
HOUR = timedelta(hours=1)

ANNA, BEN, CARLA, DORA = (
    Guest(one, True, addresses=[f"{one}@example.com"]) for one in ("anna", "ben", "carla", "dora")
)
XAVIER, YVONNE = Guest("xavier@example.net", name="Xavier"), Guest("yvonne@example.net")

ONCE = Series(NOON, duration=HOUR)
WEEKLY = Series(NOON, "FREQ=WEEKLY;COUNT=4", duration=HOUR)
WEEKS = WEEKLY.take(4)

#: Dora has Read-write on Anna's calendar.
DORAS = Deputies(TEAM, {"anna": PersonalCalendar("anna", None, [Grant(Right.READ_WRITE, member="dora")])})


def made(*guests, series=ONCE, **details):
    """A meeting that Anna made, and the notices of that."""
    parts = {"subject": "Plan", "description": "The year", "location": "Room 1"} | details
    return apply(None, Create(by="anna", id="m1", creator=ANNA, series=series, guests=guests, **parts), NOW)


def meeting(*guests, **details):
    """A meeting that Anna made."""
    return made(*guests, **details)[0]


def after(value, *commands, now=NOW, **options):
    """The meeting after some commands."""
    for command in commands:
        value, _ = apply(value, command, now, **options)
    return value


def told(notices):
    """Whom notices are to, and what each says."""
    return [(notice.to, notice.kind.value.removeprefix("meeting ")) for notice in notices]


def answers(value, recurrence_id=None):
    """What each participant answered."""
    return {one.id: value.given(one, recurrence_id).answer.value for one in value.participants}
