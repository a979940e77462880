"""From logical lines to bytes: RFC 5545 3.1, as strict readers want it.

Rules of this module:

1. Lines end with CRLF, are folded at 75 octets, never within a character, and are UTF-8; `icalendar` folds.
2. A line that is a property by the grammar is written as it stands; so are names with "_" and ".", which programs use.
3. One that is not, but was read as one (space around its name, a quote that is not closed), is put together again from
   what was read. A line that is no property at all is left out.
4. VERSION and PRODID, which a calendar must have (RFC 5545 3.6), are added where they are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from schedcore.errors import CalendarError, shorten
from schedcore.ics.component import Component, property_of
from schedcore.ics.text import Line

__all__ = ["PRODID", "escaped", "text_of", "written"]

PRODID: Final = "-//schedcore//schedcore//EN"

_VALUE: Final = r"(?:\"[^\"]*\"|[^\";:,]*)"
_WHOLE: Final = re.compile(rf"[\w.-]+(?:;[\w.-]+={_VALUE}(?:,{_VALUE})*)*:", re.ASCII)
#: Octets of a line that needs no folding (RFC 5545 3.1).
_WIDTH: Final = 75


def text_of(calendars: Iterable[Component]) -> str:
    """Put calendars together again, LF between their lines."""
    lines: list[str] = []
    for calendar in calendars:
        own = [line.text for line in calendar.own]
        names = {text.partition(":")[0].partition(";")[0].strip().upper() for text in own}
        lines.append("BEGIN:VCALENDAR")
        lines += [text for name, text in _NEEDED.items() if name not in names]
        lines += own
        lines += [line.text for part in calendar.parts for line in part.lines]
        lines.append("END:VCALENDAR")
    return "\n".join(lines)


_NEEDED: Final = {"VERSION": "VERSION:2.0", "PRODID": f"PRODID:{PRODID}"}


def written(lines: Iterable[str]) -> bytes:
    """Write logical lines; those that are no property are left out. CalendarError for what is no Unicode text.

    >>> written(["BEGIN:VEVENT", "summary ; LANGUAGE=en :Plan", "nothing", "END:VEVENT"])
    b'BEGIN:VEVENT\\r\\nSUMMARY;LANGUAGE=en:Plan\\r\\nEND:VEVENT\\r\\n'
    """
    from icalendar.parser import Contentline

    out = bytearray()
    for text in lines:
        line = text if _WHOLE.match(text) else _mended(text)
        if line:
            short = len(line) <= _WIDTH and line.isascii()
            try:
                out += line.encode() if short else Contentline(line).to_ical()  # type: ignore[no-untyped-call]
            except UnicodeEncodeError:
                raise _half(line) from None
            out += b"\r\n"
    return bytes(out)


def escaped(text: str) -> str:
    """Write a TEXT (RFC 5545 3.3.11); CalendarError for half of a surrogate pair, which Python's texts can have.

    >>> escaped("Room 1; or 2, perhaps")
    'Room 1\\\\; or 2\\\\, perhaps'
    """
    from icalendar.prop import vText

    try:
        return vText(text).to_ical().decode()
    except UnicodeEncodeError:
        raise _half(text) from None


def _half(text: str) -> CalendarError:
    return CalendarError(f"{shorten(text)} has half of a surrogate pair, which is no character; take it out")


def _mended(text: str) -> str:
    """Put a line together from what was read of it; nothing if that is nothing."""
    from icalendar.parser import Parameters

    prop = property_of(Line(0, text))
    if prop is None:
        return ""
    params = {name: value.replace('"', "'") for name, value in prop.params.items()}
    try:
        head = Parameters(params).to_ical().decode()
    except ValueError:
        return ""
    return f"{prop.name};{head}:{prop.value}" if head else f"{prop.name}:{prop.value}"
