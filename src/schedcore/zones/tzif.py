"""TZif files (RFC 9636) into transition tables.

Rules of this module:

1. A file of version 2 or later holds its data twice; the second block, of 64 bits, is read and the first is skipped
   unread (RFC 9636 4). Version 1 has the block of 32 bits only, and no TZ string.
2. What is read is checked first: a file that breaks a MUST of RFC 9636 3 is a ZoneError that names what is wrong, and
   never a table that is right in parts.
3. Time before the first transition has type 0 (RFC 9636 3.2), time after the last what the TZ string says (3.3).

What this module does not do: leap seconds (zones under `right/` have them; the rest of the world counts without), the
names of local times, and which of them are daylight saving time: none of these moves an event.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple, NoReturn

from schedcore._zone import ZoneTable
from schedcore.errors import ZoneError, shorten
from schedcore.zones.posix import read_tail

__all__ = ["MAX_BYTES", "read_tzif"]

# The largest files of tzdb have 4 KB, "fat" ones that list transitions to 2037 included.
MAX_BYTES: Final = 1 << 20
_HEADER: Final = struct.Struct(">4sc15x6L")
_TYPE_BYTES: Final = 6
_NO_OFFSET: Final = -(1 << 31)  # RFC 9636 3.2: utoff MUST NOT be this
_VERSIONS: Final = {b"\0": 1, b"2": 2, b"3": 3, b"4": 4}


class _Header(NamedTuple):
    version: int
    isutcnt: int
    isstdcnt: int
    leapcnt: int
    timecnt: int
    typecnt: int
    charcnt: int

    def length(self, time_bytes: int) -> int:
        """Bytes of the data block behind this header, for times of that width."""
        return (
            self.timecnt * (time_bytes + 1)
            + self.typecnt * _TYPE_BYTES
            + self.charcnt
            + self.leapcnt * (time_bytes + 4)
            + self.isstdcnt
            + self.isutcnt
        )


class _Reader:
    """One file, and where reading it has got to."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name
        self.position = 0

    def fail(self, what: str) -> NoReturn:
        raise ZoneError(f"zone data of {shorten(self.name)}: {what}; install the time zone data (tzdata) again")

    def header(self) -> _Header:
        at = self.position
        if len(self.data) - at < _HEADER.size:
            self.fail(f"it ends within the header at byte {at}" if at else "it is too short for a TZif file")
        magic, version, *counts = _HEADER.unpack_from(self.data, at)
        if magic != b"TZif":
            self.fail(f"byte {at} begins with {magic!r} instead of b'TZif'")
        if version not in _VERSIONS:
            self.fail(f"version {version!r} is not one of 1 to 4")
        self.position += _HEADER.size
        return _Header(_VERSIONS[version], *counts)

    def block(self, header: _Header, time_bytes: int) -> tuple[int, tuple[int, ...], list[int]]:
        """The offset before all transitions, the transitions, and the offset from each on."""
        end = self.position + header.length(time_bytes)
        if end > len(self.data):
            self.fail(f"its header speaks of {end} bytes, and it has {len(self.data)}")
        if not header.typecnt or not header.charcnt:
            self.fail("it has no type of local time")
        if header.isutcnt not in (0, header.typecnt) or header.isstdcnt not in (0, header.typecnt):
            self.fail("it has indicators, but not one for each type of local time")
        if header.leapcnt:
            self.fail(f"it counts {header.leapcnt} leap seconds, which no calendar does; use the zone outside right/")
        times = struct.unpack_from(f">{header.timecnt}{'q' if time_bytes == 8 else 'l'}", self.data, self.position)
        types = self.position + header.timecnt * time_bytes
        records = types + header.timecnt
        offsets = self._types(records, header)
        self.position = end
        try:
            return offsets[0], times, [offsets[kind] for kind in self.data[types:records]]
        except IndexError:
            self.fail(f"a transition leads to a type of local time beyond the {header.typecnt} it has")

    def _types(self, at: int, header: _Header) -> list[int]:
        offsets: list[int] = []
        for offset, is_dst, name in struct.iter_unpack(">lBB", self.data[at : at + header.typecnt * _TYPE_BYTES]):
            if offset == _NO_OFFSET or is_dst > 1 or name >= header.charcnt:
                self.fail(f"type {len(offsets)} of local time is damaged ({offset}, {is_dst}, {name})")
            offsets.append(offset)
        return offsets

    def footer(self) -> str:
        """The TZ string between two line ends; empty if what follows the last transition is not known."""
        text, closed, _ = self.data[self.position + 1 :].partition(b"\n")
        if self.data[self.position : self.position + 1] != b"\n" or not closed or not text.isascii():
            self.fail("its TZ string is not a line of ASCII at the end")
        return text.decode("ascii")


def read_tzif(data: bytes, name: str) -> ZoneTable:
    """Read the bytes of a TZif file of version 1 to 4 into a table; `name` is for messages only.

    ZoneError says what is damaged. Bounded by `MAX_BYTES`; some 60 microseconds for a zone of tzdb. Source: RFC 9636.

    >>> header = b"TZif" + bytes(16) + struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    >>> read_tzif(header + struct.pack(">lBB", 3600, 0, 0) + b"CET" + bytes(1), "one offset").offset_at(0)
    3600
    """
    reader = _Reader(data, name)
    if len(data) > MAX_BYTES:
        reader.fail(f"it has more than {MAX_BYTES} bytes")
    header = reader.header()
    tail: tuple[int, ...] | None = None
    if header.version == 1:
        first, times, offsets = reader.block(header, 4)
    else:
        reader.position += header.length(4)
        header = reader.header()
        if header.version == 1:
            reader.fail("its second header has version 1")
        first, times, offsets = reader.block(header, 8)
    try:
        if header.version > 1 and (text := reader.footer()):
            tail = read_tail(text)
        return ZoneTable(first, times, offsets, tail)
    except ZoneError as error:
        if str(error).startswith("zone data of "):
            raise
        reader.fail(str(error))
