"""Meetings: each as the JSON of its codec, with the names of all who are in it, by which it is found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from schedcore.store.schema import meeting_people, meetings
from schedcore.store.transactions import Kept, Transaction, check, listed

__all__ = ["create", "get", "named", "of_group", "remove", "save"]

_GET: Final = select(meetings.c.data, meetings.c.version).where(meetings.c.id == bindparam("key"))
_SAVE: Final = update(meetings).where(meetings.c.id == bindparam("key"))
_REMOVE: Final = delete(meetings).where(meetings.c.id == bindparam("key"))
_FORGET: Final = delete(meeting_people).where(meeting_people.c.meeting == bindparam("key"))
_NAMED: Final = listed(
    lambda among: (
        select(meeting_people.c.meeting)
        .where(among(meeting_people.c.name), meeting_people.c.meeting > bindparam("after"))
        .distinct()
        .order_by(meeting_people.c.meeting)
        .limit(bindparam("limit"))
    )
)
_OF_GROUP: Final = (
    select(meetings.c.id)
    .where(meetings.c.group_id == bindparam("group"), meetings.c.id > bindparam("after"))
    .order_by(meetings.c.id)
    .limit(bindparam("limit"))
)


def get(tx: Transaction, id: str) -> Kept[str]:
    """The JSON text of a meeting, locked where the transaction writes; NotFound. O(log n)."""
    row = check("meeting", id, tx.locked(_GET, {"key": id}))
    return Kept(row.data, str(row.version))


def create(tx: Transaction, id: str, data: str, *, creator: str, names: Iterable[str], group: str | None = None) -> str:
    """Keep a new meeting, found by the `names` of its people; its etag. Exists where the id is taken."""
    version = tx.mark("meeting", id)
    row = {"id": id, "data": data, "creator": creator, "group_id": group, "version": version}
    tx.create(meetings, "meeting", row)
    _name(tx, id, names)
    return str(version)


def save(tx: Transaction, id: str, data: str, *, names: Iterable[str], etag: str = "") -> str:
    """Keep a meeting as it is now; the new etag. NotFound, Stale."""
    check("meeting", id, tx.locked(_GET, {"key": id}), etag)
    version = tx.mark("meeting", id)
    tx.run(_SAVE, {"key": id, "data": data, "version": version})
    tx.run(_FORGET, {"key": id})
    _name(tx, id, names)
    return str(version)


def remove(tx: Transaction, id: str, etag: str = "") -> None:
    """Forget a meeting; NotFound, Stale. Its events in calendars are the caller's to remove."""
    check("meeting", id, tx.locked(_GET, {"key": id}), etag)
    tx.mark("meeting", id)
    tx.run(_REMOVE, {"key": id})


def named(tx: Transaction, names: Iterable[str], *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of meetings in which somebody is under one of some names, in order, those after an id."""
    return [row.meeting for row in tx.among(_NAMED, names, {"after": after, "limit": limit})]


def of_group(tx: Transaction, group: str, *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of meetings of a group, in order, those after an id."""
    return [row.id for row in tx.all(_OF_GROUP, {"group": group, "after": after, "limit": limit})]


def _name(tx: Transaction, id: str, names: Iterable[str]) -> None:
    rows = [{"name": name, "meeting": id} for name in sorted(set(names))]
    if rows:
        tx.run(insert(meeting_people), rows)
