"""The recurrence kernel: what a rule gives from a DTSTART on, at any distance from it.

Everything here is in local seconds (RFC 5545 leaves zones to the caller): a `Plan` is a strictly increasing sequence
of them that can be filled into memory, counted, and entered anywhere.

Rule 1: Nothing is replayed. Each plan has one of two forms, and each form answers "how many lie before t" and "which
is the k-th" by arithmetic.

  CYCLE   The rule repeats after a fixed number of seconds: origin + k * period + pattern[i] + times[j]. Weekly rules,
          daily ones with or without BYDAY, and all sub-daily ones whose step divides the day or has no filter.
  YEARS   Which days match depends on the calendar: the first midnight of the year + table[kind of year][i] + times[j]
          (see `_kinds`). INTERVAL then is a residue of years, months, weeks or days, or, for a sub-daily step that
          does not divide the day, of the units in it (PHASE): it cuts the table of each year into segments.

Rule 2: Counting years. The number of occurrences in a span of years is a prefix sum over at most one cycle of the
calendar with the rule (400 years times what INTERVAL adds), whole cycles multiplied. The sum is kept, and grown only
as far as it is asked for; without COUNT a window needs none of it.

Rule 3: COUNT is a rank. A window subtracts what lies before it from COUNT; it is never counted down.

Rule 4: DTSTART is the first occurrence and counts, in step with the rule or not, unless the caller wants only what
the rule gives. BYSETPOS picks from whole periods, then what lies before DTSTART is dropped (RFC 5545 3.3.10, 3.8.5.3).

Rule 5: `dateutil=True` reads as python-dateutil 4.0.0 does: week numbers of the calendar year, BYDAY's ordinals and
plain weekdays both at once, BYEASTER (see `_kinds`), and a first week that begins at DTSTART. What that cut week gives
is listed once (`head`), and the plan resumes with the next week.

Rule 6: Loops run without the GIL on memory that was made before them, in blocks; the cancel flag is read between
blocks.
"""

cimport cython
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcmp, memcpy, memset

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._civil cimport (
    DAY, DAYS_400, MAX_DAY, MAX_YEAR, MIN_DAY, civil_from_days, floor_div, floor_mod, weekday,
    year_of_day,
)
from schedcore._column cimport Column, new_column, reserve
from schedcore._kinds cimport (
    DAILY, HOURLY, MAX_STATES, MINUTELY, MONTHLY, SECONDLY, WEEKLY, YEARLY, DayFilter, DayTables, Ordinal, Residue,
    Year, YearTable, first_day, first_day_of, key_of, matches_within, next_days, residue_start, state_of, step_year,
    year_at, year_holding,
)
from schedcore._segment cimport Segment, first_of, last_of, lower_bound, moment_of, rank_in, size_of, write

from math import gcd

from schedcore.errors import Cancelled

cdef enum:
    BLOCK = 32768               # values written between two looks at the cancel flag: some ten microseconds
    WITHOUT_GIL = 2048          # below so many values releasing the GIL costs more than it gives
    FLAT = 4096                 # a cycle's pattern is multiplied out with the times of day up to this size
    FIRST_ROOM = 1 << 20        # values to make room for at once, 8 MiB; then the room is doubled
    FEW = 64                    # counts of so many years are kept from the first on
    WRITTEN = 1 << 17           # a cycle of so many days and moments is written down, 1 MiB
    RUN = 64                    # a short pattern is repeated to at least this length before a long fill

cdef int64_t FIRST_SECOND = <int64_t> MIN_DAY * DAY
cdef int64_t END = (<int64_t> MAX_DAY + 1) * DAY       # the first second after 9999-12-31
cdef int64_t NO_MOMENT = INT64_MIN
cdef int64_t ZERO = 0                                  # the entry of a table that is a single midnight


# --- a rule ----------------------------------------------------------------------------------------------------------

cdef Column one(int64_t value):
    """A column of one value."""
    cdef Column column = new_column(1)
    column.data[0] = value
    column.size = 1
    return column


cdef inline void append(Column column, int64_t value) noexcept:
    """Room must have been made."""
    column.data[column.size] = value
    column.size += 1


cdef Values values_of(tuple part, int end):
    """A part in order without repetition, and which of 0 to end - 1 it allows."""
    cdef Values v
    cdef int value
    v.n = 0
    for value in range(60):
        v.allows[value] = value < end and (not part or value in part)
        if part and v.allows[value]:
            v.value[v.n] = value
            v.n += 1
    return v


