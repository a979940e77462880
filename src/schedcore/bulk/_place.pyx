"""Events of a scan into the rows of a table.

Rules
1. What `ics.grouping` makes of plain events, this makes of them in C: overrides in the place of instances. What single
   events say is learnt by `_events`, and what is in doubt there is in doubt here.
2. Events of one UID are a family, and stand or fall together. A family is one event; or an event and overrides of
   distinct instances; or such overrides alone, which then are events. Anything else is in doubt, as is a family with a
   doubtful event.
3. A text is in doubt as a whole if its lines are; if an event has no plain UID, since it might belong to any family;
   and if anything in it is doubtful while it defines zones, for the meaning of such a zone depends on all of the text.
4. A row is an event; its overrides are in it. A cancelled event has none, its overrides that are not cancelled each
   have one.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy, memset

from schedcore._civil cimport DAY, MAX_DAY
from schedcore._column cimport Column, append, new_column
from schedcore._offsets cimport FOLD_FIRST, GAP_SHIFT, ZoneData, zone_offset_at, zone_utc_of
from schedcore.bulk._chars cimport hash_of
from schedcore.bulk._columns cimport Builder, Ints, Text, is_there
from schedcore.bulk._events cimport Facts, Learner
from schedcore.bulk._found cimport FAMILY, NO_UID, RDATE, ZONES, Date, Event, Scan, Span
from schedcore.bulk._rows cimport DATE_KIND, NO_INDEX, Row, put_extra, put_row
from schedcore.bulk._scan cimport scan_text, words_of

cdef enum:
    MOST_PROBES = 64            # steps through the table of UIDs: more is no accident, and Python's dict knows how

cdef int64_t LAST_LOCAL = (<int64_t> MAX_DAY + 1) * DAY - 1


cdef struct Numbers:
    int64_t *at
    Py_ssize_t n, room


cdef int push(Numbers *numbers, int64_t value) except -1:
    cdef void *grown
    if numbers.n == numbers.room:
        grown = PyMem_RawRealloc(numbers.at, (2 * numbers.room + 64) * sizeof(int64_t))
        if grown is NULL:
            raise MemoryError(f"no memory for {numbers.n + 1} dates")
        numbers.at = <int64_t *> grown
        numbers.room = 2 * numbers.room + 64
    numbers.at[numbers.n] = value
    numbers.n += 1
    return 0


cdef int compare(const void *a, const void *b) noexcept nogil:
    cdef int64_t x = (<const int64_t *> a)[0], y = (<const int64_t *> b)[0]
    return (x > y) - (x < y)


cdef class Placer(Learner):
    """Puts the events of texts into rows, one text after the other; made as a `Learner`."""

    cdef Facts *facts
    cdef Py_ssize_t facts_room
    cdef int32_t *slots                 # of the table of UIDs
    cdef Py_ssize_t slots_room
    cdef Numbers rdates, exdates, days, dropped, moved
    cdef Numbers blobs                  # by row: the text it comes from
    cdef Numbers uid_ends               # by row: where its UID ends in `uids`; inverted bits if it has none
    cdef char *uids
    cdef Py_ssize_t uids_size, uids_room
    cdef const uint8_t *text

    def __dealloc__(self):
        PyMem_RawFree(self.facts)
        PyMem_RawFree(self.slots)
        PyMem_RawFree(self.rdates.at)
        PyMem_RawFree(self.exdates.at)
        PyMem_RawFree(self.days.at)
        PyMem_RawFree(self.dropped.at)
        PyMem_RawFree(self.moved.at)
        PyMem_RawFree(self.blobs.at)
        PyMem_RawFree(self.uid_ends.at)
        PyMem_RawFree(self.uids)

    # --- texts -------------------------------------------------------------------------------------------------------

    def read(self, Text texts not None, Ints owners, Py_ssize_t i, int32_t home):
        """Read texts from number i on, up to one that needs Python; its number, `len(texts)` if there is none.

        What is doubtful about that one is in the second value, the places of its events that have become rows in the
        third: (number, doubts, places). No doubts mean that the text is missing. `home` is the zone of calendars that
        have none.
        """
        cdef const uint8_t *at
        cdef Py_ssize_t size
        cdef int failed
        cdef int64_t owner
        while i < texts.size:
            if not is_there(texts.valid, texts.bit, i):
                return i, [], []
            at = self.text = <const uint8_t *> texts.data + texts.offsets[i]
            size = texts.offsets[i + 1] - texts.offsets[i]
            self.number = i
            with nogil:
                failed = scan_text(&self.scan, at, size)
            if failed:
                raise MemoryError(f"no memory for a calendar of {size} bytes")
            owner = i if owners is None else owners.data[i]
            doubts = self._place(owner, i, home)
            if doubts:
                places = [] if self.scan.doubts or self.scan.n_definitions else self._placed()
                return i, words_of(doubts), places
            i += 1
        return i, [], []

    cdef list _placed(self):
        cdef Py_ssize_t k, shift = self.scan.text - self.text
        return [(self.scan.events[k].begin + shift, self.scan.events[k].end + shift)
                for k in range(self.scan.n_events) if not self.facts[k].doubtful]

    cdef uint32_t _place(self, int64_t owner, Py_ssize_t blob, int32_t home) except? 0xFFFFFFFF:
        """Put the events of the scan into rows, all but the doubtful families; what is doubtful."""
        cdef Scan *s = &self.scan
        cdef Event *events = s.events
        cdef Py_ssize_t i
        cdef uint32_t doubts = s.doubts
        if not doubts or s.params_cleared:
            doubts |= self.begin(home)
        if s.doubts:
            return doubts
        self._make_room(s.n_events)
        for i in range(s.n_events):
            doubts |= self.learn(&events[i], &self.facts[i], owner)
        if not doubts & (NO_UID | ZONES):
            doubts |= self._find_families()
        if doubts & (NO_UID | ZONES) or (doubts and s.n_definitions):
            for i in range(s.n_events):
                self.facts[i].doubtful = True
            s.doubts = doubts
            return doubts
        for i in range(s.n_events):
            if self.facts[i].leads and not self.facts[i].doubtful:
                self._put_family(i, blob)
        return doubts

    cdef int _make_room(self, Py_ssize_t n) except -1:
        """Room for what is known of so many events, and for a table of their UIDs, at most half full."""
        cdef Py_ssize_t room = 16
        cdef void *grown
        while room < 2 * n:
            room *= 2
        if n > self.facts_room:
            grown = PyMem_RawRealloc(self.facts, n * sizeof(Facts))
            if grown is NULL:
                raise MemoryError(f"no memory for {n} events")
            self.facts = <Facts *> grown
            self.facts_room = n
        if room > self.slots_room:
            grown = PyMem_RawRealloc(self.slots, room * sizeof(int32_t))
            if grown is NULL:
                raise MemoryError(f"no memory for {n} events")
            self.slots = <int32_t *> grown
            self.slots_room = room
        return 0

    # --- families ----------------------------------------------------------------------------------------------------

    cdef uint32_t _find_families(self) except? 0xFFFFFFFF:
        """Bring together events of one UID; what is in doubt, which is also noted with each event of the family."""
        cdef Scan *s = &self.scan
        cdef Facts *facts = self.facts
        cdef Py_ssize_t i, room = 16
        cdef int32_t first
        cdef uint32_t doubts = 0
        cdef bint several = False
        while room < 2 * s.n_events:
            room *= 2
        memset(self.slots, 255, room * sizeof(int32_t))
        for i in range(s.n_events):
            first = self._first_of(i, room)
            if first == NO_INDEX:
                return FAMILY | ZONES
            if first == i:
                facts[i].leads = True
            else:
                several = True
                facts[facts[first].last].next = <int32_t> i
            facts[first].last = <int32_t> i
        if several:
            for i in range(s.n_events):
                if facts[i].leads and facts[i].next != NO_INDEX:
                    doubts |= self._check_family(i)
        return doubts

    cdef int32_t _first_of(self, Py_ssize_t i, Py_ssize_t room) noexcept:
        """The first event of this one's UID, itself if it is the first; NO_INDEX if that takes too long to tell."""
        cdef const Span *uid = &self.scan.events[i].uid
        cdef const Span *other
        cdef Py_ssize_t at = hash_of(uid.at, uid.size) & (room - 1)
        cdef int _probe
        for _probe in range(MOST_PROBES):
            if self.slots[at] < 0:
                self.slots[at] = <int32_t> i
                return <int32_t> i
            other = &self.scan.events[self.slots[at]].uid
            if other.size == uid.size and memcmp(other.at, uid.at, uid.size) == 0:
                return self.slots[at]
            at = (at + 1) & (room - 1)
        return NO_INDEX

    cdef uint32_t _check_family(self, Py_ssize_t first) except? 0xFFFFFFFF:
        """Whether a family of several is an event with overrides of distinct instances, or such overrides alone."""
        cdef Facts *facts = self.facts
        cdef Py_ssize_t i = first, master = NO_INDEX
        cdef uint32_t doubts = 0
        cdef bint doubtful = False
        cdef uint8_t kind = facts[first].row.kind
        self.dropped.n = 0
        while i != NO_INDEX:
            doubtful = doubtful or facts[i].doubtful or facts[i].row.kind != kind
            if facts[i].is_override:
                push(&self.dropped, facts[i].named)
            else:
                doubtful = doubtful or master != NO_INDEX
                master = i
            i = facts[i].next
        if self.dropped.n > 1:
            qsort(self.dropped.at, self.dropped.n, sizeof(int64_t), compare)
        for i in range(1, self.dropped.n):
            doubtful = doubtful or self.dropped.at[i] == self.dropped.at[i - 1]
        i = first
        while i != NO_INDEX and master != NO_INDEX:
            # What an override that recurs says of it is passed over, with a note.
            doubtful = doubtful or (facts[i].is_override and (
                facts[i].row.rule != NO_INDEX or (self.scan.events[i].seen >> <int> RDATE) & 1))
            i = facts[i].next
        i = first
        while i != NO_INDEX and doubtful:
            doubts = FAMILY
            facts[i].doubtful = True
            i = facts[i].next
        return doubts

    # --- rows --------------------------------------------------------------------------------------------------------

    cdef int _put_family(self, Py_ssize_t first, Py_ssize_t blob) except -1:
        """The rows of a family in which nothing is in doubt."""
        cdef Facts *facts = self.facts
        cdef Py_ssize_t i = first, master = NO_INDEX
        while i != NO_INDEX and master == NO_INDEX:
            if not facts[i].is_override:
                master = i
            i = facts[i].next
        i = first
        if master == NO_INDEX:
            while i != NO_INDEX:
                if not facts[i].cancelled:
                    self._put(i, NO_INDEX, NO_INDEX, blob)
                i = facts[i].next
        elif not facts[master].cancelled:
            self._put(master, first, master, blob)
        else:
            while i != NO_INDEX:
                if i != master and not facts[i].cancelled:
                    self._inherit(&facts[i], &facts[master].row)
                    if facts[i].row.kind != DATE_KIND:
                        # Its nominal days are those of the series, whose zone may be another one.
                        facts[i].row.seconds = self._end(&facts[i], facts[master].row.zone) - facts[i].key
                        facts[i].row.days = 0
                    self._put(i, NO_INDEX, NO_INDEX, blob)
                i = facts[i].next
        return 0

    cdef void _inherit(self, Facts *override, const Row *master) noexcept:
        """An override without a length is as long as its instance was (`ics.grouping`, rule 4)."""
        if not override.has_length:
            override.row.days, override.row.seconds = master.days, master.seconds

    cdef int64_t _end(self, const Facts *facts, int32_t zone) noexcept:
        """The end of what starts at `facts.key`, as `recurrence.ends.end_key` has it."""
        cdef int64_t start = facts.key, end, over
        cdef const ZoneData *z
        if zone == NO_INDEX:
            return min(start + facts.row.days * DAY + facts.row.seconds, LAST_LOCAL)
        z = self.rows.c.zones[zone]
        if facts.row.days:
            end = min(start + zone_offset_at(z, start) + facts.row.days * DAY, LAST_LOCAL)
            zone_utc_of(z, end, GAP_SHIFT, FOLD_FIRST, &start)
        end = start + facts.row.seconds
        over = end + zone_offset_at(z, end) - LAST_LOCAL
        return end - over if over > 0 else end

    cdef int _put(self, Py_ssize_t i, Py_ssize_t family, Py_ssize_t master, Py_ssize_t blob) except -1:
        """One row: an event, with the overrides of the family that begins at `family`."""
        cdef Facts *facts = &self.facts[i]
        cdef const Event *event = &self.scan.events[i]
        self.rdates.n = self.exdates.n = self.days.n = self.dropped.n = self.moved.n = 0
        if event.n_dates:
            self._gather_dates(event, facts.row.kind, facts.row.zone)
        while family != NO_INDEX:
            if family != master:
                self._gather_override(&self.facts[family], &facts.row)
            family = self.facts[family].next
        if self.rdates.n or self.exdates.n or self.days.n or self.dropped.n or self.moved.n:
            facts.row.extra = put_extra(
                &self.rows.c, self.rdates.at, self.rdates.n, self.exdates.at, self.exdates.n, self.days.at,
                self.days.n // 2, self.dropped.at, self.dropped.n, self.moved.at, self.moved.n // 3,
            )
            if facts.row.extra < 0:
                raise MemoryError("no memory for the dates of a row")
        if put_row(&self.rows.c, &facts.row) < 0:
            raise MemoryError(f"no memory for {self.rows.c.size + 1} rows")
        return self._label(blob, <const char *> event.uid.at, event.uid.size)

    cdef int _label(self, Py_ssize_t blob, const char *uid, Py_ssize_t size) except -1:
        """Note the text that the last row comes from, and its UID."""
        cdef void *grown
        if self.uids_size + size > self.uids_room:
            grown = PyMem_RawRealloc(self.uids, 2 * self.uids_room + size + 4096)
            if grown is NULL:
                raise MemoryError("no memory for UIDs")
            self.uids = <char *> grown
            self.uids_room = 2 * self.uids_room + size + 4096
        if size:
            memcpy(self.uids + self.uids_size, uid, size)
        self.uids_size += size
        push(&self.blobs, blob)
        return push(&self.uid_ends, self.uids_size if uid != NULL else ~self.uids_size)

    cdef int _gather_dates(self, const Event *event, uint8_t kind, int32_t zone) except -1:
        cdef Py_ssize_t i
        cdef Date *date
        cdef uint8_t its_kind = 0
        cdef int32_t its_zone = NO_INDEX
        for i in range(event.first_date, event.first_date + event.n_dates):
            date = &self.scan.dates[i]
            self.kind_of(&date.moment, &its_kind, &its_zone)
            if its_kind != kind:
                # An EXDATE that is a date takes all of that local day (`recurrence.gather`, rule 2).
                push(&self.days, self.key_of(zone, date.moment.seconds))
                push(&self.days, self.key_of(zone, date.moment.seconds + DAY))
            else:
                push(&self.exdates if date.taken else &self.rdates, self.key_of(its_zone, date.moment.seconds))
        return 0

    cdef int _gather_override(self, Facts *override, const Row *master) except -1:
        push(&self.dropped, override.named)
        if not override.cancelled:
            self._inherit(override, master)
            push(&self.moved, override.key)
            push(&self.moved, self._end(override, master.zone))
            push(&self.moved, override.row.status)
        return 0

    # --- from and to Python ------------------------------------------------------------------------------------------

    def raw(self, Text texts not None, Py_ssize_t i):
        """The bytes of a text."""
        if not 0 <= i < texts.size:
            raise IndexError(f"text {i} of {texts.size}")
        return texts.data[texts.offsets[i]:texts.offsets[i + 1]]

    def note(self, Py_ssize_t blob, bytes uid):
        """Say of the row that was last added by others which text it comes from, and its UID or None."""
        self._label(blob, <const char *> NULL if uid is None else <const char *> uid, 0 if uid is None else len(uid))

    def finish(self):
        """By row, the number of its text and its UID; the placer is of no use afterwards."""
        cdef Column blobs = new_column(self.blobs.n)
        cdef Builder uids = Builder(self.blobs.n)
        cdef Py_ssize_t i, at = 0
        cdef int64_t end
        for i in range(self.blobs.n):
            append(blobs, self.blobs.at[i])
            end = self.uid_ends.at[i]
            if end < 0:
                uids.skip()
            else:
                uids.add(self.uids + at, end - at)
                at = end
        return blobs, uids.finish()
