"""Bad iCalendar text: how many times a good event beside it and the odd ones happen in March, and what is reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ics.texts import DTSTART, GOOD, calendar, event
from reliability.case import Begins, Case, Error
from schedcore import Calendar
from schedcore.errors import CalendarError

ZURICH: Final = ZoneInfo("Europe/Zurich")
WINDOW: Final = datetime(2026, 3, 1, tzinfo=ZURICH), datetime(2026, 4, 1, tzinfo=ZURICH)
WEEKLY: Final = GOOD.replace("good", "odd")


def ask(data: bytes | str) -> str:
    """Occurrences of the good event and of the others, and the first problem."""
    found = Calendar.from_ical(data)
    shown = found.overlapping(*WINDOW)
    good = sum(str(one.uid).startswith("good") for one in shown)
    said = [problem.reason for problem in found.problems]
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return f"good {good}, odd {len(shown) - good}; {said[0] + more if said else 'no problem'}"


def read(shown: str, make: Callable[[], Any], answer: str) -> Case:
    """A whole text."""
    return Case(shown, ask, Begins(answer), make)


def odd(shown: str, odd: int, problem: str, *lines: str) -> Case:
    """An event beside the good one."""
    return read(shown, lambda: calendar(event(*lines), GOOD), f"good 4, odd {odd}; {problem}")


def overriding(shown: str, odd: int, problem: str, *overrides: list[str]) -> Case:
    """A weekly series of four with overrides, beside the good one."""
    parts = [event(*lines) for lines in overrides]
    return read(shown, lambda: calendar(GOOD, WEEKLY, *parts), f"good 4, odd {odd}; {problem}")


def none(shown: str, data: object, says: str) -> Case:
    """What is no calendar."""
    return Case(shown, lambda _: Calendar.from_ical(data), Error(CalendarError, says))  # type: ignore[arg-type]


def _thousand() -> str:
    parts = [GOOD.replace("UID:good", f"UID:good-{number}") for number in range(1000)]
    return calendar(*parts[:500], event("DTSTART:garbage", uid="bad"), *parts[500:])


def _encoded(change: Callable[[str], Any]) -> Callable[[], Any]:
    return lambda: change(calendar(event(DTSTART, "SUMMARY:Café"), GOOD))


CLEAN: Final = "good 4, odd 1; no problem"
CASES: Final[list[Case]] = [
    odd("DTEND before DTSTART", 1, "DTEND='20260301T090000Z' is before DTSTART", DTSTART, "DTEND:20260301T090000Z"),
    odd("an event of no length", 1, "no problem", DTSTART, "DTEND:20260303T090000Z"),
    odd("DURATION:P999999999W", 0, "DURATION: DURATION 'P999999999W' is over", DTSTART, "DURATION:P999999999W"),
    odd("DURATION:-PT1H", 1, "DURATION='-PT1H' is negative", DTSTART, "DURATION:-PT1H"),
    odd("an override without its master", 1, "no problem", DTSTART, "RECURRENCE-ID:20260302T090000Z"),
    overriding(
        "two overrides of one instance",
        4,
        "another override of this instance is newer",
        ["RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T100000Z"],
        ["RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T110000Z"],
    ),
    overriding(
        "an override of an instance that does not exist",
        5,
        "no instance starts at 2026-03-10T08:00:00+00:00",
        ["RECURRENCE-ID:20260310T080000Z", "DTSTART:20260310T090000Z"],
    ),
    overriding(
        "an override that moves out of the window",
        3,
        "no problem",
        ["RECURRENCE-ID:20260309T080000Z", "DTSTART:20270309T080000Z"],
    ),
    read(
        "an override that moves into the window",
        lambda: calendar(
            GOOD,
            WEEKLY.replace("20260302", "20260202"),
            event("RECURRENCE-ID:20260209T080000Z", "DTSTART:20260309T080000Z"),
        ),
        CLEAN,
    ),
    overriding(
        "THISANDFUTURE twice",
        4,
        "no problem",
        ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART:20260309T090000Z"],
        ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T080000Z", "DTSTART:20260316T100000Z"],
    ),
    read(
        "a fold inside a UTF-8 character",
        _encoded(lambda text: text.encode().replace(b"\xc3\xa9", b"\xc3\r\n \xa9")),
        CLEAN,
    ),
    odd("a folded line of 5 MB", 1, "no problem", DTSTART, "SUMMARY:" + "\r\n ".join(["x" * 73] * 70_000)),
    read("40,000 bare newlines", lambda: calendar("\n" * 40_000, event(DTSTART), GOOD), CLEAN),
    odd("nesting 5,000 deep", 1, "no problem", DTSTART, "BEGIN:VALARM\r\n" * 5000 + "END:VALARM\r\n" * 5000),
    odd("an unclosed quote", 1, "no problem", 'DTSTART;TZID="Europe/Zurich:20260303T090000'),
    odd("control characters", 1, "control characters were taken out", DTSTART, "SUMMARY:a\x00\x01\x7fb"),
    read("CR alone as line end", _encoded(lambda text: text.replace("\r\n", "\r")), CLEAN),
    read("a BOM", _encoded(lambda text: "\ufeff" + text), CLEAN),
    read("Latin-1", _encoded(lambda text: text.encode("latin-1")), "good 4, odd 1; 1 line is not UTF-8"),
    read(
        "no END:VCALENDAR",
        _encoded(lambda text: text.replace("END:VCALENDAR\r\n", "")),
        "good 4, odd 1; END:VCALENDAR is missing at the end",
    ),
    none("an empty file", b"", "empty"),
    none("an HTML page", "<html><body>Sign in</body></html>", "no BEGIN:VCALENDAR"),
    odd(
        "EXDATE as DATE on a timed series",
        2,
        "no problem",
        DTSTART,
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXDATE;VALUE=DATE:20260304",
    ),
    odd(
        "DTSTART as DATE, UNTIL as DATE-TIME",
        2,
        "UNTIL=20260304T120000Z: DTSTART is a date",
        "DTSTART;VALUE=DATE:20260303",
        "RRULE:FREQ=DAILY;UNTIL=20260304T120000Z",
    ),
    odd("DTSTART missing", 0, "DTSTART is missing", "SUMMARY:when?"),
    read(
        "UID missing", lambda: calendar(GOOD.replace("UID:good\r\n", ""), GOOD), "good 4, odd 4; UID is missing"
    ),
    read("one bad event among 1,000 good ones", _thousand, "good 4000, odd 0; DTSTART='garbage' is no date"),
]
