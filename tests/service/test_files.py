"""CalendarService over the wire: deleting between dates, import and export."""

from __future__ import annotations

import grpc
import pytest

from schedcore import Calendar
from schedcore.v1 import calendar_pb2 as pb
from service.offices import DAY, MONDAY, Office, ics, vevent, window
from service.wire import faults, refused

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
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


def load(office, name, calendar, text, **parts) -> pb.ImportEventsResponse:
    data = text if isinstance(text, bytes) else text.encode()
    request = pb.ImportEventsRequest(calendar=calendar, data=data, **parts)
    return office.calls.ImportEvents(request, metadata=office.as_(name))


def export(office, name, calendar, **parts) -> tuple[bool, bytes]:
    request = pb.ExportEventsRequest(calendar=calendar, **parts)
    found = list(office.calls.ExportEvents(request, metadata=office.as_(name)))
    return found[0].whole, b"".join(one.data for one in found)


@pytest.mark.rule("R11")
def test_deleting_between_dates(office):
    """First what would go; then it goes, whole events and instances; what is outside stays."""
    id = office.make(
        "anna", vevent("1"), vevent("2", "RRULE:FREQ=DAILY;COUNT=10"), vevent("3", start="20261101T120000Z", end=None)
    )
    request = pb.DeleteBetweenRequest(calendar=id, window=window(3), validate_only=True)
    plan = office.calls.DeleteBetween(request, metadata=office.as_("anna"))
    assert (4, ["1"]) == (plan.total, list(plan.events))
    assert [("1", "Subject 1"), ("2", "Subject 2")] == [(one.uid, one.summary) for one in plan.occurrences[:2]]
    assert 8 == len(office.listed("anna", id).events)
    request.validate_only = False
    done = office.calls.DeleteBetween(request, metadata=office.as_("anna"))
    assert (4, ["1"]) == (done.total, list(done.events))
    assert 4 == len(office.listed("anna", id).events) == len(office.blocks("anna", id))
    assert 0 == office.calls.DeleteBetween(request, metadata=office.as_("anna")).total
    rest = pb.DeleteBetweenRequest(calendar=id, window=window(60))
    assert ["2", "3"] == list(office.calls.DeleteBetween(rest, metadata=office.as_("anna")).events)
    assert [] == list(office.listed("anna", id).events)


def test_who_may_delete_between_dates(office):
    """Who may edit everything; a refusal tells nothing of what is in it."""
    id = office.make("anna", vevent("1", "CLASS:PRIVATE"))
    office.grant("anna", id, pb.RIGHT_READ_WRITE, member="ben")
    request = pb.DeleteBetweenRequest(calendar=id, window=window())
    for name, code in (("ben", DENIED), ("dora", DENIED), ("eve", NOT_FOUND), ("", grpc.StatusCode.UNAUTHENTICATED)):
        with refused(code):
            office.calls.DeleteBetween(request, metadata=office.as_(name))
    with refused(INVALID) as error:
        office.calls.DeleteBetween(pb.DeleteBetweenRequest(calendar=id), metadata=office.as_("anna"))
    assert ["window.start"] == [fault.field for fault in faults(error)]
    with refused(EXHAUSTED):
        many = pb.DeleteBetweenRequest(calendar=id, window=window(4_000))
        office.calls.DeleteBetween(many, metadata=office.as_("anna"))
    assert 1 == len(office.listed("anna", id).events)


@pytest.mark.rule("I1")
@pytest.mark.rule("N1")
def test_importing_a_file(office):
    """One bad event among good ones is told and left out; each comes once, a newer one in place of an older one."""
    id = office.make("anna", vevent("1", "SEQUENCE:1"))
    bad = "BEGIN:VEVENT\r\nUID:bad\r\nDTSTART:soon\r\nEND:VEVENT\r\n"
    new = vevent("1", "SEQUENCE:2").replace("Subject 1", "Newer")
    answer = load(office, "anna", id, ics(new, bad, *(vevent(str(n)) for n in range(2, 30)), vevent("5")))
    assert 29 == answer.kept == len(answer.uids)
    assert {("bad", True), ("5", True)} == {(one.uid, one.line > 0) for one in answer.dropped}
    assert {"Newer"} | {f"Subject {n}" for n in range(2, 30)} == {
        one.summary for one in office.listed("anna", id).events
    }
    old = load(office, "anna", id, ics(vevent("1", "SEQUENCE:1"), vevent("2")))
    assert (0, []) == (old.kept, list(old.uids)) and 2 == len(old.dropped)
    stored = office.calls.GetEvent(pb.GetEventRequest(calendar=id, uid="2"), metadata=office.as_("anna")).event
    assert not stored.native
    own = office.calls.GetEvent(pb.GetEventRequest(calendar=id, uid="1"), metadata=office.as_("anna")).event
    assert own.native


def test_an_import_into_a_series_that_is_there(office):
    """An override of an event that is there joins it; an event without UID comes once however often it is imported."""
    id = office.make("anna", vevent("1", "RRULE:FREQ=DAILY;COUNT=3"))
    moved = vevent("1", "RECURRENCE-ID:20261020T120000Z", start="20261020T150000Z", end="20261020T160000Z")
    assert 1 == load(office, "anna", id, ics(moved)).kept
    assert [(12, 13, 3), (39, 40, 3), (60, 61, 3)] == office.blocks("anna", id)
    lone = ics(vevent("x", start="20261023T120000Z", end=None).replace("UID:x\r\n", ""))
    for _ in range(2):
        load(office, "anna", id, lone)
    assert 4 == len(office.listed("anna", id).events)


