"""Which zones are found, where, and what is said when one is not."""

from __future__ import annotations

import difflib
import io
import os
import pickle
import random
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz as dateutil_tz

from schedcore.errors import ZoneError
from schedcore.zones import CustomZone, clear_cache, same_zone, source, tzdb_version, zone_of
from schedcore.zones.zone import _MAX_KNOWN, _known
from zones import twin

Directory = Callable[..., Path]


def test_one_zone_for_name_and_objects() -> None:
    """The same table whoever asks."""
    zone = zone_of("Europe/Zurich")
    assert zone is zone_of(ZoneInfo("Europe/Zurich")) is zone_of(ZoneInfo.no_cache("Europe/Zurich"))
    assert (zone.key, repr(zone)) == ("Europe/Zurich", "<Zone Europe/Zurich>")
    assert same_zone(zone.tzinfo, ZoneInfo("Europe/Zurich"))
    assert zone.version == tzdb_version()


def test_a_copy_of_a_zone_leaves_no_trace() -> None:
    """Datetimes get the ZoneInfo of the name, though somebody asked with a copy of it first."""
    clear_cache()
    zone = zone_of(ZoneInfo.no_cache("Europe/Zurich"))
    assert zone is zone_of("Europe/Zurich")
    assert zone.tzinfo is ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ZoneInfo("Europe/Zurich"), ZoneInfo.no_cache("Europe/Zurich"), True),
        (ZoneInfo("Europe/Zurich"), ZoneInfo("Europe/Berlin"), False),
        (ZoneInfo("UTC"), UTC, True),
        (timezone(timedelta(hours=1), "a"), timezone(timedelta(hours=1), "b"), True),
        (CustomZone("Ours", 3600), CustomZone("Ours", 3600), True),
        (CustomZone("Ours", 3600), CustomZone("Ours", 7200), False),
        (CustomZone("Europe/Zurich", 3600), ZoneInfo("Europe/Zurich"), False),
        (ZoneInfo("UTC"), dateutil_tz.tzlocal(), False),
    ],
)
def test_one_zone_of_two_objects(one: tzinfo, other: tzinfo, same: bool) -> None:
    """By what they are, either way round; a ZoneInfo by itself equals none but itself."""
    assert same is same_zone(one, other) is same_zone(other, one)


def test_a_tzinfo_with_a_key() -> None:
    """Other libraries' zones too, by their key, hashable or not."""

    class Keyed(tzinfo):
        key = "Asia/Tokyo"
        __hash__ = None  # type: ignore[assignment]

    assert zone_of(Keyed()) is zone_of("Asia/Tokyo")


def test_a_file_with_a_key() -> None:
    """ZoneInfo.from_file is known by its key."""
    data, _ = source.find("Europe/Zurich")
    assert zone_of(ZoneInfo.from_file(io.BytesIO(data), key="Europe/Zurich")) is zone_of("Europe/Zurich")


@pytest.mark.parametrize(
    ("tz", "key", "seconds"),
    [
        (UTC, "UTC", 0),
        (timezone(timedelta(hours=5, minutes=30)), "UTC+05:30", 19800),
        (timezone(-timedelta(seconds=1)), "UTC-00:00:01", -1),
        (timezone(timedelta(hours=23, minutes=59), "name"), "UTC+23:59", 86340),
    ],
)
def test_fixed_offsets(tz: timezone, key: str, seconds: int) -> None:
    """datetime.timezone is its offset, and comes from no release of anything."""
    zone = zone_of(tz)
    assert (key, "", seconds) == (zone.key, zone.version, zone.table.offset_at(0))
    assert zone.tzinfo == tz


@pytest.mark.parametrize("tz", ["Europe/Zurich", UTC, timezone(timedelta(hours=1))])
def test_zones_travel(tz: str | tzinfo) -> None:
    """Work runs in other processes too."""
    assert zone_of(tz) is pickle.loads(pickle.dumps(zone_of(tz)))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe/../Europe/Zurich",
        "Europe//Zurich",
        "Europe/Zurich/",
        "./UTC",
        ".hidden",
        "Europe\\Zurich",
        "Europe/Zurich\0",
        "Europe/Zurich\n",
        "\ud800",
        "Europe/Zürich",
        "x" * 5000,
        "C:/Windows",
        " Europe/Zurich",
        "file://etc/passwd",
    ],
)
def test_names_that_are_none(key: str) -> None:
    """No path is even tried; the value is shown, shortened, and what to give instead."""
    with pytest.raises(ZoneError, match="is not the name of a zone: give one such as 'Europe/Zurich'") as caught:
        zone_of(key)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("key", "suggested"),
    [
        ("Europe/Zurch", "did you mean 'Europe/Zurich'"),
        ("europe/zurich ".strip(), "did you mean 'Europe/Zurich'"),
        ("America/NewYork", "did you mean 'America/New_York'"),
        ("Nowhere/Atlantis", "give an IANA name"),
        ("Europe", "no zone is called 'Europe'"),  # a directory
        ("W. Europe Standard Time".replace(" ", "_"), "no zone is called"),
        ("x" * 128, "no zone is called"),
    ],
)
def test_names_that_nobody_has(key: str, suggested: str) -> None:
    with pytest.raises(ZoneError, match=suggested):
        zone_of(key)


