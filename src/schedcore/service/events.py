"""CalendarService, the part about events: putting, getting, deleting and listing them.

Rules of this module:

1. Who may write adds events; they change and delete those of which every component is theirs to edit (`_editable`). An
   event of which they may not know the UID is not there.
2. What the caller gets is built from what they may know: `_seen_text` leaves instances out of which they may not.
3. Events of meetings are changed by MeetingService alone.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded, NotAllowed, Refused, SchedcoreError, shorten
from schedcore.ics import Calendar, Event, parted, with_series, without_instances
from schedcore.policy import Directory, Fields, Level, as_seen_by, has_reminders, may_write, sight
from schedcore.policy.seeing import SeenEvent
from schedcore.policy.sighting import NOT_SHARED
from schedcore.policy.visibility import Visibilities, level_of
from schedcore.service.calls import Call, Service, read, write
from schedcore.service.errors import field
from schedcore.service.event_texts import (
    SAID,
    bounds_of,
    checked_uid,
    message_of,
    new_uid,
    one_event,
    read_text,
    series_of,
    text_of,
)
from schedcore.service.holdings import Holdings, calendar_of, whole
from schedcore.service.paging import position_of, size_of, token_of
from schedcore.service.seeing import visible
from schedcore.service.times import seconds_of, time_message, time_of, window_within, zone_named
from schedcore.store import Kept, events
from schedcore.store.calendars import Shown
from schedcore.store.errors import Exists, NotFound, Stale
from schedcore.v1 import calendar_pb2 as pb

__all__ = ["EventCalls", "lasting"]

_DAY: Final = 86_400
#: Dates and floating times are meant in some zone: within so much of what they say in UTC.
_ANYWHERE: Final = 2 * _DAY


class EventCalls(Service):
    """The handlers of events; mixed into those of calendars."""

    holdings: Holdings

    # --- writing ------------------------------------------------------------------------------------------------------

    @write
    def PutEvent(self, call: Call, request: pb.PutEventRequest) -> pb.PutEventResponse:
        """Make an event, or change one."""
        its = _Calendar.writable(call, self.holdings, request.calendar)
        which = request.WhichOneof("content")
        problems: list[Any] = []
        if request.scope == pb.SCOPE_INSTANCE:
            if which != "event":
                with field("event"):
                    raise InvalidValue("one instance is changed by a message: set event, or put the whole as text")
            uid, text = self._changed_instance(call, its, request)
        elif request.scope == pb.SCOPE_FOLLOWING:
            with field("scope"):
                raise InvalidValue("FOLLOWING is for deletions: end the series there, and put a new one")
        elif which == "ics":
            with field("ics"):
                uid, text, problems = read_text(request.ics)
        elif which == "event":
            with field("event"):
                uid, text = self._of_message(call, its, request.event)
        else:
            with field("event"):
                raise InvalidValue("there is nothing to put: set ics or event")
        old = its.editable(uid, putting=True) if its.has(uid) else None
        _check_etag(uid, old, request.etag)
        kept = its.save(uid, text, old.value if old is not None else None)
        return pb.PutEventResponse(event=its.told(kept), problems=problems)

    def _of_message(self, call: Call, its: _Calendar, message: pb.Event) -> tuple[str, bytes]:
        """The UID and the text that a message makes, of all of an event."""
        uid = checked_uid(message.uid) if message.uid else new_uid()
        series = series_of(message, self.holdings.limits.defaults)
        keeping: list[str] = []
        if its.has(uid):
            _, event = one_event(its.editable(uid, putting=True).value.ics)
            keeping = _outside(event.lines_without(SAID))
            series = event.series.replace(
                dtstart=series.dtstart,
                rule=series.rules or None,
                duration=series.duration,
                rdates=series.rdates,
                exdates=series.exdates,
                exrules=(),
            )
        return uid, text_of(message, series, uid, call.now, has_reminders=its.has_reminders, keeping=keeping)

    def _changed_instance(self, call: Call, its: _Calendar, request: pb.PutEventRequest) -> tuple[str, bytes]:
        """The UID and the text of a series in which one instance is changed."""
        uid = request.event.uid
        stored = its.editable(uid).value
        _, event = one_event(stored.ics)
        with field("recurrence_id"):
            named = time_of(request.recurrence_id)
        with field("event"):
            if request.event.rrule or request.event.rdates or request.event.exdates:
                raise InvalidValue("an instance does not recur: leave rrule, rdates and exdates out")
            series = series_of(request.event, self.holdings.limits.defaults)
            text = text_of(request.event, series, uid, call.now, has_reminders=its.has_reminders)
        _, instance = one_event(text)
        with field("recurrence_id"):
            changed = event.series.changed(named, series.dtstart, duration=series.duration, event=instance)
            return uid, with_series(event, changed, now=call.now)

    @write
    def DeleteEvent(self, call: Call, request: pb.DeleteEventRequest) -> pb.DeleteEventResponse:
        """Delete an instance, it and what follows, or all of an event."""
        its = _Calendar.writable(call, self.holdings, request.calendar)
        old = its.editable(request.uid)
        _check_etag(request.uid, old, request.etag)
        if request.scope in (pb.SCOPE_UNSPECIFIED, pb.SCOPE_SERIES):
            events.remove(call.tx, its.id, request.uid)
            return pb.DeleteEventResponse()
        with field("recurrence_id"):
            named = time_of(request.recurrence_id)
            text = _without(old.value.ics, named, request.scope, call)
        if text is None:
            events.remove(call.tx, its.id, request.uid)
            return pb.DeleteEventResponse()
        return pb.DeleteEventResponse(event=its.told(its.save(request.uid, text, old.value)))

    @write
    def DuplicateEvent(self, call: Call, request: pb.DuplicateEventRequest) -> pb.DuplicateEventResponse:
        """Copy an event."""
        its = _Calendar.writable(call, self.holdings, request.calendar)
        stored = its.readable(request.uid)
        uid = new_uid()
        if request.new_uid:
            with field("new_uid"):
                uid = checked_uid(request.new_uid)
                if its.has(uid):
                    raise Exists.of("event", uid)
        shown = its.seen_text(stored.value.ics)
        _, event = one_event(shown)
        text = with_series(event, event.series, uid=uid, now=call.now)
        return pb.DuplicateEventResponse(event=its.told(its.save(uid, text, None, native=stored.value.native)))

    # --- reading ------------------------------------------------------------------------------------------------------

    @read
    def GetEvent(self, call: Call, request: pb.GetEventRequest) -> pb.GetEventResponse:
        """Give an event."""
        its = _Calendar.seen(call, self.holdings, request.calendar)
        found = its.readable(request.uid)
        its.seen_text(found.value.ics)
        return pb.GetEventResponse(event=its.told(found))

    @read
    def ListEvents(self, call: Call, request: pb.ListEventsRequest) -> pb.ListEventsResponse:
        """List what the caller sees of a calendar."""
        with field("window"):
            start, end = window_within(request.window, self.holdings.limits.max_window_days)
        position, size = position_of(call, request), size_of(request)
        try:
            found, known = visible(call, self.holdings, request.calendar)
        except NotFound:
            return pb.ListEventsResponse(unknown=NOT_SHARED)
        lo, hi = seconds_of(start) - _ANYWHERE, seconds_of(end) + _ANYWHERE
        its = [one.value for one in events.between(call.tx, request.calendar, lo, hi)]
        calendar = whole(found.value, calendar_of(its), [one.uid for one in its if one.native])
        seen = as_seen_by(
            call.viewer,
            calendar,
            start,
            end,
            directory=known,
            tz=zone_named(request.window.tz or "UTC"),
            caps=self.holdings.caps,
            most=self.holdings.limits.max_listed,
        )
        items = sorted(seen.events, key=_order)
        at = _place(items, position)
        page = items[at : at + size]
        token = token_of(call, request, _position(items, at + size)) if len(items) > at + size else ""
        name = found.value.name if sight(call.viewer, calendar, known).visible & Fields.REST else ""
        return pb.ListEventsResponse(
            events=[_seen(one) for one in page], next_page_token=token, name=name, unknown=seen.unknown or ""
        )


# --- one calendar, for one caller -------------------------------------------------------------------------------------


class _Calendar:
    """A calendar in a transaction, and what the caller may do in it."""

    def __init__(self, call: Call, holdings: Holdings, shown: Shown, known: Directory) -> None:
        self.call, self.holdings, self.shown, self.known = call, holdings, shown, known
        self.id = shown.id
        self.sight = sight(call.viewer, shown.calendar, known)
        self.has_reminders = has_reminders(shown.calendar)

    @classmethod
    def seen(cls, call: Call, holdings: Holdings, id: str) -> _Calendar:
        """One of which the caller may know something."""
        found, known = visible(call, holdings, id)
        return cls(call, holdings, found.value, known)

    @classmethod
    def writable(cls, call: Call, holdings: Holdings, id: str) -> _Calendar:
        """One in which the caller may write."""
        me = call.person()
        its = cls.seen(call, holdings, id)
        if not may_write(me, its.shown.calendar, its.known):
            raise NotAllowed(f"{shorten(me)} may not write in calendar {shorten(id)}: ask its owner for a right to")
        return its

    def has(self, uid: str) -> bool:
        """Whether anything stands under a UID, whether the caller may know it or not."""
        return bool(events.many(self.call.tx, self.id, [uid]))

    def levels(self, calendar: Calendar) -> list[tuple[Event, Level]]:
        """The level of each event and override that is read."""
        visibilities = Visibilities.of_calendar(calendar)
        every = [
            *calendar.events,
            *(one.event for event in calendar.events for one in event.series.overrides if one.event is not None),
            *(track.event for track in _lone(calendar)),
        ]
        return [(event, level_of(self.sight[visibilities.of(event)])) for event in every]

    def readable(self, uid: str) -> Kept[events.Event]:
        """An event of which the caller may know details; NotFound for any other."""
        found = events.get(self.call.tx, self.id, uid)
        if not any(level >= Level.DETAILS for _, level in self.levels(Calendar.from_ical(found.value.ics))):
            raise NotFound.of("event", uid)
        return found

    def editable(self, uid: str, *, putting: bool = False) -> Kept[events.Event]:
        """An event that the caller may edit, all of it; NotFound, or in the way of one that is put Exists."""
        found = events.get(self.call.tx, self.id, uid)
        levels = [level for _, level in self.levels(Calendar.from_ical(found.value.ics))]
        if not any(level >= Level.DETAILS for level in levels):
            raise Exists.of("event", uid) if putting else NotFound.of("event", uid)
        if not all(level >= Level.EDIT for level in levels):
            raise NotAllowed(
                f"event {shorten(uid)} is not yours to change, not all of it: ask the owner of the calendar"
            )
        if found.value.meeting is not None:
            raise Refused(
                f"event {shorten(uid)} is a meeting: change it by MeetingService", command="", reason="meeting"
            )
        return found

    def save(self, uid: str, text: bytes, old: events.Event | None, *, native: bool = True) -> Kept[events.Event]:
        """Keep the text of an event; LimitExceeded where it, or the calendar, is too large."""
        limits = self.holdings.limits
        if len(text) > limits.max_event_bytes:
            raise LimitExceeded("max_event_bytes", allowed=limits.max_event_bytes, reached=len(text))
        if old is None:
            count = events.count(self.call.tx, self.id)
            if count >= limits.max_events:
                raise LimitExceeded("max_events", allowed=limits.max_events, reached=count + 1)
        event = events.Event(uid, text, old.native if old is not None else native, None, *bounds_of(text))
        return Kept(event, events.put(self.call.tx, self.id, event))

    def told(self, kept: Kept[events.Event]) -> pb.StoredEvent:
        """An event as the caller may know it; of one that they may not, the UID that they came with."""
        value = kept.value
        try:
            shown = self.seen_text(value.ics)
        except NotFound:
            return pb.StoredEvent(event=pb.Event(uid=value.uid))
        return message_of(
            value.ics, etag=kept.etag, native=value.native, meeting=value.meeting, caps=self.holdings.caps, shown=shown
        )

    def seen_text(self, text: bytes) -> bytes:
        """The text of an event without the instances of which the caller may not know details; NotFound if none are.

        To who may not know everything, nothing is given that is not known to be for them: what cancels an instance is
        made a mere exception, and where a component has no place in the series there is no text. Neither is there one
        where a hidden component changes all that follows, or is the series itself: `ListEvents` tells what shows of it.
        """
        if all(fields & Fields.REST for fields in self.sight):
            return text
        calendar = Calendar.from_ical(text)
        uid = calendar.events[0].uid or ""
        hidden = [event for event, level in self.levels(calendar) if level < Level.DETAILS]
        masters = [event for event in calendar.events if event.recurrence_id is None]
        overrides = [one for event in masters for one in event.series.overrides]
        if text.count(b"BEGIN:VEVENT\r\n") != len(calendar.events) + len(overrides):
            raise NotFound.of("event", uid)
        gone = [event.recurrence_id for event in hidden if event.recurrence_id is not None]
        gone += [one.recurrence_id for one in overrides if one.cancelled]
        if not hidden and not gone:
            return text
        if len(masters) != 1 or masters[0] in hidden or any(one.this_and_future for one in overrides):
            raise NotFound.of("event", uid)
        left = parted(without_instances(calendar, {masters[0]: gone}))
        if not left:
            raise NotFound.of("event", uid)
        return next(iter(left.values()))


def _lone(calendar: Calendar) -> list[Any]:
    """The tracks of overrides that stand for themselves beside their series."""
    from schedcore.ics.calendar import tracks_of

    return [track for track in tracks_of(calendar) if track.replaces is not None and track.event not in calendar.events]


def _check_etag(uid: str, old: Kept[Any] | None, etag: str) -> None:
    if etag and old is None:
        raise NotFound.of("event", uid)
    if etag and old is not None and etag != old.etag:
        raise Stale.of("event", uid, given=etag, current=old.etag)


def _outside(lines: list[str]) -> list[str]:
    """Lines that are not within a component."""
    found, depth = [], 0
    for line in lines:
        head = line[:6].upper()
        depth += head == "BEGIN:"
        if not depth:
            found.append(line)
        depth -= head.startswith("END:") and depth > 0
    return found


def _without(text: bytes, named: date, scope: Any, call: Call) -> bytes | None:
    """The text of an event without an instance, or without it and all that follow; None if nothing is left."""
    calendar, event = one_event(text)
    if scope == pb.SCOPE_FOLLOWING:
        ended = event.series.ended(named)
        return None if ended.first() is None else with_series(event, ended, now=call.now)
    event.series.without(named)  # says so if there is no such instance
    left = without_instances(calendar, {event: [named]})
    return lasting(left).get(event.uid or "")


def lasting(calendar: Calendar) -> dict[str, bytes]:
    """The texts of the events of which something is left, by UID."""
    texts = parted(calendar)
    alive = set()
    for event in calendar.events:
        try:
            lives = event.series.first() is not None
        except SchedcoreError:  # it cannot be told, so it stays
            lives = True
        alive |= {event.uid} if lives else set()
    return {uid: text for uid, text in texts.items() if uid in alive}


# --- lists ------------------------------------------------------------------------------------------------------------


def _order(one: SeenEvent) -> tuple[Any, ...]:
    return (*one.span, one.uid or "", str(one.recurrence_id))


def _position(items: list[SeenEvent], at: int) -> list[int]:
    """Where a page begins: a span, and how many of that span come before."""
    span = items[at].span
    return [*span, sum(one.span == span for one in items[:at])]


def _place(items: list[SeenEvent], position: Any) -> int:
    """The place at which a page begins, in a list that may have changed since the page before."""
    if position is None:
        return 0
    span, before = tuple(position[:2]), position[2]
    first = sum(one.span < span for one in items)
    return first + min(int(before), sum(one.span == span for one in items))


def _seen(one: SeenEvent) -> pb.SeenEvent:
    told = pb.SeenEvent(
        level=int(one.level) + 1,  # type: ignore[arg-type]
        start=time_message(one.start),
        end=time_message(one.end),
        start_seconds=one.span[0],
        end_seconds=one.span[1],
        status=0 if one.status is None else int(one.status) + 1,  # type: ignore[arg-type]
        summary=one.summary or "",
        description=one.description or "",
        location=one.location or "",
        uid=one.uid or "",
        organizer=one.organizer or "",
        attendees=[pb.SeenAttendee(address=a.address, name=a.name or "", partstat=a.partstat) for a in one.attendees],
    )
    if one.recurrence_id is not None:
        told.recurrence_id.CopyFrom(time_message(one.recurrence_id))
    return told
