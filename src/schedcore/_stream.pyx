"""One rule through a zone: the instants of a plan's local times, in windows, by number and by rank.

Rules of this module:

1. A key is what a series counts in: the instant in UTC seconds, or the local second where there is no zone.
2. A window of keys asks the plan for the local times that can have an instant in it; they are converted, put in order,
   made distinct (`_offsets`), and cut to the window. Beside a transition too the answer is exact.
3. The plan counts local times, a series instants. They are as many everywhere but around transitions, where local
   times are skipped, repeated, or moved onto others. Such a place is a `Knot`: a stretch of local time and the stretch
   of instants that belongs to it alone. What a knot adds or takes (`surplus`) is counted once and summed up, so that
   the rank of a key is the plan's rank of its local time and the sum of the knots before.
4. Knots are looked at in order and only as far as is asked for: about 0.2 us each for a rule with no time in them.
   Windows need none.

Whatever the choice of gap and fold, rank and number are exact; what this module does not do is put rules together.
"""

from libc.stdint cimport INT64_MIN, int64_t
from libc.string cimport memcpy, memmove

from schedcore._cancel cimport CancelToken
from schedcore._civil cimport DAY, DAYS_400, MAX_DAY, MIN_DAY
from schedcore._column cimport Column, new_column, reserve
from schedcore._offsets cimport zone_above, zone_cycles
from schedcore._plan cimport Plan
from schedcore._segment cimport lower_bound
from schedcore._zone cimport (
    FOLD_BOTH, FOLD_FIRST, GAP_SHIFT, GAP_SKIP, ZoneTable, zone_local_window, zone_offset_at, zone_to_utc,
    zone_utc_of,
)

from schedcore._column import difference

cdef enum:
    LISTED = 65536              # so many keys of an EXRULE are listed without a thought, 512 KiB
    SLACK = 2 * DAY             # no instant is further from its neighbours in local time: the widest gap is a day
    WITHOUT_GIL = 2048          # below so many values releasing the GIL costs more than it gives

cdef int64_t NO_MOMENT = INT64_MIN            # as the plan has it
cdef int64_t CYCLE = <int64_t> DAYS_400 * DAY
cdef int64_t MIN_KEY = <int64_t> MIN_DAY * DAY - SLACK
cdef int64_t MAX_KEY = (<int64_t> MAX_DAY + 1) * DAY + SLACK


cdef inline int64_t clip(key):
    """A key of any size as one within the calendar."""
    return max(min(key, MAX_KEY), MIN_KEY)


cdef inline int append(Column column, int64_t value) except -1:
    if column.size == column.capacity:
        reserve(column, 2 * column.capacity + 64)
    column.data[column.size] = value
    column.size += 1
    return 0


cdef inline Py_ssize_t room_for(Py_ssize_t n) noexcept:
    """64, doubled until it holds n."""
    cdef Py_ssize_t room = 64
    while room < n:
        room *= 2
    return room


