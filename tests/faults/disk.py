"""A small disk: a file system of its own that can be filled to the last byte.

That takes the right to mount one (root has it). Where there is none, `can_mount` is false, and what needs a full disk
is not among the tests; a limit on the size of files, which all may set for their own processes, is tried everywhere.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["can_mount", "fill", "small_disk"]


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes at a folder."""
    folder.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@cache
def can_mount() -> bool:
    """Whether a small disk can be had here."""
    with TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk", 1 << 20):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def fill(folder: Path) -> Path:
    """Write a file until not one byte more fits; remove it to make room."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast
