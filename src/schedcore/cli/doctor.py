"""`schedcore doctor`: whether everything is as it must be, in a line a thing; the exit code says so to programs."""

from __future__ import annotations

import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple

import click

import schedcore
from schedcore.cli.output import plain
from schedcore.cli.secured import secured
from schedcore.errors import InvalidValue, SchedcoreError

__all__ = ["doctor"]

#: What an answer may depend on.
_PACKAGES: Final = ("numpy", "icalendar", "tzdata")
_SERVICE: Final = ("grpcio", "protobuf", "sqlalchemy", "alembic", "nanoarrow", "prometheus-client", "pydantic-settings")
#: This program was written in 2026: a clock before that has lost its battery.
_EARLIEST: Final = 1_767_225_600
#: Seconds by which clocks of two machines may differ without harm: deadlines of polls are told to the second.
_APART: Final = 5.0
#: Bytes below which a disk is as good as full: a vacuum, a journal and a backup need some.
_LITTLE: Final = 256 << 20


class Found(NamedTuple):
    """One thing: its name, what it is, and what is wrong with it ("" if nothing is)."""

    name: str
    told: str
    wrong: str = ""


@click.command()
@click.option("--store", "url", metavar="URL", envvar="SCHEDCORE_STORE", help="Look at this store. [SCHEDCORE_STORE]")
@click.option("--address", metavar="HOST:PORT", help="Ask a server that is running whether it serves.")
@secured
def doctor(url: str | None, address: str | None, security: dict[str, Any]) -> None:
    """Tell versions, zone data, clock, and the state of a store or a server; exit code 1 if something is wrong.

    Changes nothing, and makes no store where none is.
    """
    if address is None and any(security.values()):
        raise InvalidValue("--tls, --ca, --cert and --key are for a server: say which by --address")
    well = True
    for one in _all(url, address, security):
        wrong = f" -- {plain(one.wrong)}" if one.wrong else ""
        click.echo(f"{'BAD' if wrong else 'ok '} {one.name}: {one.told}{wrong}")
        well = well and not one.wrong
    if not well:
        sys.exit(1)


def _all(url: str | None, address: str | None, security: dict[str, Any]) -> Iterator[Found]:
    yield from _program()
    yield from _clock()
    if url is not None:
        yield from _store(url)
    if address is not None:
        yield _tried("server", lambda: _server(address, security))


def _tried(name: str, look: Callable[[], Found]) -> Found:
    """What a look found, or how it failed."""
    try:
        return look()
    except SchedcoreError as error:
        return Found(name, "cannot be used", str(error))
    except ModuleNotFoundError as error:
        return Found(name, "cannot be used", f"{error.name} is not installed")


# --- the program ------------------------------------------------------------------------------------------------------