cdef void mark(tuple values, uint8_t *forwards, uint8_t *backwards):
    """Set flags by value; negative values count from the end and have flags of their own."""
    cdef int value
    for value in values:
        if value > 0:
            forwards[value] = True
        else:
            backwards[-value] = True


cdef Column picked(Column moments, tuple setpos):
    """BYSETPOS on the moments of one period, in order (RFC 5545 3.3.10)."""
    cdef Py_ssize_t n = moments.size
    cdef Column out
    if not setpos:
        return moments
    out = new_column(len(setpos))
    for i in sorted({p - 1 if p > 0 else n + p for p in setpos if 0 < p <= n or -n <= p < 0}):
        append(out, moments.data[i])
    return out


cdef class CompiledRule:
    """The parts of a rule as the kernel reads them; `at` gives the plan from a DTSTART on.

    Tables are kept here, so that all series with one rule share them.
    """

    def __cinit__(self, int freq, int64_t interval, int wkst, tuple bymonth, tuple byweekno, tuple byyearday,
                  tuple bymonthday, tuple byday, tuple byhour, tuple byminute, tuple bysecond, tuple bysetpos,
                  count=None, bint dateutil=False, tuple byeaster=()):
        cdef DayFilter *f = &self.filter
        cdef int value
        memset(f, 0, sizeof(DayFilter))
        self.freq, self.wkst, self.interval = freq, wkst, interval
        self.rule_count = -1 if count is None else count
        self.dateutil = dateutil
        self.tables = []
        self.unit = 3600 if freq == HOURLY else 60 if freq == MINUTELY else 1
        f.freq, f.wkst = freq, wkst
        for value in bymonth:
            f.months |= 1 << value
        for value in bymonthday:
            if value > 0:
                f.month_days |= <uint32_t> 1 << value
            else:
                f.month_days_back |= <uint32_t> 1 << -value
        f.has_year_days, f.has_week_numbers = bool(byyearday), bool(byweekno)
        mark(byyearday, f.year_days, f.year_days_back)
        mark(byweekno, f.week_numbers, f.week_numbers_back)
        self._take_weekdays(byday, byweekno)
        self._take_easters(byeaster)
        f.as_dateutil = dateutil
        f.week_years = freq == YEARLY and f.has_week_numbers and not dateutil
        self.hours, self.minutes, self.seconds = values_of(byhour, 24), values_of(byminute, 60), values_of(bysecond, 60)
        self.setpos = tuple(sorted(set(bysetpos)))

    def _take_weekdays(self, tuple byday, tuple byweekno):
        """BYDAY; ordinals mean something only under MONTHLY and YEARLY, and not beside BYWEEKNO (RFC 5545 3.3.10)."""
        cdef DayFilter *f = &self.filter
        cdef int ordinal, day
        cdef bint counts = self.freq <= MONTHLY and (self.dateutil or not byweekno)
        f.ordinals_in_month = self.freq == MONTHLY or f.months != 0
        f.ordinals = <Ordinal *> PyMem_RawMalloc(max(len(byday), 1) * sizeof(Ordinal))
        if f.ordinals is NULL:
            raise MemoryError("no memory for BYDAY")
        for ordinal, day in byday:
            if ordinal and counts:
                f.ordinals[f.n_ordinals].n = ordinal
                f.ordinals[f.n_ordinals].weekday = day
                f.n_ordinals += 1
            else:
                f.weekdays |= 1 << day

    def _take_easters(self, tuple byeaster):
        cdef DayFilter *f = &self.filter
        if not byeaster:
            return
        f.easters = <int *> PyMem_RawMalloc(len(byeaster) * sizeof(int))
        if f.easters is NULL:
            raise MemoryError("no memory for BYEASTER")
        for offset in byeaster:
            f.easters[f.n_easters] = offset
            f.n_easters += 1

    def __dealloc__(self):
        PyMem_RawFree(self.filter.ordinals)
        PyMem_RawFree(self.filter.easters)

    def at(self, int64_t dtstart, bint include_dtstart=True, until=None):
        """The plan from `dtstart` on, in local seconds; `until` is the last local second allowed, or None."""
        return make_plan(self, dtstart, include_dtstart, until, self.interval)

    @property
    def is_empty(self):
        """Whether the rule can match nothing, whatever DTSTART is.

        Asked of DTSTARTs on seven weekdays and with INTERVAL 1, since any other only picks from what that gives.
        """
        cdef Plan plan
        cdef int day
        if self.empty is None:
            self.empty = True
            for day in range(7):
                plan = make_plan(self, (DAY_OF_2000 + day) * DAY, False, None, 1)
                if not plan.rule_is_empty:
                    self.empty = False
                    break
        return self.empty

    cdef DayTables tables_for(self, DayFilter *filter, Column times, Residue residue, int64_t interval):
        """The tables of a filter with DTSTART's defaults in it, shared by all plans that have the same."""
        cdef DayTables tables = self.recent
        if tables is not None and serves(tables, filter, times, residue, interval):
            return tables
        for tables in self.tables:
            if serves(tables, filter, times, residue, interval):
                self.recent = tables
                return tables
        if len(self.tables) >= 64:          # DTSTARTs of many days: keep memory bounded, tables are quick to make
            self.tables = []
        self.recent = self.new_tables(filter, times, residue, interval)
        self.tables.append(self.recent)
        return self.recent

    cdef DayTables new_tables(self, DayFilter *filter, Column times, Residue residue, int64_t interval):
        cdef bint picks = self.setpos and self.freq <= WEEKLY
        cdef DayTables tables
        tables = DayTables.__new__(DayTables)
        tables.filter = filter[0]
        tables.filter.easters = NULL
        tables.filter.ordinals = <Ordinal *> PyMem_RawMalloc(max(filter.n_ordinals, 1) * sizeof(Ordinal))
        if tables.filter.ordinals is NULL:
            raise MemoryError("no memory for BYDAY")
        memcpy(tables.filter.ordinals, filter.ordinals, filter.n_ordinals * sizeof(Ordinal))
        tables.residue, tables.interval = residue, interval
        tables.states = 7 * interval if residue == Residue.WEEK else interval
        if filter.n_easters:
            tables.take_easters(filter)
        tables.wide = filter.has_week_numbers or (self.freq == WEEKLY and (picks or filter.n_easters))
        if picks:
            give_setpos(tables, self.setpos, times)
        return tables


