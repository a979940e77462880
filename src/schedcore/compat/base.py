"""What rules and sets share: iterating, the cache, and every question that is asked of a sequence of datetimes.

Rules of this module:

1. Where there is a `Source` (a rule has one; a set has one unless its members are of several zones or not rules of
   this module), nothing is replayed: `after`, `before`, `between`, `count()`, `[n]` and `in` seek.
2. Where there is none, the questions are answered by walking from the start, as dateutil does.
3. Iterating reads the source in pages that grow, so the first occurrence is quick and the millionth cheap.
4. The answers are dateutil's, whose order is that of iteration: see `ordering` for where that is not the order of time.
"""

from __future__ import annotations

import operator
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import chain, islice
from typing import Any, overload

from schedcore.compat.ordering import END, START, Source, bound, datetimes, moment

__all__ = ["rrulebase"]

FIRST_PAGE = 16  # occurrences: most rules are asked for a few
LAST_PAGE = 4096  # some hundreds of kilobytes of datetimes
CACHED_AT_ONCE = 64  # how many are added to a cache before the next is handed out

# What cannot or need not be pickled: it is made again when first needed.
PRIVATE = ("_cache_lock", "_cache_gen", "_source_made")


class rrulebase(ABC):
    """An iterable of datetimes that can be asked what is before, after, between and at a number.

    With `cache` what was once iterated is kept, as a list of datetimes.
    """

    _cache: list[datetime] | None
    _cache_complete: bool
    _len: int | None

    def __init__(self, cache: bool = False) -> None:
        self._cache = [] if cache else None
        self._invalidate_cache()

    @abstractmethod
    def _make_source(self) -> tuple[Source | None, tzinfo | None]:
        """The local times and their tzinfo, or None where they are not of one zone."""

    @abstractmethod
    def _walk(self) -> Iterator[datetime]:
        """All datetimes in order, where there is no source."""

    def _source(self) -> tuple[Source | None, tzinfo | None]:
        made = self.__dict__.get("_source_made")
        if made is None:
            made = self._source_made = self._make_source()
        return made

    # --- state -------------------------------------------------------------------------------------------------------

    def _invalidate_cache(self) -> None:
        self._len = None
        self._cache_complete = False
        self.__dict__.pop("_source_made", None)
        if self._cache is not None:
            self._cache = []
            self._cache_gen = self._iter()
            self._cache_lock = threading.Lock()

    def __getstate__(self) -> object:
        """Everything but the cached datetimes and what is made from the rest; slots of subclasses are kept."""
        state: Any = super().__getstate__()
        slots = None
        if isinstance(state, tuple):
            state, slots = state
        state = {name: value for name, value in state.items() if name not in PRIVATE}
        if self._cache is not None:
            state["_cache"] = []
        return state if slots is None else (state, slots)

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple):
            state, slots = state
            for name, value in slots.items():
                setattr(self, name, value)
        self.__dict__.update(state)
        self._invalidate_cache()

    # --- iterating ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[datetime]:
        if self._cache is None:
            return self._iter()
        return iter(self._cache) if self._cache_complete else self._iter_cached()

    def _iter(self) -> Iterator[datetime]:
        return chain.from_iterable(self._pages(START))

    def _pages(self, low: int) -> Iterator[list[datetime]]:
        """The datetimes from local second `low` on, in lists; all of them where there is no source."""
        source, zone = self._source()
        if source is None:
            walk = self._walk()
            while page := list(islice(walk, FIRST_PAGE)):
                yield page
            return
        size = FIRST_PAGE
        while True:
            column = source.between(low, END, size)
            yield datetimes(column, zone)
            if len(column) < size:
                return
            low = column[size - 1] + 1
            size = min(4 * size, LAST_PAGE)

    def _iter_cached(self) -> Iterator[datetime]:
        """Hand out what is in the cache and fill it on the way; iterators of one cache share it."""
        cache, gen, lock = self._cache, self._cache_gen, self._cache_lock
        assert cache is not None
        at = 0
        while True:
            if at == len(cache):
                with lock:
                    if at == len(cache):
                        cache.extend(islice(gen, CACHED_AT_ONCE))
                        if at == len(cache):
                            self._cache_complete = self._cache_complete or cache is self._cache
                            return
            yield cache[at]
            at += 1

    # --- asking ------------------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many there are up to the year 9999, by arithmetic where there is a source."""
        if self._len is None:
            source, _ = self._source()
            self._len = sum(1 for _ in self) if source is None else source.rank(END)
        return self._len

    @overload
    def __getitem__(self, item: int) -> datetime: ...
    @overload
    def __getitem__(self, item: slice) -> list[datetime]: ...
    def __getitem__(self, item: int | slice) -> datetime | list[datetime]:
        if isinstance(item, slice):
            return self._slice(item)
        number = operator.index(item)
        source, zone = self._source()
        if source is None:
            found = islice(self, number, number + 1) if number >= 0 else iter(list(self)[number:][:1])
            for value in found:
                return value
            raise IndexError(f"no occurrence has the number {number}")
        if number < 0:
            number += self.count()
        second = source.nth(number) if number >= 0 else None
        if second is None:
            raise IndexError(f"no occurrence has the number {item}: there are {self.count()}")
        return moment(second, zone)

    def _slice(self, item: slice) -> list[datetime]:
        step = item.step or 1
        start, stop = item.start or 0, item.stop
        source, zone = self._source()
        if step < 0 or start < 0 or (stop is not None and stop < 0):
            if source is None:
                return list(self)[item]
            places = range(*item.indices(self.count()))
            if not places:
                return []
            low, high = min(places), max(places)
            values = self._numbered(source, zone, low, high + 1)
            return values[:: abs(step)] if step > 0 else values[::-1][:: abs(step)]
        if source is None:
            return list(islice(self, start, stop, step))
        return self._numbered(source, zone, start, stop)[::step]

    @staticmethod
    def _numbered(source: Source, zone: tzinfo | None, first: int, end: int | None) -> list[datetime]:
        """The occurrences numbered from `first` up to `end`, or to the last."""
        low = source.nth(first)
        if low is None or (end is not None and end <= first):
            return []
        return datetimes(source.between(low, END, -1 if end is None else end - first), zone)

    def __contains__(self, item: object) -> bool:
        source, zone = self._source()
        if source is None:
            for value in self:
                if value == item:
                    return True
                if value > item:  # type: ignore[operator]
                    return False
            return False
        second = source.next(bound(source, zone, item, False))  # type: ignore[arg-type]
        return second is not None and moment(second, zone) == item

    def before(self, dt: datetime, inc: bool = False) -> datetime | None:
        """The last one before `dt`, or with `inc` at it; None if there is none."""
        source, zone = self._source()
        if source is None:
            last, beyond = None, operator.gt if inc else operator.ge
            for value in self:
                if beyond(value, dt):
                    break
                last = value
            return last
        second = source.prev(bound(source, zone, dt, inc))
        return None if second is None else moment(second, zone)

    def after(self, dt: datetime, inc: bool = False) -> datetime | None:
        """The first one after `dt`, or with `inc` at it; None if there is none."""
        source, zone = self._source()
        if source is None:
            later = operator.ge if inc else operator.gt
            return next((value for value in self if later(value, dt)), None)
        second = source.next(bound(source, zone, dt, not inc))
        return None if second is None else moment(second, zone)

    def xafter(self, dt: datetime, count: int | None = None, inc: bool = False) -> Iterator[datetime]:
        """Iterate over those after `dt`, or with `inc` at it; at most `count` of them."""
        source, zone = self._source()
        pages = self._pages(START if source is None else bound(source, zone, dt, not inc))
        later = operator.ge if inc else operator.gt
        found = (value for value in chain.from_iterable(pages) if later(value, dt))
        yield from found if count is None else islice(found, max(count, 0))

    def between(self, after: datetime, before: datetime, inc: bool = False, count: int = 1) -> list[datetime]:
        """Those after `after` and before `before`, or with `inc` at them; `count` is not used, by dateutil neither."""
        source, zone = self._source()
        if source is None:
            found: list[datetime] = []
            later, beyond = (operator.ge, operator.gt) if inc else (operator.gt, operator.ge)
            for value in self:
                if beyond(value, before):
                    break
                if found or later(value, after):
                    found.append(value)
            return found
        low, high = bound(source, zone, after, not inc), bound(source, zone, before, inc)
        return datetimes(source.between(low, high), zone)
