"""Rules of polls: who is asked, what a vote is, how a date is chosen, what is told to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from policy.team import TEAM, annas, calendar
from schedcore.errors import InvalidValue, NotAllowed, Refused
from schedcore.meetings import Guest
from schedcore.policy import Contact, Directory, ExternalCalendar, GroupCalendar
from schedcore.polls import (
    Cast,
    Choose,
    Close,
    Create,
    Delete,
    Edit,
    Option,
    Poll,
    Remind,
    State,
    Vote,
    Voter,
    Withdraw,
    apply,
    as_seen_by,
    can_be_asked,
    meeting_of,
    polls_in,
    replay,
    tally,
)

NOON = datetime(2026, 10, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = NOON - timedelta(days=7)
ANNA = Guest("anna", True, addresses=["anna@example.com"])
BEN = Voter(Guest("ben", True, addresses=["ben@example.com"]))
CARLA = Voter(Guest("carla", True))
OUTSIDE = Voter(Guest("Zoe@Example.org"))
ZOE = "zoe@example.org"
OPTIONS = (Option(NOON, NOON + HOUR), Option(NOON + HOUR, NOON + 2 * HOUR), Option(date(2026, 10, 28)))
YES, MAYBE, NO = Vote.YES, Vote.IF_NEED_BE, Vote.NO


def made(**parts):
    command = {"by": "anna", "id": "1", "creator": ANNA, "options": OPTIONS, "voters": [BEN, CARLA, OUTSIDE]}
    return apply(None, Create(**(command | parts)), NOW)


def poll_after(*commands, **parts):
    poll, _ = made(**parts)
    return replay([(command, NOW) for command in commands], poll)


def sent(poll, command):
    return [(one.to, one.kind.value, one.link) for one in apply(poll, command, NOW)[1]]


def reason_of(poll, command, now=NOW):
    with pytest.raises(Refused) as refused:
        apply(poll, command, now)
    return refused.value.reason


def ben(*votes, by="ben"):
    return Cast(by=by, votes=list(votes))


@pytest.mark.rule("L1")
def test_voters_stand_in_an_address_book():
    """Their own or a group's; an account is not needed, and a stranger cannot be asked."""
    directory = Directory(TEAM.people, TEAM.groups, {"anna": [Contact("Zoe", ["zoe@example.org"])]})
    found = can_be_asked(annas(), "anna", directory, ["ben", "ZOE@example.org"])
    assert [("ben", True), (ZOE, False)] == [(one.id, one.account) for one in found]
    for name in (ZOE, "eve@example.com"):
        with pytest.raises(NotAllowed, match="cannot be invited"):
            can_be_asked(annas(), "anna", TEAM, [name])


@pytest.mark.rule("L2")
def test_there_are_no_group_polls():
    """Neither the door to voters nor the command lets one be made from a group."""
    for its in (GroupCalendar("sales", calendar()), ExternalCalendar("anna", calendar())):
        with pytest.raises(NotAllowed, match="use your own"):
            can_be_asked(its, "anna", TEAM, ["ben"])
    with pytest.raises(Refused, match="no polls of group 'sales'"):
        made(environment="sales")


@pytest.mark.rule("L3")
def test_polls_do_not_show_in_a_group():
    """They are in one's own calendar, for the creator and those who are asked."""
    poll, _ = made()
    assert [(poll,), (poll,), ()] == [
        polls_in(its, viewer, [poll])
        for its, viewer in ((annas(), "anna"), (annas_of("ben"), "ben"), (annas_of("dora"), "dora"))
    ]
    assert () == polls_in(GroupCalendar("sales", calendar()), "anna", [poll]) == polls_in(annas(), "ben", [poll])


def annas_of(owner):
    return replace(annas(), owner=owner)


@pytest.mark.rule("L4")
def test_a_new_poll_mails_each_voter_a_link():
    """One mail each, to people with an account and without."""
    _, notices = made()
    assert [(one, "poll invited", "vote", "mail") for one in ("ben", "carla", ZOE)] == [
        (one.to, one.kind.value, one.link, one.channel.value) for one in notices
    ]


