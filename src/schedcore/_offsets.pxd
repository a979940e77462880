"""Local time to UTC and back for other kernels: a plain struct, and functions on it that need no GIL.

`_offsets.pyx` opens with the theory. Times are int64 seconds since 1970-01-01T00:00:00, offsets seconds east of UTC.
"""

from libc.stdint cimport int32_t, int64_t

cdef enum Gap:                  # a local time that no clock shows
    GAP_SHIFT = 0               # moves by the offset before the gap
    GAP_SKIP = 1                # yields nothing

cdef enum Fold:                 # a local time that clocks show twice
    FOLD_FIRST = 0
    FOLD_LAST = 1
    FOLD_BOTH = 2


ctypedef struct ZoneData:
    Py_ssize_t n                # transitions, none of which leaves the offset as it was
    int64_t *at                 # [n] their instants, increasing
    int32_t *off                # [n + 1] off[i] holds before at[i], off[n] after the last
    Py_ssize_t m                # doubtful stretches of local time, see the theory; disjoint and increasing
    int64_t *low                # [m] a stretch begins here,
    int64_t *high               # [m] and ends before here
    int32_t *seg                # [m + 1] the offset between stretches r - 1 and r is off[seg[r]]
    int32_t *run                # [m + 1] that offset itself
    int periodic                # 1 if what follows utc_base repeats every 400 years
    int64_t utc_base            # an instant outside of every stretch, and
    int64_t local_base          # the local time then
    int64_t spread              # greatest offset less the smallest
    Py_ssize_t most             # how many instants one local time can have at most


cdef Py_ssize_t zone_above(const int64_t *data, Py_ssize_t size, int64_t value) noexcept nogil
cdef int64_t zone_cycles(const ZoneData *z, int64_t t, int64_t base) noexcept nogil
cdef int64_t zone_offset_at(const ZoneData *z, int64_t utc) noexcept nogil
cdef int zone_utc_of(const ZoneData *z, int64_t local, int gap, int fold, int64_t *out) noexcept nogil
cdef Py_ssize_t zone_to_utc(const ZoneData *z, const int64_t *src, Py_ssize_t size, int64_t *dst,
                            int gap, int fold) noexcept nogil
cdef void zone_to_local(const ZoneData *z, const int64_t *src, Py_ssize_t size, int64_t *dst) noexcept nogil
cdef void zone_local_window(const ZoneData *z, int64_t a, int64_t b, int64_t *low, int64_t *high) noexcept nogil
