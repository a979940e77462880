"""Workers and the waiting room: bounded, fair, and whole again after whatever happens to a job."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter

import pytest

from schedcore.service.errors import Overloaded
from schedcore.service.workers import Workers


class Gate:
    """A job that runs until it is let go, and says in which order jobs began."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.began: list[str] = []

    def job(self, name: str):
        def run() -> str:
            self.began.append(name)
            assert self.open.wait(20)
            return name

        return run


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0.005)


def run(workers: int, waiting: int, story, kind: type[Workers] = Workers) -> None:
    """Tell a story with workers, and look that they are all free at its end."""

    async def told() -> None:
        room = kind(workers, waiting)
        gate = Gate()
        try:
            async with asyncio.timeout(30):
                await story(room, gate)
            gate.open.set()
            await settle()
            assert 0 == room.waiting
            done = await asyncio.gather(*(room.run("after", lambda: 1) for _ in range(workers)))
            assert [1] * workers == done
            assert (workers, max(workers // 2, 1)) == (room._free, room._free_for_slow)
        finally:
            gate.open.set()
            room.close()

    asyncio.run(told())


def test_turns_go_round():
    """Who asks for much waits behind themselves: ben's one job comes before anna's third."""

    async def story(room, gate):
        jobs = [asyncio.ensure_future(room.run("anna", gate.job(f"anna{n}"))) for n in range(4)]
        await settle()
        jobs.append(asyncio.ensure_future(room.run("ben", gate.job("ben"))))
        await settle()
        assert ["anna0"] == gate.began
        gate.open.set()
        await asyncio.gather(*jobs)
        assert gate.began.index("ben") <= 2

    run(1, 10, story)


def test_the_more_are_refused_the_later_they_come_again():
    """One alone soon, a crowd so that it comes a few at a time, and soon again when the crowd has gone."""

    async def story(room, gate):
        jobs = [asyncio.ensure_future(room.run("anna", gate.job(f"anna{n}"))) for n in range(3)]
        await settle()

        async def told() -> float:
            with pytest.raises(Overloaded) as error:
                await room.run("anna", gate.job("more"))
            return error.value.retry_after

        first = await told()
        assert 0.375 <= first <= 0.75
        crowd = [await told() for _ in range(200)]
        assert 15.0 == max(crowd)
        assert len(set(crowd[:20])) > 10
        assert min(crowd[-20:]) > 10
        room._refused_at -= 60
        assert (await told()) <= 0.75
        gate.open.set()
        await asyncio.gather(*jobs)

    run(1, 2, story)


def test_the_room_is_bounded_and_fair():
    """A full room refuses whoever has most in it, not who comes with little."""

    async def story(room, gate):
        anna = [asyncio.ensure_future(room.run("anna", gate.job("anna"))) for _ in range(7)]
        await settle()
        assert (4, 2) == (room.waiting, sum(job.done() for job in anna))
        ben = asyncio.ensure_future(room.run("ben", gate.job("ben")))
        await settle()
        assert (4, 3) == (room.waiting, sum(job.done() for job in anna))
        with pytest.raises(Overloaded):
            await room.run("anna", gate.job("anna"))
        gate.open.set()
        assert "ben" == await ben
        ended = Counter(type(one).__name__ for one in await asyncio.gather(*anna, return_exceptions=True))
        assert {"str": 4, "Overloaded": 3} == ended

    run(1, 4, story)


def test_leaving():
    """A job whose caller goes while it waits leaves the room; one that runs keeps its worker until it returns."""

    async def story(room, gate):
        running = asyncio.ensure_future(room.run("anna", gate.job("running")))
        waiting = asyncio.ensure_future(room.run("ben", gate.job("waiting")))
        await settle()
        waiting.cancel()
        running.cancel()
        await settle()
        assert 0 == room.waiting
        late = asyncio.ensure_future(room.run("chloe", gate.job("late")))
        await settle()
        assert ["running"] == gate.began
        gate.open.set()
        assert "late" == await late
        assert ["running", "late"] == gate.began

    run(1, 4, story)


class Leaving(Workers):
    """Workers of whom callers go in the very step in which a turn is given, as those of one connection do."""

    def __init__(self, workers: int, waiting: int) -> None:
        super().__init__(workers, waiting)
        self.go: list[asyncio.Task[str]] = []

    def _release(self, slow: bool) -> None:
        super()._release(slow)
        while self.go:
            self.go.pop().cancel()


def test_who_has_gone_is_given_no_turn():
    """One whose turn has come goes together with the next: who is there still gets the turn, and no worker is lost."""

    async def story(room, gate):
        running = asyncio.ensure_future(room.run("anna", gate.job("running")))
        await settle()
        gone = [asyncio.ensure_future(room.run(name, gate.job(name))) for name in ("ben", "chloe")]
        stays = asyncio.ensure_future(room.run("dora", gate.job("stays")))
        await settle()
        room.go += gone
        gate.open.set()
        assert ["running", "stays"] == await asyncio.gather(running, stays)
        assert ["CancelledError"] * 2 == [
            type(one).__name__ for one in await asyncio.gather(*gone, return_exceptions=True)
        ]
        assert ["running", "stays"] == gate.began

    run(1, 4, story, Leaving)


def test_who_has_gone_is_not_refused():
    """A full room of those who go makes place for a newcomer, and for nobody else."""

    async def story(room, gate):
        jobs = [asyncio.ensure_future(room.run("anna", gate.job("anna"))) for _ in range(4)]
        await settle()
        for one in jobs[1:]:
            one.cancel()
        ben = asyncio.ensure_future(room.run("ben", gate.job("ben")))
        await settle()
        assert 1 == room.waiting
        gate.open.set()
        assert ["anna", "ben"] == await asyncio.gather(jobs[0], ben)

    run(1, 3, story, Leaving)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_and_goes(seed):
    """Callers come, leave at any moment and together, and jobs end: who stays is answered or refused."""
    chance = random.Random(seed)

    async def story(room, gate):
        gate.open.set()
        left, jobs = set(), []
        for _ in range(150):
            for _ in range(chance.randrange(4)):
                job = gate.job("job") if chance.random() < 0.8 else (lambda: 1 // 0)
                slow = chance.random() < 0.3
                jobs.append(asyncio.ensure_future(room.run(chance.choice("abc"), job, slow=slow)))
            if chance.random() < 0.3:
                some = [one for one in jobs if not one.done()]
                for one in chance.sample(some, chance.randrange(len(some) + 1)):
                    one.cancel()
                    left.add(one)
            await asyncio.sleep(0)
        await asyncio.wait(jobs, timeout=20)
        for one in jobs:
            if one not in left:
                assert one.exception() is None or isinstance(one.exception(), (Overloaded, ZeroDivisionError))
            assert one.cancelled() or not isinstance(one.exception(), asyncio.InvalidStateError)

    run(chance.randrange(1, 4), chance.randrange(2, 9), story)


def test_streams_that_come_in_have_half():
    """Jobs that wait for their clients never take all workers."""

    async def story(room, gate):
        slow = [asyncio.ensure_future(room.run("anna", gate.job("slow"), slow=True)) for _ in range(4)]
        await settle()
        assert ["slow", "slow"] == gate.began
        assert "quick" == await room.run("ben", lambda: "quick")
        gate.open.set()
        await asyncio.gather(*slow)

    run(4, 10, story)


def test_a_job_that_raises_stop_iteration():
    """No future takes that: its caller would wait for ever, and its worker with it."""

    async def story(room, gate):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await room.run("anna", lambda: next(iter(())))

    run(1, 2, story)


def test_errors_free_their_worker():
    """A job that raises frees its worker, and its caller is told."""

    async def story(room, gate):
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await room.run("anna", lambda: 1 // 0)

    run(2, 2, story)
