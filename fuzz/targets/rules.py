"""Rules: any text as RRULE, strict and lenient, and every question that a series of it can be asked.

The first three bytes choose DTSTART, the rest is the rule. What must hold: no error but RuleError, SeriesError and a
limit that is named; canonical text is the same rule; strict and lenient agree on what strict takes; the ways of asking
(take, nth, rank, after, before, count, between, a table) agree; and on a floating DTSTART the slow twin of the tests,
which walks day by day, gives the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import brute_force
from schedcore import Limits, Rule, Series, SeriesTable
from schedcore.errors import LimitExceeded, RuleError, SeriesError

WORDS: Final = (
    *(f"FREQ={freq}".encode() for freq in brute_force.FREQS),
    *(b"INTERVAL=", b"COUNT=", b"UNTIL=", b"BYSETPOS=", b"BYDAY=", b"BYMONTHDAY=", b"BYYEARDAY=", b"BYWEEKNO="),
    *(b"BYMONTH=", b"BYHOUR=", b"BYMINUTE=", b"BYSECOND=", b"WKST=", b"20260302T090000Z", b"99991231", b"-1SU"),
)

_LONG: Final = timedelta(days=400)
STARTS: Final = (
    datetime(2026, 1, 30, 9),
    datetime(2024, 2, 29, 0, 0, 0),
    datetime(2026, 3, 29, 2, 30),
    datetime(2026, 10, 25, 2, 30),
    datetime(1, 1, 1),
    datetime(1601, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59),
    datetime(9999, 12, 30, 23, 59, 59),
)
ZONES: Final = (None, None, "UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "date")
LIMITS: Final = Limits(max_occurrences=2_000, max_walked=20_000)
#: How far the twin walks: it takes some microseconds a day, and a millisecond for a day of minutes.
_WALKED: Final = {"YEARLY": 1500, "MONTHLY": 400, "WEEKLY": 200, "DAILY": 60, "HOURLY": 10, "MINUTELY": 1}
_CASES: Final = Path(__file__).parents[2] / "tests" / "conformance" / "rfc5545.json"


def seeds() -> Iterable[bytes]:
    """The examples of RFC 5545, and rules with every part."""
    rules = [case["rrule"] for case in json.loads(_CASES.read_text(encoding="utf-8"))]
    rules += ["FREQ=YEARLY;BYWEEKNO=1,-1,53;WKST=SU;BYDAY=MO", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=1000000000"]
    rules += ["FREQ=SECONDLY;INTERVAL=7;BYHOUR=9;BYMINUTE=0,30;BYSECOND=60", "freq=daily;;x-a=1;count= 5;"]
    for number, text in enumerate(rules):
        yield bytes([number % len(STARTS), number % len(ZONES), number]) + text.encode()


def check(data: bytes) -> None:
    """Read a rule, and ask."""
    if len(data) < 4:
        return
    text = data[3:].decode("utf-8", "replace")
    strict, lenient = _parsed(text, True), _parsed(text, False)
    assert strict is None or strict == lenient, (strict, lenient)
    if lenient is None:
        return
    assert lenient == _parsed(str(lenient), False), str(lenient)
    assert strict is None or strict == _parsed(str(strict), True)
    local, zone = STARTS[data[0] % len(STARTS)], ZONES[data[1] % len(ZONES)]
    start = local.date() if zone == "date" else local if zone is None else local.replace(tzinfo=ZoneInfo(zone))
    with_dtstart = not data[2] & 1
    for language in ("en", "de", "fr"):
        assert lenient.describe(language, start)
    try:
        series = Series(start, lenient, strict=False, include_dtstart=with_dtstart, limits=LIMITS)
    except SeriesError:
        return
    first = _ask(series)
    if zone != "date":
        _as_a_table(series, str(lenient), local, zone, with_dtstart)
    if zone is None:
        _as_the_twin(series, lenient, local, with_dtstart)
    if first and data[2] & 2:
        _split(series, first)


def _parsed(text: str, strict: bool) -> Rule | None:
    try:
        return Rule.parse(text, strict=strict)
    except RuleError as error:
        assert len(str(error)) < 500
        return None


def _within(ask: Callable[..., Any], *args: Any) -> Any:
    """An answer, or the limit that was reached."""
    try:
        return ask(*args)
    except LimitExceeded as error:
        assert error.limit in ("max_occurrences", "max_walked")
        return error


def _ask(series: Series) -> list[Any]:
    """Ask for the same in all ways; gives the first starts."""
    total, first = _within(series.count), _within(series.take, 5)
    if isinstance(first, LimitExceeded):
        return []
    assert series.is_empty == (not first)
    assert (total is None) == series.is_infinite
    assert isinstance(total, LimitExceeded) or total is None or min(total, 5) == len(first), (total, first)
    assert (series.first(), series.is_infinite) == (first[0] if first else None, series.last() is None and bool(first))
    for number, start in enumerate(first):
        assert (start, number) == (series.nth(number), series.rank(start))
    for one, other in pairwise(first):
        assert one < other
        assert (other, one) == (series.after(one), series.before(other))
    if total and not isinstance(total, LimitExceeded):
        assert series.last() == series.nth(total - 1)
        assert (None, total - 1) == (series.after(series.last()), series.rank(series.last()))
    if first:
        _windows(series, first)
    return first


def _windows(series: Series, first: list[Any]) -> None:
    """A near window, and one at the end of all time."""
    kind = first[0]
    far = kind.replace(year=9990, day=min(kind.day, 28))
    for a in (kind, far):
        b = a.replace(year=9999, month=12, day=31) if a.year > 9990 else a + _LONG if a.year < 9990 else a + _LONG / 8
        found, counted = _within(series.between, a, b), _within(series.count, a, b)
        if isinstance(found, LimitExceeded):
            continue
        assert isinstance(counted, LimitExceeded) or len(found) == counted, (a, b, counted, len(found))
        assert len(found) == len(_within(series.starts, a, b))
        assert found[: len(first)] == [one for one in first if a <= one < b][: len(found)] or a == far
        touching = _within(series.overlapping, a, b)
        assert isinstance(touching, LimitExceeded) or len(touching) >= len(found)


def _bounds(local: datetime) -> tuple[int, int]:
    """From DTSTART's day on, as seconds of its own clock."""
    begin = int((local - datetime(1970, 1, 1)).total_seconds())
    return begin - 86_400, min(begin + 86_400 * 60, 253_402_300_799)


