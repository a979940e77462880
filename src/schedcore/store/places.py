"""Places: where a database is, and what keeps this process from opening it, for whoever runs it.

Rules of this module:

1. Only what opens a store (`Store.open`, `migrate`, `verify`, `look`, a copy) tells a place. Callers of a service are
   told what cannot be done now, and not where its data are.
2. Of a file of SQLite more is seen than SQLite says, whose "unable to open database file" stands for all of it. What
   is not seen beforehand still fails when it is opened.
3. Nothing is tried: a full disk, on which no byte can be written, keeps nobody from reading.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from schedcore.store.engines import file_of, is_memory, may, url_of
from schedcore.store.errors import Unavailable

__all__ = ["place_of", "placed", "see"]

#: The port of PostgreSQL where none is said.
_PORT: Final = "5432"


def placed(error: Unavailable, text: str) -> Unavailable:
    """The same error with the place of the URL's database before its message."""
    place = place_of(text)
    return type(error)(f"{place}: {error}", reason=error.reason) if place else error


def place_of(text: str) -> str:
    """The path of a SQLite file, or host:port/name of a database of PostgreSQL; "" where nothing can be said.

    >>> place_of("postgresql://anna:secret@db.example.com/plans?password=secret")
    'db.example.com:5432/plans'
    """
    url = url_of(text)
    if url.get_backend_name() == "sqlite":
        return "" if is_memory(url) else str(file_of(url))
    if text.count("@") > 1:  # perhaps of a password, which then ends somewhere else than where the host begins
        return ""
    return _server(url)


def _server(url: URL) -> str:
    given = url.normalized_query

    def said(own: object, name: str, variable: str) -> str:
        return str(own or ",".join(given.get(name, ())) or os.environ.get(variable, ""))

    name = said(url.database, "dbname", "PGDATABASE")
    port = said(url.port, "port", "PGPORT") or _PORT
    host = said(url.host, "host", "PGHOST") or ",".join(given.get("hostaddr", ())) or "the local socket"
    if url.host and ":" in host:
        host = f"[{host}]"  # IPv6
    where = host if not url.host and ":" in host else f"{host}:{port}"  # hosts of a query may have ports of their own
    return f"{where}/{name}" if name else where


def see(path: Path, *, writes: bool) -> None:
    """See that this process may open a file of SQLite, or make one where none is; Unavailable says what is in the way.

    Who writes must be able to write in the folder too: SQLite makes its journal there.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        _see_folder(path, writes)
        return
    except OSError as error:
        raise Unavailable(f"{path} cannot be reached: {_cause(error)}") from error
    if stat.S_ISDIR(found.st_mode):
        raise Unavailable(f"{path} is a directory: give the path of a file")
    if not stat.S_ISREG(found.st_mode):
        raise Unavailable(f"{path} is a device or a pipe: give the path of a file")
    if not may(path, os.R_OK):
        raise Unavailable(f"{path} cannot be read: permission denied")
    if writes:
        if not may(path, os.W_OK):
            raise Unavailable(f"{path} cannot be written: {_why_not(path)}", reason="read-only")
        _see_folder(path, writes)


def _see_folder(path: Path, writes: bool) -> None:
    folder = path.resolve().parent  # the journal is beside the file itself, not beside a link to it
    if not folder.is_dir():
        raise Unavailable(f"{path} is not there, nor is its folder {folder}")
    if writes and not may(folder, os.W_OK | os.X_OK):
        raise Unavailable(
            f"the folder {folder} cannot be written, and SQLite makes a journal in it: {_why_not(folder)}",
            reason="read-only",
        )


def _why_not(path: Path) -> str:
    read_only = hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY
    return "its file system is read-only" if read_only else "permission denied"


def _cause(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
