"""When an alarm reminds of an instance: seconds added on the clock of a zone, and the windows to look in.

Rules of this module (RFC 5545 3.3.6, 3.8.6.3):

1. The days of a trigger are added first, on the wall clock of the event's zone; then its seconds, as elapsed time. For
   whole days and floating times that is the zone in which they happen. A whole day begins at its midnight.
2. A local time in a gap moves by the offset before the gap; one that comes twice is the first.
3. Repeat number k is k times `every` after the trigger, days and seconds apart in the same way.
4. What would lie outside of the years 1 to 9999 never comes.

Theory: the clock of a zone differs from UTC by less than a day, so a trigger with days lies within two days of the same
number of seconds. All instances whose alarm can fall into a window are then in a window of their own, which is as long
as the one that was asked for, the repeats and that slack together: cost follows what is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from schedcore.recurrence.window import DAY
from schedcore.reminders.alarms import Related

if TYPE_CHECKING:
    from schedcore.recurrence import Duration
    from schedcore.reminders.alarms import Alarm
    from schedcore.reminders.instances import Fixed, Instances, Span
    from schedcore.zones import Zone

__all__ = ["FIRST", "LAST", "Shape", "repeats", "shape_of", "shifted"]

#: The first and the last second of the years 1 to 9999 in UTC: what a datetime can show.
FIRST: Final = -62_135_596_800
LAST: Final = 253_402_300_799
_SLACK: Final = 2 * DAY


class Shape(NamedTuple):
    """What the alarms of many events have in common: from where, how far, how often again and how far apart."""

    related: Related
    trigger: Duration
    repeat: int
    every: Duration | None

    @property
    def total(self) -> int:
        """The trigger, were all days 86,400 seconds long."""
        return self.trigger.days * DAY + self.trigger.seconds

    @property
    def slack(self) -> int:
        """How far off that can be."""
        return _SLACK if self.trigger.days or (self.every is not None and self.every.days) else 0

    @property
    def reach(self) -> int:
        """How far behind the trigger the last repeat is."""
        return 0 if self.every is None else self.repeat * (self.every.days * DAY + self.every.seconds)

    def spans(self, source: Instances | Fixed, lo: int, hi: int) -> Iterator[Span]:
        """The instances whose alarm can be in [lo, hi), and some more."""
        a, b = lo - self.reach - self.total - self.slack, hi - self.total + self.slack
        # One that ends at `a` touches the second before it.
        return source.touching(a - 1 if self.related is Related.END else a, b)

    def first(self, span: Span, zone: Zone) -> int | None:
        """When it reminds of an instance for the first time; None if never."""
        return shifted(span.end if self.related is Related.END else span.start, self.trigger, zone)


def shape_of(alarm: Alarm) -> Shape:
    """The shape of an alarm that is not an instant."""
    return Shape(alarm.related, alarm.trigger, alarm.repeat, alarm.every)


def shifted(at: int, by: Duration, zone: Zone, times: int = 1) -> int | None:
    """Add a length to UTC seconds so many times, days on the clock of a zone; None outside of the years 1 to 9999.

    >>> from schedcore.recurrence import Duration
    >>> from schedcore.zones import zone_of
    >>> noon, zurich = 1_774_778_400, zone_of("Europe/Zurich")  # 2026-03-29, when the clocks have gone forward
    >>> noon - shifted(noon, Duration(days=-1), zurich), noon - shifted(noon, Duration(seconds=-86_400), zurich)
    (82800, 86400)
    """
    days, seconds = by.days * times, by.seconds * times
    if days:
        local = at + zone.table.offset_at(at) + days * DAY
        if not FIRST <= local <= LAST:
            return None
        found = zone.table.utc_of(local, 0, 0)
        assert found is not None  # a gap that shifts leaves no local time without an instant
        at = found
    at += seconds
    return at if FIRST <= at <= LAST else None


def repeats(first: int, repeat: int, every: Duration | None, zone: Zone, lo: int, hi: int) -> Iterator[tuple[int, int]]:
    """The moments in [lo, hi) of an alarm that reminds at `first` and so often again: (UTC seconds, number)."""
    if every is None:
        if lo <= first < hi:
            yield first, 0
        return
    step = every.days * DAY + every.seconds
    slack = _SLACK if every.days else 0
    low = max((lo - first - slack) // step, 0)
    high = min((hi - first + slack) // step, repeat)
    for number in range(low, high + 1):
        at = shifted(first, every, zone, number)
        if at is not None and lo <= at < hi:
            yield at, number
