"""What is due between two moments, and when the next thing is: `due`, `next_due` and, asked often, `Reminders`.

Rules of this module:

1. Windows are half-open, [start, end): whoever asks for one after the other gets each reminder once.
2. Each instance has the alarms of its own event. An override's replace those of the series for its instance, one with
   RANGE=THISANDFUTURE those of all that follow, and an override without alarms has none, where the series has a word of
   its own. What is cancelled or excluded reminds of nothing; what was moved reminds where it is now.
3. Where neither says anything the defaults of the calendar count.
4. An alarm at an instant reminds once, whatever recurs: of the first instance from then on, else of the last before;
   that of an override of its instance. Of an event without any instance it does not remind.
5. What was acknowledged is not due (RFC 9074 6). Nothing is due of a calendar whose reminders are off, or of a group's.
6. Order: by moment, then as the calendars were given, by start, UID, channel, and by the place of the alarm.

How it is fast: alarms of one shape are one question to a series, for the window in which instances can have such an
alarm due (see `moments`): a seek. `Reminders` reads the calendars once, and answers short windows from days that it
worked out before, so that a window of a minute costs a bisection and what is due.

Product rules: D1, D2, D3, D4, W3, W4, G8, Y3.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Unreadable
from schedcore.ics import Problem
from schedcore.meetings import Channel, Notice
from schedcore.policy import Caps
from schedcore.recurrence.window import DAY, instant
from schedcore.reminders.alarms import Alarm, Alarms, alarms_of
from schedcore.reminders.instances import Fixed, Instances, Span, content_of, tracks
from schedcore.reminders.moments import LAST, Shape, repeats, shape_of
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    from schedcore.ics import Event
    from schedcore.reminders.settings import Watched

__all__ = ["Due", "Reminders", "due", "next_due"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Days that `Reminders` keeps: yesterday for who is late, today, and tomorrow.
_KEPT_DAYS: Final = 3
#: A search for the next moment looks at an hour of starts first, and at a month at most at a time.
_FIRST_STEP: Final = 3_600
_LAST_STEP: Final = 31 * DAY


class Due(NamedTuple):
    """A reminder that is due: when (UTC), over which channel, to whom and where, and of which instance.

    `to` is the address or the number on the channel, None where the profile has none; `calendar` the key of the
    calendar. `start` and `end` are of the event's own kind, `recurrence_id` names the instance of a series. `event` is
    the event or override whose `alarm` it is; `number` counts its repeats from 0.
    """

    at: datetime
    channel: Channel
    person: str
    to: str | None
    calendar: str
    uid: str | None
    start: date | datetime
    end: date | datetime
    recurrence_id: date | datetime | None
    event: Event
    alarm: Alarm
    number: int

    def notice(self) -> Notice:
        """The same as a notice, to be sent by whoever sends those.

        Its data are `to`, `at`, `start`, `end`, and `hook` for a chat message.
        """
        data: list[tuple[str, object]] = [("to", self.to), ("at", self.at), ("start", self.start), ("end", self.end)]
        if self.alarm.hook:
            data.append(("hook", self.alarm.hook))
        named = self.recurrence_id
        return Notice("reminder", self.person, self.channel, self.uid or "", occurrence=named, data=data)


class _Voice(NamedTuple):
    """The alarms of one shape (None: at instants) of the instances that one source gives, by the events' identity."""

    number: int
    watched: Watched
    source: Instances | Fixed
    shape: Shape | None
    alarms: Mapping[int, list[tuple[int, Alarm]]]  # with their places in the event

    def between(self, lo: int, hi: int) -> Iterator[tuple[tuple[Any, ...], Due]]:
        """What is due in [lo, hi), each with its place in the order."""
        if self.shape is None:
            yield from self._at_instants(lo, hi)
            return
        for span in self.shape.spans(self.source, lo, hi):
            its = self.alarms.get(id(span.occurrence.event))
            if its and (first := self.shape.first(span, self.source.zone)) is not None:
                for place, alarm in its:
                    yield from self._told(span, place, alarm, first, lo, hi)

    def _at_instants(self, lo: int, hi: int) -> Iterator[tuple[tuple[Any, ...], Due]]:
        for place, alarm in self.alarms[id(self.source.event)]:
            first = instant(alarm.trigger)
            if any(True for _ in repeats(first, alarm.repeat, alarm.every, self.source.zone, lo, hi)):
                span = _instance_at(self.source, first)
                if span is not None:
                    yield from self._told(span, place, alarm, first, lo, hi)

    def _told(
        self, span: Span, place: int, alarm: Alarm, first: int, lo: int, hi: int
    ) -> Iterator[tuple[tuple[Any, ...], Due]]:
        if alarm.acknowledged is not None:
            lo = max(lo, instant(alarm.acknowledged) + 1)
        one = span.occurrence
        for at, number in repeats(first, alarm.repeat, alarm.every, self.source.zone, lo, hi):
            profile = self.watched.profile
            found = Due(
                _EPOCH + timedelta(seconds=at),
                alarm.channel,
                profile.person,
                profile.to(alarm.channel),
                self.watched.key,
                one.uid,
                one.start,
                one.end,
                one.recurrence_id,
                one.event,
                alarm,
                number,
            )
            yield (at, self.number, span.start, one.uid or "", str(alarm.channel), place, number), found

    def next_from(self, lo: int, best: int | None) -> int | None:
        """The first moment at or after `lo`, if it is before `best`; else `best`."""
        if self.shape is None:
            for place, alarm in self.alarms[id(self.source.event)]:
                top = LAST + 1 if best is None else best
                span = _instance_at(self.source, instant(alarm.trigger))
                if span is not None:
                    found = self._told(span, place, alarm, instant(alarm.trigger), lo, top)
                    best = min((key[0] for key, _ in found), default=best)
            return best
        # Before the latest of what was acknowledged of all nothing is due: a series need not be walked up to there.
        seen = [alarm.acknowledged for its in self.alarms.values() for _, alarm in its]
        if all(one is not None for one in seen):
            lo = max(lo, min(instant(one) for one in seen if one is not None) + 1)
        return self._search(self.shape, lo, best)

    def _search(self, shape: Shape, lo: int, best: int | None) -> int | None:
        """Look at instances from the first one on that can have an alarm at or after `lo`, in ever longer steps."""
        source, step = self.source, _FIRST_STEP
        longest = source.longest if shape.related.value == "END" else 0
        begin = lo - shape.reach - shape.total - shape.slack - longest
        change = source.ends_changing()
        # If those that come last have no such alarm, there is an end to looking.
        end = change[1] if change is not None and id(change[0]) not in self.alarms else None
        while (start := source.next_start(begin)) is not None and (end is None or start < end):
            # No later instance can be earlier than this.
            if best is not None and start + shape.total - shape.slack >= best:
                break
            for span in source.touching(start, start + step):
                its = self.alarms.get(id(span.occurrence.event))
                if not its or span.start < start or (first := shape.first(span, source.zone)) is None:
                    continue
                for place, alarm in its:
                    top = LAST + 1 if best is None else best
                    for key, _ in self._told(span, place, alarm, first, lo, top):
                        best = key[0]
                        break
            begin, step = start + step, min(step * 2, _LAST_STEP)
        return best


