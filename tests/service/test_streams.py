"""A stream of answers while it runs: some made ahead of the client, errors in their place, no work for nobody."""

from __future__ import annotations

import asyncio
import gc
import io
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import grpc
import pyarrow
import pytest

from schedcore.errors import InvalidValue
from schedcore.service import flows
from schedcore.service.auth import Gate
from schedcore.service.bridge import Bridge, Rpc
from schedcore.service.logs import Log
from schedcore.service.room import FREE, Spare
from schedcore.service.running import Running
from schedcore.service.settings import Settings
from schedcore.service.workers import Workers
from schedcore.store import Store
from schedcore.v1 import common_pb2, recurrence_pb2_grpc
from schedcore.v1 import recurrence_pb2 as pb
from service.processes import Server
from service.test_recurrence import sent
from service.test_server import LONG

PATIENCE = 20.0


class Ended(Exception):
    """What `abort` ends a call with."""


class Client:
    """gRPC's side of a call, whose client takes a message when it is told to."""

    def __init__(self, remaining: float | None = PATIENCE) -> None:
        self.taken: list[int] = []
        self._remaining = remaining
        self.code: Any = None
        self.writing = 0
        self._room = asyncio.Semaphore(0)

    def time_remaining(self) -> float | None:
        return self._remaining

    def invocation_metadata(self) -> tuple[()]:
        return ()

    async def write(self, data: bytes) -> None:
        self.writing += 1
        await self._room.acquire()
        self.taken.append(pb.CountResponse.FromString(data).count)

    async def abort(self, code: Any, *told: Any) -> None:
        self.code = code
        raise Ended

    def take(self, messages: int) -> None:
        for _ in range(messages):
            self._room.release()


class Made:
    """What a handler makes: numbers, with so many bytes beside each, then what it ends with."""

    def __init__(self, count: int, then: Any = None, padding: int = 0, each: float = 0) -> None:
        self.count = 0
        self._each = each
        self._padding = [common_pb2.Problem(reason=" " * padding)] if padding else []
        self.most = count
        self._then = then

    def __call__(self, call: Any, request: Any) -> Iterator[pb.CountResponse]:
        for _ in range(self.most):
            self.count += 1
            time.sleep(self._each)
            yield pb.CountResponse(count=self.count, problems=self._padding)
        if self._then is not None:
            self._then(call)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


class Wanted(Workers):
    """Workers for whom others wait all the time."""

    @property
    def waiting(self) -> int:
        return 1


def run(
    test: Any,
    made: Made,
    workers: Workers | None = None,
    client: Client | None = None,
    settings: Settings | None = None,
    over: Any = None,
) -> None:
    """Run a test beside a call of which `made` makes the answers."""
    workers, client = workers or Workers(2, 8), client or Client()

    async def main() -> None:
        bridge = Bridge(settings or Settings(), Gate(), Store.open("sqlite://"), workers, Log(io.StringIO()))
        rpc = Rpc("/a/B", pb.CountRequest, made, "compute", None, False, True)

        async def call() -> None:
            async with Running(bridge, rpc, client) as running:
                await running.stream(lambda: pb.CountRequest(), slow=False, over=over)

        task = asyncio.ensure_future(call())
        try:
            await test(client, task, workers)
        finally:
            task.cancel()
            await asyncio.wait((task,))
            workers.close()
            bridge.store.close()

    asyncio.run(main())


def test_some_messages_ahead():
    """While the client takes none, as many are made as may wait, and more when half of them are gone.

    No worker is held meanwhile.
    """
    made = Made(40, padding=1 << 20)  # eight of them are as many bytes as may wait, and three less than half of that

    async def test(client: Client, task: Any, workers: Workers) -> None:
        for taken in range(25):
            client.take(taken - len(client.taken))
            await until(lambda taken=taken: client.writing == taken + 1 and not workers.working)
            await asyncio.sleep(0.01)
            assert (taken + 1, 0) == (client.writing, workers.working)
            assert 3 <= made.count - client.writing <= 8
        client.take(20)
        await task
        assert [*range(1, 41)] == client.taken

    run(test, made)


