"""`rruleset`: rules and dates put together, less other rules and dates.

Rules of this module:

1. Where all members are rules of this module and dates in one zone, a set is a `Merged`: pages of local seconds united
   and subtracted as columns. It can be entered anywhere, so questions do not replay it.
2. Any other set is walked, its members merged by heap: rules of dateutil itself, generators, dates in several zones,
   with microseconds or a fold. The order of the members then is Python's order of datetimes, as it is in dateutil.
3. An EXDATE in another zone (often UTC) is taken out by its local time where that is certain, else see rule 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from heapq import merge

from schedcore._column import Column, between, column_of, difference, union
from schedcore._plan import Plan
from schedcore._stream import Stream
from schedcore.compat.base import rrulebase
from schedcore.compat.ordering import END, START, Source, wall_of
from schedcore.compat.rule import rrule

__all__ = ["rruleset"]

FIRST_PAGE = 64  # local seconds asked of each rule at first; then twice as many
LAST_PAGE = 65536  # half a megabyte from each rule


class rruleset(rrulebase):
    """The union of rules and dates without those of other rules and dates, each once and in order.

    A rule may be any iterable of increasing datetimes. COUNT counts within its own rule, before anything is taken out.

    >>> from schedcore.compat.dateutil import DAILY
    >>> days = rruleset()
    >>> days.rrule(rrule(DAILY, dtstart=datetime(2026, 1, 1), count=3))
    >>> days.exdate(datetime(2026, 1, 2))
    >>> list(days)
    [datetime.datetime(2026, 1, 1, 0, 0), datetime.datetime(2026, 1, 3, 0, 0)]
    """

    def __init__(self, cache: bool = False) -> None:
        self._rrule: list[Iterable[datetime]] = []
        self._rdate: list[datetime] = []
        self._exrule: list[Iterable[datetime]] = []
        self._exdate: list[datetime] = []
        super().__init__(cache)

    def rrule(self, rrule: Iterable[datetime]) -> None:
        """Add what a rule gives."""
        self._rrule.append(rrule)
        self._invalidate_cache()

    def rdate(self, rdate: datetime) -> None:
        """Add one datetime."""
        self._rdate.append(rdate)
        self._invalidate_cache()

    def exrule(self, exrule: Iterable[datetime]) -> None:
        """Take out what a rule gives."""
        self._exrule.append(exrule)
        self._invalidate_cache()

    def exdate(self, exdate: datetime) -> None:
        """Take out one datetime."""
        self._exdate.append(exdate)
        self._invalidate_cache()

    def _make_source(self) -> tuple[Source | None, tzinfo | None]:
        zones = [rule._tzinfo for rule in self._rrule if isinstance(rule, rrule)]
        zones += [date.tzinfo for date in self._rdate if isinstance(date, datetime)]
        zone = zones[0] if zones else None
        included, excluded = _plans(self._rrule, zone), _plans(self._exrule, zone)
        exdates = [wall_of(date, zone) for date in self._exdate]
        alike = all(type(date) is datetime and date.tzinfo is zone for date in self._rdate)
        rdates = [wall_of(date, zone) for date in self._rdate] if alike else [None]
        if included is None or excluded is None or None in rdates or None in exdates:
            return None, None
        return Merged(included, _column(rdates), excluded, _column(exdates)), zone

    def _walk(self) -> Iterator[datetime]:
        excluded = merge(sorted(self._exdate), *self._exrule)
        out = next(excluded, None)
        last = None
        for value in merge(sorted(self._rdate), *self._rrule):
            if last is not None and last == value:
                continue
            while out is not None and out < value:
                out = next(excluded, None)
            if out is None or value != out:
                yield value
            last = value


def _plans(rules: Iterable[Iterable[datetime]], zone: tzinfo | None) -> list[Plan] | None:
    """The plans of rules that all are of this module and of one zone, or None."""
    plans = []
    for rule in rules:
        if not isinstance(rule, rrule) or rule._tzinfo is not zone:
            return None
        if type(rule).__iter__ is not rrulebase.__iter__:
            return None  # a subclass that iterates in its own way
        plan = rule._source()[0]
        assert isinstance(plan, Plan)
        plans.append(plan)
    return plans


def _column(seconds: Iterable[int | None]) -> Column:
    return column_of(sorted({second for second in seconds if second is not None}))


class Merged:
    """Plans and dates united, less others: a `Source`. Pages are worked out as they are asked for; none is kept."""

    def __init__(self, included: list[Plan], dates: Column, excluded: list[Plan], exdates: Column) -> None:
        self._included = included
        self._dates = dates
        self._excluded = [Stream(plan, None, 0, 0, None) for plan in excluded]
        self._exdates = exdates

    def _pages(self, low: int, high: int) -> Iterator[Column]:
        """All in [low, high), in columns; one may be empty."""
        size = FIRST_PAGE
        while low < high:
            columns = [plan.between(low, high, size) for plan in self._included]
            end = min((column[size - 1] + 1 for column in columns if len(column) == size), default=high)
            page = between(self._dates, low, end)
            for column in columns:
                page = union(page, between(column, low, end))
            for stream in self._excluded:
                page = stream.taken_from(page)
            yield difference(page, self._exdates)
            low = end
            size = min(2 * size, LAST_PAGE)

    def between(self, low: int, high: int, limit: int = -1) -> Column:
        """Those in [low, high), at most `limit` of them."""
        out = column_of(())
        for page in self._pages(low, high):
            out = union(out, page)
            if 0 <= limit <= len(out):
                return out if len(out) == limit else between(out, low, out[limit])
        return out

    def next(self, t: int) -> int | None:
        """The first at or after `t`."""
        return next((page[0] for page in self._pages(t, END) if len(page)), None)

    def prev(self, t: int) -> int | None:
        """The last before `t`; goes back occurrence by occurrence as long as they are taken out."""
        while True:
            dates = between(self._dates, START, t)
            last = [dates[len(dates) - 1]] if len(dates) else []
            last += [found for plan in self._included if (found := plan.prev(t)) is not None]
            if not last:
                return None
            t = max(last)
            if len(self.between(t, t + 1)):
                return t

    def nth(self, k: int) -> int | None:
        """Number `k`, from 0; counts through the pages."""
        for page in self._pages(START, END):
            if k < len(page):
                return page[k]
            k -= len(page)
        return None

    def rank(self, t: int) -> int:
        """How many are before `t`; counts through the pages."""
        return sum(map(len, self._pages(START, t)))
