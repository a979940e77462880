"""Messages of RFC 5546 out and in: the situations of its section 4, the order of 2.1.5, and what strangers may send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.cast import ANNA, BEN, HOUR, NOON, NOW, ONCE, WEEKLY, WEEKS, XAVIER, YVONNE, after, answers, meeting, told
from policy.team import TEAM
from schedcore import Duration, Series
from schedcore.errors import CalendarError
from schedcore.freebusy import Status
from schedcore.meetings import (
    Accept,
    Cancel,
    Create,
    Edit,
    Guest,
    Invite,
    Meeting,
    Refuse,
    Remove,
    Reply,
    State,
    apply,
    icon,
    itip,
)

A, B, C, D = (Guest(f"{letter}@example.com") for letter in "abcd")
BIG = Guest("conf_big@example.com", name="The Big Conference Room")
UID = "calsrv.example.com-873970198738777@example.com"
ASKED = datetime(1997, 6, 11, 19, tzinfo=UTC)
JULY = datetime(1997, 7, 1, 20, tzinfo=UTC)
GROUP = Series(JULY, duration=timedelta(minutes=30))
MONTHLY = Series(
    datetime(1997, 6, 1, 21, tzinfo=UTC), "FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=19980901T210000Z", duration=HOUR
)


TO_A_FROM_B = ["ORGANIZER:mailto:a@example.com", "ATTENDEE:mailto:b@example.com"]


def vevent(method, *lines, uid=UID):
    """A message about one event."""
    own = ["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *own, "END:VCALENDAR", ""])


def reply(letter, partstat, *lines, sequence=0, stamp="19970612T190000Z", uid=UID):
    """The reply of an attendee."""
    head = ["ORGANIZER:mailto:a@example.com", f"ATTENDEE;PARTSTAT={partstat}:mailto:{letter}@example.com"]
    return vevent("REPLY", *head, f"SEQUENCE:{sequence}", f"DTSTAMP:{stamp}", *lines, uid=uid)


def organized(series=GROUP, guests=(B, C, D, BIG), uid=UID):
    """The organizer's own meeting of section 4.2."""
    create = Create(by=A.id, id=uid, creator=A, series=series, subject="Conference", guests=guests)
    return apply(None, create, ASKED)[0]


def sent(value, now=ASKED, named=None):
    """A request as lines."""
    return itip.request(value, now, named).decode().replace("\r\n ", "").splitlines()


def took(value, data, now=JULY, **options):
    """The meeting after a message of which all is taken."""
    found = itip.take(value, data, now, **options)
    assert () == found.reports
    return found.meeting


def reported(value, data, now=JULY):
    """What is reported of a message of which nothing is taken."""
    found = itip.take(value, data, now)
    assert (value, ()) == (found.meeting, found.notices)
    return found.reports


# --- section 4.2: a group schedules a meeting -------------------------------------------------------------------------


def test_a_group_event_request():
    """4.2.1: everybody is in it, each has yet to answer, and each is asked to."""
    lines = sent(organized())
    assert {"METHOD:REQUEST", "ORGANIZER:mailto:a@example.com", "SEQUENCE:0", "SUMMARY:Conference"} <= set(lines)
    assert {"DTSTART:19970701T200000Z", "DURATION:PT30M", "DTSTAMP:19970611T190000Z", f"UID:{UID}"} <= set(lines)
    asked = [line for line in lines if line.startswith("ATTENDEE")]
    assert "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:b@example.com" in asked
    assert 4 == len(asked)
    assert any('CN="The Big Conference Room"' in line or "CN=The Big Conference Room" in line for line in asked)


def test_a_reply_to_a_group_event_request():
    """4.2.2: b accepts, and the organizer knows."""
    one = took(organized(), reply("b", "ACCEPTED", "REQUEST-STATUS:2.0;Success"))
    assert "accepted" == answers(one)[B.id]
    assert (1, 0, 3) == (icon(one).accepted, icon(one).refused, icon(one).unanswered)


def test_an_update_of_an_event():
    """4.2.3: an earlier time is SEQUENCE 1, and what was answered to 0 is void."""
    one = took(organized(), reply("b", "ACCEPTED"))
    moved = GROUP.replace(dtstart=JULY - 2 * HOUR, duration=HOUR)
    one = after(one, Edit(by=A.id, series=moved), now=ASKED + HOUR)
    assert {"SEQUENCE:1", "DTSTART:19970701T180000Z"} <= set(sent(one))
    assert "invited" == answers(one)[B.id]
    (report,) = reported(one, reply("c", "ACCEPTED", sequence=0))
    assert "stale" in report
    assert "accepted" == answers(took(one, reply("c", "ACCEPTED", sequence=1)))[C.id]


