"""The words of a rule: one value of one part, from text or from Python, and back to text.

Rules of this module:

1. Every value goes through here, whether it was parsed or given to `Rule(...)`: there is one range check.
2. Digits are the ASCII ones. `int()` is asked only after they were looked at: it would take `1_0`, ` 5`, `+5` and
   the digits of every script.
3. A value is normalised when it is read: 60 seconds are 59, an instant is in UTC, a list is sorted without repeats.
4. Words repeat from rule to rule, so each list keeps a table from word to value. Only what the grammar grants is
   kept, a sign and at most three digits, so the tables are bounded by the grammar.

What this module does not do: it knows no rule as a whole (`check` does) and forgives nothing (`parse` does).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from schedcore.errors import RuleError, shorten
from schedcore.recurrence.parts import BY_PARTS, FREQUENCIES, MAX_COUNT, MAX_INTERVAL, RANGES, WEEKDAYS

__all__ = ["READERS", "WRITERS", "from_python", "number_of", "shown", "until_of", "until_text", "weekday_of"]

Day = tuple[int, int]
"""An ordinal, 0 for none, and a weekday from 0 for Monday."""

_FREQ_SET: Final = frozenset(FREQUENCIES)
_WEEKDAY_NUMBERS: Final = {name: number for number, name in enumerate(WEEKDAYS)}

_HUGE: Final = 10**20
"""Stands for every number of more than 20 digits: out of every range, and `int()` of a long text is slow."""


def shown(value: object) -> str:
    """Show a value in a message as it stood in the rule, or as `shorten` does if it is long or could mislead.

    >>> shown("1,32"), shown(" 5"), shown("\\0")
    ('1,32', "' 5'", "'\\\\x00'")
    """
    if isinstance(value, str) and 0 < len(value) <= 70 and value.isascii() and value.isprintable() and " " not in value:
        return value
    return shorten(value)


def number_of(word: str) -> int | None:
    """Read an optional sign and ASCII digits; None if there is anything else.

    >>> number_of("-03"), number_of("+5"), number_of("1_0"), number_of(" 5"), number_of("٣")
    (-3, 5, None, None, None)
    """
    digits = word[1:] if word.startswith(("+", "-")) else word
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) > 20:
        digits = digits.lstrip("0") or "0"
    number = int(digits) if len(digits) <= 20 else _HUGE
    return -number if word[0] == "-" else number


def _is_plain(part: str, word: str) -> bool:
    """Tell whether the grammar grants this spelling of a number: its sign, and how many digits."""
    span = RANGES[part]
    digits = word[1:] if span.signed and word[0] in "+-" else word
    return digits.isdigit() and len(digits) <= span.digits


def _out_of_range(part: str, value: object) -> RuleError:
    """Make the error for a number outside the range of its list."""
    return RuleError(
        f"{part}={shown(value)} is out of range: give {RANGES[part]} (RFC 5545 3.3.10)", part=part, value=value
    )


def _junk(part: str, word: object, wanted: str) -> RuleError:
    return RuleError(f"{part}={shown(word)} cannot be read: give {wanted}", part=part, value=word)


def _settled(part: str, number: int, value: object) -> int:
    """Check a number of a list against its range."""
    if number not in RANGES[part]:
        raise _out_of_range(part, value)
    # RFC 5545 3.3.10 lets BYSECOND be 60; without leap seconds in the calendar that is the last second there is.
    return 59 if number == 60 and part == "BYSECOND" else number


class _Numbers(dict[str, int]):
    """A table from word to number for one list, filled as words are met."""

    __slots__ = ("part",)

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part

    def __missing__(self, word: str) -> int:
        number = number_of(word)
        if number is None:
            raise _junk(self.part, word, f"numbers from {RANGES[self.part]}, with commas between them")
        number = _settled(self.part, number, word)
        if not _is_plain(self.part, word):
            digits = RANGES[self.part].digits
            raise _junk(self.part, word, f"a number of at most {digits} digits, without a sign where none is needed")
        self[word] = number
        return number


class _Weekdays(dict[str, Day]):
    """The same table for BYDAY: `2SU` to (2, 6), `MO` to (0, 0)."""

    __slots__ = ()

    def __missing__(self, word: str) -> Day:
        weekday = _WEEKDAY_NUMBERS.get(word[-2:])
        if weekday is None:
            raise _junk("BYDAY", word, "weekdays of " + ",".join(WEEKDAYS) + ", with commas between them")
        ordinal = 0
        if len(word) > 2:
            number = number_of(word[:-2])
            if number is None:
                raise _junk("BYDAY", word, "a weekday with a number before it, as 2SU or -1FR")
            if number not in RANGES["BYDAY"]:
                raise _out_of_range("BYDAY", word)
            if not _is_plain("BYDAY", word[:-2]):
                raise _junk("BYDAY", word, "a number of at most 2 digits before the weekday")
            ordinal = number
        self[word] = value = (ordinal, weekday)
        return value


def _numbers_reader(part: str) -> Callable[[str], tuple[int, ...]]:
    table = _Numbers(part)

    def read(text: str) -> tuple[int, ...]:
        if "," not in text:
            return (table[text],)
        return tuple(sorted({table[word] for word in text.split(",")}))

    return read


_DAYS: Final = _Weekdays()


def _read_byday(text: str) -> tuple[Day, ...]:
    if "," not in text:
        return (_DAYS[text],)
    return tuple(sorted({_DAYS[word] for word in text.split(",")}))


def _read_freq(text: str) -> str:
    if text not in _FREQ_SET:
        raise _junk("FREQ", text, "one of " + ", ".join(FREQUENCIES))
    return text


def weekday_of(word: str) -> int:
    """Read a weekday without a number, for WKST.

    >>> weekday_of("SU")
    6
    """
    number = _WEEKDAY_NUMBERS.get(word)
    if number is None:
        raise _junk("WKST", word, "one of " + ", ".join(WEEKDAYS))
    return number


def _whole(part: str, number: int, value: object) -> int:
    """Check INTERVAL or COUNT against its bound."""
    bound = MAX_INTERVAL if part == "INTERVAL" else MAX_COUNT
    if number < 1:
        raise RuleError(f"{part}={shown(value)} is out of range: give 1 or more", part=part, value=value)
    if number > bound:
        why = "the calendar of years 1 to 9999 has no more seconds" if part == "INTERVAL" else "an int64 holds no more"
        raise RuleError(f"{part}={shown(value)} is over {bound} ({why}): give less", part=part, value=value)
    return number


def _whole_reader(part: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = number_of(text)
        if number is None or text[0] == "+":
            raise _junk(part, text, "a whole number in ASCII digits")
        return _whole(part, number, text)

    return read


def until_of(text: str) -> date | datetime:
    """Read UNTIL: YYYYMMDD is a date, YYYYMMDDTHHMMSS a local time, and with Z an instant in UTC.

    A leap second, 60, becomes 59. Raises RuleError for any other text and for days that do not exist.

    >>> until_of("20261231"), until_of("20261231T235960")
    (datetime.date(2026, 12, 31), datetime.datetime(2026, 12, 31, 23, 59, 59))
    """
    day, clock = text[:8], text[9:15]
    if len(text) == 8:
        good = day.isdigit()
    else:
        good = len(clock) == 6 and day.isdigit() and clock.isdigit() and text[8] == "T" and text[15:] in ("", "Z")
    if not (good and text.isascii()):
        raise _junk("UNTIL", text, "YYYYMMDD, YYYYMMDDTHHMMSS, or the latter with Z for UTC, in years 0001 to 9999")
    try:
        if not clock:
            return date(int(day[:4]), int(day[4:6]), int(day[6:]))
        second = int(clock[4:])
        return datetime(
            int(day[:4]), int(day[4:6]), int(day[6:]), int(clock[:2]), int(clock[2:4]), 59 if second == 60 else second,
            tzinfo=UTC if text[15:] else None,
        )  # fmt: skip
    except ValueError as error:
        raise RuleError(
            f"UNTIL={text} does not exist ({error}): give a day and time of the years 0001 to 9999",
            part="UNTIL",
            value=text,
        ) from None


READERS: Final[dict[str, Callable[[str], Any]]] = {
    "FREQ": _read_freq,
    "INTERVAL": _whole_reader("INTERVAL"),
    "COUNT": _whole_reader("COUNT"),
    "UNTIL": until_of,
    "WKST": weekday_of,
    **{part: _numbers_reader(part) for part in BY_PARTS if part != "BYDAY"},
    "BYDAY": _read_byday,
}
"""Part to the function that reads its value from upper-case text, or raises RuleError."""


def _integer(part: str, value: object) -> int:
    """Take an int, or what is one by `__index__` (numpy's are); no bool, no float, no text."""
    if isinstance(value, bool):
        raise _junk(part, value, "whole numbers")
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise _junk(part, value, "whole numbers") from None


def _day_from_python(value: object) -> Day:
    if isinstance(value, str):
        return _DAYS[value.upper()]
    if not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise _junk("BYDAY", value, 'weekdays as "MO" or "2SU", or pairs (ordinal or 0, weekday from 0 for Monday)')
    ordinal, weekday = _integer("BYDAY", value[0]), _integer("BYDAY", value[1])
    if (ordinal and ordinal not in RANGES["BYDAY"]) or not 0 <= weekday <= 6:
        raise RuleError(
            f"BYDAY={shown(value)} is out of range: give pairs of {RANGES['BYDAY']} (or 0 for every one), "
            "and a weekday of 0 to 6",
            part="BYDAY",
            value=value,
        )
    return ordinal, weekday


def _until_from_python(value: object) -> date | datetime:
    if isinstance(value, datetime):
        try:
            moved = value if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            raise RuleError(
                f"UNTIL={shown(value)} is outside the years 1 to 9999 in UTC: give an earlier one",
                part="UNTIL",
                value=value,
            ) from None
        # Occurrences lie on whole seconds, so the microseconds of an inclusive bound change nothing.
        return datetime(
            moved.year, moved.month, moved.day, moved.hour, moved.minute, moved.second,
            tzinfo=None if value.tzinfo is None else UTC,
        )  # fmt: skip
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    raise _junk("UNTIL", value, "a date, a naive datetime (local time) or an aware one")


def from_python(part: str, value: Any) -> Any:
    """Check and normalise one value given from Python, as `READERS` do for text; a text is read as they do.

    >>> from_python("BYMONTHDAY", [31, -1, 31]), from_python("BYDAY", ["2SU", (0, 0)]), from_python("WKST", "su")
    ((-1, 31), ((0, 0), (2, 6)), 6)
    """
    if isinstance(value, str):
        return READERS[part](value.upper() if value.isascii() else value)
    if part in ("INTERVAL", "COUNT"):
        return _whole(part, _integer(part, value), value)
    if part == "UNTIL":
        return _until_from_python(value)
    if part == "FREQ":
        raise _junk(part, value, "one of " + ", ".join(FREQUENCIES))
    if part == "WKST":
        number = _integer(part, value)
        if not 0 <= number <= 6:
            raise _junk(part, value, "0 for Monday to 6 for Sunday, or one of " + ", ".join(WEEKDAYS))
        return number
    values: Iterable[object] = value if isinstance(value, Iterable) else (value,)
    if part == "BYDAY":
        return tuple(sorted({_day_from_python(item) for item in values}))
    return tuple(sorted({_settled(part, _integer(part, item), item) for item in values}))


def until_text(value: date | datetime) -> str:
    """Write UNTIL as a rule has it (RFC 5545 3.3.4 and 3.3.5)."""
    day = f"{value.year:04}{value.month:02}{value.day:02}"
    if not isinstance(value, datetime):
        return day
    return f"{day}T{value.hour:02}{value.minute:02}{value.second:02}{'Z' if value.tzinfo else ''}"


def _write_numbers(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))


def _write_byday(values: tuple[Day, ...]) -> str:
    return ",".join(f"{ordinal or ''}{WEEKDAYS[weekday]}" for ordinal, weekday in values)


WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "FREQ": str,
    "INTERVAL": str,
    **{part: _write_numbers for part in BY_PARTS if part != "BYSETPOS"},
    "BYDAY": _write_byday,
    "BYSETPOS": _write_numbers,
    "WKST": WEEKDAYS.__getitem__,
    "COUNT": str,
    "UNTIL": until_text,
}
"""Part to the function that writes its value, in the order of the canonical text."""
