"""VTIMEZONE: zones that a file defines, beside the zone of their name, and definitions that are broken."""

from __future__ import annotations

import pickle
import random
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from schedcore import Calendar, Series
from schedcore.errors import CalendarError
from schedcore.ics.vtimezone import MAX_ONSETS, definition_of
from schedcore.ics.zone_text import definition_lines
from schedcore.recurrence.window import floating_key
from schedcore.zones import CustomZone, transitions, zone_of

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NEXT_CENTURIES = 2000, 2100, 2399, 2401, 3000, 9998


def observance(kind: str, start: str, before: str, after: str, *more: str) -> list[str]:
    return [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", *more, f"END:{kind}"]


def definition(tzid: str, *parts: list[str], more: tuple[str, ...] = ()) -> str:
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}", *more, *(line for part in parts for line in part), "END:VTIMEZONE"]
    return "\n".join(lines)


def yearly(month: int, day: str, *more: str) -> str:
    return ";".join((f"RRULE:FREQ=YEARLY;BYMONTH={month};{day}", *more))


EUROPE = (
    observance("DAYLIGHT", "19700329T020000", "+0100", "+0200", yearly(3, "BYDAY=-1SU")),
    observance("STANDARD", "19701025T030000", "+0200", "+0100", yearly(10, "BYDAY=-1SU")),
)


def read(*definitions: str, tzid: str = "Ours", dates: tuple[str, ...] = ("20260302T090000", "20260702T090000")):
    """Events in a zone beside its definitions: their instants, the calendar."""
    lines = ["BEGIN:VCALENDAR", *definitions]
    for number, value in enumerate(dates):
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART;TZID={tzid}:{value}", "END:VEVENT"]
    found = Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR"]).replace("\n", "\r\n"))
    return [f"{one.start.astimezone(UTC):%m-%d %H:%M}" for one in found.overlapping(*YEAR)], found


def table(*parts: list[str]):
    return definition_of("Ours", definition("Ours", *parts)).zone.table


# --- definitions ------------------------------------------------------------------------------------------------------


def test_a_zone_of_the_file() -> None:
    """Times are read in it, and are shown in it."""
    instants, found = read(definition("Ours", *EUROPE))
    assert (["03-02 08:00", "07-02 07:00"], []) == (instants, found.problems)
    start = found.events[0].series.dtstart
    assert ("Ours", "2026-03-02T09:00:00+01:00") == (str(start.tzinfo), start.isoformat())


def test_for_ever() -> None:
    """Two yearly rules hold as long as the calendar, at the cost of 400 years."""
    ours, theirs = table(*EUROPE), zone_of("Europe/Zurich").table
    for year in NEXT_CENTURIES:
        lo, hi = floating_key(datetime(year, 1, 1)), floating_key(datetime(year + 1, 12, 31))
        assert transitions(theirs, lo, hi) == transitions(ours, lo, hi)
    assert definition_of("Ours", definition("Ours", *EUROPE)).zone._parts[4] is not None


@pytest.mark.parametrize(
    "day",
    [
        "BYDAY=2SU",
        "BYDAY=4TH",
        "BYDAY=-1FR",
        "BYDAY=SU;BYSETPOS=-1",
        "BYDAY=SU;BYSETPOS=2",
        "BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14",
        "BYDAY=SU;BYMONTHDAY=9,10,11,12,13,14,15",
        "BYDAY=MO;BYMONTHDAY=24,25,26,27,28,29,30",
        "BYDAY=SA;BYMONTHDAY=-7,-6,-5,-4,-3,-2,-1",
        "BYMONTHDAY=17",
        "BYDAY=-2SU",
        "BYDAY=5SU",
        "BYDAY=SU;BYMONTHDAY=8,9,10",
        "BYMONTHDAY=-1",
        "BYDAY=MO,TU;BYSETPOS=1",
    ],
)
def test_every_way_to_name_a_day(day: str) -> None:
    """Whether POSIX can write the date or not, the onsets are those that the rule gives."""
    spring = observance("DAYLIGHT", "19900304T020000", "+0200", "+0330", yearly(3, day))
    autumn = observance("STANDARD", "19901007T030000", "+0330", "+0200", yearly(10, day))
    ours = table(spring, autumn)
    for start, rule, before, after in (
        (datetime(1990, 3, 4, 2), spring[4][6:], 7200, 12600),
        (datetime(1990, 10, 7, 3), autumn[4][6:], 12600, 7200),
    ):
        for year in (1991, *NEXT_CENTURIES):
            for local in Series(start, rule).between(datetime(year, 1, 1), datetime(year + 1, 1, 1)):
                assert after == ours.offset_at(floating_key(local) - before), local


