"""Who can be invited, and who may act for whom: the doors from a directory to the values that meetings hold.

Rules of this module:

1. A `Guest` is somebody with an account, named by its id, or somebody without, named by an address. Who has an address
   of somebody with an account is that person, whichever way they were named.
2. A group's members, the creator's co-members and the contacts of their address books can be invited
   (`policy.invitable`), and with `strangers=True` anybody with an address: one need not be a customer to come.
3. All members of a group can be invited at once while the event is created, and only there.
4. Who has Read-write on somebody's calendar acts for them (`Deputies`): what the owner could do with a meeting, as its
   creator or as an invitee, they can do in the owner's name. Nobody else acts for anybody.

Product rules: M2, M12, M17, P5, G4, G5, G6, G7, X6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.policy import Contact, Directory, Person, PersonalCalendar, canonical, everyone, invitable
from schedcore.policy.addresses import canonical_or_none
from schedcore.policy.calendars import AnyCalendar
from schedcore.policy.rights import Standing, standings

__all__ = ["Deputies", "Guest", "all_guests", "guest_of", "guests"]


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who can be invited: `id` is that of their account, else an address; all their addresses compare.

    InvalidValue without an id, and for somebody without an account whose id is no address.

    >>> Guest("Ben@Example.com").addresses, Guest("ben", account=True).addresses
    (('ben@example.com',), ())
    """

    id: str
    account: bool = False
    name: str = ""
    addresses: Iterable[str] = ()

    def __post_init__(self) -> None:
        """Bring addresses to the form in which they compare."""
        if not isinstance(self.id, str) or not self.id:
            raise InvalidValue(f"guest {shorten(self.id)}: give the id of an account, or a mail address")
        if isinstance(self.addresses, str):
            raise InvalidValue(f"addresses={shorten(self.addresses)} is one text; give a list of addresses")
        addresses = tuple(map(canonical, self.addresses))
        if not self.account:
            object.__setattr__(self, "id", canonical(self.id))
            addresses = (self.id, *addresses)
        object.__setattr__(self, "addresses", tuple(dict.fromkeys(addresses)))

    def is_named(self, name: str) -> bool:
        """Whether an id or an address is theirs."""
        return name == self.id or canonical_or_none(name) in tuple(self.addresses)

    def is_same(self, other: Guest) -> bool:
        """Whether two are one person: one account, or an address in common (rule M12)."""
        if self.account and other.account:
            return self.id == other.id
        return not frozenset(self.addresses).isdisjoint(other.addresses)


def guest_of(who: Person | Contact) -> Guest:
    """The guest that a person or a contact is; InvalidValue for a contact without an address.

    >>> from schedcore.policy import Contact, Person
    >>> guest_of(Person("ben", ["ben@example.com"])).account, guest_of(Contact("Zoe", ["zoe@example.org"])).id
    (True, 'zoe@example.org')
    """
    if isinstance(who, Person):
        return Guest(who.id, True, who.name, who.addresses)
    addresses = tuple(who.addresses)
    if not addresses:
        raise InvalidValue(f"contact {shorten(who.name)} has no mail address: nobody could be asked; add one")
    return Guest(addresses[0], False, who.name, addresses)


def guests(
    calendar: AnyCalendar,
    creator: str,
    directory: Directory,
    names: Iterable[str],
    *,
    strangers: bool = False,
) -> tuple[Guest, ...]:
    """Find those whom somebody names, by id or address, among those who can be invited to an event of a calendar.

    Each person comes once. With `strangers` an address that nobody here has is a guest as well. NotAllowed for
    somebody who cannot be invited, and as `policy.invitable`. Linear in those who can be.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> team = Directory([Person("anna"), Person("ben", ["ben@example.com"])], [Group("sales", ["anna", "ben"])])
    >>> [one.id for one in guests(PersonalCalendar("anna", None), "anna", team, ["BEN@example.com", "ben"])]
    ['ben']
    """
    if isinstance(names, str):
        raise InvalidValue(f"names={shorten(names)} is one text; give a list of ids and addresses")
    known = [guest_of(one) for one in invitable(calendar, creator, directory)]
    found: dict[str, Guest] = {}
    for name in names:
        one = next((guest for guest in known if guest.is_named(name)), None)
        if one is None and strangers and canonical_or_none(name) is not None:
            person = directory.by_address(name)
            one = Guest(name) if person is None else guest_of(person)
        if one is None:
            raise NotAllowed(
                f"{shorten(name)} cannot be invited: name a member of the group, a co-member or a contact of an address"
                " book" + ("" if strangers else ", or pass strangers=True for any mail address")
            )
        found.setdefault(one.id, one)
    return tuple(found.values())


def all_guests(calendar: AnyCalendar, creator: str, directory: Directory, *, creating: bool) -> tuple[Guest, ...]:
    """Everybody whom "invite all" invites; errors as `policy.everyone`, which says when it can be.

    >>> from schedcore.policy import Directory, Grant, Group, GroupCalendar, Person, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = GroupCalendar("sales", None, [Grant(Right.READ_WRITE, group="sales")])
    >>> [guest.id for guest in all_guests(its, "anna", team, creating=True)]
    ['anna', 'ben']
    """
    return tuple(map(guest_of, everyone(calendar, creator, directory, creating=creating)))


@dataclass(frozen=True, slots=True)
class Deputies:
    """Who may act for whom at the moment of a command: personal calendars by their owners, with grants, and who is who.

    >>> from schedcore.policy import Directory, Grant, Group, Person, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = PersonalCalendar("anna", None, [Grant(Right.READ_WRITE, member="ben")])
    >>> deputies = Deputies(team, {"anna": its})
    >>> deputies.may("ben", "anna"), deputies.may("anna", "ben")
    (True, False)
    """

    directory: Directory = field(default_factory=Directory)
    calendars: Mapping[str, PersonalCalendar] = field(default_factory=dict, hash=False)

    def may(self, by: str, owner: str) -> bool:
        """Whether somebody may act for the owner of a calendar. Cost as `policy.sight`."""
        calendar = self.calendars.get(owner)
        if calendar is None or calendar.owner != owner:
            return False
        return Standing.WRITER in standings(by, calendar, self.directory)