def _instance_at(source: Instances | Fixed, at: int) -> Span | None:
    """The instance that an alarm at an instant is about."""
    for start in (source.next_start(at), source.last_start(at)):
        if start is not None:
            for span in source.touching(start, start + 1):
                if span.start == start:
                    return span
    return None


class Reminders:
    """What some calendars remind of, read once, for any number of questions.

    `unknown` says by key of which calendars nothing is known, and why; `problems` by key what was wrong with alarms.
    `tz` is where whole days and floating times are meant if neither settings nor calendar say so; `caps` how many
    instances a series without end has that was made here. A change makes another `Reminders`.

    Cost: making it is linear in the text of the events. `due` is then a seek for each shape of alarms of each series
    the first time that a day is asked for, a bisection and what is due from then on; windows of more than a day are
    worked out each time.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Alarm, Profile, Watched
    >>> weekly = Calendar.from_ical('''BEGIN:VEVENT
    ... UID:plan
    ... DTSTART;TZID=Europe/Zurich:20200106T090000
    ... RRULE:FREQ=WEEKLY
    ... END:VEVENT''')
    >>> anna = Watched("anna", weekly, Profile("anna"), defaults=[Alarm.before(15)])
    >>> reminders = Reminders([anna])
    >>> nine = datetime(2026, 3, 30, 6, 45, tzinfo=UTC)
    >>> [(one.uid, one.start.isoformat()) for one in reminders.due(nine, nine + timedelta(minutes=1))]
    [('plan', '2026-03-30T09:00:00+02:00')]
    >>> reminders.next_due(nine).isoformat()
    '2026-04-06T06:45:00+00:00'
    """

    def __init__(self, calendars: Iterable[Watched], *, tz: str | tzinfo = "UTC", caps: Caps | None = None) -> None:
        self.unknown: dict[str, str] = {}
        self.problems: dict[str, list[Problem]] = {}
        self._voices: list[_Voice] = []
        self._days: dict[int, tuple[list[int], list[Due]]] = {}
        asker, known = zone_of(tz), set[str]()
        for number, watched in enumerate(calendars):
            if watched.key in known:
                raise InvalidValue(f"{shorten(watched.key)} is the key of two calendars: give each its own")
            known.add(watched.key)
            if watched.reminds:
                self._add(number, watched, asker, Caps() if caps is None else caps)

    def _add(self, number: int, watched: Watched, asker: Zone, caps: Caps) -> None:
        content = content_of(watched.calendar)
        if isinstance(content, Unreadable):
            self.unknown[watched.key] = content.reason
            return
        problems: list[Problem] = []
        said: dict[str | None, bool] = {None: False}
        for source in tracks(watched.calendar, content, watched.tz, asker, caps):
            self._voices += _voices(number, watched, source, said, problems)
        if problems:
            self.problems[watched.key] = problems

    def due(self, start: datetime, end: datetime) -> tuple[Due, ...]:
        """What is due in [start, end), aware datetimes, in order; InvalidValue for others, or an end before the start.

        LimitExceeded for more instances than a series' limits let be listed.
        """
        lo, hi = _bounds(start, end)
        if hi - lo > DAY:
            return tuple(self._between(lo, hi)[1])
        found: list[Due] = []
        for day in range(lo // DAY, -(-hi // DAY)):
            moments, its = self._day(day)
            found += its[bisect_left(moments, lo) : bisect_left(moments, hi)]
        return tuple(found)

    def next_due(self, after: datetime) -> datetime | None:
        """When the next thing is due after an aware datetime; None if nothing ever is.

        Cost: a bisection if that is on a day that is known, else a seek for each series.
        """
        lo = _second(after, "after", up=False) + 1
        known = self._days.get(lo // DAY)
        if known is not None:
            at = bisect_left(known[0], lo)
            if at < len(known[0]):
                return _EPOCH + timedelta(seconds=known[0][at])
        best: int | None = None
        for voice in self._voices:
            best = voice.next_from(lo, best)
        return None if best is None else _EPOCH + timedelta(seconds=best)

    def _day(self, day: int) -> tuple[list[int], list[Due]]:
        """What is due on a day of UTC; the days asked for last are kept."""
        found = self._days.get(day)
        if found is None:
            found = self._between(day * DAY, (day + 1) * DAY)
            for old in list(self._days)[: max(len(self._days) + 1 - _KEPT_DAYS, 0)]:
                self._days.pop(old, None)
            self._days[day] = found
        return found

    def _between(self, lo: int, hi: int) -> tuple[list[int], list[Due]]:
        found = [pair for voice in self._voices for pair in voice.between(lo, hi)]
        found.sort(key=_order)
        return [key[0] for key, _ in found], [one for _, one in found]


def _order(pair: tuple[tuple[Any, ...], Due]) -> tuple[Any, ...]:
    return pair[0]


def _voices(
    number: int, watched: Watched, source: Instances, said: dict[str | None, bool], problems: list[Problem]
) -> Iterator[_Voice]:
    """The alarms of a series and its overrides, by source and shape; `said` knows by UID which series had a word."""
    track, defaults = source.track, tuple(watched.defaults)
    own = _read(source.event, problems)
    if track.replaces is None and source.event.uid is not None:
        said[source.event.uid] = own.said
    has_word = own.said or said.get(source.event.uid, False)
    shared: dict[int, tuple[Event, tuple[Alarm, ...]]] = {}
    if not track.hidden:
        shared[id(source.event)] = source.event, own.alarms if has_word else defaults
    overridden = source.overridden()
    for override in track.series.overrides:
        event = override.event
        if event is None:
            continue
        read = _read(event, problems)
        alarms = read.alarms if read.said or has_word else defaults
        if override.this_and_future:
            shared[id(event)] = event, alarms
            # Those that follow come out of the series; an instant is for the instance that the override names.
            alarms = tuple(alarm for alarm in alarms if alarm.is_absolute)
        if alarms and id(event) in overridden:
            fixed = Fixed(event, overridden[id(event)], source.zone)
            yield from _grouped(number, watched, fixed, {id(event): (event, alarms)})
    yield from _grouped(number, watched, source, shared)


def _grouped(
    number: int,
    watched: Watched,
    source: Instances | Fixed,
    alarms: Mapping[int, tuple[Event, tuple[Alarm, ...]]],
) -> Iterator[_Voice]:
    """Voices by shape; instants only of the source's own event."""
    shapes: dict[Shape | None, dict[int, list[tuple[int, Alarm]]]] = {}
    for key, (event, its) in alarms.items():
        for place, alarm in enumerate(its):
            if not alarm.is_absolute:
                shapes.setdefault(shape_of(alarm), {}).setdefault(key, []).append((place, alarm))
            elif event is source.event:
                shapes.setdefault(None, {}).setdefault(key, []).append((place, alarm))
    for shape, found in shapes.items():
        yield _Voice(number, watched, source, shape, found)


def _read(event: Event, problems: list[Problem]) -> Alarms:
    found = alarms_of(event)
    problems += [Problem(event.uid, event.line, reason) for reason in found.problems]
    return found


def _bounds(start: datetime, end: datetime) -> tuple[int, int]:
    lo, hi = _second(start, "start", up=True), _second(end, "end", up=True)
    if hi < lo:
        raise InvalidValue(f"end={end.isoformat()} is before start={start.isoformat()}: swap them")
    return lo, hi


def _second(value: datetime, name: str, *, up: bool) -> int:
    """UTC seconds of a bound; a part of a second is rounded."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"{name}={shorten(value)}: give an aware datetime, such as datetime.now(UTC)")
    return instant(value if up else value.replace(microsecond=0))


def due(
    calendars: Iterable[Watched],
    start: datetime,
    end: datetime,
    *,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
) -> tuple[Due, ...]:
    """What is due of some calendars in [start, end): `Reminders(...).due` for a single question.

    Cost: linear in the text of the calendars; a seek for each series, and what is due. Errors as there.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Profile, Watched
    >>> lunch = Calendar.from_ical('''BEGIN:VEVENT
    ... UID:lunch
    ... DTSTART:20260302T120000Z
    ... BEGIN:VALARM
    ... ACTION:X-SMS
    ... TRIGGER:-PT1H
    ... END:VALARM
    ... END:VEVENT''')
    >>> anna = Watched("anna", lunch, Profile("anna", phone="+41791234567"))
    >>> eleven = datetime(2026, 3, 2, 11, tzinfo=UTC)
    >>> [one] = due([anna], eleven, eleven + timedelta(hours=1))
    >>> one.channel.value, one.to, one.at == eleven
    ('sms', '+41791234567', True)
    """
    reminders = Reminders(calendars, tz=tz, caps=caps)
    return tuple(reminders._between(*_bounds(start, end))[1])


def next_due(
    calendars: Iterable[Watched], after: datetime, *, tz: str | tzinfo = "UTC", caps: Caps | None = None
) -> datetime | None:
    """When the next thing of some calendars is due after a moment: `Reminders(...).next_due` for a single question.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Alarm, Profile, Watched
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nDTSTART:20260302T120000Z\\nRRULE:FREQ=DAILY\\nEND:VEVENT")
    >>> anna = Watched("anna", lunch, Profile("anna"), defaults=[Alarm.before(15)])
    >>> next_due([anna], datetime(2026, 3, 5, 12, tzinfo=UTC)).isoformat()
    '2026-03-06T11:45:00+00:00'
    """
    return Reminders(calendars, tz=tz, caps=caps).next_due(after)
