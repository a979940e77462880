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

from schedcore.freebusy.status import CDO_BUSYSTATUS, EVENT_STATUS, PARTSTAT, TRANSP, Status
from schedcore.ics.answers import address_of, partstat_of

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
