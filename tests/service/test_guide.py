"""The transcripts of the guide, run against a real server: every command prints what the page says."""

from __future__ import annotations

import pytest

import layers
import stores
from service.processes import Server
from service.transcripts import printed, steps

PAGES = ("docs/guide/service.md", "README.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_right(page, tmp_path):
    """In a store of its own, from the first command to the last."""
    commands = steps(layers.HOME / page)
    assert commands
    with Server(stores.fresh("sqlite", tmp_path)) as server:
        found = printed(commands, tmp_path, {"SCHEDCORE_ADDRESS": server.address})
        for step, text in zip(commands, found, strict=True):
            assert step.printed == text, step.command
