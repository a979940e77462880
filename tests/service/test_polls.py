"""PollService over a socket: every call, what it refuses, and what comes of the final choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from schedcore.policy import Person
from schedcore.store import directory
from schedcore.store.schema import METADATA
from schedcore.store.schema import polls as POLLS
from schedcore.v1 import common_pb2, meeting_pb2, poll_pb2
from service.casts import HOUR, MAYBE, NO, NOON, YES, asked, option, time


def told(notices):
    """Whom notices are to and what each says."""
    return sorted((one.to.partition("-")[0], one.kind) for one in notices)


def get(cast, id, by):
    """A poll as somebody sees it."""
    return cast.do(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=id), by).poll


@pytest.mark.rule("L4")
@pytest.mark.rule("L1")
def test_creating(cast):
    """Each voter has a notice with a link; the creator sees all, a voter nothing of weights, others nothing at all."""
    request = poll_pb2.CreatePollRequest(
        subject="%subject% \u200f{0}", tz="Europe/Zurich", one_yes=True, deadline=time(NOON),
        options=[
            option(0, places=2),
            poll_pb2.ProposedOption(start=common_pb2.Time(date="2027-01-30")),
            poll_pb2.ProposedOption(
                start=common_pb2.Time(local="2027-01-30T09:00:00"), end=common_pb2.Time(local="2027-01-30T10:00:00")
            ),
        ],
        voters=[asked(cast.ben), asked(cast.zoe, weight=3, required=True), asked(f"Carla-{cast.mark}@Example.com")],
    )  # fmt: skip
    found = cast.do(cast.polls.CreatePoll, request, cast.anna)
    assert [(one, "poll invited") for one in ("ben", "carla", "zoe")] == told(found.notices)
    assert {"vote"} == {one.link for one in found.notices}
    poll = found.poll
    assert ("%subject% \u200f{0}", poll_pb2.POLL_STATE_OPEN) == (poll.subject, poll.state)
    assert [cast.ben, cast.zoe, cast.carla] == [one.id for one in poll.voters]
    assert [(1, False), (3, True), (1, False)] == [(one.weight, one.required) for one in poll.voters]
    assert ["2027-01-30", "2027-01-31"] == [poll.options[1].start.date, poll.options[1].end.date]
    assert "2027-01-30T09:00:00+01:00" == poll.options[2].start.instant
    bens = get(cast, poll.id, cast.ben)
    assert not bens.is_creator and {(0, False)} == {(one.weight, one.required) for one in bens.voters}
    tokyo = poll_pb2.GetPollRequest(id=poll.id, tz="Asia/Tokyo")
    shown = cast.do(cast.polls.GetPoll, tokyo, cast.zoe).poll
    assert "2027-01-30T17:00:00+09:00" == shown.options[2].start.instant
    unknown = poll_pb2.GetPollRequest(id="no" + poll.id)
    refused, missing = (cast.refusal(cast.polls.GetPoll, one, cast.dora) for one in (tokyo, unknown))
    assert ("NOT_FOUND", refused.message) == (refused.code, missing.message.replace("no" + poll.id, poll.id))


@pytest.mark.rule("L8")
@pytest.mark.rule("L7")
def test_voting(cast):
    """Votes are set, changed and taken back, seen by those who may, tallied, and each change is in the log."""
    poll = cast.poll()
    assert [(1, YES), (2, NO)] == [(b.option, b.vote) for b in cast.vote(poll.id, cast.ben, (1, YES), (2, NO)).ballots]
    cast.vote(poll.id, cast.ben, (2, MAYBE))
    cast.vote(poll.id, cast.zoe.upper(), (2, YES))
    seen = get(cast, poll.id, cast.carla)
    assert [(cast.ben, 1, YES), (cast.ben, 2, MAYBE), (cast.zoe, 2, YES)] == [
        (one.voter, one.option, one.vote) for one in seen.ballots
    ]
    tally = cast.do(cast.polls.Tally, poll_pb2.TallyRequest(id=poll.id), cast.carla)
    assert [(2, 1, 1), (1, 1, 0)] == [(one.option, one.yes, one.if_need_be) for one in tally.standings[:2]]
    assert [cast.carla] == list(tally.missing) and tally.why.startswith("Option 2 is first")
    took = cast.do(cast.polls.WithdrawVotes, poll_pb2.WithdrawVotesRequest(id=poll.id, option=1), cast.ben)
    assert [2] == [one.option for one in took.ballots]
    nothing = poll_pb2.WithdrawVotesRequest(id=poll.id, option=1)
    assert ("FAILED_PRECONDITION", "NO_VOTE") == cast.told(cast.polls.WithdrawVotes, nothing, cast.ben)
    log = cast.do(cast.polls.ListVoteChanges, poll_pb2.ListVoteChangesRequest(id=poll.id), cast.anna).changes
    assert [
        (cast.ben, 1, 0, YES), (cast.ben, 2, 0, NO), (cast.ben, 2, NO, MAYBE), (cast.zoe, 2, 0, YES),
        (cast.ben, 1, YES, 0),
    ] == [(one.voter, one.option, one.before, one.after) for one in log]  # fmt: skip
    assert sorted(one.number for one in log) == [one.number for one in log]


@pytest.mark.rule("L7")
def test_who_reads_the_log(cast):
    """The creator all of it, page by page to its end; a voter what is about their own votes; nobody else anything."""
    poll = cast.poll()
    for vote in (YES, NO, MAYBE):
        cast.vote(poll.id, cast.ben, (1, vote))
        cast.vote(poll.id, cast.zoe, (2, vote))
    request, found = poll_pb2.ListVoteChangesRequest(id=poll.id, page_size=4), []
    while True:
        page = cast.do(cast.polls.ListVoteChanges, request, cast.anna)
        found += [(one.voter, one.after) for one in page.changes]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert [(who, vote) for vote in (YES, NO, MAYBE) for who in (cast.ben, cast.zoe)] == found
    all_of = poll_pb2.ListVoteChangesRequest(id=poll.id)
    assert [YES, NO, MAYBE] == [one.after for one in cast.do(cast.polls.ListVoteChanges, all_of, cast.ben).changes]
    assert not cast.do(cast.polls.ListVoteChanges, all_of, cast.carla).changes
    assert "NOT_FOUND" == cast.told(cast.polls.ListVoteChanges, all_of, cast.dora)[0]
    request.page_token = request.page_token[:-2]
    assert ("INVALID_ARGUMENT", "page_token") == cast.told(cast.polls.ListVoteChanges, request, cast.anna)
    request.page_token = page.next_page_token or found[0][0]
    assert ("INVALID_ARGUMENT", "page_token") == cast.told(cast.polls.ListVoteChanges, request, cast.anna)


def test_who_cannot_vote(cast):
    """Somebody not asked, the creator, in the name of another, for an option that was removed, twice, too late."""
    poll = cast.poll(deadline=time(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)))

    def refused(by, *votes, **parts):
        said = [poll_pb2.CastVote(option=number, vote=vote) for number, vote in votes]
        return cast.told(cast.polls.CastVotes, poll_pb2.CastVotesRequest(id=poll.id, votes=said, **parts), by)

    assert "NOT_FOUND" == refused(cast.dora, (1, YES))[0]
    assert ("PERMISSION_DENIED", "NOT_ASKED") == refused(cast.anna, (1, YES))
    assert ("PERMISSION_DENIED", "NOT_YOURS") == refused(cast.ben, (1, YES), acting_for=cast.carla)
    cast.grant(cast.carla, cast.ben)  # rights to a calendar say nothing about a poll
    assert ("PERMISSION_DENIED", "NOT_YOURS") == refused(cast.ben, (1, YES), acting_for=cast.carla)
    assert ("INVALID_ARGUMENT", "votes") == refused(cast.ben, (1, YES), (1, NO))
    assert ("INVALID_ARGUMENT", "votes") == refused(cast.ben)
    assert ("INVALID_ARGUMENT", "votes[1].vote") == refused(cast.ben, (1, YES), (2, 0))
    assert ("INVALID_ARGUMENT", "votes[0].vote") == refused(cast.ben, (1, 9))
    assert ("FAILED_PRECONDITION", "NO_OPTION") == refused(cast.ben, (4, YES))
    edit = poll_pb2.EditPollRequest(id=poll.id, options=poll_pb2.ProposedOptions(options=[option(0), option(2)]))
    cast.do(cast.polls.EditPoll, edit, cast.anna)
    assert ("FAILED_PRECONDITION", "NO_OPTION") == refused(cast.ben, (2, YES))
    cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=poll.id, reason="off"), cast.anna)
    assert ("FAILED_PRECONDITION", "CLOSED") == refused(cast.ben, (1, YES))
    assert not get(cast, poll.id, cast.anna).ballots and "off" == get(cast, poll.id, cast.ben).reason


@pytest.mark.rule("L18")
@pytest.mark.rule("L19")
@pytest.mark.rule("L20")
def test_editing(cast):
    """Options that stay keep their votes, those that go drop them into the log; only dates and people are told of."""
    poll = cast.poll()
    cast.vote(poll.id, cast.ben, (1, YES), (2, YES))
    edit = poll_pb2.EditPollRequest(id=poll.id, etag=poll.etag, subject="Dinner")
    found = cast.do(cast.polls.EditPoll, edit, cast.anna)
    assert "Dinner" == found.poll.subject and not found.notices and found.poll.etag != poll.etag
    assert ("FAILED_PRECONDITION", "STALE_ETAG") == cast.told(cast.polls.EditPoll, edit, cast.anna)
    assert ("PERMISSION_DENIED", "NOT_CREATOR") == cast.told(
        cast.polls.EditPoll, poll_pb2.EditPollRequest(id=poll.id, subject="Mine"), cast.ben
    )
    edit = poll_pb2.EditPollRequest(
        id=poll.id,
        options=poll_pb2.ProposedOptions(options=[option(0), option(5)]),
        voters=poll_pb2.ProposedVoters(voters=[asked(cast.ben), asked(cast.xavier)]),
    )
    found = cast.do(cast.polls.EditPoll, edit, cast.anna)
    assert [("ben", "poll changed"), ("xavier", "poll invited")] == told(found.notices)
    assert [1, 4] == [one.number for one in found.poll.options]
    assert [(cast.ben, 1)] == [(one.voter, one.option) for one in found.poll.ballots]
    assert "NOT_FOUND" == cast.told(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=poll.id), cast.zoe)[0]
    log = cast.do(cast.polls.ListVoteChanges, poll_pb2.ListVoteChangesRequest(id=poll.id), cast.anna).changes
    assert (cast.ben, 2, YES, 0, cast.anna) == tuple(
        getattr(log[-1], name) for name in ("voter", "option", "before", "after", "by")
    )


@pytest.mark.rule("L6")
def test_a_voter_who_has_an_account_now(cast):
    """Zoe's votes by mail are those of the account that she has now, as she sees it and after an edit."""
    poll = cast.poll()
    cast.vote(poll.id, cast.zoe, (1, YES))
    zoe = f"zoe-{cast.mark}"
    with cast.store.writing() as tx:
        directory.put_person(tx, Person(zoe, [cast.zoe]))
    assert YES == get(cast, poll.id, zoe).options[0].own
    cast.vote(poll.id, zoe, (1, NO))
    listed = cast.do(cast.polls.ListPolls, poll_pb2.ListPollsRequest(), zoe).polls
    assert [poll.id] == [one.id for one in listed] and NO == listed[0].options[0].own
    assert [(cast.zoe, NO)] == [(one.voter, one.vote) for one in get(cast, poll.id, cast.anna).ballots]


