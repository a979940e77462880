"""How long an instance lasts, and when it ends.

Rules (RFC 5545 3.3.6, 3.6.1 and 3.8.5.3):

1. A length is a number of nominal days and a number of exact seconds. The days are added on the wall clock of the
   series first, the seconds then as elapsed time.
2. A timedelta is exact; on a series of dates it must be whole days, for dates repeat days.
3. Without a length a date lasts one day and a time no time at all.
4. No end lies behind the year 9999: there the calendar stops, and a length that is longer than all of it is an error.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from schedcore.errors import SeriesError, shorten
from schedcore.recurrence.duration import Duration
from schedcore.recurrence.window import DAY

if TYPE_CHECKING:
    from schedcore._zone import ZoneTable

__all__ = ["LAST_LOCAL", "Length", "default_length", "end_key", "length_of"]

Length = tuple[int, int]  # nominal days, exact seconds

LAST_LOCAL: Final = 253_402_300_799  # 9999-12-31T23:59:59, the last second datetime can hold
#: 9,999 years in days: no two dates of the calendar are further apart.
_MOST_DAYS: Final = 3_652_059


def default_length(kind: str) -> Length:
    """Give the length of an instance that has neither an end nor a duration (RFC 5545 3.6.1)."""
    return (1, 0) if kind == "date" else (0, 0)


def length_of(duration: object, kind: str, strict: bool, problems: list[str]) -> Length:
    """Turn a timedelta or Duration into nominal days and exact seconds; SeriesError if it fits no series of this kind.

    Not strict, a negative length counts as none, and a fraction of a day of a date is dropped; `problems` tells.
    """
    if isinstance(duration, timedelta):
        length = (0, duration.days * DAY + duration.seconds)
        if duration.microseconds:
            _forgive(strict, problems, f"duration={duration!r}: schedcore counts whole seconds; drop the microseconds")
    elif isinstance(duration, Duration):
        length = (duration.days, duration.seconds)
    else:
        raise SeriesError(f"duration={shorten(duration)}: pass a datetime.timedelta (exact) or a schedcore.Duration")
    if kind == "date":
        length = _whole_days(length, duration, strict, problems)
    days, seconds = length
    if days * DAY + seconds < 0:
        _forgive(strict, problems, f"duration={shorten(duration)} is negative: give 0 or more")
        return default_length(kind)
    if days * DAY + seconds > _MOST_DAYS * DAY:
        raise SeriesError(f"duration={shorten(duration)} is longer than the calendar (years 1 to 9999): shorten it")
    return length


def _whole_days(length: Length, duration: object, strict: bool, problems: list[str]) -> Length:
    days, rest = divmod(length[0] * DAY + length[1], DAY)
    if rest:
        _forgive(strict, problems, f"duration={shorten(duration)}: DTSTART is a date, so give whole days")
    return days, 0


def _forgive(strict: bool, problems: list[str], message: str) -> None:
    if strict:
        raise SeriesError(message)
    problems.append(message)


def end_key(start: int, length: Length, table: ZoneTable | None) -> int:
    """Find the end of the instance that starts at key `start`; keys are UTC seconds if there is a table, else local."""
    days, seconds = length
    if table is None:
        return min(start + days * DAY + seconds, LAST_LOCAL)
    if days:
        local = min(start + table.offset_at(start) + days * DAY, LAST_LOCAL)
        moved = table.utc_of(local, 0, 0)
        start = start if moved is None else moved
    end = start + seconds
    over = end + table.offset_at(end) - LAST_LOCAL
    return end - over if over > 0 else end
