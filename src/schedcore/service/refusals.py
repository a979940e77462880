"""Refusals of `apply` that are about what the request says, as faults of its fields.

The library refuses with a code. Most are about the state of a meeting or a poll, or about who asks; what is left says
that the request makes no sense in any state, and belongs to a field: INVALID_ARGUMENT, not FAILED_PRECONDITION.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from schedcore.errors import InvalidValue, Refused
from schedcore.service.errors import field

__all__ = ["faults"]


@contextmanager
def faults(fields: Mapping[str, str]) -> Iterator[None]:
    """Make refusals with some codes InvalidValue on the field that each names.

    >>> try:
    ...     with faults({"past": "deadline"}):
    ...         raise Refused("it is over", reason="past")
    ... except InvalidValue as error:
    ...     print(error)
    it is over
    """
    try:
        yield
    except Refused as error:
        place = fields.get(error.reason)
        if place is None:
            raise
        with field(place):
            raise InvalidValue(str(error)) from error
