"""Lines of bits on which the time of one owner is marked, and the blocks that are read from them."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from schedcore._column cimport Column

cdef enum:
    RANKS = 4                   # free and three that block
    GROUP = 64                  # words that are marked together: 4096 bits


cdef class Memory:
    """Raw memory that goes away with its name."""

    cdef void *data


cdef Memory cleared(Py_ssize_t count, Py_ssize_t size)


# The blocks of some owners, in order. Owners and ranks are kept short: most of the cost of an answer is its memory.
cdef class Blocks:
    cdef Column starts, ends
    cdef Column owners                  # those that have blocks
    cdef Column firsts                  # the first block of each of them times RANKS, and the rank that all have
    cdef Memory ranks                   # uint8, by block, of owners with several (rank 0)
    cdef Py_ssize_t room                # blocks there is room for; `starts.size` is how many there are

    cdef int make_room(self, Py_ssize_t more) except -1
    cdef void fit(self) noexcept


# The lines of one owner, one for each rank.
ctypedef struct Lines:
    uint64_t *words[RANKS]      # the one before the first is 0
    uint8_t *marked             # by group
    Py_ssize_t n                # words
    int64_t bits
    unsigned int used           # bit r: something of rank r was set
    Py_ssize_t stretches        # that were set: how many blocks there can be
    int64_t origin, unit        # bit i begins at origin + i * unit
    int64_t[65] steps           # how long 0 to 64 bits last
    int64_t low, high           # the window; what lies beyond is not read


cdef void append_owner(Blocks blocks, int64_t owner, Py_ssize_t n, int rank) noexcept nogil
cdef void set_bits(Lines *lines, int rank, int64_t first, int64_t end) noexcept nogil
cdef int read_lines(Lines *lines, Blocks blocks, int64_t owner) except -1 nogil


cdef inline void mark(Lines *lines, int64_t first, int64_t last) noexcept nogil:
    """Say that the groups of these bits, and of those between, are to be read; `last` is where a stretch ends."""
    cdef int64_t group
    for group in range(first >> 12, (last >> 12) + 1):
        lines.marked[group] = 1


cdef extern from *:
    """
    #include <string.h>
    /* Set up to SCHEDCORE_SHORT bits from `first` on, all of them on the line, without a branch. A line has a word to
       spare. Where bytes go upwards a word may be changed at any byte; else ones go into two words. */
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define SCHEDCORE_SHORT 57
    static inline void schedcore_set_short(uint64_t *words, int64_t first, uint64_t ones) {
        unsigned char *at = (unsigned char *)words + (first >> 3);
        uint64_t word;
        memcpy(&word, at, 8);
        word |= ones << (first & 7);
        memcpy(at, &word, 8);
    }
    #else
    #define SCHEDCORE_SHORT 64
    static inline void schedcore_set_short(uint64_t *words, int64_t first, uint64_t ones) {
        words[first >> 6] |= ones << (first & 63);
        words[(first >> 6) + 1] |= ones >> 1 >> (63 - (first & 63));
    }
    #endif
    """
    const int SHORT "SCHEDCORE_SHORT"
    void set_short "schedcore_set_short"(uint64_t *words, int64_t first, uint64_t ones) noexcept nogil
