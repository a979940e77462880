"""Run the Python of a guide, from its first block to its last, where the files that it names are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from examples.on_a_cluster import company, stored

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guide"


def run_guide(name: str, folder: Path, names: dict[str, Any]) -> None:
    """Execute the blocks, with the directories that they name in a folder; what a guide asserts must hold."""
    (folder / "series").mkdir()
    stored(company(3_000), folder / "series")
    blocks = re.findall(r"^```python\n(.*?)^```", (GUIDES / name).read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 3
    for block in blocks:
        # Not by changing directory: a JVM stays where it began.
        block = block.replace('"series/', f'"{folder}/series/').replace('"busy/', f'"{folder}/busy/')
        exec(compile(block, name, "exec"), names)
    assert any((folder / "busy").rglob("*.parquet"))
