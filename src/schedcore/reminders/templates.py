"""`Template`: the text of a chat message with %subject%, %date%, %description% and %location% in it.

Rules of this module:

1. The text is read once, from left to right. A placeholder is one of the four names between two percent signs, spelled
   just so; whatever else stands there, %name% of another name too, is literal and comes out as it is.
2. A value is put in as it is and never looked at again: a subject of "%date%" shows as %date%. Nothing of format
   strings or of other template languages means anything, neither in the text nor in a value.
3. What is missing is empty; a text need not have a placeholder.
4. What a value opens for the direction of text it closes (Unicode UAX 9, 3.1): an embedding, an override or an isolate
   that it leaves open is ended behind it, and an end of something that it did not open is left out. So a name with
   right-to-left marks shows right, and cannot turn round what stands behind it.
5. Line ends, and the marks with which a chat writes bold or links, pass through, in the text and in values.

Escaping what the target takes for a command is for whoever sends: only they know the target.

Product rules: W1, W2, W6.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from schedcore.recurrence import Occurrence

__all__ = ["MAX_CHARS", "PLACEHOLDERS", "Template", "date_text", "isolated", "values_of"]

PLACEHOLDERS: Final = ("subject", "date", "description", "location")

#: Chats cut a message at 2,000 to 40,000 characters; a text of more before it is filled is a mistake.
MAX_CHARS: Final = 40_000

_PLACE: Final = re.compile(f"%({'|'.join(PLACEHOLDERS)})%")

_EMBEDS: Final = frozenset("\u202a\u202b\u202d\u202e")  # LRE, RLE, LRO, RLO: up to PDF
_ISOLATES: Final = frozenset("\u2066\u2067\u2068")  # LRI, RLI, FSI: up to PDI
_PARAGRAPHS: Final = frozenset("\n\r\x1c\x1d\x1e\x85\u2029")  # Unicode's class B
_PDF: Final = "\u202c"
_PDI: Final = "\u2069"


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders; InvalidValue if it is none, or longer than 40,000 characters.

    >>> Template("*%subject%* on %date%, %room%").fill(subject="100 %date%", date="2026-03-02")
    '*100 %date%* on 2026-03-02, %room%'
    """

    text: str

    def __post_init__(self) -> None:
        """Check that it is a text, and not a book."""
        if not isinstance(self.text, str):
            raise InvalidValue(f"template {shorten(self.text)} is {type(self.text).__name__}: give a text")
        if len(self.text) > MAX_CHARS:
            raise InvalidValue(f"template {shorten(self.text)} is over {MAX_CHARS} characters: shorten it")

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names that are filled in, in the order of the text, each once."""
        return tuple(dict.fromkeys(_PLACE.findall(self.text)))

    def fill(
        self,
        *,
        subject: str | None = None,
        date: str | None = None,
        description: str | None = None,
        location: str | None = None,
    ) -> str:
        """Put values in the places of their names, once. Linear in the text and in what is put in."""
        values = {"subject": subject, "date": date, "description": description, "location": location}
        return _PLACE.sub(lambda found: isolated(values[found[1]] or ""), self.text)


def isolated(value: str) -> str:
    r"""Close what a value leaves open for the direction of text, and leave out ends of what it did not open.

    >>> isolated("\u202eedoc"), isolated("a\u2069b"), isolated("\u05d0\u200f")
    ('\u202eedoc\u202c', 'ab', 'א\u200f')
    """
    out: list[str] = []
    open_: list[str] = []  # the ends that are due
    for char in value:
        if char in _EMBEDS:
            open_.append(_PDF)
        elif char in _ISOLATES:
            open_.append(_PDI)
        elif char == _PDF:
            if not open_ or open_[-1] != _PDF:
                continue
            open_.pop()
        elif char == _PDI:
            if _PDI not in open_:
                continue
            while open_.pop() != _PDI:  # the end of an isolate ends what is open within it
                pass
        elif char in _PARAGRAPHS:
            open_.clear()  # what is open ends with its line
        out.append(char)
    return "".join([*out, *reversed(open_)])


def values_of(occurrence: Occurrence, tz: str | tzinfo) -> dict[str, str | None]:
    """The values that an instance fills in, its date by the clock of a zone."""
    event = occurrence.event
    return {
        "subject": event.summary,
        "date": date_text(occurrence.start, tz),
        "description": event.text("DESCRIPTION"),
        "location": event.text("LOCATION"),
    }


def date_text(start: date, tz: str | tzinfo) -> str:
    """A start as people of every language read it: a date, with the time on the clock of a zone if it has one.

    >>> from datetime import UTC
    >>> date_text(datetime(2026, 3, 2, 8, tzinfo=UTC), "Europe/Zurich"), date_text(date(2026, 3, 2), "UTC")
    ('2026-03-02 09:00', '2026-03-02')
    """
    if not isinstance(start, datetime):
        return start.isoformat()
    if start.tzinfo is not None:
        with suppress(OverflowError):  # within a day of the ends of the calendar: by its own clock
            start = start.astimezone(zone_of(tz).tzinfo)
    return start.replace(tzinfo=None).isoformat(" ", "minutes")
