"""Rules of rights: to a person's calendar, to a group's, to what others may look at, and to the public."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policy.team import PEOPLE, SALES, TEAM, annas, calendar, event, seen, taken
from schedcore.errors import InvalidValue, LimitExceeded, NotAllowed
from schedcore.policy import (
    PUBLIC,
    Contact,
    Directory,
    ExternalCalendar,
    Grant,
    Group,
    GroupCalendar,
    Level,
    PersonalCalendar,
    Publication,
    Quotas,
    Relation,
    Right,
    check_added,
    everyone,
    granted,
    has_reminders,
    has_tags,
    invitable,
    level,
    may_write,
    published,
    relation,
    revoked,
)

PRIVATE = event("2", "CLASS:PRIVATE")
TO_BEN = Grant(Right.READ, member="ben")
TO_SALES = Grant(Right.READ, group="sales")


def level_for(viewer, its, directory=TEAM):
    return level(its.calendar.events[0], viewer, its, directory).name


def sales(*events, **parts):
    return GroupCalendar("sales", calendar(*(events or [event()])), **parts)


# --- personal ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("P1")
def test_members_always_see_blocks():
    """Without any grant; a private event is the exception."""
    assert ["BUSY", "BUSY"] == [level_for(viewer, annas(event())) for viewer in ("ben", "carla")]
    assert [(12, 13, "BUSY")] == taken("ben", annas(event(), PRIVATE))


@pytest.mark.rule("P2")
def test_only_a_private_event_hides_its_block():
    """No setting of the calendar takes the block from members, and revoking does not; the event's own word does."""
    its = revoked(annas(event(), grants=[TO_BEN]), by="anna", directory=TEAM, member="ben")
    assert "BUSY" == level_for("ben", its)
    for line, shown in (("CLASS:CONFIDENTIAL", "NONE"), ("CLASS:PRIVATE", "NONE"), ("CLASS:PUBLIC", "BUSY")):
        assert shown == level_for("ben", annas(event("1", line)))


@pytest.mark.rule("P3")
def test_details_and_editing_are_the_owners():
    """By default nobody else has either, the group's administrator neither."""
    its = annas(event(), PRIVATE)
    assert "EDIT" == level_for("anna", its) and may_write("anna", its, TEAM)
    assert {"BUSY"} == {level_for(viewer, its) for viewer in ("ben", "carla", "dora")}
    assert not any(may_write(viewer, its, TEAM) for viewer in ("ben", "carla", "dora", "eve", PUBLIC))


@pytest.mark.rule("P4")
def test_read_gives_details():
    """All of them, and no more."""
    (found,) = seen("ben", annas(event("1", "ATTENDEE;CN=Eve:mailto:Eve@example.com"), grants=[TO_BEN]))
    assert (Level.DETAILS, "Subject 1", "Notes 1", "Room 1", "1") == (
        found.level, found.summary, found.description, found.location, found.uid,
    )  # fmt: skip
    assert [("eve@example.com", "Eve", "NEEDS-ACTION")] == [tuple(one) for one in found.attendees]
    assert not may_write("ben", annas(event(), grants=[TO_BEN]), TEAM)


@pytest.mark.rule("P5")
def test_read_write_edits_any_event():
    """To add, to delete and to edit, every event that shows, whoever made it; what is capped stays so."""
    its = annas(event("1", "ORGANIZER:mailto:eve@example.com"), grants=[Grant(Right.READ_WRITE, member="ben")])
    assert "EDIT" == level_for("ben", its) and may_write("ben", its, TEAM)
    assert "NONE" == level_for("ben", replace(its, calendar=calendar(PRIVATE)))


@pytest.mark.rule("P6")
def test_a_grant_is_for_a_member_or_a_group():
    """One of the two, who is there: else it cannot be granted, and one that was left behind gives nobody anything."""
    its = annas(event())
    assert ["DETAILS", "BUSY"] == [level_for(viewer, replace(its, grants=[TO_BEN])) for viewer in ("ben", "carla")]
    assert {"DETAILS"} == {level_for(viewer, replace(its, grants=[TO_SALES])) for viewer in ("ben", "carla")}
    for grant in (Grant(Right.READ, group="gone"), Grant(Right.READ, member="gone")):
        assert "BUSY" == level_for("ben", replace(its, grants=[grant]))
        with pytest.raises(InvalidValue, match="'gone'"):
            granted(its, grant, by="anna", directory=TEAM)
    for wrong in ({}, {"member": "ben", "group": "sales"}):
        with pytest.raises(InvalidValue, match="give member= or group="):
            Grant(Right.READ, **wrong)


@pytest.mark.rule("P7")
def test_a_leaver_loses_what_the_group_gave():
    """The very next question: what Ben sees is what Eve sees, who never was there; another group still counts."""
    its = annas(event(), grants=[TO_SALES])
    left = TEAM.left("sales", "ben")
    assert ["DETAILS", "NONE", "NONE"] == [
        level_for("ben", its), level_for("ben", its, left), level_for("eve", its, left),
    ]  # fmt: skip
    other = Directory(PEOPLE, [SALES, Group("choir", ["anna", "ben"])]).left("sales", "ben")
    assert "BUSY" == level_for("ben", its, other)


