"""A stream of answers while it runs: one message ahead of the client, errors in their place, no work for nobody."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from schedcore.errors import InvalidValue
from schedcore.service.auth import Gate
from schedcore.service.bridge import Bridge, Rpc
from schedcore.service.logs import Log
from schedcore.service.running import Running
from schedcore.service.settings import Settings
from schedcore.service.workers import Workers
from schedcore.store import Store
from schedcore.v1 import common_pb2
from schedcore.v1 import recurrence_pb2 as pb

PATIENCE = 20.0


class Ended(Exception):
    """What `abort` ends a call with."""


class Client:
    """gRPC's side of a call, whose client takes a message when it is told to."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.code: Any = None
        self.writing = 0
        self._room = asyncio.Semaphore(0)

    def time_remaining(self) -> float:
        return PATIENCE

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

    def __init__(self, count: int, then: Any = None, padding: int = 0) -> None:
        self.count = 0
        self._padding = [common_pb2.Problem(reason=" " * padding)] if padding else []
        self._most = count
        self._then = then

    def __call__(self, call: Any, request: Any) -> Iterator[pb.CountResponse]:
        for _ in range(self._most):
            self.count += 1
            yield pb.CountResponse(count=self.count, problems=self._padding)
        if self._then is not None:
            self._then(call)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


def run(test: Any, made: Made) -> None:
    """Run a test beside a call of which `made` makes the answers."""

    async def main() -> None:
        workers = Workers(2, 8)
        bridge = Bridge(Settings(), Gate(), Store.open("sqlite://"), workers, Log(io.StringIO()))
        client = Client()
        rpc = Rpc("/a/B", pb.CountRequest, made, "compute", None, False, True)

        async def call() -> None:
            async with Running(bridge, rpc, client) as running:
                await running.stream(lambda: pb.CountRequest(), slow=False)

        task = asyncio.ensure_future(call())
        try:
            await test(client, task, workers)
        finally:
            task.cancel()
            await asyncio.wait((task,))
            workers.close()
            bridge.store.close()

    asyncio.run(main())


def test_one_message_ahead():
    """While the client has not taken one, the next is made, and none after it; no worker is held."""
    made = Made(9)

    async def test(client: Client, task: Any, workers: Workers) -> None:
        for taken in range(8):
            await until(lambda taken=taken: client.writing == taken + 1 and made.count == taken + 2)
            await asyncio.sleep(0.01)
            assert (taken + 1, taken + 2) == (client.writing, made.count)
            await until(lambda: not workers.working)
            client.take(1)
        client.take(9)
        await task
        assert [*range(1, 10)] == client.taken

    run(test, made)


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


def test_large_messages_are_made_together():
    """Until they are a MiB; an error behind some of them comes when they were sent."""

    def fails(call: Any) -> None:
        raise InvalidValue("no more")

    made = Made(7, fails, padding=300_000)  # four of them are a MiB, and three are not

    async def test(client: Client, task: Any, workers: Workers) -> None:
        await until(lambda: client.writing == 1 and not workers.working)
        assert 7 == made.count
        client.take(7)
        with pytest.raises(Ended):
            await task
        assert ([*range(1, 8)], grpc.StatusCode.INVALID_ARGUMENT) == (client.taken, client.code)

    run(test, made)
