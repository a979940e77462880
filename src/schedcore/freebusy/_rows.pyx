"""Rows for a merge, gathered from columns of starts and ends: cut at a window, and joined where they touch.

Rules
1. A row that joins the one before (the same owner and status, a start not before its start and not behind its end)
   makes that one longer, and no row of its own. To a merge that is the same; so what repeats every second for a year
   takes the memory of one row, and not of 30 million.
2. What is free, of no length, or outside of the window leaves no row.

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport int64_t

from schedcore._column cimport Column, new_column, reserve

from schedcore.errors import ColumnError


cdef class Rows:
    """Owner, start, end and status of what was added, as four columns of one length."""

    cdef readonly Column owner, start, end, status

    def __cinit__(self):
        self.owner, self.start, self.end, self.status = new_column(0), new_column(0), new_column(0), new_column(0)

    def __len__(self):
        return self.start.size

    cdef int _make_room(self, Py_ssize_t more) except -1:
        """Room for more rows; twice as much as there is at least, so that rows are not copied for each call."""
        cdef Py_ssize_t size = self.start.size + more
        if size > self.start.capacity:
            size = max(size, 2 * self.start.capacity)
            for column in (self.owner, self.start, self.end, self.status):
                reserve(column, size)
        return 0

    def add(self, int64_t owner, int64_t status, Column starts not None, Column ends, int64_t seconds,
            int64_t low, int64_t high):
        """Add what is from `starts` to `ends`, without ends to so many seconds later, cut at the window [low, high).

        O(starts), of which a nanosecond each without the GIL. ColumnError if the columns differ in length.
        """
        cdef Py_ssize_t i, last = self.start.size - 1, size = starts.size
        cdef int64_t a, b
        cdef bint alike
        if ends is not None and ends.size != size:
            raise ColumnError(f"ends: {ends.size} rows, but {size} starts; give columns of one length")
        if not status or not size:
            return
        self._make_room(size)
        alike = last >= 0 and self.owner.data[last] == owner and self.status.data[last] == status
        with nogil:
            for i in range(size):
                a = max(starts.data[i], low)
                b = min(starts.data[i] + seconds if ends is None else ends.data[i], high)
                if a >= b:
                    continue
                if alike and self.start.data[last] <= a <= self.end.data[last]:
                    self.end.data[last] = max(self.end.data[last], b)
                    continue
                alike = True
                last += 1
                self.owner.data[last], self.status.data[last] = owner, status
                self.start.data[last], self.end.data[last] = a, b
        self.owner.size = self.start.size = self.end.size = self.status.size = last + 1


def of_one(Py_ssize_t size, int64_t owner=0):
    """A column of so many rows of one owner."""
    cdef Column out = new_column(size)
    cdef Py_ssize_t i
    for i in range(size):
        out.data[i] = owner
    out.size = size
    return out
