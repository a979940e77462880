"""Calendar: what is read from good iCalendar text, and what happens when."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore import Calendar
from schedcore.errors import CalendarError, SeriesError, ZoneError

ZURICH = ZoneInfo("Europe/Zurich")
NEW_YORK = ZoneInfo("America/New_York")


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[arg-type, misc]


MARCH = zurich(2026, 3, 1), zurich(2026, 4, 1)


def event(*lines: str, uid: str = "a@example.com") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*parts: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{head}{''.join(parts)}END:VCALENDAR\r\n"


def read(*parts: str, head: str = "") -> Calendar:
    return Calendar.from_ical(calendar(*parts, head=head))


def starts(found: Calendar, window: tuple[datetime, datetime] = MARCH) -> list[str]:
    return [str(occurrence.start) for occurrence in found.overlapping(*window)]


WEEKLY = (
    "DTSTART;TZID=Europe/Zurich:20260302T090000",
    "DTEND;TZID=Europe/Zurich:20260302T100000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
)


def test_what_an_event_says() -> None:
    """Texts are unescaped, words are in capitals, what is missing is None."""
    found = read(
        event(
            *WEEKLY,
            "SUMMARY;LANGUAGE=en:Plan\\, do\\; check",
            "STATUS:confirmed",
            "TRANSP:Opaque",
            "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
            'ORGANIZER;CN="Doe; Jane":mailto:jane@example.com',
        ),
        event("DTSTART;VALUE=DATE:20260310", uid="b@example.com"),
        head="X-WR-CALNAME:Team\r\nX-WR-TIMEZONE:Europe/Zurich\r\n",
    )
    a, b = found.events
    assert ("a@example.com", "Plan, do; check", "CONFIRMED", "OPAQUE", "OOF") == (
        a.uid,
        a.summary,
        a.status,
        a.transp,
        a.busystatus,
    )
    assert "mailto:jane@example.com" == a.organizer
    assert (None, None, None, None, True, False) == (
        b.summary,
        b.status,
        b.transp,
        b.organizer,
        b.is_all_day,
        a.is_all_day,
    )
    assert ("Team", "Europe/Zurich", []) == (found.name, str(found.zone), found.problems)
    assert "FREQ=WEEKLY;COUNT=4" == str(a.series.rules[0])
    assert "Plan, do; check" == str(a.component["SUMMARY"])
    assert 6 == a.line


def test_occurrences_carry_their_event() -> None:
    """uid, status, recurrence_id and the event itself; in order of the instants they start at."""
    found = read(
        event("DTSTART:20260302T083000Z", "DURATION:PT5M", "STATUS:TENTATIVE", uid="b"),
        event(*WEEKLY),
        event("DTSTART;TZID=America/New_York:20260302T020000", uid="c"),
    )
    shown = found.overlapping(zurich(2026, 3, 2), zurich(2026, 3, 3))
    assert ["c", "a@example.com", "b"] == [occurrence.uid for occurrence in shown]
    assert [None, None, "TENTATIVE"] == [occurrence.status for occurrence in shown]
    assert [None, zurich(2026, 3, 2, 9), None] == [occurrence.recurrence_id for occurrence in shown]
    assert found.events[1] is shown[1].event
    assert datetime(2026, 3, 2, 8, 35, tzinfo=UTC) == shown[2].end


def test_exact_and_nominal_lengths_by_the_raw_value() -> None:
    """PT24H, P1D and a DTEND a day later, over the change to summer time."""
    begin = "DTSTART;TZID=Europe/Zurich:20260321T090000"

    def end(line: str) -> str:
        found = read(event(begin, line, "RRULE:FREQ=WEEKLY")).overlapping(zurich(2026, 3, 28), zurich(2026, 3, 29))
        return f"{found[-1].end:%H:%M}"

    assert ("10:00", "09:00") == (end("DURATION:PT24H"), end("DURATION:P1D"))
    assert "10:00" == end("DTEND;TZID=Europe/Zurich:20260322T090000"), "DTEND repeats its exact length"
    assert "10:30" == end("DURATION:P1DT1H30M")


def test_dtend_over_the_change_is_an_exact_length() -> None:
    """From 23:00 to 05:00 that night are five hours, and five hours are repeated."""
    found = read(
        event(
            "DTSTART;TZID=Europe/Zurich:20260328T230000",
            "DTEND;TZID=Europe/Zurich:20260329T050000",
            "RRULE:FREQ=DAILY;COUNT=2",
        )
    ).overlapping(*MARCH)
    assert ["05:00", "04:00"] == [f"{occurrence.end:%H:%M}" for occurrence in found]


def test_lengths_without_an_end() -> None:
    """A date is one day, a time no time at all."""
    found = read(event("DTSTART;VALUE=DATE:20260310"), event("DTSTART:20260311T090000Z", uid="b")).overlapping(*MARCH)
    assert [timedelta(days=1), timedelta(0)] == [occurrence.end - occurrence.start for occurrence in found]


def test_all_day_and_floating_happen_in_the_calendars_zone() -> None:
    """Else in the asker's, else in the window's; they stay dates and naive datetimes."""
    parts = event("DTSTART;VALUE=DATE:20260310"), event("DTSTART:20260310T230000", "DURATION:PT1H", uid="b")
    late = datetime(2026, 3, 11, 3, tzinfo=UTC), datetime(2026, 3, 11, 4, tzinfo=UTC)  # 23:00 in New York
    assert [] == read(*parts).overlapping(*late)
    shown = read(*parts).overlapping(*late, tz="America/New_York")
    assert [date(2026, 3, 10), datetime(2026, 3, 10, 23)] == [occurrence.start for occurrence in shown]
    ours = tuple(bound.astimezone(NEW_YORK) for bound in late)
    assert 2 == len(read(*parts).overlapping(*ours))
    assert 2 == len(read(*parts, head="X-WR-TIMEZONE:America/New_York\r\n").overlapping(*late, tz=ZURICH))


def test_bounds() -> None:
    """Dates and naive datetimes need a zone; a after b and nonsense are errors."""
    found = read(event(*WEEKLY))
    assert 1 == len(found.overlapping(date(2026, 3, 2), date(2026, 3, 3), tz="Europe/Zurich"))
    assert 1 == len(found.overlapping(datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 10), tz=ZURICH))
    assert 1 == len(read(event(*WEEKLY), head="X-WR-TIMEZONE:UTC\r\n").overlapping(date(2026, 3, 2), date(2026, 3, 3)))
    with pytest.raises(SeriesError, match="has no zone"):
        found.overlapping(date(2026, 3, 2), date(2026, 3, 3))
    with pytest.raises(SeriesError, match="is after b"):
        found.overlapping(MARCH[1], MARCH[0])
    with pytest.raises(SeriesError, match="a=5"):
        found.overlapping(5, MARCH[0])  # type: ignore[arg-type]
    with pytest.raises(ZoneError):
        found.overlapping(date(2026, 3, 2), date(2026, 3, 3), tz="Nowhere/Land")


def test_rules_and_dates() -> None:
    """Several RRULEs, RDATE as dates and periods, EXDATE as a list, as UTC and as a DATE, EXRULE."""
    found = read(
        event(
            *WEEKLY,
            "RRULE:FREQ=DAILY;COUNT=3",
            "RDATE;TZID=Europe/Zurich:20260320T120000,20260321T120000",
            "RDATE;VALUE=PERIOD:20260322T110000Z/PT3H,20260324T110000Z/20260324T111500Z",
            "EXDATE:20260303T080000Z",
            "EXDATE;VALUE=DATE:20260309,20260316",
            "EXRULE:FREQ=DAILY;INTERVAL=21;COUNT=2",
        )
    )
    assert ["2026-03-04 09:00", *(f"2026-03-{day} 12:00" for day in (20, 21, 22, 24))] == [
        s[:16] for s in starts(found)
    ]
    lengths = [str(occurrence.end - occurrence.start) for occurrence in found.overlapping(*MARCH)]
    assert ["1:00:00", "1:00:00", "1:00:00", "3:00:00", "0:15:00"] == lengths
    assert [] == found.problems


# --- zones ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tzid", "offset"),
    [
        ("Europe/Zurich", 1),
        ("/freeassociation.sourceforge.net/Europe/Zurich", 1),
        ("/softwarestudio.org/Tzfile/America/Argentina/Buenos_Aires", -3),
        ("W. Europe Standard Time", 1),
        ('"W. Europe Standard Time"', 1),
        ("UTC", 0),
        ("GMT", 0),
    ],
)
def test_names_of_zones(tzid: str, offset: int) -> None:
    """IANA's names, also behind a prefix, and those of Windows."""
    (found,) = read(event(f"DTSTART;TZID={tzid}:20260302T090000")).overlapping(*MARCH)
    assert isinstance(found.start, datetime)
    assert timedelta(hours=offset) == found.start.utcoffset()


