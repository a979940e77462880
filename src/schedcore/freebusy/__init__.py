"""Free/busy: statuses are numbers here, people are columns.

This room merges and answers; it does not draw, send or fetch, and does not know who may see what.
"""

from schedcore.freebusy.merging import Block, Merged, merge
from schedcore.freebusy.query import FreeBusy, query
from schedcore.freebusy.status import Status

__all__ = ["Block", "FreeBusy", "Merged", "Status", "merge", "query"]