@pytest.mark.rule("P7")
def test_a_right_reaches_members_only():
    """Somebody without a group in common with the owner sees nothing by a grant in their own name; back, they do."""
    its = annas(event(), grants=[TO_BEN])
    left = TEAM.left("sales", "ben")
    assert ["NONE", "DETAILS"] == [level_for("ben", its, left), level_for("ben", its, left.joined("sales", "ben"))]


@pytest.mark.rule("P8")
def test_a_late_joiner_gains_what_the_group_has():
    """A grant to the group was made before; membership at the time of the question decides."""
    its = annas(event(), grants=[TO_SALES])
    assert ["NONE", "DETAILS"] == [level_for("eve", its), level_for("eve", its, TEAM.joined("sales", "eve"))]


@pytest.mark.rule("P9")
def test_grants_are_revoked_at_any_time():
    """By the owner, from a member or a group; what it gave is gone with the next question."""
    its = granted(annas(event()), TO_SALES, by="anna", directory=TEAM)
    assert "DETAILS" == level_for("ben", its)
    assert "BUSY" == level_for("ben", revoked(its, by="anna", directory=TEAM, group="sales"))
    assert its == revoked(its, by="anna", directory=TEAM, group="choir")
    raised = granted(its, Grant(Right.READ_WRITE, group="sales"), by="anna", directory=TEAM)
    assert 1 == len(raised.grants) and "EDIT" == level_for("ben", raised)
    for by in ("ben", "carla", "eve"):
        with pytest.raises(NotAllowed, match="only its owner may"):
            revoked(its, by=by, directory=TEAM, group="sales")


# --- group ------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("G1")
@pytest.mark.parametrize("line", ["CLASS:PUBLIC", "CLASS:CONFIDENTIAL", "CLASS:PRIVATE"])
def test_members_always_read_details(line):
    """Whatever an event says of itself; there is no grant to revoke."""
    its = sales(event("1", line))
    assert ["DETAILS", "DETAILS", "NONE"] == [level_for(viewer, its) for viewer in ("anna", "ben", "eve")]
    assert "DETAILS" == level_for("ben", revoked(its, by="carla", directory=TEAM, member="ben"))
    assert "NONE" == level_for("ben", its, TEAM.left("sales", "ben"))


@pytest.mark.rule("G2")
def test_administrators_always_write():
    """The administrator and the co-administrators."""
    assert ["EDIT", "EDIT"] == [level_for(viewer, sales()) for viewer in ("carla", "dora")]
    assert "NONE" == level_for("carla", sales(), TEAM.left("sales", "carla"))


@pytest.mark.rule("G3")
def test_others_need_a_grant_to_edit():
    """Read-write for a member or for the whole group; a right to read adds nothing, and outsiders gain nothing."""
    write = Grant(Right.READ_WRITE, member="ben")
    assert ["DETAILS", "EDIT"] == [level_for("ben", sales(grants=grants)) for grants in ([TO_BEN], [write])]
    assert "EDIT" == level_for("anna", sales(grants=[Grant(Right.READ_WRITE, group="sales")]))
    assert "NONE" == level_for("eve", sales(grants=[Grant(Right.READ_WRITE, member="eve")]))
    with pytest.raises(NotAllowed, match="its administrator"):
        granted(sales(), write, by="anna", directory=TEAM)
    assert "EDIT" == level_for("ben", granted(sales(), write, by="dora", directory=TEAM))


@pytest.mark.rule("G4")
def test_invite_all_is_every_member():
    """Each of them gets the meeting: the list is of all members, the creator too."""
    found = everyone(sales(), "carla", TEAM, creating=True)
    assert ["anna", "ben", "carla", "dora"] == [one.id for one in found]


@pytest.mark.rule("G5")
def test_invite_all_only_at_creation_and_in_a_group():
    """Later, and in a personal calendar, it is refused; so it is for who may not write."""
    with pytest.raises(NotAllowed, match="only when the event is created"):
        everyone(sales(), "carla", TEAM, creating=False)
    with pytest.raises(NotAllowed, match="of a group only"):
        everyone(annas(), "anna", TEAM, creating=True)
    with pytest.raises(NotAllowed, match="'ben' may not create events"):
        everyone(sales(), "ben", TEAM, creating=True)


@pytest.mark.rule("G6")
def test_a_group_meeting_need_not_invite_all():
    """Whoever creates it chooses from the members one by one, and from contacts, who may be nobody here."""
    books = {"carla": [Contact("Bea", ["bea@example.org"]), Contact("B.", ["BEN@example.com"]), Contact("No mail")]}
    found = invitable(sales(), "carla", replace(TEAM, books=books))
    assert ["anna", "ben", "carla", "dora", "Bea"] == [getattr(one, "id", one.name) for one in found]


