"""iCalendar bytes to events: one pass, no tree, no Python object.

Rules
1. A scan takes what tells when somebody is busy, and reads it only where it is written as RFC 5545 writes it. Whatever
   else it meets is a doubt: about one event, or about the text as a whole. It never guesses and never fails; who asked
   hands what is doubtful to `schedcore.ics`, which reads calendars in whatever state they are, at a hundredth of the
   speed. Without a doubt, the two have the same answer.
2. What is of no concern (SUMMARY, ATTENDEE of others, VALARM, VTODO, X-...) is passed over, broken or not, since
   `ics.component` passes over it too.
3. It reads nothing behind the end of the text, whatever is in it, and takes memory in proportion to it.

`_lines` finds lines and names, `_values` reads what events say, and this module follows BEGIN and END. None of them
knows zones, rules or rows: that is for `_place`.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.string cimport memchr, memset

from schedcore.bulk._chars cimport is_ascii, same_word
from schedcore.bulk._found cimport (
    ATTENDEES, BEGIN, CONTROLS, CUT_NAME, ENCODING, END, FAMILY, LAYOUT, LENGTH, MIXED, NESTING, NO_FORM, NO_START,
    NO_UID, OTHER_NAME, PARAMETERS, PROPERTIES, PUBLISHED, RULE, TZID, VALUES, WR_TIMEZONE, ZONES, Definition, Event,
    Moment, Name, Scan, Span,
)
from schedcore.bulk._lines cimport (
    begin_text, close_scan, count_zone_names, grow, open_scan, read_line, split,
)
from schedcore.bulk._values cimport check, take

from schedcore.errors import ColumnError

cdef enum:
    DEEPEST = 8             # VCALENDAR, VTIMEZONE, STANDARD is 3, and nothing known goes deeper

#: Doubts in words, by their bit.
DOUBTS = {
    CONTROLS: "control characters, or CR alone",
    ENCODING: "not UTF-8",
    LAYOUT: "a first line that is a continuation, or blanks within a name",
    NESTING: "BEGIN and END that do not match, or components where none belong",
    ZONES: "zones that are defined twice, or used where that is not expected",
    PARAMETERS: "parameters that are not plain",
    VALUES: "values that are not plain",
    PROPERTIES: "properties that call for more than one start, length and rule",
    NO_UID: "no UID, or one that is not plain",
    NO_START: "no DTSTART",
    ATTENDEES: "attendees that are not plain",
    FAMILY: "several events of one UID that are no plain overrides",
    RULE: "a rule that is not plain, or does not suit DTSTART",
    LENGTH: "a length that is negative or not of the kind of DTSTART",
    MIXED: "dates of different kinds",
    PUBLISHED: "a VFREEBUSY, of which it is told that it is not read",
}

#: What the words of an event are numbered by; 0 is no such property, the last any other word.
WORDS = {
    "status": (None, "CONFIRMED", "TENTATIVE", "CANCELLED", "other"),
    "transp": (None, "OPAQUE", "TRANSPARENT", "other"),
    "access": (None, "PUBLIC", "PRIVATE", "CONFIDENTIAL", "other"),
    "busystatus": (None, "FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE", "other"),
    "partstat": (None, "NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED", "DELEGATED", "other"),
}


# --------------------------------------------------------------------------------------------------------- components

cdef Span component_of(const Span *line) noexcept nogil:
    """The name behind BEGIN: or END:."""
    cdef Span params, value
    cdef Py_ssize_t size = 5 if line.at[3] != 58 else 3
    if not split(line, size, &params, &value):
        value.size = 0
    return value


cdef inline bint is_component(const Span *name, const char *word, Py_ssize_t length) noexcept nogil:
    return same_word(name.at, name.size, word, length)


cdef bint is_top(const Span *name) noexcept nogil:
    """What stands right below a VCALENDAR; `ics.component` ends whatever is open when one of these begins."""
    return (is_component(name, "VEVENT", 6) or is_component(name, "VTODO", 5) or is_component(name, "VJOURNAL", 8)
            or is_component(name, "VFREEBUSY", 9) or is_component(name, "VTIMEZONE", 9)
            or is_component(name, "VAVAILABILITY", 13) or is_component(name, "VCALENDAR", 9))


cdef bint skip_component(Scan *s, const Span *name, bint is_zone, Span *tzid) noexcept nogil:
    """Pass over what has begun with `name`; false if its BEGINs and ENDs do not match.

    Of a VTIMEZONE the TZID that stands at its top is taken.
    """
    cdef Span stack[DEEPEST]
    cdef Span line, inner, params
    cdef Py_ssize_t size
    cdef int depth = 1
    cdef Name what
    stack[0] = name[0]
    while s.at < s.text_end:
        what = read_line(s, &line, &size)
        if what == BEGIN and line.at[size] == 58:
            inner = component_of(&line)
            if depth == DEEPEST or is_top(&inner) or not is_ascii(inner.at, inner.size):
                return False
            stack[depth] = inner
            depth += 1
        elif what == END and line.at[size] == 58:
            inner = component_of(&line)
            depth -= 1
            if not same_name(&inner, &stack[depth]):
                return False
            if depth == 0:
                return True
        elif is_zone and what == TZID and depth == 1:
            if tzid.at != NULL or not split(&line, size, &params, tzid) or tzid.size == 0:
                return False
            s.zone_names += 1
    return False


cdef bint same_name(const Span *a, const Span *b) noexcept nogil:
    """Whether two names of components are one, in letters of any case."""
    cdef Py_ssize_t i
    if a.size != b.size or not is_ascii(a.at, a.size):
        return False
    for i in range(a.size):
        if a.at[i] != b.at[i] and ((a.at[i] ^ b.at[i]) != 32 or not 97 <= (a.at[i] | 32) <= 122):
            return False
    return True


cdef bint scan_event(Scan *s, Py_ssize_t begin, const Span *name) noexcept nogil:
    """Read a VEVENT that has begun; false without memory or if it does not end."""
    cdef Event *event
    cdef Span line, inner
    cdef Py_ssize_t size
    cdef Name what
    if not grow(<void **> &s.events, s.n_events, &s.events_room, sizeof(Event)):
        return False
    event = &s.events[s.n_events]
    memset(event, 0, sizeof(Event))
    event.begin = begin
    event.first_date = s.n_dates
    while s.at < s.text_end:
        what = read_line(s, &line, &size)
        if what == OTHER_NAME or what == CUT_NAME:
            continue
        if (what == BEGIN or what == END) and line.at[size] == 58:
            inner = component_of(&line)
            if what == END:
                event.end = s.at - s.text
                event.n_dates = s.n_dates - event.first_date
                check(event)
                s.n_events += 1
                return same_name(&inner, name)
            if is_top(&inner) or not is_ascii(inner.at, inner.size) or not skip_component(s, &inner, False, NULL):
                return False
        elif what < BEGIN and not take(s, event, what, &line, size):
            return False
    return False


cdef bint scan_zone(Scan *s, Py_ssize_t begin, const Span *name) noexcept nogil:
    """Note a VTIMEZONE that has begun; false without memory or if it is not plain."""
    cdef Definition *one
    if not grow(<void **> &s.definitions, s.n_definitions, &s.definitions_room, sizeof(Definition)):
        return False
    one = &s.definitions[s.n_definitions]
    memset(one, 0, sizeof(Definition))
    one.begin = begin
    if not skip_component(s, name, True, &one.tzid) or one.tzid.at == NULL:
        return False
    one.end = s.at - s.text
    s.n_definitions += 1
    return True


cdef bint scan_calendar(Scan *s, const Span *calendar) noexcept nogil:
    """Read a VCALENDAR that has begun; false without memory or if its BEGINs and ENDs do not match."""
    cdef Span line, name, params, value
    cdef Py_ssize_t size, begin
    cdef Name what
    cdef bint well
    while s.at < s.text_end:
        begin = s.at - s.text
        what = read_line(s, &line, &size)
        if what == WR_TIMEZONE:
            if s.zone.at != NULL or not split(&line, size, &params, &value) or not is_ascii(value.at, value.size):
                s.doubts |= ZONES
            else:
                s.zone = value
        elif (what == BEGIN or what == END) and line.at[size] == 58:
            name = component_of(&line)
            if what == END:
                return same_name(&name, calendar)
            if is_component(&name, "VEVENT", 6):
                well = scan_event(s, begin, &name)
            elif is_component(&name, "VTIMEZONE", 9):
                well = scan_zone(s, begin, &name)
            else:
                if is_component(&name, "VFREEBUSY", 9):
                    s.doubts |= PUBLISHED
                well = name.size > 0 and is_ascii(name.at, name.size) and not is_component(&name, "VCALENDAR", 9) \
                    and skip_component(s, &name, False, NULL)
            if not well:
                return False
    return False


cdef int scan_text(Scan *s, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """Read a text; what is in doubt about all of it is in `s.doubts`."""
    cdef Span line, name
    cdef Py_ssize_t length
    cdef Name what
    begin_text(s, text, size)
    while s.at < s.text_end and not s.doubts:
        what = read_line(s, &line, &length)
        if (what == BEGIN or what == END) and line.at[length] == 58:
            name = component_of(&line)
            s.calendars += 1
            if what == END or not is_component(&name, "VCALENDAR", 9) or not scan_calendar(s, &name):
                s.doubts |= NESTING
    if s.calendars == 0 and not s.doubts:
        s.doubts = NESTING
    if not s.doubts and s.n_definitions:
        check_zones(s)
    return 0


cdef void check_zones(Scan *s) noexcept nogil:
    """With VTIMEZONEs it matters from when on a zone is used (`ics.timezones`), and each line that names it counts."""
    cdef const uint8_t *at = s.text
    if s.calendars > 1 or count_zone_names(s.text, s.text_end) != s.zone_names:
        s.doubts |= ZONES
    while not s.doubts & ZONES:
        at = <const uint8_t *> memchr(at, 122, s.text_end - at)     # tzid, in small letters
        if at == NULL:
            break
        if at > s.text and (at - 1)[0] == 116 and s.text_end - at > 2 and at[1] == 105 and at[2] == 100:
            s.doubts |= ZONES
        at += 1


# ------------------------------------------------------------------------------------------------------------- Python

cdef class Scanner:
    """Reads texts one after another; what it gives for each are copies. Made for tests: `_place` uses the C functions.

    >>> text = b"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:a\\nDTSTART:20260302\\nEND:VEVENT\\nEND:VCALENDAR"
    >>> found = Scanner().scan(text)
    >>> found["events"][0]["uid"], found["events"][0]["start"]
    (b'a', (1, 1772409600, b''))
    """
    cdef Scan c
    cdef bytes address

    def __cinit__(self, bytes address=None):
        if open_scan(&self.c) < 0:
            raise MemoryError
        self.address = address
        set_person(&self.c, address)

    def __dealloc__(self):
        close_scan(&self.c)

    cdef int _read(self, const uint8_t[::1] text) except -1:
        cdef uint8_t none = 0
        cdef const uint8_t *at = &text[0] if text.shape[0] else &none
        cdef Py_ssize_t size = text.shape[0]
        cdef int failed
        with nogil:
            failed = scan_text(&self.c, at, size)
        if failed:
            raise MemoryError(f"no memory for a calendar of {size} bytes")
        return 0

    def count(self, const uint8_t[::1] text):
        """How many events a text has, and how many of them are in doubt; all, if the text is.

        >>> Scanner().count(b"BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:a\\nEND:VEVENT\\nEND:VCALENDAR")
        (1, 1)
        """
        cdef Py_ssize_t i, doubtful = 0
        self._read(text)
        for i in range(self.c.n_events):
            doubtful += self.c.events[i].doubts != 0
        return self.c.n_events, self.c.n_events if self.c.doubts else doubtful

    def scan(self, const uint8_t[::1] text):
        """Everything that a text says, as dicts."""
        self._read(text)
        return {
            "doubts": words_of(self.c.doubts),
            "zone": bytes_of(&self.c.zone),
            "zones": [bytes_of(&self.c.definitions[i].tzid) for i in range(self.c.n_definitions)],
            "events": [event_of(&self.c, &self.c.events[i]) for i in range(self.c.n_events)],
        }


cdef int set_person(Scan *s, bytes address) except -1:
    """Whose answers are wanted: an address as `freebusy.reading.address_of` gives it; it must stay alive."""
    s.who = NULL
    if address is None:
        return 0
    if address != address.strip().lower() or address.startswith(b"mailto:"):
        raise ColumnError(f"address={address!r}: give it in small letters and without mailto:")
    s.who = <const uint8_t *> <const char *> address
    s.who_size = len(address)
    # Nothing that icalendar would resolve or that has capitals beyond ASCII.
    s.who_is_odd = not address.isascii() or any(c in b"\\^%\",;: \t" for c in address) or not address
    return 0


cdef list words_of(uint32_t doubts):
    return [said for bit, said in DOUBTS.items() if doubts & <uint32_t> bit]


cdef object bytes_of(const Span *span):
    return None if span.at == NULL else (<const char *> span.at)[:span.size]


cdef object moment_of(const Scan *s, const Moment *moment):
    if moment.form == NO_FORM:
        return None
    return moment.form, moment.seconds, params_of(s, moment.params)


cdef bytes params_of(const Scan *s, int32_t number):
    """Parameters as they were written."""
    return (<const char *> s.params_text + s.params[number].at)[:s.params[number].size]


cdef dict event_of(const Scan *s, const Event *event):
    cdef Py_ssize_t i
    cdef dict found = {
        "doubts": words_of(event.doubts),
        "place": (event.begin, event.end),
        "uid": bytes_of(&event.uid),
        "rule": bytes_of(&event.rule),
        "length": bytes_of(&event.length),
        "start": moment_of(s, &event.start),
        "end": moment_of(s, &event.stop),
        "recurrence_id": moment_of(s, &event.named),
        "stamp": event.stamp,
        "sequence": event.sequence,
        "status": event.status,
        "transp": event.transp,
        "access": event.access,
        "busystatus": event.busy,
        "partstat": event.partstat,
        "rdates": [],
        "exdates": [],
    }
    for i in range(event.first_date, event.first_date + event.n_dates):
        found["exdates" if s.dates[i].taken else "rdates"].append(moment_of(s, &s.dates[i].moment))
    return found