@pytest.mark.rule("L5")
def test_options_are_dates_and_times():
    """Days, and times in any zone, told to each in their own; three votes, and none."""
    poll = poll_after(ben((1, YES), (2, MAYBE), (3, NO)))
    seen = as_seen_by(poll, "ben", "Asia/Tokyo").options
    assert ["2026-10-26T21:00:00+09:00", "2026-10-26T22:00:00+09:00", "2026-10-28"] == [
        one.start.isoformat() for one in seen
    ]
    assert [YES, MAYBE, NO] == [one.own for one in seen]
    assert [None] * 3 == [one.own for one in as_seen_by(poll, "carla", "UTC").options]
    for wrong in ((NOON, NOON), (NOON.replace(tzinfo=None), NOON), (NOON, None), (date(2026, 1, 1), NOON), ("x", None)):
        with pytest.raises(InvalidValue):
            Option(*wrong)


@pytest.mark.rule("L5")
def test_the_ranking():
    """Most who can come, then most yes, then the earliest start; weights and required voters as options."""

    def ranks(*commands, **parts):
        return [one.option.number for one in tally(poll_after(*commands, **parts)).standings]

    assert [1, 2, 3] == ranks()
    assert [2, 3, 1] == ranks(ben((2, MAYBE)), ben((2, MAYBE), (3, YES), by="carla"))
    assert [3, 2, 1] == ranks(ben((2, MAYBE), (3, YES)))
    assert [1, 3, 2] == ranks(ben((1, YES), (3, YES)))
    heavy = Voter(OUTSIDE.guest, weight=3)
    votes = ben((1, YES)), ben((1, YES), by="carla"), ben((2, MAYBE), by=ZOE)
    assert [1, 2, 3] == ranks(*votes) and [2, 1, 3] == ranks(*votes, voters=[BEN, CARLA, heavy])
    required = Voter(OUTSIDE.guest, required=True)
    assert [2, 1, 3] == ranks(*votes, voters=[BEN, CARLA, required])


@pytest.mark.rule("L6")
@pytest.mark.rule("M12")
def test_one_address_makes_one_person():
    """An address of an account is that account, when it votes, when it is asked twice, and when it comes later."""
    poll, notices = made(voters=[Voter(Guest("BEN@example.com")), BEN])
    assert ["ben"] == [one.to for one in notices] == [one.id for one in poll.voters]
    poll, _ = apply(poll, ben((1, YES), by="Ben@Example.com"), NOW)
    assert {("ben", 1): YES} == poll.votes
    with_account = Voter(Guest("zoe", True, addresses=[ZOE]))
    poll = poll_after(ben((1, YES), by=ZOE), Edit(by="anna", voters=[BEN, with_account]))
    assert {("zoe", 1): YES} == poll.votes


@pytest.mark.rule("L7")
def test_the_creator_sees_votes_at_any_time():
    """Also where they are hidden from the others until the poll is closed."""
    poll = poll_after(ben((1, YES)), hidden=True)
    assert [1, 1, 0] == [len(as_seen_by(poll, viewer, "UTC").ballots) for viewer in ("anna", "ben", "carla")]
    assert [False, True, True] == [as_seen_by(poll, who, "UTC").tally is None for who in ("anna", "ben", "carla")]
    closed, _ = apply(poll, Close(by="anna"), NOW)
    assert 1 == len(as_seen_by(closed, "carla", "UTC").ballots)


@pytest.mark.rule("L8")
def test_votes_change_while_it_is_open():
    """Changed, withdrawn and given again; the last counts."""
    commands = ben((1, YES), (2, YES)), ben((1, NO)), Withdraw(by="ben", option=2), ben((3, MAYBE))
    assert {("ben", 1): NO, ("ben", 3): MAYBE} == poll_after(*commands).votes
    assert {} == poll_after(*commands, Withdraw(by="ben")).votes


