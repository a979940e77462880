"""Times, durations and rules as text, read in C.

Rules of this module:

1. Times: RFC 5545 3.3.4 and 3.3.5 (`20260105`, `20260105T090000`, with `Z`) and the same of ISO 8601 with dashes and
   colons (`2026-01-05`, `2026-01-05T09:00:00`; a blank for the T, no seconds, a fraction of zeros, an offset such as
   `+01:00`). The calendar is looked at: there is no 30 February. Nothing else is a time.
2. Durations: RFC 5545 3.3.6 as `Duration.parse` takes it, units in order, each at most once.
3. Of a rule only COUNT and UNTIL are read, which differ from row to row; the rest is compared as it stands, for few
   distinct ones are left. What is not exactly as the grammar has it is `ODD_RULE`: `Rule.parse` then decides about all
   of the text, so that there is one opinion about rules and not two.
"""

from libc.stdint cimport int64_t
from libc.string cimport memchr, memcpy

from schedcore._civil cimport DAY, days_from_civil, is_leap

cdef enum:
    MOST_DAYS = 3652058                 # 9,999 years, as `recurrence.duration` bounds a duration
    MOST_COUNT_DIGITS = 18              # so many fit 64 bits whatever they are

cdef int *MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


cdef inline int digits(const char *text, int n) noexcept nogil:
    """A number of n digits, or -1 if there is anything else."""
    cdef int value = 0, i
    cdef unsigned int digit
    for i in range(n):
        digit = <unsigned int> text[i] - 48
        if digit > 9:
            return -1
        value = value * 10 + <int> digit
    return value


cdef inline int64_t day_number(int year, int month, int day, bint *good) noexcept nogil:
    """The day, and whether it exists in the years 1 to 9999."""
    cdef int length
    if year < 1 or month < 1 or month > 12 or day < 1:
        good[0] = False
        return 0
    length = MONTH_LENGTHS[month - 1] + (1 if month == 2 and is_leap(year) else 0)
    good[0] = day <= length
    return days_from_civil(year, month, day)


cdef inline bint is_separator(char letter) noexcept nogil:
    return letter == b"T" or letter == b"t"


cdef Time read_basic(const char *text, Py_ssize_t size) noexcept nogil:
    """20260105, 20260105T090000, 20260105T090000Z."""
    cdef Time out
    cdef bint good
    cdef int hour, minute, second
    out.form, out.offset = NO_TIME, 0
    out.seconds = day_number(digits(text, 4), digits(text + 4, 2), digits(text + 6, 2), &good) * DAY
    if not good:
        return out
    if size == 8:
        out.form = DATE_FORM
        return out
    hour, minute, second = digits(text + 9, 2), digits(text + 11, 2), digits(text + 13, 2)
    if not is_separator(text[8]) or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return out
    if size == 16 and text[15] != b"Z" and text[15] != b"z":
        return out
    out.seconds += hour * 3600 + minute * 60 + second
    out.form = LOCAL_FORM if size == 15 else UTC_FORM
    return out


cdef Py_ssize_t read_clock(const char *text, Py_ssize_t size, int64_t *seconds) noexcept nogil:
    """09:00, 09:00:00 or 09:00:00.000; how many characters that took, 0 if it is none."""
    cdef int hour, minute, second = 0
    cdef Py_ssize_t at = 5
    if size < 5:
        return 0
    hour, minute = digits(text, 2), digits(text + 3, 2)
    if text[2] != b":" or not (0 <= hour < 24 and 0 <= minute < 60):
        return 0
    if size >= 8 and text[5] == b":":
        second, at = digits(text + 6, 2), 8
        if not 0 <= second < 60:
            return 0
        if size > 9 and (text[8] == b"." or text[8] == b",") and text[9] == b"0":
            at = 9
            while at < size and text[at] == b"0":
                at += 1
    seconds[0] = hour * 3600 + minute * 60 + second
    return at


