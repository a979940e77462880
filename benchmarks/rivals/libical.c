/* libical, https://github.com/libical/libical, as a process of the harness. The opening of __init__.py has the protocol.

       cc -O2 -DLIBICAL_RELEASE='"3.0.16"' libical.c -o libical -lical

   A window without COUNT is entered with icalrecur_iterator_set_start, which is how its users reach a far one; with
   COUNT the library does not allow that, and the rule is walked from DTSTART. */

#include <libical/ical.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIELDS = 7 };

struct task {
    struct icalrecurrencetype rule;
    struct icaltimetype dtstart, from, to;
    icaltimezone *zone;
    int window;
};

/* Seconds of the occurrences, grown as needed and kept from question to question. */
static time_t *starts;
static size_t room;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int prepare(char *field[FIELDS], struct task *task)
{
    task->rule = icalrecurrencetype_from_string(field[1]);
    task->zone = *field[3] ? icaltimezone_get_builtin_timezone(field[3]) : icaltimezone_get_utc_timezone();
    if (task->rule.freq == ICAL_NO_RECURRENCE || task->zone == NULL)
        return 0;
    struct icaltimetype dtstart = icaltime_from_string(field[2]);
    task->dtstart = icaltime_set_timezone(&dtstart, task->zone);
    task->window = *field[4] != 0;
    if (task->window) {
        struct icaltimetype from = icaltime_from_string(field[4]), to = icaltime_from_string(field[5]);
        task->from = icaltime_set_timezone(&from, task->zone);
        task->to = icaltime_set_timezone(&to, task->zone);
    }
    return 1;
}

static size_t expand(const struct task *task)
{
    size_t n = 0;
    time_t a = task->window ? icaltime_as_timet_with_zone(task->from, task->zone) : 0;
    time_t b = task->window ? icaltime_as_timet_with_zone(task->to, task->zone) : 0;
    icalrecur_iterator *iterator = icalrecur_iterator_new(task->rule, task->dtstart);
    if (iterator == NULL)
        return 0;
    if (task->window && task->rule.count == 0)
        icalrecur_iterator_set_start(iterator, task->from);
    for (;;) {
        struct icaltimetype t = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(t))
            break;
        time_t seconds = icaltime_as_timet_with_zone(t, task->zone);
        if (task->window && seconds < a)
            continue;
        if (task->window && seconds >= b)
            break;
        if (n == room) {
            room = room ? 2 * room : 65536;
            starts = realloc(starts, room * sizeof *starts);
            if (starts == NULL)
                abort();
        }
        starts[n++] = seconds;
    }
    icalrecur_iterator_free(iterator);
    return n;
}

int main(void)
{
    static char line[65536];
    printf("{\"name\": \"libical\", \"version\": \"%s\", \"runtime\": \"C\"}\n", LIBICAL_RELEASE);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        char *field[FIELDS], *rest = line;
        struct task task;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < FIELDS; i++) {
            field[i] = strsep(&rest, "\t");
            if (field[i] == NULL)
                field[i] = "";
        }
        if (!prepare(field, &task)) {
            puts("{\"error\": \"libical does not read the rule or the zone\"}");
        } else if (strcmp(field[0], "answer") == 0) {
            size_t n = expand(&task);
            fputs("{\"starts\": [", stdout);
            for (size_t i = 0; i < n; i++)
                printf("%s%jd", i ? ", " : "", (intmax_t)starts[i]);
            puts("]}");
        } else {
            long number = atol(field[6]);
            double begin = now();
            for (long i = 0; i < number; i++)
                expand(&task);
            printf("{\"seconds\": %.9g}\n", (now() - begin) / (double)number);
        }
        fflush(stdout);
    }
    return 0;
}
