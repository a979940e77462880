"""AgendaService over a real socket, on both stores: settings, what is due, digests, and whom each of it concerns."""

from __future__ import annotations

import uuid

import grpc
import pytest

from schedcore.v1 import agenda_pb2 as pb
from schedcore.v1 import agenda_pb2_grpc, calendar_pb2, calendar_pb2_grpc
from schedcore.v1 import common_pb2 as common
from service.processes import as_
from service.wire import faults, info, refused

ZURICH = "Europe/Zurich"
TEXT = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:standup
SUMMARY:Stand-up
CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.com/abc
DTSTART;TZID=Europe/Zurich:20261026T091500
DTEND;TZID=Europe/Zurich:20261026T093000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20271231T000000Z
END:VEVENT
BEGIN:VEVENT
UID:dentist
SUMMARY:Dentist
DTSTART;TZID=Europe/Zurich:20261027T140000
DTEND;TZID=Europe/Zurich:20261027T150000
BEGIN:VALARM
ACTION:X-SMS
TRIGGER:-P1D
END:VALARM
END:VEVENT
END:VCALENDAR
"""


class Office:
    """Somebody with a calendar, a colleague, and their group with one; names are new for each test."""

    def __init__(self, channel) -> None:
        self.agenda = agenda_pb2_grpc.AgendaServiceStub(channel)
        self.calendars = calendar_pb2_grpc.CalendarServiceStub(channel)
        mark = uuid.uuid4().hex[:12]
        self.anna, self.ben, self.eve = (f"{name}-{mark}" for name in ("anna", "ben", "eve"))
        for id in (self.anna, self.ben, self.eve):
            person = calendar_pb2.Person(id=id, addresses=[f"{id}@example.com"])
            self.calendars.PutPerson(calendar_pb2.PutPersonRequest(person=person))
        group = calendar_pb2.Group(id=f"team-{mark}", members=[self.anna, self.ben], administrator=self.anna)
        self.calendars.PutGroup(calendar_pb2.PutGroupRequest(group=group))
        self.own = self.made(calendar_pb2.CALENDAR_KIND_PERSONAL, self.anna)
        self.common = self.made(calendar_pb2.CALENDAR_KIND_GROUP, group.id)
        self.filled(self.own)

    def made(self, kind: int, owner: str) -> str:
        calendar = calendar_pb2.Calendar(kind=kind, owner=owner, tz=ZURICH)
        request = calendar_pb2.CreateCalendarRequest(calendar=calendar)
        return self.calendars.CreateCalendar(request, metadata=as_(self.anna)).calendar.id

    def filled(self, calendar: str) -> None:
        request = calendar_pb2.ImportEventsRequest(calendar=calendar, data=TEXT.encode())
        self.calendars.ImportEvents(request, metadata=as_(self.anna))

    def set(self, **settings) -> pb.CalendarSettings:
        request = pb.PutCalendarSettingsRequest(settings=pb.CalendarSettings(**{"calendar": self.own} | settings))
        return self.agenda.PutCalendarSettings(request, metadata=as_(self.anna)).settings

    def reached(self, **profile) -> pb.Profile:
        request = pb.PutProfileRequest(profile=pb.Profile(**{"tz": ZURICH} | profile))
        return self.agenda.PutProfile(request, metadata=as_(self.anna)).profile

    def due(self, start: str, end: str, person: str | None = None, **page) -> pb.ListDueResponse:
        request = pb.ListDueRequest(window=window(start, end), **page)
        return self.agenda.ListDue(request, metadata=as_(person or self.anna))


def window(start: str, end: str) -> common.Window:
    return common.Window(start=common.Time(local=start), end=common.Time(local=end), tz=ZURICH)


MONDAY = ("2026-10-26T00:00:00", "2026-10-27T00:00:00")
WEEK = ("2026-10-26T00:00:00", "2026-11-02T00:00:00")
BEFORE = pb.Alarm(offset="-PT15M")


@pytest.fixture
def office(channel) -> Office:
    return Office(channel)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_a_profile(office):
    """What was put is what is read; what was never put is empty."""
    request = pb.GetProfileRequest()
    assert pb.Profile(person=office.anna, tz="UTC") == office.agenda.GetProfile(
        request, metadata=as_(office.anna)
    ).profile
    kept = office.reached(phone="+41791234567", login_address="Anna@Example.com")
    assert ("anna@example.com", "+41791234567", "") == (kept.login_address, kept.phone, kept.default_address)
    assert kept == office.agenda.GetProfile(request, metadata=as_(office.anna)).profile
    assert "" == office.agenda.GetProfile(request, metadata=as_(office.ben)).profile.phone


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"phone": "call me"}, "profile.phone"),
        ({"login_address": "not an address"}, "profile.login_address"),
        ({"tz": "Mars/Base"}, "profile.tz"),
        ({"person": "somebody else"}, "profile.person"),
    ],
)
def test_a_profile_that_is_wrong(office, wrong, place):
    """Each field is named."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        office.reached(**wrong)
    assert [place] == [one.field for one in faults(error)]