@pytest.mark.rule("L8")
def test_votes_that_are_none():
    """By nobody, for somebody else, for what is not there, twice at once, after the deadline, too many: refused."""
    poll = poll_after(ben((1, YES)), options=[Option(NOON, NOON + HOUR, 1), OPTIONS[1]], one_yes=True,
                      deadline=NOON)  # fmt: skip
    carla = Cast(by="carla", votes=[(1, YES)])
    assert "full" == reason_of(poll, carla)
    assert "one_yes" == reason_of(poll, ben((2, YES)))
    assert "not_asked" == reason_of(poll, Cast(by="eve", votes=[(1, YES)]))
    assert "not_asked" == reason_of(poll, Cast(by="anna", votes=[(1, YES)]))
    assert "not_yours" == reason_of(poll, Cast(by="carla", acting_for="ben", votes=[(1, NO)]))
    assert "no_option" == reason_of(poll, ben((9, YES)))
    assert "no_option" == reason_of(poll_after(Edit(by="anna", options=OPTIONS[1:])), ben((1, YES)))
    assert "twice" == reason_of(poll, ben((1, YES), (1, NO)))
    assert ["no_vote", "no_vote", "no_vote"] == [reason_of(poll, ben(*votes)) for votes in ([], [(1, 3)], [(1, True)])]
    assert "deadline" == reason_of(poll, ben((1, NO)), NOON)
    assert "no_vote" == reason_of(poll, Withdraw(by="carla"))
    taken, _ = apply(poll, ben((1, MAYBE)), NOW)
    assert {("ben", 1): MAYBE, ("carla", 1): YES} == apply(taken, carla, NOW)[0].votes


@pytest.mark.rule("L9")
def test_reminders_go_to_all_who_have_not_answered():
    """But for those whom the creator leaves out; who answered something is not reminded."""
    poll = poll_after(ben((1, NO)))
    assert [("carla", "poll reminded", "vote"), (ZOE, "poll reminded", "vote")] == sent(poll, Remind(by="anna"))
    assert [("carla", "poll reminded", "vote")] == sent(poll, Remind(by="anna", leave_out=["ZOE@example.org"]))
    assert "not_asked" == reason_of(poll, Remind(by="anna", leave_out=["eve"]))
    assert "not_creator" == reason_of(poll, Remind(by="ben"))


@pytest.mark.rule("L10")
def test_a_final_date_at_any_time_from_those_proposed():
    """Before anybody voted, after the deadline; not one that is not, or no longer, proposed."""
    poll, _ = made(deadline=NOON)
    for now in (NOW, NOON + HOUR):
        assert 2 == apply(poll, Choose(by="anna", option=2), now)[0].chosen
    assert ["no_option"] * 2 == [reason_of(poll, Choose(by="anna", option=number)) for number in (0, 4)]
    assert "no_option" == reason_of(poll_after(Edit(by="anna", options=OPTIONS[1:])), Choose(by="anna", option=1))


@pytest.mark.rule("L11")
def test_a_choice_is_for_good():
    """A second one is an error, also of the same date: of two that arrive at once the later finds it closed."""
    poll = poll_after(Choose(by="anna", option=1))
    assert ["closed", "closed"] == [reason_of(poll, Choose(by="anna", option=number)) for number in (1, 2)]


@pytest.mark.rule("L12")
def test_a_choice_is_mailed_to_all_voters():
    """Whatever they voted."""
    poll = poll_after(ben((1, NO)))
    _, notices = apply(poll, Choose(by="anna", option=1), NOW)
    assert [("ben", "poll chosen"), ("carla", "poll chosen"), (ZOE, "poll chosen")] == [
        (one.to, one.kind.value) for one in notices
    ]
    assert {(("start", NOON), ("end", NOON + HOUR))} == {one.data for one in notices}


