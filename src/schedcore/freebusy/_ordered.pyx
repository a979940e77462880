"""Rows of busy time that come owner after owner: swept as they are, sorted where an owner's starts are out of order.

Rows that are wholly in order are swept in one pass. What expanding calendars gives is nearly that: owners in order, but
of each owner one series after another. There the rows of some owners at a time, a segment that fits the caches, are
packed (see `_pack.pyx`), sorted, swept and unpacked before the next ones are looked at: memory is still read once.

A chunk of rows is swept in hope. If it turns out not to be in order, what is known of its first owner is taken back,
and a segment is made of the rows from there to the end of an owner. While segments have to be sorted nothing is hoped
for; after one that was in order chunks are swept again.

How segments are packed is found out for the first of them. Each of the others is packed in the same way, and one look
at all bits that came out, put together, tells whether that was right: a time that is too early, too late or off the
unit, and a length below zero, give a number that is too large. Then the segment is looked over and packed anew.

This module knows nothing of calendars, zones or iCalendar words.
"""

from cpython.mem cimport PyMem_RawMalloc
from libc.stdint cimport int64_t, uint64_t

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore.freebusy._blocks cimport Memory, Sweep, close_owner, next_row
from schedcore.freebusy._pack cimport (
    DISORDER, DONE, STOPPED, WORD, WRONG, Outcome, Packing, Ranks, Rows, Survey,
    add_survey, pack_segment, packing_of, size_of, survey_of, sweep_sorted,
)
from schedcore.freebusy._radix cimport bits_of, radix_sort


cdef enum:
    CHUNK = 4096            # rows between two looks at what has been found wrong: 96 KiB of input, some 10 microseconds
    SEGMENT = 4096          # rows to sort in one go, and then as many more as its last owner has: 32 KiB, a first cache
    MOST = 65_536           # rows that a segment may have; an owner of more is better sorted in buckets

# A time with this bit turned is a number without a sign in the same order; NaT becomes 0, before all others.
cdef uint64_t SIGN = <uint64_t> 1 << 63


ctypedef struct Segments:   # what is known while segments are sorted
    uint64_t *packed        # room for MOST, and behind it as much to sort in; NULL before the first segment
    bint surveyed           # whether there has been a survey
    Survey found
    Packing bits


# -------------------------------------------------------------------------------------------------------------- chunks

cdef inline Py_ssize_t place_in(const Rows *rows, Py_ssize_t i) noexcept nogil:
    """Where row `i` is in the columns, counted in the direction of reading."""
    return rows.first + i * rows.step


cdef Outcome sweep_alike(
    const Rows *the_rows, bint some_free, Py_ssize_t i, Py_ssize_t stop, Sweep *out
) noexcept nogil:
    """Sweep rows [i, stop) of one status behind those that were swept before, or find that it cannot be.

    From row to row only `reach` is handed on, by three instructions: it becomes 0, before all times, with another
    owner, and then the greater of itself and the row's end.
    """
    # Copies, since for all that C knows what is written below could change what the pointers show.
    cdef Rows rows = the_rows[0]
    cdef Sweep blocks = out[0]
    cdef Py_ssize_t at = place_in(&rows, i), before = at - rows.step if i else at, size = out.size
    cdef int64_t owner = rows.owner[before], o, opens, counts
    cdef uint64_t start = <uint64_t> rows.start[before] ^ SIGN, reach = 0, s, e, same
    cdef int64_t wrong = owner < 0, disorder = 0
    if size and blocks.owners[size - 1] == owner:
        reach = <uint64_t> blocks.ends[size - 1] ^ SIGN
    while i < stop:
        o = rows.owner[at]
        s = <uint64_t> rows.start[at] ^ SIGN
        e = <uint64_t> rows.end[at] ^ SIGN
        same = -<uint64_t> (o == owner)
        reach &= same
        wrong |= e <= s - 1                                 # or NaT, 0, whose number before it is the greatest
        disorder |= (o < owner) | (s < (start & same))
        counts = s - 1 < e - 1                              # not for a start of 0: no block would be open to end
        if some_free:
            counts &= rows.status[at] != 0
        opens = counts & (s > reach)
        e &= -<uint64_t> counts
        reach = max(reach, e)
        owner = o
        start = s
        # The next block, should it be one, and the end of the last, if it is of this owner.
        blocks.owners[size] = o
        blocks.starts[size] = <int64_t> (s ^ SIGN)
        size += opens
        if reach:
            blocks.ends[size - 1] = <int64_t> (reach ^ SIGN)
        i += 1
        at += rows.step
    if wrong:
        return WRONG
    if disorder:
        return DISORDER
    out.size = size
    return DONE


cdef Outcome sweep_mixed(
    const Rows *rows, const Ranks *ranks, Py_ssize_t i, Py_ssize_t stop, Sweep *out
) noexcept nogil:
    """Sweep rows [i, stop) of several statuses behind those that were swept before, or find that it cannot be."""
    cdef Py_ssize_t at = place_in(rows, i), before = at - rows.step if i else at
    cdef int64_t owner = rows.owner[before], start = rows.start[before], o, s, e, rank
    cdef bint wrong = owner < 0, disorder = False
    while i < stop:
        o = rows.owner[at]
        s = rows.start[at]
        e = rows.end[at]
        wrong |= e <= <int64_t> (<uint64_t> s - 1)         # or NaT, whose number before it is the greatest
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
    return DISORDER if disorder else DONE


