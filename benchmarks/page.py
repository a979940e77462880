"""Put the tables of the pages in from the committed results; with --check, only say whether they are.

    python -m benchmarks.page [--check]

A table stands between `<!-- results: NAME -->` and `<!-- end -->`. What is between them is this module's, the rest of
a page is written by people.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from benchmarks.report import RESULTS, Report, Row, shown
from benchmarks.service import tables as service

__all__ = ["PAGES", "filled", "outdated"]

HOME: Final = Path(__file__).resolve().parent.parent
PAGES: Final = (HOME / "docs" / "performance.md", HOME / "COMPARE.md", HOME / "README.md")
BRIEFLY: Final = {
    "daily_count": "10,000 days",
    "monthly_last_workday": "the last workday of 1,200 months",
    "weekly_mwf_ny": "5,000 meetings in New York, to UTC",
    "far_daily": "a week, 65 years from DTSTART",
    "far_weekly_count": "the same, three days a week, with COUNT=100000",
}
"""Rows of the README, and what they are in words."""
PLACE: Final = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str, bench: Report, rivals: Report, served: Report) -> str:
    """The page with the tables of these results."""
    tables: dict[str, Callable[[], Iterable[str]]] = {
        "machine": lambda: described(bench),
        "expand": lambda: expand(bench.table("expand")),
        "question": lambda: question(bench.table("question")),
        "distance": lambda: distance(bench.table("distance")),
        "count": lambda: count(bench.table("count")),
        "merging": lambda: merging(bench.table("merging")),
        "find": lambda: find(bench.table("find")),
        "bulk": lambda: bulk(bench.table("bulk")),
        "floors": lambda: floors(bench.rows),
        "rivals": lambda: workloads(rivals),
        "briefly": lambda: briefly(rivals),
        "versions": lambda: described(rivals),
        "load": lambda: service.loads(served),
        "stream": lambda: service.streams(served),
        "memory": lambda: service.memories(served),
        "overload": lambda: service.overloads(served),
        "served": lambda: described(served),
    }
    return PLACE.sub(lambda found: found[1] + "\n".join(tables[found[2]]()) + "\n" + found[3], text)


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """A Markdown table, the first column to the left and figures to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def described(report: Report) -> list[str]:
    """Machine and versions."""
    about = [f"- {name}: {value}" for name, value in report.machine.items()]
    return [*about, "- versions: " + ", ".join(f"{name} {version}" for name, version in report.versions.items())]


def expand(rows: list[Row]) -> list[str]:
    """Our speed, and the ratios."""
    head = ["workload", "occurrences", "millions a second", "times dateutil", "as datetimes", "of `numpy.arange`"]
    return table(
        head,
        (
            [
                f"`{row.id}`",
                f"{row.size:,}",
                shown(row.size / row.ours / 1e6),
                shown(row.ratio("dateutil")),
                shown(row.seconds["dateutil"] / row.seconds["datetimes"]),
                f"{row.ratio('arange'):.2f}" if row.size >= 200 else "",
            ]
            for row in rows
        ),
    )


def question(rows: list[Row]) -> list[str]:
    """Microseconds, ours and theirs."""
    head = ["question", "microseconds", "dateutil", "times dateutil"]
    cells = ([f"`{r.id}`", micro(r.ours), micro(r.seconds["dateutil"]), shown(r.ratio("dateutil"))] for r in rows)
    return table(head, cells)


def distance(rows: list[Row]) -> list[str]:
    """Each rule's windows near and the farthest, floating."""
    kept = [row for row in rows if " zoned" not in row.id]
    head = ["rule, how asked", "near, microseconds", "farthest", "times near"]
    cells = ([f"`{r.id}`", micro(r.seconds["near"]), micro(r.ours), shown(1 / r.ratio("near"))] for r in kept)
    return table(head, cells)


def count(rows: list[Row]) -> list[str]:
    """Microseconds."""
    return table(["question", "microseconds"], ([f"`{row.id}`", micro(row.ours)] for row in rows))


def merging(rows: list[Row]) -> list[str]:
    """Our speed, and how many times as long numpy took."""
    head = ["rows", "millions a second", "times numpy", "at least"]
    return table(
        head,
        (
            [
                f"`{row.id}`",
                shown(row.size / row.ours / 1e6),
                shown(row.ratio("numpy")),
                f"{row.floors['numpy']:g}" if row.floors else "",
            ]
            for row in rows
        ),
    )


