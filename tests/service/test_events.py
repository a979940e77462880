"""CalendarService over the wire: events put, got, changed, deleted and listed."""

from __future__ import annotations

import grpc
import pytest

from schedcore import Calendar
from schedcore.v1 import calendar_pb2 as pb
from schedcore.v1 import common_pb2
from service.offices import Office, ics, vevent, window
from service.wire import faults, info, refused

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
INVALID, FAILED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
EXISTS, EXHAUSTED = grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.RESOURCE_EXHAUSTED
LOCAL = {"tz": "Europe/Zurich"}


@pytest.fixture
def office(channel) -> Office:
    return Office(channel)


@pytest.fixture(scope="module")
def desk(channel) -> Office:
    """An office that is shared by questions that change nothing; Anna has a calendar in it."""
    shared = Office(channel)
    shared.desk = shared.make("anna")
    return shared


def at(text: str, **parts) -> common_pb2.Time:
    """A time, by what its text looks like."""
    kind = "date" if "T" not in text else "instant" if text.endswith("Z") else "local"
    return common_pb2.Time(**{kind: text}, **parts)


def put(office, name, calendar, **parts) -> pb.StoredEvent:
    scope = {key: parts.pop(key) for key in ("scope", "recurrence_id", "etag") if key in parts}
    request = pb.PutEventRequest(calendar=calendar, event=pb.Event(**parts), **scope)
    return office.calls.PutEvent(request, metadata=office.as_(name)).event


def get(office, name, calendar, uid) -> pb.StoredEvent:
    return office.calls.GetEvent(pb.GetEventRequest(calendar=calendar, uid=uid), metadata=office.as_(name)).event


def starts(office, name, calendar) -> list[str]:
    """When the events of that week start, as they show."""
    return [one.start.date or one.start.instant or one.start.local for one in office.listed(name, calendar).events]


def test_an_event_by_message(office):
    """All of its usual parts come back, and the text says the same."""
    id = office.make("anna", tz="Europe/Zurich")
    given = {
        "summary": "Lunch; at, noon",
        "description": "Bring\nthe plan \\ or not",
        "location": "Bellevue",
        "start": at("2026-10-19T12:00:00", **LOCAL),
        "duration": "PT45M",
        "rrule": "FREQ=DAILY;COUNT=5",
        "exdates": [at("2026-10-20T12:00:00", **LOCAL)],
        "rdates": [at("2026-10-25T18:00:00", **LOCAL)],
        "visibility": common_pb2.VISIBILITY_SOME,
        "status": common_pb2.STATUS_TENTATIVE,
        "alarms": ["PT10M", "P1D"],
    }
    made = put(office, "anna", id, **given)
    event = made.event
    assert made.native and made.etag and event.uid
    for name in ("summary", "description", "location", "rrule", "visibility", "status", "alarms"):
        assert given[name] == getattr(event, name), name
    assert ("2026-10-19T12:00:00+02:00", "Europe/Zurich", "PT45M") == (
        event.start.instant,
        event.start.tz,
        event.duration,
    )
    assert 1 == len(event.rdates) == len(event.exdates)
    series = Calendar.from_ical(made.ics).events[0].series
    assert 5 == series.count() and "Bellevue" in made.ics
    assert made == get(office, "anna", id, event.uid)
    assert 5 == len(office.listed("anna", id).events)
    assert ["2026-10-19T12:00:00+02:00", "2026-10-21T12:00:00+02:00"] == starts(office, "anna", id)[:2]