def test_a_counter_proposal():
    """4.2.4: nothing changes by itself; the creator hears what is proposed and why, and may edit."""
    one = organized()
    lines = [
        "ORGANIZER:mailto:a@example.com",
        "ATTENDEE:mailto:b@example.com",
        "SEQUENCE:0",
        "DTSTAMP:19970612T190000Z",
    ]
    times = ["DTSTART:19970701T160000Z", "DTEND:19970701T190000Z", "COMMENT:This time works much better for me"]
    found = itip.take(one, vevent("COUNTER", *lines, *times), JULY)
    assert (one, ()) == (found.meeting, found.reports)
    (notice,) = found.notices
    assert (A.id, "meeting countered", "This time works much better for me") == (notice.to, notice.kind, notice.reason)
    assert {"start": JULY - 4 * HOUR, "end": JULY - HOUR} == {change.name: change.after for change in notice.changes}


def test_a_delegation_and_the_delegate():
    """4.2.5 to 4.2.7: that c sends e is reported, and so is what e answers; once invited e counts."""
    one = organized()
    (report,) = reported(one, reply("c", "DELEGATED"))
    assert "delegated" in report
    (report,) = reported(one, reply("e", "ACCEPTED"))
    assert "not_invited" in report and "e@example.com" in report
    one = after(one, Invite(by=A.id, guests=[Guest("e@example.com")]), Remove(by=A.id, participant=C.id))
    assert "refused" == answers(took(one, reply("e", "DECLINED")))["e@example.com"]


def test_somebody_to_whom_it_was_forwarded():
    """4.2.8: their reply is reported, and changes nothing."""
    (report,) = reported(organized(), reply("x", "ACCEPTED"))
    assert "'x@example.com' was not invited" in report


def test_a_group_event_is_cancelled():
    """4.2.9: STATUS:CANCELLED under the next SEQUENCE, to all; on the other side it is gone."""
    theirs = took(None, itip.request(organized(), ASKED))
    one, notices = apply(organized(), Cancel(by=A.id), ASKED + HOUR)
    text = itip.cancel(one, ASKED + HOUR)
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"} <= set(text.decode().splitlines())
    assert [B.id, C.id, D.id, BIG.id] == [notice.to for notice in notices]
    assert State.CANCELLED is took(theirs, text).state


def test_an_attendee_is_removed():
    """4.2.10: a CANCEL for that one alone can be written; the rules do not ask for it (M22)."""
    one = after(organized(), Remove(by=A.id, participant=B.id))
    lines = itip.cancel(one, ASKED, guests=[B]).decode().splitlines()
    assert ["ATTENDEE:mailto:b@example.com"] == [line for line in lines if line.startswith("ATTENDEE")]


# --- section 4.4: recurring -------------------------------------------------------------------------------------------


def test_an_instance_is_modified():
    """4.4.2: a RECURRENCE-ID, the next SEQUENCE, and a new time; the others stay."""
    one = organized(MONTHLY, (B,), "guid-1@example.com")
    theirs = took(None, itip.request(one, ASKED))
    third = datetime(1997, 7, 1, 21, tzinfo=UTC)
    one = after(one, Edit(by=A.id, recurrence_id=third, start=third + timedelta(days=2)), now=ASKED + HOUR)
    text = itip.request(one, ASKED + HOUR, third)
    lines = set(text.decode().splitlines())
    assert {"RECURRENCE-ID:19970701T210000Z", "SEQUENCE:1", "DTSTART:19970703T210000Z"} <= lines
    assert not any(line.startswith("RRULE") for line in lines)
    starts = [
        (o.recurrence_id, o.start) for o in took(theirs, text).whole.overlapping(JULY, third + timedelta(days=40))
    ]
    assert [(third, third + timedelta(days=2)), (third.replace(month=8), third.replace(month=8))] == starts


def test_an_instance_is_cancelled():
    """4.4.3: that one alone, on both sides, and an older message does not bring it back."""
    one = organized(MONTHLY, (B,), "guid-1@example.com")
    august = datetime(1997, 8, 1, 21, tzinfo=UTC)
    earlier = itip.request(after(one, Edit(by=A.id, recurrence_id=august, location="Bar"), now=ASKED), ASKED, august)
    theirs = took(None, itip.request(one, ASKED))
    one = after(one, Edit(by=A.id, recurrence_id=august, location="Bar"), now=ASKED)
    gone = after(one, Cancel(by=A.id, recurrence_id=august), now=ASKED + HOUR)
    text = itip.cancel(gone, ASKED + HOUR, august)
    assert {"RECURRENCE-ID:19970801T210000Z", "STATUS:CANCELLED", "SEQUENCE:2"} <= set(text.decode().splitlines())
    theirs = took(theirs, text)
    assert (15, 15) == (gone.series.count(), theirs.series.count())
    assert "stale" in reported(theirs, earlier)[0]


