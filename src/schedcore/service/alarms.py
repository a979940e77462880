"""The reminders of an event, carried over into its next text.

A meeting's event is written anew whenever the meeting changes, and its owner's reminders are no part of the meeting.
They stand as VALARM components in the VEVENT that they remind of: of the whole, or of one instance, which has its
RECURRENCE-ID.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["with_alarms"]

_BEGIN, _END = b"BEGIN:VALARM", b"END:VALARM"


def with_alarms(text: bytes, old: bytes) -> bytes:
    r"""A VCALENDAR with the alarms that an older text of it has; those of instances that are no more are left out.

    >>> old = b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    >>> with_alarms(b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n", old).split()[2:4]
    [b'BEGIN:VALARM', b'ACTION:DISPLAY']
    """
    if _BEGIN not in old:
        return text
    alarms = {name: _alarms(lines) for name, lines in _events(old.split(b"\r\n"))}
    out: list[bytes] = []
    rest = text.split(b"\r\n")
    for name, lines in _events(rest):
        at = rest.index(b"END:VEVENT")
        out += [*rest[:at], *([] if _BEGIN in lines else alarms.get(name, [])), rest[at]]
        rest = rest[at + 1 :]
    return b"\r\n".join([*out, *rest])


def _events(lines: Iterable[bytes]) -> list[tuple[bytes, list[bytes]]]:
    """The lines of each VEVENT, by the value of its RECURRENCE-ID; b"" for the whole."""
    found: list[tuple[bytes, list[bytes]]] = []
    own: list[bytes] | None = None
    name = b""
    for line in lines:
        if line == b"BEGIN:VEVENT":
            own, name = [], b""
        elif line == b"END:VEVENT" and own is not None:
            found.append((name, own))
            own = None
        elif own is not None:
            own.append(line)
            if line.startswith(b"RECURRENCE-ID"):
                name = line.rpartition(b":")[2]
    return found


def _alarms(lines: Iterable[bytes]) -> list[bytes]:
    """The lines of all VALARMs among some."""
    found: list[bytes] = []
    inside = False
    for line in lines:
        inside = inside or line == _BEGIN
        if inside:
            found.append(line)
        inside = inside and line != _END
    return found
