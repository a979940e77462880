"""python-dateutil is the oracle: what its rules give and answer, ours do too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil import easter
from dateutil import rrule as theirs
from hypothesis import assume, given
from hypothesis import strategies as st

from compat.drawn import MOST, Arguments, arguments, ending, listed, made, pair, starts
from properties.strategies import ZONES, changes
from schedcore.compat import dateutil as ours

SECOND = timedelta(seconds=1)
SHIFTS = st.sampled_from([timedelta(0), SECOND, -SECOND, timedelta(microseconds=1), timedelta(minutes=30)])


@given(arguments())
def test_occurrences(drawn: Arguments) -> None:
    """The same datetimes; dateutil is asked only for as many as there are, or it would search to the year 9999."""
    rules = pair(drawn)
    assume(rules)
    mine, other = rules
    actual = listed(drawn, mine)
    assume(actual)
    assert list(islice(other, len(actual))) == actual


@given(arguments(start=starts(9994, 9997)).filter(lambda drawn: drawn["freq"] <= theirs.DAILY))
def test_to_the_end_of_the_calendar(drawn: Arguments) -> None:
    """All there are, and that there are none: near the end of the calendar dateutil can be asked that.

    It raises where its last week reaches into the year 10000.
    """
    rules = pair(drawn)
    assume(rules)
    mine, other = rules
    expected = []
    try:
        for value in other:
            expected.append(value)
    except ValueError:
        actual = list(mine)
        assert all(value > datetime(9999, 12, 25) for value in actual[len(expected) :])
        assert actual[: len(expected)] == expected
    else:
        assert list(mine) == expected
        assert mine.count() == len(expected)


@given(arguments(), st.integers(0, 30), SHIFTS, st.booleans())
def test_questions(drawn: Arguments, number: int, shift: timedelta, inc: bool) -> None:
    """after, before, between, in, xafter and [n], beside an occurrence and on it."""
    ending_rules = ending(drawn)
    assume(ending_rules)
    mine, other, values = ending_rules
    when = values[number % len(values)] + shift
    assert other.after(when, inc) == mine.after(when, inc)
    assert other.before(when, inc) == mine.before(when, inc)
    assert other.between(values[0], when, inc) == mine.between(values[0], when, inc)
    assert list(other.xafter(when, 3, inc)) == list(mine.xafter(when, 3, inc))
    assert (when in other) == (when in mine)
    assert other.count() == mine.count()
    assert values[number % len(values)] == mine[number % len(values)] == mine[number % len(values) - len(values)]


@given(arguments(), st.slices(MOST))
def test_slices(drawn: Arguments, part: slice) -> None:
    """As of the list of all occurrences, whatever the signs (dateutil refuses negative ends as long as it can)."""
    ending_rules = ending(drawn)
    assume(ending_rules)
    mine, _, values = ending_rules
    assert values[part] == mine[part]


@given(arguments())
def test_text_and_replace(drawn: Arguments) -> None:
    """The text is dateutil's, letter for letter, is read back, and `replace` keeps what is not named."""
    assume(drawn["dtstart"].year >= 1000)  # dateutil writes fewer digits than it can read
    rules = pair(drawn)
    assume(rules)
    mine, other = rules
    assert str(other) == str(mine)
    assert str(mine) == str(ours.rrulestr(str(mine)))
    assert str(other.replace(interval=drawn["interval"])) == str(mine.replace(interval=drawn["interval"]))
    assert listed(drawn, mine) == listed(drawn, mine.replace(interval=drawn["interval"]))
    kept = {name for name in vars(other) if name.startswith("_by")} | {"_dtstart", "_until", "_wkst", "_freq", "_count"}
    sets = {name: value for name, value in vars(other).items() if isinstance(value, set)}  # DTSTART's own hour
    assert {name: vars(other)[name] for name in kept - set(sets)} == {
        name: vars(mine)[name] for name in kept - set(sets)
    }
    assert sets == {name: set(vars(mine)[name]) for name in sets}


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[Arguments, str]:
    """A rule that starts shortly before the clocks of its zone change."""
    key = draw(st.sampled_from([zone for zone in ZONES if changes(zone)]))
    change = draw(st.sampled_from(changes(key)))
    early = draw(st.sampled_from([timedelta(0), timedelta(minutes=30), timedelta(hours=3), timedelta(days=2)]))
    return draw(arguments(start=st.just((change - early).replace(tzinfo=ZoneInfo(key))))), key


