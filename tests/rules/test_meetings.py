"""Rules of meetings: who is invited, who answers what, who is told, and what is pending; events made from mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from meetings.cast import (
    ANNA,
    BEN,
    CARLA,
    DORAS,
    HOUR,
    NOON,
    NOW,
    ONCE,
    WEEKLY,
    WEEKS,
    XAVIER,
    YVONNE,
    ZURICH,
    after,
    answers,
    made,
    meeting,
    told,
)
from policy.team import PEOPLE, SALES, TEAM, annas, calendar, event
from schedcore import Series
from schedcore.errors import InvalidValue, NotAllowed, Refused
from schedcore.freebusy import Status, Why, query
from schedcore.meetings import (
    Accept,
    Cancel,
    Channel,
    Create,
    Edit,
    Guest,
    Icon,
    Invite,
    Mail,
    Refuse,
    Remind,
    Remove,
    Reply,
    Sign,
    State,
    Tentative,
    all_guests,
    apply,
    from_mail,
    guests,
    icon,
    pending,
    suggest_answer,
    unanswered,
)
from schedcore.policy import Answer, Caps, Contact, Directory, GroupCalendar, PersonalCalendar


def refusal(value, command, now=NOW, **options):
    """The code with which a command is refused."""
    with pytest.raises(Refused) as caught:
        apply(value, command, now, **options)
    assert type(command).__name__ == caught.value.command
    return caught.value.reason


# --- who is in it -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("M1")
def test_the_first_participant_makes_a_meeting():
    """An event becomes a meeting when a participant is invited; without participants it has no icon to show."""
    one = meeting()
    assert (State.EVENT, None) == (one.state, icon(one))
    assert State.MEETING is after(one, Invite(by="anna", guests=[BEN])).state
    assert State.MEETING is meeting(BEN).state


@pytest.mark.rule("M2")
def test_participants_are_members_or_contacts_with_an_address():
    """Whoever is neither cannot be found, and a contact without an address cannot be asked."""
    book = {"anna": [Contact("Xavier", ["xavier@example.net"]), Contact("Nobody")]}
    team = Directory(PEOPLE, [SALES], book)
    named = ["ben", "XAVIER@example.net"]
    assert ["ben", "xavier@example.net"] == [one.id for one in guests(annas(), "anna", team, named)]
    for name in ("eve", "yvonne@example.net", "Nobody", "Xavier"):
        with pytest.raises(NotAllowed, match="cannot be invited"):
            guests(annas(), "anna", team, [name])
    with pytest.raises(InvalidValue, match="no mail address"):
        Guest("Nobody")


@pytest.mark.rule("M12")
def test_a_contact_with_an_address_of_an_account_is_that_person():
    """One address that matches is enough; invited both ways they are one participant."""
    book = {"anna": [Contact("Benny", ["b@home.example", "BEN@example.com"])]}
    team = Directory(PEOPLE, [SALES], book)
    found = guests(annas(), "anna", team, ["ben@example.com", "ben"])
    assert [("ben", True)] == [(one.id, one.account) for one in found]
    both = meeting(Guest("ben@example.com"), BEN)
    assert [("ben", True)] == [(one.id, one.guest.account) for one in both.participants]
    assert "already_invited" == refusal(meeting(BEN), Invite(by="anna", guests=[Guest("Ben@Example.com")]))


@pytest.mark.rule("M12")
def test_an_answer_outlives_the_account_that_is_found_later():
    """Somebody invited by address who has an account after all stays one participant, with their answer."""
    one = after(
        meeting(Guest("ben@example.com")), Accept(by="ben@example.com"), Invite(by="anna", guests=[BEN, XAVIER])
    )
    assert {"ben": "accepted", XAVIER.id: "invited"} == answers(one)


@pytest.mark.rule("X6")
def test_one_need_not_be_a_customer():
    """With strangers allowed any mail address can be invited, and is mailed."""
    (found,) = guests(annas(), "anna", TEAM, ["new@example.org"], strangers=True)
    assert not found.account
    _, notices = made(found)
    assert [("new@example.org", "invited")] == told(notices)


@pytest.mark.rule("M9")
def test_the_proposal_is_in_the_calendar_of_internal_invitees():
    """At once, before any answer, and although nobody was told; who has no account has no calendar here."""
    one, notices = made(BEN, XAVIER, notify=False)
    assert ("anna", "ben") == one.stands_with()
    assert Status.TENTATIVE is one.status_for("ben")
    assert ["xavier@example.net"] == [notice.to for notice in notices]


@pytest.mark.rule("M10", "M11")
def test_internal_notices_can_be_left_out_at_creation():
    """Those without an account are always mailed; later invitations cannot go untold."""
    assert [("ben", "invited"), (XAVIER.id, "invited")] == told(made(BEN, XAVIER)[1])
    one, notices = made(BEN, XAVIER, notify=False)
    assert [(XAVIER.id, "invited")] == told(notices)
    assert [Channel.MAIL] == [notice.channel for notice in notices]
    assert [True, False] == [notice.suppressible for notice in made(BEN, XAVIER)[1]]
    assert "must_notify" == refusal(one, Invite(by="anna", guests=[CARLA], notify=False))
    _, first = apply(meeting(), Invite(by="anna", guests=[CARLA, YVONNE], notify=False), NOW)
    assert [(YVONNE.id, "invited")] == told(first)  # the first invitation is the creation of the meeting


@pytest.mark.rule("M21", "M22")
def test_a_participant_is_removed_after_accepting_and_not_told():
    """Whoever it is, and nobody else is told either; without the last one it is an event again."""
    for guest in (BEN, XAVIER):
        one = after(meeting(guest, CARLA), Accept(by=guest.id))
        left, notices = apply(one, Remove(by="anna", participant=guest.id), NOW)
        assert ([], {"carla": "invited"}) == (notices, answers(left))
        assert "not_invited" == refusal(left, Accept(by=guest.id))
    assert State.EVENT is after(left, Remove(by="anna", participant="carla@example.com")).state


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M13")
def test_answers():
    """Invited, accepted, refused; tentative is kept, counts as unanswered and blocks tentatively."""
    one = meeting(BEN, CARLA)
    assert {"ben": "invited", "carla": "invited"} == answers(one)
    one, notices = apply(one, Tentative(by="ben"), NOW)
    assert ("tentative", []) == (answers(one)["ben"], notices)
    assert Icon(Sign.QUESTION, 0, 0, 2, 1) == icon(one)
    assert (Status.TENTATIVE, Status.BUSY) == (one.status_for("ben"), after(one, Accept(by="ben")).status_for("ben"))


@pytest.mark.rule("M13")
@pytest.mark.parametrize("partstat", ["DELEGATED", "delegated"])
def test_a_delegation_is_reported_and_not_taken(partstat):
    """The creator decides whether to invite whom somebody would send."""
    one = meeting(XAVIER)
    assert "delegated" == refusal(one, Reply(by=XAVIER.id, partstat=partstat, stamp=5))


@pytest.mark.rule("M4", "M8")
def test_a_change_of_mind():
    """From yes to no and back; the creator is told of the no, and of the yes after it."""
    one = after(meeting(BEN), Accept(by="ben"))
    one, notices = apply(one, Refuse(by="ben"), NOW)
    assert [("anna", "answered")] == told(notices)
    one, notices = apply(one, Accept(by="ben"), NOW)
    assert [("anna", "answered")] == told(notices)
    (change,) = notices[0].changes
    assert ("answer", Answer.REFUSED, Answer.ACCEPTED) == (change.name, change.before, change.after)
    assert [] == apply(one, Accept(by="ben"), NOW)[1]


@pytest.mark.rule("M4", "M8")
def test_to_accept_at_once_tells_nobody():
    """Only a yes after a no is news to the creator."""
    assert [] == apply(meeting(BEN), Accept(by="ben"), NOW)[1]


@pytest.mark.rule("M5")
def test_refusing_takes_it_from_the_calendar():
    """The default; the creator is mailed."""
    one, notices = apply(meeting(BEN), Refuse(by="ben"), NOW)
    assert ("anna",) == one.stands_with()
    assert [("anna", Channel.MAIL, (("participant", "ben"),))] == [(n.to, n.channel, n.data) for n in notices]


@pytest.mark.rule("M6")
def test_refused_but_kept():
    """It stays in the calendar and takes no time; the creator is told, and it can be accepted later."""
    one, notices = apply(meeting(BEN), Refuse(by="ben", keep=True), NOW)
    assert [("anna", "answered")] == told(notices)
    assert (("anna", "ben"), Status.FREE) == (one.stands_with(), one.status_for("ben"))
    assert "accepted" == answers(after(one, Accept(by="ben")))["ben"]


@pytest.mark.rule("M7")
def test_a_reason_is_optional_and_forwarded():
    """As it was written; a new reason for the same refusal is told again, the same one is not."""
    one, notices = apply(meeting(BEN), Refuse(by="ben", reason="On \u202eholiday\r\nBCC: x"), NOW)
    assert ["On \u202eholiday\r\nBCC: x"] == [notice.reason for notice in notices]
    assert [] == apply(one, Refuse(by="ben", reason="On \u202eholiday\r\nBCC: x"), NOW)[1]
    assert ["ill"] == [notice.reason for notice in apply(one, Refuse(by="ben", reason="ill"), NOW)[1]]
    assert [""] == [notice.reason for notice in apply(meeting(BEN), Refuse(by="ben"), NOW)[1]]


@pytest.mark.rule("P5", "M17")
def test_who_may_write_acts_for_the_owner():
    """Dora may edit as Anna, and nobody for whom nothing was granted; she does not answer for Ben."""
    one = meeting(BEN)
    edit = Edit(by="dora", acting_for="anna", subject="New")
    assert "New" == after(one, edit, deputies=DORAS).subject
    assert "no_right" == refusal(one, edit)
    assert "no_right" == refusal(one, Accept(by="dora", acting_for="ben"), deputies=DORAS)
    assert "not_creator" == refusal(one, Edit(by="dora", subject="New"), deputies=DORAS)
    invited = after(meeting(group="sales"), Invite(by="anna", guests=[ANNA]))
    assert "accepted" == answers(after(invited, Accept(by="dora", acting_for="anna"), deputies=DORAS))["anna"]


@pytest.mark.rule("M14", "M15", "M16")
def test_the_icon():
    """Crossed out if anybody refused, else a question mark if anybody has yet to answer, else normal."""
    one = meeting(BEN, CARLA, XAVIER)
    assert Icon(Sign.QUESTION, 0, 0, 3) == icon(one)
    one = after(one, Accept(by="ben"), Accept(by=XAVIER.id))
    assert Icon(Sign.QUESTION, 2, 0, 1) == icon(one)
    assert Icon(Sign.NORMAL, 3, 0, 0) == icon(after(one, Accept(by="carla")))
    assert Icon(Sign.CROSSED, 1, 1, 1) == icon(after(one, Refuse(by="ben", keep=True)))
    assert Icon(Sign.CROSSED, 2, 1, 0) == icon(after(one, Refuse(by="carla")))


# --- edits and the end ------------------------------------------------------------------------------------------------


@pytest.mark.rule("M17")
@pytest.mark.parametrize("by", ["ben", "carla", XAVIER.id, "eve"])
def test_only_the_creator_edits(by):
    """Neither participants nor others, whatever they would change."""
    one = meeting(BEN, XAVIER)
    for command in (
        Edit(by=by, subject="x"),
        Edit(by=by, status=Status.FREE),
        Invite(by=by, guests=[CARLA]),
        Remove(by=by, participant="ben"),
        Cancel(by=by),
        Remind(by=by),
    ):
        assert "not_creator" == refusal(one, command)


@pytest.mark.rule("M18")
@pytest.mark.parametrize(
    "change",
    [
        {"series": ONCE.replace(dtstart=NOON + HOUR)},
        {"series": ONCE.replace(duration=2 * HOUR)},
        {"series": ONCE.replace(rule="FREQ=DAILY;COUNT=2")},
        {"subject": "New"},
        {"description": "New"},
        {"location": "New"},
    ],
    ids=["start", "end", "recurrence", "subject", "description", "location"],
)
def test_an_edit_of_details_resets_answers(change, request):
    """And mails everybody what is different."""
    one = after(meeting(BEN, XAVIER), Accept(by="ben"), Refuse(by=XAVIER.id))
    one, notices = apply(one, Edit(by="anna", **change), NOW)
    assert {"ben": "invited", XAVIER.id: "invited"} == answers(one)
    assert [("ben", "changed"), (XAVIER.id, "changed")] == told(notices)
    assert request.node.callspec.id in [change.name for change in notices[0].changes]


@pytest.mark.rule("M18")
def test_other_edits_reset_nothing():
    """Neither what it takes of one's time, nor a participant more or less, nor what is the same as before."""
    one = after(meeting(BEN, XAVIER), Accept(by="ben"))
    for command in (
        Edit(by="anna", status=Status.OUT_OF_OFFICE),
        Edit(by="anna", subject="Plan", series=ONCE),
        Invite(by="anna", guests=[CARLA]),
        Remove(by="anna", participant=XAVIER.id),
    ):
        left, notices = apply(one, command, NOW)
        assert "accepted" == answers(left)["ben"]
        assert "ben" not in [notice.to for notice in notices]