@pytest.mark.rule("L9")
def test_reminding(cast):
    """All who have not answered, but for those who are left out."""
    poll = cast.poll()
    cast.vote(poll.id, cast.ben, (1, NO))
    remind = poll_pb2.RemindVotersRequest(id=poll.id, leave_out=[cast.zoe])
    assert [("carla", "poll reminded")] == told(cast.do(cast.polls.RemindVoters, remind, cast.anna).notices)
    assert ("PERMISSION_DENIED", "NOT_CREATOR") == cast.told(cast.polls.RemindVoters, remind, cast.ben)
    remind.leave_out.append(cast.dora)
    assert ("INVALID_ARGUMENT", "leave_out") == cast.told(cast.polls.RemindVoters, remind, cast.anna)


@pytest.mark.rule("L10")
@pytest.mark.rule("L11")
@pytest.mark.rule("L13")
@pytest.mark.rule("L14")
@pytest.mark.rule("L15")
@pytest.mark.rule("L23")
def test_choosing(cast):
    """It closes the poll for good and makes the meeting, which stands in the calendars of all with an account."""
    poll = cast.poll()
    choose = poll_pb2.ChooseDateRequest(id=poll.id, option=2, etag=poll.etag)
    assert ("PERMISSION_DENIED", "NOT_CREATOR") == cast.told(cast.polls.ChooseDate, choose, cast.ben)
    found = cast.do(cast.polls.ChooseDate, choose, cast.anna)
    assert [(one, "poll chosen") for one in ("ben", "carla", "zoe")] == told(found.notices)
    assert "METHOD:REQUEST" in {one.to: one.itip for one in found.notices}[cast.zoe]
    assert [False, True, False] == [one.chosen for one in found.poll.options]
    assert (poll.id, cast.anna) == (found.meeting.id, found.meeting.creator)
    assert NOON + HOUR == datetime.fromisoformat(found.meeting.series.dtstart.instant)
    assert all(cast.event(one, poll.id) for one in (cast.anna, cast.ben, cast.carla))
    pending = cast.do(cast.meetings.ListPending, meeting_pb2.ListPendingRequest(), cast.ben).pending
    assert [poll.id] == [one.meeting for one in pending]
    choose.etag = ""
    p = poll_pb2
    for rpc, request in [
        (cast.polls.ChooseDate, choose),
        (cast.polls.EditPoll, p.EditPollRequest(id=poll.id, subject="x")),
        (cast.polls.ClosePoll, p.ClosePollRequest(id=poll.id)),
        (cast.polls.RemindVoters, p.RemindVotersRequest(id=poll.id)),
    ]:
        assert ("FAILED_PRECONDITION", "CLOSED") == cast.told(rpc, request, cast.anna)
    open_ = cast.poll().id
    assert ("FAILED_PRECONDITION", "NO_OPTION") == cast.told(
        cast.polls.ChooseDate, p.ChooseDateRequest(id=open_, option=9), cast.anna
    )


