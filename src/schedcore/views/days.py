"""Days of a zone as stretches of time, and the days that a screen shows together: one, a week, a month.

Rules of this module:

1. A day of a zone is [its midnight, the next midnight), in UTC seconds: 23 or 25 hours where the clocks change. Where
   they jump over midnight it begins with its first moment.
2. A week begins on Monday unless WKST says otherwise. ISO 8601 numbers weeks from Monday; 2026-W53 is a week, 2027-W53
   is not.
3. A month is shown in whole weeks, with the days before and after it that those have.
4. Dates end with 9999-12-31, and begin with 0001-01-01: a week that reaches over either end has fewer days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.recurrence.window import DAY
from schedcore.zones import Zone

__all__ = [
    "EARLIEST",
    "LATEST",
    "MAX_DAYS",
    "WEEKDAYS",
    "Dates",
    "Stretch",
    "bounded",
    "check",
    "day",
    "days_of",
    "iso_week",
    "midnight",
    "month",
    "week",
]

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Ten years: a list of that is long enough, and more would be a mistake in a date.
MAX_DAYS: Final = 3_660
#: The bounds that hold all of Python's calendar; the later one, not on a full second, is rounded up by whoever asks.
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_LAST: Final = date.max.toordinal()
_ISO: Final = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dates:
    """Days from `first` to `last`, which is one of them."""

    first: date
    last: date

    def __contains__(self, value: object) -> bool:
        """Whether a date is one of them."""
        return isinstance(value, date) and self.first <= value <= self.last

    def __iter__(self) -> Iterator[date]:
        """Go through the days."""
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield date.fromordinal(ordinal)


class Stretch(NamedTuple):
    """A day, and the UTC seconds [start, end) that it takes in a zone."""

    date: date
    start: int
    end: int


def day(of: date) -> Dates:
    """One day.

    >>> day(date(2026, 3, 29)).last
    datetime.date(2026, 3, 29)
    """
    return Dates(of, of)


def week(of: date, wkst: str = "MO") -> Dates:
    """The week that a day is in; InvalidValue for a WKST that is no weekday.

    >>> week(date(2026, 4, 1)).first, week(date(2026, 4, 1), "SU").first
    (datetime.date(2026, 3, 30), datetime.date(2026, 3, 29))
    """
    first = of.toordinal() - (of.weekday() - _weekday(wkst)) % 7
    return Dates(date.fromordinal(max(first, 1)), date.fromordinal(min(first + 6, _LAST)))


def iso_week(text: str) -> Dates:
    """The week of a number as ISO 8601 writes it; InvalidValue for a week that the year does not have.

    >>> iso_week("2026-W14").first
    datetime.date(2026, 3, 30)
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise InvalidValue(f"{shorten(text)} is no week: write 2026-W14")
    try:
        return week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except ValueError:
        raise InvalidValue(f"{shorten(text)}: the year has no such week; weeks go from W01 to W52, or W53") from None


def month(of: date, wkst: str = "MO") -> Dates:
    """The whole weeks that the month of a day is in.

    >>> month(date(2026, 2, 14)).first, month(date(2026, 2, 14)).last
    (datetime.date(2026, 1, 26), datetime.date(2026, 3, 1))
    """
    first = of.replace(day=1)
    over = date.fromordinal(min(first.toordinal() + 31, _LAST))
    last = over if over.month == first.month else over - timedelta(days=over.day)
    return Dates(week(first, wkst).first, week(last, wkst).last)


def days_of(dates: Dates, zone: Zone) -> list[Stretch]:
    """The stretches of some days in a zone; InvalidValue if there are none, LimitExceeded for more than ten years.

    >>> from schedcore.zones import zone_of
    >>> [(one.end - one.start) // 3600 for one in days_of(Dates(date(2026, 3, 28), date(2026, 3, 29)),
    ...                                                   zone_of("Europe/Zurich"))]
    [24, 23]
    """
    check(dates)
    edges = [midnight(ordinal, zone) for ordinal in range(dates.first.toordinal(), dates.last.toordinal() + 2)]
    return [Stretch(one, edges[place], edges[place + 1]) for place, one in enumerate(dates)]


def check(dates: Dates) -> None:
    """Refuse days that are none, or too many."""
    count = dates.last.toordinal() - dates.first.toordinal() + 1
    if count < 1:
        raise InvalidValue(f"the last day {dates.last} is before the first {dates.first}; swap them")
    if count > MAX_DAYS:
        raise LimitExceeded(
            "max_days",
            allowed=MAX_DAYS,
            reached=count,
            message=f"{count} days from {dates.first} to {dates.last}: a view has at most {MAX_DAYS}; ask for fewer",
        )


def midnight(ordinal: int, zone: Zone) -> int:
    """UTC seconds at which a day begins, by its ordinal: so that the end of 9999-12-31 has one too."""
    local = (ordinal - _EPOCH) * DAY
    found = zone.table.utc_of(local, 0, 0)
    assert found is not None  # a gap that shifts leaves no local time without an instant
    over = found + zone.table.offset_at(found) - local
    if over <= 0:
        return found
    # The clocks jumped over midnight: the day begins where they landed, which is at most that much earlier.
    low, high = found - over, found
    while low < high:
        middle = (low + high) // 2
        if middle + zone.table.offset_at(middle) >= local:
            high = middle
        else:
            low = middle + 1
    return low


def bounded(second: int) -> datetime:
    """UTC seconds as a bound to ask calendars with; what lies outside of the years 1 to 9999 is their end.

    >>> bounded(0).isoformat(), bounded(10**12) is LATEST
    ('1970-01-01T00:00:00+00:00', True)
    """
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    except OverflowError:
        return EARLIEST if second < 0 else LATEST


def _weekday(wkst: str) -> int:
    try:
        return WEEKDAYS.index(wkst.strip().upper())
    except (ValueError, AttributeError):
        raise InvalidValue(f"wkst={shorten(wkst)}: give one of {', '.join(WEEKDAYS)}") from None
