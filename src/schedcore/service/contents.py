"""What stands in people's own calendars about some stretch, as values of `policy`: for questions about a few people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from schedcore import Calendar
from schedcore.policy import PersonalCalendar
from schedcore.service import people
from schedcore.service.calls import Call
from schedcore.service.times import seconds_of
from schedcore.store import calendars, events

__all__ = ["calendars_of"]


def calendars_of(
    call: Call, owners: Iterable[str], start: datetime, end: datetime, *, without: str = ""
) -> dict[str, PersonalCalendar]:
    """The personal calendars of some people, by owner, with the events that may touch a window.

    Whoever has no calendar is left out; so is the event of the meeting `without`. Linear in the events.
    """
    shown = people.personal_calendars(call.tx, owners)
    ids = calendars.heads_of(call.tx, shown).ids
    found = {}
    for owner, one in shown.items():
        call.check()
        near = [kept.value for kept in events.between(call.tx, ids[owner], seconds_of(start), seconds_of(end))]
        its = [event for event in near if event.meeting is None or event.meeting != without]
        text = b"".join(event.ics for event in its) or b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        native = [event.uid for event in its if event.native]
        found[owner] = replace(one, calendar=Calendar.from_ical(text), native=native)
    return found
