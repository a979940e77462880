"""CalendarService over the wire: people, groups and address books; who may, and who is told."""

from __future__ import annotations

import grpc
import pytest

from schedcore.v1 import calendar_pb2 as pb
from service.offices import Office, vevent
from service.wire import faults, refused

NOT_FOUND, DENIED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED
INVALID, FAILED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
EXISTS, UNKNOWN = grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.UNAUTHENTICATED


@pytest.fixture
def office(channel) -> Office:
    return Office(channel)


@pytest.fixture(scope="module")
def desk(channel) -> Office:
    """An office that is shared by requests that are refused."""
    return Office(channel)


def test_people_are_known_to_who_shares_a_group(office):
    """By id and by any form of an address; to others, and to the public, nobody is there."""
    for name in ("anna", "ben"):
        for id in (office.id("anna"), f"mailto:{office.id('anna').upper()}@EXAMPLE.com"):
            found = office.calls.GetPerson(pb.GetPersonRequest(id=id), metadata=office.as_(name)).person
            assert (office.id("anna"), "Anna", [f"{office.id('anna')}@example.com"]) == (
                found.id,
                found.name,
                list(found.addresses),
            )
    for id in (office.id("anna"), "nobody", f"{office.id('anna')}@example.com"):
        with refused(NOT_FOUND) as error:
            office.calls.GetPerson(pb.GetPersonRequest(id=id), metadata=office.as_("eve"))
        assert f"person '{id}' is not there" == error.value.details()


def test_lists_of_people_and_groups_to_the_end(office):
    """Oneself and co-members, one's groups; to the machine's own back end, all there are."""
    members = sorted(office.id(name) for name in ("anna", "ben", "carla", "dora"))
    for size in (1, 3, 100):
        found, token = [], ""
        while True:
            request = pb.ListPeopleRequest(page_size=size, page_token=token)
            page = office.calls.ListPeople(request, metadata=office.as_("anna"))
            found += [one.id for one in page.people]
            if not (token := page.next_page_token):
                break
        assert members == found
    assert [office.id("eve")] == [
        one.id for one in office.calls.ListPeople(pb.ListPeopleRequest(), metadata=office.as_("eve")).people
    ]
    groups = office.calls.ListGroups(pb.ListGroupsRequest(), metadata=office.as_("ben")).groups
    assert [(office.id("sales"), members)] == [(one.id, list(one.members)) for one in groups]
    assert [] == list(office.calls.ListGroups(pb.ListGroupsRequest(), metadata=office.as_("eve")).groups)
    everybody, token = set(), ""
    while True:
        page = office.calls.ListPeople(pb.ListPeopleRequest(page_size=3, page_token=token))
        everybody |= {one.id for one in page.people}
        if not (token := page.next_page_token):
            break
    assert {*members, office.id("eve")} <= everybody
    assert office.id("sales") in {
        one.id for one in office.calls.ListGroups(pb.ListGroupsRequest(page_size=10_000)).groups
    }
    with refused(INVALID) as error:
        office.calls.ListGroups(pb.ListGroupsRequest(page_token="x"))
    assert ["page_token"] == [fault.field for fault in faults(error)]


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (pb.Person(), "person.id"),
        (pb.Person(id="a" * 201), "person.id"),
        (pb.Person(id="a\tb"), "person.id"),
        (pb.Person(id="a", name="\0"), "person.name"),
        (pb.Person(id="a", addresses=["nothing"]), "person.addresses"),
        (pb.Person(id="a", addresses=["a\u200b@example.com"]), "person.addresses"),
    ],
)
def test_what_a_person_cannot_be(desk, person, field):
    """Each bad field is named."""
    with refused(INVALID) as error:
        desk.calls.PutPerson(pb.PutPersonRequest(person=person))
    assert [field] == [fault.field for fault in faults(error)]


def test_people_change_and_go(office):
    """With etags; an address is of one person only; who goes takes their calendar along."""
    id = office.make("anna", vevent("1"))
    person = office.calls.GetPerson(pb.GetPersonRequest(id=office.id("anna"))).person
    person.name = "Anna \u202eK."  # a mark of direction is a part of a name like any other
    new = office.calls.PutPerson(pb.PutPersonRequest(person=person)).person
    assert "Anna \u202eK." == new.name and new.etag != person.etag
    with refused(FAILED):
        office.calls.PutPerson(pb.PutPersonRequest(person=person))
    taken = pb.Person(id=office.id("eve"), addresses=person.addresses)
    with refused(EXISTS):
        office.calls.PutPerson(pb.PutPersonRequest(person=taken))
    with refused(FAILED):
        office.calls.DeletePerson(pb.DeletePersonRequest(id=person.id, etag=person.etag))
    office.calls.DeletePerson(pb.DeletePersonRequest(id=person.id, etag=new.etag))
    with refused(NOT_FOUND):
        office.calls.DeletePerson(pb.DeletePersonRequest(id=person.id))
    assert office.listed("ben", id).unknown == office.listed("ben", "nothing").unknown != ""
    group = office.calls.GetGroup(pb.GetGroupRequest(id=office.id("sales")), metadata=office.as_("ben")).group
    assert office.id("anna") not in group.members


