"""Nothing leaks over the wire: drawn worlds on a server, every answer and error searched for what it must not say.

The worlds and what the rules say of them (`twin`) are those of tests/policy; here they stand in a store, and what comes
back is bytes: messages, chunks, details of errors, trailers.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace

import grpc
from hypothesis import HealthCheck, given, settings

from policy.worlds import END, FIELDS, GROUPS, OUTSIDER, PEOPLE, START, WORLDS, World, calendar_of, twin
from schedcore.freebusy import Status
from schedcore.policy import PUBLIC, Grant, Publication, Right, freebusy_as
from schedcore.v1 import calendar_pb2 as pb
from schedcore.v1 import calendar_pb2_grpc, common_pb2, freebusy_pb2, freebusy_pb2_grpc
from service.processes import as_

BOSS = "boss"  # administers the group where nobody of the world does, so that there is somebody to write
VIEWERS = (*PEOPLE, OUTSIDER, PUBLIC)
RIGHTS = {Right.READ: pb.RIGHT_READ, Right.READ_WRITE: pb.RIGHT_READ_WRITE}
MODES = {
    Publication.OFF: pb.PUBLICATION_OFF,
    Publication.BUSY_FREE: pb.PUBLICATION_BUSY_FREE,
    Publication.DETAILS: pb.PUBLICATION_DETAILS,
}
WINDOW = common_pb2.Window(
    start=common_pb2.Time(epoch_seconds=int(START.timestamp())),
    end=common_pb2.Time(epoch_seconds=int(END.timestamp())),
    tz="UTC",
)


def settled(world: World) -> World:
    """The world as a server keeps it: one grant for each member or group, and none for what is not there."""
    grants = tuple(
        tuple({(one.member, one.group): one for one in its if one.group != "gone"}.values()) for its in world.grants
    )
    return replace(world, grants=grants)


class Staged:
    """A world on a server, under names of its own."""

    def __init__(self, channel: grpc.Channel, world: World) -> None:
        self.world, self.key = world, uuid.uuid4().hex[:10]
        self.calls = calendar_pb2_grpc.CalendarServiceStub(channel)
        self.asks = freebusy_pb2_grpc.FreeBusyServiceStub(channel)
        for name in (*PEOPLE, OUTSIDER, BOSS):
            person = pb.Person(id=self.id(name), addresses=[f"{self.id(name)}@example.com"])
            self.calls.PutPerson(pb.PutPersonRequest(person=person))
        for name in GROUPS:
            head, members = world.administrators[name], {*world.members[name], *([BOSS] if name == "sales" else [])}
            group = pb.Group(
                id=self.id(name),
                members=map(self.id, members),
                co_administrators=[self.id(BOSS)] if name == "sales" else [],
            )
            group.administrator = self.id(head) if head in world.members[name] else ""
            self.calls.PutGroup(pb.PutGroupRequest(group=group))
        owners = (("anna", "anna", pb.CALENDAR_KIND_PERSONAL), (BOSS, "sales", pb.CALENDAR_KIND_GROUP),
                  (world.subscriber, world.subscriber, pb.CALENDAR_KIND_EXTERNAL))  # fmt: skip
        self.ids = [self.make(place, *owner) for place, owner in enumerate(owners)]

    def id(self, name: str) -> str:
        return f"{name}-{self.key}"

    def who(self, viewer: object) -> list[tuple[str, str]]:
        return [] if viewer is PUBLIC else as_(self.id(str(viewer)))

    def make(self, place: int, by: str, owner: str, kind: int) -> str:
        """A calendar with its events, grants and publication."""
        calendar = pb.Calendar(
            kind=kind, owner=self.id(owner), name="nameofcalendar", address="https://example.com/a.ics"
        )
        me = {"metadata": self.who(by)}
        id = self.calls.CreateCalendar(pb.CreateCalendarRequest(calendar=calendar), **me).calendar.id
        for event in self.world.events[place]:
            text = calendar_of((event,)).to_ical().decode().replace("Anna@example", f"{self.id('anna')}@example")
            if "BEGIN:VEVENT" not in text:
                continue
            if self.world.native and place < 2:
                self.calls.PutEvent(pb.PutEventRequest(calendar=id, ics=text), **me)
            else:
                self.calls.ImportEvents(pb.ImportEventsRequest(calendar=id, data=text.encode()), **me)
        for grant in self.world.grants[place] if place < 2 else ():
            to = {"member": self.id(grant.member)} if grant.member else {"group": self.id(grant.group)}
            request = pb.GrantRightRequest(calendar=id, grant=pb.Grant(right=RIGHTS[grant.right], **to))
            self.calls.GrantRight(request, **me)
        if place < 2:
            request = pb.PublishCalendarRequest(calendar=id, publication=MODES[self.world.modes[place]])
            self.calls.PublishCalendar(request, **me)
        return id

    # --- asking -------------------------------------------------------------------------------------------------------

    def answers(self, viewer: object) -> Iterator[bytes]:
        """The bytes of everything that a viewer can ask: answers, and errors with their trailers."""
        me = self.who(viewer)
        subjects = [freebusy_pb2.Subject(calendar=id) for id in self.ids]
        asks = [
            (self.asks.Query, freebusy_pb2.QueryRequest(subjects=subjects, window=WINDOW, minutes=60, vfreebusy=True)),
            (self.asks.QueryTable, freebusy_pb2.QueryTableRequest(subjects=subjects, window=WINDOW)),
            (self.asks.StatusAt, freebusy_pb2.StatusAtRequest(subjects=subjects, at=WINDOW.start)),
            (
                self.asks.FindTimes,
                freebusy_pb2.FindTimesRequest(
                    subjects=subjects,
                    window=WINDOW,
                    duration="PT1H",
                    grid="PT5H",
                    required=[0],
                    optional=[1, 2],
                    near_misses=9,
                    most_a_day=self.world.wanted.most_a_day or 0,
                ),
            ),
            (self.calls.ListCalendars, pb.ListCalendarsRequest()),
        ]
        for id in self.ids:
            asks += [
                (self.calls.ListEvents, pb.ListEventsRequest(calendar=id, window=WINDOW)),
                (self.calls.ExportEvents, pb.ExportEventsRequest(calendar=id, window=WINDOW)),
                (self.calls.GetCalendar, pb.GetCalendarRequest(id=id)),
                (self.calls.DeleteBetween, pb.DeleteBetweenRequest(calendar=id, window=WINDOW, validate_only=True)),
            ]
        for call, request in asks:
            yield self.told(call, request, me)
        for place, events in enumerate(self.world.events):
            for event in events:
                uid = event.texts("uid")
                asked = pb.GetEventRequest(calendar=self.ids[place], uid=uid)
                # What the caller has said themselves is no news; an answer is searched as it is.
                found = self.told(self.calls.GetEvent, asked, me)
                yield found.replace(uid.encode(), b"") if found.startswith(b"error") else found

    @staticmethod
    def told(call: object, request: object, me: list[tuple[str, str]]) -> bytes:
        try:
            answer = call(request, metadata=me)
            parts = [answer] if hasattr(answer, "SerializeToString") else list(answer)
            return b"".join(part.SerializeToString() for part in parts)
        except grpc.RpcError as error:
            assert error.code() in (
                grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED,
            ), error  # fmt: skip
            trailers = [str(one) for one in (*(error.trailing_metadata() or ()), *(error.initial_metadata() or ()))]
            return f"error {error.details()} {trailers}".encode()


def allowed(world: World, place: int, viewer: object, one: object, word: str | None, field: str) -> bool:
    """Whether a text of a field of an event may be in an answer; an override has the UID of its event."""
    words = [word] if field != "uid" else [its for _, its in one.all]
    return any(FIELDS[field] in twin(world, place, viewer, its) for its in words)


@settings(max_examples=100 if os.environ.get("SCHEDCORE_LONG") else 8, suppress_health_check=[*HealthCheck])
@given(WORLDS)
def test_no_field_above_the_level_is_in_any_answer(channel, world):
    """Whoever asks, and whatever: no byte of what they may not know; and free/busy is what the library says."""
    world = settled(world)
    staged = Staged(channel, world)
    for viewer in VIEWERS:
        told = b"\n".join(staged.answers(viewer))
        for place, events in enumerate(world.events):
            for one in events:
                for part, word in one.all:
                    for field in FIELDS:
                        secret = (one if field == "uid" else part).texts(field).encode()
                        assert allowed(world, place, viewer, one, word, field) or secret not in told, (
                            viewer,
                            field,
                            part,
                        )
        named = any("rest" in twin(world, place, viewer, None) for place in range(3))
        assert named == (b"nameofcalendar" in told)
        subjects = [freebusy_pb2.Subject(calendar=id) for id in staged.ids]
        request = freebusy_pb2.QueryRequest(subjects=subjects, window=WINDOW)
        found = staged.asks.Query(request, metadata=staged.who(viewer))
        expected = freebusy_as(viewer, world.calendars, START, END, directory=world.directory)
        for owner, person in enumerate(found.people):
            blocks = [(one.start, one.end, Status(one.status - 1)) for one in person.blocks]
            assert [one[1:] for one in expected.blocks(owner)] == blocks
            assert expected.unknown.get(owner, "") == person.unknown


def test_the_search_would_find_a_leak(channel):
    """What the owner may know is found in their answers: the search looks in the right places."""
    from policy.worlds import Drawn

    event = Drawn("x0", None, 10, 2, False, None, None, None, None, None)
    empty = {"members": dict.fromkeys(GROUPS, ("anna", "ben")), "administrators": dict.fromkeys(GROUPS)}
    grants = ((Grant(Right.READ, member="ben"),), ())
    world = World(
        **empty, grants=grants, modes=(Publication.OFF, Publication.OFF), subscriber="dora",
        events=((event,), (), ()), native=True, wanted=replace(EXAMPLE),
    )  # fmt: skip
    staged = Staged(channel, world)
    for viewer, finds in (("anna", True), ("ben", True), ("carla", False), (PUBLIC, False)):
        told = b"\n".join(staged.answers(viewer))
        assert {finds} == {event.texts(field).encode() in told for field in FIELDS}


def _example():
    from datetime import timedelta

    from schedcore.freebusy import Wanted

    return Wanted(timedelta(hours=1), required=[0])


EXAMPLE = _example()
