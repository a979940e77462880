"""What a series answers with, and what changes a single instance of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from schedcore.recurrence.duration import Duration

__all__ = ["Occurrence", "Override"]


class Occurrence(NamedTuple):
    """One instance of a series: when it starts and ends, and which instance it is.

    `start` and `end` are of the kind of DTSTART (dates, naive datetimes, or datetimes in DTSTART's zone); the end is
    not part of it. `recurrence_id` is the start that the series gave this instance, which differs from `start` where
    an override moved it (RFC 5545 3.8.4.4); None for an event that does not recur. `uid` and `status` (the STATUS of
    RFC 5545 3.8.1.11) come from a calendar, `event` is what the override or the calendar carried.

    >>> from datetime import datetime
    >>> Occurrence(datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 10), datetime(2026, 3, 2, 9)).start
    datetime.datetime(2026, 3, 2, 9, 0)
    """

    start: date | datetime
    end: date | datetime
    recurrence_id: date | datetime | None
    uid: str | None = None
    status: str | None = None
    event: Any = None


@dataclass(frozen=True, slots=True)
class Override:
    """Say that one instance of a series is moved, changed or cancelled (RFC 5545 3.8.4.4).

    `recurrence_id` names the instance by the start that the series gives it; in a timed series a date names the
    instances of that local day. `start` is where it starts now (None: where it was). `end`, or else `duration` (a
    timedelta is exact, a `Duration` has nominal days), is when it ends; with neither it is as long as the others.
    `event` is handed on to `Occurrence.event`.

    With `this_and_future` all later instances change too (RANGE=THISANDFUTURE, RFC 5545 3.8.4.4): they move by the same
    time on the wall clock, have the same new length, or are cancelled, up to the next override of that kind.

    >>> from datetime import datetime
    >>> Override(datetime(2026, 3, 2, 9), cancelled=True).cancelled
    True
    """

    recurrence_id: date | datetime
    start: date | datetime | None = None
    end: date | datetime | None = None
    duration: timedelta | Duration | None = None
    cancelled: bool = False
    event: Any = None
    this_and_future: bool = False