cdef bint serves(DayTables tables, const DayFilter *filter, Column times, Residue residue, int64_t interval) noexcept:
    """Whether tables of the same rule are those of the filter: only what DTSTART gives can differ."""
    cdef const DayFilter *f = &tables.filter
    return (f.months == filter.months and f.month_days == filter.month_days and f.weekdays == filter.weekdays
            and tables.residue == residue and tables.interval == interval
            and (tables.n_setpos == 0 or (tables.n_times == times.size and memcmp(
                tables.times, times.data, times.size * sizeof(int64_t)) == 0)))


cdef int64_t DAY_OF_2000 = 10957                       # 2000-01-01


cdef int give_setpos(DayTables tables, tuple setpos, Column times) except -1:
    """BYSETPOS and the times of a day that it picks among, in memory of the tables' own."""
    cdef Py_ssize_t i
    tables.n_setpos, tables.n_times = len(setpos), times.size
    tables.setpos = <int *> PyMem_RawMalloc(tables.n_setpos * sizeof(int))
    tables.times = <int64_t *> PyMem_RawMalloc(max(times.size, 1) * sizeof(int64_t))
    if tables.setpos is NULL or tables.times is NULL:
        raise MemoryError("no memory for BYSETPOS")
    for i in range(tables.n_setpos):
        tables.setpos[i] = setpos[i]
    memcpy(tables.times, times.data, times.size * sizeof(int64_t))
    return 0


# --- from a rule and a DTSTART to a plan -----------------------------------------------------------------------------

cdef Plan make_plan(CompiledRule rule, int64_t dtstart, bint include_dtstart, until, int64_t interval):
    cdef Plan plan = Plan.__new__(Plan)
    plan.rule = rule
    plan.dtstart, plan.rule_count, plan.interval = dtstart, rule.rule_count, interval
    plan.includes_dtstart = include_dtstart
    plan.leads = -1 if include_dtstart else 0
    plan.has_until = until is not None
    plan.until = END - 1 if until is None else max(min(<object> until, END - 1), FIRST_SECOND - 1)
    plan.before = -1
    if rule.freq >= HOURLY:
        plan_units(plan)
    elif rule.freq == DAILY:
        plan_days(plan, &rule.filter, picked(times_of_day(rule, dtstart), rule.setpos))
    else:
        plan_periods(plan)
    return plan


cdef Column times_of_day(CompiledRule rule, int64_t dtstart):
    """Seconds of the day that BYHOUR, BYMINUTE and BYSECOND name, or DTSTART's."""
    cdef int64_t time = floor_mod(dtstart, DAY), hour, minute, second
    cdef Values *h = &rule.hours
    cdef Values *m = &rule.minutes
    cdef Values *s = &rule.seconds
    cdef int i, j, k
    cdef Column out = new_column(max(h.n, 1) * max(m.n, 1) * max(s.n, 1))
    for i in range(max(h.n, 1)):
        hour = h.value[i] if h.n else time // 3600
        for j in range(max(m.n, 1)):
            minute = m.value[j] if m.n else time // 60 % 60
            for k in range(max(s.n, 1)):
                second = s.value[k] if s.n else time % 60
                append(out, hour * 3600 + minute * 60 + second)
    return out


