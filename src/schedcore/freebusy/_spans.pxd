"""Which places in a column of starts a stretch of time is in the way of: the ruler, and spans of places.

A stretch [a, b) is in the way of the starts s with a - fore < s < b + back: in an increasing column one span of places.
The ruler finds a place by a table of the first start in each of many equal parts of the window: a shift and a look,
then a bisection within the part, of one step or none where starts are a grid.
"""

from cpython.mem cimport PyMem_RawMalloc
from libc.stdint cimport int64_t

from schedcore._column cimport Column


ctypedef struct Span:       # places [low, high) in the column of starts
    Py_ssize_t low
    Py_ssize_t high


ctypedef struct Rows:       # stretches of one person, in order, and which starts they are in the way of
    const int64_t *start
    const int64_t *end
    const int64_t *status   # NULL: all of them count
    Py_ssize_t next
    Py_ssize_t size
    int64_t fore            # a start is clear of a stretch if it is so much earlier than the stretch's start ...
    int64_t back            # ... or so much later than its end


ctypedef struct Ruler:      # where in the column of starts a time is
    const int64_t *starts
    Py_ssize_t size
    int64_t first
    int64_t last
    int shift               # a part is 2**shift seconds
    Py_ssize_t *places      # the place of the first start in or after each part


cdef inline void *allocate(Py_ssize_t count, Py_ssize_t size) except NULL:
    cdef void *memory = PyMem_RawMalloc(max(count, 1) * size)
    if memory is NULL:
        raise MemoryError(f"no memory to look at {count} starts ({count * size} bytes)")
    return memory


cdef inline Py_ssize_t *ruler_of(Column starts, Ruler *ruler) except NULL:
    """Lay the ruler on a column of starts, not empty; the caller frees the table."""
    cdef Py_ssize_t i, part = 0, parts
    cdef int64_t span
    ruler.starts = starts.data
    ruler.size = starts.size
    ruler.first = starts.data[0]
    ruler.last = starts.data[starts.size - 1]
    span = ruler.last - ruler.first
    ruler.shift = 0
    while (span >> ruler.shift) > 2 * starts.size:
        ruler.shift += 1
    parts = (span >> ruler.shift) + 2
    ruler.places = <Py_ssize_t *> allocate(parts, sizeof(Py_ssize_t))
    for i in range(starts.size):
        while part <= (starts.data[i] - ruler.first) >> ruler.shift:
            ruler.places[part] = i
            part += 1
    while part < parts:
        ruler.places[part] = starts.size
        part += 1
    return ruler.places


cdef inline Rows rows_from(
    const int64_t[::1] start, const int64_t[::1] end, const int64_t[::1] status, Py_ssize_t first, Py_ssize_t last,
    int64_t fore, int64_t back
) noexcept nogil:
    """Stretches [first, last) of some columns."""
    cdef Rows rows
    rows.start = rows.end = rows.status = NULL
    if first < last:
        rows.start, rows.end, rows.status = &start[first], &end[first], &status[first]
    rows.next = 0
    rows.size = last - first
    rows.fore = fore
    rows.back = back
    return rows


cdef inline Py_ssize_t place_of(const Ruler *ruler, int64_t t) noexcept nogil:
    """The place of the first start at or after `t`."""
    cdef Py_ssize_t low, high, middle
    cdef int64_t part
    if t <= ruler.first:
        return 0
    if t > ruler.last:
        return ruler.size
    part = (t - ruler.first) >> ruler.shift
    low = ruler.places[part]
    high = ruler.places[part + 1]
    while low < high:                   # one step or none on a grid; starts may also lie close together
        middle = low + ((high - low) >> 1)
        if ruler.starts[middle] < t:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline void seek(Rows *rows, const Ruler *ruler) noexcept nogil:
    """Pass over the stretches that are in the way of no start, since they end before the first."""
    cdef Py_ssize_t low = 0, high = rows.size, middle
    while low < high:
        middle = low + ((high - low) >> 1)
        if rows.end[middle] <= ruler.first - rows.back:
            low = middle + 1
        else:
            high = middle
    rows.next = low


cdef inline Span span_of(int64_t start, int64_t end, const Rows *rows, const Ruler *ruler) noexcept nogil:
    """The places of the starts that a stretch is in the way of."""
    cdef Span span
    # Compared first, so that ends of all 64 bits do not overflow.
    span.low = 0 if start <= ruler.first else ruler.size if start - ruler.last >= rows.fore else (
        place_of(ruler, start - rows.fore + 1)
    )
    span.high = ruler.size if end > ruler.last else place_of(ruler, end + rows.back)
    return span


cdef inline bint next_span(Rows *rows, const Ruler *ruler, int least, Span *span) noexcept nogil:
    """The next span of places that these stretches block, if there is one; stretches below a status are passed over."""
    cdef Py_ssize_t i
    while rows.next < rows.size:
        i = rows.next
        if rows.start[i] > ruler.last and rows.start[i] - ruler.last >= rows.fore:
            rows.next = rows.size
            break
        rows.next += 1
        if rows.status is not NULL and rows.status[i] < least:
            continue
        span[0] = span_of(rows.start[i], rows.end[i], rows, ruler)
        if span.low < span.high:
            return True
    return False


cdef inline Py_ssize_t join(Rows *rows, int kinds, const Ruler *ruler, int least, Span *out) noexcept nogil:
    """Join the spans of some kinds of stretches, each in order, to spans that neither overlap nor touch."""
    cdef Span[3] head
    cdef bint[3] there
    cdef Py_ssize_t size = 0
    cdef int kind, first
    for kind in range(kinds):
        seek(&rows[kind], ruler)
        there[kind] = next_span(&rows[kind], ruler, least, &head[kind])
    while True:
        first = -1
        for kind in range(kinds):
            if there[kind] and (first < 0 or head[kind].low < head[first].low):
                first = kind
        if first < 0:
            return size
        if size and head[first].low <= out[size - 1].high:
            out[size - 1].high = max(out[size - 1].high, head[first].high)
        else:
            out[size] = head[first]
            size += 1
        there[first] = next_span(&rows[first], ruler, least, &head[first])


cdef inline void first_touched(Rows *rows, int64_t start, int least) noexcept nogil:
    """Go to the first stretch that is in the way of a start; behind the last if none is."""
    cdef Py_ssize_t low = 0, high = rows.size, middle
    while low < high:
        middle = low + ((high - low) >> 1)
        if rows.end[middle] <= start - rows.back:
            low = middle + 1
        else:
            high = middle
    rows.next = rows.size
    while low < rows.size and (rows.start[low] <= start or rows.start[low] - start < rows.fore):
        if rows.status is NULL or rows.status[low] >= least:
            rows.next = low
            return
        low += 1
