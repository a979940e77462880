"""Overlapping stretches of many people, merged into who is what, when.

Rules
1. A row is an owner, a half-open stretch [start, end) and a status from 0 to 3. Where stretches of one owner overlap,
   the highest status wins; status 0 (free) and stretches of no length say nothing.
2. The answer is sorted by owner and start, its stretches do not overlap, and two that touch differ in status or owner.

Theory
The sweep takes the rows of one owner in order of start. `reach[s]` is the furthest end of status `s` so far, and one
block is open: `[opened, reach[top])` of status `top`, the highest status in force. A row of status `s` that starts at
`t` after the end of the open block closes it; the highest status below that still reaches further opens the next one,
where the closed one ended. Then either nothing is open and the row opens a block, or `s <= top` and it only moves
`reach[s]`, or `s > top` and the open block is cut at `t`. Closing only when `t` lies beyond the end is what joins
stretches that touch. Nothing is ever written twice, and every write is final. A row opens at most one block and its
end at most one more, so `n` rows give at most `2 n` blocks: O(n) with a constant of four statuses.

Rows that do not come in order are grouped by owner (one counting pass where owners are dense numbers, a radix sort
where they are not), then each owner's rows are put in order by themselves, where they fit a cache: left alone when
they are in order already, by insertion when few, else by a radix sort of the bits in which they differ.

This module knows nothing of calendars, zones or iCalendar words.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport INT64_MIN, int64_t, uint64_t
from libc.string cimport memset

from schedcore._column cimport Column, new_column, reserve

from schedcore.errors import ColumnError


cdef enum:
    TOP_STATUS = 3          # the highest status
    ONE_STATUS = 2          # what a row is when no statuses are given: busy
    CHUNK = 4096            # rows swept between two looks at the room left in the answer: 128 KiB of input
    FEW = 24                # rows that insertion sorts faster than a radix sort can clear its counters
    SMALL_DIGIT = 8         # bits a radix pass looks at: 256 counters stay in the first cache ...
    LARGE_DIGIT = 11        # ... and 2,048 pay from a few thousand rows on
    LARGE = 3000
    SPARSE = 4              # owners are dense while their numbers span at most so many times the rows


ctypedef struct Row:
    uint64_t key            # what is sorted by: the start, moved so that unsigned order is the signed one
    int64_t end
    int64_t status


ctypedef struct Survey:     # what one look over the input finds
    bint wrong              # a row breaks rule 1 of the input; `complain` finds which
    bint in_order           # by owner, then start
    int64_t owner_low
    int64_t owner_high


ctypedef struct Sweep:      # the open block of one owner, and where finished blocks go
    int64_t owner
    int64_t opened
    int top                 # 0: nothing is open
    int64_t reach[4]
    int64_t *owners
    int64_t *starts
    int64_t *ends
    int64_t *statuses
    Py_ssize_t size


cdef inline uint64_t key_of(int64_t start) noexcept nogil:
    return <uint64_t> start ^ (<uint64_t> 1 << 63)


cdef inline int64_t start_of(uint64_t key) noexcept nogil:
    return <int64_t> (key ^ (<uint64_t> 1 << 63))


# ---------------------------------------------------------------------------------------------------------- the sweep

cdef inline void emit(Sweep *sweep, int64_t end) noexcept nogil:
    sweep.owners[sweep.size] = sweep.owner
    sweep.starts[sweep.size] = sweep.opened
    sweep.ends[sweep.size] = end
    sweep.statuses[sweep.size] = sweep.top
    sweep.size += 1


cdef inline void close_block(Sweep *sweep) noexcept nogil:
    """Write the open block to its end; the highest status that reaches further opens the next one there."""
    cdef int64_t end = sweep.reach[sweep.top]
    emit(sweep, end)
    sweep.opened = end
    sweep.top -= 1
    while sweep.top > 0 and sweep.reach[sweep.top] <= end:
        sweep.top -= 1


cdef inline void close_owner(Sweep *sweep) noexcept nogil:
    while sweep.top > 0:
        close_block(sweep)


cdef inline void next_owner(Sweep *sweep, int64_t owner) noexcept nogil:
    close_owner(sweep)
    sweep.owner = owner
    sweep.reach[1] = sweep.reach[2] = sweep.reach[3] = INT64_MIN


cdef inline void take(Sweep *sweep, int64_t start, int64_t end, int status) noexcept nogil:
    """The next row of the owner, in order of start."""
    if status == 0 or start == end:
        return
    while sweep.top > 0 and start > sweep.reach[sweep.top]:
        close_block(sweep)
    if status > sweep.top:
        if sweep.top > 0 and start > sweep.opened:
            emit(sweep, start)
        sweep.opened = start
        sweep.top = status
    if end > sweep.reach[status]:
        sweep.reach[status] = end


cdef void give_back(Column column) noexcept:
    """Return the memory that a column does not need; if the allocator has a reason not to, it stays."""
    cdef void *less = PyMem_RawRealloc(column.data, max(column.size, 1) * sizeof(int64_t))
    if less is not NULL:
        column.data = <int64_t *> less
        column.capacity = column.size


cdef class Blocks:
    """The four columns of the answer, and the sweep that fills them."""

    cdef Column owner, start, end, status
    cdef Sweep sweep

    def __cinit__(self, Py_ssize_t rows):
        # As many blocks as rows is the common most. Memory that is never written costs address space only.
        self.owner = new_column(rows)
        self.start = new_column(rows)
        self.end = new_column(rows)
        self.status = new_column(rows)
        memset(&self.sweep, 0, sizeof(Sweep))
        self.sweep.owner = -1

    cdef int make_room(self, Py_ssize_t rows) except -1:
        """Room for all that `rows` more rows can give, on top of what may still be open."""
        cdef Py_ssize_t needed = self.sweep.size + 2 * rows + TOP_STATUS
        cdef Column column
        if needed > self.owner.capacity:
            needed += self.owner.capacity
            for column in (self.owner, self.start, self.end, self.status):
                reserve(column, needed)
        self.sweep.owners = self.owner.data
        self.sweep.starts = self.start.data
        self.sweep.ends = self.end.data
        self.sweep.statuses = self.status.data
        return 0

    cdef tuple finish(self):
        close_owner(&self.sweep)
        cdef Column column
        for column in (self.owner, self.start, self.end, self.status):
            column.size = self.sweep.size
            give_back(column)
        return self.owner, self.start, self.end, self.status


cdef tuple sweep_columns(
    const int64_t[::1] owner, const int64_t[::1] start, const int64_t[::1] end, const int64_t[::1] status
):
    """Columns that are in order already."""
    cdef Blocks blocks = Blocks(owner.shape[0])
    cdef Py_ssize_t n = owner.shape[0], i = 0, stop
    cdef bint one = status is None
    while i < n:
        stop = min(i + CHUNK, n)
        blocks.make_room(stop - i)
        with nogil:
            while i < stop:
                if owner[i] != blocks.sweep.owner:
                    next_owner(&blocks.sweep, owner[i])
                take(&blocks.sweep, start[i], end[i], ONE_STATUS if one else <int> status[i])
                i += 1
    blocks.make_room(0)
    return blocks.finish()


# ----------------------------------------------------------------------------------------------------------- the sort

cdef class Memory:
    """Raw memory that goes away with its name."""

    cdef void *data

    def __dealloc__(self):
        PyMem_RawFree(self.data)


cdef Memory allocate(Py_ssize_t count, Py_ssize_t size):
    cdef Memory memory = Memory.__new__(Memory)
    memory.data = PyMem_RawMalloc(count * size)
    if memory.data is NULL:
        raise MemoryError(f"no memory to sort {count} rows ({count * size} bytes)")
    return memory


cdef inline void insertion_sort(Row *rows, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i, j
    cdef Row row
    for i in range(1, n):
        row = rows[i]
        j = i
        while j > 0 and rows[j - 1].key > row.key:
            rows[j] = rows[j - 1]
            j -= 1
        rows[j] = row


cdef void radix_pass(const Row *rows, Row *out, Py_ssize_t n, uint64_t low, int shift, int digit) noexcept nogil:
    """One stable pass by `digit` bits from `shift` on of the distance to `low`."""
    cdef Py_ssize_t places[1 << LARGE_DIGIT]
    cdef Py_ssize_t i, place = 0, count
    cdef uint64_t mask = (<uint64_t> 1 << digit) - 1, d
    memset(places, 0, (<Py_ssize_t> mask + 1) * sizeof(Py_ssize_t))
    for i in range(n):
        places[((rows[i].key - low) >> shift) & mask] += 1
    for d in range(mask + 1):
        count = places[d]
        places[d] = place
        place += count
    for i in range(n):
        d = ((rows[i].key - low) >> shift) & mask
        out[places[d]] = rows[i]
        places[d] += 1


cdef const Row *sort_rows(Row *rows, Row *scratch, Py_ssize_t n) noexcept nogil:
    """Put rows in order of key; the answer lies in `rows` or in `scratch`, whichever the last pass wrote."""
    cdef uint64_t low = rows[0].key, high = rows[0].key, spread
    cdef bint in_order = True
    cdef int bits = 0, passes, digit, shift = 0
    cdef Py_ssize_t i
    for i in range(1, n):
        in_order &= rows[i - 1].key <= rows[i].key
        low = min(low, rows[i].key)
        high = max(high, rows[i].key)
    if in_order:
        return rows
    if n <= FEW:
        insertion_sort(rows, n)
        return rows
    spread = high - low
    while spread:
        spread >>= 1
        bits += 1
    digit = SMALL_DIGIT if n < LARGE else LARGE_DIGIT
    passes = (bits + digit - 1) // digit
    digit = (bits + passes - 1) // passes
    while shift < bits:
        radix_pass(rows, scratch, n, low, shift, digit)
        rows, scratch = scratch, rows
        shift += digit
    return rows


cdef class Groups:
    """Rows brought together by owner, owners in order: group `g` is `rows[first[g]:first[g + 1]]`."""

    cdef Memory row_memory, owner_memory, first_memory
    cdef Row *rows
    cdef int64_t *owner
    cdef Py_ssize_t *first
    cdef Py_ssize_t count, largest

    def __cinit__(self, Py_ssize_t n, Py_ssize_t most):
        self.row_memory = allocate(n, sizeof(Row))
        self.owner_memory = allocate(most, sizeof(int64_t))
        self.first_memory = allocate(most + 1, sizeof(Py_ssize_t))
        self.rows = <Row *> self.row_memory.data
        self.owner = <int64_t *> self.owner_memory.data
        self.first = <Py_ssize_t *> self.first_memory.data


cdef inline void put(Row *row, int64_t start, int64_t end, int64_t status) noexcept nogil:
    row.key = key_of(start)
    row.end = end
    row.status = status


cdef Groups group_dense(
    const int64_t[::1] owner, const int64_t[::1] start, const int64_t[::1] end, const int64_t[::1] status,
    int64_t low, Py_ssize_t span
):
    """Owners are numbers from `low` on, `span` of them: count the rows of each, then put every row into its place."""
    cdef Py_ssize_t n = owner.shape[0], i, k, place = 0, count
    cdef Groups groups = Groups(n, span)
    cdef Memory memory = allocate(span, sizeof(Py_ssize_t))
    cdef Py_ssize_t *places = <Py_ssize_t *> memory.data
    cdef bint one = status is None
    with nogil:
        memset(places, 0, span * sizeof(Py_ssize_t))
        for i in range(n):
            places[owner[i] - low] += 1
        for k in range(span):
            count = places[k]
            places[k] = place
            if count:
                groups.owner[groups.count] = low + k
                groups.first[groups.count] = place
                groups.count += 1
                groups.largest = max(groups.largest, count)
            place += count
        groups.first[groups.count] = n
        for i in range(n):
            k = owner[i] - low
            put(&groups.rows[places[k]], start[i], end[i], ONE_STATUS if one else status[i])
            places[k] += 1
    return groups


cdef Groups group_sparse(
    const int64_t[::1] owner, const int64_t[::1] start, const int64_t[::1] end, const int64_t[::1] status
):
    """Owners are any numbers: sort them with the number of their row beside them, and fetch the rows in that order."""
    cdef Py_ssize_t n = owner.shape[0], i, k
    cdef Groups groups = Groups(n, n)
    cdef Memory first = allocate(n, sizeof(Row)), second = allocate(n, sizeof(Row))
    cdef Row *pairs = <Row *> first.data
    cdef const Row *ordered
    cdef bint one = status is None
    with nogil:
        for i in range(n):
            put(&pairs[i], owner[i], i, 0)
        ordered = sort_rows(pairs, <Row *> second.data, n)
        for i in range(n):
            if i == 0 or ordered[i].key != ordered[i - 1].key:
                groups.owner[groups.count] = start_of(ordered[i].key)
                groups.first[groups.count] = i
                groups.count += 1
            k = ordered[i].end
            put(&groups.rows[i], start[k], end[k], ONE_STATUS if one else status[k])
        groups.first[groups.count] = n
        for k in range(groups.count):
            groups.largest = max(groups.largest, groups.first[k + 1] - groups.first[k])
    return groups


cdef tuple sweep_groups(Groups groups):
    """Every owner's rows, put in order where they are not."""
    cdef Blocks blocks = Blocks(groups.first[groups.count])
    cdef Memory scratch = allocate(groups.largest, sizeof(Row))
    cdef Py_ssize_t n = groups.first[groups.count], i = 0, g = 0, stop, first = 0
    cdef const Row *rows = groups.rows
    while i < n:
        stop = min(i + CHUNK, n)
        blocks.make_room(stop - i)
        with nogil:
            while i < stop:
                if i == groups.first[g]:
                    first = i
                    rows = sort_rows(groups.rows + i, <Row *> scratch.data, groups.first[g + 1] - i)
                    next_owner(&blocks.sweep, groups.owner[g])
                    g += 1
                take(&blocks.sweep, start_of(rows[i - first].key), rows[i - first].end, <int> rows[i - first].status)
                i += 1
    blocks.make_room(0)
    return blocks.finish()