@given(near_changes(), st.integers(0, 30), SHIFTS, st.booleans(), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_zones(drawn: tuple[Arguments, str], number: int, shift: timedelta, inc: bool, asked: str) -> None:
    """The wall clock and the tzinfo are kept, and comparing is Python's: by the wall in one zone, else by instants."""
    rule, key = drawn
    ending_rules = ending(rule, ZoneInfo(key))
    assume(ending_rules)
    mine, other, values = ending_rules
    assert [(value, value.tzinfo, value.fold) for value in other] == [(v, v.tzinfo, v.fold) for v in mine]
    when = (values[number % len(values)].astimezone(UTC) + shift).astimezone(ZoneInfo(asked))
    assert other.after(when, inc) == mine.after(when, inc)
    assert other.before(when, inc) == mine.before(when, inc)
    assert other.between(values[0], when, inc) == mine.between(values[0], when, inc)
    assert other.between(when, values[-1].astimezone(UTC), inc) == mine.between(when, values[-1].astimezone(UTC), inc)
    assert list(other.xafter(when, None, inc)) == list(mine.xafter(when, None, inc))
    assert (when in other) == (when in mine)
    until = made(theirs, rule, count=len(values), until=when), made(ours, rule, count=len(values), until=when)
    assert list(until[0]) == list(until[1])


@pytest.mark.parametrize("week", [1, 52, 53, -1, -52, -53])
@pytest.mark.parametrize("wkst", range(7))
def test_weeks_around_new_year(week: int, wkst: int) -> None:
    """dateutil's own view of them: by year in every kind of year, and by week from each day around three New Years.

    Those begin a year behind a leap year, a leap year, and one that is neither; WKST moves their weekday.
    """
    drawn: Arguments = {"freq": theirs.YEARLY, "byweekno": week, "wkst": wkst, "dtstart": datetime(1999, 1, 1)}
    until = datetime(2027, 1, 10)
    assert list(made(theirs, drawn, until=until)) == list(made(ours, drawn, until=until))
    drawn |= {"freq": theirs.WEEKLY, "byweekday": [(number, None) for number in range(7)]}
    for year in (2005, 2010, 2012):
        for day in range(-4, 5):
            drawn["dtstart"] = datetime(year, 1, 1) + timedelta(days=day)
            # -53 can be no week at all by this view: dateutil is not asked for what would take it to the year 9999.
            actual = made(ours, drawn).between(drawn["dtstart"], until, inc=True)[:8]
            assert list(islice(made(theirs, drawn), len(actual))) == actual


def test_every_easter():
    """Easter Sunday of all years that datetime has."""
    expected = [datetime.combine(easter.easter(year), datetime.min.time()) for year in range(1, 10_000)]
    assert expected == list(ours.rrule(ours.YEARLY, dtstart=datetime(1, 1, 1), byeaster=0))


@pytest.mark.parametrize("freq", range(7))
@pytest.mark.parametrize("part", ["bymonth", "byweekno", "byyearday", "bymonthday", "byeaster", "byweekday"])
def test_parts_that_are_empty(freq: int, part: str) -> None:
    """An empty part filters nothing, and yet keeps DTSTART's day from being taken."""
    drawn = {"freq": freq, "dtstart": datetime(2026, 3, 31, 23, 59, 58), "count": 40, part: ()}
    assert list(made(theirs, drawn)) == list(made(ours, drawn))


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("bymonth", [0, 13, -1]),
        ("byweekno", [0, 54, -54, 10**9]),
        ("byyearday", [0, 367, -400]),
        ("bymonthday", [32, -40]),
        ("bymonthday", [0]),
        ("byweekday", [7]),
        ("byeaster", [-300]),
    ],
)
def test_values_that_no_year_has(part: str, values: list[int]) -> None:
    """They are no error, and match nothing, beside other values or alone."""
    for more in ([], [3]):
        mine, other = (
            library.rrule(library.YEARLY, dtstart=datetime(9995, 3, 1), **{part: values + more})
            for library in (ours, theirs)
        )
        assert list(other) == list(mine)
