"""Arguments of rrule for hypothesis, and rules of both libraries made from them.

Parts are drawn for every FREQ, sensible there or not, with values near those of DTSTART: what agrees on no day proves
little. Weekdays are drawn as pairs, since each library has objects of its own for them.
"""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from types import ModuleType
from typing import Any

from dateutil import rrule as theirs
from hypothesis import strategies as st

from properties.strategies import at, signed
from schedcore.compat import dateutil as ours

Arguments = dict[str, Any]

#: How far dateutil is followed, by FREQ: it walks every period, so these are some hundred or thousand.
REACH = [timedelta(days=days) for days in (20 * 366, 5 * 366, 3 * 366, 2 * 366, 60, 3, 0.2)]

#: So many occurrences are compared.
MOST = 60

INTERVALS = st.one_of(st.just(1), st.integers(1, 13), st.sampled_from([18, 24, 25, 60, 90, 400, 1441]))
NEW_YEARS = st.one_of(
    st.tuples(st.just(1), st.integers(1, 7)), st.tuples(st.just(12), st.integers(24, 31)), st.just((2, 29))
)


def numbers(own: list[int], others: st.SearchStrategy[int], most: int = 4) -> st.SearchStrategy[list[int]]:
    return st.lists(st.one_of(st.sampled_from(own), others), min_size=1, max_size=most)


@st.composite
def starts(draw: st.DrawFn, first: int = 2, last: int = 9500) -> datetime:
    """Often at New Year, where weeks are read in one year or the other."""
    year = draw(st.one_of(st.integers(max(first, 1990), max(first, 2040)), st.integers(first, last)))
    day = draw(st.one_of(NEW_YEARS, st.tuples(st.integers(1, 12), st.integers(1, 28))))
    time = (draw(st.sampled_from([0, 9, 23])), draw(st.sampled_from([0, 30, 59])), draw(st.sampled_from([0, 59])))
    return at(year, day, time)


def weekdays(freq: int, ordinals: int) -> st.SearchStrategy[list[tuple[int, int | None]]]:
    number = st.one_of(st.none(), signed(ordinals)) if freq <= theirs.MONTHLY else st.sampled_from([None, None, 1, -1])
    return st.lists(st.tuples(st.integers(0, 6), number), min_size=1, max_size=4)


@st.composite
def arguments(draw: st.DrawFn, start: st.SearchStrategy[datetime] | None = None) -> Arguments:
    """Keyword arguments of rrule, without UNTIL; one or both libraries may refuse them."""
    freq = draw(st.integers(0, 6))
    dtstart = draw(starts() if start is None else start)
    found: Arguments = {"freq": freq, "dtstart": dtstart, "interval": draw(INTERVALS), "wkst": draw(st.integers(0, 6))}
    year_day, week = dtstart.timetuple().tm_yday, dtstart.isocalendar()[1]
    parts = {
        "bymonth": numbers([dtstart.month], st.integers(1, 12)),
        "byweekno": numbers([week, 1, 52, 53, -1, -52, -53], signed(53)),
        "byyearday": numbers([year_day, 1, 365, 366], signed(366), 8),
        "bymonthday": numbers([dtstart.day, 1, 31, -1], signed(31), 6),
        "byeaster": numbers([0, -2, 1, 39, 49, -100, 250], st.integers(-80, 240), 3),
        "byhour": numbers([dtstart.hour], st.integers(0, 23)),
        "byminute": numbers([dtstart.minute], st.integers(0, 59)),
        "bysecond": numbers([dtstart.second], st.integers(0, 59)),
        "bysetpos": numbers([1, 2, 3, -1, -2], signed(366), 3),
    }
    wanted = draw(st.sets(st.sampled_from([*sorted(parts), "byweekday", "count"]), max_size=4))
    for name in sorted(wanted & set(parts)):
        found[name] = draw(parts[name])
    if "byweekday" in wanted:
        # Not more than 5 in a month: from 6 on dateutil can step outside of its own lists, and fails.
        found["byweekday"] = draw(weekdays(freq, 5 if freq == theirs.MONTHLY or "bymonth" in wanted else 53))
    if "count" in wanted:
        found["count"] = draw(st.sampled_from([0, 1, 7, 1000]))
    return found


def made(library: ModuleType, given: Arguments, **more: Any) -> Any:
    """A rule of one of the libraries."""
    given = {**given, **more}
    if "byweekday" in given:
        given["byweekday"] = [library.weekday(day, n) for day, n in given["byweekday"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # COUNT with UNTIL
        return library.rrule(**given)


def pair(given: Arguments, **more: Any) -> tuple[Any, Any] | None:
    """The rule of each library, or None where both refuse; one that refuses alone is an error here."""
    rules = []
    for library in (ours, theirs):
        try:
            rules.append(made(library, given, **more))
        except ValueError:
            continue
    assert len(rules) != 1, "one of the two libraries refuses it"
    return (rules[0], rules[1]) if rules else None


def reach(given: Arguments) -> datetime:
    """Where a comparison ends."""
    dtstart: datetime = given["dtstart"].replace(tzinfo=None)
    return dtstart + REACH[given["freq"]] * min(given["interval"], 4)


def ending(given: Arguments, zone: tzinfo | None = None) -> tuple[Any, Any, list[datetime]] | None:
    """Both rules with a COUNT that ends them one before the last occurrence within reach, and what they give.

    dateutil sees that COUNT is used up only at the next occurrence: without one it would search to the year 9999.
    """
    rules = pair(given)
    values = listed(given, rules[0], zone) if rules else []
    if len(values) < 2:
        return None
    return (*(made(library, given, count=len(values) - 1) for library in (ours, theirs)), values[:-1])


def listed(given: Arguments, rule: Any, zone: tzinfo | None = None) -> list[datetime]:
    """The first occurrences within reach; [] also where the rule can give none and says so."""
    try:
        found = rule.between(given["dtstart"], reach(given).replace(tzinfo=zone), inc=True)
    except ValueError:
        return []
    return list(islice(found, MOST))
