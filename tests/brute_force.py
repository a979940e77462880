"""The slow twin: every occurrence of a rule by walking every day and asking the RFC's table. No cleverness.

It shares no code with the library: its own parser, its own calendar arithmetic (``datetime`` ordinals), its own
zone step (``zoneinfo``). It is held to the three corpora in ``tests/conformance``; the kernels are held to it.

The rules it follows (RFC 5545 3.3.10 and the readings of docs/design.md):

1.  A rule cuts time into *periods* of its FREQ: calendar years, week-years when FREQ=YEARLY has BYWEEKNO, months,
    weeks that start on WKST, days, hours, minutes, seconds. The period that holds DTSTART has index 0; only indices
    divisible by INTERVAL take part. With BYWEEKNO it is DTSTART's *week-year* that has index 0 (reading 3), not its
    calendar year.
2.  In a period, the candidates are all (day, time) pairs on which *every* BYxxx part agrees. Whether the table says
    "expand" or "limit" makes no difference to that: a part that expands is one whose absence takes a value from
    DTSTART.
3.  What is taken from DTSTART. The time: each of hour, minute and second whose part is absent and whose unit is
    finer than FREQ's (an HOURLY rule takes minute and second). The day, only if none of BYWEEKNO, BYYEARDAY, BYMONTHDAY
    and BYDAY is there: YEARLY takes the day of the month, and the month too when BYMONTH is absent; MONTHLY the day
    of the month; WEEKLY the weekday. With BYWEEKNO and no BYDAY: the weekday (reading 2), whether or not other
    parts are there; leniently under MONTHLY and WEEKLY too, where it is forbidden: a week's number alone names no
    day.
4.  BYMONTH, BYMONTHDAY and BYYEARDAY look at the day's own calendar month and year, also in a week-year's first and
    last week.
5.  BYDAY with an ordinal counts within the month when FREQ=MONTHLY or BYMONTH is present, else within the calendar
    year. That stays so when BYMONTHDAY or BYYEARDAY makes BYDAY a limit (notes 1 and 2 of the table).
6.  BYSETPOS picks from the whole set of the period, index 0's too; only then what lies before DTSTART goes (reading
    4).
7.  COUNT counts what is left after that; UNTIL is inclusive.
8.  What the RFC forbids, leniently: BYWEEKNO outside YEARLY limits by the week number of the day; BYYEARDAY and
    BYMONTHDAY limit wherever they stand; an ordinal outside MONTHLY and YEARLY, or beside BYWEEKNO, is dropped (its
    weekday stays).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

FREQS = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Seconds in one period of the FREQs whose periods are shorter than a day.
UNIT = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
DAY = 86_400
FIRST_DAY = dt.date.min.toordinal()
LAST_DAY = dt.date.max.toordinal()
#: Days in 400 years, after which the Gregorian calendar repeats, weekdays too.
CYCLE = 146_097


# ---- text to dict --------------------------------------------------------------------------------------------------


def parse(text: str) -> dict[str, Any]:
    """Read RRULE text into a dict of lists; no checks, the caller means what it says."""
    rule: dict[str, Any] = {"FREQ": "", "INTERVAL": 1, "WKST": 0, "COUNT": None, "UNTIL": None}
    for item in text.split(";"):
        name, value = item.split("=")
        if name == "FREQ":
            rule[name] = value
        elif name == "WKST":
            rule[name] = WEEKDAYS.index(value)
        elif name in ("INTERVAL", "COUNT"):
            rule[name] = int(value)
        elif name == "UNTIL":
            rule[name] = read_until(value)
        elif name == "BYDAY":
            rule[name] = [(int(one[:-2] or 0), WEEKDAYS.index(one[-2:])) for one in value.split(",")]
        else:
            rule[name] = [int(one) for one in value.split(",")]
    # RFC 5545 3.3.10 allows 60 for a leap second, which this calendar has not: it becomes 59.
    if "BYSECOND" in rule:
        rule["BYSECOND"] = [min(second, 59) for second in rule["BYSECOND"]]
    return rule


def read_until(text: str) -> dt.datetime:
    """Read UNTIL as the last local time allowed: a DATE is that whole day, a Z is left for the zone step."""
    if "T" not in text:
        return dt.datetime.strptime(text, "%Y%m%d") + dt.timedelta(days=1, seconds=-1)
    return dt.datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")


# ---- the calendar, by ordinal day: 1 is Monday 0001-01-01 ----------------------------------------------------------


def date_of(day: int) -> tuple[int, dt.date]:
    """Years to add, and the date; ``datetime`` knows no year 0 and no year 10000, but 400 years on or back it does.

    Weeks that straddle the calendar's ends reach into those years. Their days are never given, but they are in the sets
    that BYSETPOS counts, and they decide which year owns a week.
    """
    if day < FIRST_DAY:
        return -400, dt.date.fromordinal(day + CYCLE)
    if day > LAST_DAY:
        return 400, dt.date.fromordinal(day - CYCLE)
    return 0, dt.date.fromordinal(day)


@cache
def january_first(year: int) -> int:
    """Ordinal of 1 January, also in the years around the calendar."""
    if year < 1:
        return dt.date(year + 400, 1, 1).toordinal() - CYCLE
    if year > 9999:
        return dt.date(year - 400, 1, 1).toordinal() + CYCLE
    return dt.date(year, 1, 1).toordinal()


def weekday_of(day: int) -> int:
    """Monday is 0."""
    return (day - 1) % 7


def week_start(day: int, wkst: int) -> int:
    """Ordinal of the first day of the week that holds `day`."""
    return day - (weekday_of(day) - wkst) % 7


@cache
def week_year_start(year: int, wkst: int) -> int:
    """Ordinal of the first day of week 1: the first week with at least four days in `year` holds 4 January."""
    return week_start(january_first(year) + 3, wkst)


def year_of(day: int) -> int:
    """Calendar year of an ordinal day."""
    years, date = date_of(day)
    return date.year + years


def week_year_of(day: int, wkst: int) -> int:
    """The year that owns the week of `day`: the calendar year of the week's fourth day."""
    return year_of(week_start(day, wkst) + 3)


