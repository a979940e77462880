"""One rule through a zone: the instants of a plan's local times, in windows, by number and by rank.

Rules of this module:

1. A key is what a series counts in: the instant in UTC seconds, or the local second where there is no zone.
2. A window of keys asks the plan for the local times that can have an instant in it; they are converted, put in order,
   made distinct (`_offsets`), and cut to the window. Beside a transition too the answer is exact.
3. The plan counts local times, a series instants. They are as many everywhere but around transitions, where local
   times are skipped, repeated, or moved onto others. Such a place is a `Knot`: a stretch of local time and the stretch
   of instants that belongs to it alone. What a knot adds or takes (`surplus`) is counted once and summed up, so that
   the rank of a key is the plan's rank of its local time and the sum of the knots before.
4. Knots are looked at in order and only as far as is asked for: 0.1 to 0.5 us each. Windows need none.
5. What a gap makes equal is counted, not converted: a local time t in a gap of width w moves onto another one exactly
   if the plan has t and t + w. A rule that repeats after a fixed time, or has the same times on all its days, tells by
   arithmetic how many such pairs there are. Of any other both stretches are read off side by side: some microseconds.
6. Knots are kept in columns that grow in place, so they are read and grown in a critical section of the stream, which
   costs nothing in an interpreter with a GIL. Whatever can wait (a plan, a column without the GIL) may let another
   thread in meanwhile: then what it appended is kept, and what was worked out here is dropped.

Whatever the choice of gap and fold, rank and number are exact; what this module does not do is put rules together.
"""

cimport cython
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t
from libc.string cimport memcpy, memmove

from schedcore._cancel cimport CancelToken
from schedcore._civil cimport DAY, DAYS_400, MAX_DAY, MIN_DAY, floor_div, floor_mod
from schedcore._column cimport Column, append, new_column, reserve
from schedcore._offsets cimport zone_above, zone_cycles
from schedcore._kinds cimport Residue
from schedcore._plan cimport Form, Plan
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
    PAIRED = 4096               # a pattern of so many times the gaps seen is searched for pairs: reading costs as much

cdef int64_t NO_MOMENT = INT64_MIN            # as the plan has it
cdef int64_t CYCLE = <int64_t> DAYS_400 * DAY
cdef int64_t MIN_KEY = <int64_t> MIN_DAY * DAY - SLACK
cdef int64_t MAX_KEY = (<int64_t> MAX_DAY + 1) * DAY + SLACK


