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
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from schedcore.errors import CalendarError, shorten
from schedcore.freebusy import Status
from schedcore.ics import to_ical
from schedcore.ics.writing import written
from schedcore.meetings.itip_reading import Received, Taken, read, take
from schedcore.meetings.meeting import Instance, Meeting, Participant, span
from schedcore.policy.availability import PARTSTATS
from schedcore.recurrence import Override, Series

if TYPE_CHECKING:
    from schedcore.meetings.people import Guest

__all__ = ["Received", "Taken", "cancel", "counter", "read", "refresh", "reply", "request", "take"]

#: What may stand in a mailto: address as it is; anything else becomes %XX (RFC 6068 2).
_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@.-_+~!$'*=")
#: What a message of an attendee says of the event: which one, not what it is.
_NAMING: Final = ("UID", "DTSTAMP", "RECURRENCE-ID")


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of a VCALENDAR: `head` up to the first event, then one list for each VEVENT, BEGIN and END left out."""

    head: list[str]
    events: list[list[str]]


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
    lines = _written(meeting, meeting.whole, now)
    own = [one for one in meeting.instances if not one.cancelled]
    if recurrence_id is None:
        said = [_said(meeting, None), *(_said(meeting, one) for one in own)]
        return _message("REQUEST", lines, said)
    key = meeting.key(recurrence_id)
    known = next((one for one in own if meeting.key(one.recurrence_id) == key), Instance(recurrence_id))
    override = Override(recurrence_id, known.start, known.end)
    lines = _written(meeting, meeting.series.replace(overrides=[override]), now)
    return _message("REQUEST", Written(lines.head, lines.events[1:]), [_said(meeting, known)])


def cancel(
    meeting: Meeting, now: datetime, recurrence_id: date | None = None, *, guests: Iterable[Guest] | None = None
) -> bytes:
    """Write a CANCEL of the whole or of one instance, as the meeting is after it; to `guests` if not to all.

    With `guests` who were removed it tells them alone (RFC 5546 3.2.5), for whoever wants to. Errors as `request`.
    """
    people = [_attendee(one) for one in (meeting.participants if guests is None else map(Participant, guests))]
    said = [_organizer(meeting), *people, f"SEQUENCE:{_sequence(meeting, recurrence_id)}"]
    if meeting.subject:
        said.append(_text_line("SUMMARY", meeting.detail("subject", recurrence_id)))
    if recurrence_id is None:
        lines = _written(meeting, meeting.series, now)
        return _message("CANCEL", lines, [[*said, "STATUS:CANCELLED"]])
    lines = _instance_lines(meeting, Override(recurrence_id, cancelled=True), now)
    return _message("CANCEL", lines, [said])


def reply(meeting: Meeting, participant: str, now: datetime, recurrence_id: date | None = None) -> bytes:
    """Write a REPLY: what a participant, named by id or address, has answered to the whole or to one instance.

    CalendarError for somebody who was not invited; else as `request`.
    """
    one = _participant(meeting, participant)
    given = meeting.given(one, recurrence_id)
    said = [*_between(meeting, one, recurrence_id), f"SEQUENCE:{_sequence(meeting, recurrence_id)}"]
    if given.reason:
        said.append(_text_line("COMMENT", given.reason))
    return _message("REPLY", _named_only(meeting, recurrence_id, now), [said])


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
        lines = _written(meeting, meeting.series.replace(dtstart=start, duration=length), now)
    else:
        lines = _instance_lines(meeting, Override(recurrence_id, start, end), now)
    said = [*_between(meeting, one, recurrence_id), f"SEQUENCE:{_sequence(meeting, recurrence_id)}"]
    said.append(_text_line("SUMMARY", meeting.detail("subject", recurrence_id)))
    if comment:
        said.append(_text_line("COMMENT", comment))
    return _message("COUNTER", lines, [said])


def refresh(meeting: Meeting, participant: str, now: datetime, recurrence_id: date | None = None) -> bytes:
    """Write a REFRESH: a participant asks the organizer for the newest state; errors as `reply`."""
    one = _participant(meeting, participant)
    said = [_organizer(meeting), _attendee(one)]
    return _message("REFRESH", _named_only(meeting, recurrence_id, now), [said])


# --- which event ------------------------------------------------------------------------------------------------------


def _written(meeting: Meeting, series: Series, now: datetime) -> Written:
    """The series as `ics.to_ical` writes it, taken apart."""
    lines = to_ical(series, uid=meeting.id, now=now).decode().replace("\r\n ", "").splitlines()
    head = lines[: lines.index("BEGIN:VEVENT")]
    events: list[list[str]] = []
    for line in lines[len(head) : -1]:
        if line == "BEGIN:VEVENT":
            events.append([])
        elif line != "END:VEVENT":
            events[-1].append(line)
    return Written(head, events)


def _instance_lines(meeting: Meeting, override: Override, now: datetime) -> Written:
    """One instance alone; it may be gone from the series by now."""
    key = meeting.key(override.recurrence_id)
    exdates = [one for one in meeting.series.exdates if type(one) is date or meeting.key(one) != key]
    lines = _written(meeting, meeting.series.replace(exdates=exdates, overrides=[override]), now)
    return Written(lines.head, lines.events[1:])


def _named_only(meeting: Meeting, recurrence_id: date | None, now: datetime) -> Written:
    """Which event or instance it is, without what it is; zones only as far as they are needed to say that."""
    if recurrence_id is None:
        lines = _written(meeting, Series(meeting.series.dtstart, strict=False), now)
        return Written(lines.head[:3], [[line for line in lines.events[0] if _name(line) in _NAMING]])
    lines = _instance_lines(meeting, Override(recurrence_id), now)
    return Written(lines.head, [[line for line in event if _name(line) in _NAMING] for event in lines.events])


def _name(line: str) -> str:
    return line.partition(":")[0].partition(";")[0]


def _sequence(meeting: Meeting, recurrence_id: date | None) -> int:
    """The SEQUENCE of the whole, or of an instance if that is newer."""
    own = None if recurrence_id is None else meeting.instance(recurrence_id)
    return meeting.sequence if own is None else max(meeting.sequence, own.sequence)


# --- what is said of it -----------------------------------------------------------------------------------------------


def _message(method: str, lines: Written, said: list[list[str]]) -> bytes:
    """One VCALENDAR: each event with what is said of it after UID and DTSTAMP."""
    out = [*lines.head[:3], f"METHOD:{method}", *lines.head[3:]]
    for event, more in zip(lines.events, said, strict=True):
        out += ["BEGIN:VEVENT", *event[:2], *more, *event[2:], "END:VEVENT"]
    return written([*out, "END:VCALENDAR"])


def _said(meeting: Meeting, own: Instance | None) -> list[str]:
    """What a request says of the whole or of an instance, its time apart."""
    named = None if own is None else own.recurrence_id
    lines = [_organizer(meeting), *(_attendee(one, named, meeting) for one in meeting.participants)]
    lines.append(f"SEQUENCE:{_sequence(meeting, named)}")
    for name, detail in (("SUMMARY", "subject"), ("DESCRIPTION", "description"), ("LOCATION", "location")):
        if text := meeting.detail(detail, named):
            lines.append(_text_line(name, text))
    lines.append(f"TRANSP:{'TRANSPARENT' if meeting.status is Status.FREE else 'OPAQUE'}")
    lines.append(f"STATUS:{'TENTATIVE' if meeting.status is Status.TENTATIVE else 'CONFIRMED'}")
    if meeting.status is Status.OUT_OF_OFFICE:
        lines.append("X-MICROSOFT-CDO-BUSYSTATUS:OOF")
    return lines


def _between(meeting: Meeting, one: Participant, recurrence_id: date | None) -> list[str]:
    """Whom a message of an attendee is to and from."""
    return [_organizer(meeting), _attendee(one, recurrence_id, meeting)]


def _organizer(meeting: Meeting) -> str:
    return _address_line("ORGANIZER", meeting.creator, {})


def _attendee(one: Participant, recurrence_id: date | None = None, meeting: Meeting | None = None) -> str:
    """An ATTENDEE, with the answer if there is a meeting to have it from."""
    params = {}
    if meeting is not None:
        partstat = PARTSTATS[meeting.given(one, recurrence_id).answer]
        params = {"PARTSTAT": partstat}
        if partstat == "NEEDS-ACTION":
            params["RSVP"] = "TRUE"
    return _address_line("ATTENDEE", one.guest, params)


def _address_line(name: str, guest: Guest, params: dict[str, str]) -> str:
    from icalendar.parser import Contentline, Parameters
    from icalendar.prop import vCalAddress

    addresses = tuple(guest.addresses)
    if not addresses:
        raise CalendarError(f"{shorten(guest.id)} has no mail address, which {name} needs: add one to their account")
    shown = "".join(one if one.isprintable() and one != '"' else " " for one in guest.name).strip()
    given = {**({"CN": shown} if shown else {}), **params}
    text = "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in addresses[0].encode())
    line = Contentline.from_parts(name, Parameters(given), vCalAddress(f"mailto:{text}"))
    return str(line)


def _text_line(name: str, text: str) -> str:
    from icalendar.prop import vText

    return f"{name}:{vText(text).to_ical().decode()}"


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
