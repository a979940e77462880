"""Lists of days that threads make at the same time: by plans that nobody has asked before, and within a bound."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from schedcore import CancelToken, SeriesTable
from schedcore.bulk._crew import Crew
from schedcore.bulk._expand import Chunks, Window
from schedcore.bulk.filling import filled
from schedcore.bulk.occurrences import Occurrences
from schedcore.errors import Cancelled
from schedcore.recurrence.rule import _LENIENT

# Each in a form of its own, of plans and of tables: cycles; years, whole ones, those cut by what INTERVAL leaves over,
# those with more residues than are cut (MAX_STATES), years of weeks, picked ones; phases of a day.
FORMS = [
    "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY",
    "FREQ=MONTHLY;INTERVAL=5", "FREQ=MONTHLY;INTERVAL=71;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    "FREQ=DAILY;INTERVAL=5;BYMONTH=1,3,6,7,10", "FREQ=WEEKLY;INTERVAL=3;BYMONTH=6,7,8", "FREQ=YEARLY;INTERVAL=3",
    "FREQ=YEARLY;BYWEEKNO=1,23,53", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=HOURLY;INTERVAL=7",
    "FREQ=HOURLY;INTERVAL=13;BYMONTH=6,7", "FREQ=DAILY;BYHOUR=8,17;BYMONTHDAY=1,15",
]  # fmt: skip
THREADS = (1, 2, 3, 7)
TURNS = 60


def many_forms() -> SeriesTable:
    """Some 250 shapes, and rows with COUNT whose lists begin earlier; nobody has asked their rules yet."""
    _LENIENT.clear()  # a rule that is remembered has its tables
    day = datetime(2015, 1, 1, 9, tzinfo=UTC)
    found = [(day + timedelta(days=61 * k, hours=k), f"{form};WKST=SU") for form in FORMS for k in range(40)]
    found += [(day + timedelta(days=7 * k), f"{form};COUNT={300 + k}") for form in FORMS for k in range(4)]
    return SeriesTable.from_columns([start for start, _ in found], rrule=[text for _, text in found])


def expanded(table: SeriesTable, a: int, b: int, threads: int, room: int) -> tuple[Occurrences, list[int]]:
    """What a table gives with lists of so many moments, and what the window tells of each row without expanding it."""
    with Crew(threads) as crew:
        window = Window(table.rows, a, b, True, room, 1 << 40, None, crew)
        chunks = Chunks(window, 0, len(table), 4 * threads)
        chunks.count(crew)
        return filled(chunks, crew), [window.most(row) for row in range(len(table))]


def at_once(table: SeriesTable, a: int, b: int) -> list[Occurrences]:
    """What callers are given who ask at the same time, each on some threads of its own."""
    begin = Barrier(len(THREADS), timeout=60)

    def ask(threads: int) -> Occurrences:
        begin.wait()
        return table.expand(a, b, threads)

    with ThreadPoolExecutor(len(THREADS)) as pool:
        return list(pool.map(ask, THREADS))


def seconds(*day: int) -> int:
    """UTC midnight of a day."""
    return int(datetime(*day, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that hold the GIL are asked for it every microsecond."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_the_first_questions_come_all_at_once() -> None:
    """Callers with threads of their own ask a fresh table the same: whoever comes first to tables that lack makes them.

    A table that is read before it is there, or while it is made, is a wrong answer or the end of the process.
    """
    windows = [(seconds(year, 5, 1), seconds(year + 1, 2, 1)) for year in (2016, 2017, 2019, 2020, 2024, 2025)]
    asked = many_forms()
    expected = [asked.expand(a, b) for a, b in windows]
    assert all(len(found) > 1000 for found in expected)
    for turn in range(TURNS):
        found = at_once(many_forms(), *windows[turn % len(windows)])
        assert [expected[turn % len(windows)]] * len(THREADS) == found


def test_a_plan_that_is_there_stays() -> None:
    """Threads hold no reference to plans: none may be replaced, by other callers and other windows neither."""
    table = many_forms()
    table.expand(seconds(2020, 1, 1), seconds(2020, 2, 1), 2)
    plans = list(table.rows.plans)
    assert 250 < len(plans)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda year: table.expand(seconds(year, 1, 1), seconds(year, 9, 1), 2), range(2016, 2024)))
    assert all(old is new for old, new in zip(plans, table.rows.plans, strict=True))


@pytest.mark.parametrize("room", [0, 1, 50, 600, 5_000, 20_000, 60_000, 1 << 23])
def test_room_for_lists_changes_no_answer_and_threads_change_no_list(room: int) -> None:
    """What is not listed asks its plan; what is listed depends on the table and the room for it alone."""
    a, b = seconds(2026, 3, 1), seconds(2026, 6, 1)
    table = many_forms()
    expected = expanded(table, a, b, 1, 1 << 23)[0]
    told = [expanded(table, a, b, threads, room) for threads in THREADS]
    for found, most in told:
        assert expected == found
        assert told[0][1] == most


def test_room_that_some_pieces_leave_is_for_others() -> None:
    """Shapes with long lists beside each other, and many short ones: if all fit together, all are listed."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    rules = [f"FREQ=HOURLY;BYMINUTE={k}" for k in range(30)]
    rules += [f"FREQ=YEARLY;BYMONTHDAY={k % 28 + 1}" for k in range(400)]
    table = SeriesTable.from_columns([day + timedelta(days=k) for k in range(len(rules))], rrule=rules)
    a, b = seconds(2026, 3, 1), seconds(2026, 6, 1)
    listed = sum(expanded(table, a, b, 1, 1 << 23)[1])
    for threads in THREADS:
        assert listed == sum(expanded(table, a, b, threads, 30 * 24 * 110 + 400 * 100)[1])
        assert listed < sum(expanded(table, a, b, threads, 29 * 24 * 90)[1])


@pytest.mark.parametrize("threads", THREADS)
def test_listing_is_cancelled(threads: int) -> None:
    """Before a row is looked at."""
    token = CancelToken()
    token.cancel()
    table = many_forms()
    with Crew(threads) as crew, pytest.raises(Cancelled, match="lists of days"):
        Window(table.rows, seconds(2026, 1, 1), seconds(2026, 2, 1), False, 1 << 20, 1 << 20, token, crew)
