"""`Alarm`: when an event reminds, over which channel, as a value; read from VALARM and written as one.

Rules of this module (RFC 5545 3.6.6, 3.8.6; RFC 9074):

1. A trigger is relative to the start or to the end of an instance (RELATED), or an instant. Days of it are nominal, the
   same time on the clock; hours, minutes and seconds are elapsed time (RFC 5545 3.3.6). So -P1D before Monday 9:00 is
   Sunday 9:00 also where the clocks change in between, and -PT24H is not.
2. REPEAT is how many times more it reminds, each `every` after the one before; the two go together.
3. An alarm that was acknowledged at an instant does not remind at that instant or before it (RFC 9074 6).
4. ACTION says the channel: EMAIL by mail, DISPLAY and AUDIO pop up, X-SMS (or SMS) by text message, X-CHAT through the
   hook that X-SCHEDCORE-HOOK names. Mail goes to the owner's default address, whatever ATTENDEE says: a file that was
   imported must not make anybody send mail to strangers.
5. ACTION:NONE says that the event has no reminder. An alarm with PROXIMITY is for a place, its TRIGGER means nothing
   (RFC 9074 8). An action that nobody knows is passed over (RFC 5545 3.8.6.1), and that is noted.
6. One alarm that cannot be read is noted and loses no other.

Values are read from the raw text, for `icalendar` takes PT24H and P1D for the same.

Product rules: D1, D4, W3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.errors import CalendarError, InvalidValue, shorten
from schedcore.ics.component import Property, property_of, text_of
from schedcore.ics.nesting import parts_of
from schedcore.ics.text import Line
from schedcore.ics.values import date_of, duration_of
from schedcore.ics.writing import escaped
from schedcore.meetings import Channel
from schedcore.recurrence import Duration
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.ics import Event

__all__ = ["CHANNELS", "MAX_REPEAT", "NONE_LINES", "Alarm", "Alarms", "Related", "alarms_of", "lines_of"]

#: The channels of a reminder: `Channel.INTERNAL` is for what happens to a meeting.
CHANNELS: Final = frozenset((Channel.MAIL, Channel.SMS, Channel.POP_UP, Channel.CHAT))

#: Every five minutes for three days is 864: more than this is a mistake or an attack.
MAX_REPEAT: Final = 1_000

_DAY: Final = 86_400
_CHANNEL_OF: Final = {
    "DISPLAY": Channel.POP_UP,
    "AUDIO": Channel.POP_UP,
    "EMAIL": Channel.MAIL,
    "SMS": Channel.SMS,
    "X-SMS": Channel.SMS,
    "X-CHAT": Channel.CHAT,
}
_ACTION_OF: Final = {
    Channel.POP_UP: "DISPLAY",
    Channel.MAIL: "EMAIL",
    Channel.SMS: "X-SMS",
    Channel.CHAT: "X-CHAT",
}
_HOOK: Final = "X-SCHEDCORE-HOOK"

#: How an event says that it has no reminder, in the way that calendars in use write and read it.
NONE_LINES: Final = ("ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z")


class Related(StrEnum):
    """What a relative trigger counts from."""

    START = "START"
    END = "END"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One reminder of an event: `trigger` before (negative) or after its start or end, or an instant.

    `trigger` is a `Duration`, a timedelta (exact) or an aware datetime; `channel` one of mail, sms, pop-up and chat,
    the last with the name of a `hook`. It reminds `repeat` times more, `every` so often. `acknowledged` is an aware
    datetime. `uid` names the alarm, `snoozes` the alarm in whose place it reminds; `text` is its DESCRIPTION.
    InvalidValue for what means nothing.

    >>> from datetime import timedelta
    >>> Alarm(timedelta(minutes=-15)).trigger, Alarm.before(0).channel.value
    (Duration(days=0, seconds=-900), 'pop-up')
    >>> Alarm(Duration(days=-1), Channel.CHAT)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: a reminder by chat needs the name of a hook: give hook=
    """

    trigger: Any = field(default_factory=Duration)
    channel: Channel = Channel.POP_UP
    related: Related = Related.START
    repeat: int = 0
    every: Any = None
    acknowledged: datetime | None = None
    uid: str | None = None
    snoozes: str | None = None
    hook: str = ""
    text: str | None = None

    def __post_init__(self) -> None:
        """Make every part a value, and check them against each other."""
        put = object.__setattr__
        put(self, "trigger", _trigger(self.trigger))
        put(self, "channel", _channel(self.channel))
        put(self, "related", Related(self.related))
        if self.acknowledged is not None:
            put(self, "acknowledged", _utc(self.acknowledged, "acknowledged"))
        if (self.channel is Channel.CHAT) != bool(self.hook):
            needs = "needs the name of a hook: give hook=" if not self.hook else "has no hook: leave hook= out"
            raise InvalidValue(f"a reminder by {self.channel} {needs}")
        if type(self.repeat) is not int or not 0 <= self.repeat <= MAX_REPEAT:
            raise InvalidValue(f"repeat={shorten(self.repeat)}: give how many times more, from 0 to {MAX_REPEAT}")
        if self.every is not None:
            put(self, "every", Duration.of(self.every))
        if bool(self.repeat) != (self.every is not None):
            raise InvalidValue(f"repeat={self.repeat}, every={shorten(self.every)}: give both, or neither")
        if self.every is not None and _seconds(self.every) <= 0:
            raise InvalidValue(f"every={self.every}: give a second or more")

    @classmethod
    def before(cls, minutes: int, channel: Channel = Channel.POP_UP, hook: str = "") -> Alarm:
        """Remind so many minutes before the start."""
        if type(minutes) is not int:
            raise InvalidValue(f"minutes={shorten(minutes)}: give a whole number")
        return cls(Duration(seconds=-60 * minutes), channel, hook=hook)

    @property
    def is_absolute(self) -> bool:
        """Whether it reminds at an instant, whenever the event is."""
        return isinstance(self.trigger, datetime)

    def acknowledge(self, now: datetime) -> Alarm:
        """The alarm after somebody saw it at an aware `now`: nothing of it up to then is due any more.

        >>> Alarm.before(5).acknowledge(datetime(2026, 3, 2, 9, tzinfo=UTC)).acknowledged.hour
        9
        """
        now = _utc(now, "now")
        known = self.acknowledged
        return self if known is not None and known >= now else replace(self, acknowledged=now)

    def snooze(self, now: datetime, until: datetime, uid: str) -> tuple[Alarm, Alarm]:
        """The alarm, acknowledged at `now`, and a second one that reminds in its place at `until` (RFC 9074 7).

        `uid` names the alarm if it has no name yet. InvalidValue if `until` is not after `now`.

        >>> from datetime import timedelta
        >>> nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
        >>> seen, again = Alarm.before(5).snooze(nine, nine + timedelta(minutes=10), "alarm-1")
        >>> seen.uid, again.snoozes, again.trigger.minute
        ('alarm-1', 'alarm-1', 10)
        """
        now, until = _utc(now, "now"), _utc(until, "until")
        if until <= now:
            raise InvalidValue(f"until={until.isoformat()} is not after now={now.isoformat()}: give a later time")
        seen = replace(self.acknowledge(now), uid=self.uid or uid)
        again = Alarm(until, self.channel, snoozes=seen.uid, hook=self.hook, text=self.text)
        return seen, again