def test_what_a_new_event_starts_with(office):
    """An hour busy if it is timed, its day free if it is not; out of office all day has to be said."""
    id = office.make("anna", tz="Europe/Zurich")
    put(office, "anna", id, start=at("2026-10-19T12:00:00", **LOCAL))
    put(office, "anna", id, start=at("2026-10-20"))
    put(office, "anna", id, start=at("2026-10-21"), status=common_pb2.STATUS_OUT_OF_OFFICE)
    put(office, "anna", id, start=at("2026-10-22T09:00:00Z"), end=at("2026-10-22T11:00:00+02:00"[:-6] + "Z"))
    assert [(10, 11, 3), (46, 70, 4), (81, 83, 3)] == office.blocks("anna", id)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "event.start"),
        ({"start": at("2026-13-19")}, "event.start.date"),
        ({"start": at("2026-10-19T12:00:00", tz="Mars")}, "event.start.tz"),
        ({"start": at("2026-10-19"), "end": at("2026-10-19")}, "event.end"),
        ({"start": at("2026-10-19"), "end": at("2026-10-19T12:00:00Z")}, "event.end"),
        ({"start": at("2026-10-19"), "end": at("2026-10-20"), "duration": "P1D"}, "event.end"),
        ({"start": at("2026-10-19"), "duration": "soon"}, "event.duration"),
        ({"start": at("2026-10-19"), "duration": "P999999999W"}, "event.duration"),
        ({"start": at("2026-10-19"), "duration": "-P1D"}, "event.duration"),
        ({"start": at("2026-10-19"), "rrule": "FREQ=HOURLY"}, "event.rrule"),
        ({"start": at("2026-10-19"), "rrule": "FREQ=DAILY;INTERVAL=0"}, "event.rrule"),
        ({"start": at("2026-10-19"), "rrule": "FREQ=DAILY;COUNT=3;UNTIL=20261101"}, "event.rrule"),
        ({"start": at("2026-10-19"), "rdates": [at("2026-10-20"), at("x")]}, "event.rdates[1].date"),
        ({"start": at("2026-10-19"), "exdates": [common_pb2.Time()]}, "event.exdates[0]"),
        ({"start": at("2026-10-19"), "uid": "a\nb"}, "event.uid"),
        ({"start": at("2026-10-19"), "uid": "a" * 1_001}, "event.uid"),
        ({"start": at("2026-10-19"), "summary": "a\0"}, "event.summary"),
        ({"start": at("2026-10-19"), "description": "a" * 100_001}, "event.description"),
        ({"start": at("2026-10-19"), "visibility": 9}, "event.visibility"),
        ({"start": at("2026-10-19"), "status": 9}, "event.status"),
        ({"start": at("2026-10-19"), "alarms": ["PT10M", "-PT5M"]}, "event.alarms[1]"),
    ],
)
def test_what_an_event_cannot_be(desk, event, field):
    """Each bad field is named, and nothing is stored."""
    with refused(INVALID) as error:
        put(desk, "anna", desk.desk, **event)
    assert [field] == [fault.field for fault in faults(error)]
    assert [] == list(desk.listed("anna", desk.desk).events)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        ics(),
        ics(vevent("1"), vevent("2")),
        "BEGIN:VEVENT\nUID:1\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:1\nDTSTART:soon\nEND:VEVENT",
        "BEGIN:VCALENDAR\n" * 5_000,
        "\n" * 40_000,
    ],
)
def test_what_is_no_event_as_text(desk, text):
    """A text without an event, or with several, is refused."""
    with refused(INVALID) as error:
        desk.calls.PutEvent(pb.PutEventRequest(calendar=desk.desk, ics=text), metadata=desk.as_("anna"))
    assert ["ics"] == [fault.field for fault in faults(error)]


def test_an_event_by_text(office):
    """What programs add stays; what was forgiven is told; the UID may be missing."""
    id = office.make("anna")
    text = ics(vevent("1", "X-COLOR:red", "RRULE:FREQ=DAILY;COUNT=3;COUNT=3"), "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n")
    answer = office.calls.PutEvent(pb.PutEventRequest(calendar=id, ics=text), metadata=office.as_("anna"))
    assert "X-COLOR:red" in answer.event.ics and "VTODO" not in answer.event.ics
    assert answer.problems
    lone = ics(vevent("x").replace("UID:x\r\n", ""))
    uid = office.calls.PutEvent(pb.PutEventRequest(calendar=id, ics=lone), metadata=office.as_("anna")).event.event.uid
    assert uid and "Subject x" == get(office, "anna", id, uid).event.summary


