"""A write that is sent again does nothing again: one after the other, at once, and by others."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from schedcore.v1 import calendar_pb2 as pb
from service.processes import as_
from service.wire import faults, refused

PUT = "/schedcore.v1.CalendarService/PutPerson"


@pytest.fixture
def put(channel):
    """Send a PutPerson, and give the bytes that come back."""
    ask = channel.unary_unary(PUT)

    def send(person: str, request_id: str, name: str = "", who=()) -> bytes:
        request = pb.PutPersonRequest(person=pb.Person(id=person, name=name), request_id=request_id)
        return ask(request.SerializeToString(), metadata=who, timeout=30)

    return send


def test_again(put):
    """The same request has the same answer, byte for byte, and no second effect; a new id has another."""
    person, once = uuid.uuid4().hex, uuid.uuid4().hex
    first = put(person, once)
    assert first == put(person, once)
    assert first != put(person, uuid.uuid4().hex, "Anna")
    assert first == put(person, once), "the first answer is kept, though the person has changed"


def test_all_at_once(put):
    """Of many at once one does the work, and all have its answer."""
    person, once = uuid.uuid4().hex, uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: put(person, once), range(8)))
    assert {answers[0]} == set(answers)


def test_another_body(put):
    """An id that was used for another request is refused by name, and so is one that is too long or unreadable."""
    person, once = uuid.uuid4().hex, uuid.uuid4().hex
    put(person, once)
    for wrong in (lambda: put(person, once, "Anna"), lambda: put(person, "x" * 65), lambda: put(person, "a\nb")):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
            wrong()
        assert ["request_id"] == [fault.field for fault in faults(error)]


def test_ids_of_others(put):
    """Two callers who make up the same id do not have each other's answers."""
    once = uuid.uuid4().hex
    assert put(uuid.uuid4().hex, once, who=as_("mail")) != put(uuid.uuid4().hex, once, who=as_("crm"))
