"""The days of each shape in a window, listed by threads that share the shapes.

Theory. A list is a few additions, but a shape's plan, its tables and their memory lie all over, and whoever expands a
table has just thrown them out of every cache. So listing is waiting for memory, and threads wait at the same time.

1. A plan is made with the first question that needs it, is put into the table once, and is never replaced, so that
   threads need no reference of their own to it.
2. Listing needs the GIL only where a plan has no tables yet for the years of the window. Such a piece is left, and
   listed again when all are done, by the one thread that has the GIL then. To ask for it each time would be to wait
   each time, where another thread computes in Python.
3. Shapes are taken `TOGETHER`, however many threads there are, and each such piece has memory of its own (a sheet). It
   may list as many moments as is its part of all; a piece for which that is too little is listed once more when all
   are done, with what the others left. So it depends on the table alone what is listed and what is not.
4. A list that would be longer than `MOST_LISTED` is not made.
"""

cimport cython
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport int64_t

from schedcore._cancel cimport CancelToken, is_cancelled
from schedcore._civil cimport DAY, MAX_DAY, MIN_DAY, floor_div
from schedcore._plan cimport Plan, lacks_tables, make_tables, rule_within
from schedcore._rrule cimport CompiledRule
from schedcore._segment cimport lower_bound, rank_in_cycle
from schedcore.bulk._crew cimport Crew
from schedcore.bulk._rows cimport NEVER, Rows, Shape

from schedcore.errors import Cancelled

cdef extern from "Python.h":
    void *item_of "PyList_GET_ITEM"(list items, Py_ssize_t i) noexcept      # borrowed: as many are not even touched

cdef enum:
    MOST_LISTED = 65536         # moments in one list, 512 KiB: 180 years of days
    TOGETHER = 24               # shapes: a piece of some 20 microseconds
    SHEET = 512                 # moments to make room for at first, 4 KiB: most lists have few

cdef int64_t FIRST_SECOND = <int64_t> MIN_DAY * DAY
cdef int64_t END = (<int64_t> MAX_DAY + 1) * DAY


cdef Lists lists_of(Rows rows, int64_t low, int64_t high, Py_ssize_t room, CancelToken token, Crew crew):
    cdef Lists lists = Lists.__new__(Lists)
    cdef Py_ssize_t n = max(rows.c.n_shapes, 1), sheets = (n + TOGETHER - 1) // TOGETHER
    lists.rows, lists.low, lists.high, lists.token = rows, low, high, token
    lists.listed = <Listed *> PyMem_RawCalloc(n, sizeof(Listed))
    lists.plans = <void **> PyMem_RawMalloc(n * sizeof(void *))
    lists.sheets = <Sheet *> PyMem_RawCalloc(sheets, sizeof(Sheet))
    if lists.listed is NULL or lists.plans is NULL or lists.sheets is NULL:
        raise MemoryError(f"no memory for {n} lists")
    lists.n_sheets = sheets
    if room > 0 and rows.c.n_shapes:
        lists._find_plans()
        lists._list_all(room, crew)
    return lists


@cython.final
cdef class Lists:
    """What each shape of a table gives in a window."""

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.n_sheets):
            PyMem_RawFree(self.sheets[i].at)
        PyMem_RawFree(self.sheets)
        PyMem_RawFree(self.plans)
        PyMem_RawFree(self.listed)

    cdef int _find_plans(self) except -1:
        """The plan of each shape: the one that the table has, which is set once, or else a new one."""
        cdef Py_ssize_t i, n = self.rows.c.n_shapes
        cdef list kept = self.rows.plans
        cdef Plan plan
        with cython.critical_section(self.rows):
            if len(kept) < n:
                kept.extend([None] * (n - len(kept)))
            for i in range(n):
                self.plans[i] = item_of(kept, i)
        for i in range(n):
            if self.plans[i] == <void *> None:
                plan = plan_of(self.rows, self.rows.c.shapes + i)
                with cython.critical_section(self.rows):
                    if kept[i] is None:
                        kept[i] = plan
                    self.plans[i] = item_of(kept, i)
        return 0

    cdef int _list_all(self, Py_ssize_t room, Crew crew) except -1:
        """List all shapes, as far as there is room."""
        cdef Py_ssize_t i
        for i in range(self.n_sheets):
            self.sheets[i].left = self._most_of(i, room)
        crew.share(list_piece, <void *> self, self.n_sheets)
        self.makes_tables = True
        for i in range(self.n_sheets):
            if self.sheets[i].lacking:
                self._list_again(i, self._most_of(i, room))
        for i in range(self.n_sheets):
            room -= 0 if self.sheets[i].short else self.sheets[i].n
        for i in range(self.n_sheets):
            if self.sheets[i].short:
                self._list_again(i, room)
                room -= self.sheets[i].n
        return 0

    cdef int _list_again(self, Py_ssize_t number, Py_ssize_t room) except -1:
        cdef Sheet *sheet = self.sheets + number
        sheet.left, sheet.n, sheet.short, sheet.lacking = room, 0, False, False
        return list_piece(<void *> self, number)

    cdef int64_t _most_of(self, Py_ssize_t number, int64_t room) noexcept nogil:
        """How many moments a piece may list: its part of all."""
        cdef Py_ssize_t n = self.rows.c.n_shapes, first = number * TOGETHER
        return room // n * (min(first + TOGETHER, n) - first)


