"""Lines of an iCalendar text, and their names.

Theory
First one loop over all bytes asks what would change the meaning of lines: control characters, which `ics.text` takes
out; a CR without LF, which ends a line there; bytes beyond ASCII, to be checked for UTF-8. It has no branch, so the
compiler makes it 16 bytes at a time. Behind it lines end at LF, which `memchr` finds, and may have a CR before it.

A line that begins with a blank continues the one before (RFC 5545 3.1). Of a folded line the name is looked at first:
if it is of no concern, its continuations are skipped where they are; otherwise they are joined in `Scan.unfolded`,
which is made as large as the text when the first such line comes, so that nothing in it ever moves.

The name is what stands before the first colon or semicolon. Its length and first letter tell which of the wanted names
it could be: one number, `256 * length + letter`, and a switch on it. Of the 17 names only these share one:

    7 D  DTSTART DTSTAMP      5 R  RRULE RDATE      6 E  EXDATE EXRULE      5 B, 3 E  BEGIN, END, of a component

so that a name costs one comparison, or two, and any other name none but by accident (SUMMARY has 7 S, which is no key).

Parameters of dates (`;TZID=Europe/Zurich`) are looked up in a table as they stand, as bytes, and become a number.
What it means is asked of `ics` once for each, not once for each date.

"""

from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset

from schedcore.bulk._chars cimport behind_blank_lines, hash_of, is_blank, is_name_char, is_utf8, same_word
from schedcore.bulk._found cimport (
    ATTENDEE, BEGIN, BUSYSTATUS, CLASS, CONTROLS, CUT_NAME, DTEND, DTSTAMP, DTSTART, DURATION, ENCODING, END, EXDATE,
    EXRULE, LAYOUT, NO_PARAMS, ODD_NAME, ODD_PARAMS, OTHER_NAME, RDATE, RECURRENCE_ID, RRULE, SEQUENCE, STATUS, TRANSP,
    TZID, UID, WR_TIMEZONE, Name, Params, Scan, Span,
)


cdef enum Key:              # 256 * length + first letter
    KEY_UID = 3 * 256 + 117
    KEY_END = 3 * 256 + 101
    KEY_TZID = 4 * 256 + 116
    KEY_D5 = 5 * 256 + 100
    KEY_R5 = 5 * 256 + 114
    KEY_C5 = 5 * 256 + 99
    KEY_B5 = 5 * 256 + 98
    KEY_E6 = 6 * 256 + 101
    KEY_S6 = 6 * 256 + 115
    KEY_T6 = 6 * 256 + 116
    KEY_D7 = 7 * 256 + 100
    KEY_D8 = 8 * 256 + 100
    KEY_S8 = 8 * 256 + 115
    KEY_A8 = 8 * 256 + 97
    KEY_R13 = 13 * 256 + 114
    KEY_X13 = 13 * 256 + 120
    KEY_X26 = 26 * 256 + 120

cdef enum:
    LONGEST_NAME = 26               # X-MICROSOFT-CDO-BUSYSTATUS
    MOST_PARAMS = 2048              # remembered at a time: real calendars have a few zones, strangers what they like
    PARAMS_SLOTS = 8192
    LONGEST_PARAMS = 255
    PARAMS_ROOM = MOST_PARAMS * LONGEST_PARAMS
    FRESH_PARAMS = 1024             # more of them than that, and the next text begins with none


# ------------------------------------------------------------------------------------------------------------- memory

cdef int open_scan(Scan *s) noexcept nogil:
    """Make the tables; -1 without memory."""
    memset(s, 0, sizeof(Scan))
    s.params = <Params *> malloc((MOST_PARAMS + 1) * sizeof(Params))
    s.params_slots = <int32_t *> malloc(PARAMS_SLOTS * sizeof(int32_t))
    s.params_text = <uint8_t *> malloc(PARAMS_ROOM)
    if s.params == NULL or s.params_slots == NULL or s.params_text == NULL:
        close_scan(s)
        return -1
    clear_params(s)
    return 0


cdef void close_scan(Scan *s) noexcept nogil:
    free(s.events)
    free(s.dates)
    free(s.definitions)
    free(s.unfolded)
    free(s.params)
    free(s.params_slots)
    free(s.params_text)
    memset(s, 0, sizeof(Scan))


cdef void clear_params(Scan *s) noexcept nogil:
    memset(s.params, 0, sizeof(Params))
    memset(s.params_slots, 255, PARAMS_SLOTS * sizeof(int32_t))
    s.n_params = 1                  # the first stands for none
    s.params_text_size = 0
    s.params_cleared = True


cdef bint grow(void **items, Py_ssize_t n, Py_ssize_t *room, size_t size) noexcept nogil:
    """Make room for one more of `n` items; false without memory."""
    cdef Py_ssize_t wanted
    cdef void *found
    if n < room[0]:
        return True
    wanted = 2 * room[0] + 16
    found = realloc(items[0], wanted * size)
    if found == NULL:
        return False
    items[0] = found
    room[0] = wanted
    return True


