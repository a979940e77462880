"""Meetings as messages between calendar systems: RFC 5546 (iTIP), written here and read in `itip_reading`.

Rules of this module:

1. `request`, `cancel`, `reply`, `counter` and `refresh` write one VCALENDAR with that METHOD, about the whole or one
   instance. Whoever mails it names the method in the Content-Type as well (RFC 6047 2.4).
2. SEQUENCE is that of the newest revision (2.1.4), in a reply too: that of what was answered. DTSTAMP is `now`, since
   with a METHOD it is the time of the message (RFC 5545 3.8.7.2).
3. A request of a series holds the whole, and what instances have of their own as further VEVENTs; an instance that was
   cancelled is an EXDATE. A message about one instance holds that one alone, with its RECURRENCE-ID (3.2.2.6).
4. A reply, a counter-proposal and a refresh name the one attendee whom they come from, and nobody else (3.2.3).
5. Whatever people wrote is escaped, control characters in names are left out: no text can begin a line of its own.

What cannot be written, for lack of a mail address or of a word in iCalendar, is a CalendarError.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from schedcore.errors import CalendarError, shorten
from schedcore.meetings.itip_reading import Received, Taken, read, take
from schedcore.meetings.lines import (
    Written,
    attendee,
    message,
    organizer,
    said_of,
    sequence_of,
    text_line,
    written_of,
)
from schedcore.meetings.meeting import Instance, Meeting, Participant, span
from schedcore.recurrence import Override, Series

if TYPE_CHECKING:
    from schedcore.meetings.people import Guest

__all__ = ["Received", "Taken", "cancel", "counter", "read", "refresh", "reply", "request", "take"]

#: What a message of an attendee says of the event: which one, not what it is.
_NAMING: Final = ("UID", "DTSTAMP", "RECURRENCE-ID")


def request(meeting: Meeting, now: datetime, recurrence_id: date | None = None) -> bytes:
    """Write a REQUEST: the invitation, or the newest state, of the whole or of one instance.

    CalendarError if the creator or a participant has no mail address, and as `ics.to_ical`. Cost as that.

    >>> from datetime import UTC
    >>> from schedcore.meetings.people import Guest
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> anna = Guest("anna", True, addresses=["anna@example.com"])
    >>> for line in request(Meeting("1@example.com", anna, Series(noon), "Lunch"), noon).decode().split()[3:12]:
    ...     print(line)
    METHOD:REQUEST
    BEGIN:VEVENT
    UID:1@example.com
    DTSTAMP:20260302T120000Z
    ORGANIZER:mailto:anna@example.com
    SEQUENCE:0
    SUMMARY:Lunch
    TRANSP:OPAQUE
    STATUS:CONFIRMED
    """
    lines = written_of(meeting, meeting.whole, now)
    own = [one for one in meeting.instances if not one.cancelled]
    if recurrence_id is None:
        said = [said_of(meeting, None), *(said_of(meeting, one) for one in own)]
        return message("REQUEST", lines, said)
    key = meeting.key(recurrence_id)
    known = next((one for one in own if meeting.key(one.recurrence_id) == key), Instance(recurrence_id))
    override = Override(recurrence_id, known.start, known.end)
    lines = written_of(meeting, meeting.series.replace(overrides=[override]), now)
    return message("REQUEST", Written(lines.head, lines.events[1:]), [said_of(meeting, known)])


def cancel(
    meeting: Meeting, now: datetime, recurrence_id: date | None = None, *, guests: Iterable[Guest] | None = None
) -> bytes:
    """Write a CANCEL of the whole or of one instance, as the meeting is after it; to `guests` if not to all.

    With `guests` who were removed it tells them alone (RFC 5546 3.2.5), for whoever wants to. Errors as `request`.
    """
    people = [attendee(one) for one in (meeting.participants if guests is None else map(Participant, guests))]
    said = [organizer(meeting), *people, f"SEQUENCE:{sequence_of(meeting, recurrence_id)}"]
    if meeting.subject:
        said.append(text_line("SUMMARY", meeting.detail("subject", recurrence_id)))
    if recurrence_id is None:
        lines = written_of(meeting, meeting.series, now)
        return message("CANCEL", lines, [[*said, "STATUS:CANCELLED"]])
    lines = _instance_lines(meeting, Override(recurrence_id, cancelled=True), now)
    return message("CANCEL", lines, [said])


def reply(meeting: Meeting, participant: str, now: datetime, recurrence_id: date | None = None) -> bytes:
    """Write a REPLY: what a participant, named by id or address, has answered to the whole or to one instance.

    CalendarError for somebody who was not invited; else as `request`.
    """
    one = _participant(meeting, participant)
    given = meeting.given(one, recurrence_id)
    said = [*_between(meeting, one, recurrence_id), f"SEQUENCE:{sequence_of(meeting, recurrence_id)}"]
    if given.reason:
        said.append(text_line("COMMENT", given.reason))
    return message("REPLY", _named_only(meeting, recurrence_id, now), [said])


def counter(
    meeting: Meeting,
    participant: str,
    now: datetime,
    *,
    start: date | None = None,
    end: date | None = None,
    recurrence_id: date | None = None,
    comment: str = "",
) -> bytes:
    """Write a COUNTER: another time that a participant proposes for the whole or for one instance; errors as `reply`.

    What is None stays as it is.
    """
    one = _participant(meeting, participant)
    first, last = span(meeting.series, meeting.series.dtstart if recurrence_id is None else recurrence_id)
    start, end = start if start is not None else first, end if end is not None else last
    if recurrence_id is None:
        length = end - start if not _zoned(start) else timedelta(seconds=_stamp(end) - _stamp(start))
        lines = written_of(meeting, meeting.series.replace(dtstart=start, duration=length), now)
    else:
        lines = _instance_lines(meeting, Override(recurrence_id, start, end), now)
    said = [*_between(meeting, one, recurrence_id), f"SEQUENCE:{sequence_of(meeting, recurrence_id)}"]
    said.append(text_line("SUMMARY", meeting.detail("subject", recurrence_id)))
    if comment:
        said.append(text_line("COMMENT", comment))
    return message("COUNTER", lines, [said])


def refresh(meeting: Meeting, participant: str, now: datetime, recurrence_id: date | None = None) -> bytes:
    """Write a REFRESH: a participant asks the organizer for the newest state; errors as `reply`."""
    one = _participant(meeting, participant)
    said = [organizer(meeting), attendee(one)]
    return message("REFRESH", _named_only(meeting, recurrence_id, now), [said])


def _instance_lines(meeting: Meeting, override: Override, now: datetime) -> Written:
    """One instance alone; it may be gone from the series by now."""
    key = meeting.key(override.recurrence_id)
    exdates = [one for one in meeting.series.exdates if type(one) is date or meeting.key(one) != key]
    lines = written_of(meeting, meeting.series.replace(exdates=exdates, overrides=[override]), now)
    return Written(lines.head, lines.events[1:])


def _named_only(meeting: Meeting, recurrence_id: date | None, now: datetime) -> Written:
    """Which event or instance it is, without what it is; zones only as far as they are needed to say that."""
    if recurrence_id is None:
        lines = written_of(meeting, Series(meeting.series.dtstart, strict=False), now)
        return Written(lines.head[:3], [[line for line in lines.events[0] if _name(line) in _NAMING]])
    lines = _instance_lines(meeting, Override(recurrence_id), now)
    return Written(lines.head, [[line for line in event if _name(line) in _NAMING] for event in lines.events])


def _name(line: str) -> str:
    return line.partition(":")[0].partition(";")[0]


def _between(meeting: Meeting, one: Participant, recurrence_id: date | None) -> list[str]:
    """Whom a message of an attendee is to and from."""
    return [organizer(meeting), attendee(one, recurrence_id, meeting)]


def _participant(meeting: Meeting, name: str) -> Participant:
    one = meeting.participant(name)
    if one is None:
        raise CalendarError(f"{shorten(name)} was not invited to {shorten(meeting.id)}: name a participant")
    return one


def _zoned(value: date) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _stamp(value: date) -> int:
    assert isinstance(value, datetime)
    return round(value.timestamp())
