"""When owners are taken, from rows to merged blocks, without a list of occurrences in between.

Theory. Calendars are coarse: nearly all meetings begin and end on a quarter of an hour, or at worst on a minute. Let
the unit be the greatest common divisor of all times of day and lengths. Then an owner's window is a line of bits, one
for each unit (90 days of quarters of an hour are 135 words of 64 bits), an occurrence is some of these bits set, and
merged blocks are the runs of ones (`_bits`). Nothing is sorted and no two occurrences are ever compared; each costs a
few instructions, and so does each run. Lines are read in order, so the answer is sorted by owner and start.

1. A line for each rank (of a status, 0 is free and says nothing), of which the higher one wins.
2. Lines reach beyond the window as far as lists do (`_expand`). So a row that neither begins nor ends there is set
   with its whole list, and no bound is looked for: what lies outside of the window falls outside of it on the line.
   Most rows with COUNT are told to be over, or to last, by how far apart the moments of their shape are.
3. Rows are taken by owner (`_by_owner`); owners are shared out among threads. An owner of a single row needs no line:
   the row is in order as it is.
4. Where the unit is so fine that a line would not stay in a cache (`MOST_WORDS`), or some occurrence does not fit the
   unit, there is no answer (None), and the caller merges columns instead (`freebusy.merge`).
"""

cimport cython
from cpython.mem cimport PyMem_RawFree
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memset

from schedcore._cancel cimport is_cancelled
from schedcore._civil cimport DAY, MAX_DAY, MIN_DAY, floor_div
from schedcore._column cimport Column
from schedcore._intrinsics cimport fetch, trailing_zeros
from schedcore._segment cimport size_of
from schedcore.bulk._bits cimport (
    GROUP, RANKS, SHORT, Blocks, Lines, Memory, append_owner, cleared, mark, read_lines, set_bits, set_short,
)
from schedcore.bulk._by_owner cimport rows_by_owner
from schedcore.bulk._expand cimport Made, Piece, Window, ZoneSpan, is_simple, make_row, piece_of, shift_of
from schedcore.bulk._lists cimport Listed
from schedcore.bulk._rows cimport NEVER, NO_INDEX, UNREAD, Data, Row, Shape, divisor

from schedcore.errors import Cancelled

cdef enum:
    MOST_WORDS = 1 << 14        # of a line, 128 KiB: 90 days of 8 seconds, 2 years of a minute
    SAMPLE = 2048               # rows by which the number of blocks is judged
    AHEAD = 24                  # rows: by the time it is their turn they are there
    SOON = 6                    # rows whose shape is looked up
    LOOK = 256                  # owners between two looks at the cancel flag
    MOST_COUNT = 1 << 24        # COUNT and gaps whose product is a time
    MOST_GAP = 1 << 30          # seconds, 34 years
    MARGIN = 4                  # days on either side of the window: lists reach three beyond it, and one for lengths

cdef uint64_t ALL = ~<uint64_t> 0


# The list of a shape on the line. Of a row with COUNT=n the last moment is no earlier than (n - 2) * least - slack
# behind DTSTART, and no later than n * most + slack. It is n - 2 since DTSTART may be out of step: from the first
# moment in step to the last there may be one gap less.
cdef struct Few:
    const int32_t *at           # units from the line's origin
    Py_ssize_t n                # -1: there is no list
    int64_t least, most, slack  # seconds


# The unit of a line, to divide by.
cdef struct Unit:
    int twos                    # it is an odd number times 2 to this power,
    uint64_t inverse            # and this times the odd number is 1 (modulo 2^64)


# A zone in the window: what to add to a local time, if it is the same all along.
cdef struct Calm:
    int64_t offset
    bint holds


cdef inline int64_t in_units(int64_t value, const Unit *unit) noexcept nogil:
    """How many units a multiple of one is: what is left without the twos times the inverse of the odd part."""
    return <int64_t> (<uint64_t> (value >> unit.twos) * unit.inverse)


cdef Unit unit_of(int64_t seconds) noexcept nogil:
    """A unit of so many seconds; the inverse modulo 2^64, by Newton: 3 bits of it are right, then 6, 12, 24, 48, 96."""
    cdef Unit unit
    cdef uint64_t odd
    unit.twos = trailing_zeros(<uint64_t> seconds)
    odd = unit.inverse = <uint64_t> seconds >> unit.twos
    for _ in range(5):
        unit.inverse *= 2 - odd * unit.inverse
    return unit