def test_a_series_is_cancelled():
    """4.4.4: all of it."""
    one = after(organized(MONTHLY, (B,), "guid-1@example.com"), Cancel(by=A.id))
    theirs = took(None, itip.request(organized(MONTHLY, (B,), "guid-1@example.com"), ASKED))
    assert State.CANCELLED is took(theirs, itip.cancel(one, ASKED + HOUR)).state


def test_an_instance_is_answered_and_countered():
    """4.4.9, 4.4.10: by its RECURRENCE-ID, from the attendee's own copy of the series."""
    one = organized(MONTHLY, (B, C), "guid-1@example.com")
    theirs = took(None, itip.request(one, ASKED))
    july = datetime(1997, 7, 1, 21, tzinfo=UTC)
    theirs, notices = apply(theirs, Refuse(by=B.id, recurrence_id=july, reason="away"), ASKED + HOUR)
    assert [(A.id, "answered")] == told(notices)
    text = itip.reply(theirs, B.id, ASKED + HOUR, july)
    assert 1 == text.count(b"ATTENDEE")
    one = took(one, text)
    assert ("refused", "invited") == (answers(one, july)[B.id], answers(one)[B.id])
    assert "away" == one.given(one.participant(B.id), july).reason
    proposed = itip.counter(theirs, C.id, ASKED, start=july + HOUR, end=july + 2 * HOUR, recurrence_id=july)
    (notice,) = itip.take(one, proposed, JULY).notices
    assert (july, july + HOUR) == (notice.occurrence, notice.changes[0].after)


def test_a_refresh():
    """4.6.1: who asks is sent the newest state; nothing changes."""
    one = organized()
    theirs = took(None, itip.request(one, ASKED))
    found = itip.take(one, itip.refresh(theirs, B.id, JULY), JULY)
    assert (one, [(B.id, "refreshed")]) == (found.meeting, told(found.notices))


def test_a_rule_that_cannot_be_read():
    """4.6.2: it is reported, and no meeting is made of it."""
    text = vevent("REQUEST", *TO_A_FROM_B, "DTSTART:19970601T210000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0")
    (report,) = reported(None, text)
    assert "BYMONTHDAY" in report


@pytest.mark.parametrize("method", ["PUBLISH", "ADD", "DECLINECOUNTER", "DELETE"])
def test_other_methods(method):
    """4.1, 4.4.6: what is not read is named, and not guessed at."""
    (report,) = reported(organized(), vevent(method, "DTSTART:19970701T200000Z"))
    assert f"METHOD='{method}' is not taken" in report


# --- the order of messages, 2.1.4 and 2.1.5 ---------------------------------------------------------------------------


def test_of_two_replies_the_later_counts():
    """By DTSTAMP, whichever comes first."""
    early, late = (reply("b", word, stamp=f"199706{day}T190000Z") for word, day in (("DECLINED", 12), ("ACCEPTED", 13)))
    assert "accepted" == answers(took(took(organized(), early), late))[B.id]
    one = took(organized(), late)
    assert "stale" in reported(one, early)[0]
    assert one == took(one, late)


def test_a_sequence_that_was_never_sent():
    """It answers nothing that was asked."""
    assert "ahead" in reported(organized(), reply("b", "ACCEPTED", sequence=3))[0]


def test_a_stamp_of_the_future_does_not_outlast_later_answers():
    """A clock that is wrong by years would else make every later answer void."""
    one = took(organized(), reply("b", "DECLINED", stamp="20970612T190000Z"))
    assert "accepted" == answers(took(one, reply("b", "ACCEPTED", stamp="20970613T190000Z")))[B.id]
    assert "accepted" == answers(after(one, Accept(by=B.id), now=JULY + HOUR))[B.id]


