"""Questions that are answered where they arrive, without waiting for the store: the same answers, or not at once."""

from __future__ import annotations

import sqlite3

import pytest

from schedcore.policy import Directory, Group, Person, PersonalCalendar
from schedcore.service.calls import Call, Caller, NotAtOnce
from schedcore.service.freebusy import FreeBusy
from schedcore.service.holdings import Question
from schedcore.store import Store, calendars, directory, events
from schedcore.v1 import freebusy_pb2 as pb
from service.offices import ics, vevent, window

WEEKLY = ics(vevent("1", "RRULE:FREQ=WEEKLY"))
PRIVATE = ics(vevent("2", "CLASS:PRIVATE", start="20261020T090000Z", end="20261020T100000Z"))
#: One on each of many days.
RDATES = "RDATE:" + ",".join(f"{2027 + n // 336}{n // 28 % 12 + 1:02}{n % 28 + 1:02}T120000Z" for n in range(600))
MOVED = ics(
    vevent("1", "RRULE:FREQ=DAILY"),
    vevent("1", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261021T120000Z", start="20261021T130000Z", end="20261021T150000Z"),
)


class Desk:
    """Anna and Ben in one group, Anna with a calendar, in a store of its own; and a service asked in this process."""

    def __init__(self, url: str) -> None:
        self.store = Store.open(url)
        self.service = FreeBusy()
        people = [Person(name) for name in ("anna", "ben")]
        with self.store.writing() as tx:
            for person in people:
                directory.put_person(tx, person)
            directory.put_group(tx, Directory(people, [Group("sales", ["anna", "ben"])]).groups[0])
            calendars.create(tx, calendars.Shown("a", PersonalCalendar("anna", None, tz="UTC")))
        self.put(WEEKLY)
        self.put(PRIVATE, "2")

    def put(self, text: str, uid: str = "1") -> None:
        with self.store.writing() as tx:
            events.put_many(tx, "a", [events.Event(uid, text.encode(), True, None, 0, 1 << 40)])

    def ask(self, who: str, rpc: str = "Query", *, at_once: bool = False, **parts):
        request = {"Query": pb.QueryRequest, "StatusAt": pb.StatusAtRequest}[rpc]
        given = {"window": window()} if rpc == "Query" else {}
        call = Call(Caller(who or None), store=self.store, at_once=at_once)
        subjects = [pb.Subject(calendar=id) for id in parts.pop("ids", ["a"])]
        return getattr(self.service, rpc)(call, request(subjects=subjects, **{**given, **parts}))

    def warm(self) -> None:
        """Ask until all is in memory: the whole directory is loaded the second time, prepared columns are stored."""
        for _ in range(3):
            self.ask("anna", window=window(2))

    def answers_at_once(self, who: str, rpc: str = "Query", **parts) -> bool:
        try:
            self.ask(who, rpc, at_once=True, **parts)
        except NotAtOnce:
            return False
        return True


@pytest.fixture
def desk(tmp_path):
    desk = Desk(f"sqlite:///{tmp_path / 'store.db'}")
    yield desk
    desk.store.close()


def test_the_same_answer_at_once(desk):
    """What was asked once is answered at once: as told by a worker, to everybody what they may know, and no more."""
    assert not desk.answers_at_once("anna")
    desk.warm()
    for who in ("anna", "ben", "eve", ""):
        told = desk.ask(who, window=window(3))
        assert told == desk.ask(who, window=window(3), at_once=True)
        assert told != desk.ask(who, window=window(4), at_once=True)
    blocks = {who: len(desk.ask(who, at_once=True).people[0].blocks) for who in ("anna", "ben", "eve", "")}
    assert {"anna": 2, "ben": 1, "eve": 0, "": 0} == blocks


def test_another_question_at_once(desk):
    """The calendar in memory answers other windows, and other questions, that nobody has asked before."""
    desk.warm()
    found = {days: desk.ask("ben", at_once=True, window=window(days)) for days in (1, 2, 5, 30)}
    assert [1, 1, 1, 5] == [len(one.people[0].blocks) for one in found.values()]
    status = desk.ask("ben", "StatusAt", at_once=True)
    desk.service = FreeBusy()
    assert found == {days: desk.ask("ben", window=window(days)) for days in found}
    assert status.subjects[0].status == desk.ask("ben", "StatusAt").subjects[0].status


def test_not_after_a_commit(desk, tmp_path):
    """Anything that is committed, by whomever, has the store asked again; what changed is in the next answer."""
    desk.warm()
    assert desk.answers_at_once("ben")
    desk.put(ics(vevent("1")))
    assert not desk.answers_at_once("ben")
    assert 1 == len(desk.ask("ben", window=window(14)).people[0].blocks)
    desk.warm()
    assert desk.answers_at_once("ben")
    other = sqlite3.connect(tmp_path / "store.db")
    other.execute("UPDATE calendars SET name = 'x'")
    other.commit()
    other.close()
    assert not desk.answers_at_once("ben")
    with desk.store.writing() as tx:
        directory.put_group(tx, Group("sales", ["anna"]))
    assert 0 == len(desk.ask("ben").people[0].blocks)
    desk.warm()
    assert desk.answers_at_once("ben") and 0 == len(desk.ask("ben", at_once=True).people[0].blocks)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (ics(vevent("1", "RRULE:FREQ=MINUTELY")), {}),
        (ics(vevent("1", "RRULE:FREQ=DAILY;BYHOUR=1,2,3")), {}),
        (MOVED, {}),
        (ics(vevent("1", RDATES)), {}),
        (ics(vevent("1", "RRULE:FREQ=DAILY")), {"ids": ["a", "a", "a"], "window": window(200)}),
    ],
)
def test_what_may_take_long_is_not_computed_there(desk, text, parts):
    """Rules below a day, overrides that are no rows, many dates, long windows; a short answer that is kept is given."""
    desk.put(text)
    desk.warm()
    told = desk.ask("anna", **parts)
    assert not desk.answers_at_once("anna", **{**parts, "window": window(201 if parts else 3)})
    assert told == desk.ask("anna", at_once=True, **parts)