cdef bint asks_the_calendar(const DayFilter *f) noexcept:
    """Whether a day's place in its month or year matters, and not its weekday alone."""
    return (f.months or f.month_days or f.month_days_back or f.has_year_days or f.has_week_numbers or f.n_ordinals
            or f.n_easters)


cdef Column product(Column days, Column times):
    """All days with all times, in order."""
    cdef Column out = new_column(days.size * times.size)
    cdef Py_ssize_t i, j
    for i in range(days.size):
        for j in range(times.size):
            append(out, days.data[i] + times.data[j])
    return out


cdef int set_cycle(Plan plan, int64_t origin, int64_t period, Column pattern, Column times) except -1:
    """The plan is origin + k * period + pattern + times; small patterns are multiplied out."""
    if times.size * pattern.size <= FLAT:
        if not (times.size == 1 and times.data[0] == 0):
            pattern = product(pattern, times)
            times = one(0)
    plan.form = Form.CYCLE
    plan.origin, plan.period = origin, period
    plan.pattern, plan.times = pattern, times
    plan.impossible = pattern.size == 0
    return 0


cdef int set_years(Plan plan, DayFilter *filter, Column times, Residue residue, int64_t anchor) except -1:
    """The plan reads tables of years; `anchor` is DTSTART's place in what `residue` counts."""
    plan.form = Form.YEARS
    plan.tables = plan.rule.tables_for(filter, times, residue, plan.interval)
    plan.residue, plan.anchor = residue, anchor
    plan.whole = residue != Residue.PHASE and (residue <= Residue.YEAR or plan.tables.states <= MAX_STATES)
    plan.times = one(0) if plan.tables.n_setpos else times      # with BYSETPOS the times are in the entries
    plan.impossible = plan.impossible or times.size == 0
    plan.base_year = year_holding(plan.tables, floor_div(plan.dtstart, DAY))
    set_cycle_years(plan)
    return 0


cdef int set_cycle_years(Plan plan) except -1:
    """After how many years the counts repeat: 400, times what INTERVAL leaves over (0: not within the calendar)."""
    cdef int64_t whole, steps = 1                   # whole: how many steps of 1 the calendar's 400 years have
    if plan.residue != Residue.EVERY:
        whole = 400
        if plan.residue == Residue.MONTH:
            whole = 4800
        elif plan.residue == Residue.WEEK:
            whole = DAYS_400 // 7
        elif plan.residue == Residue.EACH_DAY:
            whole = DAYS_400
        elif plan.residue == Residue.PHASE:
            whole = DAYS_400 * plan.units_a_day
        steps = plan.interval // <int64_t> gcd(plan.interval, whole)
    # Easter's dates repeat after 5,700,000 years.
    plan.cycle_years = 400 * steps if steps <= MAX_YEAR // 400 and not plan.tables.filter.n_easters else 0
    return 0


cdef int plan_days(Plan plan, DayFilter *filter, Column times) except -1:
    """Every INTERVAL-th day: a residue of days."""
    cdef int64_t day = floor_div(plan.dtstart, DAY), every = plan.interval
    cdef int first = weekday(day), k, steps = 1 if every % 7 == 0 else 7
    cdef Column days = new_column(7)
    if asks_the_calendar(filter):
        return set_years(plan, filter, times, Residue.EVERY if every == 1 else Residue.EACH_DAY, day)
    if not filter.weekdays:
        return set_cycle(plan, day * DAY, every * DAY, one(0), times)
    for k in range(steps):                          # after so many steps the weekdays repeat
        if filter.weekdays >> ((first + k * (every % 7)) % 7) & 1:
            append(days, k * every * DAY)
    return set_cycle(plan, day * DAY, steps * every * DAY, days, times)


