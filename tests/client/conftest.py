"""One server without tokens, on SQLite: the caller is the machine's own back end. And two people with a calendar."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stores
from schedcore.client import Client
from schedcore.v1 import calendar_pb2 as pb
from service.processes import Server

PEOPLE = ("anna", "ben")


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Server]:
    with Server(stores.fresh("sqlite", tmp_path_factory.mktemp("served"))) as server:
        with Client(server.address) as client:
            for id in PEOPLE:
                person = pb.Person(id=id, addresses=[f"{id}@example.com"])
                client.calendars.PutPerson(pb.PutPersonRequest(person=person))
            team = pb.Group(id="team", members=PEOPLE)
            client.calendars.PutGroup(pb.PutGroupRequest(group=team))
        yield server


@pytest.fixture(scope="session")
def client(served) -> Iterator[Client]:
    """A back end that acts for nobody."""
    with Client(served.address) as client:
        yield client


@pytest.fixture(scope="session")
def anna(served) -> Iterator[Client]:
    """A back end that acts for Anna."""
    with Client(served.address, principal="anna") as client:
        yield client
