"""`CustomZone`: a zone that is given by its own transitions instead of by a name, such as a calendar file defines.

Rules of this module:

1. A local time in a gap or a fold has the offset that PEP 495 gives it: with fold=0 that before the change, with fold=1
   that after it. For fold=0 this is what RFC 5545 3.3.5 says too (erratum 4271).
2. Two custom zones are equal if they have the same name and the same transitions; a pickled one carries them along.

What this module does not do: it reads no calendar (`schedcore.ics` does), and it does not know which of its times are
daylight saving time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, final

from schedcore._column import column_of
from schedcore._zone import ZoneTable, local_seconds

if TYPE_CHECKING:
    from schedcore.zones.zone import Zone

__all__ = ["CustomZone", "transitions"]


@final
class CustomZone(tzinfo):
    """A tzinfo that knows all its offsets: for datetimes, for `Series`, for `zone_of`.

    `key` is its name, which says nothing about its times. `first` seconds east of UTC hold before `times[0]`,
    `offsets[i]` from `times[i]` on (UTC seconds, increasing), and `tail` continues behind the last, as `ZoneTable` has
    it. `source` is the text it was made from, for whoever writes it back. ZoneError if these do not make a zone.

    >>> zone = CustomZone("Ours", 3600, [1_774_746_000], [7200])
    >>> str(datetime(2026, 3, 29, 12, tzinfo=zone)), str(zone)
    ('2026-03-29 12:00:00+02:00', 'Ours')
    """

    __slots__ = ("_hash", "_parts", "_zone", "key", "source", "table")

    def __init__(
        self,
        key: str,
        first: int,
        times: Iterable[int] = (),
        offsets: Iterable[int] = (),
        tail: Iterable[int] | None = None,
        source: str = "",
    ) -> None:
        parts = (key, first, tuple(times), tuple(offsets), None if tail is None else tuple(tail))
        self.key = key
        self.source = source
        self.table = ZoneTable(*parts[1:])
        self._parts = parts
        self._hash = hash(parts)
        self._zone: Zone | None = None  # kept by `zone_of`

    @property
    def size(self) -> int:
        """How many transitions it was given, besides its tail."""
        return len(self._parts[2])

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """Give the offset from UTC of a local time; None without one."""
        if dt is None:
            return None
        local = local_seconds(dt)
        utc = self.table.utc_of(local, 0, dt.fold)
        assert utc is not None  # a gap that shifts leaves no local time without an instant
        if dt.fold and self.table.utc_of(local, 1, 0) is None:
            return timedelta(seconds=self.table.offset_at(utc))
        return timedelta(seconds=local - utc)

    def fromutc(self, dt: datetime) -> datetime:
        """Give the local time of an instant whose fields are UTC, with fold=1 for the second of two."""
        if not isinstance(dt, datetime):
            raise TypeError("fromutc() takes a datetime")
        if dt.tzinfo is not self:
            raise ValueError("fromutc: dt.tzinfo is not this zone: use astimezone()")
        (found,) = self.table.datetimes(column_of((local_seconds(dt),)), self)
        return found.replace(microsecond=dt.microsecond)

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Give None: what part of an offset is daylight saving time is not kept."""
        return None

    def tzname(self, dt: datetime | None) -> str:
        """Give the name of the zone."""
        return self.key

    def __str__(self) -> str:
        return self.key

    def __repr__(self) -> str:
        return f"<CustomZone {self.key!r}>"

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self._parts == other._parts if isinstance(other, CustomZone) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return CustomZone, (*self._parts, self.source)


def transitions(table: ZoneTable, lo: int, hi: int) -> list[tuple[int, int, int]]:
    """List (instant, offset before, offset after) of every change of offset in [lo, hi), in order.

    Cost: a look at each gap, and a bisection for each change back.

    >>> transitions(ZoneTable(0, [100, 200], [3600, 0]), 0, 1000)
    [(100, 0, 3600), (200, 3600, 0)]
    """
    out: list[tuple[int, int, int]] = []
    at = lo - 1
    for gap in table.gaps(lo, hi):
        _falls(table, at, gap[0] - 1, out)
        out.append(gap)
        at = gap[0]
    _falls(table, at, hi - 1, out)
    return out


def _falls(table: ZoneTable, lo: int, hi: int, out: list[tuple[int, int, int]]) -> None:
    """Find the changes in (lo, hi], between two gaps: the offset only falls there, so equal ends mean no change."""
    while hi > lo and (before := table.offset_at(lo)) != table.offset_at(hi):
        low, high = lo, hi  # the offset is `before` at low, and less at high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if table.offset_at(middle) == before else (low, middle)
        out.append((high, before, table.offset_at(high)))
        lo = high
