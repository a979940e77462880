"""Watch: what changes in the polls that somebody may see, each change once, for as long as they may see it.

Rules of this module:

1. Everybody is told of a change of a poll that they see: by id, with nothing of what it says. Of votes only those are
   told who see them (`polls.seeing`), and a voter of their own: that somebody has voted is part of what is hidden.
2. Whether somebody may see a poll is asked at every change of it, of the poll as it is then. Who no longer may is told
   that it is gone, once, if they saw it before; of a poll that they never saw nothing is told.
3. A stream begins with the cursor from which on it misses nothing. What went while nobody watched cannot be told from
   what was never seen, so who goes on says what they know (`known`), and is told which of it is gone.
4. A cursor is behind all that was told; where much was passed over, or nothing came for a while, it is told by itself.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.polls.seeing import sees_votes
from schedcore.service import ballots, people
from schedcore.service.calls import Call
from schedcore.service.errors import field
from schedcore.service.feed import News, feed_of, place_of
from schedcore.store import NotFound, changes, polls
from schedcore.v1 import poll_pb2

__all__ = ["changes_of"]

#: Seconds without a word: shorter than what proxies take for a dead stream.
_PATIENCE: Final = 30.0
#: Changes passed over before the cursor is told.
_PASSED: Final = 1_000
#: Ids that who goes on may know of.
_MOST_KNOWN: Final = 10_000
#: Two numbers of at most 64 bits.
_CURSOR: Final = re.compile(r"\d{1,19}\.\d{1,19}", re.ASCII)


async def changes_of(call: Call, request: poll_pb2.WatchRequest) -> AsyncIterator[poll_pb2.WatchResponse]:
    """Stream what changes in the polls that the caller may see, or in one of them."""
    by = call.person()
    _check(request)
    feed = feed_of(call.store)
    async with feed.watched():
        watcher = await feed.read(lambda tx: Watcher.begun(tx, by, request))
        for one in watcher.first():
            yield one
        while True:
            news = await feed.after(watcher.cursor, _PATIENCE)
            if not news:
                yield watcher.nothing()
            for change in news:
                told = watcher.told(change)
                if told is not None:
                    yield told


def _check(request: poll_pb2.WatchRequest) -> None:
    if len(request.known) > _MOST_KNOWN:
        with field("known"):
            raise LimitExceeded("max_known", allowed=_MOST_KNOWN, reached=len(request.known))


class Watcher:
    """What one who watches has seen, and where they are."""

    def __init__(self, names: list[str], request: poll_pb2.WatchRequest, cursor: str, seen: set[str]) -> None:
        self._names = names
        self._only = request.id
        self._known = list(dict.fromkeys(request.known))
        self._seen = seen
        self._passed = 0
        self.cursor = cursor

    @classmethod
    def begun(cls, tx: Any, by: str, request: poll_pb2.WatchRequest) -> Watcher:
        """Begin: where from, and what is to be seen now."""
        newest = changes.newest(tx)
        cursor = _cursor(request.cursor, newest) if request.cursor else newest
        names = people.names_of(tx, by)
        if request.id:
            ballots.seen_as(tx, request.id, by)
            return cls(names, request, cursor, {request.id})
        seen: set[str] = set()
        last = ""
        while ids := polls.named(tx, names, after=last):
            seen.update(ids)
            last = ids[-1]
        return cls(names, request, cursor, seen)

    def first(self) -> list[poll_pb2.WatchResponse]:
        """The first events: what is gone of what was known, or where the stream begins."""
        gone = [one for one in self._known if one not in self._seen and (not self._only or one == self._only)]
        return [self._event(poll_pb2.POLL_CHANGE_GONE, one, 0) for one in gone] or [self.nothing()]

    def nothing(self) -> poll_pb2.WatchResponse:
        """Where the stream is."""
        return self._event(poll_pb2.POLL_CHANGE_NOTHING, "", 0)

    def told(self, news: News) -> poll_pb2.WatchResponse | None:
        """The event of some news; None where they are not for this one. NotFound where the one poll is gone."""
        self.cursor = news.cursor
        change = poll_pb2.POLL_CHANGE_NOTHING
        if not self._only or news.id == self._only:
            change = self._change(news)
        if change == poll_pb2.POLL_CHANGE_NOTHING:
            self._passed += 1
            return self.nothing() if self._passed >= _PASSED else None
        return self._event(change, news.id, news.at)

    def _change(self, news: News) -> poll_pb2.PollChange.ValueType:
        """What some news are to this one."""
        name = None if news.poll is None else next((one for one in self._names if news.poll.is_in(one)), None)
        if news.poll is None or name is None:
            if news.id not in self._seen:
                return poll_pb2.POLL_CHANGE_NOTHING
            self._seen.discard(news.id)
            if self._only:
                raise NotFound.of("poll", news.id)
            return poll_pb2.POLL_CHANGE_GONE
        self._seen.add(news.id)
        if news.who is None:
            return poll_pb2.POLL_CHANGE_POLL
        voter = news.poll.voter(name)
        own = voter is not None and voter.id == news.who
        if own or sees_votes(news.poll.poll, name):
            return poll_pb2.POLL_CHANGE_VOTES
        return poll_pb2.POLL_CHANGE_NOTHING

    def _event(self, change: poll_pb2.PollChange.ValueType, id: str, at: int) -> poll_pb2.WatchResponse:
        self._passed = 0
        return poll_pb2.WatchResponse(cursor=self.cursor, change=change, id=id, at=at)


def _cursor(given: str, newest: str) -> str:
    """The cursor of a request; InvalidValue for one that no stream gave."""
    with field("cursor"):
        if not _CURSOR.fullmatch(given) or place_of(given) > place_of(newest):
            raise InvalidValue(f"cursor={shorten(given)}: no stream gave it; begin without one")
    return given
