"""CalendarService, the part about many events at once: deleting between dates, import and export.

Rules of this module:

1. All of a change is one transaction: a file comes in as far as it can be read, or not at all.
2. An import compares with what is there by UID, and loads no more than that of a calendar (`ics.import_events`
   decides what is newer). Events of meetings stay as they are.
3. An export reads a page of events in a transaction, and asks anew with each page whether the caller may know all of
   it: no reader holds the store while a client takes its time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded, NotAllowed, shorten
from schedcore.ics import Calendar, import_events, joined, parted
from schedcore.policy import ExternalCalendar, Fields, Level, as_seen_by, may_configure, sight
from schedcore.policy.visibility import level_of
from schedcore.service.calls import Call, Service, read, write
from schedcore.service.errors import field
from schedcore.service.event_texts import bounds_of, checked_uid, problem
from schedcore.service.events import lasting
from schedcore.service.holdings import Holdings, calendar_of, whole
from schedcore.service.seeing import visible
from schedcore.service.times import seconds_of, time_message, window_within, zone_named
from schedcore.store import Transaction, events
from schedcore.v1 import calendar_pb2 as pb
from schedcore.v1 import common_pb2
from schedcore.views import entries, plan_deletion, to_ical

__all__ = ["FileCalls"]

_DAY: Final = 86_400
#: Dates and floating times are meant in some zone: within so much of what they say in UTC.
_ANYWHERE: Final = 2 * _DAY
#: Events of a page of an export.
_PAGE: Final = 500
#: Bytes of a chunk, well under what clients take (4 MiB is gRPC's default).
_CHUNK: Final = 256 << 10
#: Without a window, an export of what somebody sees goes so far back and ahead of now.
_YEAR: Final = 366 * _DAY


class FileCalls(Service):
    """The handlers of many events at once; mixed into those of calendars."""

    holdings: Holdings

    @write
    def DeleteBetween(self, call: Call, request: pb.DeleteBetweenRequest) -> pb.DeleteBetweenResponse:
        """Delete what starts in a window."""
        call.person()
        limits = self.holdings.limits
        found, known = visible(call, self.holdings, request.calendar)
        level = min(map(level_of, sight(call.viewer, found.value.calendar, known)))
        if level < Level.EDIT:
            raise NotAllowed(f"calendar {shorten(request.calendar)} is not yours to delete from: ask its owner")
        with field("window"):
            start, end = window_within(request.window, limits.max_window_days)
        lo, hi = seconds_of(start) - _ANYWHERE, seconds_of(end) + _ANYWHERE
        stored = [one.value for one in events.between(call.tx, request.calendar, lo, hi)]
        tz = zone_named(str(found.value.calendar.tz or request.window.tz or "UTC"))
        plans = []
        for meetings in (False, True):
            calendar = calendar_of(one for one in stored if (one.meeting is not None) is meetings)
            if calendar._about(start, end, limits.max_listed) > limits.max_listed:
                raise LimitExceeded("max_listed", allowed=limits.max_listed, reached=limits.max_listed + 1)
            plans.append(plan_deletion(calendar, start, end, tz=tz, level=level))
        plan, kept = plans
        gone = sorted({event.uid or "" for event in plan.events})
        if not request.validate_only and plan.occurrences:
            left = lasting(plan.apply())
            touched = {event.uid or "" for event in (*plan.events, *plan.exceptions)}
            gone = sorted(touched - left.keys())
            natives = {one.uid: one.native for one in stored}
            changed = [
                events.Event(uid, text, natives[uid], None, *bounds_of(text))
                for uid, text in left.items()
                if uid in touched
            ]
            events.put_many(call.tx, request.calendar, changed)
            events.remove_many(call.tx, request.calendar, gone)
        return pb.DeleteBetweenResponse(
            occurrences=[_deleted(one) for one in plan.occurrences[: limits.max_shown]],
            total=len(plan.occurrences),
            events=gone,
            kept_meetings=sorted({one.uid or "" for one in kept.occurrences}),
        )

    @write
    def ImportEvents(self, call: Call, request: pb.ImportEventsRequest) -> pb.ImportEventsResponse:
        """Take the events of a file into a calendar."""
        me, limits = call.person(), self.holdings.limits
        found, known = visible(call, self.holdings, request.calendar)
        calendar = found.value.calendar
        external = isinstance(calendar, ExternalCalendar)
        level = min(map(level_of, sight(me, calendar, known)))
        if level < Level.EDIT and not (external and may_configure(me, calendar, known)):
            raise NotAllowed(f"calendar {shorten(request.calendar)} is not yours to import into: ask its owner")
        if request.replace and not external:
            with field("replace"):
                raise InvalidValue("replace is for external calendars: in others, delete what is to go")
        if len(request.data) > limits.max_import_bytes:
            raise LimitExceeded("max_import_bytes", allowed=limits.max_import_bytes, reached=len(request.data))
        with field("data"):
            new = import_events([request.data])
        file = _File(call.tx, request.calendar, new.calendar)
        dropped = [*new.dropped]
        taken, kept = file.taken(limits.max_event_bytes, dropped, replacing=request.replace)
        removed = (
            sorted(events.versions(call.tx, request.calendar).keys() - file.texts.keys()) if request.replace else []
        )
        events.remove_many(call.tx, request.calendar, removed)
        events.put_many(call.tx, request.calendar, taken)
        count = events.count(call.tx, request.calendar)
        if count > limits.max_events:
            raise LimitExceeded("max_events", allowed=limits.max_events, reached=count)
        return pb.ImportEventsResponse(
            kept=kept,
            uids=[one.uid for one in taken],
            dropped=[pb.DroppedComponent(uid=one[0] or "", line=one[2] or 0, reason=one[3]) for one in dropped],
            problems=[problem(one.uid, one.line, one.reason) for one in new.calendar.problems],
            removed=removed,
        )

    @read
    def ExportEvents(self, call: Call, request: pb.ExportEventsRequest) -> Iterator[pb.ExportEventsResponse]:
        """Give a calendar as a file."""
        with call.store.reading() as tx:
            call_of_page = _Reading(call, tx)
            found, known = visible(call_of_page, self.holdings, request.calendar)
            its = sight(call.viewer, found.value.calendar, known)
        if all(fields & Fields.REST for fields in its) and not found.value.unreadable:
            pages = self._texts(call, request.calendar)
            pieces = joined(pages, name=found.value.name, tz=str(found.value.calendar.tz or ""))
            whole_one = True
        else:
            pieces, whole_one = iter([self._shown(call, request)]), False
        first = True
        for data in _chunks(pieces):
            yield pb.ExportEventsResponse(data=data, whole=first and whole_one)
            first = False

    def _texts(self, call: Call, id: str) -> Iterator[bytes]:
        """The texts of all events of a calendar, as long as the caller may know all of them."""
        after = ""
        while True:
            call.check()
            with call.store.reading() as tx:
                found, known = visible(_Reading(call, tx), self.holdings, id)
                if not all(fields & Fields.REST for fields in sight(call.viewer, found.value.calendar, known)):
                    raise NotAllowed(f"calendar {shorten(id)} is no longer all yours to read: export it again")
                page = [one.value for one in events.all_of(tx, id, after=after, limit=_PAGE)]
            yield from (one.ics for one in page)
            if len(page) < _PAGE:
                return
            after = page[-1].uid

    def _shown(self, call: Call, request: pb.ExportEventsRequest) -> bytes:
        """What the caller sees of a window, as a calendar."""
        limits, window = self.holdings.limits, request.window
        if not request.HasField("window"):
            now = seconds_of(call.now)
            window = common_pb2.Window(
                start=common_pb2.Time(epoch_seconds=now - _YEAR),
                end=common_pb2.Time(epoch_seconds=now + _YEAR),
                tz="UTC",
            )
        with field("window"):
            start, end = window_within(window, limits.max_window_days)
        tz = zone_named(window.tz or "UTC")
        with call.store.reading() as tx:
            found, known = visible(_Reading(call, tx), self.holdings, request.calendar)
            lo, hi = seconds_of(start) - _ANYWHERE, seconds_of(end) + _ANYWHERE
            its = [one.value for one in events.between(tx, request.calendar, lo, hi)]
        calendar = whole(found.value, calendar_of(its), [one.uid for one in its if one.native])
        seen = as_seen_by(
            call.viewer, calendar, start, end, directory=known, tz=tz, caps=self.holdings.caps, most=limits.max_listed
        )
        name = found.value.name if sight(call.viewer, calendar, known).visible & Fields.REST else None
        return to_ical(entries({request.calendar: seen.events}, tz), name=name, now=call.now)


class _Reading:
    """A call in a transaction of its own, for a page of a stream."""

    def __init__(self, call: Call, tx: Transaction) -> None:
        self.viewer, self.tx = call.viewer, tx


class _File:
    """The events of a file, and what a calendar has of the same UIDs."""

    def __init__(self, tx: Transaction, calendar: str, new: Calendar) -> None:
        self.texts = parted(new)
        self.stored = {uid: one.value for uid, one in events.many(tx, calendar, self.texts).items()}
        self.components = {uid: text.count(b"BEGIN:VEVENT\r\n") for uid, text in self.texts.items()}

    def taken(self, most: int, dropped: list[Any], *, replacing: bool) -> tuple[list[events.Event], int]:
        """The events to store, and how many components of the file they have; what is not taken is dropped."""
        found, kept = [], 0
        for uid, text in self.texts.items():
            old = self.stored.get(uid)
            try:
                checked_uid(uid)
            except InvalidValue as error:
                dropped.append((shorten(uid), 0, None, str(error)))
                continue
            if old is not None and old.meeting is not None:
                dropped.append((uid, 0, None, "a meeting stands there: MeetingService changes it"))
                continue
            count = self.components[uid]
            if old is not None and not replacing:
                merged = import_events([text], into=Calendar.from_ical(old.ics))
                dropped += [one for one in merged.dropped if one.file >= 0]
                count, text = merged.kept, parted(merged.calendar)[uid]
                if not count:
                    continue
            if len(text) > most:
                dropped.append((uid, 0, None, f"it has {len(text)} bytes: max_event_bytes={most}"))
                continue
            kept += count
            found.append(events.Event(uid, text, False if old is None else old.native, None, *bounds_of(text)))
        return found, kept


def _chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Bytes in chunks of about one size, at least one."""
    ahead = bytearray()
    sent = False
    for piece in pieces:
        ahead += piece
        while len(ahead) >= _CHUNK:
            yield bytes(ahead[:_CHUNK])
            del ahead[:_CHUNK]
            sent = True
    if ahead or not sent:
        yield bytes(ahead)


def _deleted(one: Any) -> pb.DeletedOccurrence:
    return pb.DeletedOccurrence(
        uid=one.uid or "", start=time_message(one.start), end=time_message(one.end), summary=one.event.summary or ""
    )
