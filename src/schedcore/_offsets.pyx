"""Zones as transition tables: local time to UTC and back, at the speed of adding a constant.

Rules of this module:

1. An instant u (UTC) has one local time, f(u) = u + offset(u). f rises by one a second and jumps at transitions.
2. A local time L has as many instants as solve f(u) = L. Two or more: L is repeated, a fold (`FOLD_*` says which to
   take). None: L is in a gap (`GAP_*`): "shift" gives L - (offset before the gap), RFC 5545 3.3.5 as corrected by
   erratum 4271, "skip" gives nothing.
3. A column that goes in strictly increasing comes out strictly increasing: equal instants once.

Theory. The jump at transition i covers the local times from at + min(before, after) up to at + max(before, after):
all of them are in a gap or repeated, and no others are. Such stretches are disjoint in every zone of tzdb, but a
zone made by hand may have transitions closer to each other than they jump; stretches that overlap are therefore
joined. A local time outside of every stretch is crossed by f exactly once, so between two stretches the offset is a
constant, which is what makes a column fast. Inside a stretch the few offsets in force around it are tried one by one.

Outside of stretches the order of local times is the order of instants. Behind a gap it is not: what shifted lands
among the local times that follow. Only there the output is put in order again, and duplicates go.

The table covers a little more than 400 years of a rule that holds for ever; the calendar repeats after 400 years,
so later times are looked up whole cycles earlier.

What this module does not do: it makes no tables (`_zone` does) and knows no Python objects.
"""

cimport cython
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t
from libc.stdlib cimport qsort

from schedcore._civil cimport DAY, DAYS_400

cdef enum:
    INSERTION = 32              # up to this many values insertion sort beats qsort

cdef int64_t CYCLE = <int64_t> DAYS_400 * DAY


# --- lookups of one time --------------------------------------------------------------------------------------------


cdef Py_ssize_t zone_above(const int64_t *data, Py_ssize_t size, int64_t value) noexcept nogil:
    """Index of the first of `data` (increasing) that is greater than `value`."""
    cdef Py_ssize_t low = 0, high = size, middle
    while low < high:
        middle = (low + high) >> 1
        if data[middle] > value:
            high = middle
        else:
            low = middle + 1
    return low


@cython.cdivision(True)
cdef int64_t zone_cycles(const ZoneData *z, int64_t t, int64_t base) noexcept nogil:
    """Seconds, a whole number of cycles, to take from `t` so that the table covers it."""
    if not z.periodic or t < base + CYCLE:
        return 0
    return (t - base) // CYCLE * CYCLE


cdef inline int64_t _begin(const ZoneData *z, Py_ssize_t j) noexcept nogil:
    """First instant at which offset j holds."""
    return z.at[j - 1] if j > 0 else INT64_MIN


cdef inline int64_t _end(const ZoneData *z, Py_ssize_t j) noexcept nogil:
    """First instant at which offset j holds no more."""
    return z.at[j] if j < z.n else INT64_MAX


cdef int64_t zone_offset_at(const ZoneData *z, int64_t utc) noexcept nogil:
    """Seconds east of UTC at an instant."""
    return z.off[zone_above(z.at, z.n, utc - zone_cycles(z, utc, z.utc_base))]


cdef int _in_stretch(const ZoneData *z, Py_ssize_t r, int64_t local, int64_t back, int gap, int fold,
                     int64_t *out) noexcept nogil:
    """Instants of a local time in stretch r, increasing; `back` seconds are added to each. Returns how many."""
    cdef Py_ssize_t j
    cdef int count = 0
    cdef int64_t utc
    for j in range(z.seg[r], z.seg[r + 1] + 1):
        utc = local - z.off[j]
        if _begin(z, j) <= utc < _end(z, j):
            if fold == FOLD_FIRST:
                out[0] = utc + back
                return 1
            if fold == FOLD_LAST:
                count = 0
            out[count] = utc + back
            count += 1
    if count or gap == GAP_SKIP:
        return count
    for j in range(z.seg[r], z.seg[r + 1]):
        if z.at[j] + z.off[j] <= local < z.at[j] + z.off[j + 1]:
            out[0] = local - z.off[j] + back
            return 1
    return 0


cdef int zone_utc_of(const ZoneData *z, int64_t local, int gap, int fold, int64_t *out) noexcept nogil:
    """Instants of a local time, increasing, into `out`, which has room for `z.most`. Returns how many."""
    cdef int64_t back = zone_cycles(z, local, z.local_base)
    cdef Py_ssize_t r = zone_above(z.high, z.m, local - back)
    if r == z.m or local - back < z.low[r]:
        out[0] = local - z.run[r]
        return 1
    return _in_stretch(z, r, local - back, back, gap, fold, out)


# --- columns ---------------------------------------------------------------------------------------------------------


cdef inline Py_ssize_t _add_until(const int64_t *src, Py_ssize_t size, int64_t *dst, int64_t bound,
                                  int64_t offset) noexcept nogil:
    """Add `offset` to the leading values below `bound`, and to the first whatever it is. Returns how many.

    The column is sorted, so the last value of a block speaks for all of it and the block needs no comparison. The
    same memory in and out is a loop of its own: the compiler vectorises it without asking whether the two overlap.
    """
    cdef Py_ssize_t i = 1, k
    dst[0] = src[0] + offset
    if src == dst:
        while i + 64 <= size and dst[i + 63] < bound:
            for k in range(64):
                dst[i + k] += offset
            i += 64
    else:
        while i + 64 <= size and src[i + 63] < bound:
            for k in range(64):
                dst[i + k] = src[i + k] + offset
            i += 64
    while i < size and src[i] < bound:
        dst[i] = src[i] + offset
        i += 1
    return i