def test_all_zones_of_the_world_there_and_back() -> None:
    """Written as a VTIMEZONE and read again, a zone is what it was: for the years from the first use on."""
    names = sorted(available_timezones() - {"localtime", "Factory"})
    for name in [*random.Random(5).sample(names, 60), "Africa/Cairo", "Africa/Casablanca", "America/Godthab"]:
        zone = zone_of(name)
        lo = floating_key(datetime(1990, 1, 2))
        hi = floating_key(datetime(2600, 1, 1))
        again = definition_of(name, "\n".join(definition_lines(zone, 1990))).zone.table
        assert (name, transitions(zone.table, lo, hi)) == (name, transitions(again, lo, hi))


def test_before_the_first_onset() -> None:
    """Its TZOFFSETFROM holds."""
    ours = table(observance("STANDARD", "20200101T000000", "-0130", "+0500"))
    at = floating_key(datetime(2020, 1, 1, 1, 30))
    assert [-5400, -5400, 18000, 18000] == [ours.offset_at(t) for t in (-(10**10), at - 1, at, 10**10)]


def test_until_is_in_utc() -> None:
    """The onset of its very second is the last; a local one, or a date, is read by TZOFFSETFROM."""
    for until, last in (
        ("20200329T010000Z", 2020),
        ("20200329T005959Z", 2019),
        ("20200329T020000", 2020),
        ("20200329T015959", 2019),
        ("20200329", 2020),
        ("20200328", 2019),
    ):
        spring = observance("DAYLIGHT", "20100328T020000", "+0100", "+0200", yearly(3, "BYDAY=-1SU", f"UNTIL={until}"))
        ours = table(spring, EUROPE[1])
        gaps = ours.gaps(floating_key(datetime(2015, 1, 1)), floating_key(datetime(2030, 1, 1)))
        assert last == (datetime(1970, 1, 1) + timedelta(seconds=gaps[-1][0])).year, until


def test_rdates_and_several_observances() -> None:
    """Onsets come from all of them, as local times, in UTC, as dates and as periods."""
    ours = table(
        observance("DAYLIGHT", "20200301T020000", "+0000", "+0100", "RDATE:20210301T020000,20220301T020000Z"),
        observance("DAYLIGHT", "20230301T020000", "+0000", "+0100", "RDATE;VALUE=PERIOD:20240301T020000/PT1H"),
        observance("STANDARD", "20201001T030000", "+0100", "+0000", "RDATE;VALUE=DATE:20211001,20221001,20231001"),
    )
    gaps = ours.gaps(0, floating_key(datetime(2030, 1, 1)))
    assert [f"{year}-03-01T02:00:00" for year in (2020, 2021, 2022, 2023, 2024)] == [
        (datetime(1970, 1, 1) + timedelta(seconds=at)).isoformat() for at, *_ in gaps
    ]


def test_outlook_begins_in_1601() -> None:
    """8,400 years of two onsets, of which 400 are kept."""
    spring = observance("DAYLIGHT", "16010101T020000", "+0100", "+0200", yearly(3, "BYDAY=-1SU"))
    autumn = observance("STANDARD", "16010101T030000", "+0200", "+0100", yearly(10, "BYDAY=-1SU"))
    found = definition_of("Ours", definition("Ours", spring, autumn))
    assert len(found.zone._parts[2]) < 10
    assert 3600 == found.zone.table.offset_at(floating_key(datetime(9999, 1, 1)))
    instants, calendar = read(definition("W. Europe Standard Time", spring, autumn), tzid="W. Europe Standard Time")
    assert (["03-02 08:00", "07-02 07:00"], []) == (instants, calendar.problems)
    assert ZoneInfo("Europe/Berlin") == calendar.events[0].series.dtstart.tzinfo


# --- beside the zone of that name -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tzid", "more"),
    [
        ("Europe/Zurich", ()),
        ("/example.org/20260101/Europe/Zurich", ()),
        ("Ours", ("X-LIC-LOCATION:Europe/Zurich",)),
    ],
)
def test_a_definition_that_agrees_is_the_zone_of_its_name(tzid: str, more: tuple[str, ...]) -> None:
    """From the first use on: that Zurich had no summer time in 1970 is nobody's concern in 2026."""
    instants, found = read(definition(tzid, *EUROPE, more=more), tzid=tzid)
    assert (["03-02 08:00", "07-02 07:00"], []) == (instants, found.problems)
    assert ZoneInfo("Europe/Zurich") == found.events[0].series.dtstart.tzinfo


