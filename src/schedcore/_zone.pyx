"""Zones as transition tables: making them, asking them, and Python's own dates and times.

`_offsets.pyx` opens with the theory of local times, gaps and folds; here the table is made that it stands on.

Rules of this module:

1. A table is made once and never changes, so threads share it.
2. Transitions that change only the name of the time are dropped: every one that is kept is a jump of the clock.
3. A zone that changes its clocks for ever does so by a rule of the calendar (the POSIX TZ string, RFC 9636 3.3.1), and
   the calendar repeats every 400 years, 146,097 days. So the rule is written out for a little more than 400 years
   behind the last transition of the file, and later times are looked up whole cycles earlier.

What this module does not do: it reads no files and knows no zone names (`schedcore.zones` does).
"""

cimport cython
from cpython.datetime cimport (
    PyDate_Check, PyDateTime_Check, date_day, date_month, date_new, date_year, datetime_day, datetime_fold,
    datetime_hour, datetime_microsecond, datetime_minute, datetime_month, datetime_new, datetime_second,
    datetime_tzinfo, datetime_year, import_datetime, timedelta_days, timedelta_microseconds, timedelta_seconds,
)
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t
from libc.string cimport memset

from schedcore._civil cimport (
    DAY, DAYS_400, MAX_DAY, MIN_DAY, civil_from_days, days_from_civil, floor_div, floor_mod, is_leap, jan1, weekday,
    year_of_day,
)
from schedcore._column cimport Column, new_column
from schedcore._offsets cimport (
    FOLD_BOTH, FOLD_FIRST, GAP_SHIFT, GAP_SKIP, ZoneData, zone_above, zone_cycles, zone_local_window, zone_offset_at,
    zone_to_local, zone_to_utc, zone_utc_of,
)

from schedcore.errors import InvalidValue, ZoneError, shorten

import_datetime()

cdef enum:
    TAIL_YEARS = 410            # 400, and some on both sides so that a cycle can begin and end outside of a stretch

cdef int64_t CYCLE = <int64_t> DAYS_400 * DAY
cdef int64_t FIRST = <int64_t> MIN_DAY * DAY             # 0001-01-01T00:00:00
cdef int64_t END = <int64_t> (MAX_DAY + 1) * DAY         # behind 9999-12-31T23:59:59
cdef int64_t FAR = <int64_t> 1 << 60                     # beyond every calendar, and sums still fit 64 bits


# --- the table -------------------------------------------------------------------------------------------------------


cdef void *_array(Py_ssize_t count, Py_ssize_t width) except NULL:
    cdef void *memory = PyMem_RawMalloc(max(count, 1) * width)
    if memory is NULL:
        raise MemoryError(f"no memory for a zone of {count} transitions")
    return memory


cdef int64_t _day_of(int64_t year, int kind, int month, int week, int day) noexcept nogil:
    """Day number of a date as POSIX TZ writes it: 0 = Mm.w.d, 1 = Jn (no 29 February), 2 = n (from 0)."""
    cdef int64_t first, date
    if kind == 1:
        return jan1(year) + day - 1 + (1 if day >= 60 and is_leap(year) else 0)
    if kind == 2:
        return jan1(year) + day
    first = days_from_civil(year, month, 1)
    date = first + floor_mod(day - 1 - weekday(first), 7) + 7 * (week - 1)       # POSIX counts from Sunday 0
    if month < 12 and date >= days_from_civil(year, month + 1, 1) or date >= jan1(year + 1):
        date -= 7                                                                # week 5 is the last one
    return date


cdef int32_t _offset(value) except? -1:
    """An offset as datetime can hold it, less than a day either way (RFC 9636 3.2 would allow two hours more)."""
    if not -DAY < value < DAY:
        raise ZoneError(f"offset of {shorten(value)} seconds: give less than 86400 either way")
    return value


cdef void _put(ZoneData *z, Py_ssize_t kept, int64_t last, int64_t at, int32_t offset) noexcept nogil:
    """Append a transition of the tail; the later rule wins over one that would come after it or at its instant.

    That makes "daylight saving time all year", which ends each year at the instant at which it begins again, what it
    says (RFC 9636 3.3.1).
    """
    if at <= last:
        z.off[kept] = offset
        return
    while z.n > kept and z.at[z.n - 1] >= at:
        z.n -= 1
    z.at[z.n] = at
    z.n += 1
    z.off[z.n] = offset


@cython.final
cdef class ZoneTable:
    """The offsets of one zone for all time: local times to instants and back.

    `ZoneTable(first, times, offsets, tail)`: `first` seconds east of UTC hold before `times[0]`, `offsets[i]` from
    `times[i]` on (UTC seconds, strictly increasing). `tail` says what follows the last of `times`: None, its offset
    stays; `(offset,)`, that one does; `(std, dst, *start, *end)`, daylight saving time each year between two dates,
    each a `(kind, month, week, day, seconds)` as `schedcore.zones.posix` gives it (RFC 9636 3.3). Immutable, and
    safe to share between threads. Raises ZoneError. Costs some 10 microseconds and at most 40 KiB with a tail.

    >>> from schedcore._column import column_of
    >>> swiss = ZoneTable(3600, [], [], (3600, 7200, 0, 3, 5, 0, 7200, 0, 10, 5, 0, 10800))
    >>> swiss.offset_at(1_782_864_000), swiss.utc_of(1_782_871_200)        # 2026-07-01T00:00:00Z, 02:00 there
    (7200, 1782864000)
    >>> swiss.to_utc(column_of([1_782_871_200, 1_782_957_600])).tolist()
    [1782864000, 1782950400]
    """

    def __cinit__(self, first, times=(), offsets=(), tail=None):
        memset(&self.z, 0, sizeof(ZoneData))
        cdef int64_t last = self._fill(first, list(times), list(offsets))
        if tail is not None and last < END:
            self._extend(tuple(tail), last)
        self._compact()
        self._find_stretches()
        if tail is not None and last < END:
            self._find_base(max(last, FIRST))

    def __dealloc__(self):
        PyMem_RawFree(self.z.at)
        PyMem_RawFree(self.z.off)
        PyMem_RawFree(self.z.low)
        PyMem_RawFree(self.z.high)
        PyMem_RawFree(self.z.seg)
        PyMem_RawFree(self.z.run)

    cdef int64_t _fill(self, first, list times, list offsets) except? -1:
        """Take over the explicit transitions and return the instant of the last, INT64_MIN without any.

        Those before year 1 only say with which offset it begins; at the first one behind year 9999 it stops.
        """
        cdef ZoneData *z = &self.z
        cdef int64_t last = INT64_MIN, at
        cdef Py_ssize_t i
        if len(times) != len(offsets):
            raise ZoneError(f"{len(times)} transitions with {len(offsets)} offsets: give one offset for each")
        z.at = <int64_t *> _array(len(times) + 2 * TAIL_YEARS, sizeof(int64_t))
        z.off = <int32_t *> _array(len(times) + 2 * TAIL_YEARS + 1, sizeof(int32_t))
        z.off[0] = _offset(first)
        for i in range(len(times)):
            try:
                at = times[i]
            except (OverflowError, TypeError) as error:
                raise ZoneError(f"transition {i} at {shorten(times[i])}: give whole seconds of 64 bits") from error
            if at <= last and i:
                raise ZoneError(f"transition {i} at {at} is not behind the one before it, at {last}: sort them")
            last = at
            if at > END + DAY:
                break
            if at < FIRST - DAY:
                z.off[0] = _offset(offsets[i])
                continue
            z.at[z.n] = at
            z.n += 1
            z.off[z.n] = _offset(offsets[i])
        return last

    cdef int _extend(self, tuple tail, int64_t last) except -1:
        """Write out what follows the instant `last`; the tail also says which offset holds from there on."""
        cdef ZoneData *z = &self.z
        cdef Py_ssize_t kept = z.n
        cdef int64_t start, end, year, first_year = 0 if last < FIRST else year_of_day(floor_div(last, DAY)) - 1
        cdef int32_t std = _offset(tail[0]), dst
        if len(tail) == 1:
            z.off[z.n] = std
            return 0
        if len(tail) != 12:
            raise ZoneError(f"a tail of {len(tail)} numbers: give (offset,) or (std, dst, *start, *end), 12 in all")
        dst = _offset(tail[1])
        cdef int[10] part
        for i in range(10):
            part[i] = tail[i + 2]
        for year in range(first_year, first_year + TAIL_YEARS):
            start = _day_of(year, part[0], part[1], part[2], part[3]) * DAY + part[4] - std
            end = _day_of(year, part[5], part[6], part[7], part[8]) * DAY + part[9] - dst
            if year == first_year:
                z.off[kept] = std if start < end else dst
            if start > end:
                _put(z, kept, last, end, std)
            _put(z, kept, last, start, dst)
            if start < end:
                _put(z, kept, last, end, std)
        # The last year has no successor that could overrule it (daylight saving time all year ends every year).
        start = jan1(first_year + TAIL_YEARS - 1) * DAY
        while z.n > kept and z.at[z.n - 1] >= start - 8 * DAY:
            z.n -= 1
        return 0

    cdef int _compact(self) except -1:
        """Drop transitions that change the name of the time only, and give back unused memory."""
        cdef ZoneData *z = &self.z
        cdef Py_ssize_t i, n = 0
        for i in range(z.n):
            if z.off[i + 1] != z.off[n]:
                z.at[n] = z.at[i]
                n += 1
                z.off[n] = z.off[i + 1]
        z.n = n
        cdef void *at = PyMem_RawRealloc(z.at, max(n, 1) * sizeof(int64_t))
        if at is not NULL:
            z.at = <int64_t *> at
        cdef void *off = PyMem_RawRealloc(z.off, (n + 1) * sizeof(int32_t))
        if off is not NULL:
            z.off = <int32_t *> off
        return 0

    cdef int _find_stretches(self) except -1:
        cdef ZoneData *z = &self.z
        cdef Py_ssize_t i, m = 0
        cdef int64_t low, high, least = z.off[0], greatest = z.off[0]
        z.low = <int64_t *> _array(z.n, sizeof(int64_t))
        z.high = <int64_t *> _array(z.n, sizeof(int64_t))
        z.seg = <int32_t *> _array(z.n + 1, sizeof(int32_t))
        z.run = <int32_t *> _array(z.n + 1, sizeof(int32_t))
        z.seg[0] = 0
        for i in range(z.n):
            low = z.at[i] + min(z.off[i], z.off[i + 1])
            high = z.at[i] + max(z.off[i], z.off[i + 1])
            while m and z.high[m - 1] > low:
                m -= 1
                low = min(low, z.low[m])
                high = max(high, z.high[m])
            z.low[m] = low
            z.high[m] = high
            m += 1
            z.seg[m] = <int32_t> i + 1
            least = min(least, z.off[i + 1])
            greatest = max(greatest, z.off[i + 1])
        z.m = m
        z.spread = greatest - least
        z.most = 1
        z.run[0] = z.off[0]
        for i in range(m):
            z.run[i + 1] = z.off[z.seg[i + 1]]
            z.most = max(z.most, z.seg[i + 1] - z.seg[i] + 1)
        return 0

    cdef int _find_base(self, int64_t after) except -1:
        """Let cycles begin at the end of a stretch, a year into the tail, if the tail has any."""
        cdef ZoneData *z = &self.z
        cdef Py_ssize_t r = zone_above(z.low, z.m, after + 366 * DAY)
        if r < z.m and z.low[z.m - 1] >= z.high[r] + CYCLE:
            z.local_base = z.high[r]
            z.utc_base = z.high[r] - z.run[r + 1]
            z.periodic = 1
        return 0

    def to_utc(self, Column col not None, int gap=GAP_SHIFT, int fold=FOLD_FIRST):
        """Strictly increasing local times to strictly increasing instants, equal instants once.

        The column is used up: the answer is the same one, changed in place, unless a buffer of it is in use or the
        fold choice is "both". Without the GIL, about 0.5 ns a value between transitions and 10 ns a transition.
        """
        cdef Column out = col
        _check_choice(gap, fold)
        _check_range(col)
        if fold == FOLD_BOTH:
            out = new_column(col.size * self.z.most)
        elif col.exports:
            out = new_column(col.size)
        with nogil:
            out.size = zone_to_utc(&self.z, col.data, col.size, out.data, gap, fold)
        return out

    def to_local(self, Column col not None):
        """Increasing instants to local times, one for one, as a new column; a repeated hour goes back in it."""
        cdef Column out = new_column(col.size)
        _check_range(col)
        with nogil:
            zone_to_local(&self.z, col.data, col.size, out.data)
        out.size = col.size
        return out

    def utc_of(self, local, int gap=GAP_SHIFT, int fold=FOLD_FIRST):
        """The instant of one local time, None if it is in a gap and skipped; "both" folds give the first."""
        cdef int64_t out
        _check_choice(gap, fold)
        if fold == FOLD_BOTH:
            fold = FOLD_FIRST
        return out if zone_utc_of(&self.z, _within(local), gap, fold, &out) else None

    def moments(self, Column col not None, int64_t by, int64_t last):
        """The instants of increasing local times, moved by so many seconds but not beyond `last`; one for one.

        As `utc_of` reads them: a gap shifts, of a fold it is the first. Without the GIL, some 30 ns a value.

        >>> from schedcore._column import column_of
        >>> ZoneTable(3600).moments(column_of([0, 86400]), 3600, 86400).tolist()
        [0, 82800]
        """
        cdef Py_ssize_t i
        cdef Column out = new_column(col.size)
        _check_range(col)
        _within(by)
        with nogil:
            for i in range(col.size):
                zone_utc_of(&self.z, min(col.data[i] + by, last), GAP_SHIFT, FOLD_FIRST, out.data + i)
        out.size = col.size
        return out

    def ends_of(self, Column col not None, int64_t days, int64_t seconds, int64_t last):
        """When what starts at increasing instants ends: days later on the clock, then seconds; one for one.

        No end lies behind the local time `last`. Without the GIL, some 50 ns a value.

        >>> from schedcore._column import column_of
        >>> ZoneTable(0, [100], [3600]).ends_of(column_of([0]), 1, 60, 10**9).tolist()
        [82860]
        """
        cdef Py_ssize_t i
        cdef int64_t end, over
        cdef Column out = new_column(col.size)
        _check_range(col)
        _within(days * DAY)
        _within(seconds)
        with nogil:
            for i in range(col.size):
                end = col.data[i]
                if days:
                    over = min(end + zone_offset_at(&self.z, end) + days * DAY, last)
                    zone_utc_of(&self.z, over, GAP_SHIFT, FOLD_FIRST, &end)
                end += seconds
                over = end + zone_offset_at(&self.z, end) - last
                out.data[i] = end - over if over > 0 else end
        out.size = col.size
        return out

    cpdef int64_t instant(self, value, tzinfo) except? -1:
        """What `utc_seconds(value, up=True)` gives, quicker where the datetime is in `tzinfo`, the table's own zone.

        >>> from datetime import UTC, datetime
        >>> ZoneTable(0).instant(datetime(1970, 1, 2, tzinfo=UTC), UTC)
        86400
        """
        cdef int64_t out
        # fold=1 is left to the tzinfo: in a gap it stands for the offset after it (PEP 495), which is no choice here.
        if not PyDateTime_Check(value) or datetime_tzinfo(value) is not tzinfo or datetime_fold(value):
            return utc_seconds(value, True)
        zone_utc_of(&self.z, wall_seconds(value), GAP_SHIFT, FOLD_FIRST, &out)
        return out + 1 if datetime_microsecond(value) else out

    def offset_at(self, utc):
        """Seconds east of UTC at an instant."""
        return zone_offset_at(&self.z, _within(utc))

    def local_window(self, a, b):
        """The smallest local [low, high) that holds every local time whose instant is in [a, b).

        For any choice of gap and fold, so an hour more around a gap or a fold, and exact elsewhere (a table whose
        gaps and folds overlap, as no real zone's do, may give more). Any ends of 64 bits will do. Two bisections.

        >>> ZoneTable(7200).local_window(0, 86400)
        (7200, 93600)
        """
        cdef int64_t low, high, first = max(min(a, FAR), -FAR), last = max(min(b, FAR), -FAR)
        zone_local_window(&self.z, first, max(first, last), &low, &high)
        return low, high

    def gaps(self, a, b):
        """(instant, offset before, offset after) of each gap that opens in [a, b), until the end of year 9999.

        >>> ZoneTable(0, [100, 200], [3600, 0]).gaps(0, 1000)
        [(100, 0, 3600)]
        """
        cdef int64_t utc = max(min(a, FAR), FIRST - DAY), stop = min(max(b, -FAR), END + DAY), back
        cdef Py_ssize_t i
        cdef list out = []
        while utc < stop:
            back = zone_cycles(&self.z, utc, self.z.utc_base)
            i = zone_above(self.z.at, self.z.n, utc - back - 1)
            if i == self.z.n or self.z.at[i] + back >= stop:
                break
            if self.z.off[i + 1] > self.z.off[i]:
                out.append((self.z.at[i] + back, self.z.off[i], self.z.off[i + 1]))
            utc = self.z.at[i] + back + 1
        return out

    cpdef list datetimes(self, Column col, tzinfo):
        """Instants as datetimes in `tzinfo`, with fold=1 for those that repeat a local time; any order.

        InvalidValue names an instant whose local time is outside of years 1 to 9999. About 70 ns a value, nearly all
        of it for making the object.

        >>> from schedcore._column import column_of
        >>> ZoneTable(3600).datetimes(column_of([0]), None)
        [datetime.datetime(1970, 1, 1, 1, 0)]
        """
        cdef Py_ssize_t k, j = 0
        cdef int64_t utc, local, back = 0, begin = 1, end = 0, first
        cdef int fold
        cdef list out = []
        _check_range(col)
        for k in range(col.size):
            utc = col.data[k]
            if not begin <= utc < end:
                back = zone_cycles(&self.z, utc, self.z.utc_base)
                j = zone_above(self.z.at, self.z.n, utc - back)
                begin = self.z.at[j - 1] + back if j > 0 else INT64_MIN
                end = self.z.at[j] + back if j < self.z.n else INT64_MAX
            local = utc + self.z.off[j]
            fold = 0
            if j > 0 and utc - begin < self.z.spread:
                zone_utc_of(&self.z, local, GAP_SHIFT, FOLD_FIRST, &first)
                fold = first < utc
            out.append(_datetime(local, tzinfo, fold))
        return out

    def _check(self):
        """Assert what the theory promises of the arrays; for tests."""
        cdef ZoneData *z = &self.z
        cdef Py_ssize_t i
        for i in range(z.n):
            assert z.off[i] != z.off[i + 1], i
            assert i == 0 or z.at[i - 1] < z.at[i], i
        for i in range(z.m):
            assert z.low[i] < z.high[i], i
            assert i == 0 or z.high[i - 1] <= z.low[i], i
            assert z.seg[i] < z.seg[i + 1] and z.run[i + 1] == z.off[z.seg[i + 1]], i
        assert z.run[0] == z.off[0] and (z.m == 0 or z.seg[z.m] == z.n)
        assert not z.periodic or z.utc_base + z.off[zone_above(z.at, z.n, z.utc_base)] == z.local_base


