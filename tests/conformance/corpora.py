"""Reads the cases kept beside this file.

``rules``, ``ruled`` and ``zones`` are corpora whose answers come from other engines; README.md tells how. ``rfc5545``
holds the examples of RFC 5545 3.8.5.3 with the dates it prints, all in America/New_York.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SIZES = {"rules": 2904, "ruled": 91, "zones": 968}


def corpus(name: str) -> list[dict[str, Any]]:
    """All cases of one corpus; a file that lost some is an error here, not a test that passes on what is left."""
    with gzip.open(HERE / f"{name}.jsonl.gz", "rt", encoding="ascii") as lines:
        cases = [json.loads(line) for line in lines]
    assert len(cases) == SIZES[name]
    return cases


def rfc_examples() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((HERE / "rfc5545.json").read_text(encoding="utf-8"))
    return cases


def local(text: str) -> datetime:
    """``20260130T090000`` as a naive datetime."""
    return datetime.strptime(text, "%Y%m%dT%H%M%S")


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}".rjust(15, "0")


def report(differing: list[str], total: int) -> str:
    """The first few differences, for an assertion's message."""
    return "\n".join([f"{len(differing)} of {total} cases differ", *differing[:10]])
