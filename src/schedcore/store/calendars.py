"""Calendars: what each says of itself, and who has a right to it; what is in them is in `events`.

Rules of this module:

1. A calendar of the store is one of `policy`, without content, under an id; with a name, and of an external one its
   address and why it could not be read, if that is so.
2. Everybody and every group has at most one calendar of their own (rule U3).
3. `version`, its etag, is of what it says of itself and of its grants; `revision` is of its content.
4. `heads` is what a question about many calendars asks first: are those that the asker has in memory still good?

Product rules: U3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, bindparam, delete, insert, select, update

from schedcore.errors import InvalidValue, shorten
from schedcore.policy import ExternalCalendar, Grant, GroupCalendar, PersonalCalendar, Publication, Right
from schedcore.policy.calendars import AnyCalendar
from schedcore.store.errors import Exists, NotFound
from schedcore.store.schema import calendars, grants, groups, marks, people
from schedcore.store.transactions import Kept, Transaction, check, listed

__all__ = [
    "Head", "Heads", "Shown", "create", "get", "granted_to", "heads", "heads_of", "listing", "many", "of_group",
    "of_person", "personal", "put", "remove",
]  # fmt: skip

_DIRECTORY: Final = select(marks.c.value).where(marks.c.name == "directory")
_HEAD: Final = select(
    calendars.c.id, calendars.c.version, calendars.c.revision, _DIRECTORY.scalar_subquery().label("directory")
)
_HEADS: Final = listed(lambda among: _HEAD.where(among(calendars.c.id)))
_HEADS_OF: Final = listed(
    lambda among: _HEAD.add_columns(calendars.c.person).where(among(calendars.c.person), calendars.c.kind == "personal")
)
_GET: Final = select(calendars).where(calendars.c.id == bindparam("key"))
_MANY: Final = listed(lambda among: select(calendars).where(among(calendars.c.id)).order_by(calendars.c.id))
_GRANTS: Final = listed(lambda among: select(grants).where(among(grants.c.calendar)).order_by(grants.c.id))
_LIST: Final = (
    select(calendars.c.id).where(calendars.c.id > bindparam("after")).order_by(calendars.c.id).limit(bindparam("limit"))
)
_OF_PERSON: Final = (
    select(calendars.c.id, calendars.c.kind).where(calendars.c.person == bindparam("of")).order_by(calendars.c.id)
)
_PERSONAL: Final = select(calendars.c.id).where(calendars.c.person == bindparam("of"), calendars.c.kind == "personal")
_OWNER: Final = select(people.c.id).where(people.c.id == bindparam("key"))
_OF_GROUP: Final = select(calendars.c.id).where(calendars.c.group_id == bindparam("of"))
_TO_MEMBER: Final = select(grants.c.calendar).where(grants.c.member == bindparam("of"))
_TO_GROUPS: Final = listed(lambda among: select(grants.c.calendar).where(among(grants.c.group_id)))
_SAVE: Final = update(calendars).where(calendars.c.id == bindparam("key"))
_REMOVE: Final = delete(calendars).where(calendars.c.id == bindparam("key"))
_REVOKE: Final = delete(grants).where(grants.c.calendar == bindparam("key"))
_PEOPLE: Final = listed(lambda among: select(people.c.id).where(among(people.c.id)))
_GROUPS: Final = listed(lambda among: select(groups.c.id).where(among(groups.c.id)))

#: What the columns `kind` and the dataclasses of `policy` are to each other.
_KINDS: Final[dict[type[AnyCalendar], str]] = {
    PersonalCalendar: "personal",
    GroupCalendar: "group",
    ExternalCalendar: "external",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar as it says of itself: `calendar` is without content.

    `tz` of `calendar` is a text or None. `address` and `unreadable` (why its content could not be read, "" if it could)
    are of external ones.
    """

    id: str
    calendar: AnyCalendar
    name: str = ""
    address: str = ""
    unreadable: str = ""
    revision: int = 0


class Head(NamedTuple):
    """The version of what a calendar says of itself, and the revision of its content."""

    version: int
    revision: int