@pytest.mark.rule("L13")
def test_a_choice_makes_a_meeting():
    """The creator's, with all voters invited, of the chosen time; a day is a day."""
    meeting = meeting_of(poll_after(ben((1, YES)), Choose(by="anna", option=1), subject="Budget"))
    assert ("anna", "Budget", NOON, HOUR) == (
        meeting.creator.id, meeting.subject, meeting.series.dtstart, meeting.series.duration,
    )  # fmt: skip
    assert [("ben", True), ("carla", True), (ZOE, False)] == [
        (one.id, one.guest.account) for one in meeting.participants
    ]
    assert {"invited"} == {one.given.answer.value for one in meeting.participants}
    assert date(2026, 10, 28) == meeting_of(poll_after(Choose(by="anna", option=3))).series.dtstart
    with pytest.raises(InvalidValue, match="no final date"):
        meeting_of(made()[0])


@pytest.mark.rule("L14")
def test_externals_answer_by_the_link_in_that_mail():
    """Who has an account has the meeting in their calendar."""
    assert [("ben", "", ), ("carla", ""), (ZOE, "answer")] == [
        (to, link) for to, _, link in sent(made()[0], Choose(by="anna", option=1))
    ]  # fmt: skip


@pytest.mark.rule("L15")
def test_a_choice_closes():
    """By itself."""
    assert State.CHOSEN is poll_after(Choose(by="anna", option=1)).state


@pytest.mark.rule("L16")
def test_the_creator_alone_decides():
    """No voter chooses, nor one who acts for the creator, and no vote does, however many there are for one date."""
    poll = poll_after(*(ben((1, YES), by=who) for who in ("ben", "carla", ZOE)))
    assert State.OPEN is poll.state and poll.chosen is None
    assert ["not_creator", "not_creator"] == [reason_of(poll, Choose(by=who, option=1)) for who in ("ben", "eve")]
    assert "not_yours" == reason_of(poll, Choose(by="ben", acting_for="anna", option=1))


@pytest.mark.rule("L17")
def test_a_compromise_can_be_chosen():
    """A date that suits but one, where others suit more."""
    poll = poll_after(*(ben((1, YES), (2, NO), by=who) for who in ("ben", "carla")), ben((2, YES), by=ZOE))
    assert 1 == tally(poll).standings[0].option.number
    assert 2 == apply(poll, Choose(by="anna", option=2), NOW)[0].chosen


@pytest.mark.rule("L18")
def test_settings_change_while_it_is_open():
    """Days, times and voters come and go; an option that stays keeps its votes, one that goes takes them with it."""
    poll = poll_after(ben((1, YES), (2, NO)), ben((1, MAYBE), by="carla"))
    moved = [Option(NOON - HOUR, NOON), OPTIONS[0]]
    after, _ = apply(poll, Edit(by="anna", options=moved), NOW)
    assert [4, 1] == [one.number for one in after.options]
    assert {("ben", 1): YES, ("carla", 1): MAYBE} == after.votes
    after, _ = apply(after, Edit(by="anna", options=OPTIONS, voters=[BEN, OUTSIDE]), NOW)
    assert {("ben", 1): YES} == after.votes and [1, 5, 6] == [one.number for one in after.options]
    assert NOON.timestamp() == apply(after, Edit(by="anna", deadline=NOON), NOW)[0].deadline
    assert "not_creator" == reason_of(poll, Edit(by="ben", options=moved))
    assert ["no_options", "no_voters", "twice", "past", "creator"] == [
        reason_of(poll, Edit(by="anna", **parts))
        for parts in (
            {"options": []}, {"voters": []}, {"options": [OPTIONS[0]] * 2}, {"deadline": NOW},
            {"voters": [Voter(Guest("anna@example.com"))]},
        )
    ]  # fmt: skip