class Page(NamedTuple):
    """What a wall calendar's page says of a day."""

    month: int
    month_day: int
    month_length: int
    year_day: int
    year_length: int


@lru_cache(maxsize=100_000)
def page_of(day: int) -> Page:
    """The page of an ordinal day."""
    date = date_of(day)[1]
    first = dt.date(date.year, 1, 1)
    year_length = dt.date(date.year, 12, 31).toordinal() - first.toordinal() + 1
    return Page(date.month, date.day, month_length(date), (date - first).days + 1, year_length)


def month_length(date: dt.date) -> int:
    """Days in the month of `date`."""
    if date.month == 12:
        return 31
    return (date.replace(month=date.month + 1, day=1) - date.replace(day=1)).days


# ---- does a day match? ---------------------------------------------------------------------------------------------


def from_either_end(values: list[int], position: int, length: int) -> bool:
    """Is the 1-based `position` among `length` named by `values`, negative ones counting from the end?"""
    return position in values or position - length - 1 in values


def week_matches(rule: dict[str, Any], day: int) -> bool:
    """Is the week of `day`, numbered in the year that owns it, one of BYWEEKNO?"""
    wkst = rule["WKST"]
    year = week_year_of(day, wkst)
    first = week_year_start(year, wkst)
    weeks = (week_year_start(year + 1, wkst) - first) // 7
    return from_either_end(rule["BYWEEKNO"], (day - first) // 7 + 1, weeks)


def ordinal_matches(ordinal: int, day: int, first: int, length: int) -> bool:
    """Is `day` the `ordinal`-th of its weekday in the stretch of `length` days from `first`?"""
    if ordinal > 0:
        return (day - first) // 7 + 1 == ordinal
    return (first + length - 1 - day) // 7 + 1 == -ordinal


def weekday_matches(rule: dict[str, Any], day: int, page: Page) -> bool:
    """Does one of BYDAY's entries name this day (rule 5 above)?"""
    if rule["FREQ"] == "MONTHLY" or (rule["FREQ"] == "YEARLY" and "BYMONTH" in rule):
        first, length = day - page.month_day + 1, page.month_length
    else:
        first, length = day - page.year_day + 1, page.year_length
    ordinals_count = rule["FREQ"] in ("YEARLY", "MONTHLY") and "BYWEEKNO" not in rule
    for ordinal, weekday in rule["BYDAY"]:
        if weekday == weekday_of(day) and (
            ordinal == 0 or not ordinals_count or ordinal_matches(ordinal, day, first, length)
        ):
            return True
    return False


def day_matches(rule: dict[str, Any], day: int) -> bool:
    """Do all the parts that speak of days agree with this day?"""
    page = page_of(day)
    if "BYMONTH" in rule and page.month not in rule["BYMONTH"]:
        return False
    if "BYMONTHDAY" in rule and not from_either_end(rule["BYMONTHDAY"], page.month_day, page.month_length):
        return False
    if "BYYEARDAY" in rule and not from_either_end(rule["BYYEARDAY"], page.year_day, page.year_length):
        return False
    if "BYDAY" in rule and not weekday_matches(rule, day, page):
        return False
    return not ("BYWEEKNO" in rule and not week_matches(rule, day))


def with_defaults(rule: dict[str, Any], dtstart: dt.datetime) -> dict[str, Any]:
    """Fill in what DTSTART gives (rule 3 above)."""
    rule = dict(rule)
    freq = FREQS.index(rule["FREQ"])
    names_days = any(part in rule for part in ("BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"))
    if freq <= FREQS.index("WEEKLY") and "BYWEEKNO" in rule and "BYDAY" not in rule:
        rule["BYDAY"] = [(0, dtstart.weekday())]
    if not names_days and rule["FREQ"] in ("YEARLY", "MONTHLY"):
        rule["BYMONTHDAY"] = [dtstart.day]
        if rule["FREQ"] == "YEARLY" and "BYMONTH" not in rule:
            rule["BYMONTH"] = [dtstart.month]
    if not names_days and rule["FREQ"] == "WEEKLY":
        rule["BYDAY"] = [(0, dtstart.weekday())]
    for part, unit, value in (
        ("BYHOUR", "HOURLY", dtstart.hour),
        ("BYMINUTE", "MINUTELY", dtstart.minute),
        ("BYSECOND", "SECONDLY", dtstart.second),
    ):
        if part not in rule and freq < FREQS.index(unit):
            rule[part] = [value]
    return rule


# ---- periods of a day and more -------------------------------------------------------------------------------------


def period_index(rule: dict[str, Any], day: int) -> int:
    """Number of the period that holds `day`, counted from anywhere."""
    freq = rule["FREQ"]
    if freq == "YEARLY":
        return week_year_of(day, rule["WKST"]) if "BYWEEKNO" in rule else year_of(day)
    if freq == "MONTHLY":
        date = dt.date.fromordinal(day)
        return date.year * 12 + date.month - 1
    if freq == "WEEKLY":
        wkst: int = rule["WKST"]
        return (week_start(day, wkst) - wkst - 1) // 7
    return day


def period_days(rule: dict[str, Any], index: int) -> range:
    """The days of the period with this number."""
    freq = rule["FREQ"]
    if freq == "YEARLY" and "BYWEEKNO" in rule:
        wkst = rule["WKST"]
        first, last = week_year_start(index, wkst), week_year_start(index + 1, wkst) - 1
    elif freq == "YEARLY":
        first, last = january_first(index), january_first(index + 1) - 1
    elif freq == "MONTHLY":
        start = dt.date(index // 12, index % 12 + 1, 1)
        first = start.toordinal()
        last = first + month_length(start) - 1
    elif freq == "WEEKLY":
        first = index * 7 + rule["WKST"] + 1
        last = first + 6
    else:
        first = last = index
    return range(first, last + 1)


def times_of_day(rule: dict[str, Any]) -> list[int]:
    """Seconds of the day that BYHOUR, BYMINUTE and BYSECOND name together."""
    return [
        hour * 3600 + minute * 60 + second
        for hour in sorted(set(rule["BYHOUR"]))
        for minute in sorted(set(rule["BYMINUTE"]))
        for second in sorted(set(rule["BYSECOND"]))
    ]


def pick(rule: dict[str, Any], candidates: list[int]) -> list[int]:
    """Apply BYSETPOS to the sorted set of one period."""
    if "BYSETPOS" not in rule:
        return candidates
    size = len(candidates)
    return [one for place, one in enumerate(candidates, 1) if from_either_end(rule["BYSETPOS"], place, size)]


def walk_days(rule: dict[str, Any], dtstart: dt.datetime, first_day: int, last_day: int) -> Iterator[int]:
    """Seconds since ordinal day 0 of every time in periods of a day or more that hold days from first to last."""
    interval = rule["INTERVAL"]
    base = period_index(rule, dtstart.toordinal())
    times = times_of_day(rule)
    first = period_index(rule, first_day) - base
    last = period_index(rule, last_day)
    for index in range(base + first - first % interval, last + 1, interval):
        days = [day for day in period_days(rule, index) if day_matches(rule, day)]
        yield from pick(rule, [day * DAY + time for day in days for time in times])


# ---- periods of less than a day ------------------------------------------------------------------------------------


def period_seconds(rule: dict[str, Any], begin: int) -> list[int]:
    """Seconds of the day that the time parts allow in the hour, minute or second that starts at second `begin`."""
    hour, minute, second = begin // 3600, begin // 60 % 60, begin % 60
    if "BYHOUR" in rule and hour not in rule["BYHOUR"]:
        return []
    if rule["FREQ"] == "HOURLY":
        minutes, seconds = rule["BYMINUTE"], rule["BYSECOND"]
    elif "BYMINUTE" in rule and minute not in rule["BYMINUTE"]:
        return []
    elif rule["FREQ"] == "MINUTELY":
        minutes, seconds = [minute], rule["BYSECOND"]
    elif "BYSECOND" in rule and second not in rule["BYSECOND"]:
        return []
    else:
        minutes, seconds = [minute], [second]
    return pick(rule, sorted({hour * 3600 + minute * 60 + second for minute in minutes for second in seconds}))


def walk_times(rule: dict[str, Any], dtstart: dt.datetime, first_day: int, last_day: int) -> Iterator[int]:
    """The same for HOURLY, MINUTELY and SECONDLY: walk the days, and in a day that matches step through its periods.

    Two days whose first period begins at the same second have the same times: they are kept by that second.
    """
    unit = UNIT[rule["FREQ"]]
    step = unit * rule["INTERVAL"]
    base = dtstart.toordinal() * DAY + (dtstart.hour * 3600 + dtstart.minute * 60 + dtstart.second) // unit * unit
    kept: dict[int, list[int]] = {}
    for day in range(first_day, last_day + 1):
        if not day_matches(rule, day):
            continue
        phase = (base - day * DAY) % step if day > dtstart.toordinal() else base - day * DAY
        if phase not in kept:
            kept[phase] = [time for begin in range(phase, DAY, step) for time in period_seconds(rule, begin)]
        for time in kept[phase]:
            yield day * DAY + time


# ---- occurrences ---------------------------------------------------------------------------------------------------


def as_datetime(seconds: int) -> dt.datetime:
    """From seconds since ordinal day 0."""
    return dt.datetime.combine(dt.date.fromordinal(seconds // DAY), dt.time()) + dt.timedelta(seconds=seconds % DAY)


def occurrences(
    text: str,
    dtstart: dt.datetime,
    include_dtstart: bool = True,
    *,
    start: dt.datetime | None = None,
    stop: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Iterator[dt.datetime]:
    """Local times of a rule in order, those in ``[start, stop)`` only.

    `until` takes the place of the rule's own UNTIL, which is read as local time. A far `start` is jumped to unless
    the rule has COUNT, since then everything before it must be counted.
    """
    rule = with_defaults(parse(text), dtstart)
    until = until or rule["UNTIL"]
    count = rule["COUNT"]
    walk = walk_times if rule["FREQ"] in UNIT else walk_days
    given = 0
    if until is not None and dtstart > until:
        return
    if include_dtstart:
        given = 1
        if (start is None or dtstart >= start) and (stop is None or dtstart < stop):
            yield dtstart
    if count is not None and given >= count:
        return
    begin = dtstart if start is None or count is not None else max(start, dtstart)
    end = min(stop or dt.datetime.max, until or dt.datetime.max)
    for seconds in walk(rule, dtstart, begin.toordinal(), end.toordinal()):
        if not FIRST_DAY <= seconds // DAY <= LAST_DAY:
            continue
        moment = as_datetime(seconds)
        if (until is not None and moment > until) or (stop is not None and moment >= stop):
            return
        if moment < dtstart or (include_dtstart and moment == dtstart):
            continue
        given += 1
        if start is None or moment >= start:
            yield moment
        if given == count:
            return


def take(
    number: int, text: str, dtstart: dt.datetime, include_dtstart: bool = True, **bounds: Any
) -> list[dt.datetime]:
    """The first `number` local times."""
    return list(islice(occurrences(text, dtstart, include_dtstart, **bounds), number))


# ---- instants ------------------------------------------------------------------------------------------------------


def instants_of(local: dt.datetime, zone: ZoneInfo, gap: str = "shift", fold: str = "first") -> list[int]:
    """UTC seconds of one local time (reading 7).

    PEP 495: with fold=0 ``zoneinfo`` applies the offset before a gap, and the first of two offsets in a repeated hour.
    """
    first, last = (int(local.replace(tzinfo=zone, fold=number).timestamp()) for number in (0, 1))
    if first == last:
        return [first]
    if first > last:  # the offset after a gap gives the earlier instant: this local time does not exist
        return [] if gap == "skip" else [first]
    return {"first": [first], "last": [last], "both": [first, last]}[fold]


def instants(locals_: list[dt.datetime], zone: ZoneInfo, gap: str = "shift", fold: str = "first") -> list[int]:
    """UTC seconds of local times: in order of instants, equal ones once."""
    return sorted({one for local in locals_ for one in instants_of(local, zone, gap, fold)})


def zoned(
    text: str,
    dtstart: dt.datetime,
    zone: ZoneInfo,
    stop: dt.datetime,
    include_dtstart: bool = True,
    gap: str = "shift",
    fold: str = "first",
) -> list[int]:
    """Instants of a rule whose local times lie before `stop`. UNTIL in UTC is compared as an instant (reading 9)."""
    until = next((item[6:] for item in text.split(";") if item.startswith("UNTIL=")), "")
    if not until.endswith("Z"):
        return instants(list(occurrences(text, dtstart, include_dtstart, stop=stop)), zone, gap, fold)
    last = int(read_until(until).replace(tzinfo=dt.UTC).timestamp())
    # No offset is longer than a day, so two days more than UNTIL hold every local time that can be at or before it.
    far = read_until(until) + dt.timedelta(days=2)
    found = instants(list(occurrences(text, dtstart, include_dtstart, stop=min(stop, far), until=far)), zone, gap, fold)
    return [instant for instant in found if instant <= last]
