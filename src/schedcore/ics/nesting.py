"""Components within an event, as VALARM is: taken out of its text, and put in anew.

Rules of this module:

1. Components right below the event are meant; what nests deeper belongs to them. Nesting is counted, never recursed
   into.
2. To put components in anew changes no other line. The result is a new calendar, read again from its text.
3. An override is found by its text, for it stands in no list; if its text is there twice, both are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schedcore.errors import InvalidValue
from schedcore.ics.calendar import Calendar
from schedcore.ics.component import Component, components_of
from schedcore.ics.event import Event
from schedcore.ics.text import Line
from schedcore.ics.writing import text_of, written

__all__ = ["parts_of", "with_parts"]


def parts_of(event: Event, name: str) -> list[list[str]]:
    """List the components of a name that are right below an event, each as the lines between its BEGIN and its END.

    Components within those are left out. Linear in the length of the text; never fails.
    """
    found: list[list[str]] = []
    depth = 0
    wanted = False
    for line in event.lines_without(frozenset()):
        head = line.strip().upper()
        if head.startswith("BEGIN:"):
            depth += 1
            if depth == 1 and (wanted := head == f"BEGIN:{name}"):
                found.append([])
        elif head.startswith("END:"):
            depth = max(depth - 1, 0)
        elif depth == 1 and wanted:
            found[-1].append(line)
    return found


def with_parts(calendar: Calendar, event: Event, name: str, parts: Iterable[Sequence[str]]) -> Calendar:
    """Give the calendar in which an event, or an override, has these components of a name, and no others of it.

    `parts` are the lines between BEGIN and END. InvalidValue if the event is not of this calendar. Linear in its text.
    """
    lines = [Line(number, text) for number, text in enumerate(calendar._text.split("\n"), 1)]
    calendars = components_of(lines)[0]
    its = event._text.split("\r\n")
    alike = [part for one in calendars for part in one.parts if [line.text for line in part.lines] == its]
    if not alike:
        raise InvalidValue(f"{event!r} is not of this calendar: give one of its events or overrides")
    place = next((at for at, one in enumerate(_equals(calendar, event)) if one is event), None)
    added = [text for part in parts for text in (f"BEGIN:{name}", *part, f"END:{name}")]
    for part in alike if place is None else alike[place : place + 1]:
        _replace(part, name, added)
    return Calendar.from_ical(written(text_of(calendars).split("\n")))


def _equals(calendar: Calendar, event: Event) -> list[Event]:
    """The events of a calendar that have the same text; overrides are not among them."""
    return [one for one in calendar.events if one._text == event._text]


def _replace(part: Component, name: str, added: list[str]) -> None:
    kept: list[Line] = []
    depth = 0
    dropping = False
    for line in part.lines[1:-1]:
        head = line.text.strip().upper()
        depth += head.startswith("BEGIN:")
        if depth == 1 and head == f"BEGIN:{name}":
            dropping = True
        if not dropping:
            kept.append(line)
        if head.startswith("END:"):
            depth = max(depth - 1, 0)
            dropping = dropping and depth > 0
    part.lines[1:-1] = [*kept, *(Line(0, text) for text in added)]
