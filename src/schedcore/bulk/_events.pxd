"""What single events say, in terms of rows; `_events.pyx` opens with the rules."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from schedcore.bulk._found cimport Event, Moment, Scan
from schedcore.bulk._rows cimport Row, Rows

cdef enum:
    MOST_NUMBERS = 2049             # of parameters: as many as a scan remembers, and the number of none


# What is known of an event beside its row.
ctypedef struct Facts:
    Row row
    int64_t key                 # when DTSTART is: UTC seconds if it has a zone, else local
    int64_t named               # the same of RECURRENCE-ID
    bint is_override
    bint cancelled
    bint has_length
    bint doubtful
    int32_t next                # the next event of the family, or NO_INDEX
    int32_t last                # of the first of a family: its last
    bint leads                  # the first of its family


cdef class Learner:
    cdef readonly Rows rows
    cdef readonly Py_ssize_t number     # of the text that is being read
    cdef Scan scan
    cdef bytes address
    cdef bytes statuses
    cdef object meaning, zone
    cdef list tzids                     # by parameters
    cdef uint8_t[MOST_NUMBERS] meanings
    cdef int32_t[MOST_NUMBERS] usual    # zone by parameters, where no text defines it
    cdef int32_t[MOST_NUMBERS] own      # zone by parameters, as this text defines it
    cdef bytearray cleaned              # by rule: CLEAN or UNCLEAN
    cdef int32_t utc
    # The VTIMEZONE of the last text that had one, and what it meant: as these parameters, first used in [since, until).
    cdef bytes kept
    cdef int32_t kept_params, kept_zone
    cdef int64_t kept_since, kept_until
    cdef bint noted                     # there was something to say about the zone that was last asked for
    cdef int32_t home                   # zone of all-day and floating events, or NO_INDEX

    cdef uint32_t begin(self, int32_t home) except? 0xFFFFFFFF      # before the events of a text: what is in doubt
    cdef uint32_t learn(self, const Event *event, Facts *facts, int64_t owner) except? 0xFFFFFFFF
    cdef uint32_t kind_of(self, const Moment *moment, uint8_t *kind, int32_t *zone) except? 0xFFFFFFFF
    cdef int64_t key_of(self, int32_t zone, int64_t local) noexcept
    cdef void forget(self)
    cdef uint32_t find_home(self) except? 0xFFFFFFFF
    cdef int32_t ask(self, str tzid) except -1
    cdef int64_t first_use(self, str tzid) except? -1
    cdef int64_t use(self, const Moment *moment, str tzid) except? -1
    cdef void keep(self, int32_t number, int32_t place, int64_t first)
    cdef void recall(self) noexcept
    cdef int64_t seconds_of(self, const Moment *moment) noexcept
    cdef int mean(self, int32_t number) except -1
    cdef int32_t zone_of(self, int32_t number) except -1
    cdef uint32_t length_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF
    cdef uint32_t instance_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF
    cdef uint32_t rule_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF
    cdef bint is_clean(self, int32_t place) except -1
    cdef uint32_t check_dates(self, const Event *event, const Row *row) except? 0xFFFFFFFF
