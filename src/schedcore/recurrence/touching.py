"""Which occurrences touch a window: starts of any time before it, as long as they end in it or later.

An occurrence touches [lo, hi) if it starts before hi and ends after lo; one of no length if it starts in [lo, hi).
All of that in keys (see `window`), which the series shows as its own kind of value at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from schedcore._column import Column, column_of
from schedcore.recurrence.ends import LAST_LOCAL, Length, end_key
from schedcore.recurrence.members import Members, Moved
from schedcore.recurrence.occurrence import Occurrence
from schedcore.recurrence.ranges import Ranged
from schedcore.recurrence.window import DAY

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._stream import Stream
    from schedcore._zone import ZoneTable

__all__ = ["moved_touching", "occurrences"]

_START: Final = itemgetter(0)


def occurrences(
    source: Stream | Members,
    length: Length,
    table: ZoneTable | None,
    values: Callable[[Column], list[Any]],
    recurs: bool,
    lo: int,
    hi: int,
    cancel: CancelToken | None = None,
) -> list[Occurrence]:
    """List the occurrences that touch [lo, hi), overrides included, in order of starts; `values` shows keys."""
    if isinstance(source, Ranged):
        merged = _in_stretches(source, length, values, lo, hi, cancel)
        return _with_moved(source, values, merged, lo, hi)
    starts, ends = _touching(source, length, table, lo, hi, cancel)
    first = values(starts)
    last = first if ends is None else values(ends)
    out = list(map(Occurrence, first, last, first if recurs else (None,) * len(first)))
    if not isinstance(source, Members) or not source.moved:
        return out
    return _with_moved(source, values, list(zip(starts.tolist(), out, strict=True)), lo, hi)


def _in_stretches(
    source: Ranged,
    length: Length,
    values: Callable[[Column], list[Any]],
    lo: int,
    hi: int,
    cancel: CancelToken | None,
) -> list[tuple[int, Occurrence]]:
    """List what touches [lo, hi), with its key, of a series whose later instances were moved."""
    found = list(source.touching(length, lo, hi, cancel))
    keys = ([one.start for one in found], [one.end for one in found], [one.recurrence_id for one in found])
    rows = zip(found, *(values(column_of(column)) for column in keys), strict=True)
    return [
        (one.start, Occurrence(start, end, named, event=None if one.override is None else one.override.event))
        for one, start, end, named in rows
    ]


def _with_moved(
    source: Members,
    values: Callable[[Column], list[Any]],
    merged: list[tuple[int, Occurrence]],
    lo: int,
    hi: int,
) -> list[Occurrence]:
    """Put the overrides that touch [lo, hi) among the other occurrences."""
    merged += moved_touching(source, values, lo, hi)
    merged.sort(key=_START)
    return [occurrence for _, occurrence in merged]


def moved_touching(
    source: Members, values: Callable[[Column], list[Any]], lo: int, hi: int
) -> list[tuple[int, Occurrence]]:
    """List the overrides that touch [lo, hi) as occurrences, with the keys they start at."""
    out = []
    for one in _moved_touching(source, lo, hi):
        start, end, named = (values(column_of((key,)))[0] for key in (one.start, one.end, one.recurrence_id))
        out.append((one.start, Occurrence(start, end, named, event=one.override.event)))
    return out


def _touching(
    source: Stream | Members, length: Length, table: ZoneTable | None, lo: int, hi: int, cancel: CancelToken | None
) -> tuple[Column, Column | None]:
    """Find starts and ends of what touches [lo, hi), without overrides; no ends if all are where the starts are."""
    days, seconds = length
    if table is None:
        days, seconds = 0, days * DAY + seconds
    longest = days * DAY + seconds
    ask: Callable[[int, int, CancelToken | None], Column]
    spans: dict[int, Length]
    if isinstance(source, Members):
        ask, spans = source.kept, source.spans
        reach = max(longest, source.longest)
    else:
        ask, spans, reach = source.starts, {}, longest
    if not spans and not days:
        starts = ask(lo - longest + 1 if longest else lo, hi, cancel)
        if not longest or not len(starts):
            return starts, None
        keys = starts.tolist()
        if keys[-1] + longest < LAST_LOCAL - DAY:
            return starts, column_of([key + longest for key in keys])
    else:
        # A day of the clock is not always 86,400 seconds: two days cover what a zone can shift it by.
        keys = ask(lo - reach - 2 * DAY, hi, cancel).tolist()
    length = days, seconds
    found = [(key, end_key(key, spans.get(key, length), table)) for key in keys]
    found = [(start, end) for start, end in found if end > lo or start >= lo]
    return column_of([start for start, _ in found]), column_of([end for _, end in found])


def _moved_touching(members: Members, lo: int, hi: int) -> list[Moved]:
    """List the overrides that touch [lo, hi), in order of starts."""
    moved = members.moved
    count = bisect_right(moved, hi - 1, key=_start)
    return [one for one in moved[:count] if one.end > lo or one.start >= lo]


def _start(one: Moved) -> int:
    return one.start
