"""What the properties of an event say, where they say it plainly; anything else is a doubt."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memchr

from schedcore.bulk._chars cimport is_ascii, is_blank, is_name_char, read_clock, read_day, same_word
from schedcore.bulk._found cimport (
    ATTENDEE, ATTENDEES, BUSYSTATUS, CLASS, DAY_FORM, DTEND, DTSTAMP, DTSTART, DURATION, EXDATE, EXRULE, LENGTH,
    LOCAL_FORM, NO_FORM, NO_PARAMS, NO_START, NO_UID, ODD_PARAMS, PARAMETERS, PROPERTIES, RDATE, RECURRENCE_ID, RRULE,
    RULE, SEQUENCE, STATUS, TRANSP, UID, UTC_FORM, VALUES, Date, Event, Moment, Name, Scan, Span,
)
from schedcore.bulk._lines cimport grow, params_number, split


# ------------------------------------------------------------------------------------------------------------- values

cdef bint read_moment(const uint8_t *at, Py_ssize_t size, int32_t params, Moment *out) noexcept nogil:
    """A date, or a date and time, as RFC 5545 3.3.4 and 3.3.5 write them."""
    cdef int64_t clock = 0
    out.params = params
    out.form = NO_FORM
    if (size != 8 and size != 15 and size != 16) or not read_day(at, &out.seconds):
        return False
    if size == 8:
        out.form = DAY_FORM
        return True
    if at[8] != 84 or not read_clock(at + 9, &clock) or (size == 16 and at[15] != 90):
        return False
    out.seconds += clock
    out.form = LOCAL_FORM if size == 15 else UTC_FORM
    return True


cdef int32_t date_params(Scan *s, Event *event, const Span *params) noexcept nogil:
    """The number of a date's parameters."""
    cdef int32_t number = params_number(s, params)
    if number == ODD_PARAMS:
        event.doubts |= PARAMETERS
        return NO_PARAMS
    s.zone_names += s.params[number].has_zone
    return number


cdef void take_moment(Scan *s, Event *event, const Span *params, const Span *value, Moment *out) noexcept nogil:
    if not read_moment(value.at, value.size, date_params(s, event, params), out):
        event.doubts |= VALUES


cdef bint take_dates(Scan *s, Event *event, const Span *params, const Span *value, bint taken) noexcept nogil:
    """The items of an RDATE or EXDATE; false without memory."""
    cdef int32_t number = date_params(s, event, params)
    cdef const uint8_t *at = value.at
    cdef const uint8_t *end = value.at + value.size
    cdef const uint8_t *stop
    cdef const uint8_t *last
    cdef Date *date
    while at < end:
        stop = <const uint8_t *> memchr(at, 44, end - at)
        if stop == NULL:
            stop = end
        last = stop
        while at < last and is_blank(at[0]):
            at += 1
        while last > at and is_blank((last - 1)[0]):
            last -= 1
        if last > at:
            if not grow(<void **> &s.dates, s.n_dates, &s.dates_room, sizeof(Date)):
                return False
            date = &s.dates[s.n_dates]
            date.taken = taken
            if not read_moment(at, last - at, number, &date.moment):
                event.doubts |= VALUES
                return True
            s.n_dates += 1
        at = stop + 1
    return True


cdef uint8_t word_of(Event *event, const Span *value, int which) noexcept nogil:
    """The number of a word in `WORDS`, whatever its case; 0 for an empty one, which is as good as absent."""
    cdef const uint8_t *at = value.at
    cdef Py_ssize_t n = value.size
    if n == 0:
        return 0
    if not is_ascii(at, n):
        event.doubts |= VALUES      # in capitals it may be a word after all
        return 0
    if which == STATUS:
        return (1 if same_word(at, n, "CONFIRMED", 9) else 2 if same_word(at, n, "TENTATIVE", 9)
                else 3 if same_word(at, n, "CANCELLED", 9) else 4)
    if which == TRANSP:
        return 1 if same_word(at, n, "OPAQUE", 6) else 2 if same_word(at, n, "TRANSPARENT", 11) else 3
    if which == CLASS:
        return (1 if same_word(at, n, "PUBLIC", 6) else 2 if same_word(at, n, "PRIVATE", 7)
                else 3 if same_word(at, n, "CONFIDENTIAL", 12) else 4)
    if which == BUSYSTATUS:
        return (1 if same_word(at, n, "FREE", 4) else 2 if same_word(at, n, "TENTATIVE", 9)
                else 3 if same_word(at, n, "BUSY", 4) else 4 if same_word(at, n, "OOF", 3)
                else 5 if same_word(at, n, "WORKINGELSEWHERE", 16) else 6)
    return (1 if same_word(at, n, "NEEDS-ACTION", 12) else 2 if same_word(at, n, "ACCEPTED", 8)
            else 3 if same_word(at, n, "TENTATIVE", 9) else 4 if same_word(at, n, "DECLINED", 8)
            else 5 if same_word(at, n, "DELEGATED", 9) else 6)


cdef int32_t number_of(const Span *value) noexcept nogil:
    """SEQUENCE; what is no number below a thousand million is 0, the default (RFC 5545 3.8.7.4)."""
    cdef int32_t found = 0
    cdef Py_ssize_t i
    if value.size > 9:
        return 0
    for i in range(value.size):
        if not 48 <= value.at[i] <= 57:
            return 0
        found = 10 * found + value.at[i] - 48
    return found


# ---------------------------------------------------------------------------------------------------------- attendees

