"""Print the tables; with --write keep them as results, with --check compare them with the results that are kept."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import schedcore
from benchmarks import merging
from benchmarks.engines import Dateutil
from benchmarks.report import RESULTS, Report, Row, fallen, machine, printed, tzdb_version
from benchmarks.tables import TABLES, rows_of

KEPT = RESULTS / "bench.json"


def main() -> int:
    """Measure, print, and as asked for write or compare; 1 if something fell by more than a third."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", choices=[*TABLES, []], help="which tables; all of them unless given")
    parser.add_argument("--write", action="store_true", help=f"keep the run as {KEPT.name}, for the pages and --check")
    parser.add_argument("--check", action="store_true", help="name the ratios that fell by more than a third; exit 1")
    options = parser.parse_args()
    names = options.tables or list(TABLES)
    if options.write and options.tables:
        parser.error("--write keeps whole runs: name no tables with it")
    report = measure(names)
    if options.write:
        report.write(KEPT)
        print(f"written: benchmarks/results/{KEPT.name}")
    return check(report, names) if options.check else 0


def measure(names: list[str]) -> Report:
    """Run the tables, each in a process of its own, and print each when it is done."""
    versions = {
        "schedcore": schedcore.__version__,
        "python-dateutil": Dateutil.version,
        "numpy": np.__version__,
        "tzdb": tzdb_version(),
        **merging.versions(),
    }
    report = Report(machine(), versions, ())
    print("; ".join([*report.machine.values(), *(f"{name} {version}" for name, version in versions.items())]))
    print("ours in its unit; then how many times as long the others took\n")
    rows: list[Row] = []
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        for name in names:
            run, others, unit = TABLES[name]
            found = processes.submit(rows_of, name).result()
            rows += found
            print(f"{name}: {run.__doc__}", *printed(found, others, unit), "", sep="\n", flush=True)
    missed = [f"{row.table}: {row.id}" for row in rows if row.missed()]
    print(f"floors missed: {len(missed)} of {sum(bool(row.floors) for row in rows)} rows that have one")
    return Report(report.machine, versions, tuple(rows))


def check(report: Report, names: list[str]) -> int:
    """Compare with the results that are kept."""
    before = Report.read(KEPT)
    before = Report(before.machine, before.versions, tuple(row for row in before.rows if row.table in names))
    found = fallen(before, report)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"nothing fell by more than a third against the run on {before.machine['processor']}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