def test_a_reply_to_the_whole_leaves_a_changed_instance():
    """What was answered before an instance was changed says nothing of it."""
    one = organized(MONTHLY, (B,), "guid-1@example.com")
    july = datetime(1997, 7, 1, 21, tzinfo=UTC)
    one = after(one, Edit(by=A.id, recurrence_id=july, location="Bar"), now=ASKED + HOUR)
    one = took(one, reply("b", "ACCEPTED", sequence=0, uid="guid-1@example.com"))
    assert ("accepted", "invited") == (answers(one)[B.id], answers(one, july)[B.id])
    instance = reply("b", "DECLINED", "RECURRENCE-ID:19970701T210000Z", sequence=0, uid="guid-1@example.com")
    assert "stale" in reported(one, instance)[0]


def test_of_two_requests_the_newer_counts():
    """By SEQUENCE, then by DTSTAMP; people here keep their answer unless SEQUENCE is higher."""
    first = organized(guests=(BEN, C))
    with_ben = replace(first, participants=[replace(one) for one in first.participants])
    theirs = took(None, itip.request(with_ben, ASKED), directory=TEAM)
    theirs = after(theirs, Accept(by="ben"), now=ASKED + HOUR)
    same = took(theirs, itip.request(with_ben, ASKED + HOUR), directory=TEAM)
    assert "accepted" == answers(same)["ben"]
    assert "stale" in itip.take(same, itip.request(with_ben, ASKED), JULY, directory=TEAM).reports[0]
    changed = after(with_ben, Edit(by=A.id, subject="Other"), now=ASKED + 2 * HOUR)
    newer = took(same, itip.request(changed, ASKED + 2 * HOUR), directory=TEAM)
    assert ("invited", "Other") == (answers(newer)["ben"], newer.subject)
    assert "stale" in itip.take(newer, itip.request(with_ben, JULY), JULY, directory=TEAM).reports[0]


def test_a_request_of_single_instances():
    """3.2.2.6: to whoever is invited to those alone it is a series of those."""
    one = organized(MONTHLY, (B,), "guid-1@example.com")
    july, august = (datetime(1997, month, 1, 21, tzinfo=UTC) for month in (7, 8))
    theirs = took(None, itip.request(one, ASKED, july))
    assert [july] == list(theirs.series)
    assert [july, august] == list(took(theirs, itip.request(one, ASKED, august)).series)
    assert [july, august] == MONTHLY.between(july, august + HOUR)


def test_only_the_organizer_changes_a_copy():
    """Neither people here nor other organizers; what is kept here takes no requests."""
    theirs = took(None, itip.request(organized(), ASKED))
    other = itip.request(replace(organized(), creator=D), ASKED + HOUR)
    assert "not_organizer" in reported(theirs, other)[0]
    assert "hosted" in reported(organized(), itip.request(organized(), ASKED + HOUR))[0]
    found = itip.take(theirs, reply("b", "ACCEPTED"), JULY)
    assert "not_hosted" in found.reports[0]


# --- what strangers send ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT"],
)
def test_what_is_no_message(text):
    """No calendar, or none with a METHOD."""
    with pytest.raises(CalendarError):
        itip.read(text)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com", "ATTENDEE:mailto:c@example.com"], "2 ATTENDEEs"),
        ([], "0 ATTENDEEs"),
        (["ATTENDEE;PARTSTAT=ACCEPTED:urn:uuid:1"], "no mail address"),
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com", "RECURRENCE-ID:yesterday"], "no date"),
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com", "RECURRENCE-ID:19970701T200000Z"], "not_a_series"),
        (["ATTENDEE;PARTSTAT=X-MAYBE:mailto:b@example.com"], "no_answer"),
        (["ATTENDEE:mailto:b@example.com"], "no_answer"),
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com", "SEQUENCE:99999999999999999999"], None),
        (["ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com", "DTSTAMP:never"], None),
    ],
)
def test_odd_replies(lines, said):
    """Each is taken or reported, never half."""
    data = vevent("REPLY", "ORGANIZER:mailto:a@example.com", *lines)
    if said is None:
        assert "accepted" == answers(took(organized(), data))[B.id]
    else:
        assert said in reported(organized(), data)[0]


def test_a_reply_to_another_meeting():
    """It is not taken for this one."""
    assert "is not that of" in reported(organized(), reply("b", "ACCEPTED", uid="other"))[0]


def test_one_person_invited_twice():
    """By two addresses of one account, or twice by the same."""
    twice = ["ATTENDEE:mailto:ben@example.com", "ATTENDEE:MAILTO:BEN@example.com", "ATTENDEE:mailto:x@example.org"]
    text = vevent("REQUEST", "ORGANIZER:mailto:a@example.com", *twice, "DTSTART:19970701T200000Z")
    assert {"ben": "invited", "x@example.org": "invited"} == answers(took(None, text, directory=TEAM))


