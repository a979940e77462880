"""MeetingService over a socket: every call, what it refuses, and what stands in whose calendar."""

from __future__ import annotations

from dataclasses import replace

import grpc
import pytest

from schedcore import Calendar
from schedcore.policy import Right
from schedcore.store import calendars, directory, events
from schedcore.v1 import common_pb2, freebusy_pb2, freebusy_pb2_grpc, meeting_pb2
from service.casts import HOUR, NOON, ZURICH, Refusal, once, time, week, weekly

ACCEPTED, TENTATIVE = meeting_pb2.MEETING_ANSWER_ACCEPTED, meeting_pb2.MEETING_ANSWER_TENTATIVE
REFUSED, KEPT = meeting_pb2.MEETING_ANSWER_REFUSED, meeting_pb2.MEETING_ANSWER_REFUSED_KEPT


def answer(cast, id, by, given=ACCEPTED, **parts):
    """Answer an invitation."""
    return cast.do(cast.meetings.Answer, meeting_pb2.AnswerRequest(id=id, answer=given, **parts), by)


def answers(meeting):
    """What each participant answered, by id."""
    return {one.id: one.given.answer for one in meeting.participants}


def told(notices):
    """Whom notices are to and what each says."""
    return sorted((one.to.partition("-")[0], one.kind) for one in notices)


@pytest.mark.rule("M1")
@pytest.mark.rule("M9")
@pytest.mark.rule("M11")
def test_creating(cast):
    """A meeting stands in the calendars of its people at once; who has no account gets the message of RFC 5546."""
    found = cast.meeting(subject="%subject% \u202e{0}")
    meeting = found.meeting
    assert meeting_pb2.MEETING_STATE_MEETING == meeting.state and meeting.may_edit and meeting.etag
    assert "%subject% \u202e{0}" == meeting.subject
    assert [("ben", "meeting invited"), ("carla", "meeting invited"), ("zoe", "meeting invited")] == told(found.notices)
    outside = {one.to: one for one in found.notices}[cast.zoe]
    assert "METHOD:REQUEST" in outside.itip and "answer" == outside.link
    assert not any(one.itip for one in found.notices if one.to != cast.zoe)
    for owner in (cast.anna, cast.ben, cast.carla):
        (event,) = Calendar.from_ical(cast.event(owner, meeting.id)).events
        assert ("%subject% \u202e{0}", meeting.id) == (event.summary, event.uid)
    assert cast.event(cast.dora, meeting.id) is None


@pytest.mark.rule("M2")
@pytest.mark.rule("X6")
def test_whom_to_invite(cast):
    """Co-members and people of address books, and anybody with an address where that is asked for."""
    request = meeting_pb2.CreateMeetingRequest(series=once(), invite=[cast.eve])
    assert ("PERMISSION_DENIED", "") == cast.told(cast.meetings.CreateMeeting, request, cast.anna)
    with_address = [f"Eve-{cast.mark}@Example.com"]
    meeting = cast.meeting(with_address, strangers=True).meeting
    assert [(cast.eve, True)] == [(one.id, one.account) for one in meeting.participants]
    assert ("PERMISSION_DENIED", "") == cast.told(
        cast.meetings.CreateMeeting, meeting_pb2.CreateMeetingRequest(series=once(), invite=with_address), cast.anna
    )
    nobody = meeting_pb2.CreateMeetingRequest(series=once())
    assert "NOT_FOUND" == cast.told(cast.meetings.CreateMeeting, nobody, f"nobody-{cast.mark}")[0]
    assert "UNAUTHENTICATED" == cast.told(cast.meetings.CreateMeeting, nobody, None)[0]


