"""Measure the service and print it; with --write keep it as results, and put the tables in docs/performance.md.

ROUNDS=... in the environment says how many rounds (5 unless given).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import google.protobuf
import grpc
import sqlalchemy

import schedcore
from benchmarks import page
from benchmarks.report import RESULTS, Report, Row, machine, tzdb_version
from benchmarks.service import tables
from benchmarks.service.measures import load, memory, overload
from benchmarks.service.office import Office
from benchmarks.service.processes import HOME, Callers, echo, serve
from benchmarks.service.streaming import stream

PARTS = ("load", "stream", "memory", "overload")
KEPT = RESULTS / "service.json"


def main() -> int:
    """Measure, print, and as asked for write; 1 if a ratio is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all of them unless given")
    parser.add_argument("--sqlite", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--write", action="store_true", help=f"keep the run as {KEPT.name}, and write the page")
    options = parser.parse_args()
    if options.write and (options.parts or options.sqlite):
        parser.error("--write keeps whole runs: say nothing else with it")
    rounds = int(os.environ.get("ROUNDS", "5"))
    before = os.getloadavg()[0]
    rows = tuple(measured(options.parts or PARTS, rounds, ("sqlite",) if options.sqlite else ("sqlite", "postgresql")))
    busy = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after, {rounds} rounds"
    report = Report({**machine(), "run": busy}, versions(), rows)
    print(busy)
    missed = [row for row in rows if row.missed()]
    for row in missed:
        print(f"MISSED {row.table}: {row.id}", file=sys.stderr)
    if options.write:
        report.write(KEPT)
        print(f"written: benchmarks/results/{KEPT.name}")
        page.main([])
    return 1 if missed else 0


def versions() -> dict[str, str]:
    """What the figures depend on besides the machine."""
    import sqlite3

    return {
        "schedcore": schedcore.__version__,
        "grpcio": grpc.__version__,
        "protobuf": google.protobuf.__version__,
        "sqlalchemy": sqlalchemy.__version__,
        "sqlite": sqlite3.sqlite_version,
        "tzdb": tzdb_version(),
    }


def measured(parts: Iterable[str], rounds: int, kinds: Iterable[str]) -> Iterable[Row]:
    """Run the parts, and print each when it is done. All but load is measured on SQLite alone."""
    sys.path.insert(0, str(HOME / "tests"))
    import stores  # starts a PostgreSQL of its own, as the tests do

    for kind in kinds:
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind]
        with tempfile.TemporaryDirectory() as folder:
            url = stores.fresh(kind, Path(folder))
            office = Office(url)
            with serve(url) as server, echo() as baseline, Callers() as callers:
                questions = office.questions(server.address)
                print(f"{name}: a thousand calendars, answers compared with the library's", flush=True)
                if "load" in parts:
                    yield from shown(load(questions, name, server, baseline, callers, rounds))
                if kind != "sqlite":
                    continue
                if "stream" in parts:
                    yield from shown(stream(server, baseline, rounds))
                if "overload" in parts:
                    yield from shown(overload(next(q for q in questions if "FindTimes" in q.name), server, callers))
                if "memory" in parts:
                    yield from shown(memory(questions, server, callers))


def shown(rows: Iterable[Row]) -> Iterable[Row]:
    """Print rows as they come."""
    for row in rows:
        print(tables.line(row), flush=True)
        yield row


if __name__ == "__main__":
    sys.exit(main())