cdef int _compare(const void *a, const void *b) noexcept nogil:
    cdef int64_t x = (<const int64_t *> a)[0], y = (<const int64_t *> b)[0]
    return (x > y) - (x < y)


cdef Py_ssize_t _settle(int64_t *data, Py_ssize_t size) noexcept nogil:
    """Sort, keep equal values once, return how many are left."""
    cdef Py_ssize_t i, j, kept
    cdef int64_t value
    if size <= INSERTION:
        for i in range(1, size):
            value = data[i]
            j = i
            while j > 0 and data[j - 1] > value:
                data[j] = data[j - 1]
                j -= 1
            data[j] = value
    else:
        qsort(data, size, sizeof(int64_t), _compare)
    kept = 1 if size else 0
    for i in range(1, size):
        if data[i] != data[kept - 1]:
            data[kept] = data[i]
            kept += 1
    return kept


cdef Py_ssize_t zone_to_utc(const ZoneData *z, const int64_t *src, Py_ssize_t size, int64_t *dst,
                            int gap, int fold) noexcept nogil:
    """Strictly increasing local times to strictly increasing instants; returns how many.

    `dst` has room for `size` values and may be `src`, but for FOLD_BOTH it is other memory, for `size * z.most`.
    Cost: the values, plus the stretches passed on the way (or a bisection where those are many).
    """
    cdef Py_ssize_t i = 0, n = 0, r = 0, steps, taken
    cdef Py_ssize_t loose = -1          # index in dst from which the order is still open, or -1
    cdef int64_t top = INT64_MIN        # the greatest value there
    cdef int64_t back = 0, local, wrap = z.local_base + CYCLE if z.periodic else INT64_MAX
    cdef int k, count
    if size:
        back = zone_cycles(z, src[0], z.local_base)
        r = zone_above(z.high, z.m, src[0] - back)
    while i < size:
        local = src[i] - back
        steps = 0
        while r < z.m and z.high[r] <= local:
            r += 1
            steps += 1
            if steps == 8 or local >= wrap:         # a bisection costs about as much as 8 steps
                back = zone_cycles(z, src[i], z.local_base)
                local = src[i] - back
                r = zone_above(z.high, z.m, local)
                break
        if r < z.m and local >= z.low[r]:
            count = _in_stretch(z, r, local, back, gap, fold, dst + n)
            if loose < 0:
                loose = n
                top = INT64_MIN
            for k in range(count):
                top = max(top, dst[n + k])
            n += count
            i += 1
        elif loose >= 0 and src[i] - z.run[r] <= top:
            dst[n] = src[i] - z.run[r]
            n += 1
            i += 1
        else:
            if loose >= 0:
                n = loose + _settle(dst + loose, n - loose)
                loose = -1
            taken = _add_until(src + i, size - i, dst + n, z.low[r] + back if r < z.m else INT64_MAX,
                               -<int64_t> z.run[r])
            i += taken
            n += taken
    if loose >= 0:
        n = loose + _settle(dst + loose, n - loose)
    return n


cdef void zone_to_local(const ZoneData *z, const int64_t *src, Py_ssize_t size, int64_t *dst) noexcept nogil:
    """Increasing instants to the local times that clocks show then, one for one; `dst` may be `src`."""
    cdef Py_ssize_t i = 0, j
    cdef int64_t back, bound
    while i < size:
        back = zone_cycles(z, src[i], z.utc_base)
        j = zone_above(z.at, z.n, src[i] - back)
        bound = z.at[j] + back if j < z.n else INT64_MAX
        i += _add_until(src + i, size - i, dst + i, bound, z.off[j])


cdef void _widen(const ZoneData *z, int64_t a, int64_t b, int64_t near, int64_t *low, int64_t *high) noexcept nogil:
    """Widen [low, high) by the local times of the instants of [a, b) that lie around `near`."""
    cdef int64_t first = near - z.spread, back = zone_cycles(z, first, z.utc_base)
    cdef Py_ssize_t j = zone_above(z.at, z.n, first - back)
    cdef int64_t x, y
    while True:
        x = max(a, z.at[j - 1] + back) if j > 0 else a
        y = min(b, z.at[j] + back) if j < z.n else b
        if x < y:
            low[0] = min(low[0], x + z.off[j])
            high[0] = max(high[0], y + z.off[j])
        if j == z.n or z.at[j] + back > near + z.spread:
            return
        x = max(a, z.at[j] + back)      # behind a gap lie what it shifted, under the offset before it
        y = min(b, z.at[j] + back + z.off[j + 1] - z.off[j])
        if x < y:
            low[0] = min(low[0], x + z.off[j])
            high[0] = max(high[0], y + z.off[j])
        j += 1


cdef void zone_local_window(const ZoneData *z, int64_t a, int64_t b, int64_t *low, int64_t *high) noexcept nogil:
    """The smallest [low, high) with every local time whose instant, for any choice of gap and fold, is in [a, b).

    Only transitions within `spread` of the ends matter: at others f cannot reach beyond what it is at the ends.
    """
    low[0] = a + zone_offset_at(z, a)
    high[0] = low[0]
    _widen(z, a, b, a, low, high)
    _widen(z, a, b, b, low, high)
