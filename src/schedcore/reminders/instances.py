"""The instances of a calendar, asked again and again: by series, in UTC seconds.

Rules of this module:

1. A series that was made here and never ends has as many instances as its cap lets it have (`policy.Caps`), here as
   everywhere in the calendar layer.
2. Whole days and floating times happen in one zone: the settings', the calendar's, or the asker's.
3. A question for a window is a seek. Nothing is walked from DTSTART.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, tzinfo
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from schedcore.freebusy import Unreadable
from schedcore.ics.calendar import touching, tracks_of
from schedcore.policy import Caps, capped
from schedcore.policy.caps import cap_of, is_before
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, floating_key, instant
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    from schedcore.ics import Calendar, Event
    from schedcore.ics.grouping import Track
    from schedcore.recurrence import Occurrence

__all__ = ["Fixed", "Instances", "Span", "content_of", "tracks"]


class Span(NamedTuple):
    """An instance with the UTC seconds at which it starts and ends."""

    start: int
    end: int
    occurrence: Occurrence


class Instances:
    """The instances of one series; `zone` is the one that days are counted in: its own, or that of its calendar."""

    __slots__ = ("_local", "event", "track", "zone")

    def __init__(self, track: Track, home: Zone) -> None:
        self.track = track
        self.event: Event = track.event
        self._local = track.series.kind != "zoned"
        self.zone = home if self._local else zone_of(track.series.dtstart.tzinfo)  # type: ignore[attr-defined]

    def touching(self, lo: int, hi: int) -> Iterator[Span]:
        """What touches [lo, hi), in UTC seconds; one of no length if it starts there."""
        if hi <= MIN_KEY or lo >= MAX_KEY or lo >= hi:
            return
        lo, hi = max(lo, MIN_KEY), min(hi, MAX_KEY)
        a, b = lo, hi
        if self._local:
            # A day to each side, as `Calendar.overlapping` does: no gap shifts by more.
            low, high = self.zone.table.local_window(lo, hi)
            a, b = low - DAY, high + DAY
        for one in touching(self.track, a, b):
            start, end = self.second(one.start), self.second(one.end)
            if start < hi and (end > lo or start >= lo):
                yield Span(start, end, one)

    def next_start(self, lo: int) -> int | None:
        """UTC seconds of the first start at or after `lo`, cancelled or not; None if there is none. A seek."""
        if lo >= MAX_KEY:
            return None
        key = max(lo, MIN_KEY)
        if self._local:
            key = self.zone.table.local_window(key, MAX_KEY)[0]
        while (found := self.track.series._first_from(key)) is not None:
            start = self.second(found)
            if start >= lo:
                return start
            key = (floating_key(_timed(found)) if self._local else start) + 1
        return None

    def last_start(self, hi: int) -> int | None:
        """UTC seconds of the last start before `hi`, cancelled or not; None if there is none."""
        key = self.zone.table.local_window(hi, hi + 1)[0] if self._local else hi
        found = self.track.series._last_before(key)
        return None if found is None else self.second(found)

    @property
    def longest(self) -> int:
        """Seconds that no instance lasts longer than."""
        series = self.track.series
        onwards = [one.event.series for one in series.overrides if one.this_and_future and one.event is not None]
        lengths = [one._length for one in (series, *onwards)]
        days = DAY if any(days for days, _ in lengths) else 0  # days of the clock are longer by a part of one
        periods: int = getattr(series._source, "longest", 0)  # RDATEs with a length of their own
        found: int = max(periods, *(d * DAY + s for d, s in lengths))
        return found + days

    def overridden(self) -> dict[int, Span]:
        """The instances of overrides, where they are now, by the identity of the overrides' events."""
        found: dict[int, Span] = {}
        for moved in getattr(self.track.series._source, "moved", ()):
            for one in touching(self.track, moved.start, moved.start + 1):
                if one.event is moved.override.event:
                    found[id(one.event)] = Span(self.second(one.start), self.second(one.end), one)
        return found

    def ends_changing(self) -> tuple[Event, int] | None:
        """The event of the last override of all that follows, and the second from which on all instances are its.

        None where no override changes what follows.
        """
        onwards = [one for one in self.track.series.overrides if one.this_and_future]
        if not onwards:
            return None
        spans = [(self._named(one.recurrence_id), one) for one in onwards]
        last, override = max(spans, key=itemgetter(0))
        # What an earlier one moved may stand behind that.
        moved = [abs(self._named(one.start) - at) for at, one in spans if one.start is not None]
        return override.event, last + max(moved, default=0) + 2 * DAY

    def _named(self, value: date) -> int:
        """UTC seconds of a value that may be of another kind than the series, to a day."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return instant(value)
        return floating_key(_timed(value))

    def second(self, value: date) -> int:
        """UTC seconds of a start or an end."""
        if not self._local:
            assert isinstance(value, datetime)
            return instant(value)
        found = self.zone.table.utc_of(floating_key(_timed(value)), 0, 0)
        assert found is not None  # a gap that shifts leaves no local time without an instant
        return found


class Fixed:
    """One instance that stands for itself: that of an override."""

    __slots__ = ("event", "span", "zone")

    def __init__(self, event: Event, span: Span, zone: Zone) -> None:
        self.event = event
        self.span = span
        self.zone = zone

    def touching(self, lo: int, hi: int) -> Iterator[Span]:
        """It, if it touches [lo, hi)."""
        start, end, _ = self.span
        if start < hi and (end > lo or start >= lo):
            yield self.span

    def next_start(self, lo: int) -> int | None:
        """Its start, if that is at or after `lo`."""
        return self.span.start if self.span.start >= lo else None

    def last_start(self, hi: int) -> int | None:
        """Its start, if that is before `hi`."""
        return self.span.start if self.span.start < hi else None

    @property
    def longest(self) -> int:
        """Seconds that it lasts."""
        return self.span.end - self.span.start

    def ends_changing(self) -> None:
        """Nothing changes what follows it."""


def content_of(calendar: Any) -> Calendar | Unreadable:
    """What a calendar holds, or why nothing can be said of it."""
    content = calendar if hasattr(calendar, "overlapping") else getattr(calendar, "calendar", calendar)
    if hasattr(content, "overlapping"):
        found: Calendar = content
        return found
    if isinstance(content, Unreadable):
        return content
    if isinstance(content, BaseException):
        return Unreadable(str(content) or type(content).__name__)
    return Unreadable("the calendar could not be read")


def tracks(calendar: Any, content: Calendar, tz: str | tzinfo | None, asker: Zone, caps: Caps) -> list[Instances]:
    """The series of a calendar, those that were made here capped. Linear in events."""
    own = tz if tz is not None else getattr(calendar, "tz", None) or content.zone
    home = asker if own is None else zone_of(own)
    native: Iterable[str] = getattr(calendar, "native", ())
    return [Instances(track, home) for track in _capped(tracks_of(content), frozenset(native), caps)]


def _capped(found: list[Track], native: frozenset[str], caps: Caps) -> Iterator[Track]:
    ends: dict[str | None, Callable[[date], bool]] = {}
    for track in found:
        uid = track.event.uid
        if uid not in native:
            yield track
        elif track.replaces is None:
            end, kind = cap_of(track.series, caps), track.series.kind
            if end is not None:
                ends[uid] = lambda named, end=end, kind=kind: is_before(named, end, kind)  # type: ignore[misc]
            yield track if end is None else track._replace(series=capped(track.series, caps))
        elif uid not in ends or ends[uid](track.replaces):
            # An override of another kind stands for itself, in the place of an instance.
            yield track


def _timed(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())
