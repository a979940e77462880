"""Import, export and duplicates: one event per UID, what was dropped, one event or all of it out again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import CalendarError, InvalidValue
from schedcore.ics import event_to_ical, import_events
from schedcore.ics.identity import uid_of_global_id

ALWAYS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)

# The two examples of [MS-ASEMAIL] 4.3, in hexadecimal: an id of Outlook's own, with the date of an instance, and one
# that wraps a UID.
OUTLOOK = (
    "040000008200E00074C5B7101A82E00807D40910E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"
)
SERIES = OUTLOOK[:32] + "00000000" + OUTLOOK[40:]
INNER = "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}"
WRAPPED = (
    "040000008200E00074C5B7101A82E008" + "0" * 40 + "33000000" + (b"vCal-Uid\x01\0\0\0" + INNER.encode() + b"\0").hex()
)


def event(uid: str, summary: str = "", **more: object) -> str:
    """An event; a name with _ is written with -."""
    lines = [f"{name.replace('_', '-')}:{value}" for name, value in more.items()]
    named = [f"UID:{uid}"] if uid else []
    start = [] if "DTSTART" in more else ["DTSTART:20260302T090000Z"]
    return "\n".join(["BEGIN:VEVENT", *named, f"SUMMARY:{summary}", *start, *lines, "END:VEVENT", ""])


def file(*events: str, more: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{more}{''.join(events)}END:VCALENDAR\n"


def summaries(calendar: Calendar) -> list[str | None]:
    return sorted(one.event.summary for one in calendar.overlapping(*ALWAYS))


@pytest.mark.rule("N1")
def test_one_event_per_uid():
    """N1: one event is kept per UID, the newest, and what is dropped is reported with file, line and reason."""
    found = import_events(
        [
            file(event("a", "old", SEQUENCE=1), event("b", "b")),
            file(event("a", "new", SEQUENCE=2), event("b", "b again"), event("a", "older", SEQUENCE=0)),
        ]
    )
    assert ["b", "new"] == summaries(found.calendar)
    assert 2 == found.kept
    assert [("a", 0, 4, "a newer one is there"), ("b", 1, 10, "it is there already, and not older"),
            ("a", 1, 15, "it is there already, and not older")] == list(found.dropped)  # fmt: skip


@pytest.mark.rule("N1")
def test_global_appointment_ids():
    """N1: where the UID is missing Outlook's GlobalAppointmentID counts as what it stands for, and is the UID then."""
    found = import_events(
        [
            file(
                event("", "series", X_MICROSOFT_GLOBALAPPOINTMENTID=OUTLOOK),
                event("", "again", X_MICROSOFT_GLOBALAPPOINTMENTID=SERIES.lower()),
                event(INNER, "by uid"),
                event("", "by id", X_MICROSOFT_CDO_GLOBALAPPOINTMENTID=WRAPPED),
                event(WRAPPED, "by wrapped uid"),
            )
        ]
    )
    assert ["by uid", "series"] == summaries(found.calendar)
    assert {INNER, SERIES} == {one.uid for one in found.calendar.events}
    assert [SERIES, INNER, INNER] == [one.uid for one in found.dropped]
    assert [] == found.calendar.problems


@pytest.mark.rule("N1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OUTLOOK, SERIES),
        (OUTLOOK.lower(), SERIES),
        (WRAPPED, INNER),
        ("plain@example.com", "plain@example.com"),
        (OUTLOOK[:31], OUTLOOK[:31]),
        (OUTLOOK + "X", OUTLOOK + "X"),
        (OUTLOOK[:-1], OUTLOOK[:-1]),
        ("", ""),
    ],
)
def test_ids_of_outlook(text, expected):
    """N1: GlobalAppointmentID maps to UID as Microsoft's documents say; what is none stays as it is."""
    assert expected == uid_of_global_id(text)
    assert expected == uid_of_global_id(expected)


@pytest.mark.rule("N1")
def test_instances_are_not_duplicates():
    """N1: a series and the overrides of its instances have one UID and are all kept, once each."""
    moved = event("s", "moved", RECURRENCE_ID="20260303T090000Z", DTSTART="20260303T150000Z")
    series = event("s", "series", RRULE="FREQ=DAILY;COUNT=3")
    found = import_events([file(series, moved), file(series, moved)])
    assert ["moved", "series", "series"] == summaries(found.calendar)
    assert (2, 2) == (found.kept, len(found.dropped))


@pytest.mark.rule("N1")
def test_into_a_calendar():
    """N1: what is there already stays, unless the file has a newer one; importing a file twice adds nothing."""
    before = Calendar.from_ical(file(event("a", "mine", SEQUENCE=3), event("b", "b"), more="X-WR-CALNAME:Mine\n"))
    once = import_events(
        [file(event("a", "theirs", SEQUENCE=2), event("b", "newer", SEQUENCE=1), event("c", "c"))], before
    )
    assert ["c", "mine", "newer"] == summaries(once.calendar)
    assert (2, {0, -1}) == (once.kept, {one.file for one in once.dropped})
    assert "Mine" == once.calendar.name
    twice = import_events([file(event("c", "c"))], once.calendar)
    assert 0 == twice.kept
    assert once.calendar.to_ical() == twice.calendar.to_ical()


