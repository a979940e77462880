"""Read, write, read: a calendar and a series are what they were, and strict readers can read what was written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzrange
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import Calendar, Duration, Override, Series
from schedcore.errors import CalendarError
from schedcore.ics import to_ical
from schedcore.zones import CustomZone
from zones.twin import tzif

ZURICH = ZoneInfo("Europe/Zurich")
WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[arg-type, misc]


def answers(found: Calendar) -> list[Any]:
    """What a calendar says, without line numbers."""
    occurrences = [
        (one.uid, one.start, one.end, one.recurrence_id, one.status, one.event.summary)
        for one in found.overlapping(*WINDOW, tz="Europe/Zurich")
    ]
    events = [(one.uid, one.summary, one.status, one.transp, one.organizer, str(one.series)) for one in found.events]
    problems = [(problem.uid, problem.reason) for problem in found.problems]
    return [found.name, str(found.zone), events, occurrences, problems]


def check_lines(data: bytes) -> None:
    """CRLF, 75 octets at most, UTF-8 in each line of its own."""
    assert data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        assert not {10, 13} & set(line)
        line.decode()


def round_trip(text: str | bytes) -> bytes:
    found = Calendar.from_ical(text)
    data = found.to_ical()
    check_lines(data)
    again = Calendar.from_ical(data)
    assert answers(found) == answers(again)
    assert data == again.to_ical()
    return data


# --- calendars --------------------------------------------------------------------------------------------------------

WHOLE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
X-WR-CALNAME:Team ☺
X-COLOR;X-A="b;c":red
BEGIN:VTIMEZONE
TZID:Ours
X-NOTE:kept
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0130
END:STANDARD
END:VTIMEZONE
BEGIN:VTODO
UID:todo
SUMMARY:Not an event
END:VTODO
BEGIN:VEVENT
UID:a
DTSTAMP:20260101T000000Z
DTSTART;TZID=Ours:20260302T090000
DURATION:PT24H
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;VALUE=DATE:20260309
ATTENDEE;CN="Doe, Jane";X-ODD=1,2:mailto:jane@example.com
SUMMARY:Plan\\, do
DESCRIPTION:A long text that goes on and on and on until it is folded, ünd földéd ágain änd ågain ☺☺☺☺☺☺☺☺☺☺☺☺☺☺
X-UNKNOWN;X-P=1:as it is\\;
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
END:VALARM
BEGIN:X-OWN
X-ONLY:ours
END:X-OWN
END:VEVENT
BEGIN:X-STRANGE
X-A:1
END:X-STRANGE
END:VCALENDAR
"""


def test_nothing_is_lost() -> None:
    """Zones, to-dos, alarms, unknown properties, parameters and components: each line that came in goes out."""
    data = round_trip(WHOLE)
    unfolded = data.decode().replace("\r\n ", "").split("\r\n")
    assert WHOLE.split("\n") == unfolded
    parsed = icalendar.Calendar.from_ical(data)
    assert 1 == len(parsed.walk("VALARM")) == len(parsed.walk("X-OWN")) == len(parsed.walk("VTIMEZONE"))


def test_what_is_mended() -> None:
    """Missing ENDs, VERSION and PRODID are put in; a line with broken parameters is written as it was read."""
    found = Calendar.from_ical(
        'BEGIN:VEVENT\nUID:a\ndtstart ; tzid="Europe/Zurich:20260302T090000\nSUMMARY:Café\nno property\nX_OWN:1\n'
    )
    data = found.to_ical()
    check_lines(data)
    assert (2, 0) == (len(found.problems), len(Calendar.from_ical(data).problems))
    assert answers(found)[:4] == answers(Calendar.from_ical(data))[:4]
    assert data.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//schedcore//schedcore//EN\r\n")
    lines = data.decode().split("\r\n")
    assert ["DTSTART;TZID=Europe/Zurich:20260302T090000", "SUMMARY:Café", "X_OWN:1", "END:VEVENT"] == lines[5:9]
    parsed = icalendar.Calendar.from_ical(data)
    assert zurich(2026, 3, 2, 9) == parsed.events[0].start


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.encode("utf-16"),
        WHOLE.replace("☺", "").encode("latin-1"),
        WHOLE.replace("\n", "\r"),
        WHOLE + WHOLE.replace("+0130", "-0400").replace("UID:a", "UID:b"),
        WHOLE.replace("END:VEVENT\n", ""),
        WHOLE.replace("END:VCALENDAR\n", "BEGIN:VEVENT\n" * 3000),
        WHOLE.replace("SUMMARY:", "SUMMARY:" + "☺" * 100_000),
        WHOLE.replace("DTSTART;", "DTSTART;X-Q=a^'b;"),
        WHOLE.replace("DURATION:PT24H", "DTEND:20260301T000000Z"),
    ],
    ids=range(9),
)
def test_odd_texts_there_and_back(text: str | bytes) -> None:
    """Encodings, several calendars, missing ends and long lines; notes on the encoding alone are gone."""
    found = Calendar.from_ical(text)
    data = found.to_ical()
    check_lines(data)
    again = Calendar.from_ical(data)
    assert answers(found)[:4] == answers(again)[:4]
    assert data == again.to_ical()


