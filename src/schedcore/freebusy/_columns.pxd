"""What several kernels of this room do with columns."""

from libc.stdint cimport int64_t
from libc.string cimport memset

from schedcore._column cimport Column, new_column


cdef inline Column zeros(Py_ssize_t size, Py_ssize_t spare=0):
    """A column of zeros, with as many more behind its end as are to spare."""
    cdef Column column = new_column(size + spare)
    if size + spare > 0:                                # else it has no memory at all
        memset(column.data, 0, (size + spare) * sizeof(int64_t))
    column.size = size
    return column


cdef inline Py_ssize_t lower_bound(const int64_t[::1] values, int64_t value) noexcept nogil:
    """The place of the first of some increasing values that is not less than a value."""
    cdef Py_ssize_t low = 0, high = values.shape[0], middle
    while low < high:
        middle = low + ((high - low) >> 1)
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
