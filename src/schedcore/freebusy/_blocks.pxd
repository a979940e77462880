"""The answer of this room's kernels: merged blocks, written once and in order, and memory that frees itself."""

from libc.stdint cimport INT64_MIN, int64_t

from schedcore._column cimport Column


cdef enum:
    STATUSES = 4            # free and the three that block
    TOP_RANK = 3            # the strongest rank; 0 is free


ctypedef struct Sweep:      # the open block of one owner, and where finished blocks go
    int64_t owner
    int64_t opened
    int top                 # rank of the open block; 0: nothing is open
    int64_t reach[STATUSES]
    int64_t *owners
    int64_t *starts
    int64_t *ends
    int64_t *ranks
    Py_ssize_t size


cdef class Memory:
    cdef void *data


cdef Memory allocate(Py_ssize_t count, Py_ssize_t size)


cdef class Blocks:
    cdef Column owner, start, end, status
    cdef Sweep sweep
    cdef tuple finish(self, const int64_t *words, int64_t alike=*)


cdef inline int64_t choose(int64_t take_a, int64_t a, int64_t b) noexcept nogil:
    """`a` if the first is 1, `b` if it is 0, never by a branch."""
    return b ^ ((a ^ b) & -take_a)


cdef inline void put(Sweep *out, int64_t owner, int64_t start, int64_t end, int64_t rank) noexcept nogil:
    """Write one block."""
    out.owners[out.size] = owner
    out.starts[out.size] = start
    out.ends[out.size] = end
    out.ranks[out.size] = rank
    out.size += 1


cdef inline void close_block(Sweep *sweep) noexcept nogil:
    """Write the open block to its end; the strongest rank that reaches further opens the next one there."""
    cdef int64_t end = sweep.reach[sweep.top]
    put(sweep, sweep.owner, sweep.opened, end, sweep.top)
    sweep.opened = end
    sweep.top -= 1
    while sweep.top > 0 and sweep.reach[sweep.top] <= end:
        sweep.top -= 1


cdef inline void close_owner(Sweep *sweep) noexcept nogil:
    while sweep.top > 0:
        close_block(sweep)


cdef inline void take(Sweep *sweep, int64_t start, int64_t end, int rank) noexcept nogil:
    """The next row of the open owner, in order of start; it is not free and has a length."""
    while sweep.top > 0 and start > sweep.reach[sweep.top]:
        close_block(sweep)
    if rank > sweep.top:
        if sweep.top > 0 and start > sweep.opened:
            put(sweep, sweep.owner, sweep.opened, start, sweep.top)
        sweep.opened = start
        sweep.top = rank
    if end > sweep.reach[rank]:
        sweep.reach[rank] = end


cdef inline void next_row(Sweep *sweep, int64_t owner, int64_t start, int64_t end, int rank) noexcept nogil:
    if owner != sweep.owner:
        close_owner(sweep)
        sweep.owner = owner
        sweep.reach[1] = sweep.reach[2] = sweep.reach[3] = INT64_MIN
    take(sweep, start, end, rank)


cdef inline void extend(Sweep *out, int64_t owner, int64_t start, int64_t end, int64_t rank) noexcept nogil:
    """Write a block that does not start before the last one ended; of one rank, touching ones become one."""
    cdef Py_ssize_t last = out.size - 1
    if last >= 0 and out.owners[last] == owner and out.ends[last] == start and out.ranks[last] == rank:
        out.ends[last] = end
    else:
        put(out, owner, start, end, rank)
