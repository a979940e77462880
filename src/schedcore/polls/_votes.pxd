"""Votes as columns, and the places where those of each pair of poll and option are added up.

Numbers handed out by a database are nearly dense: then a place is arithmetic, and in order. Else it comes from a hash
table with open addressing. The hash of a pair is the high bits of a * x + b * y, a and b odd and drawn anew by each
process: numbers in a row are spread evenly, and numbers cannot be chosen to meet in one slot (M. Dietzfelbinger, 1996:
multiply and shift is universal).
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset

from schedcore._cancel cimport CancelToken
from schedcore._intrinsics cimport fetch_to_write

cdef enum:
    BUCKETS = 4                 # of a place: withdrawn (so that it is named), no, if need be, yes
    AHEAD = 64                  # rows looked ahead: as many as memory serves at once, and more
    CHUNK = 65536               # rows between two looks at the cancel flag: some milliseconds at the worst
    FIRST_SLOTS = 1024          # of the table of places; doubled when half full


cdef enum Outcome:
    DONE
    STOPPED
    NO_MEMORY


ctypedef struct Votes:
    const int64_t *poll
    const int64_t *option
    const int64_t *voter
    const int64_t *vote
    const int64_t *weight       # NULL: each vote counts once
    Py_ssize_t size
    int64_t first_voter         # the least number of a voter, and how far the greatest is from it
    uint64_t voters


ctypedef struct Slot:
    int64_t poll
    int64_t option
    int64_t place               # -1: empty


ctypedef struct Places:
    uint64_t a, b               # what hashes are made with
    bint dense
    int64_t poll, option        # dense: the least of each
    int64_t options             # dense: how many numbers options take
    Slot *slots                 # else: open addressing, a power of two
    Py_ssize_t room
    int shift                   # 64 less the bits of `room`
    Py_ssize_t size             # places in use; dense: all there could be
    Py_ssize_t counted          # places that `counts` has room for
    int64_t *counts


cdef inline uint64_t hash_of(const Places *p, int64_t x, int64_t y) noexcept nogil:
    """A hash whose high bits are the good ones."""
    return p.a * <uint64_t> x + p.b * <uint64_t> y


cdef inline Slot *slot_at(const Places *p, uint64_t hashed, int64_t poll, int64_t option) noexcept nogil:
    """The slot of a pair, or the empty one it would go to."""
    cdef uint64_t mask = <uint64_t> p.room - 1, at = hashed >> p.shift
    while p.slots[at].place >= 0 and (p.slots[at].poll != poll or p.slots[at].option != option):
        at = (at + 1) & mask
    return &p.slots[at]


cdef inline Slot *new_slots(Py_ssize_t room) noexcept nogil:
    cdef Slot *slots = <Slot *> PyMem_RawMalloc(room * sizeof(Slot))
    cdef Py_ssize_t i
    if slots is not NULL:
        for i in range(room):
            slots[i].place = -1
    return slots


cdef inline bint grow_slots(Places *p) noexcept nogil:
    """Twice the slots."""
    cdef Slot *old = p.slots
    cdef Py_ssize_t room = p.room, i
    p.slots = new_slots(2 * room if room else FIRST_SLOTS)
    if p.slots is NULL:
        p.slots = old
        return False
    p.room = 2 * room if room else FIRST_SLOTS
    p.shift = 64
    while p.room >> (64 - p.shift) > 1:
        p.shift -= 1
    for i in range(room):
        if old[i].place >= 0:
            slot_at(p, hash_of(p, old[i].poll, old[i].option), old[i].poll, old[i].option)[0] = old[i]
    PyMem_RawFree(old)
    return True


cdef inline bint grow_counts(Places *p, Py_ssize_t room) noexcept nogil:
    """Counters for so many places, the new ones at zero."""
    cdef int64_t *counts = <int64_t *> PyMem_RawRealloc(p.counts, room * BUCKETS * sizeof(int64_t))
    if counts is NULL:
        return False
    memset(counts + p.counted * BUCKETS, 0, (room - p.counted) * BUCKETS * sizeof(int64_t))
    p.counts, p.counted = counts, room
    return True


cdef inline bint first_room(Places *p) noexcept nogil:
    """Counters, and slots where they are needed."""
    if p.dense:
        return grow_counts(p, p.size)
    return grow_slots(p) and grow_counts(p, p.room // 2)


cdef inline int64_t add_place(Places *p, Slot *slot, int64_t poll, int64_t option) noexcept nogil:
    """A place for a pair that has none yet, or -1 without memory."""
    if 2 * (p.size + 1) > p.room:
        if not (grow_slots(p) and grow_counts(p, p.room // 2)):
            return -1
        slot = slot_at(p, hash_of(p, poll, option), poll, option)
    slot.poll, slot.option, slot.place = poll, option, p.size
    p.size += 1
    return slot.place


cdef inline int64_t arithmetic_place(const Places *p, int64_t poll, int64_t option) noexcept nogil:
    return (poll - p.poll) * p.options + (option - p.option)


cdef inline bint find_places(const Votes *v, Places *p, Py_ssize_t first, Py_ssize_t n, int64_t *places) noexcept nogil:
    """Places of `n` rows (at most AHEAD) from `first` on; False without memory.

    All slots are asked of memory before the first is looked at, so that they come at once and not one by one.
    """
    cdef uint64_t hashed[AHEAD]
    cdef const int64_t *poll = v.poll + first
    cdef const int64_t *option = v.option + first
    cdef Slot *slot
    cdef Py_ssize_t j
    if p.dense:
        for j in range(n):
            places[j] = arithmetic_place(p, poll[j], option[j])
        return True
    for j in range(n):
        hashed[j] = hash_of(p, poll[j], option[j])
        fetch_to_write(p.slots + (hashed[j] >> p.shift))
    for j in range(n):
        slot = slot_at(p, hashed[j], poll[j], option[j])
        places[j] = slot.place if slot.place >= 0 else add_place(p, slot, poll[j], option[j])
        if places[j] < 0:
            return False
    return True
