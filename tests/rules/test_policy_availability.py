"""Rules of availability: what blocks and what does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policy.team import MONDAY, TEAM, TUESDAY, annas, event, seen, taken
from schedcore.freebusy import Block, Status, Wanted
from schedcore.freebusy.status import CDO_BUSYSTATUS, DIGITS, FBTYPE, TRANSP
from schedcore.policy import Answer, default_status, find_times_as, status_of_answer, suggest_answer

ALL_DAY = {"start": "20261019", "end": "20261020"}
INVITED = "ATTENDEE;PARTSTAT={}:mailto:Anna@Example.com"


@pytest.mark.rule("A1")
def test_a_timed_event_is_busy():
    """Busy unless said."""
    assert Status.BUSY is default_status(all_day=False)
    assert [(12, 13, "BUSY")] == taken("anna", annas(event()))


@pytest.mark.rule("A2")
def test_an_all_day_event_is_free():
    """Free unless said."""
    assert Status.FREE is default_status(all_day=True)
    assert [] == taken("anna", annas(event("1", **ALL_DAY)))
    assert [(0, 24, "BUSY")] == taken("anna", annas(event("1", "TRANSP:OPAQUE", **ALL_DAY)))


@pytest.mark.rule("A3")
@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", INVITED.format("DECLINED")])
def test_free_never_blocks(line):
    """It is not in free/busy, in nobody's way, and to who may see taken time only it does not show."""
    its = annas(event("1", line))
    assert [] == taken("anna", its) == taken("ben", its) == seen("ben", its)
    assert [Status.FREE] == [one.status for one in seen("anna", its)]
    wanted = Wanted(timedelta(hours=24), required=[0])
    assert 1 == len(find_times_as("anna", [its], wanted, MONDAY, TUESDAY, directory=TEAM))


@pytest.mark.rule("A4")
def test_tentative_is_a_reservation_that_is_not_sure():
    """It is in free/busy as such, and gives way where the asker says so, not to a busy event."""
    its = annas(event("1", "STATUS:TENTATIVE"))
    assert [(12, 13, "TENTATIVE")] == taken("anna", its)
    for tentative, found in (("free", 1), ("busy", 0)):
        wanted = Wanted(timedelta(hours=24), required=[0], tentative=tentative)
        assert found == len(find_times_as("ben", [its], wanted, MONDAY, TUESDAY, directory=TEAM))
    both = annas(event("1", "STATUS:TENTATIVE"), event("2"))
    assert [(12, 13, "BUSY")] == taken("anna", both)


@pytest.mark.rule("A5")
@pytest.mark.parametrize("line", [INVITED.format("NEEDS-ACTION"), "ATTENDEE:mailto:anna@example.com"])
def test_an_unanswered_invitation_is_tentative(line):
    """No answer yet: tentatively."""
    assert Status.TENTATIVE is status_of_answer(Answer.INVITED) is status_of_answer(Answer.TENTATIVE)
    assert [(12, 13, "TENTATIVE")] == taken("anna", annas(event("1", line)))


@pytest.mark.rule("A6")
def test_accepting_makes_it_busy():
    """Accepted, it takes what the event takes; refused, or refused and kept, nothing."""
    assert Status.BUSY is status_of_answer(Answer.ACCEPTED)
    assert Status.OUT_OF_OFFICE is status_of_answer(Answer.ACCEPTED, Status.OUT_OF_OFFICE)
    assert Status.FREE is status_of_answer(Answer.REFUSED_KEPT) is status_of_answer(Answer.REFUSED)
    assert [(12, 13, "BUSY")] == taken("anna", annas(event("1", INVITED.format("ACCEPTED"))))


@pytest.mark.rule("A7")
def test_out_of_office_cannot_accept():
    """Declining is suggested with the reason, the stretch is BUSY-UNAVAILABLE, and no meeting is offered there."""
    away = [Block(0, 0, 3600, Status.BUSY), Block(0, 3600, 86_400, Status.OUT_OF_OFFICE)]
    found = suggest_answer(7200, 10_800, away)
    assert (Answer.REFUSED, "out of office", 3600, 86_400) == (found.answer, str(found.why), found.start, found.end)
    assert suggest_answer(0, 3600, away) is None
    assert suggest_answer(86_400, 90_000, away) is None
    assert suggest_answer(3600, 3600, away).answer is Answer.REFUSED
    assert "BUSY-UNAVAILABLE" == FBTYPE.word(Status.OUT_OF_OFFICE)
    its = annas(event("1", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"))
    for tentative in ("free", "busy"):
        wanted = Wanted(timedelta(hours=1), required=[0], grid=timedelta(hours=1), tentative=tentative)
        slots = find_times_as("ben", [its], wanted, MONDAY, TUESDAY, directory=TEAM, explain=True)
        assert [(MONDAY + timedelta(hours=12)).timestamp()] == [one.start for one in slots.refused]
        assert ["out of office"] == [str(reason.why) for reason in slots.refused[0].reasons]


@pytest.mark.rule("A8")
def test_all_day_out_of_office_must_be_said():
    """A whole day is free unless it says that its owner is away."""
    away = "X-MICROSOFT-CDO-BUSYSTATUS:OOF"
    assert [(0, 24, "OUT_OF_OFFICE")] == taken("anna", annas(event("1", away, **ALL_DAY)))
    assert [] == taken("anna", annas(event("1", "SUMMARY:Out of office", **ALL_DAY)))


@pytest.mark.rule("A9")
def test_statuses_map_to_outlook_and_icalendar():
    """Free, tentative, busy, out of office: in digits, in FBTYPE, in X-MICROSOFT-CDO-BUSYSTATUS; TRANSP has two."""
    assert "0123" == "".join(DIGITS.word(status) for status in Status)
    assert ["FREE", "TENTATIVE", "BUSY", "OOF"] == [CDO_BUSYSTATUS.word(status) for status in Status]
    assert ["FREE", "BUSY-TENTATIVE", "BUSY", "BUSY-UNAVAILABLE"] == [FBTYPE.word(status) for status in Status]
    assert ["TRANSPARENT", "OPAQUE", "OPAQUE", "OPAQUE"] == [
        TRANSP.word(max(status, Status(2 * (status > 0)))) for status in Status
    ]
    for table in (DIGITS, CDO_BUSYSTATUS, FBTYPE):
        assert list(Status) == [table.status(table.word(status)) for status in Status]
    words = zip(("FREE", "TENTATIVE", "BUSY", "OOF"), Status, strict=True)
    for word, status in words:
        found = taken("anna", annas(event("1", f"X-MICROSOFT-CDO-BUSYSTATUS:{word}")))
        assert [name for _, _, name in found] == [status.name] * (status > 0)
