"""Calendars: any bytes as .ics, read by `Calendar` and by the scanner in C of `SeriesTable.from_ical`.

What must hold: no error but CalendarError; both say the same happens, with the same statuses, and complain of the same;
what is written by `to_ical` is read as the same; importing, alarms, and availability out of the same bytes end in an
answer or a typed error too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bulk.both_ways import by_calendar, differences
from schedcore import Calendar, Limits, SeriesTable
from schedcore.errors import CalendarError, LimitExceeded, SchedcoreError
from schedcore.freebusy import Availability
from schedcore.ics import import_events
from schedcore.meetings import itip_reading
from schedcore.reminders import alarms_of

#: A month with a change of the clocks in Europe, and one in America.
WINDOW: Final = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
ADDRESS: Final = "anna@example.com"
#: More is no new ground, and slow: `Calendar` makes an object of each.
LIMITS: Final = Limits(max_occurrences=300)

WORDS: Final = tuple(
    word.encode()
    for word in (
        *("BEGIN:VEVENT\n", "END:VEVENT\n", "BEGIN:VCALENDAR\n", "END:VCALENDAR\n", "BEGIN:VALARM\n", "END:VALARM\n"),
        *("BEGIN:VTIMEZONE\n", "END:VTIMEZONE\n", "BEGIN:DAYLIGHT\n", "END:DAYLIGHT\n", "BEGIN:STANDARD\n"),
        *("END:STANDARD\n", "\nDTSTART:", "\nDTEND:", "\nDURATION:", "\nRRULE:", "\nEXRULE:", "\nRDATE:"),
        *("\nUID:", "\nEXDATE:", "\nRECURRENCE-ID:", ";RANGE=THISANDFUTURE", ";TZID=Europe/Zurich", ";VALUE=DATE"),
        *("\nSTATUS:CANCELLED", "\nTRANSP:TRANSPARENT", "\nSEQUENCE:1", "\nCLASS:PRIVATE", "\nTZID:"),
        *("\nTZOFFSETFROM:", "\nTZOFFSETTO:", "20260302T090000", "20260302T090000Z", "20260302", "PT1H", "P1D"),
        *(";VALUE=PERIOD", "-PT15M", "FREQ=DAILY", "FREQ=WEEKLY;COUNT=3"),
        *( "\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com", "\r\n ", "\n\t", ";X=\"a:b\""),
        *("\nX-WR-TIMEZONE:Europe/Zurich", "\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", "\nTRIGGER;RELATED=END:-PT5M"),
    )
)

_ZONE: Final = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
_EVENTS: Final = (
    "UID:a\nDTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10\n",
    "UID:a\nDTSTART;TZID=Europe/Zurich:20260302T090000\nDTEND;TZID=Europe/Zurich:20260302T100000\n"
    "RRULE:FREQ=DAILY\nEXDATE;TZID=Europe/Zurich:20260304T090000,20260309T090000\n",
    "UID:a\nDTSTART;VALUE=DATE:20260302\nRDATE;VALUE=DATE:20260305,20260306\nTRANSP:TRANSPARENT\n",
    "UID:a\nDTSTART;TZID=Ours:20260302T090000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1\n"
    "END:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;TZID=Ours:20260331T090000\nDTSTART;TZID=Ours:20260330T090000\nSTATUS:CANCELLED\n",
    "UID:a\nDTSTART:20260301T233000\nDURATION:P1DT2H\nRRULE:FREQ=HOURLY;INTERVAL=5;UNTIL=20260310\n"
    "SUMMARY:Caf\u00e9 f\n olded\nBEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nEND:VALARM\n",
    "UID:a\nDTSTART:20260302T090000Z\nDTEND:20260302T080000Z\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com\n"
    "RRULE:FREQ=DAILY;COUNT=5;X-A=1\nSEQUENCE:3\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n",
    "UID:a\nDTSTART:20260302T090000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\n"
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260305T090000Z\nDTSTART:20260305T100000Z\n",
)
_EXAMPLES: Final = Path(__file__).parents[2] / "examples"


def seeds() -> Iterable[bytes]:
    """Small calendars with a thing of each kind, a vCalendar, a message, and those of the examples that are short."""
    for event in _EVENTS:
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{_ZONE if 'Ours' in event else ''}BEGIN:VEVENT\n{event}END:VEVENT\n"
        yield (text + "END:VCALENDAR\n").encode()
        methods = text.replace("VERSION:2.0", "METHOD:REQUEST\nX-WR-TIMEZONE:Asia/Gaza")
        yield (methods + "END:VCALENDAR").encode("latin-1")
    yield (
        b"BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nDTSTART:20260302T090000Z\nRRULE:W1 MO #5\nEND:VEVENT\n"
        b"END:VCALENDAR"
    )
    yield (
        b"BEGIN:VCALENDAR\nBEGIN:VAVAILABILITY\nDTSTART:20260301T000000Z\nBEGIN:AVAILABLE\nDTSTART:20260302T090000Z\n"
        b"DTEND:20260302T170000Z\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY\nEND:VCALENDAR\n"
    )
    for file in sorted(_EXAMPLES.rglob("*.ics")):
        if file.stat().st_size < 3_000:
            yield file.read_bytes()


def check(data: bytes) -> None:
    """Read it in both ways, and in another one that its length chooses: all of them would take too long."""
    table = SeriesTable.from_ical([data], address=ADDRESS, tz="UTC")
    try:
        table.expand(*WINDOW, limits=LIMITS)
    except LimitExceeded:
        return
    found = differences(data, *WINDOW, address=ADDRESS, table=table)
    assert not found, found
    _OTHERS[len(data) % len(_OTHERS)](data)


def _there_and_back(data: bytes) -> None:
    """Written, and read again, with its alarms."""
    try:
        calendar = Calendar.from_ical(data)
    except CalendarError:
        return
    again = Calendar.from_ical(calendar.to_ical())
    one, other = (by_calendar(each, *WINDOW, ADDRESS, UTC) for each in (calendar, again))
    assert one == other, (sorted((one - other).elements(), key=str)[:3], sorted((other - one).elements(), key=str)[:3])
    for event in calendar.events:
        alarms_of(event)


def _refused_or_read(read: Callable[[bytes], object], data: bytes) -> None:
    """It ends in an answer or in a typed error."""
    try:
        read(data)
    except SchedcoreError as error:
        assert len(str(error)) < 1000, read


#: What else reads such bytes.
_OTHERS: Final[tuple[Callable[[bytes], None], ...]] = (
    _there_and_back,
    partial(_refused_or_read, lambda data: import_events([data])),
    partial(_refused_or_read, itip_reading.read),
    partial(_refused_or_read, Availability.from_ical),
    partial(_refused_or_read, lambda data: SeriesTable.from_ical([data], on_error="raise")),
)
