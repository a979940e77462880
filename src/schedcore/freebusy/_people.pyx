"""People put into rows: in order of their zones, so that a search settles each zone once.

This module knows nothing of calendars and zones: people, zones and groups are numbers.
"""

from libc.stdint cimport int64_t

from schedcore._column cimport Column
from schedcore.freebusy._columns cimport zeros


def in_rows(
    const int64_t[::1] owner not None, const int64_t[::1] role not None, const int64_t[::1] group not None,
    const int64_t[::1] zone not None, const int64_t[::1] first not None, const int64_t[::1] last not None,
    Py_ssize_t movable
):
    """The first `movable` people put in order of their zones, the others behind them as they are.

    Each is of a group, whose zone and rows of closed stretches are the last three columns. Columns of owner, role,
    zone, first and last row. O(people + zones): a counting sort, which keeps the order of those of one zone.
    """
    cdef Py_ssize_t i, g, at, place = 0, zones = 1, people = owner.shape[0]
    cdef Column owners = zeros(people), roles = zeros(people), its_zone = zeros(people)
    cdef Column its_first = zeros(people), its_last = zeros(people), next_at
    for g in range(zone.shape[0]):
        zones = max(zones, zone[g] + 1)
    next_at = zeros(zones)
    for i in range(movable):
        next_at.data[zone[group[i]]] += 1
    for g in range(zones):
        at = next_at.data[g]
        next_at.data[g] = place
        place += at
    for i in range(people):
        g = group[i]
        at = i
        if i < movable:
            at = next_at.data[zone[g]]
            next_at.data[zone[g]] += 1
        owners.data[at] = owner[i]
        roles.data[at] = role[i]
        its_zone.data[at] = zone[g]
        its_first.data[at] = first[g]
        its_last.data[at] = last[g]
    return owners, roles, its_zone, its_first, its_last
