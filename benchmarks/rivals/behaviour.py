"""Ask each engine that is here some questions on which readings differ, and print what each answers.

    python -m benchmarks.rivals.behaviour

COMPARE.md tells what came out, with the versions; nothing is timed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from benchmarks.engines import Dateutil, Engine, Schedcore
from benchmarks.rivals import process
from benchmarks.rivals.__main__ import versions_of
from benchmarks.rivals.install import installed
from benchmarks.workloads import Workload

__all__ = ["CASES", "answers", "main"]

ZURICH: Final = "Europe/Zurich"
PATIENCE: Final = 10.0
"""Seconds after which an engine has no answer: a rule without occurrences is meant to be seen at once."""

CASES: Final = (
    Workload("DTSTART out of step, COUNT=3", "FREQ=WEEKLY;BYDAY=TU;COUNT=3", datetime(2026, 1, 5, 9)),
    Workload("02:30 every day, over a gap", "FREQ=DAILY;COUNT=4", datetime(2026, 3, 28, 2, 30), ZURICH),
    Workload("every hour over a gap", "FREQ=HOURLY;COUNT=5", datetime(2026, 3, 29, 0, 30), ZURICH),
    Workload("02:30 every day, over a fold", "FREQ=DAILY;COUNT=3", datetime(2026, 10, 24, 2, 30), ZURICH),
    Workload("every hour over a fold", "FREQ=HOURLY;COUNT=5", datetime(2026, 10, 25, 0, 30), ZURICH),
    Workload("the 31st", "FREQ=MONTHLY;COUNT=4", datetime(2026, 1, 31, 9)),
    Workload("YEARLY with BYMONTHDAY alone", "FREQ=YEARLY;BYMONTHDAY=1;COUNT=3", datetime(2026, 1, 1, 9)),
    Workload("BYWEEKNO without BYDAY", "FREQ=YEARLY;BYWEEKNO=2;COUNT=3", datetime(2026, 1, 5, 9)),
    Workload("BYWEEKNO=53 on Mondays", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=3", datetime(2020, 12, 28, 9)),
    Workload("BYDAY=+2SU,MO", "FREQ=MONTHLY;BYDAY=+2SU,MO;COUNT=4", datetime(2026, 1, 5, 9)),
    Workload("BYDAY=2SU,MO", "FREQ=MONTHLY;BYDAY=2SU,MO;COUNT=4", datetime(2026, 1, 5, 9)),
    Workload("BYSETPOS in the first week", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=3", datetime(2026, 1, 7, 9)),
    Workload("COUNT with UNTIL", "FREQ=DAILY;COUNT=3;UNTIL=20260110T000000Z", datetime(2026, 1, 1, 9), "UTC"),
    Workload("BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", datetime(2026, 1, 1, 9)),
    Workload("INTERVAL=0", "FREQ=DAILY;INTERVAL=0;COUNT=2", datetime(2026, 1, 1, 9)),
    Workload("30 February", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", datetime(2026, 1, 2, 9)),
    Workload("31 April, MINUTELY", "FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31;COUNT=2", datetime(2026, 1, 2, 9)),
    Workload("SKIP=BACKWARD", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4", datetime(2026, 1, 31, 9)),
)


def answers(case: Workload, engines: Sequence[Engine]) -> Iterator[tuple[str, str]]:
    """Each engine's name with its starts, in UTC, or in its own words why there are none."""
    for engine in engines:
        try:
            told = " ".join(f"{datetime.fromtimestamp(start, UTC):%Y%m%dT%H%M}" for start in engine.answer(case))
        except (ValueError, process.NoAnswer) as error:
            told = f"error: {str(error).splitlines()[0]}"
        yield engine.name, told or "nothing"


def main() -> int:
    """Print all cases; floating times are shown as they are."""
    process.PATIENCE = PATIENCE
    drivers = installed(fetch=False, say=print)
    print(*(f"{name} {version}" for name, version in versions_of(drivers).items()), sep="; ")
    for case in CASES:
        print(f"\n{case.id}: {case.rrule} from {case.dtstart:%Y%m%dT%H%M} {case.tz or ''}".rstrip())
        for name, told in answers(case, [Schedcore(), Dateutil(), *drivers]):
            print(f"  {name:15} {told}")
    for driver in drivers:
        driver.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
