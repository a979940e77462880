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
row either extends it or opens the next. Which of the two is as good as random, and a branch on it would cost more than
all else: the row is written as the next block in either case, and the place of the next moves on by 0 or 1.

Rows that come owner after owner are merged in one pass, and sorted where an owner's are out of order: see
`_ordered.pyx`. Others are sorted first, by owner and start: see `_pack.pyx`.

To share the work, each thread takes the rows of its own owners where those are in order. Else it packs a part of the
rows, and then sorts and sweeps the buckets of its own owners. What the threads give is put behind each other.

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore._cancel cimport CancelToken
from schedcore._column cimport Column, new_column
from schedcore.freebusy._blocks cimport STATUSES, Blocks, Memory, allocate
from schedcore.freebusy._ordered cimport sweep_rows
from schedcore.freebusy._pack cimport (
    DISORDER, STOPPED, WORD, WRONG, Line, Outcome, Packing, Ranks, Rows, Survey, add_survey, bucket_bits_for,
    count_buckets, line_of, merge_buckets, merge_wide, pack, packing_of, size_of, survey_of,
)
from schedcore.freebusy._radix cimport Pair

from schedcore.errors import Cancelled, ColumnError


cdef enum:
    BUSY = 2                # what a row is when no statuses are given


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
    cdef Memory packed      # the rows, bucket by bucket
    cdef Memory counts      # for each part of the rows and each bucket, how many there are; then, where the next goes
    cdef Memory bounds      # where each bucket begins, and where the last one ends

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
        """Merge rows [low, high), or None if their owners are not in order (from the last row to the first).

        None too where one owner has more rows out of order than a segment takes.
        """
        cdef Rows rows = self.rows
        cdef Blocks blocks
        cdef Memory memory = Memory.__new__(Memory)
        cdef Outcome outcome
        if low >= high:
            return Blocks(0).finish(self.ranks.status_of)
        rows.size = high - low
        rows.first = high - 1 if backwards else low
        rows.step = -1 if backwards else 1
        blocks = Blocks(self.most(rows.size))
        with nogil:
            outcome = sweep_rows(&rows, &self.ranks, memory, &blocks.sweep, self.token)
        if outcome == WRONG:
            complain(&self.rows)
        return None if outcome == DISORDER else self.finished(blocks, outcome)

    cdef Py_ssize_t most(self, Py_ssize_t rows):
        """How many blocks rows can give."""
        return rows if self.ranks.alike else 2 * rows

    cdef tuple finished(self, Blocks blocks, Outcome outcome):
        if outcome == STOPPED:
            raise Cancelled("merging was cancelled; nothing of it was kept")
        return blocks.finish(self.ranks.status_of, self.ranks.alike)

    def survey(self, Py_ssize_t low, Py_ssize_t high):
        """Look over rows [low, high); what is found is for `plan`."""
        cdef Survey found
        with nogil:
            found = survey_of(&self.rows, low, high)
        return found

    def plan(self, surveys, Py_ssize_t parts):
        """Get ready to sort the rows in so many parts, by the surveys of all; False if they cannot be packed."""
        cdef Survey more
        cdef Packing *bits = &self.bits
        self.found = surveys[0]
        for survey in surveys:
            more = survey
            add_survey(&self.found, &more)
        if self.found.wrong:
            complain(&self.rows)
        bits[0] = packing_of(&self.found, &self.ranks)
        if size_of(bits) > WORD:
            return False
        bits.bucket_bits = bucket_bits_for(bits, self.rows.size)
        self.packed = allocate(self.rows.size + parts, sizeof(uint64_t))
        self.counts = cleared(parts * self.buckets())
        self.bounds = cleared(self.buckets() + 1)
        return True

    cdef Py_ssize_t buckets(self):
        return <Py_ssize_t> 1 << self.bits.bucket_bits

    def is_one_bucket(self):
        """Whether there is nothing to count: a single part then finds its places as it goes."""
        return self.bits.bucket_bits == 0

    cdef Py_ssize_t *counts_of(self, Py_ssize_t part):
        return <Py_ssize_t *> self.counts.data + (part << self.bits.bucket_bits)

    def count(self, Py_ssize_t part, Py_ssize_t low, Py_ssize_t high):
        """Count what each bucket gets of a part, rows [low, high)."""
        cdef Line line = line_of(&self.found, &self.bits)
        cdef Py_ssize_t *counts = self.counts_of(part)
        with nogil:
            count_buckets(&self.rows, &self.ranks, line, low, high, counts)

    def place(self, Py_ssize_t parts):
        """Give each part its places in each bucket, those of the first part first."""
        cdef Py_ssize_t k, part, count, at = 0
        cdef Py_ssize_t *bounds = <Py_ssize_t *> self.bounds.data
        cdef Py_ssize_t buckets = self.buckets()
        for k in range(buckets):
            bounds[k] = at
            for part in range(parts):
                count = self.counts_of(part)[k]
                self.counts_of(part)[k] = at
                at += count
        bounds[buckets] = at

    def pack(self, Py_ssize_t part, Py_ssize_t low, Py_ssize_t high):
        """Pack a part, rows [low, high), into the buckets."""
        cdef Line line = line_of(&self.found, &self.bits)
        cdef Py_ssize_t *places = self.counts_of(part)
        cdef Py_ssize_t *bounds = <Py_ssize_t *> self.bounds.data
        cdef Py_ssize_t last = self.buckets(), elsewhere = self.rows.size + part
        with nogil:
            pack(
                &self.rows, &self.ranks, line, &self.bits, low, high,
                <uint64_t *> self.packed.data, places, elsewhere
            )
        if high == self.rows.size:
            bounds[last] = places[last - 1]

    def shares(self, Py_ssize_t wanted):
        """Cut the buckets into about so many shares of about one size, between owners; the bounds of each."""
        cdef Py_ssize_t *bounds = <Py_ssize_t *> self.bounds.data
        cdef Py_ssize_t buckets = self.buckets()
        # Where buckets are finer than owners, so many belong to one.
        cdef Py_ssize_t step = <Py_ssize_t> 1 << max(0, self.bits.bucket_bits - self.bits.owner_bits)
        cdef Py_ssize_t k, low = 0, number = 1
        found = []
        for k in range(step, buckets, step):
            if bounds[k] * wanted >= bounds[buckets] * number and k > low:
                found.append((low, k))
                low = k
                number = bounds[k] * wanted // max(bounds[buckets], 1) + 1
        return [*found, (low, buckets)]

    def merge(self, Py_ssize_t low, Py_ssize_t high):
        """Merge buckets [low, high), which hold all rows of their owners."""
        cdef Py_ssize_t *bounds = <Py_ssize_t *> self.bounds.data
        cdef Py_ssize_t largest = max([bounds[k + 1] - bounds[k] for k in range(low, high)])
        cdef Blocks blocks = Blocks(self.most(bounds[high] - bounds[low]))
        cdef Memory scratch = allocate(largest, sizeof(uint64_t))
        cdef Outcome outcome
        with nogil:
            outcome = merge_buckets(
                &self.ranks, &self.found, &self.bits, <uint64_t *> self.packed.data, bounds,
                low, high, <uint64_t *> scratch.data, &blocks.sweep, self.token
            )
        return self.finished(blocks, outcome)

    def wide(self):
        """Merge rows that cannot be packed."""
        cdef Blocks blocks = Blocks(self.most(self.rows.size))
        cdef Memory first = allocate(self.rows.size, sizeof(Pair)), second = allocate(self.rows.size, sizeof(Pair))
        cdef Outcome outcome
        with nogil:
            outcome = merge_wide(
                &self.rows, &self.ranks, &self.found,
                <Pair *> first.data, <Pair *> second.data, &blocks.sweep, self.token
            )
        return self.finished(blocks, outcome)


cdef Memory cleared(Py_ssize_t count):
    """So many counters of 0."""
    cdef Memory memory = allocate(count, sizeof(Py_ssize_t))
    memset(memory.data, 0, count * sizeof(Py_ssize_t))
    return memory


def joined(parts):
    """Put the columns of answers behind each other."""
    cdef list out = []
    cdef Column column, whole
    for columns in zip(*parts):
        whole = new_column(sum(map(len, columns)))
        for column in columns:
            if column.size:         # an empty column may have no memory, and memcpy must not be given NULL
                memcpy(whole.data + whole.size, column.data, column.size * sizeof(int64_t))
            whole.size += column.size
        out.append(whole)
    return tuple(out)