def test_editing_a_series_and_one_instance(office):
    """All of it, with exceptions kept; one instance, by the start that the series gave it; etags guard both."""
    id = office.make("anna", tz="Europe/Zurich")
    series = {"uid": "s", "start": at("2026-10-19T09:00:00", **LOCAL), "rrule": "FREQ=DAILY;COUNT=5", "summary": "Plan"}
    made = put(office, "anna", id, **series)
    named = at("2026-10-20T09:00:00", **LOCAL)
    moved = put(
        office, "anna", id, uid="s", start=at("2026-10-20T15:00:00", **LOCAL), summary="Moved", scope=pb.SCOPE_INSTANCE,
        recurrence_id=named, etag=made.etag,
    )  # fmt: skip
    seen = office.listed("anna", id).events
    assert [("Plan", 9), ("Moved", 15), ("Plan", 9)] == [
        (one.summary, int(one.start.instant[11:13])) for one in seen[:3]
    ]
    assert "2026-10-20T09:00:00+02:00" == seen[1].recurrence_id.instant
    with refused(FAILED) as error:
        put(office, "anna", id, **series, etag=made.etag)
    assert "STALE_ETAG" == info(error).reason
    renamed = put(office, "anna", id, **{**series, "summary": "Again"}, etag=moved.etag)
    assert ["Again", "Moved", "Again"] == [one.summary for one in office.listed("anna", id).events[:3]]
    assert renamed.etag != moved.etag
    for bad, field in (
        ({"recurrence_id": at("2026-10-20T10:00:00", **LOCAL)}, "recurrence_id"),
        ({"recurrence_id": at("2026-10-20")}, "recurrence_id"),
        ({}, "recurrence_id"),
        ({"recurrence_id": named, "rrule": "FREQ=DAILY"}, "event"),
    ):
        with refused(INVALID) as error:
            put(office, "anna", id, **{"uid": "s", "start": series["start"], "scope": pb.SCOPE_INSTANCE, **bad})
        assert [field] == [fault.field for fault in faults(error)]
    for scope, field in ((pb.SCOPE_FOLLOWING, "scope"), (pb.SCOPE_INSTANCE, "event")):
        with refused(INVALID) as error:
            request = pb.PutEventRequest(calendar=id, ics=ics(vevent("s")), scope=scope)
            office.calls.PutEvent(request, metadata=office.as_("anna"))
        assert [field] == [fault.field for fault in faults(error)]
    with refused(INVALID):
        office.calls.PutEvent(pb.PutEventRequest(calendar=id), metadata=office.as_("anna"))
    with refused(NOT_FOUND):
        put(office, "anna", id, uid="new", start=series["start"], etag="7")


