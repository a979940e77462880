"""Contents of the recurrence kernel: a rule compiled."""

from libc.stdint cimport int64_t

from schedcore._column cimport Column
from schedcore._kinds cimport DayFilter, DayTables, Residue
from schedcore._plan cimport Values


cdef class CompiledRule:
    cdef int freq, unit
    cdef int64_t interval, rule_count       # COUNT, or -1
    cdef DayFilter filter
    cdef bint dateutil
    cdef Values hours, minutes, seconds
    cdef tuple setpos
    cdef list tables
    cdef DayTables recent
    cdef int empty                          # whether it can match nothing: 1, 0, or -1 while unknown

    cdef DayTables new_tables(self, DayFilter *filter, Column times, Residue residue, int64_t interval)
    cdef DayTables tables_for(self, DayFilter *filter, Column times, Residue residue, int64_t interval)