def _trigger(value: object) -> Duration | datetime:
    if isinstance(value, datetime):
        return _utc(value, "trigger")
    try:
        return Duration.of(value)  # type: ignore[arg-type]
    except InvalidValue as error:
        raise InvalidValue(f"trigger: {error}; or an aware datetime") from None


def _channel(value: object) -> Channel:
    try:
        found = Channel(value)  # type: ignore[arg-type]
    except ValueError:
        found = Channel.INTERNAL
    if found not in CHANNELS:
        known = ", ".join(sorted(CHANNELS))
        raise InvalidValue(f"channel={shorten(value)} is no channel of a reminder: give one of {known}")
    return found


def _utc(value: object, name: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"{name}={shorten(value)}: give an aware datetime")
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise InvalidValue(f"{name}={shorten(value)} is not in the years 1 to 9999 of UTC") from None


def _seconds(length: Duration) -> int:
    return length.days * _DAY + length.seconds


# --- reading ----------------------------------------------------------------------------------------------------------


class Alarms(NamedTuple):
    """The alarms of an event; whether it says anything of reminders at all; and what could not be read of it."""

    alarms: tuple[Alarm, ...] = ()
    said: bool = False
    problems: tuple[str, ...] = ()


def alarms_of(event: Event) -> Alarms:
    """Read the alarms of an event or an override. Linear in its text; never fails.

    >>> from schedcore import Calendar
    >>> event = Calendar.from_ical('''BEGIN:VEVENT
    ... DTSTART:20260302T090000Z
    ... BEGIN:VALARM
    ... ACTION:EMAIL
    ... TRIGGER;RELATED=END:-PT5M
    ... END:VALARM
    ... END:VEVENT''').events[0]
    >>> [(one.channel.value, one.related.value, str(one.trigger)) for one in alarms_of(event).alarms]
    [('mail', 'END', '-PT5M')]
    """
    parts = parts_of(event, "VALARM")
    alarms: list[Alarm] = []
    problems: list[str] = []
    for lines in parts:
        props: dict[str, Property] = {}
        for line in lines:
            prop = property_of(Line(event.line, line))
            # RELATED-TO may name other things as well: the one that counts says SNOOZE.
            if prop is not None and (prop.name != "RELATED-TO" or _is_snooze(prop)):
                props.setdefault(prop.name, prop)
        try:
            alarm = _read(props, getattr(event.series.dtstart, "tzinfo", None) or UTC, problems)
        except InvalidValue as error:
            problems.append(f"VALARM is passed over: {error}")
            continue
        if alarm is not None:
            alarms.append(alarm)
    return Alarms(tuple(alarms), bool(parts), tuple(problems))


