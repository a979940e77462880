"""`make demo-spark` and `make demo-ray`, with fewer series: one hash, and nothing stays behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
SERIES = 20_000
PATIENCE = 60  # seconds until all processes that were started must be gone


def alive(mark: str) -> list[str]:
    """The commands of running processes that have inherited a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " ")[:200])
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found


@pytest.mark.parametrize("name", ["spark", "ray"])
def test_demo(name):
    """The hash of the cluster is that of one thread; no process and no file is left."""
    folder = Path(tempfile.mkdtemp())  # short: sockets are in it
    mark = f"SCHEDCORE_TEST_MARK={folder.name}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "examples.on_a_cluster", name, str(SERIES)],
            cwd=HOME,
            capture_output=True,
            text=True,
            env=os.environ | {"TMPDIR": str(folder), "SCHEDCORE_TEST_MARK": folder.name},
            check=False,
        )
        assert 0 == done.returncode, done.stderr[-3000:]
        assert done.stdout.startswith("20,000 series to ")
        hashes = re.findall(r" s   ([0-9a-f]{16})$", done.stdout, re.M)
        assert 2 == len(hashes) and 1 == len(set(hashes)), done.stdout
        end = time.monotonic() + PATIENCE
        while alive(mark) and time.monotonic() < end:
            time.sleep(0.5)
        assert [] == alive(mark)
        assert [] == list(folder.iterdir())
    finally:
        shutil.rmtree(folder)
