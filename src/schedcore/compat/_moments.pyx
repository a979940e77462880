"""Local seconds as datetimes with one tzinfo: the wall clock is kept and the tzinfo is only attached to it.

That is dateutil's arithmetic: no time is moved out of a gap, and a repeated time has fold 0. A rule of less than a day
has many times on one date, so the date is worked out once for each run of them.
"""

from cpython.datetime cimport datetime_new, import_datetime
from libc.stdint cimport int64_t

from schedcore._civil cimport DAY, MAX_DAY, MIN_DAY, civil_from_days, floor_div
from schedcore._column cimport Column

from schedcore.errors import InvalidValue

import_datetime()


def datetimes(Column col not None, tzinfo):
    """A sorted column as a list of datetimes, about 50 ns each; InvalidValue outside of years 1 to 9999.

    >>> from schedcore._column import column_of
    >>> datetimes(column_of([0]), None)
    [datetime.datetime(1970, 1, 1, 0, 0)]
    """
    cdef Py_ssize_t k
    cdef int64_t day, today = MIN_DAY - 1, year = 0
    cdef int month = 0, mday = 0, second
    cdef list out = []
    for k in range(col.size):
        day = floor_div(col.data[k], DAY)
        if day != today:
            if not MIN_DAY <= day <= MAX_DAY:
                raise InvalidValue(f"{col.data[k]} seconds since 1970 is outside of years 1 to 9999")
            civil_from_days(day, &year, &month, &mday)
            today = day
        second = <int> (col.data[k] - day * DAY)
        out.append(datetime_new(<int> year, month, mday, second // 3600, second // 60 % 60, second % 60, 0, tzinfo, 0))
    return out