@pytest.mark.rule("M19")
@pytest.mark.parametrize("command", [Edit(by="anna", subject="New", notify=False), Cancel(by="anna", notify=False)])
def test_notices_of_edits_and_of_the_end_can_be_left_out(command):
    """To internal participants; those without an account are mailed all the same (M11)."""
    _, notices = apply(meeting(BEN, XAVIER), command, NOW)
    assert [XAVIER.id] == [notice.to for notice in notices]
    _, notices = apply(meeting(BEN, XAVIER), replace(command, notify=True), NOW)
    assert [("ben", True), (XAVIER.id, False)] == [(notice.to, notice.suppressible) for notice in notices]


@pytest.mark.rule("M20")
def test_cancelled_is_gone_from_all_calendars():
    """Everybody is mailed, also who had refused; it is for good."""
    one = after(meeting(BEN, CARLA, XAVIER), Refuse(by="carla"), Accept(by="ben"))
    one, notices = apply(one, Cancel(by="anna"), NOW)
    assert ((), Status.FREE, State.CANCELLED) == (one.stands_with(), one.status_for("ben"), one.state)
    assert [("ben", "cancelled"), ("carla", "cancelled"), (XAVIER.id, "cancelled")] == told(notices)
    for command in (Accept(by="ben"), Edit(by="anna", subject="x"), Cancel(by="anna"), Invite(by="anna", guests=[BEN])):
        assert "cancelled" == refusal(one, command)


