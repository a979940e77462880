"""vCalendar 1.0, the format before iCalendar, as lines that iCalendar has: what old phones and programs still export.

Rules of this module (the vCalendar 1.0 specification of the versit consortium, 18 September 1996):

1. A text with a line VERSION:1.0 is a vCalendar. `icalendar_of` gives the iCalendar text that says the same; any other
   text stays as it is.
2. Text in quoted-printable (ENCODING=QUOTED-PRINTABLE, or the bare parameter) is decoded by its CHARSET; a soft line
   break, "=" at the end of a line, joins lines there. Commas and line ends are escaped then, as RFC 5545 3.3.11 asks.
3. Lists of dates are separated by ";", not by ",".
4. TRANSP is a number: 0 takes time, all others do not. STATUS of a meeting that was sent is no word of a VEVENT's.
5. A rule has a letter for what repeats, and a number for how often: D1, W2, MP1 (by position), MD1 (by day), YM1 (by
   month), YD1 (by day of the year); then where in it; then #n for how many, or a date as its end. #0 is without end.
   Without either it happens twice, by the specification's default of #2.
6. A local time has no zone in vCalendar: TZ gives the offset of one moment, DAYLIGHT that of some years. It floats.
7. DALARM and AALARM become alarms at the moment that they name.

What this module does not do: MALARM and PALARM, which would send mail and run programs.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Final

__all__ = ["icalendar_of"]

_VERSION: Final = re.compile(rb"(?im)^VERSION[^:\r\n]*:\s*1\.0\s*$")
_HEAD: Final = re.compile(r"([A-Za-z0-9-]+)((?:;[^:;]*)*):(.*)", re.DOTALL)
_QUOTED: Final = re.compile(r";\s*(?:ENCODING=)?QUOTED-PRINTABLE", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*CHARSET=\"?([\w.:-]+)\"?", re.IGNORECASE)
_DROPPED: Final = re.compile(r";\s*(?:(?:ENCODING=)?(?:QUOTED-PRINTABLE|8BIT|7BIT)|CHARSET=[^;]*)", re.IGNORECASE)

_TEXTS: Final = frozenset(("SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CATEGORIES", "RESOURCES", "UID"))
_LISTS: Final = frozenset(("EXDATE", "RDATE"))
_STATUS: Final = frozenset(("TENTATIVE", "CONFIRMED", "CANCELLED"))

_RULE: Final = re.compile(r"(D|W|MP|MD|YM|YD)([1-9]\d{0,3})(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_END: Final = re.compile(r"#(\d{1,6})|(\d{8}(?:T\d{6}Z?)?)")
_FREQ: Final = {"D": "DAILY", "W": "WEEKLY", "MP": "MONTHLY", "MD": "MONTHLY", "YM": "YEARLY", "YD": "YEARLY"}
_WEEKDAYS: Final = frozenset(("SU", "MO", "TU", "WE", "TH", "FR", "SA"))
_POSITION: Final = re.compile(r"([1-5])([+-])")
_NUMBER: Final = re.compile(r"(\d{1,3})([+-]?)")
#: How often a rule without a duration happens: "If the duration is not specified, the default is #2".
_DEFAULT: Final = 2


def icalendar_of(data: bytes) -> bytes:
    """Give a vCalendar 1.0 text as iCalendar; any other text as it is. Never fails; O(length).

    A rule that is none is left as it stands, so that reading the result says which event it spoils.

    >>> icalendar_of(b"BEGIN:VCALENDAR\\r\\nVERSION:1.0\\r\\nRRULE:W2 TU TH #4\\r\\nEND:VCALENDAR").split()[2]
    b'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4'
    """
    if not _VERSION.search(data):
        return data
    return "\r\n".join(_lines(data)).encode("utf-8", "replace")


def _lines(data: bytes) -> Iterator[str]:
    for line in _joined(data):
        found = _HEAD.fullmatch(line)
        if found is None:
            yield line
            continue
        name, params, value = found[1].upper(), found[2], found[3]
        yield from _line(name, _DROPPED.sub("", params), _decoded(value, params))


def _joined(data: bytes) -> Iterator[str]:
    """Logical lines: unfolded, and joined at the soft breaks of quoted-printable."""
    raw = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", "surrogateescape").split("\n")
    line = ""
    for part in raw:
        if line.endswith("=") and _QUOTED.search(line.partition(":")[0]):
            line = line[:-1] + part
        elif part[:1] in (" ", "\t") and line:
            line += part[1:]
        else:
            if line.strip():
                yield line
            line = part
    if line.strip():
        yield line


def _decoded(value: str, params: str) -> str:
    """A value as text: by its CHARSET, else as UTF-8, else as Windows-1252."""
    raw = value.encode("utf-8", "surrogateescape")
    if _QUOTED.search(params):
        raw = quopri.decodestring(raw)
    charset = _CHARSET.search(params)
    for name in (*([charset[1]] if charset else []), "utf-8", "cp1252"):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")


def _line(name: str, params: str, value: str) -> Iterator[str]:
    if name == "VERSION":
        yield "VERSION:2.0"
    elif name in _TEXTS:
        yield f"{name}{params}:{_escaped(value)}"
    elif name in _LISTS:
        yield f"{name}{params}:{','.join(part.strip() for part in value.split(';') if part.strip())}"
    elif name in ("RRULE", "EXRULE"):
        yield f"{name}:{_rule(value)}"
    elif name == "TRANSP":
        yield f"TRANSP:{'OPAQUE' if value.strip() in ('0', 'OPAQUE') else 'TRANSPARENT'}"
    elif name == "STATUS":
        if value.strip().upper() in _STATUS:
            yield f"STATUS:{value.strip().upper()}"
    elif name in ("DALARM", "AALARM"):
        yield from _alarm(name, value)
    elif name not in ("TZ", "DAYLIGHT", "MALARM", "PALARM"):
        yield f"{name}{params}:{value}"


def _escaped(value: str) -> str:
    """Text of vCalendar, in which only ";" is escaped, as text of iCalendar."""
    plain = value.replace("\\;", ";").replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _alarm(name: str, value: str) -> Iterator[str]:
    """An alarm at a moment: when, how long to snooze, how often, and the words or the sound."""
    when, _, rest = value.partition(";")
    if not when.strip():
        return
    words = rest.split(";", 2)[-1].strip() if rest.count(";") >= 2 else ""
    action = "DISPLAY" if name == "DALARM" else "AUDIO"
    yield from ("BEGIN:VALARM", f"ACTION:{action}", f"TRIGGER;VALUE=DATE-TIME:{when.strip()}")
    if action == "DISPLAY":
        yield f"DESCRIPTION:{_escaped(words)}"
    yield "END:VALARM"


def _rule(value: str) -> str:
    """A rule of vCalendar as one of iCalendar; what is none stays as it is."""
    found = _RULE.fullmatch(value.strip())
    if found is None:
        return value
    letter, interval, rest = found[1].upper(), int(found[2]), found[3] or ""
    parts = [f"FREQ={_FREQ[letter]}"] + ([f"INTERVAL={interval}"] if interval != 1 else [])
    places, end = [], f"COUNT={_DEFAULT}"
    for word in rest.upper().split():
        stop = _END.fullmatch(word)
        if stop is None:
            places.append(word)
        elif stop[2]:
            end = f"UNTIL={stop[2]}"
        else:
            end = f"COUNT={int(stop[1])}" if int(stop[1]) else ""
    where = _where(letter, places)
    if where is None:
        return value
    return ";".join([*parts, *where, *([end] if end else [])])


def _where(letter: str, places: list[str]) -> list[str] | None:
    """Where in each period a rule happens, as BYxxx parts; None if that cannot be said."""
    if not places:
        return []
    if letter == "W":
        return [f"BYDAY={','.join(places)}"] if _WEEKDAYS.issuperset(places) else None
    if letter == "MP":
        return _positions(places)
    numbers = []
    for word in places:
        number = _NUMBER.fullmatch("1-" if word == "LD" else word)
        if number is None:
            return None
        numbers.append(("-" if number[2] == "-" else "") + str(int(number[1])))
    name = {"MD": "BYMONTHDAY", "YM": "BYMONTH", "YD": "BYYEARDAY"}.get(letter)
    return None if name is None else [f"{name}={','.join(numbers)}"]


def _positions(places: list[str]) -> list[str] | None:
    """`1+ 2- TU FR`: the first and the last but one Tuesday and Friday of the month."""
    days: list[str] = []
    at: list[str] = []
    named = False
    for word in places:
        position = _POSITION.fullmatch(word)
        if position is not None:
            at = [*([] if named else at), ("-" if position[2] == "-" else "") + position[1]]
            named = False
        elif word in _WEEKDAYS and at:
            days += [f"{one}{word}" for one in at]
            named = True
        else:
            return None
    return [f"BYDAY={','.join(days)}"] if days else None
