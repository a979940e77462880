"""Settings of reminders and digests, and what is due, as messages and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import Channel
from schedcore.recurrence import Duration
from schedcore.reminders import (
    Alarm,
    Content,
    DayDigest,
    Digest,
    Due,
    Hook,
    Hooks,
    Item,
    Profile,
    Related,
    Template,
    daily_digest,
    message,
    sms_agenda,
)
from schedcore.service.errors import field
from schedcore.service.notices import CHANNELS
from schedcore.service.times import seconds_of, time_message, time_of
from schedcore.v1 import agenda_pb2, common_pb2

__all__ = [
    "alarm_message",
    "alarm_of",
    "daily_of",
    "day_of",
    "digest_message",
    "due_message",
    "hook_of",
    "profile_of",
    "sms_of",
    "told_digest",
]

_CHANNEL_OF: Final[dict[int, Channel]] = {int(number): channel for channel, number in CHANNELS.items()}
_CONTENTS: Final = {
    Content.SAME_DAY: agenda_pb2.DIGEST_CONTENT_SAME_DAY,
    Content.NEXT_DAY: agenda_pb2.DIGEST_CONTENT_NEXT_DAY,
}
_CONTENT_OF: Final[dict[int, Content]] = {int(number): content for content, number in _CONTENTS.items()}


# --- alarms -----------------------------------------------------------------------------------------------------------


def alarm_of(message: agenda_pb2.Alarm) -> Alarm:
    """Read an alarm; InvalidValue on the field at fault."""
    which = message.WhichOneof("trigger")
    trigger: Duration | datetime
    if which == "at":
        trigger = _instant("at", message.at)
    else:
        with field("offset"):
            if which is None:
                raise InvalidValue("no trigger is given: set offset, such as -PT15M, or at")
            trigger = Duration.parse(message.offset)
    with field("every"):
        every = Duration.parse(message.every) if message.every else None
    return Alarm(
        trigger,
        _channel(message.channel),
        Related.END if message.from_end else Related.START,
        message.repeat,
        every,
        _instant("acknowledged", message.acknowledged) if message.acknowledged else None,
        message.uid or None,
        message.snoozes or None,
        message.hook,
        message.text or None,
    )


def _instant(name: str, text: str) -> datetime:
    with field(name):
        found = time_of(common_pb2.Time(instant=text))
        assert isinstance(found, datetime)
        return found


def _channel(number: int) -> Channel:
    if not number:
        return Channel.POP_UP
    with field("channel"):
        found = _CHANNEL_OF.get(number)
        if found is None:
            raise InvalidValue(f"channel={number} is none that this server knows")
        return found


def alarm_message(alarm: Alarm) -> agenda_pb2.Alarm:
    """Tell an alarm.

    >>> alarm_message(Alarm.before(15)).offset
    '-PT15M'
    """
    said = alarm.acknowledged
    found = agenda_pb2.Alarm(
        from_end=alarm.related is Related.END,
        channel=CHANNELS[alarm.channel],
        hook=alarm.hook,
        repeat=alarm.repeat,
        every="" if alarm.every is None else str(alarm.every),
        acknowledged="" if said is None else _rfc3339(said),
        uid=alarm.uid or "",
        snoozes=alarm.snoozes or "",
        text=alarm.text or "",
    )
    if alarm.is_absolute:
        found.at = _rfc3339(alarm.trigger)
    else:
        found.offset = str(alarm.trigger)
    return found


def _rfc3339(value: datetime) -> str:
    return time_message(value).instant


# --- digests ----------------------------------------------------------------------------------------------------------


def daily_of(message: agenda_pb2.Digest) -> Digest:
    """Read the daily digest of a calendar."""
    channels = [_channel(one) for one in message.channels] or [Channel.MAIL]
    content = _content(message.content, Content.NEXT_DAY)
    return daily_digest(message.days, channels, content, _time(message), recurring=not message.without_recurring)


def sms_of(message: agenda_pb2.Digest) -> Digest:
    """Read the agenda by text message."""
    if any(_channel(one) is not Channel.SMS for one in message.channels):
        with field("channels"):
            raise InvalidValue("the agenda by text message goes over nothing else: give CHANNEL_SMS, or none")
    if message.without_recurring:
        with field("without_recurring"):
            raise InvalidValue("the agenda by text message holds all events of the day: leave it out")
    return sms_agenda(message.days, _content(message.content, Content.SAME_DAY), _time(message))


def _content(number: int, usual: Content) -> Content:
    if not number:
        return usual
    with field("content"):
        found = _CONTENT_OF.get(number)
        if found is None:
            raise InvalidValue(f"content={number} is none that this server knows")
        return found


def _time(message: agenda_pb2.Digest) -> time | None:
    if not message.at:
        return None
    with field("at"):
        try:
            if len(message.at) == len("06:00"):
                return time.fromisoformat(message.at)
        except ValueError:
            pass
        raise InvalidValue(f"at={shorten(message.at)}: give a time like 06:00")


def digest_message(digest: Digest) -> agenda_pb2.Digest:
    """Tell when a digest is sent, and how.

    >>> digest_message(sms_agenda(["MO"])).at
    '06:00'
    """
    return agenda_pb2.Digest(
        days=digest.days,
        channels=[CHANNELS[one] for one in digest.channels],
        content=_CONTENTS[digest.content],
        at=digest.time.isoformat("minutes"),
        without_recurring=not digest.recurring,
    )


# --- people -----------------------------------------------------------------------------------------------------------


def profile_of(message: agenda_pb2.Profile, person: str) -> Profile:
    """Read how somebody is reached; what is empty is not known."""
    if message.person not in ("", person):
        with field("person"):
            raise InvalidValue(f"person={shorten(message.person)}: a profile is its person's own; leave it out")
    for name in ("default_address", "login_address", "phone"):
        with field(name):
            Profile(person, **{name: getattr(message, name) or None})
    return Profile(person, message.default_address or None, message.login_address or None, message.phone or None)


def hook_of(message: agenda_pb2.Hook) -> Hook:
    """Read a hook."""
    with field("template"):
        template = Template(message.template)
    return Hook(message.name, message.address, template)


# --- what is due ------------------------------------------------------------------------------------------------------


def due_message(due: Due, hooks: Hooks, tz: str) -> agenda_pb2.DueReminder:
    """Tell a reminder that is due, with what a chat gets; a chat whose hook is gone gets nothing."""
    found = agenda_pb2.DueReminder(
        at=seconds_of(due.at),
        channel=CHANNELS[due.channel],
        person=due.person,
        to=due.to or "",
        calendar=due.calendar,
        uid=due.uid or "",
        recurrence_id=None if due.recurrence_id is None else time_message(due.recurrence_id),
        start=time_message(due.start),
        end=time_message(due.end),
        summary=due.event.summary or "",
        text=due.alarm.text or "",
        number=due.number,
    )
    if due.channel is Channel.CHAT:
        try:
            hook, found.message = message(due, hooks, tz)
            found.hook_address = hook.address
        except InvalidValue:  # the hook was removed since
            pass
    return found


def told_digest(digest: DayDigest, at: int = 0) -> agenda_pb2.DayDigest:
    """Tell a digest that is to be sent at a moment, or that was asked for."""
    return agenda_pb2.DayDigest(
        day=digest.day.isoformat(),
        calendar=digest.calendar,
        person=digest.person,
        to=[agenda_pb2.Addressee(channel=CHANNELS[channel], to=to or "") for channel, to in digest.to],
        items=_items(digest.items),
        at=at,
    )


def _items(items: Iterable[Item]) -> list[Any]:
    return [
        agenda_pb2.AgendaItem(
            start=time_message(one.start),
            end=time_message(one.end),
            summary=one.summary or "",
            location=one.location or "",
            link=one.link or "",
            uid=one.uid or "",
            recurs=one.recurs,
        )
        for one in items
    ]


def day_of(text: str) -> date:
    """Read a day of the request, "2026-10-26"."""
    found = time_of(common_pb2.Time(date=text))
    assert not isinstance(found, datetime)
    return found
