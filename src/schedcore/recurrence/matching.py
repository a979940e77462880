"""Does one moment agree with one part of a rule? Asked part by part, where the kernels ask all at once.

Explaining a rule, moving it to another DTSTART and saying it in words need its parts singly; nothing here expands.

Rules of this module (RFC 5545 3.3.10, and the readings of the design):

1. A rule takes what its parts leave open from DTSTART: the time, as far as it is finer than FREQ, and the day unless
   BYWEEKNO, BYYEARDAY, BYMONTHDAY or BYDAY speaks of days. BYWEEKNO without BYDAY takes the weekday (reading 2).
2. With these taken in (`filled`), a moment is in the set of its period if every part agrees with it: whether a part
   expands or limits only says what happens in its absence.
3. Ordinals of BYDAY count in the month if FREQ is MONTHLY or BYMONTH is there, else in the year.
4. Periods are numbered (`period`), so that INTERVAL is a residue: calendar years, or week-years with BYWEEKNO; months;
   weeks from WKST; days; hours, minutes and seconds of local time.

Moments are local seconds, as in the kernels. dateutil's reading differs from what stands here in BYWEEKNO and in
ordinals: who asks for it must not conclude from this module alone.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any, Final

from schedcore.recurrence.parts import BY_PARTS, FREQUENCIES, scope
from schedcore.recurrence.rule import Rule
from schedcore.recurrence.window import DAY

__all__ = ["CHECKED", "agrees", "date_of", "filled", "first_against", "period", "taken", "week_number"]

_EPOCH: Final = date(1970, 1, 1).toordinal()
_CYCLE: Final = 146_097  # days in 400 years, after which the calendar repeats, weekdays too
_LAST: Final = date.max.toordinal()
_UNITS: Final = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
#: BYSETPOS picks from what the others leave, so a moment alone cannot tell.
CHECKED: Final = tuple(part for part in BY_PARTS if part != "BYSETPOS")


def date_of(local: int) -> date:
    """Give the day of a local second.

    >>> date_of(86_400)
    datetime.date(1970, 1, 2)
    """
    return date.fromordinal(_EPOCH + local // DAY)


def taken(rule: Rule, local: int) -> dict[str, Any]:
    """Say what the rule takes from a DTSTART at this local second: values by part, in the form of the rule's fields.

    >>> taken(Rule.parse("FREQ=MONTHLY;BYHOUR=9"), 30 * 86_400 + 90)
    {'BYMONTHDAY': (31,), 'BYMINUTE': (1,), 'BYSECOND': (30,)}
    """
    day, second = date_of(local), local % DAY
    out: dict[str, Any] = {}
    named = rule.byweekno or rule.byyearday or rule.bymonthday or rule.byday
    place = FREQUENCIES.index(rule.freq)
    if not named and rule.freq == "YEARLY" and not rule.bymonth:
        out["BYMONTH"] = (day.month,)
    if not named and rule.freq in ("YEARLY", "MONTHLY"):
        out["BYMONTHDAY"] = (day.day,)
    if (rule.freq == "WEEKLY" and not named) or (place <= 2 and rule.byweekno and not rule.byday):
        out["BYDAY"] = ((0, day.weekday()),)
    for part, coarser, value in (("BYHOUR", 4, second // 3600), ("BYMINUTE", 5, second // 60 % 60),
                                 ("BYSECOND", 6, second % 60)):  # fmt: skip
        if place < coarser and not getattr(rule, part.lower()):
            out[part] = (value,)
    return out


def filled(rule: Rule, local: int) -> Rule:
    """Give the rule with all that it takes from DTSTART said by its own parts: it means the same at that DTSTART.

    >>> print(filled(Rule.parse("FREQ=WEEKLY;BYHOUR=9;BYMINUTE=0"), 0))
    FREQ=WEEKLY;BYDAY=TH;BYHOUR=9;BYMINUTE=0;BYSECOND=0
    """
    more = taken(rule, local)
    return rule.replace(**{part.lower(): value for part, value in more.items()}, strict=False) if more else rule


def _year_of(ordinal: int) -> int:
    """The calendar year of a day, also just before the year 1 and after 9999, where weeks over the edge reach."""
    if ordinal < 1:
        return date.fromordinal(ordinal + _CYCLE).year - 400
    return date.fromordinal(ordinal).year if ordinal <= _LAST else date.fromordinal(ordinal - _CYCLE).year + 400


def _first_of(year: int) -> int:
    """The ordinal of 1 January."""
    if year < 1:
        return date(year + 400, 1, 1).toordinal() - _CYCLE
    return date(year, 1, 1).toordinal() if year <= 9999 else date(year - 400, 1, 1).toordinal() + _CYCLE


def _week_start(ordinal: int, wkst: int) -> int:
    return ordinal - (ordinal - 1 - wkst) % 7


def _week_one(year: int, wkst: int) -> int:
    """The first day of week 1, the week that holds 4 January (RFC 5545 3.3.10: at least four days)."""
    return _week_start(_first_of(year) + 3, wkst)


def _week_year(ordinal: int, wkst: int) -> int:
    """The year that owns the week of a day: that of the week's fourth day."""
    return _year_of(_week_start(ordinal, wkst) + 3)


