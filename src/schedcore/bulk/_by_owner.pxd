"""Rows by owner: one pass over rows for all that has to be known of their owners, then a sort that compares nothing."""

from schedcore.bulk._bits cimport Memory
from schedcore.bulk._rows cimport Data


cdef Memory rows_by_owner(const Data *c)
