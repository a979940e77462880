"""`Event`: one VEVENT, with the series it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from schedcore.errors import CalendarError, shorten
from schedcore.ics.component import Property, property_of, text_of
from schedcore.ics.text import Line
from schedcore.recurrence import Series

if TYPE_CHECKING:
    from schedcore.ics.draft import Draft

__all__ = ["Event"]

#: What goes on with the name of a property.
_IN_NAMES: Final = re.compile(r"[A-Za-z0-9_-]", re.ASCII)


class Event:
    """One event of a calendar: what it is called, what it says of its owner's time, and when it happens.

    `uid`, `summary`, `organizer`, `status` (STATUS), `transp` (TRANSP), `busystatus` (X-MICROSOFT-CDO-BUSYSTATUS) and
    `classification` (CLASS) are text or None, the last four in capitals. `series` answers when; the overrides of its
    instances are in it, and each is an Event of its own, which `Occurrence.event` shows. `recurrence_id` is the
    instance an override replaces, else None. `line` is where its text begins. Events are made by `Calendar.from_ical`.

    >>> from schedcore import Calendar
    >>> lines = ["BEGIN:VEVENT", "DTSTART:20260302T120000Z", "SUMMARY:Lunch", "LOCATION:A\\\\, 1", "END:VEVENT"]
    >>> [event] = Calendar.from_ical("\\n".join(lines)).events
    >>> event.summary, event.text("LOCATION"), event.series.first().hour
    ('Lunch', 'A, 1', 12)
    """

    __slots__ = (
        "_component",
        "_text",
        "busystatus",
        "classification",
        "line",
        "organizer",
        "recurrence_id",
        "series",
        "status",
        "summary",
        "transp",
        "uid",
    )

    def __init__(self, draft: Draft, series: Series) -> None:
        self.uid: str | None = draft.uid
        self.summary: str | None = draft.summary
        self.organizer: str | None = draft.organizer
        self.status: str | None = draft.status
        self.transp: str | None = draft.transp
        self.busystatus: str | None = draft.busystatus
        self.classification: str | None = draft.classification
        self.recurrence_id: date | datetime | None = draft.recurrence_id
        self.series: Series = series
        self.line: int = draft.component.line
        self._text = "\r\n".join(line.text for line in draft.component.lines)
        self._component: Any = None

    @property
    def is_all_day(self) -> bool:
        """Whether it takes whole days: DTSTART is a date."""
        return self.series.kind == "date"

    @property
    def component(self) -> Any:
        """The whole VEVENT as an `icalendar.Event`, read by that library when first asked for.

        Dates in it are what the library makes of them; when it happens is for `series` to say. CalendarError if the
        library cannot read the text.
        """
        if self._component is None:
            import icalendar

            try:
                # As bytes: a text without line ends would be taken for the name of a file.
                self._component = icalendar.Event.from_ical(self._text.encode("utf-8", "replace") + b"\r\n")
            except Exception as error:  # the library raises many kinds
                raise CalendarError(
                    f"line {self.line}, UID {shorten(self.uid)}: icalendar cannot read this event: {shorten(error)}"
                ) from error
        return self._component

    def lines_of(self, name: str) -> list[str]:
        """Give the lines of the properties of one name, in capitals; those of components within are not among them."""
        length = len(name)
        return [
            line for line in self._own_lines() if line[:length].upper() == name and not _IN_NAMES.match(line, length)
        ]

    def properties(self, names: frozenset[str]) -> list[Property]:
        """Take its own properties of these names apart, in the order of the text; those of components in it are not.

        Values are raw, as the text has them. Linear in the length of the text; never fails.
        """
        capitals = self._text.upper()
        if not any(name in capitals for name in names):  # most events have none: one look instead of one a line
            return []
        heads, longest = tuple(names), max(map(len, names))
        lines = [line for line in self._own_lines() if line[:longest].upper().startswith(heads)]
        found = (property_of(Line(self.line, line)) for line in lines)
        return [one for one in found if one is not None and one.name in names]

    def text(self, name: str) -> str | None:
        """Give the first property of a name as text, its escapes undone (RFC 5545 3.3.11); None if there is none."""
        found = self.properties(frozenset((name,)))
        return text_of(found[0]) if found else None

    def _own_lines(self) -> Iterator[str]:
        depth = 0
        for line in self._text.split("\r\n")[1:-1]:
            head = line[:6].upper()
            depth += head == "BEGIN:"
            if not depth:
                yield line
            depth -= head.startswith("END:") and depth > 0

    def lines_without(self, names: frozenset[str]) -> list[str]:
        """Give the lines of the text between BEGIN and END, but for properties of these names; components are whole."""
        out: list[str] = []
        depth = 0
        for line in self._text.split("\r\n")[1:-1]:
            name = line.partition(":")[0].partition(";")[0].strip().upper()
            depth += name == "BEGIN"
            if depth or name not in names:
                out.append(line)
            depth -= name == "END"
        return out

    def __repr__(self) -> str:
        """Show what tells events apart."""
        return f"<Event {shorten(self.uid)} {shorten(self.summary, 40)} {self.series!r}>"
