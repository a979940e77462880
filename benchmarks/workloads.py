"""What is measured: rules with a DTSTART, and the stretch of time that is asked for.

The rows of `workloads.json` are taken as they are. The numbers to reach speak of other lengths too, so from them and
from `more.json` follow:

- the same rule with 10,000 and with 100,000 occurrences, if the calendar (to the year 9999) has so many;
- day-level rules once more in a zone that changes its clocks, where the answer is UTC;
- sparse rules over 2,000 years.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["END", "ROOT", "Workload", "distances", "expansions", "listed", "questions"]

ROOT: Final = Path(__file__).resolve().parent

END: Final = datetime(9999, 12, 30)
"""Where a question for everything ends: a day off the end of the calendar, so that it is a time in every zone."""

LENGTHS: Final = (10_000, 100_000)
SPARSE: Final = ("friday13", "yearly_weekno")
ZONE: Final = "America/New_York"
SUB_DAILY: Final = re.compile("FREQ=(HOURLY|MINUTELY|SECONDLY)")

YEARS_AWAY: Final = (1, 60, 2000, 7000)
"""How far from DTSTART a window is asked for, where its cost must not depend on it."""


@dataclass(frozen=True)
class Workload:
    """One rule and one window, half open; without a window, everything up to the rule's COUNT."""

    id: str
    rrule: str
    dtstart: datetime
    tz: str | None = None
    window: tuple[datetime, datetime] | None = None

    @property
    def is_sub_daily(self) -> bool:
        """Whether FREQ is HOURLY, MINUTELY or SECONDLY."""
        return SUB_DAILY.match(self.rrule) is not None

    def local(self, t: datetime) -> datetime:
        """The time as the series takes it: in the zone of the workload, or floating."""
        return t if self.tz is None else t.replace(tzinfo=ZoneInfo(self.tz))

    def bounds(self) -> tuple[datetime, datetime]:
        """The window as the series takes it."""
        a, b = self.window or (self.dtstart, END)
        return self.local(a), self.local(b)

    def with_count(self, count: int | None) -> Workload:
        """The same with another COUNT; None takes it away."""
        rule = re.sub(";COUNT=[0-9]+", "", self.rrule)
        return replace(self, rrule=rule if count is None else f"{rule};COUNT={count}")


def read(name: str) -> list[Workload]:
    """The workloads of a file beside this one."""
    return [
        Workload(
            row["id"],
            row["rrule"],
            datetime.fromisoformat(row["dtstart"]),
            row["tz"],
            row["window"] and tuple(map(datetime.fromisoformat, row["window"])),
        )
        for row in json.loads((ROOT / name).read_text(encoding="utf-8"))
    ]


@cache
def listed() -> tuple[Workload, ...]:
    """`workloads.json`, as it is."""
    return tuple(read("workloads.json"))


def longer(w: Workload) -> list[Workload]:
    """The same rule with other numbers of occurrences, as far as the calendar goes."""
    from schedcore import Series

    endless = w.with_count(None)
    there_are = Series(endless.local(endless.dtstart), endless.rrule).count(*endless.bounds()) or 0
    sizes = [n for n in LENGTHS if n <= there_are and not w.rrule.endswith(f";COUNT={n}")]
    return [replace(w.with_count(n), id=f"{w.id} x{n}") for n in sizes]


@cache
def expansions() -> tuple[Workload, ...]:
    """Every workload whose occurrences are written out, those of `workloads.json` first."""
    found = list(listed())
    plain = [w for w in found if w.window is None and w.id not in SPARSE]
    for w in plain:
        found += longer(w)
    found += read("more.json")
    zoned = [replace(w, id=f"{w.id} to_utc", tz=ZONE) for w in plain if w.tz is None and not w.is_sub_daily]
    for w in zoned:
        found += longer(w.with_count(0))
    for w in listed():
        if w.id in SPARSE:
            years = (w.dtstart, w.dtstart.replace(year=w.dtstart.year + 2000))
            found.append(replace(w.with_count(None), id=f"{w.id} 2000_years", window=years))
    return tuple(found)


def questions() -> list[Workload]:
    """One small question each: a rule as text and a week of June 2026, DTSTART in January of that year or 20 before."""
    rules = {
        "daily": ("FREQ=DAILY", 1),
        "weekly": ("FREQ=WEEKLY", 1),
        "weekly_mwf": ("FREQ=WEEKLY;BYDAY=MO,WE,FR", 1),
        "monthly_nth": ("FREQ=MONTHLY;BYDAY=2TU", 8),
        "monthly_last_workday": ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 29),
    }
    return [
        Workload(f"{name} {since}{zone and ' zoned'}", rule, dtstart, zone or None, week_of(day))
        for since, dtstart in (("this_year", datetime(2026, 1, 5, 9)), ("20_years", datetime(2006, 1, 2, 9)))
        for zone in ("", "Europe/Zurich")
        for name, (rule, day) in rules.items()
    ]


def week_of(day: int) -> tuple[datetime, datetime]:
    """The week that begins on that day of June 2026."""
    a = datetime(2026, 6, day)
    return a, a + timedelta(days=7)


def distances() -> list[tuple[str, dict[int, Workload]]]:
    """Rules, each with windows of one size at several distances, in years, from DTSTART in the year 2000."""
    rules = [
        ("daily", "FREQ=DAILY", 7),
        ("weekly_mwf", "FREQ=WEEKLY;BYDAY=MO,WE,FR", 28),
        ("weekly_third", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,FR", 70),
        ("monthly_last_workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 300),
        ("monthly_fifth", "FREQ=MONTHLY;INTERVAL=5;BYDAY=2TU", 1500),
        ("yearly_weekno", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", 3000),
        ("hourly_office", "FREQ=HOURLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,10,11,14,15,16", 7),
        ("minutely_seventh_at_hours", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=9,10", 7),
    ]
    found = []
    for name, rule, days in rules:
        for count in ("", ";COUNT=1000000000"):
            for zone in ("", "Europe/Zurich"):
                label = name + (count and " count") + (zone and " zoned")
                away = {years: _away(rule + count, zone or None, years, days) for years in YEARS_AWAY}
                found.append((label, away))
    return found


def _away(rule: str, tz: str | None, years: int, days: int) -> Workload:
    """A window of so many days, so many years from DTSTART."""
    a = datetime(2000 + years, 1, 3)
    return Workload(f"{years} years", rule, datetime(2000, 1, 3, 9), tz, (a, a + timedelta(days=days)))