@pytest.mark.rule("G4")
@pytest.mark.rule("G1")
def test_a_group(cast):
    """Invite-all, of who may write the group's calendar; it stands there and with all members, who all see it."""
    request = meeting_pb2.CreateMeetingRequest(series=once(), group=cast.group, invite_all=True)
    assert "PERMISSION_DENIED" == cast.told(cast.meetings.CreateMeeting, request, cast.ben)[0]
    made = cast.do(cast.meetings.CreateMeeting, request, cast.carla).meeting
    assert {cast.anna, cast.ben, cast.carla, cast.dora} == {one.id for one in made.participants}
    assert all(cast.event(one, made.id) for one in (cast.group, cast.anna, cast.ben, cast.carla, cast.dora))
    alone = meeting_pb2.CreateMeetingRequest(series=once(), group=cast.group)
    event = cast.do(cast.meetings.CreateMeeting, alone, cast.carla).meeting
    get = meeting_pb2.GetMeetingRequest(id=event.id)
    assert event.id == cast.do(cast.meetings.GetMeeting, get, cast.dora).meeting.id
    assert "NOT_FOUND" == cast.told(cast.meetings.GetMeeting, get, cast.eve)[0]
    private = meeting_pb2.CreateMeetingRequest(series=once(), invite_all=True)
    assert ("PERMISSION_DENIED", "") == cast.told(cast.meetings.CreateMeeting, private, cast.anna)


@pytest.mark.rule("P4")
def test_who_sees(cast):
    """Creator, invitees and who may read details; who sees no more than taken time does not know of a meeting."""
    made = cast.meeting([cast.ben]).meeting
    get = meeting_pb2.GetMeetingRequest(id=made.id)
    for one in (cast.anna, cast.ben, f"BEN-{cast.mark}@example.com"):
        assert made.id == cast.do(cast.meetings.GetMeeting, get, one).meeting.id
    refused = cast.refusal(cast.meetings.GetMeeting, get, cast.carla)
    missing = cast.refusal(cast.meetings.GetMeeting, meeting_pb2.GetMeetingRequest(id="no" + made.id), cast.carla)
    assert ("NOT_FOUND", refused.message) == (refused.code, missing.message.replace("no" + made.id, made.id))
    cast.grant(cast.ben, cast.carla, Right.READ)
    seen = cast.do(cast.meetings.GetMeeting, get, cast.carla).meeting
    assert not seen.may_edit and common_pb2.STATUS_FREE == seen.own_status
    edit = meeting_pb2.EditMeetingRequest(id=made.id, subject="Mine")
    assert ("PERMISSION_DENIED", "NOT_CREATOR") == cast.told(cast.meetings.EditMeeting, edit, cast.carla)
    assert "NOT_FOUND" == cast.told(cast.meetings.EditMeeting, edit, cast.dora)[0]


@pytest.mark.rule("M4")
@pytest.mark.rule("M5")
@pytest.mark.rule("M6")
@pytest.mark.rule("M7")
@pytest.mark.rule("M8")
def test_answering(cast):
    """Each answer, in the calendar and for the creator; a refusal leaves the calendar, its reason is the creator's."""
    id = cast.meeting().meeting.id
    assert "STATUS:TENTATIVE" in cast.event(cast.ben, id)
    found = answer(cast, id, cast.ben)
    assert ACCEPTED == answers(found.meeting)[cast.ben] and not found.notices
    assert "STATUS:CONFIRMED" in cast.event(cast.ben, id)
    assert f"PARTSTAT=ACCEPTED:mailto:ben-{cast.mark}@example.com" in cast.event(cast.anna, id)
    found = answer(cast, id, cast.ben, REFUSED, reason="my secret")
    assert [("anna", "meeting answered")] == told(found.notices) and "my secret" == found.notices[0].reason
    assert cast.event(cast.ben, id) is None
    get = meeting_pb2.GetMeetingRequest(id=id)
    reasons = {
        one: {p.id: p.given.reason for p in cast.do(cast.meetings.GetMeeting, get, one).meeting.participants}[cast.ben]
        for one in (cast.anna, cast.ben, cast.carla)
    }
    assert {cast.anna: "my secret", cast.ben: "my secret", cast.carla: ""} == reasons
    assert [("anna", "meeting answered")] == told(answer(cast, id, cast.ben).notices)
    answer(cast, id, cast.ben, KEPT)
    assert "TRANSP:TRANSPARENT" in cast.event(cast.ben, id)
    answer(cast, id, cast.ben, TENTATIVE)
    answer(cast, id, cast.zoe)
    icon = cast.do(cast.meetings.GetMeeting, get, cast.anna).meeting.icon
    assert (1, 0, 2, 1) == (icon.accepted, icon.refused, icon.unanswered, icon.tentative)


