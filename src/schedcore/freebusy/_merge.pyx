"""Overlapping stretches of many people, merged into who is what, when.

Rules
1. A row is an owner, a half-open stretch [start, end) and a status from 0 to 3. Where stretches of one owner overlap,
   the strongest status wins; free ones (0) and stretches of no length say nothing. How strong a status is, its rank,
   is the caller's to say: inside there are only ranks.
2. The answer is sorted by owner and start, its stretches do not overlap, and two that touch differ in status or owner.
   It is the only such answer, so it does not depend on the order of the rows, nor on how they are shared out.

Theory
The sweep takes the rows of one owner in order of start. `reach[r]` is the furthest end of rank `r` so far, and one
block is open: `[opened, reach[top])` of rank `top`, the strongest in force. A row of rank `r` that starts at `t` after
the end of the open block closes it; the strongest rank below that still reaches further opens the next one, where the
closed one ended. Then either nothing is open and the row opens a block, or `r <= top` and it only moves `reach[r]`, or
`r > top` and the open block is cut at `t`. Closing only when `t` lies beyond the end is what joins stretches that
touch. Nothing is ever written twice, and every write is final. A row opens at most one block and its end at most one
more, so `n` rows give at most `2 n` blocks: O(n) with a constant of four ranks.

Where all rows that count have one status, which is the common case, a block is open from the first row on and each
row either extends it or opens the next. Whether it does is as good as random, and a branch on it would cost more than
all else: the row is written in either case, and the place to write moves on by 0 or 1.

Rows that do not come in order are packed into one 64-bit number each: owner, start, length and rank, each less the
least there is and without low bits that no time has (times in whole minutes leave out two). Those are radix sorted by
owner and start, and the sweep goes over the sorted numbers without taking them apart: owner and start together are a
time on one long line, on which the owners follow each other. A year of 100,000 people fits; what does not (sparse
owners, times of all ages) is sorted by the numbers of its rows.

To share the work, each thread takes the rows of its own owners; what they give is put behind each other.

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t
from libc.string cimport memcpy

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._column cimport Column, new_column
from schedcore.freebusy._blocks cimport (
    STATUSES, TOP_RANK, Blocks, Memory, Sweep, allocate, close_owner, put, take,
)
from schedcore.freebusy._radix cimport Pair, bits_of, radix_sort

from schedcore.errors import Cancelled, ColumnError


cdef enum:
    BUSY = 2                # what a row is when no statuses are given
    CHUNK = 4096            # rows between two looks at what has been found wrong: 96 KiB of input, some 10 microseconds
    WORD = 64               # bits that a packed row may take
    RANK_BITS = 2           # ranks are 0 to 3


cdef enum Outcome:
    DONE, WRONG, DISORDER, STOPPED


ctypedef struct Rows:       # the input; `status` is NULL where every row is busy
    const int64_t *owner
    const int64_t *start
    const int64_t *end
    const int64_t *status
    Py_ssize_t size


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


ctypedef struct Packing:    # where in a packed row its parts lie, from the lowest bit on: rank, length, start, owner
    int unit                # low bits that no time has
    int rank_bits
    int length_bits
    int time_bits
    int owner_bits


cdef inline int64_t choose(int64_t take_a, int64_t a, int64_t b) noexcept nogil:
    """`a` if the first is 1, `b` if it is 0, never by a branch."""
    return b ^ ((a ^ b) & -take_a)


# -------------------------------------------------------------------------------------------------------- in order

cdef Outcome sweep_alike(const Rows *rows, const Ranks *ranks, Sweep *out, CancelToken token) noexcept nogil:
    """Rows in order that are all of one status; or the finding that they are not in order, or that one is wrong."""
    cdef Py_ssize_t i = 0, stop, last = -1
    cdef int64_t owner = -1, opened = 0, reach = INT64_MIN, before_owner = rows.owner[0], before_start = rows.start[0]
    cdef int64_t o, s, e, counts, opens
    cdef bint wrong = before_owner < 0, disorder = False
    while i < rows.size:
        stop = min(i + CHUNK, rows.size)
        while i < stop:
            o = rows.owner[i]
            s = rows.start[i]
            e = rows.end[i]
            wrong |= (e < s) | (s == INT64_MIN)
            disorder |= (o < before_owner) | ((o == before_owner) & (s < before_start))
            before_owner = o
            before_start = s
            counts = e > s
            if ranks.some_free:
                counts &= rows.status[i] != 0
            opens = counts & ((o != owner) | (s > reach))
            last += opens
            owner = choose(opens, o, owner)
            opened = choose(opens, s, opened)
            reach = choose(opens | (counts & (e > reach)), e, reach)
            if last >= 0:
                out.owners[last] = owner
                out.starts[last] = opened
                out.ends[last] = reach
            i += 1
        if wrong:
            return WRONG
        if disorder:
            return DISORDER
        if is_cancelled(token):
            return STOPPED
    out.size = last + 1
    for i in range(out.size):
        out.ranks[i] = ranks.alike
    return DONE


cdef Outcome sweep_mixed(const Rows *rows, const Ranks *ranks, Sweep *out, CancelToken token) noexcept nogil:
    """Rows in order, of several statuses; or the finding that they are not in order, or that one is wrong."""
    cdef Py_ssize_t i = 0, stop
    cdef int64_t before_owner = rows.owner[0], before_start = rows.start[0], o, s, e, rank
    cdef bint wrong = before_owner < 0, disorder = False
    while i < rows.size:
        stop = min(i + CHUNK, rows.size)
        while i < stop:
            o = rows.owner[i]
            s = rows.start[i]
            e = rows.end[i]
            wrong |= (e < s) | (s == INT64_MIN)
            disorder |= (o < before_owner) | ((o == before_owner) & (s < before_start))
            before_owner = o
            before_start = s
            rank = ranks.of_status[rows.status[i]]
            if rank != 0 and e > s and not disorder:
                next_row(out, o, s, e, <int> rank)
            i += 1
        if wrong:
            return WRONG
        if disorder:
            return DISORDER
        if is_cancelled(token):
            return STOPPED
    close_owner(out)
    return DONE


cdef inline void next_row(Sweep *sweep, int64_t owner, int64_t start, int64_t end, int rank) noexcept nogil:
    if owner != sweep.owner:
        close_owner(sweep)
        sweep.owner = owner
        sweep.reach[1] = sweep.reach[2] = sweep.reach[3] = INT64_MIN
    take(sweep, start, end, rank)


# ---------------------------------------------------------------------------------------------------- in any order

cdef Survey survey(const Rows *rows) noexcept nogil:
    """One look over all rows, without a branch that depends on them."""
    cdef Survey found
    cdef Py_ssize_t i
    cdef int64_t o, s, e, first = rows.start[0]
    found.wrong = False
    found.owner_low = found.owner_high = rows.owner[0]
    found.start_low = first
    found.end_high = rows.end[0]
    found.longest = found.varying = 0
    for i in range(rows.size):
        o = rows.owner[i]
        s = rows.start[i]
        e = rows.end[i]
        found.wrong |= (s == INT64_MIN) | (e < s)
        found.owner_low = min(found.owner_low, o)
        found.owner_high = max(found.owner_high, o)
        found.start_low = min(found.start_low, s)
        found.end_high = max(found.end_high, e)
        found.longest = max(found.longest, <uint64_t> e - <uint64_t> s)
        found.varying |= <uint64_t> (s ^ first) | <uint64_t> (e ^ first)
    found.wrong |= found.owner_low < 0
    return found


cdef Packing packing_of(const Survey *found, const Ranks *ranks) noexcept nogil:
    """The bits that each part needs. Every end, too, lies in the bits of time: no owner's reach into the next one's."""
    cdef Packing bits
    cdef uint64_t varying = found.varying
    bits.unit = 0
    while varying and not varying & 1:
        varying >>= 1
        bits.unit += 1
    bits.rank_bits = 0 if ranks.alike else RANK_BITS
    bits.length_bits = bits_of(found.longest >> bits.unit)
    bits.time_bits = bits_of((<uint64_t> found.end_high - <uint64_t> found.start_low) >> bits.unit)
    bits.owner_bits = bits_of(<uint64_t> (found.owner_high - found.owner_low))
    return bits


cdef Py_ssize_t pack(
    const Rows *rows, const Ranks *ranks, const Survey *found, const Packing *bits, int64_t low, int64_t high,
    uint64_t *packed
) noexcept nogil:
    """Pack the rows that count of owners `low` to `high`; how many there are."""
    cdef Py_ssize_t i, size = 0
    cdef int length_at = bits.rank_bits, time_at = length_at + bits.length_bits, owner_at = time_at + bits.time_bits
    cdef int64_t o, s, e, rank = 0
    cdef bint counts
    for i in range(rows.size):
        o = rows.owner[i]
        s = rows.start[i]
        e = rows.end[i]
        counts = (o >= low) & (o <= high) & (e > s)
        if rows.status is not NULL:
            rank = ranks.of_status[rows.status[i]]
            counts &= rank != 0
        packed[size] = (
            # A shift by 64 is no shift in C: one owner has no bits, and is 0.
            (<uint64_t> (o - found.owner_low) << (owner_at & (WORD - 1)))
            | (((<uint64_t> s - <uint64_t> found.start_low) >> bits.unit) << time_at)
            | (((<uint64_t> e - <uint64_t> s) >> bits.unit) << length_at)
            | (0 if ranks.alike else <uint64_t> rank)
        )
        size += counts
    return size


cdef void sweep_packed_alike(
    const uint64_t *packed, Py_ssize_t size, const Packing *bits, const Ranks *ranks, Sweep *out
) noexcept nogil:
    """Sorted rows of one rank; the blocks are times on the long line yet."""
    cdef Py_ssize_t i, last = -1
    cdef uint64_t length_mask = (<uint64_t> 1 << bits.length_bits) - 1
    cdef int64_t opened = 0, reach = -1, s, e, opens
    for i in range(size):
        s = <int64_t> (packed[i] >> bits.length_bits)
        e = s + <int64_t> (packed[i] & length_mask)
        opens = s > reach
        last += opens
        opened = choose(opens, s, opened)
        reach = choose(e > reach, e, reach)
        out.starts[last] = opened
        out.ends[last] = reach
    out.size = last + 1
    for i in range(out.size):
        out.ranks[i] = ranks.alike


cdef void sweep_packed_mixed(const uint64_t *packed, Py_ssize_t size, const Packing *bits, Sweep *out) noexcept nogil:
    """Sorted rows of several ranks; the blocks are times on the long line yet."""
    cdef Py_ssize_t i
    cdef int time_at = bits.rank_bits + bits.length_bits
    cdef uint64_t length_mask = (<uint64_t> 1 << bits.length_bits) - 1
    cdef int64_t s
    for i in range(size):
        s = <int64_t> (packed[i] >> time_at)
        take(out, s, s + <int64_t> ((packed[i] >> RANK_BITS) & length_mask), <int> (packed[i] & TOP_RANK))
    close_owner(out)


cdef void unpack(const Survey *found, const Packing *bits, Sweep *out) noexcept nogil:
    """Turn times on the long line into owners and times."""
    cdef Py_ssize_t i
    cdef uint64_t time_mask = (<uint64_t> 1 << bits.time_bits) - 1
    for i in range(out.size):
        out.owners[i] = found.owner_low + (out.starts[i] >> bits.time_bits)
        out.starts[i] = found.start_low + <int64_t> ((<uint64_t> out.starts[i] & time_mask) << bits.unit)
        out.ends[i] = found.start_low + <int64_t> ((<uint64_t> out.ends[i] & time_mask) << bits.unit)


cdef Outcome merge_packed(
    const Rows *rows, const Ranks *ranks, const Survey *found, const Packing *bits, int64_t low, int64_t high,
    uint64_t *packed, uint64_t *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    cdef Py_ssize_t size = pack(rows, ranks, found, bits, low, high, packed)
    cdef int time_at = bits.rank_bits + bits.length_bits
    packed = radix_sort(packed, scratch, size, time_at, time_at + bits.time_bits + bits.owner_bits, token)
    if packed is NULL:
        return STOPPED
    if ranks.alike:
        sweep_packed_alike(packed, size, bits, ranks, out)
    else:
        sweep_packed_mixed(packed, size, bits, out)
    unpack(found, bits, out)
    return DONE


cdef Outcome merge_wide(
    const Rows *rows, const Ranks *ranks, const Survey *found, int64_t low, int64_t high,
    Pair *pairs, Pair *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    """Rows that do not fit 64 bits: sort their numbers by start, then by owner, and sweep them in that order."""
    cdef Py_ssize_t i, row, size = 0
    cdef Pair *sorted_pairs
    cdef int64_t rank
    for i in range(rows.size):
        if low <= rows.owner[i] <= high:
            pairs[size].key = <uint64_t> rows.start[i] - <uint64_t> found.start_low
            pairs[size].row = i
            size += 1
    sorted_pairs = radix_sort(
        pairs, scratch, size, 0, bits_of(<uint64_t> found.end_high - <uint64_t> found.start_low), token
    )
    if sorted_pairs is NULL:
        return STOPPED
    if sorted_pairs == scratch:
        pairs, scratch = scratch, pairs
    for i in range(size):
        pairs[i].key = <uint64_t> (rows.owner[pairs[i].row] - found.owner_low)
    sorted_pairs = radix_sort(pairs, scratch, size, 0, bits_of(<uint64_t> (found.owner_high - found.owner_low)), token)
    if sorted_pairs is NULL:
        return STOPPED
    for i in range(size):
        row = sorted_pairs[i].row
        rank = ranks.alike if rows.status is NULL else ranks.of_status[rows.status[row]]
        if rank != 0 and rows.end[row] > rows.start[row]:
            next_row(out, rows.owner[row], rows.start[row], rows.end[row], <int> rank)
    close_owner(out)
    return DONE


# ---------------------------------------------------------------------------------------------------------- the door

cdef unsigned int statuses_seen(const int64_t *status, Py_ssize_t size) noexcept nogil:
    """One bit for each status there is; bit 4 for what is none."""
    cdef unsigned int seen = 0
    cdef Py_ssize_t i
    for i in range(size):
        seen |= 1 << (status[i] if 0 <= status[i] < STATUSES else STATUSES)
    return seen


cdef Py_ssize_t first_wrong(const Rows *rows) noexcept nogil:
    """The first row that breaks the rules; there is one."""
    cdef Py_ssize_t i
    for i in range(rows.size):
        if rows.owner[i] < 0 or rows.start[i] == INT64_MIN or rows.end[i] < rows.start[i]:
            return i
        if rows.status is not NULL and not 0 <= rows.status[i] < STATUSES:
            return i
    return 0


cdef complain(const Rows *rows):
    """Raise the ColumnError of the first row that breaks the rules."""
    cdef Py_ssize_t i = first_wrong(rows)
    cdef int64_t owner = rows.owner[i], start = rows.start[i], end = rows.end[i]
    if owner < 0:
        raise ColumnError(f"owner: row {i} is {owner}; owners are numbers from 0 on")
    if start == INT64_MIN or end == INT64_MIN:
        name = "start" if start == INT64_MIN else "end"
        raise ColumnError(f"{name}: row {i} is {INT64_MIN}, which is NaT, no time; leave such rows out")
    if end < start:
        raise ColumnError(f"end: row {i} ends at {end}, before its start {start}; swap them or drop the row")
    raise ColumnError(f"status: row {i} is {rows.status[i]}; statuses are 0 (free) to 3 (out of office)")


cdef class Merger:
    """Rows to merge: four columns of one length (no `status`: all are busy), and the rank of each status, 0 of free.

    ColumnError from any method names a row that is wrong, `Cancelled` says that the token was set.
    """

    cdef const int64_t[::1] owner, start, end, status       # keep the memory alive
    cdef CancelToken token
    cdef Rows rows
    cdef Ranks ranks
    cdef Survey found
    cdef Packing bits

    def __init__(
        self, const int64_t[::1] owner not None, const int64_t[::1] start not None, const int64_t[::1] end not None,
        const int64_t[::1] status, rank, CancelToken token
    ):
        cdef unsigned int seen = 1 << BUSY
        self.owner, self.start, self.end, self.status = owner, start, end, status
        self.token = token
        self.rows.size = owner.shape[0]
        if self.rows.size:
            self.rows.owner, self.rows.start, self.rows.end = &owner[0], &start[0], &end[0]
            self.rows.status = NULL if status is None else &status[0]
            if status is not None:
                with nogil:
                    seen = statuses_seen(self.rows.status, self.rows.size)
                if seen >> STATUSES:
                    complain(&self.rows)
        self.ranks.some_free = seen & 1
        self.ranks.alike = 0
        for i in range(STATUSES):
            self.ranks.of_status[i] = rank[i]
            self.ranks.status_of[rank[i]] = i
            if seen & ~<unsigned int> 1 == <unsigned int> 1 << i:
                self.ranks.alike = rank[i]

    def in_order(self, Py_ssize_t low, Py_ssize_t high):
        """Merge rows [low, high), or None if they are not in order of owner and start."""
        cdef Rows rows = self.rows
        cdef Blocks blocks
        cdef Outcome outcome
        if low >= high:
            return Blocks(0).finish(self.ranks.status_of)
        rows.owner += low
        rows.start += low
        rows.end += low
        rows.status = NULL if rows.status is NULL else rows.status + low
        rows.size = high - low
        blocks = Blocks(self.most(rows.size))
        with nogil:
            if self.ranks.alike:
                outcome = sweep_alike(&rows, &self.ranks, &blocks.sweep, self.token)
            else:
                outcome = sweep_mixed(&rows, &self.ranks, &blocks.sweep, self.token)
        if outcome == WRONG:
            complain(&self.rows)
        return None if outcome == DISORDER else self.finished(blocks, outcome)

    cdef Py_ssize_t most(self, Py_ssize_t rows):
        """How many blocks rows can give."""
        return rows if self.ranks.alike else 2 * rows

    cdef tuple finished(self, Blocks blocks, Outcome outcome):
        if outcome == STOPPED:
            raise Cancelled("merging was cancelled; nothing of it was kept")
        return blocks.finish(self.ranks.status_of)

    def survey(self):
        """Look over the rows before `any_order`; the least and the greatest owner."""
        with nogil:
            self.found = survey(&self.rows)
            if not self.found.wrong:
                self.bits = packing_of(&self.found, &self.ranks)
        if self.found.wrong:
            complain(&self.rows)
        return self.found.owner_low, self.found.owner_high

    def any_order(self, int64_t low, int64_t high):
        """Merge the rows of owners `low` to `high`, in whatever order they are."""
        cdef Py_ssize_t n = self.rows.size
        cdef Blocks blocks = Blocks(self.most(n))
        cdef Packing *bits = &self.bits
        cdef bint fits = bits.rank_bits + bits.length_bits + bits.time_bits + bits.owner_bits <= WORD
        cdef Memory first = allocate(n, sizeof(uint64_t) if fits else sizeof(Pair))
        cdef Memory second = allocate(n, sizeof(uint64_t) if fits else sizeof(Pair))
        cdef Outcome outcome
        with nogil:
            if fits:
                outcome = merge_packed(
                    &self.rows, &self.ranks, &self.found, bits, low, high,
                    <uint64_t *> first.data, <uint64_t *> second.data, &blocks.sweep, self.token
                )
            else:
                outcome = merge_wide(
                    &self.rows, &self.ranks, &self.found, low, high,
                    <Pair *> first.data, <Pair *> second.data, &blocks.sweep, self.token
                )
        return self.finished(blocks, outcome)


def joined(parts):
    """Put the columns of answers behind each other."""
    cdef list out = []
    cdef Column column, whole
    for columns in zip(*parts):
        whole = new_column(sum(map(len, columns)))
        for column in columns:
            memcpy(whole.data + whole.size, column.data, column.size * sizeof(int64_t))
            whole.size += column.size
        out.append(whole)
    return tuple(out)
