"""A run as a value: rows of seconds, the ratios that follow from them, and the numbers to reach.

A row names its contestants, and the first is the one that counts: the ratio of another to it says how many times as
long that other took. A floor is the least that such a ratio should be. A ceiling is what the machine itself reached of
it in the same run, with work that has nothing in its way: a ratio of threads is to be judged by it.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["RESULTS", "Report", "Row", "fallen", "machine", "printed", "shown", "tzdb_version"]

RESULTS: Final = Path(__file__).resolve().parent / "results"

FALL: Final = 2 / 3
"""A ratio below this part of the committed one has fallen. Less than that is noise on most machines."""


@dataclass(frozen=True)
class Row:
    """One line of a table: how long each contestant took for the same answer of `size` occurrences."""

    table: str
    id: str
    size: int
    seconds: Mapping[str, float]
    floors: Mapping[str, float] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)

    @property
    def ours(self) -> float:
        """Seconds of the contestant that counts, the first one."""
        return next(iter(self.seconds.values()))

    def ratio(self, other: str) -> float:
        """How many times as long the other took."""
        return self.seconds[other] / self.ours

    def ratios(self) -> dict[str, float]:
        """The ratio of every other contestant."""
        return {other: self.ratio(other) for other in list(self.seconds)[1:]}

    def missed(self) -> dict[str, float]:
        """The ratios that lie below their floor."""
        return {other: self.ratio(other) for other, floor in self.floors.items() if self.ratio(other) < floor}


@dataclass(frozen=True)
class Report:
    """What one run found, with the machine and the versions it ran on."""

    machine: Mapping[str, str]
    versions: Mapping[str, str]
    rows: tuple[Row, ...]

    def table(self, name: str) -> list[Row]:
        """The rows of one table."""
        return [row for row in self.rows if row.table == name]

    def write(self, path: Path) -> None:
        """Write JSON, a row a line, what was measured to three digits."""
        rows = [asdict(row) | {"seconds": brief(row.seconds), "ceilings": brief(row.ceilings)} for row in self.rows]
        head = json.dumps({"machine": self.machine, "versions": self.versions}, indent=1)[:-2]
        body = ",\n".join(f"  {json.dumps({k: v for k, v in row.items() if v != {}})}" for row in rows)
        path.write_text(f'{head},\n "rows": [\n{body}\n ]\n}}\n', encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Report:
        """Read what `write` wrote."""
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(found["machine"], found["versions"], tuple(Row(**row) for row in found["rows"]))


def fallen(before: Report, now: Report) -> list[str]:
    """Name each ratio that fell by more than a third, and each row that is gone."""
    rows = {(row.table, row.id): row for row in now.rows}
    found = []
    for old in before.rows:
        new = rows.get((old.table, old.id))
        if new is None:
            found.append(f"{old.table}: {old.id}: no longer measured")
            continue
        for other, ratio in old.ratios().items():
            if other in new.seconds and new.ratio(other) < ratio * FALL:
                found.append(f"{old.table}: {old.id}: {other} / ours fell from {ratio:.3g} to {new.ratio(other):.3g}")
    return found


def machine() -> dict[str, str]:
    """What the figures depend on and a reader can compare with: no names of hosts, no paths."""
    return {
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": _compiler(),
    }


def tzdb_version() -> str:
    """The version of the zone data that answers depend on."""
    from schedcore.zones import tzdb_version

    return tzdb_version()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.machine()


def _compiler() -> str:
    if shutil.which("cc") is None:
        return platform.python_compiler()
    return subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def printed(rows: Iterable[Row], others: Iterable[str], unit: str) -> list[str]:
    """Lay rows out for a terminal: ours in the unit, then ratios, then the floors that were missed."""
    others = list(others)
    rows = list(rows)
    width = max((len(row.id) for row in rows), default=10)
    lines = [f"{'':{width}} {'n':>8} {unit:>12} " + " ".join(f"{name[:14]:>14}" for name in others)]
    for row in rows:
        cells = [f"{shown(row.ratio(o)):>14}" if o in row.seconds else f"{'-':>14}" for o in others]
        verdict = "; ".join(f"MISSED {shown(r)} of {row.floors[o]:g} {o}" for o, r in row.missed().items())
        verdict = verdict or ("ok" if row.floors else "")
        verdict += "".join(f"; this machine reaches {shown(most)} {other}" for other, most in row.ceilings.items())
        lines.append(f"{row.id:{width}} {row.size:8} {speed(row, unit):>12} {' '.join(cells)}  {verdict}".rstrip())
        lines += [f"{'':{width}} {name} differs: {how}" for name, how in row.differs.items()]
    return lines


def brief(measured: Mapping[str, float]) -> dict[str, float]:
    """Three digits of each."""
    return {name: float(f"{value:.3g}") for name, value in measured.items()}


def speed(row: Row, unit: str) -> str:
    """Our own figure: millions a second, or microseconds."""
    return shown(row.size / row.ours / 1e6) if unit == "M/s" else shown(row.ours * 1e6)


def shown(value: float) -> str:
    """Three digits, with thousands marked."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
