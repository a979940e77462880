"""The slow twin of the scanner: unfold all of a text, split it into lines, and read those that are plain.

It is for texts that are well formed; what is not plain it leaves out, or reads as it likes. The scanner says of those
that it is in doubt.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from schedcore.bulk._scan import WORDS

EPOCH = datetime(1970, 1, 1)
#: Property, key in the result, how it is read.
WORD_PROPERTIES = {
    "STATUS": "status",
    "TRANSP": "transp",
    "CLASS": "access",
    "X-MICROSOFT-CDO-BUSYSTATUS": "busystatus",
}
MOMENTS = {"DTSTART": "start", "DTEND": "end", "RECURRENCE-ID": "recurrence_id"}
TEXTS = {"UID": "uid", "RRULE": "rule", "DURATION": "length"}


def lines_of(data: bytes) -> list[bytes]:
    """Logical lines: blank ones are none, also within a folded line."""
    physical = [line for line in data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if line]
    return b"\n".join(physical).replace(b"\n ", b"").replace(b"\n\t", b"").split(b"\n")


def split(line: bytes) -> tuple[str, bytes, bytes] | None:
    """Name in capitals, parameters as they stand, value."""
    found = re.match(rb"([A-Za-z0-9_-]+)((?:;(?:[^\":]|\"[^\"]*\")*)?):(.*)$", line, re.DOTALL)
    return found and (found[1].decode().upper(), found[2], found[3].strip(b" \t"))


def moment(params: bytes, value: bytes) -> tuple[int, int, bytes] | None:
    """Form, seconds, parameters."""
    text = value.decode("latin-1")
    for form, width, pattern in ((1, 8, "%Y%m%d"), (2, 15, "%Y%m%dT%H%M%S"), (3, 16, "%Y%m%dT%H%M%SZ")):
        if len(text) == width:
            try:
                return form, int((datetime.strptime(text, pattern) - EPOCH).total_seconds()), params
            except ValueError:
                return None
    return None


def word(which: str, value: bytes) -> int:
    """The number of a word."""
    text = value.decode("latin-1").upper()
    known = WORDS[which]
    return 0 if not text else known.index(text) if text in known[:-1] else len(known) - 1


def events_of(data: bytes) -> list[dict[str, Any]]:
    """All VEVENTs right below a VCALENDAR."""
    stack: list[str] = []
    events: list[dict[str, Any]] = []
    for line in lines_of(data):
        parts = split(line)
        if parts is None:
            continue
        name, params, value = parts
        if name == "BEGIN" and not params:
            stack.append(value.decode().upper())
            if stack == ["VCALENDAR", "VEVENT"]:
                events.append(_blank())
        elif name == "END" and not params:
            stack.pop()
        elif stack == ["VCALENDAR", "VEVENT"]:
            _take(events[-1], name, params, value)
    for event in events:
        del event["seen"]
    return events


def _blank() -> dict[str, Any]:
    event: dict[str, Any] = dict.fromkeys((*MOMENTS.values(), *TEXTS.values()))
    numbers = dict.fromkeys((*WORD_PROPERTIES.values(), "partstat", "stamp", "sequence"), 0)
    return {**event, **numbers, "rdates": [], "exdates": [], "seen": set()}


def _take(event: dict[str, Any], name: str, params: bytes, value: bytes) -> None:
    if name in ("RDATE", "EXDATE"):
        event[f"{name.lower()}s"] += [
            moment(params, item.strip(b" \t")) for item in value.split(b",") if item.strip(b" \t")
        ]
        return
    if name in event["seen"]:
        return
    event["seen"].add(name)
    if name in MOMENTS:
        event[MOMENTS[name]] = moment(params, value)
    elif name in TEXTS:
        event[TEXTS[name]] = value
    elif name in WORD_PROPERTIES:
        event[WORD_PROPERTIES[name]] = word(WORD_PROPERTIES[name], value)
    elif name == "SEQUENCE":
        event["sequence"] = int(value) if re.fullmatch(rb"\d{1,9}", value) else 0
    elif name == "DTSTAMP":
        found = None if params else moment(params, value)
        event["stamp"] = 0 if found is None else found[1]
