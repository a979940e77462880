"""Which starts of a meeting work, for whom they do not, and which of those that do is best.

Rules
1. A start s takes [s, s + duration) of everybody who comes. Somebody is in the way of it if
   a. a busy stretch of theirs touches [s - before, s + duration + after), the meeting with its buffers; or
   b. a closed stretch of their hours touches [s, s + duration): buffers may lie outside of hours; or
   c. s lies in one of their full stretches: days on which they have as many meetings as they want.
   Touching means sharing time: what ends when the other begins does not touch. Stretches below the blocking status
   are not in the way.
2. A start works if it is not before the earliest one, touches no hold (with its buffers), nobody required is in the
   way, no more of those of whom some suffice than may be missing, and, where a room is asked for, some room is free.
   Rooms have no buffers.
3. Of two starts that work the better one is missing fewer people, then has fewer tentative seconds of those who come,
   then the smaller maximum over them of seconds outside of the day's middle on their own wall clock, then the smaller
   sum of these, then is earlier. No two starts are equal in all of that, so the order is always the same.

Theory
With P people, R stretches and S starts there are two ways.

Ask the grid: a bitmap of S bits for each person, filled from their stretches; counting who is missing at each start is
then a sum down the columns, and minutes are differences of prefix counts. It costs P * S whatever the calendars hold:
a finer grid or a longer window costs in proportion, and so does every person who is always free.

Sweep the stretches: the starts that a stretch [a, b) is in the way of are those with a - duration - after < s < b +
before, which in the increasing column of starts is one span of places. Spans of one person are joined, since they come
in order; a person's joined spans then change counters at both of their ends only, and one running sum over the starts
turns changes into counts, for all people at once. That costs R + P + S, with any starts at all: a grid, or the places
where something changes (rule 1's bounds), which is how the nearest start that would work is found.

This is the second. For 500 people, 30 days, and a grid of 15 minutes (60,000 stretches, 2,880 starts) the counters
take a twentieth of the steps of the bitmaps, and 96 times finer grids make them no more. Places are found through a
ruler, a table of the first start in each of twice as many equal parts of the window: a shift and a look, no bisection.

Tentative seconds are added at the starts that a tentative stretch touches and its owner is not missing from: a walk
over those places, as many for each stretch as starts fit into it and the meeting together. Seconds outside of the
day's middle depend on zone and start alone: people come ordered by zone, and each zone is settled once, with the
number of its people who come to each start.

Memory: 9 numbers a start, 2 places a stretch of the person with most of them. Runs without the GIL.

This module knows nothing of calendars and rules: people are places in columns, their hours are stretches.
"""

from cpython.mem cimport PyMem_RawFree
from libc.stdint cimport int64_t
from libc.stdlib cimport qsort

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._column cimport Column, new_column, reserve
from schedcore.freebusy._columns cimport lower_bound, zeros
from schedcore.freebusy._scores cimport Scored, add_tentative, better, middle_until
from schedcore.freebusy._spans cimport Rows, Ruler, Span, allocate, first_touched, join, rows_from, ruler_of, seek

from schedcore.errors import Cancelled


cdef enum:
    REQUIRED = 0            # what somebody is asked as: cannot be missing
    SOME = 1                # so many of these suffice
    OPTIONAL = 2
    ROOM = 3

    BUSY = 0                # what is in the way, by rule 1
    CLOSED = 1
    FULL = 2

    TENTATIVE = 1           # of the statuses; FREE is 0 and never a stretch
    SECONDLY = 60           # full days are left towards the past by a minute: a start at 23:59:59 helps nobody


cdef int smaller(const void *one, const void *other) noexcept nogil:
    cdef int64_t a = (<const int64_t *> one)[0]
    cdef int64_t b = (<const int64_t *> other)[0]
    return (a > b) - (a < b)


# --------------------------------------------------------------------------------------------------------- the search

cdef class Search


