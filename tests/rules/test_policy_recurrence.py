"""Rules of recurrence: what caps hold back, and what edits of a series leave."""

from __future__ import annotations

import inspect
from datetime import date, datetime, timedelta

import pytest

from policy.team import TEAM, annas, event, seen, taken
from schedcore.policy import Caps, PersonalCalendar, capped, only_exceptions
from schedcore.recurrence import Series
from schedcore.recurrence.editing import Editing

MARCH = datetime(2026, 3, 2, 9)
DAILY = event("1", "RRULE:FREQ=DAILY")
YEAR = {"start": datetime.fromisoformat("2026-10-01T00:00:00Z"), "end": datetime.fromisoformat("2027-10-01T00:00:00Z")}


@pytest.mark.rule("R1")
def test_a_never_ending_series_has_twenty_instances():
    """Range Never is 20 instances, of the rule and before exceptions; a bounded range is as long as it says."""
    endless = Series(MARCH, "FREQ=DAILY")
    assert 20 == capped(endless, Caps()).count()
    assert datetime(2026, 3, 21, 9) == capped(endless, Caps()).last()
    assert 19 == capped(endless.without(MARCH + timedelta(days=3)), Caps()).count()
    assert 20 == capped(endless.changed(MARCH, MARCH + timedelta(days=90)), Caps()).count()
    for rule, count in (("FREQ=DAILY;COUNT=50", 50), ("FREQ=DAILY;UNTIL=20260531T090000", 91)):
        assert count == capped(Series(MARCH, rule), Caps()).count()
    assert endless == capped(endless, Caps(never_ending=None))
    assert 3 == capped(endless, Caps(never_ending=3)).count()


@pytest.mark.rule("R1")
def test_the_cap_goes_by_what_the_rules_generate():
    """DTSTART is counted, RDATEs are not; several rules are counted together; other zones and dates alike."""
    assert 20 == capped(Series(date(2026, 3, 2), "FREQ=WEEKLY;BYDAY=TU"), Caps()).count()
    assert 21 == capped(Series(MARCH, "FREQ=DAILY", rdates=[MARCH + timedelta(hours=1)]), Caps()).count()
    assert 20 == capped(Series(MARCH, ["FREQ=DAILY", "FREQ=WEEKLY;BYHOUR=15"]), Caps()).count()
    assert 20 == capped(Series(MARCH, ["FREQ=DAILY", "FREQ=DAILY;COUNT=5;INTERVAL=2"]), Caps()).count()
    kept = Series(MARCH, "FREQ=DAILY", exrules=["FREQ=DAILY;INTERVAL=2"])
    assert 10 == capped(kept, Caps()).count()


@pytest.mark.rule("R1")
def test_an_end_that_comes_and_goes():
    """Given an end, a series has all its instances; when the end is taken away again, the first 20."""
    endless = Series(MARCH, "FREQ=DAILY")
    ended = endless.limited(300)
    assert 300 == capped(ended, Caps()).count()
    assert capped(endless, Caps()) == capped(ended.replace(rule="FREQ=DAILY"), Caps())


@pytest.mark.rule("R1")
@pytest.mark.parametrize("viewer", ["anna", "ben"])
def test_views_and_free_busy_see_the_twenty(viewer):
    """Of a native series everybody sees 20 instances, the owner too; of an imported one all, also with an override."""
    moved = event("1", "RECURRENCE-ID:20261105T120000Z", start="20261205T140000Z", end="20261205T150000Z")
    late = event("1", "RECURRENCE-ID:20270105T120000Z", start="20261020T180000Z", end="20261020T190000Z")
    its = annas(DAILY, moved, late)
    imported = PersonalCalendar("anna", its.calendar)
    native = PersonalCalendar("anna", its.calendar, native=["1"])
    assert 20 == len(taken(viewer, native, **YEAR)) == len(seen(viewer, native, **YEAR))
    assert 340 < len(taken(viewer, imported, **YEAR)) == len(seen(viewer, imported, **YEAR))
    assert taken(viewer, imported, **YEAR) == taken(viewer, native, **YEAR, caps=Caps(never_ending=None))
    # The instance that was moved is one of the 20, though it is after the others; what is beyond them stays away.
    assert 48.0 * 24 < taken(viewer, native, **YEAR)[-1][0]
    one_less = annas(event("1", "RRULE:FREQ=DAILY", "EXDATE:20261020T120000Z"), native=["1"])
    assert 19 == len(taken(viewer, one_less, **YEAR))


