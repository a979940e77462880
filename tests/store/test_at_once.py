"""Many at once: what is acknowledged is what is there, and nothing is given twice.

Each thread has a connection of its own and runs a conflict again, as the server does.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from schedcore.policy import Person
from schedcore.store import Conflict, Exists, Stale, calendars, changes, directory, events, polls, requests

VOTERS = [f"v{number}" for number in range(32)]


def write(store, work):
    """Run a function in a writing transaction, and again after a conflict; how often it took."""
    for times in range(1, 50):
        try:
            with store.writing() as tx:
                return work(tx), times
        except Conflict:
            continue
    raise AssertionError("50 conflicts one after the other")


def all_at_once(works):
    """What functions give that begin at the same moment, each in a thread; what they raise is given too."""
    gate = threading.Barrier(len(works))

    def run(work):
        gate.wait()
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def make(store, limited=False):
    with store.writing() as tx:
        polls.create(tx, "p", "{}", state="open", limited=limited, names=VOTERS, voters=VOTERS)


class Closed(Exception):
    """The poll was not open."""


def cast(voter, vote=2):
    def work(tx):
        if polls.head(tx, "p", "vote").state != "open":
            raise Closed
        assert polls.lock_voter(tx, "p", voter)
        return polls.set_votes(tx, "p", [(voter, 1, vote)], at=1, by=voter)

    return work


def close(tx):
    assert polls.head(tx, "p", "edit").state == "open"
    polls.save(tx, "p", "{}", state="closed", limited=False, names=VOTERS, voters=VOTERS)
    return len(polls.votes_of(tx, "p"))


def test_votes_and_a_close(store):
    """32 vote while the poll is closed: who was told "counted" is counted, by the close as well, and nobody else."""
    make(store)
    works = [lambda voter=voter: write(store, cast(voter)) for voter in VOTERS]
    works.insert(16, lambda: write(store, close))
    results = all_at_once(works)
    seen = results.pop(16)[0]
    counted = {voter for voter, result in zip(VOTERS, results, strict=True) if not isinstance(result, Closed)}
    assert [] == [result for result in results if isinstance(result, Exception) and not isinstance(result, Closed)]
    with store.reading() as tx:
        assert counted == {row.voter for row in polls.votes_of(tx, "p")} == {row.voter for row in polls.log(tx, "p")}
    assert len(counted) == seen
    with pytest.raises(Closed):
        write(store, cast("v0", 0))


def test_places_are_not_given_twice(store):
    """32 want one of three places: three get one, the others are told that there is none."""
    make(store, limited=True)

    def take(voter):
        def work(tx):
            polls.head(tx, "p", "vote")
            polls.lock_voter(tx, "p", voter)
            if len(polls.yes_of(tx, "p", [1])) >= 3:
                return False
            polls.set_votes(tx, "p", [(voter, 1, 2)], at=1, by=voter)
            return True

        return work

    results = all_at_once([lambda voter=voter: write(store, take(voter))[0] for voter in VOTERS])
    assert 3 == results.count(True) and 29 == results.count(False)
    with store.reading() as tx:
        assert 3 == len(polls.yes_of(tx, "p", [1]))


def test_places_made_few_while_voting(store):
    """A vote that began when places were many, and finds them few, is run again and holds the poll alone."""
    make(store)
    tried = []

    def vote(tx):
        tried.append(None)
        head = polls.head(tx, "p", "vote")
        polls.set_votes(tx, "p", [("v0", 1, 2)], at=1, by="v0")
        return head.limited

    with ThreadPoolExecutor(1) as pool:
        with store.writing() as tx:
            polls.head(tx, "p", "edit")
            waiting = pool.submit(write, store, vote)
            polls.save(tx, "p", "{}", state="open", limited=True, names=[], voters=["v0"])
            threading.Event().wait(0.2)  # the vote has read the head by then, and waits for the row
        assert True is waiting.result()[0]
    assert len(tried) in (1, 2)


def test_one_voter_twice(store):
    """Two calls of one voter come one after the other: the log of their vote is an unbroken chain."""
    make(store)
    all_at_once([lambda vote=vote: write(store, cast("v0", vote)) for vote in [0, 1, 2] * 5])
    with store.reading() as tx:
        log = polls.log(tx, "p", voter="v0")
        votes = polls.votes_of(tx, "p")
    assert [None, *(row.new for row in log)] == [*(row.old for row in log), votes[0].vote]
    assert 1 == len(votes)


def test_two_editors(store):
    """Of 16 edits with one etag one is taken; all others are told that it is stale."""
    with store.writing() as tx:
        directory.put_person(tx, Person("anna"))
        id = calendars.personal(tx, "anna")
        etag = events.put(tx, id, events.Event("u", b"start"))
    edits = [
        lambda text=b"%d" % number: write(store, lambda tx: events.put(tx, id, events.Event("u", text), etag))
        for number in range(16)
    ]
    results = all_at_once(edits)
    taken = [at for at, result in enumerate(results) if not isinstance(result, Stale)]
    assert 1 == len(taken)
    with store.reading() as tx:
        found = events.get(tx, id, "u")
    assert (b"%d" % taken[0], results[taken[0]][0]) == (found.value.ics, found.etag)


def test_read_then_write(store):
    """8 threads that read and then write lose nothing, and none is told that the database is locked."""
    with store.writing() as tx:
        directory.put_person(tx, Person("anna"))
        id = calendars.personal(tx, "anna")
        events.put(tx, id, events.Event("u", b"0"))

    def more(tx):
        found = events.get(tx, id, "u")
        events.put(tx, id, events.Event("u", b"%d" % (int(found.value.ics) + 1)), found.etag)

    def many():
        return [write(store, more)[1] for _ in range(10)]

    results = all_at_once([many] * 8)
    assert [[1] * 10] * 8 == results
    with store.reading() as tx:
        assert b"80" == events.get(tx, id, "u").value.ics


def test_versions_grow(store):
    """Versions of one thing grow in the order in which its changes are committed, and none is used twice."""
    with store.writing() as tx:
        directory.put_person(tx, Person("anna"))
        id = calendars.personal(tx, "anna")
    seen = []

    def put(tx):
        etag = events.put(tx, id, events.Event("u", b""))
        seen.append(int(etag))  # the calendar is held: in order of commits

    all_at_once([lambda: write(store, put)] * 16)
    assert sorted(set(seen)) == seen and 16 == len(seen)


def test_own_calendars_made_at_once(store):
    """Whoever asks for a calendar that is not there yet gets the same one."""
    with store.writing() as tx:
        directory.put_person(tx, Person("anna"))
    results = all_at_once([lambda: write(store, lambda tx: calendars.personal(tx, "anna"))] * 12)
    assert {("person:anna", 1)} == set(results)


def test_a_request_is_done_once(store):
    """Of 12 equal requests at once one does the work, and all give its answer."""

    def work(tx):
        found = requests.find(tx, "anna", "Create", "r1")
        if found is not None:
            return found[1]
        answer = b"%d" % tx.mark("meeting", "m")  # another number each time that it is done
        requests.keep(tx, "anna", "Create", "r1", b"hash", answer, 1)
        return answer

    answers = all_at_once([lambda: write(store, work)[0]] * 12)
    with store.reading() as tx:
        assert 1 == len(changes.after(tx, "0.0", ["meeting"]))
    assert 1 == len(set(answers))


def test_people_at_once(store):
    """Changes of the directory come one after the other: an address goes to one, and each moves the revision."""

    def put(number):
        return lambda: write(
            store, lambda tx: directory.put_person(tx, Person(f"p{number}", ["a@example.com"]), new=True)
        )

    results = all_at_once([put(number) for number in range(12)])
    assert 11 == sum(isinstance(one, Exists) for one in results)
    with store.reading() as tx:
        assert 1 == directory.revision(tx) == len(directory.load(tx).people)


def test_a_reader_sees_one_moment(store):
    """What a reader has seen it sees again, whatever is written meanwhile where the database lets a writer go on."""
    make(store)
    with store.reading() as tx:
        assert [] == polls.votes_of(tx, "p")
        with ThreadPoolExecutor(1) as pool:
            writer = pool.submit(write, store, cast("v0"))
            threading.Event().wait(0.2)
            assert [] == polls.votes_of(tx, "p")
            tx.connection.rollback()  # on SQLite's rollback journal the writer waits for this
            writer.result(timeout=30)
    with store.reading() as tx:
        assert 1 == len(polls.votes_of(tx, "p"))


def test_watchers_miss_nothing(store):
    """A watcher that reads all the while is told of every vote, though transactions commit out of order."""
    make(store)
    with store.reading() as tx:
        cursor = changes.newest(tx)
    told, done = [], threading.Event()

    def watch():
        nonlocal cursor
        while True:
            last = done.is_set()
            with store.reading() as tx:
                found = changes.after(tx, cursor, ["poll"])
            told.extend(one.who for one in found)
            cursor = found[-1].cursor if found else cursor
            if last and not found:
                return
            done.wait(0.002)

    def slow(voter):
        def work(tx):
            result = cast(voter)(tx)
            threading.Event().wait(int(voter[1:]) % 4 * 0.004)  # the number is taken, the commit comes later
            return result

        return work

    watcher = threading.Thread(target=watch)
    watcher.start()
    all_at_once([lambda voter=voter: write(store, slow(voter)) for voter in VOTERS])
    done.set()
    watcher.join(timeout=30)
    assert sorted(VOTERS) == sorted(told)
