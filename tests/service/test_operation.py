"""A server that is being run: its health, its log, and copies of its store while people vote."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import grpc
import pytest

import stores
from schedcore.cli.command import run
from schedcore.store import Store
from schedcore.v1 import calendar_pb2, calendar_pb2_grpc, poll_pb2, recurrence_pb2, recurrence_pb2_grpc
from service.casts import Cast, option
from service.offices import Office, ics, vevent
from service.processes import Server, as_
from service.wire import refused

#: What must never be in a log, in every place where people write.
SECRET = "Xyzzy-secret"

#: `schedcore serve` with a handler that raises what its first argument says.
MISTAKEN = """
import sys
from socket import gaierror
from schedcore.cli import main
from schedcore.service.calls import compute
from schedcore.service.recurrence import Recurrence

raised = eval(sys.argv.pop(1))

@compute
def Next(self, call, request):
    raise raised

Recurrence.Next = Next
sys.argv.insert(1, "serve")
main()
"""


def test_doctor_asks_a_server(lone, capsys):
    """One that serves is well."""
    assert 0 == run(["doctor", "--address", lone.address])
    assert f"ok  server: {lone.address}" in capsys.readouterr().out


def test_nothing_that_people_write_is_in_the_log(tmp_path):
    """Titles, descriptions, places, names, tokens, values that are refused: a session's log has none of them."""
    with Server(stores.fresh("sqlite", tmp_path)) as server, server.channel() as channel:
        office = Office(channel)
        calendar = office.make("anna", name=f"{SECRET} calendar")
        office.put("anna", calendar, vevent("one", f"COMMENT:{SECRET} comment").replace("Subject", SECRET))
        cast = Cast(server, channel)
        poll = cast.poll(description=f"{SECRET} description", location=f"{SECRET} place")
        cast.meeting(subject=f"{SECRET} subject", description=f"{SECRET} text")
        cast.vote(poll.id, cast.ben, (1, poll_pb2.VOTE_YES))
        calls = calendar_pb2_grpc.CalendarServiceStub(channel)
        broken = ics(vevent("two", f"X-{SECRET}:1", start=f"{SECRET}-20261019"))
        asked = [
            (calls.PutEvent, calendar_pb2.PutEventRequest(calendar=calendar, ics=broken), as_(office.id("anna"))),
            (calls.GetCalendar, calendar_pb2.GetCalendarRequest(id=f"{SECRET} id"), as_(office.id("anna"))),
            (cast.polls.GetPoll, poll_pb2.GetPollRequest(id=f"{SECRET}"), as_(cast.anna)),
            (
                calls.GetCalendar,
                calendar_pb2.GetCalendarRequest(id=calendar),
                [("authorization", f"Bearer sct_{SECRET}"), *as_(office.id("anna"))],
            ),
        ]
        refusals = 0
        for call, request, metadata in asked:
            try:
                call(request, metadata=metadata, timeout=60)
            except grpc.RpcError:
                refusals += 1
        assert 3 == refusals  # without tokens a bearer token is not looked at
    lines = [json.loads(line) for line in server.errors]
    assert {"/schedcore.v1.PollService/CreatePoll", "/schedcore.v1.CalendarService/PutEvent"} <= {
        line.get("method") for line in lines
    }
    assert {"OK", "NOT_FOUND", "INVALID_ARGUMENT"} <= {line.get("status") for line in lines}
    known = {"at", "call", "method", "principal", "backend", "status", "milliseconds", "event", "address"}
    assert not {key for line in lines for key in line} - known
    assert SECRET.lower() not in "".join(server.errors).lower()


@pytest.mark.parametrize(
    ("kind", "values", "logged"),
    [
        ("OSError", (28, SECRET), "ENOSPC"),
        ("OSError", ([SECRET], SECRET), None),
        ("gaierror", (-2, SECRET), None),
        ("KeyError", (SECRET,), None),
    ],
)
def test_a_mistake_of_a_handler(tmp_path, kind, values, logged):
    """The answer names a line of the log; what the error says is in neither, for it may quote what people wrote."""
    program = ("-c", MISTAKEN, f"{kind}{values}")
    with Server(stores.fresh("sqlite", tmp_path), program=program) as server, server.channel() as channel:
        stub = recurrence_pb2_grpc.RecurrenceServiceStub(channel)
        with refused(grpc.StatusCode.INTERNAL) as error:
            stub.Next(recurrence_pb2.NextRequest(), metadata=as_("anna"), timeout=60)
        server.signal()
        assert 0 == server.wait()
    lines = [json.loads(one) for one in server.errors]
    (line,) = [one for one in lines if one.get("event") == "mistake"]
    assert ["INTERNAL"] == [one["status"] for one in lines if one.get("call") == line["call"] and "status" in one]
    told = error.value.details()
    assert f"a mistake of the server's, which its log has as {line['call']}" == told
    assert (kind, logged) == (line["error"], line.get("errno"))
    assert any(frame.endswith(" Next") for frame in line["frames"])
    assert SECRET not in told + "".join(server.errors)


