"""Read single arguments of a series: what may be given in several forms, or is one of a few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schedcore._zone import local_seconds
from schedcore.errors import SeriesError, shorten
from schedcore.recurrence.rule import Rule

if TYPE_CHECKING:
    from schedcore._zone import ZoneTable

__all__ = ["choice", "rules_of", "second_of_two", "whole_second"]


def rules_of(given: Any, strict: bool) -> tuple[Rule, ...]:
    """Read a rule, a text, None or several of them.

    >>> rules_of("FREQ=DAILY", True)
    (Rule.parse('FREQ=DAILY'),)
    """
    if given is None:
        return ()
    if isinstance(given, Rule):
        return (given,)
    if isinstance(given, str):
        return (Rule.parse(given, strict),)
    if not isinstance(given, Iterable):
        raise SeriesError(f"rule={shorten(given)}: pass a Rule, its text, several of them, or None")
    return tuple(one if isinstance(one, Rule) else Rule.parse(one, strict) for one in given)


def whole_second(dtstart: datetime, strict: bool, problems: list[str]) -> datetime:
    """Drop the microseconds of a DTSTART that has some; an error when strict."""
    message = f"DTSTART={shorten(dtstart)}: starts fall on whole seconds; use dtstart.replace(microsecond=0)"
    if strict:
        raise SeriesError(message)
    problems.append(message)
    return dtstart.replace(microsecond=0)


def second_of_two(dtstart: datetime, table: ZoneTable) -> list[str]:
    """Say so if a DTSTART with fold=1 is a repeated local time, for all repeated times of a series are read alike."""
    local = local_seconds(dtstart)
    if table.utc_of(local, 0, 0) == table.utc_of(local, 0, 1):
        return []
    return [f"DTSTART={shorten(dtstart)} is the second of two, read as the first: pass fold='last' to mean the second"]


def choice(given: str, name: str, choices: dict[str, int]) -> int:
    """Find the number of a word; SeriesError names the words.

    >>> choice("last", "fold", {"first": 0, "last": 1})
    1
    """
    try:
        return choices[given]
    except (KeyError, TypeError):
        raise SeriesError(f"{name}={shorten(given)}: pass one of {', '.join(choices)}") from None
