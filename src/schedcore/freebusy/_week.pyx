"""The stretches of a week, laid over the weeks of a window by the clock on the wall.

Theory: within a run of one offset, local time is UTC plus a number, so the week's stretches are copied for each week
that the run touches, cut at the run's ends and moved by its offset. They come out in order, since runs are and the
week's stretches are; what touches the stretch before it (over midnight, over the end of a week, over a change of
clocks) makes it longer. O(weeks times stretches).

Why compiled: hundreds of people may each have hours of their own, and each is asked about for weeks at a time.
"""

from libc.stdint cimport int64_t

from schedcore._civil cimport DAY, floor_div
from schedcore._column cimport Column, new_column, reserve

cdef int64_t WEEK = 7 * DAY
# 1970-01-01 was a Thursday: the Monday before it.
cdef int64_t MONDAY = -3 * DAY


cdef Column lay(runs, const int64_t[::1] week):
    """Starts and ends in turns: of stretches in order, none touching."""
    cdef Column out = new_column(64)
    cdef int64_t begin, stop, offset, monday, a, b
    cdef Py_ssize_t i
    for begin, stop, offset in runs:
        monday = floor_div(begin + offset - MONDAY, WEEK) * WEEK + MONDAY
        while monday < stop + offset:
            for i in range(0, week.shape[0], 2):
                a = max(monday + week[i] - offset, begin)
                b = min(monday + week[i + 1] - offset, stop)
                if a >= b:
                    continue
                if out.size and out.data[out.size - 1] == a:
                    out.data[out.size - 1] = b
                    continue
                if out.size + 2 > out.capacity:
                    reserve(out, 2 * out.capacity)
                out.data[out.size] = a
                out.data[out.size + 1] = b
                out.size += 2
            monday += WEEK
    return out


def opened(runs, const int64_t[::1] week not None):
    """The stretches as a list of (start, end), in UTC seconds.

    `runs` are (start, end, offset from UTC), in order and without gaps; `week` is starts and ends in turns, in seconds
    from Monday on the wall, in order.
    """
    cdef Column found = lay(runs, week)
    cdef Py_ssize_t i
    return [(found.data[i], found.data[i + 1]) for i in range(0, found.size, 2)]


def closed(runs, const int64_t[::1] week not None, status):
    """What lies between the stretches, in the window that the runs make up, as a list of (start, end, status)."""
    cdef Column found = lay(runs, week)
    cdef int64_t start, end
    cdef Py_ssize_t i
    cdef list out = []
    if not runs:
        return out
    start, end = runs[0][0], runs[len(runs) - 1][1]
    for i in range(0, found.size, 2):
        if start < found.data[i]:
            out.append((start, found.data[i], status))
        start = found.data[i + 1]
    if start < end:
        out.append((start, end, status))
    return out
