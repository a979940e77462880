"""A server's wall clock that the tests set: by libfaketime where the system has it, and by `clock.c` everywhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["LIBFAKETIME", "Clock"]

LIBFAKETIME = next(
    (str(found) for found in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None
)  # Debian's libfaketime


class Clock:
    """A clock in a file; `environment` has a process go by it, from its next look on after each `shift`."""

    def __init__(self, folder: Path, library: str | None) -> None:
        self._file = folder / "clock"
        self.shift(0)
        self.environment: Mapping[str, str]
        if library is None:
            self.environment = {"LD_PRELOAD": _built("clock", folder), "SHIFTED_CLOCK": str(self._file)}
        else:
            self.environment = {
                "LD_PRELOAD": f"{_built('sleep', folder)} {library}",
                "FAKETIME_TIMESTAMP_FILE": str(self._file),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }

    def shift(self, seconds: int) -> None:
        """Set it so many seconds off what it is."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)  # nobody reads half of it


def _built(name: str, folder: Path) -> str:
    """A library of one C file beside this one."""
    library = str(folder / f"{name}.so")
    source = str(Path(__file__).with_name(f"{name}.c"))
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-o", library, source], check=True)
    return library
