"""Zones: bytes as TZif files, text as their TZ strings, as names of zones and as VTIMEZONE.

The first byte chooses which. What must hold: no error but ZoneError and CalendarError; a table keeps the promises of
its `_check`, and times go through it and back; where zoneinfo reads a TZif file too, both have the same offsets up to
the last transition; a name never reaches a file outside of the zone data.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from schedcore._column import column_of
from schedcore.errors import CalendarError, ZoneError
from schedcore.ics.vtimezone import definition_of
from schedcore.zones import zone_of
from schedcore.zones.source import find
from schedcore.zones.tzif import read_tzif
from zones import twin

WORDS: Final = (
    *(b"TZif2", b"TZif\0", b"CET-1CEST,M3.5.0,M10.5.0/3\n", b"<-02>2", b",J60", b",0/0", b"../"),
    *(b"BEGIN:STANDARD\n", b"END:STANDARD\n", b"BEGIN:DAYLIGHT\n", b"END:DAYLIGHT\n", b"Europe/Zurich", b"/etc/"),
    *(b"\nTZOFFSETFROM:", b"\nTZOFFSETTO:"),
    *(b"\nDTSTART:19700329T020000", b"\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", b"\nRDATE:", b"\nTZUNTIL:", b"+0100"),
)
_FOOTERS: Final = ("CET-1CEST,M3.5.0,M10.5.0/3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "AAA3BBB,J60,J300/1:30", "XXX-14")
_SPOTS: Final = [*range(-(10**10), 2 * 10**10, 10**8 + 3601)]


def seeds() -> Iterable[bytes]:
    """A few of each."""
    for footer in _FOOTERS:
        yield b"\0" + twin.tzif(3600, [-(10**9), 0, 10**8], [0, 3600, 7200], footer, version=b"3")
        yield b"\1" + footer.encode()
    yield b"\0" + twin.tzif(60, [-5, 5], [0, 120], version=b"\0")
    for key in ("Asia/Gaza", "Europe/Zurich"):
        yield b"\0" + find(key)[0]
        yield b"\2" + key.encode()
    yield from (b"\2../../etc/passwd", b"\2Europe", b"\2UTC\0", b"\2europe/zurich", b"\2/usr/share/zoneinfo/UTC")
    yield (
        b"\3BEGIN:VTIMEZONE\nTZID:Ours\n"
        b"BEGIN:DAYLIGHT\nDTSTART:19700329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n"
        b"BEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
        b"RDATE:19711025T030000,19721025T030000\nEND:STANDARD\nEND:VTIMEZONE"
    )


def check(data: bytes) -> None:
    """Read one of them."""
    if data:
        (_tzif, _tz_string, _name, _definition)[data[0] % 4](data[1:])


def _tzif(data: bytes) -> None:
    try:
        table: Any = read_tzif(data, "Fuzz/Zone")
    except ZoneError as error:
        assert len(str(error)) < 500
        return
    _goes_round(table)
    _like_zoneinfo(table, data)


def _goes_round(table: Any) -> None:
    table._check()
    utc = table.to_utc(column_of(_SPOTS)).tolist()
    assert utc == sorted(set(utc))
    shown = table.to_local(column_of(utc)).tolist()
    assert utc == [local - table.offset_at(at) for at, local in zip(utc, shown, strict=True)]


def _like_zoneinfo(table: Any, data: bytes) -> None:
    """Up to year 2037 at most, and only where there is no tail: the ends of both differ in ways that are tested."""
    if not data.endswith(b"\n\n"):
        return
    try:
        zone = ZoneInfo.from_file(io.BytesIO(data))
    except Exception:  # it raises whatever comes
        return
    for at in _SPOTS:
        if -62 * 10**9 < at < 2**31:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
            assert zone.utcoffset(moment.astimezone(zone)) == timedelta(seconds=table.offset_at(at)), at


def _tz_string(data: bytes) -> None:
    header = twin.tzif(3600, [0], [7200], "", version=b"3")[:-1]
    try:
        table: Any = read_tzif(header + data + b"\n", "Fuzz/Zone")
    except ZoneError:
        return
    _goes_round(table)


def _name(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        zone = zone_of(text)
    except ZoneError as error:
        assert len(str(error)) < 500
        return
    assert zone.key == text or zone.key.casefold() == text.casefold(), (zone.key, text)


def _definition(data: bytes) -> None:
    try:
        found = definition_of("Ours", data.decode("utf-8", "replace"))
    except CalendarError as error:
        assert len(str(error)) < 1000
        return
    _goes_round(found.zone.table)
