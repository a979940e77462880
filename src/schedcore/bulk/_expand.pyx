"""Rows expanded in a window, without a Python object a row.

Rules of this module:

1. All rows of a shape (`_rows`) happen on the same days. So the days of each shape in the window are listed once, by a
   plan of its rule (`_lists`), and a row is a piece of that list with two constants added: its time of day, and the
   offset of its zone. Finding the piece is a step or two from both ends of the list, or a bisection where UNTIL or
   DTSTART cut it.
2. COUNT is a rank: how many came before is the difference of two. Where the shape is a cycle, such as days and weeks
   are, a rank is a division, and the list need not be longer for it. Else the list begins with the earliest DTSTART
   that counts, and a rank is a place in it.
3. The offset is a constant where no clock changes around the window (a *calm* row). Beside a transition the row's local
   times are converted and put in order by `_offsets`, as everywhere.
4. Rows are looked at twice. The first time they are counted, and what is not simply a piece of a list is made, and
   kept. Then columns of exactly the right size are filled. Chunks of rows are counted and filled by any thread, each
   into its own stretch, so the answer cannot depend on who did what. What counting found of a row, its note, waits
   where the row's offset will be, so that it takes no memory of its own.
5. A list that would be too long is not made (by itself, or by the caller's bound for all): rows of that shape ask a
   plan of their own, one at a time, as do rows that are whole `Series`. So the answer never depends on lists either.

Times are keys: UTC seconds, or local seconds of what has no zone.
"""

cimport cython
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memmove

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._civil cimport DAY, MAX_DAY, MIN_DAY, floor_div
from schedcore._column cimport Column, new_large_column
from schedcore._intrinsics cimport fetch
from schedcore._offsets cimport (
    FOLD_FIRST, GAP_SHIFT, ZoneData, zone_above, zone_cycles, zone_local_window, zone_offset_at, zone_to_utc,
    zone_utc_of,
)
from schedcore._plan cimport Plan
from schedcore._rrule cimport CompiledRule
from schedcore._segment cimport lower_bound, rank_in_cycle
from schedcore._stream cimport Stream
from schedcore._zone cimport ZoneTable
from schedcore.bulk._crew cimport Crew
from schedcore.bulk._lists cimport Listed, lists_of
from schedcore.bulk._rows cimport (
    NEVER, NO_INDEX, NOTHING, UNREAD, WHOLE, Data, Extra, Row, Rows, reach_of,
)

from schedcore.errors import Cancelled, LimitExceeded
from schedcore.recurrence.touching import occurrences

cdef enum:
    MADE = -1                   # first of a note: the row's occurrences are among those made
    LEADS = 1 << 30             # in a note: DTSTART comes first
    FEW_STEPS = 8               # so many steps cost as much as a bisection
    SAMPLE = 1024               # rows by which the cost of all is judged: so many, or less than twice as many
    AHEAD = 16                  # rows of the sample: by the time it is their turn they are there
    LOOK = 1024                 # rows between two looks at the cancel flag
    A_PAGE = 1 << 18            # values in a large page of 2 MiB

cdef int64_t FIRST_SECOND = <int64_t> MIN_DAY * DAY
cdef int64_t LAST_LOCAL = (<int64_t> MAX_DAY + 1) * DAY - 1
cdef int64_t MIN_KEY = FIRST_SECOND - 2 * DAY           # as recurrence.window has them
cdef int64_t MAX_KEY = LAST_LOCAL + 1 + 2 * DAY
cdef int64_t LONGEST_REACH = 400 * <int64_t> DAY        # lists look back so far; longer events are looked up singly
cdef object KEYS = Column.tolist


# --- the window ------------------------------------------------------------------------------------------------------