def test_settings(office):
    """As the product starts with, then as they were put; stale ones are refused."""
    request = pb.GetCalendarSettingsRequest(calendar=office.own)
    first = office.agenda.GetCalendarSettings(request, metadata=as_(office.anna)).settings
    assert (False, 0, [], [], "") == (
        first.reminders_off,
        len(first.defaults),
        list(first.daily.days),
        list(first.sms.days),
        first.etag,
    )
    daily = pb.Digest(days=["MO", "FR"], channels=[common.CHANNEL_MAIL, common.CHANNEL_CHAT], at="17:30")
    kept = office.set(defaults=[BEFORE], daily=daily, sms=pb.Digest(days=["TU"]))
    assert kept == office.agenda.GetCalendarSettings(request, metadata=as_(office.anna)).settings
    assert (pb.DIGEST_CONTENT_NEXT_DAY, pb.DIGEST_CONTENT_SAME_DAY) == (kept.daily.content, kept.sms.content)
    office.set(reminders_off=True, etag=kept.etag)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        office.set(etag=kept.etag)
    assert "STALE_ETAG" == info(error).reason


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"defaults": [pb.Alarm()]}, "settings.defaults[0].offset"),
        ({"defaults": [BEFORE, pb.Alarm(offset="soon")]}, "settings.defaults[1].offset"),
        ({"defaults": [pb.Alarm(at="2026-10-26T00:00:00Z")]}, "settings.defaults[0]"),
        ({"defaults": [pb.Alarm(offset="-PT5M", channel=99)]}, "settings.defaults[0].channel"),
        ({"defaults": [pb.Alarm(offset="-PT5M", every="x")]}, "settings.defaults[0].every"),
        ({"defaults": [pb.Alarm(offset="-PT5M", repeat=5)]}, "settings.defaults[0]"),
        ({"defaults": [pb.Alarm(offset="-PT5M", acknowledged="x")]}, "settings.defaults[0].acknowledged.instant"),
        ({"daily": pb.Digest(days=["XX"])}, "settings.daily"),
        ({"daily": pb.Digest(days=["MO"], channels=[common.CHANNEL_SMS])}, "settings.daily"),
        ({"daily": pb.Digest(days=["MO"], at="6 am")}, "settings.daily.at"),
        ({"daily": pb.Digest(days=["MO"], content=7)}, "settings.daily.content"),
        ({"sms": pb.Digest(channels=[common.CHANNEL_MAIL])}, "settings.sms.channels"),
        ({"sms": pb.Digest(without_recurring=True)}, "settings.sms.without_recurring"),
    ],
)
def test_settings_that_are_wrong(office, wrong, place):
    """Each field is named."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        office.set(**wrong)
    assert [place] == [one.field for one in faults(error)]


def test_whom_a_calendar_concerns(office):
    """Settings are for whom a calendar reminds, or sends digests to; for others it is not there."""
    for person, calendar in ((office.ben, office.own), (office.eve, office.common), (office.anna, "nobody's")):
        for call, request in (
            (office.agenda.GetCalendarSettings, pb.GetCalendarSettingsRequest(calendar=calendar)),
            (
                office.agenda.PutCalendarSettings,
                pb.PutCalendarSettingsRequest(settings=pb.CalendarSettings(calendar=calendar)),
            ),
            (office.agenda.GetDigest, pb.GetDigestRequest(calendar=calendar, day="2026-10-26")),
            (office.agenda.SetAlarms, pb.SetAlarmsRequest(calendar=calendar, uid="standup")),
        ):
            with refused(grpc.StatusCode.NOT_FOUND) as error:
                call(request, metadata=as_(person))
            assert "standup" not in str(error.value)


@pytest.mark.rule("G8")
def test_a_group_has_no_reminders(office):
    """Defaults and alarms in a group's calendar are refused; a digest of it is not."""
    office.filled(office.common)
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        office.set(calendar=office.common, defaults=[BEFORE])
    assert ["settings.defaults"] == [one.field for one in faults(error)]
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        request = pb.SetAlarmsRequest(calendar=office.common, uid="standup", alarms=[BEFORE])
        office.agenda.SetAlarms(request, metadata=as_(office.anna))
    assert ["calendar"] == [one.field for one in faults(error)]
    office.set(calendar=office.common, daily=pb.Digest(days=["MO"]))
    request = pb.GetDigestRequest(calendar=office.common, day="2026-10-27")
    found = office.agenda.GetDigest(request, metadata=as_(office.anna)).digest
    assert ["Stand-up", "Dentist"] == [one.summary for one in found.items]


