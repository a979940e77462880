"""What a scan finds: the events of one text, as numbers and as places in the text; and what it needs on the way."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

cdef enum Form:                 # of a moment
    NO_FORM = 0                 # there is none
    DAY_FORM = 1                # 20261231
    LOCAL_FORM = 2              # 20261231T235959
    UTC_FORM = 3                # 20261231T235959Z

cdef enum Doubt:                # why a text, or an event, is for icalendar; `_scan.DOUBTS` has them in words
    CONTROLS = 1 << 0
    ENCODING = 1 << 1
    LAYOUT = 1 << 2
    NESTING = 1 << 3
    ZONES = 1 << 4
    PARAMETERS = 1 << 5
    VALUES = 1 << 6
    PROPERTIES = 1 << 7
    NO_UID = 1 << 8
    NO_START = 1 << 9
    ATTENDEES = 1 << 10
    FAMILY = 1 << 11
    RULE = 1 << 12
    LENGTH = 1 << 13
    MIXED = 1 << 14
    PUBLISHED = 1 << 15

# Bytes of the text, or of `Scan.unfolded`.
ctypedef struct Span:
    const uint8_t *at
    Py_ssize_t size


ctypedef struct Moment:
    int64_t seconds             # local, of UTC_FORM in UTC
    int32_t params              # which parameters it has: 0 for none, else a place in `Scan.params`
    uint8_t form


# A VEVENT.
ctypedef struct Event:
    Py_ssize_t begin, end       # where it stands in the text, BEGIN and END included
    Span uid, rule, length      # UID, RRULE, DURATION
    Moment start, stop, named   # DTSTART, DTEND, RECURRENCE-ID
    int64_t stamp               # DTSTAMP in UTC seconds, 0 if there is none
    Py_ssize_t first_date, n_dates  # its RDATEs and EXDATEs in `Scan.dates`
    uint32_t seen               # which properties it has had, bits by their `Name`
    uint32_t doubts
    int32_t sequence
    uint8_t status, transp, access, busy, partstat      # places in `_scan.WORDS`; 0 is absent


# One item of an RDATE or EXDATE.
ctypedef struct Date:
    Moment moment
    bint taken                  # by EXDATE


# A VTIMEZONE.
ctypedef struct Definition:
    Py_ssize_t begin, end
    Span tzid


# Parameters as they were written, from the first semicolon up to the colon.
ctypedef struct Params:
    Py_ssize_t at               # in `Scan.params_text`
    Py_ssize_t size
    uint32_t hash
    bint has_zone               # there is a TZID among them


ctypedef struct Scan:
    uint32_t doubts             # about the text as a whole
    Py_ssize_t calendars        # how many VCALENDARs it has
    Span zone                   # X-WR-TIMEZONE
    Event *events
    Py_ssize_t n_events, events_room
    Date *dates
    Py_ssize_t n_dates, dates_room
    Definition *definitions
    Py_ssize_t n_definitions, definitions_room
    uint8_t *unfolded           # folded lines that matter, unfolded
    Py_ssize_t unfolded_size, unfolded_room
    # Parameters are remembered from text to text: few are distinct.
    Params *params
    Py_ssize_t n_params
    int32_t *params_slots
    uint8_t *params_text
    Py_ssize_t params_text_size
    bint params_cleared         # this scan began with none: what was known of them is void
    # whose answer is wanted: an address as it compares
    const uint8_t *who
    Py_ssize_t who_size
    bint who_is_odd
    # while scanning
    const uint8_t *text
    const uint8_t *at           # the next line that is not blank
    const uint8_t *text_end
    Py_ssize_t zone_names       # how often TZID was seen where it was expected


cdef enum Name:
    OTHER_NAME = 0
    UID = 1
    DTSTART = 2
    DTEND = 3
    DURATION = 4
    DTSTAMP = 5
    RRULE = 6
    RDATE = 7
    EXDATE = 8
    EXRULE = 9
    RECURRENCE_ID = 10
    STATUS = 11
    TRANSP = 12
    CLASS = 13
    SEQUENCE = 14
    BUSYSTATUS = 15
    ATTENDEE = 16
    BEGIN = 17
    END = 18
    TZID = 19
    WR_TIMEZONE = 20
    CUT_NAME = 21           # the line ends within it
    ODD_NAME = 22           # blanks behind it, which `ics` forgives

cdef enum:                      # places in `Scan.params`
    NO_PARAMS = 0               # there are none
    ODD_PARAMS = -1             # too long, or too many
