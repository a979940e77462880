"""Votes and choices that arrive at once, over the wire: what each caller was told is what is kept."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from schedcore.v1 import poll_pb2
from service.casts import MAYBE, NO, YES, Refusal, option


def at_once(*jobs):
    """Do all jobs at the same time: of each what it gave, or how it was refused, and when it began and ended."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        gate.wait()
        began = time.monotonic()
        try:
            found = job()
        except grpc.RpcError as error:
            found = Refusal(error)
        return found, began, time.monotonic()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def ballots(cast, id):
    """What is kept: votes by voter and option."""
    poll = cast.do(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=id), cast.anna).poll
    return {(one.voter, one.option): one.vote for one in poll.ballots}


def log(cast, id):
    """The whole log."""
    request = poll_pb2.ListVoteChangesRequest(id=id, page_size=1000)
    return list(cast.do(cast.polls.ListVoteChanges, request, cast.anna).changes)


@pytest.mark.rule("L21")
@pytest.mark.rule("L22")
@pytest.mark.parametrize("wait", [0.02, 0.1, 0.2])
def test_thirty_two_voters_and_a_close(cast, wait):
    """Each vote that was taken is kept and logged, a refused one is not, and none begins after the close ended."""
    people = cast.add_people(32)
    poll = cast.poll(options=2, voters=people)
    closed = threading.Event()
    told = []

    def voter(name):
        for number, vote in ((1, YES), (2, NO), (1, MAYBE), (2, YES), (1, NO)):
            began = time.monotonic()
            try:
                cast.vote(poll.id, name, (number, vote))
            except grpc.RpcError as error:
                told.append((name, number, vote, began, Refusal(error).told))
            else:
                told.append((name, number, vote, began, "taken"))

    def closer():
        closed.wait()
        found = cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=poll.id), cast.anna)
        return time.monotonic(), {(one.voter, one.option): one.vote for one in found.poll.ballots}

    with ThreadPoolExecutor(33) as pool:
        close = pool.submit(closer)
        jobs = [pool.submit(voter, name) for name in people]
        time.sleep(wait)
        closed.set()
        for job in jobs:
            job.result()
        ended, frozen = close.result()
    expected = {}
    for name, number, vote, began, found in told:
        if found == "taken":
            assert began < ended
            expected[name, number] = vote  # each voter's votes come one after the other
        else:
            assert found == ("FAILED_PRECONDITION", "CLOSED")
    # What the close saw is what there is: no vote lands behind it.
    assert expected == frozen == ballots(cast, poll.id)
    taken = sorted((name, number, vote) for name, number, vote, _, found in told if found == "taken")
    assert taken == sorted((one.voter, one.option, one.after) for one in log(cast, poll.id))
    latest = {}
    for one in log(cast, poll.id):
        assert latest.get((one.voter, one.option), 0) == one.before
        latest[one.voter, one.option] = one.after


def test_few_places(cast):
    """Of twelve who want one of four places at once four get one, and the others are told that it is full."""
    people = cast.add_people(12)
    poll = cast.poll(options=[option(0, places=4), option(1)], voters=people)
    found = at_once(*(lambda name=name: cast.vote(poll.id, name, (1, YES)) for name in people))
    refused = [one.told for one, _, _ in found if isinstance(one, Refusal)]
    assert [("FAILED_PRECONDITION", "FULL")] * 8 == refused
    assert 4 == len(ballots(cast, poll.id))


def test_one_yes(cast):
    """Two ballots of one voter at once, each with another yes: one of them is refused."""
    for _ in range(5):
        poll = cast.poll(voters=[cast.ben], one_yes=True)
        found = at_once(*(lambda id=poll.id, n=n: cast.vote(id, cast.ben, (n, YES)) for n in (1, 2)))
        assert [("FAILED_PRECONDITION", "ONE_YES")] == [one.told for one, _, _ in found if isinstance(one, Refusal)]
        assert 1 == len(ballots(cast, poll.id))


def test_the_same_vote_twice_at_once(cast):
    """It is there once, and the log tells each step from what was before."""
    poll = cast.poll()
    at_once(*(lambda vote=vote: cast.vote(poll.id, cast.ben, (1, vote)) for vote in (YES, NO, YES, NO)))
    latest = 0
    for one in log(cast, poll.id):
        assert latest == one.before != one.after
        latest = one.after
    assert {(cast.ben, 1): latest} == ballots(cast, poll.id)


@pytest.mark.rule("L11")
def test_two_final_choices(cast):
    """The second is refused, also of the same date; there is one meeting."""
    for first, second in ((1, 2), (2, 2)):
        poll = cast.poll()
        requests = [poll_pb2.ChooseDateRequest(id=poll.id, option=n) for n in (first, second)]
        choose = [lambda request=one: cast.do(cast.polls.ChooseDate, request, cast.anna) for one in requests]
        found = [one for one, _, _ in at_once(*choose)]
        refused = [one.told for one in found if isinstance(one, Refusal)]
        (taken,) = (one for one in found if not isinstance(one, Refusal))
        assert [("FAILED_PRECONDITION", "CLOSED")] == refused
        kept = cast.do(cast.polls.GetPoll, poll_pb2.GetPollRequest(id=poll.id), cast.ben).poll
        assert [one.chosen for one in taken.poll.options] == [one.chosen for one in kept.options]
        assert f"UID:{poll.id}" in cast.event(cast.ben, poll.id)


def test_the_same_request_twice_at_once(cast):
    """Both are told the same, and it is done once."""
    request = poll_pb2.CreatePollRequest(
        request_id=f"r-{cast.mark}",
        options=[option(0)],
        voters=[poll_pb2.ProposedVoter(name=cast.ben)],
    )
    found = [one for one, _, _ in at_once(*[lambda: cast.do(cast.polls.CreatePoll, request, cast.anna)] * 4)]
    assert 1 == len({one.poll.id for one in found})
    assert 1 == len(cast.do(cast.polls.ListPolls, poll_pb2.ListPollsRequest(), cast.anna).polls)


def test_two_edits_with_one_etag(cast):
    """One of them is stale."""
    poll = cast.poll()
    edits = [
        lambda n=n: cast.do(
            cast.polls.EditPoll, poll_pb2.EditPollRequest(id=poll.id, etag=poll.etag, subject=f"S{n}"), cast.anna
        )
        for n in range(3)
    ]
    refused = [one.told for one, _, _ in at_once(*edits) if isinstance(one, Refusal)]
    assert [("FAILED_PRECONDITION", "STALE_ETAG")] * 2 == refused
