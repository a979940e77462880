"""What hypothesis draws: rules of every FREQ with every BYxxx part, DTSTARTs from year 1 to 9999, zones.

Values are drawn near what DTSTART has: parts drawn blindly agree on no day most of the time, and an empty answer proves
little. A rule is text, as in a calendar file: the library and the twin each read it in their own way.

Strategies are made once and kept: hypothesis checks each anew that is made, which took most of the time of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

FREQS = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

#: Zones with gaps and repeated times of many kinds: 30 minutes, a lost day, negative DST, two hours at once.
ZONES = (
    "America/New_York",
    "Europe/Zurich",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Gaza",
    "UTC",
)

#: How far a near window reaches: some dozens of periods without filters, and little enough days for the twin to walk.
HORIZON = {
    "YEARLY": timedelta(days=30 * 365),
    "MONTHLY": timedelta(days=8 * 365),
    "WEEKLY": timedelta(days=4 * 365),
    "DAILY": timedelta(days=3 * 365),
    "HOURLY": timedelta(days=200),
    "MINUTELY": timedelta(days=20),
    "SECONDLY": timedelta(days=2),
}


INTERVALS = st.one_of(st.just(1), st.just(1), st.integers(1, 12), st.sampled_from([18, 25, 60, 90, 400, 1441]))
COUNTS = st.one_of(st.integers(1, 40), st.sampled_from([1, 1000, 10**9]))
DAY_PARTS = st.sets(st.sampled_from(["BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"]), max_size=3)


@dataclass(frozen=True)
class Case:
    """A rule and where it starts; `freq` and `interval` are those of `text`."""

    text: str
    dtstart: datetime
    freq: str
    interval: int

    def __str__(self) -> str:
        return f"{self.dtstart:%Y-%m-%dT%H:%M:%S} {self.text}"


@cache
def dtstarts(first_year: int = 1, last_year: int = 9999) -> st.SearchStrategy[datetime]:
    """Mostly 1990 to 2040, at times anywhere, at the calendar's edges or on a day that rules stumble over."""
    years = st.one_of(
        st.integers(1990, 2040), st.integers(1990, 2040), st.integers(1, 9999), st.sampled_from([1, 9999])
    )
    days = st.one_of(
        st.tuples(st.integers(1, 12), st.integers(1, 28)),
        st.sampled_from([(1, 1), (1, 3), (2, 29), (12, 28), (12, 31), (1, 31), (4, 30)]),
    )
    times = st.one_of(
        st.sampled_from([(0, 0, 0), (9, 0, 0), (23, 59, 59)]),
        st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)),
    )
    return st.builds(at, years.filter(lambda year: first_year <= year <= last_year), days, times)


def at(year: int, day: tuple[int, int], time: tuple[int, int, int]) -> datetime:
    """29 February of a common year becomes the 28th."""
    month, number = day
    try:
        return datetime(year, month, number, *time)
    except ValueError:
        return datetime(year, month, 28, *time)


def some(draw: st.DrawFn, near: list[int], values: st.SearchStrategy[int], most: int = 4) -> str:
    """A list of values, DTSTART's own among them often."""
    return ",".join(map(str, draw(values_near(tuple(near), values, most))))


@lru_cache(maxsize=4096)
def values_near(near: tuple[int, ...], values: st.SearchStrategy[int], most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.one_of(st.sampled_from(near), values), min_size=1, max_size=most, unique=True)


@cache
def signed(high: int) -> st.SearchStrategy[int]:
    return st.integers(1, high).flatmap(lambda value: st.sampled_from([value, -value]))


def weekdays(draw: st.DrawFn, dtstart: datetime, ordinal: int) -> str:
    """BYDAY, with ordinals up to `ordinal` where it is not 0; with and without may stand side by side (reading 5)."""
    return ",".join(number + name for number, name in draw(numbered_weekdays(WEEKDAYS[dtstart.weekday()], ordinal)))


