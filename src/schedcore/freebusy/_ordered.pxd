"""Rows of busy time in order of their owners: what the merge kernel may use of it."""

from libc.stdint cimport uint64_t

from schedcore._cancel cimport CancelToken
from schedcore.freebusy._blocks cimport Memory, Sweep
from schedcore.freebusy._pack cimport Outcome, Ranks, Rows


cdef Outcome sweep_rows(
    const Rows *rows, const Ranks *ranks, Memory memory, Sweep *out, CancelToken token
) noexcept nogil
