"""A gate to work that threads share: helpers wait before it, pass while it is open, and are waited for behind it.

In C, since it is about atomics. Nothing here knows Python, but for its threads and locks (`pythread.h`), which are the
system's; no thread needs the GIL to begin, to wait or to end.

1. One word has all that can be raced for: how many helpers are inside, whether the gate is open, whether it is shut for
   good, and a number that is another one each time it opens. A helper passes by one exchange of that word, so that none
   gets in behind a gate that closed, and nobody passes twice for the same work.
2. Whoever opened the gate works too, then closes it and waits until nobody is inside. A helper that is late finds it
   closed, and nobody waits for it: all that it ever touches is the gate, which the last to leave frees.
3. Whoever waits looks for a short time (`SPINS`), and then sleeps on a lock of its own. It says so first, then looks
   once more; who has something to tell changes the word first, then looks who sleeps. So one of both sees the other.
"""

cdef extern from "pythread.h" nogil:
    """
    #include <stdlib.h>
    #if defined(_MSC_VER)
    #include <intrin.h>
    #include <windows.h>
    #define schedcore_add(word, by) _InterlockedExchangeAdd(word, by)
    #define schedcore_or(word, bits) _InterlockedOr(word, bits)
    #define schedcore_and(word, bits) _InterlockedAnd(word, bits)
    #define schedcore_put(word, value) _InterlockedExchange(word, value)
    #define schedcore_get(word) _InterlockedOr(word, 0)
    #define schedcore_swap(word, old, new) (_InterlockedCompareExchange(word, new, old) == (old))
    #define schedcore_pause() YieldProcessor()
    #define schedcore_let_others() SwitchToThread()
    #else
    #include <sched.h>
    #define schedcore_add(word, by) __atomic_fetch_add(word, by, __ATOMIC_SEQ_CST)
    #define schedcore_or(word, bits) __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST)
    #define schedcore_and(word, bits) __atomic_fetch_and(word, bits, __ATOMIC_SEQ_CST)
    #define schedcore_put(word, value) __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST)
    #define schedcore_get(word) __atomic_load_n(word, __ATOMIC_SEQ_CST)
    static inline int schedcore_swap(long *word, long old, long new_) {
        return __atomic_compare_exchange_n(word, &old, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    #if defined(__x86_64__) || defined(__i386__)
    #define schedcore_pause() __builtin_ia32_pause()
    #elif defined(__aarch64__)
    #define schedcore_pause() __asm__ __volatile__("isb")       /* as long as a pause of x86; `yield` is none */
    #else
    #define schedcore_pause() ((void)0)
    #endif
    #define schedcore_let_others() sched_yield()
    #endif

    enum {
        SCHEDCORE_INSIDE = 0xFFFF,      /* in the word of a gate: how many helpers are inside, */
        SCHEDCORE_OPEN = 1 << 16,       /* they may come in, */
        SCHEDCORE_SHUT = 1 << 17,       /* they may go home, */
        SCHEDCORE_TURN = 1 << 18,       /* and from here on the number of times it opened */
        SCHEDCORE_SPINS = 4000,         /* looks before one sleeps: at some 40 ns each, about what waking takes twice */
        SCHEDCORE_YIELD = 64            /* looks before others are let onto the core, should there be only one */
    };

    typedef struct {
        PyThread_type_lock lock;        /* taken: acquiring it once more is sleeping */
        long asleep;
        void *gate;
    } schedcore_sleeper;

    typedef struct {
        long word, users;
        int helpers, room;
        schedcore_sleeper owner, *helper;
        void (*work)(void *);           /* what is done inside, */
        void *job;                      /* with this, */
        long next, pieces;              /* as long as there are pieces */
    } schedcore_gate;

    static int schedcore_sleeper_init(schedcore_sleeper *who, void *gate) {
        who->lock = PyThread_allocate_lock(), who->asleep = 0, who->gate = gate;
        if (who->lock == NULL) return 0;
        PyThread_acquire_lock(who->lock, WAIT_LOCK);
        return 1;
    }

    static void schedcore_sleeper_free(schedcore_sleeper *who) {
        if (who->lock == NULL) return;
        PyThread_release_lock(who->lock);
        PyThread_free_lock(who->lock);
    }

    static void schedcore_wake(schedcore_sleeper *who) {
        if (schedcore_put(&who->asleep, 0)) PyThread_release_lock(who->lock);
    }

    static void schedcore_leave(schedcore_gate *gate) {
        int i;
        if (schedcore_add(&gate->users, -1) != 1) return;
        schedcore_sleeper_free(&gate->owner);
        for (i = 0; i < gate->room; i++) schedcore_sleeper_free(gate->helper + i);
        free(gate->helper);
        free(gate);
    }

    /* Wait until the word is one that `is_over` likes. */
    static long schedcore_wait(schedcore_gate *gate, schedcore_sleeper *who, int (*is_over)(long, long), long turn) {
        long word, spins;
        for (;;) {
            for (spins = 0; spins < SCHEDCORE_SPINS; spins++) {
                word = schedcore_get(&gate->word);
                if (is_over(word, turn)) return word;
                schedcore_pause();
                if (spins % SCHEDCORE_YIELD == SCHEDCORE_YIELD - 1) schedcore_let_others();
            }
            schedcore_put(&who->asleep, 1);
            word = schedcore_get(&gate->word);
            if (is_over(word, turn) && schedcore_put(&who->asleep, 0)) return word;
            PyThread_acquire_lock(who->lock, WAIT_LOCK);        /* whoever set `asleep` to 0 releases it */
        }
    }

    static int schedcore_is_new(long word, long turn) {
        return word & SCHEDCORE_SHUT || (word & SCHEDCORE_OPEN && (word & -SCHEDCORE_TURN) != turn);
    }

    static int schedcore_is_empty(long word, long turn) { (void)turn; return (word & SCHEDCORE_INSIDE) == 0; }

    static void schedcore_help(void *given) {
        schedcore_sleeper *who = (schedcore_sleeper *)given;
        schedcore_gate *gate = (schedcore_gate *)who->gate;
        long turn = 0, word;
        for (;;) {
            word = schedcore_wait(gate, who, schedcore_is_new, turn);
            if (word & SCHEDCORE_SHUT) break;
            if (!schedcore_swap(&gate->word, word, word + 1)) continue;
            turn = word & -SCHEDCORE_TURN;
            if (schedcore_get(&gate->next) < gate->pieces) gate->work(gate->job);
            word = schedcore_add(&gate->word, -1) - 1;
            if ((word & (SCHEDCORE_INSIDE | SCHEDCORE_OPEN)) == 0) schedcore_wake(&gate->owner);
        }
        schedcore_leave(gate);
    }

    /* A gate with as many helpers before it as can be had; NULL if there is no memory for one. */
    static schedcore_gate *schedcore_new_gate(int helpers) {
        schedcore_gate *gate = (schedcore_gate *)calloc(1, sizeof(schedcore_gate));
        if (gate == NULL) return NULL;
        gate->users = 1;
        gate->helper = (schedcore_sleeper *)calloc(helpers + 1, sizeof(schedcore_sleeper));
        if (gate->helper == NULL || !schedcore_sleeper_init(&gate->owner, gate)) {
            free(gate->helper);
            free(gate);
            return NULL;
        }
        gate->room = helpers;
        for (; gate->helpers < helpers; gate->helpers++) {
            schedcore_sleeper *who = gate->helper + gate->helpers;
            if (!schedcore_sleeper_init(who, gate)) break;
            schedcore_add(&gate->users, 1);
            if (PyThread_start_new_thread(schedcore_help, who) == PYTHREAD_INVALID_THREAD_ID) {
                schedcore_add(&gate->users, -1);
                break;
            }
        }
        return gate;
    }

    static void schedcore_open(schedcore_gate *gate, void (*work)(void *), void *job, Py_ssize_t pieces) {
        int i;
        gate->work = work, gate->job = job, gate->pieces = (long)pieces, gate->next = 0;
        /* The number of a turn wraps around, and is never that of the turn before. */
        unsigned long turned = (unsigned long)schedcore_get(&gate->word) + SCHEDCORE_TURN;
        schedcore_put(&gate->word, (long)((turned & ~(unsigned long)SCHEDCORE_SHUT) | SCHEDCORE_OPEN));
        for (i = 0; i < gate->helpers; i++) schedcore_wake(gate->helper + i);
    }

    static void schedcore_close(schedcore_gate *gate) {
        schedcore_and(&gate->word, ~(long)SCHEDCORE_OPEN);
        schedcore_wait(gate, &gate->owner, schedcore_is_empty, 0);
    }

    static void schedcore_shut(schedcore_gate *gate) {
        int i;
        schedcore_or(&gate->word, SCHEDCORE_SHUT);
        for (i = 0; i < gate->helpers; i++) schedcore_wake(gate->helper + i);
        schedcore_leave(gate);
    }

    /* The next piece; -1 behind the last one. */
    static long schedcore_next_piece(schedcore_gate *gate) {
        long number = schedcore_get(&gate->next) < gate->pieces ? schedcore_add(&gate->next, 1) : gate->pieces;
        return number < gate->pieces ? number : -1;
    }

    /* Nobody begins another piece. */
    static void schedcore_stop(schedcore_gate *gate) { schedcore_put(&gate->next, gate->pieces); }
    """
    ctypedef struct Gate "schedcore_gate":
        pass

    Gate *new_gate "schedcore_new_gate"(int helpers)
    void open_gate "schedcore_open"(Gate *gate, void (*work)(void *) noexcept nogil, void *job, Py_ssize_t pieces)
    void close_gate "schedcore_close"(Gate *gate)
    void shut_gate "schedcore_shut"(Gate *gate)
    long next_piece "schedcore_next_piece"(Gate *gate)
    void stop_pieces "schedcore_stop"(Gate *gate)
