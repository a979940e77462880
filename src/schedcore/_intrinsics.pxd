"""What processors do in one instruction, and C compilers each call by another name.

GCC and Clang have builtins, MSVC has intrinsics of its own; another compiler gets plain C. A prefetch is a hint and
nothing more, so a compiler that has none may leave it out.

`publish` and `published` are for memory that one thread makes and others read without a lock: whoever sees the pointer
sees all that was written before it was published.
"""

from libc.stdint cimport uint64_t

cdef extern from * nogil:
    """
    #include <stdint.h>

    #if defined(__GNUC__) || defined(__clang__)

    #define schedcore_trailing_zeros(word) __builtin_ctzll(word)
    #define schedcore_fetch(address) __builtin_prefetch(address)
    #define schedcore_fetch_to_write(address) __builtin_prefetch((address), 1)

    #else

    #define schedcore_fetch(address) ((void) (address))
    #define schedcore_fetch_to_write(address) ((void) (address))

    #if defined(_MSC_VER) && defined(_WIN64)
    #include <intrin.h>
    static inline int schedcore_trailing_zeros(uint64_t word) {
        unsigned long place;
        _BitScanForward64(&place, word);
        return (int) place;
    }
    #else
    static inline int schedcore_trailing_zeros(uint64_t word) {     /* six halvings: is the lower half all zeros? */
        int zeros = 0, half;
        for (half = 32; half; half >>= 1)
            if (!(word & (((uint64_t) 1 << half) - 1))) { zeros += half; word >>= half; }
        return zeros;
    }
    #endif

    #endif

    #if defined(_MSC_VER)
    #include <intrin.h>
    static inline void schedcore_publish(void *place, void *made) {
        _InterlockedExchangePointer((void *volatile *) place, made);
    }
    static inline void *schedcore_published(const void *place) {
        return _InterlockedCompareExchangePointer((void *volatile *) place, NULL, NULL);
    }
    #else
    static inline void schedcore_publish(void *place, void *made) {
        __atomic_store_n((void **) place, made, __ATOMIC_RELEASE);
    }
    static inline void *schedcore_published(const void *place) {
        return __atomic_load_n((void *const *) place, __ATOMIC_ACQUIRE);
    }
    #endif
    """
    int trailing_zeros "schedcore_trailing_zeros"(uint64_t word) noexcept                   # `word` must not be 0
    void fetch "schedcore_fetch"(const void *address) noexcept                              # it is about to be read
    void fetch_to_write "schedcore_fetch_to_write"(const void *address) noexcept            # it is about to be written
    void publish "schedcore_publish"(void *place, void *made) noexcept                      # put into the pointer there
    void *published "schedcore_published"(const void *place) noexcept                       # what it is, NULL: not yet
