"""CustomZone against ZoneInfo, and what is in a table."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore import Series
from schedcore.errors import ZoneError
from schedcore.zones import CustomZone, transitions, zone_of

SWISS = (3600, 7200, 0, 3, 5, 0, 7200, 0, 10, 5, 0, 10800)


def zone(key: str = "Ours") -> CustomZone:
    return CustomZone(key, 3600, (), (), SWISS)


def test_every_half_hour_of_a_year_is_that_of_zoneinfo() -> None:
    """Gaps and folds with both folds, there and back."""
    ours, theirs = zone(), ZoneInfo("Europe/Zurich")
    for day in (datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 7, 1)):
        for half_hours in range(96):
            local = day + timedelta(minutes=30 * half_hours)
            for fold in (0, 1):
                a, b = local.replace(tzinfo=ours, fold=fold), local.replace(tzinfo=theirs, fold=fold)
                assert b.utcoffset() == a.utcoffset(), (local, fold)
            instant = local.replace(tzinfo=UTC, microsecond=7)
            a, b = instant.astimezone(ours), instant.astimezone(theirs)
            assert (b.replace(tzinfo=None), b.fold) == (a.replace(tzinfo=None), a.fold)


def test_what_it_tells() -> None:
    """Name, no daylight saving time, nothing without a time."""
    ours = zone()
    assert ("Ours", None, None, "Ours") == (str(ours), ours.utcoffset(None), ours.dst(None), ours.tzname(None))
    assert "<CustomZone 'Ours'>" == repr(ours)
    with pytest.raises(ValueError, match="not this zone"):
        ours.fromutc(datetime(2026, 1, 1))
    with pytest.raises(TypeError):
        ours.fromutc(5)  # type: ignore[arg-type]
    with pytest.raises(ZoneError):
        CustomZone("Ours", 90_000)


def test_equality_and_copies() -> None:
    """By name and transitions; a pickled zone is equal, and gives equal times."""
    ours = zone()
    assert ours == zone() != zone("Other")
    assert hash(ours) == hash(zone())
    assert ours != CustomZone("Ours", 3600)
    assert ours != 5
    for again in (pickle.loads(pickle.dumps(ours)), copy.copy(ours), copy.deepcopy(ours)):
        assert ours == again
        assert datetime(2026, 7, 1, tzinfo=ours) == datetime(2026, 7, 1, tzinfo=again)


def test_zone_of_takes_it_whatever_its_name() -> None:
    """The name of a custom zone is not looked up."""
    ours = CustomZone("Asia/Tokyo", 3600)
    assert (3600, "Asia/Tokyo", ours) == (zone_of(ours).table.offset_at(0), zone_of(ours).key, zone_of(ours).tzinfo)
    assert zone_of(ours) is zone_of(ours)
    assert 32400 == zone_of("Asia/Tokyo").table.offset_at(0)
    assert ours == pickle.loads(pickle.dumps(zone_of(ours))).tzinfo


def test_a_series_in_it() -> None:
    """Nine o'clock there, in winter and in summer."""
    series = Series(datetime(2026, 3, 22, 9, tzinfo=zone()), "FREQ=WEEKLY;COUNT=2")
    assert ["2026-03-22T09:00:00+01:00", "2026-03-29T09:00:00+02:00"] == [one.isoformat() for one in series]
    assert series == pickle.loads(pickle.dumps(series))


def test_transitions() -> None:
    """All of a window, its first second in and its last one out; falls in a row; for ever in the tail."""
    table = CustomZone("Ours", 0, [100, 200, 300, 400], [3600, 1800, -1800, 0]).table
    whole = [(100, 0, 3600), (200, 3600, 1800), (300, 1800, -1800), (400, -1800, 0)]
    assert whole == transitions(table, -1000, 1000)
    assert whole[1:3] == transitions(table, 200, 400)
    assert [] == transitions(table, 201, 300) == transitions(table, 500, 500)
    late = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp())
    assert [(3600, 7200), (7200, 3600)] == [
        change[1:] for change in transitions(zone().table, late, late + 366 * 86400)
    ]