cdef class Survey:
    """What was found at each start: columns as long as `starts`.

    `required`, `some` and `optional` are how many of these people are in the way, `held` how many holds; `room` is the
    place of the room to take, -1 if none is free; `tentative`, `most` and `total` are the seconds that rule 3 compares.
    """

    cdef readonly Column starts, required, some, optional, held, room, tentative, most, total
    cdef Search search

    cdef inline bint is_free(self, Py_ssize_t i) noexcept nogil:
        """Rule 2."""
        return (
            self.starts.data[i] >= self.search.earliest
            and self.required.data[i] == 0
            and self.some.data[i] <= self.search.spare
            and self.held.data[i] == 0
            and (not self.search.needs_room or self.room.data[i] >= 0)
        )

    def works(self, Py_ssize_t i):
        """Whether a meeting can start at this place."""
        return self.is_free(i)

    def working(self, bint works=True):
        """The places of the starts that work, or of those that do not, in order."""
        cdef Column out = new_column(self.starts.size)
        cdef Py_ssize_t i
        with nogil:
            for i in range(self.starts.size):
                if self.is_free(i) == works:
                    out.data[out.size] = i
                    out.size += 1
        return out

    def ranked(self):
        """The places of the starts that work, the best one first."""
        cdef Column out = self.working()
        cdef Scored *scored = <Scored *> allocate(out.size, sizeof(Scored))
        cdef Py_ssize_t i, at
        with nogil:
            for i in range(out.size):
                at = out.data[i]
                scored[i].missing = self.optional.data[at] + self.some.data[at]
                scored[i].tentative = self.tentative.data[at]
                scored[i].most = self.most.data[at]
                scored[i].total = self.total.data[at]
                scored[i].place = at
            qsort(scored, out.size, sizeof(Scored), better)
            for i in range(out.size):
                out.data[i] = scored[i].place
        PyMem_RawFree(scored)
        return out


