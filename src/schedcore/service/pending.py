"""What somebody has yet to answer, and what to answer: `meetings.pending` and `meetings.suggest_answer` over the store.

Rules of this module:

1. Whose account it is has what is pending in their calendar, so the events that are not over say which meetings to look
   at. For an address without an account all meetings that name it are looked at.
2. A page goes on behind its last item by time, meeting and instance, so that what is over meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from schedcore.errors import InvalidValue
from schedcore.meetings import Meeting, Pending, pending, suggest_answer
from schedcore.policy import freebusy_as
from schedcore.service import people, placing
from schedcore.service.calls import Call
from schedcore.service.contents import calendars_of
from schedcore.service.errors import field
from schedcore.service.meeting_messages import ANSWERS, pending_message, recurrence_id_of
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.times import seconds_of, time_message, zone_named
from schedcore.store import calendars, directory, events, meetings
from schedcore.v1 import common_pb2, meeting_pb2

__all__ = ["list_pending", "suggest"]

_PAGE: Final = 50
_LARGEST: Final = 500
#: Ten years and some: further ahead nobody is asked for an answer.
_MOST_DAYS: Final = 3_660
_YEAR: Final = 365
_DAY: Final = 86_400


def list_pending(call: Call, request: meeting_pb2.ListPendingRequest) -> meeting_pb2.ListPendingResponse:
    """List what the caller has yet to answer, in order of time."""
    by = call.person()
    tz = zone_named(request.tz) if request.tz else UTC
    with field("days"):
        if not 0 <= request.days <= _MOST_DAYS:
            raise InvalidValue(f"days={request.days}: give 1 to {_MOST_DAYS}, or 0 for {_YEAR}")
    size, position = size_of(request, _PAGE, _LARGEST), position_of(call, request)
    known: dict[str, Meeting] = {}
    found: list[tuple[list[Any], Pending]] = []
    for id in _candidates(call, by):
        call.check()
        meeting = placing.load(call.tx, id).value
        for name in people.names_of(call.tx, by):
            its = pending([meeting], name, call.now, tz=tz, horizon=timedelta(days=request.days or _YEAR))
            found += [(_key(one, tz), one) for one in its]
            if its:
                known[id] = meeting
                break
    found.sort(key=lambda pair: pair[0])
    rest = [pair for pair in found if position is None or pair[0] > position]
    page = rest[:size]
    return meeting_pb2.ListPendingResponse(
        pending=[pending_message(one, known[one.meeting]) for _, one in page],
        next_page_token=token_of(call, request, page[-1][0]) if len(rest) > size else "",
        total=len(found),
    )


def _candidates(call: Call, by: str) -> Iterator[str]:
    """The ids of meetings in which something may be pending for somebody."""
    calendar = calendars.heads_of(call.tx, [by]).ids.get(by)
    if calendar is not None:
        now = seconds_of(call.now)
        coming = events.between(call.tx, calendar, now - _DAY, events.LATEST)
        yield from (one.value.meeting for one in coming if one.value.meeting is not None)
        return
    names, last = people.names_of(call.tx, by), ""
    while ids := meetings.named(call.tx, names, after=last):
        yield from ids
        last = ids[-1]


def _key(one: Pending, tz: tzinfo) -> list[Any]:
    """By what items are ordered, as JSON: when, of which meeting, which instance."""
    named = one.start if one.recurrence_id is None else one.recurrence_id
    return [_second(one.start, tz), one.meeting, _second(named, tz)]


def _second(value: date, tz: tzinfo) -> int:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return seconds_of(value if value.tzinfo is not None else value.replace(tzinfo=tz))


# --- what to answer ---------------------------------------------------------------------------------------------------


def suggest(
    call: Call, request: meeting_pb2.SuggestAnswerRequest, meeting: Meeting
) -> meeting_pb2.SuggestAnswerResponse:
    """Suggest what the caller should answer, by what else is in their own calendar."""
    by = call.person()
    if meeting.participant(by) is None:
        with field("id"):
            raise InvalidValue("the caller is not invited to this meeting: there is nothing to answer")
    named = recurrence_id_of(request, meeting)
    own = people.personal_calendars(call.tx, [by]).get(by)
    if own is None:
        return meeting_pb2.SuggestAnswerResponse()
    tz = zone_named(request.tz or str(own.tz or "UTC"))
    around = _second(meeting.series.dtstart if named is None else named, tz)
    taken = _taken(call, by, meeting, around, tz)
    found = suggest_answer(meeting, taken, named, tz=tz)
    if found is None:
        return meeting_pb2.SuggestAnswerResponse()
    start, end = (time_message(datetime.fromtimestamp(at, UTC)) for at in (found.start, found.end))
    return meeting_pb2.SuggestAnswerResponse(
        answer=ANSWERS[found.answer], why=str(found.why), stretch=common_pb2.Window(start=start, end=end)
    )


#: How far around an instance its owner's calendar is looked at: instances are moved, and last for days.
_AROUND: Final = timedelta(days=45)


def _taken(call: Call, by: str, meeting: Meeting, around: int, tz: tzinfo) -> Any:
    """The stretches that are taken in somebody's own calendar about a moment, but for the meeting itself."""
    middle = datetime.fromtimestamp(around, UTC)
    start, end = middle - _AROUND, middle + _AROUND
    own = calendars_of(call, [by], start, end, without=meeting.id)
    known = directory.around(call.tx, [by])
    return freebusy_as(by, list(own.values()), start, end, directory=known, tz=tz).blocks(0)
