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
time on one long line, on which the owners follow each other. The highest bits are sorted by first, into buckets that
fit a cache. A year of 100,000 people fits; what does not (sparse
owners, times of all ages) is sorted by the numbers of its rows.

To share the work, each thread takes the rows of its own owners; what they give is put behind each other.

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._column cimport Column, new_column
from schedcore.freebusy._blocks cimport (
    STATUSES, TOP_RANK, Blocks, Memory, Sweep, allocate, close_owner, take,
)
from schedcore.freebusy._radix cimport LARGE_DIGIT, Pair, bits_of, radix_sort

from schedcore.errors import Cancelled, ColumnError


cdef enum:
    BUSY = 2                # what a row is when no statuses are given
    CHUNK = 4096            # rows between two looks at what has been found wrong: 96 KiB of input, some 10 microseconds
    BUCKET = 4096           # packed rows that are sorted in one go, as far as they spread: 32 KiB, a first cache
    MANY = 65_536           # packed rows from which on buckets pay: half a megabyte, a second cache
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


ctypedef struct Line:       # what makes owner and start a time on the long line
    int64_t owner_low
    int64_t start_low
    int unit
    int owner_at


ctypedef struct Share:      # the owners whose rows are merged
    int64_t low
    int64_t high


ctypedef struct Packing:    # where in a packed row its parts lie, from the lowest bit on: rank, length, start, owner
    int unit                # low bits that no time has
    int bucket_bits         # so many of the highest tell the bucket that it is sorted in
    int rank_bits
    int length_bits
    int time_bits
    int owner_bits


cdef inline int64_t choose(int64_t take_a, int64_t a, int64_t b) noexcept nogil:
    """`a` if the first is 1, `b` if it is 0, never by a branch."""
    return b ^ ((a ^ b) & -take_a)


# -------------------------------------------------------------------------------------------------------- in order

cdef Outcome sweep_alike(const Rows *the_rows, const Ranks *ranks, Sweep *out, CancelToken token) noexcept nogil:
    """Rows in order that are all of one status; or the finding that they are not in order, or that one is wrong."""
    # Copies, since for all that C knows what is written below could change what the pointers show.
    cdef Rows rows = the_rows[0]
    cdef Sweep blocks = out[0]
    cdef bint some_free = ranks.some_free
    cdef Py_ssize_t i = 0, at = rows.first, stop, last = -1
    cdef int64_t owner = rows.owner[at], start = rows.start[at], opened = 0, reach = INT64_MIN
    cdef int64_t o, s, e, counts, opens, block_owner = -1
    cdef bint wrong = owner < 0, disorder = False
    while i < rows.size:
        stop = min(i + CHUNK, rows.size)
        while i < stop:
            o = rows.owner[at]
            s = rows.start[at]
            e = rows.end[at]
            wrong |= e <= <int64_t> (<uint64_t> s - 1)     # or NaT, whose number before it is the greatest
            disorder |= (o < owner) | ((o == owner) & (s < start))
            counts = e > s
            if some_free:
                counts &= rows.status[at] != 0
            opens = counts & ((o != block_owner) | (s > reach))
            block_owner = choose(opens, o, block_owner)
            opened = choose(opens, s, opened)
            reach = choose(opens | (counts & (e > reach)), e, reach)
            last += opens
            owner = o
            start = s
            if last >= 0:
                blocks.owners[last] = block_owner
                blocks.starts[last] = opened
                blocks.ends[last] = reach
            i += 1
            at += rows.step
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
    cdef Py_ssize_t i = 0, at = rows.first, stop
    cdef int64_t owner = rows.owner[at], start = rows.start[at], o, s, e, rank
    cdef bint wrong = owner < 0, disorder = False
    while i < rows.size:
        stop = min(i + CHUNK, rows.size)
        while i < stop:
            o = rows.owner[at]
            s = rows.start[at]
            e = rows.end[at]
            wrong |= e <= <int64_t> (<uint64_t> s - 1)     # or NaT, whose number before it is the greatest
            disorder |= (o < owner) | ((o == owner) & (s < start))
            owner = o
            start = s
            rank = ranks.of_status[rows.status[at]]
            if rank != 0 and e > s and not disorder:
                next_row(out, o, s, e, <int> rank)
            i += 1
            at += rows.step
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


