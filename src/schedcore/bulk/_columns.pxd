"""Columns as the kernels of this room read them: whole numbers, text, and lists of either.

Memory is read-only and does not move while its object lives; all fields can be read without the GIL.
"""

from libc.stdint cimport int64_t, uint8_t

from schedcore._column cimport Column


cdef class Memory:
    cdef char *data


cdef class Ints:
    cdef const int64_t *data        # a missing row's number is anything
    cdef const uint8_t *valid       # Arrow's bitmap, row 0 at bit `bit`; NULL: no row is missing
    cdef Py_ssize_t bit
    cdef readonly Py_ssize_t size
    cdef readonly str kind
    cdef readonly object zone
    cdef object keep
    cdef Py_ssize_t[1] shape        # what a buffer of it points to
    cdef Py_ssize_t[1] strides


cdef class Text:
    cdef const char *data           # may be NULL if no row has a byte
    cdef const int64_t *offsets     # size + 1 of them, increasing; the first need not be 0
    cdef const uint8_t *valid
    cdef Py_ssize_t bit
    cdef readonly Py_ssize_t size
    cdef object keep


cdef class Lists:
    cdef const int64_t *offsets     # size + 1 of them, into `items`; the first is 0
    cdef const uint8_t *valid
    cdef Py_ssize_t bit
    cdef readonly Py_ssize_t size
    cdef readonly object items      # Ints or Text
    cdef object keep


cdef class Builder:                 # text of as yet unknown length, a row at a time
    cdef Column offsets
    cdef Memory memory, bits
    cdef Py_ssize_t rows, used, capacity
    cdef int add(self, const char *text, Py_ssize_t size) except -1
    cdef int skip(self) except -1
    cdef Text finish(self)


cdef Memory all_there(Py_ssize_t rows)
cdef Ints fill(Ints out, const int64_t *data, Py_ssize_t size, Memory bits, str kind, object zone, object keep)
cpdef Text text_of(str name, list items)


cdef inline void lose(Memory bits, Py_ssize_t row) noexcept:
    """Mark a row as missing in a bitmap of `all_there`."""
    bits.data[row >> 3] = <char> (<uint8_t> bits.data[row >> 3] & ~(1 << (row & 7)))


cdef inline bint is_there(const uint8_t *valid, Py_ssize_t bit, Py_ssize_t row) noexcept nogil:
    """Whether a row is not missing."""
    return valid is NULL or valid[(bit + row) >> 3] >> ((bit + row) & 7) & 1
