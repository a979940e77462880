"""Free/busy: statuses are numbers here, people are columns.

This room merges and answers; it does not draw, send or fetch, and does not know who may see what.
"""

from schedcore.freebusy.availability import Availability
from schedcore.freebusy.finding import find_times, next_time
from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.query import FreeBusy, query
from schedcore.freebusy.slots import Found, Reason, Refusal, Refused, Slot, Why
from schedcore.freebusy.status import Status
from schedcore.freebusy.wanted import Room, Wanted
from schedcore.freebusy.workhours import WorkHours

__all__ = [
    "Availability",
    "Block",
    "Found",
    "FreeBusy",
    "Merged",
    "Reason",
    "Refusal",
    "Refused",
    "Room",
    "Slot",
    "Status",
    "Wanted",
    "Why",
    "WorkHours",
    "find_times",
    "merge",
    "next_time",
    "query",
]
