"""vCalendar 1.0: its rules, its text and its lists as iCalendar has them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar, Rule
from schedcore.ics import import_events
from schedcore.ics.vcalendar import icalendar_of

WINDOW = datetime(1996, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)


def vcal(*lines: str) -> bytes:
    body = "\r\n".join(lines)
    head = "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nTZ:-05\r\n"
    return f"{head}BEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def read(*lines: str) -> Calendar:
    return import_events([vcal("UID:1", *lines)]).calendar


@pytest.mark.rule("I1")
def test_import_of_a_vcalendar():
    """I1: a vCal file is imported like an iCal file: event, words, time, status and alarm."""
    calendar = read(
        "DTSTART:19960401T010000Z",
        "DTEND:19960401T043000Z",
        "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Caf=E9, then a =",
        "very long walk=0D=0Ahome",
        "DESCRIPTION:one\\; two, three",
        "TRANSP:0",
        "STATUS:NEEDS ACTION",
        "CATEGORIES:APPOINTMENT;BUSINESS",
        "DALARM:19960401T003000Z;PT5M;2;Time to go",
    )
    (event,) = calendar.events
    assert "Café, then a very long walk\nhome" == event.summary
    assert ("OPAQUE", None) == (event.transp, event.status)
    assert "one; two, three" == event.text("DESCRIPTION")
    assert any("TRIGGER;VALUE=DATE-TIME:19960401T003000Z" in line for line in event.lines_without(frozenset()))
    (found,) = calendar.overlapping(*WINDOW)
    assert (1, 4) == (found.start.hour, found.end.hour)
    assert [] == calendar.problems


@pytest.mark.rule("I1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("D1 #10", "FREQ=DAILY;COUNT=10"),
        ("D1 19971224T000000Z", "FREQ=DAILY;UNTIL=19971224T000000Z"),
        ("D2 #0", "FREQ=DAILY;INTERVAL=2"),
        ("D1", "FREQ=DAILY;COUNT=2"),
        ("W1 #4", "FREQ=WEEKLY;COUNT=4"),
        ("w2 mo we fr 19971224", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224;BYDAY=MO,WE,FR"),
        ("MP1 1+ FR #10", "FREQ=MONTHLY;BYDAY=1FR;COUNT=10"),
        ("MP2 1+ 1- SU #10", "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU;COUNT=10"),
        ("MP1 2- MO #6", "FREQ=MONTHLY;BYDAY=-2MO;COUNT=6"),
        ("MP1 1+ TU 3- WE TH #0", "FREQ=MONTHLY;BYDAY=1TU,-3WE,-3TH"),
        ("MD1 2 15 #10", "FREQ=MONTHLY;BYMONTHDAY=2,15;COUNT=10"),
        ("MD1 1 LD #10", "FREQ=MONTHLY;BYMONTHDAY=1,-1;COUNT=10"),
        ("MD1 3- #0", "FREQ=MONTHLY;BYMONTHDAY=-3"),
        ("YM1 6 7 #10", "FREQ=YEARLY;BYMONTH=6,7;COUNT=10"),
        ("YD3 1 100 200 #10", "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200;COUNT=10"),
    ],
)
def test_rules(text, expected):
    """I1: a rule of vCalendar says in iCalendar what it said; without an end it happens twice."""
    (line,) = [line for line in icalendar_of(vcal(f"RRULE:{text}")).decode().split("\r\n") if line.startswith("RRULE")]
    assert str(Rule.parse(expected)) == str(Rule.parse(line.removeprefix("RRULE:")))


@pytest.mark.parametrize(
    "text", ["", "X1", "D", "D1 MO", "MP1 FR", "MP1 6+ FR", "MD1 x", "W1 XX", "D0", "FREQ=DAILY", "D99999"]
)
def test_rules_that_are_none(text):
    """What is no rule spoils its own event at most, and that is told; the event beside it is there."""
    other = "UID:2\r\nDTSTART:19960401T010000Z\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1"
    found = import_events([vcal(other, "DTSTART:19960401T010000Z", f"RRULE:{text}")])
    assert "2" in {event.uid for event in found.calendar.events}
    assert 2 == found.kept + len(found.dropped)
    assert all("RRULE" in one.reason or "FREQ" in one.reason for one in found.dropped)


@pytest.mark.rule("I1")
def test_lists_and_floating_times():
    """I1: lists are separated by semicolons; a local time floats, whatever TZ says of one moment."""
    calendar = read(
        "DTSTART:19960401T090000", "RRULE:D1 #5", "EXDATE:19960402T090000;19960404T090000", "RDATE:19960501T090000"
    )
    found = [str(one.start) for one in calendar.overlapping(*WINDOW, tz="America/New_York")]
    days = ["04-01", "04-03", "04-05", "05-01"]
    assert [f"1996-{day} 09:00:00" for day in days] == found


def test_other_texts_stay():
    """An iCalendar text is not touched, and neither is one that speaks of version 1.0 in its words."""
    for text in (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", b"DESCRIPTION:VERSION:1.0\r\n", b""):
        assert text is icalendar_of(text)


@given(st.binary(max_size=60))
def test_any_bytes(noise):
    """Whatever stands in a vCalendar, the result is text that can be looked through, and the next event is read."""
    text = b"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nSUMMARY;QUOTED-PRINTABLE:" + noise
    assert isinstance(icalendar_of(text), bytes)


def test_no_charset_of_that_name():
    """A charset that nobody knows is read as UTF-8, or as Windows-1252 where it is none."""
    for charset, raw, expected in [("X-MINE", "=C3=A9", "é"), ("UTF-8", "=E9", "é"), ("", "=81", "\x81")]:
        named = f";CHARSET={charset}" if charset else ""
        text = icalendar_of(vcal(f"SUMMARY;ENCODING=QUOTED-PRINTABLE{named}:{raw}")).decode()
        assert f"SUMMARY:{expected}\r\n" in text


def test_eight_bits():
    """Bytes beyond ASCII that are not in quoted-printable are read by their charset too."""
    for named, raw in [(";CHARSET=ISO-8859-1", b"Caf\xe9"), ("", "Café".encode()), ("", b"Caf\xe9")]:
        text = icalendar_of(vcal(f"SUMMARY{named}:NAME").replace(b"NAME", raw))
        assert b"SUMMARY:Caf\xc3\xa9\r\n" in text


def test_dates():
    """A date alone is a whole day."""
    (found,) = read("DTSTART:19960401").overlapping(*WINDOW, tz="UTC")
    assert date(1996, 4, 1) == found.start