cdef Plan plan_of(Rows rows, const Shape *shape):
    """The plan that lists a shape: what its rule gives at any time, as if it had always been in force."""
    cdef CompiledRule compiled = rows.compiled[shape.rule]
    cdef Plan plan = compiled.at(shape.local, False)
    plan.dtstart = FIRST_SECOND
    return plan


cdef int list_piece(void *job, Py_ssize_t number) except -1 nogil:
    list_shapes(<Lists> job, number)
    return 0


cdef int list_shapes(Lists lists, Py_ssize_t number) except -1 nogil:
    """List the shapes of a piece, then say where in its sheet, which moves no more, they are."""
    cdef Py_ssize_t i, first = number * TOGETHER, end = min(first + TOGETHER, lists.rows.c.n_shapes)
    cdef Sheet *sheet = lists.sheets + number
    cdef const int64_t *at
    if is_cancelled(lists.token):
        with gil:
            raise Cancelled(f"cancelled after {first} lists of days")
    for i in range(first, end):
        list_shape(lists, sheet, lists.rows.c.shapes + i, <Plan> lists.plans[i], lists.listed + i)
        if sheet.lacking:
            return 0
    resize(sheet, max(sheet.n, 1))
    at = sheet.at
    for i in range(first, end):
        lists.listed[i].at = at
        lists.listed[i].window = lower_bound(at, lists.listed[i].n, lists.low)
        at += lists.listed[i].n
    return 0


cdef int list_shape(Lists lists, Sheet *sheet, const Shape *shape, Plan plan, Listed *listed) except -1 nogil:
    """Append what a shape gives in the window to a sheet; from the earliest DTSTART that counts on, if need be."""
    cdef int64_t low = lists.low, since = min(low, floor_div(shape.counted, DAY) * DAY)
    cdef Py_ssize_t before = sheet.n
    listed.repeats = shape.counted != NEVER and plan.repeats(&listed.cycle)
    if listed.repeats:
        since = low
        listed.rank = rank_in_cycle(&listed.cycle, max(low, FIRST_SECOND))
    listed.ready = listed.counts = append_all(lists, sheet, plan, since, lists.high)
    if not listed.ready and since < low and shape.plain:
        listed.ready = append_all(lists, sheet, plan, low, lists.high)
    listed.n = sheet.n - before
    return 0


cdef bint append_all(Lists lists, Sheet *sheet, Plan plan, int64_t low, int64_t high) except -1 nogil:
    """Append all that a plan gives in [low, high), or nothing if that could be more than there is room for."""
    cdef int64_t most = plan.most_within(low, high), n
    if most > MOST_LISTED:
        return False
    if most > sheet.left:
        sheet.short = True
        return False
    if not make_room(sheet, most):
        with gil:
            raise MemoryError(f"no memory for a list of {most} moments")
    low, high = max(low, FIRST_SECOND), min(high, END)
    if lacks_tables(plan, low, high):
        if not lists.makes_tables:
            sheet.lacking = True
            return False
        with gil:
            make_tables(plan, low, high)
    n = rule_within(plan, low, high, most, sheet.at + sheet.n)
    sheet.n += n
    sheet.left -= n
    return True


cdef bint make_room(Sheet *sheet, Py_ssize_t more) noexcept nogil:
    if sheet.n + more <= sheet.room:
        return True
    return resize(sheet, max(sheet.n + more, sheet.room + sheet.room // 2, SHEET))


cdef bint resize(Sheet *sheet, Py_ssize_t room) noexcept nogil:
    cdef void *block = PyMem_RawRealloc(sheet.at, room * sizeof(int64_t))
    if block is NULL:
        return False
    sheet.at, sheet.room = <int64_t *> block, room
    return True