cdef int plan_periods(Plan plan) except -1:
    """YEARLY, MONTHLY and WEEKLY, with what DTSTART gives where the rule names no day (RFC 5545 3.3.10)."""
    cdef CompiledRule rule = plan.rule
    cdef DayFilter f = rule.filter
    cdef int64_t day = floor_div(plan.dtstart, DAY), year
    cdef int month, mday
    cdef bint names_weekday = f.weekdays or f.n_ordinals
    cdef bint names_day = (names_weekday or f.has_week_numbers or f.has_year_days or f.month_days
                           or f.month_days_back or f.n_easters)
    civil_from_days(day, &year, &month, &mday)
    if (rule.freq == WEEKLY and not names_day) or (f.has_week_numbers and not names_weekday and not rule.dateutil):
        f.weekdays = 1 << weekday(day)
    elif not names_day:
        f.month_days = <uint32_t> 1 << mday
        if rule.freq == YEARLY and not f.months:
            f.months = 1 << month
    times = times_of_day(rule, plan.dtstart)
    if rule.freq == WEEKLY:
        return plan_weeks(plan, &f, times, day)
    if rule.freq == MONTHLY:
        return plan_months(plan, &f, times, year * 12 + month)
    set_years(plan, &f, times, Residue.EVERY if plan.interval == 1 else Residue.YEAR, 0)
    plan.anchor = plan.base_year
    return 0


cdef int plan_weeks(Plan plan, DayFilter *filter, Column times, int64_t day) except -1:
    """Every INTERVAL-th week, counted from DTSTART's, which starts on WKST."""
    cdef int64_t first = day - (weekday(day) - filter.wkst + 7) % 7
    cdef Column days
    cdef int d
    cdef bint straddles = (filter.has_week_numbers or filter.n_easters) and year_of_day(first) != year_of_day(day)
    if plan.rule.dateutil and (straddles or plan.rule.setpos):
        cut_first_week(plan, filter, times, day, first + 7)
    if asks_the_calendar(filter):
        return set_years(plan, filter, times, Residue.EVERY if plan.interval == 1 else Residue.WEEK, first)
    days = new_column(7)
    for d in range(7):
        if filter.weekdays >> ((filter.wkst + d) % 7) & 1:
            append(days, d * DAY)
    if plan.rule.setpos:
        days, times = picked(product(days, times), plan.rule.setpos), one(0)
    return set_cycle(plan, first * DAY, plan.interval * 7 * DAY, days, times)


cdef int cut_first_week(Plan plan, const DayFilter *filter, Column times, int64_t day, int64_t end) except -1:
    """The first week as dateutil has it: its days from DTSTART's on, judged in DTSTART's year; BYSETPOS among them."""
    cdef DayFilter f = filter[0]
    cdef int64_t year = year_of_day(day)
    cdef Column days = new_column(7), found
    cdef Py_ssize_t i
    f.freq = DAILY                                  # so that no day is judged in the year before
    while day < end:
        if matches_within(&f, year, day):
            append(days, day * DAY)
        day += 1
    found = picked(product(days, times), plan.rule.setpos)
    plan.head = new_column(found.size + 1)
    plan.resume = end * DAY
    if plan.includes_dtstart:
        append(plan.head, plan.dtstart)
        plan.leads = 0
    for i in range(found.size):
        if found.data[i] >= plan.dtstart and not (plan.includes_dtstart and found.data[i] == plan.dtstart):
            append(plan.head, found.data[i])
    return 0


cdef int plan_months(Plan plan, DayFilter *filter, Column times, int64_t month) except -1:
    """Every INTERVAL-th month: in the filter where INTERVAL divides the year or is whole years, else a residue."""
    cdef int64_t every = plan.interval
    cdef int m
    cdef uint16_t months = 0
    if every > 1 and 12 % every != 0 and every % 12 != 0:
        return set_years(plan, filter, times, Residue.MONTH, month)
    if every > 1:
        for m in range(1, 13):
            if (m - month) % min(every, 12) == 0 and (not filter.months or filter.months >> m & 1):
                months |= 1 << m
        plan.impossible = months == 0
        filter.months = months
    if every <= 12:
        return set_years(plan, filter, times, Residue.EVERY, 0)
    plan.interval = every // 12
    set_years(plan, filter, times, Residue.YEAR, 0)
    plan.anchor = plan.base_year
    return 0


# --- sub-daily -------------------------------------------------------------------------------------------------------

