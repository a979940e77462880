"""Profiles for hypothesis, and nothing else.

All but the long one draw the same examples each time (`derandomize`): a suite that fails on one commit and passes on
the next without a change teaches people to run it again. New ground is covered by the long profile, which draws from a
seed of its own when one is given: ``SCHEDCORE_LONG=1 pytest -m "" --hypothesis-seed=N``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A slow machine is not a failing one: no deadline. Rules are drawn by filters now and then: no complaint about that.
ALWAYS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    "print_blob": True,
    "database": None,
}

settings.register_profile("default", max_examples=300, derandomize=True, **ALWAYS)
settings.register_profile("long", max_examples=10_000, derandomize=False, **ALWAYS)
# For kernels that are many times slower: `tools/sanitize.py` looks for reads beyond an end, not for wrong answers.
settings.register_profile("few", max_examples=30, derandomize=True, **ALWAYS)
settings.load_profile("long" if os.environ.get("SCHEDCORE_LONG") else "default")