class Heads(NamedTuple):
    """The revision of the directory, and heads by id of the calendar; or by its owner, with the id."""

    directory: int
    calendars: Mapping[str, Head]
    ids: Mapping[str, str]


# --- reading ----------------------------------------------------------------------------------------------------------


def heads(tx: Transaction, ids: Iterable[str]) -> Heads:
    """The heads of calendars, by id; those that are not there are left out. One SELECT, O(log n) each."""
    return _heads(tx, tx.tuples(_HEADS, ids), 0)


def heads_of(tx: Transaction, owners: Iterable[str]) -> Heads:
    """The heads of the personal calendars of people, by person; as `heads`."""
    return _heads(tx, tx.tuples(_HEADS_OF, owners), 4)


def _heads(tx: Transaction, rows: Sequence[tuple[Any, ...]], key: int) -> Heads:
    """Heads by the column that `key` counts."""
    return Heads(
        _directory(tx, rows), {row[key]: Head(row[1], row[2]) for row in rows}, {row[key]: row[0] for row in rows}
    )


def _directory(tx: Transaction, rows: Sequence[tuple[Any, ...]]) -> int:
    row = rows[0] if rows else None
    value = row[3] if row is not None else tx.connection.execute(_DIRECTORY).scalar_one_or_none()
    return int(value or 0)


def get(tx: Transaction, id: str) -> Kept[Shown]:
    """One calendar with its grants, locked where the transaction writes; NotFound. O(log n)."""
    row = check("calendar", id, tx.locked(_GET, {"key": id}))
    return Kept(_shown(row, tx.among(_GRANTS, [id])), str(row.version))


def many(tx: Transaction, ids: Iterable[str]) -> dict[str, Kept[Shown]]:
    """Calendars by id, those that are there. Two SELECTs."""
    chosen = list(ids)
    given: dict[str, list[Row[Any]]] = {}
    for row in tx.among(_GRANTS, chosen):
        given.setdefault(row.calendar, []).append(row)
    return {
        row.id: Kept(_shown(row, given.get(row.id, [])), str(row.version)) for row in tx.among(_MANY, chosen)
    }  # fmt: skip


