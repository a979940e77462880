"""Rights compiled for whole columns: what one viewer may know of many calendars at once, at no Python for a row.

For whoever keeps occurrences as columns: an owner for each row (the place of the calendar), start, end, status, and the
visibility of its event. The result is the same as asking `level` and `freebusy_as` one by one.

Product rules: V1, V3, V5, V7, P1, P2, P7, P8.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from schedcore.errors import ColumnError
from schedcore.freebusy import PRECEDENCE, Merged, Status, merge
from schedcore.freebusy.merging import int64_column
from schedcore.freebusy.query import owned_by
from schedcore.policy._levels import check, levels, shown
from schedcore.policy.rights import Sight, sight
from schedcore.policy.visibility import Fields, level_of

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore._column import Column
    from schedcore.freebusy.merging import Values
    from schedcore.policy.calendars import AnyCalendar, Viewer
    from schedcore.policy.directory import Directory

__all__ = ["Sights"]


class Sights:
    """What one viewer may know of some calendars, compiled: an owner in a column is a place among them.

    Rights are those of the directory that is given: of another time, make others. Cost as `sight`, once a calendar, and
    15 bytes.

    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> sights = Sights("ben", [PersonalCalendar("anna", None), PersonalCalendar("ben", None)], team)
    >>> sights.levels([0, 0, 1], [0, 2, 2]).tolist()
    [1, 0, 3]
    >>> len(sights.merge([0, 0, 1], [0, 7200, 0], [3600, 9000, 3600], visibility=[0, 2, 2]))
    2
    """

    __slots__ = ("sights",)

    def __init__(self, viewer: Viewer, calendars: Sequence[AnyCalendar], directory: Directory) -> None:
        self.sights = tuple([sight(viewer, calendar, directory) for calendar in calendars])

    @property
    def _levels(self) -> bytes:
        return b"".join([_compiled(its)[0] for its in self.sights])

    @property
    def _shown(self) -> bytes:
        return b"".join([_compiled(its)[1] for its in self.sights])

    def levels(self, owner: Values, visibility: Values) -> Column:
        """The `Level` of each row, as a column of numbers. O(rows); ColumnError names a row that is wrong."""
        owners, visibilities = int64_column("owner", owner), int64_column("visibility", visibility)
        _check_length("visibility", visibilities, owners)
        return levels(self._levels, owners, visibilities)

    def merge(
        self,
        owner: Values,
        start: Values,
        end: Values,
        status: Values | None = None,
        *,
        visibility: Values,
        precedence: Sequence[Status] = PRECEDENCE,
        threads: int = 1,
        cancel: CancelToken | None = None,
    ) -> Merged:
        """Merge rows as `freebusy.merge` does, as far as the viewer may know of them.

        Rows that they may not know of are as if they were not there. Errors as `merge`, and ColumnError for an owner
        or a visibility that there is not. One pass more than `merge`, and 8 bytes a row.
        """
        owners, starts, ends = int64_column("owner", owner), int64_column("start", start), int64_column("end", end)
        statuses = None if status is None else int64_column("status", status)
        visibilities = int64_column("visibility", visibility)
        for name, column in (("start", starts), ("end", ends), ("visibility", visibilities)):
            _check_length(name, column, owners)
        if statuses is not None:
            _check_length("status", statuses, owners)
        found, some_unknown = shown(self._shown, owners, statuses, visibilities, cancel)
        if found is None:
            return merge(owners, starts, ends, statuses, precedence=precedence, threads=threads, cancel=cancel)
        try:
            if some_unknown:
                raise ColumnError("a status that there is not")
            return merge(owners, starts, ends, found, precedence=precedence, threads=threads, cancel=cancel)
        except ColumnError:
            # Some row is wrong. One that may be known of is named; the others are left out, and nothing tells of them.
            check(self._shown, owners, starts, ends, statuses, visibilities)
        kept = [row for row, status in enumerate(found.tolist()) if status]
        columns = [[column[row] for row in kept] for column in (owners, starts, ends, found)]
        return merge(*columns, precedence=precedence, threads=threads, cancel=cancel)

    def of_calendar(self, place: int, found: Merged, cancel: CancelToken | None = None) -> Merged:
        """Merge what is merged by visibility (the owner of `found`) of the calendar at a place, as `merge` does.

        Where all is of one visibility, and that shows statuses as they are, there is nothing left to merge.
        """
        owned, visibilities = owned_by(found, place), found.owner
        if len(found) and visibilities[0] == visibilities[-1] and _tells(self.sights[place][visibilities[0]]):
            return owned
        return self.merge(owned.owner, owned.start, owned.end, owned.status, visibility=visibilities, cancel=cancel)


#: Few distinct ones, as there are few standings.
@lru_cache(maxsize=512)
def _compiled(its: Sight) -> tuple[bytes, bytes]:
    """The levels of a sight, by visibility, and what each status shows as, by visibility and status."""
    return bytes(map(level_of, its)), b"".join(map(_shown, its))


def _shown(fields: Fields) -> bytes:
    """What each status shows as to who may know these fields; 0 for nothing."""
    if not fields & Fields.TIMES:
        return bytes(len(Status))
    return bytes(status if fields & Fields.STATUS or not status else Status.BUSY for status in Status)


@lru_cache(maxsize=512)
def _tells(fields: Fields) -> bool:
    """Whether who may know these fields is told of times and statuses as they are."""
    return Fields.TIMES | Fields.STATUS in fields


def _check_length(name: str, column: memoryview, owners: memoryview) -> None:
    if len(column) != len(owners):
        raise ColumnError(f"{name}: {len(column)} rows, but owner has {len(owners)}; give columns of one length")
