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

    They take turns, with as many runs a sample as the best so far lets fit in, until each has had `budget` seconds; at
    least two turns each, but one that took ten times the budget at once is not asked again.
    """
    best = {name: run(1) for name, run in contestants.items()}
    spent = {name: budget if seconds > 10 * budget else 0.0 for name, seconds in best.items()}
    for _ in range(ROUNDS):
        for name, run in contestants.items():
            if spent[name] < budget:
                number = max(1, round(STRETCH / max(best[name], 1e-9)))
                seconds = run(number)
                best[name] = min(best[name], seconds)
                spent[name] += seconds * number
    return best
