"""The names of `dateutil.rrule`, for code written against python-dateutil 4.0.0: change the import, and nothing else.

    from schedcore.compat.dateutil import DAILY, MO, rrule, rruleset, rrulestr

It gives the same datetimes and does not import dateutil. The answers come from the core, so a question costs the same
however far `dtstart` lies back. What differs is in docs/guide/migrating-from-dateutil.md.

Rules of this module:

1. Readings are dateutil's where they are not schedcore's own: BYWEEKNO means days of the calendar year, BYSETPOS
   counts a first week from DTSTART on, BYDAY's ordinals and plain weekdays must both hold, clocks are read as they
   stand on the wall, and DTSTART counts only where the rule gives it.
2. Rules, sets and weekdays of this module and of dateutil can be mixed: what matters is how they behave.
"""

from schedcore.compat.base import rrulebase
from schedcore.compat.parts import (
    DAILY,
    FREQNAMES,
    HOURLY,
    MINUTELY,
    MONTHLY,
    SECONDLY,
    WEEKLY,
    YEARLY,
)
from schedcore.compat.rule import rrule
from schedcore.compat.sets import rruleset
from schedcore.compat.text import rrulestr
from schedcore.compat.weekday import FR, MO, SA, SU, TH, TU, WE, weekday, weekdays

__all__ = [
    "DAILY",
    "FR",
    "FREQNAMES",
    "HOURLY",
    "MINUTELY",
    "MO",
    "MONTHLY",
    "SA",
    "SECONDLY",
    "SU",
    "TH",
    "TU",
    "WE",
    "WEEKLY",
    "YEARLY",
    "rrule",
    "rrulebase",
    "rruleset",
    "rrulestr",
    "weekday",
    "weekdays",
]
