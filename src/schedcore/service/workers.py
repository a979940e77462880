"""Workers and the waiting room: how many calls are worked on at once, whose turn is next, and who is refused.

Rules of this module:

1. At most `workers` jobs run at once, each in a thread; at most `max_waiting` wait. There is no third place.
2. Turns go round the callers who wait, one job each: who asks a thousand things at once waits behind themselves.
3. When the room is full, whoever has most waiting gives way to a caller with at least two fewer: their last job is
   refused.
4. What is cancelled while it waits leaves the room in the event loop's next step: until then its turn is done and it is
   there still, and nothing is given to it. What runs keeps its worker until it returns, for a thread cannot be stopped
   from outside: the cancel token is what stops it.
5. Jobs that wait for the client while they run (streams that come in) have at most half of the workers, so that slow
   clients cannot take them all.

Everything here is touched by the event loop alone, but for the jobs themselves.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from schedcore.service.errors import Overloaded

__all__ = ["Workers", "seen"]

Result = TypeVar("Result")

#: Seconds that a refused caller is told to wait at least: about what a call takes that was worth a worker; and at most.
_RETRY_AFTER: Final = 0.5
_RETRY_LATEST: Final = 15.0


@dataclass(slots=True, eq=False)
class _Waiting:
    """A job that waits for its turn."""

    turn: asyncio.Future[None]
    slow: bool


class Workers:
    """A bounded pool of threads with a fair and bounded waiting room."""

    def __init__(self, workers: int, max_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="worker")
        self._workers = self._free = workers
        self._free_for_slow = max(workers // 2, 1)
        self._max_waiting = max_waiting
        self._rooms: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        self._waiting = 0
        self._refused = 0.0  # refusals of late: they fade, half of them in a second
        self._refused_at = 0.0

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return self._waiting

    @property
    def working(self) -> int:
        """How many workers are at work."""
        return self._workers - self._free

    async def run(self, share: str, job: Callable[[], Result], *, slow: bool = False) -> Result:
        """Run a job in a thread when its turn comes; Overloaded where it cannot even wait."""
        await self._admit(share, slow)
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, _run, job)
        except BaseException:
            self._release(slow)
            raise
        future.add_done_callback(lambda _: self._release(slow))
        future.add_done_callback(seen)
        # The worker is free when the job returns, not when its caller gives up on it.
        try:
            return await asyncio.shield(future)
        finally:
            del future  # its error has this frame in its traceback, and would be kept by it with all that it holds

    async def _admit(self, share: str, slow: bool) -> None:
        if self._can_run(slow) and not self._waiting:
            self._take(slow)
            return
        if self._waiting >= self._max_waiting:
            self._make_room(share)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), slow)
        self._rooms.setdefault(share, deque()).append(waiting)
        self._waiting += 1
        self._call_next()
        try:
            await waiting.turn
        except BaseException:
            self._leave(share, waiting)
            raise

    def _can_run(self, slow: bool) -> bool:
        return self._free > 0 and (not slow or self._free_for_slow > 0)

    def _take(self, slow: bool) -> None:
        self._free -= 1
        self._free_for_slow -= slow

    def _release(self, slow: bool) -> None:
        self._free += 1
        self._free_for_slow += slow
        self._call_next()

    def _call_next(self) -> None:
        """Give turns, round the callers, while there are workers."""
        for share in list(self._rooms):
            if self._free <= 0:
                return
            room = self._rooms[share]
            chosen = next((one for one in room if not one.turn.done() and self._can_run(one.slow)), None)
            if chosen is None:
                continue
            self._remove(share, chosen)
            if share in self._rooms:
                self._rooms.move_to_end(share)
            self._take(chosen.slow)
            chosen.turn.set_result(None)

    def _leave(self, share: str, waiting: _Waiting) -> None:
        """Take a job out whose caller has gone: out of the room, or out of the turn it has just been given."""
        if waiting in self._rooms.get(share, ()):
            self._remove(share, waiting)
        elif waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.exception() is None:
            self._release(waiting.slow)

    def _remove(self, share: str, waiting: _Waiting) -> None:
        room = self._rooms[share]
        room.remove(waiting)
        self._waiting -= 1
        if not room:
            del self._rooms[share]

    def _make_room(self, share: str) -> None:
        """Refuse the last job of whoever has most, if that is fair; else refuse the newcomer."""
        crowded = max(self._rooms, key=lambda name: len(self._rooms[name]))
        mine = len(self._rooms.get(share, ()))
        if crowded == share or len(self._rooms[crowded]) < mine + 2:
            raise self._full()
        last = next((one for one in reversed(self._rooms[crowded]) if not one.turn.done()), None)
        if last is not None:
            self._remove(crowded, last)
            last.turn.set_exception(self._full())

    def _full(self) -> Overloaded:
        """The refusal, with when to come again.

        The more are refused, the later, so that those who come again are about as many as there is room for: refusing
        costs the server as much as a small answer. At random around that, for who was refused together must not come
        again together.
        """
        now = time.monotonic()
        self._refused = 1 + self._refused * 0.5 ** (now - self._refused_at)
        self._refused_at = now
        after = _RETRY_AFTER * max(1.0, self._refused / self._max_waiting) * random.uniform(0.75, 1.5)
        told = f"max_waiting={self._max_waiting} calls wait already: ask again in a moment"
        return Overloaded(told, round(min(after, _RETRY_LATEST), 3))

    def close(self) -> None:
        """Let go of the threads; jobs that run go on to their end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _run(job: Callable[[], Result]) -> Result:
    """Run a job in its thread. A future takes no StopIteration: it would never be done, and its worker never free."""
    try:
        return job()
    except StopIteration as error:
        raise RuntimeError("a job raised StopIteration") from error


def seen(future: asyncio.Future[Any]) -> None:
    """Look at what a job ended with that nobody waits for any more, so that asyncio does not complain about it."""
    if not future.cancelled():
        future.exception()
