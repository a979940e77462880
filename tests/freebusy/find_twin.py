"""Finding a time, slow and obviously right: every start, every person, minute by minute.

Times are whole minutes. A person is a set of busy minutes by status and a set of minutes outside of hours; no stretch
is ever compared with another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MINUTE = 60


@dataclass
class Person:
    """Somebody (or a room) by the minute: what status they have, and when their hours are closed."""

    zone: str = "UTC"
    busy: dict[int, int] = field(default_factory=dict)  # minute -> status
    closed: dict[int, int] = field(default_factory=dict)
    meetings: list[int] = field(default_factory=list)  # starts, in minutes


@dataclass
class Question:
    """What is asked, in minutes."""

    start: int
    end: int
    duration: int
    people: dict[int, Person]
    required: list[int]
    some: list[int]
    needed: int
    optional: list[int]
    rooms: list[tuple[int, int | None]]
    seats: int
    grid: int
    offset: int
    before: int
    after: int
    earliest: int
    most: int | None
    blocking: int
    held: set[int]
    unknown: set[int]
    on_unknown: str
    zone: str


def wall(minute: int, zone: str) -> datetime:
    """What the clock on the wall shows."""
    return datetime.fromtimestamp(minute * MINUTE, UTC).astimezone(ZoneInfo(zone))


def starts(q: Question) -> list[int]:
    """Every minute of the window at which the asker's clock shows a time of the grid."""
    found = []
    for minute in range(q.start, q.end - q.duration + 1):
        shown = wall(minute, q.zone)
        since = shown.hour * 60 + shown.minute - q.offset
        if since >= 0 and since % q.grid == 0:
            found.append(minute)
    return found


def is_away(q: Question, owner: int, start: int, *, is_room: bool = False, blocking: int | None = None) -> bool:
    """Whether somebody cannot come to a meeting that starts at a minute."""
    person, blocking = q.people[owner], q.blocking if blocking is None else blocking
    if owner in q.unknown and (q.on_unknown == "busy" or (is_room and q.on_unknown == "report")):
        return True
    before, after = (0, 0) if is_room else (q.before, q.after)
    if any(person.busy.get(m, 0) >= blocking for m in range(start - before, start + q.duration + after)):
        return True
    if any(person.closed.get(m, 0) >= blocking for m in range(start, start + q.duration)):
        return True
    if is_room or q.most is None:
        return False
    day = wall(start, person.zone).date()
    return sum(wall(m, person.zone).date() == day for m in person.meetings) >= q.most


def room_at(q: Question, start: int) -> int | None:
    """The room to take: without anything there before one with something tentative, small before large."""
    fitting = [(size, at, owner) for at, (owner, size) in enumerate(q.rooms) if size is None or size >= q.seats]
    fitting.sort(key=lambda room: (room[0] is None, room[0] or 0, room[1]))
    for blocking in range(1, q.blocking + 1):
        for _, _, owner in fitting:
            if not is_away(q, owner, start, is_room=True, blocking=blocking):
                return owner
    return None


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one start."""

    start: int
    works: bool
    lacking: int
    missing: tuple[int, ...]
    tentative: int
    outside_most: int
    outside_total: int
    room: int | None

    @property
    def rank(self) -> tuple[int, ...]:
        """What slots are ordered by."""
        return len(self.missing), self.tentative, self.outside_most, self.outside_total, self.start


def judge(q: Question, start: int) -> Verdict:
    """Look at one start."""
    dropped = q.unknown if q.on_unknown == "report" else set()
    some, optional = ([o for o in owners if o not in dropped] for owners in (q.some, q.optional))
    away = {owner for owner in (*q.required, *some, *optional) if is_away(q, owner, start)}
    come = [owner for owner in (*q.required, *some, *optional) if owner not in away]
    lacking_required = sum(owner in away for owner in q.required)
    short = max(q.needed - sum(owner not in away for owner in some), 0)
    room = room_at(q, start) if q.rooms else None
    held = any(m in q.held for m in range(start - q.before, start + q.duration + q.after))
    works = (
        start >= q.earliest
        and not lacking_required
        and not short
        and not held
        and (not q.rooms or room is not None)
        and q.start <= start <= q.end - q.duration
    )
    outside = [
        sum(not 8 <= wall(m, q.people[owner].zone).hour < 18 for m in range(start, start + q.duration))
        for owner in come
    ]
    tentative = sum(
        max(q.people[owner].busy.get(m, 0), q.people[owner].closed.get(m, 0)) == 1
        for owner in come
        for m in range(start, start + q.duration)
    )
    return Verdict(
        start,
        works,
        lacking_required + short,
        tuple(sorted(owner for owner in (*some, *optional) if owner in away)),
        tentative,
        max(outside, default=0),
        sum(outside),
        room,
    )


def move(q: Question, start: int) -> int | None:
    """By how many minutes a start would have to move to work, on the grid or not; of two the earlier."""
    for distance in range(q.end - q.start + 1):
        for way in (-distance, distance):
            at = start + way
            if q.start <= at <= q.end - q.duration and judge(q, at).works:
                return way
    return None