PIECES = (
    "DTSTART:20260302T090000Z", "DTSTART;TZID=Ours:20260302T090000", "DTSTART;VALUE=DATE:20260302", "DTSTART:junk",
    "DTEND:20260302T100000Z", "DTEND;VALUE=DATE:20260305", "DURATION:P1D", "DURATION:PT24H", "DURATION:-PT1H",
    "RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY;COUNT=5;UNTIL=20260401", "RRULE:", "EXRULE:FREQ=WEEKLY;INTERVAL=2",
    "RDATE;VALUE=PERIOD:20260310T090000Z/PT2H", "RDATE;TZID=Ours:20260311T090000,junk", "EXDATE:20260309T090000Z",
    "EXDATE;VALUE=DATE:20260316,20260323", "RECURRENCE-ID:20260309T090000Z",
    "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260309", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "SEQUENCE:3",
    'SUMMARY;ALTREP="a:b":Zoë\\, ☺', "ORGANIZER:mailto:x@example.com", "nothing", 'X-A;B="open:1', "X-A;B=1;:2",
    "X-A :3", "BEGIN:VALARM", "END:VALARM", "BEGIN:X-A", "END:X-A", "\x00\x07", "X-L:" + "é" * 90,
)  # fmt: skip
EVENTS = st.lists(
    st.tuples(st.sampled_from(("a", "b", "")), st.lists(st.sampled_from(PIECES), max_size=9)), min_size=1, max_size=5
)


@settings(max_examples=150, deadline=None)
@given(events=EVENTS)
def test_any_calendar_there_and_back(events: list[tuple[str, list[str]]]) -> None:
    """Whatever it holds, in whatever order, good and bad."""
    lines = WHOLE.split("\n")[:13]
    for uid, pieces in events:
        lines += ["BEGIN:VEVENT", *([f"UID:{uid}"] if uid else []), *pieces, "END:VEVENT"]
    found = Calendar.from_ical("\n".join([*lines, "END:VCALENDAR"]))
    again = Calendar.from_ical(data := found.to_ical())
    assert answers(found)[:4] == answers(again)[:4]
    assert data == again.to_ical()


# --- series -----------------------------------------------------------------------------------------------------------

OURS = CustomZone("Ours", 3600, [1_774_746_000], [9000])


def again(series: Series, **more: Any) -> Series:
    data = to_ical(series, **more)
    check_lines(data)
    found = Calendar.from_ical(data)
    assert (1, []) == (len(found.events), found.problems)
    return found.events[0].series


def rows(series: Series) -> list[Any]:
    """The first instances with their lengths and names.

    As text: Python holds a time that comes twice unequal to itself in another ZoneInfo of the same name (PEP 495).
    """
    window: tuple[date, date] = {
        "date": (date(2026, 1, 1), date(2027, 1, 1)),
        "floating": (datetime(2026, 1, 1), datetime(2027, 1, 1)),
        "zoned": WINDOW,
    }[series.kind]
    return [[value and value.isoformat() for value in one[:3]] for one in series.overlapping(*window)]


@pytest.mark.parametrize(
    "series",
    [
        Series(date(2026, 3, 2)),
        Series(date(2026, 3, 2), "FREQ=WEEKLY", duration=timedelta(days=3), exdates=[date(2026, 3, 9)]),
        Series(datetime(2026, 3, 2, 9), "FREQ=DAILY;COUNT=9", duration=Duration(days=1, seconds=60)),
        Series(datetime(2026, 3, 2, 9, tzinfo=UTC), "FREQ=DAILY;UNTIL=20260401T000000Z", duration=timedelta(days=1)),
        Series(zurich(2026, 3, 2, 9), ["FREQ=WEEKLY", "FREQ=MONTHLY;BYDAY=-1FR"], duration=Duration(days=1)),
        Series(zurich(2026, 3, 2, 9), "FREQ=DAILY", exrules="FREQ=DAILY;INTERVAL=2", exdates=[zurich(2026, 3, 5, 9)]),
        Series(
            zurich(2026, 3, 2, 9),
            rdates=[
                zurich(2026, 10, 25, 2, 30).replace(fold=1),
                datetime(2026, 4, 2, 9, tzinfo=UTC),
                datetime(2026, 5, 2, 9, tzinfo=ZoneInfo("Asia/Tokyo")),
                (zurich(2026, 6, 2, 9), timedelta(hours=3)),
                (zurich(2026, 7, 2, 9), zurich(2026, 7, 2, 10)),
            ],
        ),
        Series(zurich(2026, 3, 2, 9), "FREQ=DAILY", exdates=[date(2026, 3, 4)], strict=False),
        Series(datetime(2026, 3, 22, 9, tzinfo=OURS), "FREQ=WEEKLY", duration=timedelta(hours=1)),
        Series(datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), "FREQ=WEEKLY"),
        Series(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Africa/Casablanca")), "FREQ=DAILY"),
        Series(datetime(1950, 7, 2, 9, tzinfo=ZoneInfo("Europe/London")), "FREQ=DAILY"),
        Series(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("UTC")), "FREQ=DAILY"),
        Series(date(2026, 3, 2), "FREQ=WEEKLY", include_dtstart=False),
    ],
    ids=range(14),
)
def test_series_there_and_back(series: Series) -> None:
    """Every kind of DTSTART, length, rule, date and zone."""
    found = again(series)
    assert rows(series) == rows(found)
    assert series.rules == found.rules
    assert series.kind == found.kind


