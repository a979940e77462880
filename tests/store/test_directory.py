"""People, groups and books come back as they went in, and what belongs to whom goes with them."""

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

import stores
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.policy import Contact, Directory, Grant, Group, Person, PersonalCalendar, Right
from schedcore.store import Exists, NotFound, Stale, Store, calendars, directory, events, settings

ANNA = Person("anna", ["anna@example.com", "a@example.com"], "Anna")
BEN = Person("ben", ["ben@example.com"])
SALES = Group("sales", ["anna", "ben"], "anna", ["ben"], (Contact("Cleo", ["cleo@example.com"]), Contact("No one")))
BOOK = (Contact("Ben", ["ben@example.com", "b@example.com"]), Contact("Ärzte", []))


@pytest.fixture
def team(store):
    """A store with two people, a group and a book."""
    with store.writing() as tx:
        for person in (ANNA, BEN):
            directory.put_person(tx, person, new=True)
        directory.put_group(tx, SALES, new=True)
        directory.put_book(tx, "anna", BOOK)
    return store


def test_it_comes_back(team):
    """What is loaded equals what was kept, one by one and as a whole."""
    with team.reading() as tx:
        assert ANNA == directory.person(tx, "anna").value
        assert SALES == directory.group(tx, "sales").value
        assert BOOK == directory.book(tx, "anna").value
        whole = Directory([ANNA, BEN], [SALES], {"anna": BOOK})
        assert whole == directory.load(tx)
        assert whole == directory.around(tx, ["anna"])
        assert Directory([ANNA, BEN], [SALES]) == directory.around(tx, ["ben"])
        assert {"a@example.com": "anna"} == directory.by_address(tx, ["a@example.com", "nobody@example.com"])


def test_around_stays_near(team):
    """People, groups and books that have nothing to do with those asked for are not loaded."""
    with team.writing() as tx:
        directory.put_person(tx, Person("far"))
        directory.put_group(tx, Group("elsewhere", ["far"]))
        directory.put_book(tx, "far", BOOK)
    with team.reading() as tx:
        found = directory.around(tx, ["ben", "nobody"])
        assert ["anna", "ben"] == [one.id for one in found.people]
        assert ["sales"] == [one.id for one in found.groups]
        assert found.books == {}


def test_pages(store):
    """Ids come in order of their bytes, page by page, on both databases alike."""
    names = ["Zoë", "anna", "Ärzte", "a_b", "ab", "a b", "日本", "😀", "-"]
    with store.writing() as tx:
        for name in names:
            directory.put_person(tx, Person(name))
            directory.put_group(tx, Group(name, [name]))
    with store.reading() as tx:
        for listing in (directory.person_ids, directory.group_ids):
            found = []
            while page := listing(tx, after=found[-1] if found else "", limit=2):
                found += page
            assert sorted(names, key=str.encode) == found


def test_etags(team):
    """An edit with the etag that was read is taken once; etags only grow, also for a person made anew."""
    with team.writing() as tx:
        before = directory.person(tx, "anna").etag
        after = directory.put_person(tx, Person("anna", [], "Other"), before)
        assert int(before) < int(after)
    with team.writing() as tx, pytest.raises(Stale) as raised:
        directory.put_book(tx, "anna", (), before)
    assert (before, after, "person", "anna") == (
        raised.value.given, raised.value.current, raised.value.kind, raised.value.id
    )  # fmt: skip
    with team.writing() as tx:
        directory.remove_person(tx, "anna", after)
    with team.writing() as tx:
        assert int(after) < int(directory.put_person(tx, ANNA, new=True))


def test_refused(team):
    """What is not there, taken, or names nobody is refused, and nothing of it stays."""
    cases = [
        (NotFound, lambda tx: directory.person(tx, "nobody")),
        (NotFound, lambda tx: directory.put_person(tx, Person("nobody"), "1")),
        (NotFound, lambda tx: directory.remove_person(tx, "nobody")),
        (NotFound, lambda tx: directory.put_group(tx, Group("g", ["nobody"]))),
        (NotFound, lambda tx: directory.put_book(tx, "nobody", ())),
        (Exists, lambda tx: directory.put_person(tx, ANNA, new=True)),
        (Exists, lambda tx: directory.put_group(tx, SALES, new=True)),
        (Exists, lambda tx: directory.put_person(tx, Person("thief", ["Anna@example.com"]))),
        (Stale, lambda tx: directory.remove_group(tx, "sales", "0")),
        (InvalidValue, lambda tx: directory.put_person(tx, Person("nul\0"))),
        (InvalidValue, lambda tx: directory.put_person(tx, Person("p", [], "half \ud800"))),
        (LimitExceeded, lambda tx: directory.put_person(tx, Person("é" * 257))),
    ]
    with team.reading() as tx:
        before = directory.load(tx), directory.revision(tx)
    for error, call in cases:
        with pytest.raises(error), team.writing() as tx:
            call(tx)
    with team.reading() as tx:
        assert before == (directory.load(tx), directory.revision(tx))


