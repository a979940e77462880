"""A store on each of the two databases: every test that asks for one runs on both."""

from __future__ import annotations

import pytest

import stores
from schedcore.store import Store


@pytest.fixture(params=stores.KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def url(kind, tmp_path) -> str:
    """The URL of a store that nobody else has."""
    return stores.fresh(kind, tmp_path)


@pytest.fixture
def store(url):
    """A store that is open, with enough connections for the tests with many threads."""
    with Store.open(url, connections=40, wait=30) as store:
        yield store
