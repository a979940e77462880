"""The rows of a table in memory that C owns: one series each, and what many of them share.

To add a row: `find_zone` and `find_rule` (no GIL) or, where they do not know a name yet, `Rows.add_zone` and
`Rows.add_rule` (GIL); `blank_row`, fill in; `put_extra` for RDATEs and the like; `put_row`. All of it but `add_*` works
without the GIL, and for one thread at a time.

A key is what the series counts in: UTC seconds where there is a zone, else local seconds (a date is its midnight).
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from schedcore._civil cimport DAY
from schedcore._kinds cimport DayFilter
from schedcore._offsets cimport ZoneData

cdef enum Kind:                 # of DTSTART
    DATE_KIND = 0
    FLOATING_KIND = 1
    ZONED_KIND = 2

cdef enum:
    NOTHING = 1                 # flag: UNTIL lies before DTSTART, neither rule nor DTSTART give anything
    WHOLE = 2                   # flag: columns cannot tell this one; `extra` is its place in `Rows.series`
    UNREAD = 4                  # flag: could not be read, gives nothing, is among the problems
    NO_INDEX = -1
    BUSY = 2                    # status of a row that says none
    UNKNOWN_NAME = -2           # find_zone, find_rule: ask add_zone, add_rule
    UNUSABLE = -3               # find_zone, find_rule: was tried, cannot be read; add_zone, add_rule raise why

# No bound: later than any second of the calendar, and sums with it still fit 64 bits.
cdef int64_t NEVER


ctypedef struct Row:
    int64_t local               # DTSTART, local seconds
    int64_t until               # last local second of a local UNTIL, else NEVER
    int64_t stop                # first UTC second behind a UTC UNTIL of a zoned series, else NEVER
    int64_t count               # COUNT, or -1
    int64_t seconds             # how long: exact seconds,
    int64_t days                # behind nominal days
    int64_t owner
    int32_t zone                # place in Rows.zones; NO_INDEX unless zoned
    int32_t rule                # place in Rows.rules, or NO_INDEX: DTSTART alone
    int32_t shape               # set by put_row
    int32_t extra               # place in `extras`, or NO_INDEX
    uint8_t kind
    uint8_t status              # 0 free, 1 tentative, 2 busy, 3 out of office
    uint8_t flags


# What a row has beside its rule: stretches of `pool`, sorted, without repeats. Keys throughout.
ctypedef struct Extra:
    Py_ssize_t rdates, n_rdates         # starts besides the rule's
    Py_ssize_t exdates, n_exdates       # starts that are taken away (EXDATE)
    Py_ssize_t days, n_days             # pairs [low, high), disjoint: starts in them are taken away (EXDATE of a date)
    Py_ssize_t dropped, n_dropped       # starts with an override, moved or cancelled: taken away
    Py_ssize_t moved, n_moved           # triples start, end, status of the overrides that are shown


# A rule as rows need it; the rest is in its CompiledRule.
ctypedef struct RuleFacts:
    int64_t interval
    int64_t unit                # 3600, 60, 1 below DAILY
    int freq, wkst
    bint has_times              # BYHOUR, BYMINUTE or BYSECOND: DTSTART's time of day alone does not tell the times
    bint needs_weekday          # what the days take from DTSTART (RFC 5545 3.3.10)
    bint needs_month_day
    bint needs_month
    bint week_years
    int32_t for_dates           # place of the rule without BYHOUR, BYMINUTE, BYSECOND; its own if it has none


# All rows whose rules give the same days: same rule, same step, same defaults from DTSTART.
ctypedef struct Shape:
    int32_t rule
    bint shifts                 # each row adds its own time of day
    bint plain                  # some row has no COUNT
    int64_t local               # the DTSTART of one of the rows, at midnight if `shifts`
    int64_t counted             # earliest DTSTART of rows with COUNT, NEVER if there is none


# A place by bytes: open addressing, as much room as twice the entries.
ctypedef struct Slot:
    uint64_t hash
    Py_ssize_t at               # in `text`
    int32_t size
    int32_t place               # NO_INDEX: empty


ctypedef struct Names:
    Slot *slots
    Py_ssize_t n, room          # room is a power of two
    char *text
    Py_ssize_t text_size, text_room


ctypedef struct ShapeSlot:
    int64_t a, b
    int32_t place


# What all rows have in common, kept as they are put in: whoever needs it does not look at all of them again.
ctypedef struct Common:
    int64_t unit                # the greatest common divisor of a day, their times of day and their lengths
    int64_t reach               # how long before a window an occurrence can begin that reaches into it
    bint by_owner               # no owner is lower than that of the row before


ctypedef struct Data:
    Row *rows
    Py_ssize_t size, room
    Common common
    Extra *extras
    Py_ssize_t n_extras, extras_room
    int64_t *pool
    Py_ssize_t pool_size, pool_room
    const ZoneData **zones
    Py_ssize_t n_zones, zones_room
    RuleFacts *facts
    Py_ssize_t n_rules, rules_room
    Shape *shapes
    Py_ssize_t n_shapes, shapes_room
    ShapeSlot *shape_slots
    Py_ssize_t shape_room
    Names zone_names
    Names rule_names


cdef class Rows:
    cdef Data c
    cdef readonly list zones            # zones.Zone
    cdef readonly list rules            # recurrence.Rule, without COUNT and UNTIL
    cdef readonly list compiled         # _rrule.CompiledRule
    cdef readonly list plans            # by shape: _plan.Plan, or None until it is asked for
    cdef readonly list series           # recurrence.Series of the rows flagged WHOLE
    cdef dict zone_errors, rule_errors  # by name: why it cannot be used

    cdef int32_t _take_rule(self, rule) except -1
    cdef int put(self, const Row *row) except -1

    # A zone under a name: the name of an IANA zone, or with `zone` any zones.Zone (a VTIMEZONE's, a fixed offset's).
    # ZoneError if there is none; it is then UNUSABLE.
    cpdef int32_t add_zone(self, bytes name, zone=*) except -1
    # A rule by its text without COUNT and UNTIL (as `_text.scan_rule` leaves it), read leniently. RuleError, UNUSABLE.
    cpdef int32_t add_rule(self, bytes text) except -1
    cpdef int add_series(self, series, int64_t owner, int status) except -1
    cpdef int add_unread(self) except -1


cdef int32_t find_zone(const Data *c, const char *name, Py_ssize_t size) noexcept nogil
cdef int32_t find_rule(const Data *c, const char *text, Py_ssize_t size) noexcept nogil
cdef Row blank_row() noexcept nogil                         # floating at 0, no rule, no length, busy, owner 0
# The place of an Extra, or -1 without memory. Values may come in any order, with repeats; they are copied.
# `days`: n_days pairs; `moved`: n_moved triples.
cdef int32_t put_extra(Data *c, const int64_t *rdates, Py_ssize_t n_rdates, const int64_t *exdates,
                       Py_ssize_t n_exdates, const int64_t *days, Py_ssize_t n_days, const int64_t *dropped,
                       Py_ssize_t n_dropped, const int64_t *moved, Py_ssize_t n_moved) noexcept nogil
# Append a row: 0, or -1 without memory. Looks after rules that do not suit dates, UNTIL before DTSTART, and shapes.
cdef int put_row(Data *c, const Row *row) noexcept nogil


cdef inline int64_t divisor(int64_t unit, int64_t value) noexcept nogil:
    """The greatest common divisor; nearly always `unit` itself."""
    cdef int64_t rest
    value = value if value >= 0 else -value
    with cython.cdivision(True):
        if unit <= 0x7FFFFFFF and value <= 0x7FFFFFFF:      # a division of 32 bits takes half as long
            if cython.cast(int32_t, value) % cython.cast(int32_t, unit) == 0:
                return unit
        while value:
            rest = unit % value
            unit = value
            value = rest
    return unit


cdef inline int64_t reach_of(const Row *row) noexcept nogil:
    """How long before a window an occurrence can begin that reaches into it."""
    # A day of the clock is not always 86,400 seconds: two days cover what a zone can shift it by.
    return row.days * DAY + row.seconds + (2 * DAY if row.days and row.kind == ZONED_KIND else 0)
