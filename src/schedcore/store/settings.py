"""Settings of people, by kind and name: reminders, digests, hooks, profiles, watched calendars; JSON of their codec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, or_, select

from schedcore.store.errors import NotFound
from schedcore.store.schema import people, settings
from schedcore.store.transactions import Kept, Transaction, check

__all__ = ["Setting", "get", "of_kind", "of_person", "put", "remove"]

_KEY: Final = and_(
    settings.c.person == bindparam("of"),
    settings.c.kind == bindparam("its_kind"),
    settings.c.name == bindparam("its_name"),
)
_GET: Final = select(settings).where(_KEY)
_REMOVE: Final = delete(settings).where(_KEY)
_PERSON: Final = select(people.c.id).where(people.c.id == bindparam("id"))
_OF_PERSON: Final = (
    select(settings)
    .where(
        settings.c.person == bindparam("of"),
        settings.c.kind == bindparam("its_kind"),
    )
    .order_by(settings.c.name)
    .limit(bindparam("limit"))
)
_OF_PERSON_AFTER: Final = _OF_PERSON.where(settings.c.name > bindparam("after"))
_OF_KIND: Final = (
    select(settings)
    .where(
        settings.c.kind == bindparam("its_kind"),
        or_(
            settings.c.person > bindparam("of"),
            and_(settings.c.person == bindparam("of"), settings.c.name > bindparam("after")),
        ),
    )
    .order_by(settings.c.person, settings.c.name)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a person has set: of which kind, under which name, as JSON text."""

    person: str
    kind: str
    name: str
    data: str


def get(tx: Transaction, person: str, kind: str, name: str) -> Kept[Setting]:
    """One setting; NotFound."""
    return _kept(check(f"{kind} of {person}", name, tx.locked(_GET, _key(person, kind, name))))


def put(tx: Transaction, person: str, kind: str, name: str, data: str, etag: str = "") -> str:
    """Set something, in the place of what was under that name; the new etag. NotFound for nobody, and Stale."""
    if tx.locked(_PERSON, {"id": person}) is None:
        raise NotFound.of("person", person)
    row = tx.locked(_GET, _key(person, kind, name))
    if etag:
        check(f"{kind} of {person}", name, row, etag)
    values = {"data": data, "version": tx.mark("settings", person)}
    key = {"person": person, "kind": kind, "name": name}
    tx.run(tx.upsert(settings).on_conflict_do_update(index_elements=list(key), set_=values), key | values)
    return str(values["version"])


def remove(tx: Transaction, person: str, kind: str, name: str, etag: str = "") -> None:
    """Forget a setting; NotFound, Stale."""
    check(f"{kind} of {person}", name, tx.locked(_GET, _key(person, kind, name)), etag)
    tx.mark("settings", person)
    tx.run(_REMOVE, _key(person, kind, name))


def of_person(
    tx: Transaction, person: str, kind: str, *, after: str | None = None, limit: int = 1000
) -> list[Kept[Setting]]:
    """The settings of a kind that a person has, by name; those after a name, which may be ""."""
    values: dict[str, Any] = {"of": person, "its_kind": kind, "limit": limit}
    if after is None:
        return list(map(_kept, tx.all(_OF_PERSON, values)))
    return list(map(_kept, tx.all(_OF_PERSON_AFTER, values | {"after": after})))


def of_kind(tx: Transaction, kind: str, *, after: tuple[str, str] = ("", ""), limit: int = 1000) -> list[Kept[Setting]]:
    """The settings of a kind that anybody has, by person and name, those after such a pair."""
    values = {"its_kind": kind, "of": after[0], "after": after[1], "limit": limit}
    return list(map(_kept, tx.all(_OF_KIND, values)))


def _key(person: str, kind: str, name: str) -> Mapping[str, Any]:
    return {"of": person, "its_kind": kind, "its_name": name}


def _kept(row: Any) -> Kept[Setting]:
    return Kept(Setting(row.person, row.kind, row.name, row.data), str(row.version))