@cython.final
cdef class Taken:
    """The rows of a window (that asks for what touches it), by owner; `rank` has the rank of each status."""

    cdef Window window
    cdef readonly int64_t unit
    cdef readonly bint fits                 # whether lines of bits can tell
    cdef int64_t origin, bits
    cdef Unit divides
    cdef int64_t before, after              # rows with DTSTART up to `before`, UNTIL from `after` on: all through
    cdef Memory lists                       # int32: the shapes' lists in units from the origin on
    cdef Memory few                         # Few, by shape
    cdef Memory calm                        # Calm, by zone, behind that of rows without one
    cdef Memory order                       # rows by owner; NULL data: as they are
    cdef Py_ssize_t size
    cdef int[4] ranks

    def __cinit__(self, Window window not None, rank):
        cdef int64_t margin = MARGIN + min(-(-window.reach // DAY), MARGIN)
        self.window, self.size = window, window.rows.c.size
        for i in range(RANKS):
            self.ranks[i] = rank[i]
        self.origin = (floor_div(window.a, DAY) - margin) * DAY
        self.before, self.after = window.a - window.reach - 2 * DAY, window.b + 4 * DAY
        self._find_unit()
        self.divides = unit_of(self.unit)
        self.bits = (window.b - self.origin + margin * DAY) // self.unit
        self.fits = (window.b - window.a) // self.unit <= <int64_t> MOST_WORDS * 64
        if self.fits:
            self._count_in_units()
            self._look_at_zones()
            self.order = rows_by_owner(&window.rows.c)

    cdef int _find_unit(self) except -1:
        cdef Data *c = &self.window.rows.c
        cdef Py_ssize_t i, k
        cdef const Listed *listed
        cdef int64_t unit
        with nogil:
            unit = c.common.unit
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
        cdef const Listed *listed
        cdef int32_t *out
        cdef Few *few
        for i in range(c.n_shapes):
            total += self.window.listed[i].n - self.window.listed[i].window
        self.lists, self.few = cleared(total, sizeof(int32_t)), cleared(c.n_shapes, sizeof(Few))
        out, few = <int32_t *> self.lists.data, <Few *> self.few.data
        with nogil:
            for i in range(c.n_shapes):
                listed = self.window.listed + i
                few[i].at, few[i].n = out, listed.n - listed.window if listed.ready else -1
                find_gaps(&c.shapes[i], listed, few + i)
                for k in range(listed.window, listed.n):
                    out[0] = <int32_t> ((listed.at[k] - self.origin) // self.unit)
                    out += 1
        return 0

    cdef int _look_at_zones(self) except -1:
        """Which zones change nothing about any row in the window."""
        cdef Data *c = &self.window.rows.c
        cdef ZoneSpan *span
        cdef Calm *calm
        cdef Py_ssize_t i
        cdef int64_t low, high
        self.calm = cleared(c.n_zones + 1, sizeof(Calm))
        calm = <Calm *> self.calm.data
        calm[0].holds = within_calendar(self.window)
        for i in range(c.n_zones):
            span = self.window.spans + i
            low, high = self.window.a + span.offset - self.window.reach, self.window.b + span.offset
            calm[i + 1].offset = span.offset
            calm[i + 1].holds = calm[0].holds and low >= span.calm and high + self.window.reach <= span.stirred
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
        """The blocks of rows [low, high) by owner; None if some occurrence does not fit the unit."""
        cdef Blocks blocks = Blocks.__new__(Blocks)
        cdef Made made
        cdef Lines lines
        cdef int rank, bit
        cdef Py_ssize_t words = (self.bits + 63) // 64, groups = words // GROUP + 1
        cdef bint fits
        cdef Memory marked = cleared(groups, 1)
        # Whole groups, a word before, and one beyond for what is set across the end of the last one.
        cdef list kept = [cleared(groups * GROUP + 2, sizeof(uint64_t)) for _ in range(RANKS - 1)]
        memset(&made, 0, sizeof(Made))
        memset(&lines, 0, sizeof(Lines))
        lines.marked, lines.n, lines.bits = <uint8_t *> marked.data, words, self.bits
        lines.origin, lines.unit, lines.low, lines.high = self.origin, self.unit, self.window.a, self.window.b
        for rank in range(1, RANKS):
            lines.words[rank] = <uint64_t *> (<Memory> kept[rank - 1]).data + 1
        for bit in range(65):
            lines.steps[bit] = bit * self.unit
        blocks.make_room(self._about(low, high))
        try:
            with nogil:
                fits = find_share(self, low, high, &lines, &made, blocks)
            blocks.fit()
            return blocks if fits else None
        finally:
            PyMem_RawFree(made.starts)
            PyMem_RawFree(made.ends)
            PyMem_RawFree(made.statuses)

    cdef Py_ssize_t _about(self, Py_ssize_t low, Py_ssize_t high):
        """About how many blocks rows give, rather more than less, by a sample of them."""
        cdef const Row *rows = self.window.rows.c.rows
        cdef const int32_t *order = <const int32_t *> self.order.data
        cdef const Row *row
        cdef Piece piece
        cdef int64_t first, last, offset
        cdef Py_ssize_t i = low, step = max((high - low) // SAMPLE, 1), found = 0
        while i < high:
            row = rows + (i if order is NULL else order[i])
            i += step
            found += 1
            if is_simple(self.window, row, &first, &last, &offset):
                piece = piece_of(row, self.window.listed + row.shape, shift_of(&self.window.rows.c, row), first, last)
                found += piece.n
            elif row.rule != NO_INDEX and not row.flags and self.window.listed[row.shape].ready:
                found += self.window.listed[row.shape].n - self.window.listed[row.shape].window
        return found * step


cdef void find_gaps(const Shape *shape, const Listed *listed, Few *few) noexcept nogil:
    """How far apart the moments are that rows with COUNT count, those before the window too.

    Of a cycle it is the mean, and any stretch of moments lasts as long as that says but for a period. Else it is the
    narrowest and the widest gap of the list, which begins with the earliest DTSTART that counts.
    """
    cdef Py_ssize_t k
    cdef int64_t size, gap
    few.least, few.most, few.slack = 0, NEVER, 0
    if not listed.counts or shape.counted == NEVER:
        return
    if listed.repeats:
        size = size_of(&listed.cycle.segment)
        if listed.cycle.period // size + 1 < MOST_GAP:
            few.least, few.most = listed.cycle.period // size, -(-listed.cycle.period // size)
            few.slack = listed.cycle.period if size > 1 else 0
    elif listed.n >= 2:
        few.least, few.most = NEVER, listed.at[0] - floor_div(shape.counted, DAY) * DAY
        for k in range(1, listed.n):
            gap = listed.at[k] - listed.at[k - 1]
            few.least, few.most = min(few.least, gap), max(few.most, gap)


cdef bint within_calendar(Window window) noexcept nogil:
    """Whether the window is far enough from the ends of the calendar for nothing to be cut there."""
    return window.a - window.reach - 3 * DAY >= <int64_t> MIN_DAY * DAY and (
        window.b + window.reach + 4 * DAY <= <int64_t> MAX_DAY * DAY)


cdef inline int64_t owner_at(const Row *rows, const int32_t *order, Py_ssize_t at) noexcept nogil:
    return rows[at if order is NULL else order[at]].owner


cdef bint find_share(Taken taken, Py_ssize_t low, Py_ssize_t high, Lines *lines, Made *made,
                     Blocks blocks) except? False nogil:
    """Set what the rows of each owner take, and read it; False if some occurrence does not fit the unit."""
    cdef const Row *rows = taken.window.rows.c.rows
    cdef const int32_t *order = <const int32_t *> taken.order.data
    cdef const Few *few = <const Few *> taken.few.data
    cdef const Row *row
    cdef const Row *later
    cdef Py_ssize_t i
    cdef int64_t owner
    cdef bint is_last, is_first = True
    for i in range(low, high):
        row = rows + (i if order is NULL else order[i])
        if i + AHEAD < high:
            later = rows + (i + AHEAD if order is NULL else order[i + AHEAD])
            fetch(later)
            fetch(<const char *> later + 64)                        # a row takes two lines of the cache
            later = rows + (i + SOON if order is NULL else order[i + SOON])
            fetch(few + later.shape)
        owner = row.owner
        is_last = i + 1 == high or owner_at(rows, order, i + 1) != owner
        if is_first and is_last and alone_in_order(taken, row, blocks):
            continue
        is_first = is_last
        if not set_whole(taken, row, lines) and not row.flags & UNREAD and not set_row(taken, row, lines, made):
            return False
        if is_last and lines.used:
            read_lines(lines, blocks, owner)
        if i % LOOK == 0 and is_cancelled(taken.window.token):
            with gil:
                raise Cancelled(f"cancelled after {i - low} rows of a table")
    return True


cdef bint alone_in_order(Taken taken, const Row *row, Blocks blocks) except? False nogil:
    """Write what the only row of an owner takes, which is in order as it comes; False if the row is not that simple."""
    cdef int64_t first, last, offset, add, length = row.days * DAY + row.seconds
    cdef int64_t low = taken.window.a, high = taken.window.b, start, until
    cdef int rank = taken.ranks[row.status]
    cdef const int64_t *listed
    cdef int64_t *starts
    cdef int64_t *ends
    cdef Py_ssize_t k, n = 0
    cdef Piece piece
    if rank == 0 or length == 0 or not is_simple(taken.window, row, &first, &last, &offset):
        return False
    piece = piece_of(row, taken.window.listed + row.shape, shift_of(&taken.window.rows.c, row), first, last)
    if piece.n + piece.leads == 0:
        return True
    if blocks.starts.size + piece.n + 1 > blocks.room or blocks.owners.size == blocks.owners.capacity:
        with gil:
            blocks.make_room(piece.n + 1)
    starts, ends = blocks.starts.data + blocks.starts.size, blocks.ends.data + blocks.starts.size
    listed = taken.window.listed[row.shape].at + piece.first
    add = shift_of(&taken.window.rows.c, row) - offset
    until = low
    if piece.leads:
        starts[0], ends[0] = row.local - offset, row.local - offset + length
        until = ends[0]
        n = 1
    for k in range(piece.n):
        start = listed[k] + add
        if n and start <= until:                        # it overlaps itself
            n -= 1
        else:
            starts[n] = start
        until = start + length
        ends[n] = until
        n += 1
    starts[0], ends[n - 1] = max(starts[0], low), min(ends[n - 1], high)
    append_owner(blocks, row.owner, n, rank)
    return True


cdef bint set_whole(Taken taken, const Row *row, Lines *lines) noexcept nogil:
    """Set a row of which the whole list counts; False if it is no such row. Bounds of the window are not looked at."""
    cdef const Calm *calm = <const Calm *> taken.calm.data + (row.zone + 1)
    cdef const Few *few
    cdef int64_t length = row.days * DAY + row.seconds, add, until, until_at_least
    cdef int rank = taken.ranks[row.status]
    if row.flags or row.extra != NO_INDEX or row.rule == NO_INDEX or not calm.holds:
        return False
    few = <const Few *> taken.few.data + row.shape
    if length > taken.window.reach or few.n < 0:
        return False
    if rank == 0 or length == 0 or row.local > taken.after:
        return True
    until = until_at_least = min(row.stop, row.until)
    if row.count >= MOST_COUNT:
        return False
    if row.count >= 0:
        if few.most < MOST_GAP:
            until = min(until, row.local + DAY + few.slack + row.count * few.most)
        until_at_least = min(until_at_least, row.local - DAY - few.slack + (row.count - 2) * few.least)
    if until <= taken.before:                                       # over, whatever it was
        return True
    if row.local > taken.before or until_at_least < taken.after:
        return False
    if few.n == 0:
        return True
    length = in_units(length, &taken.divides)
    add = in_units(shift_of(&taken.window.rows.c, row) - calm.offset, &taken.divides)
    return put_list(lines, rank, few.at, few.n, add, length)


cdef bint put_list(Lines *lines, int rank, const int32_t *at, Py_ssize_t n, int64_t add, int64_t length) noexcept nogil:
    """Set stretches of one length, at moments in order; False, and nothing is set, unless they are short and fit in."""
    cdef uint64_t *words = lines.words[rank]
    cdef uint64_t ones
    cdef Py_ssize_t k
    if length > SHORT or at[0] + add < 0 or at[n - 1] + add + length > lines.bits:
        return False
    ones = ALL >> (64 - length)
    for k in range(n):
        set_short(words, at[k] + add, ones)
    mark(lines, at[0] + add, at[n - 1] + add + length)
    lines.used |= 1 << rank
    lines.stretches += n
    return True


cdef bint set_row(Taken taken, const Row *row, Lines *lines, Made *made) except? False nogil:
    """Set what a row takes; False if it does not fit the unit."""
    cdef const Data *c = &taken.window.rows.c
    cdef int64_t first, last, offset, shift, add, length
    cdef int rank = taken.ranks[row.status]
    cdef const Few *few = <const Few *> taken.few.data + row.shape
    cdef const int32_t *listed
    cdef Piece piece
    cdef Py_ssize_t k
    if not is_simple(taken.window, row, &first, &last, &offset):
        return set_made(taken, row, lines, made)
    if rank == 0 or row.days * DAY + row.seconds == 0:
        return True
    shift = shift_of(c, row)
    piece = piece_of(row, taken.window.listed + row.shape, shift, first, last)
    length = in_units(row.days * DAY + row.seconds, &taken.divides)
    if piece.leads:
        add = in_units(row.local - offset - taken.origin, &taken.divides)
        set_bits(lines, rank, add, add + length)
    if piece.n == 0:
        return True
    add = in_units(shift - offset, &taken.divides)
    listed = few.at + (piece.first - taken.window.listed[row.shape].window)
    if not put_list(lines, rank, listed, piece.n, add, length):
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
        set_bits(lines, rank, floor_div(start, taken.unit), floor_div(end, taken.unit))
    return True


def clip(Column column not None, int64_t low, int64_t high):
    """Bring all values into [low, high]."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(column.size):
            column.data[i] = min(max(column.data[i], low), high)
