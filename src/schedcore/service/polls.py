"""PollService: what people do with polls; `polls.apply` decides each of it.

Rules of this module:

1. A call loads of a poll what it needs (`ballots`), asks `apply`, keeps what comes back and answers: one transaction.
2. A poll that the caller may not see is NotFound, whatever they ask.
3. What goes out of a poll goes through `polls.as_seen_by`; so hidden votes have no other way out than to their voters
   and to the creator.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, Final
from uuid import uuid4

from schedcore.errors import InvalidValue
from schedcore.meetings import Deputies, guest_of
from schedcore.policy import GroupCalendar, PersonalCalendar
from schedcore.policy.calendars import AnyCalendar
from schedcore.polls import Poll, Voter, apply, as_seen_by, can_be_asked, meeting_of
from schedcore.polls import commands as c
from schedcore.polls.seeing import sees_log_of
from schedcore.service import ballots, people, placing, tallying, watching
from schedcore.service.calls import Call, Service, Written, compute, read, watch, write
from schedcore.service.errors import field
from schedcore.service.feed import wake
from schedcore.service.meeting_messages import meeting_message
from schedcore.service.notices import notice_message, notices_of_meeting
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.poll_messages import (
    STATES,
    VOTE_OF,
    VOTES,
    ballot_message,
    deadline_in,
    options_in,
    poll_message,
    vote_in,
    voters_in,
    weights_in,
)
from schedcore.service.refusals import faults
from schedcore.service.times import seconds_of, zone_named
from schedcore.store import NotFound, polls
from schedcore.v1 import poll_pb2

__all__ = ["Polls"]

#: Polls in a page, and changes of votes.
_PAGE: Final = 50
_LARGEST: Final = 500
_CHANGES: Final = 100
_MOST_CHANGES: Final = 1_000
#: Codes of `apply` that say that a field is wrong, whatever the state.
_FAULTS: Final = {
    "no_options": "options",
    "twice": "options",
    "no_voters": "voters",
    "creator": "voters",
    "past": "deadline",
    "group": "group",
}
_STATE_OF: Final = {number: state for state, number in STATES.items()}


class Polls(Service):
    """The handlers of PollService."""

    descriptor: ClassVar = poll_pb2.DESCRIPTOR.services_by_name["PollService"]

    # --- making and finding -------------------------------------------------------------------------------------------

    @write
    def CreatePoll(self, call: Call, request: poll_pb2.CreatePollRequest) -> poll_pb2.CreatePollResponse:
        """Make a poll, and ask the voters."""
        by = call.person()
        tz = request.tz or "UTC"
        zone_named(tz)
        with field("options"):
            options = options_in(request.options, tz)
        known = people.around(call.tx, [by], (one.name for one in request.voters))
        creator = known.person(by)
        if creator is None:
            raise NotFound.of("person", by)
        calendar: AnyCalendar = GroupCalendar(request.group, None) if request.group else PersonalCalendar(by, None)
        with field("voters"):
            voters = _voters(calendar, by, known, request.voters)
        command = c.Create(
            by=by,
            id=uuid4().hex,
            creator=guest_of(creator),
            options=options,
            voters=voters,
            subject=request.subject,
            description=request.description,
            location=request.location,
            tz=tz,
            deadline=deadline_in(request),
            hidden=request.hidden,
            one_yes=request.one_yes,
            environment=request.group,
        )
        with faults(_FAULTS):
            poll, notices = apply(None, command, call.now)
        etag = ballots.create(call.tx, poll)
        _tell(call, poll.id)
        return poll_pb2.CreatePollResponse(poll=_told(poll, etag, by), notices=[notice_message(one) for one in notices])

    @read
    def GetPoll(self, call: Call, request: poll_pb2.GetPollRequest) -> poll_pb2.GetPollResponse:
        """Give a poll as the caller sees it."""
        if request.tz:
            zone_named(request.tz)
        found, name = ballots.seen_as(call.tx, request.id, call.person())
        poll = ballots.with_ballots(call.tx, found)
        return poll_pb2.GetPollResponse(poll=_told(poll, found.etag, name, request.tz))

    @read
    def ListPolls(self, call: Call, request: poll_pb2.ListPollsRequest) -> poll_pb2.ListPollsResponse:
        """List the polls that the caller made or is asked in."""
        by = call.person()
        if request.tz:
            zone_named(request.tz)
        with field("state"):
            if request.state and request.state not in _STATE_OF:
                raise InvalidValue(f"state={request.state} is none that this server knows: give one of 1 to 3")
        size, after = size_of(request, _PAGE, _LARGEST), position_of(call, request)
        ids = polls.named(call.tx, people.names_of(call.tx, by), after=after or "", limit=size + 1)
        found = []
        for id in ids[:size]:
            call.check()
            loaded, name = ballots.seen_as(call.tx, id, by)
            if not request.state or STATES[loaded.poll.state] == request.state:
                found.append(_listed(call.tx, loaded, name, request.tz))
        token = token_of(call, request, ids[size - 1]) if len(ids) > size else ""
        return poll_pb2.ListPollsResponse(polls=found, next_page_token=token)

    # --- what the creator does ----------------------------------------------------------------------------------------

    @write
    def EditPoll(self, call: Call, request: poll_pb2.EditPollRequest) -> poll_pb2.EditPollResponse:
        """Change an open poll."""
        found, name = ballots.seen_as(call.tx, request.id, call.person(), request.etag, "edit")
        before = ballots.with_ballots(call.tx, found)
        apply(before, c.Edit(by=name), call.now)  # who may not is told so before the rest is looked at
        given: dict[str, Any] = {
            one: getattr(request, one)
            for one in ("subject", "description", "location", "hidden", "one_yes")
            if request.HasField(one)
        }
        if request.HasField("options"):
            with field("options.options"):
                given["options"] = options_in(request.options.options, before.tz)
        if request.HasField("voters"):
            proposed = request.voters.voters
            known = people.around(call.tx, [before.creator.id], (one.name for one in proposed))
            calendar = PersonalCalendar(before.creator.id, None)
            with field("voters.voters"):
                given["voters"] = _voters(calendar, before.creator.id, known, proposed, before)
        given |= {"deadline": deadline_in(request), "no_deadline": request.no_deadline}
        with faults(_FAULTS | {"deadline": "no_deadline"}):
            after, notices = apply(before, c.Edit(by=name, **given), call.now)
        ballots.keep(call.tx, before, after, at=seconds_of(call.now), by=name)
        etag = ballots.save(call.tx, after)
        _tell(call, after.id)
        return poll_pb2.EditPollResponse(
            poll=_told(after, etag, name), notices=[notice_message(one) for one in notices]
        )

    @write
    def RemindVoters(self, call: Call, request: poll_pb2.RemindVotersRequest) -> poll_pb2.RemindVotersResponse:
        """Give notices for those who have not answered."""
        found, name = ballots.seen_as(call.tx, request.id, call.person())
        poll = ballots.with_ballots(call.tx, found)
        with faults({"not_asked": "leave_out"}):
            _, notices = apply(poll, c.Remind(by=name, leave_out=request.leave_out), call.now)
        call.about = poll.id
        return poll_pb2.RemindVotersResponse(notices=[notice_message(one) for one in notices])

    @write
    def ChooseDate(self, call: Call, request: poll_pb2.ChooseDateRequest) -> poll_pb2.ChooseDateResponse:
        """Choose the final date, and make the meeting."""
        found, name = ballots.seen_as(call.tx, request.id, call.person(), request.etag, "edit")
        before = ballots.with_ballots(call.tx, found)
        after, notices = apply(before, c.Choose(by=name, option=request.option), call.now)
        etag = ballots.save(call.tx, after)
        _tell(call, after.id)
        meeting = meeting_of(after)
        its_etag = placing.create(call.tx, meeting)
        return poll_pb2.ChooseDateResponse(
            poll=_told(after, etag, name),
            meeting=meeting_message(meeting, its_etag, name, Deputies()),
            notices=notices_of_meeting(meeting, notices, call.now),
        )

    @write
    def ClosePoll(self, call: Call, request: poll_pb2.ClosePollRequest) -> poll_pb2.ClosePollResponse:
        """Close a poll without a date."""
        found, name = ballots.seen_as(call.tx, request.id, call.person(), request.etag, "edit")
        before = ballots.with_ballots(call.tx, found)
        after, _ = apply(before, c.Close(by=name, reason=request.reason), call.now)
        etag = ballots.save(call.tx, after)
        _tell(call, after.id)
        return poll_pb2.ClosePollResponse(poll=_told(after, etag, name))

    @write
    def DeletePoll(self, call: Call, request: poll_pb2.DeletePollRequest) -> poll_pb2.DeletePollResponse:
        """Delete a poll for ever, with its votes and their log."""
        found, name = ballots.seen_as(call.tx, request.id, call.person(), request.etag, "edit")
        apply(found.poll, c.Delete(by=name), call.now)
        polls.remove(call.tx, request.id)
        _tell(call, None)  # that it was deleted is told again to who repeats this
        return poll_pb2.DeletePollResponse()

    # --- what voters do -----------------------------------------------------------------------------------------------

    @write
    def CastVotes(self, call: Call, request: poll_pb2.CastVotesRequest) -> poll_pb2.CastVotesResponse:
        """Say yes, if need be or no for some options."""
        votes = []
        for place, one in enumerate(request.votes):
            with field(f"votes[{place}]"):
                votes.append((one.option, vote_in(one.vote)))
        yes = [option for option, vote in votes if vote == VOTE_OF[poll_pb2.VOTE_YES]]
        with faults({"twice": "votes", "no_vote": "votes"}):
            said = _say(call, request, {"votes": votes}, c.Cast, yes)
        return poll_pb2.CastVotesResponse(ballots=said)

    @write
    def WithdrawVotes(self, call: Call, request: poll_pb2.WithdrawVotesRequest) -> poll_pb2.WithdrawVotesResponse:
        """Take back what the caller said."""
        said = _say(call, request, {"option": request.option or None}, c.Withdraw, ())
        return poll_pb2.WithdrawVotesResponse(ballots=said)

    @read
    def Tally(self, call: Call, request: poll_pb2.TallyRequest) -> poll_pb2.TallyResponse:
        """Rank the options for whoever sees the votes."""
        found, name = ballots.seen_as(call.tx, request.id, call.person())
        return tallying.standings(call, ballots.with_ballots(call.tx, found), name, with_busy=request.with_busy)

    @read
    def ListVoteChanges(self, call: Call, request: poll_pb2.ListVoteChangesRequest) -> poll_pb2.ListVoteChangesResponse:
        """List who changed which vote when, as far as the caller may read it."""
        found, name = ballots.seen_as(call.tx, request.id, call.person())
        size, after = size_of(request, _CHANGES, _MOST_CHANGES), position_of(call, request)
        whose = sees_log_of(found.poll, name)
        rows = polls.log(call.tx, request.id, voter=whose, after=after or 0, limit=size + 1)
        return poll_pb2.ListVoteChangesResponse(
            changes=[_change(row) for row in rows[:size]],
            next_page_token=token_of(call, request, rows[size - 1].seq) if len(rows) > size else "",
        )

    # --- many ---------------------------------------------------------------------------------------------------------

    @watch
    async def Watch(self, call: Call, request: poll_pb2.WatchRequest) -> Any:
        """Stream what changes in the polls that the caller may see."""
        async for one in watching.changes_of(call, request):
            yield one

    @compute
    def TallyMany(self, call: Call, requests: Iterator[poll_pb2.TallyManyRequest]) -> Iterator[Written]:
        """Tally votes by the million."""
        return tallying.many(call, requests)


def _say(call: Call, request: Any, said: dict[str, Any], kind: Any, yes: Any) -> list[poll_pb2.Ballot]:
    """What a voter says, or takes back: all that they say then."""
    found, name = ballots.seen_as(call.tx, request.id, call.person(), lock="vote")
    voter = found.voter(name)
    before = found.poll if voter is None else ballots.for_vote(call.tx, found, voter, yes)
    after, _ = apply(before, kind(by=name, acting_for=request.acting_for, **said), call.now)
    assert voter is not None  # else it was refused
    _tell(call, before.id)
    ballots.keep(call.tx, before, after, at=seconds_of(call.now), by=name)
    return [ballot_message(one) for one in after.ballots if one.voter == voter.id]


def _tell(call: Call, id: str | None) -> None:
    """Have those who watch look once what was written can be seen; what is answered tells of this poll."""
    call.about = id
    call.after_commit(partial(wake, call.store))


def _voters(calendar: AnyCalendar, creator: str, known: Any, proposed: Any, before: Poll | None = None) -> list[Voter]:
    """Those whom a request asks: found in address books, or asked already."""
    named = weights_in(proposed)
    asked = {name: one for name, _, _ in named if before is not None and (one := before.voter(name)) is not None}
    found = can_be_asked(calendar, creator, known, [name for name, _, _ in named if name not in asked])
    guests = [
        asked[name].guest if name in asked else next(one for one in found if one.is_named(name)) for name, _, _ in named
    ]
    return voters_in((guest, weight, required) for guest, (_, weight, required) in zip(guests, named, strict=True))


def _told(poll: Poll, etag: str, name: str, tz: str = "") -> poll_pb2.Poll:
    return poll_message(poll, as_seen_by(poll, name, tz or poll.tz), etag)


def _listed(tx: Any, loaded: ballots.Loaded, name: str, tz: str) -> poll_pb2.Poll:
    """A poll for a list: with what the viewer says of it, and nothing of anybody else."""
    poll = ballots.alone(tx, loaded, name)
    return poll_message(poll, as_seen_by(poll, name, tz or poll.tz), loaded.etag, listed=True)


def _change(row: Any) -> poll_pb2.VoteChange:
    return poll_pb2.VoteChange(
        number=row.seq,
        voter=row.voter,
        option=row.option_number,
        before=VOTES[row.old],
        after=VOTES[row.new],
        at=row.at,
        by=row.changed_by,
    )
