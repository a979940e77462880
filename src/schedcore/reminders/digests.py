"""Digests: the day of a calendar as one message, by mail, chat or SMS; what is in it, and when it is sent.

Rules of this module:

1. A digest is a setting of one calendar: weekdays, channels, content and a time. No weekday means off, and off is what
   a calendar has unless somebody chose days (`Digest()`).
2. `content` is the day that it is about: the same day, sent early, at 6:00 unless said; or the next day, sent the
   evening before, at 18:00. The weekdays are those on which it is sent. Times are of the wall clock in the owner's
   zone: one that the clocks jump over moves by the jump, one that comes twice is the first.
3. `daily_digest` goes by mail, chat or both, mail to the login address. It is sent on an empty day too, unless told
   otherwise. `sms_agenda` goes by SMS, and of an empty day it sends nothing.
4. In it are all events of the day that are not cancelled, in order, whole days first: title, times, location and the
   link of a video call. `recurring=False` leaves out what recurs.
5. "Send now" is the same message at another moment: it is about the day that `content` says, today or tomorrow by the
   owner's clock; weekdays do not matter to it, an empty day does. A digest that is off can be sent now.
6. A calendar that could not be read gives no digest that says "nothing on that day": it is an error that tells why.

Product rules: D5, D6, D7, D8, K1, K2, K3, K4, K5, K6, K7, K8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.errors import CalendarError, InvalidValue, LimitExceeded, shorten
from schedcore.freebusy import Unreadable
from schedcore.meetings import Channel, Notice
from schedcore.policy import Caps
from schedcore.recurrence.window import instant
from schedcore.reminders.instances import content_of, tracks
from schedcore.reminders.links import video_link
from schedcore.views.days import MAX_DAYS, WEEKDAYS, Dates, days_of
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    from schedcore.reminders.instances import Span
    from schedcore.reminders.settings import Watched

__all__ = [
    "Content",
    "DayDigest",
    "Digest",
    "Item",
    "Sending",
    "daily_digest",
    "day_digest",
    "next_sending",
    "send_now",
    "sendings",
    "sms_agenda",
]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ONE: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400


class Content(StrEnum):
    """The day that a digest is about, seen from the day on which it is sent."""

    SAME_DAY = "same day"
    NEXT_DAY = "next day"


#: When a digest is sent unless said: early, or the evening before.
TIMES: Final = {Content.SAME_DAY: time(6), Content.NEXT_DAY: time(18)}


@dataclass(frozen=True, slots=True)
class Digest:
    """A setting: on which weekdays (MO to SU; none: off), by which channels, about which day, and at which time.

    `at` is a local time without seconds, None the usual one of the content. `recurring` is whether events that recur
    are in it, `empty` whether it is sent on a day without events. InvalidValue for what means nothing.

    >>> Digest().is_on, daily_digest(["MO", "FR"]).is_on, sms_agenda(["MO"]).time
    (False, True, datetime.time(6, 0))
    """

    days: Iterable[str] = ()
    channels: Iterable[Channel] = (Channel.MAIL,)
    content: Content = Content.SAME_DAY
    at: time | None = None
    recurring: bool = True
    empty: bool = True

    def __post_init__(self) -> None:
        """Make every part a value."""
        if isinstance(self.days, str):
            raise InvalidValue(f"days={shorten(self.days)} is one text: give a list of {', '.join(WEEKDAYS)}")
        days = {str(day).strip().upper() for day in self.days}
        for day in sorted(days - set(WEEKDAYS)):
            raise InvalidValue(f"days: {shorten(day)} is no weekday: give some of {', '.join(WEEKDAYS)}")
        try:
            channels = {Channel(channel) for channel in self.channels}
            content = Content(self.content)
        except ValueError:
            said = f"digest: channels={shorten(self.channels)}, content={shorten(self.content)}"
            words = "channels are mail, chat or sms, a content is same day or next day"
            raise InvalidValue(f"{said}: {words}") from None
        if not channels or not channels <= {Channel.MAIL, Channel.CHAT, Channel.SMS}:
            raise InvalidValue(f"channels={sorted(channels)}: give mail, chat or both, or sms")
        if self.at is not None and (self.at.tzinfo is not None or self.at.second or self.at.microsecond):
            raise InvalidValue(f"at={self.at}: give a local time in whole minutes, without a zone")
        object.__setattr__(self, "days", tuple(day for day in WEEKDAYS if day in days))
        object.__setattr__(self, "channels", tuple(one for one in Channel if one in channels))
        object.__setattr__(self, "content", content)

    @property
    def is_on(self) -> bool:
        """Whether it is ever sent."""
        return bool(tuple(self.days))

    @property
    def time(self) -> time:
        """The local time at which it is sent."""
        return TIMES[self.content] if self.at is None else self.at

    def about(self, sent: date) -> date:
        """The day that it is about if it is sent on a day."""
        return sent if self.content is Content.SAME_DAY else sent + timedelta(days=1)


def daily_digest(
    days: Iterable[str] = (),
    channels: Iterable[Channel] = (Channel.MAIL,),
    content: Content = Content.NEXT_DAY,
    at: time | None = None,
    *,
    recurring: bool = True,
) -> Digest:
    """The daily digest of a calendar: off unless there are days, by mail, chat or both.

    >>> daily_digest(["MO"], [Channel.SMS])
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: a daily digest goes by mail, by chat or by both, not by sms
    """
    found = Digest(days, channels, content, at, recurring)
    if Channel.SMS in tuple(found.channels):
        raise InvalidValue("a daily digest goes by mail, by chat or by both, not by sms")
    return found


def sms_agenda(days: Iterable[str] = (), content: Content = Content.SAME_DAY, at: time | None = None) -> Digest:
    """The agenda by SMS: off unless there are days; of a day without events nothing is sent."""
    return Digest(days, [Channel.SMS], content, at, empty=False)


# --- when -------------------------------------------------------------------------------------------------------------


class Sending(NamedTuple):
    """A digest to be sent: when (UTC), and the day that it is about."""

    at: datetime
    day: date


def sendings(digest: Digest, start: datetime, end: datetime, tz: str | tzinfo) -> list[Sending]:
    """List when a digest is sent in [start, end), aware datetimes, by the clock of a zone.

    InvalidValue for other bounds, LimitExceeded for more than ten years. A look at each day.

    >>> monday = datetime(2026, 3, 2, tzinfo=UTC)
    >>> for one in sendings(daily_digest(["MO", "TU"]), monday, monday + timedelta(days=2), "Europe/Zurich"):
    ...     print(one.at.isoformat(), one.day)
    2026-03-02T17:00:00+00:00 2026-03-03
    2026-03-03T17:00:00+00:00 2026-03-04
    """
    lo, hi = _second(start, "start"), _second(end, "end")
    if hi < lo:
        raise InvalidValue(f"end={end.isoformat()} is before start={start.isoformat()}: swap them")
    if hi - lo > MAX_DAYS * _DAY:
        raise LimitExceeded("max_days", allowed=MAX_DAYS, reached=-(-(hi - lo) // _DAY))
    zone = zone_of(tz)
    first = (lo + zone.table.offset_at(lo)) // _DAY
    last = (hi + zone.table.offset_at(hi)) // _DAY
    # A day to each side: a time that moves in a gap over midnight is sent on the next one.
    found = (_sending(digest, day, zone) for day in range(first - 1, last + 2))
    return [one for one in found if one is not None and lo <= instant(one.at) < hi]


def next_sending(digest: Digest, after: datetime, tz: str | tzinfo) -> Sending | None:
    """When a digest is sent next after an aware datetime; None for one that is off.

    >>> friday = datetime(2026, 10, 23, 4, tzinfo=UTC)  # at 6:00 in Zürich, two days before its clocks go back
    >>> next_sending(sms_agenda(["FR", "SU"]), friday, "Europe/Zurich").at.isoformat()
    '2026-10-25T05:00:00+00:00'
    """
    second, zone = _second(after.replace(microsecond=0), "after"), zone_of(tz)
    today = (second + zone.table.offset_at(second)) // _DAY
    # A week and a day to each side have every weekday; at the end of the calendar there is no next one.
    for day in range(today - 1, today + 9):
        found = _sending(digest, day, zone)
        if found is not None and instant(found.at) > second:
            return found
    return None


def _sending(digest: Digest, day: int, zone: Zone) -> Sending | None:
    """The sending of one day, counted from 1970; None if there is none on it."""
    ordinal = day + _DAY_ONE
    last = date.max.toordinal() - (digest.content is Content.NEXT_DAY)
    if not 1 <= ordinal <= last:
        return None
    sent = date.fromordinal(ordinal)
    if WEEKDAYS[sent.weekday()] not in tuple(digest.days):
        return None
    found = zone.table.utc_of(day * _DAY + digest.time.hour * 3600 + digest.time.minute * 60, 0, 0)
    assert found is not None  # a gap that shifts leaves no local time without an instant
    return Sending(_EPOCH + timedelta(seconds=found), digest.about(sent))


def _second(value: object, name: str) -> int:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"{name}={shorten(value)}: give an aware datetime, such as datetime.now(UTC)")
    return instant(value)


# --- what -------------------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """One event of a day.

    Dates for whole days, else times by the clock of the zone; those that go on before or after the day are those of the
    event. `link` is that of its video call.
    """

    start: date | datetime
    end: date | datetime
    summary: str | None
    location: str | None
    link: str | None
    uid: str | None
    recurs: bool

    @property
    def is_all_day(self) -> bool:
        """Whether it takes whole days."""
        return not isinstance(self.start, datetime)


class DayDigest(NamedTuple):
    """The message of a digest: the day, the key of the calendar, its events, and to whom it goes by each channel."""

    day: date
    calendar: str
    items: tuple[Item, ...]
    person: str
    to: tuple[tuple[Channel, str | None], ...]

    def notices(self) -> list[Notice]:
        """The same as notices, one for each channel, to be sent by whoever sends those."""
        return [
            Notice(
                "digest",
                self.person,
                channel,
                self.calendar,
                data=[("to", to), ("day", self.day), ("items", self.items)],
            )
            for channel, to in self.to
        ]


def day_digest(
    digest: Digest, watched: Watched, day: date, tz: str | tzinfo, *, caps: Caps | None = None
) -> DayDigest | None:
    """What a digest of a calendar says of a day, from its midnight to the next in a zone; None if nothing is sent.

    CalendarError if the calendar could not be read. Cost: a seek for each series, and what is on that day.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Profile, Watched
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nSUMMARY:Lunch\\nDTSTART:20260302T120000Z\\nEND:VEVENT")
    >>> anna = Watched("anna", lunch, Profile("anna", phone="+41791234567"))
    >>> found = day_digest(sms_agenda(["MO"]), anna, date(2026, 3, 2), "Europe/Zurich")
    >>> [(item.start.hour, item.summary) for item in found.items], found.to[0][1]
    ([(13, 'Lunch')], '+41791234567')
    >>> day_digest(sms_agenda(["MO"]), anna, date(2026, 3, 3), "Europe/Zurich") is None
    True
    """
    content = content_of(watched.calendar)
    if isinstance(content, Unreadable):
        raise CalendarError(f"{shorten(watched.key)} has no digest: {content.reason}")
    zone = zone_of(tz)
    [its] = days_of(Dates(day, day), zone)
    found: list[Span] = []
    for source in tracks(watched.calendar, content, watched.tz, zone, Caps() if caps is None else caps):
        found += source.touching(its.start, its.end)
    items = tuple(_items(found, zone.tzinfo, digest.recurring))
    if not items and not digest.empty:
        return None
    profile = watched.profile
    to = tuple((channel, profile.digest_to(channel)) for channel in digest.channels)
    return DayDigest(day, watched.key, items, profile.person, to)


def send_now(
    digest: Digest, watched: Watched, now: datetime, tz: str | tzinfo, *, caps: Caps | None = None
) -> DayDigest | None:
    """What "send now" sends at an aware `now`: today or tomorrow, as the digest's content says.

    None and errors as `day_digest`; InvalidValue for a `now` without a zone.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Profile, Watched
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nSUMMARY:Lunch\\nDTSTART:20260302T120000Z\\nEND:VEVENT")
    >>> anna = Watched("anna", lunch, Profile("anna", phone="+41791234567"))
    >>> eight = datetime(2026, 3, 2, 8, tzinfo=UTC)
    >>> [item.summary for item in send_now(sms_agenda(["MO"]), anna, eight, "Europe/Zurich").items]
    ['Lunch']
    """
    second, zone = _second(now.replace(microsecond=0), "now"), zone_of(tz)
    today = date.fromordinal((second + zone.table.offset_at(second)) // _DAY + _DAY_ONE)
    if digest.content is Content.NEXT_DAY and today == date.max:
        raise InvalidValue(f"now={now.isoformat()}: the calendar ends with this day, there is no next one")
    return day_digest(digest, watched, digest.about(today), tz, caps=caps)


def _items(found: Iterable[Span], zone: tzinfo, recurring: bool) -> Iterator[Item]:
    """Whole days first, then by start, longer ones first, as a screen shows them."""

    def order(span: Span) -> Any:
        timed = isinstance(span.occurrence.start, datetime)
        return timed, span.start, -span.end, span.occurrence.event.summary or "", span.occurrence.uid or ""

    for span in sorted(found, key=order):
        one = span.occurrence
        recurs = one.recurrence_id is not None
        if recurs and not recurring:
            continue
        start, end = _shown(one.start, zone), _shown(one.end, zone)
        event = one.event
        yield Item(start, end, event.summary, event.text("LOCATION"), video_link(event), one.uid, recurs)


def _shown(value: date, zone: tzinfo) -> date:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    try:
        return value.astimezone(zone)
    except OverflowError:  # within a day of the ends of the calendar: by its own clock
        return value
