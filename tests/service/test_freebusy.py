"""FreeBusyService over the wire: free/busy, columns, times to meet, who is what at a moment."""

from __future__ import annotations

import grpc
import nanoarrow.ipc
import pytest

from schedcore.v1 import calendar_pb2 as calendars
from schedcore.v1 import common_pb2
from schedcore.v1 import freebusy_pb2 as pb
from service.offices import DAY, HOUR, MONDAY, Office, vevent, window
from service.wire import faults, info, refused

INVALID, EXHAUSTED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture
def office(channel) -> Office:
    return Office(channel)


@pytest.fixture(scope="module")
def desk(channel) -> Office:
    """An office that is shared by questions that change nothing; Anna has a calendar in it."""
    shared = Office(channel)
    shared.desk = shared.make("anna")
    return shared


def subjects(*calendars: str) -> list[pb.Subject]:
    return [pb.Subject(calendar=id) for id in calendars]


def availability(*lines: str) -> str:
    """A VAVAILABILITY with one AVAILABLE."""
    inside = ["BEGIN:AVAILABLE", "UID:a", *lines, "END:AVAILABLE"]
    whole = ["BEGIN:VCALENDAR", "BEGIN:VAVAILABILITY", "UID:w", *inside, "END:VAVAILABILITY", "END:VCALENDAR"]
    return "\n".join(whole)


def times(office, name, *calendars, **parts) -> pb.FindTimesResponse:
    request = {"subjects": subjects(*calendars), "window": window(1), "duration": "PT1H", "required": [0], **parts}
    return office.asks.FindTimes(pb.FindTimesRequest(**request), metadata=office.as_(name))


def test_query_as_each_may_know_it(office):
    """Statuses, the team, what is private and who may know nothing: the same for a calendar that is not there."""
    one = office.make(
        "anna", vevent("1"), vevent("2", "CLASS:PRIVATE", start="20261019T150000Z", end="20261019T160000Z")
    )
    two = office.make("ben", vevent("3", "STATUS:TENTATIVE", start="20261019T123000Z", end="20261019T140000Z"))
    found = office.query("anna", one, two, "nothing")
    assert [2, 1, 0] == [len(person.blocks) for person in found.people]
    assert [(12, 13, 3), (13, 14, 2), (15, 16, 3)] == [
        ((b.start - MONDAY) / HOUR, (b.end - MONDAY) / HOUR, b.status) for b in found.team.blocks
    ]
    assert "nothing of this calendar is shared with you" == found.people[2].unknown
    assert (MONDAY, MONDAY + 7 * DAY) == (found.start, found.end)
    assert [1, 1] == [len(person.blocks) for person in office.query("dora", one, two).people]
    for name in ("eve", ""):
        answer = office.query(name, one, "nothing", two)
        assert 1 == len({person.unknown for person in answer.people}) and not answer.team.blocks
        assert "" != answer.people[0].unknown


def test_whom_a_subject_names(office):
    """A person by id or address, a group by id; who has no calendar is unknown like everybody who is not there."""
    office.make("anna", vevent("1"))
    office.make("carla", vevent("2"), kind=calendars.CALENDAR_KIND_GROUP, of="sales")
    named = [
        pb.Subject(person=office.id("anna")),
        pb.Subject(person=f"MAILTO:{office.id('anna')}@Example.com"),
        pb.Subject(group=office.id("sales")),
        pb.Subject(person=office.id("ben")),
        pb.Subject(person="nobody@example.com"),
        pb.Subject(group="nothing"),
    ]
    request = pb.QueryRequest(subjects=named, window=window())
    found = office.asks.Query(request, metadata=office.as_("ben"))
    assert [1, 1, 1, 0, 0, 0] == [len(person.blocks) for person in found.people]
    assert 1 == len({person.unknown for person in found.people[3:]}) and found.people[3].unknown
    outside = office.asks.Query(request, metadata=office.as_("eve"))
    assert {found.people[3].unknown} == {person.unknown for person in outside.people}


