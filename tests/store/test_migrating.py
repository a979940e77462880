"""Tables go up and down with what is in them, agree with the schema, and fit the program or are refused."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import inspect, make_url, text

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
        assert ["column people.extra is not schedcore's", "index ix_events_meeting is missing"] == sorted(
            migrating.differences(connection)
        )
        with pytest.raises(WrongRevision, match="tables were changed"):
            migrating.verify(connection)
        connection.rollback()


def test_differences_are_named(url):
    """Tables, columns, indexes and keys by their names; of a table that is missing, its indexes are not told too."""
    with _once(url) as connection:
        for change in (
            "DROP TABLE votes",
            "CREATE TABLE theirs (a TEXT)",
            "CREATE INDEX theirs_a ON theirs (a)",
            "ALTER TABLE polls RENAME COLUMN data TO other",
            "DROP TABLE addresses",
            "CREATE TABLE addresses (address TEXT NOT NULL PRIMARY KEY, person BIGINT NOT NULL, place BIGINT)",
        ):
            connection.execute(text(change))
        assert [
            "column addresses.person has another type",
            "column addresses.place has another nullability",
            "column polls.data is missing",
            "column polls.other is not schedcore's",
            "foreign key of addresses (person) is missing",
            "index ix_addresses_person is missing",
            "table theirs is not schedcore's",
            "table votes is missing",
        ] == sorted(migrating.differences(connection))
        connection.rollback()


def test_differences_of_postgresql(tmp_path):
    """Comments and constraints, which SQLite has not, or takes only with the whole table."""
    url = stores.fresh("postgresql", tmp_path)
    with _once(url) as connection:
        for change in (
            "COMMENT ON TABLE votes IS 'Do not touch'",
            "COMMENT ON COLUMN votes.voter IS 'Who'",
            "ALTER TABLE people ADD CONSTRAINT one_name UNIQUE (name)",
            "ALTER TABLE voters DROP CONSTRAINT fk_voters_poll",
        ):
            connection.execute(text(change))
        assert [
            "column votes.voter has another comment",
            "comment of table votes is not schedcore's",
            "foreign key of voters (poll) is missing",
            "unique constraint of people (name) is not schedcore's",
        ] == sorted(migrating.differences(connection))
        connection.rollback()
    stores.give_back(url)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["DROP TABLE schedcore_revision"], "not known to be schedcore's: addresses, .* more; use another database"),
        (["DELETE FROM schedcore_revision"], "not known to be schedcore's: addresses, .* more; use another database"),
        (
            ["DROP TABLE schedcore_revision", "CREATE TABLE schedcore_revision (a TEXT)"],
            "not known to be schedcore's: schedcore_revision; use another database",
        ),
        (["INSERT INTO schedcore_revision VALUES ('0000')"], r"has 2 rows, \['0000', '0001'\].*restore it from a copy"),
    ],
)
def test_a_revision_that_cannot_be_told(url, changes, said):
    """Whoever opens, looks or migrates is told the same, and nothing is made or taken away."""
    with _once(url) as connection:
        for change in changes:
            connection.execute(text(change))
    before = tables(url)
    try:
        for refused in (
            lambda: Store.open(url),
            lambda: verify(url),
            lambda: migrate(url),
            lambda: migrate(url, "base"),
        ):
            with pytest.raises(WrongRevision, match=said):
                refused()
        assert before == tables(url)
    finally:  # for the next test that is given the database
        with _once(url) as connection:
            connection.execute(text("DROP TABLE IF EXISTS schedcore_revision"))
            connection.execute(text("CREATE TABLE schedcore_revision (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            connection.execute(text("INSERT INTO schedcore_revision VALUES (:head)"), {"head": migrating.head()})


@pytest.mark.parametrize("taken", ["CREATE TABLE votes (a TEXT)", "CREATE VIEW votes AS SELECT 1 AS a"])
def test_one_name_that_is_taken(empty, taken):
    """A table or view of somebody else's has the name of one of ours."""
    with _once(empty) as connection:
        connection.execute(text(taken))
    for refused in (lambda: Store.open(empty), lambda: verify(empty), lambda: migrate(empty)):
        with pytest.raises(WrongRevision, match="not known to be schedcore's: votes; use another database"):
            refused()


def test_names_of_either_case(tmp_path):
    """SQLite has one table by the names Votes and votes."""
    url = f"sqlite:///{tmp_path}/a.db"
    with _once(url) as connection:
        connection.execute(text("CREATE TABLE Votes (a TEXT)"))
    with pytest.raises(WrongRevision, match="schedcore's: votes;"):
        migrate(url)


def test_a_step_that_cannot_be_done(empty):
    """Tables that are not as a step expects them are told, and none of it is done."""
    migrate(empty)
    with _once(empty) as connection:
        connection.execute(text("DROP TABLE votes"))
    before = tables(empty)
    with pytest.raises(WrongRevision, match=r"from revision 0001 to base, and nothing was done: .*votes.*; its tables"):
        migrate(empty, "base")
    assert before == tables(empty)
    with _once(empty) as connection:
        assert migrating.head() == migrating.current(connection)


def test_a_user_who_may_not():
    """Of PostgreSQL: who may not make tables is told so, and not that they were changed."""
    url = stores.new_database()
    with _once(url) as connection:
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    other = make_url(url).update_query_dict({"options": "-c role=pg_monitor"}).render_as_string(hide_password=False)
    with pytest.raises(Unavailable, match="does not let this user do it"):
        migrate(other)
    migrate(url)
    with pytest.raises(Unavailable, match="does not let this user do it"):
        verify(other)


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


def test_looking_at_what_a_killed_process_left(tmp_path):
    """A transaction that was not finished is rolled back, as whoever opens the file next must."""
    file, left = tmp_path / "a.db", tmp_path / "left.db"
    Store.open(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size=1")  # so that pages are written before the commit
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE strange AS SELECT randomblob(100000)")
        for end in ("", "-journal"):
            shutil.copy(f"{file}{end}", f"{left}{end}")
    assert migrating.head() == verify(f"sqlite:///{left}")
    assert {"a.db", "left.db"} == {one.name for one in tmp_path.iterdir()}
