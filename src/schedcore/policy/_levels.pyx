"""Rows of many calendars as one viewer may know them: which of them there are, and how much of each.

Rules
1. A row is of an owner, a number from 0 on, and of an event with a visibility, 0 to 2 by strictness. What may be known
   of both is worked out before, and stands in a table with a place for each pair. So a row costs two look-ups, and no
   row costs Python anything.
2. A row that may not be known of is free, whatever it says: to a merge that says nothing. Of such rows only owner and
   visibility are looked at, and `check` passes over them.

Theory: one column is written and none is copied, since at this speed it is memory that costs. If every row shows as it
is, none is written either; the look for the first that does not ends where it is found. There is no branch in a row,
for whether it may be known of is as good as random.

This module knows nothing of rights: the table is made in `columns.py`.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._column cimport Column, new_column

from schedcore.errors import Cancelled, ColumnError


cdef enum:
    VISIBILITIES = 3
    STATUSES = 4
    BUSY = 2
    CHUNK = 4096            # rows between two looks at what has been found wrong, and at the token


cdef complain(Py_ssize_t i, int64_t owner, int64_t visibility, Py_ssize_t owners):
    """Raise the ColumnError of a row that is of nobody, or of no visibility."""
    if not 0 <= owner < owners:
        raise ColumnError(f"owner: row {i} is {owner}; there are {owners} calendars, numbered from 0")
    raise ColumnError(f"visibility: row {i} is {visibility}; give 0 (visible), 1 (to some) or 2 (invisible)")


def levels(
    const unsigned char[::1] table not None, const int64_t[::1] owner not None, const int64_t[::1] visibility not None
):
    """The entry of the table (3 for each owner, by visibility) for each row. ColumnError names a row that has none."""
    cdef Py_ssize_t i, rows = owner.shape[0], owners = table.shape[0] // VISIBILITIES
    cdef Column out = new_column(rows)
    cdef bint wrong = False
    with nogil:
        for i in range(rows):
            if <uint64_t> owner[i] >= <uint64_t> owners or <uint64_t> visibility[i] >= VISIBILITIES:
                wrong = True
                break
            out.data[i] = table[VISIBILITIES * owner[i] + visibility[i]]
    if wrong:
        complain(i, owner[i], visibility[i], owners)
    out.size = rows
    return out


def shown(
    const unsigned char[::1] table not None, const int64_t[::1] owner not None, const int64_t[::1] status,
    const int64_t[::1] visibility not None, CancelToken token
):
    """The status that each row shows as, free for those that may not be known of; None if all show as they are.

    The table has 12 entries for each owner: by visibility and status, the status to show. Without `status` every row is
    busy; an unknown status stays as it is where it may be known. ColumnError names a row of no owner or no visibility,
    Cancelled says that the token was set.
    """
    cdef Py_ssize_t i = 0, stop, rows = owner.shape[0], owners = table.shape[0] // (VISIBILITIES * STATUSES)
    cdef Py_ssize_t place
    cdef Column out
    cdef int64_t *statuses
    cdef const int64_t *given = NULL
    cdef int64_t o, v, t = BUSY
    cdef bint lost, unknown = False, wrong = False, cancelled = False, differs = False
    if status is not None and rows:
        given = &status[0]
    if rows and not owners:
        complain(0, owner[0], visibility[0], 0)
    with nogil:
        while i < rows and not differs and not is_cancelled(token):
            stop = min(i + CHUNK, rows)
            while i < stop:
                o = owner[i]
                v = visibility[i]
                if given is not NULL:
                    t = given[i]
                lost = (<uint64_t> o >= <uint64_t> owners) | (<uint64_t> v >= VISIBILITIES)
                place = 0 if lost else STATUSES * (VISIBILITIES * o + v)
                # A free row that may not be known of differs too: it may be wrong.
                differs |= lost | (table[place + BUSY] == 0) | (<int64_t> table[place + (t & 3)] != t)
                i += 1
    if not differs and i == rows:
        return None, False
    i = 0
    out = new_column(rows)
    statuses = out.data
    with nogil:
        while i < rows:
            stop = min(i + CHUNK, rows)
            while i < stop:
                o = owner[i]
                v = visibility[i]
                if given is not NULL:
                    t = given[i]
                lost = (<uint64_t> o >= <uint64_t> owners) | (<uint64_t> v >= VISIBILITIES)
                place = 0 if lost else STATUSES * (VISIBILITIES * o + v)
                wrong |= lost
                unknown |= <uint64_t> t >= STATUSES
                statuses[i] = table[place + (t & 3)]
                i += 1
            if wrong or is_cancelled(token):
                cancelled = not wrong
                break
    if cancelled:
        raise Cancelled("the question was cancelled; nothing of it was kept")
    if wrong:
        for i in range(rows):
            if not (0 <= owner[i] < owners and 0 <= visibility[i] < VISIBILITIES):
                complain(i, owner[i], visibility[i], owners)
    out.size = rows
    return out, unknown


def check(
    const unsigned char[::1] table not None, const int64_t[::1] owner not None, const int64_t[::1] start not None,
    const int64_t[::1] end not None, const int64_t[::1] status, const int64_t[::1] visibility not None
):
    """Raise the ColumnError of the first row that may be known of and that a merge would refuse, if there is one.

    Owners and visibilities are those that `shown` has accepted.
    """
    cdef Py_ssize_t i
    for i in range(owner.shape[0]):
        # What busy would show as is nothing only where nothing may be known.
        if table[STATUSES * (VISIBILITIES * owner[i] + visibility[i]) + BUSY] == 0:
            continue
        if status is not None and not 0 <= status[i] < STATUSES:
            raise ColumnError(f"status: row {i} is {status[i]}; statuses are 0 (free) to 3 (out of office)")
        if start[i] == INT64_MIN or end[i] == INT64_MIN:
            name = "start" if start[i] == INT64_MIN else "end"
            raise ColumnError(f"{name}: row {i} is {INT64_MIN}, which is NaT, no time; leave such rows out")
        if end[i] < start[i]:
            raise ColumnError(f"end: row {i} ends at {end[i]}, before its start {start[i]}; swap them or drop the row")
