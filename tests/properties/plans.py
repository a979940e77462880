"""From a drawn case to the kernel's Plan, by the twin's reading of the text: the library's parser has no part in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import brute_force
from schedcore._plan import Plan
from schedcore._rrule import CompiledRule

EPOCH = datetime(1970, 1, 1)
#: 400 Gregorian years, after which the calendar repeats, weekdays too.
CYCLE = timedelta(days=146_097)
FREQ_NUMBERS = {freq: number for number, freq in enumerate(brute_force.FREQS)}


def seconds(moment: datetime) -> int:
    """Local seconds since 1970-01-01T00:00:00."""
    return (moment - EPOCH) // timedelta(seconds=1)


def compiled(text: str) -> CompiledRule:
    rule = brute_force.parse(text)
    numbers = {
        part: tuple(sorted(set(rule.get(part, ()))))
        for part in (
            "BYMONTH",
            "BYWEEKNO",
            "BYYEARDAY",
            "BYMONTHDAY",
            "BYDAY",
            "BYHOUR",
            "BYMINUTE",
            "BYSECOND",
            "BYSETPOS",
        )
    }
    return CompiledRule(
        FREQ_NUMBERS[rule["FREQ"]],
        rule["INTERVAL"],
        rule["WKST"],
        *numbers.values(),
        rule["COUNT"],
    )


def plan_of(text: str, dtstart: datetime, include_dtstart: bool = False) -> Plan:
    until = brute_force.parse(text)["UNTIL"]
    return compiled(text).at(seconds(dtstart), include_dtstart, None if until is None else seconds(until))
