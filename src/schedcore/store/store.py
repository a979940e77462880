"""`Store`: one database, and transactions on it.

Rules of this module:

1. A transaction ends with the block that it was made for: committed when the block ends, rolled back when it raises.
2. What a driver raises comes out as an error of the store, and a connection that failed is not used again.
3. A store is opened only if its tables are those of this program. A SQLite file that is not there, or has no tables, is
   given them; on PostgreSQL, which others share, that is for whoever runs it to say (`schedcore migrate`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Final

from sqlalchemy import Connection, Engine

from schedcore.store import migrating
from schedcore.store.engines import engine_of, file_of, is_memory, reading_engine, url_of, writing_engine
from schedcore.store.errors import Unavailable
from schedcore.store.failures import told
from schedcore.store.places import placed, see
from schedcore.store.states import State, States
from schedcore.store.transactions import Transaction

__all__ = ["Store", "migrate", "verify"]

#: So many transactions at once, others wait: as many as a server has threads that may want one.
_CONNECTIONS: Final = 16
#: Seconds to wait for a lock, or for a connection, before it is "busy".
_WAIT: Final = 10.0


class Store:
    """A database that is open. All threads share it; a process that forks opens one of its own in each child.

    >>> from schedcore.store import Store, directory
    >>> from schedcore.policy import Person
    >>> with Store.open("sqlite://") as store:
    ...     with store.writing() as tx:
    ...         etag = directory.put_person(tx, Person("anna", ["anna@example.com"]))
    ...     with store.reading() as tx:
    ...         directory.person(tx, "anna").value.addresses
    ('anna@example.com',)
    """

    def __init__(self, engine: Engine, clock: Callable[[], float], states: States | None = None) -> None:
        self.engine = engine
        self._states = states
        self._reading = reading_engine(engine)
        self._writing = writing_engine(engine)
        self._clock = clock

    @classmethod
    def open(
        cls,
        url: str,
        *,
        connections: int = _CONNECTIONS,
        wait: float = _WAIT,
        clock: Callable[[], float] = time.time,
    ) -> Store:
        """Open the store of a URL: sqlite:///file.db, sqlite:// (in memory), postgresql+psycopg://user@host/name.

        InvalidValue for another URL, WrongRevision where the tables are not those of this program, Unavailable where
        the database cannot be reached, or its file cannot be written.
        """
        where = url_of(url)
        file = file_of(where)
        if file is not None:
            see(file, writes=True)
        engine = engine_of(where, connections=connections, wait=wait)
        try:
            store = cls(engine, clock, None if file is None else States(file))
            with _opened(writing_engine(engine), url) as connection:
                migrating.settle(connection, is_memory(where))
        except BaseException:
            engine.dispose()
            raise
        return store

    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees the store as it is at its first read, and changes nothing."""
        return self._transaction(self._reading, writes=False)

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that writes: all of it, or nothing."""
        return self._transaction(self._writing, writes=True)

    def state(self) -> State | None:
        """What is another value as soon as anything is committed; None where that cannot be told at once.

        So what was read between two questions that gave one state is still so when a third gives it. That takes some 10
        microseconds for a file of SQLite; of PostgreSQL it cannot be told.
        """
        return None if self._states is None else self._states.now()

    @contextmanager
    def _transaction(self, engine: Engine, *, writes: bool) -> Iterator[Transaction]:
        with _begun(engine) as connection:
            yield Transaction(connection, writes=writes, now=int(self._clock()))

    def close(self) -> None:
        """Close all connections that are not in use; those that are, when they are given back."""
        if self._states is not None:
            self._states.close()
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def migrate(url: str, to: str = "head") -> tuple[str, str]:
    """Bring the tables of a store to a revision, "base" for none: where they stood, and where they stand now.

    InvalidValue for a URL or a revision that is none, WrongRevision for tables that are not schedcore's, that a newer
    one made, or that were changed.
    """
    with _once(url) as connection:
        found = migrating.current(connection)
        return found, migrating.move(connection, to)


def verify(url: str) -> str:
    """See that the tables of a store are those of this program, column by column; their revision. WrongRevision.

    Changes nothing, and makes no file where none is.
    """
    with look(url) as tx:
        return migrating.verify(tx.connection)


@contextmanager
def look(url: str) -> Iterator[Transaction]:
    """A transaction that reads a store as it is, whatever its tables: nothing is made, and no file's journal is set.

    WrongRevision where there is no such file, Unavailable where it cannot be read; it need not be writable.
    """
    where = url_of(url)
    file = file_of(where)
    if file is not None:
        see(file, writes=False)
        if not file.exists():
            raise migrating.without_tables()
    engine = engine_of(where, connections=1, wait=_WAIT, looks=True)
    try:
        with _opened(reading_engine(engine), url) as connection:
            yield Transaction(connection, writes=False, now=int(time.time()))
    finally:
        engine.dispose()


@contextmanager
def _once(url: str) -> Iterator[Connection]:
    where = url_of(url)
    file = file_of(where)
    if file is not None:
        see(file, writes=True)
    engine = engine_of(where, connections=1, wait=_WAIT)
    try:
        with _opened(writing_engine(engine), url) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _opened(engine: Engine, url: str) -> Iterator[Connection]:
    """As `_begun`, for whoever runs the database: what it cannot do is told with where it is."""
    try:
        with _begun(engine) as connection:
            yield connection
    except Unavailable as error:
        raise placed(error, url) from error


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """A transaction, and what a driver raises in it told as an error of the store."""
    try:
        with engine.connect() as connection:
            connection.begin()
            yield connection
            connection.commit()
    except Exception as error:
        said = told(error)
        if said is None or said is error:
            raise
        raise said from error
