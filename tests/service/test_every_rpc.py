"""Every RPC of the contract is served: it has a handler with a mark, and a test that calls it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schedcore.service.bridge import Rpc
from schedcore.service.calls import MARKS, mark_of, quick_of, write
from schedcore.service.holdings import Holdings
from schedcore.service.recurrence import Recurrence
from schedcore.service.server import SERVICES
from service.rpcs import name, rpcs, services

HANDLERS = {service.descriptor.full_name: service for service in SERVICES}
#: Tests that call RPCs by name; those that are made for all of them do not count.
TESTS = {file.name: file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.py")}
FOR_ALL = {"test_every_rpc.py", "test_as_somebody_else.py", "test_fuzz.py", "rpcs.py"}


def test_every_service_is_served():
    """A service that the server forgot would be UNIMPLEMENTED."""
    assert sorted(service.full_name for service in services()) == sorted(HANDLERS)


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_every_rpc_has_a_handler(rpc):
    """Each RPC has a handler of its name, with a mark, a docstring, and the parameters that the bridge gives."""
    service = HANDLERS[rpc.method.containing_service.full_name]
    handler = getattr(service, rpc.method.name)
    assert mark_of(handler) in MARKS
    assert handler.__doc__
    assert 3 == handler.__code__.co_argcount
    assert quick_of(handler) is None or mark_of(handler) in ("compute", "read")
    assert Rpc.of(service(Holdings()), rpc.method).path == rpc.path


def test_no_write_answers_with_a_stream():
    """Its first answers would leave before it is committed."""

    class Writes(Recurrence):
        @write
        def ExpandTable(self, call, requests):
            """Mistaken."""

    with pytest.raises(AssertionError, match="ExpandTable: @write answers when it is committed"):
        Rpc.of(Writes(), Recurrence.descriptor.methods_by_name["ExpandTable"])


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
def test_no_handler_without_an_rpc(service):
    """What is marked as a handler is one of the contract's."""
    marked = {name for name in dir(service) if mark_of(getattr(service, name))}
    assert marked == {method.name for method in service.descriptor.methods}


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_every_rpc_has_a_test(rpc):
    """Some test calls it by its name."""
    called = re.compile(rf"\.{rpc.method.name}\b")
    assert [file for file, text in TESTS.items() if file not in FOR_ALL and called.search(text)]


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_writes_can_be_repeated(rpc):
    """Whatever writes takes a request id, or a network that fails leaves its caller in the dark."""
    handler = getattr(HANDLERS[rpc.method.containing_service.full_name], rpc.method.name)
    has_id = "request_id" in rpc.method.input_type.fields_by_name
    assert has_id == (mark_of(handler) == "write")
