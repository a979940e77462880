"""Tallies of votes in every order: ours, and numpy's counting of rows beside it."""

import pytest

from benchmarks.voting import questions

QUESTIONS = list(questions(500_000))


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.id)
def test_tally(benchmark, asked):
    """One call, columns in and columns out."""
    assert asked.checked()
    benchmark(asked.ours)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.id)
def test_numpy(benchmark, asked):
    """The same counts by numpy."""
    benchmark(asked.numpy)
