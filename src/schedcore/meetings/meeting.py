"""`Meeting`: an event with those who were invited and what they answered, as one frozen value.

Rules of this module:

1. An event is one without participants; with the first it is a meeting, without the last an event again; what was
   cancelled stays so.
2. A participant has an answer to the whole, and to single instances of a series answers of their own, which come
   first. Nobody has answered before they did: `Answer.INVITED`.
3. An instance is named by the start that the series gives it, its RECURRENCE-ID (RFC 5545 3.8.4.4), also after it was
   moved. What is particular to one stands in `instances`; a cancelled one is an EXDATE of the series as well, and
   stays among them so that an older message does not bring it back.
4. `sequence` and `stamp` are SEQUENCE and DTSTAMP (RFC 5545 3.8.7.2, 3.8.7.4) of the newest revision, of an instance
   in the instance. `since` is the revision at which answers were last reset: replies to an older one are void.
5. A meeting that is not `hosted` is a copy of one that somebody keeps elsewhere: its creator is their address.

Product rules: M1, M9, M13, M25, M26.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from schedcore.errors import InvalidValue, SeriesError, shorten
from schedcore.freebusy import Status
from schedcore.meetings.people import Guest
from schedcore.policy import Answer, Caps, capped, status_of_answer
from schedcore.recurrence import Override, Series
from schedcore.recurrence.window import DAY, key_of

__all__ = ["Given", "Instance", "Meeting", "Participant", "State", "span"]


class State(StrEnum):
    """What a meeting is: not there yet, an event without participants, a meeting, or cancelled."""

    NONE = "none"
    EVENT = "event"
    MEETING = "meeting"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: which, why, and when it was given, in UTC seconds (0: never)."""

    answer: Answer = Answer.INVITED
    reason: str = ""
    stamp: int = 0


#: No answer yet.
UNANSWERED = Given()


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who was invited, with their answers: to the whole, and to single instances by RECURRENCE-ID."""

    guest: Guest
    given: Given = UNANSWERED
    instances: Iterable[tuple[date, Given]] = ()

    def __post_init__(self) -> None:
        """Make every part a value."""
        object.__setattr__(self, "instances", tuple(self.instances))

    @property
    def id(self) -> str:
        """The id of their account, else their address."""
        return self.guest.id


@dataclass(frozen=True, slots=True)
class Instance:
    """What one instance of a series has of its own; None is as the series has it."""

    recurrence_id: date
    start: date | None = None
    end: date | None = None
    subject: str | None = None
    description: str | None = None
    location: str | None = None
    cancelled: bool = False
    sequence: int = 0
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event or a meeting: who made it, when it is, what it says, who was invited and what they answered.

    `series` is when it is, without overrides: `whole` has those of `instances`. `group` is the id of the group in whose
    calendar it stands ("": the creator's own). Made and changed by `apply` alone; InvalidValue for parts that do not
    fit each other: a state without its participants, one person twice, a series with overrides.

    >>> from datetime import UTC, datetime, timedelta
    >>> from schedcore.meetings import Create, Guest, apply
    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> lunch = Series(now + timedelta(days=1), duration=timedelta(hours=1))
    >>> anna, ben = Guest("anna", True), Guest("ben", True)
    >>> meeting, _ = apply(None, Create(by="anna", id="m1", creator=anna, series=lunch, guests=[ben]), now)
    >>> meeting.state.name, meeting.stands_with(), meeting.status_for("ben").name
    ('MEETING', ('anna', 'ben'), 'TENTATIVE')
    """

    id: str
    creator: Guest
    series: Series
    subject: str = ""
    description: str = ""
    location: str = ""
    status: Status = Status.BUSY
    group: str = ""
    hosted: bool = True
    state: State = State.EVENT
    participants: Iterable[Participant] = ()
    instances: Iterable[Instance] = ()
    sequence: int = 0
    stamp: int = 0
    since: int = 0

    def __post_init__(self) -> None:
        """Check what must hold of every meeting."""
        object.__setattr__(self, "participants", tuple(self.participants))
        object.__setattr__(self, "instances", tuple(self.instances))
        if not isinstance(self.id, str) or not self.id:
            raise InvalidValue(f"meeting {shorten(self.id)}: an id is a text that is not empty")
        check_series(self.series)
        if self.state is State.NONE or (self.state is State.MEETING and not self.participants):
            raise InvalidValue(f"meeting {shorten(self.id)}: {self.state} without a participant; it is an event then")
        if self.state is State.EVENT and self.participants:
            raise InvalidValue(f"meeting {shorten(self.id)}: an event has no participants; with one it is a meeting")
        _check_distinct(self)
        _check_named(self)

    # --- who ----------------------------------------------------------------------------------------------------------

    def participant(self, name: str) -> Participant | None:
        """The participant of an id or an address; None if nobody of that name was invited. Linear in them."""
        return next((one for one in self.participants if one.guest.is_named(name)), None)

    def given(self, one: Participant, recurrence_id: date | None = None) -> Given:
        """What a participant answered: to an instance, if they did, else to the whole."""
        if recurrence_id is not None:
            key = self.key(recurrence_id)
            for named, given in one.instances:
                if self.key(named) == key:
                    return given
        return one.given

    def stands_with(self, recurrence_id: date | None = None) -> tuple[str, ...]:
        """The ids of those in whose own calendars it stands, the creator's first (M5, M6, M9, M20).

        A proposal stands there from the invitation on, until it is refused without being kept. A group's event is in
        the group's calendar; in the creator's own only if they invited themselves.
        """
        if self.state is State.CANCELLED:
            return ()
        found = dict.fromkeys([self.creator.id] if self.hosted and not self.group else [])
        for one in self.participants:
            if one.guest.account and self.given(one, recurrence_id).answer is not Answer.REFUSED:
                found[one.id] = None
        return tuple(found)

    def status_for(self, name: str, recurrence_id: date | None = None) -> Status:
        """What it takes of somebody's time: as far as they answered; FREE of whoever is not in it (M6, M13)."""
        if self.state is State.CANCELLED:
            return Status.FREE
        one = self.participant(name)
        if one is not None:
            return status_of_answer(self.given(one, recurrence_id).answer, self.status)
        return self.status if self.hosted and not self.group and self.creator.is_named(name) else Status.FREE

    # --- when ---------------------------------------------------------------------------------------------------------

    @property
    def repeats(self) -> bool:
        """Whether it is a series."""
        return bool(self.series.rules or self.series.rdates)

    @property
    def whole(self) -> Series:
        """The series with what its instances have of their own; `Occurrence.event` is the `Instance`."""
        own = [one for one in self.instances if not one.cancelled]
        if not own:
            return self.series
        return self.series.replace(overrides=[Override(o.recurrence_id, o.start, o.end, event=o) for o in own])

    def key(self, recurrence_id: date) -> int:
        """The number by which instances compare; SeriesError for a date of another kind than the series."""
        return key_of(recurrence_id, self.series.kind, "recurrence_id")

    def instance(self, recurrence_id: date) -> Instance | None:
        """What an instance has of its own; None if nothing."""
        key = self.key(recurrence_id)
        return next((one for one in self.instances if self.key(one.recurrence_id) == key), None)

    def has(self, recurrence_id: date, caps: Caps) -> bool:
        """Whether there is an instance of this start, within the cap of a series that was made here."""
        try:
            key = self.key(recurrence_id)
        except SeriesError:
            return False
        if getattr(recurrence_id, "microsecond", 0):
            return False
        return len(series_of(self, caps)._column(key, key + 1, None)) > 0

    def detail(self, name: str, recurrence_id: date | None = None) -> str:
        """The subject, description or location, of an instance where it has its own."""
        own = None if recurrence_id is None else self.instance(recurrence_id)
        value = None if own is None else getattr(own, name)
        return str(getattr(self, name) if value is None else value)


