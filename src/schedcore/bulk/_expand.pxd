"""A window of a table: what its shapes and zones give there, and rows expanded in it."""

from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken
from schedcore._civil cimport DAY, floor_div
from schedcore._column cimport Column
from schedcore.bulk._lists cimport Listed, Lists
from schedcore.bulk._rows cimport Data, Row, Rows


# A zone around the window: one offset holds for local times in [calm, stirred).
ctypedef struct ZoneSpan:
    int64_t offset
    int64_t calm, stirred


# Occurrences that were made one row after the other.
ctypedef struct Made:
    int64_t *starts
    int64_t *ends
    int64_t *statuses
    Py_ssize_t n, room


cdef class Window:
    cdef readonly Rows rows
    cdef int64_t a, b
    cdef bint touching                      # what begins before a and ends after it, too
    cdef int64_t reach                      # the longest length that lists look back for
    cdef Lists lists
    cdef const Listed *listed               # those of the shapes
    cdef ZoneSpan *spans
    cdef CancelToken token
    cdef Py_ssize_t limit

    cdef int _find_spans(self) except -1


# Rows [low, high) of a window.
ctypedef struct Chunk:
    Py_ssize_t low, high, total
    Py_ssize_t at               # the number of its first occurrence
    Py_ssize_t turn             # the chunk that is filled when it is the turn of this one
    Made made


cdef class Chunks:
    cdef readonly Window window
    cdef readonly Py_ssize_t size, total
    cdef readonly Py_ssize_t first          # row
    cdef readonly Column offsets
    cdef Chunk *chunks
    cdef int64_t *starts
    cdef int64_t *ends

    cdef int64_t *_notes(self, const Chunk *chunk) noexcept nogil


# Of a list: n moments from `first` on, behind DTSTART if that leads.
ctypedef struct Piece:
    Py_ssize_t first, n
    bint leads


cdef inline int64_t shift_of(const Data *c, const Row *row) noexcept nogil:
    """What the moments of its shape's list lack to be the row's."""
    return row.local - floor_div(row.local, DAY) * DAY if c.shapes[row.shape].shifts else 0


cdef bint is_simple(Window window, const Row *row, int64_t *low, int64_t *high, int64_t *offset) noexcept nogil
cdef Piece piece_of(const Row *row, const Listed *listed, int64_t shift, int64_t low, int64_t high) noexcept nogil
cdef int make_row(Window window, const Row *row, Made *made) except -1 nogil
