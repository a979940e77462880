"""Draw what a window costs against its distance from DTSTART, from the committed results.

    python -m benchmarks.plot       writes docs/img/distance.svg; needs matplotlib, the extra [plot]

The same results give the same file, byte for byte, with one version of matplotlib: no date is in it, its ids are salted
with a constant. It carries a digest of the rows it was drawn from, by which the tests see when it is out of date.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.report import RESULTS, Report, Row

__all__ = ["PICTURE", "digest", "lines", "placed"]

PICTURE: Final = Path(__file__).resolve().parent.parent / "docs" / "img" / "distance.svg"

# Colours told apart by all kinds of colour vision (Okabe and Ito, 2008); ours is the one that is also black and thick.
COLOURS: Final = {
    "schedcore": "#000000",
    "dateutil": "#D55E00",
    "rrule": "#E69F00",
    "rrule-rust": "#0072B2",
    "rrule-temporal": "#009E73",
    "libical": "#CC79A7",
}
NAMES: Final = {"dateutil": "python-dateutil", "rrule": "rrule.js"}
PANELS: Final = {
    "daily": "FREQ=DAILY\n",
    "weekly_count": "FREQ=WEEKLY;BYDAY=MO,WE,FR\n;COUNT=2000000",
    "last_workday_count": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR\n;BYSETPOS=-1;COUNT=90000",
}
TIMES: Final = {
    1e-6: "1 µs",
    1e-5: "10 µs",
    1e-4: "100 µs",
    1e-3: "1 ms",
    1e-2: "10 ms",
    1e-1: "100 ms",
    1.0: "1 s",
    10.0: "10 s",
}
GAP: Final = 0.29  # decades between two labels, about the height of one


def lines(rows: list[Row], panel: str) -> dict[str, list[tuple[int, float]]]:
    """Each engine's points of one panel: years from DTSTART, seconds."""
    found: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        name, years = row.id.rsplit(" ", 1)
        if name == panel:
            for engine, seconds in row.seconds.items():
                found.setdefault(engine, []).append((int(years), seconds))
    return found


def digest(report: Report) -> str:
    """What identifies the rows that the picture shows."""
    shown = [(row.id, dict(row.seconds)) for row in report.table("distance")]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def placed(ends: Mapping[str, float], gap: float = GAP) -> dict[str, float]:
    """Heights for labels at the ends of lines, in decades, in the same order and never closer than the gap."""
    names = sorted(ends, key=lambda name: ends[name])
    heights: list[float] = []
    for name in names:
        heights.append(max(ends[name], heights[-1] + gap if heights else ends[name]))
    shift = sum(h - ends[name] for h, name in zip(heights, names, strict=True)) / max(len(names), 1)
    return {name: h - shift for name, h in zip(names, heights, strict=True)}


def draw(report: Report, path: Path) -> None:
    """Draw both panels."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "schedcore", "svg.fonttype": "none", "font.size": 10}
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(PANELS), figsize=(12, 4.8), sharey=True, layout="constrained")
    for axis, (panel, title) in zip(axes, PANELS.items(), strict=True):
        draw_panel(axis, lines(report.table("distance"), panel), title)
    axes[0].set_ylabel("time to list 31 days")
    figure.suptitle("What a window costs, so many years from DTSTART")
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"Date": None, "Creator": None, "Source": digest(report)}
    figure.savefig(path, format="svg", metadata=about)
    # matplotlib ends lines with spaces.
    path.write_text("\n".join(map(str.rstrip, path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")


def draw_panel(axis: Any, found: Mapping[str, list[tuple[int, float]]], title: str) -> None:
    """One rule: a line an engine, named where it ends."""
    from math import log10

    axis.set(xscale="log", yscale="log", title=title, xlabel="years from DTSTART", xlim=(0.8, 200_000), ylim=(5e-7, 20))
    axis.title.set(fontsize=10, family="monospace")
    axis.set_xticks([1, 10, 100, 1000, 7000], ["1", "10", "100", "1,000", "7,000"])
    axis.set_yticks(list(TIMES), list(TIMES.values()))
    axis.minorticks_off()
    axis.grid(color="#DDDDDD", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    # One column of names; a dotted line leads there from where an engine stopped answering, or grew too slow.
    heights = placed({name: log10(points[-1][1]) for name, points in found.items()})
    right = max((points[-1][0] for points in found.values()), default=1)
    for name, height in heights.items():
        label = NAMES.get(name, name)
        weight = "bold" if name == "schedcore" else "normal"
        axis.text(right * 1.5, 10**height, label, color=COLOURS[name], va="center", fontweight=weight)
        years, seconds = found[name][-1]
        axis.plot((years, right * 1.35), (seconds, 10**height), color=COLOURS[name], linewidth=0.8, linestyle=":")
    for name, points in found.items():
        width = 2.6 if name == "schedcore" else 1.6
        axis.plot(*zip(*points, strict=True), color=COLOURS[name], linewidth=width, marker="o", markersize=3.5)


if __name__ == "__main__":
    draw(Report.read(RESULTS / "rivals.json"), PICTURE)
    print(PICTURE.name)
    sys.exit(0)
