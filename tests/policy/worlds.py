"""Small worlds to ask about: people, groups, grants and calendars, drawn, and what the rules say of them.

Each event has texts of its own in every field, so that an answer can be searched for what should not be in it.
`twin` says what a viewer may know of an event, rule by rule and without a table: what `rights` is compared with.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.freebusy import Wanted, digits, vfreebusy
from schedcore.policy import (
    PUBLIC,
    Directory,
    ExternalCalendar,
    Grant,
    Group,
    GroupCalendar,
    Person,
    PersonalCalendar,
    Publication,
    Right,
    as_seen_by,
    find_times_as,
    freebusy_as,
)

PEOPLE = ("anna", "ben", "carla", "dora")
OUTSIDER = "eve"
GROUPS = ("sales", "works")
FIRST = datetime(2026, 10, 19, tzinfo=UTC)
START, END = FIRST, FIRST + timedelta(days=2)
FIELDS = {"summary": "subject", "description": "subject", "location": "rest", "uid": "rest", "attendee": "rest"}


@dataclass(frozen=True)
class Drawn:
    """An event as it is drawn; `hour` counts from the start of the window, `override` is one of its first instance."""

    name: str
    classification: str | None
    hour: int
    hours: int
    all_day: bool
    status: str | None
    transp: str | None
    busystatus: str | None
    rule: str | None
    partstat: str | None
    override: Drawn | None = None
    is_lone: bool = False  # only the override is there

    def texts(self, field: str) -> str:
        """What only this event says in a field."""
        return f"{field}of{self.name}q"

    @cached_property
    def when(self) -> datetime:
        start = FIRST + timedelta(hours=self.hour)
        return start.replace(hour=0) if self.all_day else start

    def lines(self, named: datetime | None = None, uid: str | None = None) -> list[str]:
        """The VEVENT, and that of its override."""
        kind, form = (";VALUE=DATE", "%Y%m%d") if self.all_day else ("", "%Y%m%dT%H%M%SZ")
        length = timedelta(days=1) if self.all_day else timedelta(hours=self.hours)
        uid = uid or self.texts("uid")
        found = [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTART{kind}:{self.when.strftime(form)}",
            f"DTEND{kind}:{(self.when + length).strftime(form)}",
            *(f"{name.upper()}:{self.texts(name)}" for name in ("summary", "description", "location")),
            f"ORGANIZER:mailto:{self.texts('attendee')}@example.com",
        ]
        if named is not None:
            found.append(f"RECURRENCE-ID{kind}:{named.strftime(form)}")
        for name, value in (
            ("CLASS", self.classification),
            ("STATUS", self.status),
            ("TRANSP", self.transp),
            ("X-MICROSOFT-CDO-BUSYSTATUS", self.busystatus),
            ("RRULE", self.rule),
        ):
            found += [] if value is None else [f"{name}:{value}"]
        if self.partstat is not None:
            found.append(f"ATTENDEE;PARTSTAT={self.partstat}:MAILTO:Anna@example.com")
        found.append("END:VEVENT")
        if self.is_lone:
            found = []
        if self.override is not None:
            found += self.override.lines(self.when, uid)
        return found

    @property
    def all(self) -> list[tuple[Drawn, str | None]]:
        """The event and its override, each with the CLASS that counts."""
        if self.override is None:
            return [(self, self.classification)]
        own = self.override.classification
        return [(self, self.classification), (self.override, self.classification if own is None else own)]


@dataclass(frozen=True)
class World:
    """Who there is, what is in the calendars of Anna, of sales and of another provider, and who may what."""

    members: dict[str, tuple[str, ...]]
    administrators: dict[str, str | None]
    grants: tuple[tuple[Grant, ...], tuple[Grant, ...]]
    modes: tuple[Publication, Publication]
    subscriber: str
    events: tuple[tuple[Drawn, ...], ...]
    native: bool
    wanted: Wanted

    @property
    def directory(self) -> Directory:
        groups = []
        for name in GROUPS:
            head = self.administrators[name]
            its = self.members[name]
            groups.append(Group(name, its, head if head in its else None))
        return Directory([Person(one, [f"{one}@example.com"]) for one in (*PEOPLE, OUTSIDER)], groups)

    @cached_property
    def calendars(self) -> list[PersonalCalendar | GroupCalendar | ExternalCalendar]:
        contents = [calendar_of(events) for events in self.events]
        uids = frozenset(one.texts("uid") for events in self.events for one in events) if self.native else frozenset()
        return [
            PersonalCalendar("anna", contents[0], self.grants[0], self.modes[0], native=uids),
            GroupCalendar("sales", contents[1], self.grants[1], self.modes[1], native=uids),
            ExternalCalendar(self.subscriber, contents[2]),
        ]

    def without(self, viewer: str) -> World:
        """The world in which what a viewer may not know of is not there: an override goes as a cancellation stays."""
        return replace(
            self,
            events=tuple(
                tuple(kept for one in events for kept in self.kept(one, place, viewer))
                for place, events in enumerate(self.events)
            ),
        )

    def kept(self, one: Drawn, place: int, viewer: str) -> list[Drawn]:
        shows = {part.name: bool(twin(self, place, viewer, word)) for part, word in one.all}
        if one.override is None:
            return [one] if shows[one.name] else []
        if shows[one.name] and shows[one.override.name]:
            return [one]
        if shows[one.name]:  # its instance is not where the series had it
            return [replace(one, override=replace(one.override, status="CANCELLED"))]
        if shows[one.override.name]:
            return [replace(one, is_lone=True)]
        return []


def calendar_of(events: tuple[Drawn, ...]) -> Calendar:
    lines = [line for event in events for line in event.lines()]
    return Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", "X-WR-CALNAME:nameofcalendar", *lines, "END:VCALENDAR"]))


# --- what the rules say -----------------------------------------------------------------------------------------------


def twin(world: World, place: int, viewer: object, classification: str | None) -> set[str]:
    """What a viewer may know of an event of a calendar: times, status, subject, rest, write; one rule after another."""
    word = {None: "visible", "PUBLIC": "visible", "CONFIDENTIAL": "some"}.get(classification, "invisible")
    if place == 2:  # O11: read-only, and theirs who subscribed
        return {"times", "status", "subject", "rest"} if viewer == world.subscriber else set()
    known: set[str] = set()
    mode = world.modes[place]
    if word == "visible" and mode is not Publication.OFF:  # U3, V7
        known |= {"times"}
        if mode is Publication.DETAILS:  # V8
            known |= {"subject"}
    if viewer is PUBLIC:
        return known
    mine = [name for name in GROUPS if viewer in world.members[name]]
    held = {grant.right for grant in world.grants[place] if grant.member == viewer or grant.group in mine}
    if place == 1:
        if "sales" in mine:  # G1
            known |= {"times", "status", "subject", "rest"}
            if world.administrators["sales"] == viewer or Right.READ_WRITE in held:  # G2, G3
                known |= {"write"}
        return known
    if viewer == "anna":  # P3
        return {"times", "status", "subject", "rest", "write"}
    if not any("anna" in world.members[name] for name in mine):  # P7
        return known
    if word == "visible":
        known |= {"times", "status"}  # V1, P1
        if held:  # P4, P5
            known |= {"subject", "rest"}
        if Right.READ_WRITE in held:
            known |= {"write"}
    if word == "some" and held:  # V3, V4
        known |= {"times", "status"}
    return known


# --- answers ----------------------------------------------------------------------------------------------------------


def answers(world: World, viewer: object, directory: Directory | None = None) -> dict[str, object]:
    """Everything that a viewer can ask, with all that it is made of when looked at."""
    asked = {"directory": directory or world.directory}
    seen = [as_seen_by(viewer, calendar, START, END, **asked) for calendar in world.calendars]
    busy = freebusy_as(viewer, world.calendars, START, END, **asked)
    found = find_times_as(viewer, world.calendars, world.wanted, START, END, explain=True, **asked)
    return {
        "seen": seen,
        "levels": [event.level for calendar in seen for event in calendar.events],
        "lanes": [calendar.lanes() for calendar in seen],
        "blocks": [list(busy.people), list(busy.team), dict(busy.unknown)],
        "digits": [digits(busy, owner) for owner in range(len(world.calendars))],
        "vfreebusy": vfreebusy(busy, now=datetime.fromisoformat("2026-10-01T00:00:00Z")),
        "found": [list(found), list(found.refused), found.why_none, found.unknown, found.looked_at],
        "near": found.refused.near_misses(3),
        "objects": [busy, found],
    }


def plain(found: dict[str, object]) -> str:
    """Answers as a text that compares."""
    return repr({name: value for name, value in found.items() if name != "objects"})


SKIPPED = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def everything(found: object) -> str:
    """Every text that can be reached from an answer, shown or not."""
    texts = [repr(found)]
    seen, ahead = set(), [found]
    while ahead:
        value = ahead.pop()
        if id(value) in seen or isinstance(value, SKIPPED):
            continue
        seen.add(id(value))
        if isinstance(value, (str, bytes)):
            texts.append(str(value))
        else:
            ahead += gc.get_referents(value)
    return "\n".join(texts)


# --- drawing ----------------------------------------------------------------------------------------------------------

CLASSES = st.sampled_from([None, None, "PUBLIC", "CONFIDENTIAL", "PRIVATE", "X-SECRET"])
SHAPES = st.fixed_dictionaries(
    {
        "classification": CLASSES,
        "hour": st.integers(-4, 50),
        "hours": st.integers(0, 9),
        "all_day": st.booleans(),
        "status": st.sampled_from([None, None, "CONFIRMED", "TENTATIVE", "CANCELLED"]),
        "transp": st.sampled_from([None, None, "OPAQUE", "TRANSPARENT"]),
        "busystatus": st.sampled_from([None, None, "OOF", "FREE", "TENTATIVE"]),
        "rule": st.sampled_from([None, None, "FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;COUNT=3"]),
        "partstat": st.sampled_from([None, None, "DECLINED", "ACCEPTED", "NEEDS-ACTION"]),
    }
)


@st.composite
def drawn_events(draw: st.DrawFn, name: str) -> tuple[Drawn, ...]:
    found = []
    for number, shape in enumerate(draw(st.lists(SHAPES, max_size=3))):
        event = Drawn(f"{name}{number}", **shape)
        if event.rule is not None and draw(st.booleans()):
            changed = draw(SHAPES) | {"rule": None, "all_day": event.all_day}
            event = replace(event, override=Drawn(f"{name}{number}moved", **changed))
        found.append(event)
    return tuple(found)


GRANTS = st.lists(
    st.builds(
        lambda right, to: Grant(right, group=to) if to in (*GROUPS, "gone") else Grant(right, member=to),
        st.sampled_from(Right),
        st.sampled_from([*PEOPLE[1:], *GROUPS, "gone"]),
    ),
    max_size=2,
).map(tuple)

SOME = st.lists(st.sampled_from(PEOPLE), unique=True).map(tuple)

WANTED = st.builds(
    lambda on_unknown, most_a_day, tentative: Wanted(
        timedelta(hours=1),
        required=[0],
        optional=[1, 2],
        grid=timedelta(hours=5),
        on_unknown=on_unknown,
        most_a_day=most_a_day,
        tentative=tentative,
    ),
    st.sampled_from(["report", "busy", "free"]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["free", "busy"]),
)

WORLDS = st.builds(
    World,
    members=st.fixed_dictionaries(dict.fromkeys(GROUPS, SOME)),
    administrators=st.fixed_dictionaries(dict.fromkeys(GROUPS, st.sampled_from([None, *PEOPLE]))),
    grants=st.tuples(GRANTS, GRANTS),
    modes=st.tuples(st.sampled_from(Publication), st.sampled_from(Publication)),
    subscriber=st.sampled_from(PEOPLE),
    events=st.tuples(drawn_events("a"), drawn_events("b"), drawn_events("c")),
    native=st.booleans(),
    wanted=WANTED,
)
VIEWERS = st.sampled_from([*PEOPLE, OUTSIDER, PUBLIC])
