"""What a language must bring to say a rule: words, and how they go together.

`describe` decides what is said and in which order; a `Language` knows the words. One module a language (`english`,
`french`, `german`) fills this table. Where a phrase depends on case, gender or articles, it is a function that puts the
whole phrase, for no template fits all: "on the first Tuesday", "am ersten Dienstag", "le premier mardi".

Ordinals are as in rules: 1 is the first, -1 the last, -2 the one before. A run is a pair (8, 14) for 8 to 14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Language", "Run", "joined", "runs_of"]

Run = tuple[int, int]
"""A first and a last number; the same one twice for a number alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The table of a language; each field says what it makes in English."""

    every: Mapping[str, tuple[str, str]]  # by FREQ: "every day", "every {n} days"
    units: Mapping[str, str]  # by FREQ, after "each": "month"
    weekdays: tuple[str, ...]  # "Monday"
    every_weekday: str  # "every weekday", Monday to Friday
    on_weekdays: str  # "from Monday to Friday"
    working_day: str  # as in "the last working day"
    weekend_day: str
    day: str
    every_of: Callable[[Sequence[str]], str]  # "every Monday and Friday"
    on_every_of: Callable[[Sequence[str]], str]  # "on every Monday and Friday"
    every_nth: Callable[[int, str], str]  # "every second Tuesday"
    on_named: Callable[[Sequence[str]], str]  # "on Monday and Friday"
    on_the: Callable[[Sequence[int], str], tuple[str, str]]  # "on the last working day", and what comes behind a scope
    one_of: Callable[[Sequence[int], Sequence[str], str], str]  # "on the last day of the month that is a Monday or ..."
    falling: Callable[[Sequence[str], str], str]  # "on every Friday that falls on the 13th of the month"
    numbered: Callable[[str, int], str]  # "on Friday the 13th"
    on_days: Callable[[Sequence[Run]], str]  # "on the 1st and 15th"
    on_dates: Callable[[Sequence[tuple[Run, int]]], str]  # days and month: "on 15 January and 15 July"
    of_months: Callable[[Sequence[int]], str]  # " of January and July"
    in_months: Callable[[Sequence[int]], str]  # "in January and July"
    in_weeks: Callable[[Sequence[Run], Sequence[int]], str]  # "in weeks 1 and 20", and the last ones, counted back
    of_week: str  # " of the week"
    of_month: str
    of_year: str
    of_every_month: str
    at_times: Callable[[Sequence[str]], str]  # "at 09:00 and 17:00"
    in_hours: Callable[[Sequence[Run]], str]  # "in the hours 9 to 17"
    at_minutes: Callable[[Sequence[Run]], str]
    at_seconds: Callable[[Sequence[Run]], str]
    only: str  # ", only {clause}"
    all_of: Callable[[Sequence[str]], str]  # " on every day that meets all of these: in March, on Monday"
    picked: Callable[[Sequence[int], str], str]  # ", but only the last time in each month"
    times: Callable[[int], str]  # "10 times"
    until: Callable[[int, int, int, str, bool], str]  # day, month, year, "09:00" or "", UTC: "until 31 December 2026"
    week_start: Callable[[str], str]  # " (weeks start on Sunday)"
    both: str  # "and" between two phrases: " and "


def joined(items: Sequence[str], last: str, comma: str = ", ") -> str:
    """Put items in a row.

    >>> joined(["1st", "2nd", "3rd"], " and ")
    '1st, 2nd and 3rd'
    """
    return comma.join(items[:-1]) + last + items[-1] if len(items) > 1 else items[0]


def runs_of(numbers: Sequence[int]) -> list[Run]:
    """Find what follows on in increasing numbers, three and more of them; the others stay alone.

    >>> runs_of([1, 2, 8, 9, 10])
    [(1, 1), (2, 2), (8, 10)]
    """
    out: list[Run] = []
    start = 0
    for place in range(1, len(numbers) + 1):
        if place < len(numbers) and numbers[place] == numbers[place - 1] + 1:
            continue
        block = numbers[start:place]
        out += [(block[0], block[-1])] if len(block) > 2 else [(number, number) for number in block]
        start = place
    return out