def _is_snooze(prop: Property) -> bool:
    return prop.params.get("RELTYPE", "").upper() == "SNOOZE"


def _read(props: Mapping[str, Property], local: tzinfo, problems: list[str]) -> Alarm | None:
    """Read one alarm; None for one that never reminds by itself."""
    action = props["ACTION"].value.strip().upper() if "ACTION" in props else ""
    if action == "NONE" or "PROXIMITY" in props:
        return None
    if not action:
        problems.append("ACTION of a VALARM is missing: read as DISPLAY")
        action = "DISPLAY"
    if action not in _CHANNEL_OF:
        raise CalendarError(f"ACTION={shorten(action)}: only {', '.join(_CHANNEL_OF)} are known")
    if "TRIGGER" not in props:
        raise CalendarError("TRIGGER is missing: nobody knows when it reminds")
    trigger, related = _read_trigger(props["TRIGGER"], local, problems)
    repeat, every = _read_repeat(props, problems)
    acknowledged = props.get("ACKNOWLEDGED")
    channel = _CHANNEL_OF[action]
    return Alarm(
        trigger,
        channel,
        related,
        repeat,
        every,
        None if acknowledged is None else _instant(acknowledged, local, problems),
        _text(props, "UID"),
        _text(props, "RELATED-TO"),
        (_text(props, _HOOK) or "") if channel is Channel.CHAT else "",
        _text(props, "DESCRIPTION"),
    )


def _read_trigger(prop: Property, local: tzinfo, problems: list[str]) -> tuple[Duration | datetime, Related]:
    if prop.params.get("VALUE", "").upper() == "DATE-TIME" or prop.value.strip()[:1].isdigit():
        return _instant(prop, local, problems), Related.START
    word = prop.params.get("RELATED", "START").upper()
    if word not in Related.__members__:
        problems.append(f"RELATED={shorten(word)} of a TRIGGER is neither START nor END: read as START")
        word = "START"
    return duration_of(prop), Related(word)


