"""Set algebra on merged stretches: what is in either, in both, in one only, in neither, and how many are busy at once.

Rules
1. Everything takes and gives `Merged`, owner by owner, so that answers can be combined again.
2. A union has the stronger of two statuses, an intersection the weaker, by the order of precedence. So each is to
   statuses what it is to sets, and `at_least` lies between: 1 of n is the union of all owners, n of n their
   intersection.
3. A difference keeps the status of what it leaves. A complement has none of its own: it is busy, as rows without a
   status are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from schedcore.errors import InvalidValue
from schedcore.freebusy import _sets
from schedcore.freebusy.merging import Merged, merge, ranks_of
from schedcore.freebusy.status import PRECEDENCE, Status

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken

__all__ = ["at_least", "complement", "difference", "intersection", "union"]


def union(a: Merged, b: Merged, *, precedence: Sequence[Status] = PRECEDENCE) -> Merged:
    """Tell where an owner is in `a` or in `b`; where in both, the stronger status counts.

    InvalidValue for a precedence that does not name the three statuses once each. O(len(a) + len(b)), without the GIL.

    >>> from schedcore.freebusy import merge
    >>> both = union(merge([0], [0], [60], [1]), merge([0], [30], [90], [2]))
    >>> [(block.start, block.end, block.status.name) for block in both]
    [(0, 30, 'TENTATIVE'), (30, 90, 'BUSY')]
    """
    rank = ranks_of(precedence)
    return _overlay(a, b, lambda x, y: max(x, y, key=rank.__getitem__))


def intersection(a: Merged, b: Merged, *, precedence: Sequence[Status] = PRECEDENCE) -> Merged:
    """Tell where an owner is in `a` and in `b`, with the weaker of the two statuses.

    Errors and cost as `union`.

    >>> from schedcore.freebusy import merge
    >>> [(block.start, block.end) for block in intersection(merge([0], [0], [60]), merge([0], [30], [90]))]
    [(30, 60)]
    """
    rank = ranks_of(precedence)
    return _overlay(a, b, lambda x, y: min(x, y, key=rank.__getitem__))


def difference(a: Merged, b: Merged) -> Merged:
    """Tell where an owner is in `a` but not in `b`, with the status in `a`; O(len(a) + len(b)), without the GIL.

    >>> from schedcore.freebusy import merge
    >>> [(block.start, block.end) for block in difference(merge([0], [0], [60]), merge([0], [10], [20]))]
    [(0, 10), (20, 60)]
    """
    return _overlay(a, b, lambda x, y: 0 if y else x)


def complement(merged: Merged, start: int, end: int, owners: Iterable[int] | None = None) -> Merged:
    """Tell where in the window [start, end), in UTC seconds, owners are free; as stretches of status busy.

    `owners` are the numbers of those to be told of, in any order; without them those that `merged` has. Somebody who
    has no stretch at all is free throughout, and told of only if named. ColumnError if the window ends before it
    starts, or for a negative owner. O(blocks + owners).

    >>> from schedcore.freebusy import merge
    >>> free = complement(merge([0], [10], [20]), 0, 60, owners=range(2))
    >>> [(block.owner, block.start, block.end) for block in free]
    [(0, 0, 10), (0, 20, 60), (1, 0, 60)]
    """
    named = sorted(set(merged.owner.tolist() if owners is None else owners))
    window = merge(named, [start] * len(named), [end] * len(named))
    return difference(window, merged)


def at_least(
    merged: Merged, k: int, *, precedence: Sequence[Status] = PRECEDENCE, cancel: CancelToken | None = None
) -> Merged:
    """Tell where at least `k` owners are not free, all of them as owner 0.

    The status is the strongest that `k` of them have or surpass: of one who is tentative and two who are busy, two are
    busy and three at least tentative. More than there are owners are never busy. InvalidValue for `k` below 1, and as
    `union`; Cancelled if `cancel` is set before the end. O(blocks), for times of a bounded range, without the GIL.

    >>> from schedcore.freebusy import merge
    >>> three = merge([0, 1, 2], [0, 10, 20], [60, 50, 40], [1, 2, 2])
    >>> [[(block.start, block.end, block.status.name) for block in at_least(three, k)] for k in (2, 3)]
    [[(10, 20, 'TENTATIVE'), (20, 40, 'BUSY'), (40, 50, 'TENTATIVE')], [(20, 40, 'TENTATIVE')]]
    """
    if k < 1:
        raise InvalidValue(f"k={k}: give 1 or more; at least none are busy at any time")
    columns = (merged.owner, merged.start, merged.end, merged.status)
    return Merged(*_sets.at_least(columns, k, ranks_of(precedence), cancel))


def _overlay(a: Merged, b: Merged, outcome: Callable[[int, int], int]) -> Merged:
    """Lay two answers over each other; `outcome` tells what two statuses at one moment become."""
    table = [int(outcome(x, y)) for x in Status for y in Status]
    return Merged(*_sets.overlay((a.owner, a.start, a.end, a.status), (b.owner, b.start, b.end, b.status), table))
