"""Stable radix sorts by a range of bits, least significant digit first.

One look over the keys counts all digits at once; then each pass scatters the keys by one digit. A digit that is the
same everywhere needs no pass.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memset

from schedcore._cancel cimport CancelToken, is_cancelled


cdef enum:
    LARGE_DIGIT = 11        # most bits of a digit: 2,048 counters of four passes are half of a second cache
    MOST_PASSES = 6         # 64 bits by the largest digit
    FEW = 24                # rows that insertion sorts faster than counters can be cleared
    POLL = 65_536           # rows between two looks at the cancel flag: some 100 microseconds


ctypedef struct Pair:       # what is sorted by, and which row it belongs to
    uint64_t key
    Py_ssize_t row


ctypedef fused Item:
    uint64_t
    Pair


cdef inline int bits_of(uint64_t value) noexcept nogil:
    """Bits that a number takes: 0 for 0."""
    cdef int bits = 0
    while value:
        value >>= 1
        bits += 1
    return bits


cdef inline uint64_t key_of(const Item *item) noexcept nogil:
    if Item is Pair:
        return item.key
    else:
        return item[0]


cdef inline int passes_for(Py_ssize_t n, int bits) noexcept nogil:
    """How many passes sort fastest: each looks twice at every row and once at every counter."""
    cdef int passes, best = 0
    cdef Py_ssize_t cost, least = 0
    for passes in range((bits + LARGE_DIGIT - 1) // LARGE_DIGIT, MOST_PASSES + 1):
        cost = passes * (2 * n + (<Py_ssize_t> 1 << ((bits + passes - 1) // passes)))
        if best == 0 or cost < least:
            best = passes
            least = cost
    return best


cdef inline void insertion_sort(Item *items, Py_ssize_t n, int low) noexcept nogil:
    """Sort by the bits from `low` on."""
    cdef Py_ssize_t i, j
    cdef Item item
    for i in range(1, n):
        item = items[i]
        j = i
        while j > 0 and key_of(&items[j - 1]) >> low > key_of(&item) >> low:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item


cdef inline Item *radix_sort(
    Item *items, Item *scratch, Py_ssize_t n, int low, int high, CancelToken token
) noexcept nogil:
    """Sort by bits [low, high) of the key, above which all keys are alike.

    The answer lies in `items` or `scratch`, whichever the last pass wrote; NULL if the token was set.
    """
    cdef Py_ssize_t counts[MOST_PASSES][1 << LARGE_DIGIT]
    cdef int passes, p, shift, digit
    cdef Py_ssize_t i, stop, d, place, count
    cdef uint64_t mask, key
    if high <= low or n < 2:
        return items
    if n <= FEW:
        insertion_sort(items, n, low)
        return items
    passes = passes_for(n, high - low)
    digit = (high - low + passes - 1) // passes     # digits of one size: no pass does more than its share
    mask = (<uint64_t> 1 << digit) - 1
    for p in range(passes):
        memset(counts[p], 0, (<Py_ssize_t> mask + 1) * sizeof(Py_ssize_t))
    for i in range(n):
        key = key_of(&items[i]) >> low
        for p in range(passes):
            counts[p][key & mask] += 1
            key >>= digit
    for p in range(passes):
        shift = low + p * digit
        if counts[p][(key_of(&items[0]) >> shift) & mask] == n:
            continue
        place = 0
        for d in range(<Py_ssize_t> mask + 1):
            count = counts[p][d]
            counts[p][d] = place
            place += count
        i = 0
        while i < n:
            if is_cancelled(token):
                return NULL
            stop = min(i + POLL, n)
            while i < stop:
                d = (key_of(&items[i]) >> shift) & mask
                scratch[counts[p][d]] = items[i]
                counts[p][d] += 1
                i += 1
        items, scratch = scratch, items
    return items
