"""Free/busy: statuses are numbers here, people are columns.

This room merges and answers; it does not draw, send or fetch, and does not know who may see what.
"""

from schedcore.freebusy.availability import Availability
from schedcore.freebusy.finding import find_times, next_time
from schedcore.freebusy.index import Change, FreeBusyIndex
from schedcore.freebusy.lanes import Lanes, More, lanes
from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.query import FreeBusy, Owned, Stretch, Unreadable, query, stretches
from schedcore.freebusy.reports import DayMinutes, columns, digits, minutes, vfreebusy
from schedcore.freebusy.sets import at_least, complement, difference, intersection, union
from schedcore.freebusy.slots import Found, Reason, Refusal, Refused, Slot, Why
from schedcore.freebusy.status import PRECEDENCE, RFC7953, Status
from schedcore.freebusy.tables import of_table
from schedcore.freebusy.wanted import Room, Wanted
from schedcore.freebusy.workhours import WorkHours

__all__ = [
    "PRECEDENCE",
    "RFC7953",
    "Availability",
    "Block",
    "Change",
    "DayMinutes",
    "Found",
    "FreeBusy",
    "FreeBusyIndex",
    "Lanes",
    "Merged",
    "More",
    "Owned",
    "Reason",
    "Refusal",
    "Refused",
    "Room",
    "Slot",
    "Status",
    "Stretch",
    "Unreadable",
    "Wanted",
    "Why",
    "WorkHours",
    "at_least",
    "columns",
    "complement",
    "difference",
    "digits",
    "find_times",
    "intersection",
    "lanes",
    "merge",
    "minutes",
    "next_time",
    "of_table",
    "query",
    "stretches",
    "union",
    "vfreebusy",
]
