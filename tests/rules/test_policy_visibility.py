"""Rules of visibility: what an event's own word leaves of everybody's rights."""

from __future__ import annotations

import pytest

from policy.team import SALES, TEAM, annas, event, seen, taken
from schedcore.policy import PUBLIC, Grant, GroupCalendar, Level, Publication, Right, Visibility, level, visibility_of

SOME, INVISIBLE = event("2", "CLASS:CONFIDENTIAL"), event("3", "CLASS:PRIVATE")
EVERYONE = ["anna", "ben", "carla", "dora", "eve", PUBLIC]
READ = [Grant(Right.READ, group="sales")]
WRITE = [Grant(Right.READ_WRITE, group="sales")]


def levels(its, viewer):
    return [level(one, viewer, its, TEAM).name for one in its.calendar.events]


@pytest.mark.rule("V1")
def test_co_members_see_a_busy_block_without_details():
    """Anybody in a group with the owner sees when, and nothing else; who is in none sees nothing."""
    its = annas(event())
    (block,) = seen("ben", its)
    assert (Level.BUSY, None, None, None, None, ()) == (
        block.level, block.summary, block.description, block.location, block.uid, block.attendees,
    )  # fmt: skip
    assert [(12, 13, "BUSY")] == taken("ben", its)
    assert [] == seen("eve", its) == taken("eve", its)


@pytest.mark.rule("V2")
def test_an_event_is_visible_unless_said():
    """Without CLASS, and with PUBLIC; what no table knows counts as private."""
    assert [Visibility.VISIBLE] * 2 == [visibility_of(None), visibility_of("PUBLIC")]
    assert Visibility.SOME is visibility_of("CONFIDENTIAL")
    assert [Visibility.INVISIBLE] * 3 == [visibility_of("PRIVATE"), visibility_of("X-COMPANY"), visibility_of("")]
    assert ["BUSY"] == levels(annas(event()), "ben")


@pytest.mark.rule("V3")
@pytest.mark.parametrize(("grants", "expected"), [((), []), (READ, [(12, 13, "BUSY")]), (WRITE, [(12, 13, "BUSY")])])
def test_visible_to_some_is_a_block_for_who_may_read(grants, expected):
    """Holders of Read and Read-write see a busy block, other co-members nothing."""
    assert expected == taken("ben", annas(SOME, grants=grants))
    assert [] == taken("eve", annas(SOME, grants=grants))


@pytest.mark.rule("V4")
@pytest.mark.parametrize("grants", [READ, WRITE])
def test_visible_to_some_has_no_details_for_anybody_else(grants):
    """Not for Read, and not for Read-write; the owner sees all."""
    its = annas(SOME, grants=grants)
    assert [(Level.BUSY, None)] == [(one.level, one.summary) for one in seen("ben", its)]
    assert [(Level.EDIT, "Subject 2")] == [(one.level, one.summary) for one in seen("anna", its)]


@pytest.mark.rule("V5")
@pytest.mark.parametrize("mode", Publication)
@pytest.mark.parametrize("viewer", EVERYONE[1:])
def test_invisible_is_hidden_from_everyone(viewer, mode):
    """Whatever the right and the publication: as if it were not there. Its owner sees it."""
    its = annas(INVISIBLE, grants=WRITE, publication=mode)
    assert [] == seen(viewer, its) == taken(viewer, its)
    assert ["NONE"] == levels(its, viewer)
    assert ["EDIT"] == levels(its, "anna")


@pytest.mark.rule("V6")
def test_public_busy_free_shows_blocks_only():
    """When, and that it is taken: neither what, nor how surely."""
    its = annas(event("1", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"), publication=Publication.BUSY_FREE)
    (block,) = seen(PUBLIC, its)
    assert (Level.BUSY, None, None) == (block.level, block.summary, block.status)
    assert [(12, 13, "BUSY")] == taken(PUBLIC, its) == taken("eve", its)
    assert [(12, 13, "OUT_OF_OFFICE")] == taken("ben", its)


@pytest.mark.rule("V7")
@pytest.mark.parametrize("mode", [Publication.BUSY_FREE, Publication.DETAILS])
def test_private_events_are_not_published(mode):
    """Neither what is visible to some nor what is invisible; nor in a group's calendar."""
    its = annas(SOME, INVISIBLE, publication=mode)
    group = GroupCalendar(SALES.id, its.calendar, publication=mode)
    assert [] == seen(PUBLIC, its) == taken(PUBLIC, its) == seen(PUBLIC, group) == taken("eve", group)


@pytest.mark.rule("V8")
def test_public_details_are_subject_and_description():
    """Start, end, subject and description; not the place, the people or anything else."""
    people = ["ATTENDEE:mailto:ben@example.com", "ORGANIZER:mailto:anna@example.com"]
    (found,) = seen(PUBLIC, annas(event("1", *people), publication=Publication.DETAILS))
    assert ("Subject 1", "Notes 1", Level.BUSY) == (found.summary, found.description, found.level)
    rest = (found.location, found.uid, found.organizer, found.attendees, found.status, found.recurrence_id)
    assert (None, None, None, (), None, None) == rest
    assert "UTC" == found.start.tzname()


@pytest.mark.rule("V5")
def test_an_override_without_class_is_as_private_as_its_event():
    """Who moves one instance of a private series has not published it; a CLASS of its own counts."""
    series = event("1", "RRULE:FREQ=DAILY;COUNT=2", "CLASS:PRIVATE")
    moved = event("1", "RECURRENCE-ID:20261019T120000Z", start="20261019T150000Z", end="20261019T160000Z")
    shown = event(
        "1", "RECURRENCE-ID:20261019T120000Z", "CLASS:PUBLIC", start="20261019T150000Z", end="20261019T160000Z"
    )
    assert [] == taken("ben", annas(series, moved))
    assert [(15, 16, "BUSY")] == taken("ben", annas(series, shown))
    lone = annas(series, moved).calendar.events[0].series.overrides[0].event
    assert Level.NONE is level(lone, "ben", annas(series, moved), TEAM)
