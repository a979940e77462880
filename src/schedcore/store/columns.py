"""Columns of calendars for free/busy: bytes made of a calendar's content, good for one revision of it.

Rules of this module:

1. Columns are a copy, which can always be made again: to lose them costs time and nothing else. They are written
   without a mark, and never older over newer.
2. A question about a thousand calendars is one SELECT of one row a calendar, not one an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select

from schedcore.store.schema import calendars, columns
from schedcore.store.transactions import Transaction, listed

__all__ = ["get", "latest", "put"]

_GET: Final = listed(
    lambda among: select(columns.c.calendar, columns.c.revision, columns.c.data).where(among(columns.c.calendar))
)
_CURRENT: Final = select(calendars.c.revision).where(calendars.c.id == bindparam("key"))


def get(tx: Transaction, revisions: Mapping[str, int]) -> dict[str, bytes]:
    """The columns of calendars, by id, of those that have some for exactly the revision asked. One SELECT."""
    rows: Sequence[Any] = tx.among(_GET, revisions)
    # Taken apart by place: by name each row would cost twice as much.
    return {calendar: data for calendar, revision, data in rows if revision == revisions[calendar]}


def latest(tx: Transaction, calendars: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """The columns that calendars have, by id, each with the revision that they were made at. One SELECT."""
    rows = tx.among(_GET, calendars)
    return {row.calendar: (row.revision, bytes(row.data)) for row in rows}


def put(tx: Transaction, calendar: str, revision: int, data: bytes) -> bool:
    """Keep the columns that were made of a calendar at a revision; False where it has moved on, or is gone."""
    if (row := tx.locked(_CURRENT, {"key": calendar})) is None or row.revision != revision:
        return False
    add = tx.upsert(columns).values(calendar=calendar, revision=revision, data=data)
    tx.run(add.on_conflict_do_update(index_elements=["calendar"], set_={"revision": revision, "data": data}))
    return True