@pytest.mark.rule("R3")
@pytest.mark.rule("R4")
def test_deleting_by_scope(office):
    """One instance leaves the series as it is; it and what follows end it; the whole goes with all its exceptions."""
    id = office.make("anna", vevent("s", "RRULE:FREQ=DAILY;COUNT=5", "X-KEPT:yes"))

    def delete(**parts) -> pb.DeleteEventResponse:
        request = pb.DeleteEventRequest(calendar=id, uid="s", **parts)
        return office.calls.DeleteEvent(request, metadata=office.as_("anna"))

    left = delete(scope=pb.SCOPE_INSTANCE, recurrence_id=at("2026-10-20T12:00:00Z")).event
    assert ["19", "21", "22", "23"] == [text[8:10] for text in starts(office, "anna", id)]
    assert "FREQ=DAILY;COUNT=5" == left.event.rrule and "X-KEPT:yes" in left.ics
    with refused(FAILED):
        delete(scope=pb.SCOPE_SERIES, etag="1")
    for named in (at("2026-10-20T12:00:00Z"), at("2026-10-20T13:00:00Z"), at("2026-10-20"), common_pb2.Time()):
        with refused(INVALID) as error:
            delete(scope=pb.SCOPE_INSTANCE, recurrence_id=named)
        assert ["recurrence_id"] == [fault.field for fault in faults(error)]
    left = delete(scope=pb.SCOPE_FOLLOWING, recurrence_id=at("2026-10-22T12:00:00Z"), etag=left.etag).event
    assert ["19", "21"] == [text[8:10] for text in starts(office, "anna", id)] and "X-KEPT:yes" in left.ics
    delete(scope=pb.SCOPE_INSTANCE, recurrence_id=at("2026-10-19T12:00:00Z"))
    gone = delete(scope=pb.SCOPE_INSTANCE, recurrence_id=at("2026-10-21T12:00:00Z"))
    assert not gone.HasField("event") and [] == starts(office, "anna", id)
    for scope in (pb.SCOPE_SERIES, pb.SCOPE_INSTANCE):
        with refused(NOT_FOUND):
            delete(scope=scope, recurrence_id=at("2026-10-19T12:00:00Z"))
    office.put("anna", id, vevent("s", "RRULE:FREQ=DAILY"))
    assert not delete().HasField("event") and [] == starts(office, "anna", id)


