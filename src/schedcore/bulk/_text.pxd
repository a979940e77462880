"""Times, durations and rules as text, read in C; what is not plain is left to Python."""

from libc.stdint cimport int64_t

cdef enum TimeForm:
    NO_TIME = 0                 # cannot be read
    DATE_FORM = 1               # seconds: midnight
    LOCAL_FORM = 2
    UTC_FORM = 3                # seconds are UTC; `offset` is 0, or seconds east of UTC where one was written

cdef enum RuleForm:
    PLAIN_RULE = 0
    ODD_RULE = 1                # for Rule.parse: COUNT or UNTIL twice or not as the grammar has them, or too long


ctypedef struct Time:
    int form
    int64_t seconds
    int64_t offset


ctypedef struct Length:
    int64_t days
    int64_t seconds


# A rule's text without COUNT and UNTIL, and these.
ctypedef struct RuleText:
    char core[512]
    Py_ssize_t size
    int64_t count               # or -1
    Time until                  # form NO_TIME: none


cdef Time read_time(const char *text, Py_ssize_t size) noexcept nogil
# RFC 5545 3.3.6; may be negative.
cdef bint read_duration(const char *text, Py_ssize_t size, Length *out) noexcept nogil
cdef RuleForm scan_rule(const char *text, Py_ssize_t size, RuleText *out) noexcept nogil
