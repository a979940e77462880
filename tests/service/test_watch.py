"""Watch over a socket: every change once, also over a reconnect, and nothing of what one may not see."""

from __future__ import annotations

import asyncio
import queue
import threading
import time

import grpc
import pytest

import stores
from schedcore.service.feed import Feed, News, place_of
from schedcore.v1 import poll_pb2
from service.casts import MAYBE, NO, YES, Refusal, asked, option
from service.processes import Server, as_
from service.wire import refused

POLL, VOTES = poll_pb2.POLL_CHANGE_POLL, poll_pb2.POLL_CHANGE_VOTES
GONE, NOTHING = poll_pb2.POLL_CHANGE_GONE, poll_pb2.POLL_CHANGE_NOTHING


class Watching:
    """A stream that is read in a thread; `next` gives the next event that is not nothing."""

    def __init__(self, cast, by, **parts):
        metadata = [("schedcore-principal", by)]
        self.stream = cast.polls.Watch(poll_pb2.WatchRequest(**parts), metadata=metadata)
        self.events, self.cursor = queue.Queue(), None
        threading.Thread(target=self._read, daemon=True).start()
        self.first = self.events.get(timeout=60)
        if isinstance(self.first, Refusal):
            return
        self.cursor = self.first.cursor

    def _read(self):
        try:
            for event in self.stream:
                self.events.put(event)
            self.events.put(None)
        except grpc.RpcError as error:
            self.events.put(Refusal(error))

    def next(self):
        """Change and id of the next event; the code where the stream has ended."""
        while True:
            event = self.events.get(timeout=60)
            if isinstance(event, Refusal):
                return event.code
            self.cursor = event.cursor
            if event.change != NOTHING:
                return event.change, event.id

    def none(self):
        """Nothing comes within a while in which others have been told."""
        time.sleep(0.8)
        told = []
        while not self.events.empty():
            told.append(self.events.get())
        return all(isinstance(one, poll_pb2.WatchResponse) and one.change == NOTHING for one in told)

    def end(self):
        """Break the connection."""
        self.stream.cancel()


@pytest.fixture
def watch(cast):
    """Begin to watch; all streams are ended with the test."""
    begun = []

    def begin(by, **parts):
        begun.append(Watching(cast, by, **parts))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


def test_changes_and_a_break(cast, watch):
    """What is made, voted, edited and closed, each once; what came during a break is told after it."""
    stream = watch(cast.ben)
    assert NOTHING == stream.first.change
    poll = cast.poll()
    assert (POLL, poll.id) == stream.next()
    cast.vote(poll.id, cast.carla, (1, YES))
    assert (VOTES, poll.id) == stream.next()
    stream.end()
    cast.vote(poll.id, cast.zoe, (1, NO))
    cast.do(cast.polls.EditPoll, poll_pb2.EditPollRequest(id=poll.id, subject="Dinner"), cast.anna)
    again = watch(cast.ben, cursor=stream.cursor, known=[poll.id])
    assert [(VOTES, poll.id), (POLL, poll.id)] == [again.next(), again.next()]
    cast.vote(poll.id, cast.zoe, (1, NO))  # the same again is no change
    cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=poll.id), cast.anna)
    assert (POLL, poll.id) == again.next()
    assert again.none()


def test_every_change_once(cast, watch):
    """Of many votes at once, read over breaks, each is told once."""
    people = cast.add_people(8)
    poll = cast.poll(options=3, voters=people)
    stream = watch(cast.anna)
    done = threading.Event()

    def vote(name):
        for number in (1, 2, 3):
            cast.vote(poll.id, name, (number, YES))

    voters = [threading.Thread(target=vote, args=(name,)) for name in people]
    for one in voters:
        one.start()
    told = 0
    for part in (5, 7, 12):
        for _ in range(part):
            assert (VOTES, poll.id) == stream.next()
            told += 1
        stream.end()
        stream = watch(cast.anna, cursor=stream.cursor)
    for one in voters:
        one.join()
    done.set()
    assert 24 == told and stream.none()


def test_what_others_do_not_see(cast, watch):
    """Who is not asked is told nothing; of hidden votes a voter is told of their own alone, the creator of all."""
    eve, anna, ben = watch(cast.eve), watch(cast.anna), watch(cast.ben)
    poll = cast.poll(hidden=True)
    assert [(POLL, poll.id)] * 2 == [anna.next(), ben.next()]
    cast.vote(poll.id, cast.carla, (1, YES))
    assert (VOTES, poll.id) == anna.next()
    cast.vote(poll.id, cast.ben, (1, MAYBE))
    assert [(VOTES, poll.id)] * 2 == [anna.next(), ben.next()]
    cast.do(cast.polls.ClosePoll, poll_pb2.ClosePollRequest(id=poll.id), cast.anna)
    assert (POLL, poll.id) == ben.next()
    assert ben.none() and eve.none()