@pytest.mark.rule("M25")
@pytest.mark.rule("M24")
@pytest.mark.rule("M3")
def test_instances_and_pending(cast):
    """Each instance is pending, is answered, and leaves the calendar by itself; pages to the end."""
    id = cast.meeting([cast.ben], weekly()).meeting.id
    other = cast.meeting([cast.ben]).meeting.id
    answer(cast, id, cast.ben, recurrence_id=week(1))
    answer(cast, id, cast.ben, REFUSED, recurrence_id=week(2))
    request, found = meeting_pb2.ListPendingRequest(page_size=1), []
    while True:
        page = cast.do(cast.meetings.ListPending, request, cast.ben)
        assert 3 == page.total and len(page.pending) <= 1
        found += page.pending
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert [{id, other}, {id}] == [{one.meeting for one in found[:2]}, {one.meeting for one in found[2:]}]
    assert [week(0).local, week(3).local] == sorted(
        one.recurrence_id.instant[:19] for one in found if one.HasField("recurrence_id")
    )
    starts = [o.start for o in Calendar.from_ical(cast.event(cast.ben, id)).overlapping(NOON, NOON + 24 * 40 * HOUR)]
    assert 3 == len(starts)
    assert not cast.do(cast.meetings.ListPending, meeting_pb2.ListPendingRequest(), cast.carla).pending
    assert 0 == cast.do(cast.meetings.ListPending, meeting_pb2.ListPendingRequest(days=1), cast.ben).total - 1


@pytest.mark.rule("P5")
@pytest.mark.rule("M17")
def test_in_somebodys_name(cast):
    """With Read-write on their calendar, and not without; a meeting that is not theirs stays unknown."""
    id = cast.meeting([cast.ben]).meeting.id
    request = meeting_pb2.AnswerRequest(id=id, answer=ACCEPTED, acting_for=cast.ben)
    assert ("PERMISSION_DENIED", "NO_RIGHT") == cast.told(cast.meetings.Answer, request, cast.dora)
    cast.grant(cast.ben, cast.dora)
    found = cast.do(cast.meetings.Answer, request, cast.dora)
    assert ACCEPTED == answers(found.meeting)[cast.ben]
    cast.grant(cast.anna, cast.dora)
    edit = meeting_pb2.EditMeetingRequest(id=id, subject="Other", acting_for=cast.anna)
    assert "Other" == cast.do(cast.meetings.EditMeeting, edit, cast.dora).meeting.subject
    made = meeting_pb2.CreateMeetingRequest(series=once(), acting_for=cast.anna, invite=[cast.zoe])
    assert cast.anna == cast.do(cast.meetings.CreateMeeting, made, cast.dora).meeting.creator
    made.acting_for = cast.eve
    assert ("PERMISSION_DENIED", "NO_RIGHT") == cast.told(cast.meetings.CreateMeeting, made, cast.dora)


