"""The server as a process: deadlines, bounds, streams, overload, drain."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import grpc
import pyarrow
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from schedcore.service import server as server_module
from schedcore.service.wellknown import MOST
from schedcore.v1 import common_pb2 as common
from schedcore.v1 import poll_pb2, poll_pb2_grpc, recurrence_pb2_grpc
from schedcore.v1 import recurrence_pb2 as pb
from service.processes import Server, as_
from service.rpcs import services
from service.test_recurrence import sent
from service.wire import info, refused, retry

CODE = grpc.StatusCode
LONG = common.Window(start=common.Time(instant="2026-01-01T00:00:00Z"), end=common.Time(instant="9999-01-01T00:00:00Z"))
SHORT = pb.NextRequest(series=common.Series(dtstart=common.Time(date="2026-01-01")))


def stub(channel: grpc.Channel) -> recurrence_pb2_grpc.RecurrenceServiceStub:
    return recurrence_pb2_grpc.RecurrenceServiceStub(channel)


def endless(rows: int = 1) -> list[pb.ExpandTableRequest]:
    """A table whose answer takes minutes: every second of eight thousand years."""
    table = pyarrow.table({"dtstart": ["20260101T000000Z"] * rows, "rrule": ["FREQ=SECONDLY"] * rows})
    return sent(table, LONG, max_occurrences=2**60)


def walk() -> pb.CountRequest:
    """A count that must walk: two rules at once, for some seconds."""
    series = common.Series(
        dtstart=common.Time(instant="2026-01-01T00:00:00Z"),
        rrules=["FREQ=SECONDLY;COUNT=40000000", "FREQ=HOURLY;COUNT=9"],
    )
    return pb.CountRequest(series=series)


# --- deadlines -------------------------------------------------------------------------------------------------------


def test_a_deadline_that_is_past(lone):
    """A call whose deadline is past ends at once, and the server goes on."""
    with lone.channel() as channel:
        for timeout in (-1, -100):
            with refused(CODE.DEADLINE_EXCEEDED):
                stub(channel).Next(SHORT, timeout=timeout)
        assert stub(channel).Next(SHORT, timeout=20).starts


def test_a_deadline_stops_a_loop(lone):
    """A stream whose next piece would take long ends at its deadline, and its worker is free again."""
    with lone.channel() as channel:
        for _ in range(6):  # more than there are workers
            began = time.monotonic()
            with refused(CODE.DEADLINE_EXCEEDED):
                for _ in stub(channel).ExpandTable(iter(endless(50)), timeout=0.3):
                    pass
            assert time.monotonic() - began < 5
        assert stub(channel).Next(SHORT, timeout=20).starts


def test_a_client_that_goes(lone):
    """Calls that their clients give up free their workers."""
    with lone.channel() as channel:
        for _ in range(6):
            call = stub(channel).ExpandTable(iter(endless()), timeout=60)
            next(call)
            call.cancel()
        assert pb.CheckResponse() != stub(channel).Check(pb.CheckRequest(rrule="FREQ=DAILY"), timeout=20)


def test_a_client_that_reads_one_chunk_and_stops(lone):
    """Clients that do not read on hold no worker: there are more of them than workers, and others are answered."""
    with lone.channel() as channel:
        held = [stub(channel).ExpandTable(iter(endless()), timeout=60) for _ in range(8)]
        for call in held:
            assert next(call).chunk.data
        assert stub(channel).Check(pb.CheckRequest(rrule="FREQ=DAILY"), timeout=20).valid
        memory = resident(lone)
        time.sleep(0.5)
        assert resident(lone) - memory < 64 << 20, "what is not read is not made"
        for call in held:
            call.cancel()


def resident(server: Server) -> int:
    """Bytes of memory that the process has."""
    with open(f"/proc/{server.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_a_message_over_the_limit(lone):
    """A message over max_message_bytes is refused, and the server goes on."""
    with lone.channel() as channel:
        with refused(CODE.RESOURCE_EXHAUSTED):
            stub(channel).Check(pb.CheckRequest(rrule="X" * (5 << 20)), timeout=20)
        assert not stub(channel).Check(pb.CheckRequest(rrule="X" * (3 << 20)), timeout=20).valid


def test_a_table_over_the_limit(tmp_path):
    """A table over max_table_bytes is refused by that name; streams that stall are ended; so is who waits too many."""
    flags = ("--max-table-bytes", "100000", "--stall", "0.5", "--workers", "1", "--max-waiting", "2")
    with Server("sqlite://", *flags) as server, server.channel() as channel:
        table = pyarrow.table({"dtstart": ["20260101T000000Z"] * 20_000})
        with refused(CODE.RESOURCE_EXHAUSTED) as error:
            list(stub(channel).ExpandTable(iter(sent(table, LONG, cut=50_000)), timeout=20))
        assert ("max_table_bytes", "100000") == (info(error).metadata["limit"], info(error).metadata["allowed"])
        never = threading.Event()

        def stalled():
            yield sent(table, LONG, cut=50_000)[0]
            never.wait(20)

        began = time.monotonic()
        with refused(CODE.CANCELLED):
            list(stub(channel).ExpandTable(stalled(), timeout=30))
        assert time.monotonic() - began < 10
        never.set()
        overloaded(channel)


def overloaded(channel: grpc.Channel) -> None:
    """With one worker and a room for two, calls beyond are refused at once, and told when to come again."""
    busy = [stub(channel).Count.future(walk(), timeout=60, metadata=as_("anna")) for _ in range(8)]
    codes = [call.code() for call in busy]
    assert CODE.RESOURCE_EXHAUSTED in codes
    assert set(codes) <= {CODE.OK, CODE.RESOURCE_EXHAUSTED}
    full = next(call for call in busy if "max_waiting" in (call.details() or ""))
    with pytest.raises(grpc.RpcError) as error:
        full.result()
    assert retry(error) > 0
    assert stub(channel).Next(SHORT, timeout=20).starts


# --- health, reflection, log -----------------------------------------------------------------------------------------


def test_health_and_reflection(lone):
    """Health knows each service; reflection lists them with what they are made of."""
    with lone.channel() as channel:
        names = {service.full_name for service in services()}
        for name in ("", *names):
            found = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=name), timeout=20)
            assert health_pb2.HealthCheckResponse.SERVING == found.status
        ask = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        (listed,) = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(ask, timeout=20)
        assert names < {service.name for service in listed.list_services_response.service}


def test_watching_health_does_not_hold_up_the_end():
    """Who watches is told that the server goes, and then it goes, long before its grace is over."""
    with Server("sqlite://", "--grace", "600") as server, server.channel() as channel:
        told = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert health_pb2.HealthCheckResponse.SERVING == next(told).status
        server.signal()
        assert health_pb2.HealthCheckResponse.NOT_SERVING == next(told).status
        with refused(CODE.UNAVAILABLE):
            next(told)
        assert 0 == server.wait()


def test_streams_that_need_no_token_have_bounds():
    """Health and reflection refuse those that are too many, which take nobody's place."""
    flags = ("--workers", "1", "--max-waiting", "1", "--max-watching", "1", "--max-streaming", "1")
    with Server("sqlite://", *flags) as server, server.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch
        told = [watch(health_pb2.HealthCheckRequest(), timeout=60) for _ in range(MOST)]
        for one in told:
            next(one)
        with refused(CODE.RESOURCE_EXHAUSTED):
            next(watch(health_pb2.HealthCheckRequest(), timeout=60))
        stop = threading.Event()

        def questions():
            yield reflection_pb2.ServerReflectionRequest(list_services="")
            stop.wait(60)

        ask = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
        told += [ask(questions(), timeout=60) for _ in range(MOST)]
        for one in told[MOST:]:
            next(one)
        with refused(CODE.RESOURCE_EXHAUSTED):
            next(ask(questions(), timeout=60))
        assert stub(channel).Next(SHORT, timeout=60).starts
        told[0].cancel()  # and its place is free
        until = time.monotonic() + 60
        while not is_let_in(watch) and time.monotonic() < until:
            time.sleep(0.01)
        assert is_let_in(watch)
        stop.set()
        for one in told:
            one.cancel()


