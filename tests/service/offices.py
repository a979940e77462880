"""An office on a server: people, a group, calendars with events; with ids of its own, so that tests share a server."""

from __future__ import annotations

import uuid
from typing import Any

import grpc

from schedcore.v1 import calendar_pb2 as pb
from schedcore.v1 import calendar_pb2_grpc, common_pb2, freebusy_pb2, freebusy_pb2_grpc
from service.processes import as_

MONDAY = 1_792_368_000  # 2026-10-19T00:00:00Z
HOUR, DAY = 3_600, 86_400


def window(days: int = 7, start: int = MONDAY, tz: str = "UTC") -> common_pb2.Window:
    """So many days from that Monday on."""
    return common_pb2.Window(
        start=common_pb2.Time(epoch_seconds=start), end=common_pb2.Time(epoch_seconds=start + days * DAY), tz=tz
    )


def vevent(uid: str, *lines: str, start: str = "20261019T120000Z", end: str | None = "20261019T130000Z") -> str:
    """A VEVENT with a subject, a description and a place that tell it apart."""
    kind = ";VALUE=DATE" if "T" not in start else ""
    texts = [f"SUMMARY:Subject {uid}", f"DESCRIPTION:Notes {uid}", f"LOCATION:Room {uid}"]
    span = [f"DTSTART{kind}:{start}", *([] if end is None else [f"DTEND{kind}:{end}"])]
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *span, *texts, *lines, "END:VEVENT\r\n"])


def ics(*events: str) -> str:
    """A VCALENDAR of some VEVENTs."""
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(events) + "END:VCALENDAR\r\n"


class Office:
    """Anna, Ben, Carla and Dora share the group; Carla administers it, Eve is in none. Names are unique a test."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.key = uuid.uuid4().hex[:12]
        self.desk = ""
        self.calls = calendar_pb2_grpc.CalendarServiceStub(channel)
        self.asks = freebusy_pb2_grpc.FreeBusyServiceStub(channel)
        for name in ("anna", "ben", "carla", "dora", "eve"):
            person = pb.Person(id=self.id(name), name=name.title(), addresses=[f"{self.id(name)}@example.com"])
            self.calls.PutPerson(pb.PutPersonRequest(person=person))
        members = [self.id(name) for name in ("anna", "ben", "carla", "dora")]
        group = pb.Group(id=self.id("sales"), name="Sales", members=members, administrator=self.id("carla"))
        self.calls.PutGroup(pb.PutGroupRequest(group=group))

    def id(self, name: str) -> str:
        """The id of somebody or something of this office."""
        return f"{name}-{self.key}"

    def as_(self, name: str) -> Any:
        """Metadata that names somebody; "" for nobody in particular."""
        return as_(self.id(name)) if name else []

    def make(self, by: str, *events: str, kind: Any = pb.CALENDAR_KIND_PERSONAL, of: str = "", **parts: Any) -> str:
        """Make a calendar for somebody, with events that were made here; its id."""
        id = self.id(f"calendar-of-{of or by}-{kind}")
        calendar = pb.Calendar(id=id, kind=kind, owner=self.id(of or by), **parts)
        self.calls.CreateCalendar(pb.CreateCalendarRequest(calendar=calendar), metadata=self.as_(by))
        for event in events:
            self.put(by, id, event)
        return id

    def put(self, name: str, calendar: str, event: str) -> pb.StoredEvent:
        """Put an event as text."""
        request = pb.PutEventRequest(calendar=calendar, ics=ics(event))
        return self.calls.PutEvent(request, metadata=self.as_(name)).event

    def grant(self, by: str, calendar: str, right: Any, **to: str) -> pb.Calendar:
        """Give a right to member= or group=."""
        grant = pb.Grant(right=right, **{kind: self.id(name) for kind, name in to.items()})
        request = pb.GrantRightRequest(calendar=calendar, grant=grant)
        return self.calls.GrantRight(request, metadata=self.as_(by)).calendar

    def listed(self, name: str, calendar: str, **parts: Any) -> pb.ListEventsResponse:
        """What somebody sees of a calendar in that week."""
        request = pb.ListEventsRequest(calendar=calendar, window=window(), **parts)
        return self.calls.ListEvents(request, metadata=self.as_(name))

    def query(self, name: str, *calendars: str, **parts: Any) -> freebusy_pb2.QueryResponse:
        """Free/busy of some calendars in that week."""
        subjects = [freebusy_pb2.Subject(calendar=id) for id in calendars]
        request = freebusy_pb2.QueryRequest(subjects=subjects, **{"window": window(), **parts})
        return self.asks.Query(request, metadata=self.as_(name))

    def blocks(self, name: str, calendar: str) -> list[tuple[float, float, int]]:
        """The stretches of one calendar: hours since that Monday, and the number of the status."""
        (found,) = self.query(name, calendar).people
        return [((b.start - MONDAY) / HOUR, (b.end - MONDAY) / HOUR, b.status) for b in found.blocks]
