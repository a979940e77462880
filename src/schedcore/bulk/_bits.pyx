"""Lines of bits on which the time of one owner is marked, and the blocks that are read from them.

Theory. A block is a run of ones. It begins at a one that has no one before it, and ends at a zero that has: so the
word `w & ~before` has a bit for each begin and `~w & before` one for each end, `before` being `w` moved up by one with
the top bit of the word below. With several ranks each has a line, the bits that a higher rank covers are taken out of
the lower ones, and begins and ends are those of all three together; they come in pairs all the same.

How many blocks begin in a word is as good as random, and a loop that guesses wrong costs more than the work. So `SLOTS`
are written in any case, and the place of the next moves on only by those that there were (as simdjson finds its
structural characters: Langdale and Lemire 2019, 3.1.5). Words without a one are passed over: 64 at a time are asked
whether they are zero, which takes no branch either, and groups of 64 that nothing was written to are not asked at all.

Lines reach beyond the window on both sides, so that whoever writes need not look for its bounds; what lies outside is
cut off before it is read.
"""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore._column cimport Column, give_back, large_pages, new_column, new_large_column, reserve, reserve_large

cdef extern from *:
    """
    #include <stdint.h>
    /* Of eight words, a bit for each that is not zero. */
    static inline uint64_t schedcore_full(const uint64_t *w) {
        return (uint64_t)(w[0] != 0) | (uint64_t)(w[1] != 0) << 1 | (uint64_t)(w[2] != 0) << 2
             | (uint64_t)(w[3] != 0) << 3 | (uint64_t)(w[4] != 0) << 4 | (uint64_t)(w[5] != 0) << 5
             | (uint64_t)(w[6] != 0) << 6 | (uint64_t)(w[7] != 0) << 7;
    }
    """
    uint64_t schedcore_full(const uint64_t *words) noexcept nogil

cdef enum:
    SLOTS = 2                   # begins and ends of a word that are written without being asked for
    SPARE = 2                   # blocks that are written beyond the last one

cdef uint64_t ALL = ~<uint64_t> 0
cdef uint64_t TOP = <uint64_t> 1 << 63


cdef class Memory:
    def __dealloc__(self):
        PyMem_RawFree(self.data)


cdef Memory cleared(Py_ssize_t count, Py_ssize_t size):
    """Memory of so many things of a size, all zero."""
    cdef Memory memory = Memory.__new__(Memory)
    memory.data = PyMem_RawCalloc(max(count, 1), size)
    if memory.data is NULL:
        raise MemoryError(f"no memory for {count * size} bytes")
    return memory


cdef class Blocks:
    def __cinit__(self):
        self.starts, self.ends, self.owners, self.firsts = [new_column(0) for _ in range(4)]
        self.ranks = Memory.__new__(Memory)

    def __len__(self):
        return self.starts.size

    cdef int make_room(self, Py_ssize_t more) except -1:
        """Make room for more blocks, and some to spare, and for one more owner."""
        cdef Py_ssize_t n = self.starts.size, room
        cdef void *grown
        if self.owners.size == self.owners.capacity:
            reserve(self.owners, max(2 * self.owners.size, 64))
            reserve(self.firsts, self.owners.capacity)
        if n + more <= self.room:
            return 0
        room = max(n + more, 2 * n, 64)
        reserve_large(self.starts, room + SPARE)
        reserve_large(self.ends, room + SPARE)
        grown = PyMem_RawRealloc(self.ranks.data, room + SPARE)
        if grown is NULL:
            raise MemoryError(f"no memory for {room} blocks")
        self.ranks.data = grown
        if n == 0:
            large_pages(self.ranks.data, room)
        self.room = room
        return 0

    cdef void fit(self) noexcept:
        """Give back the memory that is not needed."""
        give_back(self.starts)
        give_back(self.ends)


cdef void append_owner(Blocks blocks, int64_t owner, Py_ssize_t n, int rank) noexcept nogil:
    """Take the next n blocks, which were written, as those of an owner; with a rank other than 0 all have that."""
    cdef Py_ssize_t begin = blocks.starts.size
    if rank:
        memset(<uint8_t *> blocks.ranks.data + begin, rank, n)
    blocks.owners.data[blocks.owners.size] = owner
    blocks.firsts.data[blocks.owners.size] = begin
    blocks.owners.size += 1
    blocks.firsts.size += 1
    blocks.starts.size += n
    blocks.ends.size += n