def is_let_in(watch) -> bool:
    one = watch(health_pb2.HealthCheckRequest(), timeout=60)
    try:
        return bool(next(one))
    except grpc.RpcError as error:
        assert CODE.RESOURCE_EXHAUSTED == error.code()
        return False
    finally:
        one.cancel()


def test_answers_that_are_streamed_have_a_bound():
    """Of those whose clients take nothing too: the next is refused, and let in when one has gone."""
    with Server("sqlite://", "--max-streaming", "1") as server, server.channel() as channel:
        first = stub(channel).ExpandTable(iter(endless()), timeout=60)
        next(first)  # it stands, and nothing more is taken of it

        def second() -> grpc.StatusCode:
            with pytest.raises(grpc.RpcError) as error:
                list(stub(channel).ExpandTable(iter([pb.ExpandTableRequest()]), timeout=60))
            return error.value.code()

        assert CODE.RESOURCE_EXHAUSTED == second()
        first.cancel()
        until = time.monotonic() + 60
        while CODE.RESOURCE_EXHAUSTED == (code := second()) and time.monotonic() < until:
            time.sleep(0.01)
        assert CODE.INVALID_ARGUMENT == code


def test_the_log_says_nothing_private(lone):
    """A call is one line: its method, who, how it ended, how long; and nothing of what was in it."""
    with lone.channel() as channel:
        request = pb.CheckRequest(series=common.Series(text="DTSTART:20260101T090000Z\nSUMMARY:a secret plan"))
        stub(channel).Check(request, metadata=as_("eve"), timeout=20)
        with refused(CODE.INVALID_ARGUMENT):
            stub(channel).Count(pb.CountRequest(series=common.Series(text="a secret plan")), metadata=as_("eve"))
    until = time.monotonic() + 10
    while sum('"eve"' in line for line in lone.errors) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    lines = [json.loads(line) for line in lone.errors if '"eve"' in line]
    assert ["OK", "INVALID_ARGUMENT"] == [line["status"] for line in lines]
    assert {"at", "call", "method", "principal", "backend", "status", "milliseconds"} == set(lines[0])
    assert "local" == lines[0]["backend"]
    assert "secret" not in "".join(lone.errors)


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain(number):
    """Told to stop, it finishes what runs, tells those who watch, refuses what is new, and ends with 0."""
    with Server("sqlite://", "--grace", "20") as server, server.channel() as channel:
        running = stub(channel).Count.future(walk(), timeout=60)
        watching = poll_pb2_grpc.PollServiceStub(channel).Watch(
            poll_pb2.WatchRequest(), metadata=as_("anna"), timeout=60
        )
        time.sleep(0.3)
        server.signal(number)
        assert CODE.OK == running.code()
        with refused(CODE.UNAVAILABLE):
            list(watching)
        assert 0 == server.wait()
        with refused(CODE.UNAVAILABLE):
            stub(channel).Next(SHORT, timeout=2)
    assert '"event":"stopped"' in server.errors[-1]


