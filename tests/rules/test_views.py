"""What a screen shows: at most five side by side, whole days apart, in the zone that was chosen, and nothing hidden."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import InvalidValue
from schedcore.freebusy import Unreadable
from schedcore.policy import (
    Caps,
    Directory,
    ExternalCalendar,
    Grant,
    Group,
    GroupCalendar,
    Person,
    PersonalCalendar,
    Relation,
    Right,
    as_seen_by,
)
from schedcore.views import Dates, Layers, View, view
from views import screen_twin

ZURICH = ZoneInfo("Europe/Zurich")
MONDAY = date(2026, 3, 23)
TEAM = Directory([Person("anna"), Person("ben"), Person("eve")], [Group("team", ["anna", "ben"])])


def calendar(*events: str) -> Calendar:
    """A calendar of events, each the lines after its UID."""
    body = "".join(f"BEGIN:VEVENT\nUID:{number}\n{lines}\nEND:VEVENT\n" for number, lines in enumerate(events))
    return Calendar.from_ical(f"BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Zurich\n{body}END:VCALENDAR\n")


def own(kind: str, of: date | Dates, *events: str, tz: str = "Europe/Zurich", **more: object) -> View:
    """Anna's view of her own calendar."""
    calendars = {"anna": PersonalCalendar("anna", calendar(*events))}
    return view(kind, of, viewer="anna", calendars=calendars, directory=TEAM, tz=tz, **more)


def timed(start: str, minutes: int = 60) -> str:
    return f"DTSTART;TZID=Europe/Zurich:{start}\nDURATION:PT{minutes}M"


@pytest.mark.rule("R9")
def test_at_most_five_side_by_side():
    """R9: at most 5 events rendered per time slot; the rest is counted for the stretch that it takes."""
    events = [timed("20260323T090000") for _ in range(7)] + [timed("20260323T093000"), timed("20260323T110000")]
    (monday,) = own("day", MONDAY, *events).days
    nine = int(datetime(2026, 3, 23, 9, tzinfo=ZURICH).timestamp())
    assert [0, 1, 2, 3, 4, -1, -1, -1, 0] == [one.lane for one in monday.timed]
    assert [5] * 8 + [1] == [one.width for one in monday.timed]
    assert [(nine, nine + 1800, 2), (nine + 1800, nine + 3600, 3), (nine + 3600, nine + 5400, 1)] == list(monday.more)


@pytest.mark.rule("R9")
def test_whole_days_have_as_many_lines():
    """R9: of whole days five have a line, the rest is counted on each of its days; five is a setting of the layer."""
    events = [f"DTSTART;VALUE=DATE:20260323\nDTEND;VALUE=DATE:202603{25 + number % 2}" for number in range(7)]
    monday, tuesday, wednesday, *_ = own("week", MONDAY, *events).days
    assert (2, 2, 0) == (monday.all_day_more, tuesday.all_day_more, wednesday.all_day_more)
    assert 6 == own("week", MONDAY, *events, caps=Caps(per_slot=1)).days[0].all_day_more


@pytest.mark.rule("R12")
def test_whole_days_stand_apart():
    """R12: an all-day event is a day-level item, not a timed one, though it is as long as a day."""
    (monday,) = own("day", MONDAY, "DTSTART;VALUE=DATE:20260323", timed("20260323T000000", 1440)).days
    assert ["0"] == [one.entry.item.uid for one in monday.all_day]
    assert ["1"] == [one.entry.item.uid for one in monday.timed]


@pytest.mark.rule("Z1")
@pytest.mark.parametrize(
    ("tz", "shown"),
    [
        ("Europe/Zurich", "2026-03-29T09:00+02:00"),
        ("America/New_York", "2026-03-29T03:00-04:00"),
        ("Pacific/Kiritimati", "2026-03-29T21:00+14:00"),
        ("Asia/Kathmandu", "2026-03-29T12:45+05:45"),
        ("UTC", "2026-03-29T07:00+00:00"),
    ],
)
def test_events_are_shown_in_the_selected_zone(tz, shown):
    """Z1: wall times are shown in the chosen zone; what is stored does not move, whole days and floating times stay."""
    events = timed("20260329T090000"), "DTSTART;VALUE=DATE:20260329", "DTSTART:20260329T120000\nDURATION:PT1H"
    view = own("week", date(2026, 3, 29), *events, tz=tz)
    by_uid = {entry.item.uid: entry for entry in view.entries}
    assert shown == by_uid["0"].start.isoformat(timespec="minutes")
    assert datetime(2026, 3, 29, 7, tzinfo=UTC) == by_uid["0"].start
    assert (date(2026, 3, 29), date(2026, 3, 30)) == (by_uid["1"].start, by_uid["1"].end)
    assert datetime(2026, 3, 29, 12) == by_uid["2"].start
    (sunday,) = [one for one in view.days if one.all_day]
    assert date(2026, 3, 29) == sunday.date
    assert {"0", "1", "2"} == {entry.item.uid for entry in sunday.entries}


@pytest.mark.rule("Z1")
def test_an_instant_may_be_on_another_day():
    """Z1: an evening in Zürich is the next morning in Sydney, in each view of that zone."""
    events = (timed("20260323T220000"),)
    for kind in ("list", "week", "month"):
        dates = Dates(MONDAY, MONDAY + timedelta(days=6)) if kind == "list" else MONDAY
        days = own(kind, dates, *events, tz="Australia/Sydney").days
        assert [date(2026, 3, 24)] == [one.date for one in days if one.entries]