def joined(list parts):
    """Put blocks behind each other: columns start and end."""
    cdef Column starts, ends
    cdef Blocks part
    if len(parts) == 1:
        starts, ends = (<Blocks> parts[0]).starts, (<Blocks> parts[0]).ends
    else:
        starts, ends = [new_large_column(sum([len(part) for part in parts])) for _ in range(2)]
        for part in parts:
            if len(part):
                memcpy(starts.data + starts.size, part.starts.data, part.starts.size * sizeof(int64_t))
                memcpy(ends.data + ends.size, part.ends.data, part.ends.size * sizeof(int64_t))
            starts.size += part.starts.size
            ends.size += part.ends.size
    return starts, ends


def owners_of(list parts):
    """The owner of each block."""
    cdef Column out = new_large_column(sum([len(part) for part in parts]))
    cdef Blocks part
    cdef Py_ssize_t i, k, end
    for part in parts:
        with nogil:
            for i in range(part.owners.size):
                end = part.firsts.data[i + 1] if i + 1 < part.owners.size else part.starts.size
                for k in range(part.firsts.data[i], end):
                    out.data[out.size + k] = part.owners.data[i]
            out.size += part.starts.size
    return out


def statuses_of(list parts, rank):
    """The status of each block; `rank` has the rank of each status."""
    cdef Column out = new_large_column(sum([len(part) for part in parts]))
    cdef Blocks part
    cdef int64_t[RANKS] status_of
    cdef const uint8_t *ranks
    cdef Py_ssize_t i
    for i in range(RANKS):
        status_of[<int> rank[i]] = i
    for part in parts:
        with nogil:
            ranks = <const uint8_t *> part.ranks.data
            for i in range(part.starts.size):
                out.data[out.size + i] = status_of[ranks[i]]
            out.size += part.starts.size
    return out


cdef void set_bits(Lines *lines, int rank, int64_t first, int64_t end) noexcept nogil:
    """Set bits [first, end), those that are on the line."""
    cdef uint64_t *words = lines.words[rank]
    cdef int64_t w, last
    first, end = max(first, 0), min(end, lines.bits)
    if first >= end:
        return
    lines.stretches += 1
    lines.used |= 1 << rank
    mark(lines, first, end - 1)
    w, last = first >> 6, (end - 1) >> 6
    if w == last:
        words[w] |= ALL << (first & 63) & ALL >> (63 - (end - 1 & 63))
        return
    words[w] |= ALL << (first & 63)
    for w in range(w + 1, last):
        words[w] = ALL
    words[last] |= ALL >> (63 - (end - 1 & 63))


cdef void cut(Lines *lines, int64_t low, int64_t high) noexcept nogil:
    """Clear what is set outside of bits [low, high)."""
    cdef Py_ssize_t w
    cdef int rank
    for rank in range(1, RANKS):
        if lines.used >> rank & 1:
            for w in range(low >> 6):
                lines.words[rank][w] = 0
            lines.words[rank][low >> 6] &= ALL << (low & 63)
            if high & 63:
                lines.words[rank][high >> 6] &= ~(ALL << (high & 63))
            for w in range((high + 63) >> 6, lines.n + 1):
                lines.words[rank][w] = 0