@pytest.mark.rule("L19")
def test_an_edit_of_dates_or_voters_is_mailed():
    """To those who are asked with what is new, and to new ones as an invitation."""
    poll, _ = made(voters=[BEN])
    assert [("ben", "poll changed", "vote")] == sent(poll, Edit(by="anna", options=OPTIONS[:1]))
    both = Edit(by="anna", voters=[BEN, CARLA])
    assert [("ben", "poll changed", "vote"), ("carla", "poll invited", "vote")] == sent(poll, both)
    (change,) = apply(poll, both, NOW)[1][0].changes
    assert ("voters", ("ben",), ("ben", "carla")) == (change.name, change.before, change.after)


@pytest.mark.rule("L20")
def test_an_edit_of_words_tells_nobody():
    """Subject, description, place, deadline."""
    words = Edit(by="anna", subject="Budget", description="All of it", location="Room 1", deadline=NOON)
    poll, _ = made()
    assert [] == sent(poll, words) == sent(poll, Edit(by="anna", options=OPTIONS, voters=[BEN, CARLA, OUTSIDE]))
    assert "Budget" == apply(poll, words, NOW)[0].subject


CLOSED = [Choose(by="anna", option=1), Close(by="anna", reason="off")]


@pytest.mark.rule("L21")
@pytest.mark.parametrize("end", CLOSED, ids=["chosen", "closed"])
def test_a_closed_poll_is_shown_as_it_was(end):
    """To its creator and those who were asked, and to nobody else."""
    poll = poll_after(ben((1, YES)), end)
    assert {("ben", 1, YES)} == {
        (one.voter, one.option, one.vote)
        for viewer in ("anna", "ben", "carla", ZOE)
        for one in as_seen_by(poll, viewer, "UTC").ballots
    }
    with pytest.raises(NotAllowed, match="may not see"):
        as_seen_by(poll, "eve", "UTC")


@pytest.mark.parametrize("end", CLOSED, ids=["chosen", "closed"])
@pytest.mark.parametrize(
    "command",
    [
        ben((1, YES)),
        Withdraw(by="ben"),
        Edit(by="anna", subject="x"),
        Choose(by="anna", option=1),
        Remind(by="anna"),
        Close(by="anna"),
    ],
)
@pytest.mark.rule("L22")
@pytest.mark.rule("L23")
def test_a_closed_poll_takes_nothing(end, command):
    """No votes, no edit, no final date, no reminder."""
    assert "closed" == reason_of(poll_after(ben((1, NO)), end), command)


@pytest.mark.rule("L24")
@pytest.mark.parametrize("end", CLOSED, ids=["chosen", "closed"])
def test_a_closed_poll_never_opens_again(end):
    """By no command, nor by making it anew."""
    poll = poll_after(end)
    again = Create(by="anna", id="1", creator=ANNA, options=OPTIONS, voters=[BEN])
    assert "closed" == reason_of(poll, again)
    with pytest.raises(Refused):
        apply(poll, Edit(by="anna", deadline=NOON), NOW)


@pytest.mark.rule("L25")
def test_deletion_is_for_ever():
    """Open or closed; nothing is left but that the id was used."""
    for ends in ([], *([one] for one in CLOSED)):
        poll = poll_after(ben((1, YES)), *ends, Delete(by="anna"), subject="Secret")
        assert Poll("1", State.DELETED) == poll
        again = Create(by="anna", id="1", creator=ANNA, options=OPTIONS, voters=[BEN])
        assert ["deleted", "deleted"] == [reason_of(poll, command) for command in (again, Delete(by="anna"))]
        with pytest.raises(NotAllowed):
            as_seen_by(poll, "anna", "UTC")
    assert "not_creator" == reason_of(poll_after(), Delete(by="ben"))


@pytest.mark.rule("L26")
def test_a_poll_can_be_closed_without_a_date():
    """It is off, or none suits; nobody is told by it, and it has no meeting."""
    poll, notices = apply(poll_after(ben((1, NO))), Close(by="anna", reason="none suits"), NOW)
    assert (State.CLOSED, None, "none suits", []) == (poll.state, poll.chosen, poll.reason, notices)
    assert "not_creator" == reason_of(poll_after(), Close(by="ben"))
