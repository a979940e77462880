"""Import: the events of some iCalendar files, each once, together with what a calendar had before.

Rules of this module:

1. A file is an iCalendar or a vCalendar (see `vcalendar`) with at least one event, else there is nothing to import. It
   may hold many, and so may the import: a whole Google Calendar is a file for each of its calendars.
2. One event is kept for each UID, one override for each instance of it (`identity` says what counts as UID). The newer
   one counts: higher SEQUENCE, then later DTSTAMP (RFC 5546 2.1.5). Of those that are equally new it is the first, and
   what was there before the import is first of all.
3. What is dropped is told, each with the reason. So is an event that cannot be read.
4. Events that have neither UID nor GlobalAppointmentID cannot be compared and are all kept.
5. Everything that is no event (zones, to-dos, names) stays in its VCALENDAR. The zones of a file are its own: two
   files may mean different hours by one TZID, so each keeps its VCALENDAR. One that has no event left is left out.

Product rules: I1, N1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schedcore.errors import CalendarError, shorten
from schedcore.ics.calendar import Calendar, drafts_of
from schedcore.ics.component import Component, components_of
from schedcore.ics.draft import Draft
from schedcore.ics.grouping import instance_of
from schedcore.ics.identity import identity_of
from schedcore.ics.problem import Problem
from schedcore.ics.text import Line, lines_of
from schedcore.ics.vcalendar import icalendar_of
from schedcore.ics.writing import text_of, written

__all__ = ["Dropped", "Imported", "import_events"]


class Dropped(NamedTuple):
    """An event that was not kept: from which file (-1: it was there before), on which line, and why.

    `uid` is what it was compared by, None where nobody can tell.
    """

    uid: str | None
    file: int
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """The calendar after an import, how many components of the files are in it, and what is not."""

    calendar: Calendar
    kept: int
    dropped: tuple[Dropped, ...]


class _Found(NamedTuple):
    file: int
    draft: Draft
    identity: str | None


def import_events(files: Sequence[bytes | str], into: Calendar | None = None) -> Imported:
    """Take the events of some files into a calendar (None: a new one), each once, and tell what was dropped.

    CalendarError names the file that is no calendar, or has no event, by its place; nothing is imported then. Cost:
    reading all files twice, and `into` once.

    >>> text = '''BEGIN:VEVENT
    ... UID:lunch@example.com
    ... DTSTART:20260302T120000
    ... END:VEVENT
    ... '''
    >>> found = import_events([text, text])
    >>> len(found.calendar.events), found.kept, found.dropped[0].reason
    (1, 1, 'it is there already, and not older')
    """
    sources = [] if into is None else [(-1, into.to_ical())]
    sources += [(number, _as_bytes(file)) for number, file in enumerate(files)]
    calendars: list[Component] = []
    found: list[_Found] = []
    dropped: list[Dropped] = []
    for number, data in sources:
        its, events = _read(number, data, dropped)
        calendars += its
        found += events
    kept = {id(one.draft.component) for one in _newest(found, dropped)}
    named = {id(one.draft.component): one.identity for one in found}
    for calendar in calendars:
        calendar.parts = [part for part in calendar.parts if part.name != "VEVENT" or id(part) in kept]
        for part in calendar.parts:
            _name(part, named.get(id(part)))
    left = [calendar for calendar in calendars if any(part.name == "VEVENT" for part in calendar.parts)]
    added = sum(one.file >= 0 and id(one.draft.component) in kept for one in found)
    return Imported(Calendar.from_ical(written(text_of(left).split("\n"))), added, tuple(dropped))


def _as_bytes(file: bytes | str) -> bytes:
    return icalendar_of(file.encode("utf-8", "surrogatepass") if isinstance(file, str) else bytes(file))


def _read(number: int, data: bytes, dropped: list[Dropped]) -> tuple[list[Component], list[_Found]]:
    """Take a file apart; what cannot be read is dropped."""
    lines, _ = lines_of(data)
    calendars, _ = components_of(lines)
    problems: list[Problem] = []
    drafts, _ = drafts_of(calendars, problems)
    if number >= 0 and not drafts:
        raise CalendarError(
            f"file {number} has no event that can be read, it begins with {shorten(data[:200], 60)}:"
            " import a file with at least one VEVENT"
        )
    dropped += [Dropped(problem.uid, number, problem.line, problem.reason) for problem in problems]
    return calendars, [_Found(number, draft, identity_of(draft.component)) for draft in drafts]


def _newest(found: Iterable[_Found], dropped: list[Dropped]) -> list[_Found]:
    """Keep the newest of those that are one event, or one instance of one; of equals the first."""
    best: dict[object, _Found] = {}
    for one in found:
        key: object = id(one) if one.identity is None else (one.identity, instance_of(one.draft))
        other = best.get(key)
        if other is None:
            best[key] = one
        elif one.draft.revision > other.draft.revision:
            best[key] = one
            dropped.append(_dropped(other, "a newer one is there"))
        else:
            dropped.append(_dropped(one, "it is there already, and not older"))
    return list(best.values())


def _dropped(one: _Found, reason: str) -> Dropped:
    return Dropped(one.identity, one.file, one.draft.component.line, reason)


def _name(part: Component, identity: str | None) -> None:
    """Give a component that has none the UID that it is known by."""
    if identity is not None and not any(line.text[:4].upper() in ("UID:", "UID;") for line in part.own):
        part.lines.insert(1, Line(0, f"UID:{identity}"))
