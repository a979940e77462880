"""What is different in the calendar of a group: who can be invited from it, and what it does not have.

Rules of this module:

1. An event of a group is there for all members to read; to invite somebody makes it a meeting, which is then in that
   person's own calendar as well. "Invite all" is the list of all members, the creator among them.
2. All are invited at once only while the event is created, and only in a group's calendar. A meeting of a group need
   not invite all: who creates it chooses from those who can be invited.
3. In a group's calendar the creator stands among those who can be invited. In a personal one they do not: the event is
   in their calendar already.
4. The events of a group have no reminders and no tags, which are each person's own.

What this module does not do: it makes no meeting (`meetings` does).

Product rules: G4, G5, G6, G7, G8, G9.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from schedcore.errors import NotAllowed, shorten
from schedcore.policy.calendars import AnyCalendar, ExternalCalendar, GroupCalendar
from schedcore.policy.directory import Contact, Directory, Person
from schedcore.policy.rights import may_write

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["everyone", "has_reminders", "has_tags", "invitable"]


def invitable(calendar: AnyCalendar, creator: str, directory: Directory) -> tuple[Person | Contact, ...]:
    """Who can be invited to an event that somebody creates in a calendar: people by id, then contacts with an address.

    In a group's calendar its members, else the creator's co-members; then the contacts of the creator's books, each
    once, and a contact who has an account as that person. NotAllowed for who may not write there. Linear in both.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> team = Directory([Person("anna"), Person("ben"), Person("eve")], [Group("sales", ["anna", "ben"])])
    >>> [one.id for one in invitable(PersonalCalendar("anna", None), "anna", team)]
    ['ben']
    """
    _check_writer(calendar, creator, directory)
    if isinstance(calendar, GroupCalendar):
        group = directory.group(calendar.group)
        ids: Iterable[str] = sorted(group.members) if group is not None else ()
        hidden = None
    else:
        ids, hidden = directory.co_members(creator), creator
    found: dict[Person | Contact, None] = dict.fromkeys(_known(ids, directory))
    for contact in directory.contacts_of(creator):
        one = directory.who(contact)
        if tuple(contact.addresses) and getattr(one, "id", "") != hidden:
            found[one] = None
    return tuple(found)


def everyone(calendar: AnyCalendar, creator: str, directory: Directory, *, creating: bool) -> tuple[Person, ...]:
    """All whom "invite all" invites: every member of the group, in whose personal calendars the meeting then is.

    NotAllowed unless the event is being created, in the calendar of a group, by somebody who may write there.

    >>> from schedcore.policy import Directory, Grant, Group, Person, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = GroupCalendar("sales", None, [Grant(Right.READ_WRITE, group="sales")])
    >>> [one.id for one in everyone(its, "anna", team, creating=True)]
    ['anna', 'ben']
    """
    _check_writer(calendar, creator, directory)
    group = directory.group(calendar.group) if isinstance(calendar, GroupCalendar) else None
    if group is None:
        raise NotAllowed("all can be invited in the calendar of a group only: choose whom to invite")
    if not creating:
        raise NotAllowed(
            f"all of group {shorten(group.id)} can be invited only when the event is created: add people one by one"
        )
    return tuple(_known(sorted(group.members), directory))


def has_reminders(calendar: AnyCalendar) -> bool:
    """Whether events of a calendar can have reminders.

    >>> from schedcore.policy import PersonalCalendar
    >>> has_reminders(PersonalCalendar("anna", None)), has_reminders(GroupCalendar("sales", None))
    (True, False)
    """
    return not isinstance(calendar, GroupCalendar)


def has_tags(calendar: AnyCalendar) -> bool:
    """Whether events of a calendar can have tags.

    >>> from schedcore.policy import PersonalCalendar
    >>> has_tags(PersonalCalendar("anna", None)), has_tags(GroupCalendar("sales", None))
    (True, False)
    """
    return not isinstance(calendar, GroupCalendar)


def _known(ids: Iterable[str], directory: Directory) -> Iterator[Person]:
    return (person for person in map(directory.person, ids) if person is not None)


def _check_writer(calendar: AnyCalendar, creator: str, directory: Directory) -> None:
    if not may_write(creator, calendar, directory):
        where = "an external calendar" if isinstance(calendar, ExternalCalendar) else "this calendar"
        raise NotAllowed(f"{shorten(creator)} may not create events in {where}: they need the right to read and write")
