"""A store on each of the two databases: every test that asks for one runs on both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stores
from schedcore.store import Store


@pytest.fixture(params=stores.KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def url(kind, tmp_path) -> Iterator[str]:
    """The URL of a store that nobody else has."""
    found = stores.fresh(kind, tmp_path)
    yield found
    stores.give_back(found)


@pytest.fixture
def store(url):
    """A store that is open, with enough connections for the tests with many threads."""
    with Store.open(url, connections=40, wait=30) as store:
        yield store