@pytest.mark.rule("M18")
@pytest.mark.rule("M19")
@pytest.mark.rule("M26")
def test_editing(cast):
    """Another time takes answers back and is told; a stale etag is refused; an instance moves by itself."""
    made = cast.meeting([cast.ben], weekly()).meeting
    answer(cast, made.id, cast.ben)
    stale = meeting_pb2.EditMeetingRequest(id=made.id, etag=made.etag, subject="Stale")
    assert ("FAILED_PRECONDITION", "STALE_ETAG") == cast.told(cast.meetings.EditMeeting, stale, cast.anna)
    get = meeting_pb2.GetMeetingRequest(id=made.id)
    now = cast.do(cast.meetings.GetMeeting, get, cast.anna).meeting
    edit = meeting_pb2.EditMeetingRequest(
        id=made.id, etag=now.etag, recurrence_id=week(1), start=time(NOON + 200 * HOUR), location="Room 2"
    )
    found = cast.do(cast.meetings.EditMeeting, edit, cast.anna)
    assert [("ben", "meeting changed")] == told(found.notices)
    assert {"start", "end", "location"} == {one.name for one in found.notices[0].changes}
    assert ["Room 2"] == [one.location for one in found.meeting.instances]
    assert "LOCATION:Room 2" in cast.event(cast.ben, made.id)
    whole = meeting_pb2.EditMeetingRequest(id=made.id, series=once(), quiet=True)
    found = cast.do(cast.meetings.EditMeeting, whole, cast.anna)
    assert not found.notices and not found.meeting.instances
    assert "RRULE:FREQ=WEEKLY" not in cast.event(cast.ben, made.id)


@pytest.mark.rule("M21")
@pytest.mark.rule("M22")
@pytest.mark.rule("M34")
@pytest.mark.rule("M20")
def test_people_come_and_go(cast):
    """Invite, remind, remove, cancel: who is told, and where it stands afterwards."""
    made = cast.meeting([cast.ben]).meeting
    more = meeting_pb2.InviteRequest(id=made.id, invite=[cast.carla, cast.zoe, cast.ben])
    assert [("carla", "meeting invited"), ("zoe", "meeting invited")] == told(
        cast.do(cast.meetings.Invite, more, cast.anna).notices
    )
    assert ("FAILED_PRECONDITION", "ALREADY_INVITED") == cast.told(cast.meetings.Invite, more, cast.anna)
    answer(cast, made.id, cast.ben)
    remind = meeting_pb2.RemindRequest(id=made.id, leave_out=[cast.carla])
    assert [("zoe", "meeting reminded")] == told(cast.do(cast.meetings.Remind, remind, cast.anna).notices)
    remove = meeting_pb2.RemoveRequest(id=made.id, participant=cast.ben)
    cast.do(cast.meetings.Remove, remove, cast.anna)
    assert cast.event(cast.ben, made.id) is None
    get = meeting_pb2.GetMeetingRequest(id=made.id)
    assert "NOT_FOUND" == cast.told(cast.meetings.GetMeeting, get, cast.ben)[0]
    off = cast.do(cast.meetings.CancelMeeting, meeting_pb2.CancelMeetingRequest(id=made.id), cast.anna)
    assert [("carla", "meeting cancelled"), ("zoe", "meeting cancelled")] == told(off.notices)
    assert "METHOD:CANCEL" in {one.to: one.itip for one in off.notices}[cast.zoe]
    assert cast.event(cast.anna, made.id) is None and cast.event(cast.carla, made.id) is None
    assert ("FAILED_PRECONDITION", "CANCELLED") == cast.told(
        cast.meetings.Answer, meeting_pb2.AnswerRequest(id=made.id, answer=ACCEPTED), cast.carla
    )


def test_one_instance_cancelled(cast):
    """It goes from every calendar, and the rest stays."""
    made = cast.meeting([cast.ben], weekly(2)).meeting
    cancel = meeting_pb2.CancelMeetingRequest(id=made.id, recurrence_id=week(0))
    cast.do(cast.meetings.CancelMeeting, cancel, cast.anna)
    assert cast.event(cast.ben, made.id).count("EXDATE") == 1
    cancel.recurrence_id.CopyFrom(week(1))
    found = cast.do(cast.meetings.CancelMeeting, cancel, cast.anna).meeting
    assert meeting_pb2.MEETING_STATE_CANCELLED == found.state and cast.event(cast.ben, made.id) is None


