"""FreeBusyService: free/busy, times to meet, and who is what at a moment; all as the caller may know it.

Rules of this module:

1. A handler reads the store in a transaction of its own that ends before anything is computed: reading holds nobody off
   for longer than it takes to load (`Holdings.look`).
2. A subject that is not there, and one of which the caller may know nothing, are the same to everything behind `_look`.
3. What is decided is decided by `policy`; here messages become its arguments, and its answers messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.freebusy import FreeBusy as Answer
from schedcore.freebusy import Status, digits, vfreebusy
from schedcore.freebusy.query import OnUnknown
from schedcore.policy import find_times_prepared, freebusy_prepared
from schedcore.service.calls import Call, Service, Written, quick, read
from schedcore.service.chunks import Shape, frames
from schedcore.service.errors import field
from schedcore.service.holdings import Holdings, Looked, Name, Question, keep
from schedcore.service.times import time_of, window_within, zone_named
from schedcore.service.wanted import found_message, told_by_name, wanted_of
from schedcore.store import Transaction, calendars
from schedcore.store.calendars import Head, Heads
from schedcore.v1 import freebusy_pb2 as pb

__all__ = ["FreeBusy"]

_ON_UNKNOWN: Final[dict[int, OnUnknown]] = {
    pb.ON_UNKNOWN_UNSPECIFIED: "report",
    pb.ON_UNKNOWN_REPORT: "report",
    pb.ON_UNKNOWN_BUSY: "busy",
    pb.ON_UNKNOWN_FREE: "free",
}
_TABLE: Final[Shape] = tuple((name, "int64") for name in ("owner", "start", "end", "status"))
#: How far StatusAt looks ahead for the next change.
_AHEAD: Final = timedelta(days=1)
#: The last moment at which that is still in the calendar.
_LATEST: Final = datetime(9999, 12, 29, tzinfo=UTC)
#: A question about so many calendars is answered at once if so many stretches are all that there may be in it, or so
#: many bytes are an answer that is kept: half a millisecond.
_FEW: Final = 4
_STRETCHES: Final = 500
_SHORT: Final = 64 << 10
#: The numbers of the wire are one above those of the library (common.proto).
_FREE: Final = 1


def _is_small(request: pb.QueryRequest) -> bool:
    """Whether a question is about few, and asks for nothing that takes long to write."""
    return len(request.subjects) <= _FEW and not request.minutes and not request.vfreebusy


class FreeBusy(Service):
    """The handlers of FreeBusyService; `holdings` is what the server has in memory of its store."""

    descriptor = pb.DESCRIPTOR.services_by_name["FreeBusyService"]

    def __init__(self, holdings: Holdings | None = None) -> None:
        self.holdings = Holdings() if holdings is None else holdings

    # --- handlers -----------------------------------------------------------------------------------------------------

    @read
    @quick(_is_small)
    def Query(self, call: Call, request: pb.QueryRequest) -> pb.QueryResponse:
        """Tell when calendars are taken."""
        looked = self._look(call, request.subjects)
        if request.vfreebusy:  # says when it was made
            return self._told(call, request, looked)
        words = request.SerializeToString(deterministic=True)
        kept = self.holdings.answered(call.caller.principal, words, looked)
        if kept is None:
            answer = self._told(call, request, looked)
            self.holdings.keep_answer(call.caller.principal, words, looked, answer)
            return answer
        if kept.size > _SHORT:
            call.may_wait()
        told: pb.QueryResponse = kept.message
        return told

    def _told(self, call: Call, request: pb.QueryRequest, looked: Looked) -> pb.QueryResponse:
        found = self._asked(call, request, looked)
        with field("minutes"):
            extras = _Extras(found, request.minutes, request.vfreebusy, call.now)
        answer = pb.QueryResponse(start=found.start, end=found.end)
        for owner in range(found.asked):
            _tell(answer.people.add(), found, extras, owner)
        if found.asked == 1 and not found.unknown:
            answer.team.CopyFrom(answer.people[0])
        else:
            _tell(answer.team, found, extras, None)
        return answer

    @read
    def QueryTable(self, call: Call, request: pb.QueryTableRequest) -> Iterator[Written | pb.QueryTableResponse]:
        """Tell the same of many, as columns."""
        found = self._asked(call, request, self._look(call, request.subjects))
        columns = [np.asarray(getattr(found.people, name)) for name, _ in _TABLE]
        yield from frames(pb.QueryTableResponse, _TABLE, [columns])
        unknown = found.unknown if found.on_unknown == "report" else {}
        told = pb.UnknownSubjects(places=list(unknown), reasons=list(unknown.values()))
        yield pb.QueryTableResponse(unknown=told)

    @read
    def FindTimes(self, call: Call, request: pb.FindTimesRequest) -> pb.FindTimesResponse:
        """Find the times at which a meeting can be."""
        start, end = self._window(request.window)
        wanted = wanted_of(request, _on_unknown(request.on_unknown), (start, end))
        looked = self._look(call, request.subjects)
        most = self.holdings.limits.max_slots
        try:
            found = find_times_prepared(
                call.viewer,
                looked.asked,
                wanted,
                start,
                end,
                directory=looked.directory,
                tz=_tz(request.window.tz),
                caps=self.holdings.caps,
                now=call.now if request.notice else None,
                limit=min(request.limit or most, most),
                explain=request.near_misses > 0,
                cancel=call.cancel,
            )
        except InvalidValue as error:
            raise told_by_name(error, request) from None
        return found_message(found, request.near_misses)

    @read
    @quick(lambda request: len(request.subjects) <= _FEW)
    def StatusAt(self, call: Call, request: pb.StatusAtRequest) -> pb.StatusAtResponse:
        """Tell what each calendar is at a moment."""
        at = call.now.replace(microsecond=0)
        if request.HasField("at"):
            with field("at"):
                at = _moment(time_of(request.at, request.tz))
        tz = _tz(request.tz)
        looked = self._look(call, request.subjects)
        _may_compute(call, looked, _AHEAD)
        found = freebusy_prepared(
            call.viewer,
            looked.asked,
            at,
            at + _AHEAD,
            directory=looked.directory,
            tz=tz,
            caps=self.holdings.caps,
            cancel=call.cancel,
        )
        return pb.StatusAtResponse(subjects=[_status(found, owner) for owner in range(found.asked)], at=found.start)

    # --- asking -------------------------------------------------------------------------------------------------------

    def _asked(self, call: Call, request: pb.QueryRequest | pb.QueryTableRequest, looked: Looked) -> Answer:
        start, end = self._window(request.window)
        on_unknown = _on_unknown(request.on_unknown)
        _may_compute(call, looked, end - start)
        return freebusy_prepared(
            call.viewer,
            looked.asked,
            start,
            end,
            directory=looked.directory,
            tz=_tz(request.window.tz),
            caps=self.holdings.caps,
            on_unknown=on_unknown,
            cancel=call.cancel,
        )

    def _window(self, message: Any) -> tuple[datetime, datetime]:
        with field("window"):
            return window_within(message, self.holdings.limits.max_window_days)

    def _look(self, call: Call, subjects: Sequence[pb.Subject]) -> Looked:
        """The directory and the calendars of some subjects, as of one moment."""
        most = self.holdings.limits.max_calendars
        if len(subjects) > most:
            raise LimitExceeded("max_calendars", allowed=most, reached=len(subjects))
        if not subjects:
            with field("subjects"):
                raise InvalidValue("nobody is asked about: name at least one subject")
        named = [_name_of(one, place) for place, one in enumerate(subjects)]
        question = Question(named, call.caller.principal, call.store.state(), call.check)
        looked = self.holdings.recall(question)
        if looked is None:
            call.may_wait()
            with call.store.reading() as tx:
                heads, ids = self._heads(tx, named)
                if call.store.state() != question.state:  # something was committed before the transaction had begun
                    question = question._replace(state=None)
                looked = self.holdings.look(tx, question, heads, ids)
        if looked.remade:
            keep(call.store, looked.remade)
        return looked

    def _heads(self, tx: Transaction, named: Sequence[Name]) -> tuple[Heads, dict[Name, str | None]]:
        """The heads of all subjects' calendars by id, and the id of each name; None for one that is not there."""
        owned: dict[tuple[str, str], str | None] = {}
        for group in {name for kind, name in named if kind == "group"}:
            owned["group", group] = calendars.of_group(tx, group)
        ids = [name for kind, name in named if kind == "calendar"]
        ids += [id for id in owned.values() if id is not None]
        people = [name for kind, name in named if kind == "person"]
        found = calendars.heads(tx, ids) if ids or not people else None
        if people:
            personal = self._personal(tx, people)
            owned |= {("person", person): id for person, id in personal.ids.items()}
            by_id: dict[str, Head] = {id: personal.calendars[person] for person, id in personal.ids.items()}
            found = Heads(personal.directory, by_id | dict(found.calendars if found is not None else {}), {})
        assert found is not None
        return found, {(kind, name): name if kind == "calendar" else owned.get((kind, name)) for kind, name in named}

    def _personal(self, tx: Transaction, people: Sequence[str]) -> Heads:
        """The heads of people's calendars, by what names them: an id, or an address."""
        found = calendars.heads_of(tx, people)
        addresses = [name for name in people if "@" in name and name not in found.calendars]
        if not addresses:
            return found
        directory = self.holdings.directory(tx)
        owners = {name: person.id for name in addresses if (person := directory.by_address(name)) is not None}
        more = calendars.heads_of(tx, owners.values())
        by_name = {name: id for name, id in owners.items() if id in more.calendars}
        return Heads(
            found.directory,
            {**found.calendars, **{name: more.calendars[id] for name, id in by_name.items()}},
            {**found.ids, **{name: more.ids[id] for name, id in by_name.items()}},
        )