def check_series(series: object) -> None:
    """Refuse what is no series, and one with overrides: those are the meeting's instances."""
    if not isinstance(series, Series):
        raise InvalidValue(f"series={shorten(series)}: pass a schedcore.Series")
    if series.overrides:
        raise InvalidValue(f"series={shorten(series)}: a meeting keeps its overrides in `instances`; pass it without")


def series_of(meeting: Meeting, caps: Caps) -> Series:
    """The series of a meeting as the calendar layer has it: one that was made here ends by its cap (R1)."""
    return capped(meeting.series, caps) if meeting.hosted else meeting.series


def span(series: Series, start: date) -> tuple[date, date]:
    """Start and end of the instance of a series that starts at `start`."""
    alone = Series(start, duration=series.duration, strict=False)
    key = key_of(start, alone.kind, "start")
    first = alone._occurrences(key, key + DAY)[0]
    return first.start, first.end


def span_of(meeting: Meeting, recurrence_id: date) -> tuple[date, date]:
    """Start and end of an instance as it is now, where it was moved to."""
    own = meeting.instance(recurrence_id)
    start = recurrence_id if own is None or own.start is None else own.start
    zone = getattr(meeting.series.dtstart, "tzinfo", None)
    if isinstance(start, datetime) and zone is not None:
        start = start.astimezone(zone)
    return (start, own.end) if own is not None and own.end is not None else span(meeting.series, start)


def moved(start: date, by: date, before: date) -> date:
    """The end of an instance that moves from `before` to `start`, by elapsed time, which ended at `by`."""
    if isinstance(start, datetime) and start.tzinfo is not None:
        assert isinstance(by, datetime) and isinstance(before, datetime)
        length = timedelta(seconds=round(by.timestamp() - before.timestamp()))
        return datetime.fromtimestamp(start.timestamp() + length.total_seconds(), start.tzinfo)
    return start + (by - before)


def with_instance(meeting: Meeting, one: Instance) -> Meeting:
    """The meeting with what an instance has of its own, in place of what it had."""
    key = meeting.key(one.recurrence_id)
    others = [other for other in meeting.instances if meeting.key(other.recurrence_id) != key]
    return replace(meeting, instances=tuple(sorted([*others, one], key=lambda other: meeting.key(other.recurrence_id))))


def _check_distinct(meeting: Meeting) -> None:
    """Each person once: by id and by address."""
    seen: set[str] = set()
    for one in meeting.participants:
        for name in {one.id, *one.guest.addresses}:
            if name in seen:
                raise InvalidValue(f"meeting {shorten(meeting.id)}: {shorten(name)} was invited twice; invite once")
            seen.add(name)


def _check_named(meeting: Meeting) -> None:
    """Instances are named by dates of the kind of the series, each once."""
    for names in (
        [one.recurrence_id for one in meeting.instances],
        *([named for named, _ in one.instances] for one in meeting.participants),
    ):
        keys = [meeting.key(named) for named in names]
        if len(frozenset(keys)) < len(keys):
            raise InvalidValue(f"meeting {shorten(meeting.id)}: an instance is named twice; name each once")