def test_the_longest_key_is_kept(store):
    """An id of as many bytes as are allowed can be kept and found, with a calendar and a setting beside it."""
    name = "é" * 252 + "e"  # with what `personal` puts before it, 512 bytes
    with store.writing() as tx:
        directory.put_person(tx, Person(name))
        id = calendars.personal(tx, name)
        events.put(tx, id, events.Event("u" * 1024, b""))
        settings.put(tx, name, "k" * 512, "n" * 512, "{}")
    with store.reading() as tx:
        assert [id] == calendars.of_person(tx, name)
        assert ["u" * 1024] == [one.value.uid for one in events.all_of(tx, id)]


def test_revision_moves_with_every_change(team):
    """Whoever keeps a directory by its revision misses nothing: each kind of change moves it, reading does not."""
    changes = [
        lambda tx: directory.put_person(tx, BEN),
        lambda tx: directory.put_group(tx, SALES),
        lambda tx: directory.put_book(tx, "ben", BOOK),
        lambda tx: directory.remove_group(tx, "sales"),
        lambda tx: directory.remove_person(tx, "ben"),
    ]
    seen = []
    for change in changes:
        with team.reading() as tx:
            directory.load(tx)
            seen.append(directory.revision(tx))
        with team.writing() as tx:
            change(tx)
    assert sorted(set(seen)) == seen


def test_who_is_deleted_takes_theirs(team):
    """A deleted person leaves groups, and takes calendars, grants, settings and the book; the rest stays."""
    with team.writing() as tx:
        mine, bens = calendars.personal(tx, "anna"), calendars.personal(tx, "ben")
        given = PersonalCalendar("ben", None, [Grant(Right.READ, member="anna"), Grant(Right.READ, group="sales")])
        calendars.put(tx, calendars.Shown(bens, given))
        events.put(tx, mine, events.Event("u", b"x"))
        settings.put(tx, "anna", "alarm", "1", "{}")
    with team.writing() as tx:
        directory.remove_person(tx, "anna")
    with team.reading() as tx:
        assert Directory([BEN], [Group("sales", ["ben"], None, ["ben"], SALES.contacts)]) == directory.load(tx)
        assert [bens] == calendars.listing(tx)
        assert [Grant(Right.READ, group="sales")] == list(calendars.get(tx, bens).value.calendar.grants)
        assert [] == settings.of_kind(tx, "alarm")
        assert 0 == events.count(tx, mine)
    with team.writing() as tx:
        directory.remove_group(tx, "sales")
    with team.reading() as tx:
        assert () == tuple(calendars.get(tx, bens).value.calendar.grants)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


@pytest.fixture(scope="module", params=stores.KINDS)
def shared(request, tmp_path_factory):
    """One store for all examples of a property."""
    with Store.open(stores.fresh(request.param, tmp_path_factory.mktemp("store"))) as store:
        yield store


@profile(max_examples=60)  # each is some transactions
@given(people=st.dictionaries(WORDS, WORDS, max_size=4), contacts=st.lists(WORDS, max_size=3))
def test_any_text_is_kept(shared, people, contacts):
    """Any Unicode text but NUL comes back as it was, on both databases."""
    with shared.writing() as tx:
        for id in directory.person_ids(tx):
            directory.remove_person(tx, id)
        for id, name in people.items():
            directory.put_person(tx, Person(id, [], name))
            directory.put_book(tx, id, map(Contact, contacts))
    with shared.reading() as tx:
        found = directory.load(tx)
    assert people == {one.id: one.name for one in found.people}
    assert sorted(people, key=str.encode) == [one.id for one in found.people]
    assert all(contacts == [one.name for one in found.contacts_of(id)] for id in people)