@pytest.mark.rule("R1")
def test_the_expander_is_not_capped():
    """The cap is the calendar layer's: a series itself goes on."""
    assert 10_000 == len(Series(MARCH, "FREQ=DAILY").take(10_000))


@pytest.mark.rule("R2")
def test_stopping_to_repeat_leaves_nothing():
    """Disabling periodicity deletes every instance, the first too."""
    assert [] == Series(MARCH, "FREQ=DAILY").stopped().take(5)


@pytest.mark.rule("R3")
def test_deleting_one_makes_an_exception():
    """One instance goes by an EXDATE; rule, start and the other instances stay as they are."""
    series = Series(MARCH, "FREQ=DAILY;COUNT=5")
    left = series.without(MARCH + timedelta(days=1))
    assert (series.rules, series.dtstart, (MARCH + timedelta(days=1),)) == (left.rules, left.dtstart, left.exdates)
    assert [start for start in series if start != MARCH + timedelta(days=1)] == list(left)
    assert 5 == series.count()


@pytest.mark.rule("R4")
def test_every_edit_says_its_scope():
    """An edit is of one instance, and then takes which, or of the whole series; none is of either."""
    one = {"without", "changed"}
    onwards = {"split", "ended"}
    whole = {"replace", "at_time", "limited", "stopped", "duplicate"}
    edits = {
        name
        for name, value in vars(Editing).items()
        if inspect.isfunction(value) and "Series" in str(value.__annotations__["return"])
    }
    assert one | onwards | whole == edits
    for name in one:
        assert "t" == list(inspect.signature(getattr(Series, name)).parameters)[1]
    for name in whole:
        assert not {"t", "at"} & set(inspect.signature(getattr(Series, name)).parameters)


@pytest.mark.rule("R5")
def test_a_series_of_exceptions_is_found():
    """Every instance deleted or overridden: of a finite series, and of an endless one by its cap."""
    series = Series(MARCH, "FREQ=DAILY;COUNT=3")
    days = [MARCH + timedelta(days=day) for day in range(20)]
    assert not only_exceptions(series, Caps())
    two = series.without(days[0]).changed(days[1], days[1] + timedelta(hours=2))
    assert not only_exceptions(two, Caps())
    assert only_exceptions(two.without(days[2]), Caps())
    endless = Series(MARCH, "FREQ=DAILY", exdates=days)
    assert only_exceptions(endless, Caps()) and not only_exceptions(endless, Caps(never_ending=None))
    assert not only_exceptions(Series(MARCH, "FREQ=DAILY", exdates=days[:-1]), Caps())
    assert not only_exceptions(series.stopped(), Caps())
    assert not only_exceptions(Series(MARCH, "FREQ=DAILY;COUNT=1000000000"), Caps())


@pytest.mark.rule("R6")
def test_a_duplicate_is_independent():
    """A duplicate is equal, and an edit of either leaves the other."""
    series = Series(MARCH, "FREQ=DAILY;COUNT=3", exdates=[MARCH])
    copy = series.duplicate()
    assert series == copy and series is not copy
    assert 1 == copy.without(MARCH + timedelta(days=1)).count()
    assert 2 == series.count()


@pytest.mark.rule("R1")
def test_caps_need_a_directory_of_nobody():
    """Caps are of the calendar, not of who asks: the public sees as many as the owner."""
    its = annas(DAILY, native=["1"], publication="busy/free")
    assert 20 == len(taken("eve", its, TEAM, **YEAR))
