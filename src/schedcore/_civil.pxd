"""Civil arithmetic on the proleptic Gregorian calendar, years 1 to 9999.

Days are counted from 1970-01-01 (day 0, a Thursday), seconds from its midnight. Weekdays are numbered as Python
numbers them, Monday 0 to Sunday 6. A year is one of fourteen kinds, leap or not times the weekday of 1 January:
two years of one kind have the same calendar.

The conversions follow Howard Hinnant, "chrono-compatible low-level date algorithms"
(https://howardhinnant.github.io/date_algorithms.html): years start in March there, so that the leap day comes last
and the days before a month are a linear function of it.
"""

cimport cython
from libc.stdint cimport int64_t

cdef enum:
    DAY = 86400                 # seconds in a day
    DAYS_400 = 146097           # days in 400 years, a whole number of weeks: after them the calendar repeats
    MIN_YEAR = 1
    MAX_YEAR = 9999             # what datetime can hold
    MIN_DAY = -719162           # 0001-01-01
    MAX_DAY = 2932896           # 9999-12-31


@cython.cdivision(True)
cdef inline int64_t floor_div(int64_t a, int64_t b) noexcept nogil:
    """Quotient rounded down, b > 0. C rounds towards zero, which is wrong before 1970."""
    cdef int64_t q = a // b
    return q - 1 if a < q * b else q


@cython.cdivision(True)
cdef inline int64_t floor_mod(int64_t a, int64_t b) noexcept nogil:
    """Remainder in [0, b), b > 0."""
    cdef int64_t r = a % b
    return r + b if r < 0 else r


cdef inline bint is_leap(int64_t year) noexcept nogil:
    return (year & 3) == 0 and ((year & 15) == 0 or floor_mod(year, 100) != 0)


cdef inline int64_t jan1(int64_t year) noexcept nogil:
    """Day number of 1 January. 719162 is the day number of 0001-01-01, negated."""
    cdef int64_t y = year - 1
    return 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 719162


cdef inline int weekday(int64_t day) noexcept nogil:
    """Monday 0 to Sunday 6; day 0 was a Thursday, 3."""
    return <int> floor_mod(day + 3, 7)


cdef inline int64_t days_from_civil(int64_t year, int month, int day) noexcept nogil:
    cdef int64_t y = year - 1 if month <= 2 else year
    cdef int64_t era = floor_div(y, 400)
    cdef int64_t yoe = y - era * 400
    cdef int64_t doy = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * DAYS_400 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468


cdef inline void civil_from_days(int64_t day, int64_t *year, int *month, int *mday) noexcept nogil:
    cdef int64_t z = day + 719468                # days since 0000-03-01
    cdef int64_t era = floor_div(z, DAYS_400)
    cdef int64_t doe = z - era * DAYS_400
    cdef int64_t yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    cdef int64_t doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    cdef int64_t mp = (5 * doy + 2) // 153
    mday[0] = <int> (doy - (153 * mp + 2) // 5 + 1)
    month[0] = <int> (mp + 3 if mp < 10 else mp - 9)
    year[0] = yoe + era * 400 + (1 if month[0] <= 2 else 0)


cdef inline int64_t year_of_day(int64_t day) noexcept nogil:
    cdef int64_t year
    cdef int month, mday
    civil_from_days(day, &year, &month, &mday)
    return year