def test_overrides_there_and_back() -> None:
    """Moved, longer, cancelled, by a date, and all that follow."""
    overrides = [
        Override(zurich(2026, 3, 9, 9), zurich(2026, 3, 10, 9)),
        Override(zurich(2026, 3, 16, 9), zurich(2026, 3, 16, 8), end=zurich(2026, 3, 16, 12)),
        Override(datetime(2026, 3, 23, 8, tzinfo=UTC), cancelled=True),
        Override(date(2026, 3, 30), duration=Duration(days=1)),
    ]
    onwards = Override(zurich(2026, 4, 13, 9), zurich(2026, 4, 14, 10), this_and_future=True)
    for given_overrides in (overrides, [*overrides, onwards]):
        series = Series(
            zurich(2026, 3, 2, 9), "FREQ=WEEKLY;COUNT=9", duration=timedelta(hours=1), overrides=given_overrides
        )
        assert rows(series) == rows(again(series))
    moved = icalendar.Calendar.from_ical(
        to_ical(
            Series(
                date(2026, 3, 2),
                "FREQ=DAILY",
                duration=Duration(days=2),
                overrides=[Override(date(2026, 3, 4), date(2026, 3, 5))],
            )
        )
    )
    assert [date(2026, 3, 4), date(2026, 3, 7)] == [one.end for one in moved.events]


def test_values_of_another_kind() -> None:
    """Read leniently, a time in a series of dates is its date, one with a zone in a floating series has none."""
    odd = [zurich(2026, 3, 9), datetime(2026, 3, 10, 5)]
    moved = [Override(zurich(2026, 3, 16), date(2026, 3, 17))]
    days = Series(date(2026, 3, 2), "FREQ=WEEKLY", rdates=odd, overrides=moved, strict=False)
    assert rows(days) == rows(again(days))
    floating = Series(
        datetime(2026, 3, 2, 9),
        "FREQ=WEEKLY",
        rdates=[zurich(2026, 3, 3, 9), (zurich(2026, 3, 4, 9), zurich(2026, 3, 4, 10))],
        exdates=[date(2026, 3, 16)],
        strict=False,
    )
    assert rows(floating) == rows(again(floating))


def test_a_series_of_a_calendar_keeps_what_its_overrides_say() -> None:
    """Summary, status and alarm of an override come along; what is a matter of time is written anew."""
    text = WHOLE.replace(
        "BEGIN:X-STRANGE",
        "BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Ours:20260316T090000\nDTSTART;TZID=Ours:20260316T100000\nDURATION:PT1H\n"
        "SUMMARY:Later\nSTATUS:TENTATIVE\nBEGIN:VALARM\nACTION:AUDIO\nDURATION:PT5M\nEND:VALARM\nEND:VEVENT\nBEGIN:X-STRANGE",
    )
    before = Calendar.from_ical(text)
    after = Calendar.from_ical(to_ical(before.events[0].series, uid="a", summary="Plan, do"))
    assert answers(before)[3] == answers(after)[3]
    last = after.overlapping(*WINDOW)[-1]
    assert ("Later", "TENTATIVE") == (last.event.summary, last.status)
    assert 1 == len(last.event.component.walk("VALARM"))
    assert "TZID:Ours\r\nX-NOTE:kept" in after.to_ical().decode()


