"""Calendar files: the one place where this package reads what somebody names."""

from __future__ import annotations

from pathlib import Path

from schedcore.errors import CalendarError
from schedcore.freebusy import Availability
from schedcore.ics import Calendar

__all__ = ["read_availability", "read_calendar"]


def read_calendar(path: Path) -> Calendar:
    """Read a calendar file; CalendarError names the file that is none."""
    try:
        return Calendar.from_ical(path.read_bytes())
    except CalendarError as error:
        raise CalendarError(f"{path}: {error}") from error


def read_availability(path: Path) -> Availability | None:
    """Read the hours that a calendar file has (VAVAILABILITY); None if it has none."""
    data = path.read_bytes()
    if b"AVAILAB" not in data.upper():  # most have none, and reading a file twice is dear
        return None
    return Availability.from_ical(data) or None