def test_drain_does_not_wait_for_ever():
    """What runs longer than the grace is stopped, its loop too."""
    with Server("sqlite://", "--grace", "0.5") as server, server.channel() as channel:
        call = stub(channel).ExpandTable(iter(endless(50)), timeout=60)
        next(call)
        began = time.monotonic()
        server.signal()
        assert 0 == server.wait()
        assert time.monotonic() - began < 15


#: A server that is told to stop at once, and beside it something that lingers when nobody is let in any more.
LINGERS = """
import asyncio, os, signal
from schedcore.service.server import serve
from schedcore.service.settings import Settings

async def lingers(address):
    host, port = address.split(":")
    try:
        while True:
            (await asyncio.open_connection(host, port))[1].close()
            await asyncio.sleep(0.01)
    except ConnectionError:
        await asyncio.sleep(0.1)
        print("last step")

def listening(address):
    lingering.append(asyncio.ensure_future(lingers(address)))
    os.kill(os.getpid(), signal.SIGTERM)

lingering = []
asyncio.run(serve(Settings(address="127.0.0.1:0", store="sqlite://"), listening))
"""


def test_last_steps_are_not_cut_off():
    """gRPC ends when a call's status is sent, and not when its handler has returned."""
    done = subprocess.run([sys.executable, "-c", LINGERS], capture_output=True, text=True, timeout=60, check=False)
    assert (0, "last step\n") == (done.returncode, done.stdout), done.stderr


def test_two_servers_on_one_address(lone, capsys, monkeypatch, tmp_path):
    """A second server on an address in use does not start."""
    from schedcore.cli.command import run

    assert 2 == run(["serve", "--address", lone.address, "--store", "sqlite://"])
    assert "cannot be listened on" in capsys.readouterr().err


# --- memory ----------------------------------------------------------------------------------------------------------


def test_memory_that_is_kept(monkeypatch):
    """glibc is told how much, but for what the environment says; another C library is told nothing."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(server_module.ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=lambda *one: told.append(one)))
    monkeypatch.setattr(server_module.sys, "platform", "linux")
    for name in server_module._MALLOC:
        monkeypatch.delenv(name, raising=False)
    server_module._keep_memory()
    assert [(-1, 32 << 20), (-3, 16 << 20), (-8, 2)] == told
    told.clear()
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    server_module._keep_memory()
    assert [-1, -3] == [number for number, _ in told]
    monkeypatch.setattr(server_module.ctypes, "CDLL", lambda _: object())
    server_module._keep_memory()
    assert 2 == len(told)
