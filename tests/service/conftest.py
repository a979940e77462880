"""One server for each store, shared by all tests of a process: they tell themselves apart by the ids they use.

server     a server without tokens, on each of the two stores: the caller is the machine's own back end
channel    a connection to it
lone       a server on SQLite alone: for what has nothing to do with the store
"""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest

import stores
from service.casts import Cast
from service.processes import Server


@pytest.fixture(scope="session", params=stores.KINDS)
def server(request, tmp_path_factory) -> Iterator[Server]:
    with Server(stores.fresh(request.param, tmp_path_factory.mktemp("served"))) as server:
        yield server


@pytest.fixture(scope="session")
def channel(server) -> Iterator[grpc.Channel]:
    with server.channel() as channel:
        yield channel


@pytest.fixture(scope="session")
def lone(tmp_path_factory) -> Iterator[Server]:
    """A server on SQLite alone: for what has nothing to do with the store."""
    with Server(stores.fresh("sqlite", tmp_path_factory.mktemp("lone"))) as server:
        yield server


@pytest.fixture
def cast(server, channel) -> Cast:
    """People, meetings and polls of a test's own: see `casts`."""
    return Cast(server, channel)