def turns(made: Made, workers: Workers) -> list[int]:
    """What was made before each turn of a call whose client takes all at once, and in the end."""
    found = []

    async def test(client: Client, task: Any, workers: Workers) -> None:
        run = workers.run

        async def counted(*given: Any, **more: Any) -> Any:
            found.append(made.count)
            return await run(*given, **more)

        workers.run = counted  # type: ignore[method-assign]
        client.take(made.most)
        await task
        assert [*range(1, made.most + 1)] == client.taken

    run(test, made, workers)
    return [*found, made.most]


def test_turns():
    """Where others wait for a worker, one is given back when it has made so much."""
    found = turns(Made(40, padding=1 << 20), Wanted(2, 8))
    assert all(after - before <= 8 for before, after in pairwise(found)), found


def test_turns_of_small_messages():
    """Messages that take long each and are small: a worker is given back before they are all made."""
    found = turns(Made(60, each=0.01), Wanted(2, 8))
    assert all(after - before <= 6 for before, after in pairwise(found)), found


def test_a_worker_is_kept_where_nobody_waits():
    assert [0, 60] == turns(Made(60, each=0.01), Workers(2, 8))


def made_until(end: Any) -> int:
    """How many messages of a long stream, on the only worker there is, are made while `end` comes about."""
    made = Made(400, each=0.01)
    counts = []

    async def test(client: Client, task: Any, workers: Workers) -> None:
        client.take(made.most)
        await until(lambda: made.count > 20)
        counts.append(made.count)
        await end(task, workers)
        counts.append(made.count)

    run(test, made, Workers(1, 8))
    before, after = counts
    return after - before


def test_who_comes_meanwhile_has_a_turn():
    async def another(task: Any, workers: Workers) -> None:
        await workers.run("another", lambda: None)

    assert made_until(another) <= 20


def test_an_error_comes_after_what_was_made_before_it():
    """Though it was there while the last good message was on its way."""

    def fails(call: Any) -> None:
        raise InvalidValue("no more")

    async def test(client: Client, task: Any, workers: Workers) -> None:
        client.take(2)
        await until(lambda: client.writing == 3 and not workers.working)
        assert client.code is None
        client.take(9)
        with pytest.raises(Ended):
            await task
        assert ([1, 2, 3], grpc.StatusCode.INVALID_ARGUMENT) == (client.taken, client.code)

    run(test, Made(3, fails))


def test_a_client_that_goes_ends_the_work():
    """What is made ahead for it is told to stop, and nothing further is begun."""
    stopped = []

    def works(call: Any) -> None:
        while not call.cancel.is_cancelled:
            pass
        stopped.append(True)
        call.check()

    made = Made(1, works)

    async def test(client: Client, task: Any, workers: Workers) -> None:
        await until(lambda: client.writing == 1 and workers.working == 1)
        task.cancel()
        await until(lambda: not workers.working)
        await asyncio.wait((task,))
        assert ([True], [], 1) == (stopped, client.taken, made.count)

    run(test, made)


def test_a_handler_that_does_not_look_is_stopped_between_messages():
    """Its worker would be kept to the end, for nobody else waits for one."""

    async def gone(task: Any, workers: Workers) -> None:
        task.cancel()
        await until(lambda: not workers.working)

    assert made_until(gone) <= 20


def test_the_deadline_of_a_call_that_brought_none():
    """The work stops then, though its client still has what was made before, and may be slow to take it."""

    def works(call: Any) -> None:
        while not call.cancel.is_cancelled:
            time.sleep(0.001)

    async def test(client: Client, task: Any, workers: Workers) -> None:
        await until(lambda: client.writing == 1 and workers.working == 1)
        await until(lambda: not workers.working)
        assert not task.done()

    settings = Settings(deadline=0.3, stall=10 * PATIENCE)
    run(test, Made(1, works), client=Client(None), settings=settings)