def find(rows: list[Row]) -> list[str]:
    """Milliseconds, and which part of them the kernels took."""
    head = ["question", "milliseconds", "in the kernels", "times numpy"]
    return table(
        head,
        (
            [
                f"`{row.id}`",
                shown(row.ours * 1e3),
                f"{row.ratio('kernels'):.0%}" if "kernels" in row.seconds else "",
                shown(row.ratio("numpy")),
            ]
            for row in rows
        ),
    )


def bulk(rows: list[Row]) -> list[str]:
    """Series a second, and how many times as long the other way took; what the machine itself reached of that."""
    head = ["what", "millions of series a second", "beside", "times", "at least", "the machine itself"]
    return table(
        head,
        (
            [
                f"`{row.id}`",
                shown(row.size / row.ours / 1e6),
                other,
                shown(ratio),
                shown(row.floors[other]) if other in row.floors else "",
                ceiling(row, other),
            ]
            for row in rows
            for other, ratio in row.ratios().items()
        ),
    )


def ceiling(row: Row, other: str) -> str:
    """What the machine itself reached of a ratio, if that was measured."""
    return shown(row.ceilings[other]) if other in row.ceilings else ""


def floors(rows: Iterable[Row]) -> list[str]:
    """How many rows have a number to reach, and which missed it."""
    rows = list(rows)
    having, missed = sum(bool(row.floors) for row in rows), [row for row in rows if row.missed()]
    lines = [f"{having - len(missed)} of {having} rows reach theirs" + (", short of it are:\n" if missed else ".")]
    for row in missed:
        for other, ratio in row.missed().items():
            most = f", where the machine itself reached {ceiling(row, other)}" if other in row.ceilings else ""
            lines.append(f"- `{row.id}` ({row.table}): {shown(ratio)} of {row.floors[other]:g}, beside {other}{most}")
    return lines


def workloads(report: Report) -> list[str]:
    """How many times as long each engine took, and who gave another answer."""
    rows = report.table("workloads")
    names = list(dict.fromkeys(name for row in rows for name in list(row.seconds)[1:]))
    lines = table(
        ["workload", "ours, M/s", *names],
        (
            [f"`{row.id}`", shown(row.size / row.ours / 1e6)]
            + [shown(row.ratio(name)) if name in row.seconds else "differs" for name in names]
            for row in rows
        ),
    )
    notes = [f"- `{row.id}`: {name} {how}" for row in report.rows for name, how in row.differs.items()]
    return lines + (["", "Answers that differ, or were not given:", "", *notes] if notes else [])


def briefly(report: Report) -> list[str]:
    """Some workloads in words: our time, and how many times as long the others took."""
    rows = {row.id: row for row in report.table("workloads")}
    names = [name for name in next(iter(rows.values())).seconds if name != "schedcore"]
    chosen = ((what, rows[name]) for name, what in BRIEFLY.items())
    cells = ([what, micro(row.ours), *(shown(row.ratio(name)) for name in names)] for what, row in chosen)
    return table(["what", "microseconds", *names], cells)


def micro(seconds: float) -> str:
    """Microseconds."""
    return shown(seconds * 1e6)


def read() -> tuple[Report, Report, Report]:
    """The committed results."""
    bench, rivals, served = (Report.read(RESULTS / f"{name}.json") for name in ("bench", "rivals", "service"))
    return bench, rivals, served


def outdated() -> list[Path]:
    """The pages that differ from what the results say."""
    results = read()
    texts = ((page, page.read_text(encoding="utf-8")) for page in PAGES)
    return [page for page, text in texts if text != filled(text, *results)]


def main(arguments: list[str]) -> int:
    """Write the pages that are out of date, or with --check name them and return 1."""
    stale = outdated()
    for page in stale:
        if arguments == ["--check"]:
            print(f"{page.name} is out of date: run python -m benchmarks.page", file=sys.stderr)
            continue
        page.write_text(filled(page.read_text(encoding="utf-8"), *read()), encoding="utf-8")
        print(page.name)
    return 1 if stale and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
