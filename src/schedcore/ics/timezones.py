"""Which zone a TZID means.

Rules of this module (RFC 5545 3.2.19, 3.6.5):

1. The VTIMEZONE of that TZID in the same VCALENDAR, else in another one of the text, defines it.
2. Where such a definition and the zone of its name give the same offsets, the latter is taken, for then it is the
   zone that everybody knows. They are compared from the first date that the text has in this zone, for what was before
   concerns nobody, up to the last onset: definitions are often written for a few years only. A definition that goes on
   for ever, or whose onsets all lie before that date, is compared for 400 years, which is as good as for ever.
3. Where they differ the definition holds, and the difference is noted.
4. The zone of a name is: IANA's, also behind a vendor's prefix as in /freeassociation.sourceforge.net/Europe/Berlin;
   that of a Windows name, by the CLDR table that `icalendar` ships; that of the X-LIC-LOCATION of the definition.
5. Without a definition, or with one that cannot be used, the zone of the name is taken.
6. Otherwise nobody knows, and that is an error: a guess would put meetings at the wrong hour without a sign of it.

A definition never refers to another: TZIDs that name each other lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from schedcore.errors import CalendarError, ZoneError, shorten
from schedcore.ics.component import Component
from schedcore.ics.text import Line
from schedcore.ics.vtimezone import Definition, definition_of
from schedcore.recurrence.window import DAY, MAX_KEY, floating_key
from schedcore.zones import Zone, transitions, zone_of

__all__ = ["Uses", "Zones"]

_UTC_NAMES: Final = frozenset(("UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT", "ZULU"))
#: A TZID, in quotes or not, and the value of the line.
_USE: Final = re.compile(r";\s*TZID\s*=\s*(?:\"([^\"]*)\"|([^;:\"]+))[^:]*:(.*)", re.ASCII | re.IGNORECASE)
_YEAR: Final = re.compile(r"(?<!\d)(\d{4})-?\d\d-?\d\d(?!\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1)
_CYCLE: Final = 146_097 * DAY  # the calendar repeats after 400 years
#: Answers kept with a definition: as many as there are years in which calendars begin, or about.
_COMPARED: Final = 64
_TZID: Final = frozenset(("TZID",))
_LOCATION: Final = frozenset(("X-LIC-LOCATION",))


class Uses:
    """The first year that a text has in each zone; it is read for that when somebody asks."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines
        self._years: dict[str, int] | None = None

    def first(self, tzid: str) -> int | None:
        """Local seconds of the start of the first year, None if the text has no date in this zone."""
        if self._years is None:
            self._years = {}
            for line in self._lines:
                found = _USE.search(line.text) if "TZID" in line.text or "tzid" in line.text else None
                years = [int(year) for year in _YEAR.findall(found[3])] if found else ()
                if found and years:
                    name = (found[1] or found[2]).strip()
                    self._years[name] = min(self._years.get(name, 9999), *years)
        year = self._years.get(tzid)
        return None if year is None else floating_key(datetime(max(year, 1), 1, 1))


class Zones:
    """The zones of one VCALENDAR: its TZIDs, looked up once each. `notes` is what there was to say about them."""

    def __init__(self, own: Iterable[Component], others: Iterable[Component], uses: Uses) -> None:
        self.notes: list[str] = []
        self._uses = uses
        self._known: dict[str, tzinfo | str] = {}
        self._definitions: dict[str, Component] = {}
        for part in (*own, *others):
            if part.name == "VTIMEZONE":
                for prop in part.properties(_TZID):
                    self._definitions.setdefault(_bare(prop.value), part)

    def find(self, tzid: str) -> tzinfo:
        """Give the zone of a TZID; CalendarError if nobody knows it."""
        found = self._known.get(tzid)
        if found is None:
            try:
                found = self._look_up(_bare(tzid))
            except CalendarError as error:
                found = str(error)
            self._known[tzid] = found
        if isinstance(found, str):
            raise CalendarError(found)
        return found

    def _look_up(self, tzid: str) -> tzinfo:
        part = self._definitions.get(tzid)
        named = _by_name(tzid)
        if part is None:
            if named is None:
                raise CalendarError(
                    f"TZID={shorten(tzid)} is not the name of a zone, and no VTIMEZONE defines it: use an IANA name"
                    " such as Europe/Zurich, or a Windows name"
                )
            return named
        if named is None:
            for prop in part.properties(_LOCATION):
                named = named or _by_name(prop.value)
        try:
            definition = definition_of(tzid, "\n".join(line.text for line in part.lines))
        except CalendarError as error:
            if named is None:
                raise
            self.notes.append(f"{error}; it is read as {named}")
            return named
        self.notes += [f"TZID={shorten(tzid)}: {note}" for note in definition.notes]
        if named is None:
            return definition.zone
        other = _compared(definition, zone_of(named), self._uses.first(tzid))
        if other is None:
            return named
        self.notes.append(
            f"TZID={shorten(tzid)}: its VTIMEZONE differs from the zone {named}, first at {other}: the VTIMEZONE counts"
        )
        return definition.zone


def _bare(tzid: str) -> str:
    return tzid.strip().strip('"')


def _by_name(tzid: str) -> tzinfo | None:
    """Look a name up among IANA's and Windows', with and without what stands before it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = _bare(tzid)
    if name.upper() in _UTC_NAMES:
        return UTC
    pieces = name.strip("/").split("/")
    # Longest first: America/Argentina/Buenos_Aires. No IANA name has more than three pieces.
    candidates = [name, *("/".join(pieces[at:]) for at in range(max(len(pieces) - 3, 0), len(pieces) - 1))]
    for candidate in candidates:
        try:
            return zone_of(WINDOWS_TO_OLSON.get(candidate, candidate)).tzinfo
        except ZoneError:
            continue
    return None


def _compared(definition: Definition, named: Zone, first_use: int | None) -> str | None:
    """What `_difference` says, kept with the definition."""
    key, known = (named, first_use), definition.compared
    if key not in known:
        if len(known) >= _COMPARED:
            known.clear()
        known[key] = _difference(definition, named, first_use)
    return known[key]


def _difference(definition: Definition, named: Zone, first_use: int | None) -> str | None:
    """The first instant at which a definition and the zone of its name differ, with both offsets, as text."""
    ours, theirs = definition.zone.table, named.table
    lo = definition.first
    if first_use is not None:
        lo = max(lo, first_use - DAY)  # no zone is further ahead of UTC than a day
    hi = definition.last + 1 if definition.last is not None and definition.last >= lo else lo + _CYCLE
    hi = min(hi, MAX_KEY)
    if ours.offset_at(lo) != theirs.offset_at(lo):
        return _shown(lo, ours.offset_at(lo), theirs.offset_at(lo))
    here, there = transitions(ours, lo + 1, hi), transitions(theirs, lo + 1, hi)
    if here == there:
        return None
    at = min(one[0] for one in set(here) ^ set(there))
    return _shown(at, ours.offset_at(at), theirs.offset_at(at))


def _shown(at: int, ours: int, theirs: int) -> str:
    """Write it as 2026-03-29T01:00:00Z (+01:00, there +02:00)."""
    moment = _EPOCH + timedelta(seconds=at)
    here, there = (str(timezone(timedelta(seconds=offset)))[3:] or "+00:00" for offset in (ours, theirs))
    return f"{moment.isoformat()}Z ({here}, there {there})"
