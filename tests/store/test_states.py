"""Whether anything was committed in between: told at once of a file of SQLite, and of nothing else."""

from __future__ import annotations

import os
import shutil
import sqlite3

import pytest

from schedcore.policy import Person
from schedcore.store import Store, directory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with Store.open(f"sqlite:///{path}") as store:
        yield store


def put(store, id):
    with store.writing() as tx:
        directory.put_person(tx, Person(id))


def test_only_a_file_has_states(url):
    """A store of PostgreSQL tells none; SQLite tells one, but not of memory."""
    with Store.open(url) as store:
        assert url.startswith("sqlite") is (store.state() is not None)
    with Store.open("sqlite://") as store:
        assert store.state() is None


def test_another_after_each_commit(store, path):
    """The same while nothing is committed, though much is read; another after every commit, whoever made it."""
    seen = [store.state()]
    with store.reading() as tx:
        directory.load(tx)
        assert seen[-1] == store.state()
    for number in range(20):
        put(store, f"anna-{number}")
        seen.append(store.state())
    with Store.open(f"sqlite:///{path}") as other:
        put(other, "ben")
    seen.append(store.state())
    assert None not in seen
    assert seen == sorted(set(seen))


def test_nothing_of_what_is_undone(store):
    """A transaction that is rolled back leaves the state as it was."""
    before = store.state()
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        directory.put_person(tx, Person("anna"))
        raise ZeroDivisionError
    assert before == store.state()


def test_it_waits_for_nobody(store, path):
    """While somebody has the file to themselves there is no state to tell; then there is the one of before."""
    before = store.state()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert store.state() is None
    other.execute("ROLLBACK")
    other.close()
    assert before == store.state()


def test_another_file_in_its_place(store, path):
    """A file that has gone has no state, and one that takes its place has another, even if it is a copy."""
    before = store.state()
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    path.rename(path.with_suffix(".old"))
    assert store.state() is None
    os.replace(copy, path)
    assert before < store.state() == store.state()
