"""Contents of the stream kernel: a plan read through a zone."""

from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken
from schedcore._column cimport Column
from schedcore._plan cimport Plan
from schedcore._zone cimport ZoneTable


# A transition, or several too close to be told apart: its local times [first, end) have their instants in [low, high),
# and no other local time has one there.
cdef struct Knot:
    int64_t first, end
    int64_t low, high
    bint single                 # of one transition
    int64_t begin, close        # then: the local times that are skipped or repeated
    bint gap                    # and which of both
    Py_ssize_t at               # where to go on behind it
    int64_t back


cdef class Stream:
    cdef readonly Plan plan
    cdef readonly ZoneTable table
    cdef readonly object stop
    cdef int gap, fold
    cdef int64_t end_key                    # `stop`, or as late as keys go
    cdef Py_ssize_t at                      # the next transition to look at, and the whole cycles before it
    cdef int64_t back
    cdef bint complete
    cdef Column firsts, lows, highs, ranks, sums

    cdef Column window(self, int64_t low, int64_t high, CancelToken token)
    cdef Column column(self, int64_t low, int64_t high, CancelToken token)
    cdef Column convert(self, Column local, int64_t low, int64_t high)
    cdef bint next_knot(self, Knot *knot) noexcept
    cdef int64_t surplus(self, const Knot *knot) except? -1
    cdef int extend(self, int64_t key) except -1
    cdef int64_t ranked(self, int64_t key) except -1
