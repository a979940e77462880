"""MeetingService: what people do with meetings; `meetings.apply` decides each of them.

Rules of this module:

1. A call loads the meeting, held until its end, asks `apply`, keeps what comes back, writes it into calendars, and
   answers with the meeting as the caller sees it and the notices: one transaction.
2. A meeting that the caller may not see is NotFound, before anything else is said of it (`meetings.seeing`).
3. What the request says wrongly is told before what the state forbids.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final
from uuid import uuid4

from schedcore.errors import InvalidValue, Refused
from schedcore.meetings import Deputies, Guest, Meeting, all_guests, apply, guest_of, guests
from schedcore.meetings import commands as c
from schedcore.meetings.placing import owners
from schedcore.meetings.seeing import is_in, sees
from schedcore.policy import Answer, GroupCalendar, PersonalCalendar, default_status
from schedcore.policy.calendars import AnyCalendar
from schedcore.recurrence import Series
from schedcore.service import people, placing
from schedcore.service.calls import Call, Service, read, write
from schedcore.service.errors import field
from schedcore.service.meeting_messages import (
    ANSWERS,
    STATES,
    meeting_message,
    recurrence_id_of,
    series_in,
    status_in,
    time_in,
)
from schedcore.service.notices import notices_of_meeting
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.pending import list_pending, suggest
from schedcore.service.receiving import receive
from schedcore.service.refusals import faults
from schedcore.store import Kept, NotFound, Stale, directory, meetings
from schedcore.v1 import meeting_pb2

__all__ = ["Meetings", "seen"]

#: Meetings in a page: each is loaded as a whole, with all who are invited.
_PAGE: Final = 50
_LARGEST: Final = 500
#: Codes of `apply` that say that a field is wrong, whatever the state.
_FAULTS: Final = {"invalid": "series", "no_instance": "recurrence_id", "not_a_series": "recurrence_id"}
_STATE_OF: Final = {number: state for state, number in STATES.items()}
_ANSWER_OF: Final = {number: answer for answer, number in ANSWERS.items() if answer is not Answer.INVITED}


class Meetings(Service):
    """The handlers of MeetingService."""

    descriptor: ClassVar = meeting_pb2.DESCRIPTOR.services_by_name["MeetingService"]

    # --- making and finding -------------------------------------------------------------------------------------------

    @write
    def CreateMeeting(self, call: Call, request: meeting_pb2.CreateMeetingRequest) -> meeting_pb2.CreateMeetingResponse:
        """Make an event, and a meeting of it if somebody is invited."""
        by = call.person()
        principal = request.acting_for or by
        deputies = people.check_deputy(call.tx, by, principal, "Create")
        series = _needed(series_in(request))
        status = status_in(request)
        creator, invited = _creator_and_guests(call, request, principal)
        command = c.Create(
            by=by,
            acting_for=request.acting_for,
            id=uuid4().hex,
            creator=creator,
            series=series,
            subject=request.subject,
            description=request.description,
            location=request.location,
            status=default_status(all_day=series.kind == "date") if status is None else status,
            group=request.group,
            guests=invited,
            notify=not request.quiet,
        )
        with faults(_FAULTS | {"is_creator": "invite"}):
            made, notices = apply(None, command, call.now, deputies=deputies)
        with field("series"):
            etag = placing.create(call.tx, made)
        return meeting_pb2.CreateMeetingResponse(
            meeting=meeting_message(made, etag, by, deputies), notices=notices_of_meeting(made, notices, call.now)
        )

    @read
    def GetMeeting(self, call: Call, request: meeting_pb2.GetMeetingRequest) -> meeting_pb2.GetMeetingResponse:
        """Give a meeting as the caller sees it."""
        by = call.person()
        kept = seen(call.tx, request.id, by)
        return meeting_pb2.GetMeetingResponse(meeting=_told(call.tx, kept, by))

    @read
    def ListMeetings(self, call: Call, request: meeting_pb2.ListMeetingsRequest) -> meeting_pb2.ListMeetingsResponse:
        """List the meetings that the caller is in."""
        by = call.person()
        with field("state"):
            if request.state and request.state not in _STATE_OF:
                raise InvalidValue(f"state={request.state} is none that this server knows: give one of 1 to 3")
        size, after = size_of(request, _PAGE, _LARGEST), position_of(call, request)
        ids = meetings.named(call.tx, people.names_of(call.tx, by), after=after or "", limit=size + 1)
        found = []
        for id in ids[:size]:
            call.check()
            kept = placing.load(call.tx, id)
            if not request.state or STATES[kept.value.state] == request.state:
                found.append(_told(call.tx, kept, by))
        token = token_of(call, request, ids[size - 1]) if len(ids) > size else ""
        return meeting_pb2.ListMeetingsResponse(meetings=found, next_page_token=token)

    # --- what the creator does ----------------------------------------------------------------------------------------

    @write
    def EditMeeting(self, call: Call, request: meeting_pb2.EditMeetingRequest) -> meeting_pb2.EditMeetingResponse:
        """Change the whole or one instance."""
        step = Step(call, request, "Edit")
        named = recurrence_id_of(request, step.before)
        given: dict[str, Any] = {name: getattr(request, name) for name in _TEXTS if request.HasField(name)}
        given |= {name: time_in(request, name) for name in ("start", "end")}
        given |= {"series": series_in(request), "status": status_in(request), "recurrence_id": named}
        with field("recurrence_id"):
            command = c.Edit(notify=not request.quiet, **given, **step.who)
        with faults(_FAULTS | {"invalid": "series" if named is None else "start"}):
            return meeting_pb2.EditMeetingResponse(**step.done(command))

    @write
    def Invite(self, call: Call, request: meeting_pb2.InviteRequest) -> meeting_pb2.InviteResponse:
        """Invite more people."""
        step = Step(call, request, "Invite")
        with field("invite"):
            if not request.invite:
                raise InvalidValue("nobody is named: give ids of accounts or mail addresses")
        step.check_inviting()
        creator = step.before.creator.id
        calendar = _calendar(call.tx, step.before.group, creator)
        with field("invite"):
            known = people.around(call.tx, [creator], request.invite)
            found = guests(calendar, creator, known, request.invite, strangers=request.strangers)
        command = c.Invite(guests=found, notify=not request.quiet, **step.who)
        with faults({"is_creator": "invite"}):
            return meeting_pb2.InviteResponse(**step.done(command))

    @write
    def Remove(self, call: Call, request: meeting_pb2.RemoveRequest) -> meeting_pb2.RemoveResponse:
        """Take a participant out."""
        step = Step(call, request, "Remove")
        with faults({"not_invited": "participant"}):
            return meeting_pb2.RemoveResponse(
                meeting=step.done(c.Remove(participant=request.participant, **step.who))["meeting"]
            )

    @write
    def Remind(self, call: Call, request: meeting_pb2.RemindRequest) -> meeting_pb2.RemindResponse:
        """Give notices for those who have not answered."""
        step = Step(call, request, "Remind")
        with faults({"not_invited": "leave_out"}):
            notices = step.done(c.Remind(leave_out=request.leave_out, **step.who))["notices"]
        return meeting_pb2.RemindResponse(notices=notices)

    @write
    def CancelMeeting(self, call: Call, request: meeting_pb2.CancelMeetingRequest) -> meeting_pb2.CancelMeetingResponse:
        """Call the whole or one instance off."""
        step = Step(call, request, "Cancel")
        named = recurrence_id_of(request, step.before)
        command = c.Cancel(recurrence_id=named, notify=not request.quiet, **step.who)
        with faults(_FAULTS):
            return meeting_pb2.CancelMeetingResponse(**step.done(command))

    # --- what who is invited does -------------------------------------------------------------------------------------

    @write
    def Answer(self, call: Call, request: meeting_pb2.AnswerRequest) -> meeting_pb2.AnswerResponse:
        """Answer an invitation."""
        step = Step(call, request, "Answer")
        with field("answer"):
            if request.answer not in _ANSWER_OF:
                raise InvalidValue(f"answer={request.answer}: say perhaps (2), yes (3), no (4), or no but kept (5)")
        answer = _ANSWER_OF[request.answer]
        named = recurrence_id_of(request, step.before)
        refuses = answer in (Answer.REFUSED, Answer.REFUSED_KEPT)
        with field("reason"):
            if request.reason and not refuses:
                raise InvalidValue("a reason is for a no alone: leave it out")
        command: c.Command
        if refuses:
            keep = answer is Answer.REFUSED_KEPT
            command = c.Refuse(keep=keep, reason=request.reason, recurrence_id=named, **step.who)
        else:
            command = (c.Accept if answer is Answer.ACCEPTED else c.Tentative)(recurrence_id=named, **step.who)
        with faults(_FAULTS):
            return meeting_pb2.AnswerResponse(**step.done(command))

    @read
    def ListPending(self, call: Call, request: meeting_pb2.ListPendingRequest) -> meeting_pb2.ListPendingResponse:
        """List what the caller has yet to answer."""
        return list_pending(call, request)

    @read
    def SuggestAnswer(self, call: Call, request: meeting_pb2.SuggestAnswerRequest) -> meeting_pb2.SuggestAnswerResponse:
        """Suggest what to answer."""
        by = call.person()
        return suggest(call, request, seen(call.tx, request.id, by).value)

    @write
    def Receive(self, call: Call, request: meeting_pb2.ReceiveRequest) -> meeting_pb2.ReceiveResponse:
        """Do what an iTIP message asks for."""
        return receive(call, request)


_TEXTS: Final = ("subject", "description", "location")


class Step:
    """One command to a meeting: loaded for who may see it, done, kept, and answered with."""

    def __init__(self, call: Call, request: Any, command: str) -> None:
        person = call.person()
        principal = request.acting_for or person
        self.call = call
        self.deputies = people.check_deputy(call.tx, person, principal, command)
        kept = seen(call.tx, request.id, principal, getattr(request, "etag", ""))
        self.before, self.etag = kept.value, kept.etag
        name = people.named_as(call.tx, principal, partial(is_in, self.before))
        #: Who does it and in whose name, as commands have it.
        self.who: dict[str, Any] = {"by": person, "acting_for": name} if principal != person else {"by": name}

    def check_inviting(self) -> None:
        """Refuse whoever may not invite, before anything is looked up in the creator's address book."""
        try:
            apply(self.before, c.Invite(guests=(), **self.who), self.call.now, deputies=self.deputies)
        except Refused as error:
            if error.reason != "already_invited":  # which an invitation of nobody is
                raise

    def done(self, command: c.Command) -> dict[str, Any]:
        """Do it: the meeting as the caller sees it, and notices."""
        after, notices = apply(self.before, command, self.call.now, deputies=self.deputies)
        if after != self.before:
            with field("series"):
                self.etag = placing.save(self.call.tx, self.before, after)
        told = _told(self.call.tx, Kept(after, self.etag), self.call.person())
        return {"meeting": told, "notices": notices_of_meeting(after, notices, self.call.now)}


