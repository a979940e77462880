"""Set algebra on merged blocks: two answers laid over each other, and how many owners are busy at once.

Rules
1. Blocks come sorted by owner and start and do not overlap within an owner, as merging gives them, and so do those
   that go out.
2. Laid over each other, each moment of each owner has a status in `a` and one in `b`, free where no block is. A table
   of 4 by 4 says what becomes of the two; what becomes free is left out.

Union, intersection, difference and complement are four tables over one walk: two fingers, each moment at which either
answer changes looked at once, O(n + m).

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore.freebusy._blocks cimport STATUSES, TOP_RANK, Blocks, Memory, Sweep, allocate, extend
from schedcore.freebusy._radix cimport POLL, Pair, bits_of, radix_sort

from schedcore.errors import Cancelled


cdef enum:
    TABLE = 16              # statuses by statuses


ctypedef struct Finger:     # a place in one answer
    const int64_t *owner
    const int64_t *start
    const int64_t *end
    const int64_t *status
    Py_ssize_t at
    Py_ssize_t size


cdef inline bint is_at(const Finger *finger, int64_t owner) noexcept nogil:
    """Whether the finger is on a block of an owner."""
    return finger.at < finger.size and finger.owner[finger.at] == owner


cdef inline int64_t status_at(const Finger *finger, int64_t owner, int64_t t) noexcept nogil:
    if is_at(finger, owner) and finger.start[finger.at] <= t:
        return finger.status[finger.at] & TOP_RANK
    return 0


cdef inline int64_t change_after(const Finger *finger, int64_t t) noexcept nogil:
    """When the status under a finger on a block changes next."""
    return finger.end[finger.at] if finger.start[finger.at] <= t else finger.start[finger.at]


cdef void lay_over(Finger *a, Finger *b, const int64_t *table, Sweep *out) noexcept nogil:
    cdef int64_t owner, t, until, status
    cdef bint on_a, on_b
    while a.at < a.size or b.at < b.size:
        if b.at >= b.size or (a.at < a.size and a.owner[a.at] <= b.owner[b.at]):
            owner = a.owner[a.at]
        else:
            owner = b.owner[b.at]
        t = INT64_MIN
        on_a, on_b = is_at(a, owner), is_at(b, owner)
        while on_a or on_b:
            if on_a and on_b:
                until = min(change_after(a, t), change_after(b, t))
            else:
                until = change_after(a if on_a else b, t)
            status = table[STATUSES * status_at(a, owner, t) + status_at(b, owner, t)]
            if status != 0 and t < until:
                extend(out, owner, t, until, status)
            t = max(t, until)
            if on_a and a.end[a.at] <= t:
                a.at += 1
                on_a = is_at(a, owner)
            if on_b and b.end[b.at] <= t:
                b.at += 1
                on_b = is_at(b, owner)


cdef Finger finger_on(columns) except *:
    """A finger on the first block of an answer."""
    cdef const int64_t[::1] owner = columns[0], start = columns[1], end = columns[2], status = columns[3]
    cdef Finger finger
    finger.at = 0
    finger.size = owner.shape[0]
    if finger.size:
        finger.owner, finger.start, finger.end, finger.status = &owner[0], &start[0], &end[0], &status[0]
    return finger


def overlay(tuple a not None, tuple b not None, outcomes):
    """Lay two answers (four columns each) over each other; `outcomes[4 * x + y]` is what statuses x and y become."""
    cdef Finger on_a = finger_on(a), on_b = finger_on(b)
    cdef int64_t table[TABLE]
    cdef int64_t statuses[STATUSES]
    cdef Blocks blocks = Blocks(2 * (on_a.size + on_b.size))
    for i in range(TABLE):
        table[i] = outcomes[i]
    for i in range(STATUSES):
        statuses[i] = i
    with nogil:
        lay_over(&on_a, &on_b, table, &blocks.sweep)
    return blocks.finish(statuses)


cdef int64_t strongest(const Py_ssize_t *owners, Py_ssize_t k) noexcept nogil:
    """The strongest rank that at least `k` owners have or surpass; 0 if there is none."""
    cdef int64_t rank = TOP_RANK
    cdef Py_ssize_t so_many = owners[rank]
    while rank > 0 and so_many < k:
        rank -= 1
        so_many += owners[rank]
    return rank


cdef bint count_over(
    const Finger *blocks, const int64_t *ranks, Py_ssize_t k, Pair *moments, Pair *scratch, Sweep *out,
    CancelToken token
) noexcept nogil:
    """Every start and end in order of time, with the numbers of owners in between; False if the token was set."""
    cdef Py_ssize_t owners[STATUSES]
    cdef Py_ssize_t i, size = 0
    cdef int64_t low = blocks.start[0], high = blocks.end[0], rank, t, before = 0
    for i in range(blocks.size):
        low = min(low, blocks.start[i])
        high = max(high, blocks.end[i])
    for i in range(STATUSES):
        owners[i] = 0
    for i in range(blocks.size):
        rank = ranks[blocks.status[i] & TOP_RANK]
        if rank == 0:
            continue
        moments[size].key = <uint64_t> blocks.start[i] - <uint64_t> low
        moments[size].row = rank
        moments[size + 1].key = <uint64_t> blocks.end[i] - <uint64_t> low
        moments[size + 1].row = -rank
        size += 2
    moments = radix_sort(moments, scratch, size, 0, bits_of(<uint64_t> high - <uint64_t> low), token)
    if moments is NULL:
        return False
    for i in range(size):
        t = low + <int64_t> moments[i].key
        if t > before and i > 0:
            rank = strongest(owners, k)
            if rank > 0:
                extend(out, 0, before, t, rank)
        before = t
        if moments[i].row > 0:
            owners[moments[i].row] += 1
        else:
            owners[-moments[i].row] -= 1
        if i % POLL == 0 and is_cancelled(token):
            return False
    return True


def at_least(tuple columns not None, Py_ssize_t k, rank, CancelToken token=None):
    """Where at least `k` owners have a status of some rank or a stronger one, as owner 0 with the strongest such."""
    cdef Finger finger = finger_on(columns)
    cdef Py_ssize_t moments = 2 * finger.size
    cdef Blocks blocks = Blocks(moments)
    cdef Memory first, second
    cdef int64_t ranks[STATUSES]
    cdef int64_t statuses[STATUSES]
    cdef bint done
    for i in range(STATUSES):
        ranks[i] = rank[i]
        statuses[rank[i]] = i
    if finger.size:
        first = allocate(moments, sizeof(Pair))
        second = allocate(moments, sizeof(Pair))
        with nogil:
            done = count_over(
                &finger, ranks, k, <Pair *> first.data, <Pair *> second.data, &blocks.sweep, token
            )
        if not done:
            raise Cancelled("counting who is busy was cancelled; nothing of it was kept")
    return blocks.finish(statuses)
