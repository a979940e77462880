"""A real server: `schedcore serve` as a process of its own on a free port, which ends with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import grpc

import layers
from schedcore.cli.command import run

#: Starting one takes a second or two; with all cores taken, more.
PATIENCE = 60.0


def as_(person: str) -> list[tuple[str, str]]:
    """Metadata that names who acts."""
    return [("schedcore-principal", person)]


class Server:
    """A server process; `address` is where it listens, `log` what it has logged, a dictionary a line."""

    def __init__(
        self,
        store: str,
        *flags: str,
        address: str = "127.0.0.1:0",
        environment: Mapping[str, str] | None = None,
        program: Iterable[str] = ("-m", "schedcore.cli", "serve"),
    ) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCHEDCORE_")}
        inherited["PYTHONPATH"] = f"{layers.SOURCES}{os.pathsep}{layers.HOME / 'tests'}"
        # Python's own reaction to SIGTERM is what tests of the server must not see by chance.
        command = [sys.executable, "-W", "error", *program, "--address", address, "--store", store, *flags]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**inherited, **(environment or {})},
        )
        self.store = store
        self.errors: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        if not told.startswith("schedcore: listening on "):
            self.end()
            raise AssertionError(f"no server: {told!r} {''.join(self.errors)}")
        self.address = told.split()[-1]

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def channel(self, *options: tuple[str, object]) -> grpc.Channel:
        """Connect."""
        return grpc.insecure_channel(self.address, options=options)

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def end(self) -> None:
        """End it, and make sure of that."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()
        if any(exception):
            print(*(line for line in self.errors if '"mistake"' in line), sep="", file=sys.stderr)


def refused(capsys, monkeypatch, folder: Path, *flags: str, address: str = "127.0.0.1:0", **environment: str) -> str:
    """What a server says that does not start: in this process, since it never comes to gRPC."""
    for name in [name for name in os.environ if name.startswith("SCHEDCORE_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code = run(["serve", "--address", address, "--store", f"sqlite:///{folder}/refused.db", *flags])
    told = capsys.readouterr()
    assert (2, "") == (code, told.out), told
    return told.err