def seen(tx: Any, id: str, viewer: str, etag: str = "") -> Kept[Meeting]:
    """A meeting that somebody may see; NotFound where it is not there or not for them, Stale for another etag."""
    kept = placing.load(tx, id)
    meeting = kept.value
    if not is_in(meeting, people.named_as(tx, viewer, partial(is_in, meeting))):
        places: list[AnyCalendar] = [*people.personal_calendars(tx, owners(meeting)).values()]
        if meeting.group:
            places.append(people.group_calendar(tx, meeting.group))
        if not sees(meeting, viewer, places, directory.around(tx, [viewer])):
            raise NotFound.of("meeting", id)
    if etag and etag != kept.etag:
        raise Stale.of("meeting", id, given=etag, current=kept.etag)
    return kept


def _told(tx: Any, kept: Kept[Meeting], viewer: str) -> meeting_pb2.Meeting:
    """A meeting as a message for somebody who may see it."""
    meeting = kept.value
    name = people.named_as(tx, viewer, partial(is_in, meeting))
    if meeting.creator.is_named(name):
        return meeting_message(meeting, kept.etag, name, Deputies())
    others = [meeting.creator.id, *(one.id for one in meeting.participants if one.given.reason or one.instances)]
    return meeting_message(meeting, kept.etag, name, people.deputies(tx, viewer, others))


def _needed(series: Series | None) -> Series:
    with field("series"):
        if series is None:
            raise InvalidValue("no time is given: say when it is")
        return series


def _creator_and_guests(
    call: Call, request: meeting_pb2.CreateMeetingRequest, principal: str
) -> tuple[Guest, tuple[Guest, ...]]:
    """Who makes a meeting, and whom the request invites; NotAllowed for a calendar that they may not write."""
    known = people.around(call.tx, [principal], request.invite)
    person = known.person(principal)
    if person is None:
        raise NotFound.of("person", principal)
    calendar = _calendar(call.tx, request.group, principal)
    with field("invite"):
        found = guests(calendar, principal, known, request.invite, strangers=request.strangers)
    if request.invite_all:
        with field("invite_all"):
            found = (*found, *all_guests(calendar, principal, known, creating=True))
    return guest_of(person), found


def _calendar(tx: Any, group: str, creator: str) -> PersonalCalendar | GroupCalendar:
    """The calendar in which a meeting is made."""
    return people.group_calendar(tx, group) if group else PersonalCalendar(creator, None)
