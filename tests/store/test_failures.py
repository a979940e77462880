"""What the database cannot do is told as what it is, leaves nothing half done, and is over when it is back."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from sqlalchemy import event, make_url, text

import stores
from schedcore.policy import Person
from schedcore.store import Conflict, NotFound, Store, Unavailable, calendars, directory, events, polls


def add(store, id, name=""):
    with store.writing() as tx:
        directory.put_person(tx, Person(id, [], name), new=True)


def ids(store):
    with store.reading() as tx:
        return directory.person_ids(tx)


def reason(error, call):
    with pytest.raises(error) as raised:
        call()
    return raised.value.reason


WRITER = """
import sys
from schedcore.store import Store, polls
with Store.open(sys.argv[1]) as store:
    with store.writing() as tx:
        polls.create(tx, "p", "{}", state="open", limited=False, names=[], voters=[])
    for number in range(100_000):
        with store.writing() as tx:
            polls.set_votes(tx, "p", [(f"v{number}", 1, 2), (f"v{number}", 2, 0)], at=number, by="x")
        print(number, flush=True)
"""


def test_kill_9(url, kind):
    """A process that is killed between two writes loses nothing it was told is kept, and keeps no half of one."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True)
    for line in writer.stdout:
        if int(line) >= 20:
            break
    writer.send_signal(signal.SIGKILL)
    told = int(([line, *writer.stdout.read().split("\n")[:-1]])[-1])
    writer.wait()
    writer.stdout.close()
    with Store.open(url) as store, store.reading() as tx:
        if kind == "sqlite":
            assert ["ok"] == list(tx.connection.execute(text("PRAGMA integrity_check")).scalars())
        votes = [(row.voter, row.option_number) for row in polls.votes_of(tx, "p")]
        assert sorted(votes) == sorted((row.voter, row.option_number) for row in polls.log(tx, "p", limit=10**6))
    # One more than was told may be there: it was kept, and its writer died before it could say so.
    there = len(votes) // 2
    assert there in (told + 1, told + 2)
    assert sorted(votes) == sorted((f"v{number}", option) for number in range(there) for option in (1, 2))


@pytest.mark.parametrize("how", ["pages", "size"])
def test_a_full_disk(tmp_path, how):
    """Where no more can be written the call fails as a whole; reading goes on, and writing too once there is room."""
    url = stores.fresh("sqlite", tmp_path)
    file = url.removeprefix("sqlite:///")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.open(url) as store:
        add(store, "before")
        if how == "pages":  # what SQLite itself says when the disk is full
            pages = os.path.getsize(file) // 4096

            @event.listens_for(store.engine, "checkout")
            def limit(connection, *_):
                connection.execute(f"PRAGMA max_page_count={pages}")
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(file) + 4096, limits[1]))
        try:
            said = reason(Unavailable, lambda: add(store, "big", "x" * 100_000))
            assert {"pages": "full", "size": "gone"}[how] == said
            assert ["before"] == ids(store)
        finally:
            pages = 10**6
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        add(store, "big", "x" * 100_000)
        assert ["before", "big"] == ids(store)
        with store.reading() as tx:
            assert ["ok"] == list(tx.connection.execute(text("PRAGMA integrity_check")).scalars())


def test_locked_for_too_long(tmp_path):
    """Another process that holds the file makes a writer busy after its wait, and no longer."""
    url = stores.fresh("sqlite", tmp_path)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    with Store.open(url, wait=0.3) as store:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        assert "busy" == reason(Conflict, lambda: add(store, "a")) == reason(Conflict, lambda: ids(store))
        assert 0.5 < time.monotonic() - began < 10
        other.execute("ROLLBACK")
        add(store, "a")
        assert ["a"] == ids(store)
    other.close()


def test_all_connections_in_use(url):
    """Who finds no connection free is told so after the wait."""
    with Store.open(url, connections=1, wait=0.3) as store:
        with store.reading():
            assert "busy" == reason(Conflict, lambda: ids(store))
        assert [] == ids(store)


def test_a_file_that_goes_and_comes_back(tmp_path):
    """A file that was moved away is gone for reading and writing, is not made anew, and is used when it is back."""
    file = tmp_path / "a.db"
    with Store.open(f"sqlite:///{file}") as store:
        add(store, "a")
        file.rename(tmp_path / "away.db")
        assert "gone" == reason(Unavailable, lambda: ids(store)) == reason(Unavailable, lambda: add(store, "b"))
        assert ["away.db"] == sorted(one.name for one in tmp_path.iterdir())
        (tmp_path / "away.db").rename(file)
        add(store, "b")
        assert ["a", "b"] == ids(store)
        copy = tmp_path / "copy.db"
        copy.write_bytes(file.read_bytes())
        add(store, "c")
        copy.replace(file)  # an older copy was restored
        assert ["a", "b"] == ids(store)