def test_the_right_ends(cast, watch):
    """Who is no longer asked is told once that it is gone, and hears no more; a stream of that one poll ends."""
    poll = cast.poll()
    everything, one = watch(cast.carla), watch(cast.carla, id=poll.id)
    only_ben = poll_pb2.ProposedVoters(voters=[asked(cast.ben)])
    cast.do(cast.polls.EditPoll, poll_pb2.EditPollRequest(id=poll.id, voters=only_ben), cast.anna)
    assert (GONE, poll.id) == everything.next()
    assert "NOT_FOUND" == one.next()
    cast.vote(poll.id, cast.ben, (1, YES))
    assert everything.none()
    again = poll_pb2.ProposedVoters(voters=[asked(cast.ben), asked(cast.carla)])
    cast.do(cast.polls.EditPoll, poll_pb2.EditPollRequest(id=poll.id, voters=again), cast.anna)
    assert (POLL, poll.id) == everything.next()
    cast.do(cast.polls.DeletePoll, poll_pb2.DeletePollRequest(id=poll.id), cast.anna)
    assert (GONE, poll.id) == everything.next()
    assert "NOT_FOUND" == watch(cast.carla, id=poll.id).first.code


def test_gone_while_nobody_watched(cast, watch):
    """Who goes on and says what they know is told what is gone, whether it was theirs or never there."""
    first, second = cast.poll(), cast.poll()
    stream = watch(cast.ben)
    stream.end()
    cast.do(cast.polls.DeletePoll, poll_pb2.DeletePollRequest(id=first.id), cast.anna)
    again = watch(cast.ben, cursor=stream.cursor, known=[first.id, second.id, "never"])
    assert (GONE, first.id) == (again.first.change, again.first.id)
    assert (GONE, "never") == again.next()
    assert again.none()


def test_bad_questions(cast, watch):
    """A cursor that no stream gave, an unknown poll, nobody who asks."""
    for cursor in ("x", "1", "9" * 60, "9223372036854775806.1", "-1.5"):
        refusal = watch(cast.ben, cursor=cursor).first
        assert ("INVALID_ARGUMENT", "cursor") == refusal.told
    assert "NOT_FOUND" == watch(cast.ben, id="no such").first.code
    known = watch(cast.ben, known=["x"] * 10_001).first
    assert "RESOURCE_EXHAUSTED" == known.code
    with pytest.raises(grpc.RpcError) as info:
        next(cast.polls.Watch(poll_pb2.WatchRequest(), timeout=60))
    assert grpc.StatusCode.UNAUTHENTICATED == info.value.code()


def test_only_what_is_new_is_looked_at():
    """However many news are kept: each who watches looks at each change."""
    looked = []

    class Told(News):
        @property
        def place(self) -> tuple[int, int]:
            looked.append(self.cursor)
            return place_of(self.cursor)

    async def asked() -> list[str]:
        feed = Feed(None)
        feed._from = "0.0"
        feed._kept.extend(Told(f"0.{number}", "p", None, 0, None) for number in range(1, 10_001))
        return [one.cursor for one in await feed._now("0.9997")]

    assert ["0.9998", "0.9999", "0.10000"] == asyncio.run(asked())
    assert 4 == len(looked)


def test_what_is_no_request_takes_no_place(tmp_path):
    """Bytes that are none are refused, and those who watch then are as many as before."""
    with Server(stores.fresh("sqlite", tmp_path), "--max-watching", "1") as server, server.channel() as channel:
        watch = channel.unary_stream("/schedcore.v1.PollService/Watch")
        for _ in range(3):
            with refused(grpc.StatusCode.INVALID_ARGUMENT):
                next(watch(b"\xff\xff", metadata=as_("anna"), timeout=60))
        told = watch(b"", metadata=as_("anna"), timeout=60)
        next(told)
        told.cancel()


def test_no_worker_is_held(cast, watch):
    """More streams than the server has workers, and others are answered as ever."""
    streams = [watch(one) for one in (cast.anna, cast.ben) for _ in range(10)]
    poll = cast.poll(options=[option(0)])
    assert {(POLL, poll.id)} == {one.next() for one in streams}
