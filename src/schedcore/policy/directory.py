"""`Directory`: who there is, which groups they are in, and who stands in whose address book.

Rules of this module:

1. A directory is a value: it says what holds at the time of the question. Whoever keeps memberships with dates hands in
   those of the moment; a member who leaves makes another directory (`left`), and the next answer knows.
2. People and groups have ids, any texts that the caller's own records use. An address belongs to one person.
3. A contact with an address of a person *is* that person (`who`), whatever else the contact says. Addresses compare by
   `addresses.canonical`.
4. A group has members; its administrator and co-administrators are members. To co-members belongs whoever is in one
   group with somebody; nobody is a co-member of themselves.
5. What names nobody and no group gives nobody anything. Only making a directory checks that it agrees with itself.

Product rules: P6, P7, P8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from schedcore.errors import InvalidValue, shorten
from schedcore.policy.addresses import canonical, canonical_or_none

__all__ = ["Contact", "Directory", "Group", "Person"]


@dataclass(frozen=True)
class Person:
    """Somebody with an account: an id, mail addresses, and a name to show.

    >>> Person("anna", ["mailto:Anna@Example.com"]).addresses
    ('anna@example.com',)
    """

    id: str
    addresses: Iterable[str] = ()
    name: str = ""

    def __post_init__(self) -> None:
        """Bring addresses to the form in which they compare."""
        _identified("person", self.id)
        object.__setattr__(self, "addresses", _canonical(self.addresses))


@dataclass(frozen=True)
class Contact:
    """An entry of an address book: a name, and mail addresses; it may be somebody with an account or not."""

    name: str
    addresses: Iterable[str] = ()

    def __post_init__(self) -> None:
        """Bring addresses to the form in which they compare."""
        object.__setattr__(self, "addresses", _canonical(self.addresses))


@dataclass(frozen=True)
class Group:
    """People who work together: ids of members, of the administrator and of co-administrators, and an address book.

    >>> Group("sales", ["anna", "ben"], administrator="carla")
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: group 'sales': 'carla' administers it, but is no member; add them to its members
    """

    id: str
    members: Iterable[str] = ()
    administrator: str | None = None
    co_administrators: Iterable[str] = ()
    contacts: tuple[Contact, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        """Check that who administers the group is in it."""
        _identified("group", self.id)
        object.__setattr__(self, "members", frozenset(self.members))
        object.__setattr__(self, "co_administrators", frozenset(self.co_administrators))
        object.__setattr__(self, "contacts", tuple(self.contacts))
        for one in sorted(self.administrators - frozenset(self.members)):
            raise InvalidValue(
                f"group {shorten(self.id)}: {shorten(one)} administers it, but is no member; add them to its members"
            )

    @property
    def administrators(self) -> frozenset[str]:
        """The administrator, if there is one, and the co-administrators."""
        return frozenset((*self.co_administrators, *([] if self.administrator is None else [self.administrator])))


@dataclass(frozen=True)
class Directory:
    """People, groups, and each one's private address book, as they are at the time of the question.

    `books` gives contacts by the id of the person whose book it is. InvalidValue for an id or an address that two have,
    and for a member or a book's owner who is nobody. Looking somebody up is a dictionary's look.

    >>> anna, ben = Person("anna", ["anna@example.com"]), Person("ben", ["ben@example.com"])
    >>> team = Directory([anna, ben], [Group("sales", ["anna", "ben"])])
    >>> team.are_co_members("anna", "ben"), team.left("sales", "ben").are_co_members("anna", "ben")
    (True, False)
    >>> team.who(Contact("Benny", ["mailto:BEN@example.com"])).id
    'ben'
    """

    people: Iterable[Person] = ()
    groups: Iterable[Group] = ()
    books: Mapping[str, Iterable[Contact]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check that ids and addresses name one each, and members somebody."""
        object.__setattr__(self, "people", tuple(self.people))
        object.__setattr__(self, "groups", tuple(self.groups))
        object.__setattr__(self, "books", {owner: tuple(book) for owner, book in self.books.items()})
        for kind, values in (("person", self.people), ("group", self.groups)):
            seen: set[str] = set()
            for value in values:
                if value.id in seen:
                    raise InvalidValue(f"{kind} {shorten(value.id)} is there twice; give each an id of its own")
                seen.add(value.id)
        for person in self.people:
            for address in person.addresses:
                other = self._by_address[address]
                if other.id != person.id:
                    both = f"{shorten(person.id)} and {shorten(other.id)}"
                    raise InvalidValue(f"{shorten(address)} is an address of {both}; an address belongs to one person")
        for where, ids in [*((f"group {shorten(g.id)}", g.members) for g in self.groups), ("books", self.books)]:
            for one in ids:
                if one not in self._people:
                    raise InvalidValue(f"{where}: {shorten(one)} is nobody of the directory; add them to its people")

    # --- looking up ---------------------------------------------------------------------------------------------------

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {group.id: group for group in self.groups}

    @cached_property
    def _by_address(self) -> dict[str, Person]:
        return {address: person for person in self.people for address in person.addresses}

    @cached_property
    def _memberships(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for group in self.groups:
            for member in group.members:
                found.setdefault(member, set()).add(group.id)
        return {member: frozenset(its) for member, its in found.items()}

    def person(self, id: str) -> Person | None:
        """The person of an id; None if there is none."""
        return self._people.get(id)

    def group(self, id: str) -> Group | None:
        """The group of an id; None if there is none."""
        return self._groups.get(id)

    def by_address(self, address: str) -> Person | None:
        """The person who has an address; None if nobody has, or it is none."""
        found = canonical_or_none(address)
        return None if found is None else self._by_address.get(found)

    def who(self, contact: Contact) -> Person | Contact:
        """The person that a contact is, by the first address that matches; the contact itself if it is nobody here."""
        return next((self._by_address[one] for one in contact.addresses if one in self._by_address), contact)

    def addresses_of(self, person: str) -> tuple[str, ...]:
        """The addresses of a person; none of somebody who is not here."""
        found = self._people.get(person)
        return () if found is None else tuple(found.addresses)

    def groups_of(self, person: str) -> frozenset[str]:
        """The ids of the groups that somebody is in."""
        return self._memberships.get(person, frozenset())

    def are_co_members(self, one: str, other: str) -> bool:
        """Whether two people are in one group."""
        return one != other and not self.groups_of(one).isdisjoint(self.groups_of(other))

    def co_members(self, person: str) -> tuple[str, ...]:
        """Everybody who is in a group with somebody, in order of ids."""
        found = {member for group in self.groups_of(person) for member in self._groups[group].members}
        return tuple(sorted(found - {person}))

    def contacts_of(self, person: str) -> tuple[Contact, ...]:
        """What somebody finds in address books: their own, then those of their groups in order of ids."""
        own = tuple(self.books.get(person, ()))
        return own + tuple(one for id in sorted(self.groups_of(person)) for one in self._groups[id].contacts)

    # --- as it is afterwards ------------------------------------------------------------------------------------------

    def joined(self, group: str, person: str) -> Directory:
        """The directory after somebody joined a group; InvalidValue if either is not there."""
        found = self._group(group)
        return self._with(replace(found, members=frozenset((*found.members, person))))

    def left(self, group: str, person: str) -> Directory:
        """The directory after somebody left a group, and with it whatever they administered there.

        Nothing changes if they were no member; InvalidValue if there is no such group.
        """
        found = self._group(group)
        gone = {person}
        return self._with(
            replace(
                found,
                members=frozenset(found.members) - gone,
                administrator=None if found.administrator == person else found.administrator,
                co_administrators=frozenset(found.co_administrators) - gone,
            )
        )

    def _group(self, id: str) -> Group:
        found = self._groups.get(id)
        if found is None:
            raise InvalidValue(f"group {shorten(id)} is not in the directory; add it to its groups")
        return found

    def _with(self, group: Group) -> Directory:
        return Directory(self.people, tuple(group if one.id == group.id else one for one in self.groups), self.books)


def _identified(kind: str, id: object) -> None:
    if not isinstance(id, str) or not id:
        raise InvalidValue(f"{kind} {shorten(id)}: an id is a text that is not empty")


def _canonical(addresses: Iterable[str]) -> tuple[str, ...]:
    if isinstance(addresses, str):
        raise InvalidValue(f"addresses={shorten(addresses)} is one text; give a list of addresses")
    return tuple(dict.fromkeys(map(canonical, addresses)))
