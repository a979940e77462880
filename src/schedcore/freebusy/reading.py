"""What an event of a calendar says about its owner's time.

Rules, first that applies:
1. STATUS:CANCELLED takes no time.
2. TRANSP:TRANSPARENT takes no time (RFC 5545 3.8.2.7).
3. An invitation that the calendar's owner declined or handed on takes no time (PARTSTAT of RFC 5545 3.2.12). Other
   people's answers say nothing about the owner's time, so whose answer counts must be known by address.
4. X-MICROSOFT-CDO-BUSYSTATUS says which of the four it is ([MS-OXCICAL]); it is the only word for out of office.
5. An all-day event is free unless TRANSP says otherwise: most are birthdays and notes, and their clients know it.
6. Everything else is busy (TRANSP's default, OPAQUE).
What is busy by rules 4 to 6 is tentative when STATUS:TENTATIVE says that it is not certain, or when the owner has not
answered, or only tentatively.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedcore.errors import CalendarError
from schedcore.freebusy.status import CDO_BUSYSTATUS, EVENT_STATUS, PARTSTAT, TRANSP, Status

if TYPE_CHECKING:
    from schedcore.ics import Event

__all__ = ["address_of", "partstat_of", "status_of"]


def status_of(
    *,
    status: str | None = None,
    transp: str | None = None,
    busystatus: str | None = None,
    partstat: str | None = None,
    all_day: bool = False,
) -> Status:
    """Tell the status that an event gives its owner, from the words of its properties (None: it has no such property).

    `partstat` is the owner's own answer to the invitation.

    >>> status_of(status="CONFIRMED"), status_of(all_day=True), status_of(busystatus="OOF", all_day=True)
    (<Status.BUSY: 2>, <Status.FREE: 0>, <Status.OUT_OF_OFFICE: 3>)
    >>> status_of(status="CONFIRMED", partstat="DECLINED"), status_of(partstat="NEEDS-ACTION")
    (<Status.FREE: 0>, <Status.TENTATIVE: 1>)
    """
    certain = Status.BUSY if status is None else EVENT_STATUS.status(status)
    answered = Status.BUSY if partstat is None else PARTSTAT.status(partstat)
    certain = min(certain, answered)
    if certain is Status.FREE or (transp is not None and TRANSP.status(transp) is Status.FREE):
        return Status.FREE
    if busystatus is not None:
        said = CDO_BUSYSTATUS.status(busystatus)
    elif all_day and transp is None:
        said = Status.FREE
    else:
        said = Status.BUSY
    return certain if said is Status.BUSY else said


def address_of(text: str) -> str:
    """Bring a calendar address to the form in which it compares: without mailto: and without regard to case.

    >>> address_of("MAILTO:Anna@Example.com ")
    'anna@example.com'
    """
    return text.strip().lower().removeprefix("mailto:")


def partstat_of(event: Event, address: str) -> str | None:
    """Tell what somebody, named by address, answered to an event; None if they are not among its attendees.

    Somebody who is listed without an answer has given none: NEEDS-ACTION (RFC 5545 3.2.12). An event whose attendees
    cannot be read has none. Reads the event's text by `icalendar` when it has attendees, the first time.
    """
    if not _has_attendees(event):
        return None
    try:
        found = event.component.get("ATTENDEE", [])
    except CalendarError:
        return None
    wanted = address_of(address)
    for attendee in found if isinstance(found, list) else [found]:
        if address_of(str(attendee)) == wanted or address_of(str(attendee.params.get("EMAIL", ""))) == wanted:
            return str(attendee.params.get("PARTSTAT", "NEEDS-ACTION"))
    return None


def _has_attendees(event: Event) -> bool:
    """Whether a line of the event begins with ATTENDEE: the library reads 5,000 events a second, and few have any."""
    return any(line[:8].upper() == "ATTENDEE" for line in event.lines_without(frozenset()))