# --- chats ------------------------------------------------------------------------------------------------------------

CHAT = pb.Hook(name="Team", address="https://chat.example.com/1", template="%subject% at %date%")


def put_hooks(office: Office, *hooks: pb.Hook) -> pb.PutHooksResponse:
    return office.agenda.PutHooks(pb.PutHooksRequest(hooks=hooks), metadata=as_(office.anna))


def test_hooks(office):
    """What was put is what is read; a hook more than the quota is refused, by the name of the limit."""
    assert [] == list(office.agenda.GetHooks(pb.GetHooksRequest(), metadata=as_(office.anna)).hooks)
    kept = put_hooks(office, CHAT)
    found = office.agenda.GetHooks(pb.GetHooksRequest(), metadata=as_(office.anna))
    assert ([CHAT], kept.etag) == (list(found.hooks), found.etag)
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
        put_hooks(office, CHAT, pb.Hook(name="Other", address="https://chat.example.com/2", template=""))
    assert "hooks" == info(error).metadata["limit"]


@pytest.mark.parametrize(
    "address",
    ["http://localhost/x", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd", "nothing"],
)
def test_hooks_go_nowhere_inside(office, address):
    """An address of an inner network is refused."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        put_hooks(office, pb.Hook(name="Team", address=address, template="%subject%"))
    assert ["hooks[0]"] == [one.field for one in faults(error)]


def test_a_chat_gets_its_text(office):
    """A subject with template syntax in it comes out as it is; a hook that is gone gets nothing."""
    put_hooks(office, CHAT)
    office.reached()
    office.set(defaults=[pb.Alarm(offset="-PT15M", channel=common.CHANNEL_CHAT, hook="Team")])
    text = TEXT.replace("SUMMARY:Stand-up", "SEQUENCE:1\nSUMMARY:%date% {0} ${x} \u202eabc")
    request = calendar_pb2.ImportEventsRequest(calendar=office.own, data=text.encode())
    office.calendars.ImportEvents(request, metadata=as_(office.anna))
    (found,) = [one for one in office.due(*MONDAY).due if one.uid == "standup"]
    assert CHAT.address == found.hook_address
    assert found.message.startswith("%date% {0} ${x} \u202eabc\u202c at ")
    put_hooks(office)
    (found,) = [one for one in office.due(*MONDAY).due if one.uid == "standup"]
    assert ("", "") == (found.hook_address, found.message)


# --- alarms and what is due -------------------------------------------------------------------------------------------


def test_due(office):
    """An event's own alarm, and the calendar's for those that say nothing; over which channel, and where to."""
    office.reached(phone="+41791234567")
    office.set(defaults=[BEFORE])
    found = office.due(*MONDAY).due
    assert [
        ("standup", common.CHANNEL_POP_UP, office.anna, 1793001600),
        ("dentist", common.CHANNEL_SMS, "+41791234567", 1793019600),
    ] == [(one.uid, one.channel, one.to, one.at) for one in found]
    assert "2026-10-26T09:15:00+01:00" == found[0].start.instant
    assert office.own == found[0].calendar
    office.set(reminders_off=True)
    assert [] == list(office.due(*MONDAY).due)


def test_due_sees_the_newest(office):
    """What was changed a moment ago counts: settings, events, alarms."""
    office.set(defaults=[BEFORE])
    assert 5 == len([one for one in office.due(*WEEK).due if one.uid == "standup"])
    request = pb.SetAlarmsRequest(calendar=office.own, uid="standup", none=True)
    etag = office.agenda.SetAlarms(request, metadata=as_(office.anna)).etag
    assert [] == [one for one in office.due(*WEEK).due if one.uid == "standup"]
    hour = pb.Alarm(offset="-PT1H", repeat=1, every="PT10M")
    request = pb.SetAlarmsRequest(calendar=office.own, uid="standup", alarms=[hour], etag=etag)
    office.agenda.SetAlarms(request, metadata=as_(office.anna))
    assert [0, 1] * 5 == [one.number for one in office.due(*WEEK).due if one.uid == "standup"]
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        office.agenda.SetAlarms(request, metadata=as_(office.anna))
    request = calendar_pb2.DeleteEventRequest(calendar=office.own, uid="standup")
    request.scope = calendar_pb2.SCOPE_SERIES
    office.calendars.DeleteEvent(request, metadata=as_(office.anna))
    assert {"dentist"} == {one.uid for one in office.due(*WEEK).due}


def test_due_in_pages(office):
    """Pages give each once, in order, where many fall on one moment too."""
    office.set(defaults=[BEFORE, pb.Alarm(offset="-PT15M", from_end=True), pb.Alarm(offset="-PT15M", text="two")])
    whole = list(office.due(*WEEK).due)
    assert 16 == len(whole)
    for size in (1, 2, 3, 7):
        found, token = [], ""
        while True:
            page = office.due(*WEEK, page_size=size, page_token=token)
            assert len(page.due) <= size
            found += page.due
            token = page.next_page_token
            if not token:
                break
        assert whole == found
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        office.due(*MONDAY, page_token=office.due(*WEEK, page_size=1).next_page_token)
    assert ["page_token"] == [one.field for one in faults(error)]


def test_due_of_somebody_else(office):
    """Nobody is reminded by another's calendar."""
    office.set(defaults=[BEFORE])
    assert [] == list(office.due(*WEEK, person=office.ben).due)


def test_next_due(office):
    """The next moment after one, and none where nothing comes."""
    office.set(defaults=[BEFORE])
    request = pb.NextDueRequest(after=common.Time(local="2026-10-31T00:00:00", tz=ZURICH))
    assert 1793606400 == office.agenda.NextDue(request, metadata=as_(office.anna)).at
    assert not office.agenda.NextDue(request, metadata=as_(office.ben)).HasField("at")
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        office.agenda.NextDue(pb.NextDueRequest(after=common.Time(date="2026-10-31")), metadata=as_(office.anna))
    assert ["after"] == [one.field for one in faults(error)]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"alarms": [pb.Alarm()]}, "alarms[0].offset"),
        ({"alarms": [BEFORE], "none": True}, "none"),
        ({"alarms": [BEFORE], "recurrence_id": common.Time(date="2026-10-26")}, "recurrence_id"),
        ({"alarms": [BEFORE], "recurrence_id": common.Time()}, "recurrence_id"),
    ],
)
def test_alarms_that_are_wrong(office, wrong, place):
    """Each field is named, and the event stays as it is."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        request = pb.SetAlarmsRequest(**{"calendar": office.own, "uid": "standup"} | wrong)
        office.agenda.SetAlarms(request, metadata=as_(office.anna))
    assert [place] == [one.field for one in faults(error)]
    assert [] == [one for one in office.due(*WEEK).due if one.uid == "standup"]


def test_collecting(office):
    """A back end gets what is due for everybody, a person is refused; a window of years is, too."""
    office.reached(phone="+41791234567")
    office.set(defaults=[BEFORE])
    parts = office.agenda.CollectDue(pb.CollectDueRequest(window=window(*WEEK)))
    mine = [one for part in parts for one in part.due if one.person == office.anna]
    assert list(office.due(*WEEK).due) == mine
    for call, request in (
        (office.agenda.CollectDue, pb.CollectDueRequest(window=window(*WEEK))),
        (office.agenda.CollectDigests, pb.CollectDigestsRequest(window=window(*WEEK))),
    ):
        with refused(grpc.StatusCode.PERMISSION_DENIED):
            list(call(request, metadata=as_(office.anna)))
        request.window.end.local = "2027-10-26T00:00:00"
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as error:
            list(call(request))
        assert "collect_days" == info(error).metadata["limit"]


# --- digests ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("K7", "K8")
def test_digests(office):
    """When they are sent, what they say and where they go; a back end collects the same."""
    office.reached(login_address="anna@example.com", phone="+41791234567")
    office.set(daily=pb.Digest(days=["MO"]), sms=pb.Digest(days=["TU", "SU"]))
    request = pb.ListSendingsRequest(window=window(*WEEK))
    sendings = office.agenda.ListSendings(request, metadata=as_(office.anna)).sendings
    assert [("2026-10-27", False), ("2026-10-27", True), ("2026-11-01", True)] == [
        (one.day, one.sms) for one in sendings
    ]
    parts = office.agenda.CollectDigests(pb.CollectDigestsRequest(window=window(*WEEK)))
    mine = [one for part in parts for one in part.digests if one.person == office.anna]
    # On Sunday there is nothing: no text message.
    assert [("2026-10-27", "anna@example.com"), ("2026-10-27", "+41791234567")] == [
        (one.day, one.to[0].to) for one in mine
    ]
    assert [sendings[0].at, sendings[1].at] == [one.at for one in mine]
    first = mine[0].items[0]
    assert ("Stand-up", "https://meet.example.com/abc", True) == (first.summary, first.link, first.recurs)
    assert "2026-10-27T09:15:00+01:00" == first.start.instant


def test_a_digest_that_is_asked_for(office):
    """Of a day in a zone; of a day without events there is no agenda by text message."""
    request = pb.GetDigestRequest(calendar=office.own, day="2026-10-27", tz="Asia/Tokyo")
    found = office.agenda.GetDigest(request, metadata=as_(office.anna)).digest
    assert [17, 22] == [int(one.start.instant[11:13]) for one in found.items]
    request = pb.GetDigestRequest(calendar=office.own, day="2026-11-01", tz=ZURICH, sms=True)
    assert not office.agenda.GetDigest(request, metadata=as_(office.anna)).HasField("digest")
    for wrong in ({"day": "today"}, {"tz": "Mars/Base"}):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            request = pb.GetDigestRequest(**{"calendar": office.own, "day": "2026-10-27"} | wrong)
            office.agenda.GetDigest(request, metadata=as_(office.anna))
        assert faults(error)[0].field.startswith(next(iter(wrong)))
    now = office.agenda.GetDigest(pb.GetDigestRequest(calendar=office.own), metadata=as_(office.anna)).digest
    assert office.own == now.calendar


def test_sendings_in_pages(office):
    """Pages give each once, in order."""
    office.set(daily=pb.Digest(days=["MO", "TU", "WE", "TH", "FR"]), sms=pb.Digest(days=["MO", "FR"]))
    request = pb.ListSendingsRequest(window=window(*WEEK))
    whole = list(office.agenda.ListSendings(request, metadata=as_(office.anna)).sendings)
    request.page_size, found = 3, []
    while True:
        page = office.agenda.ListSendings(request, metadata=as_(office.anna))
        found += page.sendings
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert whole == found and 7 == len(whole)


def test_who_left_a_group_gets_no_digest_of_it(office):
    """A choice for a group's calendar is there still, and says nothing any more."""
    office.filled(office.common)
    settings = pb.CalendarSettings(calendar=office.common, daily=pb.Digest(days=["MO"]))
    office.agenda.PutCalendarSettings(pb.PutCalendarSettingsRequest(settings=settings), metadata=as_(office.ben))
    request = pb.ListSendingsRequest(window=window(*WEEK))
    assert 1 == len(office.agenda.ListSendings(request, metadata=as_(office.ben)).sendings)
    group = calendar_pb2.GetCalendarRequest(id=office.common)
    owner = office.calendars.GetCalendar(group, metadata=as_(office.anna)).calendar.owner
    leave = calendar_pb2.LeaveGroupRequest(group=owner, person=office.ben)
    office.calendars.LeaveGroup(leave, metadata=as_(office.ben))
    assert [] == list(office.agenda.ListSendings(request, metadata=as_(office.ben)).sendings)
    with refused(grpc.StatusCode.NOT_FOUND):
        digest = pb.GetDigestRequest(calendar=office.common, day="2026-10-27")
        office.agenda.GetDigest(digest, metadata=as_(office.ben))
