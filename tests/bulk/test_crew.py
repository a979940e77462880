"""Threads that share the pieces of a call: everything is done once, errors come out once, and nobody stays behind."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.bulk import A, B, columns, rows
from schedcore import CancelToken, Limits, SeriesTable
from schedcore.bulk._crew import Crew
from schedcore.errors import Cancelled, LimitExceeded

THREADS = range(1, 9)


@pytest.fixture(scope="module")
def table() -> SeriesTable:
    """Rows of every kind: pieces of lists, and at the end some that ask a plan of their own, for which the GIL is."""
    found = columns(rows(3000))
    more = ["FREQ=SECONDLY;INTERVAL=30011;COUNT=9", "FREQ=MINUTELY;INTERVAL=17;COUNT=40"] * 20
    return SeriesTable.from_columns(
        [*found["dtstart"], *["20260605T090000"] * len(more)],
        [*found["tzid"], *["Europe/Zurich"] * len(more)],
        duration=[*found["duration"], *[60] * len(more)],
        rrule=[*found["rrule"], *more],
    )


def same(number: int) -> Callable[[], int]:
    """A call that gives its number."""
    return lambda: number


@pytest.mark.parametrize("threads", THREADS)
def test_each_call_is_made_once_and_answers_in_order(threads: int) -> None:
    """One crew, one job after the other, of none, fewer, as many and more calls than threads."""
    with Crew(threads) as crew:
        for size in (0, 1, 2, threads, 50, 7):
            assert list(range(size)) == crew.call([same(number) for number in range(size)])


def test_others_take_part() -> None:
    """While one call waits for another, that is made by another thread; with one thread this would wait for ever."""
    met = threading.Barrier(3, timeout=60)
    with Crew(3) as crew:
        for _ in range(5):
            found = crew.call([lambda: (met.wait(), threading.get_ident())[1]] * 3)
            assert 3 == len(set(found))


@pytest.mark.parametrize("threads", THREADS)
def test_an_error_is_raised_once_and_ends_the_job_and_not_the_crew(threads: int) -> None:
    """After a call that failed none is begun; what comes next is done as if nothing had been."""
    made: Counter[int] = Counter()

    def call(number: int) -> int:
        made[number] += 1
        if number == 3:
            raise ValueError(f"call {number}")
        if number > 3:
            time.sleep(0.001)
        return number

    with Crew(threads) as crew:
        with pytest.raises(ValueError, match="call 3"):
            crew.call([lambda number=number: call(number) for number in range(500)])
        assert {1} == set(made.values())
        assert 4 <= len(made) < 500
        assert [1, 2] == crew.call([same(1), same(2)])


def test_a_crew_that_went_home_is_an_error() -> None:
    """Behind its `with` there is nobody to share with."""
    with Crew(2) as crew:
        pass
    with pytest.raises(RuntimeError, match="inside its `with`"):
        crew.call([same(1)])


def test_threads_that_cannot_be_started_are_done_without(table: SeriesTable) -> None:
    """A stack of 64 TiB is none that a system gives: the thread that asks does it all."""
    expected = table.expand(A, B)
    usual = threading.stack_size()
    threading.stack_size(1 << 46)
    try:
        with pytest.raises(RuntimeError):
            threading.Thread(target=int).start()
        assert expected == table.expand(A, B, 4)
    finally:
        threading.stack_size(usual)


@pytest.mark.parametrize("threads", [*THREADS, 64])
def test_one_answer_whoever_makes_it(table: SeriesTable, threads: int) -> None:
    """Many calls, so that threads meet in every order: starts, ends and offsets of one thread."""
    expected = table.expand(A, B)
    for _ in range(10):
        assert expected == table.expand(A, B, threads)


@pytest.mark.parametrize("threads", THREADS)
def test_the_error_of_one_chunk_is_that_of_the_call(table: SeriesTable, threads: int) -> None:
    """A row that asks its plan has too many; others raise nothing, and the next call answers."""
    for _ in range(5):
        with pytest.raises(LimitExceeded):
            table.expand(A, B, threads, limits=Limits(max_occurrences=8))
    assert len(table.expand(A, B)) == len(table.expand(A, B, threads))


def test_many_callers_some_of_whom_cancel(table: SeriesTable) -> None:
    """Calls from eight threads at once, with 1 to 8 each, a third of them cancelled somewhere, a third over a limit."""
    expected = table.expand(A, B)

    def called(number: int) -> str:
        threads = number % 8 + 1
        try:
            if number % 3 == 0:
                return "same" if expected == table.expand(A, B, threads) else "different"
            if number % 3 == 1:
                return f"{len(table.expand(A, B, threads, limits=Limits(max_occurrences=8)))} over the limit"
            token = CancelToken()
            timer = threading.Timer(number % 7 * 0.0005, token.cancel)
            timer.start()
            try:
                return "same" if expected == table.expand(A, B, threads, cancel=token) else "different"
            finally:
                timer.join()
        except LimitExceeded:
            return "limit"
        except Cancelled:
            return "cancelled"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(called, range(240)))
    assert {"same"} == set(found[0::3])
    assert {"limit"} == set(found[1::3])
    assert set(found[2::3]) <= {"same", "cancelled"}


def test_a_token_that_is_set_cancels_all(table: SeriesTable) -> None:
    """Whatever the threads."""
    token = CancelToken()
    token.cancel()
    for threads in THREADS:
        with pytest.raises(Cancelled):
            table.expand(A, B, threads, cancel=token)
