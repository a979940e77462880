"""Compare tables of calendars with `Calendar` on every calendar at hand: `make test-scan`.

The calendars are those of examples/, of icalendar's own tests, and of recurring-ical-events' (see `calendar_suite`).
The last two come out of sdists that pip fetches from the registry into build/, which is not committed.

For each file, and each of some windows, the table and `Calendar` are asked what starts there: UID, start, end and
status; and what each could not read. Files that differ are printed. None is expected to.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import calendar_suite

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests"))

from bulk.both_ways import differences  # noqa: E402 - it lies beside the tests
from schedcore.bulk import SeriesTable  # noqa: E402

ICALENDAR = "7.3.0"
BUILD = HOME / "build" / "scan"
YEARS = (1995, 2005, 2012, 2019, 2027)


def fetch() -> list[Path]:
    """Have all calendars; the same ones twice if two projects have them."""
    sdist = BUILD / f"icalendar-{ICALENDAR}.tar.gz"
    if not sdist.exists():
        pip = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
        wanted = f"icalendar=={ICALENDAR}"
        subprocess.run([*pip, "download", "--no-deps", "--no-binary=:all:", "-d", BUILD, wanted], check=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(BUILD, filter="data")
    ours = (HOME / "examples").rglob("*.ics")
    return [*sorted(ours), *sorted((BUILD / f"icalendar-{ICALENDAR}").rglob("*.ics")), *calendar_suite.fetch()]


def main() -> int:
    """Compare all files; 1 if any differs."""
    texts = {file.read_bytes(): file for file in reversed(fetch())}
    differ = plain = rows = 0
    for text, file in texts.items():
        table = SeriesTable.from_ical([text], tz="UTC")
        rows += len(table)
        plain += len(table) - len(table.rows.series)
        for first, last in pairwise(YEARS):
            found = differences(text, datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC), table=table)
            if found:
                differ += 1
                print(f"DIFFERS: {file}, {first} to {last}", *found, sep="\n    ")
                break
    print(f"{len(texts)} calendars, {differ} differ; {plain} of {rows} rows were read in C")
    return 1 if differ or not plain else 0


if __name__ == "__main__":
    sys.exit(main())
