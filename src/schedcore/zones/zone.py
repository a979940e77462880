"""A zone by its name or its tzinfo, found once and shared.

Rules of this module:

1. A name is looked up in the zone data; a `zoneinfo.ZoneInfo`, and any other tzinfo with a `key`, by that key.
2. A `datetime.timezone` is its offset, and a `CustomZone` its own table, whatever its name.
3. Every other tzinfo is refused: its rules cannot be seen from outside, only its answers one by one, and a table
   made from samples would be wrong without a sign of it. That goes for `ZoneInfo.from_file` without a key as well.

What this module does not do: it does not notice when the system's zone data change; `clear_cache` does.
"""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from schedcore._zone import ZoneTable
from schedcore.errors import ZoneError, shorten
from schedcore.zones import source
from schedcore.zones.custom import CustomZone
from schedcore.zones.tzif import read_tzif

__all__ = ["FOLDS", "GAPS", "Zone", "clear_cache", "same_zone", "zone_of"]

GAPS: Final = {"shift": 0, "skip": 1}
FOLDS: Final = {"first": 0, "last": 1, "both": 2}

# tzdb has about 600 names; a table with daylight saving time takes 40 KB.
_MAX_KNOWN: Final = 512
_known: dict[object, Zone] = {}
_lock: Final = Lock()
_SECOND: Final = timedelta(seconds=1)


class Zone:
    """A zone: its name, its table of transitions, and the release of the data it was read from.

    `key` is the IANA name, "UTC+05:30" for a fixed offset, or the name of a custom zone; `version` the tzdb release (""
    where there is none). Immutable and shared; made by `zone_of`. Pickles by its name and is read again where it
    arrives; a custom zone takes its transitions along.

    >>> zone = zone_of("Europe/Zurich")
    >>> zone.key, zone.tzinfo, zone.table.offset_at(0)
    ('Europe/Zurich', zoneinfo.ZoneInfo(key='Europe/Zurich'), 3600)
    """

    __slots__ = ("_tzinfo", "key", "table", "version")

    key: Final[str]
    table: Final[ZoneTable]
    version: Final[str]

    def __init__(self, key: str, table: ZoneTable, version: str, tz: tzinfo | None = None) -> None:
        self.key = key
        self.table = table
        self.version = version
        self._tzinfo = tz

    @property
    def tzinfo(self) -> tzinfo:
        """The zone for Python's own datetimes; the `ZoneInfo` of the name, whichever object the zone was found by."""
        if self._tzinfo is None:
            self._tzinfo = ZoneInfo(self.key)
        return self._tzinfo

    def __repr__(self) -> str:
        return f"<Zone {self.key}>"

    def __reduce__(self) -> tuple[object, ...]:
        return zone_of, (self._tzinfo or self.key,)


def zone_of(tz: str | tzinfo) -> Zone:
    """Find the zone of an IANA name, a ZoneInfo, a datetime.timezone or a CustomZone.

    ZoneError says which name nobody knows, which data are damaged, or which tzinfo cannot be used and what to give
    instead. Found zones are kept, 512 at most: 60 ns then, about 0.2 ms the first time.

    >>> zone_of("Europe/Zurich") is zone_of(ZoneInfo("Europe/Zurich"))
    True
    >>> zone_of("Europe/Zürich")
    Traceback (most recent call last):
        ...
    schedcore.errors.ZoneError: 'Europe/Zürich' is not the name of a zone: give one such as 'Europe/Zurich' or 'UTC'
    """
    try:
        return _known[tz]
    except (KeyError, TypeError):  # not known yet, or a tzinfo that cannot be hashed
        return _find(tz)


def _find(tz: object) -> Zone:
    if isinstance(tz, str):
        return _keep(tz, _read(tz))
    if isinstance(tz, timezone):
        return _keep(tz, _fixed(tz))
    if isinstance(tz, CustomZone):
        if tz._zone is None:
            tz._zone = Zone(tz.key, tz.table, "", tz)
        return tz._zone
    key = getattr(tz, "key", None)
    if not isinstance(tz, tzinfo) or not isinstance(key, str):
        raise ZoneError(
            f"{shorten(tz)} does not tell its rules: give an IANA name such as 'Europe/Zurich', a datetime.timezone,"
            " or a zoneinfo.ZoneInfo that has its key (ZoneInfo.from_file(file, key=...))"
        )
    zone = _known.get(key)
    if zone is None:
        zone = _keep(key, _read(key))
    return _keep(tz, zone)


def _read(key: str) -> Zone:
    data, place = source.find(key)
    return Zone(key, read_tzif(data, key), source.version_of(place))


def _fixed(tz: timezone) -> Zone:
    offset = tz.utcoffset(None)
    seconds, rest = divmod(offset, _SECOND)
    if rest:
        raise ZoneError(f"{shorten(tz)} is not a whole number of seconds from UTC: round it")
    key = "UTC" if not seconds else str(timezone(offset))
    return Zone(key, ZoneTable(seconds), "", tz)


def _keep(name: object, zone: Zone) -> Zone:
    """Remember a zone; the first one wins, so that all threads share it, and the oldest goes when there are many."""
    try:
        with _lock:
            while len(_known) >= _MAX_KNOWN:
                del _known[next(iter(_known))]
            return _known.setdefault(name, zone)
    except TypeError:
        return zone


def same_zone(one: tzinfo, other: tzinfo) -> bool:
    """Tell whether two tzinfos are one zone, though they be two objects; False for one that does not tell its rules.

    A ZoneInfo equals nothing but itself, and a name may have many: `ZoneInfo.no_cache`, `ZoneInfo.from_file`, and those
    from before and after `ZoneInfo.clear_cache`. A CustomZone is another zone than the one that bears its name.

    >>> same_zone(ZoneInfo("Europe/Zurich"), ZoneInfo.no_cache("Europe/Zurich"))
    True
    """
    if one is other or one == other:
        return True
    if isinstance(one, CustomZone) or isinstance(other, CustomZone):
        return False
    try:
        return zone_of(one).key == zone_of(other).key
    except ZoneError:
        return False


def clear_cache() -> None:
    """Forget all zones, for when the system's zone data or `zoneinfo.TZPATH` have changed; see `ZoneInfo.clear_cache`.

    Zones in use stay as they were read.

    >>> clear_cache()
    """
    with _lock:
        _known.clear()
    source.version_of.cache_clear()