@pytest.mark.rule("G7")
def test_the_creator_is_listed_in_a_group_and_not_at_home():
    """Carla may invite herself to what she creates for sales; in her own calendar she stands nowhere, as a contact
    neither."""
    directory = replace(TEAM, books={"carla": [Contact("Me", ["carla@example.com"])]})
    its = PersonalCalendar("carla", calendar())
    assert "carla" in [one.id for one in invitable(sales(), "carla", directory)]
    assert ["anna", "ben", "dora"] == [one.id for one in invitable(its, "carla", directory)]


@pytest.mark.rule("G8")
def test_group_events_have_no_reminders():
    """Reminders are each one's own; a personal calendar has them."""
    assert [False, True] == [has_reminders(its) for its in (sales(), annas())]


@pytest.mark.rule("G9")
def test_group_events_have_no_tags():
    """Tags too."""
    assert [False, True] == [has_tags(its) for its in (sales(), annas())]


# --- the public -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("U1")
def test_nothing_is_public_unless_said():
    """Neither a person's nor a group's calendar, nor one that somebody subscribed to."""
    for its in (annas(event()), sales(), ExternalCalendar("anna", calendar(event()))):
        assert [] == seen(PUBLIC, its) == taken(PUBLIC, its)


@pytest.mark.rule("U2")
def test_the_public_needs_no_account():
    """PUBLIC is nobody in particular, and an empty directory will do; everybody sees at least as much."""
    its = annas(event(), publication=Publication.DETAILS)
    assert ["Subject 1"] == [one.summary for one in seen(PUBLIC, its, Directory())]
    assert ["Subject 1"] == [one.summary for one in seen("eve", its)] == [one.summary for one in seen("ben", its)]


@pytest.mark.rule("U3")
def test_there_are_two_modes():
    """Busy/free, and details."""
    assert ["off", "busy/free", "details"] == [str(mode) for mode in Publication]
    for mode, summary in (("busy/free", None), ("details", "Subject 1")):
        assert [summary] == [one.summary for one in seen(PUBLIC, annas(event(), publication=mode))]


@pytest.mark.rule("U5")
def test_administrators_publish_a_group():
    """The administrator and co-administrators, and not who may write; a person's calendar its owner alone."""
    its = sales(grants=[Grant(Right.READ_WRITE, member="ben")])
    for by in ("carla", "dora"):
        assert Publication.DETAILS is published(its, Publication.DETAILS, by=by, directory=TEAM).publication
    for by in ("anna", "ben", "eve"):
        with pytest.raises(NotAllowed, match="may not configure publication"):
            published(its, Publication.DETAILS, by=by, directory=TEAM)
    mine = annas(grants=[Grant(Right.READ_WRITE, member="ben")])
    assert published(mine, "busy/free", by="anna", directory=TEAM).publication is Publication.BUSY_FREE
    with pytest.raises(NotAllowed, match="only its owner may"):
        published(mine, "busy/free", by="ben", directory=TEAM)


# --- other calendars --------------------------------------------------------------------------------------------------


@pytest.mark.rule("O1")
def test_everybody_has_one_calendar_of_their_own():
    """Any other is a member's, a group's or an external one."""
    others = [PersonalCalendar("ben", None), sales(), ExternalCalendar("anna", None)]
    assert [Relation.MEMBER, Relation.GROUP, Relation.EXTERNAL] == [relation("anna", its) for its in others]
    assert Relation.OWN is relation("anna", annas())
    check_added("anna", [annas(), *others], Quotas())
    with pytest.raises(InvalidValue, match="has 2 calendars of their own"):
        check_added("anna", [annas(), annas()], Quotas())


@pytest.mark.rule("O2")
def test_what_can_be_added_has_a_quota():
    """The own calendar does not count; one too many is an error that says the quota."""
    others = [PersonalCalendar("ben", None), sales()]
    check_added("anna", [annas(), *others], Quotas(added=2))
    with pytest.raises(LimitExceeded, match=r"added=1 was reached \(2\)"):
        check_added("anna", [annas(), *others], Quotas(added=1))


@pytest.mark.rule("O11")
def test_an_external_calendar_is_read_only():
    """For its subscriber too, who sees all of it, private events included; others see nothing."""
    its = ExternalCalendar("anna", calendar(PRIVATE))
    assert ["DETAILS", "NONE", "NONE"] == [level_for(viewer, its) for viewer in ("anna", "ben", PUBLIC)]
    assert not may_write("anna", its, TEAM)
    with pytest.raises(NotAllowed, match="an external calendar"):
        invitable(its, "anna", TEAM)


@pytest.mark.rule("O12")
def test_a_members_calendar_opens_by_steps():
    """Busy only, then details with Read, then editing with Read-write."""
    grants = ([], [TO_BEN], [Grant(Right.READ_WRITE, member="ben")])
    assert ["BUSY", "DETAILS", "EDIT"] == [level_for("ben", annas(event(), grants=its)) for its in grants]
