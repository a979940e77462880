"""Who may see a meeting, and who may read why somebody refused it."""

from __future__ import annotations

import pytest

from meetings.cast import BEN, DORAS, XAVIER, after, meeting
from policy.team import TEAM
from schedcore.meetings import Cancel, Refuse
from schedcore.meetings.seeing import is_in, reads_reason, sees
from schedcore.policy import Grant, GroupCalendar, PersonalCalendar, Right

PEOPLE = ("anna", "ben", "carla", "dora", "eve", "xavier@example.net", "XAVIER@example.net", "nobody")


def who_sees(value, *calendars):
    """Those who see a meeting that stands in some calendars."""
    return [one for one in PEOPLE if sees(value, one, calendars, TEAM)]


@pytest.mark.rule("P4")
def test_by_rights():
    """Who is in it, whatever they answered, and who may read details where it stands; not who sees taken time."""
    value = meeting(BEN, XAVIER)
    inside = ["anna", "ben", "xavier@example.net", "XAVIER@example.net"]
    assert inside == [one for one in PEOPLE if is_in(value, one)]
    assert inside == who_sees(value, PersonalCalendar("anna", None), PersonalCalendar("ben", None))
    bens = PersonalCalendar("ben", None, [Grant(Right.READ, member="carla"), Grant(Right.READ, member="eve")])
    assert sorted([*inside, "carla"]) == sorted(who_sees(value, bens))  # Eve shares no group with him
    assert inside == who_sees(after(value, Refuse(by="ben")))
    assert inside == who_sees(after(value, Cancel(by="anna")))


@pytest.mark.rule("G1")
def test_a_group():
    """All members of the group see its meetings, and nobody else but who is invited."""
    value = meeting(XAVIER, group="sales")
    assert {"anna", "ben", "carla", "dora"} == set(who_sees(value, GroupCalendar("sales", None))) & {*PEOPLE[:5]}


@pytest.mark.rule("M7")
def test_reasons():
    """The creator and who gave it, and those who act for either."""
    value = after(meeting(BEN, XAVIER), Refuse(by="ben", reason="ill"))
    (ben, _) = value.participants
    assert ["anna", "ben", "dora"] == [one for one in PEOPLE if reads_reason(value, one, ben, DORAS)]