cdef class Search:
    """People and rooms as columns, and what they are asked for. All columns are int64.

    `busy`: owner, start, end and status of merged stretches. `people`: for each, their owner, what they are asked as,
    the place of their zone, and first and last row of their closed and of their full stretches; ordered by zone, rooms
    at the end in the order in which they are taken. `closed`: start, end, status. `full`: start, end. `held`: start,
    end, merged. `runs`: for each zone from row `first` on, start, end and offset of the runs that make up the window.
    """

    cdef const int64_t[::1] start, end, status
    cdef const int64_t[::1] owner, role, zone, closed_first, closed_last, full_first, full_last
    cdef const int64_t[::1] closed_start, closed_end, closed_status, full_start, full_end, held_start, held_end
    cdef const int64_t[::1] zone_first, run_start, run_end, run_offset
    cdef Column first, last
    cdef int64_t duration, before, after, earliest
    cdef int blocking
    cdef bint needs_room
    cdef Py_ssize_t spare, people, first_room, largest

    def __init__(
        self, tuple busy, tuple people, tuple closed, tuple full, tuple held, tuple runs,
        *, duration, before, after, earliest, blocking, spare, needs_room
    ):
        cdef const int64_t[::1] owners
        owners, self.start, self.end, self.status = busy
        (
            self.owner, self.role, self.zone, self.closed_first, self.closed_last, self.full_first, self.full_last
        ) = people
        self.closed_start, self.closed_end, self.closed_status = closed
        self.full_start, self.full_end = full
        self.held_start, self.held_end = held
        self.zone_first, self.run_start, self.run_end, self.run_offset = runs
        self.duration, self.before, self.after, self.earliest = duration, before, after, earliest
        self.blocking, self.spare, self.needs_room = blocking, spare, needs_room
        self.people = self.first_room = self.owner.shape[0]
        while self.first_room > 0 and self.role[self.first_room - 1] == ROOM:
            self.first_room -= 1
        self._find_rows(owners)

    cdef int _find_rows(self, const int64_t[::1] owners) except -1:
        """Where each one's busy stretches begin and end, and room for the most spans that one has."""
        cdef Py_ssize_t p, most = self.held_start.shape[0]
        self.first, self.last = zeros(self.people), zeros(self.people)
        for p in range(self.people):
            self.first.data[p] = lower_bound(owners, self.owner[p])
            self.last.data[p] = lower_bound(owners, self.owner[p] + 1)
            most = max(
                most,
                (self.last.data[p] - self.first.data[p]) + (self.closed_last[p] - self.closed_first[p])
                + (self.full_last[p] - self.full_first[p])
            )
        self.largest = most
        return 0

    cdef void rows_of(self, Py_ssize_t p, Rows *rows) noexcept nogil:
        """The three kinds of stretches of one of the people."""
        cdef int64_t after = 0 if self.role[p] == ROOM else self.after
        cdef int64_t before = 0 if self.role[p] == ROOM else self.before
        rows[BUSY] = rows_from(
            self.start, self.end, self.status, self.first.data[p], self.last.data[p], self.duration + after, before
        )
        rows[CLOSED] = rows_from(
            self.closed_start, self.closed_end, self.closed_status, self.closed_first[p], self.closed_last[p],
            self.duration, 0
        )
        # A start in [start, end), whatever comes after it; no status.
        rows[FULL] = rows_from(
            self.full_start, self.full_end, self.full_end, self.full_first[p], self.full_last[p], 1, 0
        )
        rows[FULL].status = NULL

    cdef void held_rows(self, Rows *rows) noexcept nogil:
        rows[0] = rows_from(
            self.held_start, self.held_end, self.held_end, 0, self.held_start.shape[0],
            self.duration + self.after, self.before
        )
        rows.status = NULL

    def survey(self, Column starts not None, bint scores=True, CancelToken cancel=None):
        """Look at a strictly increasing column of starts; without `scores` only at which of them work.

        `Cancelled` once the token is set. O(stretches + people + starts), and for scores zones times starts and the
        walk over tentative stretches that the module's theory tells of.
        """
        cdef Survey found = Survey.__new__(Survey)
        cdef Ruler ruler
        cdef Span *spans
        cdef Column here
        cdef Py_ssize_t n = starts.size, spare
        cdef bint stopped = False
        found.search = self
        found.starts = starts
        # A span may end behind the last start, so changes have one place more than counts.
        found.required, found.some, found.optional = zeros(n, 1), zeros(n, 1), zeros(n, 1)
        found.held, here, found.room = zeros(n, 1), zeros(n, 1), zeros(n)
        spare = n if scores else 0
        found.tentative, found.most, found.total = zeros(spare), zeros(spare), zeros(spare)
        if n == 0:
            return found
        ruler_of(starts, &ruler)
        try:
            spans = <Span *> allocate(self.largest, sizeof(Span))
        except MemoryError:
            PyMem_RawFree(ruler.places)
            raise
        with nogil:
            stopped = self._people(found, &ruler, spans, here.data, scores, cancel)
            if not stopped:
                self._rooms(found, &ruler, spans)
                self._holds(found, &ruler, spans)
                sum_up(found.required)
                sum_up(found.some)
                sum_up(found.optional)
                sum_up(found.held)
        PyMem_RawFree(spans)
        PyMem_RawFree(ruler.places)
        if stopped:
            raise Cancelled(f"looking at {n} starts for {self.people} people was cancelled; nothing is kept of it")
        return found

    cdef bint _people(
        self, Survey found, const Ruler *ruler, Span *spans, int64_t *here, bint scores, CancelToken cancel
    ) noexcept nogil:
        """Count who is in the way where, and score; True if it was cancelled."""
        cdef Rows[3] rows
        cdef Py_ssize_t p, i, count, together = 0
        cdef int64_t *counter
        for p in range(self.first_room):
            if is_cancelled(cancel):
                return True
            self.rows_of(p, rows)
            count = join(rows, 3, ruler, self.blocking, spans)
            counter = (
                found.required.data if self.role[p] == REQUIRED
                else found.some.data if self.role[p] == SOME else found.optional.data
            )
            for i in range(count):
                counter[spans[i].low] += 1
                counter[spans[i].high] -= 1
                here[spans[i].low] -= 1
                here[spans[i].high] += 1
            together += 1
            if not scores:
                continue
            if self.blocking > TENTATIVE:
                self._tentative(p, ruler, spans, count, found.tentative.data)
            if p + 1 == self.first_room or self.zone[p + 1] != self.zone[p]:
                self._settle(self.zone[p], together, here, ruler, found.most.data, found.total.data)
                together = 0
        return False

    cdef void _tentative(
        self, Py_ssize_t p, const Ruler *ruler, const Span *missing, Py_ssize_t count, int64_t *tentative
    ) noexcept nogil:
        """Add one person's tentative seconds, of bookings and of hours together: where both are it counts once."""
        cdef Rows[3] rows
        cdef Py_ssize_t at = 0
        cdef int64_t start = 0, end = 0, first
        cdef bint open = False
        cdef int kind, other
        self.rows_of(p, rows)
        rows[BUSY].fore = self.duration     # buffers may be tentative at no cost
        rows[BUSY].back = 0
        for kind in range(2):
            seek(&rows[kind], ruler)
        while True:
            other = -1
            for kind in range(2):
                while rows[kind].next < rows[kind].size and rows[kind].status[rows[kind].next] != TENTATIVE:
                    rows[kind].next += 1
                if rows[kind].next < rows[kind].size and (
                    other < 0 or rows[kind].start[rows[kind].next] < rows[other].start[rows[other].next]
                ):
                    other = kind
            if other < 0:
                break
            first = rows[other].start[rows[other].next]
            if open and first > end:
                add_tentative(start, end, self.duration, &rows[BUSY], ruler, missing, count, &at, tentative)
                open = False
            if first > ruler.last and first - ruler.last >= self.duration:
                break
            if not open:
                start = first
                end = first
                open = True
            end = max(end, rows[other].end[rows[other].next])
            rows[other].next += 1
        if open:
            add_tentative(start, end, self.duration, &rows[BUSY], ruler, missing, count, &at, tentative)

    cdef void _settle(
        self, Py_ssize_t zone, Py_ssize_t together, int64_t *here, const Ruler *ruler, int64_t *most, int64_t *total
    ) noexcept nogil:
        """Score the people of one zone, `together` of them, `here` the changes in how many come; clears `here`."""
        cdef Py_ssize_t i, r, j, stop = self.zone_first[zone + 1]
        cdef int64_t come = together, start, end, a, b, outside
        r = self.zone_first[zone]
        for i in range(ruler.size):
            come += here[i]
            here[i] = 0
            if come == 0:
                continue
            start = ruler.starts[i]
            end = start + self.duration
            outside = self.duration
            while r < stop and self.run_end[r] <= start:
                r += 1
            j = r
            while j < stop and self.run_start[j] < end:
                a = max(start, self.run_start[j]) + self.run_offset[j]
                b = min(end, self.run_end[j]) + self.run_offset[j]
                outside -= middle_until(b) - middle_until(a)
                j += 1
            most[i] = max(most[i], outside)
            total[i] += come * outside
        here[ruler.size] = 0

    cdef void _rooms(self, Survey found, const Ruler *ruler, Span *spans) noexcept nogil:
        """Give each start the first room that has nothing at all there, else the first that is not blocked."""
        cdef Rows[3] rows
        cdef Py_ssize_t i, j, p, count
        cdef int least
        for i in range(ruler.size):
            found.room.data[i] = -1
        for least in range(TENTATIVE, self.blocking + 1):
            for p in range(self.first_room, self.people):
                self.rows_of(p, rows)
                count = join(rows, 3, ruler, least, spans)
                i = 0
                for j in range(count + 1):
                    while i < (spans[j].low if j < count else ruler.size):
                        if found.room.data[i] < 0:
                            found.room.data[i] = p
                        i += 1
                    if j < count:
                        i = spans[j].high

    cdef void _holds(self, Survey found, const Ruler *ruler, Span *spans) noexcept nogil:
        cdef Rows rows
        cdef int64_t *held = found.held.data
        cdef Py_ssize_t i, count
        self.held_rows(&rows)
        count = join(&rows, 1, ruler, 0, spans)
        for i in range(count):
            held[spans[i].low] += 1
            held[spans[i].high] -= 1

    def in_the_way(self, int64_t start):
        """Everything that is in the way of one start: (person, kind, start, end, status), the first of each kind.

        The person is a place in the columns, -1 for a hold; kinds are 0 busy, 1 closed, 2 full. O(people log rows).
        """
        cdef Rows[3] rows
        cdef Py_ssize_t p
        cdef int kind
        cdef list out = []
        for p in range(self.people):
            self.rows_of(p, rows)
            for kind in range(3):
                first_touched(&rows[kind], start, self.blocking)
                if rows[kind].next < rows[kind].size:
                    out.append((p, kind, *row_at(&rows[kind])))
        self.held_rows(&rows[BUSY])
        first_touched(&rows[BUSY], start, 0)
        if rows[BUSY].next < rows[BUSY].size:
            out.append((-1, BUSY, *row_at(&rows[BUSY])))
        return out

    def edges(self, int64_t low, int64_t high):
        """The starts in [low, high] at which somebody stops or begins to be in the way, increasing; the bounds too.

        The nearest start that works is a start asked about, or one of these. O(stretches log stretches).
        """
        cdef Column out = new_column(2 * self.largest + 2)
        cdef Rows[3] rows
        cdef Py_ssize_t p, i, kept = 0
        cdef int kind
        out.data[0] = low
        out.data[1] = high
        out.size = 2
        for p in range(self.people):
            self.rows_of(p, rows)
            reserve(out, out.size + 2 * (rows[BUSY].size + rows[CLOSED].size + rows[FULL].size))
            rows[FULL].fore = SECONDLY
            for kind in range(3):
                add_edges(&rows[kind], low, high, self.blocking, out)
        self.held_rows(&rows[BUSY])
        reserve(out, out.size + 2 * rows[BUSY].size)
        add_edges(&rows[BUSY], low, high, 0, out)
        with nogil:
            qsort(out.data, out.size, sizeof(int64_t), smaller)
            for i in range(out.size):
                if kept == 0 or out.data[i] != out.data[kept - 1]:
                    out.data[kept] = out.data[i]
                    kept += 1
        out.size = kept
        return out


cdef void sum_up(Column changes) noexcept nogil:
    """Turn changes into counts."""
    cdef Py_ssize_t i
    for i in range(1, changes.size):
        changes.data[i] += changes.data[i - 1]


cdef tuple row_at(const Rows *rows):
    cdef Py_ssize_t i = rows.next
    return rows.start[i], rows.end[i], 0 if rows.status is NULL else rows.status[i]


cdef void add_edges(const Rows *rows, int64_t low, int64_t high, int least, Column out) noexcept nogil:
    """Add the last start before each stretch and the first one after it; there is room for them."""
    cdef Py_ssize_t i
    for i in range(rows.size):
        if rows.status is not NULL and rows.status[i] < least:
            continue
        # Compared with the bounds first, so that ends of all 64 bits do not overflow.
        if low < rows.start[i] and rows.start[i] - rows.fore >= low and rows.start[i] - rows.fore <= high:
            out.data[out.size] = rows.start[i] - rows.fore
            out.size += 1
        if rows.end[i] < high and rows.end[i] + rows.back >= low and rows.end[i] + rows.back <= high:
            out.data[out.size] = rows.end[i] + rows.back
            out.size += 1