def _may_compute(call: Call, looked: Looked, window: timedelta) -> None:
    """Leave the event loop unless all calendars together are little in a window of this length."""
    if not call.at_once:
        return
    left = _STRETCHES
    for one in looked.asked:
        most = 0 if one is None or one.ready is None else one.ready.most(window.days + 1)
        left -= left + 1 if most is None else most
    if left < 0:
        call.may_wait()


# --- from messages ----------------------------------------------------------------------------------------------------


def _name_of(subject: pb.Subject, place: int) -> Name:
    """What kind of thing a subject names, and its name."""
    kind = subject.WhichOneof("of")
    name = getattr(subject, kind) if kind is not None else ""
    if not name:
        with field(f"subjects[{place}]"):
            raise InvalidValue("the subject names nobody: set calendar, person or group")
    return str(kind), str(name)


def _on_unknown(number: int) -> OnUnknown:
    if number not in _ON_UNKNOWN:
        with field("on_unknown"):
            raise InvalidValue(f"on_unknown={number}: this server knows 0 to {max(_ON_UNKNOWN)}")
    return _ON_UNKNOWN[number]


def _tz(name: str) -> Any:
    return zone_named(name) if name else UTC


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"{value.isoformat()} is no instant: give one, or a local time with a zone")
    if not value <= _LATEST:
        raise InvalidValue(f"{value.isoformat()} is at the end of the calendar: ask about an earlier moment")
    return value