def test_a_file_that_goes_while_it_is_written(tmp_path):
    """What is written into a file that was moved away meanwhile fails, rather than being lost."""
    file = tmp_path / "a.db"
    with Store.open(f"sqlite:///{file}") as store:

        def write():
            with store.writing() as tx:
                file.rename(tmp_path / "away.db")
                directory.put_person(tx, Person("a"))

        assert "gone" == reason(Unavailable, write)
        (tmp_path / "away.db").rename(file)
        assert [] == ids(store)


def test_in_memory():
    """A store in memory is shared by the threads of a process, in turns, and by nobody else."""
    with Store.open("sqlite://") as store, Store.open("sqlite://") as other:
        threads = [threading.Thread(target=add, args=(store, f"{number}")) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(str, range(8))) == ids(store)
        assert [] == ids(other)


def test_a_server_that_stops_and_starts():
    """PostgreSQL stopped: unavailable, at once and in the middle of a call; started again: it goes on by itself."""
    server = stores.Server()
    try:
        from schedcore.store import migrate

        migrate(server.url)
        with Store.open(server.url, wait=2) as store:
            add(store, "a")

            def write():
                with store.writing() as tx:
                    directory.put_person(tx, Person("half"))
                    server.stop()
                    directory.put_person(tx, Person("done"))

            assert "gone" == reason(Unavailable, write)
            assert "gone" == reason(Unavailable, lambda: ids(store)) == reason(Unavailable, lambda: add(store, "b"))
            assert "gone" == reason(Unavailable, lambda: Store.open(server.url))
            server.start()
            assert ["a"] == ids(store)
            add(store, "b")
            assert ["a", "b"] == ids(store)
    finally:
        server.remove()


@pytest.fixture
def postgresql(tmp_path):
    """The URL of a store on PostgreSQL, for what SQLite does not have."""
    found = stores.fresh("postgresql", tmp_path)
    yield found
    stores.give_back(found)


def test_thrown_out_between_calls(postgresql):
    """Connections that the server has ended while they lay idle are found out before they are used."""
    with Store.open(postgresql) as store:
        add(store, "a")
        plain = make_url(postgresql).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as other:
            ended = other.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert (1,) == ended
        assert ["a"] == ids(store)


def test_a_row_locked_for_too_long(postgresql):
    """A row that another call holds makes one busy after its wait."""
    with Store.open(postgresql, wait=0.3) as store:
        add(store, "anna")
        with store.writing() as tx:
            directory.person(tx, "anna")
            assert "busy" == reason(Conflict, lambda: add_again(store))


def test_a_statement_that_takes_too_long(postgresql):
    """One that the database's own limit ends (statement_timeout) makes it busy, and the next is served."""

    def sleep():
        with store.reading() as tx:
            tx.connection.execute(text("SET LOCAL statement_timeout = 20"))
            tx.connection.execute(text("SELECT pg_sleep(60)"))

    with Store.open(postgresql) as store:
        assert "busy" == reason(Unavailable, sleep)
        assert [] == ids(store)


def add_again(store):
    with store.writing() as tx:
        directory.person(tx, "anna")


def test_a_deadlock_is_a_conflict(postgresql):
    """Of two calls that wait for each other one is told to run again, and the other goes on."""
    with Store.open(postgresql) as store:
        with store.writing() as tx:
            for id in "ab":
                directory.put_person(tx, Person(id))
                calendars.personal(tx, id)
        both, told = threading.Barrier(2), []

        def touch(first, second):
            try:
                with store.writing() as tx:
                    events.touch(tx, f"person:{first}")
                    both.wait()
                    events.touch(tx, f"person:{second}")
            except Conflict as error:
                told.append(error.reason)

        threads = [threading.Thread(target=touch, args=pair) for pair in ("ab", "ba")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ["conflict"] == told


def test_a_reader_cannot_write(postgresql):
    """PostgreSQL holds a reading transaction to reading; an error of the store stays what it is."""
    with Store.open(postgresql) as store:
        with pytest.raises(Unavailable), store.reading() as tx:
            directory.put_person(tx, Person("a"))
        with pytest.raises(NotFound), store.reading() as tx:
            directory.person(tx, "a")
