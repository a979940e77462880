"""Writing occurrences out: every workload, as a column, as datetimes, and by python-dateutil."""

import pytest

from benchmarks.engines import Dateutil, Schedcore
from benchmarks.workloads import expansions

ENGINES = {
    "column": lambda w: Schedcore().column(w),
    "datetimes": lambda w: Schedcore().objects(w),
    "dateutil": lambda w: Dateutil().listing(w),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("w", expansions(), ids=lambda w: w.id)
def test_expand(benchmark, w, engine):
    """Each workload by each engine, once the answers agree."""
    answer = Dateutil().answer(w)
    assert answer == Schedcore().answer(w)
    benchmark.group = w.id
    benchmark.extra_info["occurrences"] = len(answer)
    benchmark(ENGINES[engine](w))