@pytest.mark.rule("M34")
def test_those_who_have_not_answered_are_reminded():
    """All of them unless some are left out; nothing changes."""
    one = after(meeting(BEN, CARLA, XAVIER, YVONNE), Accept(by="ben"), Tentative(by="carla"))
    assert ["carla", XAVIER.id, YVONNE.id] == [who.id for who in unanswered(one, NOW)]
    left, notices = apply(one, Remind(by="anna"), NOW)
    assert one == left
    assert [("carla", "reminded"), (XAVIER.id, "reminded"), (YVONNE.id, "reminded")] == told(notices)
    _, notices = apply(one, Remind(by="anna", leave_out=["carla@example.com", YVONNE.id]), NOW)
    assert [(XAVIER.id, "reminded")] == told(notices)
    assert "not_invited" == refusal(one, Remind(by="anna", leave_out=["eve"]))
    assert "nobody_to_remind" == refusal(one, Remind(by="anna"), NOON + timedelta(days=1))


# --- series -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M23")
def test_one_notice_for_a_series():
    """However many instances it has, and for an edit and the end of it too."""
    one, notices = made(BEN, XAVIER, series=WEEKLY)
    assert [("ben", None), (XAVIER.id, None)] == [(notice.to, notice.occurrence) for notice in notices]
    for command in (Edit(by="anna", subject="New"), Cancel(by="anna"), Remind(by="anna")):
        assert ["ben", XAVIER.id] == [notice.to for notice in apply(one, command, NOW)[1]]


