"""Recurrence: what an RRULE says, and when a series happens (RFC 5545 3.3.10 and 3.8.5).

`Rule` is what an RRULE says, `Duration` how long an event lasts: `parts` holds the RFC's tables, `words` reads single
values, `parse` whole texts, `check` judges how parts go together. `Series` is a DTSTART with what repeats it: `fitting`
holds a rule against DTSTART, `gather` and `members` make a set of rules, dates and overrides, `touching` finds what
reaches into a window, `limits` bounds it all. The expanding itself is done by the kernels `_rrule` and `_stream`.

`editing` and `splitting` make a new series of one, `why` explains it, `describe` puts a rule into words (`language` and
a module for each), `equivalence` compares two. These ask for the parts one by one (`anatomy`, `matching`), which all
else has put together.

It reads no calendar files (`ics` does) and does not know who is busy (`freebusy` does).
"""

from __future__ import annotations

from schedcore.recurrence.duration import Duration
from schedcore.recurrence.limits import Limits
from schedcore.recurrence.occurrence import Occurrence, Override
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.series import Series
from schedcore.recurrence.why import Reason, Why

__all__ = ["Duration", "Limits", "Occurrence", "Override", "Reason", "Rule", "Series", "Why"]
