"""From lines to components: BEGIN and END, and the properties an event is made of.

Rules of this module (RFC 5545 3.1, 3.4, 3.6):

1. Calendars and the components right below them are found; what nests deeper (VALARM, STANDARD, X-...) stays as lines
   of the component it is in. Nesting is counted, never recursed into.
2. A component that lacks its END ends where the next of its level begins, where an outer one ends, or with the text.
   An END that nothing opened is passed over. Either is noted.
   A component that stands in no VCALENDAR is read as if one began before it, and that is noted too.
3. Only properties that are asked for are taken apart, so a broken line that nobody needs breaks nothing.
4. Property values are kept raw: `icalendar` turns PT24H and P1D into the same timedelta, and a rule into what it
   understood of it. Parameters and text escapes are taken apart by `icalendar`.

Why components are not handed to `icalendar.Calendar.from_ical` whole: it keeps the VTIMEZONEs of every file in one
table for the process, so that one file's zone becomes another's; one line it cannot split loses the calendar; and a
text without line ends is opened as a file name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from schedcore.errors import shorten
from schedcore.ics.problem import Problem
from schedcore.ics.text import Line

__all__ = ["Component", "Property", "components_of", "property_of", "text_of"]

#: Components that stand right below a VCALENDAR (RFC 5545 3.6, RFC 7953 3.1): none can begin inside another.
_TOP: Final = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"))

#: What begins a calendar of its own where no VCALENDAR has begun: mails and drag and drop carry bare components.
_BARE: Final = _TOP | {"VALARM"}

#: NAME, and what follows up to the first colon outside of quotes. White space around the name is not allowed, yet seen.
_HEAD: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*((?:;[^\":]*(?:\"[^\"]*\"[^\":]*)*)?):", re.ASCII)
_NAME: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*[;:]", re.ASCII)


class Property(NamedTuple):
    """One property: its name in capitals, its parameters with names in capitals, its raw value, its line."""

    name: str
    params: Mapping[str, str]
    value: str
    line: int


@dataclass(slots=True)
class Component:
    """A component as lines: `own` are its properties, `lines` all of it, BEGIN and END included."""

    name: str
    line: int
    lines: list[Line] = field(default_factory=list)
    own: list[Line] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def properties(self, names: frozenset[str]) -> Iterator[Property]:
        """Take the properties of these names apart, in the order of the text; unreadable parameters are dropped."""
        for line in self.own:
            found = _NAME.match(line.text)
            if found is not None and found[1].upper() in names:
                yield _property(found[1].upper(), line)


def property_of(line: Line) -> Property | None:
    """Take one line apart; None if it is no property at all.

    >>> property_of(Line(1, "dtstart;value=date:20260302"))
    Property(name='DTSTART', params={'VALUE': 'date'}, value='20260302', line=1)
    """
    found = _NAME.match(line.text)
    return None if found is None else _property(found[1].upper(), line)


def text_of(prop: Property) -> str:
    """The value of a property as text: its escapes undone (RFC 5545 3.3.11)."""
    from icalendar.parser.property import unescape_backslash

    return str(unescape_backslash(prop.value.strip()))


def _property(name: str, line: Line) -> Property:
    found = _HEAD.match(line.text)
    if found is not None:
        head, value = found[2], line.text[found.end() :]
    else:  # an unclosed quote hides the colon
        before, _, value = line.text.partition(":")
        head = before.partition(";")[2]
    return Property(name, _params(head.strip().removeprefix(";")) if head else {}, value, line.number)


#: Few distinct ones, since a calendar names few zones.
@lru_cache(maxsize=1024)
def _params(head: str) -> Mapping[str, str]:
    """Take parameters apart: a value that is a list is joined again, for TZIDs with commas are one name."""
    from icalendar.parser import Parameters

    try:
        found = Parameters.from_ical(head, strict=False)  # type: ignore[no-untyped-call]
    except ValueError:
        pairs = (part.partition("=") for part in head.split(";"))
        return {name.strip().upper(): value.strip(' "') for name, _, value in pairs}
    return {
        str(name).strip().upper(): (",".join(map(str, value)) if isinstance(value, list) else str(value)).strip()
        for name, value in found.items()
    }


def components_of(lines: list[Line]) -> tuple[list[Component], list[Problem]]:
    """Find the calendars and what is right below them. Cost: linear in the number of lines, whatever the nesting."""
    reader = _Reader()
    for line in lines:
        head = line.text[:6].upper()
        if head.startswith("BEGIN:"):
            reader.begin(line, line.text[6:].strip().upper())
        elif head.startswith("END:"):
            reader.end(line, line.text[4:].strip().upper())
        else:
            reader.line(line)
    reader.finish()
    return reader.calendars, reader.problems


class _Reader:
    """Keeps the stack of open names: [VCALENDAR, component, deeper ...], or nothing outside of a calendar."""

    def __init__(self) -> None:
        self.calendars: list[Component] = []
        self.problems: list[Problem] = []
        self.stack: list[str] = []
        self.open: Counter[str] = Counter()  # how often each name is on the stack
        self.wrong = 0
        self.bare = False  # whether the open VCALENDAR is one that the text does not have

    def begin(self, line: Line, name: str) -> None:
        if name == "VCALENDAR":
            self.close(0, line)
            self.bare = False
            self.calendars.append(Component(name, line.number))
        elif not self.stack and name not in _BARE:
            return
        else:
            if not self.stack:
                self._note(line.number, "BEGIN:VCALENDAR is missing before this line: read as if it were there")
                self.begin(line, "VCALENDAR")
                self.bare = True
            if name in _TOP:
                self.close(1, line)
            if len(self.stack) == 1:
                self.calendars[-1].parts.append(Component(name, line.number))
            self._component().lines.append(line)
        self.stack.append(name)
        self.open[name] += 1

    def end(self, line: Line, name: str) -> None:
        if not self.open[name]:
            if self.stack:
                self._note(line.number, f"END:{shorten(name)[1:-1]} ends nothing: passed over")
            return
        while self.stack[-1] != name:
            self._pop(line)
        self._pop()

    def line(self, line: Line) -> None:
        if len(self.stack) == 1:
            self.calendars[-1].own.append(line)
        elif self.stack:
            component = self._component()
            component.lines.append(line)
            if len(self.stack) == 2:
                component.own.append(line)

    def close(self, depth: int, line: Line | None) -> None:
        """End what is open below `depth`, though the text does not."""
        while len(self.stack) > depth:
            self._pop(line or _END_OF_TEXT)

    def finish(self) -> None:
        self.close(0, None)
        if self.wrong > _NOTES:
            self.problems.append(Problem(None, None, f"{self.wrong - _NOTES} more BEGIN or END are missing"))

    def _pop(self, missing_before: Line | None = None) -> None:
        """End the innermost component; at a line that is not its END, that is noted."""
        name = self.stack.pop()
        self.open[name] -= 1
        if self.stack:
            self._component().lines.append(Line(0, f"END:{name}"))
        if missing_before is not None and not (self.bare and name == "VCALENDAR"):
            where = "at the end" if missing_before is _END_OF_TEXT else "before this line"
            self._note(missing_before.number or None, f"END:{shorten(name)[1:-1]} is missing {where}")

    def _component(self) -> Component:
        return self.calendars[-1].parts[-1]

    def _note(self, line: int | None, reason: str) -> None:
        self.wrong += 1
        if self.wrong <= _NOTES:
            self.problems.append(Problem(None, line, reason))


_END_OF_TEXT: Final = Line(0, "")
#: A text nested 5,000 deep lacks as many ENDs: the first few tell what is wrong.
_NOTES: Final = 20
