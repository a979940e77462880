"""The baseline: an echo on the server stack of `schedcore serve`. Prints its address.

/echo/Bare     grpc.aio with the options of `service.server`; reads a NextRequest, writes it again. No more: it does not
               ask who calls, bounds nothing, counts nothing and logs nothing.
/echo/Stream   takes all messages, and looks into the first, which says how long the message is that it then sends, and
               how often.
/schedcore.v1.RecurrenceService/Next
               the same through `service.bridge`: who asks, the deadline, the workers' rules, one line in the log; the
               handler gives back an empty answer.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import grpc

from schedcore.service.auth import Gate
from schedcore.service.bridge import Bridge
from schedcore.service.calls import compute, quick
from schedcore.service.logs import Log
from schedcore.service.recurrence import Recurrence
from schedcore.service.server import _most_calls, _options
from schedcore.service.settings import Settings
from schedcore.service.workers import Workers
from schedcore.store import Store
from schedcore.v1 import recurrence_pb2 as pb


class Bridged(Recurrence):
    """A service whose Next does nothing."""

    @compute
    @quick(lambda request: True)
    def Next(self, call: Any, request: pb.NextRequest) -> pb.NextResponse:
        """Answer nothing."""
        return pb.NextResponse()


async def bare(data: bytes, context: Any) -> bytes:
    """Read a message, and write it."""
    return pb.NextRequest.FromString(data).SerializeToString()


async def streamed(requests: Any, context: Any) -> None:
    """Take what is sent, then send the same bytes again and again."""
    size, count = json.loads(await context.read())
    while await context.read() is not grpc.aio.EOF:
        pass
    message = bytes(size)
    for _ in range(count):
        await context.write(message)


async def main() -> None:
    """Serve until it is killed."""
    settings = Settings()
    server = grpc.aio.server(options=_options(settings), maximum_concurrent_rpcs=_most_calls(settings))
    methods = {
        "Bare": grpc.unary_unary_rpc_method_handler(bare),
        "Stream": grpc.stream_stream_rpc_method_handler(streamed),
    }
    bridge = Bridge(settings, Gate(), Store.open("sqlite://"), Workers(4, 64), Log())
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo", methods), bridge.handler(Bridged())])
    print(f"listening on 127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", flush=True)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
