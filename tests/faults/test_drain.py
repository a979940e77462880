"""SIGTERM while everybody votes: what was begun is answered, and whoever comes later goes on elsewhere, or later."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

import grpc

from faults.playing import Voters, free_address, judged, rounds, serving
from faults.voters import CHAIR, Round, people
from schedcore.client.asynchronous import AsyncClient
from schedcore.client.errors import ServiceError
from schedcore.v1 import common_pb2, poll_pb2
from service.processes import Server, as_

TIMES = rounds("SCHEDCORE_TIMES", 1)

#: How a call ends that a server did not take because it stops. CANCELLED is what grpc.aio makes of a call that has
#: arrived when it stops but has not been given to the service.
NOT_TAKEN = frozenset(("UNAVAILABLE", "CANCELLED"))
#: How a call ends that the server has answered; all else it failed, or cut off.
ANSWERED = frozenset(("OK", "FAILED_PRECONDITION", "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED"))


def stopped(server: Server) -> list[tuple[str, str]]:
    """Tell a server to stop, and wait for it: the method and status of every call in its log."""
    server.signal()
    assert 0 == server.wait(), server.errors[-5:]
    strange = [line for line in server.errors if not line.startswith("{")]
    assert not strange, strange
    calls = [json.loads(line) for line in server.errors]
    server.end()
    return [(one["method"].rpartition("/")[2], one["status"]) for one in calls if "method" in one]


def test_stopped_while_voting(url, tmp_path, count: Counter[str]):
    """No call that the server took is lost: it is answered, and the answer arrives. What it did not take has not
    happened, and a repeat on another server, or on the next one, is granted."""
    with ExitStack() as stack:
        addresses = [free_address()]
        if url.startswith("postgresql"):
            addresses.append(stack.enter_context(serving(url)).address)
        server = serving(url, address=addresses[0])
        stack.callback(lambda: server.end())
        voters = stack.enter_context(Voters(tmp_path, *addresses))
        told: list[dict[str, Any]] = []
        for number in range(TIMES):
            barriers = ("close",) if number % 2 else ()
            voters.begin(Round(seed=number, voters=32, ops=3, barriers=barriers, places=3 * (number % 2), now=70))
            voters.wait("now")
            calls = stopped(server)
            server = serving(url, address=addresses[0])
            voters.wait("done")
            lines = voters.lines()
            judged([as_not_done(line) for line in lines], count)
            taken = [one for one in calls if one[1] != "UNAVAILABLE"]
            assert {status for _, status in taken} <= ANSWERED, Counter(taken)
            lost = [line for line in lines if line.get("code") in NOT_TAKEN]
            assert {addresses[0]} >= {line["server"] for line in lost}
            count["times stopped"] += 1
            count["calls answered by servers that were stopped"] += len(taken)
            count.update(f"calls not taken, {line['code']}" for line in lost)
            # Each server at this address has given its own part of the answers, one after the other.
            told += answers_of(lines, addresses[0])
            its, told = told[: len(taken)], told[len(taken) :]
            assert Counter(taken) == Counter((line["method"], line["code"]) for line in its)


def as_not_done(line: dict[str, Any]) -> dict[str, Any]:
    """A call that a server did not take because it stops was not done: it is held to that."""
    return {**line, "code": "FAILED_PRECONDITION"} if line.get("code") in NOT_TAKEN else line


def answers_of(lines: list[dict[str, Any]], address: str) -> list[dict[str, Any]]:
    """What the clients were told at an address, in the order in which it came."""
    answers = [line for line in lines if line.get("server") == address and line["code"] not in NOT_TAKEN]
    return sorted(answers, key=lambda line: line["ended"])


def test_clients_go_on(url, count: Counter[str]):
    """The package's own client, told of two servers, notices nothing of one of them being stopped: its calls are tried
    again, each is done once, and who watches goes on with the cursor."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(url)) for _ in range(2))
        asyncio.run(go_on(first, second, count))
        assert 0 == first.wait()


async def go_on(first: Server, second: Server, count: Counter[str]) -> None:
    """Vote and watch, by a client that knows both servers, while the first one stops."""
    (anna,) = people(1)
    async with AsyncClient(f"ipv4:{first.address},{second.address}", principal=anna, timeout=60) as client:
        option = poll_pb2.ProposedOption(start=common_pb2.Time(date="2091-01-01"))
        asked = poll_pb2.CreatePollRequest(options=[option], voters=[poll_pb2.ProposedVoter(name=anna)])
        poll = (await client.polls.CreatePoll(asked, metadata=as_(CHAIR))).poll
        told: list[poll_pb2.WatchResponse] = []
        watching = asyncio.create_task(watch(client, poll.id, told, count))
        while not told:
            await asyncio.sleep(0.01)
        until = time.monotonic() + 3
        votes, stopping = 0, False
        while time.monotonic() < until or not count["streams that were ended"]:
            assert time.monotonic() < until + 60
            vote = (poll_pb2.VOTE_YES, poll_pb2.VOTE_NO)[votes % 2]
            cast = poll_pb2.CastVotesRequest(id=poll.id, votes=[poll_pb2.CastVote(option=1, vote=vote)])
            await client.polls.CastVotes(cast)
            votes += 1
            if votes == 20 and not stopping:
                first.signal()
                stopping = True
        log: list[poll_pb2.VoteChange] = []
        token = ""
        while True:
            page = poll_pb2.ListVoteChangesRequest(id=poll.id, page_size=1000, page_token=token)
            found = await client.polls.ListVoteChanges(page, metadata=as_(CHAIR))
            log += found.changes
            token = found.next_page_token
            if not token:
                break
        assert votes == len(log), "a vote was lost, or counted twice"
        while sum(one.change == poll_pb2.POLL_CHANGE_VOTES for one in told) < votes:
            assert time.monotonic() < until + 60, (len(told), votes)
            await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.wait((watching,))
        cursors = [one.cursor for one in told if one.change == poll_pb2.POLL_CHANGE_VOTES]
        assert votes == len(cursors) == len(set(cursors))
        count["votes"] += votes


async def watch(client: AsyncClient, id: str, told: list[poll_pb2.WatchResponse], count: Counter[str]) -> None:
    """Watch a poll, and go on behind the last event when the stream is ended."""
    while True:
        cursor = told[-1].cursor if told else ""
        try:
            async for one in client.polls.Watch(poll_pb2.WatchRequest(id=id, cursor=cursor), metadata=as_(CHAIR)):
                told.append(one)
        except ServiceError as error:
            assert grpc.StatusCode.UNAVAILABLE == error.code
            count["streams that were ended"] += 1
