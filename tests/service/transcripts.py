"""Transcripts in pages: ```console blocks.

`$ ` begins a command, `> ` goes on with it, the rest is what it prints. As in doctests, `...` stands for anything.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import layers

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_END = "--- end of a command ---"


class Step(NamedTuple):
    """A command, and what the page says that it prints."""

    command: str
    printed: str

    def prints(self, text: str) -> bool:
        """Whether this is what the page says."""
        return doctest.OutputChecker().check_output(self.printed, text, doctest.ELLIPSIS)


def steps(page: Path) -> list[Step]:
    """The commands of a page, in order."""
    found: list[list[str]] = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append([line[2:], ""])
            elif line.startswith("> "):
                found[-1][0] += f"\n{line[2:]}"
            else:
                found[-1][1] += f"{line}\n"
    return [Step(*one) for one in found]


def printed(commands: list[Step], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """What each command prints, errors as well, all in one shell that has `schedcore` on its path."""
    shim = folder / "bin" / "schedcore"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m schedcore.cli "$@"\n')
    shim.chmod(0o755)
    script = "".join(f"{one.command}\necho '{_END}'\n" for one in commands)
    done = subprocess.run(
        ["bash"],
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        cwd=layers.HOME,
        env={
            **os.environ,
            "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(layers.SOURCES),
            **environment,
        },
    )
    yield from done.stdout.split(f"{_END}\n")[:-1]