def test_pages(cast):
    """A list to its end, each once; a token of another question or that is damaged is refused."""
    made = {cast.meeting([cast.ben]).meeting.id for _ in range(5)}
    cast.meeting([cast.carla])
    request, found = meeting_pb2.ListMeetingsRequest(page_size=2), []
    while True:
        page = cast.do(cast.meetings.ListMeetings, request, cast.ben)
        found += [one.id for one in page.meetings]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert sorted(made) == found
    for changed in ({"page_token": "x" + request.page_token}, {"state": meeting_pb2.MEETING_STATE_EVENT}):
        other = meeting_pb2.ListMeetingsRequest(page_token=request.page_token)
        for name, value in changed.items():
            setattr(other, name, value)
        assert ("INVALID_ARGUMENT", "page_token") == cast.told(cast.meetings.ListMeetings, other, cast.ben)
    only = meeting_pb2.ListMeetingsRequest(state=meeting_pb2.MEETING_STATE_CANCELLED)
    assert not cast.do(cast.meetings.ListMeetings, only, cast.ben).meetings


def test_a_repeated_request(cast):
    """The same id gives the first answer and does nothing again; with another body it is refused."""
    request = meeting_pb2.CreateMeetingRequest(request_id=f"r-{cast.mark}", series=once(), invite=[cast.ben])
    first, second = (cast.do(cast.meetings.CreateMeeting, request, cast.anna) for _ in range(2))
    assert first == second
    assert 1 == len(cast.do(cast.meetings.ListMeetings, meeting_pb2.ListMeetingsRequest(), cast.ben).meetings)
    request.subject = "Other"
    assert ("INVALID_ARGUMENT", "request_id") == cast.told(cast.meetings.CreateMeeting, request, cast.anna)


@pytest.mark.rule("A7")
def test_suggesting(cast):
    """Into a stretch out of office it is suggested to refuse, with the stretch; else nothing is."""
    away = cast.meeting([], status=common_pb2.STATUS_OUT_OF_OFFICE, by=cast.ben).meeting
    id = cast.meeting([cast.ben, cast.carla]).meeting.id
    ask = meeting_pb2.SuggestAnswerRequest(id=id)
    found = cast.do(cast.meetings.SuggestAnswer, ask, cast.ben)
    assert (REFUSED, "out of office") == (found.answer, found.why) and away.id != id
    assert int(NOON.timestamp()) == int(
        __import__("datetime").datetime.fromisoformat(found.stretch.start.instant).timestamp()
    )
    assert meeting_pb2.SuggestAnswerResponse() == cast.do(cast.meetings.SuggestAnswer, ask, cast.carla)
    assert ("INVALID_ARGUMENT", "id") == cast.told(cast.meetings.SuggestAnswer, ask, cast.anna)
    assert "NOT_FOUND" == cast.told(cast.meetings.SuggestAnswer, ask, cast.dora)[0]


# --- other systems ----------------------------------------------------------------------------------------------------


def mail(cast, method, *lines, uid="uid@elsewhere.example"):
    """A message about one event."""
    own = [f"UID:{uid}-{cast.mark}", *lines]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", *own, "END:VEVENT", "END:VCALENDAR", ""]
    ).encode()


def invitation(cast, sequence=0, **parts):
    """An invitation of Ben from elsewhere."""
    start = NOON.strftime("%Y%m%dT%H%M%SZ")
    return mail(
        cast, "REQUEST", "ORGANIZER:mailto:boss@elsewhere.example", f"ATTENDEE:mailto:ben-{cast.mark}@example.com",
        f"SEQUENCE:{sequence}", "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", "DURATION:PT1H", "SUMMARY:Elsewhere",
        **parts,
    )  # fmt: skip


