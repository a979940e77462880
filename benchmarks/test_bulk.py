"""Many series as columns: read, expanded, and merged for each owner."""

import pytest

from benchmarks.bulk import A, B, columns, expanded, rows, taken
from schedcore import SeriesTable

FEW = 20_000


@pytest.fixture(scope="module")
def table():
    """The series of the contract, ten to an owner."""
    return SeriesTable.from_columns(**columns(rows(FEW)), owner=[row // 10 for row in range(FEW)])


def test_from_text(benchmark):
    """Lists of text in, columns out."""
    assert benchmark(expanded, columns(rows(FEW))) == [275_525, 275_525]


def test_expand(benchmark, table):
    """Expanding alone."""
    assert len(benchmark(table.expand, A, B)) == 275_525


def test_of_table(benchmark, table):
    """From rules to merged blocks."""
    assert 0 < len(benchmark(taken, table)) < 275_525
