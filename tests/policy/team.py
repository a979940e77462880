"""A team to test rules with: Anna and Ben sell, Carla administers sales with Dora's help, Eve is in no group."""

from __future__ import annotations

from datetime import UTC, datetime

from schedcore import Calendar
from schedcore.policy import Directory, Group, Person, PersonalCalendar, as_seen_by, freebusy_as

PEOPLE = [Person(name, [f"{name}@example.com"]) for name in ("anna", "ben", "carla", "dora", "eve")]
SALES = Group("sales", ["anna", "ben", "carla", "dora"], administrator="carla", co_administrators=["dora"])
TEAM = Directory(PEOPLE, [SALES])
MONDAY, TUESDAY = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)


def event(uid: str = "1", *lines: str, start: str = "20261019T120000Z", end: str | None = "20261019T130000Z") -> str:
    """A VEVENT with a subject, a description and a place; `lines` are added to it."""
    kind = ";VALUE=DATE" if "T" not in start else ""
    its = [f"UID:{uid}", f"SUMMARY:Subject {uid}", f"DESCRIPTION:Notes {uid}", f"LOCATION:Room {uid}", *lines]
    span = [f"DTSTART{kind}:{start}", *([] if end is None else [f"DTEND{kind}:{end}"])]
    return "\r\n".join(["BEGIN:VEVENT", *span, *its, "END:VEVENT"])


def calendar(*events: str) -> Calendar:
    """A calendar of some events."""
    return Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR"]))


def annas(*events: str, **parts: object) -> PersonalCalendar:
    """Anna's calendar."""
    return PersonalCalendar("anna", calendar(*events), **parts)


def seen(viewer, its, directory=TEAM, start=MONDAY, end=TUESDAY, **options):
    """What a viewer sees of a calendar on that Monday."""
    return list(as_seen_by(viewer, its, start, end, directory=directory, **options).events)


def taken(viewer, its, directory=TEAM, start=MONDAY, end=TUESDAY, **options):
    """The stretches of free/busy: (hours since midnight, name of the status)."""
    found = freebusy_as(viewer, [its], start, end, directory=directory, **options)
    midnight = int(start.timestamp())
    return [((b.start - midnight) / 3600, (b.end - midnight) / 3600, b.status.name) for b in found.people]
