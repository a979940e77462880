"""What went wrong with one component or line of a calendar that was read all the same."""

from __future__ import annotations

from typing import NamedTuple

from schedcore.errors import shorten

__all__ = ["Problem"]


class Problem(NamedTuple):
    """Say which event (None: the calendar itself), from which line on, and what could not be read or was forgiven.

    >>> print(Problem("a@example.com", 12, "DTSTART is missing"))
    line 12, UID 'a@example.com': DTSTART is missing
    """

    uid: str | None
    line: int | None
    reason: str

    def __str__(self) -> str:
        """Write it as one line for people."""
        place = [] if self.line is None else [f"line {self.line}"]
        if self.uid is not None:
            place.append(f"UID {shorten(self.uid)}")
        return f"{', '.join(place)}: {self.reason}" if place else self.reason