cdef inline int64_t clip(key):
    """A key of any size as one within the calendar."""
    return max(min(key, MAX_KEY), MIN_KEY)


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
        self.pairs, self.daily = {}, {}

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
            return -self.met(knot.begin, knot.close, inside)
        return self.column(knot.low, knot.high, None).size - self.plan.ranked_within(knot.first, knot.end)

    cdef int64_t met(self, int64_t begin, int64_t close, int64_t inside) except -1:
        """How many of the local times in the gap [begin, close) move onto another one, as far on as the gap is wide."""
        cdef int64_t width = close - begin, end = close + width
        cdef Plan plan = self.plan
        cdef Column here, there
        if is_bare(plan, begin, end):
            if plan.form == Form.CYCLE and plan.times.size == 1 and plan.pattern.size <= PAIRED * (self.lows.size + 1):
                return self.met_in_pattern(begin, close)
            if floor_div(begin, DAY) == floor_div(end - 1, DAY):
                if has_days_alike(plan):
                    return self.met_in_times(floor_mod(begin, DAY), width)
                if steps_through_days(plan):
                    return inside if floor_mod(width, plan.interval * plan.unit) == 0 else 0
        here = plan.window(begin, close, inside, None)
        there = plan.window(close, end, plan.ranked_within(close, end), None)
        return pairs_between(here.data, here.size, there.data, there.size, width)

    cdef int64_t met_in_pattern(self, int64_t begin, int64_t close) except -1:
        """The same where a plan only repeats its pattern: the pairs of one repetition are found once for each width."""
        cdef int64_t width = close - begin
        cdef Column pairs = self.pairs.get(width)
        if pairs is None:
            pairs = self.pairs.setdefault(width, pairs_of(self.plan, width))        # of two threads' the first stays
        return rank_of_pair(self.plan, pairs, close) - rank_of_pair(self.plan, pairs, begin)

    cdef int64_t met_in_times(self, int64_t begin, int64_t width) except -1:
        """The same where all days have the same times, for a gap at that time of such a day: found once."""
        cdef Column times = self.plan.times
        cdef Py_ssize_t first, middle, end
        found = self.daily.get((begin, width))
        if found is None:
            first = lower_bound(times.data, times.size, begin)
            middle = lower_bound(times.data, times.size, begin + width)
            end = lower_bound(times.data, times.size, begin + 2 * width)
            found = pairs_between(times.data + first, middle - first, times.data + middle, end - middle, width)
            self.daily[begin, width] = found
        return found

    cdef int extend(self, int64_t key) except -1:
        """Have all knots that begin before `key`; to be called in a critical section of the stream."""
        cdef Knot knot
        cdef int64_t total, before, more
        cdef Py_ssize_t n
        cdef Column column
        if self.lows is None:
            self.begin()
        while not self.complete and not (self.lows.size and self.lows.data[self.lows.size - 1] >= key):
            if not self.next_knot(&knot):
                self.complete = True
                break
            n = self.lows.size
            before, more = self.plan.ranked(knot.first), self.surplus(&knot)
            if self.lows.size != n:             # another thread was quicker, while this one waited
                continue
            total = self.sums.data[n]
            for column in (self.lows, self.highs, self.ranks, self.sums):
                reserve(column, room_for(n + 2))        # so that nothing below can fail half-way
            append(self.lows, knot.low)
            append(self.highs, knot.high)
            append(self.ranks, before + total)
            append(self.sums, total + more)
            self.at, self.back = knot.at, knot.back
        return 0

    cdef int begin(self) except -1:
        """Start at the knot that DTSTART is in, or the next."""
        cdef int64_t dtstart = self.plan.dtstart, back = zone_cycles(&self.table.z, dtstart, self.table.z.local_base)
        cdef const int64_t *low = self.table.z.low
        cdef const int64_t *high = self.table.z.high
        cdef Py_ssize_t at = zone_above(high, self.table.z.m, dtstart - back)
        while at > 0 and (2 * high[at - 1] - low[at - 1] > dtstart - back or (
                at < self.table.z.m and 2 * high[at - 1] - low[at - 1] > low[at])):
            at -= 1
        self.at, self.back = at, back
        self.highs, self.ranks = new_column(64), new_column(64)
        self.sums = new_column(65)
        append(self.sums, 0)
        self.lows = new_column(64)              # the last to be set: `extend` looks at it
        return 0

    # --- rank and number ---------------------------------------------------------------------------------------------

    cdef int64_t ranked(self, int64_t key) except -1:
        cdef Py_ssize_t i
        cdef int64_t low = 0, before
        cdef bint inside
        key = min(key, self.end_key)
        if self.table is None:
            return self.plan.ranked(key)
        with cython.critical_section(self):
            self.extend(key + 1)
            i = lower_bound(self.highs.data, self.highs.size, key + 1)
            inside = i < self.lows.size and self.lows.data[i] <= key
            if inside:
                low, before = self.lows.data[i], self.ranks.data[i]
            else:
                before = self.sums.data[i]
        if inside:
            return before + self.column(low, key, None).size
        return self.plan.ranked(key + zone_offset_at(&self.table.z, key)) + before

    def at_most(self, low, high):
        """A number that the keys in [low, high) do not exceed, quickly; see `Plan.at_most`."""
        return self.plan.at_most(low - SLACK, high + SLACK) * (1 if self.table is None else self.table.z.most)

    def rank(self, key):
        """How many keys are below `key`: O(log), after a look at each transition that was not yet passed."""
        return self.ranked(clip(key))

    def nth(self, k):
        """Key number k, from 0, or None if there are fewer. Cost as `rank`."""
        cdef int64_t number, key, looked = MIN_KEY
        cdef Column inside
        cdef Place place
        if k < 0 or k > MAX_KEY - MIN_KEY:
            return None
        if self.table is None:
            key = self.plan.numbered(k)
            return key if key != NO_MOMENT and key < self.end_key else None
        number = k
        while True:
            self.find(number, looked, &place)
            if place.inside and number < place.rank + self.size_of(&place):
                inside = self.column(place.low, place.high, None)
                key = inside.data[number - place.rank]
                return key if key < self.end_key else None
            key = self.plan.numbered(number - place.sum)
            if key == NO_MOMENT:
                return None
            zone_utc_of(&self.table.z, key, GAP_SHIFT, FOLD_FIRST, &key)
            if place.seen > key:
                return key if key < self.end_key else None
            looked = key + 1

    cdef int find(self, int64_t number, int64_t key, Place *place) except -1:
        """The last knot that begins by the time of key number `number`, among all those that begin before `key`."""
        cdef Py_ssize_t i
        with cython.critical_section(self):
            self.extend(key)
            i = lower_bound(self.ranks.data, self.ranks.size, number + 1) - 1
            place.inside = i >= 0
            if place.inside:
                place.low, place.high, place.rank = self.lows.data[i], self.highs.data[i], self.ranks.data[i]
            place.sum = self.sums.data[i + 1]
            place.seen = INT64_MAX if self.complete else self.lows.data[self.lows.size - 1]
        return 0

    cdef int64_t size_of(self, const Place *place) except? -1:
        """How many keys a knot has."""
        return self.plan.ranked(place.high + zone_offset_at(&self.table.z, place.high)) + place.sum - place.rank


