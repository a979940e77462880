"""Columns read into the rows of a table.

Rules of this module:

1. A row is read in C, without the GIL. Where something is met for the first time (a zone, a rule) or is not plain, the
   loop stops, Python looks at that one row, and the loop goes on.
2. DTSTART is text or numbers. Local times are in the zone of TZID, or floating without one. An instant (`Z`, an offset,
   a column of instants) is shown in the zone of TZID; without one it is in UTC, or in its own fixed offset. A date has
   no zone.
3. Columns are somebody's own data, and rules in them are often from others. So a rule is read leniently, as
   `Series(..., strict=False)` does; a DTSTART, a zone, a length, an owner or a status that cannot be read is a problem
   of its row, which then gives nothing.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memchr

from schedcore._civil cimport DAY, MAX_DAY, MIN_DAY, floor_div
from schedcore._offsets cimport FOLD_FIRST, GAP_SHIFT, ZoneData, zone_offset_at, zone_utc_of
from schedcore.bulk._columns cimport Ints, Lists, Text, is_there
from schedcore.bulk._rows cimport (
    DATE_KIND, NO_INDEX, UNKNOWN_NAME, ZONED_KIND, Data, Row, Rows, blank_row,
    find_rule, find_zone, put_extra, put_row,
)
from schedcore.bulk._text cimport (
    DATE_FORM, LOCAL_FORM, NO_TIME, ODD_RULE, UTC_FORM, Length, RuleText, Time, read_duration, read_time, scan_rule,
)

from datetime import timedelta, timezone

from schedcore.errors import ColumnError, SchedcoreError, shorten
from schedcore.zones import zone_of

cdef enum Outcome:
    GOOD
    ODD                         # a rule for Python, and so all of the row
    PERIOD                      # the same for an RDATE with a length of its own
    NEW_ZONE
    NEW_OFFSET                  # a fixed one, of an instant without TZID
    NEW_RULE
    NO_MEMORY
    MISSING_START
    BAD_START
    BAD_ZONE
    BAD_RULE
    BAD_LENGTH
    BAD_RDATE
    BAD_EXDATE
    BAD_OWNER
    BAD_STATUS

cdef enum:
    MOST_DAYS = 3652059         # 9,999 years: no two dates of the calendar are further apart
    STATUSES = 4

cdef int64_t FIRST_SECOND = <int64_t> MIN_DAY * DAY
cdef int64_t END = (<int64_t> MAX_DAY + 1) * DAY

# The column of an outcome, and what is wrong with the value.
cdef dict REASONS = {
    MISSING_START: ("dtstart", "is missing: a series has a start"),
    BAD_START: ("dtstart", "is no time of the years 1 to 9999: give 20260105T090000, 2026-01-05T09:00:00, with Z or an "
                           "offset if it is an instant, or a date"),
    BAD_LENGTH: ("duration", "is no length: give seconds from 0 on, or text as PT1H or P1D"),
    BAD_RDATE: ("rdate", "is no list of times: give 20260105T090000 and the like, with commas between them"),
    BAD_EXDATE: ("exdate", "is no list of times: give 20260105T090000 and the like, with commas between them"),
    BAD_OWNER: ("owner", "is no owner: give whole numbers from 0 on"),
    BAD_STATUS: ("status", "is no status: give 0 (free), 1 (tentative), 2 (busy) or 3 (out of office)"),
}


# Keys of a row as they are read, before they are put into the table.
cdef struct Keys:
    int64_t *at
    Py_ssize_t n, room


cdef bint add_key(Keys *keys, int64_t key) noexcept nogil:
    cdef void *grown
    if keys.n == keys.room:
        keys.room = max(2 * keys.room, 64)
        grown = PyMem_RawRealloc(keys.at, keys.room * sizeof(int64_t))
        if grown is NULL:
            return False
        keys.at = <int64_t *> grown
    keys.at[keys.n] = key
    keys.n += 1
    return True


cdef struct Span:                   # of a text column: one row
    const char *text
    Py_ssize_t size                 # -1: the row is missing


cdef inline Span span_at(Text column, Py_ssize_t i) noexcept nogil:
    cdef Span span
    span.text, span.size = NULL, -1
    if column is not None and is_there(column.valid, column.bit, i):
        span.text = column.data + column.offsets[i]
        span.size = column.offsets[i + 1] - column.offsets[i]
    return span


cdef inline bint has(Ints column, Py_ssize_t i) noexcept nogil:
    return column is not None and is_there(column.valid, column.bit, i)


cdef bytes offset_name(int64_t offset):
    """The name under which a table keeps a fixed offset: eight bytes that no zone has."""
    return (<const char *> &offset)[:sizeof(int64_t)]


cdef class Times:
    """A column of RDATEs or EXDATEs: text with commas, or lists of text or of numbers."""

    cdef object column
    cdef Text text, item_text
    cdef Lists lists
    cdef Ints item_ints
    cdef int form                       # what the numbers are

    def __cinit__(self, column, str name):
        self.column = column
        if isinstance(column, Text):
            self.text = column
        elif isinstance(column, Lists):
            self.lists = column
            if isinstance(self.lists.items, Text):
                self.item_text = self.lists.items
            else:
                self.item_ints = self.lists.items
                self.form = form_of(self.item_ints.kind)
        elif column is not None:
            raise ColumnError(f"{name}: {shorten(column)} has no times: give text with commas, or lists of times")

    cdef list given(self, Py_ssize_t i):
        """The times of a row: text, or (form, seconds) from a column of numbers."""
        found = None if self.column is None else self.column[i]
        if found is None:
            return []
        if self.item_ints is not None:
            return [(self.form, seconds) for seconds in found if seconds is not None]
        found = found.split(",") if self.text is not None else [text for text in found if text is not None]
        return [text.strip() for text in found if text.strip()]


cdef class Reader:
    """Columns of one length; `read` puts their rows into a table."""

    cdef readonly Rows rows
    cdef readonly list problems         # (row, column, value, reason)
    cdef Py_ssize_t size
    cdef Text start_text, length_text, tzid, rrule
    cdef Ints start_ints, length_ints, owner, status
    cdef Times rdate, exdate
    cdef int start_form                 # what numbers of DTSTART are
    cdef int32_t one_zone               # the zone of all rows, or NO_INDEX
    cdef Keys rdates, exdates, days

    def __cinit__(self, Rows rows not None, Py_ssize_t size, start, int form, tzid, length, Text rrule, rdate, exdate,
                  Ints owner, Ints status):
        self.rows, self.size, self.problems, self.start_form = rows, size, [], form
        self.one_zone = NO_INDEX
        if isinstance(start, Ints):
            self.start_ints = start
            tzid = tzid if tzid is not None else self.start_ints.zone
        else:
            self.start_text = start
        if isinstance(tzid, str):
            self.one_zone = rows.add_zone(tzid.encode("utf-8", "surrogatepass"))
        else:
            self.tzid = tzid
        self.length_ints = length if isinstance(length, Ints) else None
        self.length_text = length if isinstance(length, Text) else None
        self.rrule, self.owner, self.status = rrule, owner, status
        self.rdate, self.exdate = Times(rdate, "rdate"), Times(exdate, "exdate")

    def __dealloc__(self):
        PyMem_RawFree(self.rdates.at)
        PyMem_RawFree(self.exdates.at)
        PyMem_RawFree(self.days.at)

    def read(self, whole):
        """Read all rows; `whole` makes a Series of the parts of one that C does not read."""
        cdef Py_ssize_t i = 0
        cdef Outcome outcome = GOOD
        cdef Row row
        while True:
            with nogil:
                while i < self.size:
                    outcome = read_row(self, i, &row)
                    if outcome != GOOD:
                        break
                    if put_row(&self.rows.c, &row) < 0:
                        outcome = NO_MEMORY
                        break
                    i += 1
            if i == self.size:
                return
            if self._settle(i, outcome, &row, whole):
                i += 1

    cdef bint _settle(self, Py_ssize_t i, Outcome outcome, const Row *row, whole) except -1:
        """Do what C could not with a row; False if it is to be read again."""
        column = REASONS[outcome][0] if outcome in REASONS else "rdate" if outcome == PERIOD else "rrule"
        try:
            if outcome == NO_MEMORY:
                raise MemoryError(f"no memory for row {i}")
            if outcome in (NEW_ZONE, BAD_ZONE):
                column = "tzid"
                self.rows.add_zone(raw(span_at(self.tzid, i)))
                return False
            if outcome == NEW_OFFSET:
                column = "dtstart"
                self._add_offset(i)
                return False
            if outcome in (NEW_RULE, BAD_RULE):
                self._add_rule(i)
                return False
            if outcome in (ODD, PERIOD):
                self.rows.add_series(whole(self._parts(i, row)), row.owner, row.status)
                return True
            reason = REASONS[outcome][1]
        except SchedcoreError as error:
            reason = str(error)
        self.problems.append((i, column, self._value(i, column), reason))
        self.rows.add_unread()
        return True

    cdef int _add_offset(self, Py_ssize_t i) except -1:
        cdef Span span = span_at(self.start_text, i)
        cdef int64_t offset = read_time(span.text, span.size).offset
        self.rows.add_zone(offset_name(offset), zone_of(timezone(timedelta(seconds=offset))))
        return 0

    cdef int _add_rule(self, Py_ssize_t i) except -1:
        cdef RuleText rule
        cdef Span span = span_at(self.rrule, i)
        scan_rule(span.text, span.size, &rule)
        self.rows.add_rule(rule.core[:rule.size])
        return 0

    cdef _value(self, Py_ssize_t i, str column):
        """What a column has in a row, for a message."""
        given = {
            "dtstart": (self.start_text, self.start_ints), "tzid": (self.tzid,), "rrule": (self.rrule,),
            "duration": (self.length_text, self.length_ints), "owner": (self.owner,), "status": (self.status,),
            "rdate": (self.rdate.column,), "exdate": (self.exdate.column,),
        }
        return next((values[i] for values in given[column] if values is not None), None)

    cdef dict _parts(self, Py_ssize_t i, const Row *row):
        """A row for `whole`: DTSTART and its length as C read them, the rest as it was given."""
        return {
            "kind": ("date", "floating", "zoned")[row.kind], "local": row.local, "length": (row.days, row.seconds),
            "zone": None if row.zone == NO_INDEX else self.rows.zones[row.zone],
            "rrule": None if self.rrule is None else self.rrule[i],
            "rdate": self.rdate.given(i), "exdate": self.exdate.given(i),
        }


cdef bytes raw(Span span):
    return span.text[:span.size] if span.size > 0 else b""


cdef int form_of(str kind) noexcept:
    return DATE_FORM if kind == "date" else UTC_FORM if kind == "utc" else LOCAL_FORM


# --- one row ---------------------------------------------------------------------------------------------------------

cdef Outcome read_row(Reader reader, Py_ssize_t i, Row *row) noexcept nogil:
    """Read a row; the first thing that C cannot do is told, and then `row` has what was read before."""
    cdef Outcome outcome
    row[0] = blank_row()
    if reader.owner is not None:
        if not has(reader.owner, i) or reader.owner.data[i] < 0:
            return BAD_OWNER
        row.owner = reader.owner.data[i]
    if has(reader.status, i):
        if not 0 <= reader.status.data[i] < STATUSES:
            return BAD_STATUS
        row.status = <uint8_t> reader.status.data[i]
    outcome = read_start(reader, i, row)
    if outcome == GOOD:
        outcome = read_length(reader, i, row)
    if outcome == GOOD:
        outcome = read_rule(reader, i, row)
    if outcome == GOOD and (reader.rdate.column is not None or reader.exdate.column is not None):
        outcome = read_dates(reader, i, row)
    return outcome


cdef Outcome read_start(Reader reader, Py_ssize_t i, Row *row) noexcept nogil:
    """DTSTART and TZID."""
    cdef const Data *c = &reader.rows.c
    cdef Span span
    cdef Time start
    cdef int32_t zone = reader.one_zone
    if reader.start_text is not None:
        span = span_at(reader.start_text, i)
        if span.size <= 0:
            return MISSING_START
        start = read_time(span.text, span.size)
        if start.form == NO_TIME:
            return BAD_START
    else:
        if not has(reader.start_ints, i):
            return MISSING_START
        start.form, start.seconds, start.offset = reader.start_form, reader.start_ints.data[i], 0
        if not FIRST_SECOND <= start.seconds < END or (start.form == DATE_FORM and start.seconds % DAY != 0):
            return BAD_START
    row.local = start.seconds
    if start.form == DATE_FORM:
        row.kind = DATE_KIND
        return GOOD
    if reader.tzid is not None:
        span = span_at(reader.tzid, i)
        if span.size > 0:
            zone = find_zone(c, span.text, span.size)
            if zone < 0:
                return NEW_ZONE if zone == UNKNOWN_NAME else BAD_ZONE
    if zone == NO_INDEX and start.form == UTC_FORM:
        zone = find_zone(c, <const char *> &start.offset, sizeof(int64_t))
        if zone < 0:
            return NEW_OFFSET
    if zone == NO_INDEX:
        return GOOD                             # floating, as a blank row is
    row.kind, row.zone = ZONED_KIND, zone
    if start.form == UTC_FORM:
        row.local += zone_offset_at(c.zones[zone], row.local)
        if not FIRST_SECOND <= row.local < END:
            return BAD_START
    return GOOD


cdef Outcome read_length(Reader reader, Py_ssize_t i, Row *row) noexcept nogil:
    """The duration: seconds, or RFC 5545 3.3.6; none is a day of a date, and no time of a time (3.6.1)."""
    cdef Span span = span_at(reader.length_text, i)
    cdef Length length
    length.days = length.seconds = 0
    if span.size > 0:
        if not read_duration(span.text, span.size, &length):
            return BAD_LENGTH
    elif has(reader.length_ints, i):
        length.seconds = reader.length_ints.data[i]
        if length.seconds > <int64_t> MOST_DAYS * DAY:
            return BAD_LENGTH
    elif row.kind == DATE_KIND:
        length.days = 1
    if length.days < 0 or length.seconds < 0 or length.days * DAY + length.seconds > <int64_t> MOST_DAYS * DAY:
        return BAD_LENGTH
    row.days, row.seconds = length.days, length.seconds
    if row.kind == DATE_KIND:
        row.days += row.seconds // DAY          # dates last whole days
        row.seconds = 0
    return GOOD


cdef Outcome read_rule(Reader reader, Py_ssize_t i, Row *row) noexcept nogil:
    """RRULE: its rest by the table's own rules; COUNT and UNTIL are the row's."""
    cdef Span span = span_at(reader.rrule, i)
    cdef RuleText rule
    if span.size <= 0:
        return GOOD
    if scan_rule(span.text, span.size, &rule) == ODD_RULE:
        return ODD
    row.rule = find_rule(&reader.rows.c, rule.core, rule.size)
    if row.rule < 0:
        return NEW_RULE if row.rule == UNKNOWN_NAME else BAD_RULE
    row.count = rule.count
    take_until(row, &rule.until)
    return GOOD


cdef void take_until(Row *row, const Time *until) noexcept nogil:
    """UNTIL, read as a series that is not strict reads it (see `recurrence.fitting`)."""
    if until.form == DATE_FORM:
        row.until = until.seconds + (DAY - 1 if row.kind != DATE_KIND else 0)
    elif until.form == UTC_FORM and row.kind == ZONED_KIND:
        row.stop = until.seconds + 1
    elif until.form != NO_TIME:
        row.until = until.seconds


# --- RDATE and EXDATE ------------------------------------------------------------------------------------------------

cdef Outcome read_dates(Reader reader, Py_ssize_t i, Row *row) noexcept nogil:
    cdef Outcome outcome
    reader.rdates.n = reader.exdates.n = reader.days.n = 0
    outcome = read_list(reader, reader.rdate, i, row, False)
    if outcome == GOOD:
        outcome = read_list(reader, reader.exdate, i, row, True)
    if outcome != GOOD or reader.rdates.n + reader.exdates.n + reader.days.n == 0:
        return outcome
    row.extra = put_extra(
        &reader.rows.c, reader.rdates.at, reader.rdates.n, reader.exdates.at, reader.exdates.n, reader.days.at,
        reader.days.n // 2, NULL, 0, NULL, 0
    )
    return NO_MEMORY if row.extra < 0 else GOOD


cdef Outcome read_list(Reader reader, Times times, Py_ssize_t i, const Row *row, bint away) noexcept nogil:
    """The times of one row of one column."""
    cdef Span span
    cdef Py_ssize_t k
    cdef Time time
    cdef Outcome outcome
    if times.text is not None:
        return read_commas(reader, span_at(times.text, i), row, away)
    if times.lists is None or not is_there(times.lists.valid, times.lists.bit, i):
        return GOOD
    for k in range(times.lists.offsets[i], times.lists.offsets[i + 1]):
        if times.item_ints is not None:
            if not has(times.item_ints, k):
                continue
            time.form, time.seconds, time.offset = times.form, times.item_ints.data[k], 0
            if not FIRST_SECOND <= time.seconds < END:
                return BAD_EXDATE if away else BAD_RDATE
            outcome = take_time(reader, &time, row, away)
        else:
            span = span_at(times.item_text, k)
            if span.size <= 0:
                continue
            outcome = read_one(reader, span, row, away)
        if outcome != GOOD:
            return outcome
    return GOOD


cdef Outcome read_commas(Reader reader, Span span, const Row *row, bint away) noexcept nogil:
    """Times with commas between them."""
    cdef Span one
    cdef const char *end = span.text + max(span.size, 0)
    cdef const char *comma
    cdef Outcome outcome
    while span.size > 0 and span.text < end:
        comma = <const char *> memchr(span.text, b",", end - span.text)
        if comma is NULL:
            comma = end
        one.text, one.size = span.text, comma - span.text
        while one.size and one.text[0] == b" ":
            one.text += 1
            one.size -= 1
        while one.size and one.text[one.size - 1] == b" ":
            one.size -= 1
        if one.size:
            outcome = read_one(reader, one, row, away)
            if outcome != GOOD:
                return outcome
        span.text = comma + 1
    return GOOD


cdef Outcome read_one(Reader reader, Span span, const Row *row, bint away) noexcept nogil:
    cdef Time time = read_time(span.text, span.size)
    if time.form != NO_TIME:
        return take_time(reader, &time, row, away)
    if not away and memchr(span.text, b"/", span.size) is not NULL:
        return PERIOD
    return BAD_EXDATE if away else BAD_RDATE


cdef Outcome take_time(Reader reader, const Time *time, const Row *row, bint away) noexcept nogil:
    """Keep a time as the key, or the day, that it names in the row (see `recurrence.gather`)."""
    cdef const ZoneData *z = NULL if row.zone == NO_INDEX else reader.rows.c.zones[row.zone]
    cdef int64_t wall = time.seconds + (time.offset if time.form == UTC_FORM else 0), key
    if row.kind == DATE_KIND:
        key = floor_div(wall, DAY) * DAY
    elif time.form == DATE_FORM and away:
        if not (add_key(&reader.days, local_key(z, wall)) and add_key(&reader.days, local_key(z, wall + DAY))):
            return NO_MEMORY
        return GOOD
    elif time.form == DATE_FORM:
        key = local_key(z, wall + row.local - floor_div(row.local, DAY) * DAY)
    elif z is NULL:
        key = wall
    else:
        key = time.seconds if time.form == UTC_FORM else local_key(z, wall)
    return GOOD if add_key(&reader.exdates if away else &reader.rdates, key) else NO_MEMORY


cdef int64_t local_key(const ZoneData *z, int64_t local) noexcept nogil:
    cdef int64_t key = local
    if z is not NULL:
        zone_utc_of(z, local, GAP_SHIFT, FOLD_FIRST, &key)
    return key
