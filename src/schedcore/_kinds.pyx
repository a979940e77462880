"""Which days of a year match a rule, by kind of year.

Rule 1: The calendar of a year follows from two facts, whether it is a leap year and the weekday of 1 January. There
are fourteen kinds, so what a rule's parts say of days takes at most fourteen tables, whatever span is asked for. Where
INTERVAL counts months, weeks or days and leaves few residues (`MAX_STATES`), each table is cut once more for each
residue that a year can begin with (`cuts`), so that one table tells all of a year again.

Rule 2: Some rules look across New Year: BYWEEKNO, and the weeks that BYSETPOS counts in. Whether 1 January 2022 is in
week 52 or 53 depends on 2021. Their tables are kept by kind and by the leapness of both neighbours (56 keys, of which
the calendar uses fewer).

Rule 3: A week belongs to the year that holds at least four of its days, weeks starting on WKST (RFC 5545 3.3.10).
For YEARLY with BYWEEKNO the period is that week-year: its first day is the first day of its week 1, it has 364 or 371
days, and a day of it may lie in the calendar year before or after.

Rule 4: A table is made when first needed, once, in a critical section, and is never changed or moved after: whoever
called `ensure` may read without a lock and without the GIL, and so may whoever finds it there (`has_years`): a pointer
to a table is published when the table is complete. Making one walks the days of one year that BYMONTH and BYMONTHDAY
leave, and asks `_day_matches` of each: a microsecond or two for all of them, a fifth of one for a birthday.

Rule 5: Without BYSETPOS an entry is the midnight of a matching day, and the caller combines it with the times of the
day. With BYSETPOS entries are the picked moments themselves, since which of them are picked depends on the number of
times in a day.

Rule 6: BYEASTER, which python-dateutil has and RFC 5545 has not, fits no kind of year. But Easter Sunday is one of 35
dates, and in a year of a given kind one of five, since it is a Sunday: its week is a further part of the key, and so is
that of the year before where weeks look across New Year. Tables by year would be 10,000 of them; these are some 70.

Rule 7: `as_dateutil` reads BYDAY and BYWEEKNO as python-dateutil 4.0.0 does: its plain weekdays and ordinals must both
hold, and its week numbers are those of a calendar year, with its own view of the days around New Year
(`_calendar_week_matches`). Under WEEKLY it reads a whole week in the year that the week begins in.

This module knows nothing of DTSTART and COUNT, and of INTERVAL only what a year can tell: the residue that it begins
with, from an `anchor` that the caller has from DTSTART.
"""

cimport cython
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from schedcore._civil cimport DAY, MAX_YEAR, MIN_YEAR, year_of_day
from schedcore._intrinsics cimport publish, published

cdef enum:
    FIRST_EASTER = 11           # weeks from 1 January to 22 March, the earliest Easter: day 80 of a common year

# Calendars of a common (0) and of a leap year (1), by day of the year counted from 0.
cdef uint8_t MONTH_OF[2][366]
cdef uint8_t DAY_OF_MONTH[2][366]
cdef int16_t MONTH_START[2][14]         # index 1 to 13; 13 is the length of the year


cdef void _make_calendars() noexcept:
    cdef int leap, month, day, doy
    cdef int *lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for leap in range(2):
        doy = 0
        for month in range(1, 13):
            MONTH_START[leap][month] = doy
            for day in range(1, lengths[month - 1] + (1 if leap and month == 2 else 0) + 1):
                MONTH_OF[leap][doy] = month
                DAY_OF_MONTH[leap][doy] = day
                doy += 1
        MONTH_START[leap][13] = doy


_make_calendars()


cdef int64_t first_day_of(DayTables tables, int64_t year) noexcept nogil:
    """The first day of a year or week-year by its number."""
    cdef Year y = year_at(year)
    return first_day(tables, &y)


