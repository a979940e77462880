"""The log of changes, for whoever watches: what changed, in an order in which nobody misses anything.

Rules of this module:

1. A cursor says up to where somebody has read. What `after` gives for it is complete: nothing that is committed later
   sorts before the cursor that comes back.
2. On SQLite numbers are in order of commits, since one transaction writes at a time. On PostgreSQL they are not: of two
   transactions the one with the higher number may commit first, and a reader of "everything above 7" would never see
   the 6 that comes after. So a row carries the number of its transaction, and only rows are read whose transactions
   lie before the oldest that still runs (pg_snapshot_xmin), in order of transactions. What is committed shows as soon
   as all transactions that began to write before it are over; none waits for it.
3. A cursor belongs to one database server: transactions are numbered anew where a dump is restored. Whoever watches
   begins anew after that, as after any lost connection, and reads what it watches once more.
4. Who is told twice of one change must not mind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Text, and_, bindparam, cast, delete, func, or_, select

from schedcore.errors import InvalidValue, shorten
from schedcore.store.schema import changes
from schedcore.store.transactions import Transaction, listed

__all__ = ["Change", "after", "newest", "purge"]

_XMIN: Final = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
_NEWEST: Final = (
    select(changes.c.writer, changes.c.seq).order_by(changes.c.writer.desc(), changes.c.seq.desc()).limit(1)
)
_AFTER: Final = listed(
    lambda among: (
        select(changes)
        .where(
            or_(
                changes.c.writer > bindparam("writer"),
                and_(changes.c.writer == bindparam("writer"), changes.c.seq > bindparam("seq")),
            ),
            changes.c.writer < bindparam("settled"),
            among(changes.c.kind),
        )
        .order_by(changes.c.writer, changes.c.seq)
        .limit(bindparam("limit"))
    )
)
_PURGE: Final = delete(changes).where(changes.c.at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed: what kind of thing, which, whose vote it was (else None), when, and the cursor after it."""

    kind: str
    id: str
    who: str | None
    at: int
    cursor: str


def newest(tx: Transaction) -> str:
    """The cursor after everything that is there: who begins to watch takes it first, and then looks at things."""
    if tx.is_postgresql:
        return f"{tx.connection.execute(select(_XMIN)).scalar_one() - 1}.{2**63 - 1}"
    row = tx.first(_NEWEST)
    return "0.0" if row is None else f"{row.writer}.{row.seq}"


def after(tx: Transaction, cursor: str, kinds: Iterable[str], limit: int = 1000) -> list[Change]:
    """The next changes of some kinds after a cursor, oldest first; none if there are none yet.

    InvalidValue for what is no cursor. O(log n) and what is given.
    """
    writer, seq = _place(cursor)
    settled = tx.connection.execute(select(_XMIN)).scalar_one() if tx.is_postgresql else 1
    rows = tx.among(_AFTER, kinds, {"writer": writer, "seq": seq, "settled": settled, "limit": limit})
    return [Change(row.kind, row.id, row.who, row.at, f"{row.writer}.{row.seq}") for row in rows]


def purge(tx: Transaction, before: int) -> int:
    """Forget changes from before a moment, in UTC seconds; how many. Versions stay as they are."""
    return tx.run(_PURGE, {"before": before})


def _place(cursor: str) -> tuple[int, int]:
    writer, dot, seq = cursor.partition(".")
    if not (dot and writer.isascii() and writer.isdigit() and seq.isascii() and seq.isdigit() and len(cursor) < 42):
        raise InvalidValue(f"{shorten(cursor)} is no cursor of changes: give one that `newest` or a change has")
    return int(writer), int(seq)
