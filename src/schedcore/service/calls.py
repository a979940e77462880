"""What a handler is, and what it gets: `Service`, the four marks, `Call` and `Caller`.

Rules of this module:

1. A service is a class with one method for each RPC of its descriptor, of the RPC's name. Each carries one mark:

       @compute   asks the library alone; may be run twice (first within small limits: `bridge`)
       @read      reads the store, from one snapshot
       @write     reads and writes the store, in one transaction; may be run again when that is lost to another
       @watch     lives long: an `async def` generator that must not block, and holds no worker

2. A handler is called with a `Call` and the request; streamed requests come as an iterator. It returns the response, or
   is a generator of responses: then a worker asks for some of them at a time, ahead of what is sent (`flows`), and none
   is held while the client does not read. A response that is bytes already is a `Written`. In a generator `call.tx` is
   one transaction for those that are asked for together: it ends with them, whether the client reads or not.
3. A handler that may run twice keeps nothing anywhere but in the store; what is to be told once the transaction stands
   goes through `Call.after_commit`.
4. `@quick` says of a `@compute` or `@read` handler which requests are answered in some tens of microseconds within
   `QUICK` limits: those run where they arrive, on the event loop, without a change of threads. One that meets a limit
   there, or finds that it must wait for the store (`Call.may_wait`), is run again in a worker.

Nothing here imports gRPC, so handlers can be tested as the functions they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from schedcore import CancelToken, Limits
from schedcore.errors import Cancelled
from schedcore.policy import PUBLIC
from schedcore.service.errors import Unauthenticated
from schedcore.service.room import Room

if TYPE_CHECKING:
    from google.protobuf.descriptor import ServiceDescriptor
    from google.protobuf.message import Message

    from schedcore.service.holdings import Holdings

__all__ = [
    "ANSWER",
    "MARKS",
    "QUICK",
    "Call",
    "Caller",
    "NotAtOnce",
    "Service",
    "Written",
    "compute",
    "mark_of",
    "quick",
    "quick_of",
    "read",
    "watch",
    "write",
]

#: What an answer in one message may hold unless it is told otherwise: some megabytes of text on the wire.
ANSWER: Final = Limits(max_occurrences=100_000, max_walked=50_000_000)

#: What may be held and walked through on the event loop: a hundred starts take some 50 us to write, and a walk of
#: 10,000 about as long.
QUICK: Final = Limits(max_occurrences=1_000, max_walked=10_000)

MARKS: Final = ("compute", "read", "write", "watch")
_MARK: Final = "_schedcore_mark"
_QUICK: Final = "_schedcore_quick"

Handler = TypeVar("Handler", bound=Callable[..., Any])


def _marked(name: str) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, name)
        return handler

    mark.__doc__ = f"Mark a handler as `{name}`: see the head of this module."
    return mark


compute: Final = _marked("compute")
read: Final = _marked("read")
write: Final = _marked("write")
watch: Final = _marked("watch")


def mark_of(handler: Callable[..., Any]) -> str:
    """Tell a handler's mark; "" for a function without one.

    >>> mark_of(read(lambda self, call, request: None))
    'read'
    """
    return str(getattr(handler, _MARK, ""))


class NotAtOnce(Exception):
    """A handler on the event loop has found that it would hold it up."""


def quick(suits: Callable[[Any], bool]) -> Callable[[Handler], Handler]:
    """Mark a `@compute` or `@read` handler of which requests that suit are answered at once: see rule 4."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _QUICK, suits)
        return handler

    return mark


def quick_of(handler: Callable[..., Any]) -> Callable[[Any], bool] | None:
    """Give what tells which requests to a handler are quick; None if none are."""
    found: Callable[[Any], bool] | None = getattr(handler, _QUICK, None)
    return found


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a person, or a back end that acts for one, or for nobody in particular.

    `principal` is the id of the person acting, None where none is named. `backend` tells that the credentials are a
    back end's, which may name anybody; `name` is that back end's. `share` is in whose name the caller waits for a
    worker.

    >>> Caller("anna").share, Caller(None, backend=True, name="calendar").share
    ('person:anna', 'backend:calendar')
    """

    principal: str | None
    backend: bool = False
    name: str = ""

    @property
    def share(self) -> str:
        """Whose turn it is when this caller's is."""
        return f"backend:{self.name}" if self.principal is None else f"person:{self.principal}"


