"""People, groups and address books, as values of `policy`; and the directory that they make.

Rules of this module:

1. Every change of people, addresses, groups, members or books moves the directory's `revision` on. As long as it is the
   same, so is the directory: whoever keeps one in memory asks for the revision first.
2. What a writing transaction has changed itself is seen by it alone: a directory loaded there is for that call only.
3. The etag of a person is of their address book as well, that of a group of its members and contacts.
4. A person who is deleted leaves all groups, and takes their calendars, settings, book and grants with them. Of a group
   that is deleted, its calendar, its contacts and grants to it are gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Row, Table, bindparam, delete, insert, select, update

from schedcore.policy import Contact, Directory, Group, Person
from schedcore.store.errors import Exists, NotFound
from schedcore.store.schema import addresses, contacts, groups, marks, members, people
from schedcore.store.transactions import Kept, Transaction, check, listed

__all__ = [
    "around", "book", "by_address", "group", "group_ids", "load", "person", "person_ids", "put_book", "put_group",
    "put_person", "remove_group", "remove_person", "revision",
]  # fmt: skip

_REVISION: Final = select(marks.c.value).where(marks.c.name == "directory")

_PERSON: Final = select(people).where(people.c.id == bindparam("key"))
_GROUP: Final = select(groups).where(groups.c.id == bindparam("key"))
_PEOPLE: Final = listed(lambda among: select(people).where(among(people.c.id)).order_by(people.c.id))
_GROUPS: Final = listed(lambda among: select(groups).where(among(groups.c.id)).order_by(groups.c.id))
_GROUPS_OF: Final = listed(lambda among: select(members.c.group_id).where(among(members.c.person)).distinct())
_ADDRESSES: Final = listed(
    lambda among: select(addresses).where(among(addresses.c.person)).order_by(addresses.c.person, addresses.c.place)
)
_TAKEN: Final = listed(lambda among: select(addresses).where(among(addresses.c.address)).order_by(addresses.c.address))
_MEMBERS: Final = listed(lambda among: select(members).where(among(members.c.group_id)))
_GROUP_CONTACTS: Final = listed(
    lambda among: select(contacts).where(among(contacts.c.group_id)).order_by(contacts.c.group_id, contacts.c.place)
)
_BOOKS: Final = listed(
    lambda among: select(contacts).where(among(contacts.c.person)).order_by(contacts.c.person, contacts.c.place)
)
_SAVE: Final = {table: update(table).where(table.c.id == bindparam("key")) for table in (people, groups)}
_REMOVE: Final = {table: delete(table).where(table.c.id == bindparam("key")) for table in (people, groups)}
_FORGET_ADDRESSES: Final = delete(addresses).where(addresses.c.person == bindparam("key"))
_FORGET_MEMBERS: Final = delete(members).where(members.c.group_id == bindparam("key"))
_FORGET_BOOK: Final = delete(contacts).where(contacts.c.person == bindparam("key"))
_FORGET_CONTACTS: Final = delete(contacts).where(contacts.c.group_id == bindparam("key"))


# --- the whole, and what stands around somebody -----------------------------------------------------------------------


def revision(tx: Transaction) -> int:
    """How often anything in the directory was changed; 0 before the first time. O(1)."""
    return int(tx.connection.execute(_REVISION).scalar_one_or_none() or 0)


def load(tx: Transaction) -> Directory:
    """The whole directory: five SELECTs, linear in all there is. Keep it by its `revision`, if `tx` only reads."""
    return _directory(
        tx.all(select(people).order_by(people.c.id)),
        tx.all(select(addresses).order_by(addresses.c.person, addresses.c.place)),
        tx.all(select(groups).order_by(groups.c.id)),
        tx.all(select(members)),
        tx.all(select(contacts).order_by(contacts.c.place)),
    )


def around(tx: Transaction, who: Iterable[str]) -> Directory:
    """Some people with their books, the groups they are in, and all members of those; linear in what that is."""
    named = sorted(set(who))
    ids = [row.group_id for row in tx.among(_GROUPS_OF, named)]
    its = tx.among(_MEMBERS, ids)
    everybody = sorted({*named, *(row.person for row in its)})
    books = [*tx.among(_BOOKS, named), *tx.among(_GROUP_CONTACTS, ids)]
    return _directory(tx.among(_PEOPLE, everybody), tx.among(_ADDRESSES, everybody), tx.among(_GROUPS, ids), its, books)


# --- people -----------------------------------------------------------------------------------------------------------


def person(tx: Transaction, id: str) -> Kept[Person]:
    """One person, locked where the transaction writes; NotFound. O(log n)."""
    row = check("person", id, tx.locked(_PERSON, {"key": id}))
    found = [one.address for one in tx.among(_ADDRESSES, [id])]
    return Kept(Person(row.id, found, row.name), str(row.version))


def by_address(tx: Transaction, known: Iterable[str]) -> dict[str, str]:
    """The ids of people by their addresses, in the form of `policy.canonical`; those that nobody has are left out."""
    return {row.address: row.person for row in tx.among(_TAKEN, known)}


def person_ids(tx: Transaction, *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of all people in order, those after an id."""
    return _ids(tx, people, after, limit)