@pytest.mark.rule("N1")
def test_events_that_nothing_names():
    """N1: events with neither UID nor GlobalAppointmentID cannot be told apart, so none is dropped."""
    assert 2 == len(import_events([file(event("", "x"), event("", "x"))]).calendar.events)


@pytest.mark.rule("I1")
@pytest.mark.parametrize("text", [file(), "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\nEND:VCALENDAR", "", "hello",
                                  file("BEGIN:VEVENT\nUID:1\nEND:VEVENT\n")])  # fmt: skip
def test_at_least_one_event(text):
    """I1: a file without an event that can be read is refused, named by its place, and nothing is imported."""
    with pytest.raises(CalendarError, match=r"file 1 has no event that can be read.*at least one VEVENT"):
        import_events([file(event("a")), text])


@pytest.mark.rule("I1")
def test_all_calendars_of_somebody():
    """I1: all of a Google Calendar is a file for each of its calendars: all are taken, each with the zones it means."""
    zone = "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\n" \
           "END:STANDARD\nEND:VTIMEZONE\n"  # fmt: skip
    timed = "BEGIN:VEVENT\nUID:{}\nSUMMARY:{}\nDTSTART;TZID=Office:20260302T090000\nEND:VEVENT\n"
    files = [file(timed.format(n, n), more=zone.format(offset)) for n, offset in (("east", "+0300"), ("west", "-0500"))]
    found = import_events([text.encode() for text in files])
    hours = [one.start.astimezone(UTC).hour for one in found.calendar.overlapping(*ALWAYS)]
    assert [6, 14] == hours
    assert (2, ()) == (found.kept, found.dropped)


@pytest.mark.rule("I1")
def test_what_cannot_be_read_is_told():
    """I1: one bad event does not keep the others out, and is among what was dropped."""
    found = import_events([file(event("good"), event("bad", DTSTART="tomorrow"))])
    assert ["good"] == [one.uid for one in found.calendar.events]
    assert [("bad", 0)] == [one[:2] for one in found.dropped]
    assert "DTSTART='tomorrow' is no date" in found.dropped[0].reason


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=5), min_size=1, max_size=3
    )
)
def test_import_is_exact(drawn):
    """Of each UID the highest SEQUENCE is there, kept and dropped are all, and a second import changes nothing."""
    files = [file(*(event(uid, f"{uid}{sequence}", SEQUENCE=sequence) for uid, sequence in its)) for its in drawn]
    found = import_events(files)
    best: dict[str, int] = {}
    for uid, sequence in (one for its in drawn for one in its):
        best[uid] = max(best.get(uid, 0), sequence)
    assert sorted(f"{uid}{sequence}" for uid, sequence in best.items()) == summaries(found.calendar)
    assert sum(map(len, drawn)) == found.kept + len(found.dropped)
    assert found.calendar.to_ical() == import_events(files, found.calendar).calendar.to_ical()


@pytest.mark.rule("I2")
def test_export_one_event():
    """I2: one event goes out with its overrides and its zone, with all its words and with nothing of the others."""
    calendar = Calendar.from_ical(
        "BEGIN:VCALENDAR\nX-WR-CALNAME:Mine\n"
        "BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\n"
        "END:STANDARD\nEND:VTIMEZONE\n"
        "BEGIN:VTIMEZONE\nTZID:There\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\n"
        "END:STANDARD\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nUID:a\nSUMMARY:A\nDTSTART;TZID=Here:20260302T090000\nRRULE:FREQ=DAILY;COUNT=2\nX-OWN:1\n"
        "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:b\nSUMMARY:Other\nDTSTART;TZID=There:20260302T090000\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:a\nSUMMARY:moved\nRECURRENCE-ID;TZID=Here:20260303T090000\n"
        "DTSTART;TZID=Here:20260304T090000\n"
        "END:VEVENT\n"
        "BEGIN:VTODO\nUID:t\nSUMMARY:Other todo\nEND:VTODO\nEND:VCALENDAR\n"
    )
    text = event_to_ical(calendar, calendar.events[0])
    again = Calendar.from_ical(text)
    assert [one[:4] for one in calendar.overlapping(*ALWAYS) if one.uid == "a"] == [
        one[:4] for one in again.overlapping(*ALWAYS)
    ]
    assert ["A", "moved"] == summaries(again)
    assert b"X-OWN:1" in text and b"VALARM" in text and b"TZID:Here" in text
    assert b"Other" not in text and b"There" not in text
    with pytest.raises(InvalidValue, match="is not of this calendar"):
        event_to_ical(again, calendar.events[0])


@pytest.mark.rule("I2")
def test_export_of_events_that_share_a_uid():
    """I2: of two events that share a UID, and of two that are alike altogether, the one asked for."""
    calendar = Calendar.from_ical(file(event("a", "1"), event("a", "2"), event("", "x"), event("", "x")))
    for one in calendar.events:
        again = Calendar.from_ical(event_to_ical(calendar, one))
        assert [one.summary] == [other.summary for other in again.events]


@pytest.mark.rule("I2")
def test_export_of_the_whole():
    """I2: a whole calendar goes out as it came in, and reads the same."""
    text = file(event("a", "1", X_OWN="kept"), event("b", "2"), more="X-WR-CALNAME:Mine\n")
    calendar = Calendar.from_ical(text)
    assert calendar.to_ical() == Calendar.from_ical(calendar.to_ical()).to_ical()
    assert b"X-OWN:kept" in calendar.to_ical()
