"""When owners are taken, from rows to merged stretches, without a list of occurrences in between.

Theory. Calendars are coarse: nearly all meetings begin and end on a quarter of an hour, or at worst on a minute. Let
the unit be the greatest common divisor of all times of day and lengths. Then an owner's window is a line of bits, one
for each unit (90 days of quarters of an hour are 135 words of 64 bits), an occurrence is some of these bits set, and
merged stretches are the runs of ones. Nothing is sorted and no two occurrences are ever compared; each costs a few
instructions, and so does each run. Lines are read in order, so the answer is sorted by owner and start.

1. A line for each rank (of a status, 0 is free and says nothing), of which the higher one wins.
2. Only groups of eight words are cleared and read that were written to.
3. Rows are taken by owner (sorted by counting, or by digits); owners are shared out among threads. An owner of a
   single row needs no line: the row is in order as it is.
4. Where the unit is so fine that a line would not stay in a cache (`MOST_WORDS`), or some occurrence does not fit the
   unit, there is no answer (None), and the caller merges columns instead (`freebusy.merge`).
"""

cimport cython
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore._cancel cimport is_cancelled
from schedcore._civil cimport DAY, floor_div
from schedcore._column cimport Column, large_pages, new_column, reserve
from schedcore.bulk._expand cimport Listed, Made, Piece, Window, is_simple, make_row, piece_of, shift_of
from schedcore.bulk._rows cimport NO_INDEX, UNREAD, Data, Row

from schedcore.errors import Cancelled

cdef extern from *:
    """
    static inline int schedcore_ones_from(unsigned long long v) { return __builtin_ctzll(v); }
    static inline void schedcore_fetch(const void *p) {     /* a row takes two lines of the cache */
        __builtin_prefetch(p);
        __builtin_prefetch((const char *)p + 64);
    }
    static inline int schedcore_ones_in(unsigned long long v) {
        /* Sums of 2, 4 and 8 bits side by side, then all of them (Warren, Hacker's Delight, 5-1): without a special
           instruction, which the compiler may not assume. */
        v -= (v >> 1) & 0x5555555555555555ULL;
        v = (v & 0x3333333333333333ULL) + ((v >> 2) & 0x3333333333333333ULL);
        return (int)((((v + (v >> 4)) & 0x0F0F0F0F0F0F0F0FULL) * 0x0101010101010101ULL) >> 56);
    }
    """
    int schedcore_ones_from(unsigned long long v) noexcept nogil
    void schedcore_fetch(const void *p) noexcept nogil
    int schedcore_ones_in(unsigned long long v) noexcept nogil

cdef enum:
    RANKS = 4                   # free and three that block
    MOST_WORDS = 1 << 14        # of a line, 128 KiB: 90 days of 8 seconds, 2 years of a minute
    GROUP = 8                   # words that are marked together, a line of the cache
    SAMPLE = 2048               # rows by which the number of stretches is judged
    AHEAD = 8                   # rows: by the time it is their turn they are there
    LOOK = 256                  # owners between two looks at the cancel flag

cdef uint64_t ALL = ~<uint64_t> 0


# Stretches as they are found, in seconds, in the memory of the answer.
cdef struct Found:
    int64_t *owners
    int64_t *starts
    int64_t *ends
    int64_t *ranks
    Py_ssize_t n, room


# The lines of one owner.
cdef struct Lines:
    uint64_t *words[RANKS]
    uint8_t *marked             # by group; a few more than there are, since they are read by eight
    Py_ssize_t n                # words
    int64_t bits
    unsigned int used           # bit r: something of rank r was set
    int64_t origin, unit        # bit i begins at origin + i * unit
    int64_t low, high           # the window
    int64_t *edges              # where runs begin and end, in turn: room for all bits and some more
    uint8_t *edge_ranks         # of each run, where several ranks are set


