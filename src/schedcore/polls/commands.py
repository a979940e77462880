"""The commands to a poll: frozen values that say who does what; `apply` takes them.

Rules of this module:

1. `by` names who acts, by the id of a person or an address. Nobody votes for somebody else: `acting_for` is there so
   that who tries is told so.
2. What an `Edit` leaves None stays as it is; `options` and `voters` are the whole lists as they should be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import Guest
from schedcore.polls.poll import Option, Vote, Voter

__all__ = ["Cast", "Choose", "Close", "Command", "Create", "Delete", "Edit", "Remind", "Withdraw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command has: who does it, and for whom."""

    by: str
    acting_for: str = ""

    def __post_init__(self) -> None:
        """Check that somebody acts, and make every part a value."""
        if not isinstance(self.by, str) or not self.by:
            raise InvalidValue(f"by={shorten(self.by)}: name who acts, by the id of a person or an address")
        for name in ("options", "voters", "votes", "leave_out"):
            values = getattr(self, name, None)
            if isinstance(values, str):
                raise InvalidValue(f"{name}={shorten(values)} is one text; give a list")
            if values is not None:
                object.__setattr__(self, name, tuple(values))
        deadline = getattr(self, "deadline", None)
        if deadline is not None and (not isinstance(deadline, datetime) or deadline.tzinfo is None):
            raise InvalidValue(f"deadline={shorten(deadline)} has no zone: pass an aware datetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Command):
    """Make a poll and ask the voters; `by` is its creator, `environment` the id of the group one is in, if any."""

    id: str
    creator: Guest
    options: Iterable[Option]
    voters: Iterable[Voter]
    subject: str = ""
    description: str = ""
    location: str = ""
    tz: str = "UTC"
    deadline: datetime | None = None
    hidden: bool = False
    one_yes: bool = False
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Command):
    """Change some of it; an option of the same time, and a voter who is the same person, keep their votes."""

    options: Iterable[Option] | None = None
    voters: Iterable[Voter] | None = None
    subject: str | None = None
    description: str | None = None
    location: str | None = None
    deadline: datetime | None = None
    no_deadline: bool = False
    hidden: bool | None = None
    one_yes: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Command):
    """Say yes, if need be or no, for some options by number; what was said of them before no longer counts."""

    votes: Iterable[tuple[int, Vote]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """Take back what one said, of all options or of one."""

    option: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind(Command):
    """Remind all who have not answered, but for those who are left out."""

    leave_out: Iterable[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Command):
    """Choose the final date, by its number: for good."""

    option: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """Close without a date: it is off, or none suits."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Command):
    """Delete it, with its votes, for ever."""
