"""The same questions to dateutil.rrule and to schedcore.compat.dateutil: one answer, and how much sooner.

    python examples/swap_the_import.py

Needs python-dateutil beside schedcore. Answers are compared before anything is timed.
"""

import time
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

DATEUTIL, SCHEDCORE = "dateutil.rrule", "schedcore.compat.dateutil"
ZURICH = ZoneInfo("Europe/Zurich")

Question = Callable[[ModuleType], Any]


def weekdays(library: ModuleType) -> Any:
    """Make a rule and list its first 1,000 occurrences."""
    rule = library.rrule(library.WEEKLY, dtstart=datetime(2026, 1, 5, 9, tzinfo=ZURICH), byweekday=range(5))
    return list(islice(rule, 1000))


def last_workday(library: ModuleType) -> Any:
    """The last workday of each month, 1,000 of them, from text."""
    text = "DTSTART:20260105T090000\nRRULE:FREQ=MONTHLY;COUNT=1000;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    return list(library.rrulestr(text))


def quarter_hours(library: ModuleType) -> Any:
    """Every 15 minutes of office hours, 1,000 of them."""
    start = datetime(2026, 1, 5)
    return list(islice(library.rrule(library.MINUTELY, dtstart=start, interval=15, byhour=range(9, 17)), 1000))


def good_fridays(library: ModuleType) -> Any:
    """Good Friday of a hundred years."""
    return list(library.rrule(library.YEARLY, dtstart=datetime(2026, 1, 1), byeaster=-2, count=100))


def next_meeting(library: ModuleType) -> Any:
    """The next meeting of a series that began 20 years ago, rule and all."""
    rule = library.rrule(library.WEEKLY, dtstart=datetime(2006, 1, 2, 9), byweekday=library.MO)
    return rule.after(datetime(2026, 7, 1))


def this_week(library: ModuleType) -> Any:
    """One week of a daily series that began 20 years ago and has COUNT."""
    rule = library.rrule(library.DAILY, dtstart=datetime(2006, 1, 2, 9), count=10_000)
    return rule.between(datetime(2026, 7, 6), datetime(2026, 7, 13))


def how_many(library: ModuleType) -> Any:
    """How many Fridays that are the 13th there are up to 2500."""
    days = {"byweekday": library.FR, "bymonthday": 13}
    return library.rrule(library.MONTHLY, dtstart=datetime(2000, 1, 1), until=datetime(2500, 1, 1), **days).count()


def set_of_rules(library: ModuleType) -> Any:
    """The next of every workday but every second Monday, ten years in."""
    found = library.rruleset()
    found.rrule(library.rrule(library.DAILY, dtstart=datetime(2016, 1, 4, 9), byweekday=range(5)))
    found.exrule(library.rrule(library.WEEKLY, dtstart=datetime(2016, 1, 4, 9), interval=2))
    found.exdate(datetime(2026, 7, 7, 9))
    return found.after(datetime(2026, 7, 6))


def seconds(question: Question, library: ModuleType) -> float:
    """The best of several runs, as many as fit into a fifth of a second; at least two."""
    best, end = float("inf"), time.perf_counter() + 0.2
    runs = 0
    while runs < 2 or time.perf_counter() < end:
        begun = time.perf_counter()
        question(library)
        best = min(best, time.perf_counter() - begun)
        runs += 1
    return best


def main() -> None:
    """Print a line for each question."""
    theirs, ours = import_module(DATEUTIL), import_module(SCHEDCORE)
    print(f"{'':67}{'dateutil':>12}{'schedcore':>12}{'ratio':>8}")
    questions = (weekdays, last_workday, quarter_hours, good_fridays, next_meeting, this_week, how_many, set_of_rules)
    for question in questions:
        assert question(theirs) == question(ours), question.__doc__
        slow, fast = seconds(question, theirs), seconds(question, ours)
        print(f"{question.__doc__ or '':67}{slow * 1e6:>9,.0f} us{fast * 1e6:>9,.1f} us{slow / fast:>7,.0f}x")


if __name__ == "__main__":
    main()
