"""What can be done with a meeting: one frozen value each, naming who acts and what.

Rules of this module:

1. `by` is the id of a person or an address; who acts for somebody else names them in `acting_for`. That `by` is who
   they say is for the caller to know; whether they may act for the other is asked by `apply`.
2. `recurrence_id` names one instance of a series; None is the whole.
3. `notify=False` asks that internal participants are not told. Which commands grant that, and when, is in `table`.
4. The commands after `Message` are what came by iTIP (RFC 5546): they carry SEQUENCE and DTSTAMP, and act for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Status
from schedcore.meetings.meeting import Given, Instance, check_series
from schedcore.meetings.people import Guest
from schedcore.recurrence import Series

__all__ = [
    "Accept", "Cancel", "Command", "Counter", "Create", "Edit", "Invite", "Message", "Refresh", "Refuse", "Remind",
    "Remove", "Reply", "Request", "Tentative", "Withdraw",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command has: who does it."""

    by: str
    acting_for: str = ""

    def __post_init__(self) -> None:
        """Check that somebody acts, and that parts are of their kinds."""
        if not isinstance(self.by, str) or not self.by:
            raise InvalidValue(f"by={shorten(self.by)}: name who acts, by the id of a person or an address")
        if not isinstance(self.acting_for, str):
            raise InvalidValue(f"acting_for={shorten(self.acting_for)}: name for whom, or leave it out")
        for name in ("guests", "leave_out", "answers", "instances"):
            if hasattr(self, name):
                values = getattr(self, name)
                if isinstance(values, str):
                    raise InvalidValue(f"{name}={shorten(values)} is one text; give a list")
                object.__setattr__(self, name, tuple(values))
        for guest in getattr(self, "guests", ()):
            if not isinstance(guest, Guest):
                raise InvalidValue(f"guests: {shorten(guest)} is no Guest; guests() finds them by id or address")
        if getattr(self, "series", None) is not None:
            check_series(self.series)  # type: ignore[attr-defined]

    @property
    def principal(self) -> str:
        """In whose name it is done."""
        return self.acting_for or self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Command):
    """Make an event, or with guests a meeting, in the creator's calendar or that of a group."""

    id: str
    creator: Guest
    series: Series
    subject: str = ""
    description: str = ""
    location: str = ""
    status: Status = Status.BUSY
    group: str = ""
    guests: Iterable[Guest] = ()
    notify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(Command):
    """Invite more people; who is in it already is passed over."""

    guests: Iterable[Guest]
    notify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Command):
    """Say yes, also after a no."""

    recurrence_id: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tentative(Command):
    """Say perhaps, which counts as not yet answered."""

    recurrence_id: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Command):
    """Say no, with or without a reason; the meeting goes from one's calendar, or with `keep` stays, crossed out."""

    keep: bool = False
    reason: str = ""
    recurrence_id: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Command):
    """Change details: what is None stays. `series` is when the whole is; `start` and `end` are for one instance."""

    series: Series | None = None
    start: date | None = None
    end: date | None = None
    subject: str | None = None
    description: str | None = None
    location: str | None = None
    status: Status | None = None
    recurrence_id: date | None = None
    notify: bool = True

    def __post_init__(self) -> None:
        """Check that what is changed can be, of one instance or of the whole."""
        super(Edit, self).__post_init__()
        if self.recurrence_id is None and (self.start is not None or self.end is not None):
            raise InvalidValue("start= and end= move one instance, named by recurrence_id=; move the whole by series=")
        if self.recurrence_id is not None and (self.series is not None or self.status is not None):
            raise InvalidValue("series= and status= are of the whole; leave recurrence_id= out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Command):
    """Take a participant out, whatever they answered; they are not told."""

    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Call the whole off, or one instance."""

    recurrence_id: date | None = None
    notify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind(Command):
    """Remind those who have not answered: all of them, but for those whom the creator leaves out."""

    leave_out: Iterable[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Command):
    """What every message of RFC 5546 has: the SEQUENCE it is about, and its DTSTAMP in UTC seconds."""

    sequence: int = 0
    stamp: int = 0
    recurrence_id: date | None = None

    def __post_init__(self) -> None:
        """Check that nobody's name is used."""
        super(Message, self).__post_init__()
        if self.acting_for:
            raise InvalidValue(f"acting_for={shorten(self.acting_for)}: a message is from who sent it; leave it out")
        if type(self.sequence) is not int or type(self.stamp) is not int or self.sequence < 0:
            raise InvalidValue(f"sequence={shorten(self.sequence)}, stamp={shorten(self.stamp)}: give whole numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Message):
    """An answer by mail (RFC 5546 3.2.3): PARTSTAT and COMMENT of the one who sent it."""

    partstat: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Message):
    """Another time or text that an invitee proposes (RFC 5546 3.2.7); the creator decides, by an edit."""

    start: date | None = None
    end: date | None = None
    subject: str = ""
    description: str = ""
    location: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh(Message):
    """An invitee asks for the newest state (RFC 5546 3.2.6)."""

    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A meeting or its newest state, from an organizer elsewhere (RFC 5546 3.2.2).

    `answers` are what the organizer says of each guest. With `recurrence_id` it is about one instance, and `instances`
    holds that one alone.
    """

    id: str
    creator: Guest
    series: Series
    subject: str = ""
    description: str = ""
    location: str = ""
    status: Status = Status.BUSY
    guests: Iterable[Guest] = ()
    answers: Iterable[Given] = ()
    instances: Iterable[Instance] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Message):
    """The organizer elsewhere calls it off, or one instance of it (RFC 5546 3.2.5)."""
