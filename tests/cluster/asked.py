"""What all are asked, and the one answer: series of every kind, expanded and merged one at a time.

The answer is made here of `Series` and of nothing else of bulk; a row of it is (uid, start, end), or (owner, start,
end, status).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
from pyarrow import compute

from examples.on_a_cluster import A, B, company
from schedcore import Series
from schedcore.freebusy import PRECEDENCE

SERIES = 5_200  # enough to have rows that cannot be read, by every path


@cache
def table() -> pyarrow.Table:
    """The series of a company, with dates, floating times, RDATE and EXDATE among them."""
    made = company(SERIES)
    columns = {name: made[name].to_pylist() for name in made.schema.names}
    columns["rdate"], columns["exdate"] = [None] * SERIES, [None] * SERIES
    for row in range(SERIES):
        start = columns["dtstart"][row]
        if start == "soon":
            continue
        if row % 50 == 1:
            columns["exdate"][row] = f"{start},20260706{start[8:]}"
        if row % 70 == 2:
            columns["rdate"][row] = "20260704T120000,20260704T233000"
        if row % 90 == 3:
            columns["tzid"][row] = None
        if row % 130 == 4:
            columns["dtstart"][row], columns["tzid"][row], columns["duration"][row] = start[:8], None, None
            columns["exdate"][row] = columns["rdate"][row] = None
            columns["rrule"][row] = "FREQ=WEEKLY"
    return pyarrow.table(columns, schema=pyarrow.schema([*made.schema, ("rdate", "string"), ("exdate", "string")]))


def read(text: str, tzid: str | None) -> date:
    """A date, a floating or a zoned time."""
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").date()
    found = datetime.strptime(text, "%Y%m%dT%H%M%S")
    return found if tzid is None else found.replace(tzinfo=ZoneInfo(tzid))


def seconds(moment: date) -> int:
    """UTC seconds, those of the wall clock where there is no zone."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def called(row: dict[str, Any]) -> list[tuple[int, int]]:
    """Start and end of what one Series has in the window, from what touches it."""
    start = read(row["dtstart"], row["tzid"])
    times = {
        name: [read(text, row["tzid"]) for text in row[column].split(",")] if row[column] else []
        for name, column in (("rdates", "rdate"), ("exdates", "exdate"))
    }
    length = None if row["duration"] is None else timedelta(seconds=row["duration"])
    series = Series(start, row["rrule"], duration=length, strict=False, **times)
    a, b = (A, B) if row["tzid"] else (A.replace(tzinfo=None), B.replace(tzinfo=None))
    if not isinstance(start, datetime):
        a, b = a.date(), b.date()
    return [(seconds(found.start), seconds(found.end)) for found in series.overlapping(a, b)]


@cache
def single() -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int, int]]]:
    """What single calls give: occurrences that start in the window; and blocks, by marking every second's edges."""
    occurrences, taken = [], defaultdict(list)
    lo, hi = seconds(A), seconds(B)
    for row in table().to_pylist():
        if row["dtstart"] == "soon":
            continue
        found = called(row)
        occurrences += [(row["uid"], start, end) for start, end in found if lo <= start < hi]
        if row["owner"] is not None:
            status = 2 if row["status"] is None else row["status"]
            taken[row["owner"]] += [(max(start, lo), min(end, hi), status) for start, end in found]
    return occurrences, [(owner, *block) for owner, spans in taken.items() for block in merged(spans)]


def merged(spans: list[tuple[int, int, int]]) -> Iterable[tuple[int, int, int]]:
    """Blocks of one owner: between any two edges the strongest status of all that is open, equal ones joined."""
    rank = {status: -place for place, status in enumerate(PRECEDENCE)}
    edges = sorted([(start, status, 1) for start, _, status in spans] + [(end, status, -1) for _, end, status in spans])
    open_now: dict[int, int] = defaultdict(int)
    blocks: list[list[int]] = []
    before = 0
    for at, status, change in edges:
        strongest = max((status for status, many in open_now.items() if many), key=rank.__getitem__, default=None)
        if strongest is not None and at > before:
            if blocks and blocks[-1][1] == before and blocks[-1][2] == strongest:
                blocks[-1][1] = at
            else:
                blocks.append([before, at, strongest])
        open_now[status] += change
        before = at
    return [(start, end, status) for start, end, status in blocks]


def unread(kind: str) -> list[str]:
    """The uids of the rows that cannot be read; an owner matters only to whoever asks who is busy."""
    rows = table().to_pylist()
    return sorted(row["uid"] for row in rows if row["dtstart"] == "soon" or (kind == "busy" and row["owner"] is None))


def digest(rows: Iterable[tuple[Any, ...]]) -> str:
    """One hash of rows in any order."""
    return hashlib.sha256("\n".join(map(repr, sorted(rows))).encode()).hexdigest()


def rows_of(answer: pyarrow.Table, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """The rows of an answer that have no problem."""
    good = answer.filter(compute.is_null(answer["problem"]))
    return list(zip(*(good[name].to_pylist() for name in names), strict=True))


def unread_in(answer: pyarrow.Table) -> list[str]:
    """The uids of an answer's rows with a problem."""
    return sorted(answer.filter(compute.is_valid(answer["problem"]))["uid"].to_pylist())


OCCURRENCES = ("uid", "start", "end")
BLOCKS = ("owner", "start", "end", "status")


def assert_answers(expanded: pyarrow.Table, busy: pyarrow.Table) -> None:
    """Both answers are those of single calls, by one hash each, and the rows that cannot be read are named."""
    occurrences, blocks = single()
    assert digest(occurrences) == digest(rows_of(expanded, OCCURRENCES))
    assert digest(blocks) == digest(rows_of(busy, BLOCKS))
    assert unread("expand") == unread_in(expanded)
    assert unread("busy") == unread_in(busy)
