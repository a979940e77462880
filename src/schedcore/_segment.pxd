"""Runs of days that all have the same times: what both forms of a plan are written and counted in."""

from libc.stdint cimport int64_t

from schedcore._civil cimport floor_div


# The moments base + entries[i] + times[j]; days are in order, and the times of one end before the next begins.
cdef struct Segment:
    int64_t base
    const int64_t *entries
    Py_ssize_t n
    const int64_t *times
    Py_ssize_t n_times


# A segment repeated for ever, before its base as well as after it.
cdef struct Cycle:
    Segment segment             # the repetition of number 0
    int64_t period              # seconds from one to the next


cdef inline int64_t size_of(const Segment *s) noexcept nogil:
    return s.n * s.n_times


cdef inline int64_t first_of(const Segment *s) noexcept nogil:
    return s.base + s.entries[0] + s.times[0]


cdef inline int64_t last_of(const Segment *s) noexcept nogil:
    return s.base + s.entries[s.n - 1] + s.times[s.n_times - 1]


cdef inline Py_ssize_t lower_bound(const int64_t *values, Py_ssize_t n, int64_t t) noexcept nogil:
    """How many of the increasing values are below t."""
    cdef Py_ssize_t low = 0, middle
    while low < n:
        middle = low + (n - low) // 2
        if values[middle] < t:
            low = middle + 1
        else:
            n = middle
    return low


cdef inline int64_t rank_in(const Segment *s, int64_t t) noexcept nogil:
    """How many moments of the segment lie before t."""
    cdef int64_t offset = t - s.base
    cdef Py_ssize_t day
    if s.n_times == 1:
        return lower_bound(s.entries, s.n, offset - s.times[0])
    day = lower_bound(s.entries, s.n, offset + 1) - 1           # the last day that has begun by then
    if day < 0:
        return 0
    return <int64_t> day * s.n_times + lower_bound(s.times, s.n_times, offset - s.entries[day])


cdef inline int64_t rank_in_cycle(const Cycle *c, int64_t t) noexcept nogil:
    """How many moments lie before t, counted from the base on (negative before it)."""
    cdef int64_t k = floor_div(t - c.segment.base, c.period)
    cdef Segment s = c.segment
    s.base += k * c.period
    return k * size_of(&s) + rank_in(&s, t)


cdef inline int64_t moment_of(const Segment *s, int64_t k) noexcept nogil:
    """The k-th moment of the segment, counted from 0."""
    cdef int64_t day = k // s.n_times
    return s.base + s.entries[day] + s.times[k - day * s.n_times]


cdef inline void write(const Segment *s, int64_t first, int64_t n, int64_t *out) noexcept nogil:
    """Write n moments of the segment from the first-th on: a constant added to runs of a table."""
    cdef Py_ssize_t i, j, k, m
    cdef int64_t base
    if s.n_times == 1:
        base = s.base + s.times[0]
        for k in range(n):
            out[k] = base + s.entries[first + k]
        return
    i = first // s.n_times
    j = first - i * s.n_times
    while n > 0:
        base = s.base + s.entries[i]
        m = min(n, s.n_times - j)
        for k in range(m):
            out[k] = base + s.times[j + k]
        out += m
        n -= m
        i += 1
        j = 0