def test_text_of_people_stays_in_its_line():
    """Line ends, quotes, separators and marks of direction in names and texts begin no property of their own."""
    evil = 'Eve"\r\nATTENDEE:mailto:z@example.com\u202e;,:'
    guest = Guest("b@example.com", name=evil)
    one = organized(guests=(guest,))
    one = after(one, Edit(by=A.id, subject=evil, description=evil, location=evil), Refuse(by=B.id, reason=evil))
    theirs = took(None, itip.request(one, ASKED))
    assert [B.id] == [each.id for each in theirs.participants]
    assert [evil.replace("\r\n", "\n")] * 3 == [theirs.subject, theirs.description, theirs.location]
    assert 1 == itip.reply(one, B.id, ASKED).count(b"\r\nATTENDEE")


@given(
    local=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12),
    name=st.text(max_size=20),
)
def test_addresses_survive(local, name):
    """Whatever can stand before an @ is read as it was written."""
    try:
        guest = Guest(f'"{local}"@example.org', name=name)
    except ValueError:
        return
    theirs = took(None, itip.request(organized(guests=(guest,)), ASKED))
    assert [guest.id] == [one.id for one in theirs.participants]


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "series",
    [
        ONCE,
        WEEKLY.without(WEEKS[1]),
        Series(date(2026, 10, 19), "FREQ=DAILY;COUNT=3"),
        Series(datetime(2026, 10, 19, 9), duration=HOUR),
        Series(NOON, "FREQ=DAILY;COUNT=9", duration=Duration(days=1), exdates=[NOON + timedelta(days=2)]),
        Series(NOON, duration=timedelta(days=1), rdates=[NOON + timedelta(days=3)]),
    ],
    ids=["once", "weekly", "days", "floating", "nominal", "rdates"],
)
@pytest.mark.parametrize("status", [Status.FREE, Status.TENTATIVE, Status.BUSY, Status.OUT_OF_OFFICE])
def test_a_request_is_read_as_it_was_meant(series, status):
    """When it is, what it says, who is in it, and what it takes of their time."""
    one = meeting(BEN, XAVIER, series=series, status=status)
    theirs = took(None, itip.request(one, NOW), NOW, directory=TEAM)
    # The reader is lenient where the maker was strict, so the series are compared by what they give.
    window = (NOW, NOW + timedelta(days=90)) if series.kind == "zoned" else {
        "date": (date(2026, 10, 1), date(2026, 12, 1)), "floating": (datetime(2026, 10, 1), datetime(2026, 12, 1))
    }[series.kind]  # fmt: skip
    assert one.series.overlapping(*window) == theirs.series.overlapping(*window)
    for name in ("id", "subject", "description", "location", "status"):
        assert getattr(one, name) == getattr(theirs, name)
    assert answers(one) == answers(theirs)
    assert ("anna", False) == (theirs.creator.id, theirs.hosted)


def test_a_series_with_its_instances():
    """Changed ones come along, cancelled ones are gone; answers to instances go with them."""
    one = meeting(BEN, YVONNE, series=WEEKLY)
    one = after(one, Edit(by="anna", recurrence_id=WEEKS[1], start=WEEKS[1] + HOUR, subject="Moved"))
    one = after(one, Cancel(by="anna", recurrence_id=WEEKS[2]), Accept(by=YVONNE.id, recurrence_id=WEEKS[1]))
    theirs = took(None, itip.request(one, NOW), NOW, directory=TEAM)
    window = NOW, NOW + timedelta(days=90)
    shown = [[(o.recurrence_id, o.start, o.end) for o in each.whole.overlapping(*window)] for each in (one, theirs)]
    assert shown[0] == shown[1] and 3 == len(shown[0])
    assert ("Moved", "Plan") == tuple(theirs.detail("subject", week) for week in WEEKS[1::2])


def test_nobody_without_an_address_can_be_written_to():
    """The error names who."""
    one = Meeting("1", Guest("zoe", True), ONCE)
    with pytest.raises(CalendarError, match="'zoe' has no mail address"):
        itip.request(one, NOW)
    with pytest.raises(CalendarError, match="was not invited"):
        itip.reply(meeting(BEN), "eve", NOW)


def test_a_reply_by_mail_from_another_address_of_an_account():
    """It is that person's."""
    both = Guest("ben", True, addresses=["ben@example.com", "ben@home.example"])
    one, _ = apply(meeting(both), Reply(by="ben@home.example", partstat="ACCEPTED", stamp=9), NOW)
    assert {"ben": "accepted"} == answers(one)
    assert ANNA == one.creator
