"""Zones from a directory of the test's own."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schedcore.zones import clear_cache


@pytest.fixture
def zone_directory(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Put files into a directory that is searched before all else: `zone_directory({"My/Zone": data})`.

    Zones that there are stay in ZoneInfo's cache: other tests hold objects of theirs, which equal none but themselves.
    """
    before = zoneinfo.TZPATH
    used: set[str] = set()

    def use(files: dict[str, bytes]) -> Path:
        used.update(files)
        for name, data in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        zoneinfo.reset_tzpath(to=[str(tmp_path)])
        clear_cache()
        return tmp_path

    yield use
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache(only_keys=used - zoneinfo.available_timezones())
    clear_cache()
