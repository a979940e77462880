"""People, addresses and groups: who is who, and who is in what."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.team import PEOPLE, SALES, TEAM
from schedcore.errors import InvalidValue
from schedcore.policy import Contact, Directory, Group, Person, canonical
from schedcore.policy.addresses import canonical_or_none


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        (" mailto:anna@example.com\n", "anna@example.com"),
        ("MAILTO:anna%2Bshop@example.com?subject=Hi@there", "anna+shop@example.com"),
        ("mailto:b%C3%BCcher@example.com", "bücher@example.com"),
        ("bu\u0308cher@example.com", "bücher@example.com"),
        ("anna@XN--bcher-KVA.example", "anna@bücher.example"),
        ("anna@bücher。example", "anna@bücher.example"),
        ("anna@ｅｘａｍｐｌｅ.com", "anna@example.com"),  # noqa: RUF001 - full width is what it is about
        ("anna@example.com.", "anna@example.com"),
        ('"anna"@example.com', "anna@example.com"),
        ('"anna b"@example.com', '"anna b"@example.com'),
        ("anna@straße.example", "anna@straße.example"),
        ("100%@example.com", "100%@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_one_form(given, expected):
    """Ways to write one address have one form, which is its own form."""
    assert expected == canonical(given) == canonical(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.com", "anna+shop@example.com"),
        ("anna@straße.example", "anna@strasse.example"),
        ("anna@example.com", "anna@mail.example.com"),
        ("a.nna@example.com", "anna@example.com"),
        ("аnna@example.com", "anna@example.com"),  # noqa: RUF001 - the first letter is Cyrillic
    ],
)
def test_different_addresses_stay_different(one, other):
    """What merely looks alike, or goes to one mailbox with some provider, is not made one."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "text",
    [
        "", "anna", "@example.com", "anna@", "anna@.com", "a b@example.com", "Anna <anna@example.com>", "a@b@c",
        "anna\u200e@example.com", "anna@exa\u200dmple.com", "anna\x00@example.com", "mailto:anna%FF@example.com",
        ".anna@example.com", "x" * 300 + "@example.com", "urn:uuid:1", "anna@xn--\u00fc.example\n@",
    ],
)  # fmt: skip
def test_what_is_no_address(text):
    """An error names the value and what to give; text of strangers is None."""
    with pytest.raises(InvalidValue, match=r"is no mail address: .*; give one like anna@example\.com"):
        canonical(text)
    assert canonical_or_none(text) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_form_is_stable(local, domain):
    """Whatever text has a form, that form is its own, and case does not matter to ASCII."""
    found = canonical_or_none(f"{local}@{domain}")
    if found is not None:
        assert found == canonical(found)
        if (local + domain).isascii():
            assert found == canonical(f"{local}@{domain}".upper())


def test_a_contact_and_an_account_are_one_person():
    """One address that matches is enough, in any spelling; without one the contact is itself."""
    assert "ben" == TEAM.who(Contact("Benjamin", ["home@example.org", "mailto:BEN@Example.com"])).id
    other = Contact("Ben", ["ben@example.org"])
    assert other is TEAM.who(other)
    assert "ben" == TEAM.by_address("MAILTO:ben@example.com").id
    assert TEAM.by_address("nobody") is None


def test_books_are_private_and_of_groups():
    """Somebody finds the contacts of their own book and of their groups, and loses those of a group that they leave."""
    shared = Group("choir", ["anna"], contacts=(Contact("Hall", ["hall@example.org"]),))
    mine = {"anna": [Contact("Mum", ["mum@example.org"])]}
    directory = Directory(PEOPLE, [SALES, shared], mine)
    assert ["Mum", "Hall"] == [one.name for one in directory.contacts_of("anna")]
    assert ["Mum"] == [one.name for one in directory.left("choir", "anna").contacts_of("anna")]
    assert () == directory.contacts_of("ben") == directory.contacts_of("nobody")


def test_members_and_co_members():
    """Who shares a group; nobody with themselves; strangers are in none."""
    directory = Directory(PEOPLE, [Group("choir", ["anna", "eve"]), SALES])
    assert ("ben", "carla", "dora", "eve") == directory.co_members("anna")
    assert not directory.are_co_members("anna", "anna") and not directory.are_co_members("ben", "eve")
    assert frozenset() == directory.groups_of("nobody")
    assert (None, None, ()) == (directory.person("nobody"), directory.group("gone"), directory.addresses_of("nobody"))


def test_to_leave_is_to_leave_all_offices():
    """A leaver administers nothing any more; who was no member changes nothing."""
    left = TEAM.left("sales", "carla").left("sales", "dora")
    assert frozenset() == left.group("sales").administrators
    assert TEAM == TEAM.left("sales", "eve")
    assert TEAM == TEAM.left("sales", "ben").joined("sales", "ben")
    with pytest.raises(InvalidValue, match="group 'gone' is not in the directory"):
        TEAM.left("gone", "ben")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Directory([Person("a"), Person("a")]), "person 'a' is there twice"),
        (lambda: Directory([], [Group("g"), Group("g")]), "group 'g' is there twice"),
        (lambda: Directory([Person("a", ["x@y.z"]), Person("b", ["X@y.z"])]), "an address belongs to one person"),
        (lambda: Directory([], [Group("g", ["a"])]), "group 'g': 'a' is nobody"),
        (lambda: Directory([], [], {"a": []}), "books: 'a' is nobody"),
        (lambda: Group("g", ["a"], "b"), "'b' administers it, but is no member"),
        (lambda: Person(""), "an id is a text"),
        (lambda: Person("a", "a@b.c"), "is one text; give a list"),
        (lambda: TEAM.joined("sales", "nobody"), "'nobody' is nobody"),
    ],
)
def test_a_directory_agrees_with_itself(make, said):
    """What names two, or nobody, is an error when the directory is made."""
    with pytest.raises(InvalidValue, match=said):
        make()


def test_values():
    """People, groups and directories are values: equal by what they hold, copied and pickled with it."""
    again = pickle.loads(pickle.dumps(TEAM))
    assert TEAM == again == copy.copy(TEAM) and again.are_co_members("anna", "ben")
    assert hash(SALES) == hash(pickle.loads(pickle.dumps(SALES)))
    # A name with marks of direction is a name; who is who goes by ids.
    assert "\u202emoc" == Person("x", name="\u202emoc").name
