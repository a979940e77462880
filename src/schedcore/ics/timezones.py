"""Which zone a TZID names.

Rules of this module, the first that applies (RFC 5545 3.2.19):

1. An IANA name, also behind a vendor's prefix as in /freeassociation.sourceforge.net/Europe/Berlin.
2. A Windows name, by the CLDR table that `icalendar` ships.
3. The X-LIC-LOCATION of the VTIMEZONE of that TZID.
4. A VTIMEZONE of that TZID whose observances all have one offset.
5. Otherwise nobody knows, and that is an error: a guess would put meetings at the wrong hour without a sign of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final

from schedcore.errors import CalendarError, ZoneError, shorten
from schedcore.ics.component import Component
from schedcore.zones import zone_of

__all__ = ["Zones"]

_UTC_NAMES: Final = frozenset(("UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT", "ZULU"))
_OFFSET: Final = re.compile(r"\s*TZOFFSETTO\s*(?:;[^:]*)?:\s*([+-])(\d\d)(\d\d)(\d\d)?\s*", re.ASCII | re.IGNORECASE)


class Zones:
    """The zones of one text: its TZIDs, looked up once each."""

    def __init__(self, definitions: Iterable[Component]) -> None:
        self.notes: list[str] = []
        self._known: dict[str, tzinfo | str] = {}
        self._definitions: dict[str, Component] = {}
        for definition in definitions:
            for prop in definition.properties(frozenset(("TZID",))):
                self._definitions.setdefault(prop.value.strip(), definition)

    def find(self, tzid: str) -> tzinfo:
        """Give the zone of a TZID; CalendarError if nobody knows it."""
        found = self._known.get(tzid)
        if found is None:
            try:
                found = self._look_up(tzid)
            except CalendarError as error:
                found = str(error)
            self._known[tzid] = found
        if isinstance(found, str):
            raise CalendarError(found)
        return found

    def _look_up(self, tzid: str) -> tzinfo:
        found = _by_name(tzid)
        if found is not None:
            return found
        definition = self._definitions.get(tzid)
        if definition is not None:
            for prop in definition.properties(frozenset(("X-LIC-LOCATION",))):
                found = _by_name(prop.value.strip())
                if found is not None:
                    self.notes.append(f"TZID={shorten(tzid)} is read as {prop.value.strip()}, its X-LIC-LOCATION")
                    return found
            offset = _only_offset(definition)
            if offset is not None:
                return timezone(offset)
        raise CalendarError(
            f"TZID={shorten(tzid)} is not the name of a zone: use an IANA name such as Europe/Zurich, or a Windows name"
        )


def _by_name(tzid: str) -> tzinfo | None:
    """Look a name up among IANA's and Windows', with and without what stands before it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = tzid.strip().strip('"')
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


def _only_offset(definition: Component) -> timedelta | None:
    """The offset of a zone that never changes it."""
    offsets = {found.groups() for line in definition.lines if (found := _OFFSET.fullmatch(line.text))}
    if len(offsets) != 1:
        return None
    sign, hours, minutes, seconds = offsets.pop()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return None if offset >= timedelta(days=1) else -offset if sign == "-" else offset
