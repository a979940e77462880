"""Install the rivals that can be had, compare every engine's answers, time them in turns, keep the run as results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import schedcore
from benchmarks.engines import Dateutil, Engine, Schedcore, same
from benchmarks.report import RESULTS, Report, Row, machine, printed, tzdb_version
from benchmarks.rivals.install import installed
from benchmarks.rivals.process import Driver, NoAnswer
from benchmarks.timing import best_of
from benchmarks.workloads import Workload, listed

KEPT = RESULTS / "rivals.json"

SLOW = 5.0
"""Seconds for one window after which an engine is not asked for one further away."""

AWAY = (1, 3, 10, 30, 100, 300, 1000, 3000, 7000)
"""Years from DTSTART to a window of 31 days, for the plot."""

FAR_RULES = {
    "daily": "FREQ=DAILY",
    "weekly_count": "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=2000000",
    "last_workday_count": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=90000",
}


def main() -> int:
    """Measure and print; 0 whether or not somebody differs, for the table says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals", description=__doc__)
    parser.add_argument("--no-install", action="store_true", help="run with the rivals that are here already")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    drivers = installed(fetch=not options.no_install, say=print)
    try:
        report = measure([Schedcore(), Dateutil(), *drivers], versions_of(drivers))
    finally:
        for driver in drivers:
            driver.close()
    if not options.no_write:
        report.write(KEPT)
        print(f"written: benchmarks/results/{KEPT.name}")
    return 0


def versions_of(drivers: Iterable[Driver]) -> dict[str, str]:
    """What is measured, as it is installed."""
    own = {"schedcore": schedcore.__version__, "python-dateutil": Dateutil.version, "tzdb": tzdb_version()}
    return own | {driver.name: f"{driver.version} on {driver.runtime}" for driver in drivers}


def measure(engines: Sequence[Engine], versions: dict[str, str]) -> Report:
    """Run both tables."""
    about = machine()
    print("; ".join([*about.values(), *(f"{name} {version}" for name, version in versions.items())]))
    print("ours in millions of occurrences a second; then how many times as long the others took\n")
    others = [engine.name for engine in engines[1:]]
    rows = [row_of("workloads", w.id, w, engines) for w in listed()]
    print("workloads.json", *printed(rows, others, "M/s"), "", sep="\n", flush=True)
    print(f"behind us everywhere: {', '.join(ahead_of(rows, others)) or 'nobody'}\n")
    away = list(far(engines))
    print("31 days, so many years from DTSTART", *printed(away, others, "us"), "", sep="\n", flush=True)
    return Report(about, versions, tuple(rows + away))


def ahead_of(rows: Sequence[Row], others: Iterable[str]) -> list[str]:
    """The rivals that took longer than we did wherever they answered."""
    return [o for o in others if all(row.ratio(o) > 1 for row in rows if o in row.seconds)]


def row_of(table: str, label: str, w: Workload, engines: Sequence[Engine]) -> Row:
    """Compare the answers with dateutil's or, where it is left out, with ours; time those who agree."""
    agreed: dict[str, Engine] = {}
    differs: dict[str, str] = {}
    judge = next((engine for engine in engines if engine.name == "dateutil"), engines[0])
    expected = judge.answer(w)
    for engine in engines:
        try:
            difference = same(expected, engine.answer(w))
        except NoAnswer as error:
            difference = str(error)
        if difference:
            differs[engine.name] = difference
        else:
            agreed[engine.name] = engine
    if engines[0].name in differs:
        raise AssertionError(f"{label}: schedcore {differs[engines[0].name]}: nothing is timed until it is right")
    seconds = best_of({name: engine.expand(w) for name, engine in agreed.items()})
    return Row(table, label, len(expected), seconds, {}, differs)


def far(engines: Sequence[Engine]) -> Iterator[Row]:
    """One window at growing distances; an engine that got too slow is asked no further."""
    for name, rule in FAR_RULES.items():
        left = list(engines)
        for years in AWAY:
            row = row_of("distance", f"{name} {years}", window_away(name, rule, years), left)
            yield row
            left = [e for e in left if row.seconds.get(e.name, SLOW) * growth(years) < SLOW]


def growth(years: int) -> float:
    """How much further the next distance is."""
    later = [other for other in AWAY if other > years]
    return later[0] / years if later else 1.0


def window_away(name: str, rule: str, years: int) -> Workload:
    """31 days, so many years after DTSTART, which is a Friday, the last workday of its month."""
    dtstart = datetime(1970, 1, 30, 9)
    a = dtstart.replace(year=1970 + years, hour=0)
    return replace(listed()[0], id=name, rrule=rule, dtstart=dtstart, window=(a, a + timedelta(days=31)))


if __name__ == "__main__":
    sys.exit(main())
