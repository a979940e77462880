"""Calendars in parts, for tests of broken ones: an event that is good, and whatever stands beside it."""

from __future__ import annotations

GOOD = """BEGIN:VEVENT\r
UID:good\r
DTSTART;TZID=Europe/Zurich:20260302T090000\r
DTEND;TZID=Europe/Zurich:20260302T100000\r
RRULE:FREQ=WEEKLY;COUNT=4\r
END:VEVENT\r
"""
DTSTART = "DTSTART:20260303T090000Z"


def event(*lines: str, uid: str = "odd") -> str:
    """An event of these lines."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""])


def calendar(*parts: str) -> str:
    """A calendar of these parts."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(parts)}END:VCALENDAR\r\n"
