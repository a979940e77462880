"""What the clock on a wall shows during a window of UTC seconds: runs of one offset, and the days between midnights.

Rules of this module:

1. A run is a stretch of instants with one offset from UTC. In it the wall clock and UTC advance together, so whatever
   is said in local time is, within a run, an addition.
2. What is said of the wall clock is true of every instant at which the clock shows it: an hour that comes twice counts
   twice, one that is jumped over not at all. That needs no choice of gap or fold, and no twin is simpler.
3. A day is the stretch of instants with one date. Where clocks go back over midnight its instants are not in one
   piece; it then begins when its date is first shown and ends when the next date is first shown.

Theory: a zone table tells its forward jumps (`gaps`). Between two of those the offset only falls, and a sequence that
only falls can be searched by bisection for every place where it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore.errors import InvalidValue, shorten
from schedcore.recurrence import Duration
from schedcore.recurrence.window import DAY, instant

if TYPE_CHECKING:
    from schedcore.zones import Zone

__all__ = ["Run", "Stretch", "days", "joined", "moment", "runs", "seconds_of"]

#: From a day before the year 1 to a day after 9999: what a window can reach, whatever the offset of its bounds.
_FIRST: Final = -62_135_596_800 - DAY
_LAST: Final = 253_402_300_800 + DAY


#: A stretch [start, end), in seconds.
Stretch = tuple[int, int]


class Run(NamedTuple):
    """A stretch [start, end) of UTC seconds in which local time is UTC plus `offset` seconds."""

    start: int
    end: int
    offset: int


#: Many people are asked about for one window, in few zones.
@lru_cache(maxsize=128)
def runs(zone: Zone, start: int, end: int) -> tuple[Run, ...]:
    """List the runs of one offset that make up [start, end), in order; none for an empty window.

    Some 20 looks at the zone's table for each time that clocks go back, one for each that they go forward.

    >>> from schedcore.zones import zone_of
    >>> [(run.end - run.start, run.offset) for run in runs(zone_of("Europe/Zurich"), 1_792_800_000, 1_793_000_000)]
    [(90000, 7200), (110000, 3600)]
    """
    if start >= end:
        return ()
    jumps = [at for at, _, _ in zone.table.gaps(max(start, _FIRST), min(end, _LAST)) if start < at < end]
    found: list[Run] = []
    for a, b in pairwise([start, *jumps, end]):
        found += _falling(zone, a, b)
    return tuple(found)


def _falling(zone: Zone, start: int, end: int) -> Iterator[Run]:
    """The runs of a stretch in which the offset never rises."""
    table = zone.table
    last = table.offset_at(end - 1)
    offset = table.offset_at(start)
    while offset != last:
        low, high = start, end - 1  # at `low` the offset is still the first one, at `high` it has fallen
        while high - low > 1:
            middle = (low + high) // 2
            if table.offset_at(middle) == offset:
                low = middle
            else:
                high = middle
        yield Run(start, high, offset)
        start, offset = high, table.offset_at(high)
    yield Run(start, end, offset)


def days(found: Sequence[Run]) -> list[int]:
    """List the UTC seconds at which a new date is first shown within some runs, their start and end included.

    >>> from schedcore.zones import zone_of
    >>> days(runs(zone_of("UTC"), 0, 100_000))
    [0, 86400, 100000]
    """
    edges = [found[0].start] if found else []
    shown = (found[0].start + found[0].offset) // DAY if found else 0
    for run in found:
        first, last = (run.start + run.offset) // DAY, (run.end - 1 + run.offset) // DAY
        for day in range(max(first, shown + 1), last + 1):
            edges.append(max(day * DAY - run.offset, run.start))
        shown = max(shown, last)
    return [*edges, found[-1].end] if found else []


def moment(value: date, zone: tzinfo, name: str) -> int:
    """UTC seconds of a bound: an instant, or a local time or date (its midnight) that is meant in a zone.

    InvalidValue, which begins with `name`, for anything else.

    >>> from schedcore.zones import zone_of
    >>> moment(date(1970, 1, 2), zone_of("UTC").tzinfo, "start")
    86400
    """
    if not isinstance(value, date):
        raise InvalidValue(f"{name}={shorten(value)}: give a date or a datetime")
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return instant(value.replace(tzinfo=zone) if value.tzinfo is None else value)


def seconds_of(value: timedelta | Duration, name: str, *, least: int = 0) -> int:
    """Whole seconds of a length of time; InvalidValue if it has days of the calendar, which differ, or is too little.

    >>> seconds_of(timedelta(minutes=45), "duration", least=1)
    2700
    """
    try:
        length = Duration.of(value)
    except InvalidValue as error:
        raise InvalidValue(f"{name}: {error}") from None
    if length.days:
        raise InvalidValue(f"{name}={length}: days of the calendar are 23 to 25 hours long; give exact hours")
    if length.seconds < least:
        raise InvalidValue(f"{name}={shorten(value)}: give {least} seconds or more")
    return length.seconds


def joined(spans: Iterable[Stretch]) -> list[Stretch]:
    """Put stretches in order and make those that overlap or touch one.

    >>> joined([(5, 9), (0, 2), (2, 4)])
    [(0, 4), (5, 9)]
    """
    found: list[Stretch] = []
    for a, b in sorted(spans):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return found