# --- pairs: two local times of a plan that are as far apart as a gap is wide -----------------------------------------

cdef bint is_bare(Plan plan, int64_t low, int64_t high) except -1:
    """Whether in all of [low, high) the plan is what the rule gives: neither DTSTART nor an end is near."""
    if low <= plan.dtstart or high > plan.until or (plan.head is not None and low < plan.resume):
        return False
    return plan.rule_count < 0 or plan.ranked(high) < plan.rule_count


cdef bint has_days_alike(Plan plan) noexcept:
    """Whether every day that the plan has is midnight and its times."""
    if plan.form == Form.CYCLE:
        return plan.times.size > 1
    return plan.residue != Residue.PHASE and plan.tables.n_setpos == 0


cdef bint steps_through_days(Plan plan) noexcept:
    """Whether every day that the plan has is one progression; where it begins differs from day to day."""
    return plan.form == Form.YEARS and plan.residue == Residue.PHASE and plan.every_unit and plan.per_unit == 1


cdef Column pairs_of(Plan plan, int64_t width):
    """Those of the pattern's moments at which a pair begins."""
    cdef Column pattern = plan.pattern, out = new_column(pattern.size)
    cdef int64_t step = floor_mod(width, plan.period), other
    cdef Py_ssize_t i, at = lower_bound(pattern.data, pattern.size, step), size = pattern.size
    for i in range(size):
        # `at` goes round once, and passes each moment that lies before the one sought.
        other = pattern.data[i] + step
        while at < 2 * size and pattern.data[at % size] + at // size * plan.period < other:
            at += 1
        if at < 2 * size and pattern.data[at % size] + at // size * plan.period == other:
            append(out, pattern.data[i])
    return out


cdef int64_t rank_of_pair(Plan plan, Column pairs, int64_t t) noexcept:
    """How many pairs begin before t, counted from the plan's origin."""
    cdef int64_t offset = t - plan.origin - plan.times.data[0], k = floor_div(offset, plan.period)
    return k * pairs.size + lower_bound(pairs.data, pairs.size, offset - k * plan.period)


cdef int64_t pairs_between(const int64_t *here, Py_ssize_t n, const int64_t *there, Py_ssize_t m,
                           int64_t width) noexcept:
    """How many of n increasing values, with `width` added, are among m others."""
    cdef Py_ssize_t i = 0, j = 0
    cdef int64_t found = 0, a, b
    while i < n and j < m:
        a, b = here[i] + width, there[j]
        found += a == b
        i += a <= b
        j += b <= a
    return found
