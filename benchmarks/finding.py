"""The company that `find` is asked about: people in many zones with their own hours and busy months.

Everything is drawn from one seed, so that figures of different days are of one question.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore.freebusy import Merged, Wanted, WorkHours, find_times, merge
from schedcore.freebusy.asking import MAX_STARTS, Question

__all__ = ["Company", "companies", "find"]

ZONES = [
    "Europe/Zurich", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Tokyo", "Australia/Sydney",
]  # fmt: skip
HOURS = ["Mo-Fr 08:00-17:00", "Mo-Fr 09:00-12:00,13:00-17:30", "Mo-Th 10:00-19:00; Fr 10:00-15:00"]
START = date(2026, 10, 12)  # Zurich's clocks go back within the month, and New York's a week later
DAY = 86_400
MOSTLY = 0.5  # of the time is in the kernels, at least, where hundreds of people are asked about


@dataclass(frozen=True)
class Company:
    """A question: busy columns, what is wanted, and how long the window is."""

    id: str
    busy: Merged
    wanted: Wanted
    days: int

    @property
    def end(self) -> date:
        """The day after the window."""
        return START + timedelta(days=self.days)

    def ask(self) -> list[int]:
        """Ask, as a caller does; the starts, best first."""
        return find_times(self.busy, self.wanted, START, self.end, tz="Europe/Zurich").starts.tolist()

    def ready(self) -> Question:
        """Get the question ready: all that is done in Python, and what else is left of asking is done in kernels."""
        return Question(self.busy, self.wanted, START, self.end, "Europe/Zurich", None, (), None, max_starts=MAX_STARTS)

    def columns(self) -> list[int]:
        """The same by numpy alone: a bitmap of people by starts. No ranking: the starts that work, in order.

        For a question without buffers, rooms, holds and limits; work hours come from the same `WorkHours`.
        """
        first = int(datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp()) - 2 * 3600
        duration, grid = int(self.wanted.duration.total_seconds()), int(self.wanted.grid.total_seconds())
        last = first + self.days * DAY + 3600  # the clocks go back once
        starts = np.arange(first, last - duration + 1, grid)
        columns = [np.asarray(column) for column in (self.busy.owner, self.busy.start, self.busy.end, self.busy.status)]
        away = np.zeros((len(self.wanted.hours), len(starts)), dtype=bool)
        for owner, hours in self.wanted.hours.items():
            mine = (columns[0] == owner) & (columns[3] >= 2)
            rows = [(columns[1][mine], columns[2][mine])]
            closed = hours.closed(first, last)
            rows.append((np.array([a for a, _, _ in closed]), np.array([b for _, b, _ in closed])))
            for begin, end in rows:
                low, high = np.searchsorted(starts, begin - duration, "right"), np.searchsorted(starts, end, "left")
                changes = np.zeros(len(starts) + 1, dtype=np.int32)
                np.add.at(changes, low[low < high], 1)
                np.add.at(changes, high[low < high], -1)
                away[owner] |= np.cumsum(changes)[:-1] > 0
        required, some = list(self.wanted.required), list(self.wanted.any_of)
        works = ~away[required].any(axis=0) & ((~away[some]).sum(axis=0) >= self.wanted.needed)
        return starts[works].tolist()


def companies() -> list[Company]:
    """The sizes that are measured: a team and a company, for a month."""
    return [company(people, days, grid) for people, days, grid in ((8, 30, 15), (500, 30, 15), (500, 30, 1))]


def company(people: int, days: int, grid: int) -> Company:
    """So many people, two of them required, a third of the others enough, the last fifth optional."""
    rng = random.Random(people)
    origin = int(datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp())
    owners, starts, ends, statuses = [], [], [], []
    for owner in range(people):
        for day in range(days):
            for _ in range(rng.randint(2, 6)):
                start = origin + day * DAY + rng.randrange(6 * 3600, 18 * 3600, 900)
                owners.append(owner)
                starts.append(start)
                ends.append(start + rng.choice([1800, 2700, 3600, 5400]))
                statuses.append(rng.choice([1, 2, 2, 2, 3]))
    busy = merge(owners, starts, ends, statuses)
    hours = {owner: WorkHours(rng.choice(HOURS), rng.choice(ZONES)) for owner in range(people)}
    hours |= {owner: WorkHours(HOURS[0], ZONES[owner]) for owner in range(2)}
    optional = people - people // 5
    some = range(2, optional)
    wanted = Wanted(
        timedelta(minutes=45),
        required=range(2),
        any_of=some,
        at_least=len(some) // 3,
        optional=range(optional, people),
        hours=hours,
        grid=timedelta(minutes=grid),
    )
    return Company(f"{people} people, {days} days, {grid} min", busy, wanted, days)


def find() -> Iterator[Row]:
    """Find when two people and a third of the others can meet; kernels: their part of it. numpy ranks nothing."""
    for asked in companies():
        expected, actual = asked.columns(), asked.ask()
        if expected != sorted(actual):
            raise AssertionError(f"{asked.id}: numpy and schedcore differ: nothing is timed until they agree")
        contestants = {"schedcore": asked.ask, "ready": asked.ready, "numpy": asked.columns}
        seconds = best_of({name: timer(work) for name, work in contestants.items()})
        seconds = {**seconds, "kernels": seconds["schedcore"] - seconds.pop("ready")}
        yield Row("find", asked.id, len(actual), seconds, {"kernels": MOSTLY} if len(asked.wanted.hours) > 100 else {})
