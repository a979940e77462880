"""Whether anything was committed in between: asked of a SQLite file in microseconds, waiting for nobody.

Rules of this module:

1. A state is another one as soon as anything is committed, by this process or by another. It is SQLite's data_version,
   as told to a connection that never writes itself (https://sqlite.org/pragma.html#pragma_data_version). So what was
   read after one question is still so if the next one gives the same state.
2. Nobody waits. Where a commit is just being written, or the file cannot be read, no state is told, and who asked does
   what they would do without: a transaction waits, and says what is wrong.
3. Only files have states. A store in memory has one connection, to which nothing is somebody else's commit, and to ask
   PostgreSQL is a way over the network, as long as that of the question itself.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from schedcore.store.engines import identity_of

__all__ = ["State", "States"]


class State(NamedTuple):
    """Which connection was told which version; later ones are greater."""

    connection: int
    version: int


class States:
    """Tells the states of a file, to any thread."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)  # a Path is made into one by each system call
        self._uri = f"{path.as_uri()}?mode=rw"
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._opened = 0
        self._closed = False

    def now(self) -> State | None:
        """The state of this moment; None where it cannot be told at once. Some 10 microseconds."""
        with self._lock:
            if self._closed:
                return None
            try:
                if self._connection is None or self._identity != identity_of(self._path):
                    self._open()
                assert self._connection is not None
                version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                return None
            return State(self._opened, version)

    def _open(self) -> None:
        """Connect to the file that is there now, which another may have taken the place of."""
        self._close()
        self._identity = identity_of(self._path)
        self._connection = sqlite3.connect(
            self._uri, timeout=0, isolation_level=None, check_same_thread=False, uri=True
        )
        self._opened += 1

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Let go of the file, for good."""
        with self._lock:
            self._closed = True
            self._close()
