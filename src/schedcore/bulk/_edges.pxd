"""Where runs of ones begin and end in words of a line, or of three lines of which a higher one covers the lower ones.

In C, since it is compiled twice: for any processor, and for those that find and count ones by an instruction of their
own (BMI, POPCNT) and compare four words at once (AVX2): x86-64-v3, nearly all that was made since 2013. Which of the
two runs is asked of the processor when the module is loaded; both give the same.

1. All words are looked at first, four at a time, for their begins and closes: a word needs nothing of the one before
   but its top bit. Which of them have any is a word of bits in its turn.
2. Only those are written out. Whoever is written to has room for two more. A company's blocks are more than caches
   hold, so their memory is asked for ahead.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

# In what follows `schedcore_trailing_zeros` and `schedcore_fetch_to_write` are its.
from schedcore._intrinsics cimport trailing_zeros  # no-cython-lint


cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    typedef struct {                    /* of 64 words */
        uint64_t begins[64], closes[64];
        uint64_t two[64], three[64];    /* what is shown of the higher lines */
    } schedcore_edges;

    typedef struct {                    /* where the next block goes */
        int64_t *start, *end;
        uint8_t *rank;
    } schedcore_next;

    #define SCHEDCORE_SOON 1024         /* bytes ahead: 16 lines of the cache */

    #if defined(__GNUC__) || defined(__clang__)
    #define SCHEDCORE_VECTORS
    #define SCHEDCORE_INLINE static inline __attribute__((always_inline))
    #define SCHEDCORE_APART static __attribute__((noinline))
    #define schedcore_count(ones) __builtin_popcountll(ones)
    #else
    #define SCHEDCORE_INLINE static inline
    #define SCHEDCORE_APART static
    #define schedcore_count(ones) 0                     /* never asked: nothing is fast then */
    #endif

    SCHEDCORE_INLINE int schedcore_place(uint64_t ones) { return ones ? schedcore_trailing_zeros(ones) : 64; }

    SCHEDCORE_INLINE int schedcore_number(uint64_t ones, int fast) {
        if (fast) return schedcore_count(ones);
        ones -= ones >> 1 & 0x5555555555555555u;        /* by pairs, by fours, by bytes; without POPCNT it is a call */
        ones = (ones & 0x3333333333333333u) + (ones >> 2 & 0x3333333333333333u);
        return (int)(((ones + (ones >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u >> 56);
    }

    #ifdef SCHEDCORE_VECTORS

    typedef uint64_t schedcore_four __attribute__((vector_size(32)));

    SCHEDCORE_INLINE uint64_t schedcore_edges_of_one(const uint64_t *w, int n, schedcore_edges *out) {
        schedcore_four some = {0, 0, 0, 0}, bit = {1, 2, 4, 8}, word, before, begins, closes;
        for (int i = 0; i < n; i += 4, bit <<= 4) {
            memcpy(&word, w + i, 32);
            memcpy(&before, w + i - 1, 32);
            before = word << 1 | before >> 63;
            begins = word & ~before, closes = before & ~word;
            memcpy(out->begins + i, &begins, 32);
            memcpy(out->closes + i, &closes, 32);
            some |= (schedcore_four)(word != before) & bit;
        }
        return some[0] | some[1] | some[2] | some[3];
    }

    SCHEDCORE_INLINE uint64_t schedcore_edges_of_three(const uint64_t *one, const uint64_t *two, const uint64_t *three,
                                                       int n, schedcore_edges *out) {
        schedcore_four some = {0, 0, 0, 0}, bit = {1, 2, 4, 8}, a, b, c, before_a, before_b, before_c, begins, closes;
        for (int i = 0; i < n; i += 4, bit <<= 4) {
            memcpy(&a, one + i, 32), memcpy(&b, two + i, 32), memcpy(&c, three + i, 32);
            memcpy(&before_a, one + i - 1, 32), memcpy(&before_b, two + i - 1, 32);
            memcpy(&before_c, three + i - 1, 32);
            a &= ~(b | c), b &= ~c;
            before_a &= ~(before_b | before_c), before_b &= ~before_c;
            before_a = a << 1 | before_a >> 63;
            before_b = b << 1 | before_b >> 63;
            before_c = c << 1 | before_c >> 63;
            begins = (a & ~before_a) | (b & ~before_b) | (c & ~before_c);
            closes = (before_a & ~a) | (before_b & ~b) | (before_c & ~c);
            memcpy(out->begins + i, &begins, 32);
            memcpy(out->closes + i, &closes, 32);
            memcpy(out->two + i, &b, 32);
            memcpy(out->three + i, &c, 32);
            some |= (schedcore_four)((begins | closes) != 0) & bit;
        }
        return some[0] | some[1] | some[2] | some[3];
    }

    #else                               /* a compiler without vectors of its own: a word at a time */

    SCHEDCORE_INLINE uint64_t schedcore_edges_of_one(const uint64_t *w, int n, schedcore_edges *out) {
        uint64_t some = 0;
        for (int i = 0; i < n; i++) {
            const uint64_t before = w[i] << 1 | w[i - 1] >> 63;
            out->begins[i] = w[i] & ~before, out->closes[i] = before & ~w[i];
            some |= (uint64_t)(w[i] != before) << i;
        }
        return some;
    }

    SCHEDCORE_INLINE uint64_t schedcore_edges_of_three(const uint64_t *one, const uint64_t *two, const uint64_t *three,
                                                       int n, schedcore_edges *out) {
        uint64_t some = 0;
        for (int i = 0; i < n; i++) {
            const uint64_t c = three[i], b = two[i] & ~c, a = one[i] & ~(two[i] | c);
            const uint64_t last_b = two[i - 1] & ~three[i - 1], last_a = one[i - 1] & ~(two[i - 1] | three[i - 1]);
            const uint64_t before_a = a << 1 | last_a >> 63, before_b = b << 1 | last_b >> 63;
            const uint64_t before_c = c << 1 | three[i - 1] >> 63;
            out->begins[i] = (a & ~before_a) | (b & ~before_b) | (c & ~before_c);
            out->closes[i] = (before_a & ~a) | (before_b & ~b) | (before_c & ~c);
            out->two[i] = b, out->three[i] = c;
            some |= (uint64_t)((out->begins[i] | out->closes[i]) != 0) << i;
        }
        return some;
    }

    #endif

    SCHEDCORE_INLINE uint8_t schedcore_rank(uint64_t two, uint64_t three) {
        return (uint8_t)(1 + (two & 1) + 2 * (three & 1));
    }

    /* Write where the k-th block of word i begins and where one ends, and go on to the next of both. */
    SCHEDCORE_INLINE void schedcore_write_one(const schedcore_edges *edges, int i, int64_t time, const int64_t *steps,
                                              uint64_t *begins, uint64_t *closes, const schedcore_next *next, int k,
                                              int mixed) {
        const int at = schedcore_place(*begins);
        next->start[k] = time + steps[at];
        next->end[k] = time + steps[schedcore_place(*closes)];
        if (mixed) next->rank[k] = schedcore_rank(edges->two[i] >> (at & 63), edges->three[i] >> (at & 63));
        *begins &= *begins - 1, *closes &= *closes - 1;         /* of zero, zero */
    }

    /* Write the blocks of the words in `some`; steps[i] is how long i bits last. */
    SCHEDCORE_INLINE void schedcore_write(const schedcore_edges *edges, uint64_t some, int64_t origin,
                                          const int64_t *steps, schedcore_next *last, int mixed, int fast) {
        schedcore_next next = *last;
        const int64_t span = steps[64];
        for (; some; some &= some - 1) {
            const int i = schedcore_trailing_zeros(some);
            const int64_t time = origin + i * span;
            uint64_t begins = edges->begins[i], closes = edges->closes[i];
            const int starts = schedcore_number(begins, fast), ends = schedcore_number(closes, fast);
            schedcore_write_one(edges, i, time, steps, &begins, &closes, &next, 0, mixed);
            schedcore_write_one(edges, i, time, steps, &begins, &closes, &next, 1, mixed);
            for (int k = 2; begins | closes; k++)
                schedcore_write_one(edges, i, time, steps, &begins, &closes, &next, k, mixed);
            schedcore_fetch_to_write((const void *)((uintptr_t)next.start + SCHEDCORE_SOON));
            schedcore_fetch_to_write((const void *)((uintptr_t)next.end + SCHEDCORE_SOON));
            next.start += starts, next.end += ends;
            if (mixed) next.rank += starts;
        }
        *last = next;
    }

    SCHEDCORE_INLINE void schedcore_read_words(const uint64_t *one, const uint64_t *two, const uint64_t *three, int n,
                                               int64_t origin, const int64_t *steps, schedcore_next *next, int fast) {
        schedcore_edges edges;
        uint64_t some;
        if (two == NULL) {
            some = schedcore_edges_of_one(one, n, &edges);
            schedcore_write(&edges, some, origin, steps, next, 0, fast);
        } else {
            some = schedcore_edges_of_three(one, two, three, n, &edges);
            schedcore_write(&edges, some, origin, steps, next, 1, fast);
        }
    }

    SCHEDCORE_APART void schedcore_read_anywhere(
        const uint64_t *one, const uint64_t *two, const uint64_t *three, int n, int64_t origin, const int64_t *steps,
        schedcore_next *next) {
        schedcore_read_words(one, two, three, n, origin, steps, next, 0);
    }

    #if defined(__x86_64__) && defined(SCHEDCORE_VECTORS)
    static __attribute__((noinline, target("avx2,bmi,bmi2,popcnt"))) void schedcore_read_fast(
        const uint64_t *one, const uint64_t *two, const uint64_t *three, int n, int64_t origin, const int64_t *steps,
        schedcore_next *next) {
        schedcore_read_words(one, two, three, n, origin, steps, next, 1);
    }
    static int schedcore_is_fast(void) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
            && __builtin_cpu_supports("popcnt");
    }
    #else
    #define schedcore_read_fast schedcore_read_anywhere
    static int schedcore_is_fast(void) { return 0; }
    #endif
    """
    ctypedef struct Next "schedcore_next":
        int64_t *start
        int64_t *end
        uint8_t *rank

    # Write the blocks in n words, 64 at most and a multiple of four, of line `one`, or, with ranks, of all three; the
    # words one before are looked at. The first word begins at `origin`; `steps` has how long 0 to 64 bits last.
    void read_anywhere "schedcore_read_anywhere"(
        const uint64_t *one, const uint64_t *two, const uint64_t *three, int n, int64_t origin, const int64_t *steps,
        Next *next) noexcept nogil
    void read_fast "schedcore_read_fast"(
        const uint64_t *one, const uint64_t *two, const uint64_t *three, int n, int64_t origin, const int64_t *steps,
        Next *next) noexcept nogil
    bint is_fast "schedcore_is_fast"() noexcept nogil


ctypedef void (*Reader)(const uint64_t *, const uint64_t *, const uint64_t *, int, int64_t, const int64_t *,
                        Next *) noexcept nogil
