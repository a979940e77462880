"""The rows of a table: adding them, and sorting out what many of them share.

Rules of this module:

1. A row is 88 bytes and no Python object. What many rows share stands once: zones by name, rules by their text without
   COUNT and UNTIL (companies have few distinct ones: 20,000 series of a company have some 4,500 texts, but 180 such
   rules), and shapes. Tables that are read one after the other hand on zones and rules (`know`), which never change.
2. A shape is a rule with what it takes from DTSTART (RFC 5545 3.3.10: weekday, day of month, month) and where INTERVAL
   stands then. All rows of one shape happen on the same days, or at the same seconds where the rule names times; they
   differ in when they begin, when they end, and in the time of day. So a shape's days in a window are listed once, and
   a row is a piece of the list with a constant added (`_expand`).
3. Which class of DTSTARTs is which shape is arithmetic, and is worked out when a row is put in.
4. What columns cannot tell (RANGE=THISANDFUTURE, EXRULE, periods, several rules) is kept as a `Series`.

Rows can be put in without the GIL. Nothing here is safe for two threads that add at once; reading is.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy, memset

from schedcore._civil cimport DAY, civil_from_days, floor_div, floor_mod, weekday
from schedcore._kinds cimport DAILY, HOURLY, MONTHLY, WEEKLY, YEARLY, DayFilter, Year, week_one, year_at
from schedcore._offsets cimport FOLD_FIRST, GAP_SHIFT, ZoneData, zone_utc_of
from schedcore._rrule cimport CompiledRule
from schedcore._zone cimport ZoneTable

from schedcore.errors import RuleError, ZoneError
from schedcore.recurrence import Rule
from schedcore.zones import zone_of

NEVER = <int64_t> 1 << 61

cdef enum:
    FIRST_ROOM = 64             # things to make room for at first
    MOST_KNOWN = 4096           # names that are taken over: a hundredth of what reading 65,536 rows takes
    DEFAULTS = 512              # what DTSTART gives fits below: a month and a day of it are 12 * 32 + 31 at most


# --- memory ----------------------------------------------------------------------------------------------------------

cdef bint grow(void **memory, Py_ssize_t *room, Py_ssize_t needed, size_t width) noexcept nogil:
    """Make room for so many things in all; False without memory, and then nothing has changed."""
    cdef void *grown
    cdef Py_ssize_t wanted = max(room[0], FIRST_ROOM)
    if needed <= room[0]:
        return True
    while wanted < needed:
        wanted *= 2
    grown = PyMem_RawRealloc(memory[0], wanted * width)
    if grown is NULL:
        return False
    memory[0], room[0] = grown, wanted
    return True


# --- names -----------------------------------------------------------------------------------------------------------

cdef uint64_t hash_of(const char *text, Py_ssize_t size) noexcept nogil:
    """Eight bytes at a time, multiplied and folded; 2^64 over the golden ratio spreads bits well (Knuth 6.4)."""
    cdef uint64_t factor = <uint64_t> 0x9E3779B97F4A7C15, found = <uint64_t> size * factor, word
    while size >= 8:
        memcpy(&word, text, 8)
        found = (found ^ word) * factor
        found ^= found >> 32
        text += 8
        size -= 8
    word = 0
    memcpy(&word, text, size)
    found = (found ^ word) * factor
    return found ^ (found >> 29)


cdef Slot *slot_of(const Names *names, const char *text, Py_ssize_t size, uint64_t hash) noexcept nogil:
    """Where a name is, or the empty slot where it would be; there is always one."""
    cdef Py_ssize_t at = <Py_ssize_t> (hash & <uint64_t> (names.room - 1))
    cdef Slot *slot
    while True:
        slot = names.slots + at
        if slot.place == NO_INDEX:
            return slot
        if slot.hash == hash and slot.size == size and memcmp(names.text + slot.at, text, size) == 0:
            return slot
        at = (at + 1) & (names.room - 1)


cdef int32_t find_name(const Names *names, const char *text, Py_ssize_t size) noexcept nogil:
    cdef Slot *slot
    if names.room == 0 or size > INT32_MAX:
        return UNKNOWN_NAME
    slot = slot_of(names, text, size, hash_of(text, size))
    return UNKNOWN_NAME if slot.place == NO_INDEX else slot.place


cdef int put_name(Names *names, const char *text, Py_ssize_t size, int32_t place) except -1:
    """A new name."""
    cdef Slot *slot
    cdef uint64_t hash = hash_of(text, size)
    if 2 * (names.n + 1) > names.room:
        rehash(names, max(2 * names.room, FIRST_ROOM))
    if not grow(<void **> &names.text, &names.text_room, names.text_size + size, 1):
        raise MemoryError(f"no memory for {names.n + 1} names")
    slot = slot_of(names, text, size, hash)
    slot.hash, slot.at, slot.size, slot.place = hash, names.text_size, <int32_t> size, place
    memcpy(names.text + names.text_size, text, size)
    names.text_size += size
    names.n += 1
    return 0


cdef int rehash(Names *names, Py_ssize_t room) except -1:
    cdef Slot *old = names.slots
    cdef Py_ssize_t i, before = names.room
    cdef Slot *slots = <Slot *> PyMem_RawMalloc(room * sizeof(Slot))
    if slots is NULL:
        raise MemoryError(f"no memory for {room} names")
    for i in range(room):
        slots[i].place = NO_INDEX
    names.slots, names.room = slots, room
    for i in range(before):
        if old[i].place != NO_INDEX:
            slot_of(names, names.text + old[i].at, old[i].size, old[i].hash)[0] = old[i]
    PyMem_RawFree(old)
    return 0


cdef int copy_names(Names *names, const Names *others) except -1:
    """Put the names of others into names that there are none of yet."""
    names.slots = <Slot *> PyMem_RawMalloc(max(others.room, 1) * sizeof(Slot))
    names.text = <char *> PyMem_RawMalloc(max(others.text_size, 1))
    if names.slots is NULL or names.text is NULL:
        raise MemoryError(f"no memory for {others.n} names")
    if others.n:
        memcpy(names.slots, others.slots, others.room * sizeof(Slot))
        memcpy(names.text, others.text, others.text_size)
    names.n, names.room = others.n, others.room
    names.text_size = names.text_room = others.text_size
    return 0


cdef int32_t find_zone(const Data *c, const char *name, Py_ssize_t size) noexcept nogil:
    return find_name(&c.zone_names, name, size)


cdef int32_t find_rule(const Data *c, const char *text, Py_ssize_t size) noexcept nogil:
    return find_name(&c.rule_names, text, size)


# --- shapes ----------------------------------------------------------------------------------------------------------

cdef int64_t week_year_of(int64_t day, int wkst) noexcept nogil:
    """The year that owns the day's week (RFC 5545 3.3.10, BYWEEKNO)."""
    cdef int64_t year
    cdef int month, mday
    cdef Year y
    civil_from_days(day, &year, &month, &mday)
    y = year_at(year)
    if day < y.jan1 + week_one(y.weekday, wkst):
        return year - 1
    y = year_at(year + 1)
    return year + 1 if day >= y.jan1 + week_one(y.weekday, wkst) else year


