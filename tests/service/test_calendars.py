"""CalendarService over the wire: calendars, grants and publication; who may, and what is told to whom."""

from __future__ import annotations

import grpc
import pytest

from schedcore.v1 import calendar_pb2 as pb
from service.offices import Office, vevent
from service.wire import faults, info, refused

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
INVALID, FAILED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
EXISTS, EXHAUSTED = grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture
def office(channel) -> Office:
    return Office(channel)


@pytest.fixture(scope="module")
def desk(channel) -> Office:
    """An office that is shared by requests that are refused."""
    return Office(channel)


def get(office, name, id):
    return office.calls.GetCalendar(pb.GetCalendarRequest(id=id), metadata=office.as_(name)).calendar


def test_a_calendar_as_each_may_know_it(office):
    """The owner sees all of it, a co-member that it is there, a reader its name, an outsider nothing."""
    id = office.make("anna", name="Anna's", tz="Europe/Zurich")
    own = get(office, "anna", id)
    assert (pb.CALENDAR_KIND_PERSONAL, office.id("anna"), "Anna's", "Europe/Zurich", True) == (
        own.kind,
        own.owner,
        own.name,
        own.tz,
        own.may_configure,
    )
    assert (4, pb.PUBLICATION_OFF) == (own.level, own.publication) and own.etag
    ben = get(office, "ben", id)
    assert (office.id("anna"), "", "", "", False, 2) == (
        ben.owner,
        ben.name,
        ben.tz,
        ben.etag,
        ben.may_configure,
        ben.level,
    )
    office.grant("anna", id, pb.RIGHT_READ, member="ben")
    assert ("Anna's", 3, []) == ((ben := get(office, "ben", id)).name, ben.level, list(ben.grants))
    for name in ("eve", ""):
        with refused(NOT_FOUND) as hidden:
            get(office, name, id)
        with refused(NOT_FOUND) as missing:
            get(office, name, "x" * len(id))
        assert hidden.value.details().replace(id, "x" * len(id)) == missing.value.details()


def test_the_public_is_told_id_and_kind(office):
    """A published calendar is there for everybody; whose it is and what it is called is not told."""
    id = office.make("anna", name="Anna's", tz="Europe/Zurich")
    request = pb.PublishCalendarRequest(calendar=id, publication=pb.PUBLICATION_DETAILS)
    assert (
        pb.PUBLICATION_DETAILS
        == office.calls.PublishCalendar(request, metadata=office.as_("anna")).calendar.publication
    )
    for name in ("", "eve"):
        assert pb.Calendar(id=id, kind=pb.CALENDAR_KIND_PERSONAL, level=2) == get(office, name, id)
    assert [] == list(office.calls.ListCalendars(pb.ListCalendarsRequest(), metadata=office.as_("eve")).calendars)


def test_lists_come_in_pages_to_the_end(office):
    """Own, of co-members, of the group, external: all that somebody may know of, in order, whatever the page's size."""
    ids = [office.make(name) for name in ("anna", "ben", "dora")]
    ids.append(office.make("carla", kind=pb.CALENDAR_KIND_GROUP, of="sales"))
    office.make("eve")
    request = pb.CreateCalendarRequest(calendar=external("https://example.com/a.ics"))
    ids.append(office.calls.CreateCalendar(request, metadata=office.as_("anna")).calendar.id)
    for size in (1, 2, 100):
        found, token = [], ""
        while True:
            page = office.calls.ListCalendars(
                pb.ListCalendarsRequest(page_size=size, page_token=token), metadata=office.as_("anna")
            )
            found += [one.id for one in page.calendars]
            token = page.next_page_token
            if not token:
                break
            assert size == len(page.calendars)
        assert sorted(ids) == found
    first = office.calls.ListCalendars(pb.ListCalendarsRequest(page_size=1), metadata=office.as_("anna"))
    for token, name in (("nonsense", "anna"), (first.next_page_token, "ben")):
        with refused(INVALID) as error:
            office.calls.ListCalendars(pb.ListCalendarsRequest(page_token=token), metadata=office.as_(name))
        assert ["page_token"] == [fault.field for fault in faults(error)]
    with refused(grpc.StatusCode.UNAUTHENTICATED):
        office.calls.ListCalendars(pb.ListCalendarsRequest())


def external(address: str) -> pb.Calendar:
    return pb.Calendar(kind=pb.CALENDAR_KIND_EXTERNAL, address=address)


