"""The load of the service: what is told of its rounds, and that nothing is timed whose answer is another."""

import pytest

from benchmarks.report import Report, Row
from benchmarks.service import measures, tables
from benchmarks.service.office import Question, _same


def test_a_ratio_is_that_of_the_rounds():
    """A busy round is busy for both: its ratio counts, and not how long it took."""
    rounds = [[100.0, 200.0, 300.0], [1000.0, 2000.0, 3000.0], [100.0, 200.0, 300.0]]
    row = measures._row("Next", "SQLite", 1, rounds, [100.0, 1000.0, 100.0])
    assert 2.0 == pytest.approx(1 / row.ratio("echo"))
    assert {"echo": 1 / measures.MOST} == row.floors
    assert row.missed()
    assert 200e-6 == pytest.approx(row.seconds["p50"])
    assert 300e-6 == pytest.approx(row.seconds["p99"])


def test_only_the_named_questions_are_judged():
    """One caller at a time, on the store that is the default."""
    rounds = [[1.0]]
    assert not measures._row("Tally", "SQLite", 1, rounds, [1.0]).floors
    assert not measures._row("Next", "SQLite", 8, rounds, [1.0]).floors
    assert not measures._row("Next", "PostgreSQL", 1, rounds, [1.0]).floors
    assert measures._row("Query, one calendar", "SQLite", 1, rounds, [1.0]).floors


def test_what_is_asked_once_comes_once():
    """Rounds go on where the one before ended, and begin again when all were asked; other questions are all there."""
    requests = [("path", "", f"{number}") for number in range(5)]
    once = Question("Query", requests, 1, once=True)
    assert [requests[:3], [*requests[3:], requests[0]]] == [once.some(3), once.some(3)]
    assert requests == Question("Query", requests, 1).some(3)


def test_another_answer_is_not_timed():
    """Nor is one that says nothing, for then nothing was compared."""
    _same("Next", [1], [1])
    for expected, found in (([1], [2]), ([], [])):
        with pytest.raises(AssertionError, match="nothing is timed"):
            _same("Next", expected, found)


def test_the_tables_say_what_is_met():
    """And what is missed."""
    called = {"p50": 0.001, "p99": 0.002, "mean": 0.001, "echo": 0.0005}
    streamed = {"received": 1.0, "library": 0.4, "as Arrow": 0.5, "wire": 0.6}
    rows = (
        Row("load 1", "Next, SQLite", 9, called, {"echo": 1 / 1.5}),
        *(Row("memory", f"{calls}", 100 + calls, {"mean": 0.1}) for calls in (1, 2, 3)),
        Row("overload", "full, of the many: answered", 5, {"p50": 0.1, "p99": 0.2}),
        Row("overload", "crowd, of the many: answered", 5, {"p50": 0.1, "p99": 0.5}),
        Row("stream", "to bytes", 10, streamed, {"library": 0.5}),
    )
    report = Report({}, {}, rows)
    assert "| Next, SQLite | 1 | 2 | 1,000 | 2.00 | 1.5, missed |" in tables.loads(report)
    assert "From 20,000 calls to the last: +1.0%; at most +5%: met." == tables.memories(report)[-1]
    assert "p99 of what is admitted: 2.50 times; at most 2: missed." == tables.overloads(report)[-1]
    assert "0.5, missed" in tables.streams(report)[-1]
    assert "MISSED" in tables.line(rows[0])
    assert "MISSED" not in tables.line(rows[1])
