"""Which parts of a rule may stand together (RFC 5545 3.3.10, reading 11).

Rules of this module:

1. The table in `parts` decides; nothing here repeats a cell of it.
2. Strict: what the RFC forbids is a `RuleError` that names the part. Otherwise the sensible thing is done, and each
   thing forgiven becomes one line in a list of problems.
3. The sensible things. COUNT with UNTIL: both bounds hold. A forbidden part: it limits, as it does under finer
   frequencies. An ordinal where it has no meaning: it is dropped, the weekday stays. BYSETPOS alone: it picks from
   the set that a period has without it.

What this module does not do: what depends on DTSTART is the series' to check (reading 9).
"""

from __future__ import annotations

from typing import Any, Final

from schedcore.errors import RuleError
from schedcore.recurrence.parts import BY_PARTS, FORBIDDEN
from schedcore.recurrence.words import WRITERS, shown

__all__ = ["check"]

_ORDINAL_FREQS: Final = ("MONTHLY", "YEARLY")
"""RFC 5545 3.3.10: BYDAY MUST NOT have a numeric value under any other FREQ."""

_CHOOSERS: Final = frozenset(BY_PARTS) - {"BYSETPOS"}
_BYSETPOS_ALONE: Final = "BYSETPOS stands without another BYxxx part"


def check(fields: dict[str, Any], strict: bool) -> tuple[str, ...]:
    """Check that the parts go together; drop what cannot be kept, and give what was forgiven.

    Raises RuleError when strict. Cost: a few set operations.

    >>> fields = {"FREQ": "DAILY", "BYDAY": ((2, 0), (0, 4))}
    >>> check(fields, strict=False), fields["BYDAY"]
    (('BYDAY=2MO,FR: an ordinal needs FREQ=MONTHLY or YEARLY; the ordinals were dropped',), ((0, 0), (0, 4)))
    """
    freq = fields["FREQ"]
    problems: list[str] = []
    if "COUNT" in fields and "UNTIL" in fields:
        _tell(
            strict, problems, fields, "COUNT", "COUNT and UNTIL exclude each other",
            "keep one of them", "the rule ends at whichever comes first",
        )  # fmt: skip
    if not FORBIDDEN[freq].isdisjoint(fields):
        for part in BY_PARTS:
            if part in fields and part in FORBIDDEN[freq]:
                _tell(
                    strict, problems, fields, part, f"{part} is not allowed with FREQ={freq}",
                    "take it out or use another FREQ", "it was taken as a filter",
                )  # fmt: skip
    if "BYDAY" in fields and (freq not in _ORDINAL_FREQS or (freq == "YEARLY" and "BYWEEKNO" in fields)):
        _check_ordinals(fields, strict, problems)
    if "BYSETPOS" in fields and _CHOOSERS.isdisjoint(fields):
        _tell(
            strict, problems, fields, "BYSETPOS", _BYSETPOS_ALONE,
            "add the part that it picks from, or take it out", "it picks from what a period has without it",
        )  # fmt: skip
    return tuple(problems)


def _check_ordinals(fields: dict[str, Any], strict: bool, problems: list[str]) -> None:
    days = fields["BYDAY"]
    if not any(ordinal for ordinal, _ in days):
        return
    if fields["FREQ"] == "YEARLY":
        what = "an ordinal cannot stand with BYWEEKNO"
    else:
        what = "an ordinal needs FREQ=MONTHLY or YEARLY"
    _tell(strict, problems, fields, "BYDAY", what, "take the number away", "the ordinals were dropped")
    fields["BYDAY"] = tuple(sorted({(0, weekday) for _, weekday in days}))


def _tell(
    strict: bool, problems: list[str], fields: dict[str, Any], part: str, what: str, remedy: str, forgiven: str
) -> None:
    """Raise what is wrong with a part and what to do, or note it with what was done instead."""
    value = WRITERS[part](fields[part])
    if strict:
        raise RuleError(f"{part}={shown(value)}: {what} (RFC 5545 3.3.10): {remedy}", part=part, value=value)
    problems.append(f"{part}={shown(value)}: {what}; {forgiven}")
