"""The far future for free: huge counts and numbers at once, limits that are said, work that can be stopped, streams."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy
import pytest

from schedcore import CancelToken, Limits, Override, Series
from schedcore.errors import Cancelled, InvalidValue, LimitExceeded, SeriesError

START = datetime(2000, 1, 1)
ZURICH = ZoneInfo("Europe/Zurich")


def test_the_billionth_second() -> None:
    """Found by arithmetic: stepping there would take seconds."""
    assert START + timedelta(seconds=10**9) == Series(START, "FREQ=SECONDLY").nth(10**9)


def test_a_count_of_a_billion() -> None:
    series = Series(START, "FREQ=SECONDLY;COUNT=1000000000")
    assert 10**9 == series.count()
    assert START + timedelta(seconds=10**9 - 1) == series.last()
    assert series.nth(10**9) is None


def test_a_count_beyond_the_calendar_ends_with_it() -> None:
    """COUNT=10^9 of a daily rule reaches the year 2,739,000; what datetime can hold is counted."""
    series = Series(START, "FREQ=DAILY;COUNT=1000000000")
    assert (datetime(9999, 12, 31) - START).days + 1 == series.count()
    assert datetime(9999, 12, 31) == series.last()


def test_number_from_the_end() -> None:
    series = Series(date(2026, 1, 31), "FREQ=MONTHLY;COUNT=5", exdates=[date(2026, 3, 31)])
    assert [date(2026, 8, 31), date(2026, 7, 31)] == [series.nth(-1), series.nth(-2)]
    assert series.nth(-5) is None
    with pytest.raises(SeriesError, match=r"nth\(-1\): the series has no end"):
        Series(date(2026, 1, 31), "FREQ=MONTHLY").nth(-1)


def test_seconds_of_a_zone_count_the_hours_that_were_lost() -> None:
    """Zurich skips an hour a spring, and with fold="both" repeats one an autumn."""
    begin, end = datetime(2026, 1, 1, tzinfo=ZURICH), datetime(2027, 1, 1, tzinfo=ZURICH)
    for fold, seconds in (("first", 365 * 86_400 - 2 * 3_600), ("both", 365 * 86_400)):
        series = Series(begin, "FREQ=SECONDLY", fold=fold, gap="skip")
        # One hour is never shown by a clock; another, shown twice, counts once unless both are asked for.
        expected = 365 * 86_400 - 3_600 if fold == "first" else seconds
        assert expected == series.count(begin, end)


def test_exceptions_shift_numbers() -> None:
    """EXDATE, RDATE and overrides each move the numbers behind them by one."""
    series = Series(
        datetime(2000, 1, 3, 9, tzinfo=ZURICH),
        "FREQ=WEEKLY",
        exdates=[datetime(2000, 1, 10, 9, tzinfo=ZURICH), datetime(2000, 1, 17, 9, tzinfo=ZURICH)],
        rdates=[datetime(2000, 1, 4, 9, tzinfo=ZURICH)],
        overrides=[Override(datetime(2000, 1, 24, 9, tzinfo=ZURICH), cancelled=True)],
    )
    plain = Series(datetime(2000, 1, 3, 9, tzinfo=ZURICH), "FREQ=WEEKLY")
    far = datetime(9000, 1, 1, tzinfo=UTC)
    assert plain.rank(far) - 2 == series.rank(far)
    assert plain.nth(100_002) == series.nth(100_000)


def test_a_window_over_the_limit_is_counted_and_refused() -> None:
    """252 billion seconds are refused at once, and the error says how many there are and what to do."""
    series = Series(START, "FREQ=SECONDLY")
    with pytest.raises(LimitExceeded, match=r"252455529600 occurrences.*chunks\(\)") as caught:
        series.starts(START, datetime(9999, 12, 31))
    assert ("max_occurrences", 10_000_000) == (caught.value.limit, caught.value.allowed)


@pytest.mark.parametrize("ask", ["between", "starts", "overlapping"])
def test_limits_hold_for_each_way_of_asking(ask: str) -> None:
    series = Series(START, "FREQ=HOURLY", limits=Limits(max_occurrences=100), rdates=[START + timedelta(minutes=1)])
    assert 100 == len(getattr(series, ask)(START, START + timedelta(hours=99)))
    with pytest.raises(LimitExceeded, match="101"):
        getattr(series, ask)(START, START + timedelta(hours=100))


def test_take_is_limited_and_iteration_is_not() -> None:
    series = Series(START, "FREQ=DAILY", limits=Limits(max_occurrences=100))
    with pytest.raises(LimitExceeded, match="max_occurrences"):
        series.take(10_000)
    assert 1000 == sum(1 for _, _ in zip(range(1000), series, strict=False))


def test_a_series_that_takes_itself_away_is_walked_only_so_far() -> None:
    """Two EXRULEs that together are the RRULE leave nothing, which only a walk can tell: it is bounded."""
    series = Series(
        START,
        "FREQ=SECONDLY",
        exrules=["FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60)))],
        limits=Limits(max_walked=1_000_000),
    )
    with pytest.raises(LimitExceeded, match="max_walked=1000000 was reached"):
        series.first()


@pytest.mark.parametrize("value", [0, -1, 1.5, "many", None])
def test_a_limit_is_a_number(value: object) -> None:
    with pytest.raises(InvalidValue, match="max_occurrences="):
        Limits(max_occurrences=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=SECONDLY;BYMONTH=1,2,3,4,5,6,7", "FREQ=SECONDLY;INTERVAL=7;BYMONTH=3"]
)
@pytest.mark.parametrize("zone", [None, ZURICH])
def test_a_fill_is_stopped_from_another_thread(rule: str, zone: ZoneInfo | None) -> None:
    """A fill of some gigabytes is stopped in its first moments; had it not been, the error would not come."""
    start = START.replace(tzinfo=zone)
    series = Series(start, rule, limits=Limits(max_occurrences=10**12))
    token = CancelToken()
    timer = threading.Timer(0.02, token.cancel)
    timer.start()
    with pytest.raises(Cancelled, match="cancelled after"):
        series.starts(start, start + timedelta(days=365 * 60), cancel=token)
    timer.join()
    assert token.is_cancelled


def test_a_token_that_is_set_stops_at_once() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        Series(START, "FREQ=SECONDLY").starts(START, START + timedelta(days=1), cancel=token)


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
@pytest.mark.parametrize("zone", [None, ZURICH, ZoneInfo("Australia/Lord_Howe")])
def test_chunks_are_the_window(size: int, zone: ZoneInfo | None) -> None:
    """Across both changes of the clock, in chunks of any size: the same starts, none twice."""
    start = START.replace(tzinfo=zone)
    series = Series(start, "FREQ=MINUTELY;INTERVAL=20;BYHOUR=0,1,2,3", fold="both")
    end = start + timedelta(days=400 if size > 1 else 100)
    chunks = list(series.chunks(start, end, size))
    assert max(map(len, chunks)) <= size
    assert series.starts(start, end).tolist() == numpy.concatenate(chunks).tolist()


def test_chunks_of_a_set() -> None:
    series = Series(START, ["FREQ=HOURLY", "FREQ=DAILY;BYMINUTE=30"], exdates=[START.date()])
    end = START + timedelta(days=50)
    assert series.starts(START, end).tolist() == numpy.concatenate(list(series.chunks(START, end, 100))).tolist()


def test_chunks_want_a_size() -> None:
    with pytest.raises(SeriesError, match="size=0: pass how many"):
        Series(START, "FREQ=DAILY").chunks(START, START, 0)


MEMORY = """
import resource
from datetime import datetime, timedelta
import numpy
from schedcore import Series
start = datetime(2000, 1, 1)
series = Series(start, "FREQ=SECONDLY")
list(series.chunks(start, start + timedelta(seconds=1_000_000)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
total = sum(len(chunk) for chunk in series.chunks(start, start + timedelta(seconds=100_000_000)))
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_hundred_million_within_64_mib() -> None:
    """Streamed in a process of its own: the highest memory it ever had grows by less than 64 MiB (ru_maxrss is KiB)."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    total, grown = map(int, done.stdout.split())
    assert total == 100_000_000
    assert grown < 64 * 1024