def test_a_definition_that_differs_wins_and_is_reported() -> None:
    """By the offset, by the date of a change, by what the text uses, and behind an X-LIC-LOCATION."""
    late = (EUROPE[0], observance("STANDARD", "19701101T030000", "+0200", "+0100", yearly(11, "BYDAY=1SU")))
    fixed = (observance("STANDARD", "20200101T000000", "+0530", "+0530"),)
    for parts, tzid, more, instants, told in (
        (fixed, "Europe/Zurich", (), ["03-02 03:30", "07-02 03:30"], "(+05:30, there +01:00)"),
        (late, "Europe/Zurich", (), ["03-02 08:00", "07-02 07:00"], "2026-10-25T01:00:00Z (+02:00, there +01:00)"),
        (fixed, "W. Europe Standard Time", (), ["03-02 03:30", "07-02 03:30"], "the zone Europe/Berlin"),
        (fixed, "Ours", ("X-LIC-LOCATION:Europe/Zurich",), ["03-02 03:30", "07-02 03:30"], "TZID='Ours'"),
    ):
        found, calendar = read(definition(tzid, *parts, more=more), tzid=tzid)
        assert instants == found
        (problem,) = calendar.problems
        assert "differs from the zone" in problem.reason
        assert told in problem.reason
    _, calendar = read(definition("Europe/Zurich", *EUROPE), tzid="Europe/Zurich", dates=("19750701T090000",))
    assert "first at 1975-" in calendar.problems[0].reason
    assert "+02:00" == calendar.events[0].series.dtstart.isoformat()[-6:]


def test_a_definition_for_a_few_years() -> None:
    """It ends with its last onset; behind it the zone of its name goes on, and no difference is reported."""
    few = (
        observance("DAYLIGHT", "20250330T020000", "+0100", "+0200", "RDATE:20260329T020000"),
        observance("STANDARD", "20251026T030000", "+0200", "+0100", "RDATE:20261025T030000"),
    )
    _, found = read(definition("Europe/Zurich", *few), tzid="Europe/Zurich")
    assert ([], ZoneInfo("Europe/Zurich")) == (found.problems, found.events[0].series.dtstart.tzinfo)
    _, alone = read(definition("Ours", *few))
    later = datetime(2030, 7, 1, tzinfo=alone.events[0].series.dtstart.tzinfo)
    assert ([], timedelta(hours=1)) == (alone.problems, later.utcoffset())


def test_several_calendars_each_with_its_own() -> None:
    """A TZID is that of its VCALENDAR; what one lacks, another of the text may have."""
    texts = []
    for uid, offset in (("a", "+0100"), ("b", "+0200")):
        zone = definition("Ours", observance("STANDARD", "19700101T000000", offset, offset))
        texts.append(
            f"BEGIN:VCALENDAR\n{zone}\nBEGIN:VEVENT\nUID:{uid}\nDTSTART;TZID=Ours:20260302T090000\nEND:VEVENT\nEND:VCALENDAR"
        )
    texts.append("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:c\nDTSTART;TZID=Ours:20260302T100000\nEND:VEVENT\nEND:VCALENDAR")
    found = Calendar.from_ical("\n".join(texts))
    assert [("b", 7), ("a", 8), ("c", 9)] == [
        (one.uid, one.start.astimezone(UTC).hour) for one in found.overlapping(*YEAR)
    ]


def test_x_wr_timezone_is_looked_up_like_a_tzid() -> None:
    """Also where the text defines it, and where nobody knows it."""
    lines = ["BEGIN:VCALENDAR", "X-WR-TIMEZONE:{}", definition("Ours", *EUROPE), "BEGIN:VEVENT", "UID:a"]
    text = "\n".join([*lines, "DTSTART:20260702T090000", "DURATION:PT1H", "END:VEVENT", "END:VCALENDAR"])
    window = datetime(2026, 7, 2, 7, tzinfo=UTC), datetime(2026, 7, 2, 8, tzinfo=UTC)
    for name, count in (("Ours", 1), ("Europe/Zurich", 1), ("Romance Standard Time", 1), ("Asia/Tokyo", 0)):
        found = Calendar.from_ical(text.format(name))
        assert (count, []) == (len(found.overlapping(*window)), found.problems), name
        assert datetime(2026, 7, 2, 9) == found.events[0].series.dtstart
    (problem,) = Calendar.from_ical(text.format("Nowhere")).problems
    assert "X-WR-TIMEZONE: TZID='Nowhere' is not the name" in problem.reason


# --- definitions that are broken --------------------------------------------------------------------------------------

