"""Compare `Calendar` with recurring-ical-events on the calendars of that library's own tests: `make test-calendars`.

The calendars come out of its sdist, which pip fetches from the registry; it runs in an environment of its own, since it
asks for an older dateutil. Both stay in build/, which is not committed.

For each file and each year from 2005 to 2023 both are asked which events touch the year, and give (uid, start, end) as
UTC instants. Files that differ are printed. Those in `EXPLAINED` are expected to, and no others; docs/differences.md
has a paragraph for each of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections import Counter
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path

from schedcore import Calendar, SchedcoreError

VERSION = "3.8.2"
BUILD = Path(__file__).resolve().parent.parent / "build" / "calendars"
PYTHON = BUILD / ".venv" / "bin" / "python"
YEARS = range(2005, 2024)
EXPLAINED = frozenset(("Germany_Holidays.ics", "bad_rrule_missing_until_event.ics", "multiple_rrule.ics"))
#: How many rows of a difference are shown.
SHOWN = 4

Row = tuple[str, ...]
Answer = list[list[Row]] | str


def fetch() -> list[Path]:
    """Have the library in its environment, and its calendars beside it."""
    pip = [PYTHON, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
    wanted = f"recurring-ical-events=={VERSION}"
    sdist = BUILD / f"recurring_ical_events-{VERSION}.tar.gz"
    if not sdist.exists():
        subprocess.run([sys.executable, "-m", "venv", BUILD / ".venv"], check=True)
        subprocess.run([*pip, "install", wanted], check=True)
        subprocess.run([*pip, "download", "--no-deps", "--no-binary=:all:", "-d", BUILD, wanted], check=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(BUILD, filter="data")
    return sorted((BUILD / f"recurring_ical_events-{VERSION}").rglob("*.ics"))


def instant(value: date, zone: tzinfo) -> str:
    """Write a date, a floating time or an instant as an instant."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC).isoformat()


def ours(file: Path) -> Answer:
    """Ask schedcore; an error is an answer too."""
    try:
        calendar = Calendar.from_ical(file.read_bytes())
    except SchedcoreError as error:
        return f"{type(error).__name__}: {error}"
    zone = calendar.zone or UTC
    years = []
    for year in YEARS:
        found = calendar.overlapping(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), tz=zone)
        years.append(sorted((one.uid or "", instant(one.start, zone), instant(one.end, zone)) for one in found))
    return years


def theirs(files: list[Path]) -> dict[str, Answer]:
    """Ask recurring-ical-events, all files in one process."""
    script = Path(__file__).with_name("calendar_suite_theirs.py")
    command = [PYTHON, script, str(YEARS[0]), str(YEARS[-1]), *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    answers = json.loads(done.stdout)
    return {
        file: answer if isinstance(answer, str) else [[tuple(row) for row in year] for year in answer]
        for file, answer in answers.items()
    }


def report(name: str, mine: Answer, other: Answer) -> None:
    """Print how two answers differ."""
    print(f"{'explained' if name in EXPLAINED else 'DIFFERS'}: {name}")
    if isinstance(mine, str) or isinstance(other, str):
        print(f"    ours:   {mine if isinstance(mine, str) else f'{sum(map(len, mine))} events'}")
        print(f"    theirs: {other if isinstance(other, str) else f'{sum(map(len, other))} events'}")
        return
    here, there = (Counter(row for year in answer for row in year) for answer in (mine, other))
    for what, rows in (("only ours:  ", here - there), ("only theirs:", there - here)):
        for row in sorted(rows)[:SHOWN]:
            print(f"    {what} {' '.join(row)}")
        if len(rows) > SHOWN:
            print(f"    {what} {len(rows) - SHOWN} more")


def main() -> int:
    """Compare all files; 1 if any differs without an explanation, or has one and agrees."""
    files = fetch()
    answers = theirs(files)
    differ = set()
    for file in files:
        mine, other = ours(file), answers[str(file)]
        if mine != other:
            differ.add(file.name)
            report(file.name, mine, other)
    print(f"{len(files)} calendars, {len(differ)} differ, {len(differ - EXPLAINED)} of them without an explanation")
    for name in sorted(EXPLAINED - differ):
        print(f"docs/differences.md explains {name}, which does not differ")
    return 0 if files and differ == EXPLAINED else 1


if __name__ == "__main__":
    sys.exit(main())
