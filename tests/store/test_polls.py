"""Polls, votes and their log; meetings, settings, requests and the log of changes."""

import pytest

from schedcore.errors import InvalidValue
from schedcore.policy import Person
from schedcore.store import (
    Conflict,
    Exists,
    NotFound,
    Stale,
    changes,
    directory,
    meetings,
    polls,
    requests,
    settings,
)  # fmt: skip


def make(tx, id="p", limited=False, voters=("ben", "carla")):
    """A poll of Anna's."""
    names = ["anna", *voters, "ben@example.com"]
    return polls.create(tx, id, "{}", state="open", limited=limited, names=names, voters=voters)


def test_a_poll(store):
    """A poll is found by its people, changes with its etag, and votes leave the etag alone."""
    with store.writing() as tx:
        etag = make(tx)
        make(tx, "q", voters=("ben",))
    with store.writing() as tx:
        assert polls.Head("open", False, etag) == polls.head(tx, "p", "vote")
        assert polls.lock_voter(tx, "p", "ben") and not polls.lock_voter(tx, "p", "nobody")
        polls.set_votes(tx, "p", [("ben", 1, 2)], at=5, by="ben")
    with store.reading() as tx:
        assert ("{}", etag) == polls.data(tx, "p")
        assert ["p", "q"] == polls.named(tx, ["ben", "ben@example.com"])
        assert ["q"] == polls.named(tx, ["anna"], after="p")
        assert ["p"] == polls.named(tx, ["carla"])
        assert ["p"] == polls.named(tx, ["anna"], limit=1)
        assert polls.head(tx, "no") is None
    with store.writing() as tx:
        saved = polls.save(
            tx, "p", "new", state="closed", limited=True, names=["anna"], voters=["ben"], etag=etag
        )  # fmt: skip
    with store.writing() as tx:
        assert polls.Head("closed", True, saved) == polls.head(tx, "p", "edit")
        assert ["q"] == polls.named(tx, ["ben"])
        assert not polls.lock_voter(tx, "p", "carla")
        with pytest.raises(Stale):
            polls.save(tx, "p", "", state="open", limited=False, names=[], voters=[], etag=etag)
    with store.writing() as tx:
        assert polls.head(tx, "no", "vote") is None
        with pytest.raises(NotFound):
            polls.remove(tx, "no")


def test_votes_and_their_log(store):
    """Votes are one a voter and option; the log says each change of them, and nothing that was none."""
    with store.writing() as tx:
        make(tx)
        assert 2 == polls.set_votes(tx, "p", [("ben", 1, 2), ("ben", 2, 0)], at=5, by="ben")
    with store.writing() as tx:
        assert 0 == polls.set_votes(tx, "p", [("ben", 1, 2)], at=6, by="ben")
        said = [("ben", 2, None), ("carla", 1, 1), ("carla", 2, None), ("ben", 1, 1)]
        assert 3 == polls.set_votes(tx, "p", said, at=7, by="anna")
    with store.reading() as tx:
        assert [("ben", 1, 1, 7), ("carla", 1, 1, 7)] == [tuple(row) for row in polls.votes_of(tx, "p")]
        assert [("carla", 1, 1, 7)] == [tuple(row) for row in polls.votes_of(tx, "p", ["carla", "no"])]
        log = polls.log(tx, "p")
        assert [
            ("ben", 1, None, 2, 5, "ben"),
            ("ben", 2, None, 0, 5, "ben"),
            ("ben", 2, 0, None, 7, "anna"),
            ("carla", 1, None, 1, 7, "anna"),
            ("ben", 1, 2, 1, 7, "anna"),
        ] == [(row.voter, row.option_number, row.old, row.new, row.at, row.changed_by) for row in log]
        assert log[3:] == polls.log(tx, "p", after=log[2].seq)
        assert log[:1] == polls.log(tx, "p", limit=1)
        assert [log[3]] == polls.log(tx, "p", voter="carla")


