"""Lines of a text, their names, and their parameters; the opening of `_lines.pyx` has the theory."""

from libc.stdint cimport int32_t, uint8_t, uint32_t

from schedcore.bulk._found cimport Name, Scan, Span

cdef int open_scan(Scan *s) noexcept nogil
cdef void close_scan(Scan *s) noexcept nogil
cdef void begin_text(Scan *s, const uint8_t *text, Py_ssize_t size) noexcept nogil
cdef bint grow(void **items, Py_ssize_t n, Py_ssize_t *room, size_t size) noexcept nogil
cdef bint is_continued(const Scan *s) noexcept nogil
cdef Name read_line(Scan *s, Span *line, Py_ssize_t *size) noexcept nogil
cdef bint split(const Span *line, Py_ssize_t size, Span *params, Span *value) noexcept nogil
cdef int32_t params_number(Scan *s, const Span *params) noexcept nogil
cdef Py_ssize_t count_zone_names(const uint8_t *at, const uint8_t *end) noexcept nogil
