"""Windows near and far from DTSTART: the four of a group should cost the same."""

import pytest

from benchmarks.engines import Schedcore
from benchmarks.tables import nearer
from benchmarks.workloads import distances

CASES = [(label, years, w) for label, away in distances() for years, w in away.items()]
KINDS = {"again": Schedcore().column, "from_text": Schedcore().ask}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("label", "years", "w"), CASES, ids=[f"{label} {years}" for label, years, _ in CASES])
def test_window(benchmark, label, years, w, kind):
    """A window of a rule at a distance, of a series that was asked before, and from the text on."""
    assert nearer(w, years) == Schedcore().answer(w)
    benchmark.group = f"{label}, {kind}"
    benchmark(KINDS[kind](w))