def put_person(tx: Transaction, value: Person, etag: str = "", *, new: bool = False) -> str:
    """Keep a person in the place of who has the id; the new etag.

    NotFound with an etag for nobody, Stale; Exists for an address of somebody else, and with `new` for an id that is
    taken.
    """
    _begin(tx)
    row = _before(tx, "person", _PERSON, value.id, etag, new)
    taken = [one for one in tx.among(_TAKEN, value.addresses) if one.person != value.id]
    if taken:
        raise Exists.of("address", taken[0].address)
    version = tx.mark("person", value.id)
    _save(tx, people, row, value.id, {"name": value.name, "version": version})
    tx.run(_FORGET_ADDRESSES, {"key": value.id})
    rows = [{"address": one, "person": value.id, "place": place} for place, one in enumerate(value.addresses)]
    if rows:
        tx.run(insert(addresses), rows)
    return str(version)


def remove_person(tx: Transaction, id: str, etag: str = "") -> None:
    """Delete a person with all that is theirs; NotFound, Stale."""
    _begin(tx)
    check("person", id, tx.locked(_PERSON, {"key": id}), etag)
    tx.mark("person", id)
    tx.run(_REMOVE[people], {"key": id})


def book(tx: Transaction, owner: str) -> Kept[tuple[Contact, ...]]:
    """Somebody's address book, with their etag; NotFound."""
    row = check("person", owner, tx.locked(_PERSON, {"key": owner}))
    return Kept(_contacts(tx.among(_BOOKS, [owner])), str(row.version))


def put_book(tx: Transaction, owner: str, value: Iterable[Contact], etag: str = "") -> str:
    """Keep somebody's address book in the place of the one they have; their new etag. NotFound, Stale."""
    _begin(tx)
    row = check("person", owner, tx.locked(_PERSON, {"key": owner}), etag)
    version = tx.mark("person", owner)
    _save(tx, people, row, owner, {"name": row.name, "version": version})
    tx.run(_FORGET_BOOK, {"key": owner})
    _add_contacts(tx, value, person=owner)
    return str(version)


# --- groups -----------------------------------------------------------------------------------------------------------


def group(tx: Transaction, id: str) -> Kept[Group]:
    """One group with its members and contacts, locked where the transaction writes; NotFound. Linear in its members."""
    row = check("group", id, tx.locked(_GROUP, {"key": id}))
    return Kept(_group(row, tx.among(_MEMBERS, [id]), tx.among(_GROUP_CONTACTS, [id])), str(row.version))


def group_ids(tx: Transaction, *, after: str = "", limit: int = 1000) -> list[str]:
    """The ids of all groups in order, those after an id."""
    return _ids(tx, groups, after, limit)


