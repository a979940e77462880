"""The bridge: from a call of gRPC to a handler and back. grpc.aio moves bytes; handlers run in workers.

The way of a call
1. Who asks (`auth`), before a byte of the message is read.
2. A worker, or a place in the waiting room, or a refusal (`workers`). What is quick is done on the spot instead.
3. In the worker (`running`): the message is read, the request's id looked up, the handler run, its transaction
   committed, the answer written as bytes. A write that lost to another is run again.
4. The answer leaves, or a status with details (`errors`). It is counted (`metrics`), and has a line in the log.

This module knows the four shapes of a call, `running` what happens in one.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.message_factory import GetMessageClass

from schedcore.service.calls import MARKS, Service, mark_of, quick_of
from schedcore.service.metrics import Metrics
from schedcore.service.room import Spare
from schedcore.service.running import Running

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor
    from google.protobuf.message import Message

    from schedcore.service.auth import Gate
    from schedcore.service.logs import Log
    from schedcore.service.settings import Settings
    from schedcore.service.workers import Workers
    from schedcore.store import Store

__all__ = ["Bridge", "Rpc"]

#: A message that may be read on the event loop: a rule with its series is some hundred bytes.
_SHORT: Final = 2_048
#: As many tables of the largest size may wait in memory for clients that send all before they take any answer, and as
#: many be at work, or stand while clients take what was made of them.
_TABLES: Final = 2
#: Seconds without a new call after which a server that goes takes it that none is on the way, and how long it waits
#: for that. Clients can try elsewhere only once it has gone: it must be less than they are patient (0.7 s: `client`).
_QUIET: Final = 0.05
_LEAVING: Final = 0.25


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC: its name on the wire, its messages, its handler and what that is marked as."""

    path: str
    request: type[Message]
    handler: Callable[..., Any]
    mark: str
    quick: Callable[[Any], bool] | None
    streams_in: bool
    streams_out: bool

    @classmethod
    def of(cls, service: Service, method: MethodDescriptor) -> Rpc:
        """Find the handler of an RPC; AssertionError where it is missing or not marked as it must be."""
        path = f"/{service.descriptor.full_name}/{method.name}"
        handler = getattr(service, method.name, None)
        if handler is None:
            raise AssertionError(f"{path} has no handler: write {type(service).__name__}.{method.name}")
        mark = mark_of(handler)
        if mark not in MARKS:
            raise AssertionError(f"{path}: mark its handler with one of {', '.join(MARKS)}")
        if mark == "write" and method.server_streaming:
            raise AssertionError(f"{path}: @write answers when it is committed, and a stream's answers leave before")
        if (mark == "watch") != inspect.isasyncgenfunction(handler):
            raise AssertionError(f"{path}: @watch, and nothing else, marks an async generator")
        return cls(
            path,
            GetMessageClass(method.input_type),
            handler,
            mark,
            quick_of(handler),
            method.client_streaming,
            method.server_streaming,
        )


class Bridge:
    """Runs the handlers of services for a server of grpc.aio."""

    def __init__(
        self,
        settings: Settings,
        gate: Gate,
        store: Store,
        workers: Workers,
        log: Log,
        metrics: Metrics | None = None,
    ) -> None:
        self.gate = gate  # replaced when tokens are read anew
        self.stopping = asyncio.Event()
        self.gone = asyncio.Event()
        self.settings = settings
        self.store = store
        self.workers = workers
        self.log = log
        self.metrics = metrics or Metrics()
        self.numbers = itertools.count(1)
        self.began = f"{random.getrandbits(32):08x}"
        self.watching = self.streaming = 0
        self.spare = Spare(_TABLES * settings.max_table_bytes)
        self.tables = Spare(_TABLES * settings.max_table_bytes)
        self.came = 0.0

    async def quiet(self) -> None:
        """Wait, once `stopping` is set, until nobody comes any more, but not for long.

        A call that has arrived but is not yet here when grpc.aio stops is ended as CANCELLED, which says nothing of
        why. One that comes here is told that the server goes, but only when it does (`gone`): till then it waits, and
        its caller does not come again.
        """
        began = time.monotonic()
        while time.monotonic() < min(began + _LEAVING, max(self.came, began) + _QUIET):
            await asyncio.sleep(_QUIET / 4)

    def handler(self, service: Service) -> grpc.GenericRpcHandler:
        """Give what grpc.aio calls for the RPCs of a service."""
        methods: dict[str, Any] = {}
        for method in service.descriptor.methods:
            rpc = Rpc.of(service, method)
            made: Any
            if rpc.streams_in and rpc.streams_out:
                made = grpc.stream_stream_rpc_method_handler(partial(self._streamed_in, rpc))
            elif rpc.streams_in:
                made = grpc.stream_unary_rpc_method_handler(partial(self._streamed_in, rpc))
            elif rpc.streams_out:
                made = grpc.unary_stream_rpc_method_handler(partial(self._streamed_out, rpc))
            else:
                made = grpc.unary_unary_rpc_method_handler(partial(self._unary, rpc))
            methods[method.name] = made
        return grpc.method_handlers_generic_handler(service.descriptor.full_name, methods)

    # --- the four shapes of a call ------------------------------------------------------------------------------------

    async def _unary(self, rpc: Rpc, data: bytes, context: Any) -> bytes:
        async with Running(self, rpc, context) as running:
            if rpc.quick is not None and len(data) <= _SHORT:
                done = running.at_once(data)
                if done is not None:
                    return done
            return await running.work(partial(running.answer, data))
        raise AssertionError("an error aborts the call")

    async def _streamed_out(self, rpc: Rpc, data: bytes, context: Any) -> None:
        async with Running(self, rpc, context) as running:
            if rpc.mark == "watch":
                await running.watch(data)
            else:
                await running.stream(lambda: running.decoded(data), slow=False)

    async def _streamed_in(self, rpc: Rpc, requests: object, context: Any) -> bytes | None:
        async with Running(self, rpc, context) as running:
            with closing(running.incoming()) as incoming:
                sent = map(running.decoded, incoming)
                if rpc.streams_out:
                    await running.stream(lambda: sent, slow=True, over=incoming.close)
                    return None
                return await running.work(partial(running.handled, sent), slow=True)
        raise AssertionError("an error aborts the call")
