"""What comes before a search and after it: the starts of a grid, days that are full, the nearest of two columns.

This module knows nothing of calendars and zones: zones are runs of one offset, people are numbers.
"""

from libc.stdint cimport int64_t

from schedcore._civil cimport DAY, floor_div
from schedcore._column cimport Column, new_column, reserve
from schedcore.freebusy._columns cimport lower_bound, zeros

from schedcore.errors import LimitExceeded


def grid(tuple runs not None, int64_t low, int64_t high, int64_t step, int64_t offset, Py_ssize_t most):
    """The starts in [low, high] at every `step` seconds from `offset` after midnight on, by the clock of some runs.

    Runs are (start, end, offset from UTC), in order. LimitExceeded (max_starts) beyond `most`.
    """
    cdef Column out = new_column(256)
    cdef int64_t begin, stop, shift, local, day, at
    for begin, stop, shift in runs:
        begin, stop = max(begin, low), min(stop, high + 1)
        if begin >= stop:
            continue
        local = begin + shift
        day = floor_div(local, DAY) * DAY
        at = day + offset
        if at < local:
            at += floor_div(local - at + step - 1, step) * step
        while at - shift < stop:
            if at >= day + DAY:             # the next day begins anew, at its own midnight
                day += DAY
                at = day + offset
                continue
            if out.size >= most:
                raise LimitExceeded(
                    "max_starts", allowed=most, reached=out.size + 1,
                    message=f"max_starts={most} was reached: the window has more starts than that every {step} seconds;"
                    " take a coarser grid or a shorter window"
                )
            if out.size == out.capacity:
                reserve(out, 2 * out.size)
            out.data[out.size] = at - shift
            out.size += 1
            at += step
    return out


def full_days(
    const int64_t[::1] owner not None, const int64_t[::1] start not None,
    const int64_t[::1] known not None, const int64_t[::1] place not None, const int64_t[::1] zone not None,
    const int64_t[::1] day_first not None, const int64_t[::1] day, int64_t most
):
    """The days on which people have `most` meetings or more: (start, end, first row, last row) columns.

    Meetings are columns of owner and start, in any order, and count on the day on which they start. `known` are the
    owners asked about, increasing, and `place` where each stands in `zone` and in the answer's rows. The days of zone
    z begin at day[day_first[z]:day_first[z + 1]], the last of which only ends the one before it.
    """
    cdef Py_ssize_t people = zone.shape[0], widest = 1, i, p, z, at, count
    cdef Column starts = new_column(16), ends = new_column(16), first = zeros(people), last = zeros(people)
    cdef Column held
    for z in range(day_first.shape[0] - 1):
        widest = max(widest, day_first[z + 1] - day_first[z])
    held = zeros(people * widest)
    for i in range(owner.shape[0]):
        at = lower_bound(known, owner[i])
        if at == known.shape[0] or known[at] != owner[i]:
            continue
        p = place[at]
        z = zone[p]
        count = day_first[z + 1] - day_first[z]
        at = lower_bound(day[day_first[z]:day_first[z + 1]], start[i] + 1) - 1
        if 0 <= at < count - 1:
            held.data[p * widest + at] += 1
    for p in range(people):
        first.data[p] = starts.size
        z = zone[p]
        for at in range(day_first[z + 1] - day_first[z] - 1):
            if held.data[p * widest + at] >= most:
                reserve(starts, 2 * starts.size + 1)
                reserve(ends, 2 * ends.size + 1)
                starts.data[starts.size] = day[day_first[z] + at]
                ends.data[ends.size] = day[day_first[z] + at + 1]
                starts.size += 1
                ends.size += 1
        last.data[p] = starts.size
    return starts, ends, first, last


def nearest(Column starts not None, Column values not None):
    """For each of some starts, how far the nearest of some increasing values is: negative if it is earlier.

    Of two that are equally near, the earlier one. A column as long as `starts`; `values` must not be empty.
    """
    cdef Column out = new_column(starts.size)
    cdef Py_ssize_t i, low, high, middle
    cdef int64_t s
    with nogil:
        for i in range(starts.size):
            s = starts.data[i]
            low = 0
            high = values.size
            while low < high:
                middle = low + ((high - low) >> 1)
                if values.data[middle] < s:
                    low = middle + 1
                else:
                    high = middle
            if low == values.size or (low > 0 and s - values.data[low - 1] <= values.data[low] - s):
                low -= 1
            out.data[i] = values.data[low] - s
        out.size = starts.size
    return out
