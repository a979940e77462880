"""TZif files, right and damaged, and the TZ strings at their ends."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore._column import column_of
from schedcore._zone import local_seconds
from schedcore.errors import ZoneError
from schedcore.zones.posix import read_tail
from schedcore.zones.source import find
from schedcore.zones.tzif import MAX_BYTES, read_tzif
from zones import twin

REAL = [find(key)[0] for key in ("Europe/Zurich", "Asia/Gaza", "Asia/Tokyo", "Africa/Casablanca")]


@pytest.mark.parametrize(
    "footer",
    [
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",  # the south: a year begins in daylight saving time
        "IST-1GMT0,M10.5.0,M3.5.0/1",  # negative daylight saving time
        "EET-2EEST,M3.4.4/50,M10.4.4/50",  # hours of RFC 9636 3.3.2, beyond a day
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "AAA3BBB,J60,J300/1:30",  # J60 is 1 March in every year
        "AAA-3:00:07BBB-5,J1/2,J365/1",
        "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
        "XXX-14",
        "XXX3EDT4,0/0,J365/23",  # daylight saving time all year, as RFC 9636 3.3.1 shows it
    ],
)
def test_tz_strings_against_zoneinfo(footer: str) -> None:
    """Alone, and behind a transition in 2000, through 9998 (zoneinfo looks at one calendar year at a time)."""
    draw = random.Random(footer)
    for times, offsets in (([], []), ([951_782_400], [3600])):
        data = twin.tzif(-7200, times, offsets, footer, version=b"3")
        table, tz = read_tzif(data, footer), ZoneInfo.from_file(io.BytesIO(data))
        table._check()  # type: ignore[attr-defined]
        for _ in range(400):
            value = datetime(draw.randrange(2, 9999), 1, 3, tzinfo=UTC) + timedelta(seconds=draw.randrange(360 * 86400))
            local = value.astimezone(tz)
            utc = local_seconds(value)
            assert [local.replace(tzinfo=None)] == table.datetimes(column_of([utc]), None), value
            assert local_seconds(local) - utc == table.offset_at(utc)


def test_days_counted_from_0() -> None:
    """59 is 29 February in leap years and 1 March in others; zoneinfo (Python 3.11) is a day early there."""
    table = read_tzif(twin.tzif(footer="AAA0BBB,59/0,300/0"), "counted")
    for year, first in ((2024, datetime(2024, 2, 29)), (2025, datetime(2025, 3, 1)), (2100, datetime(2100, 3, 1))):
        assert [(local_seconds(first), 0, 3600)] == table.gaps(
            local_seconds(datetime(year, 1, 1)), local_seconds(datetime(year, 12, 31))
        )


def test_daylight_saving_time_all_year_has_no_seam() -> None:
    """It ends every year at the instant at which it begins again: one offset for ever."""
    table = read_tzif(twin.tzif(footer="XXX3EDT2,0/0,J365/25"), "all year")
    assert [] == table.gaps(-(2**60), 2**60) and {-7200} == {table.offset_at(10**9 * k) for k in range(-60, 250)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "'' is not a name and an offset"),
        ("CET", "'CET' is not a name and an offset"),
        ("CE-1", "is not a name and an offset"),
        ("<+3>-3", "is not a name and an offset"),
        ("CET-25", "'-25' is more than 24 hours"),
        ("CET-1:60", "more than"),
        ("CET-1CEST", "needs two dates"),
        ("CET-1CEST,M3.5.0", "needs two dates"),
        ("CET-1,M3.5.0,M10.5.0", "standard time none"),
        ("CET-1CEST,M13.5.0,M10.5.0", "no year has the date 'M13.5.0'"),
        ("CET-1CEST,M3.6.0,M10.5.0", "no year has the date"),
        ("CET-1CEST,M3.5.7,M10.5.0", "no year has the date"),
        ("CET-1CEST,J0,M10.5.0", "no year has the date 'J0'"),
        ("CET-1CEST,366,M10.5.0", "no year has the date '366'"),
        ("CET-1CEST,M3.5.0/168,M10.5.0", "'168' is more than 167 hours"),
        ("CET-1CEST,M3.5.0/,M10.5.0", "is not a date"),
        ("CET-٣", "is not a name and an offset"),
        ("X" * 5000, r"\(5000 in all\)"),
    ],
)
def test_tz_strings_that_are_wrong(text: str, named: str) -> None:
    with pytest.raises(ZoneError, match=named):
        read_tail(text)


def test_version_1_has_no_tail() -> None:
    """32 bits, and the last offset stays."""
    table = read_tzif(twin.tzif(60, [-5, 5], [0, 120], version=b"\0"), "old")
    assert [60, 0, 120, 120] == [table.offset_at(utc) for utc in (-6, -5, 5, 10**11)]


def test_the_tail_overrules_a_last_transition_that_contradicts_it() -> None:
    """As zoneinfo has it; RFC 9636 3.3 says that they must agree."""
    table = read_tzif(twin.tzif(0, [5], [3600], "XXX-2"), "contradiction")
    assert [0, 7200] == [table.offset_at(4), table.offset_at(5)]


def test_transitions_far_outside_of_the_calendar() -> None:
    """zic used to write one for the Big Bang (-2^59); and nothing behind year 9999 can matter."""
    table = read_tzif(twin.tzif(7, [-(2**59), 0, 2**59], [60, 120, 180], "XXX-2"), "far")
    assert [60, 120, 120] == [table.offset_at(utc) for utc in (-1, 0, 253402300799)]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "too short for a TZif file"),
        (b"# version 2025b\n" * 9, "begins with b'# ve'"),
        (twin.tzif()[:30], "too short"),
        (twin.tzif(version=b"9"), "version b'9'"),
        (twin.tzif()[:60], "ends within the header at byte 54"),
        (twin.tzif()[:-5], "speaks of 108 bytes, and it has 105"),
        (twin.tzif()[:-1], "TZ string is not a line"),
        (twin.tzif()[:-2] + b"X\n", "TZ string is not a line"),
        (twin.tzif(footer="CET\xe9"), "TZ string is not a line"),
        (twin.tzif(footer="nonsense"), "'nonsense' is not a name and an offset"),
        (twin.tzif(0, [5], [1], kinds=[2]), "beyond the 2 it has"),
        (twin.tzif(0, [5, 5], [1, 2]), "transition 1 at 5 is not behind"),
        (twin.tzif(0, [5, 4], [1, 2]), "transition 1 at 4 is not behind"),
        (twin.tzif(types=[]), "no type of local time"),
        (twin.tzif(names=b""), "no type of local time"),
        (twin.tzif(types=[(-(2**31), 0, 0)]), "type 0 of local time is damaged"),
        (twin.tzif(types=[(0, 2, 0)]), "type 0 of local time is damaged"),
        (twin.tzif(types=[(0, 0, 9)]), "type 0 of local time is damaged"),
        (twin.tzif(86400), "offset of 86400 seconds"),
        (twin.tzif(leaps=2), "counts 2 leap seconds"),
        (twin.tzif(indicators=(3, 0)), "not one for each type"),
        (twin.tzif().replace(b"TZif2", b"TZif\0").replace(b"TZif\0", b"TZif2", 1), "second header has version 1"),
        (bytes(MAX_BYTES + 1), "more than 1048576 bytes"),
    ],
)
def test_damaged_files(data: bytes, named: str) -> None:
    """Each is told apart, with the name of the zone."""
    with pytest.raises(ZoneError, match=named) as caught:
        read_tzif(data, "Some/Zone")
    assert "zone data of 'Some/Zone'" in str(caught.value) and len(str(caught.value)) < 400


@given(st.data())
def test_bytes_gone_wrong(data: st.DataObject) -> None:
    """A few bytes of a real file changed, or its end cut off: a ZoneError, or a table that holds what it promises."""
    damaged = bytearray(data.draw(st.sampled_from(REAL)))
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged)))) :]
    try:
        table = read_tzif(bytes(damaged), "damaged")
    except ZoneError:
        return
    table._check()  # type: ignore[attr-defined]
    utc = table.to_utc(column_of(range(-(10**10), 10**11, 10**8 + 3601))).tolist()
    assert utc == sorted(set(utc))
    assert [
        local - table.offset_at(u) for u, local in zip(utc, table.to_local(column_of(utc)).tolist(), strict=True)
    ] == utc


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """With and without a header that looks right."""
    for text in (data, twin.tzif()[:44] + data, twin.tzif()[:54] + b"TZif2" + bytes(15) + data):
        try:
            read_tzif(text, "noise")._check()  # type: ignore[attr-defined]
        except ZoneError as error:
            assert "zone data of 'noise'" in str(error)


def test_every_file_of_the_package_can_be_read() -> None:
    """tzdata's own list, so that its newest files are read even where the system's are used."""
    import tzdata

    home = Path(tzdata.__file__).parent
    names = (home / "zones").read_text().split()
    assert len(names) > 300
    for name in names:
        read_tzif((home / "zoneinfo" / name).read_bytes(), name)._check()  # type: ignore[attr-defined]
