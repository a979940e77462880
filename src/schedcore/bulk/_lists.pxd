"""What the shapes of a table give in a window, listed once for all rows."""

from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken
from schedcore._segment cimport Cycle
from schedcore.bulk._crew cimport Crew
from schedcore.bulk._rows cimport Rows


# What a shape gives in the window, or from the earliest DTSTART that counts on.
ctypedef struct Listed:
    const int64_t *at
    Py_ssize_t n
    Py_ssize_t window           # the first that can be in the window
    bint ready                  # False: it would be too long; each row asks its plan
    bint counts                 # how many come before, from any DTSTART with COUNT on, can be told:
    bint repeats                # either by the cycle that the shape is, for which the list begins with number `rank`,
    Cycle cycle                 # or since the list begins early enough
    int64_t rank


# Memory that the lists of some shapes share, one behind the other.
ctypedef struct Sheet:
    int64_t *at
    Py_ssize_t n, room
    Py_ssize_t left             # moments that may still be listed
    bint short                  # some list was left out for that
    bint lacking                # some list was left out for want of tables


cdef class Lists:
    cdef Rows rows
    cdef CancelToken token
    cdef int64_t low, high
    cdef Listed *listed                     # by shape
    cdef void **plans                       # by shape: Plan, which the table keeps
    cdef Sheet *sheets
    cdef Py_ssize_t n_sheets
    cdef bint makes_tables                  # whether the GIL is held anyway

    cdef int _find_plans(self) except -1
    cdef int _list_all(self, Py_ssize_t room, Crew crew) except -1
    cdef int _list_again(self, Py_ssize_t number, Py_ssize_t room) except -1
    cdef int64_t _most_of(self, Py_ssize_t number, int64_t room) noexcept nogil


# Lists of at most `room` moments in all, of what shapes give in local [low, high). Raises Cancelled.
cdef Lists lists_of(Rows rows, int64_t low, int64_t high, Py_ssize_t room, CancelToken token, Crew crew)
