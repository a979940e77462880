"""What a meeting needs, as one value: `Wanted`, checked when it is made.

People and rooms are numbers, the owners of free/busy columns. Whoever is named is named once: required, optional, one
of those of whom some suffice, or a room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Protocol

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy.clocks import seconds_of
from schedcore.freebusy.workhours import WorkHours
from schedcore.recurrence.window import DAY

if TYPE_CHECKING:
    from schedcore.freebusy.status import Status
    from schedcore.recurrence import Duration

    Length = timedelta | Duration

__all__ = ["Hours", "Room", "Wanted"]

_TENTATIVE: Final = ("free", "busy")
_ON_UNKNOWN: Final = ("report", "busy", "free")


class Hours(Protocol):
    """What tells when somebody can be had: `WorkHours`, `Availability`, or anything else with these two."""

    @property
    def tzinfo(self) -> tzinfo | None:
        """The zone of the hours, which is taken for that of whoever has them; None if they name none."""

    def closed(self, start: int, end: int) -> list[tuple[int, int, Status]]:
        """List the stretches of [start, end), in UTC seconds, that are not free: in order, none overlapping."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room that may be taken: its owner number in the columns, and how many it seats (None: enough).

    >>> Room(7, capacity=0)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: room 7: capacity=0; give how many it seats, 1 or more, or None
    """

    owner: int
    capacity: int | None = None

    def __post_init__(self) -> None:
        """Refuse a room for nobody."""
        if self.capacity is not None and (type(self.capacity) is not int or self.capacity < 1):
            raise InvalidValue(
                f"room {self.owner}: capacity={shorten(self.capacity)}; give how many it seats, 1 or more, or None"
            )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a meeting needs of people, rooms and time.

    `required` people must all be free; of `any_of`, `at_least` so many (1 unless said); `optional` people are counted,
    not waited for. One of `rooms` must be free, if there are any, that has `seats` for so many (None: everybody who is
    named); the smallest is taken, of equal ones the first.

    Starts are every `grid` from `offset` after the asker's midnight on, each day anew. Nobody may be busy from `before`
    the meeting until `after` it; rooms may. It starts no earlier than `notice` after the moment that the question is
    asked at. Whoever has `most_a_day` meetings on a day, by their own clock, is as if busy on it.

    `hours` are one text or value for all, or one for each owner; a text is meant in that owner's zone. `zones` are each
    one's zone; without it that of their hours or their calendar, else the asker's. Hours hold for the meeting itself,
    buffers may lie outside of them.

    `tentative` is "free" (counted, the fewer the better) or "busy". `on_unknown` says what somebody is whose calendar
    could not be read: "report" (not in the way, not counted as coming, named in the answer), "busy" or "free".
    `holds` are stretches that are on offer elsewhere, pairs of times or of UTC seconds: nobody meets then.

    Frozen. InvalidValue names what makes no sense.

    >>> Wanted(timedelta(minutes=45), required=[0, 1], any_of=[2, 3], at_least=3)
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: at_least=3 of any_of, which are 2 people: ask for 0 to 2
    """

    duration: Length
    required: Iterable[int] = ()
    optional: Iterable[int] = ()
    any_of: Iterable[int] = ()
    at_least: int | None = None
    rooms: Iterable[Room | int] = ()
    seats: int | None = None
    hours: str | Hours | Mapping[int, str | Hours] | None = None
    zones: str | tzinfo | Mapping[int, str | tzinfo] | None = None
    grid: Length = timedelta(minutes=15)
    offset: Length = timedelta(0)
    before: Length = timedelta(0)
    after: Length = timedelta(0)
    notice: Length = timedelta(0)
    most_a_day: int | None = None
    tentative: str = "free"
    on_unknown: str = "report"
    holds: Iterable[tuple[date | int, date | int]] = ()

    def __post_init__(self) -> None:
        """Check everything that can be checked without calendars."""
        seconds_of(self.duration, "duration", least=1)
        grid, offset = seconds_of(self.grid, "grid", least=1), seconds_of(self.offset, "offset")
        if grid > DAY:
            raise InvalidValue(f"grid={shorten(self.grid)} is over a day; starts begin anew each day, so give less")
        if offset >= grid:
            raise InvalidValue(f"offset={shorten(self.offset)} is not under grid={shorten(self.grid)}; give less")
        for name in ("before", "after", "notice"):
            seconds_of(getattr(self, name), name)
        for name in ("required", "optional", "any_of"):
            object.__setattr__(self, name, _owners(name, getattr(self, name)))
        rooms = tuple(room if isinstance(room, Room) else Room(room) for room in self.rooms)
        _owners("rooms", (room.owner for room in rooms))
        object.__setattr__(self, "rooms", rooms)
        object.__setattr__(self, "holds", tuple(self.holds))
        self._check_people()
        for name, given, words in (
            ("tentative", self.tentative, _TENTATIVE),
            ("on_unknown", self.on_unknown, _ON_UNKNOWN),
        ):
            if given not in words:
                raise InvalidValue(f"{name}={shorten(given)}: give one of {', '.join(words)}")
        if isinstance(self.hours, str):
            WorkHours(self.hours)

    def _check_people(self) -> None:
        roles = {name: tuple(getattr(self, name)) for name in ("required", "optional", "any_of")}
        roles["rooms"] = tuple(room.owner for room in self.rooms if isinstance(room, Room))
        named = Counter(owner for owners in roles.values() for owner in owners)
        if not named:
            raise InvalidValue("nobody is asked: name people in required, optional or any_of, or rooms")
        twice = next((owner for owner, times in named.items() if times > 1), None)
        if twice is not None:
            its = [name for name, owners in roles.items() if twice in owners]
            raise InvalidValue(f"owner {twice} is in {' and in '.join(its)}; name each one once")
        count = len(roles["any_of"])
        if self.at_least is not None and (type(self.at_least) is not int or not 0 <= self.at_least <= count):
            raise InvalidValue(
                f"at_least={shorten(self.at_least)} of any_of, which are {count} people: ask for 0 to {count}"
            )
        for name, least in (("seats", 0), ("most_a_day", 0)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                raise InvalidValue(f"{name}={shorten(value)}: give a whole number, {least} or more, or None")

    @property
    def needed(self) -> int:
        """How many of `any_of` must be free.

        >>> Wanted(timedelta(hours=1), any_of=[0, 1]).needed
        1
        """
        if self.at_least is not None:
            return self.at_least
        return 1 if self.any_of else 0


def _owners(name: str, given: Iterable[int]) -> tuple[int, ...]:
    """Owner numbers, each once, in the order they were given."""
    owners = tuple(dict.fromkeys(given))
    for owner in owners:
        if type(owner) is not int or owner < 0:
            raise InvalidValue(f"{name}: {shorten(owner)} is no owner; owners are numbers from 0 on, as in the columns")
    return owners
