"""What a new event starts with, where its maker said nothing.

Rules of this module:

1. A new timed event lasts an hour, or what its maker's settings say. An all-day event is a date, and lasts that day: it
   has no time of day that a length of hours could be added to.
2. The length is written into the event when it is made. Settings are looked at then and never again, so another
   default changes no event that there is.

Product rules: R7, R8, R12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schedcore.errors import InvalidValue, shorten
from schedcore.recurrence import Duration, Rule, Series

__all__ = ["Defaults"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """Somebody's settings for new events: how long a timed one lasts.

    InvalidValue for a length that is not above zero.

    >>> from datetime import datetime
    >>> Defaults().series(datetime(2026, 3, 2, 9)).overlapping(datetime(2026, 3, 2), datetime(2026, 3, 3))[0].end
    datetime.datetime(2026, 3, 2, 10, 0)
    """

    duration: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        """Refuse what is no length of an event."""
        if not isinstance(self.duration, timedelta) or self.duration <= timedelta(0):
            raise InvalidValue(f"duration={shorten(self.duration)}: give a timedelta above zero")

    def series(
        self, start: date, rule: Rule | str | None = None, *, duration: timedelta | Duration | None = None
    ) -> Series:
        """Make a new event: from a date all day, from a datetime for `duration`, or else for as long as set here.

        Errors as `Series`.
        """
        if duration is None:
            duration = self.duration if isinstance(start, datetime) else Duration(days=1)
        return Series(start, rule, duration=duration)
