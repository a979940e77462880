"""Polls as messages, and the parts of requests about them as values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.meetings import Guest
from schedcore.polls import Ballot, Option, Poll, SeenPoll, Standing, State, Vote, Voter
from schedcore.service.errors import field
from schedcore.service.times import time_message, time_of
from schedcore.v1 import poll_pb2

__all__ = [
    "STATES",
    "VOTES",
    "VOTE_OF",
    "ballot_message",
    "deadline_in",
    "options_in",
    "poll_message",
    "standing_message",
    "vote_in",
    "voters_in",
    "weights_in",
]

STATES: Final = {
    State.OPEN: poll_pb2.POLL_STATE_OPEN,
    State.CHOSEN: poll_pb2.POLL_STATE_CHOSEN,
    State.CLOSED: poll_pb2.POLL_STATE_CLOSED,
}
VOTES: Final[dict[Vote | None, poll_pb2.Vote.ValueType]] = {
    None: poll_pb2.VOTE_UNSPECIFIED,
    Vote.NO: poll_pb2.VOTE_NO,
    Vote.IF_NEED_BE: poll_pb2.VOTE_IF_NEED_BE,
    Vote.YES: poll_pb2.VOTE_YES,
}
VOTE_OF: Final[dict[int, Vote]] = {number: vote for vote, number in VOTES.items() if vote is not None}

#: What people look through to vote, and who can be asked: `apply` compares each with each, and all come in one answer.
_MOST_OPTIONS: Final = 200
_MOST_VOTERS: Final = 1_000


# --- answers ----------------------------------------------------------------------------------------------------------


def poll_message(poll: Poll, seen: SeenPoll, etag: str, *, listed: bool = False) -> poll_pb2.Poll:
    """A poll as somebody sees it. In a list it is without people and votes, which were not all loaded for that."""
    shown = seen.tally is not None
    return poll_pb2.Poll(
        id=seen.id,
        etag=etag,
        state=STATES[seen.state],
        creator=poll.creator.id,
        subject=seen.subject,
        description=seen.description,
        location=seen.location,
        tz=poll.tz,
        deadline=None if poll.deadline is None else time_message(datetime.fromtimestamp(poll.deadline, UTC)),
        hidden=poll.hidden,
        one_yes=poll.one_yes,
        options=[
            poll_pb2.PollOption(
                number=one.number,
                start=time_message(one.start),
                end=time_message(one.end),
                places=option.places or 0,
                places_left=None if listed else one.places_left,
                own=VOTES[one.own],
                chosen=one.chosen,
            )
            for one, option in zip(seen.options, poll.options, strict=True)
        ],
        voters=[] if listed else [_voter(one, seen.is_creator) for one in poll.voters],
        ballots=[] if listed else map(ballot_message, seen.ballots),
        is_creator=seen.is_creator,
        votes_shown=shown,
        reason=poll.reason,
    )


def _voter(one: Voter, is_creator: bool) -> poll_pb2.PollVoter:
    if not is_creator:
        return poll_pb2.PollVoter(id=one.id, name=one.guest.name)
    return poll_pb2.PollVoter(id=one.id, name=one.guest.name, weight=one.weight, required=one.required)


def ballot_message(one: Ballot) -> poll_pb2.Ballot:
    """One vote."""
    return poll_pb2.Ballot(voter=one.voter, option=one.option, vote=VOTES[one.vote], at=one.at)


def standing_message(one: Standing) -> poll_pb2.OptionStanding:
    """How one option stands."""
    return poll_pb2.OptionStanding(
        option=one.option.number,
        rank=one.rank,
        no=one.no,
        if_need_be=one.if_need_be,
        yes=one.yes,
        silent=one.silent,
        lacking=one.lacking,
        busy=one.busy,
        unknown=one.unknown,
    )


# --- requests ---------------------------------------------------------------------------------------------------------


def options_in(messages: Iterable[poll_pb2.ProposedOption], tz: str) -> list[Option]:
    """The options of a request; local times that name no zone are meant in the poll's."""
    found = []
    for place, one in enumerate(messages):
        _check_most("max_options", _MOST_OPTIONS, place)
        with field(f"[{place}]"):
            with field("start"):
                start = time_of(one.start, tz)
            with field("end"):
                end = time_of(one.end, tz) if one.HasField("end") else None
            with field("places"):
                if one.places < 0:
                    raise InvalidValue(f"places={one.places}: give 1 or more, or 0 for any number")
            with field("end"):
                found.append(Option(start, end, one.places or None))
    return found


def weights_in(messages: Iterable[poll_pb2.ProposedVoter]) -> list[tuple[str, int, bool]]:
    """Names of those to ask, with what their votes weigh and whether they are required."""
    found = []
    for place, one in enumerate(messages):
        _check_most("max_voters", _MOST_VOTERS, place)
        found.append((one.name, one.weight if one.HasField("weight") else 1, one.required))
    return found


def voters_in(named: Iterable[tuple[Guest, int, bool]]) -> list[Voter]:
    """Those to ask, who were found."""
    found = []
    for place, (guest, weight, required) in enumerate(named):
        with field(f"[{place}].weight"):
            found.append(Voter(guest, weight, required))
    return found


def _check_most(limit: str, most: int, place: int) -> None:
    if place >= most:
        raise LimitExceeded(limit, allowed=most, reached=place + 1)


def deadline_in(request: Any) -> datetime | None:
    """The deadline of a request, an instant; None where it is not set."""
    if not request.HasField("deadline"):
        return None
    with field("deadline"):
        found = time_of(request.deadline)
        if not isinstance(found, datetime) or found.tzinfo is None:
            raise InvalidValue(f"deadline={found.isoformat()}: give an instant, or a local time with its zone")
        return found


def vote_in(number: int) -> Vote:
    """A vote of a request."""
    with field("vote"):
        if number not in VOTE_OF:
            raise InvalidValue(f"vote={number} is none: say no (1), if need be (2) or yes (3)")
        return VOTE_OF[number]
