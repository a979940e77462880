"""Bad columns, bad Arrow data, and questions about time that have no answer."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow

from bulk.hostile import Hostile
from reliability.case import Begins, Case, Error
from schedcore.bulk import SeriesTable, columns
from schedcore.errors import ColumnError, InvalidValue
from schedcore.freebusy import Wanted, WorkHours, find_times, merge

HOUR: Final = timedelta(hours=1)
DAY: Final = date(2026, 6, 10), date(2026, 6, 11)
LEAST, GREATEST = -(2**63), 2**63 - 1


def merged(shown: str, answer: object, given: Callable[[], dict[str, Any]]) -> Case:
    """Rows to be merged: owners, starts and ends."""

    def ask(rows: dict[str, Any]) -> object:
        found = merge(**rows)
        listed = list(zip(found.owner.tolist(), found.start.tolist(), found.end.tolist(), strict=True))
        return listed if len(listed) < 4 else f"{len(listed)} blocks"

    return Case(shown, ask, answer, given)


def rows(owner: object, start: object, end: object) -> Callable[[], dict[str, Any]]:
    """The three columns."""
    return lambda: {"owner": owner, "start": start, "end": end}


def _overlaps() -> dict[str, Any]:
    """A row for every second of a day, an hour each."""
    start = np.arange(86_400)
    return {"owner": np.zeros(86_400, np.int64), "start": start, "end": start + 3600}


def _unsorted() -> dict[str, Any]:
    """The same a million times, in no order, each row twice."""
    start = np.arange(1_000_000) * 7919 % 500_000 * 10
    return {"owner": np.zeros(1_000_000, np.int64), "start": start, "end": start + 5}


def arrow(shown: str, values: Any, change: Any, says: str) -> Case:
    """An Arrow column with a field of its structures changed."""
    given = partial(Hostile, values, change)
    return Case(shown, lambda one: columns.column("rrule", one), Error(ColumnError, says), given)


def found(shown: str, answer: object, wanted: Callable[[], Wanted]) -> Case:
    """Times of nobody's calendar on a Wednesday in Zurich."""

    def ask(_: object) -> object:
        busy = merge(owner=[], start=[], end=[])
        slots = find_times(busy, wanted(), *DAY, tz="Europe/Zurich")
        return f"{len(slots)} slots; {slots.why_none}"

    return Case(shown, ask, answer)


WORDS: Final = pyarrow.array(["a", None, "more than twelve bytes"])
NUMBERS: Final = pyarrow.array([1, None, 3])

CASES: Final[list[Case]] = [
    merged("end before start", Error(ColumnError, "row 0 ends at 0"), rows([0], [60], [0])),
    merged("86,400 one-hour overlaps a day", [(0, 0, 89_999)], _overlaps),
    merged("1,000,000 rows in no order, each twice", "500000 blocks", _unsorted),
    merged("no rows", [], rows([], [], [])),
    merged("all rows equal", [(7, 0, 60)], rows([7] * 1000, [0] * 1000, [60] * 1000)),
    merged("from the least int64", Error(ColumnError, "which is NaT"), rows([0], [LEAST], [0])),
    merged("from the next to the greatest", [(0, LEAST + 1, GREATEST)], rows([0], [LEAST + 1], [GREATEST])),
    merged("floats", Error(ColumnError, "owner"), rows(np.zeros(3), [0, 0, 0], [1, 1, 1])),
    merged("memory with gaps", Error(ColumnError, "strides (16,)"), rows([0, 0], np.arange(4)[::2], [1, 3])),
    merged("columns of two lengths", Error(ColumnError, "1 rows, but owner has 2"), rows([0, 0], [0], [1])),
    merged("a negative owner", Error(ColumnError, "owner"), rows([-1], [0], [1])),
    merged(
        "NaT",
        Error(ColumnError, "NaT"),
        rows([0], np.array(["NaT"], "datetime64[s]"), np.array(["2026-01-01"], "datetime64[s]")),
    ),
    Case(
        "Arrow nulls in a column of DTSTART",
        lambda table: "; ".join(map(str, table.problems)),
        "row 1, dtstart None: is missing: a series has a start",
        lambda: SeriesTable.from_columns(pyarrow.array(["20260302T090000", None])),
    ),
    arrow(
        "Arrow offsets that go down",
        WORDS,
        lambda schema, array, hostile: hostile.buffer(array, 1, ctypes.c_int32, [0, 5, 3, 9]),
        "do not increase",
    ),
    arrow(
        "an Arrow array of 2^60 rows", NUMBERS, lambda schema, array, _: setattr(array, "length", 2**60), "of length"
    ),
    arrow(
        "Arrow text that says it is a union",
        WORDS,
        lambda schema, array, _: setattr(schema, "format", b"+us:0,1"),
        "rrule: ",
    ),
    Case("work hours that never open", lambda _: WorkHours("Mo 09:00-09:00"), Error(InvalidValue, "09:00-09:00")),
    found(
        "work hours on another day only",
        Begins("0 slots; none of 93 starts works"),
        lambda: Wanted(HOUR, required=[0], hours="Su 09:00-17:00")),
    found("4 of 3 people", Error(InvalidValue, "at_least=4"), lambda: Wanted(HOUR, any_of=[0, 1, 2], at_least=4)),
    found("a meeting longer than the window", Begins("0 slots; "), lambda: Wanted(timedelta(days=2), required=[0])),
    found("a grid of 0", Error(InvalidValue, "grid"), lambda: Wanted(HOUR, required=[0], grid=timedelta(0))),
]