def listing(tx: Transaction, *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of all calendars in order, those after an id."""
    return [row.id for row in tx.all(_LIST, {"after": after, "limit": limit})]


def of_person(tx: Transaction, person: str) -> list[str]:
    """The ids of somebody's own calendar and of the external ones that they subscribed to, in order."""
    return [row.id for row in tx.all(_OF_PERSON, {"of": person})]


def of_group(tx: Transaction, group: str) -> str | None:
    """The id of a group's calendar; None if it has none."""
    row = tx.first(_OF_GROUP, {"of": group})
    return None if row is None else str(row.id)


def granted_to(tx: Transaction, person: str, groups: Iterable[str]) -> list[str]:
    """The ids of calendars to which somebody, or one of some groups, has a grant, in order."""
    own = {row.calendar for row in tx.all(_TO_MEMBER, {"of": person})}
    return sorted(own | {row.calendar for row in tx.among(_TO_GROUPS, groups)})


def personal(tx: Transaction, person: str) -> str:
    """The id of somebody's own calendar, made where there is none yet; NotFound for nobody."""
    row = tx.first(_PERSONAL, {"of": person})
    if row is None and tx.locked(_OWNER, {"key": person}) is not None:  # of two at once the second finds the first's
        row = tx.first(_PERSONAL, {"of": person})
    if row is not None:
        return str(row.id)
    shown = Shown(f"person:{person}", PersonalCalendar(person, None))
    create(tx, shown)
    return shown.id


# --- writing ----------------------------------------------------------------------------------------------------------


def create(tx: Transaction, shown: Shown) -> str:
    """Keep a new calendar; its etag.

    Exists where the id is taken, or the person or the group has a calendar of their own already; NotFound for people
    and groups that are not there.
    """
    if not shown.id:
        raise InvalidValue("calendar '': an id is a text that is not empty")
    row = _row(shown)
    _check_names(tx, shown.calendar)
    if row["kind"] == "personal" and tx.first(_PERSONAL, {"of": row["person"]}) is not None:
        raise Exists.of("calendar of person", row["person"])
    if row["kind"] == "group" and tx.first(_OF_GROUP, {"of": row["group_id"]}) is not None:
        raise Exists.of("calendar of group", row["group_id"])
    version = tx.mark("calendar", shown.id)
    tx.create(calendars, "calendar", row | {"id": shown.id, "version": version, "revision": version})
    _grant(tx, shown)
    return str(version)


def put(tx: Transaction, shown: Shown, etag: str = "") -> str:
    """Keep what a calendar says of itself now, with its grants; the new etag.

    NotFound for it, or for people and groups of its grants; Stale; InvalidValue for another kind or owner than it has.
    """
    there = check("calendar", shown.id, tx.locked(_GET, {"key": shown.id}), etag)
    row = _row(shown)
    if (row["kind"], row["person"], row["group_id"]) != (there.kind, there.person, there.group_id):
        raise InvalidValue(f"calendar {shorten(shown.id)} is {there.kind} and stays so, and whose it is: make another")
    _check_names(tx, shown.calendar)
    version = tx.mark("calendar", shown.id)
    tx.run(_SAVE, row | {"key": shown.id, "version": version})
    tx.run(_REVOKE, {"key": shown.id})
    _grant(tx, shown)
    return str(version)


def remove(tx: Transaction, id: str, etag: str = "") -> None:
    """Delete a calendar with its events, grants and columns; NotFound, Stale."""
    check("calendar", id, tx.locked(_GET, {"key": id}), etag)
    tx.mark("calendar", id)
    tx.run(_REMOVE, {"key": id})


def _row(shown: Shown) -> dict[str, Any]:
    one = shown.calendar
    if one.tz is not None and not isinstance(one.tz, str):
        raise InvalidValue(f"calendar {shorten(shown.id)}: tz={shorten(one.tz)} is no name of a zone: give a text")
    group = one.group if isinstance(one, GroupCalendar) else None
    person = one.owner if isinstance(one, PersonalCalendar) else one.subscriber if group is None else None  # type: ignore[union-attr]
    return {
        "kind": _KINDS[type(one)],
        "person": person,
        "group_id": group,
        "name": shown.name,
        "tz": one.tz or "",
        "publication": Publication.OFF.value if isinstance(one, ExternalCalendar) else one.publication.value,
        "address": shown.address,
        "unreadable": shown.unreadable,
    }


def _check_names(tx: Transaction, calendar: AnyCalendar) -> None:
    """NotFound for whoever it belongs or is granted to and is not there."""
    given: tuple[Grant, ...] = () if isinstance(calendar, ExternalCalendar) else tuple(calendar.grants)
    who = {one.member for one in given if one.member is not None}
    which = {one.group for one in given if one.group is not None}
    if isinstance(calendar, GroupCalendar):
        which.add(calendar.group)
    else:
        who.add(calendar.owner if isinstance(calendar, PersonalCalendar) else calendar.subscriber)
    for kind, statement, names in (("person", _PEOPLE, who), ("group", _GROUPS, which)):
        there = {row.id for row in tx.among(statement, names)} if names else set()
        for name in sorted(names - there):
            raise NotFound.of(kind, name)


def _grant(tx: Transaction, shown: Shown) -> None:
    given = () if isinstance(shown.calendar, ExternalCalendar) else tuple(shown.calendar.grants)
    # Of two grants to the same one the last is what holds.
    last = {(one.member, one.group): one for one in given}
    rows = [
        {"calendar": shown.id, "member": one.member, "group_id": one.group, "access": one.right.value}
        for one in last.values()
    ]
    if rows:
        tx.run(insert(grants), rows)


def _shown(row: Row[Any], given: Iterable[Row[Any]]) -> Shown:
    tz = row.tz or None
    calendar: AnyCalendar
    if row.kind == "external":
        calendar = ExternalCalendar(row.person, None, tz)
    else:
        its = [Grant(Right(one.access), one.member, one.group_id) for one in given]
        publication = Publication(row.publication)
        if row.kind == "group":
            calendar = GroupCalendar(row.group_id, None, its, publication, tz)
        else:
            calendar = PersonalCalendar(row.person, None, its, publication, tz)
    return Shown(row.id, calendar, row.name, row.address, row.unreadable, row.revision)
