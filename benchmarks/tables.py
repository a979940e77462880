"""The tables of `make bench`: what is measured beside what, and how fast it should be.

expand    occurrences written out; schedcore's column beside its datetimes, python-dateutil's and numpy.arange
question  one small question from the text on, as Python asks it
distance  one size of window near (a year from DTSTART) and far (60, 2,000 and 7,000 years)
count     questions that are answered without writing anything out
merging   busy time of many owners
find      times at which many people can meet
index     one series changed, of many people's
policy    free/busy as a viewer may know it, beside the owner's
bulk      many series as columns, from text to UTC columns and to merged blocks
scan      calendars as bytes into a table
polls     votes by the million, tallied
due       reminders that are due in a minute, beside walking from DTSTART
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np

import schedcore
from benchmarks.bulk import bulk
from benchmarks.due import reminders
from benchmarks.engines import Dateutil, Schedcore, same
from benchmarks.finding import find
from benchmarks.merging import OTHERS, merging
from benchmarks.patching import patching
from benchmarks.report import Row
from benchmarks.scan import scan
from benchmarks.timing import best_of, timer
from benchmarks.viewing import policy
from benchmarks.voting import polls
from benchmarks.workloads import Workload, distances, expansions, questions

__all__ = ["TABLES", "rows_of"]

YEAR = 365.2425 * 86_400
CYCLE = 146_097 * 86_400  # the calendar repeats after 400 years

# The numbers to reach. Ratios to numpy.arange are of the time to write as many numbers that need no thought.
ANY_WORKLOAD = 20  # times dateutil
DAY_LEVEL = 0.25  # of arange, floating, 12 a year and more
TO_UTC = 0.10  # of arange, the same in a zone that changes its clocks
SUB_DAILY = 0.10  # of arange, with and without filters
LONG = 10_000  # occurrences from which on those hold
SPARSE = 500  # times dateutil, over 2,000 years
QUESTION = {"near": 30, "DAILY": 1_000, "WEEKLY": 300}  # times dateutil: DTSTART in that year, or 20 years back
AS_NEAR = 0.5  # far away a window costs at most twice as much


def floors_of(w: Workload, answer: list[int]) -> dict[str, float]:
    """What a workload of `expand` should reach."""
    floors: dict[str, float] = {"dateutil": SPARSE if w.id.endswith("2000_years") else ANY_WORKLOAD}
    if len(answer) < LONG:
        return floors
    if w.is_sub_daily:
        return {**floors, "arange": SUB_DAILY}
    if len(answer) / ((answer[-1] - answer[0]) / YEAR) >= 12:
        return {**floors, "arange": DAY_LEVEL if w.tz is None else TO_UTC}
    return floors


def expand() -> Iterator[Row]:
    """Write occurrences out."""
    ours, theirs = Schedcore(), Dateutil()
    for w in expansions():
        answer = theirs.answer(w)
        agree(w.id, answer, ours.answer(w))
        contestants = {
            "schedcore": ours.expand(w),
            "datetimes": timer(ours.objects(w)),
            "dateutil": theirs.expand(w),
            "arange": timer(partial(np.arange, len(answer))),
        }
        yield Row("expand", w.id, len(answer), best_of(contestants), floors_of(w, answer))


def question() -> Iterator[Row]:
    """Parse a rule, build the series, ask for a week."""
    for w in questions():
        ours, theirs = Schedcore().ask(w), Dateutil().ask(w)
        if theirs() != ours():
            raise AssertionError(f"{w.id}: {theirs()} and {ours()} differ: nothing is timed until they agree")
        freq = w.rrule.removeprefix("FREQ=").partition(";")[0]
        floor = QUESTION.get("near" if "this_year" in w.id else freq)
        seconds = best_of({"schedcore": timer(ours), "dateutil": timer(theirs)})
        yield Row("question", w.id, len(ours()), seconds, {} if floor is None else {"dateutil": floor})


def distance() -> Iterator[Row]:
    """Ask a series for windows near and far, once more or from the text on; "far" is the slowest of them."""
    engine = Schedcore()
    for label, away in distances():
        for years, w in away.items():
            agree(f"{label}, {years} years", nearer(w, years), engine.answer(w))
        size = len(engine.answer(away[1]))
        for how, question in (("again", engine.column), ("from text", engine.ask)):
            near, *far = best_of({str(years): timer(question(w)) for years, w in away.items()}, budget=0.1).values()
            yield Row("distance", f"{label}, {how}", size, {"far": max(far), "near": near}, {"near": AS_NEAR})


def nearer(w: Workload, years: int) -> list[int]:
    """The answer by other means: dateutil's, or beyond its reach the same rule's whole cycles of 400 years before."""
    if years == 1 or (years < 400 and not w.is_sub_daily):
        return Dateutil().answer(w)
    cycles = (years - 1) // 400
    a, b = w.window or (w.dtstart, w.dtstart)
    window = a.replace(year=a.year - 400 * cycles), b.replace(year=b.year - 400 * cycles)
    near = Schedcore().answer(replace(w.with_count(None), window=window))
    return [t + cycles * CYCLE for t in near]


def count() -> Iterator[Row]:
    """Answer without writing anything out: each asked of a series that was asked before."""
    for label, (ask, answer) in counts().items():
        if answer != ask():
            raise AssertionError(f"{label}: {ask()}, not {answer}: nothing is timed until it is right")
        yield Row("count", label, 1, best_of({"schedcore": timer(ask)}))


def counts() -> dict[str, tuple[Callable[[], object], object]]:
    """What `count` asks, with the answers."""
    start = datetime(2000, 1, 1, 9)
    secondly = schedcore.Series(start, "FREQ=SECONDLY")
    counted = schedcore.Series(start, "FREQ=SECONDLY;COUNT=1000000000")
    workdays = schedcore.Series(datetime(2000, 1, 31, 9), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=90000")
    return {
        "secondly nth(10**9)": (lambda: secondly.nth(10**9), datetime(2031, 9, 9, 10, 46, 40)),
        "secondly COUNT=10**9 count()": (lambda: counted.count(), 10**9),
        "secondly COUNT=10**9 last()": (lambda: counted.last(), datetime(2031, 9, 9, 10, 46, 39)),
        "last workday COUNT=90000 rank(9000)": (lambda: workdays.rank(datetime(9000, 1, 1)), 84_000),
    }


def agree(label: str, expected: list[int], actual: list[int]) -> None:
    """Raise if the answers differ."""
    difference = same(expected, actual)
    if difference:
        raise AssertionError(f"{label}: schedcore {difference}, as dateutil does: nothing is timed until they agree")


TABLES: dict[str, tuple[Callable[[], Iterator[Row]], tuple[str, ...], str]] = {
    "expand": (expand, ("datetimes", "dateutil", "arange"), "M/s"),
    "question": (question, ("dateutil",), "us"),
    "distance": (distance, ("near",), "us"),
    "count": (count, (), "us"),
    "merging": (merging, ("2 threads", *OTHERS), "M/s"),
    "find": (find, ("kernels", "numpy"), "us"),
    "index": (patching, ("everybody",), "us"),
    "policy": (policy, ("owner",), "us"),
    "bulk": (bulk, ("dateutil", "1 thread", "expand"), "M/s"),
    "scan": (scan, ("Calendar", "icalendar"), "M/s"),
    "polls": (polls, ("bincount", "numpy"), "M/s"),
    "due": (reminders, ("once", "new day", "next", "walk"), "us"),
}
"""Each table: what measures it, whose ratios are shown, and the unit of our own figure."""


def rows_of(name: str) -> list[Row]:
    """The rows of a table, for a process of its own: how fast memory comes depends on what was freed before."""
    return list(TABLES[name][0]())
