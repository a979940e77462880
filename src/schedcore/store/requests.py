"""Requests that were answered, so that a repeated one is answered alike and not done again (AIP-155).

Rules of this module:

1. An answer is kept in the transaction that did the work: both are there, or neither.
2. Of two equal requests at once one does the work. The other finds the key taken when it keeps its own answer, which is
   a conflict: run again, it finds the answer.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, bindparam, delete, select, tuple_

from schedcore.store.errors import Conflict
from schedcore.store.schema import requests
from schedcore.store.transactions import Transaction

__all__ = ["find", "keep", "purge"]

_FIND: Final = select(requests.c.body_hash, requests.c.response).where(
    requests.c.principal == bindparam("principal"),
    requests.c.method == bindparam("method"),
    requests.c.request_id == bindparam("request_id"),
)
_KEY: Final = tuple_(requests.c.principal, requests.c.method, requests.c.request_id)
_OLD: Final = (
    select(requests.c.principal, requests.c.method, requests.c.request_id)
    .where(requests.c.at < bindparam("before"))
    .order_by(requests.c.at)
    .limit(bindparam("limit", type_=BigInteger))
)
_PURGE: Final = delete(requests).where(_KEY.in_(_OLD))


def find(tx: Transaction, principal: str, method: str, request_id: str) -> tuple[bytes, bytes] | None:
    """The hash of the body and the response of an answered request; None for a new one. O(log n)."""
    row = tx.first(_FIND, {"principal": principal, "method": method, "request_id": request_id})
    return None if row is None else (bytes(row.body_hash), bytes(row.response))


def keep(
    tx: Transaction,
    principal: str,
    method: str,
    request_id: str,
    body_hash: bytes,
    response: bytes,
    at: int,
    about: str | None = None,
) -> None:
    """Keep the answer to a request, given at a moment in UTC seconds; Conflict where it was answered meanwhile.

    `about` names the poll that it tells of: deleted for ever, that takes the answer with it (`polls.remove`).
    """
    values = {
        "principal": principal,
        "method": method,
        "request_id": request_id,
        "body_hash": body_hash,
        "response": response,
        "about": about,
        "at": at,
    }
    if not tx.add(requests, values):
        raise Conflict("the same request was answered at the same time: run it again", reason="conflict")


def purge(tx: Transaction, before: int, limit: int | None = None) -> int:
    """Forget requests that were answered before a moment, in UTC seconds, the oldest first; how many.

    With `limit` at most so many: on SQLite whoever else would write waits for all of them.
    """
    return tx.run(_PURGE, {"before": before, "limit": -1 if limit is None and not tx.is_postgresql else limit})