cdef inline int64_t divisor(int64_t unit, int64_t value) noexcept nogil:
    """The greatest common divisor; nearly always `unit` itself."""
    cdef int64_t rest
    value = value if value >= 0 else -value
    if unit <= 0x7FFFFFFF and value <= 0x7FFFFFFF:          # a division of 32 bits takes half as long
        if cython.cast(int32_t, value) % cython.cast(int32_t, unit) == 0:
            return unit
    while value:
        rest = unit % value
        unit = value
        value = rest
    return unit


@cython.cdivision(True)
cdef int64_t unit_of(const Data *c) noexcept nogil:
    """The unit of all rows: their times of day, and how long they are."""
    cdef Py_ssize_t i
    cdef int64_t unit = DAY
    for i in range(c.size):
        unit = divisor(unit, c.rows[i].local % DAY)
        unit = divisor(unit, c.rows[i].seconds)
    return unit


@cython.cdivision(True)
cdef inline void set_bits(Lines *lines, int rank, int64_t first, int64_t end) noexcept nogil:
    """Set bits [first, end), those that are on the line."""
    cdef uint64_t *words = lines.words[rank]
    cdef int64_t w, last
    cdef int at
    cdef uint64_t mask
    if first < 0:
        first = 0
    if end > lines.bits:
        end = lines.bits
    if first >= end:
        return
    w = first >> 6
    at = <int> (first & 63)
    last = end - (w << 6)                       # counted from the first word
    lines.marked[w >> 3] = 1
    if last <= 64:
        mask = ALL << at
        if last < 64:
            mask &= ~(ALL << <int> last)
        words[w] |= mask
        return
    words[w] |= ALL << at
    w += 1
    last -= 64
    while last >= 64:
        lines.marked[w >> 3] = 1
        words[w] = ALL
        w += 1
        last -= 64
    if last:
        lines.marked[w >> 3] = 1
        words[w] |= ~(ALL << <int> last)


cdef inline void set_short(Lines *lines, uint64_t *words, int64_t first, uint64_t ones) noexcept nogil:
    """Set up to 64 bits from `first` on, all of them on the line, without a branch; a line has a word to spare."""
    cdef int64_t w = first >> 6
    cdef int at = <int> (first & 63)
    lines.marked[w >> 3] = 1
    lines.marked[(w + 1) >> 3] = 1
    words[w] |= ones << at
    words[w + 1] |= ones >> 1 >> (63 - at)


cdef Py_ssize_t read_alone(Lines *lines, int rank) noexcept nogil:
    """Where the runs of a line begin and end, in turn; how many edges that are. Clears the line.

    An edge is a bit that differs from the one before. How many a word has is as good as random, and a loop that guesses
    wrong costs more than the work: so four are written in any case, and the place of the next moves on by as many as
    there are (as simdjson finds its structural characters: Langdale and Lemire 2019, 3.1.5).
    """
    cdef Py_ssize_t group, w, groups = (lines.n + GROUP) // GROUP, n = 0
    cdef uint64_t *words = lines.words[rank]
    cdef int64_t *edges = lines.edges
    cdef uint64_t word, edge, before = 0
    cdef int64_t base
    cdef int k, found
    for group in range(groups):
        if not lines.marked[group]:
            if before:                                      # a run that ended with the group before
                edges[n] = group * GROUP * 64
                n += 1
                before = 0
            continue
        lines.marked[group] = 0
        for w in range(group * GROUP, min((group + 1) * GROUP, lines.n + 1)):
            word = words[w]
            words[w] = 0
            edge = word ^ (word << 1 | before)
            before = word >> 63
            found = schedcore_ones_in(edge)
            base = w * 64
            for k in range(4):
                edges[n + k] = base + schedcore_ones_from(edge | <uint64_t> 1 << 63)
                edge &= edge - 1
            for k in range(4, found):
                edges[n + k] = base + schedcore_ones_from(edge)
                edge &= edge - 1
            n += found
    if before:
        edges[n] = lines.n * 64
        n += 1
    return n


