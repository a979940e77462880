"""Errors on the wire: one table from the types of this package to gRPC's statuses, with details a program can read.

Rules of this module:

1. `STATUSES` says which type of error becomes which status; a type that is not in it takes its nearest parent's.
2. What is not a SchedcoreError is a mistake of ours: INTERNAL with an id, the traceback in the log, and nothing of it
   in the answer.
3. `field` says where in the request the value stood, around the conversion that may raise. The inner path goes behind
   the outer one: `window` around `start` is `window.start`.
4. Details are google.rpc's: BadRequest for a field, ErrorInfo with a reason, RetryInfo where a repeat may work.

Nothing here imports gRPC: `bridge` sends what `answer_of` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration as DurationMessage
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

from schedcore.errors import Cancelled, InvalidValue, LimitExceeded, NotAllowed, Refused, RuleError, SchedcoreError
from schedcore.store import Exists, NotFound, Stale, Unavailable

if TYPE_CHECKING:
    from google.protobuf.message import Message

__all__ = [
    "DOMAIN",
    "STATUSES",
    "Answer",
    "GoingAway",
    "Overloaded",
    "Unauthenticated",
    "answer_of",
    "field",
    "place_of",
]

#: Whose reasons they are, in every ErrorInfo.
DOMAIN: Final = "schedcore"
#: An error may hold what a stranger wrote; headers of HTTP/2 hold some kilobytes.
_LONGEST: Final = 1_000
_PLACE: Final = "_schedcore_field"


class Unauthenticated(SchedcoreError):
    """The call does not say who asks, or not in a way that can be believed."""


class Overloaded(SchedcoreError):
    """The server has as much work as it takes; `retry_after` is in how many seconds to ask again."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GoingAway(SchedcoreError):
    """The server stops; another, or this one a little later, will answer."""


#: Type of error -> gRPC status. The order does not matter: the nearest type counts.
STATUSES: Final[dict[type[Exception], int]] = {
    InvalidValue: code_pb2.INVALID_ARGUMENT,
    LimitExceeded: code_pb2.RESOURCE_EXHAUSTED,
    Overloaded: code_pb2.RESOURCE_EXHAUSTED,
    Cancelled: code_pb2.CANCELLED,
    NotAllowed: code_pb2.PERMISSION_DENIED,
    Refused: code_pb2.FAILED_PRECONDITION,
    Unauthenticated: code_pb2.UNAUTHENTICATED,
    GoingAway: code_pb2.UNAVAILABLE,
    NotFound: code_pb2.NOT_FOUND,
    Exists: code_pb2.ALREADY_EXISTS,
    Stale: code_pb2.FAILED_PRECONDITION,
    Unavailable: code_pb2.UNAVAILABLE,
}

#: Reasons of an unavailable store for which asking again soon is of no use: somebody must make room, or repair it.
_NOT_SOON: Final = frozenset(("full", "read-only", "damaged"))
#: After how many seconds to ask again where the database is busy or away.
_STORE_RETRY: Final = 1.0

#: Refusals that depend on who asks; all others depend on the state, so the same caller may be let later.
_ABOUT_THE_CALLER: Final = frozenset(
    (
        "no_right",
        "not_allowed",
        "not_asked",
        "not_creator",
        "not_invited",
        "not_organizer",
        "not_owner",
        "not_participant",
        "not_voter",
        "not_yours",
    )
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an error becomes: a status of gRPC, a message for people, details for programs."""

    code: int
    message: str
    details: tuple[Message, ...] = ()

    def status(self) -> Status:
        """Give the google.rpc.Status that carries all of it."""
        packed = []
        for detail in self.details:
            packed.append(AnyMessage())
            packed[-1].Pack(detail)
        return Status(code=self.code, message=self.message, details=packed)


class field:
    """Say that what goes wrong in a `with` block is the fault of a field of the request.

    >>> try:
    ...     with field("window"), field("start"):
    ...         raise InvalidValue("no time")
    ... except InvalidValue as error:
    ...     print(place_of(error))
    window.start
    """

    # A class and no generator: a small question passes ten of these blocks, at a fifth of the cost.
    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        if isinstance(error, SchedcoreError):
            inner = place_of(error)
            joint = "" if not inner or inner.startswith("[") else "."
            setattr(error, _PLACE, f"{self.path}{joint}{inner}")


def place_of(error: BaseException) -> str:
    """Tell the field that `field` put on an error; "" for none."""
    return str(getattr(error, _PLACE, ""))


def answer_of(error: SchedcoreError) -> Answer:
    """Give what one of our errors becomes on the wire.

    >>> answer_of(LimitExceeded("max_occurrences", allowed=10, reached=11)).details[0].metadata["allowed"]
    '10'
    """
    code = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), code_pb2.INTERNAL)
    message = _short(str(error))
    details: list[Message] = []
    if code == code_pb2.INVALID_ARGUMENT:
        place = place_of(error) or (error.part or "" if isinstance(error, RuleError) else "")
        details.append(_bad_request(place, message))
    if isinstance(error, LimitExceeded):
        metadata = {"limit": error.limit, "allowed": str(error.allowed), "reached": str(error.reached)}
        details.append(_info("LIMIT_EXCEEDED", metadata))
    if isinstance(error, Refused):
        if error.reason in _ABOUT_THE_CALLER:
            code = code_pb2.PERMISSION_DENIED
        details.append(_info(error.reason.upper() or "REFUSED", {"command": error.command} if error.command else {}))
    if isinstance(error, Overloaded):
        details.append(retry_in(error.retry_after))
    if isinstance(error, Stale):
        details.append(_info("STALE_ETAG", {"current": error.current}))
    if isinstance(error, Unavailable):
        details.append(_info(f"STORE_{error.reason.upper().replace('-', '_')}", {}))
        if error.reason == "full":
            code = code_pb2.RESOURCE_EXHAUSTED
        elif error.reason not in _NOT_SOON:
            details.append(retry_in(_STORE_RETRY))
    return Answer(code, message, tuple(details))


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"


def _bad_request(place: str, reason: str) -> Any:
    violation = error_details_pb2.BadRequest.FieldViolation(field=place, description=reason)
    return error_details_pb2.BadRequest(field_violations=[violation])


def _info(reason: str, metadata: dict[str, str]) -> Any:
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata)


def retry_in(seconds: float) -> Any:
    """Give the detail that says when the same call may work."""
    whole = int(seconds)
    delay = DurationMessage(seconds=whole, nanos=int((seconds - whole) * 1_000_000_000))
    return error_details_pb2.RetryInfo(retry_delay=delay)
