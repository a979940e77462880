"""MeetingService: what people do with meetings; `meetings.apply` decides each of them.

Rules of this module:

1. A call loads the meeting, held until its end, asks `apply`, keeps what comes back, writes it into calendars, and
   answers with the meeting as the caller sees it and the notices: one transaction.
2. A meeting that the caller may not see is NotFound, before anything else is said of it (`meetings.seeing`).
3. What the request says wrongly is told before what the state forbids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar, Final
from uuid import uuid4

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import Guest, Meeting, Notice, all_guests, apply, guest_of, guests
from schedcore.meetings import commands as c
from schedcore.meetings.people import Deputies
from schedcore.meetings.placing import owners
from schedcore.meetings.seeing import is_in, sees
from schedcore.policy import Answer, PersonalCalendar, default_status
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
from schedcore.store import Kept, NotFound, directory, meetings
from schedcore.v1 import common_pb2, meeting_pb2

__all__ = ["Meetings", "seen"]

#: Meetings in a page: each is loaded as a whole, with all who are invited.
_PAGE: Final = 50
_LARGEST: Final = 500
#: Codes of `apply` that say that a field is wrong, whatever the state.
_FAULTS: Final = {"invalid": "", "no_instance": "recurrence_id", "not_a_series": "recurrence_id"}
_STATE_OF: Final = {number: state for state, number in STATES.items()}
_ANSWER_OF: Final = {number: answer for answer, number in ANSWERS.items() if answer is not Answer.INVITED}


class Meetings(Service):
    """The handlers of MeetingService."""

    descriptor: ClassVar = meeting_pb2.DESCRIPTOR.services_by_name["MeetingService"]

    # --- making and finding -------------------------------------------------------------------------------------------

    @write
    def CreateMeeting(
        self, call: Call, request: meeting_pb2.CreateMeetingRequest
    ) -> meeting_pb2.CreateMeetingResponse:
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
    def ListMeetings(
        self, call: Call, request: meeting_pb2.ListMeetingsRequest
    ) -> meeting_pb2.ListMeetingsResponse:
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
        series, status = series_in(request), status_in(request)
        named = recurrence_id_of(request, step.before)
        start, end = time_in(request, "start"), time_in(request, "end")
        _check_scope(request, named)
        given = {name: getattr(request, name) if request.HasField(name) else None for name in _TEXTS}
        command = c.Edit(
            by=step.by,
            acting_for=request.acting_for,
            series=series,
            start=start,
            end=end,
            status=status,
            recurrence_id=named,
            notify=not request.quiet,
            **given,  # type: ignore[arg-type]
        )
        with faults(_FAULTS | {"invalid": "series" if named is None else "start"}):
            return meeting_pb2.EditMeetingResponse(**step.done(command))

    @write
    def Invite(self, call: Call, request: meeting_pb2.InviteRequest) -> meeting_pb2.InviteResponse:
        """Invite more people."""
        step = Step(call, request, "Invite")
        with field("invite"):
            if not request.invite:
                raise InvalidValue("nobody is named: give ids of accounts or mail addresses")
        calendar = _calendar(call, step.before.group, step.before.creator.id)
        known = people.around(call.tx, [step.before.creator.id], request.invite)
        # Who may not is told so by `apply`, not by what they find in somebody's address book.
        step.check_creator()
        with field("invite"):
            found = guests(
                calendar, step.before.creator.id, known, request.invite, strangers=request.strangers
            )
        command = c.Invite(
            by=step.by, acting_for=request.acting_for, guests=found, notify=not request.quiet
        )
        with faults({"is_creator": "invite"}):
            return meeting_pb2.InviteResponse(**step.done(command))

    @write
    def Remove(self, call: Call, request: meeting_pb2.RemoveRequest) -> meeting_pb2.RemoveResponse:
        """Take a participant out."""
        step = Step(call, request, "Remove")
        step.check_creator()
        with field("participant"):
            if step.before.participant(request.participant) is None:
                raise InvalidValue(f"{shorten(request.participant)} is no participant: name one who is")
        command = c.Remove(by=step.by, acting_for=request.acting_for, participant=request.participant)
        return meeting_pb2.RemoveResponse(meeting=step.done(command)["meeting"])

    @write
    def Remind(self, call: Call, request: meeting_pb2.RemindRequest) -> meeting_pb2.RemindResponse:
        """Give notices for those who have not answered."""
        step = Step(call, request, "Remind")
        step.check_creator()
        for place, name in enumerate(request.leave_out):
            with field(f"leave_out[{place}]"):
                if step.before.participant(name) is None:
                    raise InvalidValue(f"{shorten(name)} is no participant: leave out one who is")
        command = c.Remind(by=step.by, acting_for=request.acting_for, leave_out=request.leave_out)
        return meeting_pb2.RemindResponse(notices=step.done(command)["notices"])

    @write
    def CancelMeeting(
        self, call: Call, request: meeting_pb2.CancelMeetingRequest
    ) -> meeting_pb2.CancelMeetingResponse:
        """Call the whole or one instance off."""
        step = Step(call, request, "Cancel")
        named = recurrence_id_of(request, step.before)
        command = c.Cancel(
            by=step.by, acting_for=request.acting_for, recurrence_id=named, notify=not request.quiet
        )
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
        who: dict[str, Any] = {"by": step.by, "acting_for": request.acting_for, "recurrence_id": named}
        command: c.Command
        if refuses:
            command = c.Refuse(keep=answer is Answer.REFUSED_KEPT, reason=request.reason, **who)
        else:
            command = (c.Accept if answer is Answer.ACCEPTED else c.Tentative)(**who)
        with faults(_FAULTS):
            return meeting_pb2.AnswerResponse(**step.done(command))

    @read
    def ListPending(self, call: Call, request: meeting_pb2.ListPendingRequest) -> meeting_pb2.ListPendingResponse:
        """List what the caller has yet to answer."""
        return list_pending(call, request)

    @read
    def SuggestAnswer(
        self, call: Call, request: meeting_pb2.SuggestAnswerRequest
    ) -> meeting_pb2.SuggestAnswerResponse:
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
        self.call = call
        self.by = call.person()
        principal = request.acting_for or self.by
        self.deputies = people.check_deputy(call.tx, self.by, principal, command)
        kept = seen(call.tx, request.id, principal, request.etag if hasattr(request, "etag") else "")
        self.before = kept.value
        self.by = _as_named(call.tx, self.before, self.by) if principal == self.by else self.by
        self.principal = request.acting_for or self.by

    def check_creator(self) -> None:
        """Refuse whoever is not the creator, before the rest of the request is looked at."""
        command = c.Remind(by=self.by, acting_for="" if self.principal == self.by else self.principal)
        with _nothing_to_remind():
            apply(self.before, command, self.call.now, deputies=self.deputies)

    def done(self, command: c.Command) -> dict[str, Any]:
        """Do it: the meeting as the caller sees it, and notices."""
        after, notices = apply(self.before, command, self.call.now, deputies=self.deputies)
        etag = placing.save(self.call.tx, self.before, after)
        told = _told(self.call.tx, Kept(after, etag), self.call.person())
        return {"meeting": told, "notices": notices_of_meeting(after, notices, self.call.now)}
