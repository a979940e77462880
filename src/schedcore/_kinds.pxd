"""Contents of the year-kind kernel: what a rule asks of a day, and the tables made from it."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from schedcore._civil cimport floor_mod, is_leap, jan1, weekday

cdef enum:
    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4
    MINUTELY = 5
    SECONDLY = 6

cdef enum:
    KINDS = 14                  # leap or not, times the weekday of 1 January
    KEYS = 56                   # kinds, times the leapness of the year before and of the year after
    EASTERS = 6                 # Easter is in week 11 to 16 of a year, weeks counted from 1 January and from 0
    EASTER_KEYS = 2016          # KEYS, times Easter's week in the year and in the year before
    WEEK_SLACK = 6              # days of a straddling week that lie outside the calendar year, at most
    MAX_DAYS = 384              # 371 days of a long week-year or 366 + 2 * WEEK_SLACK, rounded up
    MAX_STATES = 64             # up to so many residues, each has tables of its own

cdef enum Residue:              # what INTERVAL counts, where the table of a year does not say it all
    EVERY                       # nothing: INTERVAL is 1, or is in the filter
    YEAR
    MONTH
    WEEK
    EACH_DAY
    PHASE                       # a sub-daily step that does not divide the day: each day has times of its own


cdef struct Ordinal:
    int n                       # +2 is the second, -1 the last; never 0
    int weekday


# What a rule asks of a day. A zero mask or an unset flag asks nothing.
cdef struct DayFilter:
    int freq
    int wkst
    uint16_t months             # bit m for month m
    uint32_t month_days         # bit d for day d of the month
    uint32_t month_days_back    # bit d for the d-th day from the month's end
    uint8_t weekdays            # bit w for weekday w
    bint has_year_days
    bint has_week_numbers
    uint8_t year_days[367]      # index d: BYYEARDAY=d
    uint8_t year_days_back[367]
    uint8_t week_numbers[54]
    uint8_t week_numbers_back[54]
    int n_ordinals
    Ordinal *ordinals
    bint ordinals_in_month      # +2MO counts within the month, else within the year
    int n_easters               # BYEASTER, which RFC 5545 does not have: days from Easter Sunday
    int *easters
    bint as_dateutil            # python-dateutil's reading of BYDAY and BYWEEKNO
    bint week_years             # tables are of week-years (RFC 5545 3.3.10, BYWEEKNO), not of calendar years


# A year as the kernels walk them.
cdef struct Year:
    int64_t number
    int64_t jan1                # day number
    int weekday                 # of 1 January
    int leap_before
    int leap
    int leap_after


# One kind of year with its neighbours, as a table is made from it; days are counted from 1 January.
cdef struct YearShape:
    int leap
    int length
    int first_weekday
    int length_before
    int length_after
    int week_one                # first day of week 1, and of week 1 of the next year
    int week_one_after
    int weeks_before            # how many weeks the year before has, this one, the next
    int weeks
    int weeks_after
    int easter                  # day of the year, from 0; 0 where the key has none
    int easter_before           # day of the year before


# Matching moments of one kind of year, in seconds from its first midnight, increasing.
cdef struct YearTable:
    int64_t *entries
    Py_ssize_t size
    int length                  # days in the (week-)year
    int32_t *by_day             # entries[by_day[d]:by_day[d + 1]] are those of day d; NULL in a table cut by residue


cdef class DayTables:
    cdef DayFilter filter
    cdef bint wide                          # whether the neighbouring years matter, so that keys are of 56
    cdef int n_keys
    cdef int n_setpos
    cdef int *setpos
    cdef int64_t *times                     # only with BYSETPOS: then entries are moments, not midnights
    cdef Py_ssize_t n_times
    cdef Residue residue
    cdef int64_t interval, states           # states: how many residues there are
    cdef YearTable **tables                 # by key: few_tables, or with BYEASTER memory of its own
    cdef YearTable *few_tables[KEYS]
    cdef YearTable **cuts                   # by key * states + residue, or NULL where tables are not cut
    cdef Py_ssize_t max_size
    cdef int64_t made_from, made_to, made_for   # the years, and the anchor, whose tables are known to exist

    cdef int take_easters(self, const DayFilter *filter) except -1
    cdef int ensure(self, int64_t first_year, int64_t last_year, int64_t anchor) except -1
    cdef bint cuts_years(self) noexcept nogil
    cdef int make_years(self, int64_t first_year, int64_t last_year, int64_t anchor) except -1
    cdef bint is_empty(self) except -1
    cdef YearTable *make(self, int key) except NULL
    cdef YearTable *cut(self, YearTable *whole, int64_t state) except NULL
    cdef void pick(self, YearTable *table, const YearShape *y, const uint8_t *marks) noexcept
    cdef void pick_period(self, YearTable *table, const uint8_t *marks, int start, int end) noexcept


cdef inline Year year_at(int64_t number) noexcept nogil:
    cdef Year y
    y.number = number
    y.jan1 = jan1(number)
    y.weekday = weekday(y.jan1)
    y.leap_before, y.leap, y.leap_after = is_leap(number - 1), is_leap(number), is_leap(number + 1)
    return y


cdef inline void step_year(Year *y) noexcept nogil:
    """On to the next year, without a division."""
    y.jan1 += 365 + y.leap
    y.weekday += 1 + y.leap
    if y.weekday >= 7:
        y.weekday -= 7
    y.number += 1
    y.leap_before, y.leap, y.leap_after = y.leap, y.leap_after, is_leap(y.number + 1)


cdef inline int week_one(int first_weekday, int wkst) noexcept nogil:
    """Where week 1 starts, in days from 1 January (-3 to 3), in a year that starts on `first_weekday`."""
    cdef int into_week = first_weekday - wkst
    if into_week < 0:
        into_week += 7
    return -into_week if into_week <= 3 else 7 - into_week


cdef inline int64_t first_day(DayTables tables, const Year *y) noexcept nogil:
    """The day that offset 0 of the year's table means."""
    if tables.filter.week_years:
        return y.jan1 + week_one(y.weekday, tables.filter.wkst)
    return y.jan1


