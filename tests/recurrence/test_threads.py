"""Threads ask one fresh series at once: each has the answer that a thread alone has.

What counting keeps (sums of years, gaps of a zone, tables of a rule, the plan itself) is made while others read it.
With a GIL little of that can go wrong; where there is none, all of it can. Answers are compared, not times.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schedcore import Rule, Series
from schedcore._rrule import CompiledRule
from schedcore._stream import Stream

ZURICH = ZoneInfo("Europe/Zurich")
THREADS = 8
DTSTART = datetime(1950, 1, 1)

#: One of each form of a plan and of each residue, and what is kept beside: BYSETPOS, week-years, orbits, pairs.
RULES = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
    "FREQ=YEARLY;INTERVAL=3;BYDAY=20MO",
    "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYMONTH=3;BYDAY=SU",
    "FREQ=DAILY;INTERVAL=5;BYMONTH=3,10;BYHOUR=2;BYMINUTE=30",
    "FREQ=DAILY;INTERVAL=101;BYMONTH=3,10",
    "FREQ=HOURLY;INTERVAL=5;BYMONTH=3,10",
    "FREQ=MINUTELY;INTERVAL=7;BYMONTH=3,10;BYHOUR=1,2,3",
    "FREQ=SECONDLY;INTERVAL=7",
    "FREQ=SECONDLY;INTERVAL=2;BYMONTH=3",
    "FREQ=SECONDLY;INTERVAL=2;BYDAY=SU",
    "FREQ=DAILY;COUNT=100000",
]


def questions(zone: ZoneInfo | None) -> list[Callable[[Series], Any]]:
    """Questions that make what is kept grow, near and far, each to be asked by a thread of its own."""

    def at(year: int) -> datetime:
        return datetime(year, 6, 1, tzinfo=zone)

    def window(series: Series) -> Any:
        return series.between(at(2300), at(2300) + timedelta(minutes=20))

    return [
        lambda series: series.rank(at(1960)),
        lambda series: series.rank(at(2400)),
        lambda series: series.nth(1_000),
        lambda series: series.nth(90_000),
        lambda series: series.before(at(2900)),
        lambda series: series.after(at(2200)),
        window,
        lambda series: series.count(at(2000), at(2500)),
    ]


@pytest.mark.parametrize("zone", [None, ZURICH], ids=["floating", "zoned"])
@pytest.mark.parametrize("text", RULES)
def test_threads_ask_one_fresh_series(text: str, zone: ZoneInfo | None) -> None:
    """The series is planned, and all that it keeps is made, by whoever comes first."""
    asked = questions(zone)
    expected = [ask(Series(DTSTART.replace(tzinfo=zone), Rule.parse(text))) for ask in asked]
    with ThreadPoolExecutor(THREADS) as pool:
        for turn in range(6):
            series = Series(DTSTART.replace(tzinfo=zone), Rule.parse(text))
            order = asked[turn:] + asked[:turn]
            together(pool, [partial(ask, series) for ask in order], expected[turn:] + expected[:turn])


def test_threads_plan_one_fresh_rule() -> None:
    """DTSTARTs on many days, each with tables of its own, more of them than a rule keeps."""

    def compiled() -> CompiledRule:
        return CompiledRule(0, 1, 0, (), (), (), (), (), (), (), (), ())

    day = 86_400
    starts = [k * 5 * day for k in range(150)]
    expected = [compiled().at(start).rank(start + 40 * 365 * day) for start in starts]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(5):
            rule = compiled()

            def ask(rule: CompiledRule = rule) -> list[int]:
                return [rule.at(start).rank(start + 40 * 365 * day) for start in starts]

            together(pool, [ask] * THREADS, [expected] * THREADS)


def test_threads_grow_one_plan_step_by_step() -> None:
    """Each thread goes on a little further than the others, so that sums grow while they are read."""
    start = int((DTSTART - datetime(1970, 1, 1)).total_seconds())
    text = (0, 1, 0, (2,), (), (), (29,), (), (), (), (), ())
    asked = [start + year * 365 * 86_400 for year in range(0, 7_000, 20)]
    alone = CompiledRule(*text).at(start)
    expected = [alone.rank(t) for t in asked]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(5):
            plan = CompiledRule(*text).at(start)
            stream = Stream(plan, None, 0, 0, None)
            both = [
                lambda plan=plan: [plan.rank(t) for t in asked],
                lambda stream=stream: [stream.rank(t) for t in asked],
            ]
            together(pool, both * (THREADS // 2), [expected] * THREADS)


def together(pool: ThreadPoolExecutor, asked: list[Callable[[], Any]], expected: list[Any]) -> None:
    """Ask all at the same moment, and compare."""
    barrier = Barrier(len(asked))

    def wait_and_ask(ask: Callable[[], Any]) -> Any:
        barrier.wait()
        return ask()

    assert expected == list(pool.map(wait_and_ask, asked))