cdef Py_ssize_t take_back(const Rows *rows, Py_ssize_t i, Sweep *out) noexcept nogil:
    """Forget what is known of the owner of row `i` and of those after it; the first row of that owner."""
    cdef int64_t owner = rows.owner[place_in(rows, i)]
    if out.owner < owner:
        close_owner(out)
    out.top = 0
    out.owner = -1
    while out.size and out.owners[out.size - 1] >= owner:
        out.size -= 1
    while i and rows.owner[place_in(rows, i - 1)] == owner:
        i -= 1
    return i


# ------------------------------------------------------------------------------------------------------------ segments

cdef Py_ssize_t segment_end(const Rows *rows, Py_ssize_t i) noexcept nogil:
    """Where a segment from row `i` on ends, between two owners; -1 if it would be too long or owners are disordered."""
    cdef Py_ssize_t k = i + 1, most = min(i + MOST, rows.size)
    cdef int64_t owner = rows.owner[place_in(rows, i)], o
    while k < rows.size:
        o = rows.owner[place_in(rows, k)]
        if o < owner or k == most:
            return -1
        if o > owner and k >= i + SEGMENT:
            return k
        owner = o
        k += 1
    return k


cdef Outcome look_over(
    const Rows *rows, const Ranks *ranks, Py_ssize_t i, Py_ssize_t stop, Segments *segments
) noexcept nogil:
    """Find a way to pack a segment, and, if there is one, all those before it."""
    cdef Py_ssize_t a = place_in(rows, i), b = place_in(rows, stop - 1)
    cdef Survey here = survey_of(rows, min(a, b), max(a, b) + 1), both = here
    if here.wrong:
        return WRONG
    if segments.surveyed:
        add_survey(&both, &segments.found)
    both.owner_low = rows.owner[a]      # owners are counted from the first of each segment
    both.owner_high = rows.owner[b]
    segments.found = both
    segments.bits = packing_of(&both, ranks)
    if size_of(&segments.bits) > WORD:
        segments.found = here
        segments.bits = packing_of(&here, ranks)
    segments.surveyed = True
    return DONE if size_of(&segments.bits) <= WORD else DISORDER


cdef Outcome pack_rows(
    const Rows *rows, const Ranks *ranks, Py_ssize_t i, Py_ssize_t stop, Segments *segments, Py_ssize_t *size
) noexcept nogil:
    """Pack a segment as the ones before it if possible, else as it needs to be."""
    cdef Outcome outcome
    cdef int attempt
    for attempt in range(2):
        if attempt or not segments.surveyed:
            outcome = look_over(rows, ranks, i, stop, segments)
            if outcome != DONE:
                return outcome
        segments.found.owner_low = rows.owner[place_in(rows, i)]
        segments.found.owner_high = rows.owner[place_in(rows, stop - 1)]
        segments.bits.owner_bits = bits_of(<uint64_t> (segments.found.owner_high - segments.found.owner_low))
        if pack_segment(rows, ranks, &segments.found, &segments.bits, i, stop, segments.packed, size):
            return DONE
    return DISORDER


cdef bint are_sorted(const uint64_t *packed, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(1, size):
        if packed[i] < packed[i - 1]:
            return False
    return True


cdef Outcome sort_segment(
    const Rows *rows, const Ranks *ranks, Py_ssize_t i, Py_ssize_t stop, Segments *segments, Sweep *out,
    bint *sorting, CancelToken token
) noexcept nogil:
    """Merge rows [i, stop), all those of their owners, behind what was swept before; tell if they had to be sorted."""
    cdef Py_ssize_t size = 0
    cdef Outcome outcome = pack_rows(rows, ranks, i, stop, segments, &size)
    cdef const Packing *bits = &segments.bits
    cdef uint64_t *packed = segments.packed
    cdef int from_bit = bits.rank_bits + bits.length_bits
    if outcome != DONE:
        return outcome
    sorting[0] = not are_sorted(packed, size)
    if sorting[0]:
        packed = radix_sort(
            packed, packed + MOST, size, from_bit, from_bit + bits.time_bits + bits.owner_bits, token
        )
        if packed is NULL:
            return STOPPED
    close_owner(out)
    sweep_sorted(packed, size, ranks, &segments.found, bits, out)
    return DONE


# ------------------------------------------------------------------------------------------------------------ the whole

cdef Outcome sweep_rows(
    const Rows *rows, const Ranks *ranks, Memory memory, Sweep *out, CancelToken token
) noexcept nogil:
    """Merge rows in order of their owners; or the finding that they are not, or that one is wrong.

    `memory` is there to be taken; it is not touched unless something has to be sorted.
    """
    cdef Py_ssize_t i = 0, stop
    cdef Outcome outcome
    cdef Segments segments
    cdef bint sorting = False
    segments.packed = NULL
    segments.surveyed = False
    while i < rows.size:
        if is_cancelled(token):
            return STOPPED
        if not sorting:
            stop = min(i + CHUNK, rows.size)
            if ranks.alike:
                outcome = sweep_alike(rows, ranks.some_free, i, stop, out)
            else:
                outcome = sweep_mixed(rows, ranks, i, stop, out)
            if outcome == DONE:
                i = stop
                continue
            if outcome == WRONG:
                return WRONG
            i = take_back(rows, i, out)
        stop = segment_end(rows, i)
        if stop < 0:
            return DISORDER
        if segments.packed is NULL:
            memory.data = PyMem_RawMalloc(2 * MOST * sizeof(uint64_t))
            if memory.data is NULL:
                return DISORDER         # the other ways say what is missing
            segments.packed = <uint64_t *> memory.data
        outcome = sort_segment(rows, ranks, i, stop, &segments, out, &sorting, token)
        if outcome != DONE:
            return outcome
        i = stop
    close_owner(out)
    return DONE
