"""Merging busy time: stretches of many owners, beside numpy, polars, DuckDB, portion and intervaltree.

Everything is drawn from one seed. Before anything is timed, every contestant must give the answer of numpy.

- `sorted`: by owner and start, as one calendar after another in order; `reversed`: the same backwards.
- `runs`: each owner's series one after another, each of them in order, as expanding calendars gives them.
- `random`: no order at all.
- `statuses`: random, of three statuses. numpy has no answer in one go: it is given one status at a time, as often as
  there are statuses, and asked for where somebody is at least that, which is less than the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore.freebusy import merge

__all__ = ["OTHERS", "Stretches", "merging", "questions", "versions"]

SINCE: Final = 1_780_272_000  # 1 June 2026
SERIES: Final = 8  # of one owner
IN_ORDER: Final = 20  # times numpy, at least
ANYHOW: Final = 10

Answer = tuple[Any, Any, Any]
"""Owner, start and end of each merged stretch, in order."""


@dataclass(frozen=True)
class Stretches:
    """A question: columns of one length."""

    id: str
    owner: Any
    start: Any
    end: Any
    status: Any = None
    floor: int = ANYHOW
    few: bool = False

    def ours(self, threads: int = 1) -> Answer:
        """Ask schedcore; with statuses, for the whole answer."""
        found = merge(self.owner, self.start, self.end, self.status, threads=threads)
        return found.owner, found.start, found.end


def questions() -> list[Stretches]:
    """What is measured: a million rows in every order, and few enough for what is written in Python."""
    found = [drawn(order, 1_000_000, 10_000) for order in ("sorted", "reversed", "runs", "random", "statuses")]
    return [
        *found,
        drawn("sorted", 100_000, 1_000),
        drawn("random", 100_000, 1_000),
        drawn("random", 20_000, 200, True),
    ]


def drawn(order: str, size: int, owners: int, few: bool = False) -> Stretches:
    """So many stretches of 15 minutes to 3 hours, at any five minutes, that overlap others now and then."""
    rng = np.random.default_rng(7)
    owner, series = rng.integers(0, owners, size), rng.integers(0, SERIES, size)
    start = SINCE + 300 * rng.integers(0, size // owners * 13, size)
    end = start + 900 * rng.integers(1, 13, size)
    status = rng.integers(1, 4, size) if order == "statuses" else None
    rows = {
        "sorted": lambda: np.lexsort((start, owner)),
        "reversed": lambda: np.lexsort((start, owner))[::-1],
        "runs": lambda: np.lexsort((start, series, owner)),
    }.get(order, lambda: np.arange(size))()
    columns = [np.ascontiguousarray(column[rows]) for column in (owner, start, end)]
    floor = IN_ORDER if order in ("sorted", "reversed") else ANYHOW
    return Stretches(f"{order} {size:,} of {owners:,}", *columns, status, floor, few)


# --- others -----------------------------------------------------------------------------------------------------------


def with_numpy(asked: Stretches) -> Answer:
    """The usual way: lexsort, then a running maximum of ends, with the owners moved apart so that one is enough."""
    if asked.status is not None:
        for least in (3, 2, 1):
            rows = asked.status >= least
            found = running_maximum(asked.owner[rows], asked.start[rows], asked.end[rows])
        return found
    return running_maximum(asked.owner, asked.start, asked.end)


def running_maximum(owner: Any, start: Any, end: Any) -> Answer:
    """Merge one status."""
    order = np.lexsort((start, owner))
    owner, start, end = owner[order], start[order], end[order]
    apart = owner * (int(end.max() - start.min()) + 1)
    reach = np.maximum.accumulate(end + apart)
    first = np.flatnonzero(np.r_[True, (start + apart)[1:] > reach[:-1]])
    last = np.r_[first[1:], len(owner)] - 1
    return owner[first], start[first], (reach - apart)[last]


def with_polars(asked: Stretches) -> Answer:
    """A running maximum for each owner, in polars' own expressions."""
    import polars as pl

    reach = pl.col("end").cum_max().shift(1).over("owner")
    opens = (pl.col("start") > reach).fill_null(True)
    frame = pl.DataFrame({"owner": asked.owner, "start": asked.start, "end": asked.end})
    found = (
        frame.lazy()
        .sort("owner", "start")
        .with_columns(opens.cum_sum().alias("block"))
        .group_by("block", maintain_order=True)
        .agg(pl.col("owner").first(), pl.col("start").first(), pl.col("end").max())
        .collect()
    )
    return found["owner"].to_numpy(), found["start"].to_numpy(), found["end"].to_numpy()


