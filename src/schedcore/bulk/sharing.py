"""Work shared among threads: calls that take about the same time, each made by whichever thread is free."""

from __future__ import annotations

import os
from _thread import LockType, allocate_lock, start_new_thread
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from schedcore.errors import InvalidValue, shorten

__all__ = ["shared", "threads_of"]

Result = TypeVar("Result")


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


def shared(calls: Sequence[Callable[[], Result]], threads: int) -> list[Result]:
    """Make all calls and give what they return, in their order; what one of them raises is raised here.

    Calls are taken from one pile, so that a slow one keeps nobody waiting. Once one has failed no more are begun.

    >>> shared([lambda: 1, lambda: 2], 2)
    [1, 2]
    """
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []
    pile = iter(range(len(calls)))  # `next` on it is one step, which the interpreter does not interrupt

    def work() -> None:
        try:
            for number in pile:
                if errors:
                    return
                results[number] = calls[number]()
        except BaseException as error:  # told by the thread that asked
            errors.append(error)

    def help_out(done: LockType) -> None:
        try:
            work()
        finally:
            done.release()

    # `threading.Thread` waits until a thread runs before the next is begun, and before this one may work.
    others: list[LockType] = []
    try:
        for _ in range(min(threads, len(calls)) - 1):
            done = allocate_lock()
            done.acquire()
            start_new_thread(help_out, (done,))
            others.append(done)
        work()
    finally:
        for done in others:
            done.acquire()
    if errors:
        raise errors[0]
    return results