@pytest.mark.rule("M24")
def test_each_instance_is_pending():
    """Up to a year from now unless another horizon is given, and never beyond the cap of a series without end."""
    one = meeting(BEN, series=WEEKLY)
    assert WEEKS == [entry.recurrence_id for entry in pending([one], "ben", NOW)]
    assert WEEKS[:2] == [entry.start for entry in pending([one], "ben", NOW, horizon=timedelta(days=26))]
    daily = meeting(BEN, series=Series(NOON, "FREQ=DAILY", duration=HOUR))
    assert 20 == len(pending([daily], "ben", NOW))
    assert 5 == len(pending([daily], "ben", NOW, caps=Caps(never_ending=5)))
    assert 347 == len(pending([daily], "ben", NOW, caps=Caps(never_ending=None)))
    yearly = meeting(BEN, series=Series(NOON, "FREQ=YEARLY;COUNT=5", duration=HOUR))
    assert 1 == len(pending([yearly], "ben", NOW))


@pytest.mark.rule("M25")
def test_each_instance_is_answered():
    """By itself; the others stay as they are, and the creator is told which one."""
    one = after(meeting(BEN, series=WEEKLY), Accept(by="ben", recurrence_id=WEEKS[1]))
    assert [WEEKS[0], *WEEKS[2:]] == [entry.recurrence_id for entry in pending([one], "ben", NOW)]
    one, notices = apply(one, Refuse(by="ben", recurrence_id=WEEKS[2]), NOW)
    assert [WEEKS[2]] == [notice.occurrence for notice in notices]
    signs = [icon(one, week).sign.value for week in WEEKS]
    assert ["question mark", "normal", "crossed out", "question mark"] == signs
    assert (("anna",), ("anna", "ben")) == (one.stands_with(WEEKS[2]), one.stands_with(WEEKS[1]))
    assert "no_instance" == refusal(one, Accept(by="ben", recurrence_id=NOON + HOUR))
    assert "no_instance" == refusal(one, Accept(by="ben", recurrence_id=date(2026, 10, 19)))
    assert "not_a_series" == refusal(meeting(BEN), Accept(by="ben", recurrence_id=NOON))
    assert dict.fromkeys(("ben",), "accepted") == answers(after(one, Accept(by="ben")), WEEKS[2])


