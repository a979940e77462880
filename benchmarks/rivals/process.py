"""An engine that lives in another process: tasks to its standard input, replies from its standard output."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from benchmarks.timing import Timer
from benchmarks.workloads import Workload

__all__ = ["Driver", "NoAnswer"]

PATIENCE = 60.0
"""Seconds after which a task is given up, and the process with it."""


class NoAnswer(Exception):
    """The engine refused the task, failed, or took too long; the message says which."""


class Driver:
    """A process that speaks the protocol of this package; it is started again if it had to be ended."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it and read its name, version and runtime; NoAnswer if it does not say them."""
        self._command = command
        self._begin()

    def _begin(self) -> None:
        # rrule.js gives right instants only where the system's zone is UTC; the others do not look at it.
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={**os.environ, "TZ": "UTC"},
        )
        about = self._reply()
        self.name: str = about["name"]
        self.version: str = about["version"]
        self.runtime: str = about["runtime"]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def answer(self, w: Workload) -> list[int]:
        """The starts, as the engine sees them."""
        starts: list[int] = self._ask("answer", w, 1)["starts"]
        return starts

    def expand(self, w: Workload) -> Timer:
        """A timer of the expansion, measured by the process itself."""

        def run(number: int) -> float:
            seconds: float = self._ask("time", w, number)["seconds"]
            return seconds

        return run

    def _ask(self, what: str, w: Workload, number: int) -> dict[str, Any]:
        bounds = map(stamp, w.window) if w.window else ("", "")
        task = "\t".join((what, w.rrule, stamp(w.dtstart), w.tz or "", *bounds, str(number)))
        assert self._process.stdin is not None
        self._process.stdin.write(task + "\n")
        reply = self._reply()
        if "error" in reply:
            raise NoAnswer(f"fails: {reply['error'][:80]}")
        return reply

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        watch = threading.Timer(PATIENCE, give_up)
        watch.start()
        line = self._process.stdout.readline()
        watch.cancel()
        if not line:
            self.close()
            if hasattr(self, "name"):
                self._begin()
            raise NoAnswer(f"no answer within {PATIENCE:g} seconds" if late.is_set() else "its process ended")
        reply: dict[str, Any] = json.loads(line)
        return reply


def stamp(t: datetime) -> str:
    """A local time as the protocol writes it; years have four digits."""
    return f"{t.year:04}{t:%m%dT%H%M%S}"
