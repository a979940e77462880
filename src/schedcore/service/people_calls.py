"""CalendarService, the part about people, groups and address books.

Rules of this module:

1. A back end makes and deletes people and groups. Who administers a group changes it, and members leave by themselves.
2. A person is known to themselves and to who shares a group with them; a group to its members. To others neither is
   there.
3. A back end that names no principal keeps the directory: it sees all people and all groups, and nothing of a
   calendar.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.policy import Contact, Directory, Group, Person
from schedcore.service.calls import Call, Service, read, write
from schedcore.service.errors import field
from schedcore.service.holdings import Holdings
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.store import Kept, directory
from schedcore.store.errors import NotFound
from schedcore.v1 import calendar_pb2 as pb

__all__ = ["PeopleCalls", "checked_id", "plain"]

#: Characters of an id: keys of the store are as long in any database.
_LONGEST_ID: Final = 200
#: Characters of a name.
_LONGEST_NAME: Final = 1_000


class PeopleCalls(Service):
    """The handlers of people and groups; mixed into those of calendars."""

    holdings: Holdings

    # --- people -------------------------------------------------------------------------------------------------------

    @write
    def PutPerson(self, call: Call, request: pb.PutPersonRequest) -> pb.PutPersonResponse:
        """Make or change a person."""
        _backend(call, "people")
        with field("person"):
            given = request.person
            checked_id(given.id)
            with field("name"):
                plain(given.name, _LONGEST_NAME)
            with field("addresses"):
                value = Person(given.id, given.addresses, given.name)
        etag = directory.put_person(call.tx, value, given.etag)
        return pb.PutPersonResponse(person=_person(Kept(value, etag)))

    @read
    def GetPerson(self, call: Call, request: pb.GetPersonRequest) -> pb.GetPersonResponse:
        """Give a person."""
        known = self.holdings.directory(call.tx)
        found = known.person(request.id) or known.by_address(request.id)
        if found is None or not _knows(call, found.id, known):
            raise NotFound.of("person", request.id)
        return pb.GetPersonResponse(person=_person(directory.person(call.tx, found.id)))

    @read
    def ListPeople(self, call: Call, request: pb.ListPeopleRequest) -> pb.ListPeopleResponse:
        """List the people that the caller may know of."""
        after, size = position_of(call, request) or "", size_of(request)
        if _keeps_all(call):
            ids = directory.person_ids(call.tx, after=after, limit=size + 1)
        else:
            me = call.person()
            known = self.holdings.directory(call.tx)
            own = (me,) if known.person(me) is not None else ()
            ids = [id for id in sorted((*known.co_members(me), *own)) if id > after][: size + 1]
        people = [_person(directory.person(call.tx, id)) for id in ids[:size]]
        token = token_of(call, request, ids[size - 1]) if len(ids) > size else ""
        return pb.ListPeopleResponse(people=people, next_page_token=token)

    @write
    def DeletePerson(self, call: Call, request: pb.DeletePersonRequest) -> pb.DeletePersonResponse:
        """Delete a person with all that is theirs."""
        _backend(call, "people")
        directory.remove_person(call.tx, request.id, request.etag)
        return pb.DeletePersonResponse()

    # --- groups -------------------------------------------------------------------------------------------------------

    @write
    def PutGroup(self, call: Call, request: pb.PutGroupRequest) -> pb.PutGroupResponse:
        """Make a group, or change all of one."""
        given = request.group
        if not call.caller.backend:
            self._administered(call, given.id, "change")
        with field("group"):
            checked_id(given.id)
            with field("name"):
                plain(given.name, _LONGEST_NAME)
            with field("members"):
                _there(call, given.members)
            with field("contacts"):
                contacts = _contacts(given.contacts)
            with field("administrator"):
                value = Group(
                    given.id, given.members, given.administrator or None, given.co_administrators, contacts, given.name
                )
        etag = directory.put_group(call.tx, value, given.etag)
        return pb.PutGroupResponse(group=self._group(call, Kept(value, etag)))

    @read
    def GetGroup(self, call: Call, request: pb.GetGroupRequest) -> pb.GetGroupResponse:
        """Give a group to its members."""
        return pb.GetGroupResponse(group=self._group(call, self._known_group(call, request.id)))

    @read
    def ListGroups(self, call: Call, request: pb.ListGroupsRequest) -> pb.ListGroupsResponse:
        """List the groups that the caller is in."""
        after, size = position_of(call, request) or "", size_of(request)
        if _keeps_all(call):
            ids = directory.group_ids(call.tx, after=after, limit=size + 1)
        else:
            mine = self.holdings.directory(call.tx).groups_of(call.person())
            ids = [id for id in sorted(mine) if id > after][: size + 1]
        groups = [self._group(call, directory.group(call.tx, id)) for id in ids[:size]]
        token = token_of(call, request, ids[size - 1]) if len(ids) > size else ""
        return pb.ListGroupsResponse(groups=groups, next_page_token=token)

    @write
    def DeleteGroup(self, call: Call, request: pb.DeleteGroupRequest) -> pb.DeleteGroupResponse:
        """Delete a group and its calendar."""
        _backend(call, "groups")
        directory.remove_group(call.tx, request.id, request.etag)
        return pb.DeleteGroupResponse()

    @write
    def JoinGroup(self, call: Call, request: pb.JoinGroupRequest) -> pb.JoinGroupResponse:
        """Take somebody into a group."""
        if call.caller.backend:
            found = directory.group(call.tx, request.group)
        else:
            found = self._administered(call, request.group, "take people into")
        with field("person"):
            _there(call, [request.person])
        value = replace(found.value, members=frozenset((*found.value.members, request.person)))
        etag = directory.put_group(call.tx, value)
        return pb.JoinGroupResponse(group=self._group(call, Kept(value, etag)))

    @write
    def LeaveGroup(self, call: Call, request: pb.LeaveGroupRequest) -> pb.LeaveGroupResponse:
        """Take somebody out of a group."""
        person = request.person or call.person()
        if call.caller.backend:
            found = directory.group(call.tx, request.group)
        elif person == call.person():
            found = self._known_group(call, request.group)
        else:
            found = self._administered(call, request.group, "take people out of")
        group = found.value
        left = Directory([Person(one) for one in group.members], [group]).left(group.id, person).group(group.id)
        assert left is not None
        if left != group:
            directory.put_group(call.tx, left)
        return pb.LeaveGroupResponse()

    # --- address books ------------------------------------------------------------------------------------------------

    @write
    def PutContacts(self, call: Call, request: pb.PutContactsRequest) -> pb.PutContactsResponse:
        """Replace the caller's address book."""
        with field("contacts"):
            contacts = _contacts(request.contacts)
        directory.put_book(call.tx, call.person(), contacts)
        known = self.holdings.directory(call.tx)
        return pb.PutContactsResponse(contacts=[_contact(one, known) for one in contacts])

    @read
    def ListContacts(self, call: Call, request: pb.ListContactsRequest) -> pb.ListContactsResponse:
        """List the caller's address book, and those of their groups."""
        first, size = int(position_of(call, request) or 0), size_of(request)
        known = self.holdings.directory(call.tx)
        found = known.contacts_of(call.person())
        token = token_of(call, request, first + size) if len(found) > first + size else ""
        contacts = [_contact(one, known) for one in found[first : first + size]]
        return pb.ListContactsResponse(contacts=contacts, next_page_token=token)

    # --- who may ------------------------------------------------------------------------------------------------------

    def _known_group(self, call: Call, id: str) -> Kept[Group]:
        """A group that the caller may know of."""
        found = directory.group(call.tx, id)
        if not _keeps_all(call) and call.person() not in found.value.members:
            raise NotFound.of("group", id)
        return found

    def _administered(self, call: Call, id: str, what: str) -> Kept[Group]:
        """A group that the caller administers."""
        me = call.person()
        found = self._known_group(call, id)
        if me not in found.value.administrators:
            raise NotAllowed(f"{shorten(me)} may not {what} group {shorten(id)}: ask who administers it")
        return found

    def _group(self, call: Call, kept: Kept[Group]) -> pb.Group:
        value = kept.value
        known = self.holdings.directory(call.tx) if value.contacts else Directory()
        return pb.Group(
            id=value.id,
            name=value.name,
            members=sorted(value.members),
            administrator=value.administrator or "",
            co_administrators=sorted(value.co_administrators),
            contacts=[_contact(one, known) for one in value.contacts],
            etag=kept.etag,
        )


