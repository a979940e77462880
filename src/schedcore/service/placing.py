"""Meetings loaded and kept, and written into the calendars in which they stand, in one transaction.

Rules of this module:

1. A meeting is kept as `apply` gave it, and every event that follows from it is written with it: whoever reads a
   calendar sees both, or neither.
2. Only events whose text is another are written. Calendars are taken in the order of their ids, so that two calls do
   not wait for each other crosswise. Reminders that somebody has put into their event (VALARM) stay in it.
3. A person or a group without a calendar gets one by their first meeting. Somebody who has an account no longer is
   passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from schedcore.errors import InvalidValue
from schedcore.meetings import Meeting, codec
from schedcore.meetings.placing import as_event, owners
from schedcore.policy import GroupCalendar
from schedcore.service.alarms import with_alarms
from schedcore.service.event_texts import bounds_of
from schedcore.service.people import check_id
from schedcore.store import Kept, NotFound, Stale, calendars, events, meetings

__all__ = ["create", "load", "save"]


def load(tx: Any, id: str, etag: str = "") -> Kept[Meeting]:
    """A meeting with its etag, held until the end where the transaction writes; NotFound, Stale."""
    check_id("meeting", id)
    kept = meetings.get(tx, id)
    if etag and etag != kept.etag:
        raise Stale.of("meeting", id, given=etag, current=kept.etag)
    return Kept(_read(kept.value), kept.etag)


def create(tx: Any, meeting: Meeting) -> str:
    """Keep a new meeting, and write it into calendars; its etag. Exists, and CalendarError for what none can hold."""
    changes = _changes(tx, None, meeting)
    etag = meetings.create(
        tx,
        meeting.id,
        _written(meeting),
        creator=meeting.creator.id,
        names=_names(meeting),
        group=meeting.group or None,
    )
    _place(tx, meeting.id, changes)
    return etag


def save(tx: Any, before: Meeting, after: Meeting) -> str:
    """Keep a meeting as it is now, in calendars too; its new etag. CalendarError for what none can hold."""
    changes = _changes(tx, before, after)
    etag = meetings.save(tx, after.id, _written(after), names=_names(after))
    _place(tx, after.id, changes)
    return etag


def _read(text: str) -> Meeting:
    found = codec.from_json(json.loads(text))
    if not isinstance(found, Meeting):
        raise InvalidValue("the store holds something else in the place of a meeting: it is damaged")
    return found


def _written(meeting: Meeting) -> str:
    return json.dumps(codec.to_json(meeting), ensure_ascii=False, separators=(",", ":"))


def _names(meeting: Meeting) -> set[str]:
    """All names of all who are in it, by which it is found."""
    guests = [meeting.creator, *(one.guest for one in meeting.participants)]
    return {name for guest in guests for name in (guest.id, *guest.addresses)}


# --- calendars --------------------------------------------------------------------------------------------------------


def _changes(tx: Any, before: Meeting | None, after: Meeting) -> list[tuple[str, events.Event | None]]:
    """The calendars in which the event is another than it was, in order, with what is there now; None for nothing.

    All texts are made here, before anything is written: what cannot be written changes nothing.
    """
    people: list[str | None] = [None, *([] if before is None else owners(before)), *owners(after)]
    found: list[tuple[str, events.Event | None]] = []
    for owner in dict.fromkeys(people):
        old = None if before is None else as_event(before, owner)
        new = as_event(after, owner)
        if old == new:
            continue
        calendar = _of_group(tx, after.group) if owner is None else _personal(tx, owner)
        if calendar is not None:
            found.append((calendar, None if new is None else _event(after, new)))
    return sorted(found, key=lambda change: change[0])


def _event(meeting: Meeting, text: bytes) -> events.Event:
    first, last = bounds_of(text)
    return events.Event(meeting.id, text, native=meeting.hosted, meeting=meeting.id, first_start=first, last_end=last)


def _place(tx: Any, id: str, changes: Iterable[tuple[str, events.Event | None]]) -> None:
    for calendar, event in changes:
        if event is None:
            events.remove_many(tx, calendar, [id])
            continue
        old = events.many(tx, calendar, [id]).get(id)
        text = event.ics if old is None else with_alarms(event.ics, old.value.ics)
        events.put(tx, calendar, replace(event, ics=text))


def _personal(tx: Any, owner: str) -> str | None:
    try:
        return str(calendars.personal(tx, owner))
    except NotFound:
        return None


def _of_group(tx: Any, group: str) -> str:
    id = calendars.of_group(tx, group)
    if id is None:
        id = f"group:{group}"
        calendars.create(tx, calendars.Shown(id, GroupCalendar(group, None)))
    return id
