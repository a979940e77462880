"""One module for each way in; `fuzz` says what is in them, and how to add one."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import Protocol, cast


class Target(Protocol):
    """What each module has."""

    __doc__: str | None
    #: For libFuzzer's dictionary.
    WORDS: tuple[bytes, ...]

    def seeds(self) -> Iterable[bytes]:
        """Inputs to begin with."""

    def check(self, data: bytes) -> None:
        """Try an input; raises what is a finding."""


def names() -> list[str]:
    """All targets there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def target(name: str) -> Target:
    """One of them, imported."""
    return cast(Target, import_module(f"fuzz.targets.{name}"))
