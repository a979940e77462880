"""gRPC's own services, health and reflection: open to all, so their streams have bounds.

Rules of this module:

1. Whoever can connect may leave such a stream open, and needs no token for it. So there are at most `MOST` of each
   kind; who comes then is refused, and all other calls keep their places.
2. They end when the server goes, and do not hold it up for all of its grace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2
from grpc_reflection.v1alpha import reflection

from schedcore.service.workers import seen

__all__ = ["MOST", "Health", "Reflection"]

#: Streams of each kind: some for each balancer and client that watches; places of theirs are counted in `server`.
MOST: Final = 128


class _Streams:
    """Streams of one kind, until the server has gone."""

    def __init__(self, gone: asyncio.Event) -> None:
        self._gone = gone
        self._open = 0

    async def hold(self, context: Any, stream: Callable[[], Awaitable[None]]) -> None:
        """Run one until it ends or the server goes; refused where there are too many."""
        if self._open >= MOST:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{MOST} such streams are open already")
        self._open += 1
        running, gone = asyncio.ensure_future(stream()), asyncio.ensure_future(self._gone.wait())
        running.add_done_callback(seen)
        try:
            await asyncio.wait((running, gone), return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the server stops")
            running.result()
        finally:
            self._open -= 1
            gone.cancel()
            running.cancel()


class Health(health.aio.HealthServicer):  # type: ignore[misc]
    """grpc.health.v1.Health: all services serve until the server is told to stop."""

    def __init__(self, names: Iterable[str], gone: asyncio.Event) -> None:
        super().__init__()
        self._streams = _Streams(gone)
        self._names = tuple(names)

    async def begin(self) -> None:
        """Say that all serve."""
        for name in ("", *self._names):
            await self.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def Watch(self, request: Any, context: Any) -> None:
        """Tell of each change."""
        watch = super().Watch
        await self._streams.hold(context, lambda: watch(request, context))


class Reflection(reflection.aio.ReflectionServicer):  # type: ignore[misc]
    """grpc.reflection.v1alpha.ServerReflection, of the services that are named."""

    def __init__(self, names: Iterable[str], gone: asyncio.Event) -> None:
        super().__init__(names)
        self._streams = _Streams(gone)

    async def ServerReflectionInfo(self, request_iterator: Any, context: Any) -> None:
        """Answer each question of a stream."""
        answers = super().ServerReflectionInfo(request_iterator, context)

        async def stream() -> None:
            async for answer in answers:
                await context.write(answer)

        await self._streams.hold(context, stream)
