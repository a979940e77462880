"""Rows of busy time that are not in order: packed into numbers, sorted, and swept.

Rows are packed into one 64-bit number each: owner, start, length and rank, each less the least there is, and times in
the greatest unit that all of them are multiples of. People's times are whole minutes, mostly quarters of an hour, so
the unit takes away ten bits that would have to be sorted by. Those numbers are radix sorted by owner and start, and the
sweep goes over the sorted ones without taking them apart: owner and start together are a time on one long line, on
which the owners follow each other. Where there are many rows the highest bits are sorted by first, into buckets that
fit a cache. A year of 100,000 people fits; what does not (sparse owners, times of all ages) is sorted by the numbers of
its rows.

The unit has two factors. The power of two shows in the bits that vary. The odd one can only be a divisor of a week's:
a time is a multiple if its product with the inverse of that number is small, which costs a multiplication.

This module knows nothing of calendars, zones or iCalendar words.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore.freebusy._blocks cimport STATUSES, TOP_RANK, Sweep, choose, close_owner, next_row, take
from schedcore.freebusy._radix cimport LARGE_DIGIT, Pair, bits_of, radix_sort


cdef enum:
    BUCKET = 4096           # packed rows that are sorted in one go, as far as they spread: 32 KiB, a first cache
    MANY = 200_000          # packed rows from which on buckets pay: with as much to sort in, three second caches
    RANK_BITS = 2           # ranks are 0 to 3
    ODD_OF_WEEK = 4725      # 604,800 seconds without factors of 2: minutes, quarters, hours and days divide it
    BLOCK = 1024            # rows after which a finding that the unit is too large is looked into

# Away from the first start by less than this, in units: more than the years 1 to 9999 have seconds. It is little enough
# that no number divides to it by mistake: those that are not multiples become 2**63 / 4725 and more.
cdef uint64_t FAR = <uint64_t> 1 << 46


# ---------------------------------------------------------------------------------------------------------- the survey

cdef uint64_t common(uint64_t a, uint64_t b) noexcept nogil:
    """The greatest common divisor."""
    while b:
        a, b = b, a % b
    return a


cdef uint64_t inverse_of(uint64_t odd) noexcept nogil:
    """By Newton's method: each step doubles the low bits that are right, of which the number itself has three."""
    cdef uint64_t inverse = odd
    cdef int _step
    for _step in range(5):
        inverse *= 2 - odd * inverse
    return inverse


cdef uint64_t odd_of(const Rows *rows, Py_ssize_t low, Py_ssize_t high, uint64_t odd) noexcept nogil:
    """The greatest divisor of an odd number that divides how far rows [low, high) are from the first start."""
    cdef uint64_t first = <uint64_t> rows.start[0], start, end
    cdef Py_ssize_t i
    for i in range(low, high):
        start = <uint64_t> rows.start[i] - first
        end = <uint64_t> rows.end[i] - first
        odd = common(odd, start if start <= <uint64_t> -start else <uint64_t> -start)
        odd = common(odd, end if end <= <uint64_t> -end else <uint64_t> -end)
    return odd


cdef Survey survey_of(const Rows *rows, Py_ssize_t low, Py_ssize_t high) noexcept nogil:
    """One look over rows [low, high), without a branch that depends on them; there is at least one.

    An exact division by an odd number is a multiplication by its inverse, and one that is not exact gives a number that
    is very large.
    """
    cdef Survey found
    cdef Py_ssize_t i = low, stop
    cdef int64_t o, s, e
    cdef uint64_t first = <uint64_t> rows.start[0], start, end, inverse = inverse_of(ODD_OF_WEEK), far, odd
    found.wrong = False
    found.owner_low = found.owner_high = rows.owner[low]
    found.start_low = rows.start[low]
    found.end_high = rows.end[low]
    found.longest = found.varying = 0
    found.odd = ODD_OF_WEEK
    while i < high:
        far = 0
        stop = min(i + BLOCK, high)
        while i < stop:
            o = rows.owner[i]
            s = rows.start[i]
            e = rows.end[i]
            start = <uint64_t> s - first
            end = <uint64_t> e - first
            found.wrong |= (s == INT64_MIN) | (e < s)
            found.owner_low = min(found.owner_low, o)
            found.owner_high = max(found.owner_high, o)
            found.start_low = min(found.start_low, s)
            found.end_high = max(found.end_high, e)
            found.longest = max(found.longest, end - start)
            found.varying |= start | end
            far |= (start * inverse + FAR) | (end * inverse + FAR)
            i += 1
        if far >= 2 * FAR and found.odd > 1:
            odd = odd_of(rows, stop - BLOCK if stop - BLOCK > low else low, stop, found.odd)
            found.odd = odd if odd < found.odd else 1       # not uneven, but further away than times are
            inverse = inverse_of(found.odd)
    found.wrong |= found.owner_low < 0
    return found


