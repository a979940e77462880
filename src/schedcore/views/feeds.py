"""Feeds: what is on today, this week, this month or in the 30 days from today on; and calendars as read-only iCalendar.

Rules of this module:

1. There are four windows. They begin with the day that `now` is in the reader's zone; the week and the month are the
   whole ones that today is in, past days included. The 30 days count today.
2. A feed holds what its reader may know and nothing else: it is made of entries, and of those only from what policy
   put into them.
3. A calendar as iCalendar says METHOD:PUBLISH (RFC 5546 3.2.1): whoever subscribes cannot answer, let alone change it.
   Its events are the occurrences of the entries, each by itself: a series may have instances that the reader must not
   know of, and its rule would tell.
4. Where the reader may not know the UID there is one made from times and calendar, so that the same time is the same
   event each time the feed is read.

Product rules: F1, F3, I2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Status
from schedcore.freebusy.status import CDO_BUSYSTATUS, TRANSP
from schedcore.ics.snapshot import Instance, snapshot
from schedcore.views.arranging import Entry, View
from schedcore.views.days import Dates, day, month, week
from schedcore.zones import zone_of

__all__ = ["DAYS_AHEAD", "Feed", "feed_dates", "to_ical"]

#: How many days the longest feed has, today included.
DAYS_AHEAD: Final = 30


class Feed(StrEnum):
    """The four windows of a feed.

    >>> Feed("30 days").name
    'THIRTY_DAYS'
    """

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    THIRTY_DAYS = "30 days"


def feed_dates(feed: Feed, now: datetime, tz: str | tzinfo, wkst: str = "MO") -> Dates:
    """The days of a feed, read at an aware `now` in a zone; InvalidValue for a `now` without one, or another feed.

    >>> from datetime import UTC
    >>> feed_dates(Feed.THIRTY_DAYS, datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Zurich")
    Dates(first=datetime.date(2026, 4, 1), last=datetime.date(2026, 4, 30))
    """
    if not isinstance(now, datetime) or now.tzinfo is None:
        raise InvalidValue(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    today = now.astimezone(zone_of(tz).tzinfo).date()
    try:
        asked = Feed(feed)
    except ValueError:
        raise InvalidValue(f"{shorten(feed)} is no feed: give one of {', '.join(Feed)}") from None
    if asked is Feed.TODAY:
        return day(today)
    if asked is Feed.WEEK:
        return week(today, wkst)
    if asked is Feed.MONTH:
        return _month(today)
    last = min(today.toordinal() + DAYS_AHEAD - 1, date.max.toordinal())
    return Dates(today, date.fromordinal(last))


def _month(today: date) -> Dates:
    """The days of a month alone, not those of its first and last week."""
    inside = [one for one in month(today) if one.month == today.month]
    return Dates(inside[0], inside[-1])


def to_ical(shown: View | Iterable[Entry], *, name: str | None = None, now: datetime | None = None) -> bytes:
    """Write what a view or a feed shows as a calendar that others can subscribe to, or take in as a file.

    `name` is the calendar's name, `now` the moment it is made (see `ics.snapshot`). An entry is written once, on
    however many days it stands. CalendarError for a naive `now`, and for an instant outside of UTC's years 1 to 9999.

    >>> from schedcore.views import Entry
    >>> from types import SimpleNamespace as Seen
    >>> busy = Entry("anna", date(2026, 3, 2), date(2026, 3, 3), Seen(status=None, summary=None))
    >>> b"SUMMARY" in to_ical([busy])
    False
    """
    found = shown.entries if isinstance(shown, View) else list(shown)
    return snapshot((_instance(entry) for entry in found), name=name, now=now)


def _instance(entry: Entry) -> Instance:
    """What may be known of an entry, and is written."""
    item: Any = entry.item
    said: Status | None = getattr(item, "status", None)
    return Instance(
        entry.start,
        entry.end,
        getattr(item, "uid", None),
        getattr(item, "recurrence_id", None),
        getattr(item, "summary", None),
        getattr(item, "description", None),
        getattr(item, "location", None),
        "TENTATIVE" if said is Status.TENTATIVE else None,
        None if said is None else TRANSP.word(said),
        None if said is None else CDO_BUSYSTATUS.word(said),
    )
