"""The last row of each voter for each option counts: how it is found among rows in any order.

Rows are spread by a hash of place and voter over parts that fit the second cache, in order within a part. Rows of one
voter for one option meet in one part, which is read from its end: the first that is met counts, and a table of the
part's own, a quarter to a half full, tells it from the others. That is two passes over memory and a look in the cache
for each row, O(n) whatever the order of the rows.

A row in its part is one number of 64 bits wherever place, voter and vote have room in it (some 4 million pairs of poll
and option, and voters within 2**40 of each other), else two; both ways are here, each with its table. The first is
faster since it moves half of the memory, and the table holds the rows themselves.
"""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._intrinsics cimport fetch_to_write
from schedcore.polls._votes cimport (
    AHEAD, BUCKETS, CHUNK, DONE, NO_MEMORY, STOPPED, Outcome, Places, Votes,
    arithmetic_place, find_places, hash_of
)

cdef enum:
    VOTE = 2                    # bits of a vote and one: 0 withdrawn, 1 no, 2 if need be, 3 yes
    PART = 8192                 # rows of a part: 64 KiB of them, or 128, and a table of 128 to 256 KiB
    MOST_PART_BITS = 11         # 2,048 parts are written to at once: more would miss the cache of addresses


ctypedef struct Wide:           # a row in its part
    int64_t voter
    int64_t tag                 # place * BUCKETS + vote + 1


ctypedef struct Parts:
    int bits                    # the part of a row is the first bits of its hash
    int voter_bits              # what a voter takes of 64 bits; -1: rows are wide
    Py_ssize_t *ends            # where each part ends; while spreading, where its next row goes
    uint64_t *narrow            # the rows: these, or
    Wide *wide                  # those
    int64_t *weights            # NULL: each vote counts once
    int64_t *places             # of every row, in the order given; NULL where they are arithmetic
    uint64_t *table             # for one part at a time; 0 is empty


cdef inline int64_t place_of(const Votes *v, const Places *p, const Parts *parts, Py_ssize_t i) noexcept nogil:
    return parts.places[i] if parts.places is not NULL else arithmetic_place(p, v.poll[i], v.option[i])


cdef inline Py_ssize_t part_of(const Places *p, int64_t place, int64_t voter, int bits) noexcept nogil:
    return <Py_ssize_t> (hash_of(p, place, voter) >> (64 - bits)) if bits else 0


cdef inline void add(const Places *p, const Parts *parts, Py_ssize_t place, Py_ssize_t bucket,
                     Py_ssize_t row) noexcept nogil:
    """Count a vote as often as its weight says; one of no weight names its place all the same."""
    cdef int64_t *counts = p.counts + place * BUCKETS
    if parts.weights is NULL:
        counts[bucket] += 1
    else:
        counts[bucket] += parts.weights[row]
        counts[0] += 1


cdef int bits_of(uint64_t number) noexcept nogil:
    cdef int bits = 0
    while bits < 64 and number >> bits:
        bits += 1
    return bits


# ----------------------------------------------------------------------------------------------------------- spreading

cdef Outcome look_up(const Votes *v, Places *p, Parts *parts, CancelToken token) noexcept nogil:
    """Find the place of every row, where it is not arithmetic."""
    cdef Py_ssize_t i = 0, n
    while i < v.size:
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        n = min(v.size - i, AHEAD)
        if not find_places(v, p, i, n, parts.places + i):
            return NO_MEMORY
        i += n
    return DONE


cdef Outcome measure(const Votes *v, const Places *p, Parts *parts, CancelToken token) noexcept nogil:
    """Find how many rows each part has, and where it begins."""
    cdef Py_ssize_t i, n = 0, part
    for i in range(v.size):
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        parts.ends[part_of(p, place_of(v, p, parts, i), v.voter[i], parts.bits)] += 1
    for part in range(<Py_ssize_t> 1 << parts.bits):
        i = parts.ends[part]
        parts.ends[part] = n
        n += i
    return DONE


cdef Outcome spread(const Votes *v, const Places *p, Parts *parts, CancelToken token) noexcept nogil:
    """Write the rows to their parts; `ends` becomes what it says."""
    cdef Py_ssize_t i, at, part
    cdef int64_t place
    cdef uint64_t voter
    for i in range(v.size):
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        place = place_of(v, p, parts, i)
        part = part_of(p, place, v.voter[i], parts.bits)
        at = parts.ends[part]
        parts.ends[part] = at + 1
        if parts.voter_bits >= 0:
            voter = <uint64_t> v.voter[i] - <uint64_t> v.first_voter
            parts.narrow[at] = (<uint64_t> place << parts.voter_bits | voter) << VOTE | <uint64_t> (v.vote[i] + 1)
        else:
            parts.wide[at].voter = v.voter[i]
            parts.wide[at].tag = place * BUCKETS + v.vote[i] + 1
        if parts.weights is not NULL:
            parts.weights[at] = v.weight[i]
    return DONE


# ------------------------------------------------------------------------------------------------------------ counting

cdef int table_bits(const Parts *parts, Py_ssize_t rows) noexcept nogil:
    """Empty a table for so many rows: at least twice as many slots, 2 to the power of this."""
    cdef int bits = 2
    while (<Py_ssize_t> 1 << bits) < 2 * rows:
        bits += 1
    memset(parts.table, 0, (<size_t> 1 << bits) * sizeof(uint64_t))
    return bits


