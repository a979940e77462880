"""The server's clock is set back an hour while it serves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter

import grpc
import pytest

from faults.clock import LIBFAKETIME, Clock
from faults.playing import Voters, judged, serving
from faults.voters import CHAIR, Round, people
from schedcore.v1 import common_pb2, poll_pb2
from schedcore.v1.poll_pb2_grpc import PollServiceStub
from service.processes import as_
from service.wire import info, refused

HOUR = 3600
ANNA, BEN = people(2)
LIBRARIES = [LIBFAKETIME, None] if LIBFAKETIME else [None]
#: Where libfaketime is, that is enough for every day.
TODAY = [LIBFAKETIME, pytest.param(None, marks=pytest.mark.long)] if LIBFAKETIME else [None]
#: What a process tells of its clocks: both, and how long it slept.
TELLING = """
import time
began = time.monotonic()
time.sleep(0.05)
print(time.time(), began, time.monotonic() - began)
"""


class Watching:
    """Somebody who watches a poll: what they were told so far."""

    def __init__(self, stub: PollServiceStub, id: str) -> None:
        self.events: list[poll_pb2.WatchResponse] = []
        self._stream = stub.Watch(poll_pb2.WatchRequest(id=id), metadata=as_(CHAIR))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait(1)  # the first event says that the stream stands

    def _read(self) -> None:
        try:
            self.events.extend(self._stream)
        except grpc.RpcError as error:
            assert grpc.StatusCode.CANCELLED == error.code()

    def wait(self, count: int) -> None:
        until = time.monotonic() + 60
        while len(self.events) < count:
            assert time.monotonic() < until, self.events
            time.sleep(0.01)

    def end(self) -> None:
        self._stream.cancel()
        self._reader.join(30)


def make(stub: PollServiceStub, seconds: float = 0) -> poll_pb2.Poll:
    """A poll, with a deadline so many seconds from now."""
    deadline = common_pb2.Time(epoch_seconds=int(time.time() + seconds)) if seconds else None
    option = poll_pb2.ProposedOption(start=common_pb2.Time(date="2091-01-01"))
    voters = [poll_pb2.ProposedVoter(name=name) for name in (ANNA, BEN)]
    request = poll_pb2.CreatePollRequest(options=[option], voters=voters, deadline=deadline)
    return stub.CreatePoll(request, metadata=as_(CHAIR)).poll


def cast(stub: PollServiceStub, id: str, who: str, vote: int, request_id: str = "") -> poll_pb2.CastVotesResponse:
    votes = [poll_pb2.CastVote(option=1, vote=vote)]
    return stub.CastVotes(poll_pb2.CastVotesRequest(id=id, votes=votes, request_id=request_id), metadata=as_(who))


def keeps_deadlines(stub: PollServiceStub, id: str) -> None:
    """A call with time enough is answered, and one without an end is over when its time is."""
    stub.GetPoll(poll_pb2.GetPollRequest(id=id), metadata=as_(CHAIR), timeout=30)
    began = time.monotonic()
    with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
        for _ in stub.Watch(poll_pb2.WatchRequest(id=id), metadata=as_(CHAIR), timeout=1):
            continue
    assert 0.9 < time.monotonic() - began < 20


def called(library: str | None) -> str:
    return "libfaketime" if library else "own"


@pytest.mark.parametrize("library", LIBRARIES, ids=called)
def test_only_the_wall_clock_is_set_back(library, tmp_path):
    clock = Clock(tmp_path, library)
    clock.shift(-HOUR)
    environment = {**os.environ, **clock.environment}
    told = subprocess.run([sys.executable, "-c", TELLING], env=environment, check=True, capture_output=True, text=True)
    wall, steady, slept = map(float, told.stdout.split())
    assert abs(wall - (time.time() - HOUR)) < 60
    assert abs(steady - time.monotonic()) < 60
    assert 0.05 <= slept < 60


@pytest.mark.parametrize("library", TODAY, ids=called)
def test_an_hour_back(url, library, tmp_path, count: Counter[str]):
    """What is closed stays closed, etags grow, answers are remembered, watchers miss nothing and are told nothing
    twice, calls keep their deadlines; only a poll's own deadline, which is a time of day, comes again."""
    clock = Clock(tmp_path, library)
    with (
        serving(url, environment=clock.environment) as server,
        server.channel() as channel,
        Voters(tmp_path, server.address) as voters,
    ):
        stub = PollServiceStub(channel)
        poll, closed, short = make(stub), make(stub), make(stub, 2)
        watching = Watching(stub, poll.id)
        first = cast(stub, poll.id, ANNA, poll_pb2.VOTE_YES, "first")
        stub.ClosePoll(poll_pb2.ClosePollRequest(id=closed.id), metadata=as_(CHAIR))
        time.sleep(2.5)
        with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
            cast(stub, short.id, ANNA, poll_pb2.VOTE_YES)
        assert "DEADLINE" == info(error).reason
        voters.begin(Round(seed=1, voters=12, ops=4, barriers=("close",), editors=3, now=20))
        voters.wait("now")

        clock.shift(-HOUR)
        told = cast(stub, poll.id, BEN, poll_pb2.VOTE_NO).ballots[0].at
        assert abs(told - (time.time() - HOUR)) < 60, "the clock was not set back"
        assert first == cast(stub, poll.id, ANNA, poll_pb2.VOTE_YES, "first")
        with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
            cast(stub, closed.id, ANNA, poll_pb2.VOTE_YES)
        assert "CLOSED" == info(error).reason
        # What was said last counts, though it is of an earlier hour than what was said before.
        cast(stub, poll.id, ANNA, poll_pb2.VOTE_IF_NEED_BE)
        cast(stub, short.id, ANNA, poll_pb2.VOTE_YES)
        got = stub.GetPoll(poll_pb2.GetPollRequest(id=poll.id), metadata=as_(CHAIR)).poll
        assert {ANNA: poll_pb2.VOTE_IF_NEED_BE, BEN: poll_pb2.VOTE_NO} == {one.voter: one.vote for one in got.ballots}
        edit = poll_pb2.EditPollRequest(id=poll.id, etag=poll.etag, subject="later")
        etag = stub.EditPoll(edit, metadata=as_(CHAIR)).poll.etag
        assert int(etag) > int(poll.etag)
        with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
            stub.EditPoll(edit, metadata=as_(CHAIR))
        assert "STALE_ETAG" == info(error).reason
        voters.wait("done")
        judged(voters.lines(), count)
        keeps_deadlines(stub, poll.id)

        clock.shift(0)
        keeps_deadlines(stub, poll.id)
        cast(stub, poll.id, BEN, poll_pb2.VOTE_YES)
        watching.wait(6)
        time.sleep(1)
        kinds = [one.change for one in watching.events if one.change != poll_pb2.POLL_CHANGE_NOTHING]
        votes, edited = poll_pb2.POLL_CHANGE_VOTES, poll_pb2.POLL_CHANGE_POLL
        assert [votes, votes, votes, edited, votes] == kinds
        watching.end()
        count["times set back"] += 1
        server.signal()
        assert 0 == server.wait()