@pytest.mark.parametrize(
    "data", [b"", b"nothing", ics().encode(), b"\x00\xff" * 50, b"BEGIN:VEVENT\nUID:1\nEND:VEVENT"]
)
def test_what_is_no_file(desk, data):
    """Nothing is imported."""
    with refused(INVALID) as error:
        load(desk, "anna", desk.desk, data)
    assert ["data"] == [fault.field for fault in faults(error)]


def test_who_may_import(office):
    """Who may edit everything, and the subscriber of an external calendar, whose content it replaces."""
    id = office.make("anna")
    office.grant("anna", id, pb.RIGHT_READ_WRITE, member="ben")
    for name, code in (("ben", DENIED), ("dora", DENIED), ("eve", NOT_FOUND), ("", grpc.StatusCode.UNAUTHENTICATED)):
        with refused(code):
            load(office, name, id, ics(vevent("1")))
    with refused(INVALID) as error:
        load(office, "anna", id, ics(vevent("1")), replace=True)
    assert ["replace"] == [fault.field for fault in faults(error)]
    external = pb.Calendar(kind=pb.CALENDAR_KIND_EXTERNAL, address="https://example.com/a.ics")
    made = office.calls.CreateCalendar(pb.CreateCalendarRequest(calendar=external), metadata=office.as_("anna"))
    far = made.calendar.id
    load(office, "anna", far, ics(vevent("1"), vevent("2")))
    answer = load(office, "anna", far, ics(vevent("2"), vevent("3")), replace=True)
    assert (2, ["1"]) == (answer.kept, list(answer.removed))
    assert ["2", "3"] == [one.uid for one in office.listed("anna", far).events]
    with refused(DENIED):
        office.put("anna", far, vevent("4"))
    with refused(NOT_FOUND):
        load(office, "ben", far, ics(vevent("1")))


ZONE = """BEGIN:VTIMEZONE
TZID:Own
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+{0}
TZOFFSETTO:+{0}
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")


@pytest.mark.rule("I2")
def test_export_of_all_of_it(office):
    """One file with the name, the zone and everything that programs put in; importing it gives the same."""
    id = office.make("anna", tz="Europe/Zurich", name="Work")
    for number, offset in enumerate(("0130", "0130", "0245")):
        event = vevent(str(number), "X-KEPT:yes").replace(
            "DTSTART:20261019T120000Z", "DTSTART;TZID=Own:20261019T120000"
        )
        load(office, "anna", id, ics(ZONE.format(offset), event.replace("DTEND:20261019T130000Z", "DURATION:PT1H")))
    whole, data = export(office, "anna", id)
    assert whole and 3 == data.count(b"X-KEPT:yes") and 2 == data.count(b"BEGIN:VTIMEZONE")
    calendar = Calendar.from_ical(data)
    assert ("Work", "Europe/Zurich", 3, []) == (
        calendar.name,
        str(calendar.zone),
        len(calendar.events),
        calendar.problems,
    )
    copy = office.make("ben", tz="Europe/Zurich")
    load(office, "ben", copy, data)
    assert office.blocks("anna", id) == office.blocks("ben", copy) != []
    assert (True, 0) == ((empty := export(office, "dora", office.make("dora")))[0], empty[1].count(b"VEVENT"))


def test_export_of_what_somebody_sees(office):
    """Occurrences of a window, taken time as blocks without a word, nothing of what is hidden."""
    id = office.make("anna", vevent("1", "RRULE:FREQ=DAILY;COUNT=3"), vevent("2", "CLASS:PRIVATE"), name="Anna's")
    office.grant("anna", id, pb.RIGHT_READ, member="ben")
    whole, data = export(office, "ben", id, window=window())
    assert not whole and 3 == data.count(b"SUMMARY:Subject 1") and b"Subject 2" not in data and b"Anna's" in data
    _, data = export(office, "carla", id, window=window())
    assert 3 == data.count(b"BEGIN:VEVENT") and b"Subject" not in data and b"Anna's" not in data
    assert 3 == export(office, "carla", id, window=window(days=400, start=MONDAY - 200 * DAY))[1].count(b"BEGIN:VEVENT")
    for name in ("eve", ""):
        with refused(NOT_FOUND):
            export(office, name, id)
    with refused(INVALID):
        export(office, "ben", id, window=window(-1))
    assert b"BEGIN:VCALENDAR" in export(office, "ben", id)[1]


def test_a_client_that_reads_one_part_and_stops(office):
    """The store is held by nobody: the next write goes through."""
    id = office.make("anna")
    load(office, "anna", id, ics(*(vevent(str(n), "X-LONG:" + "a" * 2_000) for n in range(600))))
    stream = office.calls.ExportEvents(pb.ExportEventsRequest(calendar=id), metadata=office.as_("anna"))
    assert next(stream).whole
    office.put("anna", id, vevent("later"))
    stream.cancel()
    assert 601 == export(office, "anna", id)[1].count(b"BEGIN:VEVENT")


def test_limits_of_files(office):
    """A component that is too large is dropped and told; the others are taken."""
    id = office.make("anna")
    answer = load(office, "anna", id, ics(vevent("1"), vevent("2", "X-LONG:" + "a" * (1 << 20))))
    assert (1, ["1"], ["2"]) == (answer.kept, list(answer.uids), [one.uid for one in answer.dropped])
    with refused(EXHAUSTED):
        load(office, "anna", id, b"x" * (5 << 20))
