"""Single events of a scan, in terms of rows.

Rules
1. What `ics.draft`, `ics.values` and `recurrence` make of a plain event, this makes of it in C: kind, zone, length,
   rule. What they would forgive, with a note, is a doubt here, and so is what they would refuse: the note is theirs.
2. All-day events and floating times are put into the zone of their calendar: X-WR-TIMEZONE, else that of the asker,
   else none. There an all-day event lasts days of the clock, a floating one as long as it says.
3. What parameters mean and what zones are called is asked of Python, once for each spelling; zones that a text defines,
   once for each text.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp, memset

from schedcore._civil cimport DAY, civil_from_days, days_from_civil, floor_div
from schedcore._offsets cimport FOLD_FIRST, GAP_SHIFT, zone_utc_of
from schedcore.bulk._found cimport (
    DAY_FORM, LENGTH, MIXED, NO_FORM, NO_PARAMS, PARAMETERS, RULE, UTC_FORM, ZONES, Definition, Event, Moment,
    Scan, Span,
)
from schedcore.bulk._lines cimport close_scan, open_scan
from schedcore.bulk._rows cimport (
    DATE_KIND, FLOATING_KIND, NO_INDEX, UNKNOWN_NAME, UNUSABLE, ZONED_KIND, Row, Rows, blank_row, find_rule,
)
from schedcore.bulk._scan cimport params_of, set_person
from schedcore.bulk._text cimport (
    DATE_FORM, NO_TIME, PLAIN_RULE, UTC_FORM as UTC_TIME, LOCAL_FORM as LOCAL_TIME, Length, RuleText, read_duration,
    scan_rule,
)

from schedcore.errors import SchedcoreError

cdef enum:
    CANCELLED = 3               # place in WORDS["status"]
    # What parameters mean, bits; 0 is not known yet.
    KNOWN = 1
    NAMES_ZONE = 2
    SAYS_DATE = 4
    NOT_PLAIN = 8               # RANGE, or anything that cannot be read
    # What is known of a rule.
    CLEAN = 1
    UNCLEAN = 2
    # What is known of the zone that parameters name, where it is no place among the rows'.
    NOT_ASKED = -4
    NO_ZONE = -5                # there is none of that name
    LAST_DAILY = 3              # FREQ of rules that suit dates: up to DAILY
    MOST_COUNT = 1000000000     # what is more is for Rule.parse to judge
    MOST_LENGTH = 3652059       # days in 9,999 years, as recurrence.ends has it
    STATUSES = 5 * 4 * 7 * 7 * 2


cdef class Learner:
    """Learns what events say, for rows.

    `statuses` tells the status of an event by its words: see `status_at`. `meaning(params)` gives what parameters mean,
    as (TZID or "", VALUE is DATE, whether they are plain). `zone(tzid, definition, first)`, of a TZID, its VTIMEZONE as
    bytes or None, and the local second from which on a text uses it or None, gives the name and the `zones.Zone` and
    whether there is something to say about it in each text; a SchedcoreError if nobody knows it.
    """

    def __cinit__(self, bytes statuses not None, meaning, zone, bytes address=None):
        if open_scan(&self.scan) < 0:
            raise MemoryError("no memory to read calendars")
        if len(statuses) != STATUSES:
            raise ValueError(f"{len(statuses)} statuses, wanted {STATUSES}")
        self.rows = Rows()
        self.statuses, self.meaning, self.zone, self.address = statuses, meaning, zone, address
        set_person(&self.scan, address)
        self.tzids, self.cleaned = [""], bytearray()
        self.forget()
        self.utc = NOT_ASKED

    def __dealloc__(self):
        close_scan(&self.scan)

    cdef uint32_t begin(self, int32_t home) except? 0xFFFFFFFF:
        """Make ready for the events of a text that has been scanned; what is in doubt about its zone."""
        cdef Py_ssize_t i
        if self.scan.params_cleared:
            self.forget()
        if self.scan.n_definitions:
            for i in range(self.scan.n_params):
                self.own[i] = NOT_ASKED
            if self.kept is not None and self.scan.n_definitions == 1:
                self.recall()
        self.home = home
        return self.find_home() if self.scan.zone.size else 0

    cdef void forget(self):
        """What parameters mean: the scan has begun to number them anew."""
        cdef Py_ssize_t i
        memset(self.meanings, 0, sizeof(self.meanings))
        for i in range(MOST_NUMBERS):
            self.usual[i] = NOT_ASKED
        self.meanings[NO_PARAMS] = KNOWN
        del self.tzids[1:]
        self.kept = None

    # --- zones -------------------------------------------------------------------------------------------------------

    cdef uint32_t find_home(self) except? 0xFFFFFFFF:
        """The calendar's own zone; whether that is in doubt."""
        cdef Span *said = &self.scan.zone
        try:
            self.home = self.ask((<const char *> said.at)[:said.size].decode())
        except SchedcoreError:
            return ZONES
        return 0

    cdef int32_t ask(self, str tzid) except -1:
        """The place of a zone by its TZID."""
        cdef Scan *s = &self.scan
        cdef Py_ssize_t i
        definition = None
        wanted = tzid.strip().strip('"')
        for i in range(s.n_definitions):
            name = (<const char *> s.definitions[i].tzid.at)[:s.definitions[i].tzid.size].decode("utf-8", "replace")
            if name.strip().strip('"') == wanted:
                definition = (<const char *> s.text)[s.definitions[i].begin:s.definitions[i].end]
                break
        first = self.first_use(wanted) if s.n_definitions else INT64_MAX
        name, zone, self.noted = self.zone(tzid, definition, None if first == INT64_MAX else first)
        return self.rows.add_zone(name, zone)

    cdef int64_t first_use(self, str tzid) except? -1:
        """The earliest local second that the text has in a zone; INT64_MAX if there is none."""
        cdef Scan *s = &self.scan
        cdef Py_ssize_t i
        cdef int64_t first = INT64_MAX
        for i in range(s.n_events):
            first = min(first, self.use(&s.events[i].start, tzid), self.use(&s.events[i].stop, tzid))
            first = min(first, self.use(&s.events[i].named, tzid))
        for i in range(s.n_dates):
            first = min(first, self.use(&s.dates[i].moment, tzid))
        return first

    cdef int64_t use(self, const Moment *moment, str tzid) except? -1:
        """When it is, if it names this zone, else INT64_MAX."""
        if moment.form == NO_FORM or moment.params == NO_PARAMS:
            return INT64_MAX
        if not self.meanings[moment.params]:
            self.mean(moment.params)
        return moment.seconds if self.tzids[moment.params].strip() == tzid else INT64_MAX

    cdef void keep(self, int32_t number, int32_t place, int64_t first):
        """Remember what parameters mean beside the one VTIMEZONE of this text: the next text may well have the same."""
        cdef const Definition *one = &self.scan.definitions[0]
        cdef int64_t year = 0
        cdef int month = 0, day = 0
        if first == INT64_MAX:
            return
        civil_from_days(floor_div(first, DAY), &year, &month, &day)
        self.kept = (<const char *> self.scan.text)[one.begin:one.end]
        self.kept_params, self.kept_zone = number, place
        # The first year of use is all that counts (`ics.timezones.Uses`).
        self.kept_since = days_from_civil(year, 1, 1) * DAY
        self.kept_until = days_from_civil(year + 1, 1, 1) * DAY

    cdef void recall(self) noexcept:
        """If this text has the VTIMEZONE that is remembered and uses it in the same way, it means the same."""
        cdef const Scan *s = &self.scan
        cdef const Definition *one = &s.definitions[0]
        cdef const char *kept = self.kept
        cdef int64_t first = INT64_MAX
        cdef Py_ssize_t i
        if one.end - one.begin != len(self.kept) or memcmp(s.text + one.begin, kept, one.end - one.begin) != 0:
            return
        for i in range(s.n_events):
            first = min(first, self.seconds_of(&s.events[i].start), self.seconds_of(&s.events[i].stop))
            first = min(first, self.seconds_of(&s.events[i].named))
        for i in range(s.n_dates):
            first = min(first, self.seconds_of(&s.dates[i].moment))
        if self.kept_since <= first < self.kept_until:
            self.own[self.kept_params] = self.kept_zone

    cdef int64_t seconds_of(self, const Moment *moment) noexcept:
        """When something is that may be in the zone that is remembered; too early for it if that is not sure."""
        if moment.form == NO_FORM or not self.scan.params[moment.params].has_zone:
            return INT64_MAX
        return moment.seconds if moment.params == self.kept_params else INT64_MIN

    cdef int mean(self, int32_t number) except -1:
        """Ask what parameters mean."""
        tzid, says_date, plain = self.meaning(params_of(&self.scan, number))
        while len(self.tzids) <= number:
            self.tzids.append("")
        self.tzids[number] = tzid
        self.meanings[number] = (
            KNOWN | (NAMES_ZONE if tzid else 0) | (SAYS_DATE if says_date else 0) | (0 if plain else NOT_PLAIN)
        )
        return 0

    cdef int32_t zone_of(self, int32_t number) except -1:
        """The zone that parameters name, or -5 as a number beyond all: see NO_ZONE."""
        cdef int32_t *known = &self.own[0] if self.scan.n_definitions else &self.usual[0]
        cdef int32_t found = known[number]
        if found == NOT_ASKED:
            tzid = self.tzids[number]
            try:
                found = self.ask(tzid)
                if self.scan.n_definitions == 1 and not self.noted:
                    self.keep(number, found, self.first_use(tzid.strip()))
            except SchedcoreError:
                found = NO_ZONE
            known[number] = found
        return found

    # --- single events -----------------------------------------------------------------------------------------------

    cdef uint32_t kind_of(self, const Moment *moment, uint8_t *kind, int32_t *zone) except? 0xFFFFFFFF:
        """Which kind of moment it is and in which zone; what is in doubt."""
        cdef uint8_t meaning = self.meanings[moment.params]
        if not meaning:
            self.mean(moment.params)
            meaning = self.meanings[moment.params]
        if meaning & NOT_PLAIN or (meaning & SAYS_DATE and moment.form != DAY_FORM):
            return PARAMETERS
        kind[0] = ZONED_KIND
        if moment.form == DAY_FORM:
            kind[0] = DATE_KIND
            zone[0] = self.home
        elif moment.form == UTC_FORM:
            if self.utc == NOT_ASKED:
                self.utc = self.rows.add_zone(b"UTC")
            zone[0] = self.utc
        elif meaning & NAMES_ZONE:
            zone[0] = self.zone_of(moment.params)
            if zone[0] == NO_ZONE:
                return ZONES
        else:
            kind[0] = FLOATING_KIND
            zone[0] = self.home
        return 0

    cdef int64_t key_of(self, int32_t zone, int64_t local) noexcept:
        cdef int64_t found = local
        if zone != NO_INDEX:
            zone_utc_of(self.rows.c.zones[zone], local, GAP_SHIFT, FOLD_FIRST, &found)
        return found

    cdef uint32_t learn(self, const Event *event, Facts *facts, int64_t owner) except? 0xFFFFFFFF:
        """Everything about an event that does not depend on others; what is in doubt."""
        cdef Row *row = &facts.row
        cdef uint32_t doubts = event.doubts
        memset(facts, 0, sizeof(Facts))
        facts.next = NO_INDEX
        row[0] = blank_row()
        row.owner = owner
        facts.is_override = event.named.form != NO_FORM
        facts.cancelled = event.status == CANCELLED
        if not doubts:
            doubts = self.kind_of(&event.start, &row.kind, &row.zone)
        if not doubts:
            row.local = event.start.seconds
            facts.key = self.key_of(row.zone, row.local)
            row.status = self.statuses[status_at(event.status, event.transp, event.busy, event.partstat,
                                                 row.kind == DATE_KIND)]
            doubts = self.length_of(event, facts)
        if not doubts and facts.is_override:
            doubts = self.instance_of(event, facts)
        if not doubts and event.rule.size:
            doubts = self.rule_of(event, facts)
        if not doubts and event.n_dates:
            doubts = self.check_dates(event, row)
        facts.doubtful = doubts != 0
        return doubts

    cdef uint32_t length_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF:
        """The length of an event (`ics.draft`, rules 1 and 2)."""
        cdef Row *row = &facts.row
        cdef Length length
        cdef int64_t seconds
        cdef uint8_t kind
        cdef int32_t zone = NO_INDEX
        cdef uint32_t doubts
        facts.has_length = True
        if event.stop.form != NO_FORM:
            doubts = self.kind_of(&event.stop, &kind, &zone)
            if doubts or kind != row.kind:
                return doubts | LENGTH
            if kind == DATE_KIND:
                row.days = (event.stop.seconds - row.local) // DAY
                return 0 if row.days >= 1 else LENGTH
            seconds = self.key_of(zone, event.stop.seconds) - facts.key if kind == ZONED_KIND \
                else event.stop.seconds - row.local
            row.seconds = seconds
            return 0 if seconds >= 0 else LENGTH
        if event.length.size:
            if not read_duration(<const char *> event.length.at, event.length.size, &length):
                return LENGTH
            seconds = length.days * DAY + length.seconds
            if length.days < 0 or length.seconds < 0 or seconds > <int64_t> MOST_LENGTH * DAY:
                return LENGTH
            row.days, row.seconds = length.days, length.seconds
            if row.kind == DATE_KIND:
                if length.seconds % DAY:
                    return LENGTH
                row.days, row.seconds = seconds // DAY, 0
            return 0
        facts.has_length = False
        row.days = row.kind == DATE_KIND        # RFC 5545 3.6.1
        return 0

    cdef uint32_t instance_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF:
        """The instance that an override names; it must be of the kind of its own start."""
        cdef uint8_t kind
        cdef int32_t zone
        cdef uint32_t doubts = self.kind_of(&event.named, &kind, &zone)
        if doubts or kind != facts.row.kind:
            return doubts | MIXED
        facts.named = self.key_of(zone, event.named.seconds)
        return 0

    cdef uint32_t rule_of(self, const Event *event, Facts *facts) except? 0xFFFFFFFF:
        """The rule of an event, if nothing about it has to be forgiven."""
        cdef const char *text = <const char *> event.rule.at
        cdef Py_ssize_t size = event.rule.size
        cdef RuleText rule
        cdef Row *row = &facts.row
        cdef int32_t place
        if not is_plain_rule(event.rule.at, size) or scan_rule(text, size, &rule) != PLAIN_RULE:
            return RULE
        if rule.count > MOST_COUNT or (rule.count >= 0 and rule.until.form != NO_TIME):
            return RULE
        place = find_rule(&self.rows.c, rule.core, rule.size)
        if place == UNKNOWN_NAME:
            try:
                place = self.rows.add_rule(rule.core[:rule.size])
            except SchedcoreError:
                place = UNUSABLE
        if place < 0 or not self.is_clean(place):
            return RULE
        if row.kind == DATE_KIND and (self.rows.c.facts[place].freq > LAST_DAILY or self.rows.c.facts[place].has_times):
            return RULE
        row.rule, row.count = place, rule.count
        if rule.until.form == NO_TIME:
            return 0
        if row.kind == ZONED_KIND:
            row.stop = rule.until.seconds + 1
            return 0 if rule.until.form == UTC_TIME and row.stop > facts.key else RULE
        row.until = rule.until.seconds
        form = <int> DATE_FORM if row.kind == DATE_KIND else <int> LOCAL_TIME
        return 0 if rule.until.form == form and row.until >= row.local else RULE

    cdef bint is_clean(self, int32_t place) except -1:
        """Whether there was nothing to forgive about a rule."""
        while len(self.cleaned) <= place:
            self.cleaned.append(UNCLEAN if self.rows.rules[len(self.cleaned)].problems else CLEAN)
        return self.cleaned[place] == CLEAN

    cdef uint32_t check_dates(self, const Event *event, const Row *row) except? 0xFFFFFFFF:
        """Whether RDATEs are of the kind of DTSTART, and EXDATEs too, or days."""
        cdef Py_ssize_t i
        cdef uint8_t kind = 0
        cdef int32_t zone = NO_INDEX
        cdef uint32_t doubts = 0
        for i in range(event.first_date, event.first_date + event.n_dates):
            doubts |= self.kind_of(&self.scan.dates[i].moment, &kind, &zone)
            if doubts or (kind != row.kind and not (kind == DATE_KIND and self.scan.dates[i].taken)):
                return doubts | MIXED
        return 0


cdef inline Py_ssize_t status_at(int status, int transp, int busy, int partstat, bint all_day) noexcept nogil:
    """Where `statuses` has the status of these words, by their places in `_scan.WORDS`."""
    return (((status * 4 + transp) * 7 + busy) * 7 + partstat) * 2 + all_day


cdef bint is_plain_rule(const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """Whether a rule has only what the grammar has, in capitals, and UNTIL without dashes: the rest is forgiven."""
    cdef Py_ssize_t i
    cdef const uint8_t *until
    cdef uint8_t c
    if size == 0 or text[0] == 82:              # RRULE: once more
        return False
    for i in range(size):
        c = text[i]
        if not (65 <= c <= 90 or 48 <= c <= 57 or c == 59 or c == 61 or c == 44 or c == 45 or c == 43):
            return False
    until = <const uint8_t *> memchr(text, 85, size)        # U: of UNTIL, SU, TU or a month of nobody's
    while until != NULL:
        if text + size - until > 10 and memcmp(until, b"UNTIL=", 6) == 0 and until[10] == 45:
            return False
        until = <const uint8_t *> memchr(until + 1, 85, text + size - until - 1)
    return True
