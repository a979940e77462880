"""Votes by the million, counted by poll and option.

Rules
1. A row is a poll, an option, a voter and a vote: 0 no, 1 if need be, 2 yes, -1 withdrawn. The last row of a voter for
   an option counts and no other; a withdrawn vote counts for nothing. Where the caller says that nobody voted twice,
   every row counts.
2. The answer has one row for each option of a poll that any row names, sorted by poll and option. Options of a poll
   are ranked from 1 on by most who can come (yes and if need be), then most yes, then the lower number.
3. With weights a vote counts as many times as its weight says.

Theory
Each pair of poll and option has a place, where its votes are added up (`_votes`). One pass finds what the columns hold
and which votes are none, one adds up. Where a voter may have more rows than one, the last is found as `_last` tells.
Pairs that came out of a hash table are sorted at the end, when there are as few of them as there will ever be: by
digits of 11 bits, as many as their numbers differ in.

This module knows nothing of who may vote and when: `transitions` does.
"""

from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memset

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._column cimport Column, new_column
from schedcore._intrinsics cimport fetch_to_write
from schedcore.polls._last cimport count_last
from schedcore.polls._votes cimport (
    AHEAD, BUCKETS, CHUNK, DONE, NO_MEMORY, STOPPED, Outcome, Places, Slot, Votes, find_places, first_room
)

from schedcore.errors import Cancelled, ColumnError

cdef enum:
    FEW_PLACES = 4096           # 128 KiB: so many places may be arithmetic, or as many as there are rows
    FEW_OPTIONS = 24            # options of a poll that insertion ranks faster than qsort
    DIGIT = 11                  # bits that are sorted by at once: 16 KiB of counters

# Python seeds the hash of text by process; the last bit makes the factors odd.
cdef uint64_t A = <uint64_t> <int64_t> hash("schedcore.polls.a") | 1
cdef uint64_t B = <uint64_t> <int64_t> hash("schedcore.polls.b") | 1


ctypedef struct Standing:       # an option as it is ranked
    int64_t can_come
    int64_t yes
    Py_ssize_t row


ctypedef struct Survey:         # what is in the columns
    int64_t first_poll, last_poll, first_option, last_option, first_voter, last_voter
    int64_t heaviest
    Py_ssize_t wrong            # the first row with a vote or weight that is none; -1: there is none


# ------------------------------------------------------------------------------------------------------------ counting

cdef void widen(const int64_t *column, Py_ssize_t first, Py_ssize_t end, int64_t *least, int64_t *most) noexcept nogil:
    """Take the values of some rows into bounds; in variables of its own, which no column can lie in."""
    cdef int64_t low = least[0], high = most[0]
    cdef Py_ssize_t i
    for i in range(first, end):
        low = min(low, column[i])
        high = max(high, column[i])
    least[0], most[0] = low, high


cdef Outcome look(const Votes *v, Survey *s, bint voters, CancelToken token) noexcept nogil:
    """See the least and the greatest of each column, and whether votes and weights are such."""
    cdef Py_ssize_t first = 0, end
    cdef int64_t lowest = 0, highest = 0, lightest = 0
    s.first_poll, s.first_option, s.first_voter = INT64_MAX, INT64_MAX, INT64_MAX
    s.last_poll, s.last_option, s.last_voter = INT64_MIN, INT64_MIN, INT64_MIN
    s.heaviest, s.wrong = 0, -1
    while first < v.size:
        if is_cancelled(token):
            return STOPPED
        end = min(first + CHUNK, v.size)
        widen(v.poll, first, end, &s.first_poll, &s.last_poll)
        widen(v.option, first, end, &s.first_option, &s.last_option)
        if voters:
            widen(v.voter, first, end, &s.first_voter, &s.last_voter)
        widen(v.vote, first, end, &lowest, &highest)
        if v.weight is not NULL:
            widen(v.weight, first, end, &lightest, &s.heaviest)
        if lowest < -1 or highest > 2 or lightest < 0:
            s.wrong = first
            while is_right(v, s.wrong):
                s.wrong += 1
            return DONE
        first = end
    return DONE