def test_forms_of_an_answer(office):
    """Digits and VFREEBUSY text; what is unknown is "?" and has a comment, or is busy or free if that is asked for."""
    id = office.make("anna", vevent("1"))
    found = office.query("anna", id, "nothing", window=window(1), minutes=360, vfreebusy=True)
    assert ["0020", "????", "??2?"] == [one.digits for one in (*found.people, found.team)]
    assert "FREEBUSY;FBTYPE=BUSY;VALUE=PERIOD:20261019T120000Z/20261019T130000Z" in found.people[0].vfreebusy
    assert "COMMENT" in found.people[1].vfreebusy and "FREEBUSY;" not in found.people[1].vfreebusy
    busy = office.query("anna", id, "nothing", window=window(1), minutes=720, on_unknown=pb.ON_UNKNOWN_BUSY)
    assert ["02", "22", "22"] == [one.digits for one in (*busy.people, busy.team)]
    free = office.query("anna", id, "nothing", window=window(1), minutes=720, on_unknown=pb.ON_UNKNOWN_FREE)
    assert ["02", "00"] == [one.digits for one in free.people]


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"window": common_pb2.Window()}, "window.start"),
        ({"window": window(-1)}, "window.end"),
        ({"window": window(tz="Mars")}, "window.tz"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": -1}, "minutes"),
        ({"on_unknown": 9}, "on_unknown"),
    ],
)
def test_questions_that_make_no_sense(desk, parts, field):
    """Each bad field is named."""
    with refused(INVALID) as error:
        desk.query("anna", desk.desk, **parts)
    assert [field] == [fault.field for fault in faults(error)]
    if "minutes" not in parts:
        request = pb.QueryTableRequest(subjects=subjects("x"), **{"window": window(), **parts})
        with refused(INVALID) as error:
            list(desk.asks.QueryTable(request, metadata=desk.as_("anna")))
        assert [field] == [fault.field for fault in faults(error)]


def test_bounds_of_questions(office):
    """Nobody asked about, too many, too long: named."""
    for given, field in (
        ([], "subjects"),
        ([pb.Subject()], "subjects[0]"),
        ([pb.Subject(person="a"), pb.Subject(group="")], "subjects[1]"),
    ):
        for call, request in (
            (office.asks.Query, pb.QueryRequest(subjects=given, window=window())),
            (office.asks.StatusAt, pb.StatusAtRequest(subjects=given)),
            (office.asks.FindTimes, pb.FindTimesRequest(subjects=given, window=window(), duration="PT1H")),
        ):
            with refused(INVALID) as error:
                call(request, metadata=office.as_("anna"))
            expected = field if call is not office.asks.FindTimes else faults(error)[0].field
            assert [expected] == [fault.field for fault in faults(error)]
    with refused(EXHAUSTED) as error:
        office.query("anna", *(["x"] * 5_001))
    assert ("max_calendars", "5000", "5001") == tuple(info(error).metadata[k] for k in ("limit", "allowed", "reached"))
    with refused(EXHAUSTED) as error:
        office.query("anna", "x", window=window(3_701))
    assert "max_window_days" == info(error).metadata["limit"]


def test_columns_of_many(office):
    """The chunks are one Arrow stream with what Query says; what is unknown comes last."""
    one, two = office.make("anna", vevent("1", "RRULE:FREQ=DAILY;COUNT=6")), office.make("ben", vevent("2"))
    request = pb.QueryTableRequest(subjects=subjects(two, "nothing", one), window=window())
    parts = list(office.asks.QueryTable(request, metadata=office.as_("dora")))
    data = b"".join(part.chunk.data for part in parts[:-1])
    with nanoarrow.ipc.InputStream.from_readable(data) as stream:
        rows = nanoarrow.Array(nanoarrow.c_array_stream(stream)).to_pylist()
    assert [(0, 12)] + [(2, 12 + 24 * day) for day in range(6)] == [
        (row["owner"], (row["start"] - MONDAY) / HOUR) for row in rows
    ]
    assert {2} == {row["status"] for row in rows} and {HOUR} == {row["end"] - row["start"] for row in rows}
    told = parts[-1].unknown
    assert ([1], ["nothing of this calendar is shared with you"]) == (list(told.places), list(told.reasons))


