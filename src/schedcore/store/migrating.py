"""Migrations: from one form of the tables to another, up and down, with what is in them.

Rules of this module:

1. The steps are Alembic's, in `migrations`, each with a way back. A database says by its table `schedcore_revision`
   where it stands.
2. All steps of one call are one transaction: both databases make and change tables inside one.
3. Two that migrate at once come one after the other, and the second finds nothing to do.
4. A program works only with tables of its own revision: of an older one it may miss columns, and what a newer one needs
   it would not write.
5. Tables of our names in a database that does not say by `schedcore_revision` where it stands are somebody else's: they
   are neither used nor made, nor taken away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from schedcore.errors import InvalidValue, shorten
from schedcore.store.errors import WrongRevision
from schedcore.store.failures import told
from schedcore.store.schema import METADATA

__all__ = ["NOTHING", "current", "differences", "head", "move", "settle", "verify", "without_tables"]

#: The revision of a database without any of our tables.
NOTHING: Final = "base"

_TABLE: Final = "schedcore_revision"
#: So many differences, or names, are told: the first ones say what was done to the tables.
_FIRST: Final = 8
#: What Alembic calls the properties of a column that differ, and the parts of a table.
_ASPECTS: Final = {"nullable": "nullability"}
_KINDS: Final = {"fk": "foreign key", "constraint": "unique constraint", "table_comment": "comment of table"}
#: The key of the lock under which PostgreSQL migrates: the bytes of "schedcor", so that it is nobody else's by chance.
_LOCK: Final = int.from_bytes(b"schedcor", "big")


def head() -> str:
    """The revision whose tables this program works with."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def current(connection: Connection) -> str:
    """The revision of a database's tables; `NOTHING` where it has none. WrongRevision where that cannot be told."""
    try:
        found = _context(connection).get_current_heads()
    except DBAPIError as error:
        if told(error) is not None:
            raise
        raise _strangers([_TABLE]) from error  # one without the column that says the revision
    if len(found) > 1:
        raise WrongRevision(
            f"the store's table {_TABLE} has {len(found)} rows, {shorten(sorted(found), 300)}, where one must be:"
            " restore it from a copy",
            wanted=head(),
        )
    if found:
        return found[0]
    strange = _strange(connection)
    if strange:
        raise _strangers(strange)
    return NOTHING


def _strange(connection: Connection) -> list[str]:
    """Which of our tables' names are taken, by tables or views, in a database that has no revision."""
    look = inspect(connection)
    taken = {*look.get_table_names(), *look.get_view_names()}
    if connection.dialect.name == "sqlite":  # for which People and people are one table
        taken = {one.lower() for one in taken}
    return sorted(taken & METADATA.tables.keys())


def move(connection: Connection, to: str = "head") -> str:
    """Bring the tables to a revision, up or down; "head" is this program's, `NOTHING` takes them away. Where it stands.

    InvalidValue for a revision that is none, WrongRevision for tables that are not ours, that a newer program made, or
    that were changed so that a step cannot be done.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    scripts = _scripts()
    found = current(connection)
    known = [one.revision for one in scripts.walk_revisions()][::-1]
    if found not in (NOTHING, *known):
        raise _newer(found)
    order = [NOTHING, *known]
    goal = known[-1] if to == "head" else to
    if goal not in order:
        raise InvalidValue(f"{shorten(to)} is no revision: give one of {', '.join((*order, 'head'))}")
    up = order.index(goal) >= order.index(found)

    def steps(at: Any, _: Any) -> Any:
        return scripts._upgrade_revs(goal, at) if up else scripts._downgrade_revs(goal, at)

    context = _context(connection, steps)
    try:
        with context.begin_transaction(), Operations.context(context):
            context.run_migrations()
    except DBAPIError as error:
        if told(error) is not None:
            raise
        # A step is right: what it fails at is a table, or a name that is taken, that it does not expect.
        said = str(error.orig).partition("\n")[0]
        raise WrongRevision(
            f"the store cannot be brought from revision {found} to {goal}, and nothing was done: {said}; its tables"
            " were changed: undo the change, or restore it from a copy",
            found=found,
            wanted=goal,
        ) from error
    return goal


def settle(connection: Connection, may_make: bool) -> None:
    """See that the tables are this program's, and make them in a SQLite database without any; WrongRevision.

    `may_make` is for a store in memory, which nobody else could make.
    """
    found, wanted = current(connection), head()
    if found == wanted:
        return
    if found == NOTHING:
        empty = not inspect(connection).get_table_names()
        if may_make or (empty and connection.dialect.name == "sqlite"):
            move(connection)
            return
    raise _wrong(found, wanted)


def verify(connection: Connection) -> str:
    """The revision of tables that are this program's, column by column; WrongRevision says what is different."""
    found, wanted = current(connection), head()
    if found != wanted:
        raise _wrong(found, wanted)
    changed = differences(connection)
    if changed:
        raise WrongRevision(
            f"the store says revision {found}, but its tables were changed: {_few(changed)}; restore it from a copy,"
            " or undo the change",
            found=found,
            wanted=wanted,
        )
    return found


