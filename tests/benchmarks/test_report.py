"""A run as a value: ratios, floors, what fell, and the file it is kept in."""

import re

from benchmarks.report import RESULTS, Report, Row, fallen, machine, printed


def row(ours, theirs, floors=(), name="daily"):
    """A row of two contestants."""
    return Row("expand", name, 1000, {"schedcore": ours, "dateutil": theirs}, dict(floors))


def report(*rows):
    """A run on no machine in particular."""
    return Report({"processor": "one"}, {"schedcore": "0"}, rows)


def test_a_ratio_is_how_many_times_as_long_the_other_took():
    """Ours is the first contestant."""
    assert {"dateutil": 20.0} == row(0.5, 10.0).ratios()


def test_a_floor_is_missed_below_it_and_met_at_it():
    """Only what lies below is missed."""
    assert {} == row(1.0, 20.0, {"dateutil": 20}).missed()
    assert {"dateutil": 19.0} == row(1.0, 19.0, {"dateutil": 20}).missed()


def test_what_fell_by_more_than_a_third_is_named():
    """A third less is still noise; more is named with both ratios."""
    before = report(row(1.0, 30.0))
    assert [] == fallen(before, report(row(1.0, 20.0)))
    assert ["expand: daily: dateutil / ours fell from 30 to 19.9"] == fallen(before, report(row(1.0, 19.9)))


def test_a_row_that_is_gone_is_named():
    """A row that nobody measures any more cannot have been kept."""
    assert ["expand: daily: no longer measured"] == fallen(report(row(1.0, 2.0)), report())


def test_a_machine_twice_as_slow_has_the_same_ratios():
    """What is compared is ratios, not seconds."""
    assert [] == fallen(report(row(1.0, 30.0)), report(row(2.0, 60.0)))


def test_a_run_is_read_as_it_was_written(tmp_path):
    """Seconds keep three digits, everything else is the same."""
    kept = report(row(1.23, 4.56, {"dateutil": 20}), Row("expand", "x", 1, {"schedcore": 1.0}, {}, {"rrule": "fails"}))
    kept.write(tmp_path / "run.json")
    assert kept == Report.read(tmp_path / "run.json")


def test_a_missed_floor_and_a_difference_show():
    """A reader sees both without looking for them."""
    odd = Row("expand", "odd", 7, {"schedcore": 1.0, "dateutil": 2.0}, {"dateutil": 20}, {"rrule": "gives 6"})
    text = "\n".join(printed([odd], ["dateutil", "rrule"], "us"))
    assert "MISSED 2 of 20 dateutil" in text
    assert "rrule differs: gives 6" in text


def test_what_the_machine_reaches_is_kept_and_shows(tmp_path):
    """To three digits, beside a ratio that is met and one that is missed; a floor stays what it is."""
    met, short = (
        Row("bulk", name, 7, {"2 threads": 1.0, "1 thread": ratio}, {"1 thread": 1.7}, ceilings={"1 thread": 1.654321})
        for name, ratio in (("met", 1.8), ("short", 1.6))
    )
    report(met, short).write(tmp_path / "run.json")
    found = Report.read(tmp_path / "run.json").rows
    assert [{"1 thread": 1.65}] * 2 == [one.ceilings for one in found]
    assert [{}, {"1 thread": 1.6}] == [one.missed() for one in found]
    lines = printed(found, ["1 thread"], "M/s")
    assert lines[1].endswith("ok; this machine reaches 1.65 1 thread")
    assert lines[2].endswith("MISSED 1.6 of 1.7 1 thread; this machine reaches 1.65 1 thread")


def test_results_name_no_path_and_no_host():
    """What is committed says what the machine is, not which."""
    import platform

    for path in RESULTS.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert None is re.search(r"[\"' ](/[\w.-]+){2,}", text)
        assert platform.node() not in text or len(platform.node()) < 4
    assert {"processor", "system", "python", "compiler"} == set(machine())
