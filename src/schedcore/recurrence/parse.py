"""From the text of an RRULE to the values of its parts, strict or lenient.

Rules of this module:

1. Text is ASCII and case does not matter (RFC 5545 2: property parameter values and enumerated values are
   case-insensitive), parts come in any order (3.3.10), "RRULE:" may stand before them.
2. Strict: each part once, each with a value the grammar grants, nothing else, no spaces, no semicolon at the end.
3. Lenient: the text is what some program wrote, so whatever has one sensible meaning is taken, and told:
   - empty segments and empty values are as good as absent; spaces around names and values do not count;
   - parts nobody knows and X- parts are ignored;
   - of a part given twice the last one holds, as in python-dateutil and in every reader that fills a map;
   - numbers out of range leave a list as long as others remain (February has no 32nd either), and signs and zeros
     that the grammar does not grant are read past;
   - UNTIL may be written with the dashes and colons of ISO 8601.
4. Never forgiven: what has no meaning (no FREQ, INTERVAL=0, COUNT=0, words that are no numbers, a list of which no
   number is left) and what has one that would be lost without a word of it (a calendar other than the Gregorian).

What this module does not do: it does not judge how parts go together (`check`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from schedcore.errors import RuleError, shorten
from schedcore.recurrence.parts import RANGES, WEEKDAYS
from schedcore.recurrence.words import READERS, number_of, shown

__all__ = ["MAX_RULE_CHARS", "read"]

MAX_RULE_CHARS: Final = 16_384
"""The limit `max_rule_chars`. Every value of every part at once takes about 11,000 characters in canonical text."""

_OTHER_CALENDARS: Final = {
    "RSCALE": "RFC 7529 is not supported",
    "BYEASTER": "it is no part of RFC 5545",
}
"""Parts that cannot be ignored, since the rule without them would mean other days."""


def read(text: str, strict: bool, problems: list[str]) -> dict[str, Any]:
    """Read the parts of a rule into normalised values by part name; add what was forgiven to `problems`.

    Raises RuleError naming part and value. Cost: 2 or 3 microseconds for a rule of three parts; a text of more than
    `MAX_RULE_CHARS` characters is refused unread.

    >>> read("RRULE:FREQ=WEEKLY;BYDAY=TU,MO", True, [])
    {'FREQ': 'WEEKLY', 'BYDAY': ((0, 0), (0, 1))}
    """
    if len(text) > MAX_RULE_CHARS:
        raise RuleError(
            f"a rule of {len(text)} characters is over max_rule_chars={MAX_RULE_CHARS}: "
            f"give a shorter one than {shorten(text)}",
            value=text[:MAX_RULE_CHARS],
        )
    # Only ASCII is folded: upper() would make letters of the RFC out of others (U+017F becomes S).
    folded = text.upper() if text.isascii() else ";".join(map(_fold, text.split(";")))
    if not strict:
        folded = folded.strip()
    folded = folded.removeprefix("RRULE:")
    fields: dict[str, Any] = {}
    if folded:
        fields = _read_strict(folded) if strict else _read_lenient(folded, problems)
    if "FREQ" not in fields:
        raise RuleError(f"{shorten(text)} has no FREQ: begin with FREQ=DAILY, WEEKLY, ...", part="FREQ", value=text)
    if fields.get("INTERVAL") == 1:
        del fields["INTERVAL"]
    if fields.get("WKST") == 0:
        del fields["WKST"]
    return fields


def _fold(segment: str) -> str:
    return segment.upper() if segment.isascii() else segment


def _read_strict(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for segment in text.split(";"):
        name, _, value = segment.partition("=")
        reader = READERS.get(name)
        if reader is None or not value or name in fields:
            raise _odd(segment, name, value, name in fields, text)
        fields[name] = reader(value)
    return fields


def _odd(segment: str, name: str, value: str, repeated: bool, text: str) -> RuleError:
    """Say what is wrong with a segment that is not one known part with a value."""
    if not segment:
        message = f"{shorten(text)} has an empty segment: take the extra semicolon out"
        return RuleError(message, value=text)
    if repeated:
        return RuleError(f"{name}={shown(value)} repeats {name}: give it once", part=name, value=value)
    if name in READERS:
        return RuleError(f"{name} has no value: give one, or take it out", part=name, value=value)
    known = ", ".join(READERS)
    if name in _OTHER_CALENDARS:
        return _other_calendar(name, value)
    message = f"{shorten(segment)} is no part of a rule: take it out, or write one of {known}, without spaces"
    return RuleError(message, part=name, value=value)


def _other_calendar(name: str, value: str) -> RuleError:
    message = f"{name}={shown(value)} cannot be followed ({_OTHER_CALENDARS[name]}): give the rule without it"
    return RuleError(message, part=name, value=value)


def _read_lenient(text: str, problems: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for raw in text.split(";"):
        head, _, tail = raw.partition("=")
        name, value = head.strip(), tail.strip()
        if (name, value) != (head, tail):
            _note(problems, "spaces around names or values; they were ignored")
        if name in fields and value:
            _note(problems, f"{name} is given more than once; the last one holds, {shown(value)}")
        reader = READERS.get(name)
        if reader is None:
            _forgive_name(raw, name, value, problems)
        elif not value.strip(", "):
            _note(problems, f"{name} has no value; it was ignored")
        else:
            fields[name] = _forgive_value(reader, name, value, problems)
    return fields


def _note(problems: list[str], problem: str) -> None:
    """Add a problem once: a text of semicolons has one, not thousands."""
    if problem not in problems[-3:]:
        problems.append(problem)


def _forgive_name(raw: str, name: str, value: str, problems: list[str]) -> None:
    if name in _OTHER_CALENDARS and value != "GREGORIAN":
        raise _other_calendar(name, value)
    if name:
        _note(problems, f"{shorten(raw)} is no part of RFC 5545; it was ignored")
    else:
        _note(problems, "an empty segment between semicolons; it was ignored")


def _forgive_value(reader: Callable[[str], Any], part: str, value: str, problems: list[str]) -> Any:
    """Read a value as when strict, and repair it if that fails; a value beyond repair raises the strict error."""
    try:
        return reader(value)
    except RuleError:
        repaired = _repair_list(part, value) if part in RANGES else _repair_single(part, value)
        if repaired is None or repaired == value:
            raise
    result = reader(repaired)
    _note(problems, f"{part}={shown(value)} was read as {shown(repaired)}")
    return result


def _repair_single(part: str, value: str) -> str | None:
    if part == "UNTIL":
        return value.replace("-", "").replace(":", "")
    if part in ("INTERVAL", "COUNT"):
        return value.removeprefix("+")
    return None


def _repair_list(part: str, value: str) -> str | None:
    """Write a list as the grammar wants it, without empty elements and numbers out of range.

    None if an element is junk, or none is left: a rule without the whole list would match more than it said.
    """
    kept: list[str] = []
    for word in value.split(","):
        bare = word.strip()
        day = bare[-2:] if part == "BYDAY" else ""
        digits = bare.removesuffix(day).strip()
        if (day and day not in WEEKDAYS) or (digits and number_of(digits) is None):
            return None
        number = number_of(digits) if digits else None
        if number is None:
            kept += [day] if day else []
        elif number in RANGES[part]:
            kept.append(f"{number}{day}")
    return ",".join(kept) or None
