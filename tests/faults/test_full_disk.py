"""A disk that is full: what writes is refused with the reason, what reads goes on, and all is served again when there
is room. Nothing that was refused so has happened.
"""

from __future__ import annotations

import resource
import shutil
import signal
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import grpc
import psycopg
import pytest
from sqlalchemy import make_url

import stores
from faults.disk import can_mount, fill, small_disk
from faults.playing import Voters, judged, rounds, seed, serving
from faults.test_kill import check_file
from faults.voters import CHAIR, Round, people
from schedcore.v1 import common_pb2, poll_pb2
from schedcore.v1.poll_pb2_grpc import PollServiceStub
from service.processes import as_
from service.wire import info, refused

TIMES = rounds("SCHEDCORE_TIMES", 1)


@contextmanager
def sqlite(folder: Path):
    """A file of SQLite on a small disk."""
    with small_disk(folder / "disk", 4 << 20) as disk:
        yield f"sqlite:///{disk}/store.db", disk


@contextmanager
def postgresql(folder: Path):
    """A database of PostgreSQL of which the tables are on a small disk."""
    database = stores.Server()
    disk = database.folder / "disk"
    with small_disk(disk, 64 << 20):
        if database.user is not None:
            shutil.chown(disk, database.user)
        plain = make_url(database.url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(plain, autocommit=True) as one:
            one.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            one.execute("CREATE DATABASE small TABLESPACE small")
        url = make_url(database.url).set(database="small").render_as_string()
        stores.migrate(url)
        yield url, disk
        database.remove()


KINDS = [sqlite, postgresql] if can_mount() else []


def big_poll(number: int) -> poll_pb2.CreatePollRequest:
    """A poll that takes some tens of kilobytes to keep."""
    return poll_pb2.CreatePollRequest(
        request_id=f"big {number}",
        description="x" * 20_000,
        options=[poll_pb2.ProposedOption(start=common_pb2.Time(date="2091-01-01"))],
        voters=[poll_pb2.ProposedVoter(name=people(1)[0])],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_full(kind, tmp_path, count: Counter[str]):
    """The disk is filled while everybody votes."""
    with kind(tmp_path) as (url, disk):
        seed(url)
        with serving(url) as server, server.channel() as channel, Voters(tmp_path, server.address) as voters:
            stub = PollServiceStub(channel)
            for number in range(TIMES):
                its = Round(seed=number, voters=12, ops=6, barriers=("close",) if number % 2 else (), now=20)
                voters.begin(its)
                voters.wait("now")
                ballast = fill(disk)
                made = until_full(stub, number * 10_000)
                count["polls made until it was full"] += len(made)
                # Reads go on, of what there was and of what came last.
                ids = [one.id for one in stub.ListPolls(poll_pb2.ListPollsRequest(), metadata=as_(CHAIR)).polls]
                assert set(made) <= set(ids)
                for one in made[-3:]:
                    stub.GetPoll(poll_pb2.GetPollRequest(id=one), metadata=as_(CHAIR))
                ballast.unlink()
                # The very call that was refused is granted now; and those who voted go on by themselves.
                stub.CreatePoll(big_poll(number * 10_000 + len(made)), metadata=as_(CHAIR), timeout=30)
                for one in made:
                    stub.DeletePoll(poll_pb2.DeletePollRequest(id=one), metadata=as_(CHAIR), timeout=30)
                voters.wait("done")
                lines = voters.lines()
                count["attempts refused for want of room"] += sum(line.get("reason") == "STORE_FULL" for line in lines)
                judged(lines, count)
                count["times full"] += 1
            server.signal()
            assert 0 == server.wait()
        check_file(url, tmp_path / "copy")


def until_full(stub: PollServiceStub, number: int) -> list[str]:
    """Make polls until one is refused, which it must be with the reason; the ids of those that were made."""
    made: list[str] = []
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
        while len(made) < 1_000:
            found = stub.CreatePoll(big_poll(number + len(made)), metadata=as_(CHAIR), timeout=30)
            made.append(found.poll.id)
    assert "STORE_FULL" == info(error).reason
    return made


def test_file_that_may_not_grow(tmp_path, count: Counter[str]):
    """A file of SQLite that may not grow any more: as a full disk, but that the system says otherwise why."""
    url = stores.fresh("sqlite", tmp_path)
    seed(url)
    size = Path(url.removeprefix("sqlite:///")).stat().st_size
    with serving(url) as server, server.channel() as channel, Voters(tmp_path, server.address) as voters:
        stub = PollServiceStub(channel)
        voters.begin(Round(seed=1, voters=12, ops=4, barriers=(), now=20))
        voters.wait("now")
        before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + (1 << 16), resource.RLIM_INFINITY))
        with refused(grpc.StatusCode.UNAVAILABLE) as error:
            for number in range(100):
                stub.CreatePoll(big_poll(number), metadata=as_(CHAIR), timeout=30)
        assert "STORE_GONE" == info(error).reason
        stub.ListPolls(poll_pb2.ListPollsRequest(), metadata=as_(CHAIR), timeout=30)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
        stub.CreatePoll(big_poll(100), metadata=as_(CHAIR), timeout=30)
        voters.wait("done")
        judged(voters.lines(), count)
        server.signal(signal.SIGTERM)
        assert 0 == server.wait()
    check_file(url, tmp_path / "copy")