def receive(cast, message, by=None):
    """Hand a message in, as the back end."""
    return cast.do(cast.meetings.Receive, meeting_pb2.ReceiveRequest(message=message), by)


def test_an_invitation_from_elsewhere(cast):
    """It stands in Ben's calendar, his answer goes back as a REPLY, and the organizer's CANCEL takes it away."""
    id = f"uid@elsewhere.example-{cast.mark}"
    found = receive(cast, invitation(cast))
    assert ("REQUEST", [id], []) == (found.method, list(found.ids), list(found.reports))
    assert "SUMMARY:Elsewhere" in cast.event(cast.ben, id)
    told_ = answer(cast, id, cast.ben, REFUSED, reason="No").notices
    assert ["boss@elsewhere.example"] == [one.to for one in told_] and "METHOD:REPLY" in told_[0].itip
    assert cast.event(cast.ben, id) is None
    edit = meeting_pb2.EditMeetingRequest(id=id, subject="Mine")
    assert ("FAILED_PRECONDITION", "NOT_HOSTED") == cast.told(cast.meetings.EditMeeting, edit, cast.ben)
    off = mail(cast, "CANCEL", "ORGANIZER:mailto:boss@elsewhere.example", "SEQUENCE:1", "DTSTAMP:20260102T000000Z")
    assert [id] == list(receive(cast, off).ids)
    late = receive(cast, invitation(cast))
    assert not late.ids and "cancelled" in late.reports[0]


def test_a_reply_from_elsewhere(cast):
    """Zoe answers by mail; somebody who was not invited does not."""
    id = cast.meeting([cast.ben, cast.zoe]).meeting.id
    lines = [f"UID:{id}", "DTSTAMP:20991231T000000Z", "ATTENDEE;PARTSTAT={}:mailto:{}"]
    head, tail = ["BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT"], ["END:VEVENT", "END:VCALENDAR", ""]
    reply = "\r\n".join([*head, *lines, *tail])
    found = receive(cast, reply.format("DECLINED", cast.zoe).encode())
    assert [("anna", "meeting answered")] == told(found.notices) and [id] == list(found.ids)
    found = receive(cast, reply.format("ACCEPTED", "mallory@example.org").encode())
    assert not found.ids and "not_invited" in found.reports[0]
    assert "delegated" in receive(cast, reply.format("DELEGATED", cast.zoe).encode()).reports[0]


