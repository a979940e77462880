"""Who somebody is to the store: names, the part of the directory that a question needs, and who acts for whom.

Rules of this module:

1. A person is named by their id, and by the addresses that the directory gives them; a voter or guest without an
   account, for whom a back end acts, by an address alone.
2. No call loads the whole directory: people with their groups, and those whom given addresses name.
3. Who may act for whom is decided by `meetings.Deputies`, with the grants of the moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from schedcore.errors import Refused, shorten
from schedcore.meetings import Deputies
from schedcore.policy import Directory, GroupCalendar, PersonalCalendar
from schedcore.policy.addresses import canonical_or_none
from schedcore.store import NotFound, calendars, directory

__all__ = [
    "around",
    "check_deputy",
    "check_id",
    "deputies",
    "group_calendar",
    "named_as",
    "names_of",
    "personal_calendars",
]


#: Bytes of an id in the store.
_LONGEST_ID: Final = 512


def check_id(kind: str, id: str) -> None:
    """NotFound for an id that no store can hold, and that is therefore nobody's."""
    if "\0" in id or len(id.encode("utf-8", "surrogatepass")) > _LONGEST_ID:
        raise NotFound.of(kind, id)


def names_of(tx: Any, principal: str) -> list[str]:
    """All names that somebody has: as they came, the address that this is, and the addresses of their account."""
    found = [principal]
    address = canonical_or_none(principal)
    if address is not None:
        found.append(address)
    with contextlib.suppress(NotFound):
        found += directory.person(tx, principal).value.addresses
    return list(dict.fromkeys(found))


def named_as(tx: Any, principal: str, is_in: Callable[[str], bool]) -> str:
    """The name under which somebody is in a meeting or a poll: that which they came with, else one of their addresses.

    Who was invited by mail before they had an account is found so.
    """
    if is_in(principal):
        return principal
    return next((name for name in names_of(tx, principal) if is_in(name)), principal)


def around(tx: Any, people: Iterable[str], names: Iterable[str] = ()) -> Directory:
    """Some people with their groups and books, and whoever has an address that those books or `names` hold.

    A contact with the address of an account is that account (rules M12, L6), so accounts are looked for by address.
    """
    ids = [one for one in people if one]
    near = directory.around(tx, ids)
    contacts = [one for owner in ids for one in near.contacts_of(owner)]
    addresses = {address for one in contacts for address in one.addresses}
    addresses.update(found for name in names if (found := canonical_or_none(name)) is not None)
    others = set(directory.by_address(tx, addresses).values()) - {one.id for one in near.people}
    return directory.around(tx, [*ids, *others]) if others else near


def personal_calendars(tx: Any, owners: Iterable[str]) -> dict[str, PersonalCalendar]:
    """The personal calendars of some people with their grants, without content, by owner; of those who have one."""
    ids = calendars.heads_of(tx, list(dict.fromkeys(owners))).ids
    found = [kept.value.calendar for kept in calendars.many(tx, ids.values()).values()]
    return {one.owner: one for one in found if isinstance(one, PersonalCalendar)}


def group_calendar(tx: Any, group: str) -> GroupCalendar:
    """The calendar of a group with its grants, without content; one without grants where it is not there yet."""
    id = calendars.of_group(tx, group)
    if id is not None:
        found = calendars.get(tx, id).value.calendar
        assert isinstance(found, GroupCalendar)
        return found
    return GroupCalendar(group, None)


def deputies(tx: Any, by: str, owners: Iterable[str]) -> Deputies:
    """Who of somebody and some owners may act for whom, at this moment."""
    others = [one for one in owners if one and one != by]
    if not others:
        return Deputies()
    # The groups of who acts have all their members: whether an owner is among them is what is asked.
    return Deputies(directory.around(tx, [by]), personal_calendars(tx, others))


def check_deputy(tx: Any, by: str, principal: str, command: str) -> Deputies:
    """The deputies for a call in somebody's name; Refused where it is another's and `by` may not act for them.

    It is asked before anything is looked up in that person's name.
    """
    found = deputies(tx, by, [principal])
    if principal != by and not found.may(by, principal):
        raise Refused(
            f"{shorten(by)} may not act for {shorten(principal)}: that takes Read-write on their calendar",
            command=command,
            reason="no_right",
        )
    return found