@pytest.mark.parametrize(
    ("calendar", "field"),
    [
        (pb.Calendar(), "calendar.kind"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, tz="Mars/Phobos"), "calendar.tz"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, tz="../../etc/passwd"), "calendar.tz"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, name="a\0b"), "calendar.name"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, name="a" * 1_001), "calendar.name"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, id="a" * 201), "calendar.id"),
        (pb.Calendar(kind=pb.CALENDAR_KIND_PERSONAL, id="a\nb"), "calendar.id"),
        *(
            (external(address), "calendar.address")
            for address in (
                "webcal://example.com/a.ics",
                "file:///etc/passwd",
                "example.com/a.ics",
                "http://169.254.169.254/latest",
                "http://[::ffff:127.0.0.1]/",
                "http://localhost/",
                "http://100.64.0.1/",
                "https://user:password@example.com/",
                "",
            )
        ),
    ],
)
def test_what_a_calendar_cannot_be(desk, calendar, field):
    """Each bad field is named, and nothing is made."""
    with refused(INVALID) as error:
        desk.calls.CreateCalendar(pb.CreateCalendarRequest(calendar=calendar), metadata=desk.as_("anna"))
    assert [field] == [fault.field for fault in faults(error)]
    assert [] == list(desk.calls.ListCalendars(pb.ListCalendarsRequest(), metadata=desk.as_("anna")).calendars)


def test_who_may_make_a_calendar_and_for_whom(office):
    """One's own, once; the group's by who administers it; nobody else's."""
    office.make("anna")
    personal, group = pb.CALENDAR_KIND_PERSONAL, pb.CALENDAR_KIND_GROUP
    cases = [
        ("anna", personal, "anna", EXISTS),
        ("anna", personal, "ben", DENIED),
        ("anna", group, "sales", DENIED),
        ("eve", group, "sales", NOT_FOUND),
        ("anna", group, "nowhere", NOT_FOUND),
        ("nobody", personal, "nobody", NOT_FOUND),
        ("", personal, "anna", grpc.StatusCode.UNAUTHENTICATED),
    ]
    for name, kind, of, code in cases:
        with refused(code):
            request = pb.CreateCalendarRequest(calendar=pb.Calendar(kind=kind, owner=office.id(of)))
            office.calls.CreateCalendar(request, metadata=office.as_(name))
    assert pb.CALENDAR_KIND_GROUP == get(office, "ben", office.make("carla", kind=group, of="sales")).kind


def test_an_external_calendar_is_its_subscribers_alone(office):
    """Read-only, not shared, not published; its provider tells so far; and there are not more than the quota."""
    request = pb.CreateCalendarRequest(calendar=external("https://p12-caldav.icloud.com/published/2/abc"))
    made = office.calls.CreateCalendar(request, metadata=office.as_("anna")).calendar
    assert ("https://p12-caldav.icloud.com/published/2/abc", 3) == (made.address, made.level) and made.horizon > 0
    for name in ("ben", "carla", ""):
        with refused(NOT_FOUND):
            get(office, name, made.id)
    for call, request in (
        (
            office.calls.GrantRight,
            pb.GrantRightRequest(calendar=made.id, grant=pb.Grant(member=office.id("ben"), right=1)),
        ),
        (office.calls.PublishCalendar, pb.PublishCalendarRequest(calendar=made.id, publication=pb.PUBLICATION_DETAILS)),
        (office.calls.PutEvent, pb.PutEventRequest(calendar=made.id, ics=vevent("1"))),
    ):
        with refused(DENIED):
            call(request, metadata=office.as_("anna"))
    with refused(EXHAUSTED) as error:
        for number in range(60):
            another = pb.CreateCalendarRequest(calendar=external(f"https://example.com/{number}.ics"))
            office.calls.CreateCalendar(another, metadata=office.as_("anna"))
    assert {"limit": "added", "allowed": "50", "reached": "51"} == dict(info(error).metadata)