def test_a_copy_made_while_people_vote(tmp_path):
    """It is whole, of one moment: its votes are those of its log, and that is the beginning of the store's."""
    url = stores.fresh("sqlite", tmp_path)
    with Server(url) as server, server.channel() as channel:
        cast = Cast(server, channel)
        voters = [cast.ben, cast.carla, cast.dora]
        poll = cast.poll([option(number) for number in range(4)], voters).id
        done: list[tuple[str, int]] = []
        failed: list[BaseException] = []
        stop = threading.Event()

        def vote(voter: str) -> None:
            try:
                turn = 0
                while not stop.is_set():
                    turn += 1
                    number = 1 + turn % 4  # each time it comes, another vote than the last time
                    cast.vote(poll, voter, (number, (poll_pb2.VOTE_YES, poll_pb2.VOTE_NO)[turn // 4 % 2]))
                    done.append((voter, number))
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=vote, args=(one,)) for one in voters]
        for one in threads:
            one.start()
        copies = []
        try:
            while len(done) < 5 and not failed:
                stop.wait(0.01)
            for number in range(4):
                acknowledged = len(done)
                copy = tmp_path / f"copy{number}.db"
                assert 0 == run(["backup", "--store", url, str(copy)])
                copies.append((copy, acknowledged))
                while len(done) < acknowledged + 5 and not failed:
                    stop.wait(0.01)
        finally:
            stop.set()
            for one in threads:
                one.join()
        assert [] == failed
    whole = logged(tmp_path / url.rpartition("/")[2])
    assert len(done) <= len(whole)
    for copy, acknowledged in copies:
        lines = logged(copy)
        assert whole[: len(lines)] == lines
        assert acknowledged <= len(lines) < len(whole)
        replayed = {(voter, number): new for voter, number, new in lines if new is not None}
        with closing(sqlite3.connect(copy)) as connection:
            assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
            votes = connection.execute("SELECT voter, option_number, vote FROM votes WHERE poll = ?", (poll,))
            assert replayed == {(voter, number): vote for voter, number, vote in votes}
    # Restored, it serves.
    with Server(f"sqlite:///{copies[-1][0]}") as server, server.channel() as channel:
        again = Cast(server, channel)
        told = again.do(again.polls.GetPoll, poll_pb2.GetPollRequest(id=poll), cast.anna).poll
        assert poll == told.id
        assert again.vote(poll, cast.ben, (1, poll_pb2.VOTE_YES)).ballots


def logged(file) -> list[tuple[str, int, int | None]]:
    """The log of votes in a file, the oldest first."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT voter, option_number, new FROM vote_log ORDER BY seq").fetchall()


def test_copies_that_cannot_be_made(tmp_path, capsys):
    """Nothing is written over, nothing half made is left, and PostgreSQL's own tool is named."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    there = tmp_path / "there.db"
    there.write_text("precious")
    (tmp_path / "busy.db.part").write_text("half")
    (tmp_path / "busy.db.part-journal").touch()
    cases = {
        (url, str(there)): "is there already",
        (url, str(tmp_path / "busy.db")): "busy.db.part-journal: another copy is being made",
        (url, str(tmp_path / "nowhere" / "a.db")): "cannot be written",
        ("postgresql://a@b/c", str(tmp_path / "c.db")): "pg_dump",
        ("sqlite://", str(tmp_path / "c.db")): "in memory",
        (f"sqlite:///{tmp_path}/none.db", str(tmp_path / "c.db")): "is not there",
        (f"sqlite:///{tmp_path}", str(tmp_path / "c.db")): "is a directory",
    }
    for (store, out), said in cases.items():
        assert 2 == run(["backup", "--store", store, out])
        assert said in capsys.readouterr().err
    assert "precious" == there.read_text()
    assert {file.name, "there.db", "busy.db.part", "busy.db.part-journal"} == {one.name for one in tmp_path.iterdir()}


def test_a_copy_for_which_there_is_no_room(tmp_path, capsys):
    """The copy is what cannot be written, and not the store; nothing of it is left."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size // 2, limits[1]))
    try:
        assert 2 == run(["backup", "--store", url, str(tmp_path / "copy.db")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert f"the copy {tmp_path}/copy.db.part could not be written" in capsys.readouterr().err
    assert [file.name] == [one.name for one in tmp_path.iterdir()]


#: `schedcore backup` that gets the signal of its first argument while its copy is half written.
STOPPED = """
import os, sys
from schedcore.cli import main
from schedcore.store import backups

number = int(sys.argv.pop(1))

def halfway(store, part):
    for one in backups._beside(part):
        one.touch()
    os.kill(os.getpid(), number)
    sys.exit("it went on")

backups._checked = halfway
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_copy_that_is_stopped(tmp_path, number, code):
    """Nothing of it is left, whoever ended it."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    words = [sys.executable, "-c", STOPPED, str(int(number)), "backup", "--store", url, str(tmp_path / "copy.db")]
    ended = subprocess.run(words, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (code, "") == (ended.returncode, ended.stderr.strip())
    assert [file.name] == [one.name for one in tmp_path.iterdir()]


def test_a_damaged_store_is_not_copied(tmp_path, capsys):
    """A copy that is no better than what it is a copy of would be found out too late."""
    url = stores.fresh("sqlite", tmp_path)
    with Store.open(url):
        pass
    (file,) = tmp_path.glob("*.db")
    size = file.stat().st_size
    with file.open("r+b") as out:
        out.seek(size // 2)
        out.write(b"\xff" * (size // 4))
    assert 2 == run(["backup", "--store", url, str(tmp_path / "copy.db")])
    assert "damaged" in capsys.readouterr().err
    assert [file.name] == [one.name for one in tmp_path.iterdir()]


def test_a_copy_can_be_read_by_its_owner_alone(tmp_path):
    """It has all that the store has."""
    url = stores.fresh("sqlite", tmp_path)
    assert 0 == run(["backup", "--store", url, str(tmp_path / "copy.db")])
    assert 0o600 == (tmp_path / "copy.db").stat().st_mode & 0o777