@pytest.mark.rule("R1")
@pytest.mark.rule("R5")
def test_series_without_end_that_were_made_here(office):
    """Twenty instances, one less for each that is deleted, in lists and in free/busy; imported ones go on."""
    daily = vevent("s", "RRULE:FREQ=DAILY", start="20261001T120000Z", end="20261001T130000Z")
    id = office.make("anna", daily)
    assert 2 == len(office.blocks("anna", id)) == len(office.listed("anna", id).events)
    request = pb.DeleteEventRequest(
        calendar=id, uid="s", scope=pb.SCOPE_INSTANCE, recurrence_id=at("2026-10-19T12:00:00Z")
    )
    office.calls.DeleteEvent(request, metadata=office.as_("anna"))
    assert 1 == len(office.blocks("anna", id))
    every = vevent("t", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20261019T120000Z,20261020T120000Z")
    assert office.put("anna", id, every).only_exceptions
    file = pb.ImportEventsRequest(calendar=id, data=ics(daily.replace("UID:s", "UID:u")).encode())
    office.calls.ImportEvents(file, metadata=office.as_("anna"))
    assert 7 == len(office.blocks("anna", id))


@pytest.mark.rule("R6")
def test_a_copy_is_an_event_of_its_own(office):
    """With another UID; to change one leaves the other."""
    id = office.make("anna", vevent("1", "X-KEPT:yes", "RRULE:FREQ=DAILY;COUNT=2"))

    def copy(**parts) -> pb.StoredEvent:
        request = pb.DuplicateEventRequest(calendar=id, uid="1", **parts)
        return office.calls.DuplicateEvent(request, metadata=office.as_("anna")).event

    made = copy()
    assert made.event.uid != "1" and ("Subject 1", "FREQ=DAILY;COUNT=2") == (made.event.summary, made.event.rrule)
    assert "X-KEPT:yes" in made.ics and "UID:1\r\n" not in made.ics
    office.calls.DeleteEvent(pb.DeleteEventRequest(calendar=id, uid="1"), metadata=office.as_("anna"))
    assert 2 == len(office.listed("anna", id).events)
    with refused(NOT_FOUND):
        copy()
    office.put("anna", id, vevent("1"))
    with refused(EXISTS):
        copy(new_uid=made.event.uid)
    with refused(INVALID) as error:
        copy(new_uid="a\nb")
    assert ["new_uid"] == [fault.field.partition(".")[0] for fault in faults(error)]


def test_who_may_write(office):
    """The owner and who was granted it; of what they can see. Others are refused, or told that nothing is there."""
    id = office.make("anna", vevent("1"), vevent("2", "CLASS:PRIVATE"), vevent("3", "CLASS:CONFIDENTIAL"))
    office.grant("anna", id, pb.RIGHT_READ_WRITE, member="ben")
    office.grant("anna", id, pb.RIGHT_READ, member="dora")
    assert "Subject 1" == put(office, "ben", id, uid="1", start=at("2026-10-19"), summary="Subject 1").event.summary
    assert put(office, "ben", id, start=at("2026-10-19")).event.uid
    hidden = put(office, "ben", id, uid="4", start=at("2026-10-19"), visibility=common_pb2.VISIBILITY_INVISIBLE)
    assert pb.StoredEvent(event=pb.Event(uid="4")) == hidden
    for uid in ("2", "3", "4"):
        with refused(EXISTS):
            put(office, "ben", id, uid=uid, start=at("2026-10-19"))
        for name in ("ben", "dora", "carla"):
            with refused(NOT_FOUND) as error:
                get(office, name, id, uid)
            assert f"event '{uid}' is not there" == error.value.details()
        with refused(NOT_FOUND):
            office.calls.DeleteEvent(pb.DeleteEventRequest(calendar=id, uid=uid), metadata=office.as_("ben"))
    for name, code in (("dora", DENIED), ("carla", DENIED), ("eve", NOT_FOUND), ("", grpc.StatusCode.UNAUTHENTICATED)):
        with refused(code):
            put(office, name, id, start=at("2026-10-19"))
        with refused(code):
            office.calls.DeleteEvent(pb.DeleteEventRequest(calendar=id, uid="1"), metadata=office.as_(name))
        with refused(code):
            office.calls.DuplicateEvent(pb.DuplicateEventRequest(calendar=id, uid="1"), metadata=office.as_(name))
    assert "Subject 1" == get(office, "dora", id, "1").event.summary
    for name in ("carla", "eve", ""):
        with refused(NOT_FOUND):
            get(office, name, id, "1")


@pytest.mark.rule("G8")
def test_the_calendar_of_a_group(office):
    """Members read all of it, private or not; who administers it writes; it has no reminders."""
    id = office.make("carla", vevent("1", "CLASS:PRIVATE"), kind=pb.CALENDAR_KIND_GROUP, of="sales")
    for name in ("anna", "ben", "carla"):
        assert "Subject 1" == get(office, name, id, "1").event.summary
    with refused(DENIED):
        put(office, "anna", id, start=at("2026-10-19"))
    office.grant("carla", id, pb.RIGHT_READ_WRITE, member="anna")
    put(office, "anna", id, start=at("2026-10-19"))
    with refused(INVALID) as error:
        put(office, "carla", id, start=at("2026-10-19"), alarms=["PT10M"])
    assert ["event.alarms[0]"] == [fault.field for fault in faults(error)]


def test_a_hidden_instance_is_left_out_of_the_text(office):
    """A reader gets the series without what is not for them: a private override, and what cancels an instance."""
    series = vevent("1", "RRULE:FREQ=DAILY;COUNT=4")
    private = vevent(
        "1", "RECURRENCE-ID:20261020T120000Z", "CLASS:PRIVATE", start="20261020T150000Z", end="20261020T160000Z"
    )
    cancelled = vevent("1", "RECURRENCE-ID:20261021T120000Z", "STATUS:CANCELLED", "X-SECRET:why")
    id = office.make("anna", series + private.replace("Subject 1", "Secret") + cancelled)
    office.grant("anna", id, pb.RIGHT_READ, member="ben")
    assert "Secret" in get(office, "anna", id, "1").ics
    seen = get(office, "ben", id, "1")
    assert "Secret" not in seen.ics and "X-SECRET" not in seen.ics and "PRIVATE" not in seen.ics
    assert 2 == Calendar.from_ical(seen.ics).events[0].series.count() == len(office.listed("ben", id).events)
    office.grant("anna", id, pb.RIGHT_READ_WRITE, member="ben")
    with refused(DENIED):
        office.calls.DeleteEvent(pb.DeleteEventRequest(calendar=id, uid="1"), metadata=office.as_("ben"))
    later = private.replace("RECURRENCE-ID:", "RECURRENCE-ID;RANGE=THISANDFUTURE:").replace("UID:1", "UID:2")
    office.put("anna", id, series.replace("UID:1", "UID:2") + later)
    with refused(NOT_FOUND):
        get(office, "ben", id, "2")


def test_lists_in_pages_to_the_end(office):
    """Whatever the size of a page, and though the list changes between two of them."""
    events = [vevent(str(n), start=f"202610{19 + n % 5}T120000Z", end=f"202610{19 + n % 5}T130000Z") for n in range(12)]
    id = office.make("anna", *events)
    whole = [one.uid for one in office.listed("anna", id).events]
    assert 12 == len(whole)
    for size in (1, 5, 12, 100):
        found, token = [], ""
        while True:
            page = office.listed("anna", id, page_size=size, page_token=token)
            found += [one.uid for one in page.events]
            if not (token := page.next_page_token):
                break
        assert whole == found
    token = office.listed("anna", id, page_size=5).next_page_token
    office.calls.DeleteEvent(pb.DeleteEventRequest(calendar=id, uid=whole[0]), metadata=office.as_("anna"))
    rest = [one.uid for one in office.listed("anna", id, page_token=token).events]
    assert set(whole[6:]) <= set(rest)
    with refused(INVALID) as error:
        office.listed("ben", id, page_token=token)
    assert ["page_token"] == [fault.field for fault in faults(error)]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (common_pb2.Window(), "window.start"),
        (common_pb2.Window(start=at("2026-10-20"), end=at("2026-10-19"), tz="UTC"), "window.end"),
        (common_pb2.Window(start=at("2026-10-19"), end=at("2026-10-20")), "window.start"),
        (common_pb2.Window(start=at("2026-10-19"), end=at("2026-10-20"), tz="Mars"), "window.tz"),
    ],
)
def test_windows_that_make_no_sense(desk, bad, field):
    """Each names its bound; one that is too long names the limit."""
    with refused(INVALID) as error:
        desk.calls.ListEvents(pb.ListEventsRequest(calendar=desk.desk, window=bad), metadata=desk.as_("anna"))
    assert [field] == [fault.field for fault in faults(error)]