def test_a_long_answer_is_not_written_there(desk):
    """Though it is kept, and given by a worker."""
    desk.put(ics(vevent("1", "RRULE:FREQ=MINUTELY;INTERVAL=2;COUNT=3000", end="20261019T120100Z")))
    desk.warm()
    told = desk.ask("anna", window=window(5))
    assert 64 << 10 < told.ByteSize()
    assert not desk.answers_at_once("anna", window=window(5))
    assert told is desk.ask("anna", window=window(5))


def test_no_name_is_kept_that_could_be_none(desk):
    """What strangers send takes no memory: a name that is longer than any id is not remembered."""
    desk.warm()
    desk.ask("anna", ids=["x" * 513])
    assert not desk.answers_at_once("anna", ids=["x" * 513], window=window(1))
    desk.ask("anna", ids=["x" * 512])
    assert desk.answers_at_once("anna", ids=["x" * 512], window=window(1))


def test_nothing_is_kept_of_two_moments(desk, monkeypatch):
    """What is committed between the question of the state and the transaction: heads are not kept for that state."""
    desk.warm()
    desk.put(ics(vevent("1", "RRULE:FREQ=DAILY")))
    told, before = desk.store.state, desk.store.state()

    def state():
        monkeypatch.setattr(desk.store, "state", told)
        desk.put(ics(vevent("1", "RRULE:FREQ=DAILY")))
        return before

    question = Question([("calendar", "a")], "anna", before, lambda: None)
    monkeypatch.setattr(desk.store, "state", state)
    desk.ask("anna")
    assert desk.service.holdings.recall(question) is None
    desk.ask("anna")
    assert desk.service.holdings.recall(question._replace(state=told())) is not None