def test_who_says_yes(store):
    """Of options with few places only the yes are read."""
    with store.writing() as tx:
        make(tx)
        said = [("ben", 1, 2), ("ben", 2, 2), ("carla", 1, 1), ("carla", 3, 2)]
        polls.set_votes(tx, "p", said, at=5, by="ben")
        assert [("ben", 1), ("carla", 3)] == [(row.voter, row.option_number) for row in polls.yes_of(tx, "p", [1, 3])]
        assert [] == polls.yes_of(tx, "p", [])


@pytest.mark.rule("L25")
def test_a_deleted_poll_takes_everything(store):
    """Of a deleted poll nothing is left, neither votes nor their log, but that its id was used."""
    with store.writing() as tx:
        etag = make(tx)
        make(tx, "q")
        for id in "pq":
            polls.set_votes(tx, id, [("ben", 1, 2)], at=5, by="ben")
    with store.writing() as tx:
        polls.remove(tx, "p", etag)
    with store.writing() as tx:
        assert [] == polls.log(tx, "p") == polls.votes_of(tx, "p")
        assert ["q"] == polls.named(tx, ["anna", "ben"])
        assert "deleted" == polls.head(tx, "p").state
        assert "" == polls.data(tx, "p")[0]
        assert not polls.lock_voter(tx, "p", "ben")
        assert 1 == len(polls.log(tx, "q")) == len(polls.votes_of(tx, "q"))
        with pytest.raises(Exists):
            make(tx)


def test_meetings(store):
    """A meeting is kept as text and found by the names of its people and by its group."""
    with store.writing() as tx:
        etag = meetings.create(tx, "m1", "one", creator="anna", names=["anna", "ben"])
        meetings.create(tx, "m2", "two", creator="ben", names=["ben", "ben@example.com"], group="sales")
    with store.reading() as tx:
        assert ("one", etag) == (meetings.get(tx, "m1").value, meetings.get(tx, "m1").etag)
        assert ["m1", "m2"] == meetings.named(tx, ["ben", "ben@example.com"])
        assert ["m2"] == meetings.named(tx, ["ben"], after="m1") == meetings.of_group(tx, "sales")
        assert [] == meetings.of_group(tx, "sales", after="m2")
    with store.writing() as tx:
        newer = meetings.save(tx, "m1", "changed", names=["anna"], etag=etag)
        assert ["m2"] == meetings.named(tx, ["ben"])
        meetings.remove(tx, "m2")
    cases = [
        (Stale, lambda tx: meetings.save(tx, "m1", "", names=[], etag=etag)),
        (Stale, lambda tx: meetings.remove(tx, "m1", etag)),
        (NotFound, lambda tx: meetings.get(tx, "m2")),
        (NotFound, lambda tx: meetings.save(tx, "m2", "", names=[])),
        (Exists, lambda tx: meetings.create(tx, "m1", "", creator="anna", names=[])),
    ]
    for error, call in cases:
        with pytest.raises(error), store.writing() as tx:
            call(tx)
    with store.reading() as tx:
        assert newer == meetings.get(tx, "m1").etag