def test_named_limits(office):
    """Too long a window, too many occurrences, too large an event: the limit is named, and nothing is half done."""
    id = office.make("anna", vevent("1", "RRULE:FREQ=SECONDLY;COUNT=100000000", end=None))
    cases = {
        "max_window_days": lambda: office.calls.ListEvents(
            pb.ListEventsRequest(calendar=id, window=window(3_701)), metadata=office.as_("anna")
        ),
        "max_listed": lambda: office.listed("anna", id),
        "max_event_bytes": lambda: office.put("anna", id, vevent("2", "X-LONG:" + "a" * (1 << 20))),
    }
    for name, call in cases.items():
        with refused(EXHAUSTED) as error:
            call()
        assert name == info(error).metadata["limit"]
    with refused(NOT_FOUND):
        get(office, "anna", id, "2")


def test_the_same_request_twice(office):
    """Gives the first answer and changes nothing; with another body it is refused."""
    id = office.make("anna")
    request = pb.PutEventRequest(calendar=id, event=pb.Event(start=at("2026-10-19T12:00:00Z")), request_id="once")
    first, again = (office.calls.PutEvent(request, metadata=office.as_("anna")) for _ in range(2))
    assert first == again and 1 == len(office.listed("anna", id).events)
    request.event.summary = "Another"
    with refused(INVALID) as error:
        office.calls.PutEvent(request, metadata=office.as_("anna"))
    assert ["request_id"] == [fault.field for fault in faults(error)]
