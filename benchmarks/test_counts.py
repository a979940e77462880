"""Counting without expanding."""

import pytest

from benchmarks.tables import counts

CASES = counts()


@pytest.mark.parametrize("label", CASES)
def test_count(benchmark, label):
    """One question to a series that was asked before."""
    ask, answer = CASES[label]
    assert answer == ask()
    benchmark(ask)
