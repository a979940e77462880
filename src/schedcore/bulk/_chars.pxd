"""Characters of an iCalendar text: what may be in a name, words without regard to case, digits, UTF-8.

All of it works on `[at, end)` and reads nothing outside of it.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from schedcore._civil cimport DAY, days_from_civil, is_leap


cdef inline bint is_name_char(uint8_t c) noexcept nogil:
    """RFC 5545 3.1: iana-token; the low line is not of it, but seen."""
    return (48 <= c <= 57) or (97 <= (c | 32) <= 122) or c == 45 or c == 95


cdef inline bint is_blank(uint8_t c) noexcept nogil:
    """What `str.strip` takes away, of what is left where control characters send a text to icalendar."""
    return c == 32 or c == 9


cdef inline bint same_word(const uint8_t *at, Py_ssize_t size, const char *word, Py_ssize_t length) noexcept nogil:
    """Whether the bytes are this word, which is in capitals, in letters of any case."""
    cdef Py_ssize_t i
    if size != length:
        return False
    if memcmp(at, word, length) == 0:
        return True
    for i in range(length):
        if at[i] != <uint8_t> word[i] and ((at[i] ^ 32) != <uint8_t> word[i] or not 97 <= at[i] <= 122):
            return False
    return True


cdef inline bint is_ascii(const uint8_t *at, Py_ssize_t size) noexcept nogil:
    cdef uint8_t high = 0
    cdef Py_ssize_t i
    for i in range(size):
        high |= at[i]
    return high < 128


cdef inline int two_digits(const uint8_t *at) noexcept nogil:
    """The number; 100 or more if a character is no digit."""
    cdef uint8_t tens = at[0] - 48, ones = at[1] - 48       # modulo 256: what lies before "0" is great
    return 10 * tens + ones if tens < 10 and ones < 10 else 100


cdef inline bint read_day(const uint8_t *at, int64_t *out) noexcept nogil:
    """Eight digits as the seconds of that midnight; false if there is no such day."""
    cdef int century = two_digits(at), year = two_digits(at + 2), month = two_digits(at + 4), day = two_digits(at + 6)
    if century > 99 or year > 99 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return False
    year += 100 * century
    if year == 0 or (day > 28 and day > days_in(year, month)):
        return False
    out[0] = days_from_civil(year, month, day) * DAY
    return True


cdef inline int days_in(int year, int month) noexcept nogil:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 + ((month + (month > 7)) & 1)


cdef inline bint read_clock(const uint8_t *at, int64_t *out) noexcept nogil:
    """Six digits as seconds of the day. Second 60 and 24:00:00 are for icalendar."""
    cdef int hour = two_digits(at), minute = two_digits(at + 2), second = two_digits(at + 4)
    out[0] = hour * 3600 + minute * 60 + second
    return hour < 24 and minute < 60 and second < 60


cdef inline const uint8_t *behind_blank_lines(const uint8_t *at, const uint8_t *end) noexcept nogil:
    """Blank lines count for nothing, also within a folded line."""
    while at < end and (at[0] == 10 or (at[0] == 13 and at + 1 < end and at[1] == 10)):
        at += 1
    return at


cdef inline bint is_utf8(const uint8_t *at, const uint8_t *end) noexcept nogil:
    """Whether the text is UTF-8 (RFC 3629) once it is unfolded: a fold may cut a character in two."""
    cdef int missing = 0                        # bytes that the character still needs
    cdef uint8_t low = 128, high = 191, c       # and what the next one may be
    while at < end:
        c = at[0]
        if missing == 0:
            at += 1
            if c < 128:
                continue
            low, high = 128, 191
            if 194 <= c <= 223:
                missing = 1
            elif 224 <= c <= 239:
                missing = 2
                low = 160 if c == 224 else 128      # no longer than needed
                high = 159 if c == 237 else 191     # no surrogates
            elif 240 <= c <= 244:
                missing = 3
                low = 144 if c == 240 else 128
                high = 143 if c == 244 else 191     # up to U+10FFFF
            else:
                return False
        elif low <= c <= high:
            at += 1
            missing -= 1
            low, high = 128, 191
        else:
            at = behind_blank_lines(at, end)
            if at == end or not is_blank(at[0]) or (at - 1)[0] != 10:
                return False
            at += 1
    return missing == 0


cdef inline uint32_t hash_of(const uint8_t *at, Py_ssize_t size) noexcept nogil:
    """Eight bytes at a time, multiplied by 2^64 over the golden ratio and folded (Knuth, TAOCP 6.4).

    Strangers can find names that collide: whoever looks something up bounds the steps that it takes.
    """
    cdef uint64_t factor = <uint64_t> 0x9E3779B97F4A7C15, found = <uint64_t> size * factor, word
    while size >= 8:
        memcpy(&word, at, 8)
        found = (found ^ word) * factor
        found ^= found >> 32
        at += 8
        size -= 8
    word = 0
    memcpy(&word, at, size)
    found = (found ^ word) * factor
    return <uint32_t> (found >> 32)
