"""Who may know what of a calendar, and who may change what: from rights and memberships to `Fields`.

Theory. Somebody stands to a calendar in one or more ways: they own it, hold a grant, share a group with its owner, or
are anybody at all. Each such `Standing` gives a set of `Fields` for each `Visibility` of an event: one row of the table
`SIGHTS`. What the viewer may know is the union of their rows. That is all; there is no order in which rules are tried,
so none can be tried in the wrong one. A row for one (viewer, calendar) is a `Sight`, three numbers, and holds for every
event of the calendar.

    standing          who                                           visible    to some   invisible   rules
    OWNER             whose calendar it is                          all        all       all
    WRITER            granted read-write                            all        block     -           P5, V3
    READER            granted read                                  details    block     -           P4, V3, V4
    CO_MEMBER         shares a group with the owner                 block      -         -           V1, P1, P2
    GROUP_WRITER      administers the group, or granted read-write  all        all       all         G2, G3
    GROUP_MEMBER      member of the group                           details    details   details     G1
    SUBSCRIBER        added the external calendar                   details    details   details     O11
    PUBLIC_DETAILS    anybody, of a calendar published in details   subject    -         -           V7, V8
    PUBLIC_BUSY       anybody, of one published as busy/free        times      -         -           V6, V7

Readings, where the rules leave room:

1. A right reaches only those who are members: of a person's calendar those who share a group with the owner at the time
   of the question, of a group's calendar its members. So somebody who left the last shared group sees at once what an
   outsider sees, a grant in their own name included; it is there again if they come back, unless it was revoked.
2. A grant that names nobody, or a group that does not exist, gives nobody anything.
3. Visibility caps every right but the owner's, to write as well: who may write edits what they can see, and can add.
4. In a group's calendar visibility says nothing to members; what is private there is still not published.
5. Who may write acts for the owner, but does not hand on the owner's rights: grants and publication are changed by the
   owner, in a group by those who administer it.

Product rules: V1, V3, V4, V5, V6, V7, V8, P1, P2, P3, P4, P5, P6, P7, P8, P9, G1, G2, G3, U1, U2, U3, U5, O11, O12.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.policy.calendars import (
    PUBLIC,
    AnyCalendar,
    ExternalCalendar,
    Grant,
    GroupCalendar,
    PersonalCalendar,
    Publication,
    Right,
    Viewer,
)
from schedcore.policy.visibility import Fields, Level, Visibilities, level_of

if TYPE_CHECKING:
    from schedcore.ics import Event
    from schedcore.policy.directory import Directory

__all__ = [
    "SIGHTS",
    "Sight",
    "Standing",
    "fields",
    "granted",
    "level",
    "may_configure",
    "may_write",
    "published",
    "revoked",
    "sight",
    "standings",
]

Shared = TypeVar("Shared", PersonalCalendar, GroupCalendar)


class Standing(StrEnum):
    """A way in which somebody stands to a calendar: the table above."""

    OWNER = "owner"
    WRITER = "granted read-write"
    READER = "granted read"
    CO_MEMBER = "co-member"
    GROUP_WRITER = "group writer"
    GROUP_MEMBER = "group member"
    SUBSCRIBER = "subscriber"
    PUBLIC_DETAILS = "public details"
    PUBLIC_BUSY = "public busy/free"


class Sight(NamedTuple):
    """What one viewer may know of the events of one calendar, by their visibility."""

    visible: Fields
    some: Fields
    invisible: Fields

    def __or__(self, other: object) -> Sight:
        """The union: what two standings show together.

        >>> (SIGHTS[Standing.CO_MEMBER] | SIGHTS[Standing.READER]) == SIGHTS[Standing.READER]
        True
        """
        if not isinstance(other, Sight):
            return NotImplemented
        return Sight(*(one | more for one, more in zip(self, other, strict=True)))

    @property
    def is_blind(self) -> bool:
        """Whether nothing of the calendar may be known, whatever is in it."""
        return not any(self)


NOTHING: Final = Fields.NOTHING
BLOCK: Final = Fields.TIMES | Fields.STATUS
DETAILS: Final = BLOCK | Fields.SUBJECT | Fields.REST
ALL: Final = DETAILS | Fields.WRITE
BLIND: Final = Sight(NOTHING, NOTHING, NOTHING)

#: What each standing shows: visible, to some, invisible.
SIGHTS: Final = {
    Standing.OWNER: Sight(ALL, ALL, ALL),
    Standing.WRITER: Sight(ALL, BLOCK, NOTHING),
    Standing.READER: Sight(DETAILS, BLOCK, NOTHING),
    Standing.CO_MEMBER: Sight(BLOCK, NOTHING, NOTHING),
    Standing.GROUP_WRITER: Sight(ALL, ALL, ALL),
    Standing.GROUP_MEMBER: Sight(DETAILS, DETAILS, DETAILS),
    Standing.SUBSCRIBER: Sight(DETAILS, DETAILS, DETAILS),
    Standing.PUBLIC_DETAILS: Sight(Fields.TIMES | Fields.SUBJECT, NOTHING, NOTHING),
    Standing.PUBLIC_BUSY: Sight(Fields.TIMES, NOTHING, NOTHING),
}


# --- who may know -----------------------------------------------------------------------------------------------------


def standings(viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> frozenset[Standing]:
    """In which ways a viewer stands to a calendar; none of a calendar that is not theirs to know of.

    O(grants + groups of the viewer).
    """
    if viewer is not PUBLIC and not isinstance(viewer, str):
        raise InvalidValue(f"viewer={shorten(viewer)}: give the id of a person, or PUBLIC")
    if isinstance(calendar, ExternalCalendar):
        return frozenset((Standing.SUBSCRIBER,) if viewer == calendar.subscriber else ())
    if not isinstance(calendar, (PersonalCalendar, GroupCalendar)):
        # By its type: a calendar shows its name and how much is in it.
        raise InvalidValue(
            f"{type(calendar).__name__}: whose is it? Give a PersonalCalendar, GroupCalendar or ExternalCalendar"
        )
    found = set()
    if calendar.publication is not Publication.OFF:
        in_details = calendar.publication is Publication.DETAILS
        found.add(Standing.PUBLIC_DETAILS if in_details else Standing.PUBLIC_BUSY)
    if viewer is not PUBLIC:
        found |= _as_somebody(viewer, calendar, directory)
    return frozenset(found)


def _as_somebody(viewer: str, calendar: PersonalCalendar | GroupCalendar, directory: Directory) -> set[Standing]:
    """How a person stands to a calendar, beyond what anybody does."""
    if isinstance(calendar, GroupCalendar):
        group = directory.group(calendar.group)
        if group is None or viewer not in group.members:
            return set()
        writes = viewer in group.administrators or Right.READ_WRITE in _held(viewer, calendar, directory)
        return {Standing.GROUP_MEMBER, *([Standing.GROUP_WRITER] if writes else [])}
    if viewer == calendar.owner:
        return {Standing.OWNER}
    if not directory.are_co_members(viewer, calendar.owner):
        return set()
    named = {Right.READ: Standing.READER, Right.READ_WRITE: Standing.WRITER}
    return {Standing.CO_MEMBER, *(named[right] for right in _held(viewer, calendar, directory))}


def _held(viewer: str, calendar: PersonalCalendar | GroupCalendar, directory: Directory) -> set[Right]:
    """The rights that grants give somebody who is a member."""
    if not calendar.grants:
        return set()
    groups = directory.groups_of(viewer)
    return {grant.right for grant in calendar.grants if grant.member == viewer or grant.group in groups}


def sight(viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> Sight:
    """What a viewer may know of each event of a calendar, by its visibility: the rights compiled. Cost as `standings`.

    >>> from schedcore.policy import Directory, Group, PersonalCalendar, Person
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> seen = sight("ben", PersonalCalendar("anna", None), team)
    >>> [level_of(known).name for known in seen]
    ['BUSY', 'NONE', 'NONE']
    """
    return _together(standings(viewer, calendar, directory))


#: There are nine standings, and few go together.
@lru_cache(maxsize=512)
def _together(found: frozenset[Standing]) -> Sight:
    """What some standings show together."""
    known = BLIND
    for standing in found:
        known |= SIGHTS[standing]
    return known


def fields(event: Event, viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> Fields:
    """What a viewer may know of one event (or override) of a calendar. Cost as `level`."""
    masters = getattr(calendar.calendar, "events", ())
    own = event.recurrence_id is None or event.classification is not None
    visibility = Visibilities(() if own else (one for one in masters if one.recurrence_id is None)).of(event)
    return sight(viewer, calendar, directory)[visibility]


def level(event: Event, viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> Level:
    """How much a viewer may know of one event (or override) of a calendar.

    `directory` says who is where at the time of the question. For many events ask once for `sight`, or use `levels`,
    `freebusy_as` and `as_seen_by`, which do. Cost as `standings`; of an override without a CLASS also a look at the
    events of the calendar. InvalidValue for what is no viewer or no calendar.

    >>> from schedcore import Calendar
    >>> from schedcore.policy import Directory, Grant, Group, Person, PersonalCalendar, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> calendar = Calendar.from_ical("BEGIN:VEVENT\\nUID:1\\nDTSTART:20261019T120000Z\\nEND:VEVENT")
    >>> its = PersonalCalendar("anna", calendar, [Grant(Right.READ, group="sales")])
    >>> level(calendar.events[0], "ben", its, team).name, level(calendar.events[0], "eve", its, team).name
    ('DETAILS', 'NONE')
    """
    return level_of(fields(event, viewer, calendar, directory))


def may_write(viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> bool:
    """Whether a viewer may add events to a calendar; edit and delete them they may where their `level` is EDIT.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = PersonalCalendar("anna", None)
    >>> may_write("anna", its, team), may_write("ben", its, team)
    (True, False)
    """
    return bool(sight(viewer, calendar, directory).visible & Fields.WRITE)


def may_configure(viewer: Viewer, calendar: AnyCalendar, directory: Directory) -> bool:
    """Whether a viewer may change what a calendar says of itself: who owns it, subscribed to it, administers its group.

    >>> from schedcore.policy import Directory, PersonalCalendar
    >>> [may_configure(viewer, PersonalCalendar("anna", None), Directory()) for viewer in ("anna", "ben", PUBLIC)]
    [True, False, False]
    """
    if isinstance(calendar, GroupCalendar):
        group = directory.group(calendar.group)
        return group is not None and viewer in group.administrators
    return viewer == (calendar.subscriber if isinstance(calendar, ExternalCalendar) else calendar.owner)


# --- who may change ---------------------------------------------------------------------------------------------------


def granted(calendar: Shared, grant: Grant, *, by: str, directory: Directory) -> Shared:
    """The calendar with a grant, in place of one that the same member or group had.

    NotAllowed unless `by` is the owner, or administers the group. InvalidValue for a member or a group that is not in
    the directory.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = granted(PersonalCalendar("anna", None), Grant(Right.READ_WRITE, member="ben"), by="anna", directory=team)
    >>> may_write("ben", its, team)
    True
    """
    _check_master(calendar, by, directory, "grant rights")
    if grant.member is not None and directory.person(grant.member) is None:
        raise InvalidValue(f"{shorten(grant.member)} is nobody of the directory: grant to a member or to a group")
    if grant.group is not None and directory.group(grant.group) is None:
        raise InvalidValue(f"group {shorten(grant.group)} is not in the directory: grant to a member or to a group")
    return replace(calendar, grants=(*_without(calendar, grant.member, grant.group), grant))


def revoked(
    calendar: Shared, *, by: str, directory: Directory, member: str | None = None, group: str | None = None
) -> Shared:
    """The calendar without the grants of a member or of a group; the same if there were none. Errors as `granted`.

    >>> from schedcore.policy import Directory, Grant, Person, PersonalCalendar, Right
    >>> its = PersonalCalendar("anna", None, [Grant(Right.READ, member="ben")])
    >>> revoked(its, by="anna", directory=Directory([Person("anna"), Person("ben")], []), member="ben").grants
    ()
    """
    _check_master(calendar, by, directory, "revoke rights")
    return replace(calendar, grants=_without(calendar, member, group))


def published(calendar: Shared, mode: Publication, *, by: str, directory: Directory) -> Shared:
    """The calendar with another public access. NotAllowed unless `by` is the owner, or administers the group.

    >>> from schedcore.policy import Directory, Person, PersonalCalendar
    >>> team = Directory([Person("anna")], [])
    >>> published(PersonalCalendar("anna", None), Publication.DETAILS, by="anna", directory=team).publication.name
    'DETAILS'
    """
    _check_master(calendar, by, directory, "configure publication")
    return replace(calendar, publication=Publication(mode))


def _without(calendar: PersonalCalendar | GroupCalendar, member: str | None, group: str | None) -> tuple[Grant, ...]:
    return tuple(one for one in calendar.grants if (one.member, one.group) != (member, group))


def _check_master(calendar: PersonalCalendar | GroupCalendar, by: str, directory: Directory, what: str) -> None:
    """Refuse whoever neither owns the calendar nor administers its group."""
    if may_configure(by, calendar, directory):
        return
    if isinstance(calendar, GroupCalendar):
        raise NotAllowed(
            f"{shorten(by)} may not {what} of the calendar of group {shorten(calendar.group)}: its administrator"
            " and co-administrators may, ask one of them"
        )
    raise NotAllowed(
        f"{shorten(by)} may not {what} of the calendar of {shorten(calendar.owner)}: only its owner may, ask them"
    )