@pytest.mark.rule("L25")
def test_deleting(cast):
    """It is as if it had never been, and of what it said nothing is in any table, answers kept for repeats included."""
    secret = f"secret {cast.mark}"
    request = poll_pb2.CreatePollRequest(
        request_id=f"r-{cast.mark}", subject=secret, options=[option(0)], voters=[asked(cast.ben), asked(cast.zoe)]
    )
    poll = cast.do(cast.polls.CreatePoll, request, cast.anna).poll
    vote = poll_pb2.CastVotesRequest(request_id="v", id=poll.id, votes=[poll_pb2.CastVote(option=1, vote=YES)])
    cast.do(cast.polls.CastVotes, vote, cast.zoe)
    cast.do(cast.polls.RemindVoters, poll_pb2.RemindVotersRequest(request_id="m", id=poll.id), cast.anna)
    delete = poll_pb2.DeletePollRequest(id=poll.id, request_id="d")
    assert ("PERMISSION_DENIED", "NOT_CREATOR") == cast.told(cast.polls.DeletePoll, delete, cast.ben)
    stale = poll_pb2.DeletePollRequest(id=poll.id, etag="1")
    assert ("FAILED_PRECONDITION", "STALE_ETAG") == cast.told(cast.polls.DeletePoll, stale, cast.anna)
    for _ in range(2):
        cast.do(cast.polls.DeletePoll, delete, cast.anna)
    delete.request_id = ""
    for one in (cast.anna, cast.ben):
        assert "NOT_FOUND" == cast.told(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=poll.id), one)[0]
        assert "NOT_FOUND" == cast.told(cast.polls.DeletePoll, delete, one)[0]
        assert not cast.do(cast.polls.ListPolls, poll_pb2.ListPollsRequest(), one).polls
    assert "NOT_FOUND" == cast.told(cast.polls.CastVotes, vote, cast.zoe)[0]
    with cast.store.reading() as tx:
        for table in METADATA.sorted_tables:
            rows = [str(tuple(row)) for row in tx.all(select(table))]
            assert not [row for row in rows if secret in row]
            if table.name not in ("contacts", "addresses"):
                assert not [row for row in rows if cast.zoe in row]
        (row,) = tx.all(select(POLLS).where(POLLS.c.id == poll.id))
        assert ("deleted", "") == (row.state, row.data)


