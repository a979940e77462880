"""CalendarService: calendars, grants and publication; the handlers of people, events and files are mixed in.

Rules of this module:

1. A calendar of which the caller may know nothing is not there (`visible`). What they may know of it is `_told`: name
   and zone with the details, grants, publication and etag for who may change them, the rest for who knows it as
   somebody in particular. A published calendar tells the public its id and its kind.
2. Who may do what is asked of `policy`: `sight`, `may_configure`, `granted`, `revoked`, `published`, `check_added`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.policy import (
    Directory,
    ExternalCalendar,
    Fields,
    Grant,
    GroupCalendar,
    PersonalCalendar,
    Publication,
    Right,
    Sight,
    check_added,
    check_address,
    granted,
    horizon,
    may_configure,
    provider_of,
    published,
    revoked,
    sight,
)
from schedcore.policy.calendars import AnyCalendar
from schedcore.policy.visibility import level_of
from schedcore.service.calls import Call, read, write
from schedcore.service.errors import field
from schedcore.service.events import EventCalls
from schedcore.service.files import FileCalls
from schedcore.service.holdings import Holdings
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.people_calls import PeopleCalls, checked_id, plain
from schedcore.service.seeing import is_known, visible
from schedcore.service.times import seconds_of
from schedcore.store import Kept, calendars
from schedcore.store.calendars import Shown
from schedcore.store.errors import NotFound
from schedcore.v1 import calendar_pb2 as pb
from schedcore.zones import zone_of

__all__ = ["Calendars"]

_KINDS: Final[dict[type[AnyCalendar], Any]] = {
    PersonalCalendar: pb.CALENDAR_KIND_PERSONAL,
    GroupCalendar: pb.CALENDAR_KIND_GROUP,
    ExternalCalendar: pb.CALENDAR_KIND_EXTERNAL,
}
_PUBLICATIONS: Final = {
    pb.PUBLICATION_OFF: Publication.OFF,
    pb.PUBLICATION_BUSY_FREE: Publication.BUSY_FREE,
    pb.PUBLICATION_DETAILS: Publication.DETAILS,
}
_RIGHTS: Final = {pb.RIGHT_READ: Right.READ, pb.RIGHT_READ_WRITE: Right.READ_WRITE}
#: Characters of a name.
_LONGEST_NAME: Final = 1_000
#: Ids of calendars that are looked through at once for a page.
_BATCH: Final = 1_000


class Calendars(PeopleCalls, EventCalls, FileCalls):
    """The handlers of CalendarService; `holdings` is what the server has in memory of its store."""

    descriptor = pb.DESCRIPTOR.services_by_name["CalendarService"]

    def __init__(self, holdings: Holdings | None = None) -> None:
        self.holdings = Holdings() if holdings is None else holdings

    # --- calendars ----------------------------------------------------------------------------------------------------

    @write
    def CreateCalendar(self, call: Call, request: pb.CreateCalendarRequest) -> pb.CreateCalendarResponse:
        """Make a calendar."""
        me, given = call.person(), request.calendar
        with field("calendar"):
            shown = _new(given, me)
            known = self.holdings.directory(call.tx)
            if isinstance(shown.calendar, GroupCalendar):
                group = known.group(given.owner)
                if group is None or me not in group.members:
                    raise NotFound.of("group", given.owner)
            elif known.person(me) is None:
                raise NotFound.of("person", me)
            if not may_configure(me, shown.calendar, known):
                raise NotAllowed(f"{shorten(me)} may not make a calendar for {shorten(given.owner)}: only they may")
        if isinstance(shown.calendar, ExternalCalendar):
            ids = calendars.of_person(call.tx, me)
            own = [one.value.calendar for one in calendars.many(call.tx, ids).values()]
            check_added(me, [*own, shown.calendar], self.holdings.limits.quotas)
        etag = calendars.create(call.tx, shown)
        return pb.CreateCalendarResponse(calendar=_told(call, Kept(shown, etag), known))

    @read
    def GetCalendar(self, call: Call, request: pb.GetCalendarRequest) -> pb.GetCalendarResponse:
        """Give a calendar."""
        found, known = visible(call, self.holdings, request.id)
        return pb.GetCalendarResponse(calendar=_told(call, found, known))

    @read
    def ListCalendars(self, call: Call, request: pb.ListCalendarsRequest) -> pb.ListCalendarsResponse:
        """List the calendars that the caller may know of as somebody in particular."""
        after, size = position_of(call, request) or "", size_of(request)
        me = call.person()
        known = self.holdings.directory(call.tx)
        found: list[Kept[Shown]] = []
        while len(found) <= size:
            call.check()
            ids = calendars.listing(call.tx, after=after, limit=_BATCH)
            if not ids:
                break
            after = ids[-1]
            heads = calendars.heads(call.tx, ids)
            for id, shown in sorted(self.holdings.shown(call.tx, heads.calendars).items()):
                if is_known(me, shown.calendar, known):
                    found.append(Kept(shown, str(heads.calendars[id].version)))
        told = [_told(call, one, known) for one in found[:size]]
        token = token_of(call, request, found[size - 1].value.id) if len(found) > size else ""
        return pb.ListCalendarsResponse(calendars=told, next_page_token=token)

    @write
    def UpdateCalendar(self, call: Call, request: pb.UpdateCalendarRequest) -> pb.UpdateCalendarResponse:
        """Change name, zone and address."""
        given = request.calendar
        found, known = self._configured(call, given.id, "change")
        with field("calendar"):
            name, tz = _name(given), _tz(given)
            shown = replace(found.value, name=name, calendar=replace(found.value.calendar, tz=tz))
            if isinstance(shown.calendar, ExternalCalendar):
                shown = replace(shown, address=_address(given))
        etag = calendars.put(call.tx, shown, given.etag)
        return pb.UpdateCalendarResponse(calendar=_told(call, Kept(shown, etag), known))

    @write
    def DeleteCalendar(self, call: Call, request: pb.DeleteCalendarRequest) -> pb.DeleteCalendarResponse:
        """Delete a calendar and all that is in it."""
        self._configured(call, request.id, "delete")
        calendars.remove(call.tx, request.id, request.etag)
        return pb.DeleteCalendarResponse()

    # --- rights -------------------------------------------------------------------------------------------------------

    @write
    def GrantRight(self, call: Call, request: pb.GrantRightRequest) -> pb.GrantRightResponse:
        """Give a right."""
        me = call.person()
        found, known = visible(call, self.holdings, request.calendar)
        with field("grant"):
            calendar = granted(_shared(found.value), _grant(request.grant), by=me, directory=known)
        return pb.GrantRightResponse(calendar=self._saved(call, found.value, calendar, request.etag, known))

    @write
    def RevokeRight(self, call: Call, request: pb.RevokeRightRequest) -> pb.RevokeRightResponse:
        """Take a right away."""
        me = call.person()
        found, known = visible(call, self.holdings, request.calendar)
        with field("grant"):
            which = request.grant.WhichOneof("to")
            if which is None:
                raise InvalidValue("the grant names nobody: set member or group")
            named: dict[str, Any] = {which: getattr(request.grant, which)}
            calendar = revoked(_shared(found.value), by=me, directory=known, **named)
        return pb.RevokeRightResponse(calendar=self._saved(call, found.value, calendar, request.etag, known))

    @write
    def PublishCalendar(self, call: Call, request: pb.PublishCalendarRequest) -> pb.PublishCalendarResponse:
        """Set what the public gets."""
        me = call.person()
        found, known = visible(call, self.holdings, request.calendar)
        with field("publication"):
            mode = _PUBLICATIONS.get(request.publication)
            if mode is None:
                raise InvalidValue(f"publication={request.publication}: give OFF, BUSY_FREE or DETAILS")
        calendar = published(_shared(found.value), mode, by=me, directory=known)
        return pb.PublishCalendarResponse(calendar=self._saved(call, found.value, calendar, request.etag, known))

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _saved(self, call: Call, shown: Shown, calendar: AnyCalendar, etag: str, known: Directory) -> pb.Calendar:
        changed = replace(shown, calendar=calendar)
        return _told(call, Kept(changed, calendars.put(call.tx, changed, etag)), known)

    def _configured(self, call: Call, id: str, what: str) -> tuple[Kept[Shown], Directory]:
        """A calendar that the caller may configure."""
        me = call.person()
        found, known = visible(call, self.holdings, id)
        if not may_configure(me, found.value.calendar, known):
            raise NotAllowed(f"{shorten(me)} may not {what} calendar {shorten(id)}: ask who owns it")
        return found, known


# --- from messages ----------------------------------------------------------------------------------------------------


def _new(given: pb.Calendar, me: str) -> Shown:
    """A calendar as the request wants it made."""
    id = given.id or str(uuid4())
    checked_id(id)
    owner, tz, address = given.owner or me, _tz(given), ""
    calendar: AnyCalendar
    if given.kind == pb.CALENDAR_KIND_PERSONAL:
        calendar = PersonalCalendar(owner, None, tz=tz)
    elif given.kind == pb.CALENDAR_KIND_GROUP:
        calendar = GroupCalendar(owner, None, tz=tz)
    elif given.kind == pb.CALENDAR_KIND_EXTERNAL:
        calendar, address = ExternalCalendar(owner, None, tz), _address(given)
    else:
        with field("kind"):
            raise InvalidValue(f"kind={given.kind}: give PERSONAL, GROUP or EXTERNAL")
    return Shown(id, calendar, _name(given), address)


def _name(given: pb.Calendar) -> str:
    with field("name"):
        return plain(given.name, _LONGEST_NAME)


def _tz(given: pb.Calendar) -> str | None:
    with field("tz"):
        return zone_of(given.tz).key if given.tz else None


def _address(given: pb.Calendar) -> str:
    with field("address"):
        return check_address(given.address)


def _grant(given: pb.Grant) -> Grant:
    right = _RIGHTS.get(given.right)
    if right is None:
        with field("right"):
            raise InvalidValue(f"right={given.right}: give READ or READ_WRITE")
    return Grant(right, given.member or None, given.group or None)


def _shared(shown: Shown) -> Any:
    """The calendar, if it is one that can be shared."""
    if isinstance(shown.calendar, ExternalCalendar):
        raise NotAllowed(
            "an external calendar is for who subscribed to it alone: it has no grants and is not published"
        )
    return shown.calendar


# --- to messages ------------------------------------------------------------------------------------------------------


def _told(call: Call, kept: Kept[Shown], known: Directory) -> pb.Calendar:
    """A calendar as far as the caller may know it."""
    shown, viewer = kept.value, call.viewer
    calendar = shown.calendar
    its = sight(viewer, calendar, known)
    told = pb.Calendar(id=shown.id, kind=_KINDS[type(calendar)], level=_level(its))
    if is_known(viewer, calendar, known):
        told.owner = _owner(calendar)
    if its.visible & Fields.REST:
        told.name, told.tz = shown.name, str(calendar.tz or "")
    if may_configure(viewer, calendar, known):
        told.may_configure, told.etag, told.address = True, kept.etag, shown.address
        if isinstance(calendar, ExternalCalendar):
            until = horizon(provider_of(shown.address), call.now)
            told.horizon = 0 if until is None else seconds_of(until)
        else:
            told.publication = _number(_PUBLICATIONS, calendar.publication)
            told.grants.extend(_grant_message(one) for one in calendar.grants)
    return told


def _grant_message(one: Grant) -> pb.Grant:
    right = _number(_RIGHTS, one.right)
    return (
        pb.Grant(member=one.member, right=right)
        if one.member is not None
        else pb.Grant(group=one.group or "", right=right)
    )


def _owner(calendar: AnyCalendar) -> str:
    if isinstance(calendar, GroupCalendar):
        return calendar.group
    return calendar.subscriber if isinstance(calendar, ExternalCalendar) else calendar.owner


def _level(its: Sight) -> Any:
    return int(level_of(its.visible)) + 1


def _number(table: dict[Any, Any], value: Any) -> Any:
    return next(number for number, one in table.items() if one is value)
