"""The common series and the common question, without a detour: a rule, a DTSTART with a time, a window.

One small question costs less than a microsecond in the kernels; what stands around it in Python costs twice that. So
the fields of a series are kept here, and two methods look for the plain case, which most are:

- making a series of one rule without UNTIL on a datetime, with nothing else but a duration in whole seconds;
- asking such a series, or any other with a time, for its starts between two datetimes of its own kind.

Everything else goes on to `Series` (`_build`, `_between`), which takes all cases, the plain ones too: what is decided
here must be decided alike there. That includes every error: this module raises none of its own.

Threads share a series. All of it is fixed once it is made, but for `_source`, which is planned at the first question:
set once, never replaced, and looked at in a critical section, which costs nothing where there is a GIL.
"""

cimport cython
from cpython.datetime cimport (
    PyDateTime_CheckExact, datetime_fold, datetime_microsecond, datetime_tzinfo, import_datetime, timedelta_days,
    timedelta_microseconds, timedelta_seconds,
)
from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken
from schedcore._rrule cimport CompiledRule
from schedcore._stream cimport Stream
from schedcore._zone cimport ZoneTable, naive_datetimes, wall_seconds

from datetime import timedelta

from schedcore.recurrence.limits import DEFAULT
from schedcore.recurrence.rule import Rule
from schedcore.zones import zone_of

import_datetime()

cdef object EXACT = timedelta
cdef object RULE = Rule
cdef object ZONE_OF = zone_of
cdef object LIMITS = DEFAULT
cdef enum:
    MOST_DAYS = 1000            # a longer duration is looked at twice


cdef class SeriesCore:
    """What a series is made of."""

    cdef public object _dtstart, _rules, _fit, _problems, _limits
    cdef public tuple _arguments, _length
    cdef public str _kind, _reading
    cdef public object _source
    cdef public ZoneTable _table
    cdef public int64_t _local
    cdef public int _gap, _fold
    cdef public bint _include_dtstart

    def __init__(self, dtstart, rule=None, *, duration=None, rdates=(), exdates=(), exrules=(), overrides=(),
                 strict=True, include_dtstart=True, reading="rfc5545", gap="shift", fold="first", limits=None):
        self._limits = LIMITS if limits is None else self._limited(limits)
        if type(rule) is str:
            rule = RULE.parse(rule, strict)
        if not (type(rule) is RULE and type(rdates) is tuple and not rdates and type(exdates) is tuple and not exdates
                and type(exrules) is tuple and not exrules and type(overrides) is tuple and not overrides
                and reading == "rfc5545" and gap == "shift" and fold == "first"
                and self._is_common(dtstart, rule, duration)):
            self._build(dtstart, rule, duration, rdates, exdates, exrules, overrides, strict, include_dtstart,
                        reading, gap, fold)
            return
        self._rules = (rule,)
        self._problems = rule.problems
        self._arguments = (duration, (), (), (), (), strict, include_dtstart)
        self._include_dtstart = include_dtstart
        self._reading = "rfc5545"
        self._gap = self._fold = 0
        self._fit = self._source = None

    cdef bint _is_common(self, dtstart, rule, duration) except -1:
        """Take DTSTART and the duration, if all is as plain as can be."""
        cdef int64_t days
        if not PyDateTime_CheckExact(dtstart) or datetime_microsecond(dtstart) or datetime_fold(dtstart):
            return False
        if rule.until is not None:
            return False
        if duration is None:
            self._length = (0, 0)
        elif type(duration) is EXACT:
            days = timedelta_days(duration)
            if not 0 <= days < MOST_DAYS or timedelta_microseconds(duration):
                return False
            self._length = (0, days * 86400 + timedelta_seconds(duration))
        else:
            return False
        tzinfo = datetime_tzinfo(dtstart)
        if tzinfo is None:
            self._kind, self._table = "floating", None
        else:
            self._kind, self._table = "zoned", ZONE_OF(tzinfo).table
        self._dtstart = dtstart
        self._local = wall_seconds(dtstart)
        return True

    def between(self, a, b, *, CancelToken cancel=None):
        """List the starts in [a, b), of the kind of DTSTART.

        Costs a seek, the same however far from DTSTART, with COUNT too, and the starts in the window. SeriesError if a
        bound is of another kind than the series, or a is after b; LimitExceeded for a window that holds more than
        `max_occurrences`; Cancelled once `cancel` is set.

        >>> from datetime import date
        >>> from schedcore import Series
        >>> Series(date(2000, 1, 31), "FREQ=MONTHLY").between(date(2026, 1, 1), date(2026, 5, 1))
        [datetime.date(2026, 1, 31), datetime.date(2026, 3, 31)]
        """
        cdef int64_t low, high
        if self._kind == "date" or not (PyDateTime_CheckExact(a) and PyDateTime_CheckExact(b)):
            return self._between(a, b, cancel)
        tzinfo = datetime_tzinfo(self._dtstart)
        if datetime_tzinfo(a) is not tzinfo or datetime_tzinfo(b) is not tzinfo:
            return self._between(a, b, cancel)
        if self._table is None:
            low = wall_seconds(a) + (datetime_microsecond(a) > 0)
            high = wall_seconds(b) + (datetime_microsecond(b) > 0)
        else:
            low, high = self._table.instant(a, tzinfo), self._table.instant(b, tzinfo)
        source = self._open()
        if type(source) is not Stream or low > high or high - low > self._limits.max_occurrences:
            return self._between(a, b, cancel)
        found = (<Stream> source).window(low, high, cancel)
        return naive_datetimes(found) if self._table is None else self._table.datetimes(found, tzinfo)

    cpdef object _open(self):
        """What answers: the set of starts, or the one rule, which is planned at the first question."""
        with cython.critical_section(self):
            if self._source is not None:
                return self._source
        source = self._planned()
        with cython.critical_section(self):
            if self._source is None:                # else another thread was quicker
                self._source = source
            return self._source

    cdef object _planned(self):
        """The one rule as a stream."""
        cdef CompiledRule compiled
        if self._fit is not None or self._kind == "date" or self._reading != "rfc5545":
            return self._fitted()
        rule = self._rules[0]
        compiled = rule._compiled
        if compiled is None:
            compiled = rule._compile()
        return Stream(compiled.at(self._local, self._include_dtstart), self._table, self._gap, self._fold, None)
