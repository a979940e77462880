"""Rows of busy time in any order, packed to be sorted: what the merge kernel may use of it."""

from libc.stdint cimport int64_t, uint64_t

from schedcore._cancel cimport CancelToken
from schedcore.freebusy._blocks cimport STATUSES, Sweep
from schedcore.freebusy._radix cimport Pair


cdef enum:
    WORD = 64               # bits that a packed row may take


cdef enum Outcome:
    DONE, WRONG, DISORDER, STOPPED


ctypedef struct Rows:       # the input; `status` is NULL where every row is busy
    const int64_t *owner
    const int64_t *start
    const int64_t *end
    const int64_t *status
    Py_ssize_t size
    Py_ssize_t first        # the row to begin with ...
    Py_ssize_t step         # ... and where the next one is: 1, or -1 to go backwards


ctypedef struct Ranks:      # what the statuses are worth
    int64_t of_status[STATUSES]
    int64_t status_of[STATUSES]
    int64_t alike           # the one rank of all rows that count; 0: there are several
    bint some_free          # whether there are free rows


ctypedef struct Survey:     # what one look over the rows finds
    bint wrong              # a row breaks rule 1; `complain` finds which
    int64_t owner_low
    int64_t owner_high
    int64_t start_low
    int64_t end_high
    uint64_t longest
    uint64_t varying        # bits in which any start or end differs from the first start
    uint64_t odd            # an odd number that divides what any start or end is away from the first start


ctypedef struct Unit:       # what times are counted in: the greatest that they allow, `odd << shift` seconds
    int shift
    uint64_t odd
    uint64_t inverse        # times `odd` it is 1, modulo 2**64


ctypedef struct Line:       # what makes owner and start a time on the long line, and that time a bucket
    int64_t owner_low
    int64_t start_low
    Unit unit
    int owner_at
    int shift               # a shift by 64 is none in C: a time is shifted twice, by half of it
    int shift_more


ctypedef struct Packing:    # where in a packed row its parts lie, from the lowest bit on: rank, length, start, owner
    Unit unit
    int bucket_bits         # so many of the highest tell the bucket that it is sorted in
    int rank_bits
    int length_bits
    int time_bits
    int owner_bits


cdef inline int size_of(const Packing *bits) noexcept nogil:
    """Bits that a packed row takes."""
    return bits.rank_bits + bits.length_bits + bits.time_bits + bits.owner_bits


cdef Survey survey_of(const Rows *rows, Py_ssize_t low, Py_ssize_t high) noexcept nogil
cdef void add_survey(Survey *found, const Survey *more) noexcept nogil
cdef Packing packing_of(const Survey *found, const Ranks *ranks) noexcept nogil
cdef int bucket_bits_for(const Packing *bits, Py_ssize_t rows) noexcept nogil
cdef Line line_of(const Survey *found, const Packing *bits) noexcept nogil
cdef void count_buckets(
    const Rows *the_rows, const Ranks *the_ranks, Line line, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *counts
) noexcept nogil
cdef void pack(
    const Rows *the_rows, const Ranks *the_ranks, Line line, const Packing *bits, Py_ssize_t low, Py_ssize_t high,
    uint64_t *packed, Py_ssize_t *places, Py_ssize_t elsewhere
) noexcept nogil
cdef bint pack_segment(
    const Rows *the_rows, const Ranks *the_ranks, const Survey *found, const Packing *bits,
    Py_ssize_t i, Py_ssize_t stop, uint64_t *packed, Py_ssize_t *size
) noexcept nogil
cdef void sweep_sorted(
    const uint64_t *packed, Py_ssize_t size, const Ranks *ranks, const Survey *found, const Packing *bits, Sweep *out
) noexcept nogil
cdef Outcome merge_buckets(
    const Ranks *ranks, const Survey *found, const Packing *bits, uint64_t *packed, const Py_ssize_t *bounds,
    Py_ssize_t low, Py_ssize_t high, uint64_t *scratch, Sweep *out, CancelToken token
) noexcept nogil
cdef Outcome merge_wide(
    const Rows *rows, const Ranks *ranks, const Survey *found,
    Pair *pairs, Pair *scratch, Sweep *out, CancelToken token
) noexcept nogil
