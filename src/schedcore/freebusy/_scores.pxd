"""How good a start is: tentative seconds, those outside of the middle of the day, and the order of `_find`'s rule 3."""

from libc.stdint cimport int64_t

from schedcore._civil cimport DAY, floor_div
from schedcore.freebusy._spans cimport Rows, Ruler, Span, span_of


cdef enum:
    MORNING = 28_800        # 08:00; until 18:00 on the wall clock of whoever comes nobody minds a meeting
    EVENING = 64_800


ctypedef struct Scored:     # a start that works, as rule 3 compares it
    int64_t missing
    int64_t tentative
    int64_t most
    int64_t total
    Py_ssize_t place        # starts increase, so places are in their order


cdef inline int64_t middle_until(int64_t local) noexcept nogil:
    """Seconds of the middles of all days before a local time, since 1970."""
    cdef int64_t day = floor_div(local, DAY)
    return day * (EVENING - MORNING) + min(max(local - day * DAY - MORNING, 0), EVENING - MORNING)


cdef inline int64_t touch(int64_t a, int64_t b, int64_t start, int64_t end) noexcept nogil:
    """Seconds that two stretches share; 0 or less if they share none."""
    return min(b, end) - max(a, start)


cdef inline void add_tentative(
    int64_t a, int64_t b, int64_t duration, const Rows *rows, const Ruler *ruler,
    const Span *missing, Py_ssize_t count, Py_ssize_t *at, int64_t *tentative
) noexcept nogil:
    """Add what a tentative stretch shares with each meeting to which its owner comes.

    `at` is the place in `missing` to go on from: stretches come in order.
    """
    cdef Span span = span_of(a, b, rows, ruler)
    cdef Py_ssize_t i = span.low, j
    while at[0] < count and missing[at[0]].high <= span.low:
        at[0] += 1
    j = at[0]
    while i < span.high:
        if j < count and missing[j].low <= i:
            i = max(i, missing[j].high)
            j += 1
            continue
        tentative[i] += touch(a, b, ruler.starts[i], ruler.starts[i] + duration)
        i += 1


cdef inline int better(const void *one, const void *other) noexcept nogil:
    """Rule 3, as qsort wants it."""
    cdef const Scored *a = <const Scored *> one
    cdef const Scored *b = <const Scored *> other
    if a.missing != b.missing:
        return -1 if a.missing < b.missing else 1
    if a.tentative != b.tentative:
        return -1 if a.tentative < b.tentative else 1
    if a.most != b.most:
        return -1 if a.most < b.most else 1
    if a.total != b.total:
        return -1 if a.total < b.total else 1
    return -1 if a.place < b.place else 1