def week_number(day: date, wkst: int) -> tuple[int, int]:
    """Number the week of a day within the year that owns it, from the front and from the back.

    >>> week_number(date(2026, 1, 1), 0)
    (1, -53)
    """
    ordinal = day.toordinal()
    year = _week_year(ordinal, wkst)
    first = _week_one(year, wkst)
    weeks = (_week_one(year + 1, wkst) - first) // 7
    number = (ordinal - first) // 7 + 1
    return number, number - weeks - 1


def period(rule: Rule, local: int) -> int:
    """Number the period of FREQ that holds a moment; two are in step if the numbers agree modulo INTERVAL.

    >>> rule = Rule.parse("FREQ=WEEKLY;WKST=SU")
    >>> period(rule, 10 * 86_400) - period(rule, 0)  # from Thursday to the Sunday after next
    2
    """
    if rule.freq in _UNITS:
        return local // _UNITS[rule.freq]
    day = date_of(local)
    if rule.freq == "YEARLY":
        return _week_year(day.toordinal(), rule.wkst) if rule.byweekno else day.year
    if rule.freq == "MONTHLY":
        return day.year * 12 + day.month
    if rule.freq == "WEEKLY":
        return (day.toordinal() - 1 - rule.wkst) // 7
    return day.toordinal()


def _from_either_end(values: tuple[int, ...], place: int, length: int) -> bool:
    return place in values or place - length - 1 in values


def _weekday_agrees(rule: Rule, day: date) -> bool:
    """BYDAY, ordinals counted in their scope; beside BYWEEKNO they have none and do not count."""
    if rule.byweekno:
        return any(weekday == day.weekday() for _, weekday in rule.byday)
    if scope(rule.freq, {"BYMONTH"} if rule.bymonth else ()) == "MONTHLY":
        place, length = day.day, monthrange(day.year, day.month)[1]
    else:
        place, length = day.timetuple().tm_yday, 365 + (monthrange(day.year, 2)[1] == 29)
    forward, backward = (place - 1) // 7 + 1, -((length - place) // 7 + 1)
    return any(weekday == day.weekday() and number in (0, forward, backward) for number, weekday in rule.byday)


def agrees(rule: Rule, part: str, local: int) -> bool:
    """Tell whether one part of a rule that is `filled` agrees with a moment; a part that is absent agrees.

    >>> agrees(Rule.parse("FREQ=MONTHLY;BYDAY=1TH"), "BYDAY", 0), agrees(Rule.parse("FREQ=DAILY"), "BYHOUR", 0)
    (True, True)
    """
    values = getattr(rule, part.lower())
    if not values:
        return True
    if part == "BYHOUR":
        return local % DAY // 3600 in values
    if part == "BYMINUTE":
        return local // 60 % 60 in values
    if part == "BYSECOND":
        return local % 60 in values
    day = date_of(local)
    if part == "BYMONTH":
        return day.month in values
    if part == "BYMONTHDAY":
        return _from_either_end(values, day.day, monthrange(day.year, day.month)[1])
    if part == "BYYEARDAY":
        return _from_either_end(values, day.timetuple().tm_yday, 365 + (monthrange(day.year, 2)[1] == 29))
    if part == "BYWEEKNO":
        return not set(week_number(day, rule.wkst)).isdisjoint(values)
    return _weekday_agrees(rule, day)


def first_against(rule: Rule, dtstart: int, local: int) -> str | None:
    """Name the first part that keeps a moment out of the rule's sets: BYMONTH to BYSECOND, then INTERVAL; else None.

    BYSETPOS, COUNT and UNTIL are not looked at. The part may be one that the rule takes from DTSTART.

    >>> first_against(Rule.parse("FREQ=WEEKLY;INTERVAL=2"), 0, 86_400)
    'BYDAY'
    >>> first_against(Rule.parse("FREQ=WEEKLY;INTERVAL=2"), 0, 7 * 86_400)
    'INTERVAL'
    """
    whole = filled(rule, dtstart)
    for part in CHECKED:
        if not agrees(whole, part, local):
            return part
    if (period(whole, local) - period(whole, dtstart)) % rule.interval:
        return "INTERVAL"
    return None
