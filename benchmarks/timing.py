"""Taking times: contestants in turns, the best of several times each.

The best time, since everything else on a machine only ever adds to it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from time import perf_counter

__all__ = ["Timer", "best_of", "timer"]

Timer = Callable[[int], float]
"""Does its work so many times and gives the seconds of one."""

STRETCH = 0.003
"""Seconds that one sample should take at least: thousands of times the resolution of the clock."""

ROUNDS = 60
"""Samples of one contestant, at most."""


def timer(work: Callable[[], object]) -> Timer:
    """Time a function of this process."""

    def run(number: int) -> float:
        turns = range(number)
        collecting = gc.isenabled()
        gc.disable()
        try:
            begin = perf_counter()
            for _ in turns:
                work()
            return (perf_counter() - begin) / number
        finally:
            if collecting:
                gc.enable()

    return run


def best_of(contestants: Mapping[str, Timer], budget: float = 0.25) -> dict[str, float]:
    """Give the least seconds that one run of each took.

    Each is tried once, to find how often a sample repeats it; then they take turns until each has had `budget`
    seconds, but at least two samples if the first was no longer than ten times that.
    """
    first = {name: run(1) for name, run in contestants.items()}
    number = {name: max(1, round(STRETCH / max(first[name], 1e-9))) for name in first}
    best, spent = dict(first), dict.fromkeys(first, 0.0)
    for turn in range(ROUNDS):
        for name, run in contestants.items():
            if spent[name] < budget and (turn > 0 or first[name] <= 10 * budget):
                seconds = run(number[name])
                best[name] = min(best[name], seconds)
                spent[name] += seconds * number[name]
            elif turn == 0:
                spent[name] = budget
    return best
