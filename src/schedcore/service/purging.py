"""Answers that were kept for repeated requests are let go when nobody repeats them any more.

A pass deletes some rows a transaction, in a thread of its own, and pauses between transactions: on SQLite each holds
off every other writer, for a few milliseconds. One that fails is tried again at the next pass, and costs nobody an
answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from schedcore.store import requests

if TYPE_CHECKING:
    from schedcore.service.logs import Log
    from schedcore.store import Store

__all__ = ["purge_now", "purging"]

#: Seconds from one pass to the next.
_EACH: Final = 600.0
#: Rows of one transaction, and seconds until the next one.
_ROWS: Final = 500
_PAUSE: Final = 0.2


def purge_now(store: Store, keep: float, *, rows: int = _ROWS) -> int:
    """Let answers go that are older than so many seconds, by the store's clock, at most `rows`; how many."""
    with store.writing() as tx:
        return requests.purge(tx, int(tx.now - keep), rows)


async def purging(store: Store, keep: float, log: Log, purged: Callable[[int], None]) -> None:
    """Do that now and again, until it is cancelled; a pass ends when there is nothing left."""
    while True:
        try:
            began, found = time.monotonic(), _ROWS
            while found == _ROWS and time.monotonic() - began < _EACH:
                found = await asyncio.to_thread(purge_now, store, keep)
                purged(found)
                await asyncio.sleep(_PAUSE)
        except Exception as error:  # nobody waits for this: it would end for good, and say nothing
            log.event("purge", failed=type(error).__name__)
        await asyncio.sleep(_EACH)