#: A world is four calendars to read and to ask twice: dear, so a quarter of the examples of other properties.
WORLDS = settings(max_examples=settings.default.max_examples // 4)
LEVELS = [(), (Grant(Right.READ, member="anna"),), (Grant(Right.READ_WRITE, group="team"),)]


@st.composite
def worlds(draw):
    """Calendars of three kinds with events around a change of clocks, and layers, some of them hidden."""

    def lines() -> str:
        start = datetime(2026, 3, 26) + timedelta(minutes=30 * draw(st.integers(0, 6 * 48)))
        when = draw(st.sampled_from([
            f"DTSTART;TZID=Europe/Zurich:{start:%Y%m%dT%H%M%S}\nDURATION:PT90M",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}\nDURATION:P2D",
            f"DTSTART:{start:%Y%m%dT%H%M%S}\nDURATION:PT26H",
            f"DTSTART;TZID=America/New_York:{start:%Y%m%dT%H%M%S}\nDURATION:PT45M\nRRULE:FREQ=DAILY;COUNT=4",
        ]))  # fmt: skip
        return when + draw(st.sampled_from(["", "\nCLASS:PRIVATE", "\nCLASS:CONFIDENTIAL", "\nTRANSP:OPAQUE"]))

    made = [calendar(*(lines() for _ in range(draw(st.integers(0, 4))))) for _ in range(4)]
    calendars = {
        "anna": PersonalCalendar("anna", made[0]),
        "ben": PersonalCalendar("ben", made[1], draw(st.sampled_from(LEVELS))),
        "team": GroupCalendar("team", made[2]),
        "school": ExternalCalendar("anna", made[3]),
    }
    layers = Layers.of("anna")
    for key, relation in [("ben", Relation.MEMBER), ("team", Relation.GROUP), ("school", Relation.EXTERNAL)]:
        layers = layers.add(key, relation)
    for key in draw(st.sets(st.sampled_from(list(calendars)))):
        layers = layers.hide(key)
    return calendars, layers


@pytest.mark.rule("O4", "O5")
@WORLDS
@given(worlds(), st.sampled_from(["list", "day", "week", "month"]), st.sampled_from(["Europe/Zurich", "Asia/Tokyo"]))
def test_what_is_hidden_leaves_no_trace(world, kind, tz):
    """O4, O5: a view with hidden calendars equals one in which they do not exist: entries, lanes, counts, unknown."""
    calendars, layers = world
    asked = {"kind": kind, "of": Dates(date(2026, 3, 29), date(2026, 3, 29)) if kind == "day" else date(2026, 3, 29)}
    some = view(**asked, viewer="anna", calendars=calendars, layers=layers, directory=TEAM, tz=tz)
    only = {key: calendars[key] for key in layers.visible}
    assert view(**asked, viewer="anna", calendars=only, directory=TEAM, tz=tz) == some
    assert {entry.calendar for entry in some.entries} <= set(layers.visible)


@pytest.mark.rule("O3", "Z1")
@WORLDS
@given(
    worlds(), st.sampled_from(["day", "week", "month", "list"]), st.sampled_from(["Europe/Zurich", "America/New_York"])
)
def test_views_equal_the_slow_twin(world, kind, tz):
    """O3, Z1: each day has what the viewer sees of each shown calendar and touches that day, looked at one by one."""
    calendars, layers = world
    of, zone = date(2026, 3, 29), ZoneInfo(tz)
    found = view(kind, of, viewer="anna", calendars=calendars, layers=layers, directory=TEAM, tz=tz)
    far = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    seen = [
        (key, item)
        for key in layers.visible
        for item in as_seen_by("anna", calendars[key], *far, directory=TEAM, tz=tz).events
    ]
    for one in found.days:
        expected = [(key, item) for key, item in seen if screen_twin.touching(item.start, item.end, one.date, zone)]
        shown = [(entry.calendar, entry.item) for entry in one.entries]
        assert len(expected) == len(shown)
        assert sorted(map(repr, expected)) == sorted(map(repr, shown))


def test_unknown_calendars_are_named():
    """A calendar that could not be read, or is not shared, is neither empty nor an error; the words are policy's."""
    calendars = {
        "anna": PersonalCalendar("anna", Unreadable("timed out")),
        "ben": PersonalCalendar("ben", Unreadable("password in the log")),
        "team": GroupCalendar("team", calendar()),
    }
    found = view("day", MONDAY, viewer="anna", calendars=calendars, directory=TEAM, tz="UTC")
    assert {"anna", "ben"} == set(found.unknown)
    assert "timed out" == found.unknown["anna"]
    stranger = view("day", MONDAY, viewer="eve", calendars=calendars, directory=TEAM, tz="UTC")
    assert {"anna", "ben", "team"} == set(stranger.unknown)
    assert not any("password" in reason for reason in [*found.unknown.values(), *stranger.unknown.values()])


def test_never_ending_series_end_in_views():
    """Of a series made here without an end its twenty instances are in a view, and of an imported one all."""
    content = calendar("DTSTART:20260301T090000Z\nRRULE:FREQ=DAILY")
    of = {"kind": "month", "of": date(2026, 3, 1), "viewer": "anna", "directory": TEAM, "tz": "UTC"}
    counts = [
        len(view(calendars={"anna": PersonalCalendar("anna", content, native=native)}, **of).entries)
        for native in ([], ["0"])
    ]
    assert [36, 20] == counts


def test_refusals():
    """What is no view, and a layer without a calendar, are refused by name."""
    with pytest.raises(InvalidValue, match="kind='year': give one of list, day, week, month"):
        own("year", MONDAY)
    with pytest.raises(InvalidValue, match="calendars has no 'ben', which is layered"):
        view("day", MONDAY, viewer="anna", calendars={"anna": PersonalCalendar("anna", None)}, directory=TEAM,
             layers=Layers.of("anna").add("ben", Relation.MEMBER), tz="UTC")  # fmt: skip
