"""Dates and times as people type them, and windows of the kind that a question needs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

import click

from schedcore.errors import InvalidValue, shorten
from schedcore.zones import zone_of

__all__ = ["aware", "like", "local", "moment", "read_moment", "zone"]


def moment(_: click.Context, param: click.Parameter, text: str | None) -> date | None:
    """Read a date or a time in ISO 8601, as click's callback of an option: a date stays a date.

    2026-10-25, 2026-10-25T09:00, 20261025T090000Z and 2026-10-25T09:00+01:00 are all understood.
    """
    return None if text is None else read_moment(param, text)


def read_moment(param: click.Parameter, text: str) -> date:
    """Read a date or a time that stands in an option; InvalidValue names the option."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            found = read(text.strip())
        except ValueError:
            continue
        if not isinstance(found, datetime) or not found.microsecond:
            return found
    what = f"{shorten(text)} is not a date or a time in whole seconds"
    raise InvalidValue(f"{param.opts[0]}: {what}; write 2026-10-25 or 2026-10-25T09:00")


def zone(_: click.Context, param: click.Parameter, name: str | None) -> tzinfo | None:
    """Look up a zone by its IANA name, as click's callback of an option."""
    return None if name is None else zone_of(name).tzinfo


def aware(value: date, tz: tzinfo) -> datetime:
    """The instant that a person in a zone means; a date is its midnight."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value.tzinfo is None:
        return value.replace(tzinfo=tz)
    try:
        return value.astimezone(tz)
    except OverflowError:
        raise InvalidValue(f"{value.isoformat()} lies outside of the years 1 to 9999 in {tz}") from None


def local(second: int, tz: tzinfo) -> datetime:
    """UTC seconds on the clock of a zone; OverflowError if that is outside of the years 1 to 9999.

    `datetime.fromtimestamp` wants the year of UTC to be one of them as well; where it is not, no clock changes.

    >>> from datetime import timezone
    >>> local(-62_135_629_200, timezone(timedelta(hours=9))).isoformat()  # 9 hours before year 1 begins in UTC
    '0001-01-01T00:00:00+09:00'
    """
    try:
        return datetime.fromtimestamp(second, tz)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=tz) + timedelta(seconds=second + zone_of(tz).table.offset_at(second))


def like(value: date, dtstart: date, option: str) -> date:
    """Turn a bound of a window into a value of DTSTART's kind: a date, a local time, or an instant.

    A time on a date series has no meaning, nor has an offset on a local one: those are refused, not guessed.
    """
    if not isinstance(dtstart, datetime):
        if isinstance(value, datetime):
            raise InvalidValue(f"{option} {value.isoformat()}: the series is one of dates; give a date")
        return value
    if dtstart.tzinfo is not None:
        return aware(value, dtstart.tzinfo)
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value.tzinfo is not None:
        raise InvalidValue(
            f"{option} {value.isoformat()}: the series has local times; leave the offset out, or give --tz"
        )
    return value