def test_who_hands_messages_in(cast):
    """A back end alone: a message says itself whom it is from."""
    poll = cast.poll(1)
    taken = invitation(cast, uid="x").replace(f"UID:x-{cast.mark}".encode(), f"UID:{poll.id}".encode())
    assert ["exists" in one for one in receive(cast, taken).reports] == [True]
    stranger = invitation(cast).replace(b"ben-", b"nobody-")
    assert "nobody_here" in receive(cast, stranger).reports[0]
    for bad in (b"", b"hello", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"):
        request = meeting_pb2.ReceiveRequest(message=bad)
        assert ("INVALID_ARGUMENT", "message") == cast.told(cast.meetings.Receive, request, None)
    big = meeting_pb2.ReceiveRequest(message=b"X" * (1 << 20) + b"Y")
    assert "RESOURCE_EXHAUSTED" == cast.told(cast.meetings.Receive, big, None)[0]


# --- bad fields -------------------------------------------------------------------------------------------------------

BAD_SERIES = [
    (common_pb2.Series(), "series.dtstart"),
    (common_pb2.Series(dtstart=time(NOON), duration="P1X"), "series.duration"),
    (common_pb2.Series(dtstart=time(NOON), rrules=["FREQ=NEVER"]), "series.rrules"),
    (common_pb2.Series(dtstart=time(NOON, "Mars/Olympus")), "series.dtstart.tz"),
    (common_pb2.Series(dtstart=time(NOON, ZURICH), rrules=["FREQ=DAILY"], gap=common_pb2.GAP_SKIP), "series"),
]


@pytest.mark.parametrize("series, place", BAD_SERIES)
def test_bad_times(cast, series, place):
    """A time that is none is told with its field, and nothing is kept."""
    request = meeting_pb2.CreateMeetingRequest(series=series, invite=[cast.ben])
    assert ("INVALID_ARGUMENT", place) == cast.told(cast.meetings.CreateMeeting, request, cast.anna)
    assert not cast.do(cast.meetings.ListMeetings, meeting_pb2.ListMeetingsRequest(), cast.anna).meetings


def test_bad_fields(cast):
    """Each field that can be wrong says so."""
    id = cast.meeting([cast.ben], weekly()).meeting.id
    single = cast.meeting([cast.ben]).meeting.id
    m, p = cast.meetings, meeting_pb2
    year = common_pb2.Time(instant="1999-01-01T00:00:00Z")
    own, late = f"anna-{cast.mark}@example.com", time(NOON + HOUR)
    cases = [
        (m.CreateMeeting, p.CreateMeetingRequest(invite=[cast.ben]), "series"),
        (m.CreateMeeting, p.CreateMeetingRequest(series=once(), status=9), "status"),
        (m.CreateMeeting, p.CreateMeetingRequest(series=once(), invite=[own], strangers=True), "invite"),
        (m.EditMeeting, p.EditMeetingRequest(id=id, start=time(NOON)), "recurrence_id"),
        (m.EditMeeting, p.EditMeetingRequest(id=id, recurrence_id=week(1), series=once()), "recurrence_id"),
        (m.EditMeeting, p.EditMeetingRequest(id=id, recurrence_id=year, subject="x"), "recurrence_id"),
        (m.EditMeeting, p.EditMeetingRequest(id=single, recurrence_id=week(0), subject="x"), "recurrence_id"),
        (m.EditMeeting, p.EditMeetingRequest(id=id, recurrence_id=week(0), start=late, end=time(NOON)), "start"),
        (m.Invite, p.InviteRequest(id=id), "invite"),
        (m.Remove, p.RemoveRequest(id=id, participant=cast.carla), "participant"),
        (m.Remind, p.RemindRequest(id=id, leave_out=[cast.carla]), "leave_out"),
        (m.CancelMeeting, p.CancelMeetingRequest(id=id, recurrence_id=year), "recurrence_id"),
        (m.ListMeetings, p.ListMeetingsRequest(page_size=-1), "page_size"),
        (m.ListMeetings, p.ListMeetingsRequest(state=17), "state"),
        (m.ListPending, p.ListPendingRequest(tz="Nowhere"), "tz"),
        (m.ListPending, p.ListPendingRequest(days=-1), "days"),
        (m.ListPending, p.ListPendingRequest(page_token="?"), "page_token"),
    ]  # fmt: skip
    for rpc, request, place in cases:
        assert ("INVALID_ARGUMENT", place) == cast.told(rpc, request, cast.anna), (rpc, request)
    cases = [
        (p.AnswerRequest(id=id), "answer"),
        (p.AnswerRequest(id=id, answer=p.MEETING_ANSWER_INVITED), "answer"),
        (p.AnswerRequest(id=id, answer=ACCEPTED, reason="because"), "reason"),
        (p.AnswerRequest(id=id, answer=ACCEPTED, recurrence_id=year), "recurrence_id"),
    ]
    for request, place in cases:
        assert ("INVALID_ARGUMENT", place) == cast.told(m.Answer, request, cast.ben), request
    assert ("PERMISSION_DENIED", "NOT_INVITED") == cast.told(
        m.Answer, p.AnswerRequest(id=id, answer=ACCEPTED), cast.anna
    )
    for rpc, request in [
        (m.GetMeeting, p.GetMeetingRequest()),
        (m.GetMeeting, p.GetMeetingRequest(id="no such")),
        (m.GetMeeting, p.GetMeetingRequest(id="\0")),
        (m.GetMeeting, p.GetMeetingRequest(id="x" * 600)),
        (m.Answer, p.AnswerRequest(id="no such", answer=ACCEPTED)),
    ]:
        assert "NOT_FOUND" == cast.told(rpc, request, cast.ben)[0]


def test_who_was_invited_by_mail_and_has_an_account_now(cast):
    """Zoe, who was asked by address, finds the meeting under the account that has it."""
    from schedcore.policy import Person

    id = cast.meeting([cast.zoe]).meeting.id
    zoe = f"zoe-{cast.mark}"
    get = meeting_pb2.GetMeetingRequest(id=id)
    assert "NOT_FOUND" == cast.told(cast.meetings.GetMeeting, get, zoe)[0]
    with cast.store.writing() as tx:
        directory.put_person(tx, Person(zoe, [cast.zoe]))
    assert id == cast.do(cast.meetings.GetMeeting, get, zoe).meeting.id
    assert ACCEPTED == answers(answer(cast, id, zoe).meeting)[cast.zoe]


def test_errors_tell_nothing(cast):
    """A refusal holds nothing of a meeting that the caller may not see."""
    made = cast.meeting([cast.ben], subject="Top secret").meeting
    for rpc, request in [
        (cast.meetings.GetMeeting, meeting_pb2.GetMeetingRequest(id=made.id)),
        (cast.meetings.Invite, meeting_pb2.InviteRequest(id=made.id, invite=[cast.eve])),
        (cast.meetings.CancelMeeting, meeting_pb2.CancelMeetingRequest(id=made.id, etag="1")),
    ]:
        with pytest.raises(grpc.RpcError) as info:
            cast.do(rpc, request, cast.eve)
        refusal = Refusal(info.value)
        assert "NOT_FOUND" == refusal.code and "secret" not in str(info.value) and cast.anna not in str(info.value)


# --- with the other services ------------------------------------------------------------------------------------------


@pytest.mark.rule("A5")
@pytest.mark.rule("A6")
def test_free_busy_follows_answers(cast, channel):
    """Unanswered is tentative, accepted busy, refused nothing, in the answer of FreeBusyService, at once."""
    service = freebusy_pb2_grpc.FreeBusyServiceStub(channel)
    window = common_pb2.Window(start=time(NOON - HOUR), end=time(NOON + 2 * HOUR))
    request = freebusy_pb2.QueryRequest(window=window, subjects=[freebusy_pb2.Subject(person=cast.ben)])

    def taken():
        found = cast.do(service.Query, request, cast.ben)
        return [(one.start, one.status) for person in found.people for one in person.blocks]

    id = cast.meeting([cast.ben]).meeting.id
    noon = int(NOON.timestamp())
    assert [(noon, common_pb2.STATUS_TENTATIVE)] == taken()
    answer(cast, id, cast.ben)
    assert [(noon, common_pb2.STATUS_BUSY)] == taken()
    answer(cast, id, cast.ben, REFUSED)
    assert [] == taken()


def test_alarms_stay(cast):
    """Reminders that somebody put into the event of a meeting stay in it when the meeting changes."""
    id = cast.meeting([cast.ben]).meeting.id
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
    with cast.store.writing() as tx:
        calendar = calendars.personal(tx, cast.ben)
        old = events.get(tx, calendar, id).value
        text = old.ics.decode().replace("END:VEVENT", alarm + "END:VEVENT").encode()
        events.put(tx, calendar, replace(old, ics=text))
    answer(cast, id, cast.ben)
    kept = cast.event(cast.ben, id)
    assert alarm in kept and "PARTSTAT=ACCEPTED" in kept and 1 == kept.count("BEGIN:VALARM")
    assert "VALARM" not in cast.event(cast.anna, id)