# --- to messages ------------------------------------------------------------------------------------------------------


class _Extras:
    """What goes with the blocks of an answer as asked for: digits, VFREEBUSY text."""

    def __init__(self, found: Answer, minutes: int, with_text: bool, now: datetime) -> None:
        self.found, self.minutes, self.with_text, self.now = found, minutes, with_text, now
        if minutes:
            digits(found, None, minutes=minutes)  # says what is wrong with it

    def put(self, taken: pb.Taken, owner: int | None) -> None:
        """Put them beside the blocks."""
        if self.minutes:
            taken.digits = digits(self.found, owner, minutes=self.minutes)
        if self.with_text:
            taken.vfreebusy = vfreebusy(self.found, owner, now=self.now)


def _tell(taken: pb.Taken, found: Answer, extras: _Extras, owner: int | None) -> None:
    """Write what one takes, or all together without an owner."""
    add = taken.blocks.add
    for start, end, status in zip(*found.columns(owner), strict=True):
        block = add()  # and not of values, which takes three times as long
        block.start, block.end, block.status = start, end, status + _FREE  # type: ignore[assignment]
    if owner is not None and found.is_unknown(owner):
        taken.unknown = found.unknown[owner]
    extras.put(taken, owner)


def _status(found: Answer, owner: int) -> pb.SubjectStatus:
    if owner in found.unknown:
        return pb.SubjectStatus(unknown=found.unknown[owner])
    for block in found.blocks(owner):
        if block.start > found.start:
            return pb.SubjectStatus(status=pb_status(Status.FREE), until=block.start)
        return pb.SubjectStatus(status=pb_status(block.status), until=block.end)
    return pb.SubjectStatus(status=pb_status(Status.FREE), until=found.end)


def pb_status(status: Status) -> Any:
    """The number that a status has on the wire."""
    return status + _FREE
