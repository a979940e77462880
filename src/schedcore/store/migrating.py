"""Migrations: from one form of the tables to another, up and down, with what is in them.

Rules of this module:

1. The steps are Alembic's, in `migrations`, each with a way back. A database says by its table `schedcore_revision`
   where it stands.
2. All steps of one call are one transaction: both databases make and change tables inside one.
3. Two that migrate at once come one after the other, and the second finds nothing to do.
4. A program works only with tables of its own revision: of an older one it may miss columns, and what a newer one needs
   it would not write.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from schedcore.errors import InvalidValue, shorten
from schedcore.store.errors import WrongRevision
from schedcore.store.schema import METADATA

__all__ = ["NOTHING", "current", "differences", "head", "move", "settle", "verify", "without_tables"]

#: The revision of a database without any of our tables.
NOTHING: Final = "base"

_TABLE: Final = "schedcore_revision"
#: The key of the lock under which PostgreSQL migrates: the bytes of "schedcor", so that it is nobody else's by chance.
_LOCK: Final = int.from_bytes(b"schedcor", "big")


def head() -> str:
    """The revision whose tables this program works with."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def current(connection: Connection) -> str:
    """The revision of a database's tables; `NOTHING` where it has none."""
    return _context(connection).get_current_revision() or NOTHING


def move(connection: Connection, to: str = "head") -> str:
    """Bring the tables to a revision, up or down; "head" is this program's, `NOTHING` takes them away. Where it stands.

    InvalidValue for a revision that is none, WrongRevision for tables that a newer program made.
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
    with context.begin_transaction(), Operations.context(context):
        context.run_migrations()
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
            f"the store says revision {found}, but its tables were changed: {shorten(changed, 300)}; restore it from a"
            " copy, or undo the change",
            found=found,
            wanted=wanted,
        )
    return found


def differences(connection: Connection) -> list[Any]:
    """What differs between the tables of a database and those of `schema`, as Alembic tells it."""
    return list(compare_metadata(_context(connection), METADATA))


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