cdef void add_survey(Survey *found, const Survey *more) noexcept nogil:
    """Make of the findings of two parts those of both."""
    found.wrong |= more.wrong
    found.owner_low = min(found.owner_low, more.owner_low)
    found.owner_high = max(found.owner_high, more.owner_high)
    found.start_low = min(found.start_low, more.start_low)
    found.end_high = max(found.end_high, more.end_high)
    found.longest = max(found.longest, more.longest)
    found.varying |= more.varying
    found.odd = common(found.odd, more.odd)


# --------------------------------------------------------------------------------------------------------- the packing

cdef Packing packing_of(const Survey *found, const Ranks *ranks) noexcept nogil:
    """The bits that each part needs. Every end, too, lies in the bits of time: no owner's reach into the next one's."""
    cdef Packing bits
    cdef uint64_t varying = found.varying, span = <uint64_t> found.end_high - <uint64_t> found.start_low
    bits.unit.shift = 0
    while varying and not varying & 1:
        varying >>= 1
        bits.unit.shift += 1
    bits.unit.odd = found.odd if span < FAR else 1
    bits.unit.inverse = inverse_of(bits.unit.odd)
    bits.rank_bits = 0 if ranks.alike else RANK_BITS
    bits.length_bits = bits_of(units_of(&bits.unit, found.longest))
    bits.time_bits = bits_of(units_of(&bits.unit, span))
    bits.owner_bits = bits_of(<uint64_t> (found.owner_high - found.owner_low))
    bits.bucket_bits = 0
    return bits