cdef class Stream:
    """The keys that one rule gives, DTSTART included or not as its plan has it.

    `table` is the zone's table or None; `stop` is the first key no longer allowed (an UNTIL in UTC) or None.
    """

    def __cinit__(self, Plan plan not None, ZoneTable table, int gap, int fold, stop):
        self.plan, self.table, self.gap, self.fold, self.stop = plan, table, gap, fold, stop
        self.end_key = MAX_KEY if stop is None else clip(stop)

    # --- windows -----------------------------------------------------------------------------------------------------

    def starts(self, low, high, CancelToken cancel=None):
        """All keys in [low, high), strictly increasing; a seek and the keys themselves, however far from DTSTART."""
        return self.column(clip(low), min(clip(high), self.end_key), cancel)

    cdef Column window(self, int64_t low, int64_t high, CancelToken token):
        """`starts` for other kernels."""
        return self.column(max(low, MIN_KEY), min(min(high, MAX_KEY), self.end_key), token)

    cdef Column column(self, int64_t low, int64_t high, CancelToken token):
        cdef int64_t first, last
        if low >= high:
            return new_column(0)
        if self.table is None:
            return self.plan.window(low, high, -1, token)
        zone_local_window(&self.table.z, low, high, &first, &last)
        return self.convert(self.plan.window(first, last, -1, token), low, high)

    cdef Column convert(self, Column local, int64_t low, int64_t high):
        """Local times as keys, those in [low, high); the column is used up."""
        cdef Py_ssize_t before, behind
        cdef Column out = local if self.fold != <int> FOLD_BOTH else new_column(local.size * self.table.z.most)
        if local.size <= WITHOUT_GIL:
            out.size = zone_to_utc(&self.table.z, local.data, local.size, out.data, self.gap, self.fold)
        else:
            with nogil:
                out.size = zone_to_utc(&self.table.z, local.data, local.size, out.data, self.gap, self.fold)
        before = lower_bound(out.data, out.size, low)
        behind = lower_bound(out.data, out.size, high)
        if before:
            memmove(out.data, out.data + before, (behind - before) * sizeof(int64_t))
        out.size = behind - before
        return out

    def page(self, low, high, Py_ssize_t size, CancelToken cancel=None):
        """The first keys in [low, high), about `size` of them, and the key to go on from; a page may be empty."""
        cdef int64_t first, last, begin = clip(low), end = min(clip(high), self.end_key), key, behind
        cdef Column local, more
        if begin >= end:
            return new_column(0), high
        if self.table is None:
            local = self.plan.window(begin, end, size, cancel)
            return local, local.data[size - 1] + 1 if local.size == size else high
        zone_local_window(&self.table.z, begin, end, &first, &last)
        local = self.plan.window(first, last, size, cancel)
        if local.size < size:
            return self.convert(local, begin, end), high
        zone_utc_of(&self.table.z, local.data[size - 1], GAP_SHIFT, FOLD_FIRST, &key)
        end = max(min(end, key + 1), begin + 1)
        zone_local_window(&self.table.z, end - SLACK, end, &first, &behind)
        # Beside a transition, later local times can have earlier instants: take those in too.
        more = self.plan.window(local.data[size - 1] + 1, min(behind, last), -1, cancel)
        if more.size:
            reserve(local, local.size + more.size)
            memcpy(local.data + local.size, more.data, more.size * sizeof(int64_t))
            local.size += more.size
        return self.convert(local, begin, end), end

    def taken_from(self, Column column not None):
        """What is left of an increasing column without the keys of this rule.

        They are listed only where they are not many more than the column's: an EXRULE of every second against a
        yearly RRULE would fill the memory, and there each key is looked up instead.
        """
        cdef int64_t low, high
        cdef Py_ssize_t i
        cdef Column out
        if column.size == 0:
            return column
        low, high = column.data[0], column.data[column.size - 1] + 1
        if self.ranked(high) - self.ranked(low) <= LISTED + 8 * column.size:
            return difference(column, self.column(low, min(high, self.end_key), None))
        out = new_column(column.size)
        for i in range(column.size):
            if self.column(column.data[i], min(column.data[i] + 1, self.end_key), None).size == 0:
                out.data[out.size] = column.data[i]
                out.size += 1
        return out

    def latest(self, high):
        """A key to look from for the last one below `high`; None if there can be none."""
        cdef int64_t first, last, key = min(clip(high), self.end_key)
        if self.table is None:
            return self.plan.prev(key)
        zone_local_window(&self.table.z, key - SLACK, key, &first, &last)
        local = self.plan.prev(last)
        if local is None:
            return None
        zone_utc_of(&self.table.z, local, GAP_SHIFT, FOLD_FIRST, &first)
        return min(first - SLACK, key - 1)

    # --- knots -------------------------------------------------------------------------------------------------------

    cdef bint next_knot(self, Knot *knot) noexcept:
        """The next knot that a local time from DTSTART on can touch; moves on. False if there are no more."""
        cdef Py_ssize_t r = self.at
        cdef int64_t width, back = self.back
        cdef const int64_t *low = self.table.z.low
        cdef const int64_t *high = self.table.z.high
        if self.table.z.periodic and (r == self.table.z.m or low[r] >= self.table.z.local_base + CYCLE):
            back += CYCLE                       # the table is used up: once more through its last 400 years
            r = zone_above(high, self.table.z.m, self.table.z.local_base)
        if r >= self.table.z.m or low[r] + back > MAX_KEY:
            return False
        knot.first, knot.begin, knot.close = low[r] + back, low[r] + back, high[r] + back
        knot.low = knot.first - self.table.z.run[r]
        knot.gap = self.table.z.run[r + 1] > self.table.z.run[r]
        knot.single = self.table.z.seg[r + 1] - self.table.z.seg[r] == 1
        knot.end = knot.first
        while True:
            # As far behind the stretch as it is wide, local times share instants with those of the stretch.
            width = high[r] - low[r]
            knot.end = max(knot.end, high[r] + width + back)
            r += 1
            if r >= self.table.z.m or low[r] + back >= knot.end:
                break
            knot.single = False
        knot.high = knot.end - self.table.z.run[r]
        knot.at, knot.back = r, back
        return True

    cdef int64_t surplus(self, const Knot *knot) except? -1:
        """How many keys more than local times a knot has; negative where some are skipped or fall on others."""
        cdef int64_t inside = self.plan.ranked_within(knot.begin, knot.close), width = knot.close - knot.begin
        if knot.single:
            if inside == 0 or not (knot.gap or self.fold == <int> FOLD_BOTH):
                return 0
            if not knot.gap:
                return inside                   # all of them twice
            if self.gap == <int> GAP_SKIP:
                return -inside
            if inside == width == self.plan.ranked_within(knot.close, knot.close + width):
                return -inside                  # every second of the gap falls on one behind it
        return self.column(knot.low, knot.high, None).size - self.plan.ranked_within(knot.first, knot.end)

    cdef int extend(self, int64_t key) except -1:
        """Have all knots that begin before `key`."""
        cdef Knot knot
        cdef int64_t total, before, more
        cdef Py_ssize_t n
        cdef Column column
        if self.complete or (self.lows is not None and self.lows.size
                             and self.lows.data[self.lows.size - 1] >= key):
            return 0
        if self.lows is None:
            self._begin()
        while not self.complete and not (self.lows.size and self.lows.data[self.lows.size - 1] >= key):
            if not self.next_knot(&knot):
                self.complete = True
                break
            n = self.lows.size
            before, more = self.plan.ranked(knot.first), self.surplus(&knot)
            if self.lows.size != n:             # another thread was quicker, while this one counted without the GIL
                continue
            total = self.sums.data[n]
            for column in (self.firsts, self.lows, self.highs, self.ranks, self.sums):
                reserve(column, room_for(n + 2))        # so that nothing below can fail half-way
            append(self.firsts, knot.first)
            append(self.lows, knot.low)
            append(self.highs, knot.high)
            append(self.ranks, before + total)
            append(self.sums, total + more)
            self.at, self.back = knot.at, knot.back
        return 0

    def _begin(self):
        """Start at the knot that DTSTART is in, or the next."""
        cdef int64_t dtstart = self.plan.dtstart
        cdef const int64_t *low = self.table.z.low
        cdef const int64_t *high = self.table.z.high
        self.back = zone_cycles(&self.table.z, dtstart, self.table.z.local_base)
        self.at = zone_above(high, self.table.z.m, dtstart - self.back)
        while self.at > 0 and (2 * high[self.at - 1] - low[self.at - 1] > dtstart - self.back or (
                self.at < self.table.z.m and 2 * high[self.at - 1] - low[self.at - 1] > low[self.at])):
            self.at -= 1
        self.firsts, self.lows, self.highs = new_column(64), new_column(64), new_column(64)
        self.ranks, self.sums = new_column(64), new_column(65)
        append(self.sums, 0)

    # --- rank and number ---------------------------------------------------------------------------------------------

    cdef int64_t ranked(self, int64_t key) except -1:
        cdef Py_ssize_t i
        key = min(key, self.end_key)
        if self.table is None:
            return self.plan.ranked(key)
        self.extend(key + 1)
        i = lower_bound(self.highs.data, self.highs.size, key + 1)
        if i < self.lows.size and self.lows.data[i] <= key:
            return self.ranks.data[i] + self.column(self.lows.data[i], key, None).size
        return self.plan.ranked(key + zone_offset_at(&self.table.z, key)) + self.sums.data[i]

    def at_most(self, low, high):
        """A number that the keys in [low, high) do not exceed, quickly; see `Plan.at_most`."""
        return self.plan.at_most(low - SLACK, high + SLACK) * (1 if self.table is None else self.table.z.most)

    def rank(self, key):
        """How many keys are below `key`: O(log), after a look at each transition that was not yet passed."""
        return self.ranked(clip(key))

    def nth(self, k):
        """Key number k, from 0, or None if there are fewer. Cost as `rank`."""
        cdef int64_t number, key
        cdef Py_ssize_t i
        cdef Column inside
        if k < 0 or k > MAX_KEY - MIN_KEY:
            return None
        if self.table is None:
            key = self.plan.numbered(k)
            return key if key != NO_MOMENT and key < self.end_key else None
        number = k
        self.extend(MIN_KEY)
        while True:
            i = lower_bound(self.ranks.data, self.ranks.size, number + 1) - 1      # the last knot that begins by then
            if i >= 0 and number < self.ranks.data[i] + self._size_of(i):
                inside = self.column(self.lows.data[i], self.highs.data[i], None)
                key = inside.data[number - self.ranks.data[i]]
                return key if key < self.end_key else None
            key = self.plan.numbered(number - self.sums.data[i + 1])
            if key == NO_MOMENT:
                return None
            zone_utc_of(&self.table.z, key, GAP_SHIFT, FOLD_FIRST, &key)
            if self.complete or self.lows.data[self.lows.size - 1] > key:
                return key if key < self.end_key else None
            self.extend(key + 1)

    def _size_of(self, Py_ssize_t i):
        """How many keys a knot has."""
        cdef int64_t behind = self.plan.ranked(self.highs.data[i] + zone_offset_at(&self.table.z, self.highs.data[i]))
        return behind + self.sums.data[i + 1] - self.ranks.data[i]
