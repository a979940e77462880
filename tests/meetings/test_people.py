"""People who may not, people who come twice, and people with odd names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.cast import ANNA, BEN, CARLA, DORA, NOON, NOW, ONCE, WEEKLY, XAVIER, after, answers, meeting
from policy.team import PEOPLE, SALES, TEAM, annas
from schedcore import Series
from schedcore.errors import InvalidValue, NotAllowed, Refused
from schedcore.meetings import (
    Accept,
    Command,
    Create,
    Deputies,
    Edit,
    Guest,
    Invite,
    Refuse,
    Remove,
    Reply,
    Request,
    apply,
    guest_of,
    guests,
    replay,
)
from schedcore.policy import Contact, Directory, Grant, GroupCalendar, Person, PersonalCalendar, Right

WRITES = PersonalCalendar("anna", None, [Grant(Right.READ_WRITE, group="sales")])
AS_ANNA = Edit(by="ben", acting_for="anna", subject="New")


def refusal(value, command, **options):
    with pytest.raises(Refused) as caught:
        apply(value, command, NOW, **options)
    return caught.value.reason


@pytest.mark.parametrize(
    ("deputies", "may"),
    [
        (Deputies(TEAM, {"anna": WRITES}), True),
        (Deputies(TEAM.left("sales", "ben"), {"anna": WRITES}), False),
        (Deputies(Directory(PEOPLE, [replace(SALES, id="other")]), {"anna": WRITES}), False),
        (Deputies(TEAM, {"anna": replace(WRITES, grants=[Grant(Right.READ, group="sales")])}), False),
        (Deputies(TEAM, {"anna": replace(WRITES, owner="carla")}), False),
        (Deputies(TEAM, {"ben": replace(WRITES, owner="ben")}), False),
        (Deputies(TEAM), False),
        (None, False),
    ],
    ids=[
        "granted",
        "left a second ago",
        "no such group",
        "read only",
        "not hers",
        "of another",
        "no calendar",
        "nothing",
    ],
)
def test_who_acts_for_somebody(deputies, may):
    """The right counts as it is at that moment; a grant to a group that does not exist gives nobody anything."""
    one = meeting(CARLA)
    if may:
        assert "New" == after(one, AS_ANNA, deputies=deputies).subject
    else:
        assert "no_right" == refusal(one, AS_ANNA, deputies=deputies)


def test_a_deputy_of_an_invitee_answers_for_them():
    """And the creator is told; the deputy is no participant by that, and cannot edit."""
    deputies = Deputies(TEAM, {"ben": replace(WRITES, owner="ben")})
    one, notices = apply(meeting(BEN), Refuse(by="carla", acting_for="ben"), NOW, deputies=deputies)
    assert ({"ben": "refused"}, ["anna"]) == (answers(one), [notice.to for notice in notices])
    assert "not_invited" == refusal(one, Accept(by="carla"), deputies=deputies)
    assert "not_creator" == refusal(one, Edit(by="carla", acting_for="ben", subject="x"), deputies=deputies)


def test_a_log_is_replayed_without_asking_again():
    """What was taken was allowed then, whatever is granted now."""
    start = meeting(CARLA)
    one = after(start, AS_ANNA, deputies=Deputies(TEAM, {"anna": WRITES}))
    assert one == replay([(AS_ANNA, NOW)], start)
    with pytest.raises(Refused):
        replay([(Accept(by="eve"), NOW)], start)


@pytest.mark.parametrize("name", ["eve", "", " ", "b", "ben@example.com.evil.example", "mailto:", "ben\u202e", "BEN"])
def test_names_of_nobody(name):
    """Only ids as they are, and addresses in any way of writing them, name a participant."""
    one = meeting(BEN)
    if not name:
        with pytest.raises(InvalidValue, match="name who acts"):
            Accept(by=name)
    else:
        assert "not_invited" == refusal(one, Accept(by=name))
    assert one.participant(name) is None


@pytest.mark.parametrize("name", ["ben", "ben@example.com", "MAILTO:Ben@Example.com", " ben@example.com "])
def test_names_of_somebody(name):
    """By id, or by an address however it is written."""
    assert "accepted" == answers(after(meeting(BEN), Accept(by=name)))["ben"]


def test_two_contacts_with_one_address_are_one():
    """Also through a third that has an address of each."""
    first, second = Guest("a@example.net"), Guest("b@example.net")
    both = Guest("c@example.net", addresses=["a@example.net", "b@example.net"])
    assert 1 == len(meeting(first, first).participants)
    assert 2 == len(meeting(first, second, both).participants)
    assert 1 == len(meeting(both, first, second).participants)
    one = meeting(first, second)
    assert "already_invited" == refusal(one, Invite(by="anna", guests=[both]))
    assert "already_invited" == refusal(one, Invite(by="anna", guests=[]))


def test_an_account_with_addresses_of_two_participants():
    """Neither answer is lost: who is in it already stays as they are."""
    one = meeting(Guest("a@example.net"), Guest("b@example.net"))
    one = after(one, Accept(by="a@example.net"), Refuse(by="b@example.net"))
    zoe = Guest("zoe", True, addresses=["a@example.net", "b@example.net"])
    assert "already_invited" == refusal(one, Invite(by="anna", guests=[zoe]))
    assert {"a@example.net": "accepted", "b@example.net": "refused"} == answers(one)


def test_an_answer_twice_at_once_and_after_the_end():
    """The second changes nothing; after one was removed, none counts."""
    one = after(meeting(BEN, CARLA), Accept(by="ben"))
    again, notices = apply(one, Accept(by="ben"), NOW)
    assert (one, []) == (again, notices)
    assert "not_invited" == refusal(after(one, Remove(by="anna", participant="ben")), Accept(by="ben"))


def test_names_with_marks_of_direction():
    """A name is shown as it is written, an address with what does not show is none."""
    assert "\u202eeve" == Guest("x@example.net", name="\u202eeve").name
    with pytest.raises(InvalidValue, match=r"U\+202E"):
        Guest("x\u202e@example.net")
    with pytest.raises(NotAllowed):
        guests(annas(), "anna", TEAM, ["x\u202e@example.net"], strangers=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Guest(""),
        lambda: Guest("ben", True, addresses="ben@example.com"),
        lambda: guest_of(Contact("Nobody")),
        lambda: guests(annas(), "anna", TEAM, "ben"),
        lambda: Accept(by=7),
        lambda: Accept(by="ben", acting_for=None),
        lambda: Invite(by="anna", guests="ben"),
        lambda: Invite(by="anna", guests=["ben"]),
        lambda: Edit(by="anna", start=NOON),
        lambda: Edit(by="anna", recurrence_id=NOON, series=ONCE),
        lambda: Edit(by="anna", series="FREQ=DAILY"),
        lambda: Create(by="anna", id="1", creator=ANNA, series=WEEKLY.changed(NOON, event=1)),
        lambda: Reply(by="ben", acting_for="anna", partstat="ACCEPTED"),
        lambda: Reply(by="ben", partstat="ACCEPTED", sequence=-1),
        lambda: Reply(by="ben", partstat="ACCEPTED", stamp=1.5),
        lambda: apply(meeting(BEN), Accept(by="ben"), NOW.replace(tzinfo=None)),
        lambda: apply(meeting(BEN), "accept", NOW),
        lambda: apply(meeting(BEN), Command(by="ben"), NOW),
    ],
)
def test_what_makes_no_sense(make):
    """Is bad input, which is told apart from a refusal."""
    with pytest.raises(InvalidValue):
        make()


def test_commands_that_fit_no_state():
    """Each says which state it is in."""
    event = meeting()
    assert "not_meeting" == refusal(event, Accept(by="ben"))
    assert "no_meeting" == refusal(None, Accept(by="ben"))
    create = Create(by="anna", id="m1", creator=ANNA, series=ONCE)
    assert "exists" == refusal(event, create) == refusal(meeting(BEN), create)
    assert "not_creator" == refusal(None, replace(create, by="ben"))
    assert "invalid" == refusal(None, replace(create, id=""))
    request = Request(by="anna", id="m1", creator=ANNA, series=ONCE)
    assert "hosted" == refusal(event, request)
    assert "nobody_invited" == refusal(None, request)


def test_a_group_that_nobody_administers():
    """Its members are invited as those of any other; who is in no group here invites nobody of it."""
    team = Directory([Person("zoe"), Person("yan")], [replace(SALES, id="club", members=["zoe", "yan"],
                     administrator=None, co_administrators=[])])  # fmt: skip
    club = GroupCalendar("club", None, [Grant(Right.READ_WRITE, member="zoe")])
    assert ["yan"] == [one.id for one in guests(club, "zoe", team, ["yan"])]
    for creator in ("yan", "eve"):
        with pytest.raises(NotAllowed):
            guests(club, creator, team, ["zoe"])


def test_a_guest_without_an_address_comes_all_the_same():
    """A member of a group needs none here."""
    assert () == guest_of(Person("zoe")).addresses
    one = after(meeting(Guest("zoe", True), XAVIER, DORA, series=Series(NOON)), Accept(by="zoe"))
    assert "accepted" == answers(one)["zoe"]
