"""`Transaction`: what all functions of the store take first, and what they share.

Rules of this module:

1. A transaction is of one thread at a time, and short: on SQLite's rollback journal a reader holds off every commit.
   Who streams reads a page, ends the transaction, and goes on after the page's last key in another.
2. What a writing transaction loads by a `get` is locked until its end. On SQLite that is so anyway; on PostgreSQL by
   FOR NO KEY UPDATE. Where one call locks several things, it does so in order of their keys, so that two calls seldom
   wait for each other; where they do, one fails with a conflict, and is repeated.
3. A change of something is marked once in a transaction (`mark`); the number that it gets is the new version. It is
   taken when the row is locked already, so that versions of a row grow.
4. An etag is a version as text. "" stands for whatever it is now.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import Executable

from schedcore.store.errors import Exists, NotFound, Stale
from schedcore.store.schema import changes

__all__ = ["Kept", "Listed", "Transaction", "Upsert", "check", "listed"]

T = TypeVar("T")

#: An INSERT that can say what to do where the row is there already; both databases write it alike.
Upsert = sqlite.Insert | postgresql.Insert

_MARK: Final = {
    # On SQLite one transaction writes at a time, so that numbers are in order of commits anyway.
    "sqlite": insert(changes).values(writer=literal(0)).returning(changes.c.seq),
    "postgresql": insert(changes)
    .values(writer=cast(cast(func.pg_current_xact_id(), Text), BigInteger))
    .returning(changes.c.seq),
}


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """Something as the store has it, with the etag that an edit of it must name."""

    value: T
    etag: str


class Transaction:
    """A transaction that has begun; `Store.reading` and `Store.writing` make and end it.

    `now` is the moment at which it began, in UTC seconds by the store's clock.
    """

    __slots__ = ("_marks", "connection", "now", "writes")

    def __init__(self, connection: Connection, *, writes: bool, now: int) -> None:
        self.connection = connection
        self.writes = writes
        self.now = now
        self._marks: dict[tuple[str, str, str | None], int] = {}

    @property
    def is_postgresql(self) -> bool:
        """Whether rows must be locked by name."""
        return self.connection.dialect.name == "postgresql"

    def run(self, statement: Executable, values: Any = None) -> int:
        """Run a statement; how many rows an UPDATE or DELETE changed. `values` is a mapping, or a list of them."""
        return self.connection.execute(statement, values).rowcount

    def all(self, statement: Executable, values: Mapping[str, Any] | None = None) -> list[Row[Any]]:
        """All rows of a statement."""
        return list(self.connection.execute(statement, values))

    def first(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row of a statement, None if there is none."""
        return self.connection.execute(statement, values).first()

    def locked(self, statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
        """The first row, locked until the end where this transaction writes."""
        if self.writes and self.is_postgresql:
            statement = _for_update(statement)
        return self.connection.execute(statement, values).first()

    def upsert(self, table: Table) -> Upsert:
        """Begin an INSERT that says what to do where the row is there already."""
        return postgresql.insert(table) if self.is_postgresql else sqlite.insert(table)

    def create(self, table: Table, kind: str, values: Mapping[str, Any]) -> None:
        """Add a row; Exists where its key, the column `id`, is taken."""
        if not self.add(table, values):
            raise Exists.of(kind, values["id"])

    def add(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Add a row if its key is free; whether it was. It waits for whoever is about to take the same key."""
        key = list(table.primary_key)
        statement = self.upsert(table).on_conflict_do_nothing(index_elements=key).returning(key[0])
        return self.connection.execute(statement, values).first() is not None

    def among(self, statement: Listed, keys: Iterable[str], values: Mapping[str, Any] | None = None) -> list[Row[Any]]:
        """The rows of a statement that `listed` made, for a list of keys of any length."""
        if self.is_postgresql:
            return list(self.connection.execute(statement.postgresql, {"keys": _sendable(keys), **(values or {})}))
        return list(self.connection.execute(statement.sqlite, {"keys": json.dumps(list(keys)), **(values or {})}))

    def tuples(self, statement: Listed, keys: Iterable[str]) -> Sequence[tuple[Any, ...]]:
        """As `among`, as plain tuples of what the driver gives: for the few questions that every call asks.

        On SQLite the text goes to the driver itself: 10 microseconds, where SQLAlchemy's way there takes 80 more. Only
        for columns that need no conversion. What the driver raises comes out as of any statement (`failures`).
        """
        if self.is_postgresql:
            return [tuple(row) for row in self.connection.execute(statement.postgresql, {"keys": _sendable(keys)})]
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        text, values = _text(statement)
        asked = json.dumps(list(keys))
        given = [asked if one is _ASKED else one for one in values]
        found: list[tuple[Any, ...]] = driver.execute(text, given).fetchall()
        return found

    def mark(self, kind: str, id: str, who: str | None = None) -> int:
        """Note that something changes: the number of the change, the same for all of one transaction."""
        found = self._marks.get((kind, id, who))
        if found is None:
            statement = _MARK["postgresql" if self.is_postgresql else "sqlite"]
            row = {"kind": kind, "id": id, "who": who, "at": self.now}
            found = int(self.connection.execute(statement, row).scalar_one())
            self._marks[kind, id, who] = found
        return found

    def has_changed(self, kind: str) -> bool:
        """Whether this transaction has marked something of a kind."""
        return any(one == kind for one, _, _ in self._marks)


@dataclass(frozen=True, slots=True)
class Listed:
    """One question about a list of keys, as each database takes a list in one parameter."""

    sqlite: Select[Any]
    postgresql: Select[Any]


def listed(make: Callable[[Callable[[ColumnElement[str]], ColumnElement[bool]]], Select[Any]]) -> Listed:
    """Make a question of a function that says with what is passed to it which column must be among the keys.

    A list in one parameter has one text and one plan, however long it is; an IN has another for each length.
    """
    values = func.json_each(bindparam("keys", type_=Text)).table_valued("value")
    array = bindparam("keys", type_=postgresql.ARRAY(Text))
    return Listed(
        make(lambda column: column.in_(select(values.c.value))),
        make(lambda column: column == any_(array)),
    )


def _sendable(keys: Iterable[str]) -> list[str]:
    """Keys as PostgreSQL takes them: one with a NUL is none that it has, and cannot be asked for."""
    return [key for key in keys if "\0" not in key]


_ASKED: Final = object()
_TEXTS: Final[dict[Select[Any], tuple[str, list[Any]]]] = {}


def _text(statement: Listed) -> tuple[str, list[Any]]:
    """The text of a question for SQLite, made once for each statement of a module, and its values in order.

    `_ASKED` stands among them for the keys.
    """
    found = _TEXTS.get(statement.sqlite)
    if found is None:
        compiled = statement.sqlite.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        names = compiled.positiontup
        assert names is not None
        values = [_ASKED if name == "keys" else compiled.params[name] for name in names]
        if None in values:
            raise AssertionError(f"{compiled}: only keys may be asked about")
        found = _TEXTS[statement.sqlite] = str(compiled), values
    return found


_LOCKING: Final[dict[Select[Any], Select[Any]]] = {}


def _for_update(statement: Select[Any]) -> Select[Any]:
    """The same with FOR NO KEY UPDATE, made once for each statement of a module.

    It holds off other writers of the row, and not those who only add a row that names it.
    """
    found = _LOCKING.get(statement)
    if found is None:
        found = _LOCKING[statement] = statement.with_for_update(key_share=True)
    return found


def check(kind: str, id: str, row: Row[Any] | None, etag: str = "") -> Row[Any]:
    """The row of something that must be there, and have an etag if one is given; NotFound, Stale."""
    if row is None:
        raise NotFound.of(kind, id)
    if etag and etag != str(row.version):
        raise Stale.of(kind, id, given=etag, current=str(row.version))
    return row
