"""A time for everyone, in companies of several sizes; 500 people, 30 days, 15 minutes is to stay under 50 ms."""

import pytest

from benchmarks.finding import companies

COMPANIES = companies()


@pytest.mark.parametrize("company", COMPANIES, ids=[company.id for company in COMPANIES])
def test_find(benchmark, company):
    """Find and rank the starts that work."""
    assert company.columns() == sorted(company.ask())
    benchmark(company.ask)


@pytest.mark.parametrize("company", COMPANIES[:2], ids=[company.id for company in COMPANIES[:2]])
def test_numpy(benchmark, company):
    """The same starts, unranked, by numpy: a bitmap of people by starts."""
    benchmark(company.columns)
