"""Copies of a SQLite store, made while it is served.

Rules of this module:

1. A copy is of one moment: all of it is read in one step of SQLite's backup interface (https://sqlite.org/backup.html),
   under one lock. In several steps a writer in between would have it begin again, under load for ever. While it is made
   writers wait (rollback journal) or do not (WAL).
2. A copy is there under its name only when it is whole, has passed `PRAGMA integrity_check`, and is on the disk. What
   is there already under that name is never written over. However a copy fails, what was made of it is taken away.
3. PostgreSQL has a better tool of its own, which this does not replace: pg_dump.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from schedcore.errors import InvalidValue
from schedcore.store.engines import is_memory, url_of
from schedcore.store.errors import Unavailable
from schedcore.store.failures import told
from schedcore.store.places import placed, see

__all__ = ["backup", "file_of"]

#: Seconds to wait for whoever is writing.
_WAIT: Final = 30.0
#: What SQLite adds to the name of a file, beside it, while it is written.
_BESIDE: Final = ("-journal", "-wal", "-shm")
#: Codes, or their lower eight bits, that a copy fails with where it cannot be written: all that the store is asked for
#: is to be read. ulimit -f and quotas give SQLITE_IOERR_WRITE, a full disk SQLITE_FULL.
_OF_THE_COPY: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_DELETE,
    }
)


def file_of(url: str) -> Path:
    """The file of a SQLite store that is there; InvalidValue for another store, and for a file that is not there.

    Unavailable where it cannot be read.
    """
    where = url_of(url)
    if where.get_backend_name() != "sqlite":
        raise InvalidValue(
            "the store is in PostgreSQL, which copies itself: pg_dump --format=custom --file=OUT, and pg_restore"
        )
    if is_memory(where):
        raise InvalidValue("a store in memory is gone with its server: there is nothing to copy")
    path = Path(where.database or "").absolute()
    see(path, writes=False)
    if not path.exists():
        raise InvalidValue(f"{path} is not there: give the URL of a store, such as sqlite:///schedcore.db")
    return path


def backup(url: str, out: Path) -> int:
    """Copy the SQLite store of a URL into a new file, which others can use meanwhile; its size in bytes.

    InvalidValue where `out` is there already or cannot be made, Unavailable where the store cannot be read or is
    damaged, and where the copy cannot be written. Cost: one pass over the file, and one over the copy.
    """
    source = file_of(url)
    if out.exists():
        raise InvalidValue(f"{out} is there already: give the name of a new file, or move it away")
    part = out.with_name(f"{out.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        left = " and ".join(str(one) for one in (part, *_beside(part)) if one.exists())
        raise InvalidValue(f"{left}: another copy is being made, or was left; then remove it") from error
    except OSError as error:
        raise InvalidValue(f"{part} cannot be written: {error.strerror}") from error
    try:
        _copied(url, source, part)
        os.link(part, out)  # unlike a rename it fails where somebody was quicker
    except FileExistsError as error:
        raise InvalidValue(f"{out} is there already: give the name of a new file, or move it away") from error
    finally:
        for one in (part, *_beside(part)):
            one.unlink(missing_ok=True)
    _sync(out.parent)
    return out.stat().st_size


def _copied(url: str, source: Path, part: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", timeout=_WAIT, uri=True)) as store:
            # That it can be read is seen here: what fails behind this may be the copy's fault.
            store.execute("PRAGMA schema_version").fetchall()
            found = _checked(store, part)
    except sqlite3.Error as error:
        said = told(error)
        raise (placed(said, url) if isinstance(said, Unavailable) else said or error) from error
    if found != ["ok"]:
        raise Unavailable(
            f"{source} is damaged: {'; '.join(map(str, found))}; restore it from a copy", reason="damaged"
        )
    try:
        _sync(part)
    except OSError as error:
        raise _unwritten(part, str(error.strerror)) from error


def _checked(store: sqlite3.Connection, part: Path) -> list[str]:
    """Write the copy; what `PRAGMA integrity_check` says of it."""
    try:
        with closing(sqlite3.connect(part)) as copy:
            store.backup(copy)
            # A copy of a store in WAL mode is one too: without the mode it is one file, whole by itself.
            copy.execute("PRAGMA journal_mode=DELETE")
            return [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if _OF_THE_COPY.isdisjoint((code, code & 0xFF)):
            raise
        raise _unwritten(part, f"SQLite: {error}") from error


def _unwritten(part: Path, cause: str) -> Unavailable:
    return Unavailable(f"the copy {part} could not be written ({cause}): make room, or copy elsewhere", reason="full")


def _beside(part: Path) -> list[Path]:
    return [part.with_name(f"{part.name}{end}") for end in _BESIDE]


def _sync(path: Path) -> None:
    """See that a file, or what a folder says is in it, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
