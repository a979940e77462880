"""Rules in German: the table of `language.Language`. Weekdays, days and months are masculine, weeks feminine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schedcore.recurrence.language import Language, Run, joined

__all__ = ["GERMAN"]

#: Without their endings: "ersten" in the dative and accusative, "erste" in the nominative.
_STEMS: Final = ("erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt")
_MONTHS: Final = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                  "November", "Dezember")  # fmt: skip


def _and(items: Sequence[str]) -> str:
    return joined(items, " und ")


def _ordinal(number: int, ending: str) -> str:
    if number == -1:
        return f"letzt{ending}"
    if number == -2:
        return f"vorletzt{ending}"
    if number < 0:
        return f"{_STEMS[-number - 1]}letzt{ending}" if -number <= len(_STEMS) else f"{-number}.-letzt{ending}"
    return _STEMS[number - 1] + ending if number <= len(_STEMS) else f"{number}."


def _ordinals(numbers: Sequence[int], ending: str) -> str:
    return _and([_ordinal(number, ending) for number in numbers])


def _numbers(runs: Sequence[Run]) -> str:
    return _and([str(first) if first == last else f"{first} bis {last}" for first, last in runs])


def _counted(one: str, many: str, runs: Sequence[Run]) -> str:
    return f"{one if len(runs) == 1 and runs[0][0] == runs[0][1] else many} {_numbers(runs)}"


def _on_run(run: Run) -> str:
    return f"am {run[0]}." if run[0] == run[1] else f"vom {run[0]}. bis {run[1]}."


def _on_days(runs: Sequence[Run]) -> str:
    if all(first == last for first, last in runs):
        return "am " + _and([f"{first}." for first, _ in runs])
    return _and([_on_run(run) for run in runs])


def _on_dates(dates: Sequence[tuple[Run, int]]) -> str:
    if all(first == last for (first, last), _ in dates):
        return "am " + _and([f"{first}. {_MONTHS[month - 1]}" for (first, _), month in dates])
    return _and([f"{_on_run(run)} {_MONTHS[month - 1]}" for run, month in dates])


def _in_weeks(runs: Sequence[Run], backward: Sequence[int]) -> str:
    parts = ["in " + _counted("Kalenderwoche", "den Kalenderwochen", runs)] if runs else []
    if backward:
        parts.append(f"in der {_ordinals(backward, 'en')} Kalenderwoche des Jahres")
    return _and(parts)


def _until(day: int, month: int, year: int, time: str, utc: bool) -> str:
    clock = f" um {time} Uhr" if time else ""
    return f"bis zum {day}. {_MONTHS[month - 1]} {year}{clock}{' UTC' if utc else ''}"


def _months(months: Sequence[int]) -> str:
    return _and([_MONTHS[month - 1] for month in months])


GERMAN: Final = Language(
    every={
        "YEARLY": ("jedes Jahr", "alle {n} Jahre"),
        "MONTHLY": ("jeden Monat", "alle {n} Monate"),
        "WEEKLY": ("jede Woche", "alle {n} Wochen"),
        "DAILY": ("jeden Tag", "alle {n} Tage"),
        "HOURLY": ("jede Stunde", "alle {n} Stunden"),
        "MINUTELY": ("jede Minute", "alle {n} Minuten"),
        "SECONDLY": ("jede Sekunde", "alle {n} Sekunden"),
    },
    units={
        "YEARLY": "Jahr",
        "MONTHLY": "Monat",
        "WEEKLY": "Woche",
        "DAILY": "Tag",
        "HOURLY": "Stunde",
        "MINUTELY": "Minute",
        "SECONDLY": "Sekunde",
    },
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    every_weekday="montags bis freitags",
    on_weekdays="von Montag bis Freitag",
    working_day="Arbeitstag",
    weekend_day="Wochenendtag",
    day="Tag",
    every_of=lambda days: f"jeden {_and(days)}",
    on_every_of=lambda days: f"an jedem {_and(days)}",
    every_nth=lambda n, day: f"jeden {_ordinal(n, 'en')} {day}",
    on_named=lambda days: f"am {_and(days)}",
    on_the=lambda numbers, noun: (f"am {_ordinals(numbers, 'en')} {noun}", ""),
    one_of=lambda numbers, days, scope: (
        f"am {_ordinals(numbers, 'en')} Tag{scope}, der ein {joined(days, ' oder ')} ist"
    ),
    falling=lambda days, phrase: f"an jedem {_and(days)}, aber nur {phrase}",
    numbered=lambda day, number: f"an jedem {day}, dem {number}.",
    on_days=_on_days,
    on_dates=_on_dates,
    of_months=lambda months: f" im {_months(months)}",
    in_months=lambda months: f"im {_months(months)}",
    in_weeks=_in_weeks,
    of_week=" der Woche",
    of_month=" des Monats",
    of_year=" des Jahres",
    of_every_month=" jedes Monats",
    at_times=lambda times: f"um {_and(times)} Uhr",
    in_hours=lambda runs: "in " + _counted("Stunde", "den Stunden", runs),
    at_minutes=lambda runs: "in " + _counted("Minute", "den Minuten", runs),
    at_seconds=lambda runs: "in " + _counted("Sekunde", "den Sekunden", runs),
    only=", nur {clause}",
    all_of=lambda clauses: f" an jedem Tag, der all dies erfüllt: {', '.join(clauses).replace(' und ', ' oder ')}",
    picked=lambda numbers, unit: f", davon nur das {_ordinals(numbers, 'e')} Mal je {unit}",
    times=lambda n: "einmal" if n == 1 else f"{n}-mal",
    until=_until,
    week_start=lambda day: f" (Wochen beginnen am {day})",
    both=" und ",
)