@pytest.mark.rule("M26")
def test_one_instance_or_the_whole_is_edited():
    """Of one instance only its own answers are reset, and the notice names it; of the whole all are."""
    one = after(meeting(BEN, series=WEEKLY), Accept(by="ben"))
    moved, notices = apply(one, Edit(by="anna", recurrence_id=WEEKS[1], start=WEEKS[1] + HOUR, location="Bar"), NOW)
    assert ["accepted", "invited", "accepted"] == [answers(moved, week)["ben"] for week in WEEKS[:3]]
    assert ["start", "end", "location"] == [change.name for change in notices[0].changes]
    assert [WEEKS[1]] == [notice.occurrence for notice in notices]
    assert [(WEEKS[1] + HOUR, WEEKS[1] + 2 * HOUR)] == [(e.start, e.end) for e in pending([moved], "ben", NOW)]
    assert ("Bar", "Room 1") == (moved.detail("location", WEEKS[1]), moved.detail("location", WEEKS[2]))
    whole = after(moved, Edit(by="anna", subject="All"))
    assert {"invited"} == {answers(whole, week)["ben"] for week in WEEKS}
    gone, notices = apply(one, Cancel(by="anna", recurrence_id=WEEKS[0]), NOW)
    assert ([WEEKS[0]], State.MEETING) == ([notice.occurrence for notice in notices], gone.state)
    assert WEEKS[1:] == list(gone.series)
    for week in WEEKS[1:]:
        gone = after(gone, Cancel(by="anna", recurrence_id=week))
    assert State.CANCELLED is gone.state


