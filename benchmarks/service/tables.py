"""A run of the service as lines of a terminal, and as tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.report import Report, Row, shown
from benchmarks.service.measures import AT_ONCE, GROWTH, KEPT

__all__ = ["line", "loads", "memories", "overloads", "streams"]


def line(row: Row) -> str:
    """A row in one line."""
    figures = ", ".join(f"{name} {shown(seconds * 1e3)} ms" for name, seconds in row.seconds.items())
    told = f"{row.table}: {row.id}: {row.size:,}; {figures}"
    if row.table.startswith("load"):
        told += (
            f"; {1 / row.ratio('echo'):.2f} times the echo, {int(row.table.split()[1]) / row.seconds['mean']:,.0f}/s"
        )
    if row.table == "stream":
        told += f"; {row.ratio('library'):.2f} of the library alone, {row.ratio('as Arrow'):.2f} of writing Arrow"
        told += f", {row.ratio('wire'):.2f} of what the stack carries"
    if row.floors:
        told += "  MISSED" if row.missed() else "  ok"
    return told


def loads(report: Report) -> list[str]:
    """A table for each number of callers."""
    from benchmarks.page import table

    lines = []
    for number in AT_ONCE:
        rows = report.table(f"load {number}")
        lines += [f"{number} caller{'s' if number > 1 else ''} at once:", ""]
        head = ["call", "p50, ms", "p99, ms", "calls a second", "p50, times the echo", "at most"]
        lines += [*table(head, (_load(row, number) for row in rows)), ""]
    return lines[:-1]


def _load(row: Row, number: int) -> list[str]:
    name = row.id.replace("bridge", "empty answer through the bridge")
    most = f"{1 / row.floors['echo']:.1f}, {'missed' if row.missed() else 'met'}" if row.floors else ""
    return [
        name,
        shown(row.seconds["p50"] * 1e3),
        shown(row.seconds["p99"] * 1e3),
        shown(number / row.seconds["mean"]),
        f"{1 / row.ratio('echo'):.2f}",
        most,
    ]


def streams(report: Report) -> list[str]:
    """Millions a second."""
    from benchmarks.page import table

    head = [
        "10,000,000 occurrences",
        "M/s over the wire",
        "M/s of the library alone",
        "part",
        "at least",
        "M/s as Arrow",
        "M/s of bare bytes",
    ]
    return table(
        head,
        (
            [
                row.id,
                shown(row.size / row.ours / 1e6),
                shown(row.size / row.seconds["library"] / 1e6),
                f"{row.ratio('library'):.2f}",
                f"{row.floors['library']:g}, {'missed' if row.missed() else 'met'}",
                shown(row.size / row.seconds["as Arrow"] / 1e6),
                shown(row.size / row.seconds["wire"] / 1e6),
            ]
            for row in report.table("stream")
        ),
    )


def memories(report: Report) -> list[str]:
    """Megabytes, and how much they grew."""
    from benchmarks.page import table

    rows = report.table("memory")
    grown = rows[-1].size / rows[1].size - 1
    lines = table(["after", "MiB"], ([row.id, f"{row.size / 2**20:.1f}"] for row in rows))
    verdict = "met" if grown <= GROWTH else "missed"
    return [*lines, "", f"From 20,000 calls to the last: {grown:+z.1%}; at most {GROWTH:+.0%}: {verdict}."]


def overloads(report: Report) -> list[str]:
    """Who was answered, who was refused, and how long it took."""
    from benchmarks.page import table

    rows = {row.id: row for row in report.table("overload")}
    lines = table(["", "calls", "p50, ms", "p99, ms"], _overloads(rows.values()))
    full, crowd = (rows[f"{name}, of the many: answered"].seconds["p99"] for name in ("full", "crowd"))
    verdict = "met" if crowd <= KEPT * full else "missed"
    return [*lines, "", f"p99 of what is admitted: {crowd / full:.2f} times; at most {KEPT:g}: {verdict}."]


def _overloads(rows: Iterable[Row]) -> Iterable[list[str]]:
    for row in rows:
        times = [shown(row.seconds[name] * 1e3) if row.seconds.get(name) else "" for name in ("p50", "p99")]
        yield [row.id, f"{row.size:,}", *times]
