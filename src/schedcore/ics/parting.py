"""A calendar as one text for each event, and such texts as one calendar: `parted` and `joined`.

Rules of this module:

1. An event's text is a VCALENDAR with all components of one UID and the VTIMEZONEs that they name, and says nothing of
   the calendar as a whole (name, zone). So it can be kept, sent and read by itself.
2. A component without a UID is an event of its own; it gets a UID made of its text, the same for the same.
3. Two texts may mean different zones by one TZID. Joined, an event that does begins another VCALENDAR; a file may hold
   several (RFC 5545 3.4).
4. What is no event (to-dos, journals) belongs to no event, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from schedcore.ics.calendar import Calendar
from schedcore.ics.component import Component, components_of
from schedcore.ics.draft import uid_of
from schedcore.ics.text import Line, lines_of
from schedcore.ics.writing import PRODID, escaped, written

__all__ = ["joined", "parted"]

_HEAD: Final = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}"]
_TZID: Final = frozenset(("TZID",))
#: Properties that may name a zone.
_ZONED: Final = "TZID"


def parted(calendar: Calendar) -> dict[str, bytes]:
    """Give the text of each event by its UID, in the order of the calendar. Cost: linear in its text.

    >>> text = "BEGIN:VEVENT\\nUID:{}\\nDTSTART:20260302T120000\\nEND:VEVENT\\n"
    >>> found = parted(Calendar.from_ical(text.format("a") + text.format("b")))
    >>> list(found), Calendar.from_ical(found["b"]).events[0].uid
    (['a', 'b'], 'b')
    """
    lines = [Line(number, text) for number, text in enumerate(calendar._text.split("\n"), 1)]
    bodies: dict[str, list[str]] = {}
    zones: dict[str, dict[str, list[str]]] = {}
    for one in components_of(lines)[0]:
        known = {name: [line.text for line in part.lines] for part in one.parts for name in _zone_of(part)}
        for part in one.parts:
            if part.name != "VEVENT":
                continue
            uid, texts = _named(part)
            bodies.setdefault(uid, []).extend(texts)
            its = zones.setdefault(uid, {})
            its |= {name: known[name] for name in _zones_named(part, known) if name not in its}
    return {
        uid: written([*_HEAD, *(line for one in zones[uid].values() for line in one), *body, "END:VCALENDAR"])
        for uid, body in bodies.items()
    }


def joined(texts: Iterable[bytes], *, name: str = "", tz: str = "") -> Iterator[bytes]:
    """Give one calendar of the texts of events, a piece for each; `name` and `tz` are what it says of itself.

    >>> text = b"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:1\\nDTSTART:20260302T120000\\nEND:VEVENT\\nEND:VCALENDAR"
    >>> b"".join(joined([text], name="Work")).split(b"\\r\\n")[3:5]
    [b'X-WR-CALNAME:Work', b'BEGIN:VEVENT']
    """
    head = [*_HEAD, *([f"X-WR-CALNAME:{escaped(name)}"] if name else []), *([f"X-WR-TIMEZONE:{tz}"] if tz else [])]
    said: dict[str, list[str]] = {}
    yield written(head)
    for text in texts:
        parts = [part for one in components_of(lines_of(text)[0])[0] for part in one.parts]
        zones = {name: [line.text for line in part.lines] for part in parts for name in _zone_of(part)}
        lines: list[str] = []
        if any(said.get(key, its) != its for key, its in zones.items()):
            lines, said = ["END:VCALENDAR", *head], {}
        lines += [line for key, its in zones.items() if key not in said for line in its]
        said |= zones
        lines += [line.text for part in parts if part.name == "VEVENT" for line in part.lines]
        yield written(lines)
    yield written(["END:VCALENDAR"])


def _zone_of(part: Component) -> list[str]:
    """The name that a VTIMEZONE has; nothing for anything else."""
    return [prop.value.strip() for prop in part.properties(_TZID)][:1] if part.name == "VTIMEZONE" else []


def _zones_named(part: Component, known: dict[str, list[str]]) -> list[str]:
    """The zones that an event names."""
    if not known:
        return []
    text = "\n".join(line.text for line in part.lines if _ZONED in line.text.upper())
    return [name for name in known if name in text]


def _named(part: Component) -> tuple[str, list[str]]:
    """The UID of a component and its lines; with one that is made where it has none."""
    texts = [line.text for line in part.lines]
    uid = uid_of(part)
    if uid is not None:
        return uid, texts
    uid = str(uuid5(NAMESPACE_OID, "\n".join(texts)))
    return uid, [texts[0], f"UID:{uid}", *(text for text in texts[1:] if text[:3].upper() != "UID")]