@dataclass(slots=True)
class Call:
    """One call: who asks, when, how long it may take, and the transaction it reads and writes in.

    `limits` bounds what one answer may hold and walk through, `max_table_bytes` a table that comes in; what is held of
    such tables, and of answers of their size, is told to `room`. `opened` gives
    a transaction, of the kind that the handler's mark allows; `tx` asks it once, when first used. `store` is for those
    who watch, which begin a transaction each time they look. A handler of a poll says in `about` which it is: answers
    that are kept for repeated requests go with the poll. `at_once` says that this is the event loop.
    """

    caller: Caller
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    cancel: CancelToken = field(default_factory=CancelToken)
    limits: Limits = ANSWER
    opened: Callable[[], Any] | None = None
    store: Any = None
    max_table_bytes: int = 256 << 20
    room: Room = field(default_factory=Room)
    about: str | None = None
    at_once: bool = False
    _stack: ExitStack = field(default_factory=ExitStack)
    _tx: Any = None
    _then: list[Callable[[], object]] = field(default_factory=list)

    @property
    def viewer(self) -> Any:
        """Who looks, as `policy` takes it: the person, or PUBLIC where none is named."""
        return PUBLIC if self.caller.principal is None else self.caller.principal

    def person(self) -> str:
        """Give the person who acts; Unauthenticated where none is named.

        >>> Call(Caller("anna")).person()
        'anna'
        """
        if self.caller.principal is None:
            raise Unauthenticated("nobody is named who acts: name the person's id in the metadata schedcore-principal")
        return self.caller.principal

    @property
    def tx(self) -> Any:
        """The transaction of this call, begun when first asked for; `bridge` ends it."""
        if self._tx is None:
            self.may_wait()
            if self.opened is None:
                raise AssertionError("a @compute handler has no transaction: mark it @read or @write")
            self._tx = self._stack.enter_context(self.opened())
        return self._tx

    def may_wait(self) -> None:
        """Say that what comes next may wait for others, or take long; NotAtOnce where nothing may.

        >>> Call(Caller("anna"), at_once=True).may_wait()
        Traceback (most recent call last):
            ...
        schedcore.service.calls.NotAtOnce
        """
        if self.at_once:
            raise NotAtOnce

    def after_commit(self, then: Callable[[], object]) -> None:
        """Have something called once the transaction is committed, and never if it is not."""
        self._then.append(then)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Commit the transaction when the block ends, then call what waits for it; roll back when it raises."""
        try:
            with self._stack:
                yield
        except BaseException:
            self._then.clear()
            raise
        finally:
            self._tx = None
        waiting, self._then = self._then, []
        for then in waiting:
            then()

    def check(self) -> None:
        """Raise Cancelled once the deadline is past or the client has gone: for loops in Python."""
        if self.cancel.is_cancelled:
            raise Cancelled("the deadline is past, or the client has gone: nothing was done")


@dataclass(frozen=True, slots=True)
class Written:
    """A response of a stream that its handler has written: of which kind, its bytes, and the rows of its columns.

    >>> from schedcore.v1.poll_pb2 import TallyManyResponse
    >>> Written(TallyManyResponse, b"", 0).DESCRIPTOR.full_name
    'schedcore.v1.TallyManyResponse'
    """

    kind: type[Message]
    data: bytes
    rows: int

    @property
    def DESCRIPTOR(self) -> Any:
        """What the message is, as messages tell it."""
        return self.kind.DESCRIPTOR

    def SerializeToString(self) -> bytes:
        """Give the bytes, as messages do."""
        return self.data


class Service:
    """The handlers of one gRPC service; a subclass names its `descriptor` and has a method for each RPC."""

    descriptor: ClassVar[ServiceDescriptor]

    def __init__(self, holdings: Holdings | None = None) -> None:
        """Share what the server has in memory of its store; a service alone has its own."""
        from schedcore.service.holdings import Holdings

        self.holdings = Holdings() if holdings is None else holdings
