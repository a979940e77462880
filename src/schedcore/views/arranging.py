"""Entries on the days of a screen: which day has which, in which order, and side by side in which lanes.

Rules of this module:

1. An entry is what a viewer may know of an occurrence; this room shows it and decides nothing about it. What it shows
   is what it was given.
2. In the zone of the view an instant is shown by that zone's clock. Dates and floating times stay what they are, in
   whatever zone they are looked at; stored instants do not move.
3. An entry is on every day that it touches, once. One that ends at midnight does not touch the day that begins there,
   one of no length is on the day it starts. Entries of whole days stand apart from those that have a time.
4. Entries of whole days come in the order of their days, longer ones first; timed ones in the order of their starts,
   longer ones first; then by the order of the calendars, and then as given.
5. At most five stand side by side at any time, the rest are counted (`freebusy.lanes`). Whole days are laid out for
   each week, so that a bar stays in one line; what has no line is counted for each of its days.

Product rules: Z1, R9, R12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from itertools import pairwise
from typing import Any, Final, NamedTuple, Protocol

from schedcore.freebusy import More, lanes
from schedcore.recurrence.window import DAY, floating_key, instant
from schedcore.views.days import Dates, Stretch, bounded, days_of, midnight
from schedcore.zones import Zone, zone_of

__all__ = ["DayView", "Entry", "Placed", "View", "asking", "entries", "grid", "listed"]

#: Zones are at most 26 hours apart, floating times and dates of a calendar are looked for in its own.
_APART: Final = 2 * DAY


class Timed(Protocol):
    """What has a start and an end: dates, naive datetimes, or datetimes in a zone, the end not part of it."""

    @property
    def start(self) -> date | datetime: ...
    @property
    def end(self) -> date | datetime: ...


class Entry(NamedTuple):
    """One occurrence in a view: of which calendar, from when to when by the clock of the view, and what it is.

    `start` and `end` are dates for whole days, naive datetimes if it floats, else datetimes in the zone of the view;
    `item` is what was given.
    """

    calendar: str
    start: date | datetime
    end: date | datetime
    item: Any

    @property
    def is_all_day(self) -> bool:
        """Whether it takes whole days."""
        return not isinstance(self.start, datetime)


class Placed(NamedTuple):
    """An entry on one day.

    UTC seconds [start, end) within that day, its lane (-1: counted, not drawn), how many lanes share the breadth, and
    whether it begins and whether it ends on that day.
    """

    entry: Entry
    start: int
    end: int
    lane: int
    width: int
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """A day: [start, end) in UTC seconds, its entries of whole days and its timed ones, and what found no lane.

    `more` are stretches of timed entries that found none, `all_day_more` is how many of whole days did not.
    """

    date: date
    start: int
    end: int
    all_day: tuple[Placed, ...] = ()
    timed: tuple[Placed, ...] = ()
    more: tuple[More, ...] = ()
    all_day_more: int = 0

    @property
    def entries(self) -> list[Entry]:
        """What is on this day, whole days first."""
        return [placed.entry for placed in (*self.all_day, *self.timed)]


@dataclass(frozen=True, slots=True)
class View:
    """What a screen shows: `kind` is list, day, week or month, `days` are in order, `of` is the day it was asked for.

    A list has the days on which something is, the others all days; a month those of its first and last week too.
    `unknown` says by key of which calendars nothing is known, and why: they are neither free nor empty.
    """

    kind: str
    zone: tzinfo
    dates: Dates
    days: tuple[DayView, ...]
    of: date
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def weeks(self) -> list[tuple[DayView, ...]]:
        """The days of a day, week or month, in rows of seven as they stand in `dates`."""
        if not self.days:
            return []
        # Only the first week can lack days at its front: that of 0001-01-01.
        whole = 7 if self.kind == "month" else len(self.days)
        first = len(self.days) % whole if self.dates.first == date.min else 0
        cuts = [0, *range(first or whole, len(self.days), whole), len(self.days)]
        return [self.days[a:b] for a, b in pairwise(cuts)]

    @property
    def entries(self) -> list[Entry]:
        """Every entry once, in the order in which the days show them."""
        found: dict[int, Entry] = {}
        for one in self.days:
            for entry in one.entries:
                found.setdefault(id(entry), entry)
        return list(found.values())


def asking(dates: Dates, zone: Zone) -> tuple[datetime, datetime]:
    """The window to ask calendars for: wide enough for the days and floating times of every zone."""
    first, end = midnight(dates.first.toordinal(), zone), midnight(dates.last.toordinal() + 1, zone)
    return bounded(first - _APART), bounded(end + _APART)


def entries(seen: Mapping[str, Iterable[Timed]], tz: str | tzinfo) -> list[Entry]:
    """Bring what is seen of some calendars, by their keys, to the clock of a zone.

    ZoneError for an unknown zone. An instant that is not in the years 1 to 9999 there keeps its own zone. O(n).

    >>> from datetime import UTC
    >>> from schedcore.recurrence import Occurrence
    >>> at = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    >>> entries({"anna": [Occurrence(at, at, None)]}, "Europe/Zurich")[0].start.isoformat()
    '2026-03-30T00:30:00+02:00'
    """
    own = zone_of(tz).tzinfo
    return [
        Entry(calendar, _shown(item.start, own), _shown(item.end, own), item)
        for calendar, items in seen.items()
        for item in items
    ]


def _shown(value: date | datetime, zone: tzinfo) -> date | datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    try:
        return value.astimezone(zone)
    except OverflowError:
        return value


class _Spanned(NamedTuple):
    start: int
    end: int  # of what has no length, the same: see `_on`
    order: int
    entry: Entry


def _spanned(found: Iterable[Entry], zone: Zone) -> list[_Spanned]:
    """Entries with the seconds they take in a zone, in order."""
    spans = [_Spanned(_second(one.start, zone), _second(one.end, zone), i, one) for i, one in enumerate(found)]
    spans.sort(key=lambda span: (span.start, -span.end, span.order))
    return spans


def _second(value: date | datetime, zone: Zone) -> int:
    if not isinstance(value, datetime):
        return midnight(value.toordinal(), zone)
    if value.tzinfo is not None:
        return instant(value)
    found = zone.table.utc_of(floating_key(value), 0, 0)
    assert found is not None
    return found


def _on(span: _Spanned, day: Stretch) -> bool:
    """Whether an entry touches a day."""
    return span.start < day.end and (span.end > day.start or span.start >= day.start)


def grid(kind: str, found: Sequence[Entry], dates: Dates, of: date, tz: str | tzinfo, *, most: int = 5) -> View:
    """Lay entries out on all days of a day, week or month, `most` side by side; what touches none of them is left out.

    O(n log n) for each day with n entries; errors as `days_of`.

    >>> from datetime import UTC
    >>> from schedcore.recurrence import Occurrence
    >>> from schedcore.views import week
    >>> noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    >>> found = entries({"anna": [Occurrence(noon, noon, None)], "ben": [Occurrence(noon, noon, None)]}, "UTC")
    >>> wednesday = grid("week", found, week(noon.date()), noon.date(), "UTC").days[2]
    >>> wednesday.date.day, [placed.lane for placed in wednesday.timed]
    (1, [0, 1])
    """
    zone = zone_of(tz)
    days = days_of(dates, zone)
    spans = _spanned(found, zone)
    bare = View(kind, zone.tzinfo, dates, tuple(DayView(*one) for one in days), of)
    laid: list[DayView] = []
    for row in bare.weeks:
        inside = [span for span in spans if _on(span, Stretch(row[0].date, row[0].start, row[-1].end))]
        whole = [span for span in inside if span.entry.is_all_day]
        timed = [span for span in inside if not span.entry.is_all_day]
        bars = lanes(
            [max(span.start, row[0].start) for span in whole],
            [min(span.end, row[-1].end) for span in whole],
            most=most,
        )
        for one in row:
            day = Stretch(one.date, one.start, one.end)
            bar = [_placed(span, day, bars.lane[i], bars.width[i]) for i, span in enumerate(whole) if _on(span, day)]
            laid.append(_laid(day, bar, [span for span in timed if _on(span, day)], most))
    return View(kind, zone.tzinfo, dates, tuple(laid), of)


def _placed(span: _Spanned, day: Stretch, lane: int, width: int) -> Placed:
    begin, end = max(span.start, day.start), min(span.end, day.end)
    return Placed(span.entry, begin, end, lane, width, span.start >= day.start, span.end <= day.end)


def _laid(day: Stretch, bars: Sequence[Placed], timed: Sequence[_Spanned], most: int) -> DayView:
    cut = [(max(span.start, day.start), min(span.end, day.end)) for span in timed]
    side = lanes([a for a, _ in cut], [b for _, b in cut], most=most)
    placed = tuple(_placed(span, day, side.lane[i], side.width[i]) for i, span in enumerate(timed))
    return DayView(*day, tuple(bars), placed, tuple(side.more), sum(bar.lane < 0 for bar in bars))


def listed(found: Sequence[Entry], dates: Dates, tz: str | tzinfo) -> View:
    """List entries by the days they touch; days on which nothing is are left out. Nothing stands side by side here.

    >>> from datetime import UTC
    >>> from schedcore.recurrence import Occurrence
    >>> from schedcore.views import month
    >>> night = datetime(2026, 4, 1, 22, tzinfo=UTC), datetime(2026, 4, 2, 6, tzinfo=UTC)
    >>> found = entries({"anna": [Occurrence(*night, None)]}, "UTC")
    >>> [day.date.day for day in listed(found, month(night[0].date()), "UTC").days]
    [1, 2]
    """
    zone = zone_of(tz)
    days = days_of(dates, zone)
    shown = []
    spans = [span for span in _spanned(found, zone) if span.start < days[-1].end and span.end >= days[0].start]
    reached, open_ = 0, list[_Spanned]()
    for day in days:
        while reached < len(spans) and spans[reached].start < day.end:
            open_.append(spans[reached])
            reached += 1
        today = [span for span in open_ if _on(span, day)]
        open_ = [span for span in open_ if span.end > day.end]
        if today:
            whole, timed = _apart(_placed(one, day, 0, 1) for one in today)
            shown.append(DayView(*day, whole, timed))
    return View("list", zone.tzinfo, dates, tuple(shown), dates.first)


def _apart(placed: Iterable[Placed]) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    whole: list[Placed] = []
    timed: list[Placed] = []
    for one in placed:
        (whole if one.entry.is_all_day else timed).append(one)
    return tuple(whole), tuple(timed)
