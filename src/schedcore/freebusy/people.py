"""The people and rooms of a question, a row each, in columns for the kernel `_find`.

Rules of this module:

1. A row is an owner, what they are asked as, the place of their zone, and the first and last row of their closed
   stretches. People stand in order of their zones, rooms behind them, the smallest that is large enough first.
2. Whoever has equal hours and an equal zone is of one group. A group is worked out once, however many people it has:
   what is done for each one of them is looking their hours up, and the rest is the kernel's.
3. Somebody's zone is the one named for them, else that of their hours, of their calendar, or of the asker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schedcore._column import column_of
from schedcore.freebusy._people import in_rows
from schedcore.freebusy.query import Owned
from schedcore.freebusy.wanted import Room
from schedcore.freebusy.workhours import WorkHours
from schedcore.recurrence.window import MAX_KEY
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from schedcore._column import Column
    from schedcore.freebusy.query import Asked
    from schedcore.freebusy.status import Status
    from schedcore.freebusy.wanted import Hours, Wanted

    #: What a group has in common: hours and a zone, each as it was given.
    Group = tuple[str | Hours | None, str | tzinfo | None]

__all__ = ["OPTIONAL", "REQUIRED", "ROOM", "SOME", "People"]

#: What somebody is asked as, as the kernel numbers it.
REQUIRED, SOME, OPTIONAL, ROOM = range(4)


class People:
    """Everybody who is asked, and their closed stretches in [start, end).

    `owner`, `role`, `zone`, `closed_first` and `closed_last` are columns by row; the first `count` rows are people, the
    rest rooms. `some` is how many those are of whom some suffice. `zones` are the zones by place, `closed` is start,
    end and status of the stretches.
    """

    owner: Column
    role: Column
    zone: Column
    closed_first: Column
    closed_last: Column

    def __init__(
        self,
        wanted: Wanted,
        asker: Zone,
        calendars: Sequence[Asked],
        unknown: AbstractSet[int],
        window: tuple[int, int],
    ) -> None:
        self._wanted, self._asker, self._calendars, self._window = wanted, asker, calendars, window
        dropped = unknown if wanted.on_unknown == "report" else frozenset()
        required, some, optional, rooms = tuple(wanted.required), wanted.any_of, wanted.optional, self._rooms()
        if dropped:
            some, optional = ([owner for owner in named if owner not in dropped] for named in (some, optional))
        some, optional = tuple(some), tuple(optional)
        owners = [*required, *some, *optional, *rooms]
        roles = [REQUIRED] * len(required) + [SOME] * len(some) + [OPTIONAL] * len(optional) + [ROOM] * len(rooms)
        self.some = len(some)
        self.count = len(owners) - len(rooms)
        self.zones: list[Zone] = []
        self._places: dict[str, int] = {}
        self._closed: list[tuple[int, int, Status]] = []
        group, distinct = self._groups(owners)
        places, firsts, lasts = _columns([self._worked_out(*its) for its in distinct], 3)
        self.owner, self.role, self.zone, self.closed_first, self.closed_last = in_rows(
            column_of(owners), column_of(roles), column_of(group), places, firsts, lasts, self.count
        )
        self.closed = _columns(self._closed, 3)

    def _rooms(self) -> list[int]:
        """The rooms that are large enough, in the order in which they are taken."""
        wanted = self._wanted
        asked = (wanted.required, wanted.any_of, wanted.optional)
        seats = sum(len(tuple(named)) for named in asked) if wanted.seats is None else wanted.seats
        rooms = [room for room in wanted.rooms if isinstance(room, Room)]
        rooms = [room for room in rooms if room.capacity is None or room.capacity >= seats]
        rooms.sort(key=lambda room: MAX_KEY if room.capacity is None else room.capacity)
        return [room.owner for room in rooms]

    def _groups(self, owners: list[int]) -> tuple[list[int], list[Group]]:
        """The number of each one's group, and the groups."""
        hours, zones = _each(self._wanted.hours, owners), _each(self._wanted.zones, owners)
        if self._calendars:
            zones = list(map(self._zone_of, owners, hours, zones))
        pairs: list[Group] = list(zip(hours, zones, strict=True))
        try:
            return _numbered(pairs, pairs)
        except TypeError:  # hours or a zone that do not hash: known by themselves alone
            return _numbered([(id(its), id(zone)) for its, zone in pairs], pairs)

    def _zone_of(self, owner: int, hours: str | Hours | None, zone: str | tzinfo | None) -> str | tzinfo | None:
        """The zone that is named for somebody, or that of their calendar; None if their hours or the asker have it."""
        if zone is not None or owner >= len(self._calendars) or _zone_in(hours) is not None:
            return zone
        calendar = self._calendars[owner]
        if isinstance(calendar, Owned):
            return calendar.tz if calendar.tz is not None else calendar.calendar.zone
        return getattr(calendar, "zone", None)

    def _worked_out(self, hours: str | Hours | None, named: str | tzinfo | None) -> tuple[int, int, int]:
        """The place of a group's zone, and first and last row of its closed stretches."""
        known = named if named is not None else _zone_in(hours)
        zone = self._asker if known is None else zone_of(known)
        place = self._places.setdefault(zone.key, len(self.zones))
        if place == len(self.zones):
            self.zones.append(zone)
        if hours is None:
            return place, 0, 0
        value = WorkHours(hours, zone.tzinfo) if isinstance(hours, str) else hours
        at = len(self._closed)
        self._closed += value.closed(*self._window)
        return place, at, len(self._closed)

    def never_open(self) -> list[int]:
        """Who is required and has no hours at all in the window."""
        columns = zip(
            self.owner.tolist(), self.role.tolist(), self.closed_first.tolist(), self.closed_last.tolist(), strict=True
        )
        return [
            owner
            for owner, role, first, last in columns
            if role == REQUIRED and last - first == 1 and self._closed[first][:2] == self._window
        ]


def _columns(rows: Sequence[Sequence[int]], width: int) -> tuple[Column, ...]:
    """Rows of so many numbers as columns."""
    return tuple(map(column_of, zip(*rows, strict=True))) or tuple(column_of(()) for _ in range(width))


def _each(given: Any, owners: list[int]) -> list[Any]:
    """What each one has, of one value for all or one for each."""
    return list(map(given.get, owners)) if isinstance(given, Mapping) else [given] * len(owners)


def _numbered(keys: Sequence[object], pairs: list[Group]) -> tuple[list[int], list[Group]]:
    """Number the keys in the order in which they first come; the numbers, and the pair of each."""
    numbers: dict[object, int] = {}
    found = [numbers.setdefault(key, len(numbers)) for key in keys]
    firsts = dict(zip(reversed(found), reversed(pairs), strict=True))
    return found, [firsts[number] for number in range(len(numbers))]


def _zone_in(hours: str | Hours | None) -> tzinfo | None:
    """The zone that hours name."""
    return None if hours is None or isinstance(hours, str) else hours.tzinfo
