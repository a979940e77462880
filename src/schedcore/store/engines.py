"""Engines: how each of the two databases is opened so that its transactions are what the store promises.

Rules of this module:

1. SQLite: a writer says so at once, by BEGIN IMMEDIATE. One that first reads and then writes would find the lock taken
   by another that did the same, and no waiting helps either (the driver's own BEGIN does that). A reader's BEGIN keeps
   the state of its first read until the end.
2. SQLite up to 3.51.2 can damage a file in WAL mode where two connections write and checkpoint at once: such a version
   gets the rollback journal, which has readers wait for a commit and the commit wait for readers. Either way a commit
   is on the disk when it returns (synchronous FULL).
3. A SQLite file that was moved away or put in the place of another is noticed before a connection to it is used: such a
   connection would go on reading what is gone. A file that has gone is not made anew, which would lose it silently.
4. A store in memory has one connection, which all threads take in turns.
5. PostgreSQL: a writer's statements see what others have committed (READ COMMITTED) and lock the rows that they rest
   on; a reader sees one moment (REPEATABLE READ, READ ONLY). A connection is tried before it is used, and nobody waits
   for a lock for ever.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import QueuePool

from schedcore.errors import InvalidValue

__all__ = [
    "SAFE_WAL",
    "engine_of",
    "file_of",
    "identity_of",
    "is_memory",
    "looking_mode",
    "may",
    "reading_engine",
    "url_of",
    "writing_engine",
]

#: The first version of SQLite without the WAL-reset bug (https://sqlite.org/wal.html, "The WAL-reset bug").
SAFE_WAL: Final = (3, 51, 3)

#: The execution option that says which BEGIN a transaction of SQLite has.
_BEGIN: Final = "schedcore_begin"

_KNOWN: Final = ("sqlite", "postgresql")
_HOW: Final = "give sqlite:///file.db, sqlite:// or postgresql+psycopg://user@host/name"


def url_of(text: str) -> URL:
    """Read the URL of a store; InvalidValue for what is none, or is of another database."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # their texts would have the URL in them, and that a password
        raise InvalidValue(f"the store's URL cannot be read: {_HOW}") from None
    backend = url.get_backend_name()
    if backend not in _KNOWN:
        raise InvalidValue(f"the store's URL begins with {backend!r}, which schedcore does not keep things in: {_HOW}")
    if backend == "postgresql":
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise InvalidValue(f"the store's URL asks for the driver of {url.drivername!r}: {_HOW}")
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite") or url.query or url.host:
        raise InvalidValue(f"the store's URL names SQLite with a driver, a host or options: {_HOW}")
    return url


def is_memory(url: URL) -> bool:
    """Whether a store of SQLite is gone with its process."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def file_of(url: URL) -> Path | None:
    """The file that a store of SQLite is in; None for one in memory, and for another database."""
    if url.get_backend_name() != "sqlite" or is_memory(url):
        return None
    return Path(url.database or "").absolute()


def engine_of(url: URL, *, connections: int, wait: float, looks: bool = False) -> Engine:
    """The engine of a store: at most so many connections, and so many seconds to wait for a lock or a connection.

    One that only `looks` makes no file, and leaves a file's journal as it is; what a killed process left unfinished is
    rolled back.
    """
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, connections, wait)
    return _sqlite(url, connections, wait, looks)


def reading_engine(engine: Engine) -> Engine:
    """The same connections, with transactions that see one moment and change nothing."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN"})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writing_engine(engine: Engine) -> Engine:
    """The same connections, with transactions that write."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
    return engine


def _sqlite(url: URL, connections: int, wait: float, looks: bool) -> Engine:
    path = file_of(url)
    memory = path is None
    engine = create_engine(
        "sqlite://",
        creator=_opener(path, wait, looks),
        poolclass=QueuePool,
        pool_size=1 if memory else connections,
        max_overflow=0,
        pool_timeout=wait,
    )

    @event.listens_for(engine, "connect")
    def _settle(connection: sqlite3.Connection, record: Any) -> None:
        for pragma in _pragmas(memory or looks):
            connection.execute(pragma)
        record.info["file"] = identity_of(path)

    @event.listens_for(engine, "checkout")
    def _see(connection: sqlite3.Connection, record: Any, _: Any) -> None:
        if record.info["file"] != identity_of(path):
            raise DisconnectionError("another file is in the place of the database")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        found = connection.connection.driver_connection
        assert isinstance(found, sqlite3.Connection)
        found.execute(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))

    return engine


def _opener(path: Path | None, wait: float, looks: bool) -> Callable[[], sqlite3.Connection]:
    """What opens the file: it is made by the first connection, and never again where it has gone."""
    mode = looking_mode(path) if looks else "rwc"

    def connect() -> sqlite3.Connection:
        nonlocal mode
        name = ":memory:" if path is None else f"{path.as_uri()}?mode={mode}"
        # Without isolation_level the driver begins nothing by itself. 256 statements are more than a store has.
        found = sqlite3.connect(
            name, timeout=wait, isolation_level=None, check_same_thread=False, cached_statements=256, uri=True
        )
        mode = mode.removesuffix("c")
        return found

    return connect


def looking_mode(path: Path | None) -> str:
    """How a file is opened to be looked at: where SQLite may, it rolls back what was left and takes away its files."""
    return "rw" if path is not None and may(path, os.W_OK) and may(path.parent, os.W_OK) else "ro"


def may(path: Path, how: int) -> bool:
    """Whether this process may, by the rights with which it opens files."""
    return os.access(path, how, effective_ids=os.access in os.supports_effective_ids)


def identity_of(path: Path | str | None) -> tuple[int, int] | None:
    """Which file it is, whatever it is called; None for memory, and where there is none."""
    if path is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _pragmas(as_it_is: bool) -> list[str]:
    """What is said to each new connection, in order; to a file that is left as it is, nothing of how it is written."""
    journal = "WAL" if sqlite3.sqlite_version_info >= SAFE_WAL else "DELETE"
    files = [] if as_it_is else [f"PRAGMA journal_mode={journal}", "PRAGMA synchronous=FULL"]
    # Temporary tables and sorting stay in memory: a full disk is then only met where something is kept.
    return [*files, "PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-16384"]


def _postgresql(url: URL, connections: int, wait: float) -> Engine:
    milliseconds = max(int(wait * 1000), 1)
    given = {
        "application_name": "schedcore",
        "connect_timeout": "5",  # seconds; 2 is the least that libpq takes
        # A server that is gone without a word is noticed after 10 s of unanswered data, 30 s of silence.
        "tcp_user_timeout": "10000",
        "keepalives_idle": "30",
        "options": f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
    }
    return create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={name: value for name, value in given.items() if name not in url.query},
    )