cdef Packing packing_of(const Survey *found, const Ranks *ranks, Py_ssize_t rows) noexcept nogil:
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
    bits.bucket_bits = 0
    if rows > MANY:
        bits.bucket_bits = min(min(bits_of(rows // BUCKET), LARGE_DIGIT), bits.time_bits + bits.owner_bits)
    return bits


cdef inline uint64_t place_of(const Line *line, int64_t owner, int64_t start) noexcept nogil:
    """Owner and start as a time on the long line."""
    return (
        (<uint64_t> (owner - line.owner_low) << line.owner_at)
        | ((<uint64_t> start - <uint64_t> line.start_low) >> line.unit)
    )


cdef inline bint says_something(
    const Rows *rows, const Ranks *ranks, const Share *share, Py_ssize_t i
) noexcept nogil:
    """Whether a row is of the share, has a length and is not free."""
    cdef bint counts = (rows.owner[i] >= share.low) & (rows.owner[i] <= share.high) & (rows.end[i] > rows.start[i])
    if ranks.some_free:
        counts &= rows.status[i] != 0
    return counts


cdef inline int64_t rank_at(const Rows *rows, const Ranks *ranks, Py_ssize_t i) noexcept nogil:
    return ranks.alike if ranks.alike else ranks.of_status[rows.status[i]]


cdef Py_ssize_t pack(
    const Rows *the_rows, const Ranks *the_ranks, const Survey *found, const Packing *bits, const Share *the_share,
    uint64_t *packed, Py_ssize_t *bucket_ends
) noexcept nogil:
    """Pack the rows of a share, each into its bucket, whose ends are given as well; the size of the largest bucket."""
    # Copies, since for all that C knows what is written below could change what the pointers show.
    cdef Rows rows = the_rows[0]
    cdef Ranks ranks = the_ranks[0]
    cdef Share share = the_share[0]
    cdef Line line
    cdef int unit = bits.unit, length_bits = bits.length_bits, rank_bits = bits.rank_bits
    # A shift by 64 is none in C: where there is one bucket the place is shifted twice.
    cdef int shift = bits.time_bits + bits.owner_bits - bits.bucket_bits, half = shift // 2
    cdef Py_ssize_t buckets = <Py_ssize_t> 1 << bits.bucket_bits
    cdef Py_ssize_t i, k, size, total = 0, largest = 0
    cdef uint64_t place
    cdef bint counts
    shift -= half
    line.owner_low = found.owner_low
    line.start_low = found.start_low
    line.unit = bits.unit
    line.owner_at = bits.time_bits & (WORD - 1)     # 64 only where there is one owner, which is 0 then
    memset(bucket_ends, 0, buckets * sizeof(Py_ssize_t))
    if buckets > 1:
        for i in range(rows.size):
            k = place_of(&line, rows.owner[i], rows.start[i]) >> half >> shift
            bucket_ends[k] += says_something(&rows, &ranks, &share, i)
        for k in range(buckets):
            size = bucket_ends[k]
            bucket_ends[k] = total
            total += size
            largest = max(largest, size)
    else:
        total = rows.size
    for i in range(rows.size):
        place = place_of(&line, rows.owner[i], rows.start[i])
        k = place >> half >> shift
        counts = says_something(&rows, &ranks, &share, i)
        place = (place << length_bits) | ((<uint64_t> rows.end[i] - <uint64_t> rows.start[i]) >> unit)
        if rank_bits:
            place = (place << RANK_BITS) | <uint64_t> rank_at(&rows, &ranks, i)
        packed[choose(counts, bucket_ends[k], total)] = place   # one that does not count goes behind all others
        bucket_ends[k] += counts
    return max(largest, bucket_ends[0])


cdef void sweep_packed_alike(
    const uint64_t *packed, Py_ssize_t size, const Packing *bits, Sweep *out
) noexcept nogil:
    """Sorted rows of one rank, behind those that were swept before; the blocks are times on the long line yet."""
    cdef Py_ssize_t i, last = out.size - 1
    cdef uint64_t length_mask = (<uint64_t> 1 << bits.length_bits) - 1
    cdef int64_t opened = 0, reach = -1, s, e, opens
    if last >= 0:
        opened = out.starts[last]
        reach = out.ends[last]
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


cdef void sweep_packed_mixed(const uint64_t *packed, Py_ssize_t size, const Packing *bits, Sweep *out) noexcept nogil:
    """Sorted rows of several ranks, behind those that were swept before; the blocks are times on the long line yet."""
    cdef Py_ssize_t i
    cdef int time_at = bits.rank_bits + bits.length_bits
    cdef uint64_t length_mask = (<uint64_t> 1 << bits.length_bits) - 1
    cdef int64_t s
    for i in range(size):
        s = <int64_t> (packed[i] >> time_at)
        take(out, s, s + <int64_t> ((packed[i] >> RANK_BITS) & length_mask), <int> (packed[i] & TOP_RANK))


cdef void unpack(const Survey *found, const Packing *bits, Sweep *out) noexcept nogil:
    """Turn times on the long line into owners and times."""
    cdef Py_ssize_t i
    cdef uint64_t time_mask = (<uint64_t> 1 << bits.time_bits) - 1
    for i in range(out.size):
        out.owners[i] = found.owner_low + (out.starts[i] >> bits.time_bits)
        out.starts[i] = found.start_low + <int64_t> ((<uint64_t> out.starts[i] & time_mask) << bits.unit)
        out.ends[i] = found.start_low + <int64_t> ((<uint64_t> out.ends[i] & time_mask) << bits.unit)


cdef Outcome merge_packed(
    const Ranks *ranks, const Survey *found, const Packing *bits,
    uint64_t *packed, const Py_ssize_t *bucket_ends, uint64_t *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    """Sort bucket by bucket, each in its cache, and sweep it while it is there."""
    cdef Py_ssize_t k, first = 0, i
    cdef int low = bits.rank_bits + bits.length_bits
    cdef int high = low + bits.time_bits + bits.owner_bits - bits.bucket_bits
    cdef uint64_t *bucket
    for k in range(<Py_ssize_t> 1 << bits.bucket_bits):
        bucket = radix_sort(packed + first, scratch, bucket_ends[k] - first, low, high, token)
        if bucket is NULL or is_cancelled(token):
            return STOPPED
        if ranks.alike:
            sweep_packed_alike(bucket, bucket_ends[k] - first, bits, out)
        else:
            sweep_packed_mixed(bucket, bucket_ends[k] - first, bits, out)
        first = bucket_ends[k]
    if ranks.alike:
        for i in range(out.size):
            out.ranks[i] = ranks.alike
    close_owner(out)
    unpack(found, bits, out)
    return DONE


cdef Outcome merge_wide(
    const Rows *rows, const Ranks *ranks, const Survey *found, const Share *share,
    Pair *pairs, Pair *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    """Rows that do not fit 64 bits: sort their numbers by start, then by owner, and sweep them in that order."""
    cdef Py_ssize_t i, row, size = 0
    cdef Pair *sorted_pairs
    for i in range(rows.size):
        if says_something(rows, ranks, share, i):
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
        next_row(out, rows.owner[row], rows.start[row], rows.end[row], <int> rank_at(rows, ranks, row))
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

    def in_order(self, Py_ssize_t low, Py_ssize_t high, bint backwards=False):
        """Merge rows [low, high), or None if they are not in order of owner and start (from the last to the first)."""
        cdef Rows rows = self.rows
        cdef Blocks blocks
        cdef Outcome outcome
        if low >= high:
            return Blocks(0).finish(self.ranks.status_of)
        rows.size = high - low
        rows.first = high - 1 if backwards else low
        rows.step = -1 if backwards else 1
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
                self.bits = packing_of(&self.found, &self.ranks, self.rows.size)
        if self.found.wrong:
            complain(&self.rows)
        return self.found.owner_low, self.found.owner_high

    def any_order(self, int64_t low, int64_t high):
        """Merge the rows of owners `low` to `high`, in whatever order they are."""
        cdef Blocks blocks = Blocks(self.most(self.rows.size))
        cdef Share share = [low, high]
        cdef Packing *bits = &self.bits
        if bits.rank_bits + bits.length_bits + bits.time_bits + bits.owner_bits <= WORD:
            return self.finished(blocks, self.packed(blocks, &share))
        return self.finished(blocks, self.wide(blocks, &share))

    cdef Outcome packed(self, Blocks blocks, const Share *share) except *:
        cdef Memory rows = allocate(self.rows.size + 1, sizeof(uint64_t)), scratch
        cdef Py_ssize_t bucket_ends[1 << LARGE_DIGIT]
        cdef Py_ssize_t largest
        cdef Outcome outcome
        with nogil:
            largest = pack(
                &self.rows, &self.ranks, &self.found, &self.bits, share, <uint64_t *> rows.data, bucket_ends
            )
        scratch = allocate(largest, sizeof(uint64_t))
        with nogil:
            outcome = merge_packed(
                &self.ranks, &self.found, &self.bits,
                <uint64_t *> rows.data, bucket_ends, <uint64_t *> scratch.data, &blocks.sweep, self.token
            )
        return outcome

    cdef Outcome wide(self, Blocks blocks, const Share *share) except *:
        cdef Memory first = allocate(self.rows.size, sizeof(Pair)), second = allocate(self.rows.size, sizeof(Pair))
        cdef Outcome outcome
        with nogil:
            outcome = merge_wide(
                &self.rows, &self.ranks, &self.found, share,
                <Pair *> first.data, <Pair *> second.data, &blocks.sweep, self.token
            )
        return outcome


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