cdef bint read_offset(const char *text, Py_ssize_t size, int64_t *offset) noexcept nogil:
    """+01:00, +0100 or +01, less than a day either way."""
    cdef int hour, minute = 0
    if size != 3 and size != 5 and size != 6 or (size == 6 and text[3] != b":"):
        return False
    hour = digits(text + 1, 2)
    if size > 3:
        minute = digits(text + size - 2, 2)
    if not (0 <= hour < 24 and 0 <= minute < 60) or (text[0] != b"+" and text[0] != b"-"):
        return False
    offset[0] = hour * 3600 + minute * 60
    if text[0] == b"-":
        offset[0] = -offset[0]
    return True


cdef Time read_extended(const char *text, Py_ssize_t size) noexcept nogil:
    """2026-01-05, 2026-01-05T09:00, 2026-01-05 09:00:00+01:00."""
    cdef Time out
    cdef bint good
    cdef int64_t seconds = 0
    cdef Py_ssize_t taken
    out.form, out.offset = NO_TIME, 0
    if text[4] != b"-" or text[7] != b"-":
        return out
    out.seconds = day_number(digits(text, 4), digits(text + 5, 2), digits(text + 8, 2), &good) * DAY
    if not good:
        return out
    if size == 10:
        out.form = DATE_FORM
        return out
    if not is_separator(text[10]) and text[10] != b" ":
        return out
    taken = read_clock(text + 11, size - 11, &seconds)
    if taken == 0:
        return out
    out.seconds += seconds
    text += 11 + taken
    size -= 11 + taken
    if size == 0:
        out.form = LOCAL_FORM
    elif size == 1 and (text[0] == b"Z" or text[0] == b"z"):
        out.form = UTC_FORM
    elif read_offset(text, size, &out.offset):
        out.form = UTC_FORM
        out.seconds -= out.offset
    return out


cdef Time read_time(const char *text, Py_ssize_t size) noexcept nogil:
    cdef Time out
    if size == 15 or size == 8 or (size == 16 and text[4] != b"-"):
        return read_basic(text, size)
    if size >= 10:
        return read_extended(text, size)
    out.form, out.seconds, out.offset = NO_TIME, 0, 0
    return out


# --- durations -------------------------------------------------------------------------------------------------------

cdef inline char upper(char letter) noexcept nogil:
    return letter - 32 if b"a" <= letter <= b"z" else letter


cdef bint read_duration(const char *text, Py_ssize_t size, Length *out) noexcept nogil:
    cdef const char *units = b"WDHMS"
    cdef int64_t[5] worth = [7, 1, 3600, 60, 1]
    cdef Py_ssize_t i = 0, digits_from
    cdef int unit = -1, sign = 1                # `unit`: the last one met
    cdef bint timed = False, some = False
    cdef int64_t value
    cdef char letter
    out.days = out.seconds = 0
    if size and (text[0] == b"-" or text[0] == b"+"):
        sign = -1 if text[0] == b"-" else 1
        i = 1
    if i >= size or upper(text[i]) != b"P":
        return False
    i += 1
    while i < size:
        if upper(text[i]) == b"T":
            if timed:
                return False
            timed, some, unit = True, False, 1      # what follows is hours at least
            i += 1
            continue
        value, digits_from = 0, i
        while i < size and b"0" <= text[i] <= b"9":
            if i - digits_from >= MOST_COUNT_DIGITS - 6:
                return False
            value = value * 10 + text[i] - 48
            i += 1
        if i == digits_from or i == size:
            return False
        letter = upper(text[i])
        i += 1
        unit += 1
        while unit < 5 and units[unit] != letter:
            unit += 1
        if unit >= (5 if timed else 2):
            return False
        some = True
        if timed:
            out.seconds += value * worth[unit]
        else:
            out.days += value * worth[unit]
    if not some or out.days > MOST_DAYS or out.seconds > <int64_t> MOST_DAYS * DAY:
        return False
    out.days *= sign
    out.seconds *= sign
    return True


# --- rules -----------------------------------------------------------------------------------------------------------

cdef inline bint is_named(const char *text, Py_ssize_t size, const char *name) noexcept nogil:
    """Whether a segment begins with a name of five letters and an equals sign."""
    cdef int i
    if size < 6 or text[5] != b"=":
        return False
    for i in range(5):
        if upper(text[i]) != name[i]:
            return False
    return True


