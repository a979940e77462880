"""From bytes to the logical lines of iCalendar (RFC 5545 3.1), whatever state they are in.

Rules of this module:

1. Nothing in here fails on content: what can be read is read, and what was done about the rest is noted.
2. Lines end at CRLF, LF or CR. A line that begins with a space or a tab continues the one before it; that is undone
   on bytes, since a fold may cut a UTF-8 character in two. Blank lines are skipped, also inside a folded line.
3. Text is UTF-8; a byte order mark is dropped, UTF-16 is read when its mark says so. A line that is no UTF-8 is read as
   Windows-1252, which is Latin-1 with letters in the place of control characters.
4. Control characters other than the tab have no place in a calendar (RFC 5545 3.3.11): they are taken out.
5. A line keeps the number it starts at, counted from 1, for messages.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

__all__ = ["Line", "lines_of"]


class Line(NamedTuple):
    """One unfolded line and the number of the physical line it starts at."""

    number: int
    text: str


_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")


def lines_of(data: bytes | str) -> tuple[list[Line], list[str]]:
    """Unfold and decode; also say what had to be done to read the text. Cost: linear in the length of the text.

    >>> lines_of(b"SUMMARY:Caf\\xc3\\r\\n \\xa9")
    ([Line(number=1, text='SUMMARY:Café')], [])
    """
    notes: list[str] = []
    raw = _bytes(data, notes)
    cleaned, count = _CONTROLS.subn(b"", raw)
    if count:
        notes.append("control characters were taken out of the text")
    physical = cleaned.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    lines: list[Line] = []
    wrong = 0
    for number, line in _unfolded(physical):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = line.decode("cp1252", "replace")
            wrong += 1
        lines.append(Line(number, text))
    if wrong:
        notes.append(f"{wrong} line{'s are' if wrong > 1 else ' is'} not UTF-8 and was read as Windows-1252")
    return lines, notes


def _bytes(data: bytes | str, notes: list[str]) -> bytes:
    """Give UTF-8 bytes without a byte order mark, if they are that."""
    if isinstance(data, str):
        return data.removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("the text is UTF-16, RFC 5545 3.1.4 asks for UTF-8")
        return data.decode("utf-16", "replace").encode("utf-8", "surrogatepass")
    return data.removeprefix(codecs.BOM_UTF8)


def _unfolded(physical: list[bytes]) -> list[tuple[int, bytes]]:
    """Join continuation lines to the line they continue."""
    out: list[tuple[int, list[bytes]]] = []
    for number, line in enumerate(physical, 1):
        if line[:1] in (b" ", b"\t") and out:
            out[-1][1].append(line[1:])
        elif line.strip():
            out.append((number, [line]))
    return [(number, b"".join(parts)) for number, parts in out]
