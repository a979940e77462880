"""Tables go up and down with what is in them, agree with the schema, and fit the program or are refused."""

import pytest
from sqlalchemy import inspect, text

import stores
from schedcore.errors import InvalidValue
from schedcore.policy import Person
from schedcore.store import Store, Unavailable, WrongRevision, calendars, directory, events, migrate, migrating, verify
from schedcore.store.engines import engine_of, url_of
from schedcore.store.store import _once


@pytest.fixture
def empty(kind, tmp_path):
    """The URL of a database without tables."""
    return f"sqlite:///{tmp_path}/empty.db" if kind == "sqlite" else stores.new_database()


def fill(store):
    with store.writing() as tx:
        directory.put_person(tx, Person("anna", ["anna@example.com"]))
        events.put(tx, calendars.personal(tx, "anna"), events.Event("u", b"x"))


def tables(url):
    with _once(url) as connection:
        return set(inspect(connection).get_table_names())


def test_up_and_down(empty):
    """From nothing to the head, whose tables are the schema's, down with data in place, and up once more."""
    assert ("base", migrating.head()) == migrate(empty)
    assert migrating.head() == verify(empty)
    with Store.open(empty) as store:
        fill(store)
    assert (migrating.head(), migrating.head()) == migrate(empty)
    with Store.open(empty) as store, store.reading() as tx:
        assert 1 == events.count(tx, "person:anna")
    assert (migrating.head(), "base") == migrate(empty, "base")
    assert {"schedcore_revision"} == tables(empty)
    migrate(empty)
    with Store.open(empty) as store:
        fill(store)
    assert migrating.head() == verify(empty)


def test_each_step_and_back(empty):
    """Every revision can be reached from the one below, and left to it again."""
    with _once(empty) as connection:
        steps = [one.revision for one in migrating._scripts().walk_revisions()][::-1]
        assert steps
        below = migrating.NOTHING
        for step in steps:
            migrating.move(connection, step)
            assert step == migrating.current(connection)
            assert below == migrating.move(connection, below) == migrating.current(connection)
            migrating.move(connection, step)
            below = step


def test_a_change_of_the_schema_is_seen(url):
    """A table that lost a column, or has another index, is not taken for ours."""
    with _once(url) as connection:
        assert [] == migrating.differences(connection)
        connection.execute(text("ALTER TABLE people ADD COLUMN extra TEXT"))
        connection.execute(text("DROP INDEX ix_events_meeting"))
        assert {"remove_column", "add_index"} == {one[0] for one in migrating.differences(connection)}
        with pytest.raises(WrongRevision, match="tables were changed"):
            migrating.verify(connection)
        connection.rollback()


def test_other_revisions_are_refused(url):
    """A store of another revision is not opened, and the error says what to do; nobody migrates a newer one."""

    def say(revision):
        with _once(url) as connection:
            connection.execute(text("UPDATE schedcore_revision SET version_num = :to"), {"to": revision})

    say("9999")
    for refused in (lambda: Store.open(url), lambda: migrate(url), lambda: verify(url)):
        with pytest.raises(WrongRevision, match="newer schedcore") as raised:
            refused()
        assert ("9999", migrating.head()) == (raised.value.found, raised.value.wanted)
    say(migrating.head())
    with pytest.raises(InvalidValue, match="no revision"):
        migrate(url, "nowhere")
    migrate(url, "base")
    with pytest.raises(WrongRevision, match="schedcore migrate"):
        verify(url)
    migrate(url)


def test_an_empty_database(empty, kind):
    """A new SQLite file gets its tables when it is opened; PostgreSQL, which may be others' as well, does not."""
    if kind == "postgresql":
        with pytest.raises(WrongRevision, match="has no tables of schedcore yet: run `schedcore migrate --store URL`"):
            Store.open(empty)
        return
    with Store.open(empty) as store:
        fill(store)
    with Store.open(empty) as store, store.reading() as tx:
        assert 1 == events.count(tx, "person:anna")


def test_somebody_elses_file(tmp_path):
    """A SQLite file with other tables, or none at all of SQLite, stays as it is."""
    theirs = f"sqlite:///{tmp_path}/theirs.db"
    engine = engine_of(url_of(theirs), connections=1, wait=1)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (a TEXT)"))
    engine.dispose()
    with pytest.raises(WrongRevision):
        Store.open(theirs)
    assert {"theirs"} == tables(theirs)
    (tmp_path / "letter").write_text("Dear Anna, this is no database.\n" * 100)
    with pytest.raises(Unavailable) as raised:
        Store.open(f"sqlite:///{tmp_path}/letter")
    assert "damaged" == raised.value.reason
    assert (tmp_path / "letter").read_text().startswith("Dear Anna")


@pytest.mark.parametrize(
    "wrong",
    ["", "file.db", "mysql://root:secret@host/x", "postgresql+asyncpg://u:secret@h/x", "sqlite://secret/file.db",
     "sqlite:///file.db?secret=1", "postgresql://u:secret@h:port/x"],
)  # fmt: skip
def test_wrong_urls(wrong):
    """What is no URL of a store is refused without repeating what may be a password."""
    with pytest.raises(InvalidValue, match="the store's URL") as raised:
        Store.open(wrong)
    assert "secret" not in str(raised.value)