def test_names_and_stamps() -> None:
    """A UID of its own, the same each time; the given one, escaped; DTSTAMP as given, else the oldest."""
    series = Series(date(2026, 3, 2), "FREQ=WEEKLY")
    assert to_ical(series) == to_ical(Series(date(2026, 3, 2), "FREQ=WEEKLY")) != to_ical(Series(date(2026, 3, 2)))
    text = to_ical(series, uid="a;b", summary="x, y\nz", now=zurich(2026, 5, 1, 9)).decode()
    for line in ("UID:a\\;b", "SUMMARY:x\\, y\\nz", "DTSTAMP:20260501T070000Z"):
        assert f"\r\n{line}\r\n" in text
    assert "DTSTAMP:19700101T000000Z" in to_ical(series).decode()
    (event,) = Calendar.from_ical(text).events
    assert ("a;b", "x, y\nz") == (event.uid, event.summary)
    with pytest.raises(CalendarError, match="now="):
        to_ical(series, now=datetime(2026, 5, 1))


@pytest.mark.parametrize("more", [{"uid": "a\ud800"}, {"summary": "\udfff" + "x" * 100}])
def test_half_a_character_is_not_written(more: dict[str, str]) -> None:
    """Half of a surrogate pair, which a text in Python can have, is a CalendarError that shows it."""
    with pytest.raises(CalendarError, match=r"ud(800|fff).* half of a surrogate pair"):
        to_ical(Series(date(2026, 3, 2)), **more)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"gap": "skip"}, "gap='skip': iCalendar cannot say this"),
        ({"fold": "last"}, "fold='last'"),
        ({"reading": "dateutil"}, "reading='dateutil'"),
        ({"include_dtstart": False}, "include_dtstart=False"),
        ({"include_dtstart": False, "rule": None}, "include_dtstart=False"),
    ],
    ids=str,
)
def test_what_icalendar_cannot_say(more: dict[str, Any], told: str) -> None:
    """It is an error, not left out."""
    arguments: dict[str, Any] = {"rule": "FREQ=WEEKLY;BYDAY=TU"} | more
    with pytest.raises(CalendarError, match=told):
        to_ical(Series(zurich(2026, 3, 2, 9), **arguments))


def test_zones_are_written_for_readers_without_their_names() -> None:
    """Behind another name, so that no reader knows it, the VTIMEZONE alone gives the same instants."""
    series = Series(zurich(2026, 3, 22, 9), "FREQ=MONTHLY", duration=timedelta(hours=1))
    text = to_ical(series).decode().replace("Europe/Zurich", "Nobody/Knows")
    found = Calendar.from_ical(text).events[0].series
    assert rows(series) == rows(found)
    assert series.nth(5000) == found.nth(5000)


def test_many_objects_of_one_zone() -> None:
    """A ZoneInfo equals itself alone; a series in another one of the same name is written in its zone, not in UTC."""
    for zone in (ZoneInfo.no_cache("Europe/Zurich"), ZoneInfo("Europe/Zurich")):
        series = Series(
            datetime(2026, 3, 2, 9, tzinfo=zone),
            "FREQ=WEEKLY",
            exdates=[datetime(2026, 3, 9, 9, tzinfo=ZoneInfo.no_cache("Europe/Zurich"))],
        )
        text = to_ical(series).decode()
        assert "DTSTART;TZID=Europe/Zurich:20260302T090000" in text
        assert "EXDATE;TZID=Europe/Zurich:20260309T090000" in text
        assert series.take(9) == again(series).take(9)


def test_a_tzinfo_without_rules_is_written_in_utc() -> None:
    """An RDATE may have one, for it is an instant."""
    series = Series(zurich(2026, 3, 2, 9), rdates=[datetime(2026, 3, 3, 9, tzinfo=tzrange("EST", -18000))])
    assert "RDATE:20260303T140000Z" in to_ical(series).decode()


def test_definitions_follow_the_zone_data(zone_directory: Callable[..., Path]) -> None:
    """What was remembered of a zone is forgotten with the zone: the same tzinfo is written by the new data."""
    zone_directory({"My/Zone": tzif(3600)})
    tz = ZoneInfo("My/Zone")
    series = Series(datetime(2026, 3, 2, 9, tzinfo=tz), "FREQ=WEEKLY")
    assert b"TZOFFSETTO:+0100" in to_ical(series)
    zone_directory({"My/Zone": tzif(7200)})
    assert b"TZOFFSETTO:+0200" in to_ical(series)


def test_comparisons_follow_the_zone_data(zone_directory: Callable[..., Path]) -> None:
    """A VTIMEZONE that the zone of its name contradicts since the data changed, of a release that has no name."""
    text = WHOLE.replace("Ours", "My/Zone")
    told = [zone_directory({"My/Zone": tzif(seconds)}) and problems(text) for seconds in (5400, 7200)]
    assert [0, 1] == [sum("differs from the zone" in one for one in each) for each in told]


def problems(text: str) -> list[str]:
    return [problem.reason for problem in Calendar.from_ical(text).problems]
