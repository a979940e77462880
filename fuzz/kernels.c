/* Coverage of kernels that gcc compiled, for libFuzzer.
 *
 * libFuzzer wants a counter for each edge of the program, as clang inserts them. gcc inserts a call of
 * __sanitizer_cov_trace_pc instead (-fsanitize-coverage=trace-pc), which libFuzzer has as a function that does nothing.
 * This one counts, by where it was called from, in a table that libFuzzer is told of as if clang had made it. It is
 * preloaded, so that it comes first. Comparisons (trace-cmp) go to libFuzzer itself, but for those of floating point
 * numbers, which it does not know.
 */

#include <stdint.h>

/* 64 Ki counters: all kernels together have some 60,000 edges; two that share a counter hide each other now and then. */
#define SIZE (1u << 16)

void __sanitizer_cov_8bit_counters_init(uint8_t *, uint8_t *);
void __sanitizer_cov_pcs_init(const uintptr_t *, const uintptr_t *);

static uint8_t counters[SIZE] __attribute__((aligned(4096)));
/* For each counter an address and flags, for messages alone: libFuzzer ends unless there are as many. */
static uintptr_t places[2 * SIZE];

void __sanitizer_cov_trace_pc(void)
{
    uintptr_t place = (uintptr_t) __builtin_return_address(0);
    /* The golden ratio spreads neighbours; the top 16 bits are the best mixed. */
    counters[(uint64_t) place * 0x9E3779B97F4A7C15u >> 48]++;
}

void __sanitizer_cov_trace_cmpf(float one, float other) { (void) one; (void) other; }
void __sanitizer_cov_trace_cmpd(double one, double other) { (void) one; (void) other; }

__attribute__((constructor)) static void announce(void)
{
    for (uintptr_t i = 0; i < SIZE; i++)
        places[2 * i] = i + 1;
    __sanitizer_cov_8bit_counters_init(counters, counters + SIZE);
    __sanitizer_cov_pcs_init(places, places + 2 * SIZE);
}