cdef int64_t day_class(const RuleFacts *rule, int64_t day) noexcept nogil:
    """Which DTSTARTs give a rule of a day or coarser the same days: what it takes from them, and INTERVAL's phase."""
    cdef int64_t year = 0, phase = 0
    cdef int month = 0, mday = 0, given = 0
    if rule.needs_month_day or (rule.interval > 1 and rule.freq <= MONTHLY):
        civil_from_days(day, &year, &month, &mday)
    if rule.needs_weekday:
        given = weekday(day)
    elif rule.needs_month_day:
        given = mday + (32 * month if rule.needs_month else 0)
    if rule.interval > 1:
        if rule.freq == DAILY:
            phase = floor_mod(day, rule.interval)
        elif rule.freq == WEEKLY:
            phase = floor_mod(floor_div(day + 3 - rule.wkst, 7), rule.interval)     # day -3 is a Monday
        elif rule.freq == MONTHLY:
            phase = floor_mod(year * 12 + month, rule.interval)
        else:
            phase = floor_mod(week_year_of(day, rule.wkst) if rule.week_years else year, rule.interval)
    return phase * DEFAULTS + given


cdef int32_t shape_of(Data *c, int32_t rule, int64_t local) noexcept nogil:
    """The shape of a rule from a DTSTART on, a new one if there is none; -1 without memory."""
    cdef const RuleFacts *facts = c.facts + rule
    cdef int64_t a = rule, b, day, time
    cdef bint shifts = False
    cdef Py_ssize_t at
    cdef ShapeSlot *slot
    cdef Shape *shape
    if facts.freq >= HOURLY:
        b = floor_mod(local, facts.interval * facts.unit)
    else:
        day = floor_div(local, DAY)
        time = local - day * DAY
        shifts = not facts.has_times
        b = day_class(facts, day)
        if not shifts:
            a |= (time + 1) << 32
        else:
            local = day * DAY
    if 2 * (c.n_shapes + 1) > c.shape_room and not rehash_shapes(c):
        return -1
    at = place_for(c, a, b)
    slot = c.shape_slots + at
    if slot.place == NO_INDEX:
        if not grow(<void **> &c.shapes, &c.shapes_room, c.n_shapes + 1, sizeof(Shape)):
            return -1
        shape = c.shapes + c.n_shapes
        shape.rule, shape.shifts, shape.local, shape.counted, shape.plain = rule, shifts, local, NEVER, False
        slot.a, slot.b, slot.place = a, b, <int32_t> c.n_shapes
        c.n_shapes += 1
    return slot.place


