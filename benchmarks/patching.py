"""An index of busy time, patched when one series changes, beside merging everybody's rows anew.

The index does more than the merge: it says which stretches have another status than before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore.freebusy import FreeBusyIndex, Status, merge

__all__ = ["patching"]

SINCE = 1_780_272_000  # 1 June 2026
DAY = 86_400
OWNERS, SERIES, WEEKS = 100, 20, 50  # 1,000 rows of each owner


def rows_of(rng: random.Random) -> list[tuple[int, int, Status]]:
    """Half an hour a week, at any five minutes."""
    first = SINCE + 300 * rng.randrange(7 * DAY // 300)
    return [(first + 7 * DAY * k, first + 7 * DAY * k + 1800, Status.BUSY) for k in range(WEEKS)]


def patching() -> Iterator[Row]:
    """Change one series of one of 100 owners, who have some 1,000 blocks each; everybody: merge all columns anew."""
    rng = random.Random(5)
    index = FreeBusyIndex()
    series = {(owner, number): rows_of(rng) for owner in range(OWNERS) for number in range(SERIES)}
    for (owner, number), rows in series.items():
        index.put(owner, number, rows)
    columns = [(owner, *row) for (owner, _), rows in series.items() for row in rows]
    owners, starts, ends, statuses = (np.array(column, dtype=np.int64) for column in zip(*columns, strict=True))
    if list(merge(owners, starts, ends, statuses)) != list(index.merged()):
        raise AssertionError("the index and merging anew differ: nothing is timed until they agree")
    before = series[7, 3]
    for moved in (1, 10, WEEKS):
        after = [(a + 600, b + 600, status) for a, b, status in before[:moved]] + before[moved:]
        contestants = {"schedcore": putting(index, after, before), "everybody": lambda: merge(owners, starts, ends)}
        seconds = best_of({name: timer(work) for name, work in contestants.items()})
        yield Row("index", f"{moved} of {WEEKS} instances moved", moved, seconds)


def putting(index: FreeBusyIndex, *versions: list[tuple[int, int, Status]]) -> Callable[[], object]:
    """Put these versions of a series in turns: each put is a change."""
    turns = cycle(versions)
    return lambda: index.put(7, 3, next(turns))