cdef bint unit_allowed(CompiledRule rule, int64_t slot) noexcept nogil:
    """Whether the hour, minute or second of the day passes BYHOUR and, where they limit, BYMINUTE and BYSECOND."""
    if rule.freq == HOURLY:
        return rule.hours.allows[slot]
    if rule.freq == MINUTELY:
        return rule.hours.allows[slot // 60] and rule.minutes.allows[slot % 60]
    return (rule.hours.allows[slot // 3600] and rule.minutes.allows[slot // 60 % 60]
            and rule.seconds.allows[slot % 60])


cdef Column moments_of_unit(CompiledRule rule, int64_t dtstart):
    """Seconds within one hour, minute or second that the expanding parts name, after BYSETPOS."""
    cdef Values *m = &rule.minutes
    cdef Values *s = &rule.seconds
    cdef int j, k, minutes = max(m.n, 1) if rule.freq == HOURLY else 1
    cdef int seconds = max(s.n, 1) if rule.freq <= MINUTELY else 1
    cdef int64_t minute = 0, second = 0
    cdef Column out = new_column(minutes * seconds)
    for j in range(minutes):
        if rule.freq == HOURLY:
            minute = m.value[j] if m.n else floor_mod(dtstart, 3600) // 60
        for k in range(seconds):
            if rule.freq <= MINUTELY:
                second = s.value[k] if s.n else floor_mod(dtstart, 60)
            append(out, minute * 60 + second)
    return picked(out, rule.setpos)


cdef int plan_units(Plan plan) except -1:
    """HOURLY, MINUTELY, SECONDLY: a residue of hours, minutes or seconds, counted without a break at midnight."""
    cdef CompiledRule rule = plan.rule
    cdef DayFilter *f = &rule.filter
    cdef int64_t unit = rule.unit, start = floor_div(plan.dtstart, unit)
    cdef Column moments = moments_of_unit(rule, plan.dtstart), times, days
    cdef int d
    plan.units_a_day = DAY // unit
    plan.every_unit = not (rule.hours.n or (rule.freq >= MINUTELY and rule.minutes.n)
                           or (rule.freq == SECONDLY and rule.seconds.n))
    if plan.every_unit and not (asks_the_calendar(f) or f.weekdays):
        return set_cycle(plan, start * unit, plan.interval * unit, moments, one(0))
    if plan.units_a_day % plan.interval != 0:
        if not asks_the_calendar(f) and cycle_of_phases(plan, moments, start):
            return 0
        return plan_phases(plan, moments, start)
    times = product(reached_units(plan, start, plan.interval), moments)
    if asks_the_calendar(f):
        plan.interval = 1                           # INTERVAL is in the times
        return set_years(plan, f, times, Residue.EVERY, 0)
    if not f.weekdays:
        return set_cycle(plan, 0, DAY, one(0), times)
    days = new_column(7)
    for d in range(7):
        if f.weekdays >> d & 1:
            append(days, d * DAY)
    return set_cycle(plan, -3 * DAY, 7 * DAY, days, times)      # day -3 is Monday, 29 December 1969


cdef bint cycle_of_phases(Plan plan, Column moments, int64_t start) except -1:
    """A step that does not divide the day meets midnight at the same phase again after some days, or weeks where
    weekdays matter: then that is the cycle, if it is short enough to write down. Says whether it was."""
    cdef uint8_t weekdays = plan.rule.filter.weekdays
    cdef int64_t every = plan.interval, unit = plan.rule.unit, first = floor_div(plan.dtstart, DAY)
    cdef int64_t days = every // <int64_t> gcd(every, plan.units_a_day), day, slot
    cdef Py_ssize_t i
    cdef Column pattern
    if weekdays and days % 7 != 0:
        days *= 7
    if days > WRITTEN or (days * plan.units_a_day // every + 1) * moments.size > WRITTEN:
        return False
    pattern = new_column((days * plan.units_a_day // every + 1) * moments.size)
    for day in range(days):
        if weekdays and not weekdays >> weekday(first + day) & 1:
            continue
        slot = floor_mod(start - (first + day) * plan.units_a_day, every)
        while slot < plan.units_a_day:
            if plan.every_unit or unit_allowed(plan.rule, slot):
                for i in range(moments.size):
                    append(pattern, day * DAY + slot * unit + moments.data[i])
            slot += every
    set_cycle(plan, first * DAY, days * DAY, pattern, one(0))
    return True


cdef Column reached_units(Plan plan, int64_t start, int64_t step):
    """Where the allowed units of a day begin, in seconds, that are in step with `start` modulo `step`."""
    cdef int64_t slot = floor_mod(start, step)
    cdef Column out = new_column(plan.units_a_day // step + 1)
    while slot < plan.units_a_day:
        if plan.every_unit or unit_allowed(plan.rule, slot):
            append(out, slot * plan.rule.unit)
        slot += step
    return out


cdef int plan_phases(Plan plan, Column moments, int64_t start) except -1:
    """A step that does not divide the day: the times of a day depend on its phase, (start - its first unit) mod step.

    Three shapes of `times`: a progression to be shifted by the phase, where every unit is allowed; lists by residue,
    where some are; the moments of a single unit, where the step is longer than a day.
    """
    cdef int64_t every = plan.interval
    # Only units in step with DTSTART modulo gcd(step, day) are ever reached.
    cdef Column reached = reached_units(plan, start, gcd(every, plan.units_a_day)), times = moments
    plan.per_unit = moments.size
    plan.impossible = reached.size == 0
    if every <= plan.units_a_day:
        if plan.every_unit:
            times = product(progression(plan), moments)
        else:
            times = bucketed(plan, reached, moments)
    return set_years(plan, &plan.rule.filter, times, Residue.PHASE, start)


cdef Column progression(Plan plan):
    """Multiples of the step below a day, in seconds."""
    cdef int64_t second = 0
    cdef Column out = new_column(plan.units_a_day // plan.interval + 1)
    while second < DAY:
        append(out, second)
        second += plan.interval * plan.rule.unit
    return out


cdef Column bucketed(Plan plan, Column reached, Column moments):
    """The moments of the reached units, grouped by the unit's residue modulo the step; sets `plan.buckets`."""
    cdef int64_t every = plan.interval, unit = plan.rule.unit, residue
    cdef Column out = new_column(reached.size * moments.size), buckets = new_column(every + 2)
    cdef int64_t *at = buckets.data
    cdef Py_ssize_t i, j
    memset(at, 0, (every + 2) * sizeof(int64_t))
    for i in range(reached.size):                   # at[r + 2]: how many of residue r
        at[reached.data[i] // unit % every + 2] += moments.size
    for i in range(2, every + 2):                   # at[r + 1]: where residue r begins; then filling moves it on
        at[i] += at[i - 1]
    for i in range(reached.size):
        residue = reached.data[i] // unit % every
        for j in range(moments.size):
            out.data[at[residue + 1]] = reached.data[i] + moments.data[j]
            at[residue + 1] += 1
    out.size = out.capacity
    buckets.size = every + 1
    plan.buckets = buckets
    return out


# --- segments: the parts of a year that the residue lets through -----------------------------------------------------

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
    s.base += phase * plan.rule.unit
    if plan.interval > plan.units_a_day:                # times are those of the one unit
        s.n_times = n if plan.every_unit or unit_allowed(plan.rule, phase) else 0
    elif phase * plan.rule.unit + plan.times.data[n - plan.per_unit] >= DAY:
        s.n_times = n - plan.per_unit                   # the last step falls on the next day
    else:
        s.n_times = n


# --- the cycle form --------------------------------------------------------------------------------------------------

cdef inline Segment cycle_segment(Plan plan, int64_t k) noexcept nogil:
    """The k-th repetition of the pattern."""
    cdef Segment s
    s.base = plan.origin + k * plan.period
    s.entries, s.n = plan.pattern.data, plan.pattern.size
    s.times, s.n_times = plan.times.data, plan.times.size
    return s


cdef int64_t rank_in_cycle(Plan plan, int64_t t) noexcept nogil:
    """How many moments lie before t, counted from the origin on (negative before it)."""
    cdef int64_t k = floor_div(t - plan.origin, plan.period)
    cdef Segment s = cycle_segment(plan, k)
    return k * size_of(&s) + rank_in(&s, t)


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
    if size == 1:
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


cdef int64_t fill_years(Plan plan, int64_t low, int64_t high, int64_t room, int64_t *out) noexcept nogil:
    """Write at most `room` moments in [low, high) and say how many; the tables must exist."""
    cdef Year y = year_at(year_holding(plan.tables, floor_div(low, DAY)))
    cdef int64_t last = year_holding(plan.tables, floor_div(high - 1, DAY)), written = 0, step = 1
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
    return written


# --- the plan --------------------------------------------------------------------------------------------------------

cdef class Plan:
    """What a rule gives from a DTSTART on: local seconds, strictly increasing, COUNT and UNTIL applied.

    Reads cost the same however far from DTSTART they are made. `END` of the calendar is 9999-12-31T23:59:59.
    """

    # What the rule alone gives, DTSTART, COUNT and UNTIL left out.

    cdef int64_t rank_of(self, int64_t t) except -2:
        """How many moments of the rule lie before t, from the origin or from the base year on."""
        cdef Year y
        if self.impossible:
            return 0
        if self.form == Form.CYCLE:
            return rank_in_cycle(self, t)
        y = year_at(year_holding(self.tables, floor_div(t, DAY)))
        self.tables.ensure(y.number, y.number, self.anchor)
        return self.count_years(y.number - self.base_year) + rank_in_year(self, &y, t)

    cdef int64_t select(self, int64_t k) except? -1:
        """The moment of rank k, or NO_MOMENT beyond the calendar."""
        cdef int64_t moment, cycles = 0, low = 0, high, middle
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
            self.grow_prefix(min(high, period or most))
            if self.prefix.data[min(high, period or most)] > k:
                break
            if high >= (period or most):
                if not period or self.prefix.data[period] == 0:
                    return NO_MOMENT
                cycles = k // self.prefix.data[period]
                k -= cycles * self.prefix.data[period]
                break
            high *= 2
        high = min(high, period or most)
        while low < high - 1:                           # the last year with at most k before it
            middle = (low + high) // 2
            if self.prefix.data[middle] <= k:
                low = middle
            else:
                high = middle
        if cycles > MAX_YEAR or self.base_year + cycles * period + low > MAX_YEAR + 1:
            return NO_MOMENT
        y = year_at(self.base_year + cycles * period + low)
        self.tables.ensure(y.number, y.number, self.anchor)
        moment = select_in_year(self, &y, k - self.prefix.data[low])
        return moment if moment < END else NO_MOMENT

    cdef int64_t count_years(self, int64_t years) except -2:
        """How many moments lie in the given number of years from the base year on."""
        cdef int64_t cycles = 0
        if years <= 0:
            return 0
        if self.cycle_years and years > self.cycle_years:
            cycles = years // self.cycle_years
            years -= cycles * self.cycle_years
            self.grow_prefix(self.cycle_years)
            return cycles * self.prefix.data[self.cycle_years] + self.prefix.data[years]
        self.grow_prefix(years)
        return self.prefix.data[years]

    cdef int grow_prefix(self, Py_ssize_t years) except -1:
        """Have prefix[0] to prefix[years]."""
        cdef Column prefix
        cdef Year y
        cdef int64_t *at
        if self.prefix is not None and years < self.prefix.size:
            return 0
        with cython.critical_section(self):
            if self.prefix is None:
                self.prefix = one(0)
            prefix = self.prefix
            reserve(prefix, max(years + 1, FEW + 1, min(2 * years, MAX_YEAR + 3)))
            y = year_at(self.base_year + prefix.size - 1)
            self.tables.ensure(y.number, self.base_year + years, self.anchor)
            at = prefix.data
            while prefix.size <= years:
                at[prefix.size] = at[prefix.size - 1] + count_year(self, &y)
                prefix.size += 1
                step_year(&y)
        return 0

    # What the series gives.

    cdef int64_t rank_dtstart(self) except? -2:
        """The rank of DTSTART among what the rule gives; subtracting it makes ranks count from DTSTART."""
        if self.before == -1:
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
        """A number that the occurrences in [low, high) do not exceed, quickly: for limits, before anything is counted."""
        cdef int64_t span = max(min(high, END), FIRST_SECOND) - max(min(low, END), FIRST_SECOND), size
        if span <= 0 or self.impossible:
            return 1
        if self.form == Form.CYCLE:
            size = self.pattern.size * self.times.size
            return (span // self.period + 2) * size + 1
        size = 55 * self.tables.n_setpos if self.tables.n_setpos else 366 * self.times.size
        return (span // (365 * DAY) + 2) * size + 8

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
        cdef int64_t remaining = INT64_MAX if limit < 0 else limit
        cdef Column out
        low = max(low, self.dtstart)
        high = min(high, self.until + 1)
        if high <= low or remaining == 0:
            return new_column(0)
        if self.rule_count >= 0:
            remaining = min(remaining, self.rule_count - self.ranked(low))
        if remaining <= 0:
            return new_column(0)
        out = new_column(min(remaining, 8))
        if low == self.dtstart and self.includes_dtstart and self.dtstart_leads():
            out.data[0] = low
            out.size = 1
            remaining -= 1
            low += 1
        if self.head is not None and low < self.resume:
            remaining -= self.give_head(low, high, remaining, out)
            low = self.resume
        if self.impossible or remaining == 0 or low >= high:
            return out
        if self.form == Form.CYCLE:
            cycle_window(self, low, high, remaining, out, token)
        else:
            years_window(self, low, high, remaining, out, token)
        return out


cdef int check(CancelToken token, Column out) except -1:
    if is_cancelled(token):
        raise Cancelled(f"cancelled after {out.size} occurrences")
    return 0


cdef int cycle_window(Plan plan, int64_t low, int64_t high, int64_t remaining, Column out, CancelToken token) except -1:
    """Append the moments in [low, high); how many they are is known beforehand."""
    cdef int64_t first = rank_in_cycle(plan, low), n = min(rank_in_cycle(plan, high) - first, remaining), block
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