cdef int read_lines(Lines *lines, list columns, Found *found, int64_t owner) except -1 nogil:
    """Append the runs of an owner, and clear the lines."""
    cdef Py_ssize_t begin = found.n, n, i
    cdef int rank, alone = 0
    for rank in range(1, RANKS):
        if lines.used == <unsigned int> 1 << rank:
            alone = rank
    lines.used = 0
    if alone:
        n = read_alone(lines, alone) // 2
    else:
        n = read_mixed(lines)
    if found.n + n > found.room:
        with gil:
            grow_columns(columns, found, n)
    for i in range(n):
        found.owners[begin + i] = owner
        found.starts[begin + i] = lines.origin + lines.edges[2 * i] * lines.unit
        found.ends[begin + i] = lines.origin + lines.edges[2 * i + 1] * lines.unit
    if alone:
        for i in range(n):
            found.ranks[begin + i] = alone
    else:
        for i in range(n):
            found.ranks[begin + i] = lines.edge_ranks[i]
    found.n += n
    i = begin
    while i < found.n and found.starts[i] < lines.low:      # only what touches the bounds can lie beyond them
        found.starts[i] = lines.low
        if found.ends[i] <= lines.low:
            found.ends[i] = lines.low
        i += 1
    i = found.n - 1
    while i >= begin and found.ends[i] > lines.high:
        found.ends[i] = lines.high
        i -= 1
    return 0


