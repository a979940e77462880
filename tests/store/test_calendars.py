"""Calendars, their events and their columns: kept, found by page and window, and told apart by version and revision."""

import pytest

from schedcore.errors import InvalidValue
from schedcore.policy import (
    ExternalCalendar,
    Grant,
    Group,
    GroupCalendar,
    Person,
    PersonalCalendar,
    Publication,
    Right,
)
from schedcore.store import Exists, NotFound, Stale, calendars, columns, directory, events

SHOWN = [
    calendars.Shown(
        "1",
        PersonalCalendar(
            "anna", None, [Grant(Right.READ, member="ben"), Grant(Right.READ_WRITE, group="sales")],
            Publication.BUSY_FREE, "Europe/Zurich",
        ),
        "Mine",
    ),
    calendars.Shown("2", GroupCalendar("sales", None, [Grant(Right.READ, member="anna")], Publication.DETAILS)),
    calendars.Shown("3", ExternalCalendar("ben", None, "UTC"), "Holidays", "https://example.com/h.ics", "HTTP 500"),
]  # fmt: skip


@pytest.fixture
def kept(store):
    """A store with one calendar of each kind."""
    with store.writing() as tx:
        for id in ("anna", "ben"):
            directory.put_person(tx, Person(id))
        directory.put_group(tx, Group("sales", ["anna", "ben"]))
        for shown in SHOWN:
            calendars.create(tx, shown)
    return store


def same(expected, found):
    """Whether a calendar is what was kept; its revision is the store's."""
    return (expected.id, expected.calendar, expected.name, expected.address, expected.unreadable) == (
        found.id, found.calendar, found.name, found.address, found.unreadable
    )  # fmt: skip


def test_they_come_back(kept):
    """Each kind of calendar comes back with its grants, alone and among many, and is found by whose it is."""
    with kept.reading() as tx:
        several = calendars.many(tx, ["3", "1", "no", "2"])
        assert ["1", "2", "3"] == sorted(several)
        for shown in SHOWN:
            assert same(shown, calendars.get(tx, shown.id).value)
            assert several[shown.id] == calendars.get(tx, shown.id)
        assert ["2", "3"] == calendars.listing(tx, after="1")
        assert ["1"] == calendars.listing(tx, limit=1)
        assert ["3"] == calendars.of_person(tx, "ben")
        assert "2" == calendars.of_group(tx, "sales")
        assert calendars.of_group(tx, "other") is None
        assert ["1", "2"] == calendars.granted_to(tx, "anna", ["sales"])
        assert ["1"] == calendars.granted_to(tx, "ben", [])


@pytest.mark.rule("U3")
def test_own_calendars_are_one_each(kept):
    """Everybody and every group has one calendar of their own (U3); `personal` finds it or makes it."""
    with kept.writing() as tx:
        assert "1" == calendars.personal(tx, "anna")
        made = calendars.personal(tx, "ben")
        assert [made] == [id for id in calendars.of_person(tx, "ben") if id != "3"]
        assert made == calendars.personal(tx, "ben")
    for calendar in (PersonalCalendar("anna", None), GroupCalendar("sales", None)):
        with pytest.raises(Exists), kept.writing() as tx:
            calendars.create(tx, calendars.Shown("another", calendar))


def test_refused(kept):
    """What is not there, taken, stale or of another kind is refused."""
    cases = [
        (NotFound, lambda tx: calendars.get(tx, "no")),
        (NotFound, lambda tx: calendars.put(tx, calendars.Shown("no", PersonalCalendar("anna", None)))),
        (NotFound, lambda tx: calendars.remove(tx, "no")),
        (NotFound, lambda tx: calendars.personal(tx, "nobody")),
        (NotFound, lambda tx: calendars.create(tx, calendars.Shown("4", ExternalCalendar("nobody", None)))),
        (NotFound, lambda tx: calendars.create(tx, calendars.Shown("4", GroupCalendar("nobody", None)))),
        (
            NotFound,
            lambda tx: calendars.put(
                tx, calendars.Shown("1", PersonalCalendar("anna", None, [Grant(Right.READ, member="nobody")]))
            ),
        ),
        (Exists, lambda tx: calendars.create(tx, calendars.Shown("1", ExternalCalendar("ben", None)))),
        (InvalidValue, lambda tx: calendars.create(tx, calendars.Shown("", ExternalCalendar("ben", None)))),
        (Stale, lambda tx: calendars.put(tx, SHOWN[0], "0")),
        (Stale, lambda tx: calendars.remove(tx, "1", "0")),
        (InvalidValue, lambda tx: calendars.put(tx, calendars.Shown("1", PersonalCalendar("ben", None)))),
        (InvalidValue, lambda tx: calendars.put(tx, calendars.Shown("1", ExternalCalendar("anna", None)))),
    ]
    for error, call in cases:
        with pytest.raises(error), kept.writing() as tx:
            call(tx)