cdef int _check_choice(int gap, int fold) except -1:
    if gap < 0 or gap > <int> GAP_SKIP:
        raise InvalidValue(f"gap={gap}: give 0 (shift) or 1 (skip)")
    if fold < 0 or fold > <int> FOLD_BOTH:
        raise InvalidValue(f"fold={fold}: give 0 (first), 1 (last) or 2 (both)")
    return 0


cdef int64_t _within(value) except? -1:
    if not -FAR <= value <= FAR:
        raise InvalidValue(f"{shorten(value)} seconds since 1970 is outside of every calendar: give years 1 to 9999")
    return value


cdef int _check_range(Column col) except -1:
    """The ends speak for a sorted column; sums then stay within 64 bits."""
    if col.size:
        _within(col.data[0])
        _within(col.data[col.size - 1])
    return 0


# --- Python's own date and time --------------------------------------------------------------------------------------


cdef object _datetime(int64_t local, tzinfo, int fold):
    cdef int64_t day = floor_div(local, DAY), year
    cdef int month, mday, second
    if not MIN_DAY <= day <= MAX_DAY:
        raise InvalidValue(f"{local} seconds since 1970 is outside of years 1 to 9999: no datetime can hold it")
    civil_from_days(day, &year, &month, &mday)
    second = <int> (local - day * DAY)
    return datetime_new(<int> year, month, mday, second // 3600, second // 60 % 60, second % 60, 0, tzinfo, fold)


cpdef list naive_datetimes(Column col):
    """Local times as datetimes without a zone.

    >>> from schedcore._column import column_of
    >>> naive_datetimes(column_of([0]))
    [datetime.datetime(1970, 1, 1, 0, 0)]
    """
    cdef Py_ssize_t k
    return [_datetime(col.data[k], None, 0) for k in range(col.size)]


def dates(Column col not None):
    """The dates of local times; the time of day is dropped.

    >>> from schedcore._column import column_of
    >>> dates(column_of([-1, 86400]))
    [datetime.date(1969, 12, 31), datetime.date(1970, 1, 2)]
    """
    cdef Py_ssize_t k
    cdef int64_t day, year
    cdef int month, mday
    cdef list out = []
    for k in range(col.size):
        day = floor_div(col.data[k], DAY)
        if not MIN_DAY <= day <= MAX_DAY:
            raise InvalidValue(f"{col.data[k]} seconds since 1970 is outside of years 1 to 9999: no date can hold it")
        civil_from_days(day, &year, &month, &mday)
        out.append(date_new(<int> year, month, mday))
    return out


cdef int64_t wall_seconds(value) except? -1:
    """Seconds of the wall clock of a date or datetime."""
    cdef int64_t day
    if PyDateTime_Check(value):
        day = days_from_civil(datetime_year(value), datetime_month(value), datetime_day(value))
        return day * DAY + datetime_hour(value) * 3600 + datetime_minute(value) * 60 + datetime_second(value)
    if PyDate_Check(value):
        return days_from_civil(date_year(value), date_month(value), date_day(value)) * DAY
    raise InvalidValue(f"{shorten(value)} is not a date: give a datetime.date or a datetime.datetime")


def local_seconds(value):
    """Seconds of the wall clock since 1970-01-01T00:00:00, whatever the zone; microseconds are dropped.

    A date is its midnight. InvalidValue for anything else.

    >>> from datetime import date
    >>> local_seconds(date(1970, 1, 2))
    86400
    """
    return wall_seconds(value)


def utc_seconds(value, bint up=False):
    """The instant of an aware datetime, in whole seconds since 1970; what it is is up to its tzinfo and fold (PEP 495).

    Fractions of a second are rounded down, or up for `up`. Since everything here begins on whole seconds, both ends
    of a window [a, b) are rounded up: 12:00:00.5 lets out what begins at 12:00:00 as a start, in as an end.
    InvalidValue for what is not a datetime or is naive. About 100 ns, most of it in the tzinfo.

    >>> from datetime import UTC, datetime
    >>> value = datetime(1970, 1, 1, 0, 0, 9, 1, UTC)
    >>> utc_seconds(value), utc_seconds(value, up=True)
    (9, 10)
    """
    cdef int64_t seconds, micro
    if not PyDateTime_Check(value):
        raise InvalidValue(f"{shorten(value)} is not an instant: give a datetime.datetime with a zone")
    offset = value.utcoffset()
    if offset is None:
        raise InvalidValue(f"{shorten(value)} has no zone: give an aware datetime, such as datetime(..., tzinfo=UTC)")
    seconds = wall_seconds(value) - timedelta_days(offset) * <int64_t> DAY - timedelta_seconds(offset)
    micro = datetime_microsecond(value) - timedelta_microseconds(offset)
    if micro < 0:
        seconds -= 1
        micro += 1_000_000
    return seconds + 1 if up and micro else seconds
