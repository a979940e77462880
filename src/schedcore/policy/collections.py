"""Collections: calendars as a device keeps them in step, with what it is set to take.

Rules of this module:

1. A collection may be forced to be read-only: whoever may edit the calendar may then only read it there.
2. A device takes events from so many days back on. An event counts by its end: a series that still goes on is taken,
   whenever it began, and so is what has not ended yet at that moment.
3. A default reminder is for events without a reminder of their own. An event that says "none" (a VALARM with
   ACTION:NONE, as Apple's calendars write it) has said so itself.
4. Reminders are data here: so many minutes before the start. Nothing is sent.

Product rules: Y2, Y3, Y4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.policy.visibility import Level
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.ics import Calendar, Event

__all__ = ["Collection", "has_reminder"]

_ALARM: Final = "BEGIN:VALARM"
#: A device that asks for more than 100 years back wants everything.
_MOST_DAYS: Final = 36_525
#: The shortest window that a series of each kind can be asked about.
_SHORTEST: Final = {"date": timedelta(days=1), "floating": timedelta(seconds=1), "zoned": timedelta(seconds=1)}
#: Four weeks: calendars offer no reminder that is earlier.
_MOST_MINUTES: Final = 40_320


@dataclass(frozen=True, slots=True)
class Collection:
    """What a device is set to take of a calendar.

    `past_days` is from how many days back on (None: everything), `default_reminder` how many minutes before the start
    an event reminds that has no reminder of its own (None: it does not), `read_only` whether nothing is edited there.
    InvalidValue for numbers that are none.

    >>> Collection(default_reminder=-5)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: default_reminder=-5: give a whole number from 0 to 40320, or None
    """

    past_days: int | None = None
    default_reminder: int | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        for name, most in (("past_days", _MOST_DAYS), ("default_reminder", _MOST_MINUTES)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 0 <= value <= most):
                raise InvalidValue(f"{name}={shorten(value)}: give a whole number from 0 to {most}, or None")

    def capped(self, level: Level) -> Level:
        """What is left of a level in this collection.

        >>> Collection(read_only=True).capped(Level.EDIT).name, Collection().capped(Level.EDIT).name
        ('DETAILS', 'EDIT')
        """
        return min(level, Level.DETAILS) if self.read_only else level

    def reminder(self, event: Event) -> int | None:
        """The minutes before the start at which the default reminds of an event; None if it has a word of its own."""
        return None if self.default_reminder is None or has_reminder(event) else self.default_reminder

    def taken(self, calendar: Calendar, now: datetime, tz: str | tzinfo = "UTC") -> list[Event]:
        """The events of a calendar that a device takes at an aware `now`, in the order of the calendar.

        Whole days and floating times are meant in the calendar's zone, else in `tz`. InvalidValue for a `now` without a
        zone. Cost: a look at the last occurrence of each event, which for a series without end is its rule's.
        """
        if now.tzinfo is None:
            raise InvalidValue(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
        if self.past_days is None:
            return list(calendar.events)
        zone = calendar.zone or zone_of(tz).tzinfo
        try:
            since = now.astimezone(UTC) - timedelta(days=self.past_days)  # elapsed time, not the wall clock's
        except OverflowError:  # further back than the calendar goes
            return list(calendar.events)
        return [event for event in calendar.events if _goes_on(event, since, zone)]


def has_reminder(event: Event) -> bool:
    """Whether an event has a reminder of its own, or says itself that it has none.

    >>> from schedcore import Calendar
    >>> lines = ["BEGIN:VEVENT", "DTSTART:20260302T090000Z", "BEGIN:VALARM", "END:VALARM", "END:VEVENT"]
    >>> [has_reminder(event) for event in Calendar.from_ical("\\n".join(lines)).events]
    [True]
    """
    return any(line.strip().upper() == _ALARM for line in event.lines_without(frozenset()))


def _goes_on(event: Event, since: datetime, zone: tzinfo) -> bool:
    """Whether anything of an event ends after a moment."""
    series = event.series
    if series.is_infinite:
        return True
    bound: date = since
    if series.kind == "floating":
        bound = since.astimezone(zone).replace(tzinfo=None)
    elif series.kind == "date":
        bound = since.astimezone(zone).date()  # a day that has begun has not ended
    last = series.last()
    if last is None:
        return False
    # The last to start need not be the last to end: look at what is going on at that moment too.
    return bool(last >= bound or series.overlapping(bound, bound + _SHORTEST[series.kind]))