def test_changing_what_a_calendar_says_of_itself(office):
    """Name and zone by the owner; with a stale etag nothing happens; others may not, or do not know of it."""
    id = office.make("anna", name="Old", tz="UTC")
    old = get(office, "anna", id)
    request = pb.UpdateCalendarRequest(calendar=pb.Calendar(id=id, name="New", tz="Asia/Tokyo", etag=old.etag))
    new = office.calls.UpdateCalendar(request, metadata=office.as_("anna")).calendar
    assert ("New", "Asia/Tokyo") == (new.name, new.tz) and new.etag != old.etag
    with refused(FAILED) as error:
        office.calls.UpdateCalendar(request, metadata=office.as_("anna"))
    assert "STALE_ETAG" == info(error).reason
    request.calendar.etag = ""
    for name, code in (("ben", DENIED), ("eve", NOT_FOUND), ("", grpc.StatusCode.UNAUTHENTICATED)):
        with refused(code):
            office.calls.UpdateCalendar(request, metadata=office.as_(name))
        with refused(code):
            office.calls.DeleteCalendar(pb.DeleteCalendarRequest(id=id), metadata=office.as_(name))
    request.calendar.tz = "Nowhere"
    with refused(INVALID) as error:
        office.calls.UpdateCalendar(request, metadata=office.as_("anna"))
    assert ["calendar.tz"] == [fault.field for fault in faults(error)]
    with refused(FAILED):
        office.calls.DeleteCalendar(pb.DeleteCalendarRequest(id=id, etag=old.etag), metadata=office.as_("anna"))
    office.calls.DeleteCalendar(pb.DeleteCalendarRequest(id=id, etag=new.etag), metadata=office.as_("anna"))
    with refused(NOT_FOUND):
        get(office, "anna", id)


def test_grants_are_given_taken_and_follow_membership(office):
    """A grant to a group reaches who is in it; a leaver sees nothing from the next call on."""
    id = office.make("anna", vevent("1"))
    granted = office.grant("anna", id, pb.RIGHT_READ, group="sales")
    assert [(office.id("sales"), pb.RIGHT_READ)] == [(one.group, one.right) for one in granted.grants]
    assert ["Subject 1"] == [one.summary for one in office.listed("ben", id).events]
    for person, by in (("ben", "ben"), ("dora", "carla")):
        request = pb.LeaveGroupRequest(group=office.id("sales"), person=office.id(person))
        office.calls.LeaveGroup(request, metadata=office.as_(by))
        assert [] == list(office.listed(person, id).events) and office.listed(person, id).unknown
        assert [] == office.blocks(person, id)
        with refused(NOT_FOUND):
            get(office, person, id)
    revoke = pb.RevokeRightRequest(calendar=id, grant=pb.Grant(group=office.id("sales")))
    assert [] == list(office.calls.RevokeRight(revoke, metadata=office.as_("anna")).calendar.grants)
    assert [""] == [one.summary for one in office.listed("carla", id).events]
    assert [(12, 13, 3)] == office.blocks("carla", id)


def test_what_a_grant_cannot_be(office):
    """To nobody, of nothing, to who is not there; and not by others than the owner."""
    id = office.make("anna")
    read = {"right": pb.RIGHT_READ}
    for grant, field in (
        (pb.Grant(**read), "grant"),
        (pb.Grant(member=office.id("ben")), "grant.right"),
        (pb.Grant(member="nobody", **read), "grant"),
        (pb.Grant(group="no group", **read), "grant"),
    ):
        with refused(INVALID) as error:
            office.calls.GrantRight(pb.GrantRightRequest(calendar=id, grant=grant), metadata=office.as_("anna"))
        assert [field] == [fault.field for fault in faults(error)]
    with refused(INVALID):
        office.calls.RevokeRight(pb.RevokeRightRequest(calendar=id), metadata=office.as_("anna"))
    with refused(INVALID) as error:
        office.calls.PublishCalendar(pb.PublishCalendarRequest(calendar=id), metadata=office.as_("anna"))
    assert ["publication"] == [fault.field for fault in faults(error)]
    grant = pb.Grant(member=office.id("ben"), **read)
    for name, code in (("ben", DENIED), ("eve", NOT_FOUND)):
        for call, request in (
            (office.calls.GrantRight, pb.GrantRightRequest(calendar=id, grant=grant)),
            (office.calls.RevokeRight, pb.RevokeRightRequest(calendar=id, grant=grant)),
            (office.calls.PublishCalendar, pb.PublishCalendarRequest(calendar=id, publication=pb.PUBLICATION_DETAILS)),
        ):
            with refused(code):
                call(request, metadata=office.as_(name))
    stale = pb.GrantRightRequest(calendar=id, grant=grant, etag="1")
    with refused(FAILED):
        office.calls.GrantRight(stale, metadata=office.as_("anna"))
