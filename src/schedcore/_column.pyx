"""A column of int64 in memory that C owns, and set algebra on sorted columns.

Kernels fill columns without the GIL; Python and NumPy see the same memory through the buffer protocol (format "q",
one dimension, C-contiguous). A column that has been handed out as a buffer never moves: growing one then is an error.

This module does no scheduling: it does not know what the numbers mean.
"""

from cpython.buffer cimport PyBUF_FORMAT
from cpython.number cimport PyNumber_Index
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport int64_t
from libc.string cimport memcpy

from schedcore.errors import ColumnError

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX


cdef extern from *:
    """
    #ifdef __linux__
    #include <stdint.h>
    #include <sys/mman.h>
    #define SCHEDCORE_LARGE_PAGE ((size_t)1 << 21)
    /* Ask for pages of 2 MiB within fresh memory: what is touched once is else spent on a fault each 4 KiB. */
    static void schedcore_large_pages(void *data, size_t bytes) {
        const uintptr_t page = SCHEDCORE_LARGE_PAGE;
        uintptr_t first = ((uintptr_t)data + page - 1) & ~(page - 1), last = ((uintptr_t)data + bytes) & ~(page - 1);
        if (first < last) (void)madvise((void *)first, last - first, MADV_HUGEPAGE);
    }
    #else
    #define SCHEDCORE_LARGE_PAGE ((size_t)1)
    static void schedcore_large_pages(void *data, size_t bytes) { (void)data; (void)bytes; }
    #endif
    /* An export may begin in one thread and end in another. */
    static inline void schedcore_count(int *number, int by) { (void)__atomic_add_fetch(number, by, __ATOMIC_RELAXED); }
    """
    const size_t LARGE_PAGE "SCHEDCORE_LARGE_PAGE"
    void schedcore_large_pages(void *data, size_t bytes) noexcept nogil
    void schedcore_count(int *number, int by) noexcept nogil


cdef void large_pages(void *data, size_t bytes) noexcept nogil:
    """Say of fresh memory that all of it will be written."""
    schedcore_large_pages(data, bytes)


cdef class Column:
    """A contiguous column of int64, seen by NumPy without a copy.

    >>> from schedcore._column import column_of
    >>> column = column_of([3, 5, 8])
    >>> len(column), column[1], column.tolist(), memoryview(column).format
    (3, 5, [3, 5, 8], 'q')
    """

    def __dealloc__(self):
        if self.data is not NULL:
            PyMem_RawFree(<char *> self.data - self.lead)

    def __len__(self):
        return self.size

    def __getitem__(self, Py_ssize_t index):
        if index < 0:
            index += self.size
        if not 0 <= index < self.size:
            raise IndexError(f"row {index} of a column of {self.size}")
        return self.data[index]

    def __repr__(self):
        return f"<Column of {self.size} int64>"

    def tolist(self):
        """All values as a list of int."""
        cdef Py_ssize_t i
        return [self.data[i] for i in range(self.size)]

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        self.shape[0] = self.size
        self.strides[0] = sizeof(int64_t)
        buffer.buf = <char *> self.data if self.data is not NULL else <char *> self.shape
        buffer.format = NULL
        if flags & PyBUF_FORMAT:
            buffer.format = b"q"
        buffer.internal = NULL
        buffer.itemsize = sizeof(int64_t)
        buffer.len = self.size * sizeof(int64_t)
        buffer.ndim = 1
        buffer.obj = self
        buffer.readonly = 0
        buffer.shape = self.shape
        buffer.strides = self.strides
        buffer.suboffsets = NULL
        schedcore_count(&self.exports, 1)

    def __releasebuffer__(self, Py_buffer *buffer):
        schedcore_count(&self.exports, -1)


cdef Column new_column(Py_ssize_t capacity):
    """An empty column with room for `capacity` values."""
    cdef Column column = Column.__new__(Column)
    reserve(column, capacity)
    return column


cdef int reserve(Column column, Py_ssize_t capacity) except -1:
    """Make room for `capacity` values in all, keeping those that are there."""
    if capacity <= column.capacity:
        return 0
    if column.exports:
        raise BufferError("a column that is in use as a buffer cannot grow; release the buffer first")
    check_capacity(capacity)
    if not resized(column, capacity):
        raise MemoryError(f"no memory for a column of {capacity} values ({capacity * 8} bytes)")
    return 0


cdef int check_capacity(Py_ssize_t capacity) except -1:
    if capacity > (PY_SSIZE_T_MAX - <Py_ssize_t> (2 * LARGE_PAGE)) // <Py_ssize_t> sizeof(int64_t):
        raise MemoryError(f"a column of {capacity} values does not fit the address space")
    return 0


