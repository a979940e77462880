"""Everybody at once: 32 voters, those who close, choose and edit, in rounds; every history must have an explanation.

SCHEDCORE_ROUNDS says how many rounds there are on each store (`make test-faults`: 1,000). On PostgreSQL two servers
share the store, and everybody speaks to both.
"""

from __future__ import annotations

from collections import Counter

import pytest

from faults.playing import Voters, judged, rounds, serving
from faults.voters import Round

ROUNDS = rounds("SCHEDCORE_ROUNDS", 8)


def round_of(number: int) -> Round:
    """What is played in a round: each kind of thing within seven, beside every other within two hundred and ten."""
    return Round(
        seed=number,
        ops=2 if number % 7 == 6 else 1,
        places=3 if number % 3 == 2 else 0,
        barriers=("close",) if number % 2 else ("choose 1", "choose 2", "close"),
        editors=4 if number % 5 == 3 else 0,
    )


@pytest.fixture
def addresses(url):
    """Where the servers of a store listen."""
    with serving(url) as first:
        if not url.startswith("postgresql"):
            yield [first.address]
            return
        with serving(url) as second:
            yield [first.address, second.address]


def test_votes_and_a_close(addresses, tmp_path, count: Counter[str]):
    """The tally counts exactly the acknowledged votes, none behind the close; one of two final choices wins; places are
    not given twice; of edits with one etag one is taken."""
    with Voters(tmp_path, *addresses) as voters:
        for number in range(ROUNDS):
            judged(voters.play(round_of(number)), count)
    assert ROUNDS == count["polls"]
    # All that the rounds are for has happened: a history without it would prove nothing.
    for what in ("cast done", "cast CLOSED", "cast FULL", "edit done", "edit STALE_ETAG", "close done", "choose done"):
        assert count[what], (what, count)
    assert 0 == count["operations unknown"], count