def differences(connection: Connection) -> list[str]:
    """What differs between the tables of a database and those of `schema`, such as "column polls.id is missing"."""
    found: list[Any] = []
    for one in compare_metadata(_context(connection), METADATA):
        found += one if isinstance(one, list) else [one]  # what differs in one column comes as a list
    whole = {one[1].name for one in found if one[0] in ("add_table", "remove_table")}
    return [said for one in found if (said := _difference(one, whole))]


def _difference(one: Any, whole: set[str]) -> str:
    """One of Alembic's differences in words; "" for an index of a table that is there, or missing, as a `whole`."""
    what, _, kind = one[0].partition("_")
    if what == "modify":
        _, _, table, column = one[:4]
        return f"column {table}.{column} has another {_ASPECTS.get(kind, kind)}"
    if kind == "column":
        name = f"{one[2]}.{one[3].name}"
    elif kind in ("table", "table_comment"):
        name = one[1].name
    elif one[1].table.name in whole:
        return ""
    elif kind == "index":
        name = one[1].name
    else:
        name = f"of {one[1].table.name} ({', '.join(column.name for column in one[1].columns)})"
    kind = _KINDS.get(kind, kind)
    return f"{kind} {name} is missing" if what == "add" else f"{kind} {name} is not schedcore's"


def without_tables() -> WrongRevision:
    """What to do about a store that is not there yet."""
    return _wrong(NOTHING, head())


def _wrong(found: str, wanted: str) -> WrongRevision:
    """What to do about tables that are not this program's."""
    if found != NOTHING and found not in {one.revision for one in _scripts().walk_revisions()}:
        return _newer(found)
    what = f"has tables of revision {found}, and this program needs {wanted}"
    if found == NOTHING:
        what = "has no tables of schedcore yet"
    return WrongRevision(f"the store {what}: run `schedcore migrate --store URL`", found=found, wanted=wanted)


def _strangers(names: list[str]) -> WrongRevision:
    """What to do about tables that have our names, without a revision."""
    return WrongRevision(
        f"the database has tables that are not known to be schedcore's: {_few(names)}; use another database, or restore"
        " it from a copy",
        found=NOTHING,
        wanted=head(),
    )


def _few(said: list[str]) -> str:
    """The first ones, and how many more there are."""
    more = f" and {len(said) - _FIRST} more" if len(said) > _FIRST else ""
    return f"{', '.join(said[:_FIRST])}{more}"


def _newer(found: str) -> WrongRevision:
    return WrongRevision(
        f"the store has tables of revision {shorten(found)}, made by a newer schedcore: install that version,"
        " or have it migrate the store down",
        found=found,
        wanted=head(),
    )


def _scripts() -> ScriptDirectory:
    place = Path(__file__).parent / "migrations"
    return ScriptDirectory(str(place), version_locations=[str(place)])


def _context(connection: Connection, steps: Any = None) -> MigrationContext:
    # SQLite takes part in transactions as PostgreSQL does, once the driver is kept from ending them (see `engines`).
    options = {"version_table": _TABLE, "transactional_ddl": True, "compare_type": True, "fn": steps}
    return MigrationContext.configure(connection, opts=options)
