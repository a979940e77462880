"""Recurrence: rules of RFC 5545 3.3.10, and durations.

`Rule` is what an RRULE says, `Duration` how long an event lasts. `parts` holds the RFC's tables, `words` reads single
values, `parse` whole texts, `check` judges how parts go together.
"""

from __future__ import annotations

from schedcore.recurrence.duration import Duration
from schedcore.recurrence.occurrence import Occurrence, Override
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.series import Series

__all__ = ["Duration", "Occurrence", "Override", "Rule", "Series"]