cdef bint resized(Column column, Py_ssize_t capacity) noexcept:
    """Bring a column's memory to another size; False, and nothing has changed, if the allocator has a reason not to."""
    cdef void *block = <char *> column.data - column.lead if column.data is not NULL else NULL
    block = PyMem_RawRealloc(block, column.lead + capacity * sizeof(int64_t))
    if block is NULL:
        return False
    column.data = <int64_t *> (<char *> block + column.lead)
    column.capacity = capacity
    return True


cdef Column new_large_column(Py_ssize_t capacity):
    """The same where all of it will be written: from the beginning of a large page on, up to the end of one.

    Memory that begins or ends within a large page has up to 511 small ones there, a fault each, and filling them by
    hand takes the system longer than a large page that is half empty. What lies before the first one costs address
    space only.
    """
    cdef Column column = Column.__new__(Column)
    reserve_large(column, capacity)
    return column


cdef int reserve_large(Column column, Py_ssize_t capacity) except -1:
    """Make room in a column that has no memory yet, and of which all will be written."""
    cdef size_t bytes
    cdef char *block
    check_capacity(capacity)
    bytes = max(capacity, 0) * sizeof(int64_t)
    if column.data is not NULL or bytes <= LARGE_PAGE // 2:
        return reserve(column, capacity)
    bytes = (bytes + LARGE_PAGE - 1) // LARGE_PAGE * LARGE_PAGE
    block = <char *> PyMem_RawMalloc(bytes + LARGE_PAGE)
    if block is NULL:
        raise MemoryError(f"no memory for a column of {capacity} values ({bytes} bytes)")
    column.lead = -<size_t> block % LARGE_PAGE
    column.data = <int64_t *> (block + column.lead)
    column.capacity = capacity
    schedcore_large_pages(column.data, bytes)
    return 0


cdef void give_back(Column column) noexcept:
    """Return the memory that a column does not need, unless that is so little that it is not worth a system call."""
    if column.capacity - column.size > column.capacity // 8:
        resized(column, max(column.size, 1))


cdef Column one(int64_t value):
    """A column of one value."""
    cdef Column column = new_column(1)
    append(column, value)
    return column


def column_of(values):
    """Copy whole numbers (any iterable) into a new column; ColumnError names the value that does not fit 64 bits."""
    cdef list items = list(values)
    cdef Column column = new_column(len(items))
    for item in items:
        try:
            column.data[column.size] = PyNumber_Index(item)     # a float is no whole number
        except (OverflowError, TypeError) as error:
            raise ColumnError(f"row {column.size}: {item!r} is not a whole number of 64 bits") from error
        column.size += 1
    return column


def copy_of(const int64_t[::1] values not None):
    """Copy contiguous int64, in any memory that Python can see, into a new column; O(n)."""
    cdef Py_ssize_t size = values.shape[0]
    cdef Column column = new_column(size)
    if size:
        memcpy(column.data, &values[0], size * sizeof(int64_t))
    column.size = size
    return column


def union(Column a not None, Column b not None):
    """Values in either of two strictly increasing columns, strictly increasing; O(len(a) + len(b))."""
    cdef Column out = new_column(a.size + b.size)
    cdef Py_ssize_t i = 0, j = 0, n = 0
    cdef int64_t x, y
    with nogil:
        while i < a.size and j < b.size:
            x = a.data[i]
            y = b.data[j]
            out.data[n] = x if x <= y else y
            n += 1
            i += x <= y
            j += y <= x
        if i < a.size:
            memcpy(out.data + n, a.data + i, (a.size - i) * sizeof(int64_t))
            n += a.size - i
        if j < b.size:
            memcpy(out.data + n, b.data + j, (b.size - j) * sizeof(int64_t))
            n += b.size - j
    out.size = n
    return out


def difference(Column a not None, Column b not None):
    """Values of `a` that are not in `b`, both strictly increasing; O(len(a) + len(b))."""
    cdef Column out
    cdef Py_ssize_t i = 0, j = 0, n = 0
    if b.size == 0 or a.size == 0:
        return a
    out = new_column(a.size)
    with nogil:
        while i < a.size:
            while j < b.size and b.data[j] < a.data[i]:
                j += 1
            if j < b.size and b.data[j] == a.data[i]:
                i += 1
                continue
            out.data[n] = a.data[i]
            n += 1
            i += 1
    out.size = n
    return out


cdef Py_ssize_t _lower_bound(const int64_t *data, Py_ssize_t size, int64_t value) noexcept nogil:
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = low + (high - low) // 2
        if data[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


def between(Column a not None, int64_t low, int64_t high):
    """Values in [low, high) of an increasing column, as a new column; O(log n) and the copy."""
    cdef Py_ssize_t first = _lower_bound(a.data, a.size, low)
    cdef Py_ssize_t last = _lower_bound(a.data, a.size, high)
    cdef Column out
    out = new_column(max(last - first, 0))
    if last > first:
        memcpy(out.data, a.data + first, (last - first) * sizeof(int64_t))
        out.size = last - first
    return out