cdef Py_ssize_t place_for(const Data *c, int64_t a, int64_t b) noexcept nogil:
    cdef uint64_t factor = <uint64_t> 0x9E3779B97F4A7C15
    cdef uint64_t hash = ((<uint64_t> a * factor) ^ <uint64_t> b) * factor
    cdef Py_ssize_t at = <Py_ssize_t> ((hash ^ (hash >> 32)) & <uint64_t> (c.shape_room - 1))
    while c.shape_slots[at].place != NO_INDEX and (c.shape_slots[at].a != a or c.shape_slots[at].b != b):
        at = (at + 1) & (c.shape_room - 1)
    return at


cdef bint rehash_shapes(Data *c) noexcept nogil:
    cdef Py_ssize_t i, before = c.shape_room, room = max(2 * before, FIRST_ROOM)
    cdef ShapeSlot *old = c.shape_slots
    cdef ShapeSlot *slots = <ShapeSlot *> PyMem_RawMalloc(room * sizeof(ShapeSlot))
    if slots is NULL:
        return False
    for i in range(room):
        slots[i].place = NO_INDEX
    c.shape_slots, c.shape_room = slots, room
    for i in range(before):
        if old[i].place != NO_INDEX:
            slots[place_for(c, old[i].a, old[i].b)] = old[i]
    PyMem_RawFree(old)
    return True


# --- rows ------------------------------------------------------------------------------------------------------------

cdef Row blank_row() noexcept nogil:
    cdef Row row
    memset(&row, 0, sizeof(Row))
    row.until = row.stop = NEVER
    row.count = -1
    row.zone = row.rule = row.shape = row.extra = NO_INDEX
    row.kind = FLOATING_KIND
    row.status = BUSY
    return row


cdef int put_row(Data *c, const Row *given) noexcept nogil:
    cdef Row row = given[0]
    cdef Shape *shape
    if not grow(<void **> &c.rows, &c.room, c.size + 1, sizeof(Row)):
        return -1
    if row.rule != NO_INDEX:
        fit_rule(c, &row)
    if row.rule == NO_INDEX:
        row.until = row.stop = NEVER
        row.count = -1
    else:
        row.shape = shape_of(c, row.rule, row.local)
        if row.shape < 0:
            return -1
        shape = c.shapes + row.shape
        if row.count >= 0:
            shape.counted = min(shape.counted, row.local)
        else:
            shape.plain = True
    c.common.unit = divisor(divisor(c.common.unit, row.local - floor_div(row.local, DAY) * DAY), row.seconds)
    c.common.reach = max(c.common.reach, reach_of(&row))
    c.common.by_owner &= c.size == 0 or row.owner >= c.rows[c.size - 1].owner
    c.rows[c.size] = row
    c.size += 1
    return 0