def test_names_are_compared_with_those_that_can_be_alike() -> None:
    """With few of them, and with all that comparing with every one would find."""
    drawn, names = random.Random(5), sorted(zoneinfo.available_timezones())
    for _ in range(60):
        letters = list(drawn.choice(names).casefold())
        for _ in range(drawn.randint(1, 5)):
            letters[drawn.randrange(len(letters))] = drawn.choice(["", "a", "e", "x", "/", "_"])
        key = "".join(letters)
        few, every = source._similar(key), list(source._names())
        assert len(few) < len(every) // 2
        assert difflib.get_close_matches(key, every, 2, 0.75) == difflib.get_close_matches(key, few, 2, 0.75)


@pytest.mark.parametrize("name", ["zone.tab", "__init__.py", "tzdata.zi"])
def test_files_that_are_no_zones(name: str) -> None:
    """They lie among the zones."""
    with pytest.raises(ZoneError):
        zone_of(name)


@pytest.mark.parametrize(
    "tz",
    [
        None,
        5,
        b"UTC",
        ZoneInfo.from_file(io.BytesIO(twin.tzif(3600))),
        dateutil_tz.tzrange("EST", -18000, "EDT"),
        dateutil_tz.tzlocal(),
    ],
)
def test_what_does_not_tell_its_rules(tz: object) -> None:
    with pytest.raises(ZoneError, match="does not tell its rules: give an IANA name"):
        zone_of(tz)  # type: ignore[arg-type]


def test_fractions_of_a_second() -> None:
    with pytest.raises(ZoneError, match="not a whole number of seconds"):
        zone_of(timezone(timedelta(seconds=1, microseconds=1)))


def test_the_cache_is_bounded() -> None:
    """The oldest goes; what is asked for again is read again, and old tables go on working."""
    clear_cache()
    old = zone_of("Europe/Zurich")
    for minute in range(_MAX_KNOWN + 10):
        zone_of(timezone(timedelta(minutes=minute)))
    assert len(_known) == _MAX_KNOWN
    assert old is not zone_of("Europe/Zurich") and 3600 == old.table.offset_at(0)


def test_directories_come_before_the_package(zone_directory: Directory) -> None:
    """zoneinfo's search order: TZPATH, then tzdata; each zone has the version of its own source."""
    zone_directory({"My/Zone": twin.tzif(60), "Europe/Zurich": twin.tzif(120), "+VERSION": b"2031z\n"})
    assert (60, "2031z") == (zone_of("My/Zone").table.offset_at(0), zone_of("My/Zone").version)
    assert 120 == zone_of("Europe/Zurich").table.offset_at(0)
    assert zone_of("Asia/Tokyo").version == tzdb_version() == source.version_of(source.TZDATA)


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"tzdata.zi": b"# version 2031a\n# This"}, "2031a"),
        ({"+VERSION": b"2031b"}, "2031b"),
        ({"tzdata.zi": b"\xff\xfe nonsense", "+VERSION": b"2031c\n"}, "2031c"),
        ({}, "unknown"),
    ],
)
def test_versions_of_directories(zone_directory: Directory, files: dict[str, bytes], version: str) -> None:
    zone_directory({"Etc/UTC": twin.tzif(), **files})
    assert (version, version) == (tzdb_version(), zone_of("Etc/UTC").version)


def test_the_package_agrees_with_its_version() -> None:
    import tzdata

    assert tzdata.IANA_VERSION == source.version_of(source.TZDATA)


def test_unreadable_and_huge_files(zone_directory: Directory) -> None:
    """A damaged file in front is an error, not a reason to look elsewhere; a pipe is not opened."""
    place = zone_directory({"Europe/Zurich": b"TZif2", "Big": bytes(2 << 20)})
    os.mkfifo(place / "Pipe")
    with pytest.raises(ZoneError, match="zone data of 'Europe/Zurich': it is too short"):
        zone_of("Europe/Zurich")
    with pytest.raises(ZoneError, match="more than 1048576 bytes"):
        zone_of("Big")
    with pytest.raises(ZoneError, match="no zone is called 'Pipe'"):
        zone_of("Pipe")


def test_without_directories_the_package_answers(zone_directory: Directory) -> None:
    """As on Windows, whose TZPATH is empty."""
    zone_directory({})
    zoneinfo.reset_tzpath(to=[])
    clear_cache()
    zone = zone_of("America/Argentina/Buenos_Aires")
    assert (-10800, source.version_of(source.TZDATA)) == (zone.table.offset_at(10**9 * 2), zone.version)
    assert datetime(2026, 1, 1, tzinfo=zone.tzinfo).utcoffset() == timedelta(hours=-3)
