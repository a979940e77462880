"""What the tests play with: servers, the process of the voters, and the judgement of what it wrote down."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import layers
from faults.history import End, History, operations, problems
from faults.voters import CHAIR, Round, people
from schedcore.policy import Contact, Person
from schedcore.store import Store, directory
from service.processes import Server

__all__ = ["Voters", "free_address", "games", "judged", "rounds", "seed", "serving"]

#: Seconds for what takes a few: with all cores taken it may take long.
PATIENCE = 180.0


def rounds(name: str, short: int) -> int:
    """How often a test does it: a variable of the environment says so, else it is a short smoke test."""
    return int(os.environ.get(name, short))


def seed(url: str, voters: int = 32) -> None:
    """Put the people of the polls into a store: a creator, and in their book the voters."""
    with Store.open(url) as store, store.writing() as tx:
        for one in (CHAIR, *people(voters)):
            directory.put_person(tx, Person(one, [f"{one}@example.com"]))
        contacts = [Contact(one, [f"{one}@example.com"]) for one in people(voters)]
        directory.put_book(tx, CHAIR, contacts)


def free_address() -> str:
    """An address that nobody listens on, which a server keeps when it is started again.

    Below the ports that systems give to whoever asks for any: none is taken while the server is down.
    """
    while True:
        address = ("127.0.0.1", random.randrange(20_000, 30_000))
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(address)
            return f"{address[0]}:{address[1]}"


def serving(url: str, *flags: str, address: str = "127.0.0.1:0", **more: Any) -> Server:
    """A server with the people of the polls in its store already."""
    return Server(url, *flags, address=address, **more)


class Voters:
    """The process of the voters, and what it has written so far."""

    def __init__(self, folder: Path, *addresses: str) -> None:
        self.log = folder / f"acknowledged-{time.monotonic_ns()}.jsonl"
        self.log.touch()
        paths = os.pathsep.join((str(layers.SOURCES), str(layers.HOME / "tests")))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "faults.voters", str(self.log), *addresses],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._file = self.log.open(encoding="utf-8")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line.strip())
        self._said.put("gone")

    def begin(self, its: Round) -> None:
        """Have a round begun, once those before it are done."""
        assert self.process.stdin is not None
        self.process.stdin.write(its.line())
        self.process.stdin.flush()

    def wait(self, word: str) -> None:
        """Wait for a word."""
        found = self._said.get(timeout=PATIENCE)
        assert word == found, f"the voters said {found!r}, not {word!r}"

    def play(self, its: Round) -> list[dict[str, Any]]:
        """Play one round, and give its lines."""
        self.begin(its)
        self.wait("done")
        return self.lines()

    def lines(self) -> list[dict[str, Any]]:
        """What was written since the last time."""
        return [json.loads(line) for line in self._file]

    def end(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join(PATIENCE)
            self._file.close()
            self.process.stdout.close()

    def __enter__(self) -> Voters:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()


def games(lines: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The lines of each poll."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if line.get("poll"):
            found[line["poll"]].append(line)
    return dict(found)


def judged(lines: Iterable[dict[str, Any]], count: Counter[str]) -> None:
    """Judge the histories of all polls in some lines; AssertionError for one without an explanation.

    Adds to `count` how many polls, operations and attempts there were, by how they came out.
    """
    for poll, its in games(lines).items():
        (end,) = [one for one in its if one["kind"] == "end"]
        attempts = [one for one in its if one["kind"] not in ("end", "create", "look")]
        ops, wrong = operations(attempts)
        wrong += problems(_history(ops, end))
        assert not wrong, f"poll {poll}: " + "\n".join(wrong)
        count["polls"] += 1
        count["attempts"] += len(attempts)
        count.update(f"operations {op.outcome}" for op in ops)
        count.update(f"{op.kind} {op.reason or op.outcome}" for op in ops)


def _history(ops: list[Any], end: dict[str, Any]) -> History:
    return History(
        ops,
        End(
            end["state"],
            end["chosen"],
            end["etag"],
            end["subject"],
            frozenset(((voter, option), vote) for voter, option, vote in end["votes"]),
            {option: (no, maybe, yes) for option, no, maybe, yes in end["tally"]},
            [tuple(one) for one in end["log"]],
        ),
        end["first_etag"],
        end["first_subject"],
        {1: end["places"]} if end["places"] else {},
        [one[0] for one in end["tally"]],
    )
