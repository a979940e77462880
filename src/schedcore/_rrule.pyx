"""Rules compiled, and from a rule and a DTSTART to a plan: which form it takes, and with what in it.

Rule 1: What a rule leaves open, DTSTART fills in (RFC 5545 3.3.10): the time, and the day where no part names one.

Rule 2: The cheapest form that is exact is taken: a cycle of fixed length where weekdays and times of day say it all,
else tables of years (see `_plan`). INTERVAL goes into the cycle, into the filter of months, or into the times of the
day where it divides them; what is left over is a residue.

Rule 3: Tables hang on the rule, not on the plan: all series with one rule share them, as far as DTSTART gave the same.

Rule 4: Threads share a rule. Its list of tables is read and grown in a critical section (free where there is a GIL);
tables are never taken out of memory while a plan has them.

Rule 5: Nothing here walks over occurrences. Making a plan costs some hundred nanoseconds, and at most as many steps
as a day has units of the rule (86,400 for SECONDLY with a filter).
"""

cimport cython
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcmp, memcpy, memset

from schedcore._civil cimport (
    DAY, DAYS_400, MAX_YEAR, civil_from_days, floor_div, floor_mod, weekday, year_of_day,
)
from schedcore._column cimport Column, append, new_column, one
from schedcore._kinds cimport (
    DAILY, HOURLY, MAX_STATES, MINUTELY, MONTHLY, SECONDLY, WEEKLY, YEARLY, DayFilter, DayTables, Ordinal, Residue,
    matches_within, year_holding,
)
from schedcore._plan cimport Form, Plan, Values, unit_allowed

from math import gcd

cdef enum:
    FLAT = 4096                 # a cycle's pattern is multiplied out with the times of day up to this size
    WRITTEN = 1 << 17           # a cycle of so many days and moments is written down, 1 MiB
    KEPT = 64                   # tables of so many DTSTARTs (32 days of the month, 7 weekdays) are kept, some 4 MiB


# --- a rule ----------------------------------------------------------------------------------------------------------

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
        self.freq, self.interval = freq, interval
        self.rule_count = -1 if count is None else count
        self.dateutil = dateutil
        self.tables, self.empty = [], -1
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
        cdef int empty = 1
        if self.empty < 0:
            for day in range(7):
                plan = make_plan(self, (DAY_OF_2000 + day) * DAY, False, None, 1)
                if not plan.rule_is_empty:
                    empty = 0
                    break
            self.empty = empty                      # whoever works it out has the same
        return self.empty == 1

    cdef DayTables tables_for(self, DayFilter *filter, Column times, Residue residue, int64_t interval):
        """The tables of a filter with DTSTART's defaults in it, shared by all plans that have the same."""
        cdef DayTables tables
        with cython.critical_section(self):
            tables = self.recent
            if tables is not None and serves(tables, filter, times, residue, interval):
                return tables
            for tables in self.tables:
                if serves(tables, filter, times, residue, interval):
                    self.recent = tables
                    return tables
            if len(self.tables) >= KEPT:
                self.tables = []
            tables = self.new_tables(filter, times, residue, interval)
            self.tables.append(tables)
            self.recent = tables
        return tables

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
    plan.freq, plan.unit = rule.freq, rule.unit
    plan.hours, plan.minutes, plan.seconds = &rule.hours, &rule.minutes, &rule.seconds
    plan.dtstart, plan.rule_count, plan.interval = dtstart, rule.rule_count, interval
    plan.includes_dtstart = include_dtstart
    plan.leads = -1 if include_dtstart else 0
    plan.end_with(until)
    plan.before = INT64_MIN                 # unknown: any other can be a rank
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
    cdef CompiledRule rule = plan.rule
    plan.form = Form.YEARS
    plan.tables = rule.tables_for(filter, times, residue, plan.interval)
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
    cdef CompiledRule rule = plan.rule
    cdef int64_t first = day - (weekday(day) - filter.wkst + 7) % 7
    cdef Column days
    cdef int d
    cdef bint straddles = (filter.has_week_numbers or filter.n_easters) and year_of_day(first) != year_of_day(day)
    if rule.dateutil and (straddles or rule.setpos):
        cut_first_week(plan, filter, times, day, first + 7)
    if asks_the_calendar(filter):
        return set_years(plan, filter, times, Residue.EVERY if plan.interval == 1 else Residue.WEEK, first)
    days = new_column(7)
    for d in range(7):
        if filter.weekdays >> ((filter.wkst + d) % 7) & 1:
            append(days, d * DAY)
    if rule.setpos:
        days, times = picked(product(days, times), rule.setpos), one(0)
    return set_cycle(plan, first * DAY, plan.interval * 7 * DAY, days, times)


cdef int cut_first_week(Plan plan, const DayFilter *filter, Column times, int64_t day, int64_t end) except -1:
    """The first week as dateutil has it: its days from DTSTART's on, judged in DTSTART's year; BYSETPOS among them."""
    cdef CompiledRule rule = plan.rule
    cdef DayFilter f = filter[0]
    cdef int64_t year = year_of_day(day)
    cdef Column days = new_column(7), found
    cdef Py_ssize_t i
    f.freq = DAILY                                  # so that no day is judged in the year before
    while day < end:
        if matches_within(&f, year, day):
            append(days, day * DAY)
        day += 1
    found = picked(product(days, times), rule.setpos)
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
    cdef CompiledRule rule = plan.rule
    cdef uint8_t weekdays = rule.filter.weekdays
    cdef int64_t every = plan.interval, unit = plan.unit, first = floor_div(plan.dtstart, DAY)
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
            if plan.every_unit or unit_allowed(plan, slot):
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
        if plan.every_unit or unit_allowed(plan, slot):
            append(out, slot * plan.unit)
        slot += step
    return out


cdef int plan_phases(Plan plan, Column moments, int64_t start) except -1:
    """A step that does not divide the day: the times of a day depend on its phase, (start - its first unit) mod step.

    Three shapes of `times`: a progression to be shifted by the phase, where every unit is allowed; lists by residue,
    where some are; the moments of a single unit, where the step is longer than a day.
    """
    cdef CompiledRule rule = plan.rule
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
    return set_years(plan, &rule.filter, times, Residue.PHASE, start)


cdef Column progression(Plan plan):
    """Multiples of the step below a day, in seconds."""
    cdef int64_t second = 0
    cdef Column out = new_column(plan.units_a_day // plan.interval + 1)
    while second < DAY:
        append(out, second)
        second += plan.interval * plan.unit
    return out


cdef Column bucketed(Plan plan, Column reached, Column moments):
    """The moments of the reached units, grouped by the unit's residue modulo the step; sets `plan.buckets`."""
    cdef int64_t every = plan.interval, unit = plan.unit, residue
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