def test_who_is_what_at_a_moment(office):
    """Free until the next event, taken until its end, unknown where nothing may be known; now unless said."""
    one = office.make("anna", vevent("1", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"))
    for hour, status, until in ((11, 1, 12), (12, 4, 13), (13, 1, 37)):
        request = pb.StatusAtRequest(
            subjects=subjects(one, "nothing"), at=common_pb2.Time(epoch_seconds=MONDAY + hour * HOUR)
        )
        found = office.asks.StatusAt(request, metadata=office.as_("ben"))
        assert (status, MONDAY + until * HOUR) == (found.subjects[0].status, found.subjects[0].until)
        assert (0, 0, True) == (found.subjects[1].status, found.subjects[1].until, bool(found.subjects[1].unknown))
    assert office.asks.StatusAt(pb.StatusAtRequest(subjects=subjects(one)), metadata=office.as_("ben")).at > 0
    for at, field in (
        (common_pb2.Time(), "at"),
        (common_pb2.Time(date="2026-10-19"), "at"),
        (common_pb2.Time(local="2026-10-19T12:00:00"), "at"),
        (common_pb2.Time(instant="soon"), "at.instant"),
        (common_pb2.Time(instant="9999-12-31T00:00:00Z"), "at"),
    ):
        with refused(INVALID) as error:
            office.asks.StatusAt(pb.StatusAtRequest(subjects=subjects(one), at=at), metadata=office.as_("ben"))
        assert [field] == [fault.field for fault in faults(error)]


def test_times_to_meet(office):
    """Ranked slots; who is missing; rooms; hours of a week and of VAVAILABILITY; and of near misses, why."""
    one, two = office.make("anna", vevent("1"), tz="Europe/Zurich"), office.make("ben", vevent("2"))
    found = times(
        office, "anna", one, two, optional=[1], hours=[pb.Hours(subject=-1, text="Mo-Fr 13:00-16:00")], near_misses=3
    )
    assert [11, 13] == sorted({(slot.start - MONDAY) // HOUR for slot in found.slots if not slot.start % HOUR})
    assert {-1} == {slot.room for slot in found.slots}
    assert "" == found.why_none and 93 == found.looked_at
    assert pb.WHY_BUSY in {reason.why for miss in found.near_misses for reason in miss.reasons}
    assert 3 == len(found.near_misses)
    room = times(office, "anna", one, two, rooms=[pb.RoomSubject(subject=1, capacity=4)], limit=2)
    assert [1, 1] == [slot.room for slot in room.slots]
    week = availability("DTSTART:20261019T080000Z", "DTEND:20261019T100000Z")
    open_ = times(office, "anna", one, hours=[pb.Hours(subject=0, vavailability=week)], grid="PT1H")
    assert [8, 9] == sorted((slot.start - MONDAY) // HOUR for slot in open_.slots)
    some = times(office, "anna", one, two, "nothing", required=[], any_of=[0, 1, 2], at_least=2, grid="PT1H")
    assert [2] == list(some.unknown) and 23 == len(some.slots)
    held = [pb.Held(start=MONDAY, end=MONDAY + 23 * HOUR)]
    assert [23] == [(slot.start - MONDAY) // HOUR for slot in times(office, "anna", one, holds=held).slots]
    none = times(office, "eve", one, on_unknown=pb.ON_UNKNOWN_BUSY)
    assert "none of 93 starts works" in none.why_none and not none.slots
    full = times(office, "anna", one, most_a_day=1, window=window(1, tz="Europe/Zurich"))  # Tuesday has begun there
    assert {22, 23} == {(slot.start - MONDAY) // HOUR for slot in full.slots}
    assert 0 == len(times(office, "anna", one, notice="PT99999H").slots)
    assert times(
        office, "anna", one, before="PT1H", after="PT1H", grid="PT1H", offset="PT30M", tentative_is_busy=True
    ).slots


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"duration": ""}, "duration"),
        ({"duration": "PT0S"}, "duration"),
        ({"grid": "PT0S"}, "grid"),
        ({"grid": "P2D"}, "grid"),
        ({"offset": "PT15M"}, "offset"),
        ({"before": "soon"}, "before"),
        ({"after": "-PT1H"}, "after"),
        ({"notice": "x"}, "notice"),
        ({"required": [1]}, "required[0]"),
        ({"optional": [0, -1]}, "optional[1]"),
        ({"any_of": [7]}, "any_of[0]"),
        ({"required": [], "any_of": [0], "at_least": 2}, "at_least"),
        ({"at_least": -1}, "at_least"),
        ({"seats": -1}, "seats"),
        ({"most_a_day": -1}, "most_a_day"),
        ({"limit": -1}, "limit"),
        ({"near_misses": 101}, "near_misses"),
        ({"rooms": [pb.RoomSubject(subject=3)]}, "rooms[0].subject"),
        ({"rooms": [pb.RoomSubject(subject=0, capacity=-1)]}, "rooms[0]"),
        ({"hours": [pb.Hours(subject=5, text="Mo 09:00-10:00")]}, "hours[0].subject"),
        ({"hours": [pb.Hours(text="whenever")]}, "hours[0].text"),
        ({"hours": [pb.Hours()]}, "hours[0].text"),
        ({"hours": [pb.Hours(text="Mo 09:00-10:00", tz="Mars")]}, "hours[0].tz"),
        ({"hours": [pb.Hours(vavailability="nothing")]}, "hours[0].vavailability"),
        ({"hours": [pb.Hours(text="24/7"), pb.Hours(text="24/7")]}, "hours[1].subject"),
        ({"holds": [pb.Held(start=2, end=1)]}, "holds[0].end"),
        ({"window": window(-1)}, "window.end"),
        ({"on_unknown": 7}, "on_unknown"),
    ],
)
def test_wishes_that_make_no_sense(desk, parts, field):
    """Each bad field is named."""
    with refused(INVALID) as error:
        times(desk, "anna", "x", **parts)
    assert [field] == [fault.field for fault in faults(error)]


def test_wishes_that_are_too_much(office):
    """Too many starts, and availability without measure: the limit is named."""
    times_ = "DTSTART:20261019T080000Z", "DTEND:20261019T080001Z"
    secondly = availability(*times_, "RRULE:FREQ=SECONDLY;INTERVAL=2")
    for parts, limit in (
        ({"grid": "PT1S", "window": window(30)}, "max_starts"),
        ({"window": window(3_701)}, "max_window_days"),
        ({"hours": [pb.Hours(vavailability=secondly)]}, "max_available"),
    ):
        with refused(EXHAUSTED) as error:
            times(office, "anna", "x", **parts)
        assert limit == info(error).metadata["limit"]


def test_answers_follow_every_change(office):
    """What is kept in memory is never behind the store: events, zone, rights, addresses and people."""
    id = office.make("anna", vevent("1"))
    assert [(12, 13, 3)] == office.blocks("ben", id)
    office.put("anna", id, vevent("2", start="20261020T120000Z", end="20261020T130000Z"))
    assert 2 == len(office.blocks("ben", id))
    away = vevent("3", "TRANSP:OPAQUE", start="20261022", end="20261023")
    office.put("anna", id, away)
    assert (72, 96, 3) == office.blocks("ben", id)[-1]
    update = calendars.UpdateCalendarRequest(calendar=calendars.Calendar(id=id, tz="Asia/Tokyo"))
    office.calls.UpdateCalendar(update, metadata=office.as_("anna"))
    assert (63, 87, 3) == office.blocks("ben", id)[-1]
    invited = vevent(
        "4", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@home.example", start="20261024T120000Z", end="20261024T130000Z"
    )
    office.put("anna", id, invited.replace("a@home", f"{office.id('a')}@home"))
    assert 4 == len(office.blocks("ben", id))
    person = office.calls.GetPerson(calendars.GetPersonRequest(id=office.id("anna"))).person
    person.addresses.append(f"{office.id('a')}@home.example")
    office.calls.PutPerson(calendars.PutPersonRequest(person=person))
    assert 3 == len(office.blocks("ben", id))
    office.calls.DeleteEvent(calendars.DeleteEventRequest(calendar=id, uid="1"), metadata=office.as_("anna"))
    assert 2 == len(office.blocks("ben", id))
    office.calls.DeletePerson(calendars.DeletePersonRequest(id=office.id("ben")))
    assert [] == office.blocks("ben", id)
