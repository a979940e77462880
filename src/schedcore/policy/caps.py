"""Caps of the calendar layer: how many instances a series without end has, how many events stand side by side, quotas.

Rules of this module:

1. A series made here whose range is Never has exactly `Caps.never_ending` instances, 20 unless said. They are those
   that its rules generate, DTSTART among them, before any exception: to delete one leaves one less, and to move one
   leaves its place in the count.
2. A series with COUNT or UNTIL is not capped, however long it is. Neither is one that was imported, nor what the
   expander itself gives: a cap is asked for, and nothing is written into the series. So a series that is given an end
   has all its instances up to it, and when the end is taken away again it has the first 20.
3. A series whose every instance was deleted or changed by itself has nothing left that an edit of the whole series
   would reach; who edits it is advised to duplicate it (`only_exceptions`).
4. Quotas come with a subscription: they are passed in, and None is no bound.

Product rules: R1, R5, O2.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime

from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.recurrence import Series
from schedcore.recurrence.anatomy import Anatomy
from schedcore.recurrence.window import MAX_KEY, MIN_KEY, key_of

__all__ = ["Caps", "Quotas", "cap_of", "capped", "is_before", "only_exceptions"]


@dataclass(frozen=True, slots=True)
class Caps:
    """Settings of the calendar layer: instances of a series without end (None: no cap), and events in one time slot.

    >>> Caps(never_ending=0)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: never_ending=0: give how many instances, 1 or more, or None for no cap
    """

    never_ending: int | None = 20
    per_slot: int = 5

    def __post_init__(self) -> None:
        """Refuse what is no number of things."""
        if self.never_ending is not None and not _counts(self.never_ending):
            raise InvalidValue(
                f"never_ending={shorten(self.never_ending)}: give how many instances, 1 or more, or None for no cap"
            )
        if not _counts(self.per_slot):
            raise InvalidValue(f"per_slot={shorten(self.per_slot)}: give how many events, 1 or more")


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a subscription allows: calendars that were added, and calendars layered at once; None is no bound.

    >>> Quotas(added=5).check(added=6)
    Traceback (most recent call last):
        ...
    schedcore.errors.LimitExceeded: added=5 was reached (6): remove a calendar, or have the quota raised
    """

    added: int | None = None
    layered: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no number of calendars."""
        for name in ("added", "layered"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 0):
                raise InvalidValue(f"{name}={shorten(value)}: give how many calendars, 0 or more, or None for no bound")

    def check(self, *, added: int = 0, layered: int = 0) -> None:
        """Raise LimitExceeded if so many are more than the quota."""
        for name, allowed, reached in (("added", self.added, added), ("layered", self.layered, layered)):
            if allowed is not None and reached > allowed:
                said = f"{name}={allowed} was reached ({reached}): remove a calendar, or have the quota raised"
                raise LimitExceeded(name, allowed=allowed, reached=reached, message=said)


def cap_of(series: Series, caps: Caps) -> date | None:
    """Give the start before which a native series ends by its cap; None if it is not capped.

    The start is that of the first instance too many, as the rules generate it. Costs a plan and a look-up by number.

    >>> from schedcore import Series
    >>> print(cap_of(Series(date(2026, 3, 2), "FREQ=DAILY"), Caps()), cap_of(Series(date(2026, 3, 2)), Caps()))
    2026-03-22 None
    """
    if caps.never_ending is None or not series.rules:
        return None
    bare = series.replace(rdates=(), exdates=(), exrules=(), overrides=())
    if not bare.is_infinite:
        return None
    found: date | None = bare.nth(caps.never_ending)
    return found


def capped(series: Series, caps: Caps) -> Series:
    """Give a native series as the calendar layer has it: ended by its cap, exceptions kept; the same if not capped.

    >>> from schedcore import Series
    >>> capped(Series(date(2026, 3, 2), "FREQ=DAILY", exdates=[date(2026, 3, 3)]), Caps()).count()
    19
    """
    end = cap_of(series, caps)
    return series if end is None else series.ended(end)


def is_before(value: date, end: date, kind: str) -> bool:
    """Whether a RECURRENCE-ID names an instance before the end of a series of this kind; a date names a whole day.

    >>> is_before(date(2026, 3, 2), datetime(2026, 3, 2, 9), "floating")
    True
    """
    if isinstance(value, datetime) != isinstance(end, datetime):
        return _day(value) <= _day(end) if isinstance(end, datetime) else _day(value) < end
    return key_of(value, kind, "RECURRENCE-ID") < key_of(end, kind, "cap")


def only_exceptions(series: Series, caps: Caps) -> bool:
    """Whether a series, as native, repeats, and each of its instances is deleted or changed by itself.

    False for one that goes on without end, and for one that was stopped or never repeated. Costs a count; where there
    are no more instances than overrides, a look at each. Errors as `Series.count`.

    >>> from schedcore import Series
    >>> s = Series(date(2026, 3, 2), "FREQ=DAILY;COUNT=2", exdates=[date(2026, 3, 2)])
    >>> only_exceptions(s, Caps()), only_exceptions(s.without(date(2026, 3, 3)), Caps())
    (False, True)
    """
    if not series.rules and not series.rdates:
        return False
    series = capped(series, caps)
    whole = series.replace(exdates=(), exrules=(), overrides=())
    if whole.is_infinite or whole.first() is None:
        return False
    body = Anatomy(series)
    named = {key for keys, one in body.overrides if not one.this_and_future for key in keys}
    # What one override changes onwards, it has changed all of: only what lies before can be left.
    onwards = min((keys[0] for keys, one in body.overrides if one.this_and_future), default=MAX_KEY)
    plain = series.replace(overrides=())
    left = plain.count() if onwards == MAX_KEY else plain.rank(body.value(onwards))
    if left is None or left > len(named):
        return False
    keys = body.generated(MIN_KEY, MAX_KEY).tolist()
    return named.issuperset(keys[: bisect_left(keys, onwards)])


def _counts(value: object) -> bool:
    return type(value) is int and value >= 1


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
