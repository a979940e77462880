"""The three kinds of calendar that somebody can look at, as frozen values: a person's, a group's, an external one.

Rules of this module:

1. Everybody has one calendar of their own. What else they look at is a member's, a group's or an external one.
2. Public access is off unless somebody turned it on.
3. A grant names a member or a whole group, and a right. It is a part of the calendar that it opens.
4. Which events were made here and which were imported is known by UID: `native`. Caps leave imported series alone.
5. The content may be missing: `freebusy.Unreadable`, None or the exception stand in the place of what could not be
   read, as in `freebusy.query`.

Who may change grants and publication, and what follows from them, is in `rights`.

Product rules: O1, P6, U1, U3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from schedcore.errors import InvalidValue, shorten

if TYPE_CHECKING:
    from schedcore.freebusy import Unreadable
    from schedcore.ics import Calendar

    Content: TypeAlias = Calendar | Unreadable | BaseException | None

__all__ = [
    "PUBLIC",
    "AnyCalendar",
    "ExternalCalendar",
    "Grant",
    "GroupCalendar",
    "PersonalCalendar",
    "Publication",
    "Right",
    "Viewer",
]


class Public(Enum):
    """The type of `PUBLIC`, so that no text can be taken for it."""

    PUBLIC = "the public"

    def __repr__(self) -> str:
        return "PUBLIC"


#: Anybody, without an account: what the public may see, everyone may.
PUBLIC: Final = Public.PUBLIC

#: Who asks: the id of a person, or the public.
Viewer: TypeAlias = str | Literal[Public.PUBLIC]


class Right(StrEnum):
    """What a grant gives: to read all details, or to add, edit and delete as well."""

    READ = "read"
    READ_WRITE = "read-write"


class Publication(StrEnum):
    """What the public gets of a calendar: nothing, that time is taken, or subject and description as well."""

    OFF = "off"
    BUSY_FREE = "busy/free"
    DETAILS = "details"


@dataclass(frozen=True)
class Grant:
    """A right for one member, or for a whole group: whoever is in it when it is asked.

    >>> Grant(Right.READ)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: a grant of read names nobody: give member= or group=
    """

    right: Right
    member: str | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        """Check that it names one of the two."""
        object.__setattr__(self, "right", Right(self.right))
        if (self.member is None) == (self.group is None):
            said = "names nobody" if self.member is None else f"names {shorten(self.member)} and {shorten(self.group)}"
            raise InvalidValue(f"a grant of {self.right} {said}: give member= or group=")


@dataclass(frozen=True)
class PersonalCalendar:
    """The calendar of a person: whose, what is in it, who has a right to it, and whether it is public.

    `tz` is where its all-day events and floating times are meant; without it the calendar's own zone, else the asker's.
    `native` are the UIDs of the events that were made here.
    """

    owner: str
    calendar: Content
    grants: Iterable[Grant] = ()
    publication: Publication = Publication.OFF
    tz: str | tzinfo | None = None
    native: Iterable[str] = frozenset()

    def __post_init__(self) -> None:
        """Make every part a value."""
        _settle(self)


@dataclass(frozen=True)
class GroupCalendar:
    """The calendar of a group; as `PersonalCalendar`, but that it belongs to all members."""

    group: str
    calendar: Content
    grants: Iterable[Grant] = ()
    publication: Publication = Publication.OFF
    tz: str | tzinfo | None = None
    native: Iterable[str] = frozenset()

    def __post_init__(self) -> None:
        """Make every part a value."""
        _settle(self)


@dataclass(frozen=True)
class ExternalCalendar:
    """A calendar of another provider that somebody subscribed to; nobody writes to it, and only they see it."""

    subscriber: str
    calendar: Content
    tz: str | tzinfo | None = None


AnyCalendar: TypeAlias = PersonalCalendar | GroupCalendar | ExternalCalendar


def _settle(calendar: PersonalCalendar | GroupCalendar) -> None:
    object.__setattr__(calendar, "grants", tuple(calendar.grants))
    object.__setattr__(calendar, "publication", Publication(calendar.publication))
    if isinstance(calendar.native, str):
        raise InvalidValue(f"native={shorten(calendar.native)} is one text; give the UIDs as a list")
    object.__setattr__(calendar, "native", frozenset(calendar.native))
