"""Contents of the plan kernel: a plan is a rule from one DTSTART on."""

from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken
from schedcore._column cimport Column
from schedcore._kinds cimport DayTables, Residue, YearTable
from schedcore._segment cimport Cycle

cdef enum Form:
    CYCLE                   # origin + k * period + pattern + times
    YEARS                   # first midnight of the year + table of its kind + times


# The values that one of BYHOUR, BYMINUTE, BYSECOND names, in order.
cdef struct Values:
    int n
    int value[60]
    bint allows[60]         # all of them, where the part is not given


# Where a walk over the segments of one year is.
cdef struct Walk:
    int64_t day             # day number of offset 0
    const YearTable *table
    int64_t at              # the next month, or day of the year
    int64_t phase           # PHASE: of the day `at`


cdef class Plan:
    cdef object rule                        # CompiledRule: it holds what the next three point to
    cdef const Values *hours
    cdef const Values *minutes
    cdef const Values *seconds
    cdef int freq
    cdef int64_t unit                       # seconds in what FREQ counts, below DAILY
    cdef int64_t dtstart, until, rule_count, interval
    cdef int leads                          # DTSTART is out of step and comes first: 1, 0, or -1 while unknown
    cdef bint includes_dtstart, has_until, impossible
    cdef Form form
    cdef Residue residue
    cdef bint whole                         # one table tells a whole year
    cdef int64_t anchor                     # DTSTART's year, month, first day of week, day, or unit
    cdef int64_t origin, period
    cdef Column pattern, times
    cdef DayTables tables
    cdef int64_t units_a_day                # PHASE: 24, 1440 or 86400
    cdef bint every_unit                    # PHASE: no filter on the times of a day
    cdef Column buckets                     # PHASE: times[buckets[r]:buckets[r + 1]] are those of residue r, or None
    cdef int64_t per_unit                   # PHASE: moments in one unit
    cdef Column orbit                       # PHASE: how many times each day has, from day 0 on; None until counting
    cdef int64_t base_year                  # prefix[i] occurrences lie in the i years from base_year on
    cdef Column prefix
    cdef int64_t cycle_years                # after so many years counts repeat; 0 if not within the calendar
    cdef int64_t before                     # rank of DTSTART in the rule, or the least int64 if unknown
    cdef Column head                        # dateutil: what the first, cut week gives instead, or None
    cdef int64_t resume                     # where that week ends

    cdef int end_with(self, until) except -1
    cdef int64_t rank_of(self, int64_t t) except? -2
    cdef int64_t select(self, int64_t k) except? -1
    cdef bint dtstart_leads(self) except -1
    cdef int64_t rank_dtstart(self) except? -2
    cdef int64_t ranked(self, int64_t t) except -2
    cdef int64_t ranked_within(self, int64_t low, int64_t high) except -2
    cdef int64_t numbered(self, int64_t k) except? -1
    cdef Py_ssize_t give_head(self, int64_t low, int64_t high, int64_t remaining, Column out) except -1
    cdef bint repeats(self, Cycle *cycle) noexcept nogil
    cdef int64_t most_within(self, int64_t low, int64_t high) noexcept nogil
    # Append what `window` gives.
    cdef int give(self, int64_t low, int64_t high, int64_t limit, Column out, CancelToken token) except -1
    cdef Column window(self, int64_t low, int64_t high, int64_t limit, CancelToken token)
    cdef int grow_prefix(self, Py_ssize_t years) except -1
    cdef int64_t count_years(self, int64_t years) except -2


# What the rule alone gives in [low, high) of the calendar, at most `room` moments of it, and how many they are. The
# tables must exist: whether some are lacking can be asked without the GIL, too, and making them needs it.
cdef int64_t rule_within(Plan plan, int64_t low, int64_t high, int64_t room, int64_t *out) noexcept nogil
cdef bint lacks_tables(Plan plan, int64_t low, int64_t high) noexcept nogil
cdef int make_tables(Plan plan, int64_t low, int64_t high) except -1
cdef bint unit_allowed(Plan plan, int64_t slot) noexcept nogil
