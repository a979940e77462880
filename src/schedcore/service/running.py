"""One call while it runs: in the event loop, and in the worker that its handler has.

Rules of this module:

1. Messages are read and written here and not by gRPC: bytes that are no message must be INVALID_ARGUMENT and not an
   internal error, and reading four megabytes of them must not hold up the event loop.
2. The deadline of a call, or the client's going away, sets its cancel token, which stops loops in C within some
   thousands of steps. The worker is free again when the handler has returned.
3. A stream of answers holds a worker while some are made, and none while the client does not take them. How far they
   are made ahead, what comes in is read ahead, and when others have their turn, is in `flows`.
4. An answer leaves when its transaction is committed, and not before; those of a stream do before it ends, so that no
   write answers with a stream.
5. Who watches, which nothing else ends, is told nothing more once the tokens that were read anew do not let them in.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import math
import random
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError

from schedcore import CancelToken
from schedcore.errors import Cancelled, InvalidValue, LimitExceeded, SchedcoreError
from schedcore.service.auth import said_once
from schedcore.service.calls import ANSWER, QUICK, Call, Caller, NotAtOnce
from schedcore.service.errors import Answer, GoingAway, Overloaded, Unauthenticated, answer_of, field
from schedcore.service.flows import Incoming, Outgoing, Patience, Stalled
from schedcore.service.room import Room
from schedcore.store import Conflict, requests

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from schedcore.service.auth import Gate
    from schedcore.service.bridge import Bridge, Rpc

__all__ = ["Running"]

Result = TypeVar("Result")

#: How often a write is run that loses to others, and seconds to wait before the second time (twice as long before each
#: further one, at random, so that those who collided do not again).
_ATTEMPTS: Final = 6
_BACKOFF: Final = 0.01
#: AIP-155 asks for UUIDs, which have 36 characters.
_LONGEST_ID: Final = 64
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_END: Final = object()
#: A worker cannot be stopped between its last look at the token and the end of its commit.
_LATE: Final = "the deadline is past, and it may have been done or not: repeat it with the same request_id to know"


class Running:
    """One call while it runs: an async context that authenticates, ends errors as statuses, and logs."""

    def __init__(self, bridge: Bridge, rpc: Rpc, context: Any) -> None:
        self.bridge = bridge
        self.rpc = rpc
        self.context = context
        self.id = f"{bridge.began}-{next(bridge.numbers)}"
        self.cancel = CancelToken()
        self.began = time.monotonic()
        self.caller: Caller | None = None
        remaining = context.time_remaining()
        self.is_open_ended = remaining is None
        self.ends = self.began + (bridge.settings.deadline if remaining is None else remaining)

    async def __aenter__(self) -> Running:
        try:
            if self.bridge.stopping.is_set():
                self.bridge.came = time.monotonic()
                # Who is told at once comes back at once, to this very server.
                await self.bridge.gone.wait()
                raise GoingAway("the server stops, and has done nothing of it: ask another, or this one a little later")
            self.caller = self._who(self.bridge.gate)
            if self.ends <= self.began:
                raise TimeoutError
        except Exception as error:
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, at: object) -> None:
        """Tell how it ended: to the log, and to the caller if it was an error."""
        if error is None:
            self._ended("OK")
            return
        self.cancel.cancel()
        if isinstance(error, GeneratorExit):  # there may be no event loop any more
            self._logged("CANCELLED", time.monotonic() - self.began)
            return
        if isinstance(error, asyncio.CancelledError):
            self._ended("CANCELLED")
            return
        answer = self._answer(error)
        code = _CODES[answer.code]
        self._ended(code.name)
        details = (("grpc-status-details-bin", answer.status().SerializeToString()),) if answer.details else ()
        # The status of a client that takes nothing waits behind what it has not taken: as long as it likes, and with it
        # would wait what the handler held.
        traceback.clear_frames(error.__traceback__)
        del error, at
        try:
            await self.context.abort(code, answer.message, details)
        except BaseException as aborted:  # gRPC keeps it in a cycle: with it would be kept what the handler held
            aborted.__context__ = None
            raise

    def _who(self, gate: Gate) -> Caller:
        metadata = said_once(self.context.invocation_metadata() or ())
        return gate.caller(metadata, _names(self.context) if gate.certificates else ())

    def _answer(self, error: BaseException) -> Answer:
        code = grpc.StatusCode
        late = time.monotonic() >= self.ends and not (self.is_open_ended and isinstance(error, Stalled))
        if isinstance(error, TimeoutError) or (isinstance(error, Cancelled) and late):
            told = _LATE if self.rpc.mark == "write" else "the deadline is past"
            return Answer(code.DEADLINE_EXCEEDED.value[0], told)
        if isinstance(error, SchedcoreError):
            return answer_of(error)
        if isinstance(error, OverflowError):  # arithmetic at an edge of the calendar, in Python's datetime
            return answer_of(InvalidValue("a time is outside of the years 1 to 9999"))
        self.bridge.log.mistake(self.id, self.rpc.path, error)
        return Answer(code.INTERNAL.value[0], f"a mistake of the server's, which its log has as {self.id}")

    def _ended(self, status: str) -> None:
        """Have the call logged and counted, in the event loop's next step: the answer leaves before that."""
        asyncio.get_running_loop().call_soon(self._logged, status, time.monotonic() - self.began)

    def _logged(self, status: str, took: float) -> None:
        principal, name = (None, "") if self.caller is None else (self.caller.principal, self.caller.name)
        more = {"backend": name} if name else {}
        self.bridge.log.call(self.id, self.rpc.path, principal, status, took, **more)
        self.bridge.metrics.called(self.rpc.path, status, took)

    # --- in the event loop --------------------------------------------------------------------------------------------

    async def work(self, job: Callable[[], Result], *, slow: bool = False) -> Result:
        """Run a job in a worker, until the deadline."""
        assert self.caller is not None
        try:
            async with asyncio.timeout(max(self.ends - time.monotonic(), 0)):
                return await self.bridge.workers.run(self.caller.share, job, slow=slow)
        except TimeoutError:
            self.cancel.cancel()
            raise

    def at_once(self, data: bytes) -> bytes | None:
        """Answer a quick request here and now; None where it is not, or turns out not to be."""
        request = self.decoded(data)
        assert self.rpc.quick is not None
        if not self.rpc.quick(request):
            return None
        try:
            answer: Message = self.rpc.handler(self.call(QUICK, at_once=True), request)
        except (LimitExceeded, NotAtOnce):
            return None
        self.bridge.metrics.answered(answer)
        return answer.SerializeToString()

    async def stream(self, request: Callable[[], Any], *, slow: bool, over: Callable[[], None] | None = None) -> None:
        """Send what a generator gives, made by workers ahead of the client. What goes wrong comes behind all of it.

        `over` is called when no worker will make more of it, which may be long before the client has taken it.
        """
        bridge = self.bridge
        if bridge.streaming >= bridge.settings.max_streaming:
            raise Overloaded(f"max_streaming={bridge.settings.max_streaming} answers are streamed already", 5.0)
        bridge.streaming += 1
        try:
            await self._stream(request, slow, over)
        finally:
            bridge.streaming -= 1

    async def _stream(self, request: Callable[[], Any], slow: bool, over: Callable[[], None] | None) -> None:
        call = self.call(ANSWER)
        messages = self._written(call, request)
        outgoing = Outgoing(lambda: self.bridge.workers.waiting > 0)
        patience = self._patience()

        def step() -> bool:
            with call.ending():
                return outgoing.fill(messages)

        def begin() -> asyncio.Future[bool]:
            making = asyncio.ensure_future(self.work(step, slow=slow))
            making.add_done_callback(ended)
            return making

        def ended(making: asyncio.Future[bool]) -> None:
            if over is not None and (making.cancelled() or _is_last(making)):
                over()

        making = begin()
        try:
            while True:
                if making.done() and outgoing.is_low and not _is_last(making):
                    making = begin()
                data = await outgoing.take(making)
                if data is not None:
                    await self._send(data, patience)
                elif making.result():
                    return
        finally:
            self.cancel.cancel()
            await _left(making)
            del making  # its error has this frame in its traceback

    def _written(self, call: Call, request: Callable[[], Any]) -> Iterator[bytes | Exception]:
        """Give what the handler gives, as bytes; what it raises comes behind that as a value."""
        failed: list[Exception] = []
        try:
            for message in self.rpc.handler(call, request()):
                call.check()  # a worker that nobody else wants would else make the rest for a client that has gone
                self.bridge.metrics.answered(message)
                yield message.SerializeToString()
        except Exception as error:
            failed.append(error)
        finally:
            call.room.hold(0)
        if failed:
            yield failed.pop()  # nothing here keeps it

    async def watch(self, data: bytes) -> None:
        """Send what an async generator gives, until the client has enough or the server stops."""
        bridge = self.bridge
        if bridge.watching >= bridge.settings.max_watching:
            raise Overloaded(f"max_watching={bridge.settings.max_watching} calls watch already", 5.0)
        messages: AsyncIterator[Message] = self.rpc.handler(self.call(ANSWER), self.decoded(data))
        bridge.watching += 1
        stopping = asyncio.ensure_future(bridge.stopping.wait())
        following: asyncio.Future[Any] | None = None
        gate = bridge.gate
        try:
            while True:
                following = asyncio.ensure_future(_next(messages))
                left = None if self.is_open_ended else max(self.ends - time.monotonic(), 0)
                await asyncio.wait((following, stopping), timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    if stopping.done():
                        raise GoingAway("the server stops: watch again")
                    raise TimeoutError
                message = following.result()
                if message is _END:
                    return
                if bridge.gate is not gate:
                    gate = bridge.gate
                    if self._who(gate) != self.caller:
                        raise Unauthenticated("the token is somebody else's by now: watch again")
                await self._send(message.SerializeToString(), self._patience())
        finally:
            bridge.watching -= 1
            stopping.cancel()
            if following is not None:
                await _left(following)
            await messages.aclose()  # type: ignore[attr-defined]

    def _patience(self) -> Patience:
        """How long the client may let messages wait."""
        return Patience(self.bridge.settings.stall, math.inf if self.is_open_ended else self.ends)

    async def _send(self, data: bytes, patience: Patience) -> None:
        """Hand a message to gRPC, which takes it once the client has room; not for ever."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience.left):
                await self.context.write(data)
        except TimeoutError:
            raise Stalled(f"messages have waited {patience} for the client: take them as they come") from None
        patience.taken(time.monotonic() - began, len(data))

    def incoming(self) -> Incoming:
        """Give the messages that the client streams in, to a worker, which waits for each, but not for ever."""
        settings = self.bridge.settings
        patience = Patience(settings.stall, self.ends)
        return Incoming(self.context.read, patience, settings.max_table_bytes, self.bridge.spare)

    # --- in a worker --------------------------------------------------------------------------------------------------

    def call(self, limits: Any, *, at_once: bool = False) -> Call:
        """Make what the handler gets."""
        assert self.caller is not None
        store = self.bridge.store
        opened = {"write": store.writing, "read": store.reading}.get(self.rpc.mark)
        most, room = self.bridge.settings.max_table_bytes, Room(self.bridge.tables)
        return Call(self.caller, datetime.now(UTC), self.cancel, limits, opened, store, most, room, at_once=at_once)

    def decoded(self, data: bytes) -> Message:
        """Read a message."""
        try:
            return self.rpc.request.FromString(data)
        except DecodeError as error:
            name = self.rpc.request.DESCRIPTOR.full_name
            raise InvalidValue(f"the {len(data)} bytes sent are no {name}") from error

    def answer(self, data: bytes) -> bytes:
        """Answer one message with one."""
        return self.handled(self.decoded(data))

    def handled(self, request: Any) -> bytes:
        """Run the handler, again if it loses to another, and give its answer as bytes."""
        for attempt in itertools.count(1):
            try:
                return self._once(request)
            except Conflict:
                if attempt >= _ATTEMPTS or self.rpc.streams_in:
                    raise
            pause = _BACKOFF * 2**attempt * random.random()
            if self.cancel.is_cancelled or time.monotonic() + pause >= self.ends:
                raise Cancelled("the deadline came before a write that others were in the way of: nothing was done")
            self.bridge.metrics.again()
            time.sleep(pause)
        raise AssertionError("it returns or raises")

    def _once(self, request: Any) -> bytes:
        call = self.call(ANSWER)
        with call.ending():
            key = self._request_key(call, request)
            if key is None:
                answer: Message = self.rpc.handler(call, request)
                self.bridge.metrics.answered(answer)
                return answer.SerializeToString()
            body = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
            found = requests.find(call.tx, *key)
            if found is not None:
                return self._repeated(request, body, *found)
            data = bytes(self.rpc.handler(call, request).SerializeToString())
            requests.keep(call.tx, *key, body, data, int(call.now.timestamp()), call.about)
            call.check()  # who has been told that it is too late is not surprised by it more often than must be
            return data

    def _request_key(self, call: Call, request: Any) -> tuple[str, str, str] | None:
        """Give what tells a repeated write; None where it is no write, or is not to be told."""
        name: str = getattr(request, "request_id", "") if self.rpc.mark == "write" else ""
        if not name:
            return None
        with field("request_id"):
            if len(name) > _LONGEST_ID or not name.isprintable():
                raise InvalidValue(f"request_id has {len(name)} characters: give up to {_LONGEST_ID}, all printable")
        return call.caller.share, self.rpc.path, name

    def _repeated(self, request: Any, body: bytes, kept: bytes, response: bytes) -> bytes:
        if body != kept:
            with field("request_id"):
                raise InvalidValue(f"request_id={request.request_id!r} was used for another request: make up a new one")
        return response


def _is_last(making: asyncio.Future[bool]) -> bool:
    """Whether a step that has ended is followed by no other."""
    return making.exception() is not None or making.result()


async def _left(making: asyncio.Future[Any]) -> None:
    """End what nobody waits for any more, whatever it ends with."""
    making.cancel()
    await asyncio.wait((making,))
    if not making.cancelled():
        making.exception()


async def _next(messages: AsyncIterator[Any]) -> Any:
    return await anext(messages, _END)


def _names(context: Any) -> list[str]:
    """The names that a client's certificate has in its SAN."""
    found = context.auth_context().get("x509_subject_alternative_name", ())
    return [name.decode("utf-8", "replace") for name in found]