cdef int read_lines(Lines *lines, Blocks blocks, int64_t owner) except -1 nogil:
    """Append the blocks of an owner, and clear the lines."""
    cdef Py_ssize_t begin = blocks.starts.size, most = 2 * lines.stretches, n
    cdef int rank, alone = 0
    cdef int64_t *starts
    cdef int64_t *ends
    if begin + most > blocks.room or blocks.owners.size == blocks.owners.capacity:
        with gil:
            blocks.make_room(most)
    for rank in range(1, RANKS):
        if lines.used == <unsigned int> 1 << rank:
            alone = rank
    cut(lines, (lines.low - lines.origin) // lines.unit,
        (lines.high - lines.origin + lines.unit - 1) // lines.unit)
    lines.used, lines.stretches = 0, 0
    starts, ends = blocks.starts.data + begin, blocks.ends.data + begin
    if alone:
        n = read_alone(lines, lines.words[alone], starts, ends)
    else:
        n = read_mixed(lines, starts, ends, <uint8_t *> blocks.ranks.data + begin)
    if n == 0:
        return 0
    starts[0] = max(starts[0], lines.low)                           # a bound may lie within a unit
    ends[n - 1] = min(ends[n - 1], lines.high)
    append_owner(blocks, owner, n, alone)
    return 0


cdef Py_ssize_t read_alone(Lines *lines, uint64_t *words, int64_t *starts, int64_t *ends) noexcept nogil:
    """Read the blocks of one line, and clear it; how many there are."""
    cdef Py_ssize_t group, w, i, last = 0, n_starts = 0, n_ends = 0
    cdef uint64_t full, word, before = 0, begins, closes
    cdef int64_t time, unit = lines.unit
    for group in range((lines.n + GROUP) >> 6):
        if not lines.marked[group]:
            continue
        lines.marked[group] = 0
        full = 0
        for i in range(0, GROUP, 8):
            full |= schedcore_full(words + group * GROUP + i) << i
        while full:
            w = group * GROUP + trailing_zeros(full)
            full &= full - 1
            if before and w != last + 1:                            # a run up to the end of its word
                ends[n_ends] = lines.origin + (last + 1) * 64 * unit
                n_ends += 1
                before = 0
            last = w
            word = words[w]
            words[w] = 0
            before |= word << 1
            begins, closes = word & ~before, before & ~word
            before = word >> 63
            time = lines.origin + w * 64 * unit
            for _ in range(SLOTS):
                starts[n_starts] = time + trailing_zeros(begins | TOP) * unit
                n_starts += begins != 0
                begins &= begins - 1                                  # of zero, zero
                ends[n_ends] = time + trailing_zeros(closes | TOP) * unit
                n_ends += closes != 0
                closes &= closes - 1
            while begins | closes:                                  # the same; there are about as many of either
                starts[n_starts] = time + trailing_zeros(begins | TOP) * unit
                n_starts += begins != 0
                begins &= begins - 1
                ends[n_ends] = time + trailing_zeros(closes | TOP) * unit
                n_ends += closes != 0
                closes &= closes - 1
    if before:
        ends[n_ends] = lines.origin + (last + 1) * 64 * unit
    return n_starts


cdef Py_ssize_t read_mixed(Lines *lines, int64_t *starts, int64_t *ends, uint8_t *ranks) noexcept nogil:
    """The same of all lines, with the rank of each block."""
    cdef Py_ssize_t group, w, i, last = 0, n_starts = 0, n_ends = 0
    cdef uint64_t *one = lines.words[1]
    cdef uint64_t *two = lines.words[2]
    cdef uint64_t *three = lines.words[3]
    cdef uint64_t full, a, b, c, before_a = 0, before_b = 0, before_c = 0, begins, closes
    cdef int64_t time, unit = lines.unit
    cdef int at
    for group in range((lines.n + GROUP) >> 6):
        if not lines.marked[group]:
            continue
        lines.marked[group] = 0
        full = 0
        for i in range(0, GROUP, 8):
            w = group * GROUP + i
            full |= (schedcore_full(one + w) | schedcore_full(two + w) | schedcore_full(three + w)) << i
        while full:
            w = group * GROUP + trailing_zeros(full)
            full &= full - 1
            if (before_a | before_b | before_c) and w != last + 1:  # a run up to the end of its word
                ends[n_ends] = lines.origin + (last + 1) * 64 * unit
                n_ends += 1
                before_a = before_b = before_c = 0
            last = w
            c = three[w]
            b = two[w] & ~c
            a = one[w] & ~(b | c)
            one[w] = two[w] = three[w] = 0
            before_a |= a << 1
            before_b |= b << 1
            before_c |= c << 1
            begins = a & ~before_a | b & ~before_b | c & ~before_c
            closes = before_a & ~a | before_b & ~b | before_c & ~c
            before_a, before_b, before_c = a >> 63, b >> 63, c >> 63
            time = lines.origin + w * 64 * unit
            for _ in range(SLOTS):
                at = trailing_zeros(begins | TOP)
                starts[n_starts] = time + at * unit
                ranks[n_starts] = <uint8_t> (1 + (b >> at & 1) + 2 * (c >> at & 1))
                n_starts += begins != 0
                begins &= begins - 1                                  # of zero, zero
                ends[n_ends] = time + trailing_zeros(closes | TOP) * unit
                n_ends += closes != 0
                closes &= closes - 1
            while begins | closes:
                at = trailing_zeros(begins | TOP)
                starts[n_starts] = time + at * unit
                ranks[n_starts] = <uint8_t> (1 + (b >> at & 1) + 2 * (c >> at & 1))
                n_starts += begins != 0
                begins &= begins - 1
                ends[n_ends] = time + trailing_zeros(closes | TOP) * unit
                n_ends += closes != 0
                closes &= closes - 1
    if before_a | before_b | before_c:
        ends[n_ends] = lines.origin + (last + 1) * 64 * unit
    return n_starts
