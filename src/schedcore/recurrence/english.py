"""Rules in plain English: the table of `language.Language`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schedcore.recurrence.language import Language, Run, joined

__all__ = ["ENGLISH"]

_WORDS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")  # fmt: skip


def _and(items: Sequence[str]) -> str:
    return joined(items, " and ")


def _or(phrase: str) -> str:
    """A day falls on one of several dates, not on all of them."""
    return phrase.replace(" and ", " or ")


def _digits(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _ordinal(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_ordinal(-number)}-to-last"
    return _WORDS[number - 1] if number <= len(_WORDS) else _digits(number)


def _ordinals(numbers: Sequence[int]) -> str:
    return _and([_ordinal(number) for number in numbers])


def _numbers(runs: Sequence[Run]) -> str:
    return _and([str(first) if first == last else f"{first} to {last}" for first, last in runs])


def _counted(one: str, many: str, runs: Sequence[Run]) -> str:
    return f"{one if len(runs) == 1 and runs[0][0] == runs[0][1] else many} {_numbers(runs)}"


def _on_days(runs: Sequence[Run]) -> str:
    return "on the " + _and(
        [_digits(first) if first == last else f"{_digits(first)} to {_digits(last)}" for first, last in runs]
    )


def _in_weeks(runs: Sequence[Run], backward: Sequence[int]) -> str:
    parts = ["in " + _counted("week", "weeks", runs)] if runs else []
    if backward:
        parts.append(f"in the {_ordinals(backward)} week of the year")
    return _and(parts)


def _until(day: int, month: int, year: int, time: str, utc: bool) -> str:
    clock = f" at {time}" if time else ""
    return f"until {day} {_MONTHS[month - 1]} {year}{clock}{' UTC' if utc else ''}"


def _months(months: Sequence[int]) -> str:
    return _and([_MONTHS[month - 1] for month in months])


ENGLISH: Final = Language(
    every={
        "YEARLY": ("every year", "every {n} years"),
        "MONTHLY": ("every month", "every {n} months"),
        "WEEKLY": ("every week", "every {n} weeks"),
        "DAILY": ("every day", "every {n} days"),
        "HOURLY": ("every hour", "every {n} hours"),
        "MINUTELY": ("every minute", "every {n} minutes"),
        "SECONDLY": ("every second", "every {n} seconds"),
    },
    units={
        "YEARLY": "year",
        "MONTHLY": "month",
        "WEEKLY": "week",
        "DAILY": "day",
        "HOURLY": "hour",
        "MINUTELY": "minute",
        "SECONDLY": "second",
    },
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    every_weekday="every weekday",
    on_weekdays="from Monday to Friday",
    working_day="working day",
    weekend_day="weekend day",
    day="day",
    every_of=lambda days: f"every {_and(days)}",
    on_every_of=lambda days: f"on every {_and(days)}",
    every_nth=lambda n, day: f"every {_ordinal(n)} {day}",
    on_named=lambda days: f"on {_and(days)}",
    on_the=lambda numbers, noun: (f"on the {_ordinals(numbers)} {noun}", ""),
    one_of=lambda numbers, days, scope: f"on the {_ordinals(numbers)} day{scope} that is a {joined(days, ' or ')}",
    falling=lambda days, phrase: f"on every {_and(days)} that falls {_or(phrase)}",
    numbered=lambda day, number: f"on every {day} the {_digits(number)}",
    on_days=_on_days,
    on_dates=lambda dates: "on " + _and([f"{_numbers([run])} {_MONTHS[month - 1]}" for run, month in dates]),
    of_months=lambda months: f" of {_months(months)}",
    in_months=lambda months: f"in {_months(months)}",
    in_weeks=_in_weeks,
    of_week=" of the week",
    of_month=" of the month",
    of_year=" of the year",
    of_every_month=" of every month",
    at_times=lambda times: f"at {_and(times)}",
    in_hours=lambda runs: "in " + _counted("hour", "hours", runs),
    at_minutes=lambda runs: "at " + _counted("minute", "minutes", runs),
    at_seconds=lambda runs: "at " + _counted("second", "seconds", runs),
    only=", only {clause}",
    all_of=lambda clauses: f" on every day that meets all of these: {_or(', '.join(clauses))}",
    picked=lambda numbers, unit: f", but only the {_ordinals(numbers)} time in each {unit}",
    times=lambda n: {1: "once", 2: "twice"}.get(n, f"{n} times"),
    until=_until,
    week_start=lambda day: f" (weeks start on {day})",
    both=" and ",
)