def checked_id(id: str, name: str = "id") -> None:
    """Refuse what is no id: empty, too long, or with characters that do not show."""
    with field(name):
        if not 1 <= len(id) <= _LONGEST_ID:
            raise InvalidValue(f"{name}={shorten(id)} has {len(id)} characters: give 1 to {_LONGEST_ID}")
        if any(one < " " or one == "\x7f" for one in id):
            raise InvalidValue(f"{name}={shorten(id)} has control characters: leave them out")


def plain(text: str, most: int) -> str:
    """Give a text back that can be stored and shown; InvalidValue for NUL, and for more than so many characters."""
    if len(text) > most:
        raise InvalidValue(f"{shorten(text)}: give {most} characters at most")
    if "\0" in text:
        raise InvalidValue(f"{shorten(text)} has a NUL character: leave it out")
    return text


def _backend(call: Call, what: str) -> None:
    if not call.caller.backend:
        raise NotAllowed(f"{what} are made and deleted by back ends: this caller is none")


def _keeps_all(call: Call) -> bool:
    """Whether the caller is a back end that keeps the directory."""
    return call.caller.backend and call.caller.principal is None


def _knows(call: Call, id: str, known: Directory) -> bool:
    if _keeps_all(call):
        return True
    me = call.person()
    return me == id or known.are_co_members(me, id)


def _there(call: Call, ids: Any) -> None:
    """Refuse ids that are nobody's."""
    for id in ids:
        try:
            directory.person(call.tx, id)
        except NotFound as error:
            raise InvalidValue(f"{shorten(id)} is nobody: put them first") from error


def _contacts(given: Any) -> tuple[Contact, ...]:
    found = []
    for number, one in enumerate(given):
        with field(f"[{number}]"):
            with field("name"):
                plain(one.name, _LONGEST_NAME)
            with field("addresses"):
                found.append(Contact(one.name, one.addresses))
    return tuple(found)


def _contact(one: Contact, known: Directory) -> pb.Contact:
    who = known.who(one)
    return pb.Contact(name=one.name, addresses=one.addresses, person=who.id if isinstance(who, Person) else "")


def _person(kept: Kept[Person]) -> pb.Person:
    value = kept.value
    return pb.Person(id=value.id, name=value.name, addresses=value.addresses, etag=kept.etag)
