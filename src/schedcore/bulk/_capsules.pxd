"""An Arrow column that came in, and what may be asked of its arrays before they are read."""

from libc.stdint cimport int64_t

from schedcore._arrow cimport ArrowArray, ArrowSchema


ctypedef struct Part:           # rows [offset, offset + length) of an array
    const ArrowArray *array
    int64_t offset
    int64_t length


cdef class Imported:
    cdef const ArrowSchema *schema
    cdef Part *parts
    cdef Py_ssize_t count
    cdef readonly Py_ssize_t size
    cdef object keep


cdef Imported new_imported(const ArrowSchema *schema, Py_ssize_t count, object keep)
cdef int check_rows(const ArrowArray *array) except -1
cdef int check(const ArrowSchema *schema, Part part, int64_t buffers) except -1
