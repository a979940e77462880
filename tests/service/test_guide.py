"""The quickstart and the guide, run against a real server: every command prints what the page says."""

from __future__ import annotations

import re

import layers
import stores
from service.processes import Server
from service.transcripts import printed, steps

_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ADDRESS = "127.0.0.1:50051"


def test_the_quickstart(tmp_path):
    """The README's commands in a store of their own, from the first to the last; then the Python of the guide."""
    commands = steps(layers.HOME / "README.md")
    assert commands
    with Server(stores.fresh("sqlite", tmp_path)) as server:
        found = printed(commands, tmp_path, {"SCHEDCORE_ADDRESS": server.address})
        for step, text in zip(commands, found, strict=True):
            assert step.prints(text), f"{step.command}\nsaid: {step.printed}\nfound: {text}"
        program = "".join(_PYTHON.findall((layers.HOME / "docs/guide/service.md").read_text(encoding="utf-8")))
        assert _ADDRESS in program
        exec(compile(program.replace(_ADDRESS, server.address), "service.md", "exec"), {})
