"""Where zone data lie: the directories of `zoneinfo.TZPATH`, then the package `tzdata`, as `zoneinfo` searches them.

A key becomes a path here, so a key is checked before it touches the file system: parts of letters, digits and
`. _ + -` between slashes, and none that leads out of the directory.

What this module does not do: it opens no file but zone data and the two that tell their version.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from functools import lru_cache
from typing import Final

from schedcore.errors import ZoneError, shorten
from schedcore.zones.tzif import MAX_BYTES

__all__ = ["TZDATA", "find", "tzdb_version", "version_of"]

TZDATA: Final = "tzdata"  # names the package where otherwise a directory stands
# The longest key of tzdb has 32 characters; the limit keeps nonsense out of paths and messages.
_KEY: Final = re.compile(
    r"(?=.{1,128}\Z)[A-Za-z0-9_+-][A-Za-z0-9._+-]*(?:/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*\Z", re.DOTALL
)
_UNKNOWN: Final = "unknown"
#: How alike a name must be to be suggested, as difflib measures it: two letters in a name of twelve may be wrong.
_ALIKE: Final = 0.75


def find(key: str) -> tuple[bytes, str]:
    """Read the TZif bytes of a zone, and name the directory (or `TZDATA`) that they come from.

    ZoneError for a key that is not one or that nobody has; then the nearest names are suggested.
    """
    if not _KEY.match(key):
        raise ZoneError(f"{shorten(key)} is not the name of a zone: give one such as 'Europe/Zurich' or 'UTC'")
    for directory in zoneinfo.TZPATH:
        path = os.path.join(directory, *key.split("/"))
        try:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    return file.read(MAX_BYTES + 1), directory
        except OSError as error:
            raise ZoneError(f"zone {shorten(key)}: its file cannot be read ({error.strerror})") from error
    data = _packaged(key)
    if data is None:
        raise ZoneError(
            f"no zone is called {shorten(key)}{_suggestion(key)}: give an IANA name such as 'Europe/Zurich'"
        )
    return data, TZDATA


def _packaged(key: str) -> bytes | None:
    from importlib import resources  # slow to import, and not needed where the system has zone data

    try:
        return resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()
    except (ImportError, OSError):  # no package tzdata, no such file, or a folder: in any case no such zone
        return None


@lru_cache(maxsize=256)
def _suggestion(key: str) -> str:
    import difflib  # here since only those who mistype need it

    folded, names = key.casefold(), _names()
    near = difflib.get_close_matches(folded, _similar(folded), n=2, cutoff=_ALIKE)
    return " (did you mean " + " or ".join(repr(names[name]) for name in near) + "?)" if near else ""


def _similar(folded: str) -> list[str]:
    """The names that can be alike at all: comparing with every one of them takes difflib some milliseconds.

    At most so many characters of two texts match as neither has of letters that the other lacks.
    """
    own, size = frozenset(folded), len(folded)
    found = []
    for name, letters in _letters():
        matching = min(size - len(own - letters), len(name) - len(letters - own))
        if 2 * matching >= _ALIKE * (size + len(name)):
            found.append(name)
    return found


@lru_cache(maxsize=1)
def _letters() -> list[tuple[str, frozenset[str]]]:
    return [(name, frozenset(name)) for name in _names()]


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """All names by their lower case, from a list that tells them at once: walking directories would open every file."""
    from importlib import resources

    try:
        text = resources.files("tzdata").joinpath("zones").read_text("utf-8")
    except (ImportError, OSError):
        return {}
    return {name.casefold(): name for name in text.split()}


@lru_cache(maxsize=16)
def version_of(source: str) -> str:
    """Tell the tzdb release of a directory or of the package, such as "2025b"; "unknown" if it does not say.

    Directories say it in the first line of `tzdata.zi`, or in a file `+VERSION` (macOS, BSD).
    """
    if source == TZDATA:
        try:
            import tzdata  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            return _UNKNOWN
        return str(tzdata.IANA_VERSION)
    for name, pattern in (("tzdata.zi", r"# version (\w+)"), ("+VERSION", r"(\w+)")):
        try:
            with open(os.path.join(source, name), encoding="ascii", errors="replace") as file:
                found = re.match(pattern, file.readline(200))
        except OSError:
            continue
        if found:
            return found[1]
    return _UNKNOWN


def tzdb_version() -> str:
    """Tell the release of the zone data in use: of the first directory that has zones, else of the package `tzdata`.

    A single zone may come from another place if that directory lacks it; `Zone.version` tells that of the zone.

    >>> tzdb_version()[:2]
    '20'
    """
    for directory in zoneinfo.TZPATH:
        if os.path.isfile(os.path.join(directory, "Etc", "UTC")):
            return version_of(directory)
    return version_of(TZDATA)
