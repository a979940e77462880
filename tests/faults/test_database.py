"""The database stops and starts again while everybody votes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable

import grpc
import pytest

import stores
from faults.playing import Voters, judged, rounds, seed, serving
from faults.voters import CHAIR, Round
from schedcore.v1 import poll_pb2
from schedcore.v1.poll_pb2_grpc import PollServiceStub
from service.processes import as_
from service.wire import info, refused, retry

ROUNDS = rounds("SCHEDCORE_TIMES", 1)


def stop(database: stores.Server) -> None:
    """Stop it in order: whoever is connected is thrown out."""
    database.stop()


def crash(database: stores.Server) -> None:
    """Have all its processes give up at once, without a checkpoint: it must recover when it starts."""
    pid = int((database.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    database.stop()


@pytest.mark.parametrize("end", [pytest.param(stop, marks=pytest.mark.long), crash])
def test_stopped_and_started(end: Callable[[stores.Server], None], tmp_path, count: Counter[str]):
    """While it is away calls are refused with the reason, and when to ask again; after that all goes on by itself,
    and nothing that was acknowledged is lost."""
    database = stores.Server()
    stores.migrate(database.url)
    seed(database.url)
    with serving(database.url) as server, server.channel() as channel, Voters(tmp_path, server.address) as voters:
        stub = PollServiceStub(channel)
        for number in range(ROUNDS):
            voters.begin(Round(seed=number, voters=12, ops=4, barriers=("close",) if number % 2 else (), now=20))
            voters.wait("now")
            end(database)
            with refused(grpc.StatusCode.UNAVAILABLE) as error:
                stub.ListPolls(poll_pb2.ListPollsRequest(), metadata=as_(CHAIR), timeout=30)
            assert "STORE_GONE" == info(error).reason
            assert retry(error) > 0
            count["stops"] += 1
            database.start()
            voters.wait("done")
            judged(voters.lines(), count)
        server.signal()
        assert 0 == server.wait()
    database.remove()
    assert ROUNDS == count["polls"]
