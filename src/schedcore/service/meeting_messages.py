"""Meetings as messages, and the parts of requests about them as values."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from schedcore.errors import InvalidValue
from schedcore.freebusy import Status
from schedcore.meetings import Deputies, Given, Icon, Instance, Meeting, Participant, Pending, Sign, State, icon
from schedcore.meetings.seeing import reads_reason
from schedcore.policy import Answer
from schedcore.recurrence import Series
from schedcore.service.errors import field
from schedcore.service.times import series_message, series_of, time_message, time_of
from schedcore.v1 import common_pb2, meeting_pb2

__all__ = [
    "ANSWERS",
    "STATES",
    "meeting_message",
    "pending_message",
    "recurrence_id_of",
    "series_in",
    "status_in",
    "time_in",
]

STATES: Final = {
    State.EVENT: meeting_pb2.MEETING_STATE_EVENT,
    State.MEETING: meeting_pb2.MEETING_STATE_MEETING,
    State.CANCELLED: meeting_pb2.MEETING_STATE_CANCELLED,
}
ANSWERS: Final = {
    Answer.INVITED: meeting_pb2.MEETING_ANSWER_INVITED,
    Answer.TENTATIVE: meeting_pb2.MEETING_ANSWER_TENTATIVE,
    Answer.ACCEPTED: meeting_pb2.MEETING_ANSWER_ACCEPTED,
    Answer.REFUSED: meeting_pb2.MEETING_ANSWER_REFUSED,
    Answer.REFUSED_KEPT: meeting_pb2.MEETING_ANSWER_REFUSED_KEPT,
}
_SIGNS: Final = {
    Sign.NORMAL: meeting_pb2.MEETING_SIGN_NORMAL,
    Sign.QUESTION: meeting_pb2.MEETING_SIGN_QUESTION,
    Sign.CROSSED: meeting_pb2.MEETING_SIGN_CROSSED,
}
_STATUSES: Final = {
    Status.FREE: common_pb2.STATUS_FREE,
    Status.TENTATIVE: common_pb2.STATUS_TENTATIVE,
    Status.BUSY: common_pb2.STATUS_BUSY,
    Status.OUT_OF_OFFICE: common_pb2.STATUS_OUT_OF_OFFICE,
}
_STATUS_OF: Final = {number: status for status, number in _STATUSES.items()}


# --- answers ----------------------------------------------------------------------------------------------------------


def meeting_message(meeting: Meeting, etag: str, viewer: str, deputies: Deputies) -> meeting_pb2.Meeting:
    """A meeting as somebody who may see it sees it; reasons of refusals only where they may read them."""
    creator = meeting.creator
    return meeting_pb2.Meeting(
        id=meeting.id,
        etag=etag,
        state=STATES[meeting.state],
        creator=creator.id,
        creator_name=creator.name,
        group=meeting.group,
        series=series_message(meeting.series),
        subject=meeting.subject,
        description=meeting.description,
        location=meeting.location,
        status=_STATUSES[meeting.status],
        hosted=meeting.hosted,
        participants=[_participant(one, reads_reason(meeting, viewer, one, deputies)) for one in meeting.participants],
        instances=map(_instance, meeting.instances),
        icon=_icon(icon(meeting)),
        own_status=_STATUSES[meeting.status_for(viewer)],
        may_edit=meeting.hosted and (creator.is_named(viewer) or deputies.may(viewer, creator.id)),
    )


def _participant(one: Participant, reads: bool) -> meeting_pb2.MeetingParticipant:
    return meeting_pb2.MeetingParticipant(
        id=one.id,
        name=one.guest.name,
        account=one.guest.account,
        given=_given(one.given, reads),
        instances=[
            meeting_pb2.InstanceAnswer(recurrence_id=time_message(named), given=_given(given, reads))
            for named, given in one.instances
        ],
    )


def _given(given: Given, reads: bool) -> meeting_pb2.GivenAnswer:
    return meeting_pb2.GivenAnswer(answer=ANSWERS[given.answer], reason=given.reason if reads else "", at=given.stamp)


def _instance(one: Instance) -> meeting_pb2.MeetingInstance:
    return meeting_pb2.MeetingInstance(
        recurrence_id=time_message(one.recurrence_id),
        cancelled=one.cancelled,
        start=None if one.start is None else time_message(one.start),
        end=None if one.end is None else time_message(one.end),
        subject=one.subject,
        description=one.description,
        location=one.location,
    )


def _icon(found: Icon | None) -> meeting_pb2.MeetingIcon | None:
    if found is None:
        return None
    return meeting_pb2.MeetingIcon(
        sign=_SIGNS[found.sign],
        accepted=found.accepted,
        refused=found.refused,
        unanswered=found.unanswered,
        tentative=found.tentative,
    )


def pending_message(one: Pending, meeting: Meeting) -> meeting_pb2.PendingInvitation:
    """An invitation that waits for an answer."""
    return meeting_pb2.PendingInvitation(
        meeting=one.meeting,
        subject=meeting.detail("subject", one.recurrence_id),
        creator=meeting.creator.id,
        start=time_message(one.start),
        end=time_message(one.end),
        recurrence_id=None if one.recurrence_id is None else time_message(one.recurrence_id),
        answer=ANSWERS[one.answer],
    )


# --- requests ---------------------------------------------------------------------------------------------------------


def time_in(request: Any, name: str) -> date | None:
    """A time of a request; None where it is not set."""
    if not request.HasField(name):
        return None
    with field(name):
        return time_of(getattr(request, name))


def recurrence_id_of(request: Any, meeting: Meeting) -> date | None:
    """The instance that a request names, in the zone of the series; InvalidValue for one that there cannot be."""
    named = time_in(request, "recurrence_id")
    if named is not None:
        with field("recurrence_id"):
            if not meeting.repeats:
                raise InvalidValue(f"recurrence_id={named.isoformat()}: the meeting does not repeat; leave it out")
            meeting.key(named)
    return named


def series_in(request: Any, name: str = "series") -> Series | None:
    """The series of a request; None where it is not set. What was forgiven is not told: it is read strictly."""
    if not request.HasField(name):
        return None
    with field(name):
        found, _ = series_of(getattr(request, name))
        if found.overrides:
            raise InvalidValue("instances of their own: make the meeting first, and then edit its instances")
        return found


def status_in(request: Any) -> Status | None:
    """The status of a request; None where it is not given."""
    if request.status == common_pb2.STATUS_UNSPECIFIED:
        return None
    with field("status"):
        if request.status not in _STATUS_OF:
            raise InvalidValue(f"status={request.status} is none that this server knows: give one of 1 to 4")
        return _STATUS_OF[request.status]