cdef int easter_weeks(int64_t year, bint both) noexcept nogil


cdef inline int key_of(DayTables tables, const Year *y) noexcept nogil:
    """Which of the tables is the year's: its kind, and its neighbours' where they matter."""
    cdef int key = y.weekday + 7 * y.leap
    if tables.wide:
        key += KINDS * (y.leap_before + 2 * y.leap_after)
    if tables.filter.n_easters:
        key += KEYS * easter_weeks(y.number, tables.wide)
    return key


@cython.cdivision(True)
cdef inline int64_t modulo(int64_t value, int64_t states) noexcept nogil:
    """Remainder in [0, states) of a number of days or months: they fit 32 bits, where a division takes half as long."""
    cdef int32_t r
    if states > MAX_STATES:
        return floor_mod(value, states)
    r = <int32_t> value % <int32_t> states
    return r + states if r < 0 else r


cdef inline int64_t state_of(DayTables tables, const Year *y, int64_t anchor) noexcept nogil:
    """How far into the year INTERVAL first reaches: months after January, days, or 6 + days for a week's start."""
    if tables.residue == Residue.MONTH:
        return modulo(anchor - y.number * 12 - 1, tables.states)
    if tables.residue == Residue.WEEK:
        return modulo(anchor - first_day(tables, y) + WEEK_SLACK, tables.states)
    return modulo(anchor - first_day(tables, y), tables.states)


# Whether the tables of a span of years are there, without a lock: then any thread may read them.
cdef bint has_years(DayTables tables, int64_t first_year, int64_t last_year, int64_t anchor) noexcept nogil
cdef bint matches_within(const DayFilter *f, int64_t year, int64_t day) noexcept
cdef int64_t year_holding(DayTables tables, int64_t day) noexcept nogil
cdef int64_t first_day_of(DayTables tables, int64_t year) noexcept nogil
cdef int64_t residue_start(Residue residue, int64_t state) noexcept nogil
cdef bint next_days(const YearTable *table, Residue residue, int64_t interval, int64_t *at, Py_ssize_t *first,
                    Py_ssize_t *end) noexcept nogil