cdef Outcome count_narrow(Places *p, const Parts *parts, Py_ssize_t first, Py_ssize_t end,
                          CancelToken token) noexcept nogil:
    cdef int bits = table_bits(parts, end - first)
    cdef int to_tag = parts.voter_bits, hashed = 64 - bits
    cdef uint64_t mask = (<uint64_t> 1 << bits) - 1, at, row, who
    cdef Py_ssize_t i = end
    while i > first:
        i -= 1
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        if i - AHEAD >= first:
            fetch_to_write(p.counts + (parts.narrow[i - AHEAD] >> to_tag >> VOTE) * BUCKETS)
        row = parts.narrow[i]
        who = (row >> VOTE) + 1         # so that nobody is 0
        at = p.a * who >> hashed
        while parts.table[at] != 0 and parts.table[at] != who:
            at = (at + 1) & mask
        if parts.table[at] == 0:
            parts.table[at] = who
            add(p, parts, <Py_ssize_t> (row >> to_tag >> VOTE), <Py_ssize_t> (row & (BUCKETS - 1)), i)
    return DONE


cdef Outcome count_wide(Places *p, const Parts *parts, Py_ssize_t first, Py_ssize_t end,
                        CancelToken token) noexcept nogil:
    cdef int bits = table_bits(parts, end - first)
    cdef uint64_t mask = (<uint64_t> 1 << bits) - 1, at
    cdef const Wide *row
    cdef const Wide *other
    cdef Py_ssize_t i = end
    while i > first:
        i -= 1
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        row = parts.wide + i
        if i - AHEAD >= first:
            fetch_to_write(p.counts + parts.wide[i - AHEAD].tag)
        at = (hash_of(p, row.tag >> VOTE, row.voter) << parts.bits) >> (64 - bits)
        while parts.table[at] != 0:
            other = parts.wide + first + (parts.table[at] - 1)
            if other.voter == row.voter and other.tag >> VOTE == row.tag >> VOTE:
                break
            at = (at + 1) & mask
        if parts.table[at] == 0:
            parts.table[at] = <uint64_t> (i - first) + 1
            add(p, parts, row.tag >> VOTE, row.tag & (BUCKETS - 1), i)
    return DONE


cdef Outcome count_parts(Places *p, Parts *parts, CancelToken token) noexcept nogil:
    cdef Py_ssize_t part, first = 0, most = 2, room = 4
    cdef Outcome outcome
    for part in range(<Py_ssize_t> 1 << parts.bits):
        most = max(most, parts.ends[part] - first)
        first = parts.ends[part]
    while room < 2 * most:
        room *= 2
    parts.table = <uint64_t *> PyMem_RawMalloc(room * sizeof(uint64_t))
    if parts.table is NULL:
        return NO_MEMORY
    first = 0
    for part in range(<Py_ssize_t> 1 << parts.bits):
        if is_cancelled(token):
            return STOPPED
        if parts.voter_bits >= 0:
            outcome = count_narrow(p, parts, first, parts.ends[part], token)
        else:
            outcome = count_wide(p, parts, first, parts.ends[part], token)
        if outcome != DONE:
            return outcome
        first = parts.ends[part]
    return DONE


cdef bint rows_fit(const Votes *v, const Places *p, Parts *parts) noexcept nogil:
    """Memory for the rows, as narrow as they can be."""
    parts.voter_bits = bits_of(v.voters)
    if parts.voter_bits + bits_of(<uint64_t> p.size) + VOTE < 64:
        parts.narrow = <uint64_t *> PyMem_RawMalloc(v.size * sizeof(uint64_t))
        return parts.narrow is not NULL
    parts.voter_bits = -1
    parts.wide = <Wide *> PyMem_RawMalloc(v.size * sizeof(Wide))
    return parts.wide is not NULL


cdef Outcome count_with(const Votes *v, Places *p, Parts *parts, CancelToken token) noexcept nogil:
    cdef Outcome outcome = DONE
    parts.ends = <Py_ssize_t *> PyMem_RawCalloc(<Py_ssize_t> 1 << parts.bits, sizeof(Py_ssize_t))
    if parts.ends is NULL:
        return NO_MEMORY
    if not p.dense:
        parts.places = <int64_t *> PyMem_RawMalloc(v.size * sizeof(int64_t))
        outcome = look_up(v, p, parts, token) if parts.places is not NULL else NO_MEMORY
    if v.weight is not NULL and outcome == DONE:
        parts.weights = <int64_t *> PyMem_RawMalloc(v.size * sizeof(int64_t))
        outcome = DONE if parts.weights is not NULL else NO_MEMORY
    if outcome == DONE:
        outcome = measure(v, p, parts, token)
    if outcome == DONE:
        outcome = spread(v, p, parts, token) if rows_fit(v, p, parts) else NO_MEMORY
    if outcome == DONE:
        outcome = count_parts(p, parts, token)
    return outcome


cdef Outcome count_last(const Votes *v, Places *p, CancelToken token) noexcept nogil:
    cdef Parts parts
    cdef Outcome outcome
    memset(&parts, 0, sizeof(parts))
    while parts.bits < MOST_PART_BITS and v.size >> parts.bits > PART:
        parts.bits += 1
    outcome = count_with(v, p, &parts, token)
    PyMem_RawFree(parts.ends)
    PyMem_RawFree(parts.narrow)
    PyMem_RawFree(parts.wide)
    PyMem_RawFree(parts.weights)
    PyMem_RawFree(parts.places)
    PyMem_RawFree(parts.table)
    return outcome
