"""Between which moments all occurrences of an event lie, for a store that leaves out what cannot touch a window.

A day's midnight and a time without a zone lie up to 14 hours to either side of UTC, wherever they are meant, and clocks
change: so bounds are two days wider than what they hold. What has no end in sight has none here either.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from schedcore.ics import Calendar
from schedcore.recurrence import Duration, Series
from schedcore.recurrence.anatomy import arguments_of
from schedcore.service.times import seconds_of
from schedcore.store.events import EARLIEST, LATEST

__all__ = ["bounds_of"]

_SLACK: Final = 2 * 86_400


def bounds_of(text: bytes) -> tuple[int, int]:
    """No occurrence of a VCALENDAR starts before the first, and none ends after the second, in UTC seconds.

    Costs a seek in each series; an event without occurrences has the bounds of nothing.

    >>> bounds_of(b"BEGIN:VEVENT\\nUID:1\\nDTSTART:19700103T000000Z\\nDTEND:19700104T000000Z\\nEND:VEVENT\\n")
    (0, 432000)
    """
    first, last = LATEST, EARLIEST
    for event in Calendar.from_ical(text).events:
        begin = event.series.first()
        if begin is None:
            continue
        first = min(first, _second(begin) - _SLACK)
        end = None if event.series.is_infinite else event.series.last()
        last = LATEST if end is None else max(last, _second(end) + _longest(event.series) + _SLACK)
    return first, last


def _second(value: date) -> int:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return seconds_of(value if value.tzinfo is not None else value.replace(tzinfo=UTC))


def _longest(series: Series) -> int:
    """Seconds of the longest instance, as clocks show it."""
    found = [_length(series.duration)]
    for one in arguments_of(series)["overrides"]:
        found.append(_length(one.duration))
        if one.end is not None:
            found.append(_second(one.end) - _second(one.recurrence_id if one.start is None else one.start))
    return max(found)


def _length(value: Duration | timedelta | None) -> int:
    return 86_400 if value is None else value.days * 86_400 + value.seconds