def put_group(tx: Transaction, value: Group, etag: str = "", *, new: bool = False) -> str:
    """Keep a group in the place of what has the id; the new etag.

    NotFound with an etag for no group, and for members that are nobody; Stale; with `new` Exists for an id that is
    taken.
    """
    _begin(tx)
    row = _before(tx, "group", _GROUP, value.id, etag, new)
    its = sorted(value.members)
    there = {one.id for one in tx.among(_PEOPLE, its)}
    for member in its:
        if member not in there:
            raise NotFound.of("person", member)
    version = tx.mark("group", value.id)
    _save(
        tx, groups, row, value.id, {"name": value.name, "administrator": value.administrator, "version": version}
    )  # fmt: skip
    tx.run(_FORGET_MEMBERS, {"key": value.id})
    helpers = frozenset(value.co_administrators)
    rows = [{"group_id": value.id, "person": one, "co_administrator": int(one in helpers)} for one in its]
    if rows:
        tx.run(insert(members), rows)
    tx.run(_FORGET_CONTACTS, {"key": value.id})
    _add_contacts(tx, value.contacts, group_id=value.id)
    return str(version)


def remove_group(tx: Transaction, id: str, etag: str = "") -> None:
    """Delete a group with its calendar and contacts; NotFound, Stale."""
    _begin(tx)
    check("group", id, tx.locked(_GROUP, {"key": id}), etag)
    tx.mark("group", id)
    tx.run(_REMOVE[groups], {"key": id})


# --- rows and values --------------------------------------------------------------------------------------------------


def _ids(tx: Transaction, table: Table, after: str, limit: int) -> list[str]:
    return [row.id for row in tx.all(select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit))]


def _before(tx: Transaction, kind: str, statement: Any, id: str, etag: str, new: bool) -> Row[Any] | None:
    row = tx.locked(statement, {"key": id})
    if new and row is not None:
        raise Exists.of(kind, id)
    return check(kind, id, row, etag) if etag else row


def _begin(tx: Transaction) -> None:
    """Move the directory's revision on, once in a transaction, and hold it: who changes it comes one after the other.

    It is held before anything else of the directory, so that no two calls wait for each other.
    """
    if not tx.has_changed("directory"):
        add = tx.upsert(marks).values(name="directory", value=1)
        tx.run(add.on_conflict_do_update(index_elements=["name"], set_={"value": marks.c.value + 1}))
        tx.mark("directory", "")


def _save(tx: Transaction, table: Table, row: Row[Any] | None, id: str, values: dict[str, Any]) -> None:
    if row is None:
        tx.create(table, table.name, values | {"id": id})
    else:
        tx.run(_SAVE[table], values | {"key": id})


def _add_contacts(
    tx: Transaction, value: Iterable[Contact], *, person: str | None = None, group_id: str | None = None
) -> None:
    rows = [
        {
            "person": person,
            "group_id": group_id,
            "place": place,
            "name": one.name,
            "addresses": json.dumps([*one.addresses]),
        }
        for place, one in enumerate(value)
    ]
    if rows:
        tx.run(insert(contacts), rows)


def _contacts(rows: Iterable[Row[Any]]) -> tuple[Contact, ...]:
    return tuple(Contact(row.name, json.loads(row.addresses)) for row in rows)


def _group(row: Row[Any], its: Iterable[Row[Any]], found: Iterable[Row[Any]]) -> Group:
    everybody = list(its)
    helpers = [one.person for one in everybody if one.co_administrator]
    return Group(row.id, [one.person for one in everybody], row.administrator, helpers, _contacts(found), row.name)


def _directory(
    persons: Sequence[Row[Any]],
    known: Sequence[Row[Any]],
    teams: Sequence[Row[Any]],
    its: Sequence[Row[Any]],
    books: Sequence[Row[Any]],
) -> Directory:
    by_person = _by(known, "person")
    by_group = _by(its, "group_id")
    of_people, of_groups = _by(books, "person"), _by(books, "group_id")
    return Directory(
        [Person(row.id, [one.address for one in by_person.get(row.id, [])], row.name) for row in persons],
        [_group(row, by_group.get(row.id, []), of_groups.get(row.id, [])) for row in teams],
        {owner: _contacts(rows) for owner, rows in of_people.items() if owner is not None},
    )


def _by(rows: Iterable[Row[Any]], name: str) -> dict[Any, list[Row[Any]]]:
    found: dict[Any, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found
