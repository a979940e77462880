"""What is measured: the given rows as they are, and what follows from them."""

from datetime import datetime, timedelta

from benchmarks.tables import floors_of
from benchmarks.workloads import END, Workload, distances, expansions, listed, questions

GIVEN = 14  # rows of workloads.json


def test_the_given_workloads_come_first_and_unchanged():
    """Their figures are compared with those of others."""
    assert GIVEN == len(listed())
    assert listed() == expansions()[:GIVEN]


def test_names_are_unique():
    """Runs are compared by name."""
    names = [w.id for w in expansions()] + [w.id for w in questions()] + [label for label, _ in distances()]
    assert len({w.id for w in expansions()}) == len(expansions())
    assert len(set(names[len(expansions()) :])) == len(names) - len(expansions())


def test_longer_ones_have_the_count_that_their_name_says():
    """And only counts that the calendar has room for."""
    longer = [w for w in expansions() if " x" in w.id]
    assert longer
    for w in longer:
        assert w.rrule.endswith(";COUNT=" + w.id.rpartition(" x")[2])
    assert "monthly_nth x100000" not in [w.id for w in longer]


def test_a_window_is_everything_unless_given():
    """Up to a day before the calendar ends, in the zone of the workload."""
    w = Workload("w", "FREQ=DAILY;COUNT=3", datetime(2026, 1, 1), "Europe/Zurich")
    a, b = w.bounds()
    assert (datetime(2026, 1, 1), END) == (a.replace(tzinfo=None), b.replace(tzinfo=None))
    assert "Europe/Zurich" == str(a.tzinfo)
    assert "FREQ=DAILY" == w.with_count(None).rrule


def test_floors_go_by_what_the_rule_is():
    """Day-level rules of 12 a year, the same in a zone, sub-daily ones, and all others."""
    days = [86_400 * i for i in range(10_000)]
    daily = Workload("daily", "FREQ=DAILY", datetime(1970, 1, 1))
    assert {"dateutil": 20, "arange": 0.25} == floors_of(daily, days)
    assert {"dateutil": 20} == floors_of(daily, days[:9_999])
    zoned = Workload("daily", "FREQ=DAILY", datetime(1970, 1, 1), "Europe/Zurich")
    assert {"dateutil": 20, "arange": 0.10} == floors_of(zoned, days)
    assert {"dateutil": 20, "arange": 0.10} == floors_of(Workload("h", "FREQ=HOURLY", datetime(1970, 1, 1)), days)
    yearly = Workload("y", "FREQ=YEARLY", datetime(1970, 1, 1))
    assert {"dateutil": 20} == floors_of(yearly, [t * 365 for t in days])
    sparse = Workload("friday13 2000_years", "FREQ=MONTHLY", datetime(1970, 1, 1))
    assert {"dateutil": 500} == floors_of(sparse, days[:10])


def test_windows_of_one_rule_are_of_one_size():
    """Else their costs could not be compared."""
    for _, away in distances():
        assert 1 == len({b - a for a, b in (w.window for w in away.values())})
    assert {timedelta(days=7)} == {b - a for a, b in (w.window for w in questions())}
