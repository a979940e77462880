"""From dates and datetimes to the whole seconds that the kernels count in.

Rules of this module:

1. A series has one of three kinds, by its DTSTART: "date", "floating" (naive datetimes) or "zoned".
2. Its *key* is an int64: UTC seconds when zoned, local seconds otherwise (a date is its midnight).
3. Occurrences fall on whole seconds, so a bound with microseconds is rounded up: `start >= bound` stays exact.
4. A bound of another kind than the series is an error that says what to pass; nothing is converted by guessing.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from schedcore._zone import local_seconds, utc_seconds
from schedcore.errors import SeriesError, shorten

__all__ = ["DAY", "MAX_KEY", "MIN_KEY", "floating_key", "instant", "key_of", "kind_of"]

DAY: Final = 86_400
#: Keys run from the first second of year 1 to the end of year 9999, what datetime can hold; two days more on each
#: side hold every instant of a local time in there, whatever its offset (a day at most, RFC 5545 3.3.14).
MIN_KEY: Final = -62_135_596_800 - 2 * DAY
MAX_KEY: Final = 253_402_300_800 + 2 * DAY


def kind_of(value: object) -> str | None:
    """Tell the kind of a date or datetime: "date", "floating" or "zoned"; None for anything else.

    >>> from datetime import UTC
    >>> kind_of(date(2026, 3, 2)), kind_of(datetime(2026, 3, 2)), kind_of(datetime(2026, 3, 2, tzinfo=UTC))
    ('date', 'floating', 'zoned')
    """
    if isinstance(value, datetime):
        return "floating" if value.tzinfo is None else "zoned"
    return "date" if isinstance(value, date) else None


def instant(value: datetime) -> int:
    """Count the UTC seconds of an aware datetime, fractions rounded up.

    >>> from datetime import UTC
    >>> instant(datetime(1970, 1, 1, 0, 0, 5, 1, tzinfo=UTC))
    6
    """
    return utc_seconds(value, True)


def floating_key(value: datetime) -> int:
    """Count the local seconds of a naive datetime, fractions rounded up."""
    return local_seconds(value) + (value.microsecond > 0)


def key_of(value: object, kind: str, where: str) -> int:
    """Turn a bound of a window into a key of a series of this kind; SeriesError says what to pass instead.

    >>> key_of(datetime(1970, 1, 2), "floating", "a")
    86400
    >>> key_of(date(1970, 1, 2), "floating", "a")
    Traceback (most recent call last):
        ...
    schedcore.errors.SeriesError: a=datetime.date(1970, 1, 2): the series is floating: pass a naive datetime
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            if kind == "floating":
                return floating_key(value)
        elif kind == "zoned" and value.utcoffset() is not None:
            return instant(value)
    elif kind == "date" and isinstance(value, date):
        return local_seconds(value)
    raise SeriesError(f"{where}={shorten(value)}: the series is {_KINDS[kind]}")


_KINDS: Final = {
    "date": "one of dates: pass a datetime.date",
    "floating": "floating: pass a naive datetime",
    "zoned": "zoned: pass a datetime with tzinfo",
}
