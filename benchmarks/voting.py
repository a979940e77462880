"""Votes by the million: `tally_many` in every order of rows and spread of numbers, with numpy.bincount beside it.

Everything is drawn from one seed. Before anything is timed, the answers are compared with numpy's.

`numpy.bincount` counts dense numbers and does nothing else: it takes votes as unique, gives no ranks and leaves the
pairs of poll and option to the caller. It is what counting costs. Where a voter may vote twice, `numpy` drops the
earlier rows by a sort before it counts.

- `random`: 100,000 polls of five options, no order at all; `sorted`: the same by poll and option.
- `one poll`: all votes are of one poll.
- `far apart`: numbers of polls and voters from all of int64, as hashes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore.polls import Tallies, tally_many

__all__ = ["Ballots", "drawn", "polls"]

SIZE: Final = 4_000_000
OPTIONS: Final = 5
APART: Final = 2_654_435_761_987  # an odd step: no two numbers meet, and they lie far apart


@dataclass(frozen=True)
class Ballots:
    """A question: columns of one length, and the dense numbers of the polls for numpy."""

    id: str
    poll: Any
    option: Any
    voter: Any
    vote: Any
    dense: Any
    unique: bool

    def ours(self) -> Tallies:
        """Ask schedcore."""
        return tally_many(self.poll, self.option, self.voter, self.vote, unique=self.unique)

    def bincount(self) -> Any:
        """Count all rows by poll, option and vote."""
        key = (self.dense * OPTIONS + self.option) * 4 + (self.vote + 1)
        return np.bincount(key).reshape(-1)

    def numpy(self) -> Any:
        """Counts by poll, option and vote, of the last row of each voter for an option."""
        if self.unique:
            return self.bincount()
        pair = self.dense * OPTIONS + self.option
        order = np.lexsort((np.arange(len(pair)), self.voter, pair))
        pairs, voters = pair[order], self.voter[order]
        last = np.r_[(pairs[1:] != pairs[:-1]) | (voters[1:] != voters[:-1]), True]
        return np.bincount(pairs[last] * 4 + self.vote[order][last] + 1)

    def checked(self) -> int:
        """Compare with numpy; the number of options that have votes."""
        counts = self.numpy()
        counts = np.r_[counts, np.zeros(-len(counts) % 4, np.int64)].reshape(-1, 4)
        named = np.bincount(self.dense * OPTIONS + self.option) > 0
        found = self.ours()
        expected = counts[: len(named)][named]
        if self.poll is not self.dense:  # ours are in order of the numbers, numpy's of the dense ones
            polls = np.unique(self.poll)
            place = np.searchsorted(polls, (np.flatnonzero(named) // OPTIONS * APART) % 2**61)
            expected = expected[np.lexsort((np.flatnonzero(named) % OPTIONS, place))]
        for column, name in enumerate(("no", "if_need_be", "yes"), 1):
            if not np.array_equal(expected[:, column], getattr(found, name)):
                raise AssertionError(
                    f"{self.id}: numpy and schedcore differ in {name}: nothing is timed until they agree"
                )
        return len(found)


def drawn(order: str, unique: bool, size: int = SIZE) -> Ballots:
    """So many votes of a million voters on five options of 100,000 polls, or of one."""
    rng = np.random.default_rng(7)
    dense = rng.integers(0, 1 if order == "one poll" else 100_000, size)
    option, voter, vote = rng.integers(0, OPTIONS, size), rng.integers(0, 1_000_000, size), rng.integers(-1, 3, size)
    if order == "sorted":
        rows = np.lexsort((option, dense))
        dense, option, voter, vote = (column[rows] for column in (dense, option, voter, vote))
    poll = dense
    if order == "far apart":
        poll, voter = (dense * APART) % 2**61, (voter * APART) % 2**61
    return Ballots(f"{order}, {'unique' if unique else 'last counts'}", poll, option, voter, vote, dense, unique)


def questions(size: int = SIZE) -> Iterator[Ballots]:
    """What is measured."""
    for order in ("random", "sorted", "one poll", "far apart"):
        for unique in (True, False):
            yield drawn(order, unique, size)


def polls() -> Iterator[Row]:
    """Count the votes of many polls, and rank their options; numpy.bincount counts rows and no more."""
    for asked in questions():
        asked.checked()
        contestants = {"schedcore": timer(asked.ours), "bincount": timer(asked.bincount)}
        if not asked.unique:
            contestants["numpy"] = timer(asked.numpy)
        yield Row("polls", asked.id, SIZE, best_of(contestants))