def _as_a_table(series: Series, text: str, local: datetime, zone: str | None, with_dtstart: bool) -> None:
    """A table of this one series gives its starts (a table counts DTSTART always)."""
    if not with_dtstart:
        return
    table = SeriesTable.from_columns([f"{local.year:04}{local:%m%dT%H%M%S}"], zone, rrule=[text])
    assert not [one for one in table.problems if one.column == "dtstart"], table.problems
    lo, hi = _bounds(local)
    found = _within(lambda: table.expand(lo, hi, limits=LIMITS).start.tolist())
    if isinstance(found, LimitExceeded) or lo < -62_135_596_800:
        return
    edges = [datetime(1970, 1, 1) + timedelta(seconds=at) for at in (lo, hi)]
    a, b = edges if zone is None else [edge.replace(tzinfo=ZoneInfo("UTC")) for edge in edges]
    assert found == series.starts(a, b).tolist(), (found[:5], series.starts(a, b).tolist()[:5])


def _as_the_twin(series: Series, rule: Rule, local: datetime, with_dtstart: bool) -> None:
    """The slow twin gives the same, for as far as it can walk."""
    days = _WALKED.get(rule.freq, 0) * min(rule.interval, 3)
    if not days or datetime.max - local < timedelta(days=days):
        return
    stop = local + timedelta(days=days)
    expected = brute_force.take(400, str(rule), local, with_dtstart, stop=stop)
    if len(expected) == 400:
        stop = expected.pop()
    assert expected == series.between(local, stop), (expected[:5], series.between(local, stop)[:5])


def _split(series: Series, first: list[date]) -> None:
    """Both parts of a split together are the series."""
    one, other = series.split(first[-1])
    parts = _within(lambda: [*one.take(10), *other.take(10)][:7])
    whole = _within(series.take, 7)
    if not isinstance(parts, LimitExceeded) and not isinstance(whole, LimitExceeded):
        assert whole == parts, (whole, parts)
