"""Lines of bits on which the time of one owner is marked, and the blocks that are read from them.

Theory. A block is a run of ones. It begins at a one that has no one before it, and ends at a zero that has: so the
word `w & ~before` has a bit for each begin and `~w & before` one for each end, `before` being `w` moved up by one with
the top bit of the word below. With several ranks each has a line, the bits that a higher rank covers are taken out of
the lower ones, and begins and ends are those of all three together; they come in pairs all the same.

How many blocks begin in a word is as good as random, and a loop that guesses wrong costs more than the work. So two
are written in any case, and the place of the next moves on only by those that there were (as simdjson finds its
structural characters: Langdale and Lemire 2019, 3.1.5). Words without a begin or an end are passed over, and groups of
64 that nothing was written to are not looked at. `_edges` does both.

Lines reach beyond the window on both sides, so that whoever writes need not look for its bounds; what lies outside is
cut off before it is read.
"""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from schedcore._column cimport Column, give_back, large_pages, new_column, new_large_column, reserve, reserve_large
from schedcore.bulk._edges cimport Next, Reader, is_fast, read_anywhere, read_fast

cdef enum:
    SPARE = 2                   # blocks that are written beyond the last one
    FOUR = 4                    # words that are looked at at once

cdef uint64_t ALL = ~<uint64_t> 0
cdef Reader READ = read_fast if is_fast() else read_anywhere


def read_fast_words(bint wanted):
    """Use the instructions of newer processors, where there are any, or do not; whether they were used before.

    For tests, which hold the two ways to each other.
    """
    global READ
    cdef bint before = READ == read_fast and is_fast()
    READ = read_fast if wanted and is_fast() else read_anywhere
    return before


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
    blocks.owners.data[blocks.owners.size] = owner
    blocks.firsts.data[blocks.owners.size] = begin * RANKS + rank
    blocks.owners.size += 1
    blocks.firsts.size += 1
    blocks.starts.size += n
    blocks.ends.size += n


cdef inline Py_ssize_t end_of(Blocks blocks, Py_ssize_t i) noexcept nogil:
    """Behind the last block of the i-th owner."""
    return blocks.firsts.data[i + 1] // RANKS if i + 1 < blocks.owners.size else blocks.starts.size


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
    cdef Py_ssize_t i, k
    for part in parts:
        with nogil:
            for i in range(part.owners.size):
                for k in range(part.firsts.data[i] // RANKS, end_of(part, i)):
                    out.data[out.size + k] = part.owners.data[i]
            out.size += part.starts.size
    return out


def statuses_of(list parts, rank):
    """The status of each block; `rank` has the rank of each status."""
    cdef Column out = new_large_column(sum([len(part) for part in parts]))
    cdef Blocks part
    cdef int64_t[RANKS] status_of
    cdef const uint8_t *ranks
    cdef Py_ssize_t i, k
    cdef int one
    for i in range(RANKS):
        status_of[<int> rank[i]] = i
    for part in parts:
        with nogil:
            ranks = <const uint8_t *> part.ranks.data
            for i in range(part.owners.size):
                one = part.firsts.data[i] % RANKS
                for k in range(part.firsts.data[i] // RANKS, end_of(part, i)):
                    out.data[out.size + k] = status_of[one if one else ranks[k]]
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
    mark(lines, first, end)
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
    starts, ends = blocks.starts.data + begin, blocks.ends.data + begin
    n = read_groups(lines, alone, starts, ends, <uint8_t *> blocks.ranks.data + begin)
    clear(lines)
    if n == 0:
        return 0
    starts[0] = max(starts[0], lines.low)                           # a bound may lie within a unit
    ends[n - 1] = min(ends[n - 1], lines.high)
    append_owner(blocks, owner, n, alone)
    return 0


cdef Py_ssize_t read_groups(const Lines *lines, int alone, int64_t *starts, int64_t *ends,
                            uint8_t *ranks) noexcept nogil:
    """Write the blocks of one line, or with 0 those of all and their ranks; how many there are."""
    cdef Py_ssize_t group, at
    cdef const uint64_t *one = lines.words[alone if alone else 1]
    cdef int64_t time
    cdef int n
    cdef Next next
    next.start, next.end, next.rank = starts, ends, ranks
    for group in range((lines.n + GROUP) >> 6):
        if lines.marked[group]:
            at = group * GROUP
            n = <int> min(GROUP, (lines.n - at) // FOUR * FOUR + FOUR)  # one beyond the line: a block may end there
            time = lines.origin + at * lines.steps[64]
            if alone:
                READ(one + at, NULL, NULL, n, time, lines.steps, &next)
            else:
                READ(one + at, lines.words[2] + at, lines.words[3] + at, n, time, lines.steps, &next)
    return next.start - starts


cdef void clear(Lines *lines) noexcept nogil:
    """Clear the groups that were marked, those that lie together at once."""
    cdef Py_ssize_t group = 0, end, groups = (lines.n + GROUP) >> 6
    cdef int rank
    while group < groups:
        end = group
        while end < groups and lines.marked[end]:
            end += 1
        if end > group:
            memset(lines.marked + group, 0, end - group)
            for rank in range(1, RANKS):
                if lines.used >> rank & 1:
                    memset(lines.words[rank] + group * GROUP, 0, (end - group) * GROUP * sizeof(uint64_t))
        group = end + 1
    lines.used, lines.stretches = 0, 0