# ----------------------------------------------------------------------------------------------------------- the input

cdef Survey survey(
    const int64_t[::1] owner, const int64_t[::1] start, const int64_t[::1] end, const int64_t[::1] status
) noexcept nogil:
    """One look over all rows, without a branch that depends on them."""
    cdef Survey found
    cdef Py_ssize_t n = owner.shape[0], i
    cdef int64_t low = owner[0], high = owner[0], last_owner = owner[0], last_start = start[0]
    cdef bint wrong = False, disorder = False
    for i in range(n):
        wrong |= (start[i] == INT64_MIN) | (end[i] < start[i])
        disorder |= (owner[i] < last_owner) | ((owner[i] == last_owner) & (start[i] < last_start))
        last_owner = owner[i]
        last_start = start[i]
        low = min(low, last_owner)
        high = max(high, last_owner)
    if status is not None:
        for i in range(n):
            wrong |= <uint64_t> status[i] > TOP_STATUS
    found.wrong = wrong or low < 0
    found.in_order = not disorder
    found.owner_low = low
    found.owner_high = high
    return found


cdef complain(owner, start, end, status):
    """Raise the ColumnError of the first row that breaks the rules."""
    for i in range(len(owner)):
        if owner[i] < 0:
            raise ColumnError(f"owner: row {i} is {owner[i]}; owners are numbers from 0 on")
        if start[i] == INT64_MIN or end[i] == INT64_MIN:
            name = "start" if start[i] == INT64_MIN else "end"
            raise ColumnError(f"{name}: row {i} is {INT64_MIN}, which is NaT, no time; leave such rows out")
        if end[i] < start[i]:
            raise ColumnError(f"end: row {i} ends at {end[i]}, before its start {start[i]}; swap them or drop the row")
        if status is not None and not 0 <= status[i] <= TOP_STATUS:
            raise ColumnError(f"status: row {i} is {status[i]}; statuses are 0 (free) to 3 (out of office)")


def merge_columns(
    const int64_t[::1] owner not None, const int64_t[::1] start not None, const int64_t[::1] end not None,
    const int64_t[::1] status=None
):
    """Merge columns of one length into owner, start, end and status; ColumnError names a row that is wrong."""
    cdef Survey found
    cdef uint64_t span
    if owner.shape[0] == 0:
        return Blocks(0).finish()
    with nogil:
        found = survey(owner, start, end, status)
    if found.wrong:
        complain(owner, start, end, status)
    if found.in_order:
        return sweep_columns(owner, start, end, status)
    span = <uint64_t> (found.owner_high - found.owner_low)
    if span < <uint64_t> (SPARSE * owner.shape[0]):
        return sweep_groups(group_dense(owner, start, end, status, found.owner_low, <Py_ssize_t> span + 1))
    return sweep_groups(group_sparse(owner, start, end, status))
