"""What other kernels may use of a column: its memory, and ways to make and grow one."""

from libc.stdint cimport int64_t


cdef class Column:
    cdef int64_t *data
    cdef size_t lead            # bytes between the beginning of its memory and `data`
    cdef readonly Py_ssize_t size
    cdef Py_ssize_t capacity
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef int exports


cdef Column new_column(Py_ssize_t capacity)
cdef int reserve(Column column, Py_ssize_t capacity) except -1
cdef Column one(int64_t value)
# For columns of which all will be written: memory in large pages.
cdef Column new_large_column(Py_ssize_t capacity)
cdef int reserve_large(Column column, Py_ssize_t capacity) except -1
cdef void give_back(Column column) noexcept
cdef void large_pages(void *data, size_t bytes) noexcept nogil


cdef inline void append(Column column, int64_t value) noexcept:
    """Room must have been made."""
    column.data[column.size] = value
    column.size += 1
