"""Calendar files: the one place where this package reads what somebody names."""

from __future__ import annotations

from pathlib import Path

from schedcore.errors import CalendarError
from schedcore.ics import Calendar

__all__ = ["read_calendar"]


def read_calendar(path: Path) -> Calendar:
    """Read a calendar file; CalendarError names the file that is none."""
    try:
        return Calendar.from_ical(path.read_bytes())
    except CalendarError as error:
        raise CalendarError(f"{path}: {error}") from error