def test_version_and_revision(kept):
    """What a calendar says of itself moves its version, what is in it its revision; a directory's change neither."""
    with kept.reading() as tx:
        start = calendars.heads(tx, ["1", "no"])
    assert ["1"] == list(start.calendars)
    with kept.writing() as tx:
        calendars.put(tx, SHOWN[0])
    with kept.reading() as tx:
        shown = calendars.heads(tx, ["1"])
    assert shown.calendars["1"].version > start.calendars["1"].version
    assert shown.calendars["1"].revision == start.calendars["1"].revision
    with kept.writing() as tx:
        events.put(tx, "1", events.Event("u", b"x"))
    with kept.reading() as tx:
        filled = calendars.heads_of(tx, ["anna", "ben"])
    assert {"anna": "1"} == filled.ids
    assert filled.calendars["anna"].version == shown.calendars["1"].version
    assert filled.calendars["anna"].revision > shown.calendars["1"].revision
    with kept.writing() as tx:
        directory.put_person(tx, Person("carla"))
    with kept.reading() as tx:
        assert filled.directory + 1 == calendars.heads(tx, ["1"]).directory == calendars.heads(tx, []).directory


def test_a_revision_is_never_used_again(kept):
    """A calendar that was deleted and made anew has other numbers, so that nothing kept of the old one fits it."""
    with kept.writing() as tx:
        events.put(tx, "1", events.Event("u", b"x"))
        before = calendars.heads(tx, ["1"]).calendars["1"]
    with kept.writing() as tx:
        calendars.remove(tx, "1")
    with kept.writing() as tx:
        calendars.create(tx, SHOWN[0])
        after = calendars.heads(tx, ["1"]).calendars["1"]
        assert 0 == events.count(tx, "1")
    assert min(after) > max(before)


def test_events(kept):
    """Events are kept by UID, replaced, paged, found by UIDs, meeting and window, and removed."""
    first = events.Event("a", b"\0\xff bytes", True, "m1", 100, 200)
    several = [events.Event(uid, uid.encode(), False, None, at, at + 50) for uid, at in (("b", 150), ("c", 300))]
    with kept.writing() as tx:
        etag = events.put(tx, "1", first, new=True)
        events.put_many(tx, "1", several)
        events.put(tx, "2", events.Event("a", b"other", meeting="m1"))
    with kept.reading() as tx:
        assert first == events.get(tx, "1", "a").value
        assert [first, *several] == [one.value for one in events.all_of(tx, "1")]
        assert ["b"] == [one.value.uid for one in events.all_of(tx, "1", after="a", limit=1)]
        assert ["a", "b"] == [one.value.uid for one in events.all_of(tx, "1", limit=2)]
        assert {"c", "a"} == set(events.many(tx, "1", ["c", "a", "no"]))
        assert 3 == events.count(tx, "1")
        assert {one.value.uid: one.etag for one in events.all_of(tx, "1")} == events.versions(tx, "1")
        assert [("1", "a"), ("2", "a")] == events.of_meeting(tx, "m1")
        windows = {(0, 100): "", (0, 101): "a", (199, 200): "ab", (201, 300): "", (200, 301): "abc"}
        for (start, end), expected in windows.items():
            assert expected == "".join(one.value.uid for one in events.between(tx, "1", start, end)), (start, end)
        assert ["a"] == [one.value.uid for one in events.between(tx, "2", 5, 6)]
    with kept.writing() as tx:
        newer = events.put(tx, "1", events.Event("a", b"new"), etag)
        assert int(newer) > int(etag)
        events.remove_many(tx, "1", ["b", "no"])
        events.remove(tx, "1", "c")
    with kept.reading() as tx:
        assert [b"new"] == [one.value.ics for one in events.all_of(tx, "1")]
    cases = [
        (Stale, lambda tx: events.put(tx, "1", first, etag)),
        (Stale, lambda tx: events.remove(tx, "1", "a", etag)),
        (Exists, lambda tx: events.put(tx, "1", first, new=True)),
        (NotFound, lambda tx: events.put(tx, "no", first)),
        (NotFound, lambda tx: events.put(tx, "1", several[0], etag)),
        (NotFound, lambda tx: events.remove(tx, "1", "no")),
        (NotFound, lambda tx: events.get(tx, "1", "no")),
    ]
    for error, call in cases:
        with pytest.raises(error), kept.writing() as tx:
            call(tx)


def test_columns_are_of_one_revision(kept):
    """Columns are given for the revision they were made of and no other, and are not kept once it has moved on."""
    with kept.writing() as tx:
        at = {id: calendars.heads(tx, [id]).calendars[id].revision for id in ("1", "2")}
        assert columns.put(tx, "1", at["1"], b"old")
        assert columns.put(tx, "1", at["1"], b"made again")
        assert not columns.put(tx, "2", at["2"] - 1, b"too late")
        assert not columns.put(tx, "no", 1, b"gone")
    with kept.reading() as tx:
        assert {"1": b"made again"} == columns.get(tx, at)
        assert {"1": (at["1"], b"made again")} == columns.latest(tx, ["1", "2"])
    with kept.writing() as tx:
        was, at["1"] = at["1"], events.touch(tx, "1")
    with kept.reading() as tx:
        assert {} == columns.get(tx, at)
        assert {"1": (was, b"made again")} == columns.latest(tx, ["1"])


def test_a_thousand_at_once(kept):
    """A list of keys goes in one parameter, longer than SQLite takes parameters (32,766)."""
    with kept.reading() as tx:
        assert {"1", "2"} == set(calendars.heads(tx, [*map(str, range(5, 40_000)), "1", "2"]).calendars)
