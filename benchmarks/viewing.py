"""A viewer's free/busy beside the owner's: 1,000 calendars of a company, as columns and as calendars.

Everything is drawn from one seed. Nine in ten events are visible, the rest is to some or invisible. The viewer shares a
group with all owners, may read one calendar in five and write one in ten; in the last row everything is visible, which
leaves the viewer as much to merge as the owners. Before anything is timed, the answer is compared with that of `merge`
on the rows that one call of `sight` for each row lets through.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from benchmarks.merging import Stretches, drawn
from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore import Calendar
from schedcore.freebusy import Owned, Status, merge, query
from schedcore.policy import (
    Directory,
    Fields,
    Grant,
    Group,
    Person,
    PersonalCalendar,
    Right,
    Sights,
    freebusy_as,
)

__all__ = ["policy"]

CALENDARS: Final = 1_000
VIEWER: Final = "viewer"
#: A viewer's answer may take at most 1.5 times the owner's.
AT_MOST: Final = 1.5
CLASSES: Final = ["PUBLIC"] * 18 + ["CONFIDENTIAL", "PRIVATE"]
START: Final = datetime(2026, 10, 12, tzinfo=UTC)
DAYS: Final = 28


@dataclass(frozen=True)
class Company:
    """1,000 people in one group, each with a calendar; every fifth lets the viewer read, every tenth write."""

    directory: Directory
    calendars: list[PersonalCalendar]


def company(contents: list[Calendar | None]) -> Company:
    """The people of some calendars, and the viewer."""
    ids = [f"p{number}" for number in range(len(contents))]
    group = Group("all", [VIEWER, *ids])
    directory = Directory([Person(one, [f"{one}@example.com"]) for one in [VIEWER, *ids]], [group])
    rights = {0: [Grant(Right.READ_WRITE, member=VIEWER)], 5: [Grant(Right.READ, group="all")]}
    calendars = [PersonalCalendar(one, contents[i], rights.get(i % 10, ())) for i, one in enumerate(ids)]
    return Company(directory, calendars)


def columns(order: str, hidden: bool) -> Iterator[Row]:
    """A million rows, as columns."""
    asked = drawn(order, 1_000_000, CALENDARS)
    its = company([None] * CALENDARS)
    rng = np.random.default_rng(11)
    visibility = rng.choice(3, len(asked.owner), p=[0.9, 0.05, 0.05]) if hidden else np.zeros(len(asked.owner), "int64")
    status = rng.choice([1, 2, 3], len(asked.owner), p=[0.1, 0.85, 0.05])
    compiled = Sights(VIEWER, its.calendars, its.directory)
    shows = np.array([[bool(fields & Fields.TIMES) for fields in sight] for sight in compiled.sights])
    rows = shows[asked.owner, visibility]
    kept = [column[rows] for column in (asked.owner, asked.start, asked.end, status)]
    ask = _viewers(its, asked, status, visibility)
    same(f"columns, {order}", list(merge(*kept)), list(ask()))
    seconds = best_of(
        {"viewer": timer(ask), "owner": timer(lambda: merge(asked.owner, asked.start, asked.end, status))}, budget=2
    )
    name = f"{'some' if hidden else 'none'} hidden, {order} 1,000,000 of {CALENDARS:,}"
    yield Row("policy", name, len(asked.owner), seconds, {"owner": 1 / AT_MOST})


def _viewers(its: Company, asked: Stretches, status: Any, visibility: Any) -> Callable[[], Any]:
    """The question with all that belongs to it: rights are compiled each time."""

    def ask() -> Any:
        sights = Sights(VIEWER, its.calendars, its.directory)
        return sights.merge(asked.owner, asked.start, asked.end, status, visibility=visibility)

    return ask


def calendars() -> Iterator[Row]:
    """1,000 calendars of six events, four weeks; both sides expand."""
    its = company([content(number) for number in range(CALENDARS)])
    window = START, START + timedelta(days=DAYS)

    def viewers() -> Any:
        return freebusy_as(VIEWER, its.calendars, *window, directory=its.directory)

    def owners() -> Any:
        return query([Owned(one.calendar, f"{one.owner}@example.com") for one in its.calendars], *window)

    everything = owners().people
    same("calendars", list(shown(its, window)), list(viewers().people))
    seconds = best_of({"viewer": timer(viewers), "owner": timer(owners)}, budget=2)
    yield Row("policy", f"{CALENDARS:,} calendars, {DAYS} days", len(everything), seconds, {"owner": 1 / AT_MOST})


def content(number: int) -> Calendar:
    """A calendar of six series."""
    rng = random.Random(number)
    lines = []
    for event in range(6):
        start = START - timedelta(days=rng.randrange(300), hours=-rng.randrange(7, 18))
        rule = rng.choice(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY"])
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}-{event}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            "DURATION:PT45M",
            f"RRULE:{rule}",
            f"CLASS:{rng.choice(CLASSES)}",
            "END:VEVENT",
        ]
    return Calendar.from_ical("\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]))


def shown(its: Company, window: tuple[datetime, datetime]) -> Any:
    """The answer by another way: each event's occurrences one by one, by what its CLASS leaves of the grant."""
    rows: list[tuple[int, int, int, int]] = []
    for owner, one in enumerate(its.calendars):
        for found in one.calendar.overlapping(*window):
            word = found.event.classification
            if word == "PUBLIC" or (word == "CONFIDENTIAL" and one.grants):
                a, b = max(found.start, window[0]), min(found.end, window[1])
                rows.append((owner, int(a.timestamp()), int(b.timestamp()), Status.BUSY))
    return merge(*(list(column) for column in zip(*rows, strict=True)))


def same(what: str, expected: object, actual: object) -> None:
    """Refuse to time what differs."""
    if expected != actual:
        raise AssertionError(f"{what}: the answers differ: nothing is timed until they agree")


def policy() -> Iterator[Row]:
    """Free/busy of 1,000 calendars as one viewer may know it, beside the owner's own question."""
    yield from columns("sorted", True)
    yield from columns("runs", True)
    yield from columns("sorted", False)
    yield from calendars()
