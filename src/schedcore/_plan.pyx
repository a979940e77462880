"""Plans: what a rule gives from a DTSTART on, at any distance from it.

Everything here is in local seconds (RFC 5545 leaves zones to the caller): a `Plan` is a strictly increasing sequence
of them that can be filled into memory, counted, and entered anywhere.

Rule 1: Nothing is replayed. Each plan has one of two forms, and each form answers "how many lie before t" and "which
is the k-th" by arithmetic.

  CYCLE   The rule repeats after a fixed number of seconds: origin + k * period + pattern[i] + times[j]. Weekly rules,
          daily ones with or without BYDAY, and all sub-daily ones whose step divides the day or has no filter.
  YEARS   Which days match depends on the calendar: the first midnight of the year + table[kind of year][i] + times[j]
          (see `_kinds`). INTERVAL then is a residue of years, months, weeks or days, or, for a sub-daily step that
          does not divide the day, of the units in it (PHASE): it cuts the table of each year into segments.

Rule 2: Counting years. The number of occurrences in a span of years is a prefix sum over one cycle of the calendar
with the rule, whole cycles multiplied: 400 years, times what INTERVAL leaves over. Where that is longer than the
calendar has years (and for BYEASTER always), the sum is over the years themselves, 9,999 at most. It is kept, and grown
only as far as it is asked for; without COUNT a window needs none of it. For PHASE a year is a sum over its matching
days of how many times each has, and these numbers repeat after some days (`orbit`): 1 ns a day.

Rule 3: COUNT is a rank. A window subtracts what lies before it from COUNT; it is never counted down.

Rule 4: DTSTART is the first occurrence and counts, in step with the rule or not, unless the caller wants only what
the rule gives. BYSETPOS picks from whole periods, then what lies before DTSTART is dropped (RFC 5545 3.3.10, 3.8.5.3).

Rule 5: `dateutil=True` reads as python-dateutil 4.0.0 does: week numbers of the calendar year, BYDAY's ordinals and
plain weekdays both at once, BYEASTER (see `_kinds`), and a first week that begins at DTSTART. What that cut week gives
is listed once (`head`), and the plan resumes with the next week.

Rule 6: Loops run without the GIL on memory that was made before them, in blocks; the cancel flag is read between
blocks.

Rule 7: Threads share a plan, also where there is no GIL. All of it is fixed once it is made, but for what counting
keeps. The sums grow in place, so they are read and grown in a critical section (nothing at all where there is a GIL),
in which nothing waits: tables are made before it, for they have a section of their own. `before` and `leads` are single
numbers that every thread works out alike, and are stored without one. Tables are never changed once they are there, so
that `rule_within` needs neither a lock nor the GIL where they are.

`_rrule` decides which form a rule takes and fills in the fields; here they are read.
"""

cimport cython
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t
from libc.string cimport memcpy

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._civil cimport DAY, MAX_DAY, MAX_YEAR, MIN_DAY, floor_div, floor_mod
from schedcore._column cimport Column, append, new_column, one, reserve
from schedcore._kinds cimport (
    HOURLY, MAX_DAYS, MINUTELY, Residue, Year, YearTable, first_day, first_day_of, has_years, key_of, next_days,
    residue_start, state_of, step_year, year_at, year_holding,
)
from schedcore._segment cimport (
    Cycle, Segment, first_of, last_of, lower_bound, moment_of, rank_in, rank_in_cycle, size_of, write,
)

from math import gcd

from schedcore.errors import Cancelled

cdef enum:
    BLOCK = 32768               # values written between two looks at the cancel flag: some ten microseconds
    WITHOUT_GIL = 2048          # below so many values releasing the GIL costs more than it gives
    FIRST_ROOM = 1 << 20        # values to make room for at once, 8 MiB; then the room is doubled
    FEW = 64                    # counts of so many years are kept from the first on
    LONGEST_ORBIT = 1 << 17     # days, 1 MiB: every step up to a day has a shorter one
    RUN = 64                    # a short pattern is repeated to at least this length before a long fill

cdef int64_t FIRST_SECOND = <int64_t> MIN_DAY * DAY
cdef int64_t END = (<int64_t> MAX_DAY + 1) * DAY       # the first second after 9999-12-31
cdef int64_t NO_MOMENT = INT64_MIN
cdef int64_t ZERO = 0                                  # the entry of a table that is a single midnight


# --- segments: the parts of a year that the residue lets through -----------------------------------------------------