def _program() -> Iterator[Found]:
    yield Found("schedcore", schedcore.__version__)
    yield Found("python", f"{platform.python_implementation()} {platform.python_version()}, {_lock()}")
    yield Found("packages", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    yield Found("packages of the service", ", ".join(f"{name} {_version(name)}" for name in _SERVICE))
    yield _tried("compiled core", _core)


def _lock() -> str:
    """Whether threads of Python run at once (3.13 and later know)."""
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    return "with the GIL" if enabled else "without the GIL"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _core() -> Found:
    """One small question to the compiled core, with a zone: a broken build or zone data fails here."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from schedcore import Rule, Series
    from schedcore.zones import tzdb_version

    start = datetime(2026, 3, 28, 9, tzinfo=ZoneInfo("Europe/Zurich"))
    found = [int(one.timestamp()) for one in Series(start, Rule.parse("FREQ=DAILY;COUNT=2")).take(2)]
    right = found == [1_774_684_800, 1_774_767_600]
    return Found("compiled core", f"tzdb {tzdb_version()}", "" if right else f"two days across a change: {found}")


def _clock() -> Iterator[Found]:
    now = time.time()
    told = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    yield Found("clock", told, "" if now >= _EARLIEST else "it is before 2026: set it, for deadlines go by it")


# --- a store ----------------------------------------------------------------------------------------------------------


def _store(url: str) -> Iterator[Found]:
    try:
        from schedcore.store.engines import url_of

        kind = url_of(url).get_backend_name()
    except (SchedcoreError, ModuleNotFoundError) as error:
        yield Found("store", "cannot be used", str(error))
        return
    if kind == "sqlite":
        made = _tried("store", lambda: _file(url))
        yield made
        if made.wrong:
            return
        yield _tried("journal", lambda: _journal(url))
        yield _tried("integrity", lambda: _integrity(url))
    else:
        made = _tried("store", lambda: _database(url))
        yield made
        if made.wrong:
            return
    made = _tried("tables", lambda: _tables(url))
    yield made
    if not made.wrong:
        yield _tried("clock of the store", lambda: _marks(url))


def _file(url: str) -> Found:
    import shutil

    from schedcore.store.backups import file_of
    from schedcore.store.places import see

    path = file_of(url)
    see(path, writes=True)
    free = shutil.disk_usage(path.parent).free
    told = f"SQLite {sqlite3.sqlite_version}, {path.stat().st_size:,} bytes, {free >> 20:,} MiB free"
    return Found("store", told, "" if free >= _LITTLE else "the disk is nearly full: make room")


def _pragma(url: str, text: str) -> list[Any]:
    """The rows of a pragma; Unavailable where the file cannot be read, or is damaged so much that it says nothing."""
    from contextlib import closing

    from schedcore.store import Unavailable
    from schedcore.store.backups import file_of
    from schedcore.store.engines import looking_mode
    from schedcore.store.failures import told
    from schedcore.store.places import placed

    try:
        path = file_of(url)
        name = f"{path.as_uri()}?mode={looking_mode(path)}"
        with closing(sqlite3.connect(name, timeout=10, uri=True)) as connection:
            return [row[0] for row in connection.execute(text)]
    except sqlite3.Error as error:
        said = told(error)
        raise placed(said if isinstance(said, Unavailable) else Unavailable(f"SQLite: {error}"), url) from error


def _journal(url: str) -> Found:
    """WAL is right only from the version on that does not damage files in it; the server sets it when it starts."""
    from schedcore.store.engines import SAFE_WAL

    (mode,) = _pragma(url, "PRAGMA journal_mode")
    safe = sqlite3.sqlite_version_info >= SAFE_WAL
    wrong = "" if safe or mode != "wal" else "this SQLite can damage a file in WAL mode: start the server once"
    why = "" if safe else f", since SQLite is older than {'.'.join(map(str, SAFE_WAL))}"
    return Found("journal", f"{mode}{why if mode != 'wal' else ''}", wrong)


def _integrity(url: str) -> Found:
    from schedcore.store.backups import file_of

    found = _pragma(url, "PRAGMA quick_check(5)")
    damage = "; ".join(map(str, found))
    wrong = "" if found == ["ok"] else f"{file_of(url)} is damaged: {damage}: restore it from a copy"
    return Found("integrity", "quick_check", wrong)


def _database(url: str) -> Found:
    """PostgreSQL: its version, and whether its clock is ours."""
    from sqlalchemy import text

    from schedcore.store.engines import engine_of, url_of
    from schedcore.store.errors import Unavailable
    from schedcore.store.failures import told
    from schedcore.store.places import placed

    engine = engine_of(url_of(url), connections=1, wait=10.0)
    try:
        with engine.connect() as connection:
            began = time.time()
            name, now = connection.execute(
                text("SELECT current_setting('server_version'), extract(epoch FROM clock_timestamp())")
            ).one()
            apart = abs(float(now) - (began + time.time()) / 2)
    except Exception as error:
        said = told(error)
        if said is None:
            raise
        raise (placed(said, url) if isinstance(said, Unavailable) else said) from error
    finally:
        engine.dispose()
    wrong = "" if apart <= _APART else "set the clocks of both machines: NTP"
    return Found("store", f"PostgreSQL {name}, its clock {apart:.1f} s from this one's", wrong)


def _tables(url: str) -> Found:
    from schedcore.store import verify

    return Found("tables", f"revision {verify(url)}")


def _marks(url: str) -> Found:
    """The newest change is not in the future: else the clock was ahead then, or is behind now."""
    from sqlalchemy import func, select

    from schedcore.store.schema import changes
    from schedcore.store.store import look

    with look(url) as tx:
        newest = tx.connection.execute(select(func.max(changes.c.at))).scalar_one_or_none()
        ahead = 0 if newest is None else newest - tx.now
    told = "no change yet" if newest is None else f"newest change {-ahead:,} s ago"
    return Found("clock of the store", told, "" if ahead <= _APART else "it was written in the future: set the clock")


# --- a server ---------------------------------------------------------------------------------------------------------


def _server(address: str, security: dict[str, Any]) -> Found:
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    from schedcore.client import Client, ServiceError

    with Client(address, timeout=5, **security) as client:
        try:
            status = health_pb2_grpc.HealthStub(client.channel).Check(health_pb2.HealthCheckRequest()).status
        except ServiceError as error:
            return Found("server", address, f"it does not answer: {error.code.name}, {plain(str(error))}")
    serving = status == health_pb2.HealthCheckResponse.SERVING
    return Found("server", address, "" if serving else "it says that it does not serve")
