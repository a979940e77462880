"""A meeting as the event that stands in somebody's calendar: what a store of calendars keeps for each of its people.

Rules of this module:

1. It stands with the creator from the beginning, and with an invitee from the invitation on; it goes when they refuse
   without keeping it, are removed, or it is cancelled (`Meeting.stands_with`). A group's stands in its calendar.
2. Of a series each instance stands as far as that one was answered: refused ones are left out, and of a refused series
   those stay that were accepted by themselves.
3. The event takes of its owner's time what the meeting does (`Meeting.status_for`), said in words that count without
   knowing the owner's address: TRANSP, STATUS and X-MICROSOFT-CDO-BUSYSTATUS.
4. It has no METHOD, so DTSTAMP is when it was last changed (RFC 5545 3.8.7.2). The same meeting gives the same text.
5. Who has no mail address is `invalid:nomail`, as [MS-OXCICAL] 2.1.3.1.1.20.2 writes them, with their name as CN.

Reasons of refusals are not in it: they are told to the creator alone (M7).

Product rules: M5, M6, M9, M13, M20, M25, A5, A6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from schedcore.meetings.lines import attendee, details, message, organizer, takes, written_of
from schedcore.meetings.meeting import Meeting, Participant, State, series_of
from schedcore.policy import Answer, Caps
from schedcore.recurrence import Override, Series

__all__ = ["as_event", "owners"]

_NOBODY: Final = "invalid:nomail"


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a meeting stands somewhere: when, and the instances that have something of their own there."""

    series: Series
    own: Iterable[date]


def owners(meeting: Meeting) -> tuple[str, ...]:
    """The ids of those in whose own calendars something of the meeting may stand, the creator's first.

    >>> from schedcore.meetings import Guest
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> owners(Meeting("1", Guest("anna", True), Series(noon)))
    ('anna',)
    """
    if meeting.state is State.CANCELLED:
        return ()
    found = dict.fromkeys([meeting.creator.id] if meeting.hosted and not meeting.group else [])
    found.update((one.id, None) for one in meeting.participants if one.guest.account)
    return tuple(found)


def as_event(meeting: Meeting, owner: str | None, *, caps: Caps | None = None) -> bytes | None:
    """Write the VCALENDAR that stands in somebody's calendar, or with None in that of the meeting's group.

    None where nothing of it stands. CalendarError for a series that iCalendar cannot tell. Cost as `ics.to_ical`, and
    linear in participants for each instance that has something of its own.

    >>> from schedcore.meetings import Guest
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> event = Meeting("1", Guest("anna", True, "Anna"), Series(noon), "Lunch")
    >>> event.creator.id, as_event(event, "ben")
    ('anna', None)
    >>> for line in as_event(event, "anna").decode().split()[3:10]:
    ...     print(line)
    BEGIN:VEVENT
    UID:1
    DTSTAMP:19700101T000000Z
    ORGANIZER;CN=Anna:invalid:nomail
    SEQUENCE:0
    SUMMARY:Lunch
    TRANSP:OPAQUE
    """
    caps = Caps() if caps is None else caps
    part = _part(meeting, owner, caps)
    if part is None:
        return None
    overrides = []
    for named in part.own:
        known = meeting.instance(named)
        overrides.append(Override(named) if known is None else Override(named, known.start, known.end))
    stamp = datetime.fromtimestamp(max(_stamps(meeting)), UTC)
    lines = written_of(meeting, part.series.replace(overrides=overrides), stamp)
    return message("", lines, [_said(meeting, owner, named) for named in (None, *part.own)])


def _stamps(meeting: Meeting) -> Iterable[int]:
    yield meeting.stamp
    yield from (one.stamp for one in meeting.instances)
    for one in meeting.participants:
        yield one.given.stamp
        yield from (given.stamp for _, given in one.instances)


def _said(meeting: Meeting, owner: str | None, named: date | None) -> list[str]:
    """What it says of the whole, or of an instance, its time apart."""
    people = [attendee(one, named, meeting, nobody=_NOBODY) for one in meeting.participants]
    status = meeting.status if owner is None else meeting.status_for(owner, named)
    return [organizer(meeting, nobody=_NOBODY), *people, *details(meeting, named), *takes(status)]


# --- what stands where ------------------------------------------------------------------------------------------------


def _part(meeting: Meeting, owner: str | None, caps: Caps) -> _Part | None:
    if meeting.state is State.CANCELLED:
        return None
    changed = [one.recurrence_id for one in meeting.instances if not one.cancelled]
    if owner is None:
        return _Part(meeting.series, changed) if meeting.group else None
    one = meeting.participant(owner)
    if one is None:
        makes = meeting.hosted and not meeting.group and meeting.creator.is_named(owner)
        return _Part(meeting.series, changed) if makes else None
    if not one.guest.account:
        return None
    return _answered(meeting, one, changed, caps)


def _answered(meeting: Meeting, one: Participant, changed: list[date], caps: Caps) -> _Part | None:
    """What stands with somebody who was invited, as far as they answered."""
    answers = {meeting.key(named): (named, given.answer) for named, given in one.instances}
    there = {key: pair for key, pair in answers.items() if meeting.has(pair[0], caps)}
    kept = [named for named, answer in there.values() if answer is not Answer.REFUSED]
    if one.given.answer is Answer.REFUSED:
        if not kept:
            return None
        first, *others = kept
        alone = Series(first, duration=meeting.series.duration, rdates=others, strict=False)
        return _Part(alone, kept)
    gone = {key for key, (_, answer) in there.items() if answer is Answer.REFUSED}
    series = meeting.series
    for key in gone:
        series = series.without(there[key][0])
    if gone and series_of(replace(meeting, series=series), caps).is_empty:
        return None
    named = {meeting.key(value): value for value in [*changed, *kept]}
    return _Part(series, [named[key] for key in sorted(named) if key not in gone])