def test_who_changes_a_group(office):
    """A back end and who administers it; a member knows of it; to others it is not there."""
    id = office.id("sales")
    group = office.calls.GetGroup(pb.GetGroupRequest(id=id), metadata=office.as_("anna")).group
    assert ("Sales", office.id("carla")) == (group.name, group.administrator)
    group.co_administrators.append(office.id("dora"))
    group.contacts.append(pb.Contact(name="Benny", addresses=[f"{office.id('ben')}@example.com"]))
    new = office.calls.PutGroup(pb.PutGroupRequest(group=group)).group
    assert office.id("ben") == new.contacts[0].person
    with refused(FAILED):
        office.calls.PutGroup(pb.PutGroupRequest(group=group))
    with refused(NOT_FOUND):
        office.calls.GetGroup(pb.GetGroupRequest(id=id), metadata=office.as_("eve"))
    bad = [
        (pb.Group(id="g", members=["nobody"]), "group.members"),
        (pb.Group(id="g", administrator=office.id("eve")), "group.administrator"),
        (pb.Group(id="", name="g"), "group.id"),
        (pb.Group(id="g", contacts=[pb.Contact(addresses=["x"])]), "group.contacts[0].addresses"),
    ]
    for wrong, field in bad:
        with refused(INVALID) as error:
            office.calls.PutGroup(pb.PutGroupRequest(group=wrong))
        assert [field] == [fault.field for fault in faults(error)]


def test_joining_and_leaving(office):
    """Somebody joins at once, and leaves with what they administered; a group can go altogether."""
    id, join = office.id("sales"), pb.JoinGroupRequest(group=office.id("sales"), person=office.id("eve"))
    calendar = office.make("anna", vevent("1"))
    assert office.listed("eve", calendar).unknown
    joined = office.calls.JoinGroup(join).group
    assert office.id("eve") in joined.members
    assert [(12, 13, 3)] == office.blocks("eve", calendar)
    office.calls.LeaveGroup(pb.LeaveGroupRequest(group=id), metadata=office.as_("eve"))
    assert [] == office.blocks("eve", calendar)
    office.calls.LeaveGroup(pb.LeaveGroupRequest(group=id, person=office.id("carla")))
    left = office.calls.GetGroup(pb.GetGroupRequest(id=id), metadata=office.as_("anna")).group
    assert "" == left.administrator and office.id("carla") not in left.members
    with refused(INVALID) as error:
        office.calls.JoinGroup(pb.JoinGroupRequest(group=id, person="nobody"))
    assert ["person"] == [fault.field for fault in faults(error)]
    with refused(NOT_FOUND):
        office.calls.JoinGroup(pb.JoinGroupRequest(group="no group", person=office.id("eve")))
    with refused(FAILED):
        office.calls.DeleteGroup(pb.DeleteGroupRequest(id=id, etag="1"))
    office.calls.DeleteGroup(pb.DeleteGroupRequest(id=id))
    assert [] == office.blocks("ben", calendar)
    with refused(NOT_FOUND):
        office.calls.DeleteGroup(pb.DeleteGroupRequest(id=id))


def test_address_books(office):
    """One's own, then those of one's groups; a contact with an address of somebody with an account is that person."""
    book = [
        pb.Contact(name="Ben", addresses=[f"{office.id('ben')}@example.com"]),
        pb.Contact(name="Zoe %subject% {0} ‮", addresses=["zoe@example.org"]),
    ]
    put = office.calls.PutContacts(pb.PutContactsRequest(contacts=book), metadata=office.as_("anna"))
    assert [office.id("ben"), ""] == [one.person for one in put.contacts]
    group = office.calls.GetGroup(pb.GetGroupRequest(id=office.id("sales"))).group
    group.contacts.append(pb.Contact(name="Printer", addresses=["print@example.org"]))
    office.calls.PutGroup(pb.PutGroupRequest(group=group))
    found, token = [], ""
    while True:
        page = office.calls.ListContacts(
            pb.ListContactsRequest(page_size=1, page_token=token), metadata=office.as_("anna")
        )
        found += [one.name for one in page.contacts]
        if not (token := page.next_page_token):
            break
    assert ["Ben", "Zoe %subject% {0} ‮", "Printer"] == found
    bob = office.calls.ListContacts(pb.ListContactsRequest(), metadata=office.as_("ben")).contacts
    assert ["Printer"] == [one.name for one in bob]
    with refused(INVALID) as error:
        wrong = pb.PutContactsRequest(contacts=[book[0], pb.Contact(addresses=["nothing"])])
        office.calls.PutContacts(wrong, metadata=office.as_("anna"))
    assert ["contacts[1].addresses"] == [fault.field for fault in faults(error)]
    with refused(UNKNOWN):
        office.calls.PutContacts(pb.PutContactsRequest(contacts=book))
