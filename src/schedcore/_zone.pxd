"""A zone's table for other kernels; `&table.z` is what the functions of `_offsets.pxd` take."""

from libc.stdint cimport int64_t

from schedcore._column cimport Column
from schedcore._offsets cimport (
    FOLD_BOTH, FOLD_FIRST, FOLD_LAST, GAP_SHIFT, GAP_SKIP, ZoneData, zone_local_window, zone_offset_at, zone_to_local,
    zone_to_utc, zone_utc_of,
)


cdef class ZoneTable:
    cdef ZoneData z
    cdef int64_t _fill(self, first, list times, list offsets) except? -1
    cdef int _extend(self, tuple tail, int64_t last) except -1
    cdef int _compact(self) except -1
    cdef int _find_stretches(self) except -1
    cdef int _find_base(self, int64_t after) except -1
    cpdef int64_t instant(self, value, tzinfo) except? -1
    cpdef list datetimes(self, Column col, tzinfo)


cpdef list naive_datetimes(Column col)
cdef int64_t wall_seconds(value) except? -1