cdef void fit_rule(const Data *c, Row *row) noexcept nogil:
    """What a rule may say depends on DTSTART, as `recurrence.fitting` has it for lenient series."""
    cdef int64_t begin
    if row.kind == DATE_KIND:
        if c.facts[row.rule].freq >= HOURLY:
            row.rule = NO_INDEX                 # it leaves DTSTART alone
            return
        row.rule = c.facts[row.rule].for_dates
        if row.until != NEVER:
            row.until = floor_div(row.until, DAY) * DAY
    if row.stop != NEVER:
        zone_utc_of(c.zones[row.zone], row.local, GAP_SHIFT, FOLD_FIRST, &begin)
        if row.stop <= begin:
            row.flags |= NOTHING
    elif row.until < row.local:
        row.flags |= NOTHING


# --- what rows have besides ------------------------------------------------------------------------------------------

cdef int compare_one(const void *a, const void *b) noexcept nogil:
    cdef int64_t x = (<const int64_t *> a)[0], y = (<const int64_t *> b)[0]
    return (x > y) - (x < y)


cdef int compare_pairs(const void *a, const void *b) noexcept nogil:
    cdef int found = compare_one(a, b)
    return found if found else compare_one(<const int64_t *> a + 1, <const int64_t *> b + 1)


cdef Py_ssize_t settle_keys(int64_t *keys, Py_ssize_t n) noexcept nogil:
    """Sort, keep equal ones once, say how many are left."""
    cdef Py_ssize_t i, kept = 1 if n else 0
    qsort(keys, n, sizeof(int64_t), compare_one)
    for i in range(1, n):
        if keys[i] != keys[kept - 1]:
            keys[kept] = keys[i]
            kept += 1
    return kept


cdef Py_ssize_t settle_days(int64_t *days, Py_ssize_t n) noexcept nogil:
    """Sort windows, make those one that overlap or touch, say how many are left."""
    cdef Py_ssize_t i, kept = 1 if n else 0
    qsort(days, n, 2 * sizeof(int64_t), compare_pairs)
    for i in range(1, n):
        if days[2 * i] <= days[2 * kept - 1]:
            days[2 * kept - 1] = max(days[2 * kept - 1], days[2 * i + 1])
        else:
            days[2 * kept], days[2 * kept + 1] = days[2 * i], days[2 * i + 1]
            kept += 1
    return kept


cdef int64_t *put_values(Data *c, const int64_t *values, Py_ssize_t n, Py_ssize_t *at) noexcept nogil:
    """Copy to the end of the pool, where there is room."""
    cdef int64_t *copied = c.pool + c.pool_size
    at[0] = c.pool_size
    if n:
        memcpy(copied, values, n * sizeof(int64_t))
    return copied


cdef int32_t put_extra(Data *c, const int64_t *rdates, Py_ssize_t n_rdates, const int64_t *exdates,
                       Py_ssize_t n_exdates, const int64_t *days, Py_ssize_t n_days, const int64_t *dropped,
                       Py_ssize_t n_dropped, const int64_t *moved, Py_ssize_t n_moved) noexcept nogil:
    cdef Extra *extra
    cdef Py_ssize_t needed = c.pool_size + n_rdates + n_exdates + 2 * n_days + n_dropped + 3 * n_moved
    if c.n_extras == INT32_MAX or not grow(<void **> &c.pool, &c.pool_room, needed, sizeof(int64_t)):
        return -1
    if not grow(<void **> &c.extras, &c.extras_room, c.n_extras + 1, sizeof(Extra)):
        return -1
    extra = c.extras + c.n_extras
    extra.n_rdates = settle_keys(put_values(c, rdates, n_rdates, &extra.rdates), n_rdates)
    c.pool_size += extra.n_rdates
    extra.n_exdates = settle_keys(put_values(c, exdates, n_exdates, &extra.exdates), n_exdates)
    c.pool_size += extra.n_exdates
    extra.n_days = settle_days(put_values(c, days, 2 * n_days, &extra.days), n_days)
    c.pool_size += 2 * extra.n_days
    extra.n_dropped = settle_keys(put_values(c, dropped, n_dropped, &extra.dropped), n_dropped)
    c.pool_size += extra.n_dropped
    qsort(put_values(c, moved, 3 * n_moved, &extra.moved), n_moved, 3 * sizeof(int64_t), compare_pairs)
    extra.n_moved = n_moved
    c.pool_size += 3 * n_moved
    c.n_extras += 1
    return <int32_t> (c.n_extras - 1)


