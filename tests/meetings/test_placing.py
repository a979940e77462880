"""What of a meeting stands in whose calendar: the event, read again as any calendar is, against the meeting itself."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.cast import ANNA, BEN, HOUR, NOON, NOW, ONCE, WEEKLY, WEEKS, XAVIER, after, meeting
from schedcore import Calendar, Series
from schedcore.errors import CalendarError, Refused
from schedcore.freebusy import Status, query
from schedcore.meetings import Accept, Cancel, Create, Edit, Guest, Invite, Refuse, Remove, Tentative, apply
from schedcore.meetings.placing import as_event, owners

CARLA = Guest("carla", True, "Carla \u202e %subject%")  # without an address
WINDOW = (NOON - timedelta(days=9), NOON + timedelta(days=60))
NAMED = st.sampled_from([None, *WEEKS])
WHO = st.sampled_from(["ben", "carla"])
COMMANDS = st.one_of(
    st.builds(Accept, by=WHO, recurrence_id=NAMED),
    st.builds(Tentative, by=WHO, recurrence_id=NAMED),
    st.builds(Refuse, by=WHO, keep=st.booleans(), recurrence_id=NAMED),
    st.builds(Remove, by=st.just("anna"), participant=WHO),
    st.builds(Invite, by=st.just("anna"), guests=st.just([BEN])),
    st.builds(Cancel, by=st.just("anna"), recurrence_id=NAMED),
    st.builds(Edit, by=st.just("anna"), recurrence_id=st.sampled_from(WEEKS), start=st.just(NOON + 30 * HOUR)),
    st.builds(Edit, by=st.just("anna"), status=st.sampled_from(Status)),
    st.builds(Edit, by=st.just("anna"), subject=st.just("Line\nDTSTART:19700101")),
)


def stands(value, owner):
    """The instances that stand with somebody, as a calendar reads them, and what each takes."""
    text = as_event(value, owner)
    if text is None:
        return {}
    calendar = Calendar.from_ical(text)
    assert not calendar.problems
    taken = query([calendar], *WINDOW).blocks(0)
    found = {}
    for one in calendar.overlapping(*WINDOW):
        second = int(one.start.timestamp())
        here = [block.status for block in taken if block.start <= second < block.end]
        found[one.recurrence_id, one.start] = max(here, default=Status.FREE)
    return found


def expected(value, owner):
    """The same, as the meeting says it."""
    found = {}
    for one in value.whole.overlapping(*WINDOW):
        if owner in value.stands_with(one.recurrence_id):
            found[one.recurrence_id, one.start] = value.status_for(owner, one.recurrence_id)
    return found


@given(st.lists(COMMANDS, max_size=6))
@pytest.mark.rule("A5")
@pytest.mark.rule("A6")
@pytest.mark.rule("M5")
@pytest.mark.rule("M6")
@pytest.mark.rule("M20")
@pytest.mark.rule("M25")
def test_any_answers(commands):
    """After whatever commands each calendar has the instances that stand with its owner, and takes their time so."""
    value = meeting(BEN, CARLA, XAVIER, series=WEEKLY)
    for command in commands:
        with contextlib.suppress(Refused):
            value, _ = apply(value, command, NOW)
    for owner in ("anna", "ben", "carla", "xavier@example.net"):
        wanted, found = expected(value, owner), stands(value, owner)
        # Instances moved onto one another take the time that the one that takes most does.
        takes = {start: max(s for (_, at), s in wanted.items() if at == start) for _, start in wanted}
        assert {pair: takes[pair[1]] for pair in wanted} == found
        assert not found or owner in owners(value)


@pytest.mark.rule("M9")
def test_texts():
    """Names are escaped, who has no address is named all the same, and the same meeting gives the same text."""
    value = meeting(BEN, CARLA, subject="%subject% \u200f{0}\nATTENDEE:mailto:eve@example.com")
    text = as_event(value, "carla")
    assert text == as_event(value, "carla")
    (event,) = Calendar.from_ical(text).events
    assert "%subject% \u200f{0}\nATTENDEE:mailto:eve@example.com" == event.summary
    lines = text.decode().replace("\r\n ", "").split("\r\n")
    assert [one for one in lines if one.startswith("ATTENDEE")] == [
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ben@example.com",
        'ATTENDEE;CN="Carla   %subject%";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:invalid:nomail',
    ]
    assert "METHOD" not in text.decode()


@pytest.mark.rule("M7")
def test_no_reasons():
    """Why somebody refused is in nobody's calendar."""
    value = after(meeting(BEN, CARLA), Refuse(by="ben", keep=True, reason="my secret"))
    assert all(b"secret" not in as_event(value, owner) for owner in ("anna", "ben", "carla"))


def test_a_group():
    """A group's meeting stands in the group's calendar, and in the creator's only if they invited themselves."""
    value = meeting(BEN, group="sales")
    assert as_event(value, None) is not None and as_event(value, "anna") is None and owners(value) == ("ben",)
    both = meeting(BEN, ANNA, group="sales")
    assert as_event(both, "anna") is not None
    assert as_event(meeting(BEN), None) is None
    assert as_event(after(value, Cancel(by="anna")), None) is None


def test_refused_but_for_one():
    """Of a refused series that instance stays which was accepted by itself."""
    value = after(meeting(BEN, series=WEEKLY), Refuse(by="ben"), Accept(by="ben", recurrence_id=WEEKS[2]))
    assert {(WEEKS[2], WEEKS[2]): Status.BUSY} == stands(value, "ben")
    assert as_event(after(meeting(BEN), Refuse(by="ben")), "ben") is None


def test_ids_of_others():
    """An id with separators that end no line of iCalendar stays in one line."""
    odd = "1\x85ATTENDEE:mailto:eve@example.com\u2028DTSTART:19700101"
    text = as_event(apply(None, Create(by="anna", id=odd, creator=ANNA, series=ONCE), NOW)[0], "anna").decode()
    assert [odd] == [event.uid for event in Calendar.from_ical(text).events]
    assert 0 == sum(line.startswith(("ATTENDEE", "DTSTART:1970")) for line in text.split("\r\n"))


def test_what_iCalendar_cannot_tell():
    """A series that no calendar can tell is an error, and never something else."""
    odd = meeting(series=Series(NOON, "FREQ=DAILY", duration=HOUR, gap="skip"))
    with pytest.raises(CalendarError, match="gap"):
        as_event(odd, "anna")
