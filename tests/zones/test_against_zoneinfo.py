"""Every zone there is, at and around its transitions, says what `zoneinfo` says: years 1 to 9999."""

from __future__ import annotations

import random
import zoneinfo
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore._column import column_of
from schedcore._zone import local_seconds, utc_seconds
from schedcore.zones import zone_of
from zones import twin

FIRST = -62135596800  # 0001-01-01T00:00:00
LAST = 253402300799  # 9999-12-31T23:59:59
DAY = 86400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# One zone each for what can go wrong.
ODD_ZONES = [
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving time
    "Asia/Kathmandu",  # 5:45
    "Pacific/Chatham",  # 12:45, and daylight saving time over New Year
    "Pacific/Apia",  # 2011-12-30 never was
    "Pacific/Kwajalein",  # nor 1993-08-21
    "Asia/Manila",  # nor 1844-12-31
    "Europe/Dublin",  # standard time is in summer, RFC 9636's negative daylight saving time
    "Africa/Casablanca",  # back for Ramadan, as a list of transitions to 2087
    "Antarctica/Troll",  # two hours
    "Asia/Gaza",  # a TZ string with 50 o'clock
    "America/Nuuk",  # and one with -1 o'clock
    "Africa/Monrovia",  # -0:44:30 until 1972
    "UTC",
]


def around_transitions(key: str, every: int) -> list[int]:
    """Instants at, just before and a while around some transitions of a zone, and its ends."""
    table = zone_of(key).table
    start = random.Random(key).randrange(every)
    instants = [FIRST + DAY, FIRST + 2 * DAY, LAST - DAY, 0]
    for at, before, after in table.gaps(FIRST, LAST - 400 * DAY)[start::every]:
        back = at + after - before  # what shifted goes as far as this
        instants += [at - 1, at, back - 1, back, at - DAY, at + DAY]
    for _ in range(60):
        instants.append(random.Random(f"{key}{len(instants)}").randrange(FIRST + DAY, LAST - DAY))
    return instants


def changes(key: str) -> list[int]:
    """Instants at which the offset changes, those to fall back included, by halving steps of 20 days."""
    tz = ZoneInfo(key)

    def offset(utc: int) -> int:
        return int((EPOCH + timedelta(seconds=utc)).astimezone(tz).utcoffset().total_seconds())  # type: ignore[union-attr]

    found = []
    steps = [*range(-4_000_000_000, 4_200_000_000, 20 * DAY), *range(250_000_000_000, LAST - DAY, 20 * DAY)]
    known = [offset(utc) for utc in steps]
    for low, high, before, after in zip(steps, steps[1:], known, known[1:], strict=False):
        if before != after and high - low == 20 * DAY:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            found.append(high)
    return found


def test_every_zone_at_its_transitions() -> None:
    """Offsets, datetimes with their fold, and both ways back, for all keys."""
    for key in sorted(zoneinfo.available_timezones()):
        zone, tz = zone_of(key), ZoneInfo(key)
        zone.table._check()  # type: ignore[attr-defined]
        instants = around_transitions(key, 149)
        made = zone.table.datetimes(column_of(instants), tz)
        for utc, value in zip(instants, made, strict=True):
            expected = (EPOCH + timedelta(seconds=utc)).astimezone(tz)
            offset = expected.utcoffset()
            assert offset is not None
            assert (key, utc, offset.total_seconds()) == (key, utc, zone.table.offset_at(utc))
            assert (key, expected.replace(tzinfo=None), expected.fold) == (key, value.replace(tzinfo=None), value.fold)
            local = local_seconds(expected)
            assert (key, utc) == (key, zone.table.utc_of(local, fold=expected.fold))
            assert (key, utc_seconds(expected.replace(fold=0))) == (key, zone.table.utc_of(local))


@pytest.mark.parametrize("key", ODD_ZONES)
def test_both_directions_at_every_change(key: str) -> None:
    """Found by asking zoneinfo alone: from 1843 to 2103 and in the last centuries, each change and the hours around."""
    zone, tz = zone_of(key), ZoneInfo(key)
    table = zone.table
    instants = changes(key)
    assert len(instants) >= (40 if table.gaps(250_000_000_000, LAST) else 0)
    for at in instants:
        for utc in (at - DAY, at - 3601, at - 1, at, at + 1799, at + 3599, at + 3600, at + DAY):
            expected = (EPOCH + timedelta(seconds=utc)).astimezone(tz)
            assert [(expected, expected.fold)] == [(v, v.fold) for v in table.datetimes(column_of([utc]), tz)]
            local = local_seconds(expected)
            found, moved = twin.instants_of(local, tz)
            for gap in (twin.SHIFT, twin.SKIP):
                for fold in (twin.FIRST, twin.LAST):
                    assert twin.chosen(found, moved, gap, fold) == [table.utc_of(local, gap, fold)]
        gap_begins = at + min(table.offset_at(at - 1), table.offset_at(at))
        for local in (gap_begins - 1, gap_begins, gap_begins + 1, gap_begins + 900):
            found, moved = twin.instants_of(local, tz)
            assert twin.chosen(found, moved, twin.SHIFT, twin.FIRST) == [table.utc_of(local)]
            assert (twin.chosen(found, moved, twin.SKIP, twin.LAST) or [None]) == [table.utc_of(local, 1, 1)]


@pytest.mark.parametrize("key", ODD_ZONES)
def test_columns_against_the_twin(key: str) -> None:
    """Sorted columns, dense and sparse, across gaps and folds, with every choice."""
    draw = random.Random(key)
    table, tz = zone_of(key).table, ZoneInfo(key)
    middles = [at for at, _, _ in table.gaps(FIRST + DAY, LAST - 2 * DAY)] or [0]
    for step in (900, 3600, 5 * 3600, DAY, 30 * DAY, 365 * DAY):
        middle = draw.choice(middles)
        start = min(max(middle - 30 * step + draw.randrange(step), FIRST + DAY), LAST - 70 * step - DAY)
        column = [start + i * step for i in range(60)]
        for gap in (twin.SHIFT, twin.SKIP):
            for fold in (twin.FIRST, twin.LAST, twin.BOTH):
                expected = twin.to_utc(column, twin.ask_zoneinfo(tz), gap, fold)
                assert expected == table.to_utc(column_of(column), gap, fold).tolist()
        instants = [EPOCH + timedelta(seconds=utc) for utc in column]
        expected = [local_seconds(value.astimezone(tz)) for value in instants]
        assert expected == table.to_local(column_of(column)).tolist()


@pytest.mark.parametrize("key", ["Europe/Zurich", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"])
def test_a_column_over_all_years(key: str) -> None:
    """Four local times a year, 1 to 9999: the cursor passes cycles of 400 years and does not lose its place."""
    table = zone_of(key).table
    column = [local_seconds(datetime(year, month, 15, 2, 30)) for year in range(1, 10_000) for month in (1, 3, 7, 10)]
    expected = [table.utc_of(local) for local in column]
    assert expected == table.to_utc(column_of(column)).tolist()
    thin = column[:: 4 * 333]
    assert expected[:: 4 * 333] == table.to_utc(column_of(thin)).tolist()
    tz = ZoneInfo(key)
    sample = column[7::501]
    asked = [utc_seconds(value.replace(tzinfo=tz)) for value in map(datetime.fromisoformat, map(iso, sample))]
    assert asked == table.to_utc(column_of(sample)).tolist()


def iso(local: int) -> str:
    return (twin.EPOCH + timedelta(seconds=local)).isoformat()