cdef bint unit_allowed(Plan plan, int64_t slot) noexcept nogil:
    """Whether the hour, minute or second of the day passes BYHOUR and, where they limit, BYMINUTE and BYSECOND."""
    if plan.freq == HOURLY:
        return plan.hours.allows[slot]
    if plan.freq == MINUTELY:
        return plan.hours.allows[slot // 60] and plan.minutes.allows[slot % 60]
    return (plan.hours.allows[slot // 3600] and plan.minutes.allows[slot // 60 % 60]
            and plan.seconds.allows[slot % 60])


cdef inline bint whole_year(Plan plan, const Year *y, Segment *s) noexcept nogil:
    """The one segment of a year, where a table tells it all, or False if it has none; the table must exist."""
    cdef int key = key_of(plan.tables, y)
    cdef YearTable *table
    if plan.residue <= Residue.YEAR:
        table = plan.tables.tables[key]
    else:
        table = plan.tables.cuts[key * plan.tables.states + state_of(plan.tables, y, plan.anchor)]
    s.base = first_day(plan.tables, y) * DAY
    s.entries, s.n = table.entries, table.size
    s.times, s.n_times = plan.times.data, plan.times.size
    if plan.residue == Residue.YEAR and floor_mod(y.number - plan.anchor, plan.interval) != 0:
        return False
    return table.size > 0


cdef void start_walk(Plan plan, Walk *walk, const Year *y) noexcept nogil:
    """Begin at the first month, week or day of the year that INTERVAL reaches; its table must exist."""
    walk.day = first_day(plan.tables, y)
    walk.table = plan.tables.tables[key_of(plan.tables, y)]
    if plan.residue == Residue.PHASE:
        walk.at = 0
        walk.phase = floor_mod(plan.anchor - walk.day * plan.units_a_day, plan.interval)
    else:
        walk.at = residue_start(plan.residue, state_of(plan.tables, y, plan.anchor))


cdef bint next_segment(Plan plan, Walk *walk, Segment *s) noexcept nogil:
    """The next segment of the year, or False at its end."""
    cdef Py_ssize_t first, end
    if plan.residue == Residue.PHASE:
        return next_phase(plan, walk, s)
    if not next_days(walk.table, plan.residue, plan.interval, &walk.at, &first, &end):
        return False
    s.base = walk.day * DAY
    s.entries, s.n = walk.table.entries + first, end - first
    s.times, s.n_times = plan.times.data, plan.times.size
    return True


cdef inline void move_phase(Plan plan, Walk *walk, int64_t day) noexcept nogil:
    """Go to a later day of the year; its phase follows from the phase of the day before."""
    cdef int64_t phase = walk.phase - (day - walk.at) * plan.units_a_day
    walk.phase = phase if phase >= 0 else floor_mod(phase, plan.interval)
    walk.at = day


cdef bint next_phase(Plan plan, Walk *walk, Segment *s) noexcept nogil:
    """The next matching day that has times in step with DTSTART."""
    cdef const YearTable *table = walk.table
    cdef int64_t phase
    cdef Py_ssize_t i
    s.entries, s.n = &ZERO, 1
    while walk.at < table.length:
        i = table.by_day[walk.at]
        if i == table.by_day[walk.at + 1]:              # no match today: on to the next day that has one
            if i == table.size:
                return False
            move_phase(plan, walk, table.entries[i] // DAY)
        phase = walk.phase
        if phase >= plan.units_a_day:                   # a long step: on to the day it reaches next
            move_phase(plan, walk, walk.at + phase // plan.units_a_day)
            continue
        s.base = (walk.day + walk.at) * DAY
        set_times(plan, phase, s)
        move_phase(plan, walk, walk.at + 1)
        if s.n_times:
            return True
    return False


cdef inline void set_times(Plan plan, int64_t phase, Segment *s) noexcept nogil:
    """The times of a day of the given phase."""
    cdef int64_t n = plan.times.size
    s.times = plan.times.data
    if plan.buckets is not None:
        s.times += plan.buckets.data[phase]
        s.n_times = plan.buckets.data[phase + 1] - plan.buckets.data[phase]
        return
    s.base += phase * plan.unit
    if plan.interval > plan.units_a_day:                # times are those of the one unit
        s.n_times = n if plan.every_unit or unit_allowed(plan, phase) else 0
    elif phase * plan.unit + plan.times.data[n - plan.per_unit] >= DAY:
        s.n_times = n - plan.per_unit                   # the last step falls on the next day
    else:
        s.n_times = n


# --- the days of a phase ---------------------------------------------------------------------------------------------

cdef int64_t orbit_length(Plan plan) except -1:
    """PHASE: after how many days a day has the times of the first again."""
    return plan.interval // <int64_t> gcd(plan.interval, plan.units_a_day)


cdef Column orbit_of(Plan plan):
    """PHASE: how many times day 0 has, day 1 and so on, until they repeat and a year beyond."""
    cdef int64_t size = orbit_length(plan) + MAX_DAYS, step = plan.units_a_day % plan.interval
    cdef int64_t phase = floor_mod(plan.anchor, plan.interval)
    cdef Column out = new_column(size)
    cdef Segment s
    for _ in range(size):
        s.n_times = 0
        if phase < plan.units_a_day:
            set_times(plan, phase, &s)
        append(out, s.n_times)
        phase -= step
        if phase < 0:
            phase += plan.interval
    return out


cdef inline const int64_t *orbit_from(Column orbit, int64_t day) noexcept nogil:
    """The counts of an orbit from a day on, enough for a year."""
    return orbit.data + floor_mod(day, orbit.size - MAX_DAYS)


@cython.cdivision(True)
cdef int64_t count_days(const YearTable *table, const int64_t *counts, int64_t days) noexcept nogil:
    """How many moments the matching ones of the year's first days have."""
    cdef int64_t n = 0
    cdef Py_ssize_t i
    for i in range(table.by_day[days]):
        n += counts[table.entries[i] // DAY]
    return n


cdef int64_t rank_in_orbit(Plan plan, Column orbit, const Year *y, int64_t t) noexcept nogil:
    """PHASE: how many moments of the year lie before t."""
    cdef const YearTable *table = plan.tables.tables[key_of(plan.tables, y)]
    cdef int64_t first = first_day(plan.tables, y), day = floor_div(t, DAY) - first, phase
    cdef int64_t n
    cdef Segment s
    if day < 0 or day >= table.length:
        return count_days(table, orbit_from(orbit, first), 0 if day < 0 else table.length)
    n = count_days(table, orbit_from(orbit, first), day)
    phase = floor_mod(plan.anchor - (first + day) * plan.units_a_day, plan.interval)
    if table.by_day[day] == table.by_day[day + 1] or phase >= plan.units_a_day:
        return n
    s.base, s.entries, s.n = (first + day) * DAY, &ZERO, 1
    set_times(plan, phase, &s)
    return n + rank_in(&s, t)


# --- the cycle form --------------------------------------------------------------------------------------------------

cdef inline Segment cycle_segment(Plan plan, int64_t k) noexcept nogil:
    """The k-th repetition of the pattern."""
    cdef Segment s
    s.base = plan.origin + k * plan.period
    s.entries, s.n = plan.pattern.data, plan.pattern.size
    s.times, s.n_times = plan.times.data, plan.times.size
    return s


cdef inline Cycle cycle_of(Plan plan) noexcept nogil:
    cdef Cycle c
    c.segment, c.period = cycle_segment(plan, 0), plan.period
    return c


cdef int64_t select_in_cycle(Plan plan, int64_t k) noexcept nogil:
    """The moment of rank k, or NO_MOMENT where it lies far beyond the calendar."""
    cdef int64_t size = plan.pattern.size * plan.times.size, cycle = floor_div(k, size)
    cdef Segment s
    if cycle > floor_div(END - plan.origin, plan.period):
        return NO_MOMENT
    s = cycle_segment(plan, cycle)
    return moment_of(&s, k - cycle * size)


cdef void write_cycle(Plan plan, int64_t first, int64_t n, int64_t *out) noexcept nogil:
    """Write n moments from rank `first` on."""
    cdef int64_t size = plan.pattern.size * plan.times.size, step = plan.period, k, at, m, i, base
    cdef Segment s
    if size == 1 and n <= 4 * RUN:
        base = select_in_cycle(plan, first)
        for i in range(n):
            out[i] = base + i * step
        return
    k = floor_div(first, size)
    at = first - k * size
    while n > 0:
        if at == 0 and n > 4 * RUN and size <= RUN:
            write_runs(plan, k, n, out)
            return
        s = cycle_segment(plan, k)
        m = min(n, size - at)
        write(&s, at, m, out)
        out += m
        n -= m
        k += 1
        at = 0


cdef void write_runs(Plan plan, int64_t k, int64_t n, int64_t *out) noexcept nogil:
    """Write n moments from the k-th repetition on, several repetitions at a time: a long loop runs faster."""
    # There is one time: `set_cycle` multiplies out what is as short as this.
    cdef int64_t run[2 * RUN]
    cdef int64_t size = plan.pattern.size, length = 2 * RUN // size * size, i
    cdef int64_t base = plan.origin + k * plan.period, step = length // size * plan.period
    for i in range(length):
        run[i] = plan.pattern.data[i % size] + i // size * plan.period + plan.times.data[0]
    while n > 0:
        length = min(length, n)
        for i in range(length):
            out[i] = base + run[i]
        base += step
        out += length
        n -= length


# --- the years form --------------------------------------------------------------------------------------------------

cdef int64_t count_year(Plan plan, const Year *y) noexcept nogil:
    """How many moments the year has; its table must exist."""
    cdef Walk walk
    cdef Segment s
    cdef int64_t n = 0
    if plan.whole:
        return size_of(&s) if whole_year(plan, y, &s) else 0
    start_walk(plan, &walk, y)
    if plan.orbit is not None:
        return count_days(walk.table, orbit_from(plan.orbit, walk.day), walk.table.length)
    while next_segment(plan, &walk, &s):
        n += size_of(&s)
    return n


cdef int64_t rank_in_year(Plan plan, const Year *y, int64_t t) noexcept nogil:
    """How many moments of the year lie before t."""
    cdef Walk walk
    cdef Segment s
    cdef int64_t n = 0
    if plan.whole:
        return rank_in(&s, t) if whole_year(plan, y, &s) else 0
    start_walk(plan, &walk, y)
    while next_segment(plan, &walk, &s):
        if last_of(&s) >= t:
            return n + rank_in(&s, t)
        n += size_of(&s)
    return n


cdef int64_t select_in_year(Plan plan, const Year *y, int64_t k) noexcept nogil:
    """The k-th moment of the year, which has more than k."""
    cdef Walk walk
    cdef Segment s
    if plan.whole:
        return moment_of(&s, k) if whole_year(plan, y, &s) else NO_MOMENT
    start_walk(plan, &walk, y)
    while next_segment(plan, &walk, &s):
        if k < size_of(&s):
            return moment_of(&s, k)
        k -= size_of(&s)
    return NO_MOMENT


cdef inline int64_t write_within(const Segment *s, int64_t low, int64_t high, int64_t room,
                                 int64_t *out) noexcept nogil:
    """Write at most `room` of the segment's moments in [low, high) and say how many."""
    cdef int64_t first = rank_in(s, low) if first_of(s) < low else 0
    cdef int64_t end = rank_in(s, high) if last_of(s) >= high else size_of(s)
    end = min(end - first, room)
    if end > 0:
        write(s, first, end, out)
    return max(end, 0)


cdef int64_t fill_inner(Plan plan, Year *y, int64_t end, int64_t room, int64_t *out) noexcept nogil:
    """Write the years from y to before `end`, each whole from one table, and stop at one that has no room.

    The residue of a year follows from the last one without a division: months less 12, days less the length.
    """
    cdef bint cut = plan.residue > Residue.YEAR
    cdef YearTable **tables = plan.tables.cuts if cut else plan.tables.tables
    cdef const YearTable *table
    cdef int64_t states = plan.tables.states if cut else 1, state = 0, written = 0, i, day, next_day, base
    cdef int64_t shorter[8]                             # by the length of the year (364 to 371), modulo 8
    if cut:
        state = state_of(plan.tables, y, plan.anchor)
        for i in range(364, 372):
            shorter[i & 7] = (12 if plan.residue == Residue.MONTH else i) % states
    day = first_day(plan.tables, y)
    while y.number < end:
        table = tables[key_of(plan.tables, y) * states + state]
        if table.size > room - written:
            return written
        base = day * DAY + plan.times.data[0]
        for i in range(table.size):
            out[i] = base + table.entries[i]
        out += table.size
        written += table.size
        step_year(y)
        next_day = first_day(plan.tables, y)
        if cut:
            state -= shorter[(next_day - day) & 7]
            if state < 0:
                state += states
        day = next_day
    return written


cdef int64_t fill_years(Plan plan, int64_t low, int64_t high, int64_t room, int64_t *out) noexcept nogil:
    """Write at most `room` moments in [low, high) and say how many; the tables must exist."""
    cdef Year y = year_at(year_holding(plan.tables, floor_div(low, DAY)))
    cdef int64_t last = year_holding(plan.tables, floor_div(high - 1, DAY)), written = 0, step = 1
    cdef bint single = plan.whole and plan.residue != Residue.YEAR and plan.times.size == 1
    cdef Walk walk
    cdef Segment s
    if plan.residue == Residue.YEAR:
        step = plan.interval
        y = year_at(y.number + floor_mod(plan.anchor - y.number, step))
    while y.number <= last and written < room:
        if plan.whole:
            if whole_year(plan, &y, &s):
                written += write_within(&s, low, high, room - written, out + written)
        else:
            start_walk(plan, &walk, &y)
            while written < room and next_segment(plan, &walk, &s):
                written += write_within(&s, low, high, room - written, out + written)
        if step == 1:
            step_year(&y)
        else:
            y = year_at(y.number + step)
        if single and y.number < last:                  # the first year is written, and the last is not: between them
            written += fill_inner(plan, &y, last, room - written, out + written)
    return written


cdef bint lacks_tables(Plan plan, int64_t low, int64_t high) noexcept nogil:
    if plan.impossible or low >= high or plan.form == Form.CYCLE:
        return False
    return not has_years(plan.tables, year_of(plan, low), year_of(plan, high - 1), plan.anchor)


cdef int make_tables(Plan plan, int64_t low, int64_t high) except -1:
    plan.tables.ensure(year_of(plan, low), year_of(plan, high - 1), plan.anchor)
    return 0


cdef int64_t year_of(Plan plan, int64_t t) noexcept nogil:
    """The year, or week-year, that a moment is in."""
    return year_holding(plan.tables, floor_div(t, DAY))


cdef int64_t rule_within(Plan plan, int64_t low, int64_t high, int64_t room, int64_t *out) noexcept nogil:
    cdef int64_t first
    cdef Cycle cycle
    if plan.impossible or low >= high or room <= 0:
        return 0
    if plan.form == Form.CYCLE:
        cycle = cycle_of(plan)
        first = rank_in_cycle(&cycle, low)
        room = min(rank_in_cycle(&cycle, high) - first, room)
        write_cycle(plan, first, room, out)
        return room
    return fill_years(plan, low, high, room, out)


cdef int64_t last_at_most(Column counts, int64_t high, int64_t k) noexcept:
    """The last of counts[0] to counts[high - 1] that is at most k; the first is."""
    cdef int64_t low = 0, middle
    while low < high - 1:
        middle = (low + high) // 2
        if counts.data[middle] <= k:
            low = middle
        else:
            high = middle
    return low


# --- the plan --------------------------------------------------------------------------------------------------------

cdef class Plan:
    """What a rule gives from a DTSTART on: local seconds, strictly increasing, COUNT and UNTIL applied.

    Reads cost the same however far from DTSTART they are made. `END` of the calendar is 9999-12-31T23:59:59.
    """

    cdef int end_with(self, until) except -1:
        """Take UNTIL, a local second or None, of any size."""
        self.has_until = until is not None
        self.until = END - 1 if until is None else max(min(<object> until, END - 1), FIRST_SECOND - 1)
        return 0

    # What the rule alone gives, DTSTART, COUNT and UNTIL left out.

    cdef int64_t rank_of(self, int64_t t) except? -2:
        """How many moments of the rule lie before t, from the origin or from the base year on."""
        cdef Year y
        cdef int64_t before
        cdef Column orbit
        cdef Cycle cycle
        if self.impossible:
            return 0
        if self.form == Form.CYCLE:
            cycle = cycle_of(self)
            return rank_in_cycle(&cycle, t)
        y = year_at(year_holding(self.tables, floor_div(t, DAY)))
        self.tables.ensure(y.number, y.number, self.anchor)
        before = self.count_years(y.number - self.base_year)
        if self.residue == Residue.PHASE:
            with cython.critical_section(self):
                orbit = self.orbit
            if orbit is not None:
                return before + rank_in_orbit(self, orbit, &y, t)
        return before + rank_in_year(self, &y, t)

    cdef int64_t select(self, int64_t k) except? -1:
        """The moment of rank k, or NO_MOMENT beyond the calendar."""
        cdef int64_t moment, cycles = 0, low, high, total
        cdef int64_t most = MAX_YEAR + 2 - self.base_year           # a week-year 10000 begins in 9999
        cdef int64_t period = self.cycle_years if 0 < self.cycle_years < most else 0
        cdef Year y
        if self.impossible:
            return NO_MOMENT
        if self.form == Form.CYCLE:
            moment = select_in_cycle(self, k)
            return moment if moment < END else NO_MOMENT
        high = 4
        while True:                                     # grow the counts until they hold k, a cycle, or all years
            high = min(high, period or most)
            total = self.count_years(high)
            if total > k:
                break
            if high == (period or most):
                if not period or total == 0:
                    return NO_MOMENT
                cycles = k // total
                k -= cycles * total
                break
            high *= 2
        with cython.critical_section(self):
            low = last_at_most(self.prefix, high, k)
            k -= self.prefix.data[low]
        if cycles > MAX_YEAR or self.base_year + cycles * period + low > MAX_YEAR + 1:
            return NO_MOMENT
        y = year_at(self.base_year + cycles * period + low)
        self.tables.ensure(y.number, y.number, self.anchor)
        moment = select_in_year(self, &y, k)
        return moment if moment < END else NO_MOMENT

    cdef int64_t count_years(self, int64_t years) except -2:
        """How many moments lie in the given number of years from the base year on."""
        cdef int64_t cycles = 0, cycle = self.cycle_years
        if years <= 0:
            return 0
        if cycle and years > cycle:
            cycles = years // cycle
            years -= cycles * cycle
        self.grow_prefix(cycle if cycles else years)
        with cython.critical_section(self):
            return (cycles * self.prefix.data[cycle] if cycles else 0) + self.prefix.data[years]

    cdef int grow_prefix(self, Py_ssize_t years) except -1:
        """Have prefix[0] to prefix[years]; the tables come first, for they have a critical section of their own."""
        cdef Py_ssize_t known
        cdef Year y
        cdef int64_t *at
        with cython.critical_section(self):
            known = 1 if self.prefix is None else self.prefix.size
        if years < known:
            return 0
        self.tables.ensure(self.base_year + known - 1, self.base_year + years, self.anchor)
        with cython.critical_section(self):
            if self.prefix is None:
                self.prefix = one(0)
            if self.residue == Residue.PHASE and self.orbit is None:
                if orbit_length(self) <= min((years - known) * 365, LONGEST_ORBIT):
                    self.orbit = orbit_of(self)
            reserve(self.prefix, max(years + 1, FEW + 1, min(2 * years, MAX_YEAR + 3)))
            at = self.prefix.data
            y = year_at(self.base_year + self.prefix.size - 1)
            while self.prefix.size <= years:
                at[self.prefix.size] = at[self.prefix.size - 1] + count_year(self, &y)
                self.prefix.size += 1
                step_year(&y)
        return 0

    # What the series gives.

    cdef int64_t rank_dtstart(self) except? -2:
        """The rank of DTSTART among what the rule gives; subtracting it makes ranks count from DTSTART."""
        if self.before == NO_MOMENT:
            if self.head is None:
                self.before = self.rank_of(self.dtstart)
            else:                                       # so that ranks from `resume` on count what is in the head
                self.before = self.rank_of(self.resume) - self.head.size
        return self.before

    cdef bint dtstart_leads(self) except -1:
        """Whether DTSTART is out of step with the rule and yet the first occurrence."""
        if self.leads < 0:
            self.leads = self.rank_of(self.dtstart + 1) == self.rank_dtstart()
        return self.leads

    cdef int64_t ranked(self, int64_t t) except -2:
        """How many occurrences lie before t."""
        cdef int64_t n
        t = min(t, self.until + 1)
        if t <= self.dtstart:
            return 0
        if self.head is not None and t < self.resume:
            n = lower_bound(self.head.data, self.head.size, t)
        else:
            n = self.rank_of(t) - self.rank_dtstart() + self.dtstart_leads()
        return min(n, self.rule_count) if self.rule_count >= 0 else n

    def rank(self, t):
        """How many occurrences lie before local second t; O(log) after the first far question of a plan."""
        return self.ranked(max(min(t, END), FIRST_SECOND))

    def at_most(self, low, high):
        """A number that the occurrences in [low, high) do not exceed, told without counting them."""
        return self.most_within(max(min(low, END), FIRST_SECOND), max(min(high, END), FIRST_SECOND))

    cdef int64_t most_within(self, int64_t low, int64_t high) noexcept nogil:
        """The same, for bounds that are seconds of 64 bits."""
        cdef int64_t span = max(min(high, END), FIRST_SECOND) - max(min(low, END), FIRST_SECOND), size
        if span <= 0 or self.impossible:
            return 1
        if self.form == Form.CYCLE:
            size = self.pattern.size * self.times.size
            return (span // self.period + 2) * size + 1 + (self.head.size if self.head is not None else 0)
        if self.tables.n_setpos:                # of a year 55 periods are picked from at most (`DayTables.make`)
            size = (span // (365 * DAY) + 2) * 55 * self.tables.n_setpos
        else:
            size = (span // DAY + 2) * self.times.size
        return size + 1 + (self.head.size if self.head is not None else 0)          # 1: DTSTART

    cdef bint repeats(self, Cycle *cycle) noexcept nogil:
        """Whether the rule is a cycle from its DTSTART on, and then which."""
        if self.form != Form.CYCLE or self.impossible or self.head is not None:
            return False
        cycle[0] = cycle_of(self)
        return True

    cdef int64_t ranked_within(self, int64_t low, int64_t high) except -2:
        """How many occurrences lie in [low, high)."""
        return self.ranked(high) - self.ranked(low)

    cdef int64_t numbered(self, int64_t k) except? -1:
        """The k-th occurrence, counted from 0, or NO_MOMENT."""
        cdef int64_t moment
        if k < 0 or k >= END - FIRST_SECOND or (self.rule_count >= 0 and k >= self.rule_count):
            return NO_MOMENT
        if self.head is not None and k < self.head.size:
            return self.head.data[k] if self.head.data[k] <= self.until else NO_MOMENT
        if self.dtstart_leads():
            if k == 0:
                return self.dtstart if self.dtstart <= self.until else NO_MOMENT
            k -= 1
        moment = self.select(k + self.rank_dtstart())
        return NO_MOMENT if moment > self.until else moment

    def nth(self, k):
        """The k-th occurrence, counted from 0, or None if there are fewer."""
        cdef int64_t moment
        if not 0 <= k < END - FIRST_SECOND:
            return None
        moment = self.numbered(k)
        return None if moment == NO_MOMENT else moment

    def count(self):
        """How many occurrences there are up to 9999-12-31, or None for a series without end."""
        if self.is_infinite:
            return None
        if self.rule_count > 0 and not self.has_until and self.numbered(self.rule_count - 1) != NO_MOMENT:
            return self.rule_count
        return self.ranked(END)

    def contains(self, t):
        """Whether local second t is an occurrence."""
        return self.next(t) == t

    def next(self, t):
        """The first occurrence at or after local second t, or None."""
        cdef Column found = self.window(max(min(t, END), FIRST_SECOND), END, 1, None)
        return found.data[0] if found.size else None

    def prev(self, t):
        """The last occurrence before local second t, or None."""
        cdef int64_t n = self.ranked(max(min(t, END), FIRST_SECOND))
        return self.nth(n - 1) if n else None

    @property
    def rule_is_empty(self):
        """Whether the rule gives nothing from DTSTART on, INTERVAL included; COUNT, UNTIL and DTSTART left out."""
        if self.head is not None and self.head.size:
            return False
        if self.impossible or (self.form == Form.YEARS and self.tables.is_empty()):
            return True
        return self.select(self.rank_dtstart()) == NO_MOMENT

    @property
    def is_empty(self):
        """Whether there is no occurrence at all."""
        return self.next(self.dtstart) is None

    @property
    def is_infinite(self):
        """Whether there is no end but the calendar's."""
        return self.rule_count < 0 and not self.has_until and not self.rule_is_empty

    def between(self, low, high, limit=-1, CancelToken cancel=None):
        """Occurrences in [low, high), at most `limit` of them if that is not negative, as a Column."""
        return self.window(max(min(low, END), FIRST_SECOND), max(min(high, END), FIRST_SECOND), limit, cancel)

    cdef Py_ssize_t give_head(self, int64_t low, int64_t high, int64_t remaining, Column out) except -1:
        """Append what the first week has in [low, high), at most `remaining`, and say how many."""
        cdef Py_ssize_t first = lower_bound(self.head.data, self.head.size, low), n
        n = min(lower_bound(self.head.data, self.head.size, high) - first, remaining)
        if n <= 0:
            return 0
        reserve(out, out.size + n)
        memcpy(out.data + out.size, self.head.data + first, n * sizeof(int64_t))
        out.size += n
        return n

    cdef Column window(self, int64_t low, int64_t high, int64_t limit, CancelToken token):
        cdef Column out = new_column(0)
        self.give(low, high, limit, out, token)
        return out

    cdef int give(self, int64_t low, int64_t high, int64_t limit, Column out, CancelToken token) except -1:
        cdef int64_t remaining = INT64_MAX if limit < 0 else limit
        low = max(low, self.dtstart)
        high = min(high, self.until + 1)
        if high <= low or remaining == 0:
            return 0
        if self.rule_count >= 0:
            remaining = min(remaining, self.rule_count - self.ranked(low))
        if remaining <= 0:
            return 0
        if low == self.dtstart and self.includes_dtstart and self.dtstart_leads():
            reserve(out, out.size + min(remaining, 8))
            append(out, low)
            remaining -= 1
            low += 1
        if self.head is not None and low < self.resume:
            remaining -= self.give_head(low, high, remaining, out)
            low = self.resume
        if self.impossible or remaining == 0 or low >= high:
            return 0
        if self.form == Form.CYCLE:
            return cycle_window(self, low, high, remaining, out, token)
        return years_window(self, low, high, remaining, out, token)


cdef int check(CancelToken token, Column out) except -1:
    if is_cancelled(token):
        raise Cancelled(f"cancelled after {out.size} occurrences")
    return 0


cdef int cycle_window(Plan plan, int64_t low, int64_t high, int64_t remaining, Column out, CancelToken token) except -1:
    """Append the moments in [low, high); how many they are is known beforehand."""
    cdef Cycle cycle = cycle_of(plan)
    cdef int64_t first = rank_in_cycle(&cycle, low), n = min(rank_in_cycle(&cycle, high) - first, remaining), block
    if n <= 0:
        return 0
    reserve(out, out.size + n)
    if n <= WITHOUT_GIL:
        write_cycle(plan, first, n, out.data + out.size)
        out.size += n
        return 0
    while n > 0:
        check(token, out)
        block = min(n, BLOCK) if token is not None else n
        with nogil:
            write_cycle(plan, first, block, out.data + out.size)
        out.size += block
        first += block
        n -= block
    return 0


cdef int years_window(Plan plan, int64_t low, int64_t high, int64_t remaining, Column out, CancelToken token) except -1:
    """Append the moments in [low, high): all years at once, or, where few are wanted, a few years and then more."""
    cdef int64_t year = year_holding(plan.tables, floor_div(low, DAY)), end, wanted
    cdef int64_t last = year_holding(plan.tables, floor_div(high - 1, DAY))
    cdef int64_t span
    cdef Py_ssize_t before = out.size
    plan.tables.ensure(year, min(year + 1, last), plan.anchor)
    span = 2 + min(remaining // max(plan.tables.max_size * plan.times.size, 1), MAX_YEAR)
    while True:
        end = last if span > last - year else year + span - 1
        wanted = remaining - (out.size - before)
        years_span(plan, year, end, low, min(high, first_day_of(plan.tables, end + 1) * DAY), wanted, out, token)
        if end == last or out.size - before == remaining:
            return 0
        if out.size == before and plan.tables.is_empty():
            return 0
        year = end + 1
        low = max(low, first_day_of(plan.tables, year) * DAY)
        span *= 2


cdef int years_span(Plan plan, int64_t first, int64_t last, int64_t low, int64_t high, int64_t remaining, Column out,
                    CancelToken token) except -1:
    """Append at most `remaining` moments of the years `first` to `last`, the memory growing as it is filled."""
    cdef int64_t room, n, most
    plan.tables.ensure(first, last, plan.anchor)
    most = plan.tables.max_size * plan.times.size * (last - first + 1)
    room = min(most if plan.residue == Residue.EVERY else most // plan.interval + FEW, FIRST_ROOM)
    while remaining > 0:
        check(token, out)
        room = max(min(room, remaining), 1)
        if token is not None:
            room = min(room, BLOCK)
        if out.size + room > out.capacity:
            reserve(out, max(out.size + room, 2 * out.size))
        if most <= WITHOUT_GIL:
            n = fill_years(plan, low, high, room, out.data + out.size)
        else:
            with nogil:
                n = fill_years(plan, low, high, room, out.data + out.size)
        out.size += n
        remaining -= n
        if n < room:
            return 0
        low = out.data[out.size - 1] + 1
        room = max(out.size, BLOCK)
    return 0