def test_settings(store):
    """Settings are kept by person, kind and name, with etags, and paged by each of both."""
    with store.writing() as tx:
        for person in ("anna", "ben"):
            directory.put_person(tx, Person(person))
            for name in ("1", "2"):
                settings.put(tx, person, "alarm", name, name + person)
        settings.put(tx, "anna", "digest", "", "x")
    with store.reading() as tx:
        assert ["1anna", "2anna"] == [one.value.data for one in settings.of_person(tx, "anna", "alarm")]
        assert ["2anna"] == [one.value.data for one in settings.of_person(tx, "anna", "alarm", after="1")]
        assert ["x"] == [one.value.data for one in settings.of_person(tx, "anna", "digest")]
        assert [] == settings.of_person(tx, "anna", "digest", after="")
        assert ["x"] == [one.value.data for one in settings.of_kind(tx, "digest")]
        first = settings.of_kind(tx, "alarm", limit=3)
        assert ["1anna", "2anna", "1ben"] == [one.value.data for one in first]
        rest = settings.of_kind(tx, "alarm", after=(first[-1].value.person, first[-1].value.name))
        assert ["2ben"] == [one.value.data for one in rest]
        etag = settings.get(tx, "anna", "alarm", "1").etag
    with store.writing() as tx:
        assert int(etag) < int(settings.put(tx, "anna", "alarm", "1", "new", etag))
    cases = [
        (Stale, lambda tx: settings.put(tx, "anna", "alarm", "1", "", etag)),
        (Stale, lambda tx: settings.remove(tx, "anna", "alarm", "1", etag)),
        (NotFound, lambda tx: settings.put(tx, "anna", "alarm", "no", "", etag)),
        (NotFound, lambda tx: settings.put(tx, "nobody", "alarm", "1", "")),
        (NotFound, lambda tx: settings.remove(tx, "anna", "hook", "1")),
        (NotFound, lambda tx: settings.get(tx, "anna", "hook", "1")),
    ]
    for error, call in cases:
        with pytest.raises(error), store.writing() as tx:
            call(tx)
    with store.writing() as tx:
        settings.remove(tx, "anna", "alarm", "1")
        assert ["2anna"] == [one.value.data for one in settings.of_person(tx, "anna", "alarm")]


def test_requests(store):
    """An answer is found by principal, method and id, kept once, and forgotten by its age."""
    with store.writing() as tx:
        requests.keep(tx, "anna", "Cast", "r1", b"hash", b"\0answer", 100)
        requests.keep(tx, "ben", "Cast", "r1", b"other", b"", 200)
    with store.reading() as tx:
        assert (b"hash", b"\0answer") == requests.find(tx, "anna", "Cast", "r1")
        assert requests.find(tx, "anna", "Close", "r1") is None
    with pytest.raises(Conflict), store.writing() as tx:
        requests.keep(tx, "anna", "Cast", "r1", b"hash", b"again", 300)
    with store.writing() as tx:
        assert 1 == requests.purge(tx, 200)
        assert requests.find(tx, "anna", "Cast", "r1") is None
        assert (b"other", b"") == requests.find(tx, "ben", "Cast", "r1")


def test_nothing_stays_of_what_raised(store):
    """A transaction whose block raises leaves nothing, neither what it wrote nor its request id."""
    with pytest.raises(ZeroDivisionError), store.writing() as tx:
        make(tx)
        requests.keep(tx, "anna", "Create", "r1", b"", b"", 1)
        raise ZeroDivisionError
    with store.reading() as tx:
        assert polls.head(tx, "p") is None
        assert requests.find(tx, "anna", "Create", "r1") is None


def test_changes(store):
    """A watcher is told of every change after its cursor, of the kinds it asks for, and whose vote it was."""
    with store.writing() as tx:
        make(tx)
    with store.reading() as tx:
        cursor = changes.newest(tx)
        assert [] == changes.after(tx, cursor, ["poll"])
    with store.writing() as tx:
        polls.set_votes(tx, "p", [("ben", 1, 2), ("ben", 2, 2)], at=1, by="ben")
        meetings.create(tx, "m", "", creator="anna", names=[])
    with store.writing() as tx:
        polls.save(tx, "p", "", state="closed", limited=False, names=[], voters=[])
    with store.reading() as tx:
        found = changes.after(tx, cursor, ["poll", "meeting"])
        assert [("poll", "p", "ben"), ("meeting", "m", None), ("poll", "p", None)] == [
            (one.kind, one.id, one.who) for one in found
        ]
        assert found[1:] == changes.after(tx, found[0].cursor, ["poll", "meeting"])
        assert found[:1] == changes.after(tx, cursor, ["poll"], limit=1)
        assert [] == changes.after(tx, changes.newest(tx), ["poll", "meeting"])
        for wrong in ("", "1", "a.b", "1.-2", "9" * 30 + "." + "9" * 30):
            with pytest.raises(InvalidValue):
                changes.after(tx, wrong, ["poll"])
    with store.writing() as tx:
        assert 4 == changes.purge(tx, tx.now + 1)
        assert [] == changes.after(tx, cursor, ["poll"])
