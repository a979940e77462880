"""The engines of this process: schedcore, and python-dateutil as the answer to compare with and the one to beat.

What is timed is the question alone. For `expand` the rule is parsed and the series built before; dateutil's own cache
is off. For `ask` the text is parsed and the series built each time, by which the rule comes from schedcore's cache of
texts: calendars hold few distinct rules.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any, Protocol

import schedcore
from benchmarks.timing import Timer, timer
from benchmarks.workloads import Workload

__all__ = ["Dateutil", "Engine", "Schedcore", "same"]

EPOCH = datetime(1970, 1, 1)
SECOND = timedelta(seconds=1)


class Engine(Protocol):
    """What the tables need of an engine, here or in another process."""

    name: str
    version: str

    def answer(self, w: Workload) -> list[int]:
        """The starts that the workload asks for: UTC seconds, local seconds if floating."""
        ...

    def expand(self, w: Workload) -> Timer:
        """A timer of that, everything but the expansion done before."""
        ...


def seconds_of(values: list[datetime]) -> list[int]:
    """Seconds since 1970: of the instant, or of the local time if floating."""
    return [((t if t.tzinfo is None else t.astimezone(UTC).replace(tzinfo=None)) - EPOCH) // SECOND for t in values]


class Schedcore:
    """This library through its public names: `Series.starts` for columns, `Series.between` for datetimes."""

    name = "schedcore"
    version = schedcore.__version__

    def series(self, w: Workload) -> schedcore.Series:
        """The series of a workload."""
        return schedcore.Series(w.local(w.dtstart), schedcore.Rule.parse(w.rrule))

    def answer(self, w: Workload) -> list[int]:
        """The starts, from the column."""
        starts: list[int] = self.series(w).starts(*w.bounds()).tolist()
        return starts

    def expand(self, w: Workload) -> Timer:
        """Time the column: numpy int64 on the memory that the kernel wrote."""
        return timer(self.column(w))

    def column(self, w: Workload) -> Callable[[], Any]:
        """Ask for the column."""
        starts, (a, b) = self.series(w).starts, w.bounds()
        return lambda: starts(a, b)

    def objects(self, w: Workload) -> Callable[[], list[datetime]]:
        """Ask for datetimes, as dateutil gives them."""
        between, (a, b) = self.series(w).between, w.bounds()
        return lambda: between(a, b)

    def ask(self, w: Workload) -> Callable[[], list[datetime]]:
        """Ask for datetimes, from the text on."""
        text, dtstart, (a, b) = w.rrule, w.local(w.dtstart), w.bounds()
        Rule, Series = schedcore.Rule, schedcore.Series
        return lambda: Series(dtstart, Rule.parse(text)).between(a, b)


class Dateutil:
    """python-dateutil; its windows include both ends, so a second is taken off."""

    name = "dateutil"
    version = version("python-dateutil")

    def answer(self, w: Workload) -> list[int]:
        """The starts, from the datetimes."""
        return list(_dateutil_answer(w))

    def expand(self, w: Workload) -> Timer:
        """Time the list of datetimes; in a zone, with the instants, for the answer is UTC."""
        return timer(self.listing(w))

    def listing(self, w: Workload) -> Callable[[], list[Any]]:
        """List what there is."""
        datetimes = self.objects(w)
        if w.tz is None:
            return datetimes
        return lambda: [int(t.timestamp()) for t in datetimes()]

    def objects(self, w: Workload) -> Callable[[], list[datetime]]:
        """List the datetimes."""
        from dateutil.rrule import rrulestr

        rule = rrulestr(w.rrule, dtstart=w.local(w.dtstart))
        if w.window is None:
            return lambda: list(rule)
        a, b = w.bounds()
        return lambda: rule.between(a, b - SECOND, inc=True)

    def ask(self, w: Workload) -> Callable[[], list[datetime]]:
        """List the datetimes, from the text on."""
        from dateutil.rrule import rrulestr

        text, dtstart, (a, b) = w.rrule, w.local(w.dtstart), w.bounds()
        return lambda: rrulestr(text, dtstart=dtstart).between(a, b - SECOND, inc=True)


@cache
def _dateutil_answer(w: Workload) -> tuple[int, ...]:
    return tuple(seconds_of(Dateutil().objects(w)()))


def same(expected: list[int], actual: list[int]) -> str:
    """Say in one line how two answers differ; nothing if they do not."""
    if expected == actual:
        return ""
    if len(expected) != len(actual):
        return f"gives {len(actual)} occurrences, not {len(expected)}"
    i = next(i for i, (x, y) in enumerate(zip(expected, actual, strict=True)) if x != y)
    want, got = ((EPOCH + timedelta(seconds=t)).isoformat() for t in (expected[i], actual[i]))
    return f"gives {got} as number {i}, not {want}"
