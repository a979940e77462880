"""Counting where a voter may have voted for one option more than once."""

from schedcore._cancel cimport CancelToken
from schedcore.polls._votes cimport Outcome, Places, Votes

# The last row of each voter for each option is added to the counters of its place.
cdef Outcome count_last(const Votes *v, Places *p, CancelToken token) noexcept nogil