@pytest.mark.rule("M3")
def test_what_is_over_is_not_pending():
    """To the second in a zone, to the day for all-day meetings in the zone of who looks."""
    one = meeting(BEN)
    ends = (NOON + HOUR).astimezone(UTC)
    assert [1, 0] == [len(pending([one], "ben@example.com", ends - timedelta(seconds=s))) for s in (1, 0)]
    assert [WEEKS[3]] == [entry.start for entry in pending([meeting(BEN, series=WEEKLY)], "ben", WEEKS[2] + HOUR)]
    day = meeting(BEN, series=Series(date(2026, 10, 19)))
    late = datetime(2026, 10, 19, 23, tzinfo=UTC)
    assert [1, 0] == [len(pending([day], "ben", late, tz=tz)) for tz in ("UTC", "Europe/Zurich")]
    assert [] == pending([one], "eve", NOW) == pending([after(one, Cancel(by="anna"))], "ben", NOW)


# --- groups -----------------------------------------------------------------------------------------------------------


def sales():
    return GroupCalendar("sales", calendar())


@pytest.mark.rule("G4", "G5")
def test_all_of_a_group_are_invited_at_its_creation():
    """Everybody, the creator too, has it in their own calendar; later, or outside of a group, it cannot be."""
    everybody = all_guests(sales(), "carla", TEAM, creating=True)
    creator = next(one for one in everybody if one.id == "carla")
    create = Create(by="carla", id="m2", creator=creator, series=ONCE, group="sales", guests=everybody)
    one, notices = apply(None, create, NOW)
    assert ("anna", "ben", "carla", "dora") == one.stands_with()
    assert ["anna", "ben", "dora"] == [notice.to for notice in notices]  # nobody is told of what they did
    with pytest.raises(NotAllowed, match="only when the event is created"):
        all_guests(sales(), "carla", TEAM, creating=False)
    with pytest.raises(NotAllowed, match="group"):
        all_guests(annas(), "anna", TEAM, creating=True)


@pytest.mark.rule("G6")
def test_a_meeting_of_a_group_invites_whom_it_likes():
    """It is in the calendars of those alone."""
    some = guests(sales(), "carla", TEAM, ["ben"])
    one, _ = apply(None, Create(by="carla", id="m2", creator=CARLA, series=ONCE, group="sales", guests=some), NOW)
    assert ("ben",) == one.stands_with()


@pytest.mark.rule("G7")
def test_the_creator_invites_themselves_in_a_group_only():
    """They are listed there; in their own calendar the event is already."""
    assert ["carla"] == [one.id for one in guests(sales(), "carla", TEAM, ["carla"])]
    with pytest.raises(NotAllowed):
        guests(annas(), "anna", TEAM, ["anna"])
    create = Create(by="anna", id="m2", creator=ANNA, series=ONCE, guests=[ANNA])
    assert "is_creator" == refusal(None, create)
    one, notices = apply(None, replace(create, group="sales"), NOW)
    assert (("anna",), []) == (one.stands_with(), notices)


# --- what is suggested ------------------------------------------------------------------------------------------------


