"""What RFC 5545 3.3.10 tabulates about recurrence rules, as data.

The validator, the docs and the tests read these tables; nothing else in the library repeats them.

Rules of this module:

1. `TABLE` is the RFC's table of BYxxx parts by FREQ, cell by cell.
2. `NOTES` is what its two notes say of BYDAY, as data too, so that `role` can settle every cell.
3. `RANGES` is what each list may hold, with the number of digits that the grammar grants it.

Words: a part *expands* when it makes more occurrences in one period of FREQ, *limits* when it takes some away, and
N/A is what must not stand there at all.

What this module does not do: it reads no text and judges no rule (`words`, `check` do).
"""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import Final, NamedTuple

__all__ = [
    "BY_PARTS",
    "FORBIDDEN",
    "FREQUENCIES",
    "MAX_COUNT",
    "MAX_INTERVAL",
    "NOTES",
    "RANGES",
    "TABLE",
    "WEEKDAYS",
    "Note",
    "Range",
    "Role",
    "markdown",
    "role",
    "scope",
]

FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
"""From coarse to fine; the place of a frequency is its number in the kernel."""

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The place of a weekday is its number, as in `datetime.date.weekday`."""

MAX_INTERVAL: Final = 315_537_897_599
"""The seconds between the first and the last one of the years 1 to 9999. No two occurrences of any FREQ lie further
apart, and as many weeks still fit an int64 of seconds: 315,537,897,599 * 604,800 is under 2**63."""

MAX_COUNT: Final = 2**63 - 1
"""What an int64 holds. A calendar ends long before; the count is compared, never stepped through."""


class Role(StrEnum):
    """What one BYxxx part does under one FREQ (RFC 5545 3.3.10, the cells of its table)."""

    EXPAND = "Expand"
    LIMIT = "Limit"
    FORBIDDEN = "N/A"
    NOTE_1 = "Note 1"
    NOTE_2 = "Note 2"


class Range(NamedTuple):
    """What a list may hold: `low` to `high`, and -`high` to -`low` too where `signed`, in at most `digits` digits."""

    low: int
    high: int
    signed: bool
    digits: int

    def __contains__(self, number: object) -> bool:
        """Tell whether the number may stand in the list: `31 in RANGES["BYMONTHDAY"]`."""
        if not isinstance(number, int):
            return False
        return self.low <= number <= self.high or (self.signed and -self.high <= number <= -self.low)

    def __str__(self) -> str:
        """Say it for a message."""
        plain = f"{self.low} to {self.high}"
        return f"{plain} or -{self.high} to -{self.low}" if self.signed else plain


RANGES: Final[dict[str, Range]] = {
    "BYMONTH": Range(1, 12, False, 2),
    "BYWEEKNO": Range(1, 53, True, 2),
    "BYYEARDAY": Range(1, 366, True, 3),
    "BYMONTHDAY": Range(1, 31, True, 2),
    "BYDAY": Range(1, 53, True, 2),  # the ordinal before the weekday, where there is one
    "BYHOUR": Range(0, 23, False, 2),
    "BYMINUTE": Range(0, 59, False, 2),
    "BYSECOND": Range(0, 60, False, 2),  # 60 is a leap second; it becomes 59, as this calendar has none
    "BYSETPOS": Range(1, 366, True, 3),
}

BY_PARTS: Final = tuple(RANGES)
"""In the order in which the RFC applies them."""


def _row(*cells: Role) -> dict[str, Role]:
    return dict(zip(FREQUENCIES, cells, strict=True))


_E, _L, _N = Role.EXPAND, Role.LIMIT, Role.FORBIDDEN

TABLE: Final[dict[str, dict[str, Role]]] = {
    # In the order of FREQUENCIES: YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, SECONDLY.
    "BYMONTH": _row(_E, _L, _L, _L, _L, _L, _L),
    "BYWEEKNO": _row(_E, _N, _N, _N, _N, _N, _N),
    "BYYEARDAY": _row(_E, _N, _N, _N, _L, _L, _L),
    "BYMONTHDAY": _row(_E, _E, _N, _L, _L, _L, _L),
    "BYDAY": _row(Role.NOTE_2, Role.NOTE_1, _E, _L, _L, _L, _L),
    "BYHOUR": _row(_E, _E, _E, _E, _L, _L, _L),
    "BYMINUTE": _row(_E, _E, _E, _E, _E, _L, _L),
    "BYSECOND": _row(_E, _E, _E, _E, _E, _E, _L),
    "BYSETPOS": _row(_L, _L, _L, _L, _L, _L, _L),
}
"""Part, then FREQ, to its role: `TABLE["BYDAY"]["MONTHLY"]`."""


class Note(NamedTuple):
    """A note under the table: BYDAY limits if one of `limits_with` is there, else expands over the first of `scopes`.

    Each scope is a part and the period in which the weekdays (and their ordinals) are counted if it is there; the
    part None is always there.
    """

    limits_with: tuple[str, ...]
    scopes: tuple[tuple[str | None, str], ...]
    text: str


NOTES: Final[dict[Role, Note]] = {
    Role.NOTE_1: Note(
        ("BYMONTHDAY",),
        ((None, "MONTHLY"),),
        "Limit if BYMONTHDAY is present; otherwise, special expand for MONTHLY.",
    ),
    Role.NOTE_2: Note(
        ("BYYEARDAY", "BYMONTHDAY"),
        (("BYWEEKNO", "WEEKLY"), ("BYMONTH", "MONTHLY"), (None, "YEARLY")),
        "Limit if BYYEARDAY or BYMONTHDAY is present; otherwise, special expand for WEEKLY if BYWEEKNO present; "
        "otherwise, special expand for MONTHLY if BYMONTH present; otherwise, special expand for YEARLY.",
    ),
}

FORBIDDEN: Final[dict[str, frozenset[str]]] = {
    freq: frozenset(part for part, row in TABLE.items() if row[freq] is Role.FORBIDDEN) for freq in FREQUENCIES
}
"""FREQ to the parts that must not stand with it, read off `TABLE`."""


def role(part: str, freq: str, present: Container[str] = ()) -> Role:
    """Say what a part does under a FREQ, with the notes settled by which other parts are `present`.

    Gives EXPAND, LIMIT or FORBIDDEN. Raises KeyError for a name that is in neither table. Source: RFC 5545 3.3.10.

    >>> role("BYDAY", "MONTHLY").value, role("BYDAY", "MONTHLY", {"BYMONTHDAY"}).value
    ('Expand', 'Limit')
    >>> role("BYWEEKNO", "DAILY").value
    'N/A'
    """
    cell = TABLE[part][freq]
    note = NOTES.get(cell)
    if note is None:
        return cell
    return Role.LIMIT if any(other in present for other in note.limits_with) else Role.EXPAND


def scope(freq: str, present: Container[str] = ()) -> str:
    """Say in which period BYDAY counts its weekdays when it expands: "WEEKLY", "MONTHLY" or "YEARLY".

    Where BYDAY limits, ordinals are counted in the same period: the Friday of FREQ=YEARLY;BYMONTH=1;BYDAY=1FR is
    the first of January with BYMONTHDAY beside it or not. A FREQ without notes gives itself.

    >>> scope("YEARLY"), scope("YEARLY", {"BYMONTH"}), scope("WEEKLY")
    ('YEARLY', 'MONTHLY', 'WEEKLY')
    """
    note = NOTES.get(TABLE["BYDAY"][freq])
    if note is None:
        return freq
    return next(period for part, period in note.scopes if part is None or part in present)


def markdown() -> str:
    """Render the table, its notes and the ranges as Markdown, for the documentation.

    >>> print(markdown().splitlines()[0])
    | | YEARLY | MONTHLY | WEEKLY | DAILY | HOURLY | MINUTELY | SECONDLY | values |
    """
    lines = [
        "| | " + " | ".join(FREQUENCIES) + " | values |",
        "|---" * (len(FREQUENCIES) + 2) + "|",
    ]
    for part, row in TABLE.items():
        values = f"weekday, before it {RANGES[part]} or nothing" if part == "BYDAY" else str(RANGES[part])
        lines.append(f"| {part} | " + " | ".join(row[freq].value for freq in FREQUENCIES) + f" | {values} |")
    lines.append("")
    lines += [f"{name.value}: {note.text}\n" for name, note in NOTES.items()]
    return "\n".join(lines)
