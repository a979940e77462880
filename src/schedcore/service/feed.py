"""The news of polls in a process: one reader of the store's log of changes, for all who watch.

Rules of this module:

1. While anybody watches, one task reads what was committed behind the last it knows: at once when a call of this
   process says that it has written (`wake`), and every `_PAUSE` seconds for what other servers wrote. With a thousand
   watchers the store is asked no more often than with one.
2. The newest news are kept in memory, each with the poll as it was when it was read. Who goes on from before those
   reads the store itself, a page at a time, until they have caught up.
3. The store is asked in a thread of the feed's own: who watches holds no worker, and no thread while nothing happens.
4. News are in the order of `store.changes`, which misses nothing. Cursors are those of the log.
5. When the store cannot be read, all who watch are told so, and the feed begins anew with the next who come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from schedcore.service import ballots
from schedcore.store import NotFound, changes

__all__ = ["Feed", "News", "feed_of", "place_of", "wake"]

#: Seconds between two looks at what other servers wrote. A look is one SELECT by key.
_PAUSE: Final = 0.25
#: News kept in memory, and read at once.
_KEPT: Final = 10_000
_PAGE: Final = 1_000

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class News:
    """A change of a poll: which, whose vote it was (None: the poll's own), when; the poll, None if it is no more."""

    cursor: str
    id: str
    who: str | None
    at: int
    poll: ballots.Loaded | None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the log."""
        return place_of(self.cursor)


def place_of(cursor: str) -> tuple[int, int]:
    """The order of cursors.

    >>> place_of("0.9") < place_of("0.10")
    True
    """
    writer, _, seq = cursor.partition(".")
    return int(writer), int(seq)


class Feed:
    """The news of one store, for those who watch in one event loop."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._kept: deque[News] = deque()
        self._from: str | None = None
        self._watching = 0
        self._task: asyncio.Task[None] | None = None
        self._poked = asyncio.Event()
        self._come = asyncio.Event()
        self._failed: BaseException | None = None

    def wake(self) -> None:
        """Have a look now; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._poked.set)

    async def read(self, job: Callable[[Any], Found]) -> Found:
        """Run a job with a reading transaction, in the feed's thread."""

        def run() -> Found:
            with self._store.reading() as tx:
                return job(tx)

        return await self._loop.run_in_executor(self._pool, run)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Keep the feed going while the block runs."""
        self._watching += 1
        if self._task is None:
            self._failed, self._from = None, None
            self._kept.clear()
            self._task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            self._watching -= 1
            if not self._watching and self._task is not None:
                self._task.cancel()
                self._task = None

    async def after(self, cursor: str, patience: float) -> list[News]:
        """What came after a cursor; waits up to `patience` seconds for anything, and gives nothing if nothing comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while True:
                    come = self._come
                    found = await self._now(cursor)
                    if found:
                        return found
                    await come.wait()
        return []

    async def _now(self, cursor: str) -> list[News]:
        if self._failed is not None:
            raise self._failed
        if self._from is None:
            return []
        place = place_of(cursor)
        if place >= place_of(self._from):
            news = list(takewhile(lambda one: one.place > place, reversed(self._kept)))
            return news[::-1]
        return await self.read(lambda tx: _news(tx, cursor))

    async def _follow(self) -> None:
        """Read what comes, until nobody watches any more."""
        try:
            tail = self._from = await self.read(changes.newest)
            self._tell()  # from here on those who go on from before can tell what they lack
            while True:
                self._poked.clear()
                news = await self.read(lambda tx, tail=tail: _news(tx, tail))  # type: ignore[misc]
                if news:
                    tail = news[-1].cursor
                    self._keep(news)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE):
                        await self._poked.wait()
        except Exception as error:
            self._failed, self._task = error, None
            self._tell()

    def _keep(self, news: list[News]) -> None:
        self._kept.extend(news)
        while len(self._kept) > _KEPT:
            self._from = self._kept.popleft().cursor
        self._tell()

    def _tell(self) -> None:
        come, self._come = self._come, asyncio.Event()
        come.set()


def _news(tx: Any, cursor: str) -> list[News]:
    """A page of news behind a cursor, each with its poll as it is in this transaction."""
    polls: dict[str, ballots.Loaded | None] = {}
    found = []
    for one in changes.after(tx, cursor, ["poll"], _PAGE):
        if one.id not in polls:
            try:
                polls[one.id] = ballots.load(tx, one.id)
            except NotFound:
                polls[one.id] = None
        found.append(News(one.cursor, one.id, one.who, one.at, polls[one.id]))
    return found


#: The feed of each store; a server has one store and one event loop.
_FEEDS: Final[WeakKeyDictionary[Any, Feed]] = WeakKeyDictionary()


def feed_of(store: Any) -> Feed:
    """The feed of a store in the running event loop."""
    found = _FEEDS.get(store)
    if found is None or found._loop is not asyncio.get_running_loop():
        found = _FEEDS[store] = Feed(store)
    return found


def wake(store: Any) -> None:
    """Tell those who watch a store in this process that something was written; from any thread."""
    found = _FEEDS.get(store)
    if found is not None:
        found.wake()
