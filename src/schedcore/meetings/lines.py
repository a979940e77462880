"""The lines of a meeting as iCalendar has them: what messages (`itip`) and the events in calendars (`placing`) share.

Whatever people wrote is escaped, control characters in names are left out: no text can begin a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from schedcore.errors import CalendarError, shorten
from schedcore.freebusy import Status
from schedcore.ics import to_ical
from schedcore.ics.writing import escaped, written
from schedcore.meetings.meeting import Instance, Meeting, Participant
from schedcore.policy.availability import PARTSTATS
from schedcore.recurrence import Series

if TYPE_CHECKING:
    from schedcore.meetings.people import Guest

__all__ = [
    "Written",
    "attendee",
    "details",
    "message",
    "organizer",
    "said_of",
    "sequence_of",
    "takes",
    "text_line",
    "written_of",
]

#: What may stand in a mailto: address as it is; anything else becomes %XX (RFC 6068 2).
_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@.-_+~!$'*=")


@dataclass(frozen=True, slots=True)
class Written:
    """The lines of a VCALENDAR: `head` up to the first event, then one list for each VEVENT, BEGIN and END left out."""

    head: list[str]
    events: list[list[str]]


def written_of(meeting: Meeting, series: Series, now: datetime) -> Written:
    """The series as `ics.to_ical` writes it, taken apart."""
    # Not splitlines(): an id of others may hold U+0085 or U+2028, which end no line of iCalendar.
    lines = to_ical(series, uid=meeting.id, now=now).decode().replace("\r\n ", "").split("\r\n")
    head = lines[: lines.index("BEGIN:VEVENT")]
    events: list[list[str]] = []
    for line in lines[len(head) : lines.index("END:VCALENDAR")]:
        if line == "BEGIN:VEVENT":
            events.append([])
        elif line != "END:VEVENT":
            events[-1].append(line)
    return Written(head, events)


def sequence_of(meeting: Meeting, recurrence_id: date | None) -> int:
    """The SEQUENCE of the whole, or of an instance if that is newer."""
    own = None if recurrence_id is None else meeting.instance(recurrence_id)
    return meeting.sequence if own is None else max(meeting.sequence, own.sequence)


def message(method: str, lines: Written, said: list[list[str]]) -> bytes:
    """One VCALENDAR: each event with what is said of it after UID and DTSTAMP; without a METHOD if that is ""."""
    out = [*lines.head[:3], *([f"METHOD:{method}"] if method else []), *lines.head[3:]]
    for event, more in zip(lines.events, said, strict=True):
        out += ["BEGIN:VEVENT", *event[:2], *more, *event[2:], "END:VEVENT"]
    return written([*out, "END:VCALENDAR"])


def said_of(meeting: Meeting, own: Instance | None) -> list[str]:
    """What a request says of the whole or of an instance, its time apart; CalendarError if anybody has no address."""
    named = None if own is None else own.recurrence_id
    people = [organizer(meeting), *(attendee(one, named, meeting) for one in meeting.participants)]
    return [*people, *details(meeting, named), *takes(meeting.status)]


def details(meeting: Meeting, named: date | None) -> list[str]:
    """Of the whole or of an instance: its revision, and what it is about."""
    lines = [f"SEQUENCE:{sequence_of(meeting, named)}"]
    for name, detail in (("SUMMARY", "subject"), ("DESCRIPTION", "description"), ("LOCATION", "location")):
        if text := meeting.detail(detail, named):
            lines.append(text_line(name, text))
    return lines


def takes(status: Status) -> list[str]:
    """What it takes of somebody's time."""
    lines = [f"TRANSP:{'TRANSPARENT' if status is Status.FREE else 'OPAQUE'}"]
    lines.append(f"STATUS:{'TENTATIVE' if status is Status.TENTATIVE else 'CONFIRMED'}")
    if status is Status.OUT_OF_OFFICE:
        lines.append("X-MICROSOFT-CDO-BUSYSTATUS:OOF")
    return lines


def organizer(meeting: Meeting, *, nobody: str = "") -> str:
    """The ORGANIZER; `nobody` is the address of who has none, CalendarError if that is ""."""
    return _address_line("ORGANIZER", meeting.creator, {}, nobody)


def attendee(
    one: Participant, recurrence_id: date | None = None, meeting: Meeting | None = None, *, nobody: str = ""
) -> str:
    """An ATTENDEE, with the answer if there is a meeting to have it from; `nobody` as for `organizer`."""
    params = {}
    if meeting is not None:
        partstat = PARTSTATS[meeting.given(one, recurrence_id).answer]
        params = {"PARTSTAT": partstat}
        if partstat == "NEEDS-ACTION":
            params["RSVP"] = "TRUE"
    return _address_line("ATTENDEE", one.guest, params, nobody)


def _address_line(name: str, guest: Guest, params: dict[str, str], nobody: str) -> str:
    from icalendar.parser import Contentline, Parameters
    from icalendar.prop import vCalAddress

    addresses = tuple(guest.addresses)
    if not addresses and not nobody:
        raise CalendarError(f"{shorten(guest.id)} has no mail address, which {name} needs: add one to their account")
    said = guest.name if addresses else guest.name or guest.id
    shown = "".join(one if one.isprintable() and one != '"' else " " for one in said).strip()
    given = {**({"CN": shown} if shown else {}), **params}
    uri = f"mailto:{_mailto(addresses[0])}" if addresses else nobody
    return str(Contentline.from_parts(name, Parameters(given), vCalAddress(uri)))


def _mailto(address: str) -> str:
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in address.encode())


def text_line(name: str, text: str) -> str:
    """A property of text, escaped."""
    return f"{name}:{escaped(text)}"
