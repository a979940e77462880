"""Contestants take turns, and the best of each counts."""

from benchmarks.timing import ROUNDS, best_of, timer


def contestant(name, times, turns):
    """A timer that gives these times in turn, then the last for ever, and notes whose turn it was."""
    left = list(times)

    def run(number):
        turns.append(name)
        return left.pop(0) if len(left) > 1 else left[0]

    return run


def test_they_take_turns_and_the_least_time_counts():
    """One sample each before anyone has a second one."""
    turns = []
    best = best_of({"a": contestant("a", [3, 1, 2], turns), "b": contestant("b", [5, 6, 4], turns)}, budget=10)
    assert {"a": 1, "b": 4} == best
    assert ["a", "b"] * 2 == turns[:4]


def test_one_that_takes_very_long_is_asked_once():
    """Ten times the budget at once is enough."""
    turns = []
    best_of({"slow": contestant("slow", [20], turns), "fast": contestant("fast", [0.5], turns)}, budget=1)
    assert 1 == turns.count("slow")


def test_a_fast_one_is_repeated_within_a_sample():
    """What takes less than the clock can tell is run many times between two looks at it."""
    numbers = []

    def run(number):
        numbers.append(number)
        return 1e-6

    best_of({"fast": run})
    assert 1 == numbers[0]
    assert numbers[1] > 1000
    assert len(numbers) <= ROUNDS + 1


def test_a_timer_runs_the_work_that_often():
    """And gives the seconds of one."""
    done = []
    assert timer(lambda: done.append(1))(10) >= 0
    assert 10 == len(done)