def test_pages(cast):
    """A list to its end, each poll once and without anybody's votes but one's own."""
    made = sorted(cast.poll().id for _ in range(5))
    cast.vote(made[0], cast.zoe, (1, YES))
    cast.vote(made[0], cast.ben, (2, YES))
    cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=made[1]), cast.anna)
    request, found = poll_pb2.ListPollsRequest(page_size=2), []
    while True:
        page = cast.do(cast.polls.ListPolls, request, cast.ben)
        found += page.polls
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert made == [one.id for one in found]
    assert not any(one.ballots or one.voters for one in found)
    assert [0, YES, 0] == [one.own for one in found[0].options]
    closed = poll_pb2.ListPollsRequest(state=poll_pb2.POLL_STATE_CLOSED)
    assert [made[1]] == [one.id for one in cast.do(cast.polls.ListPolls, closed, cast.anna).polls]
    assert not cast.do(cast.polls.ListPolls, poll_pb2.ListPollsRequest(), cast.dora).polls
    closed.page_token = request.page_token
    assert ("INVALID_ARGUMENT", "page_token") == cast.told(cast.polls.ListPolls, closed, cast.ben)


def test_who_is_busy(cast):
    """The tally says who is in fact busy, as far as the creator may know: of Zoe nothing is known."""
    cast.do(
        cast.meetings.CreateMeeting,
        meeting_pb2.CreateMeetingRequest(series=common_pb2.Series(dtstart=time(NOON), duration="PT1H")),
        cast.ben,
    )
    cast.do(
        cast.meetings.CreateMeeting,
        meeting_pb2.CreateMeetingRequest(series=common_pb2.Series(dtstart=time(NOON - 9 * HOUR), duration="PT1H")),
        cast.carla,
    )
    poll = cast.poll()
    request = poll_pb2.TallyRequest(id=poll.id, with_busy=True)
    found = {one.option: one for one in cast.do(cast.polls.Tally, request, cast.anna).standings}
    assert [[cast.ben], [], []] == [list(found[number].busy) for number in (1, 2, 3)]
    assert {(cast.zoe,)} == {tuple(one.unknown) for one in found.values()}


