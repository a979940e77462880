"""Calendars as bytes into a table, beside icalendar, which parses them, and `Calendar`, which understands them.

Events of about 300 bytes, as back ends keep them: half of them repeat, most are in a zone. Before anything is timed,
the table and `Calendar` must give the same UIDs, starts and ends.

- `one calendar`: all events in one text.
- `one each`: a text for each event, as CalDAV stores keep them.
- `zones`: the same, with a VTIMEZONE in each text.
- `1 % odd`: one calendar in which every hundredth event is not plain and goes to `Calendar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import icalendar

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore import Calendar
from schedcore.bulk import CalendarTable, SeriesTable

__all__ = ["Texts", "scan", "texts"]

EVENTS: Final = 2_000
#: 1,000,000 events a second where icalendar parses 4,800.
FLOOR: Final = 200
A, B = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)

ZONE: Final = """BEGIN:VTIMEZONE
TZID:Europe/Zurich
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
RULES: Final = ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20", "FREQ=DAILY;UNTIL=20260601T080000Z", "FREQ=MONTHLY;BYDAY=-1FR")


def event(number: int, odd: bool = False) -> str:
    """One event of about 300 bytes; an odd one writes its dates with dashes."""
    day, hour = f"202603{1 + number % 28:02}", 8 + number % 9
    stamp = f"{day[:4]}-{day[4:6]}-{day[6:]}" if odd else day
    lines = [
        "BEGIN:VEVENT",
        f"UID:{number:06}-9f3c-4d7b@calendar.example.com",
        "DTSTAMP:20260101T120000Z",
        f"DTSTART;TZID=Europe/Zurich:{stamp}T{hour:02}0000",
        f"DTEND;TZID=Europe/Zurich:{stamp}T{hour + 1:02}0000",
        *([f"RRULE:{RULES[number // 2 % 3]}"] if number % 2 else ["DESCRIPTION:Bring the figures of last month"]),
        f"SUMMARY:Weekly planning of team {number % 97}",
        f"LOCATION:Building 2\\, room {number % 40}",
        "STATUS:CONFIRMED",
        "SEQUENCE:1",
        "END:VEVENT",
    ]
    return "".join(f"{line}\n" for line in lines)


def calendar(*parts: str) -> bytes:
    """Parts within a VCALENDAR, with the line ends of RFC 5545."""
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//scan//EN\n"
    return "".join((head, *parts, "END:VCALENDAR\n")).replace("\n", "\r\n").encode()


@dataclass(frozen=True)
class Texts:
    """What is read: some calendars, `EVENTS` events in all."""

    id: str
    texts: tuple[bytes, ...]

    def ours(self) -> CalendarTable:
        """Read them into a table."""
        return SeriesTable.from_ical(self.texts)

    def calendars(self) -> list[Calendar]:
        """Read them one by one, into events."""
        return [Calendar.from_ical(text) for text in self.texts]

    def parsed(self) -> list[object]:
        """Have icalendar parse them, which does not ask yet when anything happens."""
        return [icalendar.Calendar.from_ical(text) for text in self.texts]

    @cached_property
    def answer(self) -> list[tuple[str | None, float, float]]:
        """UID, start and end of all occurrences in half a year, by `Calendar`."""
        found = (one for each in self.calendars() for one in each.overlapping(A, B))
        return sorted((one.uid, one.start.timestamp(), one.end.timestamp()) for one in found)  # type: ignore[attr-defined]

    def check(self) -> None:
        """Nothing is timed until the table has the same answer."""
        table = self.ours()
        found = table.expand(A, B)
        uids = table.uid.tolist()
        ours = sorted(
            (uids[row], start, end)
            for row, start, end in zip(found.series.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
        )
        if ours != self.answer or table.problems or not ours:
            raise AssertionError(f"{self.id}: the table and Calendar differ: nothing is timed until they agree")


def texts() -> list[Texts]:
    """What is measured."""
    return [
        Texts("one calendar", (calendar(*map(event, range(EVENTS))),)),
        Texts("one each", tuple(calendar(event(number)) for number in range(EVENTS))),
        Texts("one each, zones", tuple(calendar(ZONE, event(number)) for number in range(EVENTS))),
        Texts("one calendar, 1 % odd", (calendar(*(event(number, number % 100 == 0) for number in range(EVENTS))),)),
    ]


def scan() -> Iterator[Row]:
    """Read calendars as bytes into a table; icalendar only parses them."""
    for asked in texts():
        asked.check()
        contestants = {
            "schedcore": timer(asked.ours),
            "Calendar": timer(asked.calendars),
            "icalendar": timer(asked.parsed),
        }
        floors = {"icalendar": FLOOR} if asked.id in ("one calendar", "one each") else {}
        yield Row("scan", asked.id, EVENTS, best_of(contestants), floors)
