"""`schedcore doctor`: what is well is said to be, anything that is not ends it with 1; nothing is changed."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress

import pytest

import stores
from schedcore.cli import doctor as module
from schedcore.cli.command import run
from schedcore.policy import Person
from schedcore.store import Store, directory


def examined(capsys, *arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what is said of each thing."""
    try:
        code = run(["doctor", *arguments])
    except SystemExit as end:
        code = end.code
    lines = capsys.readouterr().out.splitlines()
    return code, {line[4:].partition(":")[0]: f"{line[:3].strip()} {line.partition(': ')[2]}" for line in lines}


def bad(found: dict[str, str]) -> list[str]:
    return [name for name, told in found.items() if told.startswith("BAD")]


@pytest.mark.parametrize("kind", stores.KINDS)
def test_a_store_that_is_well(kind, tmp_path, capsys):
    """Of either kind: with its revision, and on SQLite the journal."""
    url = stores.fresh(kind, tmp_path)
    code, found = examined(capsys, "--store", url)
    assert (0, []) == (code, bad(found)), found
    assert {"schedcore", "python", "compiled core", "clock", "store", "tables", "clock of the store"} <= found.keys()
    assert found["tables"].startswith("ok revision ")
    assert ("journal" in found) is (kind == "sqlite")


def test_what_is_for_a_server_takes_its_address(capsys):
    """Nothing that was asked for is passed over."""
    assert 2 == run(["doctor", "--tls"])
    assert "say which by --address" in capsys.readouterr().err


def test_without_a_store(capsys):
    """The program alone: versions, zone data, clock."""
    code, found = examined(capsys)
    assert (0, []) == (code, bad(found)), found
    assert "tzdb 20" in found["compiled core"]
    assert "GIL" in found["python"]


def test_a_store_that_is_not_there_is_not_made(tmp_path, capsys):
    """Whoever mistypes a name must not find an empty store under it."""
    code, found = examined(capsys, "--store", f"sqlite:///{tmp_path}/none.db")
    assert (1, ["store"]) == (code, bad(found))
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("look", ["doctor", "migrate"])
@pytest.mark.parametrize("found", ["nothing", "an empty file", "a store in WAL mode"])
def test_looking_changes_nothing(look, found, tmp_path, capsys):
    """Not a byte: no file is made, no table, and no journal is set to what a server would have it be."""

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    url = f"sqlite:///{tmp_path}/a.db"
    if found == "an empty file":
        (tmp_path / "a.db").touch()
    elif found == "a store in WAL mode":
        Store.open(url).close()
        with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
            assert ("wal",) == connection.execute("PRAGMA journal_mode=WAL").fetchone()
    before = files()
    with suppress(SystemExit):
        run([look, "--store", url, *(("--check",) if look == "migrate" else ())])
    assert before == files()
    assert ("revision 0001" in "".join(capsys.readouterr())) is (found == "a store in WAL mode")


def test_a_file_that_is_damaged(tmp_path, capsys):
    """It is said, and what to do."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    size = file.stat().st_size
    with file.open("r+b") as out:
        out.seek(size // 2)
        out.write(b"\xff" * (size // 4))
    code, found = examined(capsys, "--store", url)
    assert 1 == code
    assert "integrity" in bad(found)
    assert f"{file}: unavailable: the database's file is damaged" in found["integrity"]


def test_damage_that_sqlite_lists(tmp_path, capsys):
    """What it says, in words, with the path."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    with file.open("r+b") as out:
        out.seek(36)  # the number of free pages (https://sqlite.org/fileformat2.html, 1.3)
        out.write(b"\0\0\0\7")
    code, found = examined(capsys, "--store", url)
    assert (1, ["integrity"]) == (code, bad(found))
    told = found["integrity"].partition(" -- ")[2]
    assert told.startswith(f"{file} is damaged: ") and told.endswith(": restore it from a copy")
    assert "freelist" in told and not {"[", "\\"} & set(told)


def test_a_file_that_is_none_of_sqlite(tmp_path, capsys):
    """Nothing of it is well, and all that is said of it has its path."""
    (tmp_path / "letter").write_text("Dear Anna, this is no database.\n" * 100)
    code, found = examined(capsys, "--store", f"sqlite:///{tmp_path}/letter")
    assert (1, ["journal", "integrity", "tables"]) == (code, bad(found))
    assert all(f"{tmp_path}/letter: unavailable: the database's file is damaged" in found[one] for one in bad(found))


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_file_that_this_process_may_not_use(mode, tmp_path, capsys):
    """One line says which file and why; nothing is said of damage."""
    folder = stores.for_all()
    url = stores.fresh("sqlite", folder)
    (file,) = folder.glob("*.db")
    examined(capsys, "--store", url)  # as root all modules are read that another user may not read
    file.chmod(mode)
    with stores.nobody():
        code, found = examined(capsys, "--store", url)
    assert (1, ["store"]) == (code, bad(found))
    assert f"{file} cannot be {'written' if mode else 'read'}: permission denied" in found["store"]
    assert not {"journal", "integrity", "tables"} & found.keys()


def test_a_folder_in_the_place_of_a_file(tmp_path, capsys):
    """It is there, and is no store."""
    code, found = examined(capsys, "--store", f"sqlite:///{tmp_path}")
    assert (1, ["store"]) == (code, bad(found))
    assert f"{tmp_path} is a directory" in found["store"]


def test_tables_that_are_others(tmp_path, capsys):
    """A column that is missing, and a database without tables."""
    url = stores.fresh("sqlite", tmp_path)
    (file,) = tmp_path.glob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE people RENAME COLUMN name TO other")
    code, found = examined(capsys, "--store", url)
    assert (1, ["tables"]) == (code, bad(found))
    assert "column people.name is missing" in found["tables"]


def test_a_clock_that_went_back(tmp_path, capsys):
    """A change that was made in the future: now, or then, the clock was wrong."""
    url = stores.fresh("sqlite", tmp_path)
    with Store.open(url, clock=lambda: time.time() + 3_600) as store, store.writing() as tx:
        directory.put_person(tx, Person("anna", ["anna@example.com"]))
    code, found = examined(capsys, "--store", url)
    assert (1, ["clock of the store"]) == (code, bad(found))


def test_a_clock_without_a_battery(monkeypatch, capsys):
    """It is 1970."""
    monkeypatch.setattr(module.time, "time", lambda: 10.0)
    code, found = examined(capsys)
    assert (1, ["clock"]) == (code, bad(found))
    assert "1970-01-01T00:00:10Z" in found["clock"]


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://nobody@127.0.0.1:1/none"])
def test_stores_that_cannot_be_used(url, capsys):
    """Another database, and one that is not there."""
    code, found = examined(capsys, "--store", url)
    assert (1, ["store"]) == (code, bad(found))


def test_a_port_that_is_none(capsys):
    """gRPC would ask another server, at the lowest 16 bits of it, whether all is well."""
    code, found = examined(capsys, "--address", "127.0.0.1:110903")
    assert (1, ["server"]) == (code, bad(found))
    assert "'127.0.0.1:110903': give HOST:PORT, with a port from 1 to 65535" in found["server"]


def test_a_server_that_does_not_answer(capsys):
    """What a container's health check asks."""
    code, found = examined(capsys, "--address", "127.0.0.1:1")
    assert (1, ["server"]) == (code, bad(found))
