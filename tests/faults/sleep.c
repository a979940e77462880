/* The kernel's own clock_nanosleep, loaded in front of libfaketime (LD_PRELOAD): libfaketime 0.9.10, told to leave the
   monotonic clock alone, refuses every sleep until a moment of that clock (wolfcw/libfaketime#426), and such a sleep is
   what time.sleep of Python 3.11 is. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
    return syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
}
