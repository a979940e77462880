"""What the service refused, as an exception: `ServiceError`, with the code, the fields and the reason told apart.

The details are those of `google.rpc`: BadRequest, ErrorInfo and RetryInfo (AIP-193).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import grpc
from google.rpc import error_details_pb2, status_pb2

from schedcore.errors import SchedcoreError

if TYPE_CHECKING:
    from google.protobuf.any_pb2 import Any as AnyMessage

__all__ = ["FieldError", "ServiceError", "error_of"]

_DETAILS = "grpc-status-details-bin"


class FieldError(NamedTuple):
    """One field of a request that was wrong: its path, such as `window.start`, and why."""

    field: str
    reason: str


class ServiceError(SchedcoreError):
    """A call that was refused or failed.

    `code` is gRPC's; `fields` are the fields at fault (INVALID_ARGUMENT), `reason` a code that a program can tell apart
    ("STALE_ETAG", "closed", the name of a limit's refusal; "" for none), `metadata` what goes with it, `retry_after`
    the seconds after which the same call may work (None: it was not said). The gRPC error is the cause.

    >>> error = ServiceError("stale", code=grpc.StatusCode.FAILED_PRECONDITION, reason="STALE_ETAG")
    >>> error.code.name, error.reason, error.fields
    ('FAILED_PRECONDITION', 'STALE_ETAG', ())
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode,
        fields: tuple[FieldError, ...] = (),
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after


def error_of(error: grpc.RpcError) -> ServiceError:
    """The exception for an error of gRPC; details that cannot be read are left out."""
    code = getattr(error, "code", lambda: grpc.StatusCode.UNKNOWN)()
    said = getattr(error, "details", lambda: "")() or code.name
    found = ServiceError(said, code=code)
    for detail in _details(error):
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            found.fields += tuple(FieldError(one.field, one.description) for one in bad.field_violations)
        elif detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            found.reason, found.metadata = info.reason, dict(info.metadata)
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            again = error_details_pb2.RetryInfo()
            detail.Unpack(again)
            found.retry_after = again.retry_delay.ToTimedelta().total_seconds()
    return found


def _details(error: grpc.RpcError) -> list[AnyMessage]:
    """The details in the trailers; none where they are not of google.rpc."""
    trailers = getattr(error, "trailing_metadata", lambda: None)() or ()
    for key, value in trailers:
        if key == _DETAILS:
            try:
                return list(status_pb2.Status.FromString(value).details)
            except ValueError:  # DecodeError: another server's, or damaged on the way
                return []
    return []
