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


# Where a number is looked for: the knot it may be in, and what the knots before have added.
cdef struct Place:
    bint inside                 # there is such a knot
    int64_t low, high           # its keys
    int64_t rank                # of its first key
    int64_t sum                 # what all knots up to it add
    int64_t seen                # where the last knot known begins


cdef class Stream:
    cdef readonly Plan plan
    cdef readonly ZoneTable table
    cdef readonly object stop
    cdef int gap, fold
    cdef int64_t end_key                    # `stop`, or as late as keys go
    cdef Py_ssize_t at                      # the next transition to look at, and the whole cycles before it
    cdef int64_t back
    cdef bint complete
    cdef Column lows, highs, ranks, sums
    cdef dict pairs                         # by the width of a gap: at which moments of the pattern a pair begins
    cdef dict daily                         # by time of day and width: how many local times a gap there makes equal

    cdef Column window(self, int64_t low, int64_t high, CancelToken token)
    cdef Column column(self, int64_t low, int64_t high, CancelToken token)
    cdef Column convert(self, Column local, int64_t low, int64_t high)
    cdef bint next_knot(self, Knot *knot) noexcept
    cdef int64_t surplus(self, const Knot *knot) except? -1
    cdef int64_t met(self, int64_t begin, int64_t close, int64_t inside) except -1
    cdef int64_t met_in_pattern(self, int64_t begin, int64_t close) except -1
    cdef int64_t met_in_times(self, int64_t begin, int64_t width) except -1
    cdef int extend(self, int64_t key) except -1
    cdef int begin(self) except -1
    cdef int find(self, int64_t number, int64_t key, Place *place) except -1
    cdef int64_t size_of(self, const Place *place) except? -1
    cdef int64_t ranked(self, int64_t key) except -1