# --- the rows as an object -------------------------------------------------------------------------------------------

cdef RuleFacts facts_of(CompiledRule compiled) noexcept:
    """What the days of a rule take from DTSTART; see `plan_periods` in `_rrule`, which gives it to them."""
    cdef const DayFilter *f = &compiled.filter
    cdef bint names_weekday = f.weekdays or f.n_ordinals
    cdef bint names_day = names_weekday or f.has_week_numbers or f.has_year_days or f.month_days or f.month_days_back
    cdef RuleFacts facts
    memset(&facts, 0, sizeof(RuleFacts))
    facts.freq, facts.wkst, facts.interval, facts.unit = f.freq, f.wkst, compiled.interval, compiled.unit
    facts.has_times = compiled.hours.n or compiled.minutes.n or compiled.seconds.n
    facts.week_years = f.week_years
    if compiled.freq <= WEEKLY:
        if (compiled.freq == WEEKLY and not names_day) or (f.has_week_numbers and not names_weekday):
            facts.needs_weekday = True
        elif not names_day:
            facts.needs_month_day = True
            facts.needs_month = compiled.freq == YEARLY and not f.months
    return facts


cdef class Rows:
    """The rows of a `SeriesTable`."""

    def __cinit__(self):
        memset(&self.c, 0, sizeof(Data))
        self.c.common.unit, self.c.common.by_owner = DAY, True
        self.zones, self.rules, self.compiled, self.plans, self.series = [], [], [], [], []
        self.zone_errors, self.rule_errors = {}, {}

    def __dealloc__(self):
        PyMem_RawFree(self.c.rows)
        PyMem_RawFree(self.c.extras)
        PyMem_RawFree(self.c.pool)
        PyMem_RawFree(self.c.zones)
        PyMem_RawFree(self.c.facts)
        PyMem_RawFree(self.c.shapes)
        PyMem_RawFree(self.c.shape_slots)
        PyMem_RawFree(self.c.zone_names.slots)
        PyMem_RawFree(self.c.zone_names.text)
        PyMem_RawFree(self.c.rule_names.slots)
        PyMem_RawFree(self.c.rule_names.text)

    def __len__(self):
        return self.c.size

    def know(self, Rows others not None):
        """Take over the zones and rules of other rows, those that cannot be used too, before there are any here.

        Not if they are very many: those that come are then mostly new again, and taking over all is not free.
        """
        cdef const Data *c = &others.c
        if c.zone_names.n + c.rule_names.n > MOST_KNOWN:
            return
        if not (grow(<void **> &self.c.zones, &self.c.zones_room, c.n_zones, sizeof(ZoneData *))
                and grow(<void **> &self.c.facts, &self.c.rules_room, c.n_rules, sizeof(RuleFacts))):
            raise MemoryError(f"no memory for {c.n_zones} zones and {c.n_rules} rules")
        copy_names(&self.c.zone_names, &c.zone_names)
        copy_names(&self.c.rule_names, &c.rule_names)
        if c.n_zones:
            memcpy(self.c.zones, c.zones, c.n_zones * sizeof(ZoneData *))
        if c.n_rules:
            memcpy(self.c.facts, c.facts, c.n_rules * sizeof(RuleFacts))
        self.zones, self.rules, self.compiled = others.zones.copy(), others.rules.copy(), others.compiled.copy()
        self.zone_errors, self.rule_errors = others.zone_errors.copy(), others.rule_errors.copy()
        self.c.n_zones, self.c.n_rules = c.n_zones, c.n_rules

    cpdef int32_t add_zone(self, bytes name, zone=None) except -1:
        """The place of a zone by its name; `zone` gives one that has rules of its own."""
        cdef int32_t place = find_zone(&self.c, name, len(name))
        cdef ZoneTable table
        if place == UNUSABLE:
            raise self.zone_errors[name].with_traceback(None)       # it is raised for each table that knows it
        if place != UNKNOWN_NAME:
            return place
        try:
            found = zone_of(name.decode("utf-8", "backslashreplace")) if zone is None else zone
        except ZoneError as error:
            self.zone_errors[name] = error.with_traceback(None)
            put_name(&self.c.zone_names, name, len(name), UNUSABLE)
            raise
        if not grow(<void **> &self.c.zones, &self.c.zones_room, self.c.n_zones + 1, sizeof(ZoneData *)):
            raise MemoryError(f"no memory for {self.c.n_zones + 1} zones")
        table = found.table
        self.zones.append(found)
        self.c.zones[self.c.n_zones] = &table.z
        put_name(&self.c.zone_names, name, len(name), <int32_t> self.c.n_zones)
        self.c.n_zones += 1
        return <int32_t> (self.c.n_zones - 1)

    cpdef int32_t add_rule(self, bytes text) except -1:
        """The place of a rule by its text, which has neither COUNT nor UNTIL."""
        cdef int32_t place = find_rule(&self.c, text, len(text)), for_dates
        if place == UNUSABLE:
            raise self.rule_errors[text].with_traceback(None)
        if place != UNKNOWN_NAME:
            return place
        try:
            rule = Rule.parse(text.decode("utf-8", "backslashreplace"), strict=False)
        except RuleError as error:
            self.rule_errors[text] = error.with_traceback(None)
            put_name(&self.c.rule_names, text, len(text), UNUSABLE)
            raise
        place = self._take_rule(rule)
        if self.c.facts[place].has_times and self.c.facts[place].freq < HOURLY:
            for_dates = self._take_rule(rule.replace(byhour=(), byminute=(), bysecond=(), strict=False))
            self.c.facts[place].for_dates = for_dates
        put_name(&self.c.rule_names, text, len(text), place)
        return place

    cdef int32_t _take_rule(self, rule) except -1:
        if not grow(<void **> &self.c.facts, &self.c.rules_room, self.c.n_rules + 1, sizeof(RuleFacts)):
            raise MemoryError(f"no memory for {self.c.n_rules + 1} rules")
        compiled = rule._compile()
        self.rules.append(rule)
        self.compiled.append(compiled)
        self.c.facts[self.c.n_rules] = facts_of(compiled)
        self.c.facts[self.c.n_rules].for_dates = <int32_t> self.c.n_rules
        self.c.n_rules += 1
        return <int32_t> (self.c.n_rules - 1)

    cpdef int add_series(self, series, int64_t owner, int status) except -1:
        """A row that is a `Series` of its own."""
        cdef Row row = blank_row()
        row.flags, row.extra, row.owner, row.status = WHOLE, <int32_t> len(self.series), owner, status
        row.kind = ("date", "floating", "zoned").index(series.kind)
        row.local = series._local
        self.series.append(series)
        return self.put(&row)

    cpdef int add_unread(self) except -1:
        """A row that could not be read: it keeps its number and gives nothing."""
        cdef Row row = blank_row()
        row.flags = UNREAD
        return self.put(&row)

    cdef int put(self, const Row *row) except -1:
        if put_row(&self.c, row) < 0:
            raise MemoryError(f"no memory for {self.c.size + 1} rows")
        return 0

    def describe(self, Py_ssize_t i):
        """All of a row, for a person who looks for a mistake, and for tests."""
        cdef Row *row = self.c.rows + i
        cdef Extra *extra
        cdef dict found
        if not 0 <= i < self.c.size:
            raise IndexError(f"row {i} of {self.c.size}")
        found = dict(row[0])
        found["zone"] = None if row.zone == NO_INDEX else self.zones[row.zone].key
        found["rule"] = None if row.rule == NO_INDEX else str(self.rules[row.rule])
        if row.extra != NO_INDEX and not row.flags & WHOLE:
            extra = self.c.extras + row.extra
            for name, at, n in (
                ("rdates", extra.rdates, extra.n_rdates), ("exdates", extra.exdates, extra.n_exdates),
                ("days", extra.days, 2 * extra.n_days), ("dropped", extra.dropped, extra.n_dropped),
                ("moved", extra.moved, 3 * extra.n_moved),
            ):
                found[name] = [self.c.pool[k] for k in range(at, at + n)]
        return found
