"""`Client`: the service's stubs for threads.

An interceptor does for every call what `settings` says, and makes errors of gRPC the errors of `errors`. The stubs are
the generated ones, so every RPC has its types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import grpc

from schedcore.client.errors import error_of
from schedcore.client.settings import Settings, metadata_of, options_of, with_request_id
from schedcore.v1.agenda_pb2_grpc import AgendaServiceStub
from schedcore.v1.calendar_pb2_grpc import CalendarServiceStub
from schedcore.v1.freebusy_pb2_grpc import FreeBusyServiceStub
from schedcore.v1.meeting_pb2_grpc import MeetingServiceStub
from schedcore.v1.poll_pb2_grpc import PollServiceStub
from schedcore.v1.recurrence_pb2_grpc import RecurrenceServiceStub

__all__ = ["Client"]


class Client:
    """The service, for threads: one channel, shared by all of them, with a stub for each service.

    Takes what `Settings` takes, `Settings` itself included. Every call may be given `timeout=` and `metadata=` of its
    own. Errors are `ServiceError`. Made in microseconds; it connects with the first call, and `close` (or `with`) ends
    it. After a fork, make another one: gRPC's connections do not survive it.

    >>> with Client("127.0.0.1:1", retries=False) as client:
    ...     client.settings.address
    '127.0.0.1:1'
    """

    def __init__(self, address: str | Settings, **settings: Any) -> None:
        self.settings = address if isinstance(address, Settings) else Settings(address, **settings)
        self.channel = grpc.intercept_channel(_channel(self.settings), _Interceptor(self.settings))
        self.recurrence = RecurrenceServiceStub(self.channel)
        self.freebusy = FreeBusyServiceStub(self.channel)
        self.calendars = CalendarServiceStub(self.channel)
        self.meetings = MeetingServiceStub(self.channel)
        self.polls = PollServiceStub(self.channel)
        self.agenda = AgendaServiceStub(self.channel)

    def close(self) -> None:
        """End the connection, and every call that is still on its way."""
        self.channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _channel(settings: Settings) -> grpc.Channel:
    if settings.is_encrypted:
        return grpc.secure_channel(settings.address, settings.credentials(), options=options_of(settings))
    return grpc.insecure_channel(settings.address, options=options_of(settings))


class _Details(grpc.ClientCallDetails):
    """gRPC's details of a call, with what was missing filled in."""

    def __init__(self, given: Any, settings: Settings, *, streams: bool) -> None:
        self.method = given.method
        self.timeout = given.timeout
        if self.timeout is None:
            self.timeout = settings.deadline(given.method, streams=streams)
        self.metadata = metadata_of(settings, given.metadata)
        self.credentials = given.credentials
        self.wait_for_ready = given.wait_for_ready
        self.compression = given.compression


class _Interceptor(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """What happens around every call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return _awaited(continuation(self._told(details, streams=False), with_request_id(request)))

    def intercept_stream_unary(self, continuation: Callable[..., Any], details: Any, requests: Any) -> Any:
        return _awaited(continuation(self._told(details, streams=True), requests))

    def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        return _Stream(continuation(self._told(details, streams=True), with_request_id(request)))

    def intercept_stream_stream(self, continuation: Callable[..., Any], details: Any, requests: Any) -> Any:
        return _Stream(continuation(self._told(details, streams=True), requests))

    def _told(self, details: Any, *, streams: bool) -> _Details:
        return _Details(details, self._settings, streams=streams)


def _awaited(call: Any) -> Any:
    """The call once its answer is there; its error as one of ours."""
    try:
        call.result()
    except grpc.RpcError as error:
        raise error_of(error) from error
    return call


class _Stream:
    """A stream of responses whose error is one of ours; all else is gRPC's own call, `cancel` too."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise error_of(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)
