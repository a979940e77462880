"""Zones: from an IANA name or a tzinfo to a table that turns local time into UTC and back.

`zone_of` finds a zone, `same_zone` compares two, `CustomZone` is one that carries its own transitions, `Zone.table`
converts (see `schedcore._zone`) and `transitions` lists what is in it, `GAPS` and `FOLDS` name the choices for local
times that do not exist or exist twice, `tzdb_version` tells which release of the tz database answers.

What this room does not do: it never guesses the machine's own zone, and reads no clock.
"""

from schedcore.zones.custom import CustomZone, transitions
from schedcore.zones.source import tzdb_version
from schedcore.zones.zone import FOLDS, GAPS, Zone, clear_cache, same_zone, zone_of

__all__ = [
    "FOLDS",
    "GAPS",
    "CustomZone",
    "Zone",
    "clear_cache",
    "same_zone",
    "transitions",
    "tzdb_version",
    "zone_of",
]
