"""From the rules of a whole company to merged blocks, per owner, in one call.

The table works out when owners are taken (`SeriesTable.taken`); here is what that means. This module expands nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from schedcore.bulk.sharing import threads_of
from schedcore.freebusy.merging import Merged, merge, ranks_of
from schedcore.freebusy.status import PRECEDENCE, Status

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column
    from schedcore.bulk import SeriesTable
    from schedcore.bulk.table import Taking

__all__ = ["of_table"]


def of_table(
    table: SeriesTable,
    start: datetime | int,
    end: datetime | int,
    *,
    precedence: Sequence[Status] = PRECEDENCE,
    threads: int | None = 1,
    cancel: CancelToken | None = None,
) -> Merged:
    """Say when each owner of a table is busy in [start, end): what `merge` says of all that touches the window.

    Each row of the table counts with its owner and its status, an instance that was moved with the status it has then;
    free ones, cancelled ones and those of no length say nothing. Blocks are cut at the bounds. `start` and `end` are
    aware datetimes or UTC seconds; rows without a zone count by the same seconds of their wall clock. `threads` is how
    many share the owners, None as many as there are cores; the answer is the same.

    The columns `owner` and `status` are made when they are first asked for.

    Errors as `SeriesTable.expand`, and InvalidValue for a precedence that does not name the three once each. Cost: for
    times on the minute or coarser no occurrence is ever written or sorted, and it takes about as long as `expand`;
    for finer ones, or windows of several years, that of `overlapping` and of `merge`.

    >>> from datetime import UTC
    >>> from schedcore import SeriesTable
    >>> table = SeriesTable.from_columns(
    ...     ["20260105T090000Z", "20260105T093000Z"], duration=[3600, 3600], rrule=["FREQ=DAILY", None], owner=[7, 7]
    ... )
    >>> merged = of_table(table, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC))
    >>> [(block.owner, (block.end - block.start) // 60) for block in merged]
    [(7, 90), (7, 60)]
    """
    found = table.taken(start, end, ranks_of(precedence), threads, cancel=cancel)
    if found.is_merged:
        return _told(found)
    columns = found.owner(), found.start, found.end, found.status()
    return merge(*columns, precedence=precedence, threads=threads_of(threads), cancel=cancel)


class _Told(Merged):
    """Blocks whose owners and statuses become columns when they are asked for: until then they take a byte a block."""

    _found: Taking

    @cached_property
    def owner(self) -> Column:
        return self._found.owner()

    @cached_property
    def status(self) -> Column:
        return self._found.status()


def _told(found: Taking) -> Merged:
    merged = object.__new__(_Told)
    for name, value in (("start", found.start), ("end", found.end), ("_found", found)):
        object.__setattr__(merged, name, value)  # as the class, which is frozen, does itself
    return merged
