"""Streams of messages between the event loop and a worker: `Incoming` from the client, `Outgoing` to it.

Rules of this module:

1. Neither thread waits for the other at each message: a change of threads takes as long as to make a large one. The
   event loop reads ahead of the worker, and the worker makes ahead of what is sent, up to `AHEAD` bytes each. So a
   client sends the next rows and takes the answers to the last while a worker has those between in hand.
2. A client may send all before it takes any answer. The worker then waits for the client, and the client must not wait
   for the worker. So where the worker has taken nothing for `_STUCK` seconds, the rest is read all the same, as much
   as a table may have. All calls together have `Spare` bytes for that; a call that gets none of them goes on waiting.
3. Nothing is read before a worker first asks: a call in the waiting room holds no more than gRPC does.
4. Where others wait for a worker it is given back after `AHEAD` bytes or `_TURN` seconds. Where nobody does it is kept
   as long as the client takes what is made: to change threads takes time, in which nothing is made.
5. What waits for a client is lost to the others: a worker, a place, memory for a table. It waits for `stall` seconds in
   all, for one message or for many; each `_SLOWEST` bytes that come or go make up for one of them, and so does each
   message that is taken. Else a byte now and then would keep it for ever.
6. Numbers are read by another thread at worst a moment late, so there is no lock: a bound is then raised, lowered or
   seen that moment too late.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import grpc

from schedcore.errors import Cancelled, LimitExceeded

if TYPE_CHECKING:
    from schedcore.service.room import Spare

__all__ = ["AHEAD", "Incoming", "Outgoing", "Patience", "Stalled"]

#: Bytes that wait on the other side: what a client sends or takes while a worker reads a table of 65,536 rows.
AHEAD: Final = 8 << 20
_STUCK: Final = 0.1
#: Seconds: some small questions.
_TURN: Final = 0.05
#: Bytes a second that a client may send or take for as long as it likes: some 130 kbit/s.
_SLOWEST: Final = 16 << 10
#: Seconds that a message makes up for at least which a client takes.
_EACH: Final = 1.0
#: Bytes that a message takes besides its own.
_AROUND: Final = 64


class Stalled(Cancelled):
    """The client has a stream waiting for too long."""


class Patience:
    """How long a client may have a stream waiting: `stall` seconds in all, and not beyond `ends` (time.monotonic's).

    What it sends or takes makes up for some of them.
    """

    def __init__(self, stall: float, ends: float = math.inf) -> None:
        self._stall = stall
        self._ends = ends
        self._waited = 0.0

    @property
    def left(self) -> float:
        """Seconds."""
        return max(min(self._stall - self._waited, self._ends - time.monotonic()), 0.0)

    def came(self, seconds: float, size: int) -> None:
        """Say that a message of so many bytes took so long to come."""
        self._waited = max(self._waited + seconds - size / _SLOWEST, 0.0)

    def taken(self, seconds: float, size: int) -> None:
        """Say that it took so long to take one: a client may have much to do with each, however small."""
        self._waited = max(self._waited + seconds - max(size / _SLOWEST, _EACH), 0.0)

    def __str__(self) -> str:
        return f"{self._stall:g} seconds"


class Incoming:
    """Bytes of messages, read in the event loop and taken in a worker; made in the event loop.

    `read` gives the next message, or grpc.aio.EOF. Cancelled is raised in the worker when its `patience` ends, and
    where the call has ended. Memory: `AHEAD` and a message, and `most` bytes more for a worker that is stuck, as far as
    there are `spare` ones.
    """

    def __init__(self, read: Callable[[], Awaitable[Any]], patience: Patience, most: int, spare: Spare) -> None:
        self._read = read
        self._patience = patience
        self._most = most
        self._spare = spare
        self._borrowed = 0
        self._allowed = AHEAD
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._queue: SimpleQueue[bytes | BaseException | None] = SimpleQueue()
        self._reading: asyncio.Task[None] | None = None
        self._waits = self._ended = False
        self._given = self._taken = self._came = 0

    # --- in the worker ------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[bytes]:
        """Give each message, to one worker at a time."""
        self._loop.call_soon_threadsafe(self._begin)
        while (data := self._next()) is not None:
            yield data

    def _next(self) -> bytes | None:
        began = time.monotonic()
        try:
            data = self._queue.get(timeout=self._patience.left)
        except Empty:
            told = f"a worker has waited {self._patience} for what the client sends"
            raise Stalled(f"{told}: begin the call when you have it, or send {_SLOWEST >> 10} KiB a second") from None
        if isinstance(data, BaseException):
            raise data
        if data is not None:
            self._taken += len(data) + _AROUND
            self._patience.came(time.monotonic() - began, len(data))
            self._came += len(data)
            if self._came > self._most + self._most // 2 + AHEAD:  # a table of this size, and what is around it
                raise LimitExceeded("max_table_bytes", allowed=self._most, reached=self._came)
        self._allowed = AHEAD
        if self._waits and self._held <= self._allowed // 2:
            self._loop.call_soon_threadsafe(self._room.set)
        return data

    # --- in the event loop --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if not self._ended:
            self._reading = asyncio.ensure_future(self._fill())

    async def _fill(self) -> None:
        try:
            while (data := await self._read()) is not grpc.aio.EOF:
                self._given += len(data) + _AROUND
                self._queue.put(data)
                await self._until_room()
            self._queue.put(None)
        except Exception as error:
            self._queue.put(error)

    async def _until_room(self) -> None:
        while self._held >= self._allowed:
            self._waits = True
            try:
                if self._held < self._allowed:  # the worker has taken some before it could see that this waits
                    return
                async with asyncio.timeout(_STUCK):
                    await self._room.wait()
            except TimeoutError:
                if self._borrowed or self._spare.lend(self._most):
                    self._borrowed = self._most
                    self._allowed = AHEAD + self._most
            finally:
                self._waits = False
                self._room.clear()

    @property
    def _held(self) -> int:
        return self._given - self._taken

    def close(self) -> None:
        """End the reading, where the call has ended: what was not taken goes, and a worker that still waits is told."""
        with suppress(Empty):
            while True:
                self._queue.get_nowait()
        self._queue.put(Cancelled("the call has ended"))
        self._ended = True
        self._spare.take_back(self._borrowed)
        self._borrowed = 0
        if self._reading is not None:
            self._reading.cancel()


class Outgoing:
    """Bytes of messages, made in a worker and taken in the event loop; made in the event loop.

    `wanted` says whether others wait for a worker. Memory: `AHEAD` and a message.
    """

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()
        self._queue: deque[bytes] = deque()
        self._waits = False
        self._given = self._taken = 0

    # --- in the worker ------------------------------------------------------------------------------------------------

    def fill(self, messages: Iterator[bytes | Exception]) -> bool:
        """Take messages, and say whether these were all. What goes wrong is raised when it comes."""
        end, turn = self._given + AHEAD, time.monotonic() + _TURN
        for message in messages:
            if isinstance(message, Exception):
                try:
                    raise message
                finally:
                    del message  # it has this frame in its traceback
            self._given += len(message) + _AROUND
            self._queue.append(message)
            if self._waits:
                self._loop.call_soon_threadsafe(self._come.set)
            if self._held >= AHEAD or ((self._given >= end or time.monotonic() >= turn) and self._wanted()):
                return False
        return True

    # --- in the event loop --------------------------------------------------------------------------------------------

    @property
    def is_low(self) -> bool:
        """Whether so few wait that it is time to make more."""
        return self._held <= AHEAD // 2

    @property
    def _held(self) -> int:
        return self._given - self._taken

    async def take(self, making: asyncio.Future[bool]) -> bytes | None:
        """Give the next message; None where none is left and `making` has ended."""
        while True:
            ended = making.done()
            if self._queue:
                message = self._queue.popleft()
                self._taken += len(message) + _AROUND
                return message
            if ended:
                return None
            self._waits = True
            making.add_done_callback(self._wake)
            if not self._queue:  # none has come before it could be seen that this waits
                await self._come.wait()
            self._waits = False
            making.remove_done_callback(self._wake)
            self._come.clear()

    def _wake(self, _: object) -> None:
        self._come.set()