cdef Py_ssize_t read_mixed(Lines *lines) noexcept nogil:
    """The runs of the highest rank at each bit, as edges, and the rank of each run; how many. Clears the lines."""
    cdef Py_ssize_t w, n = 0
    cdef uint64_t left[RANKS]
    cdef uint64_t covered, word
    cdef int rank, at, size
    memset(lines.marked, 0, lines.n // GROUP + 2)
    for w in range(lines.n + 1):
        covered = 0
        for rank in range(RANKS - 1, 0, -1):
            left[rank] = lines.words[rank][w] & ~covered
            covered |= lines.words[rank][w]
            lines.words[rank][w] = 0
        while covered:
            at = schedcore_ones_from(covered)
            rank = 1
            while not left[rank] >> at & 1:
                rank += 1
            word = left[rank]
            size = 64 - at if word >> at == ALL >> at else schedcore_ones_from(~(word >> at))
            if n and lines.edges[2 * n - 1] == w * 64 + at and lines.edge_ranks[n - 1] == rank:
                lines.edges[2 * n - 1] += size
            else:
                lines.edges[2 * n], lines.edges[2 * n + 1] = w * 64 + at, w * 64 + at + size
                lines.edge_ranks[n] = rank
                n += 1
            if at + size == 64:
                break
            covered &= ALL << (at + size)
    return n


cdef class Memory:
    """Raw memory that goes away with its name."""

    cdef void *data

    def __dealloc__(self):
        PyMem_RawFree(self.data)


cdef Memory cleared(Py_ssize_t count, Py_ssize_t size):
    cdef Memory memory = Memory.__new__(Memory)
    memory.data = PyMem_RawCalloc(max(count, 1), size)
    if memory.data is NULL:
        raise MemoryError(f"no memory for {count * size} bytes")
    return memory


@cython.final
cdef class Taken:
    """The rows of a window (that asks for what touches it), by owner; `rank` has the rank of each status."""

    cdef Window window
    cdef readonly int64_t unit
    cdef readonly bint fits                 # whether lines of bits can tell
    cdef int64_t origin, bits
    cdef Memory lists                       # int32: the shapes' lists in units from the origin on
    cdef Memory places                      # by shape: where its list begins in `lists`
    cdef Memory order                       # rows by owner; NULL data: as they are
    cdef Py_ssize_t size
    cdef int[4] ranks

    def __cinit__(self, Window window not None, rank):
        self.window, self.size = window, window.rows.c.size
        for i in range(RANKS):
            self.ranks[i] = rank[i]
        self.origin = floor_div(window.a, DAY) * DAY
        self._find_unit()
        self.bits = (window.b - self.origin + self.unit - 1) // self.unit if window.b > window.a else 0
        self.fits = self.bits <= <int64_t> MOST_WORDS * 64
        if self.fits:
            self._count_in_units()
            self._sort_by_owner()

    cdef int _find_unit(self) except -1:
        cdef Data *c = &self.window.rows.c
        cdef Py_ssize_t i, k
        cdef Listed *listed
        cdef int64_t unit
        with nogil:
            unit = unit_of(c)
            for i in range(c.n_zones):
                unit = divisor(unit, self.window.spans[i].offset)
            for i in range(c.n_shapes):
                listed = self.window.listed + i
                if not c.shapes[i].shifts and listed.ready:
                    for k in range(listed.window, listed.n):
                        unit = divisor(unit, listed.at[k] - self.origin)
        self.unit = unit
        return 0

    @cython.cdivision(True)
    cdef int _count_in_units(self) except -1:
        """The lists once more in units, so that no occurrence takes a division."""
        cdef Data *c = &self.window.rows.c
        cdef Py_ssize_t i, k, total = 0
        cdef Listed *listed
        cdef int32_t *out
        cdef Py_ssize_t *places
        for i in range(c.n_shapes):
            total += self.window.listed[i].n - self.window.listed[i].window
        self.lists, self.places = cleared(total, sizeof(int32_t)), cleared(c.n_shapes, sizeof(Py_ssize_t))
        out, places = <int32_t *> self.lists.data, <Py_ssize_t *> self.places.data
        total = 0
        with nogil:
            for i in range(c.n_shapes):
                listed = self.window.listed + i
                places[i] = total - listed.window
                for k in range(listed.window, listed.n):
                    out[total] = <int32_t> ((listed.at[k] - self.origin) // self.unit)
                    total += 1
        return 0

    cdef int _sort_by_owner(self) except -1:
        """Rows by owner, those of one owner in any order; nothing to do where they are so already."""
        cdef const Row *rows = self.window.rows.c.rows
        cdef Py_ssize_t i
        cdef bint sorted_already = True
        cdef int64_t least = INT64_MAX, most = 0
        with nogil:
            for i in range(self.size):
                if i and rows[i].owner < rows[i - 1].owner:
                    sorted_already = False
                least = min(least, rows[i].owner)
                most = max(most, rows[i].owner)
        self.order = Memory.__new__(Memory)
        if sorted_already:
            return 0
        self.order = cleared(self.size, sizeof(int32_t))
        if most - least <= 4 * self.size + 1024:
            sort_by_counting(rows, self.size, least, most, <int32_t *> self.order.data)
        else:
            sort_by_digits(rows, self.size, least, most, <int32_t *> self.order.data)
        return 0

    def shares(self, Py_ssize_t wanted):
        """Cut the rows, by owner, into at most so many shares between owners; the bounds of all."""
        cdef const Row *rows = self.window.rows.c.rows
        cdef const int32_t *order = <const int32_t *> self.order.data
        cdef Py_ssize_t number, at, last = 0
        bounds = [0]
        for number in range(1, wanted):
            at = self.size * number // wanted
            while 0 < at < self.size and owner_at(rows, order, at) == owner_at(rows, order, at - 1):
                at += 1
            if last < at < self.size:
                bounds.append(at)
                last = at
        return [*bounds, self.size]

    def find(self, Py_ssize_t low, Py_ssize_t high):
        """The stretches of rows [low, high) by owner: columns owner, start, end, status; None if some do not fit."""
        cdef Found found
        cdef Made made
        cdef Lines lines
        cdef int rank
        cdef Py_ssize_t words = (self.bits + 63) // 64
        cdef bint fits
        cdef Memory marked = cleared(words // GROUP + 16, 1)
        cdef Memory edges = cleared(2 * 64 * (words + 2), sizeof(int64_t)), ranks = cleared(64 * (words + 2), 1)
        cdef list kept = [cleared(words + 2, sizeof(uint64_t)) for _ in range(RANKS - 1)]
        cdef list columns = [new_column(0) for _ in range(4)]
        memset(&made, 0, sizeof(Made))
        memset(&lines, 0, sizeof(Lines))
        lines.marked, lines.n, lines.bits = <uint8_t *> marked.data, words, self.bits
        lines.origin, lines.unit, lines.low, lines.high = self.origin, self.unit, self.window.a, self.window.b
        lines.edges, lines.edge_ranks = <int64_t *> edges.data, <uint8_t *> ranks.data
        for rank in range(1, RANKS):
            lines.words[rank] = <uint64_t *> (<Memory> kept[rank - 1]).data
        found.n = found.room = 0
        grow_columns(columns, &found, self._about(low, high))
        try:
            with nogil:
                fits = find_share(self, low, high, &lines, &made, columns, &found)
            return self._finished(columns, &found) if fits else None
        finally:
            PyMem_RawFree(made.starts)
            PyMem_RawFree(made.ends)
            PyMem_RawFree(made.statuses)

    cdef Py_ssize_t _about(self, Py_ssize_t low, Py_ssize_t high):
        """About how many stretches rows give, rather more than less, by a sample of them."""
        cdef const Row *rows = self.window.rows.c.rows
        cdef const int32_t *order = <const int32_t *> self.order.data
        cdef const Row *row
        cdef Piece piece
        cdef int64_t first, last, offset
        cdef Py_ssize_t i, step = max((high - low) // SAMPLE, 1), found = 0
        for i in range(low, high, step):
            row = rows + (i if order is NULL else order[i])
            found += 1
            if is_simple(self.window, row, &first, &last, &offset):
                piece = piece_of(row, self.window.listed + row.shape, shift_of(&self.window.rows.c, row), first, last)
                found += piece.n
            elif row.rule != NO_INDEX and not row.flags and self.window.listed[row.shape].ready:
                found += self.window.listed[row.shape].n - self.window.listed[row.shape].window
        return found * step

    cdef tuple _finished(self, list columns, Found *found):
        """The columns, as long as they are, with statuses for ranks."""
        cdef Column column
        cdef int64_t[RANKS] status_of
        cdef Py_ssize_t i
        cdef bint same = True
        for i in range(RANKS):
            status_of[self.ranks[i]] = i
            same = same and self.ranks[i] == i
        if not same:
            for i in range(found.n):
                found.ranks[i] = status_of[found.ranks[i]]
        for column in columns:
            column.size = found.n
            if column.capacity - column.size > column.capacity // 8:        # so little is not worth a system call
                give_back(column)
        return tuple(columns)


cdef void give_back(Column column) noexcept:
    """Return the memory that a column does not need; if the allocator has a reason not to, it stays."""
    cdef void *less = PyMem_RawRealloc(column.data, max(column.size, 1) * sizeof(int64_t))
    if less is not NULL:
        column.data = <int64_t *> less
        column.capacity = column.size


cdef int grow_columns(list columns, Found *found, Py_ssize_t more) except -1:
    """Make room for more stretches."""
    cdef Column column
    cdef Py_ssize_t room = max(found.n + more, 2 * found.n, 64)
    for column in columns:
        reserve(column, room)
        if found.n == 0:
            large_pages(column.data, room * sizeof(int64_t))
    found.owners, found.starts = (<Column> columns[0]).data, (<Column> columns[1]).data
    found.ends, found.ranks = (<Column> columns[2]).data, (<Column> columns[3]).data
    found.room = room
    return 0


cdef inline int64_t owner_at(const Row *rows, const int32_t *order, Py_ssize_t at) noexcept nogil:
    return rows[at if order is NULL else order[at]].owner


cdef int sort_by_counting(const Row *rows, Py_ssize_t n, int64_t least, int64_t most, int32_t *order) except -1:
    """Owners of a small range: count the rows of each, then put each row in its place."""
    cdef Memory memory = cleared(most - least + 2, sizeof(Py_ssize_t))
    cdef Py_ssize_t *places = <Py_ssize_t *> memory.data
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            places[rows[i].owner - least + 1] += 1
        for i in range(most - least):
            places[i + 1] += places[i]
        for i in range(n):
            order[places[rows[i].owner - least]] = <int32_t> i
            places[rows[i].owner - least] += 1
    return 0


cdef int sort_by_digits(const Row *rows, Py_ssize_t n, int64_t least, int64_t most, int32_t *order) except -1:
    """Owners of any range: 11 bits at a time, from the lowest on, as far as the range goes."""
    cdef Memory memory = cleared(n, sizeof(int32_t)), counted = cleared(2049, sizeof(Py_ssize_t))
    cdef int32_t *other = <int32_t *> memory.data
    cdef int32_t *source = order
    cdef int32_t *target = other
    cdef Py_ssize_t *places = <Py_ssize_t *> counted.data
    cdef Py_ssize_t i
    cdef int shift = 0
    cdef uint64_t digit, span = <uint64_t> most - <uint64_t> least
    with nogil:
        for i in range(n):
            order[i] = <int32_t> i
        while shift < 64 and span >> shift:
            memset(places, 0, 2049 * sizeof(Py_ssize_t))
            for i in range(n):
                digit = (<uint64_t> rows[source[i]].owner - <uint64_t> least) >> shift & 2047
                places[digit + 1] += 1
            for i in range(2048):
                places[i + 1] += places[i]
            for i in range(n):
                digit = (<uint64_t> rows[source[i]].owner - <uint64_t> least) >> shift & 2047
                target[places[digit]] = source[i]
                places[digit] += 1
            source, target = target, source
            shift += 11
        if source != order:
            memcpy(order, source, n * sizeof(int32_t))
    return 0


cdef bint find_share(Taken taken, Py_ssize_t low, Py_ssize_t high, Lines *lines, Made *made, list columns,
                     Found *found) except? False nogil:
    """Set what the rows of each owner take, and read it; False if some occurrence does not fit the unit."""
    cdef const Row *rows = taken.window.rows.c.rows
    cdef const int32_t *order = <const int32_t *> taken.order.data
    cdef const Row *row
    cdef Py_ssize_t i
    cdef int64_t owner
    for i in range(low, high):
        row = rows + (i if order is NULL else order[i])
        if order is not NULL and i + AHEAD < high:
            schedcore_fetch(rows + order[i + AHEAD])
        owner = row.owner
        if not lines.used and (i + 1 == high or owner_at(rows, order, i + 1) != owner):
            if alone_in_order(taken, row, columns, found):
                continue
        if not row.flags & UNREAD and not set_row(taken, row, lines, made):
            return False
        if lines.used and (i + 1 == high or owner_at(rows, order, i + 1) != owner):
            read_lines(lines, columns, found, owner)
        if i % LOOK == 0 and is_cancelled(taken.window.token):
            with gil:
                raise Cancelled(f"cancelled after {i - low} rows of a table")
    return True


cdef bint alone_in_order(Taken taken, const Row *row, list columns, Found *found) except? False nogil:
    """Write what the only row of an owner takes, which is in order as it comes; False if the row is not that simple."""
    cdef int64_t first, last, offset, add, start, end, length = row.days * DAY + row.seconds
    cdef int rank = taken.ranks[row.status]
    cdef const int64_t *listed
    cdef Py_ssize_t k, begin = found.n
    cdef Piece piece
    if rank == 0 or length == 0 or not is_simple(taken.window, row, &first, &last, &offset):
        return False
    piece = piece_of(row, taken.window.listed + row.shape, shift_of(&taken.window.rows.c, row), first, last)
    if found.n + piece.n + 1 > found.room:
        with gil:
            grow_columns(columns, found, piece.n + 1)
    listed = taken.window.listed[row.shape].at + piece.first
    add = shift_of(&taken.window.rows.c, row) - offset
    for k in range(-1 if piece.leads else 0, piece.n):
        start = max(row.local - offset if k < 0 else listed[k] + add, taken.window.a)
        end = min((row.local - offset if k < 0 else listed[k] + add) + length, taken.window.b)
        if found.n > begin and found.ends[found.n - 1] >= start:
            found.ends[found.n - 1] = end
            continue
        found.owners[found.n], found.ranks[found.n] = row.owner, rank
        found.starts[found.n], found.ends[found.n] = start, end
        found.n += 1
    return True


@cython.cdivision(True)
cdef bint set_row(Taken taken, const Row *row, Lines *lines, Made *made) except? False nogil:
    """Set what a row takes; False if it does not fit the unit."""
    cdef const Data *c = &taken.window.rows.c
    cdef int64_t first, last, offset, shift, add, length
    cdef int rank = taken.ranks[row.status]
    cdef uint64_t ones
    cdef const int32_t *listed
    cdef Piece piece
    cdef Py_ssize_t k
    if not is_simple(taken.window, row, &first, &last, &offset):
        return set_made(taken, row, lines, made)
    if rank == 0 or row.days * DAY + row.seconds == 0:
        return True
    shift = shift_of(c, row)
    piece = piece_of(row, taken.window.listed + row.shape, shift, first, last)
    length = (row.days * DAY + row.seconds) // taken.unit
    lines.used |= 1 << rank
    if piece.leads:
        add = (row.local - offset - taken.origin) // taken.unit
        set_bits(lines, rank, add, add + length)
    add = (shift - offset) // taken.unit
    listed = <const int32_t *> taken.lists.data + (<const Py_ssize_t *> taken.places.data)[row.shape] + piece.first
    if piece.n and length <= 64 and listed[0] + add >= 0 and listed[piece.n - 1] + add + length <= lines.bits:
        ones = ALL >> (64 - length)
        for k in range(piece.n):
            set_short(lines, lines.words[rank], listed[k] + add, ones)
        return True
    for k in range(piece.n):
        set_bits(lines, rank, listed[k] + add, listed[k] + add + length)
    return True


@cython.cdivision(True)
cdef bint set_made(Taken taken, const Row *row, Lines *lines, Made *made) except? False nogil:
    """The same of a row that is not simply a piece of a list."""
    cdef Py_ssize_t k
    cdef int64_t start, end
    cdef int rank
    made.n = 0
    make_row(taken.window, row, made)
    for k in range(made.n):
        rank = taken.ranks[made.statuses[k]]
        start, end = made.starts[k] - taken.origin, made.ends[k] - taken.origin
        if rank == 0 or start >= end:
            continue
        if start % taken.unit or end % taken.unit:
            return False
        lines.used |= 1 << rank
        set_bits(lines, rank, start // taken.unit, end // taken.unit)
    return True


def clip(Column column not None, int64_t low, int64_t high):
    """Bring all values into [low, high]."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(column.size):
            column.data[i] = min(max(column.data[i], low), high)


def joined(list parts):
    """Put the columns of answers behind each other."""
    cdef list out = []
    cdef Column column, whole
    if len(parts) == 1:
        return parts[0]
    for columns in zip(*parts):
        whole = new_column(sum([len(column) for column in columns]))
        for column in columns:
            if column.size:
                memcpy(whole.data + whole.size, column.data, column.size * sizeof(int64_t))
            whole.size += column.size
        out.append(whole)
    return tuple(out)