SECONDLY = observance("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=SECONDLY")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([], "has no STANDARD or DAYLIGHT that can be read"),
        ([SECONDLY], f"has more than {MAX_ONSETS} onsets"),
        ([observance("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=SOMETIMES")], "SOMETIMES"),
        ([observance("STANDARD", "someday", "+0100", "+0200")], "DTSTART='someday' is no date"),
        ([observance("STANDARD", "19700101T000000", "+0100", "soon")], "TZOFFSETTO='soon' is no offset"),
        ([observance("STANDARD", "19700101T000000", "+0100", "+2400")], "an offset is less than a day"),
        ([["BEGIN:STANDARD", "DTSTART:19700101T000000", "END:STANDARD"]], "TZOFFSETTO is missing"),
        ([["BEGIN:STANDARD", "TZOFFSETTO:+0100", "END:STANDARD"]], "DTSTART is missing"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_definitions_of_no_use(parts: list[list[str]], told: str) -> None:
    """The events are reported; with the name of a known zone, that zone is taken and the definition reported."""
    instants, found = read(definition("Ours", *parts))
    assert [] == instants
    assert all(told in problem.reason for problem in found.problems)
    assert ["0", "1"] == [problem.uid for problem in found.problems]
    instants, found = read(definition("Europe/Zurich", *parts), tzid="Europe/Zurich")
    assert ["03-02 08:00", "07-02 07:00"] == instants
    (problem,) = found.problems
    assert told in problem.reason
    assert "read as Europe/Zurich" in problem.reason


def test_definitions_that_are_read_all_the_same() -> None:
    """A rule that never matches leaves DTSTART; a missing TZOFFSETFROM is TZOFFSETTO; what is broken is passed over."""
    never = observance("STANDARD", "20200101T000000", "+0100", "+0200", yearly(2, "BYMONTHDAY=30"))
    instants, found = read(definition("Ours", never))
    assert (["03-02 07:00", "07-02 07:00"], []) == (instants, found.problems)
    no_from = ["BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:-03:30", "END:STANDARD"]
    assert ["03-02 12:30", "07-02 12:30"] == read(definition("Ours", no_from))[0]
    broken = observance("DAYLIGHT", "someday", "+0100", "+0200")
    instants, found = read(definition("Ours", no_from, broken))
    assert ["03-02 12:30", "07-02 12:30"] == instants
    (problem,) = found.problems
    assert "TZID='Ours': a DAYLIGHT of it cannot be read: DTSTART='someday'" in problem.reason
    nested = [*no_from[:1], "BEGIN:X-A", "TZOFFSETTO:+0900", "END:X-A", *no_from[1:]]
    assert ["03-02 12:30", "07-02 12:30"] == read(definition("Ours", nested))[0]


def test_zones_that_name_each_other() -> None:
    """In X-LIC-LOCATION, and as the TZID of an onset: names lead nowhere, definitions hold."""
    loop = [
        definition(name, more=(f"X-LIC-LOCATION:{other}",)) for name, other in (("Ours", "Theirs"), ("Theirs", "Ours"))
    ]
    instants, found = read(*loop)
    assert [] == instants
    assert "has no STANDARD or DAYLIGHT" in found.problems[0].reason
    own = [line.replace("DTSTART:", "DTSTART;TZID=Ours:") for line in EUROPE[0]]
    assert ["03-02 08:00", "07-02 07:00"] == read(definition("Ours", own, EUROPE[1]))[0]


def test_many_observances() -> None:
    """10,000 of one onset are read; 10,000 of endless rules are too many; either in bounded time."""
    ones = [observance("STANDARD", f"{1000 + n // 2}0{1 + n % 2}01T000000", "+0100", "+0200") for n in range(10_000)]
    rules = [[*part[:-1], "RRULE:FREQ=YEARLY", part[-1]] for part in ones]
    begin = time.process_time()
    assert ["03-02 07:00", "07-02 07:00"] == read(definition("Ours", *ones))[0]
    with pytest.raises(CalendarError, match="has more than 20000 onsets"):
        definition_of("Ours", definition("Ours", *rules))
    assert time.process_time() - begin < 5


def test_hourly_for_a_day_is_a_zone() -> None:
    """What is bounded is answered, however odd."""
    hourly = observance("STANDARD", "20200101T000000", "+0100", "+0200", "RRULE:FREQ=HOURLY;COUNT=24")
    assert 7200 == table(hourly).offset_at(floating_key(datetime(2021, 1, 1)))


# --- what such zones are for Python -----------------------------------------------------------------------------------


def test_zones_of_equal_text_are_one() -> None:
    """Two files with one definition share it, and their times subtract on the wall clock."""
    a, b = (read(definition("Ours", *EUROPE))[1].events[0].series.dtstart.tzinfo for _ in range(2))
    assert a is b


def test_pickling_an_occurrence() -> None:
    """The zone travels with it."""
    _, found = read(definition("Ours", *EUROPE))
    one = found.overlapping(*YEAR)[0]
    again = pickle.loads(pickle.dumps(one._replace(event=None)))
    assert (one.start, one.start.tzinfo) == (again.start, again.start.tzinfo)
    assert isinstance(again.start.tzinfo, CustomZone)