def _instant(prop: Property, local: tzinfo, problems: list[str]) -> datetime:
    """Read an instant, which is to be in UTC (RFC 5545 3.8.6.3); another time is taken for what it says."""
    value = date_of(prop, lambda tzid: zone_of(tzid).tzinfo)
    if not isinstance(value, datetime):
        raise CalendarError(f"{prop.name}={shorten(prop.value)} is a date: write an instant, 20261231T235959Z")
    if value.tzinfo is not UTC:
        problems.append(f"{prop.name}={shorten(prop.value)} of a VALARM is not in UTC: read as the time it says")
    return value if value.tzinfo is not None else value.replace(tzinfo=local)


def _read_repeat(props: Mapping[str, Property], problems: list[str]) -> tuple[int, Duration | None]:
    if "REPEAT" not in props:
        return 0, None  # a DURATION alone repeats nothing
    text = props["REPEAT"].value.strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if count == 0:
        return 0, None
    every = duration_of(props["DURATION"]) if "DURATION" in props else None
    if count < 0 or every is None or _seconds(every) <= 0:
        problems.append(f"REPEAT={shorten(text)} of a VALARM without a count or a DURATION: it reminds once")
        return 0, None
    if count > MAX_REPEAT:
        problems.append(f"REPEAT={shorten(text)} of a VALARM is over {MAX_REPEAT}: read as {MAX_REPEAT}")
    return min(count, MAX_REPEAT), every


def _text(props: Mapping[str, Property], name: str) -> str | None:
    return text_of(props[name]) or None if name in props else None


# --- writing ----------------------------------------------------------------------------------------------------------


def lines_of(alarm: Alarm, address: str | None = None) -> list[str]:
    """Write an alarm as the lines between BEGIN:VALARM and END:VALARM; read again it is the same, with a text.

    RFC 5545 3.6.6 wants a DESCRIPTION of what is shown and mailed: "Reminder" if the alarm has none. `address` is
    the owner's, for mail, where it wants an ATTENDEE; CalendarError if that is missing.

    >>> lines_of(Alarm(Duration(days=-1), related=Related.END))
    ['ACTION:DISPLAY', 'TRIGGER;RELATED=END:-P1D', 'DESCRIPTION:Reminder']
    """
    lines = [f"ACTION:{_ACTION_OF[alarm.channel]}", _trigger_line(alarm)]
    if alarm.every is not None:
        lines += [f"DURATION:{alarm.every}", f"REPEAT:{alarm.repeat}"]
    if alarm.text is not None or alarm.channel in (Channel.POP_UP, Channel.MAIL):
        lines.append(f"DESCRIPTION:{escaped('Reminder' if alarm.text is None else alarm.text)}")
    if alarm.channel is Channel.MAIL:
        if not address:
            raise CalendarError("a reminder by mail is written with the address it goes to: give address=")
        lines += ["SUMMARY:Reminder", f"ATTENDEE:mailto:{address}"]
    if alarm.hook:
        lines.append(f"{_HOOK}:{escaped(alarm.hook)}")
    if alarm.uid is not None:
        lines.append(f"UID:{escaped(alarm.uid)}")
    if alarm.snoozes is not None:
        lines.append(f"RELATED-TO;RELTYPE=SNOOZE:{escaped(alarm.snoozes)}")
    if alarm.acknowledged is not None:
        lines.append(f"ACKNOWLEDGED:{_stamp(alarm.acknowledged)}")
    return lines


def _trigger_line(alarm: Alarm) -> str:
    if isinstance(alarm.trigger, datetime):
        return f"TRIGGER;VALUE=DATE-TIME:{_stamp(alarm.trigger)}"
    related = ";RELATED=END" if alarm.related is Related.END else ""
    return f"TRIGGER{related}:{alarm.trigger}"


def _stamp(value: datetime) -> str:
    return f"{value.year:04}{value:%m%dT%H%M%SZ}"