# -------------------------------------------------------------------------------------------------------------- lines

cdef uint32_t survey(const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """What is wrong with the bytes of a text, wherever they stand."""
    cdef uint8_t wrong = 0, high = 0, c
    cdef Py_ssize_t i
    for i in range(size - 1):
        c = text[i]
        high |= c
        wrong |= (
            ((c < 32) & (c != 9) & (c != 10) & (c != 13))
            | (c == 127)
            | ((c == 13) & (text[i + 1] != 10))
        )
    if size:
        c = text[size - 1]
        high |= c
        wrong |= (c < 32 and c != 9 and c != 10) or c == 127
    if wrong:
        return CONTROLS
    return ENCODING if high >= 128 and not is_utf8(text, text + size) else 0


cdef inline Span next_line(Scan *s) noexcept nogil:
    """The next line as it stands; afterwards `s.at` is behind it and behind the blank lines that follow."""
    cdef Span line
    cdef const uint8_t *stop = <const uint8_t *> memchr(s.at, 10, s.text_end - s.at)
    line.at = s.at
    if stop == NULL:
        stop = s.text_end
        s.at = stop
    else:
        s.at = behind_blank_lines(stop + 1, s.text_end)
    line.size = stop - line.at
    if line.size and (stop - 1)[0] == 13:
        line.size -= 1
    return line


cdef bint is_continued(const Scan *s) noexcept nogil:
    return s.at < s.text_end and is_blank(s.at[0])


cdef void skip_continuations(Scan *s) noexcept nogil:
    while is_continued(s):
        next_line(s)


cdef bint unfold(Scan *s, Span *line) noexcept nogil:
    """Join a line with those that continue it; false without memory."""
    cdef uint8_t *out
    cdef Span part = line[0]
    if s.unfolded_room < s.text_end - s.text:
        free(s.unfolded)            # nothing is in it yet: from the first line on it is as large as the text
        s.unfolded_room = 0
        s.unfolded = <uint8_t *> malloc(s.text_end - s.text)
        if s.unfolded == NULL:
            return False
        s.unfolded_room = s.text_end - s.text
    out = s.unfolded + s.unfolded_size
    line.at = out
    while True:
        memcpy(out, part.at, part.size)
        out += part.size
        if not is_continued(s):
            break
        s.at += 1                   # the blank
        part = next_line(s)
    line.size = out - line.at
    s.unfolded_size += line.size
    return True


cdef void begin_text(Scan *s, const uint8_t *text, Py_ssize_t size) noexcept nogil:
    """Stand before the first line of a text; what is wrong with its bytes is in `s.doubts`."""
    s.params_cleared = False
    if s.n_params > FRESH_PARAMS:
        clear_params(s)
    s.n_events = s.n_dates = s.n_definitions = s.unfolded_size = s.calendars = s.zone_names = 0
    s.zone = Span(NULL, 0)
    if size >= 3 and text[0] == 239 and text[1] == 187 and text[2] == 191:
        text += 3                                       # the byte order mark of UTF-8
        size -= 3
    s.text = text
    s.text_end = text + size
    s.doubts = survey(text, size)
    s.at = behind_blank_lines(text, s.text_end)
    if is_continued(s):
        s.doubts |= LAYOUT


# -------------------------------------------------------------------------------------------------------------- names

cdef inline Name named(const uint8_t *at, Py_ssize_t size, const char *word, Py_ssize_t length,
                       Name name) noexcept nogil:
    return name if same_word(at, size, word, length) else OTHER_NAME


cdef inline Name name_of(const Span *line, Py_ssize_t *size) noexcept nogil:
    """Which name a line begins with, and how long that is. The opening of this module has the theory."""
    cdef const uint8_t *at = line.at
    cdef Py_ssize_t n = 0
    cdef Name found
    while n < line.size and is_name_char(at[n]):
        n += 1
    size[0] = n
    if n == line.size:
        return CUT_NAME
    if at[n] != 58 and at[n] != 59:                     # colon, semicolon
        return strange_name(line, n)
    if n > LONGEST_NAME or n == 0:
        return OTHER_NAME
    key = <int> (256 * n + (at[0] | 32))
    if key == KEY_UID:
        return named(at, n, "UID", 3, UID)
    elif key == KEY_END:
        return named(at, n, "END", 3, END)
    elif key == KEY_TZID:
        return named(at, n, "TZID", 4, TZID)
    elif key == KEY_D5:
        return named(at, n, "DTEND", 5, DTEND)
    elif key == KEY_R5:
        found = named(at, n, "RRULE", 5, RRULE)
        return found if found else named(at, n, "RDATE", 5, RDATE)
    elif key == KEY_C5:
        return named(at, n, "CLASS", 5, CLASS)
    elif key == KEY_B5:
        return named(at, n, "BEGIN", 5, BEGIN)
    elif key == KEY_E6:
        found = named(at, n, "EXDATE", 6, EXDATE)
        return found if found else named(at, n, "EXRULE", 6, EXRULE)
    elif key == KEY_S6:
        return named(at, n, "STATUS", 6, STATUS)
    elif key == KEY_T6:
        return named(at, n, "TRANSP", 6, TRANSP)
    elif key == KEY_D7:
        found = named(at, n, "DTSTART", 7, DTSTART)
        return found if found else named(at, n, "DTSTAMP", 7, DTSTAMP)
    elif key == KEY_D8:
        return named(at, n, "DURATION", 8, DURATION)
    elif key == KEY_S8:
        return named(at, n, "SEQUENCE", 8, SEQUENCE)
    elif key == KEY_A8:
        return named(at, n, "ATTENDEE", 8, ATTENDEE)
    elif key == KEY_R13:
        return named(at, n, "RECURRENCE-ID", 13, RECURRENCE_ID)
    elif key == KEY_X13:
        return named(at, n, "X-WR-TIMEZONE", 13, WR_TIMEZONE)
    elif key == KEY_X26:
        return named(at, n, "X-MICROSOFT-CDO-BUSYSTATUS", 26, BUSYSTATUS)
    return OTHER_NAME


cdef Name strange_name(const Span *line, Py_ssize_t n) noexcept nogil:
    """A name with something else behind it. Only blanks are forgiven by `ics`; and it knows letters beyond ASCII that
    are an I in capitals, so that BEG\u0131N begins something.
    """
    cdef Py_ssize_t i = n
    if line.at[n] >= 128 and n and (line.at[0] | 32) == 98:
        return ODD_NAME
    while i < line.size and is_blank(line.at[i]):
        i += 1
    if i == line.size:
        return CUT_NAME
    return ODD_NAME if i > n and (line.at[i] == 58 or line.at[i] == 59) else OTHER_NAME


cdef Name read_line(Scan *s, Span *line, Py_ssize_t *size) noexcept nogil:
    """The next line, unfolded if it is wanted, and its name; CUT_NAME for a line that is no property."""
    cdef Name name
    line[0] = next_line(s)
    name = name_of(line, size)
    if is_continued(s):
        if name == OTHER_NAME:
            skip_continuations(s)
        elif unfold(s, line):
            name = name_of(line, size)
        else:
            s.doubts |= LAYOUT      # without memory
            skip_continuations(s)
    if name == ODD_NAME:
        s.doubts |= LAYOUT
    return name


cdef bint split(const Span *line, Py_ssize_t size, Span *params, Span *value) noexcept nogil:
    """Parameters and value of a property: the colon is the first one outside of quotes. False if there is none.

    Nothing of UTF-8 is mistaken for one: all bytes of other characters are above 127.
    """
    cdef const uint8_t *at = line.at + size
    cdef const uint8_t *end = line.at + line.size
    cdef bint quoted = False
    params.at = at
    while at < end and (quoted or at[0] != 58):
        quoted ^= at[0] == 34
        at += 1
    if at == end:
        return False
    params.size = at - params.at
    at += 1
    while at < end and is_blank(at[0]):
        at += 1
    while end > at and is_blank((end - 1)[0]):
        end -= 1
    value.at = at
    value.size = end - at
    return True


# --------------------------------------------------------------------------------------------------------- parameters

cdef int32_t params_number(Scan *s, const Span *params) noexcept nogil:
    """The place of parameters among those that are remembered, NO_PARAMS for none, ODD_PARAMS if that cannot be."""
    cdef uint32_t hash, at
    cdef int32_t place
    cdef Params *one
    if params.size == 0:
        return NO_PARAMS
    if params.size > LONGEST_PARAMS:
        return ODD_PARAMS
    hash = hash_of(params.at, params.size)
    at = hash % PARAMS_SLOTS
    while True:
        place = s.params_slots[at]
        if place < 0:
            break
        one = &s.params[place]
        if one.hash == hash and one.size == params.size \
                and memcmp(s.params_text + one.at, params.at, params.size) == 0:
            return place
        at = (at + 1) % PARAMS_SLOTS
    if s.n_params == MOST_PARAMS:
        return ODD_PARAMS
    place = <int32_t> s.n_params
    one = &s.params[place]
    one.at = s.params_text_size
    one.size = params.size
    one.hash = hash
    one.has_zone = count_zone_names(params.at, params.at + params.size) > 0
    memcpy(s.params_text + one.at, params.at, params.size)
    s.params_text_size += params.size
    s.n_params += 1
    s.params_slots[at] = place
    return place


cdef Py_ssize_t count_zone_names(const uint8_t *at, const uint8_t *end) noexcept nogil:
    """How often TZID stands in a text, in capitals or small letters."""
    cdef Py_ssize_t found = 0
    while end - at > 3:
        at = <const uint8_t *> memchr(at, 84, end - at - 3)
        if at == NULL:
            break
        found += at[1] == 90 and at[2] == 73 and at[3] == 68
        at += 1
    return found
