"""Set algebra on merged stretches, second by second."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import CancelToken
from schedcore.errors import Cancelled, ColumnError, InvalidValue
from schedcore.freebusy import (
    PRECEDENCE,
    RFC7953,
    Block,
    Merged,
    Status,
    at_least,
    complement,
    difference,
    intersection,
    merge,
    union,
)

LOW, HIGH = -20, 60
Seconds = dict[tuple[int, int], Status]

row = st.tuples(st.integers(0, 3), st.integers(LOW, 40), st.integers(0, 20), st.integers(0, 3)).map(
    lambda r: (r[0], r[1], r[1] + r[2], r[3])
)
answers = st.lists(row, max_size=15).map(
    lambda rows: merge(*([list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]))
)
precedences = st.sampled_from([PRECEDENCE, RFC7953])


def seconds(merged: Merged) -> Seconds:
    """The status of every second that is not free."""
    merged._check()
    return {(b.owner, second): b.status for b in merged for second in range(b.start, b.end)}


def laid_over(a: Merged, b: Merged, outcome: Callable[[Status, Status], Status]) -> Seconds:
    """The slow twin: ask for every second of every owner."""
    left, right = seconds(a), seconds(b)
    found = {at: outcome(left.get(at, Status.FREE), right.get(at, Status.FREE)) for at in {*left, *right}}
    return {at: status for at, status in found.items() if status}


def weakest_first(precedence: Sequence[Status]) -> list[Status]:
    return [Status.FREE, *reversed(precedence)]


@given(answers, answers, precedences)
def test_union(a: Merged, b: Merged, precedence: Sequence[Status]) -> None:
    order = weakest_first(precedence)
    expected = laid_over(a, b, lambda x, y: max(x, y, key=order.index))
    assert expected == seconds(union(a, b, precedence=precedence))


@given(answers, answers, precedences)
def test_intersection(a: Merged, b: Merged, precedence: Sequence[Status]) -> None:
    order = weakest_first(precedence)
    expected = laid_over(a, b, lambda x, y: min(x, y, key=order.index))
    assert expected == seconds(intersection(a, b, precedence=precedence))


@given(answers, answers)
def test_difference(a: Merged, b: Merged) -> None:
    assert laid_over(a, b, lambda x, y: Status.FREE if y else x) == seconds(difference(a, b))


@given(answers, st.integers(LOW, HIGH), st.integers(0, 30), st.sets(st.integers(0, 5)) | st.none())
def test_complement(a: Merged, start: int, length: int, owners: set[int] | None) -> None:
    taken = seconds(a)
    named = {owner for owner, _ in taken} if owners is None else owners
    expected = {
        (owner, second): Status.BUSY
        for owner in named
        for second in range(start, start + length)
        if (owner, second) not in taken
    }
    assert expected == seconds(complement(a, start, start + length, owners))


@given(answers, st.integers(1, 5), precedences)
def test_at_least(a: Merged, k: int, precedence: Sequence[Status]) -> None:
    """The status that at least k of the owners have or surpass."""
    order = weakest_first(precedence)
    ranks: dict[int, Counter[int]] = {}
    for (_, second), status in seconds(a).items():
        ranks.setdefault(second, Counter())[order.index(status)] += 1
    expected = {}
    for second, counts in ranks.items():
        for rank in (3, 2, 1):
            if sum(count for other, count in counts.items() if other >= rank) >= k:
                expected[0, second] = order[rank]
                break
    assert expected == seconds(at_least(a, k, precedence=precedence))


@given(answers, answers)
def test_laws(a: Merged, b: Merged) -> None:
    """What sets promise: a is what it shares with b and what it does not; a difference shares nothing with b."""
    assert list(union(a, b)) == list(union(b, a))
    assert list(a) == list(union(a, intersection(a, a)))
    assert seconds(a).keys() == seconds(union(intersection(a, b), difference(a, b))).keys()
    assert [] == list(intersection(difference(a, b), b))


@given(answers)
def test_one_of_n_is_the_union(a: Merged) -> None:
    together = merge([0] * len(a), a.start, a.end, a.status)
    assert list(together) == list(at_least(a, 1))


def test_busy_at_the_ends_of_time() -> None:
    """Extremes of int64, where differences do not fit."""
    low, high = -(2**63) + 1, 2**63 - 1
    whole = merge([0], [low], [high])
    assert [Block(0, low, 0, Status.BUSY), Block(0, 9, high, Status.BUSY)] == list(
        difference(whole, merge([0], [0], [9]))
    )
    assert [Block(0, low, high, Status.BUSY)] == list(at_least(merge([0, 5], [low, low], [high, high]), 2))


def test_against_numpy() -> None:
    """At least k of many: cumulated changes, on a million moments."""
    rng = np.random.default_rng(4)
    owner, start = rng.integers(0, 300, 60_000), rng.integers(0, 10**6, 60_000)
    merged = merge(owner, start, start + rng.integers(1, 3000, 60_000))
    changes = np.zeros(10**6 + 3001, "int64")
    np.add.at(changes, np.asarray(merged.start), 1)
    np.add.at(changes, np.asarray(merged.end), -1)
    together = np.cumsum(changes)
    for k in (1, 100, 180):
        found = at_least(merged, k)
        found._check()
        inside = np.zeros(len(together) + 1, "int64")
        np.add.at(inside, np.asarray(found.start), 1)
        np.add.at(inside, np.asarray(found.end), -1)
        np.testing.assert_array_equal(together >= k, np.cumsum(inside)[:-1] == 1)


def test_more_than_there_are() -> None:
    """Of two people, three are never busy."""
    assert [] == list(at_least(merge([0, 1], [0, 0], [9, 9]), 3))


def test_nobody() -> None:
    nobody = merge([], [], [])
    for found in (union(nobody, nobody), difference(nobody, nobody), complement(nobody, 0, 9), at_least(nobody, 1)):
        assert 0 == len(found)


def test_refused() -> None:
    some = merge([0], [0], [9])
    with pytest.raises(InvalidValue, match="k=0: give 1 or more"):
        at_least(some, 0)
    with pytest.raises(ColumnError, match="ends at 0, before its start 9"):
        complement(some, 9, 0)
    with pytest.raises(ColumnError, match="owner: row 0 is -1"):
        complement(some, 0, 9, [-1])
    with pytest.raises(InvalidValue, match="once each"):
        union(some, some, precedence=PRECEDENCE[:2])


def test_cancel() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled, match="counting who is busy was cancelled"):
        at_least(merge([0, 1], [0, 5], [9, 9]), 1, cancel=token)
