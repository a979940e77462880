"""What the plain instances of a series take of a window, as columns of UTC seconds: no Python for each of them.

Rules of this module:

1. An instance is plain if the series alone says when it starts and how long it lasts. Overrides are not, and are given
   as occurrences. A series with RANGE=THISANDFUTURE, or with RDATEs that are periods, has its lengths by instance: it
   is not given here at all (`is_plain`), but by `Series.overlapping`.
2. What is given holds everything that touches the window. It may hold more beside it: whoever asks cuts.
3. Columns come in pieces of about `PIECE` instances, so that memory does not grow with the window. How many there are
   is bounded by `max_walked` of the series' limits, for nothing is kept but what the caller makes of it.

`touching` gives the same as occurrences, one by one; the tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore._stream import Stream
from schedcore.errors import LimitExceeded
from schedcore.recurrence.ends import LAST_LOCAL
from schedcore.recurrence.limits import count
from schedcore.recurrence.members import Members
from schedcore.recurrence.touching import moved_touching
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from schedcore._column import Column
    from schedcore._zone import ZoneTable
    from schedcore.recurrence.occurrence import Occurrence
    from schedcore.recurrence.series import Series

__all__ = ["PIECE", "Spans", "is_plain", "overrides_in", "spans"]

#: Instances in a piece: 8 MiB a column. A window of as many seconds (12 days) has no more, which saves a look.
PIECE: Final = 1 << 20


class Spans(NamedTuple):
    """Starts in UTC seconds, increasing; and their ends, or without them the seconds that all of them last."""

    starts: Column
    ends: Column | None
    seconds: int = 0


def is_plain(series: Series) -> bool:
    """Whether all instances of a series but for its overrides are plain."""
    source = series._open()
    return isinstance(source, Stream) or (type(source) is Members and not source.spans)


def overrides_in(series: Series, lo: int, hi: int) -> list[Occurrence]:
    """List the overrides of a plain series that touch the keys [lo, hi)."""
    source = series._open()
    if isinstance(source, Stream) or not source.moved:
        return []
    return [one for _, one in moved_touching(source, series._values, lo, hi)]


def spans(series: Series, lo: int, hi: int, home: ZoneTable | None, before: date | None = None) -> Iterator[Spans]:
    """What the plain instances of a plain series take of the window [lo, hi) of UTC seconds, and a little beside it.

    `home` is the zone in which dates and floating times are meant; a zoned series needs none. `before`, of the kind of
    the series, is the start from which on instances do not count.

    Cost: a seek, and a nanosecond for each instance; 50 where days of the clock are added, or where local times are
    looked up. LimitExceeded where there are more than `max_walked`.
    """
    days, seconds = series._length
    table = series._table
    if table is not None:
        # A day of the clock is not always 86,400 seconds: two days cover what a zone can shift it by.
        low, high = lo - days * DAY - seconds - (2 * DAY if days else 0), hi
    else:
        assert home is not None
        seconds += days * DAY
        low, high = home.local_window(lo, hi)
        low, high = low - seconds - DAY, high + DAY  # a day to each side: no gap shifts by more
    if before is not None:
        high = min(high, key_of(before, series.kind, "before"))
    last = LAST_LOCAL - DAY + 1 if series.kind == "date" else LAST_LOCAL
    for starts in _columns(series, max(low, MIN_KEY), min(high, MAX_KEY)):
        if not len(starts):
            continue
        if table is None:
            assert home is not None
            yield Spans(home.moments(starts, 0, last), home.moments(starts, seconds, last))
        elif days or starts[len(starts) - 1] + seconds >= LAST_LOCAL - DAY:
            yield Spans(starts, table.ends_of(starts, days, seconds, LAST_LOCAL))
        else:
            yield Spans(starts, None, seconds)


def _columns(series: Series, low: int, high: int) -> Iterator[Column]:
    """The plain starts with keys in [low, high), in pieces."""
    if low >= high:
        return
    source: Any = series._open()
    is_rule = isinstance(source, Stream)
    if high - low <= PIECE or (most := source.at_most(low, high)) <= PIECE:
        yield source.starts(low, high) if is_rule else source.kept(low, high)
        return
    limits = series._limits
    if most > limits.max_walked and (found := count(source, limits, low, high)) > limits.max_walked:
        raise LimitExceeded(
            "max_walked",
            allowed=limits.max_walked,
            reached=found,
            message=f"the window holds {found} occurrences of {series!r}, over max_walked={limits.max_walked}: ask for"
            " a shorter window",
        )
    while low < high:
        column, end = source.page(low, high, PIECE)
        yield column if is_rule else source.kept(low, end)
        low = end
