"""One small question from the text on, as a web request asks it."""

import pytest

from benchmarks.engines import Dateutil, Schedcore
from benchmarks.workloads import questions


@pytest.mark.parametrize("engine", [Schedcore(), Dateutil()], ids=lambda engine: engine.name)
@pytest.mark.parametrize("w", questions(), ids=lambda w: w.id)
def test_question(benchmark, w, engine):
    """Parse the rule, build the series, list a week."""
    assert Dateutil().ask(w)() == Schedcore().ask(w)()
    benchmark.group = w.id
    benchmark(engine.ask(w))