cdef inline bint is_right(const Votes *v, Py_ssize_t i) noexcept nogil:
    return -1 <= v.vote[i] <= 2 and (v.weight is NULL or v.weight[i] >= 0)


cdef int refuse(const Votes *v, const Survey *s) except -1:
    """ColumnError for a vote or weight that is none, or weights whose sum could not be told."""
    cdef Py_ssize_t i = s.wrong
    if i >= 0 and not -1 <= v.vote[i] <= 2:
        raise ColumnError(f"vote: row {i} is {v.vote[i]}; give 0 (no), 1 (if need be), 2 (yes) or -1 (withdrawn)")
    if i >= 0:
        raise ColumnError(f"weight: row {i} is {v.weight[i]}; a weight is 0 or more")
    # Half of it: a withdrawn vote adds its weight and one to the same counter.
    if s.heaviest and v.size > (INT64_MAX // 2) // s.heaviest:
        raise ColumnError(
            f"weight: {v.size} rows of up to {s.heaviest} could exceed 64 bits in sum; scale the weights down"
        )
    return 0


cdef void set_up(Votes *v, const Survey *s, Places *p) noexcept nogil:
    """Places by arithmetic where the numbers are dense enough for it, else by hashing."""
    cdef uint64_t polls = <uint64_t> s.last_poll - <uint64_t> s.first_poll
    cdef uint64_t options = <uint64_t> s.last_option - <uint64_t> s.first_option
    cdef uint64_t most = max(<uint64_t> v.size, FEW_PLACES)
    v.first_voter, v.voters = s.first_voter, <uint64_t> s.last_voter - <uint64_t> s.first_voter
    p.dense = polls < most and options < most and (options + 1) <= most // (polls + 1)
    if p.dense:
        p.poll, p.option, p.options = s.first_poll, s.first_option, <int64_t> options + 1
        p.size = <Py_ssize_t> ((polls + 1) * (options + 1))


cdef inline void add(const Votes *v, const Places *p, int64_t place, int64_t vote, Py_ssize_t row) noexcept nogil:
    """Count a vote as often as its row's weight says; one of no weight names its place all the same."""
    cdef int64_t *counts = p.counts + place * BUCKETS
    if v.weight is NULL:
        counts[vote + 1] += 1
    else:
        counts[vote + 1] += v.weight[row]
        counts[0] += 1


cdef Outcome count_all(const Votes *v, Places *p, CancelToken token) noexcept nogil:
    """Every row counts. Places of some rows are found first, so that their counters are on their way when touched."""
    cdef int64_t places[AHEAD]
    cdef Py_ssize_t i = 0, j, n
    while i < v.size:
        if i % CHUNK == 0 and is_cancelled(token):
            return STOPPED
        n = min(v.size - i, AHEAD)
        if not find_places(v, p, i, n, places):
            return NO_MEMORY
        for j in range(n):
            fetch_to_write(p.counts + places[j] * BUCKETS)
        for j in range(n):
            add(v, p, places[j], v.vote[i + j], i + j)
        i += n
    return DONE


# ------------------------------------------------------------------------------------------------------------- in order

cdef inline uint64_t number_of(const Slot *pair, const Survey *s, bint of_poll) noexcept nogil:
    """A number of a pair as unsigned, from the least on."""
    if of_poll:
        return <uint64_t> pair.poll - <uint64_t> s.first_poll
    return <uint64_t> pair.option - <uint64_t> s.first_option


cdef void by_digit(const Slot *pairs, Slot *out, Py_ssize_t n, const Survey *s, bint of_poll, int shift) noexcept nogil:
    """One pass of a radix sort; equal digits keep their order."""
    cdef Py_ssize_t[1 << DIGIT] ends
    cdef Py_ssize_t i, count, total = 0
    cdef uint64_t digit
    memset(ends, 0, sizeof(ends))
    for i in range(n):
        ends[(number_of(&pairs[i], s, of_poll) >> shift) & ((1 << DIGIT) - 1)] += 1
    for i in range(1 << DIGIT):
        count = ends[i]
        ends[i] = total
        total += count
    for i in range(n):
        digit = (number_of(&pairs[i], s, of_poll) >> shift) & ((1 << DIGIT) - 1)
        out[ends[digit]] = pairs[i]
        ends[digit] += 1


cdef Slot *sorted_pairs(Slot *pairs, Slot *spare, Py_ssize_t n, const Survey *s) noexcept nogil:
    """Sort by option, then by poll, between two pieces of memory; gives the one that has the result."""
    cdef uint64_t most
    cdef int of_poll, shift
    for of_poll in range(2):
        most = <uint64_t> s.last_poll - <uint64_t> s.first_poll
        if not of_poll:
            most = <uint64_t> s.last_option - <uint64_t> s.first_option
        shift = 0
        while shift < 64 and most >> shift:
            by_digit(pairs, spare, n, s, of_poll, shift)
            pairs, spare = spare, pairs
            shift += DIGIT
    return pairs


cdef inline bint is_named(const Places *p, Py_ssize_t place) noexcept nogil:
    """Whether any row names the pair of a place."""
    cdef const int64_t *counts = p.counts + place * BUCKETS
    return (counts[0] | counts[1] | counts[2] | counts[3]) != 0


cdef Py_ssize_t listed(const Places *p, Slot *pairs) noexcept nogil:
    """List all pairs that were named, in whatever order they lie; dense ones lie in order."""
    cdef Py_ssize_t i, n = 0
    if p.dense:
        for i in range(p.size):
            if is_named(p, i):
                pairs[n].poll, pairs[n].option = p.poll + i // p.options, p.option + i % p.options
                pairs[n].place = i
                n += 1
        return n
    for i in range(p.room):
        if p.slots[i].place >= 0:
            pairs[n] = p.slots[i]
            n += 1
    return n


cdef Slot *in_order(const Places *p, const Survey *s, Py_ssize_t *n) noexcept nogil:
    """All pairs that were named, sorted, as memory of the caller's; NULL without memory."""
    cdef Slot *pairs
    cdef Slot *spare
    cdef Slot *found
    cdef Py_ssize_t i
    n[0] = 0
    for i in range(p.size):
        n[0] += is_named(p, i)
    pairs = <Slot *> PyMem_RawMalloc(max(n[0], 1) * sizeof(Slot))
    if pairs is NULL:
        return NULL
    n[0] = listed(p, pairs)
    if p.dense or n[0] < 2:
        return pairs
    spare = <Slot *> PyMem_RawMalloc(n[0] * sizeof(Slot))
    found = sorted_pairs(pairs, spare, n[0], s) if spare is not NULL else NULL
    PyMem_RawFree(spare if found is pairs else pairs)
    return found


# ------------------------------------------------------------------------------------------------------------- ranking

cdef inline bint better(const Standing *a, const Standing *b) noexcept nogil:
    """Whether a ranks before b: most who can come, then most yes, then the earlier row."""
    if a.can_come != b.can_come:
        return a.can_come > b.can_come
    if a.yes != b.yes:
        return a.yes > b.yes
    return a.row < b.row


cdef int by_standing(const void *a, const void *b) noexcept nogil:
    return -1 if better(<const Standing *> a, <const Standing *> b) else 1


cdef void rank_poll(Standing *options, Py_ssize_t n, int64_t *rank) noexcept nogil:
    """Rank the options of one poll, from 1 on; `rank` is by row."""
    cdef Py_ssize_t i, j
    cdef Standing moving
    if n > FEW_OPTIONS:
        qsort(options, n, sizeof(Standing), by_standing)
    else:
        for i in range(1, n):
            moving = options[i]
            j = i
            while j > 0 and better(&moving, &options[j - 1]):
                options[j] = options[j - 1]
                j -= 1
            options[j] = moving
    for i in range(n):
        rank[options[i].row] = i + 1


cdef void rank_all(const Slot *pairs, Py_ssize_t n, const int64_t *if_need_be, const int64_t *yes, Standing *options,
                   int64_t *rank) noexcept nogil:
    cdef Py_ssize_t i, first = 0
    for i in range(n):
        if pairs[i].poll != pairs[first].poll:
            rank_poll(options + first, i - first, rank)
            first = i
        options[i].can_come, options[i].yes, options[i].row = if_need_be[i] + yes[i], yes[i], i
    rank_poll(options + first, n - first, rank)


cdef void fill_columns(const Places *p, const Slot *pairs, Py_ssize_t n, int64_t *poll, int64_t *option, int64_t *no,
                       int64_t *if_need_be, int64_t *yes) noexcept nogil:
    cdef Py_ssize_t i
    cdef const int64_t *counts
    for i in range(n):
        counts = p.counts + pairs[i].place * BUCKETS
        poll[i], option[i] = pairs[i].poll, pairs[i].option
        no[i], if_need_be[i], yes[i] = counts[1], counts[2], counts[3]


cdef tuple answer(const Places *p, const Slot *pairs, Py_ssize_t n):
    """The columns of the answer: poll, option, no, if need be, yes, rank."""
    cdef Column poll = new_column(n), option = new_column(n), rank = new_column(n)
    cdef Column no = new_column(n), if_need_be = new_column(n), yes = new_column(n), column
    cdef Standing *options = <Standing *> PyMem_RawMalloc(max(n, 1) * sizeof(Standing))
    if options is NULL:
        raise MemoryError(f"no memory to rank {n} options")
    with nogil:
        fill_columns(p, pairs, n, poll.data, option.data, no.data, if_need_be.data, yes.data)
        rank_all(pairs, n, if_need_be.data, yes.data, options, rank.data)
    PyMem_RawFree(options)
    for column in (poll, option, no, if_need_be, yes, rank):
        column.size = n
    return poll, option, no, if_need_be, yes, rank


# ---------------------------------------------------------------------------------------------------------------- door

def tally(const int64_t[::1] poll, const int64_t[::1] option, const int64_t[::1] voter, const int64_t[::1] vote,
          const int64_t[::1] weight, bint unique, CancelToken cancel):
    """Count columns of one length; `weight` may be None. Gives columns as `answer` does."""
    cdef Votes v
    cdef Places p
    cdef Survey s
    cdef Slot *pairs = NULL
    cdef Py_ssize_t n = 0
    cdef Outcome outcome = DONE
    memset(&p, 0, sizeof(p))
    memset(&v, 0, sizeof(v))
    p.a, p.b = A, B
    v.size = poll.shape[0]
    if v.size:
        v.poll, v.option, v.voter, v.vote = &poll[0], &option[0], &voter[0], &vote[0]
        v.weight = &weight[0] if weight is not None else NULL
    try:
        with nogil:
            outcome = look(&v, &s, not unique, cancel)
        if outcome == DONE:
            refuse(&v, &s)
            with nogil:
                if v.size:
                    set_up(&v, &s, &p)
                    outcome = NO_MEMORY
                    if first_room(&p):
                        outcome = count_all(&v, &p, cancel) if unique else count_last(&v, &p, cancel)
                if outcome == DONE:
                    pairs = in_order(&p, &s, &n)
        if outcome == STOPPED:
            raise Cancelled(f"tallying {v.size} votes was cancelled")
        if outcome == NO_MEMORY or pairs is NULL:
            raise MemoryError(f"no memory to tally {v.size} votes")
        return answer(&p, pairs, n)
    finally:
        PyMem_RawFree(p.slots)
        PyMem_RawFree(p.counts)
        PyMem_RawFree(pairs)