SQL: Final = """
with reached as (
    select owner, start, stop, max(stop) over (
        partition by owner order by start, stop rows between unbounded preceding and 1 preceding) as reach
    from stretches
), numbered as (
    select *, sum(case when reach is null or start > reach then 1 else 0 end) over (
        partition by owner order by start, stop rows unbounded preceding) as block
    from reached
)
select owner, min(start) as start, max(stop) as stop from numbered group by owner, block order by owner, start
"""


def with_duckdb(asked: Stretches) -> Answer:
    """Two window functions, on one thread as the others."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        columns = {"owner": asked.owner, "start": asked.start, "stop": asked.end}
        connection.register("stretches", columns)
        found = connection.execute(SQL).fetchnumpy()
    return found["owner"], found["start"], found["stop"]


def with_portion(asked: Stretches) -> Answer:
    """Intervals as Python objects, united owner by owner."""
    import portion

    rows = []
    for owner, stretches in by_owner(asked).items():
        united = portion.Interval(*(portion.closedopen(a, b) for a, b in stretches))
        rows += [(owner, part.lower, part.upper) for part in united]
    return tuple(zip(*rows, strict=True))  # type: ignore[return-value]


def with_intervaltree(asked: Stretches) -> Answer:
    """A tree for each owner, merged in place."""
    from intervaltree import IntervalTree

    rows = []
    for owner, stretches in by_owner(asked).items():
        tree = IntervalTree.from_tuples(set(stretches))
        tree.merge_overlaps(strict=False)
        rows += [(owner, part.begin, part.end) for part in sorted(tree)]
    return tuple(zip(*rows, strict=True))  # type: ignore[return-value]


def by_owner(asked: Stretches) -> dict[int, list[tuple[int, int]]]:
    """Rows as tuples, by owner, owners in order."""
    found: dict[int, list[tuple[int, int]]] = {owner: [] for owner in sorted(set(asked.owner.tolist()))}
    for owner, start, end in zip(asked.owner.tolist(), asked.start.tolist(), asked.end.tolist(), strict=True):
        found[owner].append((start, end))
    return found


OTHERS: Final[dict[str, tuple[Callable[[Stretches], Answer], bool]]] = {
    "numpy": (with_numpy, True),
    "polars": (with_polars, True),
    "duckdb": (with_duckdb, True),
    "portion": (with_portion, False),
    "intervaltree": (with_intervaltree, False),
}
"""How the others do it, and whether they can be asked about a million."""


def installed(asked: Stretches) -> dict[str, Callable[[Stretches], Answer]]:
    """The others that are here and give the same kind of answer."""
    found = {}
    for name, (how, many) in OTHERS.items():
        if name != "numpy" and (asked.status is not None or not (many or asked.few)):
            continue
        try:
            import_module(name)
        except ImportError:
            continue
        found[name] = how
    return found


def merging() -> Iterator[Row]:
    """Merge stretches of many owners; two threads are ours, all others are as fast as they are by themselves."""
    for asked in questions():
        others = installed(asked)
        expected = with_numpy(asked)
        answers = {name: how(asked) for name, how in others.items()}
        if asked.status is None:
            answers |= {f"{threads} threads": asked.ours(threads) for threads in (1, 2)}
        else:
            answers["one at least"] = Stretches(asked.id, asked.owner, asked.start, asked.end).ours()
        for name, answer in answers.items():
            if not all(np.array_equal(want, got) for want, got in zip(expected, answer, strict=True)):
                raise AssertionError(f"{asked.id}: numpy and {name} differ: nothing is timed until they agree")
        contestants = {"schedcore": timer(asked.ours), "2 threads": timer(partial(asked.ours, 2))}
        contestants |= {name: timer(partial(how, asked)) for name, how in others.items()}
        yield Row(
            "merging", asked.id, len(asked.owner), best_of(contestants), {} if asked.few else {"numpy": asked.floor}
        )


def versions() -> dict[str, str]:
    """The versions of the others that are here."""
    return {name: version(name) for name in installed(drawn("random", 10, 2, True))}
