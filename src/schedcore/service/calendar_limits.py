"""`CalendarLimits`: how much one calendar, one file and one question may be, and what new events start with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from schedcore.policy import Caps, Defaults, Quotas

__all__ = ["CalendarLimits"]


@dataclass(frozen=True, slots=True)
class CalendarLimits:
    """Settings of CalendarService and FreeBusyService; each bound is told by its name where it is reached.

    >>> CalendarLimits(never_ending=None).caps.never_ending is None
    True
    """

    #: Instances of a series without end that was made here; None for no cap (rule R1).
    never_ending: int | None = 20
    #: Minutes that a new timed event lasts whose maker says nothing (rule R7).
    default_minutes: int = 60
    #: External calendars that somebody may have (rule O2); None for no bound.
    external_calendars: int | None = 50
    #: Events in one calendar: its text is some 20 MB then, and to read all of it takes a few seconds.
    max_events: int = 20_000
    #: Bytes of all that has one UID: a series with a thousand exceptions has less.
    max_event_bytes: int = 1 << 20
    #: Bytes of a file that is imported.
    max_import_bytes: int = 32 << 20
    #: Days of a window: ten years and a little.
    max_window_days: int = 3_700
    #: Occurrences that one list looks at, before pages are made of it.
    max_listed: int = 100_000
    #: Occurrences that DeleteBetween tells of, of all that go.
    max_shown: int = 1_000
    #: Calendars in one question about free/busy.
    max_calendars: int = 5_000

    #: Slots that one answer of FindTimes holds, and near misses.
    max_slots: int = 1_000
    max_near_misses: int = 100

    @property
    def caps(self) -> Caps:
        """The caps of the calendar layer."""
        return Caps(never_ending=self.never_ending)

    @property
    def defaults(self) -> Defaults:
        """What new events start with."""
        return Defaults(timedelta(minutes=self.default_minutes))

    @property
    def quotas(self) -> Quotas:
        """What one person may have."""
        return Quotas(added=self.external_calendars)
