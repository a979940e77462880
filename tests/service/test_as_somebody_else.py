"""Nobody acts as somebody else: tried on every RPC that the contract has, so that a new one cannot be forgotten."""

from __future__ import annotations

import grpc
import pytest

from schedcore.service.auth import entry_of, new_token
from service.processes import Server
from service.rpcs import name, rpcs

CODE = grpc.StatusCode


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A channel to a server with tokens, and the tokens of anna and of a back end."""
    folder = tmp_path_factory.mktemp("guarded")
    anna, mail = new_token(), new_token()
    (folder / "tokens.toml").write_text(entry_of(anna, person="anna") + entry_of(mail, backend="mail"))
    with Server("sqlite://", "--tokens", str(folder / "tokens.toml")) as server, server.channel() as channel:
        yield channel, anna, mail


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_every_rpc_asks_who_it_is(rpc, guarded):
    """Without a token, with a wrong one, or with a name alone, no RPC answers."""
    channel, anna, _ = guarded
    for metadata in (
        (),
        [("authorization", f"Bearer {anna}x")],
        [("authorization", "Bearer ")],
        [("authorization", anna)],
        [("schedcore-principal", "anna")],
    ):
        assert CODE.UNAUTHENTICATED == rpc.call(channel, b"", metadata)


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_a_person_is_nobody_else(rpc, guarded):
    """A person's token with another's name is refused, whatever is asked; with their own name it is not."""
    channel, anna, _ = guarded
    token = ("authorization", f"Bearer {anna}")
    for other in ("ben", "Anna", "anna ", "backend:mail"):
        assert CODE.PERMISSION_DENIED == rpc.call(channel, b"", [token, ("schedcore-principal", other)])
    told = rpc.call(channel, b"", [token, ("schedcore-principal", "anna")], timeout=2)
    assert told not in (CODE.UNAUTHENTICATED, CODE.UNKNOWN, CODE.INTERNAL, CODE.UNIMPLEMENTED)


@pytest.mark.parametrize("rpc", rpcs(), ids=name)
def test_what_is_sent_twice(rpc, guarded):
    """Of two names, or of two tokens, none counts."""
    channel, anna, mail = guarded
    tokens = [("authorization", f"Bearer {one}") for one in (anna, mail)]
    names = [("schedcore-principal", one) for one in ("anna", "ben")]
    for metadata in ([tokens[0], *names], [tokens[0], *reversed(names)], tokens, tokens[::-1]):
        assert CODE.UNAUTHENTICATED == rpc.call(channel, b"", metadata)
