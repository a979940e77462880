"""`AsyncClient`: the service's stubs for asyncio. Everything as `synchronous` has it, but for `await`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

import grpc
import grpc.aio

from schedcore.client.errors import error_of
from schedcore.client.settings import Settings, metadata_of, options_of, with_request_id
from schedcore.v1.agenda_pb2_grpc import AgendaServiceStub
from schedcore.v1.calendar_pb2_grpc import CalendarServiceStub
from schedcore.v1.freebusy_pb2_grpc import FreeBusyServiceStub
from schedcore.v1.meeting_pb2_grpc import MeetingServiceStub
from schedcore.v1.poll_pb2_grpc import PollServiceStub
from schedcore.v1.recurrence_pb2_grpc import RecurrenceServiceStub

__all__ = ["AsyncClient"]


class AsyncClient:
    """The service, for asyncio: as `Client`, with calls to be awaited and streams for `async for`.

    Make it where the loop runs. Errors are `ServiceError`.

    >>> import asyncio
    >>> async def main():
    ...     async with AsyncClient("127.0.0.1:1", retries=False) as client:
    ...         return client.settings.address
    >>> asyncio.run(main())
    '127.0.0.1:1'
    """

    def __init__(self, address: str | Settings, **settings: Any) -> None:
        self.settings = address if isinstance(address, Settings) else Settings(address, **settings)
        self.channel = _channel(self.settings)
        self.recurrence = RecurrenceServiceStub(self.channel)
        self.freebusy = FreeBusyServiceStub(self.channel)
        self.calendars = CalendarServiceStub(self.channel)
        self.meetings = MeetingServiceStub(self.channel)
        self.polls = PollServiceStub(self.channel)
        self.agenda = AgendaServiceStub(self.channel)

    async def close(self) -> None:
        """End the connection, and every call that is still on its way."""
        await self.channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _channel(settings: Settings) -> grpc.aio.Channel:
    # gRPC takes an interceptor for the first kind that it is of: one for each kind, then.
    kinds: list[grpc.aio.ClientInterceptor] = [
        kind(settings) for kind in (_UnaryUnary, _StreamUnary, _UnaryStream, _StreamStream)
    ]
    if settings.is_encrypted:
        return grpc.aio.secure_channel(
            settings.address, settings.credentials(), options=options_of(settings), interceptors=kinds
        )
    return grpc.aio.insecure_channel(settings.address, options=options_of(settings), interceptors=kinds)


class _Told:
    """What happens around every call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def told(self, given: Any, *, streams: bool) -> grpc.aio.ClientCallDetails:
        """The details of a call, with what was missing filled in."""
        timeout = given.timeout
        if timeout is None:
            timeout = self._settings.deadline(given.method, streams=streams)
        metadata = grpc.aio.Metadata(*metadata_of(self._settings, tuple(given.metadata or ())))
        return grpc.aio.ClientCallDetails(given.method, timeout, metadata, given.credentials, given.wait_for_ready)


class _UnaryUnary(_Told, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return await _answer(await continuation(self.told(details, streams=False), with_request_id(request)))


class _StreamUnary(_Told, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(self, continuation: Callable[..., Any], details: Any, requests: Any) -> Any:
        return await _answer(await continuation(self.told(details, streams=True), requests))


class _UnaryStream(_Told, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return _answers(await continuation(self.told(details, streams=True), with_request_id(request)))


class _StreamStream(_Told, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, continuation: Callable[..., Any], details: Any, requests: Any) -> Any:
        return _answers(await continuation(self.told(details, streams=True), requests))


async def _answer(call: Any) -> Any:
    """The call once its answer is there; its error as one of ours."""
    try:
        await call
    except grpc.RpcError as error:
        raise error_of(error) from error
    return call


async def _answers(call: Any) -> AsyncIterator[Any]:
    """The answers of a stream; its error as one of ours. Who stops reading ends the call."""
    try:
        async for one in call:
            yield one
    except grpc.RpcError as error:
        raise error_of(error) from error
    finally:
        call.cancel()
