"""What is due of a company's calendars in one minute: asked again and again, once, and by walking from DTSTART.

1,000 calendars of six series with a reminder each, or two, drawn from one seed; their starts lie a year back, and in
the last row 40 years. "again" is `Reminders`, which has the day; "new day" is what it takes to have one; "next" is the
search for the next moment without such a day; "once" is `due`, which reads the calendars for one question; "walk" lists
every start since DTSTART, which is what a job without a seek does each minute (from 40 years back it takes minutes, so
it is not timed there). Before anything is timed the answers are compared with those of the walk, over an hour.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.report import Row
from benchmarks.timing import best_of, timer
from schedcore import Calendar
from schedcore.reminders import Profile, Reminders, Watched, due

__all__ = ["reminders"]

CALENDARS: Final = 1_000
NOW: Final = datetime(2026, 10, 12, 7, 50, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
#: A minute that is asked for again costs what is due in it: this many times less than the walk.
AT_LEAST: Final = 1_000
RULES: Final = ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY"]
#: Minutes before the start, all exact: the walk then needs no more than a subtraction.
BEFORE: Final = [0, 5, 10, 15, 30, 60, 1_440]


class Company:
    """Calendars with the minutes by which each of their events reminds."""

    def __init__(self, years: int) -> None:
        rng = random.Random(8)
        self.alarms: dict[str, list[int]] = {}
        texts = [self._text(rng, number, years) for number in range(CALENDARS)]
        self.watched = [
            Watched(str(number), Calendar.from_ical(text), Profile(f"p{number}")) for number, text in enumerate(texts)
        ]

    def _text(self, rng: random.Random, number: int, years: int) -> str:
        lines = ["BEGIN:VCALENDAR"]
        for event in range(6):
            uid = f"{number}-{event}"
            start = NOW - timedelta(days=365 * years + rng.randrange(30), minutes=rng.randrange(0, 600, 5))
            self.alarms[uid] = rng.sample(BEFORE, rng.choice([1, 1, 2]))
            lines += ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT45M"]
            lines.append(f"RRULE:{rng.choice(RULES)}")
            for minutes in self.alarms[uid]:
                lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-PT{minutes}M", "END:VALARM"]
            lines.append("END:VEVENT")
        return "\n".join([*lines, "END:VCALENDAR"])

    def walk(self, a: datetime, b: datetime, most: int = CALENDARS) -> list[tuple[datetime, str]]:
        """The same by every start from DTSTART on, of the first calendars."""
        found = []
        for watched in self.watched[:most]:
            for event in watched.calendar.events:
                for start in event.series.between(event.series.dtstart, b + timedelta(days=2)):
                    for minutes in self.alarms[event.uid]:
                        at = start - timedelta(minutes=minutes)
                        if a <= at < b:
                            found.append((at, event.uid))
        return sorted(found)


def reminders() -> Iterator[Row]:
    """What is due in one minute of 1,000 calendars with six series each."""
    for years in (1, 40):
        its = Company(years)
        again = Reminders(its.watched)
        hour = NOW, NOW + timedelta(hours=1)
        checked = CALENDARS // (10 * years)
        expected = its.walk(*hour, checked)
        for found in (again.due(*hour), due(its.watched, *hour)):
            if expected != sorted((one.at, one.event.uid) for one in found if int(one.calendar) < checked):
                raise AssertionError(f"{years} years: the answers differ: nothing is timed until they agree")
        window = NOW, NOW + MINUTE
        contestants = {
            "again": timer(lambda again=again, window=window: again.due(*window)),
            "once": timer(lambda its=its, window=window: due(its.watched, *window)),
            "new day": timer(lambda again=again: again._between(*_day())),
            "next": timer(lambda its=its, again=again: Reminders.next_due(_forgetful(again), NOW)),
        }
        if years == 1:
            contestants["walk"] = timer(lambda its=its, window=window: its.walk(*window))
        seconds = best_of(contestants, budget=1)
        size, floors = len(again.due(*window)), {"walk": AT_LEAST} if years == 1 else {}
        yield Row("due", f"{CALENDARS:,} calendars, {years} years back", size, seconds, floors)


def _day() -> tuple[int, int]:
    day = int(NOW.timestamp()) // 86_400
    return day * 86_400, (day + 1) * 86_400


def _forgetful(known: Reminders) -> Reminders:
    """The same without the days that it worked out."""
    known._days.clear()
    return known
