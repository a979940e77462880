"""Hidden votes are nowhere on the wire before the close: every answer is the same to the byte, whatever others say."""

from __future__ import annotations

import random

import pytest

from schedcore.v1 import poll_pb2
from service.casts import NO, YES


def answers(cast, poll, by):
    """The bytes of all that somebody can read of a poll."""
    p = poll_pb2
    parts = [
        cast.do(cast.polls.GetPoll, p.GetPollRequest(id=poll.id), by),
        cast.do(cast.polls.ListPolls, p.ListPollsRequest(), by),
        cast.do(cast.polls.ListVoteChanges, p.ListVoteChangesRequest(id=poll.id), by),
    ]
    return [part.SerializeToString(deterministic=True) for part in parts]


@pytest.mark.parametrize("seed", range(3))
def test_bytes(cast, seed):
    """Whatever Carla and Zoe say, Ben's answers stay byte for byte what they were; closed, they hold the votes."""
    drawn = random.Random(seed)
    poll = cast.poll(hidden=True)
    cast.vote(poll.id, cast.ben, (1, YES))
    before = answers(cast, poll, cast.ben)
    for _ in range(6):
        who = drawn.choice([cast.carla, cast.zoe])
        cast.vote(poll.id, who, (drawn.randint(1, 3), drawn.choice([YES, NO])))
        assert before == answers(cast, poll, cast.ben)
        own = cast.vote(poll.id, cast.ben, (1, YES))
        assert {cast.ben} == {one.voter for one in own.ballots}
        assert "PERMISSION_DENIED" == cast.told(cast.polls.Tally, poll_pb2.TallyRequest(id=poll.id), cast.ben)[0]
        before = answers(cast, poll, cast.ben)
    assert cast.carla.encode() not in b"".join(before[1:])
    # Places would tell how many said yes.
    seen = cast.do(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=poll.id), cast.ben).poll
    assert not seen.votes_shown and not any(one.HasField("places_left") for one in seen.options)
    assert cast.do(cast.polls.Tally, poll_pb2.TallyRequest(id=poll.id), cast.anna).standings
    cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=poll.id), cast.anna)
    shown = cast.do(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=poll.id), cast.ben).poll
    assert shown.votes_shown and {cast.carla, cast.zoe} & {one.voter for one in shown.ballots}
    assert cast.do(cast.polls.Tally, poll_pb2.TallyRequest(id=poll.id), cast.ben).standings
