"""Bad names of zones, and definitions of zones that define none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ics.texts import calendar
from reliability.case import Case, Error
from schedcore import Calendar
from schedcore.errors import ZoneError
from schedcore.zones import zone_of

WINDOW: Final = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
STANDARD: Final = "BEGIN:STANDARD\nDTSTART:{start}\nTZOFFSETFROM:+0100\nTZOFFSETTO:{to}\n{more}END:STANDARD\n"


def named(key: str, says: str, shown: str | None = None) -> Case:
    """A name of a zone that there is not."""
    return Case(shown or f"zone {key!r}", lambda _: zone_of(key), Error(ZoneError, says))


def observance(start: str = "19700101T000000", to: str = "+0200", more: str = "") -> str:
    """A part of a definition, from +01:00."""
    return STANDARD.format(start=start, to=to, more=more)


def defined(shown: str, parts: str, answer: tuple[list[str], list[str]], tzid: str = "Ours") -> Case:
    """An event at 09:00 on 2 March in a zone that its file defines: its instants, and how the problems begin."""

    def ask(text: str) -> tuple[list[str], list[str]]:
        found = Calendar.from_ical(text)
        starts = [f"{one.start.astimezone(UTC):%m-%d %H:%M}" for one in found.overlapping(*WINDOW)]
        return starts, [problem.reason[:48] for problem in found.problems]

    definition = f"BEGIN:VTIMEZONE\nTZID:{tzid}\n{parts}END:VTIMEZONE\n"
    event = f"BEGIN:VEVENT\nUID:a\nDTSTART;TZID={tzid}:20260302T090000\nEND:VEVENT\n"
    text = calendar((definition + event).replace("\n", "\r\n"))
    return Case(shown, ask, answer, lambda: text)


YEARLY: Final = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n"

CASES: Final[list[Case]] = [
    named("Mars/Olympus", "no zone is called"),
    named("../../etc/passwd", "is not the name of a zone"),
    named("Europe/Zurich\0", "is not the name of a zone"),
    named("Europe", "no zone is called", "zone 'Europe', which is a directory"),
    named("x" * 5_000, "is not the name of a zone", "a zone's name of 5,000 characters"),
    defined("VTIMEZONE without an observance", "", ([], ["the VTIMEZONE of TZID='Ours' has no STANDARD or "])),
    defined("VTIMEZONE whose rule never matches", observance(more=YEARLY), (["03-02 07:00"], [])),
    defined(
        "VTIMEZONE with a rule of every second",
        observance(more="RRULE:FREQ=SECONDLY\n"),
        ([], ["the VTIMEZONE of TZID='Ours' has more than 20000"]),
    ),
    defined(
        "VTIMEZONE of 10,000 observances",
        "".join(observance(f"{1000 + k % 9000:04}0101T{k // 9000:02}0000") for k in range(10_000)),
        (["03-02 07:00"], []),
    ),
    defined(
        "TZIDs that name each other (X-LIC-LOCATION)",
        "X-LIC-LOCATION:Theirs\nEND:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:Theirs\nX-LIC-LOCATION:Ours\n",
        ([], ["the VTIMEZONE of TZID='Ours' has no STANDARD or "]),
    ),
    defined(
        "VTIMEZONE 'Europe/Zurich' that says +05:30",
        observance(to="+0530"),
        (["03-02 03:30"], ["TZID='Europe/Zurich': its VTIMEZONE differs from"]),
        "Europe/Zurich",
    ),
]
