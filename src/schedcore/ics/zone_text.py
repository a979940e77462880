"""A zone as the lines of a VTIMEZONE (RFC 5545 3.6.5): what `vtimezone` reads, the other way round.

Rules of this module:

1. A custom zone that came from a text is written as that text. Any other is written from its table.
2. The definition begins a year before it is first used. Onsets of one kind (from one offset to one other) that come
   every year on the same date, to the end of what is looked at, become an endless rule; all others are RDATEs.
3. An onset is written in the local time before it; DAYLIGHT is what moves the clocks forward.

Why not `icalendar.Timezone.from_tzinfo`: its onsets are in the local time after the change, an hour off, and end with
the year 2037.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from schedcore.recurrence.window import floating_key
from schedcore.zones import CustomZone, Zone, transitions

__all__ = ["definition_lines"]

_EPOCH: Final = datetime(1970, 1, 1)
#: The dates of a yearly rule come back after 28 years, 40 where a century is no leap year: that many tell it for sure.
_YEARS_TO_TELL: Final = 40
#: How far ahead zone data know exceptions from the rule: Morocco's end in 2087.
_LAST_EXCEPTION: Final = 2100
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Onset(NamedTuple):
    local: datetime
    before: int
    after: int


def definition_lines(zone: Zone, year: int) -> list[str]:
    """Write the VTIMEZONE of a zone that is used from this year on.

    >>> from datetime import timezone
    >>> from schedcore.zones import zone_of
    >>> definition_lines(zone_of(timezone(timedelta(hours=5, minutes=30))), 2026)[3]
    'DTSTART:20250101T000000'
    """
    tz = zone.tzinfo
    if isinstance(tz, CustomZone) and tz.source:
        return tz.source.split("\n")
    if isinstance(tz, CustomZone):
        return list(_lines(zone, max(year - 1, 1)))
    return list(_remembered(zone, max(year - 1, 1)))


#: By the zone, not its name or tzinfo: read again, with other data, it is another one.
@lru_cache(maxsize=64)
def _remembered(zone: Zone, year: int) -> tuple[str, ...]:
    return tuple(_lines(zone, year))


def _lines(zone: Zone, year: int) -> Iterator[str]:
    last = min(max(year, _LAST_EXCEPTION) + _YEARS_TO_TELL, 9999)
    lo, hi = floating_key(datetime(year, 1, 1)), floating_key(datetime(last, 12, 31))
    offset = zone.table.offset_at(lo)
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    yield from _observance([_Onset(datetime(year, 1, 1), offset, offset)], "")
    kinds: dict[tuple[int, int], list[_Onset]] = {}
    for at, before, after in transitions(zone.table, lo + 1, hi):
        onset = _Onset(_EPOCH + timedelta(seconds=at + before), before, after)
        kinds.setdefault((before, after), []).append(onset)
    for onsets in kinds.values():
        run, rule = _trailing_rule(onsets, last)
        if onsets[:run]:
            yield from _observance(onsets[:run], "")
        if rule:
            yield from _observance(onsets[run:], rule)
    yield "END:VTIMEZONE"


def _observance(onsets: list[_Onset], rule: str) -> Iterator[str]:
    first = onsets[0]
    kind = "DAYLIGHT" if first.after > first.before else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{_written(first.local)}"
    if rule:
        yield f"RRULE:{rule}"
    elif onsets[1:]:
        yield "RDATE:" + ",".join(_written(onset.local) for onset in onsets[1:])
    yield f"TZOFFSETFROM:{_offset(first.before)}"
    yield f"TZOFFSETTO:{_offset(first.after)}"
    yield f"END:{kind}"


def _trailing_rule(onsets: list[_Onset], last: int) -> tuple[int, str]:
    """From which onset on they come every year by one rule, and that rule; their number and "" if they do not."""
    at = len(onsets)
    rule = ""
    if onsets[-1].local.year < last - 1:
        return at, ""
    while at:
        longer = _rule_of([onset.local for onset in onsets[at - 1 :]])
        if not longer:
            break
        at, rule = at - 1, longer
    return (at, rule) if len(onsets) - at >= _YEARS_TO_TELL - 2 else (len(onsets), "")


def _rule_of(times: list[datetime]) -> str:
    """The yearly rule whose onsets these are; "" if there is none."""
    first = times[0]
    years = [time.year for time in times]
    if years != list(range(years[0], years[0] + len(years))):
        return ""
    if any(time.time() != first.time() for time in times):
        return ""
    head = f"FREQ=YEARLY;BYMONTH={first.month}"
    days = {time.day for time in times}
    same_month = all(time.month == first.month for time in times)
    if same_month and len(days) == 1:
        # A single onset has a weekday and a day of the month: the weekday is what most zones go by.
        return f"{head};BYMONTHDAY={first.day}" if len(times) > 1 else head
    if any(time.weekday() != first.weekday() for time in times):
        return ""
    weekday = _WEEKDAYS[first.weekday()]
    if not same_month:
        return _by_year_days(times, weekday)
    if len({(day - 1) // 7 for day in days}) == 1 and first.day < 29:
        return f"{head};BYDAY={(first.day - 1) // 7 + 1}{weekday}"
    if all((time + timedelta(days=7)).month != time.month for time in times):
        return f"{head};BYDAY=-1{weekday}"
    return f"{head};BYDAY={weekday};BYMONTHDAY={_week_from(min(days))}" if max(days) - min(days) < 7 else ""


def _by_year_days(times: list[datetime], weekday: str) -> str:
    """A weekday in a week that lies in two months: in Egypt the clocks go back after the last Thursday of October."""
    days = [(datetime(time.year, time.month, time.day) - datetime(time.year, 12, 31)).days - 1 for time in times]
    if min(time.month for time in times) < 3 or max(days) - min(days) > 6:
        return ""
    return f"FREQ=YEARLY;BYDAY={weekday};BYYEARDAY={_week_from(min(days))}"


def _week_from(day: int) -> str:
    return ",".join(str(one) for one in range(day, day + 7))


def _written(local: datetime) -> str:
    return f"{local.year:04}{local:%m%dT%H%M%S}"


def _offset(seconds: int) -> str:
    minutes, second = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"
    return f"{text}{second:02}" if second else text
