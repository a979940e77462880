"""What a refusal says on the wire: status, fields, reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@contextmanager
def refused(code: grpc.StatusCode) -> Iterator[Any]:
    """Expect a call in this block to be refused with a status."""
    with pytest.raises(grpc.RpcError) as error:
        yield error
    assert code == error.value.code(), error.value


def _details(error: Any, kind: type) -> list[Any]:
    status = rpc_status.from_call(error.value)
    found = []
    for detail in status.details if status is not None else ():
        if detail.Is(kind.DESCRIPTOR):
            found.append(kind())
            detail.Unpack(found[-1])
    return found


def faults(error: Any) -> list[Any]:
    """The fields that a refusal names, with descriptions."""
    return [fault for one in _details(error, error_details_pb2.BadRequest) for fault in one.field_violations]


def info(error: Any) -> Any:
    """The ErrorInfo of a refusal."""
    (found,) = _details(error, error_details_pb2.ErrorInfo)
    assert found.domain == "schedcore"
    return found


def retry(error: Any) -> float:
    """After how many seconds a refusal says to ask again."""
    (found,) = _details(error, error_details_pb2.RetryInfo)
    return found.retry_delay.ToTimedelta().total_seconds()
