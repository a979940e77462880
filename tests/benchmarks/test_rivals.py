"""Engines in other processes: tasks and replies, and what happens to one that fails."""

import sys
from datetime import datetime

import pytest

from benchmarks.engines import Dateutil, Schedcore
from benchmarks.rivals import behaviour, process
from benchmarks.rivals.__main__ import AWAY, growth, row_of, window_away
from benchmarks.rivals.process import Driver, NoAnswer, stamp
from benchmarks.workloads import Workload

W = Workload("w", "FREQ=DAILY;COUNT=3", datetime(1970, 1, 1), "Europe/Zurich")

FAKE = """
import json, sys
print(json.dumps({"name": "fake", "version": "1", "runtime": "Python"}), flush=True)
for line in sys.stdin:
    fields = line.rstrip("\\n").split("\\t")
    %s
    print(json.dumps(reply), flush=True)
"""


@pytest.fixture
def driver():
    """Start a fake engine whose reply is made by this line of Python."""
    started = []

    def start(line):
        started.append(Driver([sys.executable, "-c", FAKE % line]))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_a_driver_says_what_it_is(driver):
    """Versions are those that run."""
    one = driver("reply = {}")
    assert ("fake", "1", "Python") == (one.name, one.version, one.runtime)


def test_a_task_is_one_line_of_fields(driver):
    """In the order that the package's opening gives."""
    one = driver("reply = {'starts': fields}")
    assert ["answer", "FREQ=DAILY;COUNT=3", "19700101T000000", "Europe/Zurich", "", "", "1"] == one.answer(W)


def test_time_is_measured_inside(driver):
    """The harness takes the driver's word."""
    assert 30.0 == driver("reply = {'seconds': 10.0 * int(fields[6])}").expand(W)(3)


def test_an_error_is_no_answer(driver):
    """And the process goes on."""
    one = driver("reply = {'error': 'no such zone'}")
    for _ in range(2):
        with pytest.raises(NoAnswer, match="fails: no such zone"):
            one.answer(W)


def test_a_process_that_ends_is_started_again(driver):
    """One bad task does not lose the others."""
    one = driver("reply = {'starts': [1]} if 'DAILY' in line else sys.exit()")
    with pytest.raises(NoAnswer, match="its process ended"):
        one.answer(Workload("w", "FREQ=WEEKLY", W.dtstart))
    assert [1] == one.answer(W)


def test_one_that_hangs_is_given_up(driver, monkeypatch):
    """With what it was waiting for."""
    one = driver("import time; reply = {'starts': [1]} if 'DAILY' in line else time.sleep(60)")
    monkeypatch.setattr(process, "PATIENCE", 0.5)
    with pytest.raises(NoAnswer, match=r"no answer within 0\.5 seconds"):
        one.answer(Workload("w", "FREQ=WEEKLY", W.dtstart))


def test_one_that_differs_is_named_and_not_timed(driver):
    """A wrong answer has no speed."""
    found = row_of("workloads", "w", W, [Schedcore(), Dateutil(), driver("reply = {'starts': [1, 2]}")])
    assert {"fake": "gives 2 occurrences, not 3"} == found.differs
    assert ["schedcore", "dateutil"] == list(found.seconds)


def test_far_windows_are_in_the_calendar():
    """Each of them, with 31 days."""
    for years in AWAY:
        a, b = window_away("daily", "FREQ=DAILY", years).window
        assert (1970 + years, 31) == (a.year, (b - a).days)
    assert 1.0 == growth(AWAY[-1])
    assert 3.0 == growth(AWAY[0])


def test_years_have_four_digits():
    """Drivers read them so."""
    assert "00010203T040506" == stamp(datetime(1, 2, 3, 4, 5, 6))


def test_answers_are_told(driver):
    """Each engine's starts in UTC, "nothing", or its own words why not; no case is asked twice."""
    engines = [Schedcore(), Dateutil(), driver('reply = {"starts": []}'), driver('reply = {"error": "not that"}')]
    assert [
        ("schedcore", "19691231T2300 19700101T2300 19700102T2300"),
        ("dateutil", "19691231T2300 19700101T2300 19700102T2300"),
        ("fake", "nothing"),
        ("fake", "error: fails: not that"),
    ] == list(behaviour.answers(W, engines))
    assert len({case.rrule + str(case.dtstart) for case in behaviour.CASES}) == len(behaviour.CASES)
