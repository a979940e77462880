"""Columns of numbers: times from end to end of int64, merged, combined, counted, and made into series.

The input describes the rows. What must hold: no error but one of ours; merging gives what a walk over all bounds gives,
alike on two threads, and what set algebra makes of it; a table of series gives the same for a window as for its parts;
and no kernel overflows on the way (UndefinedBehaviorSanitizer says so).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from fuzz.draws import Draws
from schedcore import Limits, SeriesTable
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.freebusy import at_least, complement, difference, intersection, lanes, merge, union
from schedcore.polls import tally_many

WORDS: Final = (b"\xff" * 8, b"\xff" * 7 + b"\x7f", b"\0" * 7 + b"\x80", b"\1" + b"\0" * 7 + b"\x80")
LIMITS: Final = Limits(max_occurrences=1_000, max_walked=20_000)
#: The ends of int64, of the calendar, of what a second count may be, and of a double's whole numbers.
EDGES: Final = (-(2**63), 1 - 2**63, 2**63 - 1, -(2**62), 2**62, -62_135_596_800, 253_402_300_799, 2**53, 0, -1, 2**31)
ZONES: Final = ("UTC", "Europe/Zurich", "Pacific/Apia", None, "Mars/Olympus")
RULES: Final = (
    *(None, "FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=SECONDLY;INTERVAL=315537897599"),
    *("FREQ=WEEKLY;COUNT=3", "FREQ=HOURLY;INTERVAL=7;UNTIL=99991231T235959Z", "FREQ=DAILY;COUNT=999999999"),
    "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=-1",
)

_YES: Final = 2

Row = tuple[int, int, int, int]
Block = tuple[int, int, int, int]


def seeds() -> Iterable[bytes]:
    """A few rows for each question."""
    for what in range(3):
        yield bytes([what, 4]) + bytes(range(1, 90))
        yield bytes([what, 9]) + bytes(range(250, 20, -2))


def _time(draws: Draws) -> int:
    how = draws.below(4)
    if how < 2:
        return draws.number(1) * (900 if how else 1)
    return draws.number(8) if how == 2 else draws.of(EDGES) + draws.of((0, 0, 1, -1, 86_400))


def _int64(value: int) -> int:
    return min(max(value, -(2**63)), 2**63 - 1)


def check(data: bytes) -> None:
    """Make rows, and ask one of three."""
    draws = Draws(data)
    (_merged, _tallied, _expanded)[draws.below(3)](draws)


def _merged(draws: Draws) -> None:
    rows = []
    for _ in range(draws.below(12)):
        start, end = _int64(_time(draws)), _int64(_time(draws))
        rows.append((draws.below(3), start, _int64(start + draws.below(4000)) if draws.flag() else end, draws.below(4)))
    owner, start, end, status = ([row[at] for row in rows] for at in range(4))
    try:
        found = merge(owner, start, end, status)
    except InvalidValue as error:
        assert len(str(error)) < 300
        assert any(a == -(2**63) or b == -(2**63) or b < a for _, a, b, _ in rows), (rows, str(error))
        return
    assert _blocks(found) == _walked(rows)
    assert _blocks(found) == _blocks(merge(owner, start, end, status, threads=2))
    half = len(rows) // 2
    one, other = (merge(*([row[at] for row in part] for at in range(4))) for part in (rows[:half], rows[half:]))
    assert _blocks(found) == _blocks(union(one, other))
    both, rest = intersection(one, other), difference(one, other)
    assert _spans(_blocks(both)) + _spans(_blocks(rest)) == _spans(_blocks(one))
    lanes(start, end)
    at_least(found, 1 + draws.below(3))
    a, b = sorted((_int64(_time(draws)), _int64(_time(draws))))
    try:
        complement(found, a, b, range(3))
    except InvalidValue as error:
        assert len(str(error)) < 300


def _blocks(merged: Any) -> list[Block]:
    return [(one.owner, one.start, one.end, int(one.status)) for one in merged]


def _spans(blocks: list[Block]) -> int:
    return sum(end - start for _, start, end, _ in blocks)


def _walked(rows: list[Row]) -> list[Block]:
    """Every stretch between two bounds has the strongest status of the rows over it (their numbers are in order)."""
    out: list[Block] = []
    for owner in sorted({row[0] for row in rows}):
        own = [row for row in rows if row[0] == owner and row[3] and row[1] < row[2]]
        for a, b in pairwise(sorted({at for row in own for at in row[1:3]})):
            status = max((row[3] for row in own if row[1] <= a < row[2]), default=0)
            if status and out and out[-1][0] == owner and out[-1][2:] == (a, status):
                out[-1] = (owner, out[-1][1], b, status)
            elif status:
                out.append((owner, a, b, status))
    return out


def _tallied(draws: Draws) -> None:
    size = draws.below(12)
    numbers = [[_int64(_time(draws)) if draws.flag() else draws.below(3) for _ in range(size)] for _ in range(3)]
    votes = [draws.below(5) - 1 for _ in range(size)]
    weights = [abs(_time(draws)) % 2**63 for _ in range(size)] if draws.flag() else None
    try:
        found = tally_many(*numbers, votes, weights)
    except InvalidValue as error:
        assert len(str(error)) < 300
        return
    last = dict(zip(zip(*numbers, strict=True), zip(votes, weights or [1] * size, strict=True), strict=True))
    assert sum(weight for vote, weight in last.values() if vote == _YES) == sum(found.yes.tolist())


def _expanded(draws: Draws) -> None:
    size = draws.below(5)
    kind: Any = draws.of(("local", "utc", "date"))
    start = [_int64(_time(draws)) for _ in range(size)]
    tzid = [draws.of(ZONES) for _ in range(size)]
    duration = [_int64(_time(draws)) for _ in range(size)] if draws.flag() else None
    rule = [draws.of(RULES) for _ in range(size)]
    dates = [[_int64(_time(draws)) for _ in range(draws.below(3))] for _ in range(size)] if draws.flag() else None
    table = SeriesTable.from_columns(start, tzid, duration, rule, rdate=dates, exdate=dates, kind=kind)
    assert all(len(str(problem)) < 500 for problem in table.problems)
    bounds = sorted(_int64(_time(draws)) for _ in range(3))
    try:
        whole, one, other = (
            table.expand(a, b, limits=LIMITS).start.tolist()
            for a, b in ((bounds[0], bounds[2]), (bounds[0], bounds[1]), (bounds[1], bounds[2]))
        )
        touching = table.overlapping(bounds[0], bounds[2], limits=LIMITS)
    except LimitExceeded:
        return
    except InvalidValue as error:
        assert len(str(error)) < 300
        return
    assert sorted(whole) == sorted(one + other)
    assert len(touching) >= sum(end > begin for begin, end in zip(touching.start, touching.end, strict=True)) >= 0