def test_it_is_told_when_all_is_made():
    """What the client sent is read no further then; that it has not taken anything is another matter."""
    told: list[bool] = []

    async def test(client: Client, task: Any, workers: Workers) -> None:
        await until(lambda: client.writing == 1 and told)
        assert ([True], []) == (told, client.taken)

    run(test, Made(3), over=lambda: told.append(True))


@pytest.mark.parametrize("remaining", [PATIENCE, None])
def test_a_client_that_takes_now_and_then(monkeypatch, remaining):
    """It has its place no longer for taking next to nothing each time; what it takes makes up for some waiting."""

    async def test(client: Client, task: Any, workers: Workers) -> None:
        while not task.done():
            client.take(1)
            await asyncio.sleep(0.05)
        assert grpc.StatusCode.CANCELLED == client.code
        assert len(client.taken) < 100

    monkeypatch.setattr(flows, "_EACH", 0.02)
    run(test, Made(200), client=Client(remaining), settings=Settings(stall=1, deadline=1))


def test_a_client_that_does_much_with_each():
    """However small they are, who takes them one after the other has them all."""

    async def test(client: Client, task: Any, workers: Workers) -> None:
        while not task.done():
            client.take(1)
            await asyncio.sleep(0.05)
        assert [*range(1, 61)] == client.taken

    run(test, Made(60), settings=Settings(stall=2))


@pytest.mark.parametrize("end", ["all is taken", "an error", "the client goes", "the deadline"])
def test_room_for_tables_is_given_back(end):
    """However a call ends that holds some: the next has it all."""
    spare: list[Spare] = []

    def holds(call: Any) -> None:
        call.room.hold(FREE + Settings().max_table_bytes)
        spare.append(call.room._spare)
        assert not spare[0].lend(2 * Settings().max_table_bytes)
        if end == "an error":
            raise InvalidValue("no")

    async def test(client: Client, task: Any, workers: Workers) -> None:
        await until(lambda: spare)
        if end == "the client goes":
            task.cancel()
        elif end != "the deadline":
            client.take(1)
        await asyncio.wait((task,))
        await until(lambda: not workers.working)
        assert spare[0].lend(2 * Settings().max_table_bytes)

    run(test, Made(1, holds), client=Client(1.0 if end == "the deadline" else PATIENCE))


def test_a_client_that_takes_nothing_keeps_no_room():
    """Its call has no end while it is there: the status comes behind what it has not taken. Others have its room."""
    rows = 400_000
    table = pyarrow.table({"dtstart": ["20260101T000000Z"] * rows, "rrule": ["FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"] * rows})
    requests = sent(table, LONG, cut=2 << 20, rows=rows, max_occurrences=2**60)
    size = sum(len(one.chunk.data) for one in requests)
    assert size > 2 * FREE
    with ExitStack() as stack:
        server = stack.enter_context(Server("sqlite://", "--max-table-bytes", str(size), "--stall", "1"))

        def is_let_in() -> bool:
            channel = stack.enter_context(server.channel(("grpc.use_local_subchannel_pool", 1)))
            answers = recurrence_pb2_grpc.RecurrenceServiceStub(channel).ExpandTable(iter(requests), timeout=120)
            stack.callback(answers.cancel)  # not before: it stays, and takes no more than the first message
            try:
                return bool(next(answers))
            except grpc.RpcError as error:
                assert grpc.StatusCode.RESOURCE_EXHAUSTED == error.code()
                return False

        for _ in range(6):  # there is room for three
            end = time.monotonic() + 60
            while not is_let_in():
                assert time.monotonic() < end
                time.sleep(0.2)


class Held:
    """What a handler has in memory."""


def test_nothing_of_a_refused_call_is_kept():
    """Errors have the frames that they went through, and those what was in them: no cycle may keep it all."""
    held: list[weakref.ref[Held]] = []

    def fails(call: Any) -> None:
        mine = Held()
        held.append(weakref.ref(mine))
        raise InvalidValue("no")

    async def test(client: Client, task: Any, workers: Workers) -> None:
        client.take(9)
        with pytest.raises(Ended):
            await task

    gc.collect()
    gc.disable()
    try:
        run(test, Made(3, fails))
        assert held[0]() is None
    finally:
        gc.enable()