def test_bad_fields(cast):
    """Each field that can be wrong says so, and nothing is kept."""
    p, rpc = poll_pb2, cast.polls
    day = common_pb2.Time(date="2027-01-30")
    good = {"options": [option(0)], "voters": [asked(cast.ben)]}
    naive = common_pb2.Time(local="2027-01-30T09:00:00")
    cases = [
        ({"options": []}, "options"),
        ({"options": [option(0), option(0)]}, "options"),
        ({"options": [option(1), p.ProposedOption(start=time(NOON))]}, "options[1].end"),
        ({"options": [p.ProposedOption(start=time(NOON), end=time(NOON - HOUR))]}, "options[0].end"),
        ({"options": [p.ProposedOption(start=day, end=time(NOON))]}, "options[0].end"),
        ({"options": [p.ProposedOption()]}, "options[0].start"),
        ({"options": [p.ProposedOption(start=time(NOON, "X/Y"), end=time(NOON))]}, "options[0].start.tz"),
        ({"options": [option(0, places=-1)]}, "options[0].places"),
        ({"tz": "Mars"}, "tz"),
        ({"voters": []}, "voters"),
        ({"voters": [asked(cast.ben, weight=-1)]}, "voters[0].weight"),
        ({"deadline": time(NOON - 24 * 60 * HOUR)}, "deadline"),
        ({"deadline": day}, "deadline"),
        ({"deadline": naive}, "deadline"),
    ]
    for parts, place in cases:
        request = p.CreatePollRequest(**(good | parts))
        assert ("INVALID_ARGUMENT", place) == cast.told(rpc.CreatePoll, request, cast.anna), parts
    for parts in ({"voters": [asked(cast.eve)]}, {"voters": [asked("")]}, {"group": cast.group}):
        request = p.CreatePollRequest(**(good | parts))
        assert "PERMISSION_DENIED" == cast.told(rpc.CreatePoll, request, cast.anna)[0], parts
    for parts, limit in [
        ({"options": [option(n) for n in range(201)]}, "max_options"),
        ({"voters": [asked(f"{n}@example.com") for n in range(1001)]}, "max_voters"),
    ]:
        refusal = cast.refusal(rpc.CreatePoll, p.CreatePollRequest(**(good | parts)), cast.anna)
        assert ("RESOURCE_EXHAUSTED", True) == (refusal.code, limit in refusal.message)
    assert not cast.do(rpc.ListPolls, p.ListPollsRequest(), cast.anna).polls
    id = cast.poll().id
    cases = [
        (rpc.EditPoll, p.EditPollRequest(id=id, options=p.ProposedOptions()), "options"),
        (rpc.EditPoll, p.EditPollRequest(id=id, voters=p.ProposedVoters()), "voters"),
        (rpc.EditPoll, p.EditPollRequest(id=id, deadline=time(NOON), no_deadline=True), "no_deadline"),
        (
            rpc.EditPoll,
            p.EditPollRequest(id=id, options=p.ProposedOptions(options=[p.ProposedOption(start=time(NOON))])),
            "options.options[0].end",
        ),
        (rpc.GetPoll, p.GetPollRequest(id=id, tz="Mars"), "tz"),
        (rpc.ListPolls, p.ListPollsRequest(state=9), "state"),
        (rpc.ListPolls, p.ListPollsRequest(page_size=-1), "page_size"),
        (rpc.ListPolls, p.ListPollsRequest(tz="Mars"), "tz"),
        (rpc.ListVoteChanges, p.ListVoteChangesRequest(id=id, page_size=-1), "page_size"),
    ]
    for call, request, place in cases:
        assert ("INVALID_ARGUMENT", place) == cast.told(call, request, cast.anna), request
    for call, request in [
        (rpc.GetPoll, p.GetPollRequest()),
        (rpc.CastVotes, p.CastVotesRequest(id="\0", votes=[p.CastVote(option=1, vote=YES)])),
        (rpc.Tally, p.TallyRequest(id="x" * 1000)),
        (rpc.WithdrawVotes, p.WithdrawVotesRequest(id="nothing")),
    ]:
        assert "NOT_FOUND" == cast.told(call, request, cast.anna)[0]
    assert "UNAUTHENTICATED" == cast.told(rpc.GetPoll, p.GetPollRequest(id=id), None)[0]


def test_a_repeated_request(cast):
    """The same id gives the same answer, notices and all, and casts nothing again; another body is refused."""
    p = poll_pb2
    request = p.CreatePollRequest(request_id=f"r-{cast.mark}", options=[option(0)], voters=[asked(cast.ben)])
    first, second = (cast.do(cast.polls.CreatePoll, request, cast.anna) for _ in range(2))
    assert first == second and first.notices
    vote = p.CastVotesRequest(request_id="v", id=first.poll.id, votes=[p.CastVote(option=1, vote=YES)])
    for _ in range(2):
        cast.do(cast.polls.CastVotes, vote, cast.ben)
    vote.votes[0].vote = NO
    assert ("INVALID_ARGUMENT", "request_id") == cast.told(cast.polls.CastVotes, vote, cast.ben)
    log = p.ListVoteChangesRequest(id=first.poll.id)
    assert 1 == len(cast.do(cast.polls.ListVoteChanges, log, cast.anna).changes)