@pytest.mark.rule("A7")
def test_an_invitation_into_an_absence_is_to_be_declined():
    """With the reason; nothing is suggested for other times, and nothing is answered for anybody."""
    away = event("9", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", start="20261026T000000Z", end="20261027T000000Z")
    taken = list(query([calendar(away)], date(2026, 10, 1), date(2026, 12, 1)).people)
    one = meeting(BEN, series=WEEKLY)
    found = suggest_answer(one, taken, WEEKS[1])
    assert (Answer.REFUSED, Why.OUT_OF_OFFICE) == (found.answer, found.why)
    assert None is suggest_answer(one, taken) is suggest_answer(one, taken, WEEKS[2])
    assert {"ben": "invited"} == answers(one)


MAIL = Mail(
    "Budget 2027", "Ben <BEN@example.com>", ["anna@example.com, Xavier <xavier@example.net>"], "ben@example.com"
)
TEN = datetime(2026, 10, 19, 10, 7, tzinfo=UTC)


def drafted(mail=MAIL, now=TEN, **options):
    its = {"anna": annas(), "ben": PersonalCalendar("ben", calendar())} | options.pop("calendars", {})
    return from_mail(mail, "anna", now, HOUR, directory=TEAM, calendars=its, **options)


@pytest.mark.rule("X1", "X6")
def test_participants_come_from_the_addresses_of_a_mail():
    """Sender, To and Cc, each person once and not its reader; customers or not."""
    draft = drafted()
    assert [("ben", True), ("xavier@example.net", False)] == [(one.id, one.account) for one in draft.guests]
    assert ("xavier@example.net",) == draft.unknown
    broken = drafted(Mail("x", "undisclosed", ["<@>", "carla@example.com"]))
    assert ["carla"] == [one.id for one in broken.guests]
    assert 2 == len(broken.passed_over)


@pytest.mark.rule("X2")
def test_the_title_is_the_subject_and_can_be_another():
    """Before the event is made."""
    assert "Budget 2027" == drafted().title
    assert "Lunch" == drafted(title="Lunch").title
    create = drafted().create("m3", ANNA, subject="Edited")
    one, notices = apply(None, create, NOW)
    assert ("Edited", ["ben", "xavier@example.net"]) == (one.subject, [notice.to for notice in notices])


@pytest.mark.rule("X3")
def test_the_time_is_the_first_that_is_free_for_all():
    """At or after now, every fifteen minutes unless said; as long as asked."""
    assert (TEN.replace(minute=15), TEN.replace(hour=11, minute=15)) == (drafted().start, drafted().end)
    assert TEN.replace(minute=0) == drafted(now=TEN.replace(minute=0)).start
    busy = PersonalCalendar("ben", calendar(event("1", start="20261019T110000Z", end="20261019T113000Z")))
    assert TEN.replace(hour=11, minute=30) == drafted(calendars={"ben": busy}).start
    assert TEN.replace(minute=10) == drafted(grid=timedelta(minutes=5)).start
    full = PersonalCalendar("ben", calendar(event("1", start="20261001T110000Z", end="20271019T113000Z")))
    nothing = drafted(calendars={"ben": full})
    assert None is nothing.start
    with pytest.raises(InvalidValue, match="no time was found"):
        nothing.create("m3", ANNA)


@pytest.mark.rule("X4")
def test_a_room_is_optional():
    """One that is free then and seats all is taken, and is where the event is."""
    taken = PersonalCalendar("anna", calendar(event("1", start="20261019T000000Z", end="20261020T000000Z")))
    free = PersonalCalendar("anna", calendar())
    rooms = {"Small": free, "Taken": taken, "Large": free}
    draft = drafted(rooms=rooms, seats={"Small": 2, "Taken": 9, "Large": 9})
    assert ("Large", TEN.replace(minute=15)) == (draft.room, draft.start)
    assert ("Large", None) == (draft.create("m3", ANNA).location, drafted().room)
    assert datetime(2026, 10, 20, 2, tzinfo=ZURICH) == drafted(rooms={"Taken": taken}).start
