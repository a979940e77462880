"""Rules in French: the table of `language.Language`. Days and months are masculine, weeks and « fois » feminine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schedcore.recurrence.language import Language, Run, joined

__all__ = ["FRENCH"]

_WORDS: Final = ("premier", "deuxième", "troisième", "quatrième", "cinquième", "sixième", "septième", "huitième",
                 "neuvième", "dixième")  # fmt: skip
_NUMBERS: Final = ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
_MONTHS: Final = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
                  "novembre", "décembre")  # fmt: skip
_FROM_THE_END: Final = " en partant de la fin"


def _and(items: Sequence[str]) -> str:
    return joined(items, " et ")


def _or(phrase: str) -> str:
    """A day falls on one of several dates, not on all of them."""
    return phrase.replace(" et ", " ou ")


def _ordinal(number: int, feminine: bool = False) -> str:
    """The word; from -3 on it takes `_FROM_THE_END` behind the noun and its scope."""
    if number in (1, -1, -2):
        word = {1: "premi", -1: "derni", -2: "avant-derni"}[number]
        return word + ("ère" if feminine else "er")
    number = abs(number)
    return _WORDS[number - 1] if number <= len(_WORDS) else f"{number}e"


def _split(numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """Those that have a word, and those that are counted from the end."""
    return [number for number in numbers if number > -3], [number for number in numbers if number <= -3]


def _the(number: int) -> str:
    word = _ordinal(number)
    return f"l’{word}" if word[0] == "a" else f"le {word}"


def _on_the(numbers: Sequence[int], noun: str) -> tuple[str, str]:
    named, far = _split(numbers)
    if far and named:
        behind = f" et {_and([_the(number) for number in far])}{_FROM_THE_END}"
        return f"{_and([_the(number) for number in named])} {noun}", behind
    return f"{_and([_the(number) for number in numbers])} {noun}", _FROM_THE_END if far else ""


def _one_of(numbers: Sequence[int], days: Sequence[str], scope: str) -> str:
    phrase, behind = _on_the(numbers, "jour")
    return f"{phrase}{scope} qui est {joined([f'un {day}' for day in days], ' ou ')},{behind}".removesuffix(",")


def _plurals(days: Sequence[str]) -> str:
    return _and([f"{day}s" for day in days])


def _day(number: int) -> str:
    return "1er" if number == 1 else str(number)


def _on_days(runs: Sequence[Run]) -> str:
    return _and([f"le {_day(first)}" if first == last else f"du {_day(first)} au {last}" for first, last in runs])


def _of_months(months: Sequence[int]) -> str:
    names = [_MONTHS[month - 1] for month in months]
    return " " + _and([f"d’{name}" if name[0] in "ao" else f"de {name}" for name in names])


def _numbers(runs: Sequence[Run]) -> str:
    return _and([str(first) if first == last else f"{first} à {last}" for first, last in runs])


def _counted(one: str, many: str, runs: Sequence[Run]) -> str:
    return f"{one if len(runs) == 1 and runs[0][0] == runs[0][1] else many} {_numbers(runs)}"


def _feminine(number: int) -> str:
    word = _ordinal(number, True)
    return f"l’{word}" if word[0] == "a" else f"la {word}"


def _in_weeks(runs: Sequence[Run], backward: Sequence[int]) -> str:
    parts = ["en " + _counted("semaine", "semaines", runs)] if runs else []
    for number in backward:
        parts.append(f"dans {_feminine(number)} semaine de l’année{_FROM_THE_END if number <= -3 else ''}")
    return _and(parts)


def _picked(numbers: Sequence[int], unit: str) -> str:
    named, far = _split(numbers)
    parts = [f"{_and([_feminine(number) for number in named])} fois"] if named else []
    if far:
        parts.append(f"{_and([_feminine(number) for number in far])} fois{_FROM_THE_END}")
    return f", mais seulement {_and(parts)} de chaque {unit}"


def _until(day: int, month: int, year: int, time: str, utc: bool) -> str:
    clock = f" à {time}" if time else ""
    return f"jusqu’au {_day(day)} {_MONTHS[month - 1]} {year}{clock}{' UTC' if utc else ''}"


FRENCH: Final = Language(
    every={
        "YEARLY": ("tous les ans", "tous les {n} ans"),
        "MONTHLY": ("tous les mois", "tous les {n} mois"),
        "WEEKLY": ("toutes les semaines", "toutes les {n} semaines"),
        "DAILY": ("tous les jours", "tous les {n} jours"),
        "HOURLY": ("toutes les heures", "toutes les {n} heures"),
        "MINUTELY": ("toutes les minutes", "toutes les {n} minutes"),
        "SECONDLY": ("toutes les secondes", "toutes les {n} secondes"),
    },
    units={
        "YEARLY": "année",
        "MONTHLY": "mois",
        "WEEKLY": "semaine",
        "DAILY": "jour",
        "HOURLY": "heure",
        "MINUTELY": "minute",
        "SECONDLY": "seconde",
    },
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    every_weekday="du lundi au vendredi",
    on_weekdays="du lundi au vendredi",
    working_day="jour ouvré",
    weekend_day="jour de week-end",
    day="jour",
    every_of=lambda days: f"tous les {_plurals(days)}",
    on_every_of=lambda days: _and([f"chaque {day}" for day in days]),
    every_nth=lambda n, day: f"un {day} sur {_NUMBERS[n - 1] if n <= len(_NUMBERS) else n}",
    on_named=lambda days: _and([f"le {day}" for day in days]),
    on_the=_on_the,
    one_of=_one_of,
    falling=lambda days, phrase: f"tous les {_plurals(days)} qui tombent {_or(phrase)}",
    numbered=lambda day, number: f"tous les {day}s {_day(number)}",
    on_days=_on_days,
    on_dates=lambda dates: _and([f"{_on_days([run])} {_MONTHS[month - 1]}" for run, month in dates]),
    of_months=_of_months,
    in_months=lambda months: _and([f"en {_MONTHS[month - 1]}" for month in months]),
    in_weeks=_in_weeks,
    of_week=" de la semaine",
    of_month=" du mois",
    of_year=" de l’année",
    of_every_month=" de chaque mois",
    at_times=lambda times: f"à {_and(times)}",
    in_hours=lambda runs: "dans " + _counted("l’heure", "les heures", runs),
    at_minutes=lambda runs: _counted("à la minute", "aux minutes", runs),
    at_seconds=lambda runs: _counted("à la seconde", "aux secondes", runs),
    only=", seulement {clause}",
    all_of=lambda clauses: f" chaque jour qui remplit toutes ces conditions : {_or(', '.join(clauses))}",
    picked=_picked,
    times=lambda n: "une fois" if n == 1 else f"{n} fois",
    until=_until,
    week_start=lambda day: f" (les semaines commencent le {day})",
    both=" et ",
)
