"""How many starts lie before a key, and which one has a number.

One rule counts by its tables (`Plan.rank`, `Plan.nth`); in a zone, the few starts that gaps make equal or skip are
taken off. A whole set of rules and dates is walked through in columns, without an object for a start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedcore.recurrence.stream import Stream, chunks
from schedcore.recurrence.window import DAY, MIN_KEY

if TYPE_CHECKING:
    from schedcore._zone import ZoneTable
    from schedcore.recurrence.members import Members

__all__ = ["key_at", "rank"]

#: When so few starts are missing to the one sought, walking there beats another count.
_FEW = 1024


def rank(source: Stream | Members, key: int) -> int:
    """Count the starts before `key`."""
    if isinstance(source, Stream):
        return source.rank(key)
    return sum(len(column) for column in chunks(source, MIN_KEY, key))


def key_at(source: Stream | Members, k: int) -> int | None:
    """Find the key of start number k, from 0; None if there are fewer."""
    begin = MIN_KEY
    if isinstance(source, Stream):
        local = source.plan.nth(k)
        if local is None or source.table is None:
            return local
        begin = _near(source, source.table, k, local)
    left = k - rank(source, begin)
    for column in chunks(source, begin):
        if left < len(column):
            return column[left]
        left -= len(column)
    return None


def _near(source: Stream, table: ZoneTable, k: int, local: int) -> int:
    """Find a key at or shortly before start number k in a zone, from the local time that has that number.

    Gaps take starts away, so the start sought lies there or later, by as many as they took; a fold that counts twice
    adds some, so it lies there or earlier. Each step makes up for those known, until few are missing.
    """
    index = k
    while True:
        key = table.utc_of(local, 0, 0)
        assert key is not None  # a gap that shifts leaves no local time without an instant
        key -= 2 * DAY  # so that no shift of this very day hides it
        missing = k - source.rank(key)
        if missing < 0:
            index = max(index + missing, 0)
        elif missing < _FEW or (later := _further(source, table, key, index, missing)) is None:
            return key
        else:
            index = later
        following = source.plan.nth(index)
        if following is None:
            return key
        local = following


def _further(source: Stream, table: ZoneTable, key: int, index: int, missing: int) -> int | None:
    """The number to try next: as much higher as starts are missing beyond those of the two days stepped back."""
    behind = source.plan.rank(table.local_window(key, key + 1)[0])
    ahead = missing - (index - behind)
    return index + ahead if ahead > 0 else None
