"""Merged blocks as four columns, and the memory that kernels of this room work in.

A block is an owner, a half-open stretch and a rank: the place of its status in the order of precedence, 0 for free.
Kernels compare ranks; `finish` turns them into statuses.

This module knows nothing of calendars, zones or iCalendar words.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport INT64_MIN, int64_t
from libc.string cimport memset

from schedcore._column cimport Column, give_back, large_pages, new_large_column


cdef class Memory:
    """Raw memory that goes away with its name."""

    def __dealloc__(self):
        PyMem_RawFree(self.data)


cdef Memory allocate(Py_ssize_t count, Py_ssize_t size):
    """Room for `count` things of a size; what is never written costs address space only."""
    cdef Memory memory = Memory.__new__(Memory)
    memory.data = PyMem_RawMalloc(max(count, 1) * size)
    if memory.data is NULL:
        raise MemoryError(f"no memory for {count} rows ({count * size} bytes)")
    large_pages(memory.data, count * size)
    return memory


cdef class Blocks:
    """The four columns of an answer, with room for `most` blocks, and the sweep that fills them."""

    def __cinit__(self, Py_ssize_t most):
        self.owner = new_large_column(most)
        self.start = new_large_column(most)
        self.end = new_large_column(most)
        self.status = new_large_column(most)
        memset(&self.sweep, 0, sizeof(Sweep))
        self.sweep.owners = self.owner.data
        self.sweep.starts = self.start.data
        self.sweep.ends = self.end.data
        self.sweep.ranks = self.status.data
        self.sweep.owner = -1
        for i in range(STATUSES):
            self.sweep.reach[i] = INT64_MIN

    cdef tuple finish(self, const int64_t *words, int64_t alike=0):
        """Hand the columns out; `words[rank]` is the status of a rank; all are `alike` unless that is 0."""
        cdef Py_ssize_t i
        cdef Column column
        with nogil:
            for i in range(self.sweep.size):
                self.sweep.ranks[i] = words[alike if alike else self.sweep.ranks[i]]
        for column in (self.owner, self.start, self.end, self.status):
            column.size = self.sweep.size
            give_back(column)
        return self.owner, self.start, self.end, self.status
