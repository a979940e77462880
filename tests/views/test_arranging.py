"""Entries on days: each on every day that it touches, once; in order; in lanes; by the clock of the zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.recurrence import Occurrence
from schedcore.views import Dates, Entry, day, entries, grid, listed, month, week
from views import screen_twin

ZURICH = ZoneInfo("Europe/Zurich")
ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati"]


def at(text: str, zone: ZoneInfo = ZURICH) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def occurrence(start: date, end: date) -> Occurrence:
    return Occurrence(start, end, None)


def shown(kind: str, dates: Dates, *spans: tuple[date, date], tz: str = "Europe/Zurich"):
    """A view of some spans, in one calendar."""
    found = entries({"a": [occurrence(*span) for span in spans]}, tz)
    return listed(found, dates, tz) if kind == "list" else grid(kind, found, dates, dates.first, tz)


@st.composite
def spans(draw):
    """An entry in or near two weeks around both changes of clocks: whole days, floating, or in some zone."""
    first = draw(st.sampled_from([datetime(2026, 3, 22), datetime(2026, 10, 18)]))
    start = first + timedelta(minutes=15 * draw(st.integers(0, 15 * 96)))
    length = draw(st.sampled_from([0, 15, 60, 60, 480, 1440, 3 * 1440]))
    kind = draw(st.sampled_from(["date", "floating", "zoned"]))
    if kind == "date":
        return start.date(), start.date() + timedelta(days=max(1, length // 1440))
    if kind == "floating":
        return start, start + timedelta(minutes=length)
    zone = draw(st.sampled_from(ZONES))
    begin = start.replace(tzinfo=ZoneInfo(zone))
    return begin, (begin.astimezone(UTC) + timedelta(minutes=length)).astimezone(ZoneInfo(zone))


@given(
    st.lists(spans(), max_size=8),
    st.sampled_from(ZONES),
    st.sampled_from(["list", "day", "week", "month"]),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 21)]),
)
def test_each_day_has_what_touches_it(drawn, tz, kind, of):
    """Every entry is on each day of the view that it touches exactly once, on no other day, and stays what it was."""
    dates = {"list": week, "day": day, "week": week, "month": month}[kind](of)
    found = entries({"a": [occurrence(*span) for span in drawn]}, tz)
    view = listed(found, dates, tz) if kind == "list" else grid(kind, found, dates, of, tz)
    zone = ZoneInfo(tz)
    expected = {one: sum(screen_twin.touching(*span, one, zone) for span in drawn) for one in dates}
    for one in view.days:
        inside = [entry for entry in found if any(entry is other for other in one.entries)]
        assert len(inside) == len(one.entries) == expected[one.date]
        assert all(screen_twin.touching(entry.start, entry.end, one.date, zone) for entry in inside)
        assert all(one.start <= placed.start <= placed.end <= one.end for placed in (*one.all_day, *one.timed))
    if kind == "list":
        assert [one for one, count in expected.items() if count] == [one.date for one in view.days]
    else:
        assert list(dates) == [one.date for one in view.days]


@given(st.lists(spans(), max_size=30), st.sampled_from(ZONES), st.integers(1, 6))
def test_lanes_of_a_day(drawn, tz, most):
    """In one lane no two overlap, there are no more lanes than are allowed, and drawn and counted are all."""
    of = date(2026, 10, 25)
    view = grid("week", entries({"a": [occurrence(*span) for span in drawn]}, tz), week(of), of, tz, most=most)
    for one in view.days:
        for placed in (one.timed, one.all_day):
            assert all(-1 <= item.lane < most for item in placed)
        lanes = [
            sorted((p.start, max(p.end, p.start + 1)) for p in one.timed if p.lane == lane) for lane in range(most)
        ]
        assert all(a[1] <= b[0] for its in lanes for a, b in pairwise(its))
        assert len(one.timed) == sum(map(len, lanes)) + sum(p.lane < 0 for p in one.timed)
        side = screen_twin.most_side_by_side([(p.start, p.end) for p in one.timed])
        assert (side > most) == bool(one.more)
        assert one.all_day_more == sum(p.lane < 0 for p in one.all_day)


@given(st.lists(spans(), max_size=12), st.sampled_from(ZONES))
def test_a_bar_keeps_its_line(drawn, tz):
    """An entry of several whole days has one lane in a week, and no other entry stands in it on any of its days."""
    of = date(2026, 10, 21)
    view = grid("month", entries({"a": [occurrence(*span) for span in drawn]}, tz), month(of), of, tz)
    for row in view.weeks:
        lanes: dict[int, set[int]] = {}
        for one in row:
            drawn_here = [placed.lane for placed in one.all_day if placed.lane >= 0]
            assert len(drawn_here) == len(set(drawn_here))
            for placed in one.all_day:
                lanes.setdefault(id(placed.entry), set()).add(placed.lane)
        assert all(len(its) == 1 for its in lanes.values())
        most = max((len(one.all_day) for one in row), default=0)
        assert any(one.all_day_more for one in row) == (most > 5)


def test_what_ended_takes_no_line():
    """Whole days up to a Sunday stand in no line of the week after it, where five others have theirs."""
    before = [(date(2026, 3, 16), date(2026, 3, 23))] * 3
    after = [(date(2026, 3, 23), date(2026, 3, 25))] * 5
    month_of = shown("month", month(date(2026, 3, 1)), *before, *after)
    monday = next(one for one in month_of.days if one.date == date(2026, 3, 23))
    assert [0, 1, 2, 3, 4] == [placed.lane for placed in monday.all_day]
    assert 0 == monday.all_day_more


def test_nights_and_ends():
    """What goes over midnight is on both days, cut; what ends at midnight is not on the next."""
    night = at("2026-03-28T22:00"), at("2026-03-29T06:00")
    evening = at("2026-03-28T20:00"), at("2026-03-29T00:00")
    moment = at("2026-03-29T00:00"), at("2026-03-29T00:00")
    saturday, sunday = shown("week", week(date(2026, 3, 28)), night, evening, moment).days[5:]
    assert [(True, True), (True, False)] == [(one.begins, one.ends) for one in saturday.timed]
    assert [(False, True), (True, True)] == [(one.begins, one.ends) for one in sunday.timed]
    # The clocks go forward that night: six o'clock is five hours after midnight.
    assert 5 * 3600 == sunday.timed[0].end - sunday.start
    assert 23 * 3600 == sunday.end - sunday.start


def test_an_hour_that_comes_twice():
    """In autumn the second of two equal times is an hour further down the day."""
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30").replace(fold=1)
    (sunday,) = shown("day", day(date(2026, 10, 25)), (first, first), (second, second)).days
    assert [2.5, 3.5] == [(one.start - sunday.start) / 3600 for one in sunday.timed]
    assert 25 == (sunday.end - sunday.start) / 3600


@pytest.mark.parametrize("tz", ZONES)
def test_whole_days_stay_on_their_days(tz):
    """A holiday is on its own dates wherever it is looked at from, and so is a floating time at its hour."""
    holiday = date(2026, 12, 25), date(2026, 12, 27)
    lunch = datetime(2026, 12, 26, 12), datetime(2026, 12, 26, 13)
    view = shown("week", week(date(2026, 12, 25)), holiday, lunch, tz=tz)
    assert [25, 26] == [one.date.day for one in view.days if one.all_day]
    (one,) = [one for one in view.days if one.timed]
    assert (26, 12 * 3600) == (one.date.day, one.timed[0].start - one.start)


def test_far_zones():
    """One instant is on another day in a zone far away, and on none twice."""
    moment = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    east = shown("list", week(date(2026, 3, 2)), (moment, moment), tz="Pacific/Kiritimati")
    west = shown("list", week(date(2026, 3, 1)), (moment, moment), tz="Pacific/Pago_Pago")
    assert [date(2026, 3, 2)] == [one.date for one in east.days]
    assert [date(2026, 2, 28)] == [one.date for one in west.days]


def test_order():
    """Whole days first; then by start, the longer one first, then calendars and occurrences as they came."""
    nine, ten, eleven = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10, 11))
    found = entries(
        {
            "a": [occurrence(ten, eleven), occurrence(nine, ten), occurrence(date(2026, 3, 2), date(2026, 3, 3))],
            "b": [occurrence(nine, eleven), occurrence(nine, ten), occurrence(date(2026, 3, 1), date(2026, 3, 3))],
        },
        "UTC",
    )
    (monday,) = grid("day", found, day(date(2026, 3, 2)), date(2026, 3, 2), "UTC").days
    expected = [("b", date(2026, 3, 1)), ("a", date(2026, 3, 2)), ("b", nine), ("a", nine), ("b", nine), ("a", ten)]
    assert expected == [(entry.calendar, entry.start) for entry in monday.entries]


@pytest.mark.parametrize(("tz", "firsts"), [("America/Los_Angeles", 0), ("UTC", 1), ("Asia/Tokyo", 1)])
def test_ends_of_the_calendar(tz, firsts):
    """The first and the last day have their entries, also those that a zone would show outside of the calendar."""
    last = datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo("UTC"))
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(0)))
    floating = datetime(9999, 12, 31, 23), datetime.max.replace(microsecond=0)
    ends = (last, last), (first, first), (date.max, date.max), floating
    weeks = [shown("week", week(of), *ends, tz=tz) for of in (date.min, date.max)]
    assert [7, 5] == [len(view.days) for view in weeks]
    assert firsts == sum(len(one.timed) for one in weeks[0].days)
    assert {2, 3} >= {len(weeks[1].days[-1].entries)}
    months = [shown("month", month(of, "SU"), *ends, tz=tz) for of in (date.min, date.max)]
    assert [[6, 7, 7, 7, 7], [7, 7, 7, 7, 6]] == [[len(row) for row in view.weeks] for view in months]


def test_views_of_one_entry():
    """An entry on several days is one of the view's entries, once."""
    long = date(2026, 3, 2), date(2026, 3, 6)
    view = shown("week", week(date(2026, 3, 2)), long)
    assert 4 == sum(len(one.all_day) for one in view.days)
    assert 1 == len(view.entries)
    assert isinstance(view.entries[0], Entry) and view.entries[0].is_all_day
