"""Servers and callers as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

__all__ = ["Callers", "Process", "Request", "echo", "serve"]

HOME: Final = Path(__file__).resolve().parents[2]
#: Path of the RPC, who acts ("" for nobody), the message as hexadecimal digits.
Request = tuple[str, str, str]
#: More would only take the processor from the server: two share it with the server's one on two cores.
CALLERS: Final = 2


class Process:
    """A server that prints its address when it listens. Its log goes nowhere, but it is written."""

    def __init__(self, *command: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHEDCORE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=HOME,
            env={**environment, "PYTHONPATH": os.pathsep.join((str(HOME / "src"), str(HOME)))},
        )
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        if "listening on " not in told:
            raise AssertionError(f"{' '.join(command)} does not listen: {told!r}")
        self.address = told.split()[-1]

    @property
    def resident(self) -> int:
        """Bytes that it holds in memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the kernel does not say what the server holds")

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def serve(store: str, *flags: str) -> Process:
    """`schedcore serve` with its defaults on a free port."""
    return Process("schedcore.cli", "serve", "--address", "127.0.0.1:0", "--store", store, *flags)


def echo() -> Process:
    """The baseline."""
    return Process("benchmarks.service.echo")


class Callers:
    """Processes that call; see `caller` for what they are told and tell."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.service.caller"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HOME / "src"), str(HOME)))}
        self._processes = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOME, env=environment
            )
            for _ in range(CALLERS)
        ]

    def call(self, address: str, requests: Sequence[Request], callers: int, **until: float) -> dict[str, list[float]]:
        """Have so many call, for `seconds=` or `calls=` in all; microseconds by status.

        One caller is one process; more are shared among all of them.
        """
        each = {"address": address, "requests": requests}
        parts = [callers] if callers == 1 else [callers // CALLERS] * CALLERS
        calls = int(until.pop("calls", 0)) // len(parts)
        told = [
            {**each, "callers": part, "first": number * (len(requests) // CALLERS), **until}
            | ({"calls": calls} if calls else {})
            for number, part in enumerate(parts)
        ]
        return self.together(*told)

    def together(self, *commands: dict[str, Any]) -> dict[str, list[float]]:
        """Have each process do a command, all at once; what all of them found."""
        found: dict[str, list[float]] = {}
        for answer in self.apart(*commands):
            for code, took in answer.items():
                found.setdefault(code, []).extend(took if isinstance(took, list) else [took])
        return found

    def apart(self, *commands: dict[str, Any]) -> list[dict[str, Any]]:
        """The same, each one's findings by themselves."""
        used = self._processes[: len(commands)]
        for process, command in zip(used, commands, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
        answers = []
        for process in used:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise AssertionError("a caller has ended: see what it wrote above")
            answers.append(json.loads(line))
        return answers

    def __enter__(self) -> Callers:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            process.wait(30)
            process.stdout.close()
