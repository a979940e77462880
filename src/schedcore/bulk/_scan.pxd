"""From the bytes of a text to its events."""

from libc.stdint cimport int32_t, uint8_t, uint32_t

from schedcore.bulk._found cimport Scan

# Read a text: 0, or -1 without memory. Spans hold until the next scan, and as long as the text stays.
cdef int scan_text(Scan *s, const uint8_t *text, Py_ssize_t size) noexcept nogil
cdef int set_person(Scan *s, bytes address) except -1
cdef bytes params_of(const Scan *s, int32_t number)
cdef list words_of(uint32_t doubts)
