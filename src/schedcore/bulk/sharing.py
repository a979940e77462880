"""How many threads share the work of a call; `_crew` is how they do."""

from __future__ import annotations

import os

from schedcore.errors import InvalidValue, shorten

__all__ = ["threads_of"]


def threads_of(threads: int | None) -> int:
    """How many threads to use: as many as asked for, or as there are cores for this process; InvalidValue below 1.

    >>> threads_of(3)
    3
    """
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not isinstance(threads, int) or threads < 1:
        raise InvalidValue(f"threads={shorten(threads)}: give 1 or more, or None for as many as there are cores")
    return threads