cdef int64_t read_count(const char *text, Py_ssize_t size) noexcept nogil:
    """Plain digits, 1 or more; else -1."""
    cdef int64_t value = 0
    cdef Py_ssize_t i
    if not 1 <= size <= MOST_COUNT_DIGITS:
        return -1
    for i in range(size):
        if not b"0" <= text[i] <= b"9":
            return -1
        value = value * 10 + text[i] - 48
    return value if value else -1


cdef bint read_until(const char *text, Py_ssize_t size, Time *out) noexcept nogil:
    """What the grammar has, or that with dashes and colons, which `Rule.parse` forgives."""
    if size != 8 and size != 15 and size != 16 and not (
            (size == 10 or size == 19 or size == 20) and (size == 10 or is_separator(text[10]))):
        return False
    if size == 16 and text[4] == b"-":
        return False
    out[0] = read_time(text, size)
    return out.form != NO_TIME and out.offset == 0


cdef RuleForm scan_rule(const char *text, Py_ssize_t size, RuleText *out) noexcept nogil:
    cdef const char *end
    cdef const char *stop
    cdef Py_ssize_t n
    cdef char letter
    out.size, out.count, out.until.form = 0, -1, NO_TIME
    if size >= 6 and upper(text[0]) == b"R" and text[5] == b":" and upper(text[4]) == b"E":
        if not (upper(text[1]) == b"R" and upper(text[2]) == b"U" and upper(text[3]) == b"L"):
            return ODD_RULE
        text += 6
        size -= 6
    if size == 0 or size > <Py_ssize_t> sizeof(out.core):
        return ODD_RULE
    end = text + size
    while text <= end:
        stop = <const char *> memchr(text, b";", end - text) if text < end else NULL
        if stop is NULL:
            stop = end
        n = stop - text
        if n:
            letter = upper(text[0])
            if not b"A" <= letter <= b"Z":
                return ODD_RULE
            if letter == b"C":
                if out.count >= 0 or not is_named(text, n, b"COUNT"):
                    return ODD_RULE
                out.count = read_count(text + 6, n - 6)
                if out.count < 0:
                    return ODD_RULE
                text = stop + 1
                continue
            if letter == b"U":
                if out.until.form != NO_TIME or not is_named(text, n, b"UNTIL"):
                    return ODD_RULE
                if not read_until(text + 6, n - 6, &out.until):
                    return ODD_RULE
                text = stop + 1
                continue
        if out.size:
            out.core[out.size] = b";"
            out.size += 1
        memcpy(out.core + out.size, text, n)
        out.size += n
        text = stop + 1
    if out.size == 0 or memchr(out.core, b"\n", out.size) is not NULL:
        return ODD_RULE
    return PLAIN_RULE


# --- for Python and its tests ----------------------------------------------------------------------------------------

def time_of(bytes text):
    """(form, seconds, offset) of a time: form 1 a date, 2 local, 3 UTC, 0 none.

    >>> time_of(b"1970-01-02T01:00:00+01:00")
    (3, 86400, 3600)
    """
    cdef Time out = read_time(text, len(text))
    return out.form, out.seconds, out.offset


def duration_of(bytes text):
    """(days, seconds) of a duration, or None.

    >>> duration_of(b"P1DT2H")
    (1, 7200)
    """
    cdef Length out
    return (out.days, out.seconds) if read_duration(text, len(text), &out) else None


def rule_of(bytes text):
    """(text without COUNT and UNTIL, COUNT or -1, UNTIL as `time_of` has it), or None if Python has to read it.

    >>> rule_of(b"FREQ=DAILY;COUNT=3;BYDAY=MO")
    (b'FREQ=DAILY;BYDAY=MO', 3, (0, 0, 0))
    """
    cdef RuleText out
    if scan_rule(text, len(text), &out) != PLAIN_RULE:
        return None
    if out.until.form == NO_TIME:
        out.until.seconds = out.until.offset = 0
    return out.core[:out.size], out.count, (out.until.form, out.until.seconds, out.until.offset)