cdef int bucket_bits_for(const Packing *bits, Py_ssize_t rows) noexcept nogil:
    """How many of the highest bits to sort by first."""
    if rows <= MANY:
        return 0
    return min(min(bits_of(rows // BUCKET), LARGE_DIGIT), bits.time_bits + bits.owner_bits)


cdef inline uint64_t units_of(const Unit *unit, uint64_t seconds) noexcept nogil:
    """Seconds in units; what is no multiple of the unit becomes a number that is larger than any multiple."""
    seconds *= unit.inverse
    return (seconds >> unit.shift) | (seconds << (-unit.shift & (WORD - 1)))


cdef inline uint64_t place_of(const Line *line, int64_t owner, int64_t start) noexcept nogil:
    """Owner and start as a time on the long line."""
    return (
        (<uint64_t> (owner - line.owner_low) << line.owner_at)
        | units_of(&line.unit, <uint64_t> start - <uint64_t> line.start_low)
    )


cdef inline Py_ssize_t bucket_of(const Line *line, uint64_t place) noexcept nogil:
    return place >> line.shift >> line.shift_more


cdef Line line_of(const Survey *found, const Packing *bits) noexcept nogil:
    cdef Line line
    cdef int shift = bits.time_bits + bits.owner_bits - bits.bucket_bits
    line.owner_low = found.owner_low
    line.start_low = found.start_low
    line.unit = bits.unit
    line.owner_at = bits.time_bits & (WORD - 1)     # 64 only where there is one owner, which is 0 then
    line.shift = shift // 2
    line.shift_more = shift - line.shift
    return line


cdef inline bint says_something(const Rows *rows, const Ranks *ranks, Py_ssize_t i) noexcept nogil:
    """Whether a row has a length and is not free."""
    cdef bint counts = rows.end[i] > rows.start[i]
    if ranks.some_free:
        counts &= rows.status[i] != 0
    return counts


cdef inline int64_t rank_at(const Rows *rows, const Ranks *ranks, Py_ssize_t i) noexcept nogil:
    return ranks.alike if ranks.alike else ranks.of_status[rows.status[i]]


cdef void count_buckets(
    const Rows *the_rows, const Ranks *the_ranks, Line line, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *counts
) noexcept nogil:
    """How many of rows [low, high) fall into each bucket."""
    # Copies, since for all that C knows what is written below could change what the pointers show.
    cdef Rows rows = the_rows[0]
    cdef Ranks ranks = the_ranks[0]
    cdef Py_ssize_t i
    for i in range(low, high):
        counts[bucket_of(&line, place_of(&line, rows.owner[i], rows.start[i]))] += says_something(&rows, &ranks, i)


cdef void pack(
    const Rows *the_rows, const Ranks *the_ranks, Line line, const Packing *bits, Py_ssize_t low, Py_ssize_t high,
    uint64_t *packed, Py_ssize_t *places, Py_ssize_t elsewhere
) noexcept nogil:
    """Pack rows [low, high), each to the next place of its bucket, and rows that say nothing elsewhere."""
    cdef Rows rows = the_rows[0]          # copies, as above
    cdef Ranks ranks = the_ranks[0]
    cdef int length_bits = bits.length_bits, rank_bits = bits.rank_bits
    cdef Py_ssize_t i, k
    cdef uint64_t row
    cdef bint counts
    for i in range(low, high):
        row = place_of(&line, rows.owner[i], rows.start[i])
        k = bucket_of(&line, row)
        counts = says_something(&rows, &ranks, i)
        row = (row << length_bits) | units_of(&line.unit, <uint64_t> rows.end[i] - <uint64_t> rows.start[i])
        if rank_bits:
            row = (row << RANK_BITS) | <uint64_t> rank_at(&rows, &ranks, i)
        packed[choose(counts, places[k], elsewhere)] = row
        places[k] += counts


cdef inline bint fits(uint64_t value, int bits) noexcept nogil:
    return bits >= WORD or value >> bits == 0


cdef bint pack_segment(
    const Rows *the_rows, const Ranks *the_ranks, const Survey *found, const Packing *bits,
    Py_ssize_t i, Py_ssize_t stop, uint64_t *packed, Py_ssize_t *size
) noexcept nogil:
    """Pack rows [i, stop) behind each other, without those that say nothing; False if they do not fit these bits.

    All starts, ends and lengths are put together by `or` to see whether they fit: what is too early, no multiple of the
    unit, or ends before it starts is too large.
    """
    cdef Rows rows = the_rows[0]          # copies, as above
    cdef Ranks ranks = the_ranks[0]
    cdef Unit unit = bits.unit
    cdef int length_bits = bits.length_bits, rank_bits = bits.rank_bits, owner_at = bits.time_bits & (WORD - 1)
    cdef int64_t owner_low = found.owner_low, start_low = found.start_low
    cdef uint64_t start, length, row, all_times = 0, all_lengths = 0
    cdef Py_ssize_t at = rows.first + i * rows.step, k = 0
    while i < stop:
        start = units_of(&unit, <uint64_t> rows.start[at] - <uint64_t> start_low)
        length = units_of(&unit, <uint64_t> rows.end[at] - <uint64_t> rows.start[at])
        all_times |= start | (start + length)
        all_lengths |= length
        row = (<uint64_t> (rows.owner[at] - owner_low) << owner_at) | start
        row = (row << length_bits) | length
        if rank_bits:
            row = (row << RANK_BITS) | <uint64_t> rank_at(&rows, &ranks, at)
        packed[k] = row
        k += says_something(&rows, &ranks, at)
        i += 1
        at += rows.step
    size[0] = k
    return fits(all_times, bits.time_bits) and fits(all_lengths, length_bits)


# ----------------------------------------------------------------------------------------------------------- the sweep

cdef void sweep_packed_alike(
    const uint64_t *packed, Py_ssize_t size, const Packing *bits, Sweep *out
) noexcept nogil:
    """Sorted rows of one rank, behind those that were swept before; the blocks are times on the long line yet."""
    cdef Py_ssize_t i, next_at = out.size
    cdef uint64_t length_mask = (<uint64_t> 1 << bits.length_bits) - 1
    cdef int length_bits = bits.length_bits
    cdef int64_t *starts = out.starts
    cdef int64_t *ends
    cdef int64_t reach, s, e
    if size == 0:                               # then there may be no memory for blocks either
        return
    ends = out.ends - 1                         # the end of the last block stands where the next one would start
    reach = out.ends[next_at - 1] if next_at else -1
    for i in range(size):
        s = <int64_t> (packed[i] >> length_bits)
        e = s + <int64_t> (packed[i] & length_mask)
        starts[next_at] = s
        next_at += s > reach
        reach = max(reach, e)
        ends[next_at] = reach
    out.size = next_at


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
    cdef uint64_t time_mask = (<uint64_t> 1 << bits.time_bits) - 1, unit = bits.unit.odd << bits.unit.shift
    for i in range(out.size):
        out.owners[i] = found.owner_low + (out.starts[i] >> bits.time_bits)
        out.starts[i] = found.start_low + <int64_t> ((<uint64_t> out.starts[i] & time_mask) * unit)
        out.ends[i] = found.start_low + <int64_t> ((<uint64_t> out.ends[i] & time_mask) * unit)


cdef void sweep_sorted(
    const uint64_t *packed, Py_ssize_t size, const Ranks *ranks, const Survey *found, const Packing *bits, Sweep *out
) noexcept nogil:
    """Sweep sorted rows of owners of whom nothing was swept before; what was is closed."""
    cdef Sweep part = out[0]
    cdef int i
    part.owners += out.size
    part.starts += out.size
    part.ends += out.size
    part.ranks += out.size
    part.size = 0
    if ranks.alike:
        sweep_packed_alike(packed, size, bits, &part)
    else:
        for i in range(STATUSES):
            part.reach[i] = INT64_MIN
        sweep_packed_mixed(packed, size, bits, &part)
        close_owner(&part)
    unpack(found, bits, &part)
    out.size += part.size
    out.owner = -1


cdef Outcome merge_buckets(
    const Ranks *ranks, const Survey *found, const Packing *bits, uint64_t *packed, const Py_ssize_t *bounds,
    Py_ssize_t low, Py_ssize_t high, uint64_t *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    """Sort buckets [low, high) one by one, each in its cache, and sweep it while it is there."""
    cdef Py_ssize_t k, size
    cdef int from_bit = bits.rank_bits + bits.length_bits
    cdef int to_bit = from_bit + bits.time_bits + bits.owner_bits - bits.bucket_bits
    cdef uint64_t *bucket
    for k in range(low, high):
        size = bounds[k + 1] - bounds[k]
        bucket = radix_sort(packed + bounds[k], scratch, size, from_bit, to_bit, token)
        if bucket is NULL or is_cancelled(token):
            return STOPPED
        if ranks.alike:
            sweep_packed_alike(bucket, size, bits, out)
        else:
            sweep_packed_mixed(bucket, size, bits, out)
    close_owner(out)
    unpack(found, bits, out)
    return DONE


cdef Outcome merge_wide(
    const Rows *rows, const Ranks *ranks, const Survey *found,
    Pair *pairs, Pair *scratch, Sweep *out, CancelToken token
) noexcept nogil:
    """Rows that do not fit 64 bits: sort their numbers by start, then by owner, and sweep them in that order."""
    cdef Py_ssize_t i, row, size = 0
    cdef Pair *sorted_pairs
    for i in range(rows.size):
        if says_something(rows, ranks, i):
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