@cache
def numbered_weekdays(own: str, ordinal: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    names = st.one_of(st.just(own), st.sampled_from(WEEKDAYS))
    numbers = st.one_of(st.just(""), signed(ordinal).map(str)) if ordinal else st.just("")
    return st.lists(st.tuples(numbers, names), min_size=1, max_size=5, unique=True)


def day_parts(draw: st.DrawFn, freq: str, dtstart: datetime, strict: bool) -> list[str]:
    """BYMONTH to BYDAY, as the table of RFC 5545 3.3.10 allows them, or any when not `strict`."""
    parts = []
    year_day, week = dtstart.timetuple().tm_yday, dtstart.isocalendar()[1]
    wanted = draw(DAY_PARTS)
    if "BYMONTH" in wanted:
        parts.append("BYMONTH=" + some(draw, [dtstart.month], st.integers(1, 12)))
    if "BYWEEKNO" in wanted and (freq == "YEARLY" or not strict):
        parts.append("BYWEEKNO=" + some(draw, [week, 1, 53, -1], signed(53)))
    if "BYYEARDAY" in wanted and (freq not in ("MONTHLY", "WEEKLY", "DAILY") or not strict):
        near = [min(year_day + shift, 366) for shift in (0, 7, 40)]
        parts.append("BYYEARDAY=" + some(draw, [*near, -1, 366, -366], signed(366), 8))
    if "BYMONTHDAY" in wanted and (freq != "WEEKLY" or not strict):
        parts.append("BYMONTHDAY=" + some(draw, [dtstart.day, 31, -1, 13], signed(31), 8))
    if "BYDAY" in wanted:
        has_week = any(part.startswith("BYWEEKNO") for part in parts)
        highest = {"YEARLY": 53, "MONTHLY": 5}.get(freq, 0)
        if freq == "YEARLY" and "BYMONTH" in wanted:
            highest = draw(st.sampled_from([5, 53]))
        if strict and has_week:
            highest = 0
        if not strict:
            highest = highest or draw(st.sampled_from([0, 5]))
        parts.append("BYDAY=" + weekdays(draw, dtstart, highest))
    return parts


def time_parts(draw: st.DrawFn, dtstart: datetime) -> list[str]:
    parts = []
    for name, own, high in (
        ("BYHOUR", dtstart.hour, 23),
        ("BYMINUTE", dtstart.minute, 59),
        ("BYSECOND", dtstart.second, 59),
    ):
        if draw(st.integers(0, 4)) == 0:
            parts.append(f"{name}=" + some(draw, [own, 0, high], st.integers(0, high)))
    return parts


def ends(draw: st.DrawFn, freq: str, dtstart: datetime, strict: bool) -> list[str]:
    """Nothing, COUNT, UNTIL, or both where that is forgiven."""
    kind = draw(st.sampled_from(["", "", "COUNT", "UNTIL"] + ([] if strict else ["COUNT UNTIL"])))
    parts = []
    if "COUNT" in kind:
        parts.append(f"COUNT={draw(COUNTS)}")
    if "UNTIL" in kind:
        # Seconds are drawn, not days: an UNTIL on the very second of an occurrence is the case that goes wrong.
        reach = int(HORIZON[freq].total_seconds())
        room = int((datetime.max - dtstart).total_seconds())
        whole_days = draw(st.integers(0, min(reach, room) // 86_400)) * 86_400
        seconds = draw(st.one_of(st.just(whole_days), st.integers(0, min(reach, room))))
        parts.append(f"UNTIL={(dtstart + timedelta(seconds=seconds)).isoformat().replace('-', '').replace(':', '')}")
    return parts


@st.composite
def cases(
    draw: st.DrawFn,
    freqs: tuple[str, ...] = FREQS,
    strict: bool = True,
    bounded: bool = True,
    starts: st.SearchStrategy[datetime] | None = None,
) -> Case:
    """A rule with its DTSTART. Without `bounded` it has neither COUNT nor UNTIL."""
    freq = draw(st.sampled_from(freqs))
    dtstart = draw(dtstarts() if starts is None else starts)
    interval = draw(INTERVALS)
    parts = [f"FREQ={freq}"]
    if interval > 1:
        parts.append(f"INTERVAL={interval}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    filters = day_parts(draw, freq, dtstart, strict) + time_parts(draw, dtstart)
    if draw(st.integers(0, 3)) == 0 and (filters or not strict):
        filters.append("BYSETPOS=" + some(draw, [1, -1, 2], signed(draw(st.sampled_from([5, 366]))), 3))
    parts += filters
    if bounded:
        parts += ends(draw, freq, dtstart, strict)
    return Case(";".join(parts), dtstart, freq, interval)


@cache
def changes(key: str) -> list[datetime]:
    """Wall-clock times, by the offset before, at which a zone changed its offset from 1970 to 2037."""
    zone = ZoneInfo(key)
    found = []
    for day in range(68 * 365):
        before, after = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in (day, day + 1))
        old = before.astimezone(zone).utcoffset()
        if old is None or old == after.astimezone(zone).utcoffset():
            continue
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
        found.append(after.replace(tzinfo=None, microsecond=0) + old)
    return found


@st.composite
def cases_near_changes(draw: st.DrawFn) -> tuple[Case, str]:
    """A rule that starts up to three hours before a zone's clocks change, where times move or come twice."""
    key = draw(st.sampled_from([zone for zone in ZONES if changes(zone)]))
    starts = st.builds(
        lambda change, minutes: change - timedelta(minutes=minutes),
        st.sampled_from(changes(key)),
        st.one_of(st.sampled_from([0, 30, 60]), st.integers(0, 180)),
    )
    return draw(cases(starts=starts)), key


def reach_of(case: Case) -> datetime:
    """Where a near window of this case ends: longer when INTERVAL skips periods, never past year 9999."""
    stretch = HORIZON[case.freq] * min(case.interval, 3)
    last = datetime(9999, 12, 31, 23, 59, 59)
    return last if last - case.dtstart < stretch else case.dtstart + stretch
