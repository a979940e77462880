"""A part of a calendar as text: one event, or all of it but some instances.

Rules of this module:

1. Both work on the text that was read, so what is left is as it was: properties of other programs, to-dos, alarms.
2. One event takes along its overrides, the zones that it names, and the head of its VCALENDAR (RFC 5545 3.6: without
   its VTIMEZONE nobody could read it).
3. An instance is taken away by an EXDATE (RFC 5545 3.8.5.1), which is in UTC if the event is in a zone, and together
   with every override of it. Of the event's words nothing stays behind: a series without instances goes altogether, and
   with it the older revisions of it, which would else come back to life.
4. An override that changes all later instances (RANGE=THISANDFUTURE) is still needed by those. Its own instance is
   taken away by an override that cancels that one alone.

Product rules: I2, R11.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Final

from schedcore.errors import InvalidValue
from schedcore.ics.calendar import Calendar, drafts_of
from schedcore.ics.component import Component, components_of
from schedcore.ics.draft import Draft, uid_of
from schedcore.ics.event import Event
from schedcore.ics.text import Line
from schedcore.ics.writing import text_of, written
from schedcore.recurrence.window import instant

__all__ = ["event_to_ical", "without_instances"]

_TZID: Final = frozenset(("TZID",))

#: Which instances of an event go: None for the event as a whole.
Instances = Collection[date] | None


def event_to_ical(calendar: Calendar, event: Event) -> bytes:
    """Write one event of a calendar as a calendar of its own, with its overrides and its zones.

    InvalidValue if the event is not of this calendar. Cost: linear in the calendar's text.

    >>> calendar = Calendar.from_ical("BEGIN:VEVENT\\nUID:a\\nDTSTART:20260302T120000\\nEND:VEVENT\\nBEGIN:VEVENT\\n"
    ...                               "UID:b\\nDTSTART:20260303T120000\\nEND:VEVENT")
    >>> [found.uid for found in Calendar.from_ical(event_to_ical(calendar, calendar.events[1])).events]
    ['b']
    """
    if not any(one is event for one in calendar.events):
        raise InvalidValue(f"{event!r} is not of this calendar: give one of calendar.events")
    calendars = _components(calendar)
    # The order of the text is the order of the drafts, whatever could not be read: the place tells the component.
    own = _component(calendar, calendars, event)
    for one in calendars:
        wanted = [part for part in one.parts if part is own or (event.uid is not None and _same(part, event.uid, own))]
        named = " ".join(line.text for part in wanted for line in part.own)
        zones = [
            part
            for part in one.parts
            if part.name == "VTIMEZONE" and any(prop.value.strip() in named for prop in part.properties(_TZID))
        ]
        one.parts = [*zones, *wanted] if wanted else []
    return written(text_of(one for one in calendars if one.parts).split("\n"))


def without_instances(calendar: Calendar, gone: Mapping[Event, Instances]) -> Calendar:
    """Take instances of some events away: by event the starts that the series gave them, or None for all of it.

    The result is a new calendar. InvalidValue if an event is not of this calendar. Cost: linear in its text.

    >>> from datetime import date
    >>> from schedcore import Calendar
    >>> lines = ["BEGIN:VEVENT", "UID:a", "DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=3", "END:VEVENT"]
    >>> calendar = Calendar.from_ical("\\n".join(lines))
    >>> [event] = without_instances(calendar, {calendar.events[0]: [date(2026, 3, 3)]}).events
    >>> [start.day for start in event.series]
    [2, 4]
    """
    known = {id(event) for event in calendar.events}
    for event in gone:
        if id(event) not in known:
            raise InvalidValue(f"{event!r} is not of this calendar: give one of calendar.events")
    calendars = _components(calendar)
    drafts = {id(draft.component): draft for draft in drafts_of(calendars, [])[0]}
    for event, instances in gone.items():
        own = _component(calendar, calendars, event)
        for one in calendars:
            one.parts = [part for part in one.parts if not _goes(part, own, event, instances, drafts)]
        if instances:
            family = [draft for draft in drafts.values() if event.uid is not None and draft.uid == event.uid]
            onwards = [draft.recurrence_id for draft in family if draft.this_and_future and draft.recurrence_id]
            cancelled = {one for one in instances if any(_equal(named, one) for named in onwards)}
            _except(own, set(instances) - cancelled)
            home = next(one for one in calendars if any(part is own for part in one.parts))
            home.parts += [_cancellation(own, one) for one in sorted(cancelled, key=str)]
    return Calendar.from_ical(written(text_of(calendars).split("\n")))


def _components(calendar: Calendar) -> list[Component]:
    lines = [Line(number, text) for number, text in enumerate(calendar._text.split("\n"), 1)]
    return components_of(lines)[0]


def _component(calendar: Calendar, calendars: list[Component], event: Event) -> Component:
    """Find the component of an event: the one of those lines, and of equals the one in its place."""
    text = event._text.split("\r\n")
    alike = [part for one in calendars for part in one.parts if [line.text for line in part.lines] == text]
    before = [one for one in calendar.events if one._text == event._text]
    return alike[next(place for place, one in enumerate(before) if one is event)]


def _same(part: Component, uid: str, own: Component) -> bool:
    """Whether a component is an override of the event."""
    return part.name == "VEVENT" and part is not own and uid_of(part) == uid and bool(_named(part))


def _named(part: Component) -> list[str]:
    return [prop.value for prop in part.properties(frozenset(("RECURRENCE-ID",)))]


def _goes(part: Component, own: Component, event: Event, instances: Instances, drafts: Mapping[int, Draft]) -> bool:
    """Whether a component goes with some instances of an event."""
    if part.name != "VEVENT":
        return False
    if part is own:
        return instances is None
    if event.uid is None or uid_of(part) != event.uid:
        return False
    draft = drafts.get(id(part))
    if instances is None:
        # Of two events that share a UID and are equally new the other one stays.
        twin = draft is not None and draft.recurrence_id is None and draft.revision == drafts[id(own)].revision
        return not twin
    if draft is None or draft.recurrence_id is None or draft.this_and_future:
        return False
    return any(_equal(draft.recurrence_id, one) for one in instances)


def _except(own: Component, instances: Collection[date]) -> None:
    """Add EXDATEs to a component."""
    own.lines[1:1] = [Line(0, f"EXDATE{_value(own, one)}") for one in sorted(instances, key=str)]


def _cancellation(own: Component, instance: date) -> Component:
    """Make the override that cancels one instance."""
    named = next(line.text for line in own.own if line.text[:4].upper() in ("UID:", "UID;"))
    lines = ["BEGIN:VEVENT", named, f"RECURRENCE-ID{_value(own, instance)}", "STATUS:CANCELLED", "END:VEVENT"]
    return Component("VEVENT", 0, [Line(0, line) for line in lines])


def _equal(a: date, b: date) -> bool:
    """Whether two values name the same instance of a series; a date names those of its day."""
    if isinstance(a, datetime) and isinstance(b, datetime):
        if (a.tzinfo is None) == (b.tzinfo is None):
            return (instant(a) == instant(b)) if a.tzinfo is not None else a == b
        return a.replace(tzinfo=None) == b.replace(tzinfo=None)
    return (a.date() if isinstance(a, datetime) else a) == (b.date() if isinstance(b, datetime) else b)


def _value(own: Component, value: date) -> str:
    """The parameters and the value by which a property of the component names an instance."""
    if not isinstance(value, datetime):
        return f";VALUE=DATE:{value.year:04}{value:%m%d}"
    if value.tzinfo is None:
        return f":{value.year:04}{value:%m%dT%H%M%S}"
    try:
        utc = value.astimezone(UTC)
    except OverflowError:  # within a day of the ends of the calendar: as DTSTART is written
        start = next(own.properties(frozenset(("DTSTART",))))
        return f";TZID={start.params['TZID']}:{value.year:04}{value:%m%dT%H%M%S}"
    return f":{utc.year:04}{utc:%m%dT%H%M%SZ}"
