"""What the properties of an event say."""

from schedcore.bulk._found cimport Event, Name, Scan, Span

cdef bint take(Scan *s, Event *event, Name name, const Span *line, Py_ssize_t size) noexcept nogil
cdef void check(Event *event) noexcept nogil
