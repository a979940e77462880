"""Commands that are ended from outside: what they had begun is taken away."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

__all__ = ["terminable"]

#: What a shell gives for a process that SIGTERM ended: 128 and 15.
_TERMINATED: Final = 143


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that nothing half done stays behind."""

    def stop(number: int, frame: object) -> NoReturn:
        sys.exit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