def test_unknown_zones_are_never_guessed() -> None:
    """The event is reported with its UID, not put at some hour; the others are answered."""
    for tzid in ("Ours", "../../etc/passwd", "Europe", "x" * 5000, "Custom/Zone"):
        found = read(event(f"DTSTART;TZID={tzid}:20260302T090000", uid="bad"), event(*WEEKLY))
        assert 4 == len(starts(found))
        (problem,) = found.problems
        assert "bad" == problem.uid
        assert "is not the name of a zone, and no VTIMEZONE defines it" in problem.reason
        assert len(str(problem)) < 300


def test_zones_of_one_file_are_unknown_to_the_next() -> None:
    """Nothing is kept between two texts."""
    part = event("DTSTART;TZID=Ours:20260302T090000")
    lines = ("TZID:Ours", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0530")
    zone = "\r\n".join(("BEGIN:VTIMEZONE", *lines, "END:STANDARD", "END:VTIMEZONE", ""))
    assert 1 == len(read(zone, part).events)
    assert 0 == len(read(part).events)


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_several_vcalendars() -> None:
    """Their events are put together; name and zone are the first's, a second zone is reported."""
    a = calendar(event(*WEEKLY), head="X-WR-CALNAME:A\r\nX-WR-TIMEZONE:Europe/Zurich\r\n")
    b = calendar(event("DTSTART:20260305T090000Z", uid="b"), head="NAME:B\r\nX-WR-TIMEZONE:Asia/Tokyo\r\n")
    found = Calendar.from_ical(a + b)
    assert (2, "A", "Europe/Zurich", 1) == (len(found.events), found.name, str(found.zone), len(found.problems))


def test_component_that_icalendar_cannot_read() -> None:
    """It is an error of ours that names the event, and only when asked for."""
    found = read(event(*WEEKLY, "BEGIN:X-DEEP", "no colon here", "END:X-DEEP"))
    assert 4 == len(starts(found))
    with pytest.raises(CalendarError, match=r"line 4, UID 'a@example\.com': icalendar cannot read"):
        _ = found.events[0].component


def test_a_text_is_never_a_file_name() -> None:
    """icalendar opens a text without line ends as a file; this library never does."""
    with pytest.raises(CalendarError, match="no BEGIN:VCALENDAR"):
        Calendar.from_ical("/etc/hostname")


def test_icalendar_is_loaded_when_used() -> None:
    """Importing the room does not load the library."""
    code = "import sys, schedcore.ics; sys.exit('icalendar' in sys.modules or 'numpy' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
