"""What a client streams in on its way to a worker: read ahead, but not without end; waited for, but not for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from schedcore.errors import Cancelled, LimitExceeded
from schedcore.service.flows import AHEAD, Incoming, Patience
from schedcore.service.room import Spare

PATIENCE = 20.0
MIB = 1 << 20


class Client:
    """gRPC's side of a call: messages of a MiB, so many, and then what ends them."""

    def __init__(self, count: int, then: Any = grpc.aio.EOF, *, size: int = MIB, pause: float = 0) -> None:
        self.read = 0
        self._count = count
        self._then = then
        self._size = size
        self._pause = pause

    async def __call__(self) -> Any:
        await asyncio.sleep(self._pause)
        if self.read == self._count:
            if isinstance(self._then, Exception):
                raise self._then
            if self._then is None:
                await asyncio.sleep(PATIENCE)
            return self._then
        self.read += 1
        return self.read.to_bytes(8, "little") + bytes(self._size - 8)


class Worker:
    """A worker that takes messages when it is told to."""

    def __init__(self, incoming: Incoming) -> None:
        self.taken: list[int] = []
        self.ended: Any = None
        self._room = threading.Semaphore(0)
        self._incoming = incoming

    def __call__(self) -> None:
        messages = iter(self._incoming)
        try:
            while True:
                self._room.acquire()
                data = next(messages, None)
                if data is None:
                    self.ended = "all"
                    return
                self.taken.append(int.from_bytes(data[:8], "little"))
        except Exception as error:
            self.ended = error

    def take(self, messages: int) -> None:
        for _ in range(messages):
            self._room.release()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


def run(
    test: Callable[[Client, Worker, Incoming], Awaitable[None]],
    client: Client,
    most: int = 100 * MIB,
    stall: float = PATIENCE,
    spare: Spare | None = None,
) -> None:
    """Run a test beside a worker; the messages are closed behind it, so that the worker ends whatever happens."""

    async def main() -> None:
        incoming = Incoming(client, Patience(stall), most, spare or Spare(most))
        worker = Worker(incoming)
        with ThreadPoolExecutor(1) as pool:
            working = asyncio.get_running_loop().run_in_executor(pool, worker)
            try:
                await test(client, worker, incoming)
            finally:
                incoming.close()
                worker.take(1000)
                await working

    asyncio.run(main())


def test_nothing_is_read_before_a_worker_asks():
    """A call in the waiting room holds no memory of ours; then all comes, in order, to its end."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        await asyncio.sleep(0.02)
        assert client.read == 0
        worker.take(31)
        await until(lambda: worker.ended is not None)
        assert ([*range(1, 31)], "all") == (worker.taken, worker.ended)

    run(test, Client(30))


def test_reading_ahead_has_a_bound(monkeypatch):
    """So much waits for a worker that takes now and then, and no more."""
    monkeypatch.setattr("schedcore.service.flows._STUCK", PATIENCE)

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(1)
        await until(lambda: worker.taken == [1] and client.read in (8, 9))
        await asyncio.sleep(0.02)
        before = client.read
        assert AHEAD <= before * MIB <= AHEAD + MIB
        worker.take(20)
        await until(lambda: len(worker.taken) == 21 and client.read >= 25)
        await asyncio.sleep(0.02)
        assert AHEAD // 2 <= (client.read - 21) * MIB <= AHEAD + MIB  # more is read when half of it is gone

    run(test, Client(200))


def test_a_worker_that_is_stuck_does_not_hold_up_the_client():
    """The rest is read, as much as a table may have; and what was read is taken when the worker goes on."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(1)
        await until(lambda: client.read >= 47)
        await asyncio.sleep(0.05)
        assert 40 * MIB + AHEAD <= client.read * MIB <= 40 * MIB + AHEAD + MIB
        worker.take(61)
        await until(lambda: worker.ended == "all")
        assert [*range(1, 61)] == worker.taken

    run(test, Client(60), most=40 * MIB)


def test_calls_that_are_stuck_have_so_much_together():
    """Who finds nothing left waits, until another gives back what it has borrowed."""
    spare = Spare(50 * MIB)

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        assert spare.lend(20 * MIB)
        worker.take(1)
        await until(lambda: client.read >= 8)
        await asyncio.sleep(0.3)
        assert client.read * MIB <= AHEAD + MIB
        spare.take_back(20 * MIB)
        await until(lambda: client.read >= 47)
        assert not spare.lend(11 * MIB)
        incoming.close()
        assert spare.lend(50 * MIB)

    run(test, Client(60), most=40 * MIB, spare=spare)


def test_a_client_that_sends_nothing():
    """The worker is told after a while."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(9)
        await until(lambda: worker.ended is not None)
        assert [1, 2] == worker.taken
        assert isinstance(worker.ended, Cancelled) and "has waited 0.4 seconds" in str(worker.ended)

    run(test, Client(2, None), stall=0.4)


@pytest.mark.parametrize(("size", "ended"), [(8, Cancelled), (MIB, str)])
def test_a_client_that_sends_now_and_then(size, ended):
    """It keeps the worker waiting no longer for sending nothing in small pieces; it may where it sends much."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(99)
        await until(lambda: worker.ended is not None)
        assert isinstance(worker.ended, ended), worker.ended
        assert (len(worker.taken) == 40) is (ended is str)

    run(test, Client(40, size=size, pause=0.05), stall=1)


def test_a_client_that_sends_more_than_a_table():
    """What is around a table has a bound as well: it would keep the worker for ever, byte for byte as it likes."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(99)
        await until(lambda: worker.ended is not None)
        assert isinstance(worker.ended, LimitExceeded)
        assert list(range(1, 39)) == worker.taken

    run(test, Client(90), most=20 * MIB)


def test_what_was_not_taken_goes_with_the_call():
    """It was counted as given back then."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(1)
        await until(lambda: worker.taken == [1] and client.read >= 5)
        incoming.close()
        worker.take(9)
        await until(lambda: worker.ended is not None)
        assert [1] == worker.taken
        assert isinstance(worker.ended, Cancelled)

    run(test, Client(90))


def test_a_call_that_ends():
    """A worker that waits then is told so, and nothing further is read."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(9)
        await until(lambda: worker.taken == [1, 2])
        incoming.close()
        await until(lambda: worker.ended is not None)
        assert isinstance(worker.ended, Cancelled) and "the call has ended" in str(worker.ended)

    run(test, Client(2, None))


def test_an_error_of_the_transport():
    """It is raised where messages are taken, behind those that came before it."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(9)
        await until(lambda: worker.ended is not None)
        assert ([1, 2, 3], "gone") == (worker.taken, str(worker.ended))

    run(test, Client(3, ConnectionError("gone")))


@pytest.mark.parametrize("most", [1, MIB])
def test_a_small_bound(most):
    """All comes through a bound that is below one message, too."""

    async def test(client: Client, worker: Worker, incoming: Incoming) -> None:
        worker.take(6)
        await until(lambda: worker.ended == "all")
        assert [1, 2, 3, 4, 5] == worker.taken

    run(test, Client(5), most=most)
