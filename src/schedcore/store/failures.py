"""What a driver raised, as an error of the store: `told`.

Rules of this module:

1. Only what the database cannot do now becomes `Unavailable`. An error that no outside event explains is a fault of
   this program, and stays what it is.
2. Codes decide, never the words of a message: SQLite's result codes (https://sqlite.org/rescode.html) and PostgreSQL's
   SQLSTATE (its documentation, appendix A).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from schedcore.errors import SchedcoreError
from schedcore.store.errors import Conflict, Unavailable

__all__ = ["told"]

_BUSY: Final = ("busy", "others have kept the database locked for too long", Conflict)
_CONFLICT: Final = ("conflict", "another call changed the same things at the same time", Conflict)
_FULL: Final = ("full", "the disk of the database is full: make room", Unavailable)
_READ_ONLY: Final = ("read-only", "the database cannot be written to", Unavailable)
_GONE: Final = ("gone", "the database cannot be reached", Unavailable)
_DAMAGED: Final = ("damaged", "the database's file is damaged, or is none: restore it from a copy", Unavailable)
_IO: Final = ("gone", "the database's file cannot be read or written", Unavailable)

Said = tuple[str, str, type[Unavailable]]

#: By the lower eight bits of SQLite's result code.
_SQLITE: Final[dict[int, Said]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _GONE,
    sqlite3.SQLITE_IOERR: _IO,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

#: By SQLSTATE, or by its class, which are the first two characters.
_POSTGRESQL: Final[dict[str, Said]] = {
    "40001": _CONFLICT,  # serialization_failure
    "40P01": _CONFLICT,  # deadlock_detected
    "23505": _CONFLICT,  # unique_violation: two calls made the same thing at once
    "23503": _CONFLICT,  # foreign_key_violation: what it belongs to was deleted at the same time
    "55P03": _BUSY,  # lock_not_available
    "53300": ("busy", "the database has no connection left", Conflict),  # too_many_connections
    "53": _FULL,  # insufficient_resources: disk_full, out_of_memory
    "25006": _READ_ONLY,  # read_only_sql_transaction: a standby
    "08": _GONE,  # connection exceptions
    "57014": ("busy", "the database ended a statement that took too long", Unavailable),  # query_canceled
    "57P": _GONE,  # admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout
    "25P03": _GONE,  # idle_in_transaction_session_timeout
    "58": _IO,  # system_error: io_error, undefined_file
    "XX001": _DAMAGED,  # data_corrupted
    "XX002": _DAMAGED,  # index_corrupted
    "28": ("gone", "the database refuses this user", Unavailable),
    "42501": ("gone", "the database does not let this user do it: grant the right", Unavailable),
    "3D000": ("gone", "the server has no such database: make it", Unavailable),
}


def told(error: BaseException) -> SchedcoreError | None:
    """The error of the store that a driver's error, or SQLAlchemy's, comes to; None where it is neither's."""
    if isinstance(error, PoolTimeout):
        return Conflict("unavailable: all connections to the database are in use", reason="busy")
    if isinstance(error, StatementError) and isinstance(error.orig, SchedcoreError):
        return error.orig  # a value that a column refuses
    origin = error.orig if isinstance(error, DBAPIError) else error
    said = _said(error, origin)
    if said is None:
        return None
    reason, what, kind = said
    return kind(f"unavailable: {what}{_words(origin)}", reason=reason)


def _said(error: BaseException, origin: BaseException | None) -> Said | None:
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_READONLY_DBMOVED:
            return _GONE
        return None if code is None else _SQLITE.get(code & 0xFF)
    state = getattr(origin, "sqlstate", None)
    if state is not None:
        return next((_POSTGRESQL[key] for key in (state, state[:3], state[:2]) if key in _POSTGRESQL), None)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return _GONE if lost or isinstance(error, (OperationalError, InterfaceError)) else None


def _words(origin: BaseException | None) -> str:
    """What the driver said, without what it was doing: the first line, which has no values in it."""
    if isinstance(origin, sqlite3.Error):
        return f" (SQLite: {origin})"
    state = getattr(origin, "sqlstate", None)
    return "" if state is None else f" (SQLSTATE {state})"