cdef bint is_wanted(const Scan *s, const Span *address) noexcept nogil:
    """Whether an address is the one that is asked for: without mailto:, in any case."""
    cdef const uint8_t *at = address.at
    cdef Py_ssize_t n = address.size, i
    if n > 7 and same_word(at, 7, "MAILTO:", 7):
        at += 7
        n -= 7
    if n != s.who_size:
        return False
    for i in range(n):
        if (at[i] + 32 if 65 <= at[i] <= 90 else at[i]) != s.who[i]:
            return False
    return True


cdef bint next_param(Span *rest, Span *name, Span *value) noexcept nogil:
    """Take the first parameter off; false if it is not plain. A value in quotes comes without them."""
    cdef const uint8_t *at = rest.at + 1                # the semicolon
    cdef const uint8_t *end = rest.at + rest.size
    cdef bint quoted = False
    name.at = at
    while at < end and is_name_char(at[0]):
        at += 1
    name.size = at - name.at
    if name.size == 0 or at == end or at[0] != 61:      # equals sign
        return False
    at += 1
    value.at = at
    while at < end and (quoted or at[0] != 59):
        quoted ^= at[0] == 34
        at += 1
    value.size = at - value.at
    if value.size > 1 and value.at[0] == 34 and (at - 1)[0] == 34:
        value.at += 1
        value.size -= 2
    rest.at = at
    rest.size = end - at
    return True


cdef bint is_simple(const Span *value) noexcept nogil:
    """Whether nothing has to be taken out of quotes, lists or blanks."""
    cdef Py_ssize_t i
    for i in range(value.size):
        if value.at[i] == 34 or value.at[i] == 44 or is_blank(value.at[i]):
            return False
    return value.size > 0


cdef void take_attendee(Scan *s, Event *event, const Span *line, Span *params, Span *value) noexcept nogil:
    """Note the answer of the person who is asked for, the first time that they are named."""
    cdef Span name, given
    cdef Span answer = Span(NULL, 0)
    cdef bint found, plain = not s.who_is_odd and is_ascii(value.at, value.size)
    cdef bint by_mail = False, ascii = is_ascii(line.at, line.size)
    if event.partstat:
        return
    # icalendar resolves these: backslash, caret (RFC 6868), percent.
    plain = plain and memchr(line.at, 92, line.size) == NULL and memchr(line.at, 94, line.size) == NULL \
        and memchr(line.at, 37, line.size) == NULL
    found = is_wanted(s, value)
    while plain and params.size:
        plain = next_param(params, &name, &given)
        if not plain:
            break
        if same_word(name.at, name.size, "EMAIL", 5):
            plain = not by_mail and ascii and is_simple(&given)
            by_mail = True
            found = found or is_wanted(s, &given)
        elif same_word(name.at, name.size, "PARTSTAT", 8):
            plain = answer.at == NULL and is_simple(&given)
            answer = given
    if not plain:
        event.doubts |= ATTENDEES
    elif found:
        event.partstat = word_of(event, &answer, ATTENDEE) if answer.at != NULL else 1


# ---------------------------------------------------------------------------------------------------------- an event

cdef bint take(Scan *s, Event *event, Name name, const Span *line, Py_ssize_t size) noexcept nogil:
    """Take one property of an event; the first of its name counts, as in `ics.draft`. False without memory."""
    cdef Span params, value
    cdef Moment moment
    cdef bint again = (event.seen >> <int> name) & 1
    if name == ATTENDEE and s.who == NULL:
        return True
    if not split(line, size, &params, &value):
        event.doubts |= PARAMETERS
        return True
    event.seen |= <uint32_t> 1 << <int> name
    if name == RDATE or name == EXDATE:
        return take_dates(s, event, &params, &value, name == EXDATE)
    if name == ATTENDEE:
        take_attendee(s, event, line, &params, &value)
    elif name == RRULE:
        event.doubts |= PROPERTIES if again else 0
        event.rule = value
    elif name == EXRULE:
        event.doubts |= PROPERTIES
    elif again:
        pass
    elif name == DTSTART:
        take_moment(s, event, &params, &value, &event.start)
    elif name == DTEND:
        take_moment(s, event, &params, &value, &event.stop)
    elif name == RECURRENCE_ID:
        take_moment(s, event, &params, &value, &event.named)
    elif name == UID:
        event.uid = value
    elif name == DURATION:
        event.length = value
    elif name == DTSTAMP:
        if params.size == 0 and read_moment(value.at, value.size, NO_PARAMS, &moment):
            event.stamp = moment.seconds
    elif name == SEQUENCE:
        event.sequence = number_of(&value)
    elif name == STATUS:
        event.status = word_of(event, &value, STATUS)
    elif name == TRANSP:
        event.transp = word_of(event, &value, TRANSP)
    elif name == CLASS:
        event.access = word_of(event, &value, CLASS)
    elif name == BUSYSTATUS:
        event.busy = word_of(event, &value, BUSYSTATUS)
    return True


cdef void check(Event *event) noexcept nogil:
    """What an event must have, and must not have together."""
    if event.uid.size == 0 or not is_ascii(event.uid.at, event.uid.size) \
            or memchr(event.uid.at, 92, event.uid.size) != NULL:
        event.doubts |= NO_UID
    if event.start.form == NO_FORM:
        event.doubts |= NO_START
    if (event.seen >> DTEND) & (event.seen >> DURATION) & 1:
        event.doubts |= LENGTH
    if (event.seen >> DURATION) & 1 and (event.length.size == 0 or not is_ascii(event.length.at, event.length.size)):
        event.doubts |= VALUES
    if (event.seen >> RRULE) & 1 and (event.rule.size == 0 or not is_ascii(event.rule.at, event.rule.size)):
        event.doubts |= RULE
