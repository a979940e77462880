"""Events: one row a UID in a calendar, as iCalendar bytes that the store never reads.

Rules of this module:

1. Every change of an event is a change of its calendar's content, and locks the calendar: its `revision` moves on once
   in a transaction, and what was computed of the calendar before is no longer good.
2. `first_start` and `last_end` bound all occurrences, in UTC seconds: none starts before, none ends after. A question
   about a window leaves out what cannot touch it. Who does not know them says nothing: then it is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, update

from schedcore.store.errors import Exists, NotFound
from schedcore.store.schema import calendars, events
from schedcore.store.transactions import Kept, Transaction, check, listed

__all__ = [
    "EARLIEST", "LATEST", "Event", "all_of", "between", "count", "get", "many", "of_meeting", "put", "put_many",
    "remove", "remove_many", "touch", "versions",
]  # fmt: skip

#: Bounds that leave nothing out: the ends of 64 bits.
EARLIEST: Final = -(2**63)
LATEST: Final = 2**63 - 1

_ONE: Final = (events.c.calendar == bindparam("of"), events.c.uid == bindparam("its_uid"))
_GET: Final = select(events).where(*_ONE)
_VERSION: Final = select(events.c.version).where(*_ONE)
_ALL: Final = select(events).where(events.c.calendar == bindparam("of")).order_by(events.c.uid)
_AFTER: Final = _ALL.where(events.c.uid > bindparam("after"))
_BETWEEN: Final = (
    select(events)
    .where(
        events.c.calendar == bindparam("of"),
        events.c.first_start < bindparam("end"),
        events.c.last_end >= bindparam("start"),
    )
    .order_by(events.c.uid)
)
_MANY: Final = listed(lambda among: select(events).where(events.c.calendar == bindparam("of"), among(events.c.uid)))
_VERSIONS: Final = select(events.c.uid, events.c.version).where(events.c.calendar == bindparam("of"))
_COUNT: Final = select(func.count()).where(events.c.calendar == bindparam("of"))
_REMOVE: Final = delete(events).where(*_ONE)
_OF_MEETING: Final = (
    select(events.c.calendar, events.c.uid).where(events.c.meeting == bindparam("id")).order_by(events.c.calendar)
)
_LOCK: Final = select(calendars.c.revision).where(calendars.c.id == bindparam("key"))
_REVISE: Final = update(calendars).where(calendars.c.id == bindparam("key"))
_KEY: Final = ("calendar", "uid")
_BODY: Final = ("ics", "native", "meeting", "first_start", "last_end", "version")


@dataclass(frozen=True, slots=True)
class Event:
    """All components of a UID as one VCALENDAR, whether it was made here, and which meeting stands there, if one."""

    uid: str
    ics: bytes
    native: bool = True
    meeting: str | None = None
    first_start: int = EARLIEST
    last_end: int = LATEST


# --- reading ----------------------------------------------------------------------------------------------------------


def get(tx: Transaction, calendar: str, uid: str) -> Kept[Event]:
    """One event, locked where the transaction writes; NotFound. O(log n)."""
    return _kept(check("event", uid, tx.locked(_GET, {"of": calendar, "its_uid": uid})))


def all_of(tx: Transaction, calendar: str, *, after: str | None = None, limit: int | None = None) -> list[Kept[Event]]:
    """The events of a calendar by UID; those after a UID, which may be "", and so many at most."""
    values = {"of": calendar} if after is None else {"of": calendar, "after": after}
    statement = _ALL if after is None else _AFTER
    return list(map(_kept, tx.all(statement if limit is None else statement.limit(limit), values)))


def many(tx: Transaction, calendar: str, uids: Iterable[str]) -> dict[str, Kept[Event]]:
    """The events of some UIDs, by UID; those that are not there are left out."""
    return {row.uid: _kept(row) for row in tx.among(_MANY, uids, {"of": calendar})}


def between(tx: Transaction, calendar: str, start: int, end: int) -> list[Kept[Event]]:
    """The events that may touch [start, end), in UTC seconds, by UID; their bounds decide, so some may not."""
    return list(map(_kept, tx.all(_BETWEEN, {"of": calendar, "start": start, "end": end})))


def versions(tx: Transaction, calendar: str) -> dict[str, str]:
    """The etags of all events of a calendar, by UID: what has changed since somebody looked."""
    rows: Sequence[Any] = tx.all(_VERSIONS, {"of": calendar})
    return {uid: str(version) for uid, version in rows}


def count(tx: Transaction, calendar: str) -> int:
    """How many events a calendar has."""
    return int(tx.connection.execute(_COUNT, {"of": calendar}).scalar_one())


def of_meeting(tx: Transaction, meeting: str) -> list[tuple[str, str]]:
    """In which calendars a meeting stands, each with the UID, by calendar."""
    return [(row.calendar, row.uid) for row in tx.all(_OF_MEETING, {"id": meeting})]


# --- writing ----------------------------------------------------------------------------------------------------------


def put(tx: Transaction, calendar: str, event: Event, etag: str = "", *, new: bool = False) -> str:
    """Keep an event in the place of what the UID has there; the new etag.

    NotFound for the calendar, and with an etag for the event; Stale; with `new` Exists where the UID is taken.
    """
    touch(tx, calendar)
    if etag or new:
        row = tx.first(_VERSION, {"of": calendar, "its_uid": event.uid})
        if new and row is not None:
            raise Exists.of("event", event.uid)
        if etag:
            check("event", event.uid, row, etag)
    return _put(tx, calendar, [event])


def put_many(tx: Transaction, calendar: str, several: Sequence[Event]) -> str:
    """Keep events in the place of what their UIDs have; the etag that all of them have now. NotFound."""
    touch(tx, calendar)
    return _put(tx, calendar, several)


def remove(tx: Transaction, calendar: str, uid: str, etag: str = "") -> None:
    """Forget an event; NotFound for the calendar or the event, Stale."""
    touch(tx, calendar)
    check("event", uid, tx.first(_VERSION, {"of": calendar, "its_uid": uid}), etag)
    tx.run(_REMOVE, {"of": calendar, "its_uid": uid})


def remove_many(tx: Transaction, calendar: str, uids: Iterable[str]) -> None:
    """Forget the events of some UIDs, those that are there; NotFound for the calendar."""
    touch(tx, calendar)
    rows = [{"of": calendar, "its_uid": uid} for uid in uids]
    if rows:
        tx.run(_REMOVE, rows)


def touch(tx: Transaction, calendar: str) -> int:
    """Lock a calendar, and let its content be another from now on; its new revision. NotFound."""
    if tx.locked(_LOCK, {"key": calendar}) is None:
        raise NotFound.of("calendar", calendar)
    revision = tx.mark("calendar", calendar)
    tx.run(_REVISE, {"key": calendar, "revision": revision})
    return revision


def _put(tx: Transaction, calendar: str, several: Sequence[Event]) -> str:
    version = tx.mark("calendar", calendar)
    add = tx.upsert(events)
    statement = add.on_conflict_do_update(index_elements=_KEY, set_={name: add.excluded[name] for name in _BODY})
    if several:
        tx.run(statement, [_row(calendar, event, version) for event in several])
    return str(version)


def _row(calendar: str, event: Event, version: int) -> dict[str, Any]:
    return {
        "calendar": calendar,
        "uid": event.uid,
        "ics": event.ics,
        "native": int(event.native),
        "meeting": event.meeting,
        "first_start": event.first_start,
        "last_end": event.last_end,
        "version": version,
    }


def _kept(row: Row[Any]) -> Kept[Event]:
    event = Event(row.uid, bytes(row.ics), bool(row.native), row.meeting, row.first_start, row.last_end)
    return Kept(event, str(row.version))
