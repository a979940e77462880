"""Where a datetime falls among local times that all have one tzinfo: which of them Python calls earlier.

Rules of this module:

1. Python compares datetimes of one tzinfo object (or of none) by the wall clock, and those of two by their instants.
   dateutil leaves comparing to Python, so both kinds of comparison must come out here.
2. The answer is a bound: the local second from which on times are not earlier (or, strictly, are later). Whatever asks
   "the first after", "the last before" or "up to UNTIL" is then a seek to that second.
3. Instants do not always rise with the wall clock: a time in a gap has a later instant than the times just behind the
   gap. dateutil stops at the first occurrence that is too late. So where offsets change nearby, the few occurrences in
   doubt are compared one by one, and the bound is the first that is not earlier.
4. A tzinfo is asked for its offset every six hours of the two days in which the bound can lie. No zone changes its
   clocks forth and back in less.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from operator import ge, gt
from typing import Any, Final, Protocol

from schedcore._column import Column, column_of
from schedcore._zone import local_seconds
from schedcore.compat._moments import datetimes

__all__ = ["END", "START", "Source", "bound", "datetimes", "moment", "wall_of"]

START: Final = local_seconds(datetime.min)
END: Final = local_seconds(datetime.max) + 1
MICRO: Final = 1_000_000
DAY: Final = 86_400
PROBES: Final = range(-DAY, DAY + 1, DAY // 4)


class Source(Protocol):
    """Increasing local seconds that can be entered anywhere: a plan of the core, or several merged."""

    def between(self, low: int, high: int, limit: int = -1) -> Column:
        """Those in [low, high), at most `limit` of them."""

    def next(self, t: int) -> int | None:
        """The first at or after `t`."""

    def prev(self, t: int) -> int | None:
        """The last before `t`."""

    def nth(self, k: int) -> int | None:
        """Number `k`, from 0."""

    def rank(self, t: int) -> int:
        """How many are before `t`."""


def moment(second: int, zone: tzinfo | None) -> datetime:
    """One local second as a datetime."""
    return datetimes(column_of([second]), zone)[0]


def bound(source: Source, zone: tzinfo | None, when: datetime, strict: bool) -> int:
    """The local second from which on the source's times are `>= when`, or with `strict` `> when`.

    TypeError where Python cannot compare: a naive with an aware datetime, or what is no datetime at all.
    """
    later: Callable[[Any, Any], bool] = gt if strict else ge
    if not isinstance(when, datetime):
        return _refused(source, zone, when, later)
    if when.tzinfo is zone:
        return _ceiling(local_seconds(when) * MICRO + when.microsecond, strict)
    offset = when.utcoffset()
    if zone is None or offset is None:
        if offset is None and (zone is None or moment(0, zone).utcoffset() is None):
            return _ceiling(local_seconds(when) * MICRO + when.microsecond, strict)
        return _refused(source, zone, when, later)
    instant = local_seconds(when) * MICRO + when.microsecond - offset // timedelta(microseconds=1)
    least, most = _offsets(zone, instant // MICRO)
    low, high = _ceiling(instant + least, strict), _ceiling(instant + most, strict)
    if low == high:
        return low
    doubtful = source.between(low, high)
    for second, value in zip(doubtful.tolist(), datetimes(doubtful, zone), strict=True):
        if later(value, when):
            return second
    return high


def wall_of(when: datetime, zone: tzinfo | None) -> int | None:
    """The local second in `zone` that equals `when`; None where there may be none, or more than one."""
    if type(when) is not datetime or when.microsecond or when.fold:
        return None
    if when.tzinfo is zone:
        return local_seconds(when)
    offset = when.utcoffset()
    if offset is None or zone is None:
        return None
    instant = local_seconds(when) * MICRO - offset // timedelta(microseconds=1)
    least, most = _offsets(zone, instant // MICRO)
    if least != most or (instant + least) % MICRO:
        return None
    return (instant + least) // MICRO


def _ceiling(micros: int, strict: bool) -> int:
    """The first whole second at or after, or with `strict` after, a time in microseconds."""
    return micros // MICRO + 1 if strict else -(-micros // MICRO)


def _offsets(zone: tzinfo, second: int) -> tuple[int, int]:
    """The least and the greatest offset in microseconds that times with an instant near `second` can have."""
    if isinstance(zone, timezone):
        found = [zone.utcoffset(None) // timedelta(microseconds=1)]
    else:
        walls = [moment(min(max(second + probe, START), END - 1), zone) for probe in PROBES]
        found = [(wall.utcoffset() or timedelta()) // timedelta(microseconds=1) for wall in walls]
    return min(found), max(found)


def _refused(source: Source, zone: tzinfo | None, when: object, later: Callable[[Any, Any], bool]) -> int:
    """Let Python say why it cannot compare; without an occurrence there is nothing to compare."""
    first = source.next(START)
    return END if first is None or not later(moment(first, zone), when) else START
