"""Merging busy time in every order: ours, and numpy's running maximum beside it."""

import numpy as np
import pytest

from benchmarks.merging import questions, with_numpy

QUESTIONS = questions()


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.id)
def test_merge(benchmark, asked):
    """One call, columns in and columns out."""
    if asked.status is None:
        for expected, actual in zip(with_numpy(asked), asked.ours(), strict=True):
            np.testing.assert_array_equal(expected, actual)
    benchmark(asked.ours)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.id)
def test_numpy(benchmark, asked):
    """The same by lexsort and a running maximum."""
    benchmark(with_numpy, asked)