cdef int64_t year_holding(DayTables tables, int64_t day) noexcept nogil:
    """The calendar year or the week-year that the day belongs to."""
    cdef int64_t year = year_of_day(day)
    if not tables.filter.week_years:
        return year
    if day < first_day_of(tables, year):
        return year - 1
    return year + 1 if day >= first_day_of(tables, year + 1) else year


cdef YearShape _shape_of(int key, int wkst) noexcept nogil:
    cdef YearShape y
    cdef int before, after, end_after, easter_weeks = key // KEYS
    key %= KEYS
    y.leap = 1 if key % KINDS >= 7 else 0
    y.length = 365 + y.leap
    y.first_weekday = key % 7
    y.length_before = 365 + ((key // KINDS) & 1)
    y.length_after = 365 + (key // (2 * KINDS))
    # 371 is a multiple of 7 not below 366: it keeps the remainder from being negative.
    before = (y.first_weekday + 371 - y.length_before) % 7
    after = (y.first_weekday + y.length) % 7
    end_after = (after + y.length_after) % 7
    y.week_one = week_one(y.first_weekday, wkst)
    y.week_one_after = y.length + week_one(after, wkst)
    y.weeks = (y.week_one_after - y.week_one) // 7
    y.weeks_before = (y.length_before + y.week_one - week_one(before, wkst)) // 7
    y.weeks_after = (y.length_after + week_one(end_after, wkst) - week_one(after, wkst)) // 7
    # A year that begins on weekday w has Sundays on the days 6 - w, 13 - w and so on, counted from 0.
    y.easter = (FIRST_EASTER + easter_weeks % EASTERS) * 7 + 6 - y.first_weekday
    y.easter_before = (FIRST_EASTER + easter_weeks // EASTERS) * 7 + 6 - before
    return y


cdef bint _week_matches(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    cdef int number, weeks
    if day < y.week_one:
        weeks = y.weeks_before
        number = weeks
    elif day >= y.week_one_after:
        weeks = y.weeks_after
        number = 1
    else:
        weeks = y.weeks
        number = (day - y.week_one) // 7 + 1
    return f.week_numbers[number] or f.week_numbers_back[weeks - number + 1]


cdef inline bint _reads_year_before(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    """Whether dateutil judges the day in the year before, as part of a week that began there."""
    # 14 is a multiple of 7 that keeps the remainder from being negative.
    return f.freq == WEEKLY and day < (y.first_weekday + day + 14 - f.wkst) % 7


cdef bint _calendar_week_matches(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    """BYWEEKNO as python-dateutil 4.0.0 has it (`_iterinfo.rebuild`), with what it leaves out around New Year."""
    cdef int number
    if _reads_year_before(f, y, day):
        # That year knows this year's week 1, but only by the number 1, not as -52 or -53.
        if y.week_one < 0:
            return f.week_numbers[1]
        return f.week_numbers[y.weeks_before] or f.week_numbers_back[1]
    if day < y.week_one:
        # The last week of the year before: by -1, or by its number. Where week 1 of that year did not reach over New
        # Year, the number is taken from the length of this year instead.
        number = y.weeks_before
        if y.length_before + y.week_one - 7 * y.weeks_before >= 0:
            number = 52 + (y.length - y.week_one) % 7 // 4
        return f.week_numbers_back[1] or f.week_numbers[number]
    if day >= y.week_one_after:
        return f.week_numbers[1]
    number = (day - y.week_one) // 7 + 1
    return f.week_numbers[number] or f.week_numbers_back[y.weeks - number + 1]


cdef bint _easter_matches(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    """BYEASTER. An offset that leads before 1 January counts from the end of the same year plus a week, since in
    dateutil it is a negative index into a list of that length.
    """
    cdef int i, at, easter = y.easter, length = y.length
    if _reads_year_before(f, y, day):
        easter, length = y.easter_before, y.length_before
        day += length
    for i in range(f.n_easters):
        at = easter + f.easters[i]
        if day == (at if at >= 0 else at + length + 7):
            return True
    return False


cdef bint _weekday_matches(const DayFilter *f, int day_of_week, int day, int back) noexcept nogil:
    """BYDAY; `day` and `back` count from 1 from both ends of the month or year that ordinals are of."""
    cdef int i, n
    cdef bint plain = (f.weekdays >> day_of_week) & 1
    cdef bint counted = False
    if f.n_ordinals == 0:
        return plain or f.weekdays == 0
    for i in range(f.n_ordinals):
        n = f.ordinals[i].n
        if f.ordinals[i].weekday == day_of_week and ((day - 1) // 7 + 1 == n if n > 0 else (back - 1) // 7 + 1 == -n):
            counted = True
            break
    if f.as_dateutil:
        return counted and (plain or f.weekdays == 0)
    return counted or plain


cdef bint _day_matches(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    """Whether a day passes every part; it is counted from 1 January and may lie WEEK_SLACK outside the year."""
    cdef int month, mday, mback, yday, yback
    if day < 0:                                     # December of the year before
        month, mday, mback = 12, 32 + day, -day
        yday, yback = y.length_before + day + 1, -day
    elif day >= y.length:                           # January of the year after
        yday = day - y.length + 1
        month, mday, mback = 1, yday, 32 - yday
        yback = y.length_after - yday + 1
    else:
        month, mday = MONTH_OF[y.leap][day], DAY_OF_MONTH[y.leap][day]
        mback = MONTH_START[y.leap][month + 1] - day
        yday, yback = day + 1, y.length - day
    if f.months and not (f.months >> month) & 1:
        return False
    if (f.month_days or f.month_days_back) and not ((f.month_days >> mday) | (f.month_days_back >> mback)) & 1:
        return False
    if f.has_year_days and not (f.year_days[yday] or f.year_days_back[yback]):
        return False
    if f.has_week_numbers:
        if not (_calendar_week_matches(f, y, day) if f.as_dateutil else _week_matches(f, y, day)):
            return False
    if f.n_easters and not _easter_matches(f, y, day):
        return False
    if f.ordinals_in_month:
        return _weekday_matches(f, (y.first_weekday + day + 7) % 7, mday, mback)
    return _weekday_matches(f, (y.first_weekday + day + 7) % 7, yday, yback)


cdef int next_candidate(const DayFilter *f, const YearShape *y, int day) noexcept nogil:
    """The first day from this one on that BYMONTH and BYMONTHDAY may let through: a birthday's year has one such."""
    cdef int month
    cdef uint32_t days
    while 0 <= day < y.length:
        month = MONTH_OF[y.leap][day]
        days = f.month_days >> DAY_OF_MONTH[y.leap][day]            # bit 0 is this day
        if f.months and not (f.months >> month) & 1:
            day = MONTH_START[y.leap][month + 1]
        elif not f.month_days or f.month_days_back or days & 1:
            break
        elif days == 0:
            day = MONTH_START[y.leap][month + 1]
        else:
            day += 1
    return day


cdef bint matches_within(const DayFilter *f, int64_t year, int64_t day) noexcept:
    """Whether a day passes every part, judged as a day of the given year, which may have ended six days before."""
    cdef Year y = year_at(year)
    cdef int key = y.weekday + 7 * y.leap + KINDS * (y.leap_before + 2 * y.leap_after)
    cdef YearShape shape = _shape_of(key + KEYS * easter_weeks(year, True), f.wkst)
    return _day_matches(f, &shape, <int> (day - y.jan1))


# --- Easter ----------------------------------------------------------------------------------------------------------

cdef int _easter(int64_t year) noexcept nogil:
    """Easter Sunday's day of the year, from 0, in the Gregorian calendar carried back before 1583.

    After Clavius as J.-M. Oudin wrote it down (Explanatory Supplement to the Astronomical Almanac, 1992, p. 581).
    """
    cdef int64_t century = year // 100, golden = year % 19
    cdef int64_t moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    cdef int64_t sunday
    moon -= (moon // 28) * (1 - (moon // 28) * (29 // (moon + 1)) * ((21 - golden) // 11))
    sunday = moon - (year + year // 4 + moon + 2 - century + century // 4) % 7
    return <int> (59 + is_leap(year) + 27 + sunday)         # day 59 is 1 March of a common year; `sunday` from 28 March


cdef int easter_weeks(int64_t year, bint both) noexcept nogil:
    """Easter's part of a key: its week in the year, and with `both` in the year before."""
    cdef int week = _easter(year) // 7 - FIRST_EASTER
    return week + EASTERS * (_easter(year - 1) // 7 - FIRST_EASTER) if both else week


# --- INTERVAL within a year ------------------------------------------------------------------------------------------

cdef int64_t residue_start(Residue residue, int64_t state) noexcept nogil:
    """Where `next_days` begins: the first month, or the first day of the first week or day, that INTERVAL reaches."""
    if residue == Residue.MONTH:
        return state + 1
    return state - WEEK_SLACK if residue == Residue.WEEK else state


cdef bint next_days(const YearTable *table, Residue residue, int64_t interval, int64_t *at, Py_ssize_t *first,
                    Py_ssize_t *end) noexcept nogil:
    """The entries of the next month, week or day that has any, as a slice of the table; False at the year's end."""
    cdef int leap = table.length == 366
    while True:
        if residue == Residue.MONTH:
            if at[0] > 12:
                return False
            first[0], end[0] = table.by_day[MONTH_START[leap][at[0]]], table.by_day[MONTH_START[leap][at[0] + 1]]
            at[0] += interval
        elif at[0] >= table.length:
            return False
        elif residue == Residue.WEEK:
            first[0], end[0] = table.by_day[max(at[0], 0)], table.by_day[min(at[0] + 7, table.length)]
            at[0] += 7 * interval
        else:
            first[0], end[0] = table.by_day[at[0]], table.by_day[at[0] + 1]
            at[0] += interval
        if first[0] < end[0]:
            return True


# --- the tables ------------------------------------------------------------------------------------------------------

cdef YearTable *_new_table(Py_ssize_t room, bint with_days) except NULL:
    """An empty table; its memory is one block, so that freeing the table frees all of it."""
    cdef size_t days = (MAX_DAYS + 1) * sizeof(int32_t) if with_days else 0
    cdef char *block = <char *> PyMem_RawMalloc(sizeof(YearTable) + room * sizeof(int64_t) + days)
    cdef YearTable *table = <YearTable *> block
    if block is NULL:
        raise MemoryError(f"no memory for a table of {room} entries")
    table.entries = <int64_t *> (block + sizeof(YearTable))
    table.by_day = <int32_t *> (block + sizeof(YearTable) + room * sizeof(int64_t)) if with_days else NULL
    table.size = 0
    return table


cdef void count_days(YearTable *table) noexcept:
    """How many entries are before each day."""
    cdef Py_ssize_t i, day, begin = 0, end
    for i in range(table.size + 1):
        end = table.entries[i] // DAY + 1 if i < table.size else MAX_DAYS + 1
        for day in range(begin, end):
            table.by_day[day] = <int32_t> i
        begin = end


cdef class DayTables:
    """A rule's tables, made as they are needed."""

    def __cinit__(self):
        self.tables, self.n_keys = self.few_tables, KEYS
        self.made_from, self.made_to = MAX_YEAR + 2, MIN_YEAR - 2           # none yet

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.n_keys):
            PyMem_RawFree(self.tables[i])
        if self.cuts is not NULL:
            for i in range(self.n_keys * self.states):
                PyMem_RawFree(self.cuts[i])
        PyMem_RawFree(self.cuts)
        if self.tables != self.few_tables:
            PyMem_RawFree(self.tables)
        PyMem_RawFree(self.filter.easters)
        PyMem_RawFree(self.filter.ordinals)
        PyMem_RawFree(self.setpos)
        PyMem_RawFree(self.times)

    cdef int take_easters(self, const DayFilter *filter) except -1:
        """BYEASTER in memory of the tables' own, and room for one table more for each date of Easter."""
        cdef int *easters = <int *> PyMem_RawMalloc(filter.n_easters * sizeof(int))
        cdef YearTable **tables = <YearTable **> PyMem_RawCalloc(EASTER_KEYS, sizeof(YearTable *))
        if easters is NULL or tables is NULL:
            PyMem_RawFree(easters)
            PyMem_RawFree(tables)
            raise MemoryError("no memory for BYEASTER")
        memcpy(easters, filter.easters, filter.n_easters * sizeof(int))
        self.filter.easters, self.tables, self.n_keys = easters, tables, EASTER_KEYS
        return 0

    cdef int ensure(self, int64_t first_year, int64_t last_year, int64_t anchor) except -1:
        """Make the tables of a span of years; after it they may be read without the GIL."""
        cdef int64_t anchored = anchor if self.cuts_years() else 0
        with cython.critical_section(self):
            if self.made_from <= first_year and last_year <= self.made_to and anchored == self.made_for:
                return 0
            self.make_years(first_year, last_year, anchor)
            if anchored != self.made_for or first_year > self.made_to + 1 or last_year < self.made_from - 1:
                self.made_from, self.made_to, self.made_for = first_year, last_year, anchored
            else:
                self.made_from, self.made_to = min(self.made_from, first_year), max(self.made_to, last_year)
        return 0

    cdef bint cuts_years(self) noexcept nogil:
        """Whether there are tables for each residue."""
        return self.states <= MAX_STATES and (
            self.residue == Residue.MONTH or self.residue == Residue.WEEK or self.residue == Residue.EACH_DAY)

    cdef int make_years(self, int64_t first_year, int64_t last_year, int64_t anchor) except -1:
        """Make what tables the years lack."""
        cdef Year y = year_at(first_year)
        cdef int64_t last = last_year, at
        cdef bint cutting = self.cuts_years()
        cdef YearTable **cuts
        cdef int key
        if not (cutting or self.filter.n_easters):
            last = min(last, first_year + 399)              # the calendar repeats every 400 years
        if cutting and self.cuts is NULL:
            cuts = <YearTable **> PyMem_RawCalloc(self.n_keys * self.states, sizeof(YearTable *))
            if cuts is NULL:
                raise MemoryError(f"no memory for tables of {self.states} residues")
            publish(&self.cuts, cuts)
        while y.number <= last:
            key = key_of(self, &y)
            if self.tables[key] is NULL:
                publish(self.tables + key, self.make(key))
            if cutting:
                at = key * self.states + state_of(self, &y, anchor)
                if self.cuts[at] is NULL:
                    publish(self.cuts + at, self.cut(self.tables[key], at - key * self.states))
            step_year(&y)
        return 0

    cdef bint is_empty(self) except -1:
        """Whether no year of any kind has a match, INTERVAL left out."""
        cdef int key
        # Kinds of year repeat after 400 years; Easter dates do not within the calendar.
        cdef Year y = year_at(1 if self.filter.n_easters else 2000)
        cdef int64_t end = MAX_YEAR + 1 if self.filter.n_easters else 2400
        with cython.critical_section(self):
            while y.number < end:
                key = key_of(self, &y)
                if self.tables[key] is NULL:
                    publish(self.tables + key, self.make(key))
                if self.tables[key].size:
                    return False
                step_year(&y)
        return True

    cdef YearTable *make(self, int key) except NULL:
        """Walk one year of a kind and keep what matches."""
        cdef YearShape y = _shape_of(key, self.filter.wkst)
        cdef int first = y.week_one if self.filter.week_years else 0
        cdef int end = y.week_one_after if self.filter.week_years else y.length
        cdef int slack = WEEK_SLACK if self.n_setpos else 0
        cdef int day = next_candidate(&self.filter, &y, first - slack)
        cdef uint8_t marks[MAX_DAYS + 2 * WEEK_SLACK]
        # At most 55 periods are picked from: a year touches 54 weeks.
        cdef YearTable *table = _new_table(55 * self.n_setpos if self.n_setpos else MAX_DAYS, True)
        table.length = end - first
        if self.n_setpos:
            memset(marks, 0, sizeof(marks))
        while day < end + slack:
            if _day_matches(&self.filter, &y, day):
                if self.n_setpos:
                    marks[day - first + WEEK_SLACK] = True
                else:
                    table.entries[table.size] = <int64_t> (day - first) * DAY
                    table.size += 1
            day = next_candidate(&self.filter, &y, day + 1)
        if self.n_setpos:
            self.pick(table, &y, marks + WEEK_SLACK)
        count_days(table)
        self.max_size = max(self.max_size, table.size)
        return table

    cdef YearTable *cut(self, YearTable *whole, int64_t state) except NULL:
        """What INTERVAL lets through of a table, for years that begin in the given state."""
        cdef YearTable *table = _new_table(whole.size, False)
        cdef int64_t at = residue_start(self.residue, state)
        cdef Py_ssize_t first, end
        table.length = whole.length
        while next_days(whole, self.residue, self.interval, &at, &first, &end):
            memcpy(table.entries + table.size, whole.entries + first, (end - first) * sizeof(int64_t))
            table.size += end - first
        return table

    cdef void pick(self, YearTable *table, const YearShape *y, const uint8_t *marks) noexcept:
        """BYSETPOS: from each period the moments at the asked positions (RFC 5545 3.3.10)."""
        cdef int month, start
        if self.filter.freq == YEARLY:
            self.pick_period(table, marks, 0, table.length)
        elif self.filter.freq == MONTHLY:
            for month in range(1, 13):
                self.pick_period(table, marks, MONTH_START[y.leap][month], MONTH_START[y.leap][month + 1])
        else:
            start = -((y.first_weekday - self.filter.wkst + 7) % 7)
            while start < table.length:
                self.pick_period(table, marks, start, start + 7)
                start += 7

    cdef void pick_period(self, YearTable *table, const uint8_t *marks, int start, int end) noexcept:
        """Append what BYSETPOS picks from the matching days in [start, end), if it lies within the year."""
        cdef int days[MAX_DAYS]
        cdef int n_days = 0, day
        cdef Py_ssize_t first = table.size, index, i, j, total
        cdef int64_t moment
        for day in range(start, end):
            if marks[day]:
                days[n_days] = day
                n_days += 1
        total = n_days * self.n_times
        for i in range(self.n_setpos):
            index = self.setpos[i] - 1 if self.setpos[i] > 0 else total + self.setpos[i]
            if not 0 <= index < total:
                continue
            moment = <int64_t> days[index // self.n_times] * DAY + self.times[index % self.n_times]
            if not 0 <= moment < <int64_t> table.length * DAY:
                continue                            # it belongs to a neighbour's table
            j = table.size
            while j > first and table.entries[j - 1] > moment:
                j -= 1
            if j > first and table.entries[j - 1] == moment:
                continue                            # 1 and -1 can pick the same moment
            for index in range(table.size, j, -1):
                table.entries[index] = table.entries[index - 1]
            table.entries[j] = moment
            table.size += 1


cdef bint has_years(DayTables tables, int64_t first_year, int64_t last_year, int64_t anchor) noexcept nogil:
    cdef Year y = year_at(first_year)
    cdef YearTable **cuts = NULL
    cdef int key
    if tables.cuts_years():
        cuts = <YearTable **> published(&tables.cuts)
        if cuts is NULL:
            return False
    while y.number <= last_year:
        key = key_of(tables, &y)
        if published(tables.tables + key) is NULL:
            return False
        if cuts is not NULL and published(cuts + key * tables.states + state_of(tables, &y, anchor)) is NULL:
            return False
        step_year(&y)
    return True
