"""Dates, times, durations and periods as iCalendar writes them (RFC 5545 3.3.4 to 3.3.9), and as programs do.

Rules of this module:

1. Eight digits are a date, with a time behind them a date-time; VALUE=DATE makes a date of both.
2. Z is UTC, and wins over a TZID; a TZID is looked up by the calendar's zones; neither is floating.
3. Also read, since they are seen and mean one thing only: ISO 8601 with dashes and colons, a time without seconds or
   with fractions, an offset from UTC, small letters, second 60 (as 59), 24:00:00 (the next midnight).
4. What cannot be read is a `CalendarError` that names property, value and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from schedcore.errors import CalendarError, InvalidValue, shorten
from schedcore.ics.component import Property
from schedcore.recurrence import Duration

__all__ = ["date_of", "duration_of", "rdate_of"]

ZoneFinder = Callable[[str], tzinfo]

_DATE: Final = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def date_of(prop: Property, zone: ZoneFinder, value: str | None = None) -> date | datetime:
    """Read one DATE or DATE-TIME; a datetime has no zone if it floats.

    >>> date_of(Property("DTSTART", {"VALUE": "DATE"}, "20261225", 1), None)
    datetime.date(2026, 12, 25)
    """
    text = (prop.value if value is None else value).strip()
    found = _DATE.fullmatch(text)
    if found is None:
        raise CalendarError(f"{prop.name}={shorten(text)} is no date: write 20261231 or 20261231T235959 (Z for UTC)")
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        midnight = datetime(int(year), int(month), int(day))
        if hour is None or prop.params.get("VALUE", "").upper() == "DATE":
            return midnight.date()
        time = timedelta(hours=int(hour), minutes=int(minute), seconds=min(int(second or 0), 59))
        if int(minute) > 59 or int(second or 0) > 60 or time > timedelta(days=1):
            raise ValueError("the time of day is out of range")
        local = midnight + time
        return local if (tz := _zone(prop, offset, zone)) is None else local.replace(tzinfo=tz)
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidValue):
            raise
        raise CalendarError(f"{prop.name}={shorten(text)} is no date of years 1 to 9999: {error}") from None


def _zone(prop: Property, offset: str | None, zone: ZoneFinder) -> tzinfo | None:
    if offset is None:
        tzid = prop.params.get("TZID", "")
        return zone(tzid) if tzid else None
    if offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def duration_of(prop: Property, value: str | None = None) -> Duration:
    """Read a DURATION, days apart from seconds.

    >>> duration_of(Property("DURATION", {}, "PT24H", 1))
    Duration(days=0, seconds=86400)
    """
    try:
        return Duration.parse((prop.value if value is None else value).strip())
    except InvalidValue as error:
        raise CalendarError(f"{prop.name}: {error}") from error


def rdate_of(prop: Property, zone: ZoneFinder, value: str) -> Any:
    """Read one item of an RDATE: a date, or a period as (start, end) or (start, duration)."""
    start, slash, end = value.partition("/")
    if not slash:
        return date_of(prop, zone, value)
    length = duration_of(prop, end) if end.strip()[:1] in tuple("Pp+-") else date_of(prop, zone, end)
    return date_of(prop, zone, start), length
