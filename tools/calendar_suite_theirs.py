"""Say what recurring-ical-events makes of calendars, as JSON; run by the Python of an environment that has it.

`python calendar_suite_theirs.py FIRST LAST FILE...`: for each file either what goes wrong, or for each year from FIRST
to LAST the rows [uid, start, end] of the events that touch it. Starts and ends are UTC instants; dates and floating
times are meant in the calendar's X-WR-TIMEZONE, else in UTC. That library leaves cancelled events to its caller: here
they are left out.
"""

import json
import sys
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events


def instant(value: date, zone: tzinfo) -> str:
    """Write a date, a floating time or an instant as an instant."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC).isoformat()


def rows(file: str, years: range) -> list[list[list[str]]]:
    """Ask for the events of each year."""
    with open(file, "rb") as opened:
        calendars = icalendar.Calendar.from_ical(opened.read(), multiple=True)
    found: list[list[list[str]]] = [[] for _ in years]
    for calendar in calendars:
        zone = ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
        query = recurring_ical_events.of(calendar, components=["VEVENT"])
        for year, its in zip(years, found, strict=True):
            for event in query.between(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)):
                if event.get("STATUS") != "CANCELLED":
                    its.append([str(event.get("UID", "")), instant(event.start, zone), instant(event.end, zone)])
    return [sorted(its) for its in found]


def main() -> None:
    """Ask for each file; what goes wrong with one is its answer."""
    first, last, *files = sys.argv[1:]
    years = range(int(first), int(last) + 1)
    answers: dict[str, object] = {}
    for file in files:
        try:
            answers[file] = rows(file, years)
        except Exception as error:
            answers[file] = f"{type(error).__name__}: {error}"
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