@cython.final
cdef class Window:
    """What all rows of a table have in common in [a, b): the lists of shapes, and the offsets of zones.

    `touching` asks for what overlaps [a, b), else for what starts in it. `room` bounds how many moments the lists hold
    in all, `limit` how many one row may have that asks its plan. The threads of `crew` make them.
    """

    def __cinit__(self, Rows rows not None, int64_t a, int64_t b, bint touching, Py_ssize_t room, Py_ssize_t limit,
                  CancelToken token, Crew crew not None):
        self.rows, self.touching, self.token, self.limit = rows, touching, token, limit
        self.a, self.b = max(min(a, MAX_KEY), MIN_KEY), max(min(b, MAX_KEY), MIN_KEY)
        self.reach = min(rows.c.common.reach, LONGEST_REACH) if touching else 0
        self._find_spans()
        # Local times are less than a day from UTC, and a row's time of day adds up to another.
        self.lists = lists_of(rows, self.a - self.reach - 2 * DAY, self.b + DAY + 1, room if a < b else 0, token, crew)
        self.listed = self.lists.listed

    def __dealloc__(self):
        PyMem_RawFree(self.spans)

    cdef int _find_spans(self) except -1:
        """The offset of each zone at the window's beginning, and for how long it holds."""
        cdef Data *c = &self.rows.c
        cdef Py_ssize_t i
        self.spans = <ZoneSpan *> PyMem_RawMalloc(max(c.n_zones, 1) * sizeof(ZoneSpan))
        if self.spans is NULL:
            raise MemoryError(f"no memory for {c.n_zones} zones")
        for i in range(c.n_zones):
            self.spans[i] = span_of(c.zones[i], self.a)
        return 0

    def most(self, Py_ssize_t row):
        """A number that the occurrences of a row in the window do not exceed, told without expanding it."""
        cdef const Row *r = self.rows.c.rows + row
        cdef Extra *extra
        cdef const Listed *listed
        cdef object found = 1
        if r.flags & UNREAD:
            return 0
        if r.flags & WHOLE:
            series = self.rows.series[r.extra]
            return (series._source or series._open()).at_most(self.a - reach_of(r), self.b)
        if r.rule != NO_INDEX and not r.flags & NOTHING:
            listed = self.listed + r.shape
            if listed.ready and (r.count < 0 or listed.counts):
                found += listed.n - listed.window
            else:
                found += (<Stream> stream_of(self.rows, r)).at_most(self.a - self.reach - DAY, self.b)
        if r.extra != NO_INDEX:
            extra = self.rows.c.extras + r.extra
            found += extra.n_rdates + extra.n_moved
        return found

    def fitting(self, Py_ssize_t low, Py_ssize_t room):
        """How far rows from `low` on have no more than `room` occurrences together; `low` itself if one has more."""
        cdef Py_ssize_t i = low
        cdef const Row *rows = self.rows.c.rows
        cdef const Row *row
        cdef const Listed *listed
        with nogil:
            while i < self.rows.c.size and i - low < room:
                row = rows + i
                listed = NULL
                if row.rule != NO_INDEX:
                    listed = self.listed + row.shape
                if listed is not NULL and listed.ready and row.extra == NO_INDEX and (row.count < 0 or listed.counts):
                    room -= listed.n - listed.window + 1
                else:
                    with gil:
                        room -= min(self.most(i), room + 1)
                if room < 0:
                    break
                i += 1
        return i

    def cuts(self, Py_ssize_t low, Py_ssize_t high, Py_ssize_t parts):
        """Rows [low, high) cut into at most so many parts of about one cost, by a sample; the bounds of all."""
        cdef Py_ssize_t i, k, last = low, step = max((high - low) // SAMPLE, 1), n = (high - low + step - 1) // step
        cdef int64_t total = 0, number = 1
        cdef int64_t before[2 * SAMPLE]                 # what the sample costs up to a row of it
        cdef const Row *rows = self.rows.c.rows
        cdef list bounds = [low]
        for k in range(n):
            i = low + k * step
            fetch(&rows[min(i + AHEAD * step, high - 1)].shape)
            before[k] = total
            total += cost_of(rows + i, self.listed)
        for k in range(n):
            i = low + k * step
            if before[k] * parts >= total * number and i > last:
                bounds.append(i)
                last = i
                number = before[k] * parts // total + 1
        bounds.append(high)
        return bounds


cdef inline int64_t cost_of(const Row *row, const Listed *listed) noexcept nogil:
    """About how many nanoseconds a row takes: some for itself and some for each occurrence."""
    if row.flags & WHOLE:
        return 5000
    if row.rule == NO_INDEX:
        return 20
    if not listed[row.shape].ready:
        return 2000
    return 30 + 2 * (listed[row.shape].n - listed[row.shape].window)


cdef ZoneSpan span_of(const ZoneData *z, int64_t a) noexcept nogil:
    """The offset at an instant, and between which local times no clock changes."""
    cdef ZoneSpan span
    cdef int64_t local = a + zone_offset_at(z, a)
    cdef int64_t back = zone_cycles(z, local, z.local_base)
    cdef Py_ssize_t r = zone_above(z.high, z.m, local - back)
    span.offset = z.run[r]
    # What a gap shifts lands behind it, so that calm begins that much later.
    span.calm = z.high[r - 1] + back + z.spread if r > 0 else INT64_MIN
    span.stirred = z.low[r] + back if r < z.m else INT64_MAX
    return span


# --- one row that is not simply a piece of a list --------------------------------------------------------------------

cdef bint make_room(Made *made, Py_ssize_t more) noexcept nogil:
    cdef Py_ssize_t wanted = max(made.room, 256)
    cdef void *grown
    if made.n + more <= made.room:
        return True
    while wanted < made.n + more:
        wanted *= 2
    grown = PyMem_RawRealloc(made.starts, wanted * sizeof(int64_t))
    if grown is NULL:
        return False
    made.starts = <int64_t *> grown
    grown = PyMem_RawRealloc(made.ends, wanted * sizeof(int64_t))
    if grown is NULL:
        return False
    made.ends = <int64_t *> grown
    grown = PyMem_RawRealloc(made.statuses, wanted * sizeof(int64_t))
    if grown is NULL:
        return False
    made.statuses = <int64_t *> grown
    made.room = wanted
    return True


cdef int64_t end_of(const Row *row, const ZoneData *z, int64_t start) noexcept nogil:
    """When an occurrence ends, as `recurrence.ends.end_key` has it."""
    cdef int64_t local, end, over
    if z is NULL:
        return min(start + row.days * DAY + row.seconds, LAST_LOCAL)
    if row.days:
        local = min(start + zone_offset_at(z, start) + row.days * DAY, LAST_LOCAL)
        zone_utc_of(z, local, GAP_SHIFT, FOLD_FIRST, &start)
    end = start + row.seconds
    over = end + zone_offset_at(z, end) - LAST_LOCAL
    return end - over if over > 0 else end


cdef inline int64_t given_before(const Listed *listed, Py_ssize_t first, int64_t start) noexcept nogil:
    """How many there are from DTSTART on before list[first], which is later; DTSTART counts, in step or not."""
    cdef int64_t begin
    cdef bint in_step
    if listed.repeats:
        begin = rank_in_cycle(&listed.cycle, start) - listed.rank
        in_step = rank_in_cycle(&listed.cycle, start + 1) - listed.rank > begin
    else:
        begin = lower_bound(listed.at, first, start)
        in_step = begin < listed.n and listed.at[begin] == start
    return first - begin + (not in_step)


cdef Piece piece_of(const Row *row, const Listed *listed, int64_t shift, int64_t low, int64_t high) noexcept nogil:
    """What a row gives in local [low, high), less than the list has."""
    cdef Piece piece
    cdef const int64_t *at = listed.at
    cdef Py_ssize_t first = listed.window, end = listed.n
    cdef int64_t left
    piece.leads = False
    piece.first = piece.n = 0
    if row.local >= low:
        low = row.local
        if low >= high or low > row.until:
            return piece
        first += lower_bound(at + first, end - first, low - shift)
        piece.leads = first == end or at[first] != low - shift
    else:
        if first + FEW_STEPS < end and at[first + FEW_STEPS] < low - shift:
            first += lower_bound(at + first, end - first, low - shift)
        while first < end and at[first] < low - shift:
            first += 1
    if row.until < high:
        high = row.until + 1
        end = first + lower_bound(at + first, end - first, high - shift)
    else:
        if end - FEW_STEPS > first and at[end - FEW_STEPS] >= high - shift:
            end = first + lower_bound(at + first, end - first, high - shift)
        while end > first and at[end - 1] >= high - shift:
            end -= 1
    if row.count >= 0:
        left = row.count
        if low > row.local:
            left -= given_before(listed, first, row.local - shift)
        left = max(left - piece.leads, 0)
        end = min(end, first + left)
    piece.first, piece.n = first, end - first
    return piece


cdef Stream stream_of(Rows rows, const Row *row):
    """The one rule of a row, from its DTSTART on."""
    cdef CompiledRule compiled = rows.compiled[row.rule]
    cdef ZoneTable table = None
    cdef Plan plan
    cdef int64_t first, last
    until = stop = None
    if row.zone != NO_INDEX:
        table = rows.zones[row.zone].table
    if row.stop != NEVER:
        stop = row.stop
        zone_local_window(&table.z, MIN_KEY, row.stop, &first, &last)
        until = last - 1
    elif row.until != NEVER:
        until = row.until
    plan = compiled.at(row.local, True, until)
    plan.rule_count = row.count
    return Stream(plan, table, 0, 0, stop)


cdef int ask_stream(Window window, const Row *row, int64_t low, int64_t high, Made *made) except -1 with gil:
    """The starts that a row's own plan gives."""
    cdef Stream stream = stream_of(window.rows, row)
    cdef Column found
    if stream.at_most(low, high) > window.limit:
        reached = stream.rank(high) - stream.rank(low)
        if reached > window.limit:
            raise LimitExceeded("max_occurrences", allowed=window.limit, reached=reached)
    found = stream.window(low, high, window.token)
    if not make_room(made, found.size + 1):
        raise MemoryError(f"no memory for {found.size} occurrences")
    if found.size:          # an empty column may have no memory, and memcpy must not be given NULL
        memcpy(made.starts + made.n, found.data, found.size * sizeof(int64_t))
    made.n += found.size
    return 0


cdef int ask_series(Window window, const Row *row, Made *made) except -1 with gil:
    """The occurrences of a row that is a `Series`."""
    series = window.rows.series[row.extra]
    source = series._source or series._open()
    if source.at_most(window.a, window.b) > window.limit:
        reached = len(source.starts(window.a, window.b))
        if reached > window.limit:
            raise LimitExceeded("max_occurrences", allowed=window.limit, reached=reached)
    found = occurrences(source, series._length, series._table, KEYS, False, window.a, window.b, window.token)
    if not make_room(made, len(found)):
        raise MemoryError(f"no memory for {len(found)} occurrences")
    for one in found:
        if window.touching or one.start >= window.a:
            made.starts[made.n], made.ends[made.n], made.statuses[made.n] = one.start, one.end, row.status
            made.n += 1
    return 0


cdef int rule_starts(Window window, const Row *row, const ZoneData *z, int64_t low, int64_t high,
                     Made *made) except -1 nogil:
    """Append the starts of rule and DTSTART in [low, high)."""
    cdef const Listed *listed
    cdef Py_ssize_t k, n, begin = made.n
    cdef int64_t first = low, last, shift = 0
    cdef Piece piece
    high = min(high, row.stop)
    last = high
    if row.flags & NOTHING or low >= high:
        return 0
    if row.rule == NO_INDEX:
        if z is NULL:
            first = row.local
        else:
            zone_utc_of(z, row.local, GAP_SHIFT, FOLD_FIRST, &first)
        if low <= first < high:
            made.starts[made.n] = first
            made.n += 1
        return 0
    listed = window.listed + row.shape
    if not listed.ready or (row.count >= 0 and not listed.counts) or low < window.a - window.reach:
        return ask_stream(window, row, low, high, made)
    if z is not NULL:
        zone_local_window(z, low, high, &first, &last)
    if window.rows.c.shapes[row.shape].shifts:
        shift = row.local - floor_div(row.local, DAY) * DAY
    piece = piece_of(row, listed, shift, first, last)
    if piece.n + piece.leads <= 0:
        return 0
    if not make_room(made, piece.n + 2):
        with gil:
            raise MemoryError(f"no memory for {piece.n} occurrences")
    if piece.leads:
        made.starts[made.n] = row.local
        made.n += 1
    for k in range(piece.n):
        made.starts[made.n + k] = listed.at[piece.first + k] + shift
    made.n += piece.n
    if z is NULL:
        return 0
    n = zone_to_utc(z, made.starts + begin, made.n - begin, made.starts + begin, GAP_SHIFT, FOLD_FIRST)
    k = lower_bound(made.starts + begin, n, low)
    n = lower_bound(made.starts + begin, n, high) - k
    if k and n > 0:
        memmove(made.starts + begin, made.starts + begin + k, n * sizeof(int64_t))
    made.n = begin + max(n, 0)
    return 0


cdef Py_ssize_t without(int64_t *starts, Py_ssize_t n, const int64_t *keys, Py_ssize_t n_keys) noexcept nogil:
    """Take keys out of starts, both increasing."""
    cdef Py_ssize_t i, j = 0, kept = 0
    if n_keys == 0 or n == 0:
        return n
    j = lower_bound(keys, n_keys, starts[0])
    for i in range(n):
        while j < n_keys and keys[j] < starts[i]:
            j += 1
        if j == n_keys or keys[j] != starts[i]:
            starts[kept] = starts[i]
            kept += 1
    return kept


cdef Py_ssize_t without_days(int64_t *starts, Py_ssize_t n, const int64_t *days, Py_ssize_t n_days) noexcept nogil:
    """Take what lies in windows out of starts; both increasing."""
    cdef Py_ssize_t i, j = 0, kept = 0
    for i in range(n):
        while j < n_days and days[2 * j + 1] <= starts[i]:
            j += 1
        if j == n_days or starts[i] < days[2 * j]:
            starts[kept] = starts[i]
            kept += 1
    return kept


cdef Py_ssize_t with_dates(int64_t *starts, Py_ssize_t n, const int64_t *dates, Py_ssize_t n_dates) noexcept nogil:
    """Put RDATEs among the starts, from the end on, equal ones once; there is room."""
    cdef Py_ssize_t i = n - 1, j = n_dates - 1, at = n + n_dates - 1
    while j >= 0:
        if i >= 0 and starts[i] > dates[j]:
            starts[at] = starts[i]
            i -= 1
        else:
            if i >= 0 and starts[i] == dates[j]:
                i -= 1
            starts[at] = dates[j]
            j -= 1
        at -= 1
    if at > i:                                          # equal ones left a hole
        memmove(starts + i + 1, starts + at + 1, (n + n_dates - 1 - at) * sizeof(int64_t))
    return n + n_dates - (at - i)


cdef int put_moved(const Extra *extra, const int64_t *pool, int64_t a, int64_t b, bint touching, Py_ssize_t begin,
                   Made *made) except -1 nogil:
    """Put the overrides that are shown among the occurrences from `begin` on, behind others of the same start."""
    cdef Py_ssize_t k, at
    cdef int64_t start, end
    if not make_room(made, extra.n_moved):
        with gil:
            raise MemoryError(f"no memory for {extra.n_moved} overrides")
    for k in range(extra.n_moved):
        start, end = pool[extra.moved + 3 * k], pool[extra.moved + 3 * k + 1]
        if start >= b or not (start >= a or (touching and end > a)):
            continue
        at = made.n
        while at > begin and made.starts[at - 1] > start:
            made.starts[at], made.ends[at] = made.starts[at - 1], made.ends[at - 1]
            made.statuses[at] = made.statuses[at - 1]
            at -= 1
        made.starts[at], made.ends[at], made.statuses[at] = start, end, pool[extra.moved + 3 * k + 2]
        made.n += 1
    return 0


cdef int make_row(Window window, const Row *row, Made *made) except -1 nogil:
    """Append the occurrences of any row."""
    cdef const Data *c = &window.rows.c
    cdef const ZoneData *z = NULL
    cdef const Extra *extra = NULL
    cdef Py_ssize_t begin = made.n, first, n, i
    cdef int64_t low = window.a, high = window.b, reach = reach_of(row)
    if row.flags & UNREAD or low >= high:
        return 0
    if row.flags & WHOLE:
        return ask_series(window, row, made)
    if row.zone != NO_INDEX:
        z = c.zones[row.zone]
    if window.touching:
        low -= reach - (reach > 0)
    if not make_room(made, 2):
        with gil:
            raise MemoryError("no memory for a row")
    rule_starts(window, row, z, low, high, made)
    if row.extra != NO_INDEX:
        extra = c.extras + row.extra
        first = lower_bound(c.pool + extra.rdates, extra.n_rdates, low)
        n = lower_bound(c.pool + extra.rdates, extra.n_rdates, high) - first
        if n > 0:
            if not make_room(made, n):
                with gil:
                    raise MemoryError(f"no memory for {n} RDATEs")
            made.n = begin + with_dates(made.starts + begin, made.n - begin, c.pool + extra.rdates + first, n)
        n = without(made.starts + begin, made.n - begin, c.pool + extra.exdates, extra.n_exdates)
        n = without_days(made.starts + begin, n, c.pool + extra.days, extra.n_days)
        made.n = begin + without(made.starts + begin, n, c.pool + extra.dropped, extra.n_dropped)
    n = begin
    for i in range(begin, made.n):
        made.starts[n], made.ends[n], made.statuses[n] = made.starts[i], end_of(row, z, made.starts[i]), row.status
        n += made.starts[n] >= window.a or made.ends[n] > window.a
    made.n = n
    return 0 if extra is NULL else put_moved(extra, c.pool, window.a, high, window.touching, begin, made)


# --- chunks of rows --------------------------------------------------------------------------------------------------

cdef bint is_simple(Window window, const Row *row, int64_t *low, int64_t *high, int64_t *offset) noexcept nogil:
    """Whether a row is a piece of its shape's list and constants; then which local times are asked for."""
    cdef const ZoneSpan *span
    cdef int64_t length = row.days * DAY + row.seconds
    offset[0] = 0
    if row.flags or row.extra != NO_INDEX or row.rule == NO_INDEX:
        return False
    low[0], high[0] = window.a, window.b
    if row.zone != NO_INDEX:
        span = window.spans + row.zone
        offset[0] = span.offset
        low[0] += span.offset
        high[0] = min(window.b, row.stop) + span.offset
    if window.touching and length:
        low[0] -= length - 1
        if length > window.reach:
            return False
    if row.zone != NO_INDEX and (low[0] < span.calm or high[0] + (length if row.days else 0) > span.stirred):
        return False
    if high[0] + length > LAST_LOCAL - 2 * DAY or low[0] < FIRST_SECOND:
        return False
    return window.listed[row.shape].ready and (row.count < 0 or window.listed[row.shape].counts)


cdef inline int64_t note_of(Py_ssize_t first, Py_ssize_t n) noexcept nogil:
    """Of a row: n occurrences, from list[first] on, or (first MADE) the next n of what was made; LEADS may be set."""
    return <int64_t> (<uint64_t> first << 32 | <uint64_t> n)


cdef inline int32_t first_of(int64_t note) noexcept nogil:
    return <int32_t> (note >> 32)


@cython.final
cdef class Chunks:
    """Rows [low, high) of a window in at most so many chunks of about one cost: counted first, then filled.

    `offsets` has a place for each row, and one more. Threads that are done with a chunk take another: the next one when
    counting, and when filling one that is a large page further on, until only what lies between is left.
    """

    def __cinit__(self, Window window not None, Py_ssize_t low, Py_ssize_t high, Py_ssize_t parts):
        cdef Py_ssize_t i
        cdef list bounds = window.cuts(low, high, parts)
        self.window, self.first, self.offsets = window, low, sized(high - low + 1)
        self.chunks = <Chunk *> PyMem_RawCalloc(len(bounds) - 1, sizeof(Chunk))
        if self.chunks is NULL:
            raise MemoryError(f"no memory for {len(bounds) - 1} chunks")
        self.size = len(bounds) - 1
        for i in range(self.size):
            self.chunks[i].low, self.chunks[i].high = bounds[i], bounds[i + 1]

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.size):
            PyMem_RawFree(self.chunks[i].made.starts)
            PyMem_RawFree(self.chunks[i].made.ends)
            PyMem_RawFree(self.chunks[i].made.statuses)
        PyMem_RawFree(self.chunks)

    cdef int64_t *_notes(self, const Chunk *chunk) noexcept nogil:
        """Where the offsets of a chunk's rows will be."""
        return self.offsets.data + (chunk.low - self.first)

    def count(self, Crew crew not None):
        """Find what each row has; how many occurrences that is."""
        cdef Py_ssize_t i
        crew.share(count_chunk, <void *> self, self.size)
        self.total = 0
        for i in range(self.size):
            self.chunks[i].at = self.total
            self.total += self.chunks[i].total
        return self.total

    def fill_owners(self, Column owner not None, Column status not None):
        """Write whose each occurrence is and which status it has; before `fill`."""
        cdef Py_ssize_t i
        cdef Chunk *chunk
        with nogil:
            for i in range(self.size):
                chunk = self.chunks + i
                fill_owners(self.window, chunk.low, chunk.high, self._notes(chunk), &chunk.made,
                            owner.data + chunk.at, status.data + chunk.at)

    def fill(self, Crew crew not None, Column start not None, Column end not None):
        """Write starts and ends, and the offset of each row in the place of its note.

        Threads that come to a fresh large page at the same time each clear one for it, and all but one are thrown away:
        clearing takes as long as filling does. So chunks are taken far enough apart to have no page in common.
        """
        cdef Py_ssize_t i, k, turn = 0, mean = max(self.total // self.size, 1)
        cdef Py_ssize_t apart = min(1 + (A_PAGE + mean - 1) // mean, self.size)
        for k in range(apart):
            i = k
            while i < self.size:
                self.chunks[turn].turn = i
                turn += 1
                i += apart
        self.starts, self.ends = start.data, end.data
        crew.share(fill_chunk, <void *> self, self.size)
        self.offsets.data[self.offsets.size - 1] = self.total


cdef int count_chunk(void *job, Py_ssize_t number) except -1 nogil:
    cdef Chunk *chunk = (<Chunks> job).chunks + number
    chunk.total = count_rows((<Chunks> job).window, chunk.low, chunk.high, (<Chunks> job)._notes(chunk), &chunk.made)
    return 0


cdef int fill_chunk(void *job, Py_ssize_t number) except -1 nogil:
    cdef const Chunk *chunk = (<Chunks> job).chunks + (<Chunks> job).chunks[number].turn
    fill_rows((<Chunks> job).window, chunk.low, chunk.high, (<Chunks> job)._notes(chunk), &chunk.made,
              (<Chunks> job).starts + chunk.at, (<Chunks> job).ends + chunk.at, chunk.at)
    return 0


cdef void fill_owners(Window window, Py_ssize_t low, Py_ssize_t high, const int64_t *notes, const Made *made,
                      int64_t *owners, int64_t *statuses) noexcept nogil:
    cdef const Row *row
    cdef Py_ssize_t i, k, n, taken = 0
    for i in range(high - low):
        row = window.rows.c.rows + low + i
        n = (notes[i] & (LEADS - 1)) + (notes[i] & LEADS != 0)
        for k in range(n):
            owners[k] = row.owner
            statuses[k] = row.status
        if n and first_of(notes[i]) == MADE:
            memcpy(statuses, made.statuses + taken, n * sizeof(int64_t))
            taken += n
        owners += n
        statuses += n


cdef Py_ssize_t count_rows(Window window, Py_ssize_t low, Py_ssize_t high, int64_t *notes,
                           Made *made) except -1 nogil:
    cdef const Data *c = &window.rows.c
    cdef const Row *row
    cdef Py_ssize_t i, total = 0, before
    cdef int64_t first, last, offset
    cdef Piece piece
    for i in range(low, high):
        row = c.rows + i
        if is_simple(window, row, &first, &last, &offset):
            piece = piece_of(row, window.listed + row.shape, shift_of(c, row), first, last)
            notes[i - low] = note_of(piece.first, piece.n | (LEADS if piece.leads else 0))
            total += piece.n + piece.leads
        else:
            before = made.n
            make_row(window, row, made)
            if made.n - before >= LEADS:
                with gil:
                    raise LimitExceeded("max_occurrences", allowed=LEADS - 1, reached=made.n - before)
            notes[i - low] = note_of(MADE, made.n - before)
            total += made.n - before
        if i % LOOK == 0 and is_cancelled(window.token):
            with gil:
                raise Cancelled(f"cancelled after {i - low} rows of a table")
    return total


cdef void fill_rows(Window window, Py_ssize_t low, Py_ssize_t high, int64_t *notes, const Made *made,
                    int64_t *starts, int64_t *ends, int64_t at) noexcept nogil:
    cdef const Data *c = &window.rows.c
    cdef const Row *row
    cdef const int64_t *listed
    cdef Py_ssize_t i, k, n, taken = 0
    cdef int64_t add, length, note
    for i in range(high - low):
        row = c.rows + low + i
        note = notes[i]
        n = note & (LEADS - 1)
        notes[i] = at
        if first_of(note) == MADE:
            if n:
                memcpy(starts, made.starts + taken, n * sizeof(int64_t))
                memcpy(ends, made.ends + taken, n * sizeof(int64_t))
            taken += n
        else:
            add = -window.spans[row.zone].offset if row.zone != NO_INDEX else 0
            length = row.days * DAY + row.seconds
            if note & LEADS:
                starts[0], ends[0] = row.local + add, row.local + add + length
                starts += 1
                ends += 1
                at += 1
            add += shift_of(c, row)
            listed = window.listed[row.shape].at + first_of(note)
            for k in range(n):
                starts[k] = listed[k] + add
                ends[k] = listed[k] + (add + length)
        starts += n
        ends += n
        at += n


def sized(Py_ssize_t size):
    """A column of so many values, which are whatever was there."""
    cdef Column column = new_large_column(size)
    column.size = size
    return column
