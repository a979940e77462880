"""Rows by owner: one pass over rows for all that has to be known of their owners, then a sort that compares nothing.

Owners of a range that is not much larger than the number of rows are sorted by counting, others by digits of 11 bits
(a table of 2048 counters stays in the first cache). Both keep the order of the rows of an owner, though nobody asks.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore.bulk._bits cimport Memory, cleared
from schedcore.bulk._rows cimport Data, Row

cdef enum:
    DIGIT = 11                  # bits
    SPREAD = 4                  # counters a row that counting may take


cdef Memory rows_by_owner(const Data *c):
    """The numbers of rows (int32) in order of owner; no data where they are so already."""
    cdef const Row *rows = c.rows
    cdef Py_ssize_t i
    cdef int64_t least = INT64_MAX, most = 0
    # A row takes two lines of the cache, its owner an eighth of one.
    cdef Memory owners_memory, order
    cdef int64_t *owners
    if c.common.by_owner:
        return Memory.__new__(Memory)
    owners_memory = cleared(c.size, sizeof(int64_t))
    owners = <int64_t *> owners_memory.data
    with nogil:
        for i in range(c.size):
            owners[i] = rows[i].owner
            least = min(least, owners[i])
            most = max(most, owners[i])
    order = cleared(c.size, sizeof(int32_t))
    if most - least <= SPREAD * c.size + 1024:
        sort_by_counting(owners, c.size, least, most, <int32_t *> order.data)
    else:
        sort_by_digits(owners, c.size, least, most, <int32_t *> order.data)
    return order


cdef int sort_by_counting(const int64_t *owners, Py_ssize_t n, int64_t least, int64_t most, int32_t *order) except -1:
    """Owners of a small range: count the rows of each, then put each row in its place."""
    cdef Memory memory = cleared(most - least + 2, sizeof(int32_t))
    cdef int32_t *places = <int32_t *> memory.data
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            places[owners[i] - least + 1] += 1
        for i in range(most - least):
            places[i + 1] += places[i]
        for i in range(n):
            order[places[owners[i] - least]] = <int32_t> i
            places[owners[i] - least] += 1
    return 0


cdef int sort_by_digits(const int64_t *owners, Py_ssize_t n, int64_t least, int64_t most, int32_t *order) except -1:
    """Owners of any range: some bits at a time, from the lowest on, as far as the range goes."""
    cdef Memory memory = cleared(n, sizeof(int32_t)), counted = cleared((1 << DIGIT) + 1, sizeof(Py_ssize_t))
    cdef int32_t *other = <int32_t *> memory.data
    cdef int32_t *source = order
    cdef int32_t *target = other
    cdef Py_ssize_t *places = <Py_ssize_t *> counted.data
    cdef Py_ssize_t i
    cdef int shift = 0
    cdef uint64_t digit, span = <uint64_t> most - <uint64_t> least, mask = (1 << DIGIT) - 1
    with nogil:
        for i in range(n):
            order[i] = <int32_t> i
        while shift < 64 and span >> shift:
            memset(places, 0, ((1 << DIGIT) + 1) * sizeof(Py_ssize_t))
            for i in range(n):
                digit = (<uint64_t> owners[source[i]] - <uint64_t> least) >> shift & mask
                places[digit + 1] += 1
            for i in range(1 << DIGIT):
                places[i + 1] += places[i]
            for i in range(n):
                digit = (<uint64_t> owners[source[i]] - <uint64_t> least) >> shift & mask
                target[places[digit]] = source[i]
                places[digit] += 1
            source, target = target, source
            shift += DIGIT
        if source != order:
            memcpy(order, source, n * sizeof(int32_t))
    return 0
