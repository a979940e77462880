"""Servers to play with, and the figures of what was played, which are printed in the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest

import stores
from faults.playing import seed

FIGURES: list[tuple[str, float, Counter[str]]] = []


@pytest.fixture
def count(request) -> Iterator[Counter[str]]:
    """Counts what a test does, for the figures."""
    found: Counter[str] = Counter()
    began = time.monotonic()
    yield found
    FIGURES.append((request.node.nodeid.rpartition("::")[2], time.monotonic() - began, found))


@pytest.fixture(params=stores.KINDS)
def url(request, tmp_path) -> Iterator[str]:
    """The URL of a store that has the people of the polls in it."""
    found = stores.fresh(request.param, tmp_path)
    seed(found)
    yield found
    stores.give_back(found)


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the figures."""
    for name, seconds, its in FIGURES:
        terminalreporter.write_line(f"{name}: {seconds:.0f} s")
        for what, number in sorted(its.items()):
            terminalreporter.write_line(f"    {what}: {number:,}")
