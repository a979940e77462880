"""Finding a time as people want it: what counts, in which order, why not, and what users of others complain of."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore import CancelToken
from schedcore.errors import Cancelled, InvalidValue, LimitExceeded, ZoneError
from schedcore.freebusy import (
    Availability,
    FreeBusy,
    Merged,
    Reason,
    Room,
    Slot,
    Status,
    Wanted,
    Why,
    WorkHours,
    find_times,
    merge,
    next_time,
    query,
)
from schedcore.ics import Calendar

ZURICH = ZoneInfo("Europe/Zurich")
DAY, NEXT = date(2026, 6, 10), date(2026, 6, 11)  # a Wednesday
HOUR = timedelta(hours=1)


def at(text: str, zone: ZoneInfo = ZURICH) -> int:
    """UTC seconds of a local time; of a time alone, on the day of most tests."""
    if len(text) == 5:
        text = f"{DAY}T{text}"
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def busy(*rows: tuple[int, str, str] | tuple[int, str, str, Status]) -> Merged:
    """Merged columns of (owner, start, end, status), times in Zurich."""
    full = [(owner, at(a), at(b), int(more[0]) if more else 2) for owner, a, b, *more in rows]
    return merge(*([list(column) for column in zip(*full, strict=True)] or [[], [], [], []]))


def shown(slots: list[Slot] | object, zone: ZoneInfo = ZURICH) -> list[str]:
    return [f"{datetime.fromtimestamp(slot.start, zone):%H:%M}" for slot in slots]  # type: ignore[attr-defined]


def find(columns: object, wanted: Wanted, start: object = DAY, end: object = NEXT, **more: object):
    return find_times(columns, wanted, start, end, tz="Europe/Zurich", **more)  # type: ignore[arg-type]


def calendar(*events: str, head: str = "") -> Calendar:
    """A calendar of events, each its lines."""
    blocks = [
        f"BEGIN:VEVENT\nUID:{number}@example.com\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT"
        for number, event in enumerate(events)
    ]
    return Calendar.from_ical(
        "\n".join(["BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN", head, *blocks, "END:VCALENDAR\n"])
    )


class TestBusy:
    """What is in the way, and what is not."""

    def test_back_to_back(self) -> None:
        """A meeting may begin when another ends, and end when another begins (PR 6175 of others)."""
        columns = busy((0, "08:00", "09:00"), (0, "10:00", "11:00"))
        found = find(columns, Wanted(HOUR, required=[0]), datetime(2026, 6, 10, 8), datetime(2026, 6, 10, 11))
        assert ["09:00"] == shown(found)

    def test_suggestions_are_free(self) -> None:
        """No suggestion shares a second with anything busy, at whatever seconds that begins."""
        columns = merge([0, 0], [at("09:00") + 1, at("11:00")], [at("09:30"), at("11:00") + 59], [2, 2])
        found = find(columns, Wanted(timedelta(minutes=30), required=[0], grid=timedelta(minutes=5)))
        assert found
        for slot in found:
            assert not any(a < slot.end and b > slot.start for a, b in zip(columns.start, columns.end, strict=True)), (
                slot
            )
        assert {"08:30", "09:30", "10:30"} <= set(shown(found))
        assert not {"08:35", "09:25", "10:35", "11:00"} & set(shown(found))

    def test_a_window_under_a_day(self) -> None:
        """A window of an hour holds what fits into it."""
        found = find(
            busy(), Wanted(timedelta(minutes=45), required=[0]), datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)
        )
        assert ["09:00", "09:15"] == shown(found)

    def test_a_window_as_long_as_the_meeting(self) -> None:
        found = find(busy(), Wanted(HOUR, required=[0]), datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10))
        assert ["09:00"] == shown(found)

    def test_a_meeting_over_midnight(self) -> None:
        columns = busy((0, "2026-06-11T01:00", "2026-06-11T02:00"))
        found = find(
            columns, Wanted(2 * HOUR, required=[0]), datetime(2026, 6, 10, 22, 45), datetime(2026, 6, 11, 1, 15)
        )
        assert ["22:45", "23:00"] == shown(found)

    @pytest.mark.parametrize(("tentative", "expected"), [("free", 4), ("busy", 0)])
    def test_tentative(self, tentative: str, expected: int) -> None:
        columns = busy((0, "09:00", "11:00", Status.TENTATIVE))
        wanted = Wanted(HOUR, required=[0], tentative=tentative)
        found = find(columns, wanted, datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10, 45))
        assert expected == len(found)

    @pytest.mark.parametrize(("before", "after", "expected"), [(0, 0, 5), (15, 0, 4), (0, 30, 3), (15, 30, 2)])
    def test_buffers(self, before: int, after: int, expected: int) -> None:
        """Nobody is busy around the meeting; a room may be."""
        columns = busy((0, "08:00", "09:00"), (0, "10:30", "12:00"), (1, "08:00", "09:00"), (1, "10:30", "12:00"))
        buffers = {"before": timedelta(minutes=before), "after": timedelta(minutes=after)}
        window = datetime(2026, 6, 10, 8), datetime(2026, 6, 10, 12)
        assert expected == len(find(columns, Wanted(timedelta(minutes=30), required=[0], **buffers), *window))
        assert 5 == len(find(columns, Wanted(timedelta(minutes=30), rooms=[1], **buffers), *window))

    def test_holds(self) -> None:
        """What is on offer elsewhere is nobody's, given as times or seconds; the bounds are not part of it."""
        for hold in ((datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)), (at("09:00"), at("10:00"))):
            found = find(
                busy(),
                Wanted(HOUR, required=[0], holds=[hold], grid=HOUR),
                datetime(2026, 6, 10, 8),
                datetime(2026, 6, 10, 12),
            )
            assert ["08:00", "10:00", "11:00"] == shown(found)

    def test_notice(self) -> None:
        wanted = Wanted(HOUR, required=[0], notice=timedelta(minutes=50), grid=HOUR)
        found = find(
            busy(), wanted, datetime(2026, 6, 10, 8), datetime(2026, 6, 10, 12), now=datetime(2026, 6, 10, 8, 10)
        )
        assert ["09:00", "10:00", "11:00"] == shown(found)


class TestGrid:
    """Starts are on the asker's clock."""

    def test_offset(self) -> None:
        wanted = Wanted(timedelta(minutes=10), required=[0], grid=timedelta(minutes=30), offset=timedelta(minutes=5))
        assert ["09:05", "09:35"] == shown(find(busy(), wanted, datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)))

    def test_zones_of_halves_and_quarters(self) -> None:
        """A grid of an hour is full hours on the wall, not in UTC (10136 of others)."""
        for zone in ("Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe"):
            window = datetime(2026, 6, 10, 9, 10), datetime(2026, 6, 10, 12, 10)
            found = find_times(busy(), Wanted(HOUR, required=[0], grid=HOUR), *window, tz=zone)
            assert ["10:00", "11:00"] == shown(found, ZoneInfo(zone))

    def test_each_day_begins_anew(self) -> None:
        """A grid that does not divide the day starts at midnight again."""
        wanted = Wanted(HOUR, required=[0], grid=timedelta(hours=7))
        found = find(busy(), wanted, DAY, date(2026, 6, 12))
        assert sorted(["00:00", "07:00", "14:00", "21:00"] * 2) == sorted(shown(found))

    @pytest.mark.parametrize(
        ("zone", "day", "count"),
        [
            ("Europe/Zurich", "2026-03-29", 23),
            ("Europe/Zurich", "2026-10-25", 25),
            ("America/New_York", "2026-11-01", 25),
            ("Australia/Lord_Howe", "2026-04-05", 24),  # 24 and a half hours: 01:30 comes again, no full hour does
            ("Australia/Lord_Howe", "2026-10-04", 23),  # 02:00 does not come
            ("Pacific/Apia", "2011-12-30", 0),
        ],
    )
    def test_days_of_other_lengths(self, zone: str, day: str, count: int) -> None:
        start = date.fromisoformat(day)
        wanted = Wanted(timedelta(minutes=1), required=[0], grid=HOUR)
        assert count == len(find_times(busy(), wanted, start, start + timedelta(days=1), tz=zone))


class TestHours:
    """Work hours, each one's in their own zone."""

    def test_across_zones(self) -> None:
        """Zurich and New York share the afternoon of the one."""
        wanted = Wanted(
            HOUR,
            required=[0, 1],
            hours="Mo-Fr 09:00-17:00",
            zones={0: "Europe/Zurich", 1: "America/New_York"},
            grid=HOUR,
        )
        assert ["15:00", "16:00"] == sorted(shown(find(busy(), wanted)))

    def test_on_the_day_of_a_change(self) -> None:
        """Hours are those of the wall before, on and after the day (30021, 10517, 12137 of others)."""
        for zone, first in (
            ("Europe/Zurich", "2026-10-24"),
            ("Europe/Zurich", "2026-03-28"),
            ("America/New_York", "2026-10-31"),
            ("Australia/Lord_Howe", "2026-04-04"),
            ("Australia/Lord_Howe", "2026-10-03"),
        ):
            start = date.fromisoformat(first)
            wanted = Wanted(HOUR, required=[0], hours=WorkHours("09:00-11:00", zone), grid=HOUR)
            found = find_times(busy(), wanted, start, start + timedelta(days=3), tz=zone)
            assert ["09:00", "09:00", "09:00", "10:00", "10:00", "10:00"] == sorted(shown(found, ZoneInfo(zone)))

    def test_a_new_york_week_between_the_changes(self) -> None:
        """From 25 October to 1 November the two are five hours apart."""
        wanted = Wanted(
            HOUR,
            required=[0, 1],
            hours={0: WorkHours("09:00-17:00", "Europe/Zurich"), 1: WorkHours("09:00-17:00", "America/New_York")},
            grid=HOUR,
        )
        assert ["14:00", "15:00", "16:00"] == sorted(
            shown(find(busy(), wanted, date(2026, 10, 26), date(2026, 10, 27)))
        )

    def test_buffers_may_lie_outside(self) -> None:
        wanted = Wanted(HOUR, required=[0], hours=WorkHours("09:00-10:00", "Europe/Zurich"), before=HOUR, after=HOUR)
        assert ["09:00"] == shown(find(busy(), wanted))

    def test_availability(self) -> None:
        """A VAVAILABILITY as hours: out of office outside, tentative where it says so."""
        text = "BEGIN:VAVAILABILITY\nUID:{0}\nDTSTAMP:20260101T000000Z\nPRIORITY:{0}\n{1}\nEND:VAVAILABILITY\n"
        zone = ";TZID=Europe/Zurich:20260610T"
        free = f"DTSTART{zone}090000\nDTEND{zone}120000\nRRULE:FREQ=DAILY"
        free = f"BEGIN:AVAILABLE\nUID:a\nDTSTAMP:20260101T000000Z\n{free}\nEND:AVAILABLE"
        maybe = f"DTSTART{zone}110000\nDTEND{zone}120000\nBUSYTYPE:BUSY-TENTATIVE"
        body = text.format(9, free) + text.format(1, maybe)
        hours = Availability.from_ical(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example//EN\n{body}END:VCALENDAR\n")
        found = find(busy(), Wanted(HOUR, required=[0], hours={0: hours}, grid=HOUR))
        assert [("09:00", 0), ("10:00", 0), ("11:00", 3600)] == [(*shown([slot]), slot.tentative) for slot in found]

    def test_never_open(self) -> None:
        """Hours that are closed all the window are no slot, and that is said."""
        found = find(busy(), Wanted(HOUR, required=[0], hours=WorkHours("Su 09:00-17:00", "Europe/Zurich")))
        assert not found
        assert "owner 0 has no hours in the window" in found.why_none

    def test_hours_for_some_of_those_whose_calendars_are_asked(self) -> None:
        """Hours for one of two people hold for that one alone, each in the zone of their own calendar."""
        calendars = [calendar(), calendar(head="X-WR-TIMEZONE:Europe/Lisbon\n")]
        wanted = Wanted(HOUR, [0, 1], grid=HOUR, hours={1: "Mo-Fr 09:00-11:00"})
        assert shown(find(calendars, wanted)) == ["10:00", "11:00"]

    def test_hours_that_do_not_hash(self) -> None:
        """They need only tell a zone and what is closed; each one's own hold, whoever's are next to them."""
        hours = {0: Until("10:00"), 1: Until("03:00"), 2: Until("10:00")}
        wanted = Wanted(HOUR, required=[0, 2], optional=[1], hours=hours, grid=HOUR)
        found = find(busy(), wanted)
        assert 10 == len(found)
        assert {(): 3, (1,): 7} == Counter(slot.missing for slot in found)


class Until:
    """Hours of somebody's own making, that are equal by what they hold and do not hash."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, time: str) -> None:
        self.tzinfo = ZURICH
        self.time = time

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Until) and self.time == other.time

    def closed(self, start: int, end: int) -> list[tuple[int, int, Status]]:
        """Everything after a time."""
        return [(at(self.time), end, Status.BUSY)]


class TestPeople:
    """Required, optional, some of many."""

    def test_some_suffice(self) -> None:
        """At least k of n, not a mean: with two busy of three, one is enough for k = 1 and not for 2."""
        columns = busy((1, "09:00", "10:00"), (2, "09:00", "10:00"))
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)
        assert [(1, 2)] == [slot.missing for slot in find(columns, Wanted(HOUR, any_of=[0, 1, 2], at_least=1), *window)]
        assert [] == list(find(columns, Wanted(HOUR, any_of=[0, 1, 2], at_least=2), *window))

    def test_not_waited_for(self) -> None:
        """Optional people are counted: fewer missing comes first, whatever the hour."""
        columns = busy((1, "06:00", "19:00"))
        found = find(columns, Wanted(HOUR, required=[0], optional=[1], grid=HOUR))
        assert 11 == len([slot for slot in found[:11] if not slot.missing])
        assert [(1,)] * 13 == [slot.missing for slot in found[11:]]

    @pytest.mark.parametrize(
        ("on_unknown", "found", "missing"), [("report", 1, ()), ("free", 1, ()), ("busy", 0, None)]
    )
    def test_unknown_required(self, on_unknown: str, found: int, missing: tuple[int, ...] | None) -> None:
        """An unreachable calendar is neither full nor free (23506, PR 30179 of others): it is named."""
        wanted = Wanted(HOUR, required=[0, 1], on_unknown=on_unknown, grid=HOUR)
        answer = find(busy(), wanted, datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10), unknown=[1])
        assert (found, (1,)) == (len(answer), answer.unknown)
        if on_unknown == "busy":
            assert "the calendar of owner 1 is unknown" in answer.why_none

    @pytest.mark.parametrize(("on_unknown", "found"), [("report", 0), ("free", 1), ("busy", 0)])
    def test_unknown_does_not_suffice(self, on_unknown: str, found: int) -> None:
        """Of those of whom two suffice, somebody unknown is not known to be free."""
        wanted = Wanted(HOUR, any_of=[0, 1], at_least=2, on_unknown=on_unknown, grid=HOUR)
        answer = find(busy(), wanted, datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10), unknown=[1], explain=True)
        assert found == len(answer)
        if not found:
            assert Reason(Why.UNKNOWN, 1) in answer.refused[0].reasons

    def test_named_twice_in_a_list(self) -> None:
        """Twice in one list is once."""
        assert 1 == len(
            find(busy(), Wanted(HOUR, required=[0, 0]), datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10))
        )


class TestRooms:
    """Any one of a set."""

    def test_capacity(self) -> None:
        """The smallest that seats everybody named; a larger one when that is taken."""
        rooms = [Room(10, 20), Room(11, 2), Room(12, 4), Room(13)]
        columns = busy((12, "09:00", "10:00"))
        found = find(
            columns,
            Wanted(HOUR, required=[0, 1], optional=[2], rooms=rooms, grid=HOUR),
            datetime(2026, 6, 10, 9),
            datetime(2026, 6, 10, 11),
        )
        assert [("09:00", 10), ("10:00", 12)] == [(*shown([slot]), slot.room) for slot in found]

    def test_seats(self) -> None:
        rooms = [Room(11, 2), Room(12, 4)]
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)
        assert [12] == [
            s.room for s in find(busy(), Wanted(HOUR, required=[0], rooms=rooms, seats=3, grid=HOUR), *window)
        ]
        none = find(busy(), Wanted(HOUR, required=[0], rooms=rooms, seats=30, grid=HOUR), *window)
        assert not none and "no room is free" in none.why_none

    def test_a_tentative_room_is_the_last_choice(self) -> None:
        columns = busy((11, "09:00", "10:00", Status.TENTATIVE))
        found = find(
            columns,
            Wanted(HOUR, required=[0], rooms=[11, 12], grid=HOUR),
            datetime(2026, 6, 10, 9),
            datetime(2026, 6, 10, 11),
        )
        assert [12, 11] == [slot.room for slot in found]

    def test_unknown(self) -> None:
        """A room of which nothing is known is not given away."""
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10)
        assert [] == list(find(busy(), Wanted(HOUR, rooms=[5]), *window, unknown=[5]))
        assert [5] == [s.room for s in find(busy(), Wanted(HOUR, rooms=[5], on_unknown="free"), *window, unknown=[5])]


class TestMostADay:
    """Limits count meetings by the day of whoever has them."""

    MEETINGS = "DTSTART;TZID=Europe/Zurich:20260{0}T{1}0000\nDURATION:PT30M"

    def events(self, *starts: tuple[str, str]) -> Calendar:
        return calendar(*(self.MEETINGS.format(day, hour) for day, hour in starts))

    def test_back_to_back_meetings_count_each(self) -> None:
        """Merged they are one stretch; a limit of two is reached all the same."""
        own = calendar(self.MEETINGS.format("610", "09"), "DTSTART;TZID=Europe/Zurich:20260610T093000\nDURATION:PT30M")
        wanted = Wanted(HOUR, required=[0], most_a_day=2, grid=HOUR)
        found = find([own], wanted, date(2026, 6, 9), date(2026, 6, 12))
        days = {datetime.fromtimestamp(slot.start, ZURICH).date() for slot in found}
        assert {date(2026, 6, 9), date(2026, 6, 11)} == days

    def test_the_rest_of_the_day_counts(self) -> None:
        """Meetings outside of a window within the day count."""
        own = self.events(("610", "07"), ("610", "21"))
        window = datetime(2026, 6, 10, 12), datetime(2026, 6, 10, 14)
        assert [] == list(find([own], Wanted(HOUR, required=[0], most_a_day=2), *window))
        assert find([own], Wanted(HOUR, required=[0], most_a_day=3), *window)

    def test_across_a_month_and_a_zone(self) -> None:
        """A day is the person's: 23:00 in Los Angeles on 30 June is their June (10402, 15360 of others)."""
        angeles = ZoneInfo("America/Los_Angeles")
        own = calendar(
            "DTSTART;TZID=America/Los_Angeles:20260630T090000\nDURATION:PT30M", head="X-WR-TIMEZONE:America/Los_Angeles"
        )
        wanted = Wanted(HOUR, required=[0], most_a_day=1, grid=HOUR)
        found = find([own], wanted, datetime(2026, 7, 1, 5), datetime(2026, 7, 1, 14))
        assert datetime(2026, 7, 1, tzinfo=angeles).timestamp() == min(slot.start for slot in found)

    def test_columns(self) -> None:
        """With merged columns the meetings are a question of their own."""
        wanted = Wanted(HOUR, required=[0], most_a_day=1)
        with pytest.raises(InvalidValue, match=r"pass meetings=\(owners, starts\)"):
            find(busy(), wanted)
        assert [] == list(find(busy(), wanted, meetings=([0], [at("08:00")])))
        assert find(busy(), wanted, meetings=([1], [at("08:00")]))
        with pytest.raises(InvalidValue, match="1 owners, 2 starts"):
            find(busy(), wanted, meetings=([0], [1, 2]))

    def test_nothing_a_day(self) -> None:
        assert [] == list(find(busy(), Wanted(HOUR, required=[0], most_a_day=0), meetings=([], [])))


class TestRanking:
    """Missing, tentative, fair, early: in that order, the same every time."""

    def test_order(self) -> None:
        columns = busy(
            (1, "08:00", "10:00"),
            (0, "10:00", "11:00", Status.TENTATIVE),
            (0, "11:30", "12:00", Status.TENTATIVE),
        )
        wanted = Wanted(HOUR, required=[0], optional=[1], grid=HOUR)
        found = find(columns, wanted, datetime(2026, 6, 10, 7), datetime(2026, 6, 10, 13))
        assert ["12:00", "07:00", "11:00", "10:00", "08:00", "09:00"] == shown(found)
        assert [0, 0, 1800, 3600, 0, 0] == [slot.tentative for slot in found]
        assert [0, 3600, 0, 0, 0, 0] == [slot.outside_most for slot in found]

    def test_fair_across_zones(self) -> None:
        """The one who has it worst counts before how bad it is for all together."""
        zones = {0: "Europe/Zurich", 1: "America/Los_Angeles", 2: "Asia/Tokyo"}
        wanted = Wanted(2 * HOUR, required=[0, 1, 2], zones=zones, grid=HOUR)
        found = find(busy(), wanted)
        # 16:00 in Zurich is 07:00 in Los Angeles and 23:00 in Tokyo; 09:00 is 00:00 and 16:00.
        by_start = {shown([slot])[0]: slot for slot in found}
        assert (3600 + 7200, 7200) == (by_start["16:00"].outside_total, by_start["16:00"].outside_most)
        assert (7200, 7200) == (by_start["09:00"].outside_total, by_start["09:00"].outside_most)
        assert sorted(found, key=lambda s: (s.outside_most, s.outside_total, s.start)) == list(found)

    def test_those_who_do_not_come_do_not_count(self) -> None:
        columns = busy((1, "03:00", "04:00", Status.BUSY))
        wanted = Wanted(HOUR, required=[0], optional=[1], zones={1: "Asia/Tokyo"}, grid=HOUR)
        (slot,) = find(columns, wanted, datetime(2026, 6, 10, 3), datetime(2026, 6, 10, 4))
        assert ((1,), 3600, 3600) == (slot.missing, slot.outside_most, slot.outside_total)

    def test_limit(self) -> None:
        wanted = Wanted(HOUR, required=[0])
        assert list(find(busy(), wanted))[:3] == list(find(busy(), wanted, limit=3))
        assert [] == list(find(busy(), wanted, limit=0))
        assert "" == find(busy(), wanted, limit=0).why_none


class TestExplain:
    """Why not, and what would have done."""

    def test_reasons(self) -> None:
        columns = busy((0, "09:30", "12:00"), (1, "10:00", "10:30", Status.OUT_OF_OFFICE), (3, "09:00", "11:00"))
        wanted = Wanted(
            HOUR,
            required=[0, 1],
            any_of=[2, 3],
            at_least=2,
            optional=[4],
            grid=HOUR,
            hours={2: WorkHours("11:00-17:00", "Europe/Zurich")},
            holds=[(at("09:00"), at("09:05"))],
        )
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 13)
        found = find(columns, wanted, *window, explain=True, now=datetime(2026, 6, 10, 9, 30))
        assert ["12:00"] == shown(found)
        nine, ten, eleven = found.refused
        night = Reason(Why.HOURS, 2, at("09:00"), at("11:00"))
        assert nine.reasons == (
            Reason(Why.NOTICE, None, None, at("09:30")),
            Reason(Why.HELD, None, at("09:00"), at("09:05")),
            Reason(Why.BUSY, 0, at("09:30"), at("12:00")),
            Reason(Why.TOO_FEW),
            night,
            Reason(Why.BUSY, 3, at("09:00"), at("11:00")),
        )
        assert (3, 3 * 3600) == (nine.lacking, nine.move)
        assert Reason(Why.OUT_OF_OFFICE, 1, at("10:00"), at("10:30")) in ten.reasons
        assert ((Reason(Why.BUSY, 0, at("09:30"), at("12:00")),), 1, 3600) == (
            eleven.reasons,
            eleven.lacking,
            eleven.move,
        )

    def test_near_misses(self) -> None:
        """Fewest people lacking first, then the shortest move, off the grid as well."""
        columns = busy((0, "09:00", "10:05"), (1, "09:00", "09:30"), (0, "11:10", "17:00"))
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 12)
        found = find(columns, Wanted(HOUR, required=[0, 1], grid=timedelta(minutes=30)), *window, explain=True)
        assert [] == list(found)
        misses = found.refused.near_misses(3)
        assert ["10:00", "10:30", "09:30"] == shown(misses)
        assert [5, -20, 35] == [miss.move // 60 for miss in misses]
        assert [1, 1, 1] == [miss.lacking for miss in misses]
        assert 5 == len(found.refused) == len(found.refused[:])
        assert found.refused[-1].start == at("11:00")

    def test_rooms(self) -> None:
        columns = busy((5, "09:00", "12:00"))
        found = find(
            columns,
            Wanted(HOUR, required=[0], rooms=[5]),
            datetime(2026, 6, 10, 9),
            datetime(2026, 6, 10, 10),
            explain=True,
        )
        (refusal,) = found.refused
        assert (Reason(Why.NO_ROOM), Reason(Why.BUSY, 5, at("09:00"), at("12:00"))) == refusal.reasons
        assert (0, None) == (refusal.lacking, refusal.move)

    def test_a_full_day(self) -> None:
        own = calendar("DTSTART;TZID=Europe/Zurich:20260610T090000\nDURATION:PT30M")
        found = find(
            [own],
            Wanted(HOUR, required=[0], most_a_day=1, grid=HOUR),
            datetime(2026, 6, 10, 20),
            datetime(2026, 6, 11, 2),
            explain=True,
        )
        assert Reason(Why.DAY_FULL, 0, at("00:00"), at("2026-06-11T00:00")) in found.refused[0].reasons
        assert [4 * 3600, 3 * 3600, 2 * 3600, 3600] == [refusal.move for refusal in found.refused]

    def test_not_asked_for(self) -> None:
        assert find(busy(), Wanted(HOUR, required=[0])).refused is None


class TestNext:
    """The first, not the best."""

    def test_first(self) -> None:
        columns = busy((0, "09:00", "10:00"), (1, "10:00", "11:00"))
        wanted = Wanted(HOUR, required=[0], optional=[1], grid=timedelta(minutes=30))
        slot = next_time(columns, wanted, datetime(2026, 6, 10, 9, 10), NEXT, tz="Europe/Zurich")
        assert (at("10:00"), (1,)) == (slot.start, slot.missing)

    def test_none(self) -> None:
        assert next_time(busy((0, "00:00", "23:59")), Wanted(HOUR, required=[0]), DAY, NEXT, tz="Europe/Zurich") is None

    def test_notice(self) -> None:
        wanted = Wanted(HOUR, required=[0], notice=2 * HOUR)
        assert at("11:15") == next_time(busy(), wanted, datetime(2026, 6, 10, 9, 1), NEXT, tz="Europe/Zurich").start


class TestCalendars:
    """Calendars as they are."""

    def test_recurring_and_declined(self) -> None:
        """A series blocks each of its days, an override moves one (18060, 6740, 631 of others)."""
        own = calendar("DTSTART;TZID=Europe/Zurich:20260601T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY")
        wanted = Wanted(HOUR, required=[0], grid=HOUR)
        for day in (10, 25):
            found = find([own], wanted, datetime(2026, 6, day, 8), datetime(2026, 6, day, 11))
            assert ["08:00", "10:00"] == sorted(shown(found))

    def test_all_day(self) -> None:
        """A birthday blocks nothing, an absence blocks its day (29410, 6428 of others)."""
        birthday = calendar("DTSTART;VALUE=DATE:20260610")
        away = calendar("DTSTART;VALUE=DATE:20260610\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF")
        assert find([birthday], Wanted(HOUR, required=[0]))
        assert not find([away], Wanted(HOUR, required=[0]))

    def test_zone_of_the_calendar(self) -> None:
        """Hours given as a text are meant in the zone that a calendar names."""
        calendars = [calendar(head="X-WR-TIMEZONE:America/New_York"), calendar()]
        wanted = Wanted(HOUR, required=[0, 1], hours="09:00-17:00", grid=HOUR)
        assert ["15:00", "16:00"] == sorted(shown(find(calendars, wanted)))

    def test_buffers_reach_beyond_the_window(self) -> None:
        """What ends just before the window counts for the buffer."""
        own = calendar("DTSTART;TZID=Europe/Zurich:20260610T080000\nDURATION:PT1H")
        window = datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 11)
        wanted = Wanted(HOUR, required=[0], before=timedelta(minutes=30), grid=timedelta(minutes=30))
        assert ["09:30", "10:00"] == shown(find([own], wanted, *window))

    def test_free_busy_that_is_too_short(self) -> None:
        """An answer for less time than is asked about would make the rest look free."""
        answer = query([calendar()], DAY, NEXT, tz="Europe/Zurich")
        assert isinstance(answer, FreeBusy)
        assert find(answer, Wanted(HOUR, required=[0]))
        with pytest.raises(InvalidValue, match="the free/busy answer covers"):
            find(answer, Wanted(HOUR, required=[0]), DAY, date(2026, 6, 12))
        with pytest.raises(InvalidValue, match="the window and the buffers around it"):
            find(answer, Wanted(HOUR, required=[0], before=HOUR))

    def test_nobodys_calendar(self) -> None:
        with pytest.raises(InvalidValue, match="owner 1 has no calendar: there are 1"):
            find([calendar()], Wanted(HOUR, required=[1]))


class TestBadInput:
    """A typed error that names the value, or the right answer."""

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"duration": timedelta(0)}, "duration=.*give 1 seconds or more"),
            ({"duration": timedelta(hours=-1)}, "duration="),
            ({"duration": timedelta(microseconds=1)}, "duration: .*fraction of a second"),
            ({"duration": 45}, "duration: 45 is no duration"),
            ({"grid": timedelta(0)}, "grid=.*give 1 seconds or more"),
            ({"grid": timedelta(days=2)}, "grid=.*over a day"),
            ({"offset": timedelta(minutes=15)}, "offset=.*is not under grid="),
            ({"before": timedelta(minutes=-1)}, "before="),
            ({"notice": timedelta(minutes=-1)}, "notice="),
            ({"required": []}, "nobody is asked"),
            ({"required": [-1]}, "required: -1 is no owner"),
            ({"required": ["anna"]}, "required: 'anna' is no owner"),
            ({"required": [0], "optional": [0]}, "owner 0 is in required and in optional"),
            ({"required": [0], "rooms": [0]}, "owner 0 is in required and in rooms"),
            ({"any_of": [1, 2], "at_least": 3}, "at_least=3 of any_of, which are 2 people: ask for 0 to 2"),
            ({"at_least": 1}, "at_least=1 of any_of, which are 0 people"),
            ({"any_of": [1], "at_least": -1}, "at_least=-1"),
            ({"seats": -1}, "seats=-1"),
            ({"most_a_day": -1}, "most_a_day=-1"),
            ({"tentative": "maybe"}, "tentative='maybe': give one of free, busy"),
            ({"on_unknown": "guess"}, "on_unknown='guess': give one of report, busy, free"),
            ({"hours": "never"}, "work hours: 'never' is no day"),
        ],
    )
    def test_wanted(self, more: dict[str, object], message: str) -> None:
        with pytest.raises(InvalidValue, match=message):
            Wanted(**{"duration": HOUR, "required": [0], **more})  # type: ignore[arg-type]

    def test_window(self) -> None:
        wanted = Wanted(HOUR, required=[0])
        with pytest.raises(InvalidValue, match=r"the window ends at .*, before its start"):
            find(busy(), wanted, NEXT, DAY)
        with pytest.raises(InvalidValue, match="start='today': give a date or a datetime"):
            find(busy(), wanted, "today")
        with pytest.raises(ZoneError, match="Mars/Olympus"):
            find_times(busy(), wanted, DAY, NEXT, tz="Mars/Olympus")
        with pytest.raises(ZoneError, match="Mars/Olympus"):
            find(busy(), Wanted(HOUR, required=[0], zones="Mars/Olympus"))
        with pytest.raises(InvalidValue, match="limit=-1"):
            find(busy(), wanted, limit=-1)
        with pytest.raises(InvalidValue, match="pass now="):
            find(busy(), Wanted(HOUR, required=[0], notice=HOUR))
        with pytest.raises(InvalidValue, match="ends before it starts"):
            find(busy(), Wanted(HOUR, required=[0], holds=[(5, 4)]))

    def test_a_meeting_longer_than_the_window(self) -> None:
        found = find(busy(), Wanted(25 * HOUR, required=[0]))
        assert [] == list(found)
        assert "the window is 86400 seconds long, the meeting takes 90000" == found.why_none
        empty = find(busy(), Wanted(HOUR, required=[0]), DAY, DAY, explain=True)
        assert ([], []) == (list(empty), list(empty.refused))

    def test_nothing_on_the_grid(self) -> None:
        window = datetime(2026, 6, 10, 9, 5), datetime(2026, 6, 10, 10, 5)
        found = find(busy(), Wanted(timedelta(minutes=59), required=[0], grid=HOUR), *window)
        assert "no start on the grid lies in the window early enough for the meeting to end in it" == found.why_none

    def test_too_many_starts(self) -> None:
        """All of time by the second is refused at once, by name."""
        wanted = Wanted(HOUR, required=[0], grid=timedelta(seconds=1))
        with pytest.raises(LimitExceeded, match="max_starts=250000") as caught:
            find_times(busy(), wanted, date.min, date.max)
        assert ("max_starts", 250_000) == (caught.value.limit, caught.value.allowed)
        with pytest.raises(LimitExceeded, match="max_starts=10"):
            find(busy(), Wanted(HOUR, required=[0]), max_starts=10)

    def test_all_of_64_bits(self) -> None:
        """Stretches as long as time itself are in the way of everything, or of nothing."""
        ends = -(2**63) + 1, 2**63 - 1
        wanted = Wanted(HOUR, required=[0], before=HOUR, after=HOUR)
        assert not find(merge([0], [ends[0]], [ends[1]]), wanted)
        found = find(merge([0, 0], [ends[0], at("12:00")], [at("09:00"), ends[1]]), wanted, explain=True)
        assert ["10:00"] == shown(found)
        assert 86_400 // 900 - 3 - 1 == len(found.refused)
        assert found.refused[-1].move < 0

    def test_overlaps_by_the_second(self) -> None:
        """86,400 meetings of an hour, one each second."""
        day = at("00:00")
        columns = merge([0] * 86_400, list(range(day, day + 86_400)), list(range(day + 3600, day + 90_000)))
        assert not find(columns, Wanted(HOUR, required=[0]))

    def test_cancelled(self) -> None:
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled, match="cancelled"):
            find(busy(), Wanted(HOUR, required=[0]), cancel=token)

    def test_years_at_the_edges(self) -> None:
        """The first and the last day that a date can name."""
        wanted = Wanted(HOUR, required=[0], hours="09:00-10:00", grid=HOUR)
        for start, end in ((date(1, 1, 1), date(1, 1, 2)), (date(9999, 12, 30), date(9999, 12, 31))):
            for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
                if (start.year, zone) == (1, "Pacific/Kiritimati"):
                    continue  # its first day begins before the calendar does
                assert 1 == len(find_times([calendar()], wanted, start, end, tz=zone))


def test_values() -> None:
    """Slots are frozen and compare; what is found is a sequence."""
    found = find(busy(), Wanted(HOUR, required=[0]), datetime(2026, 6, 10, 9), datetime(2026, 6, 10, 10, 30))
    assert found[0] == Slot(at("09:00"), at("10:00")) and hash(found[0])
    assert list(found) == found[:] and found[-1].start == at("09:30")
    assert "<Found: 3 of 3 starts>" == repr(found)
    assert [slot.start for slot in found] == found.starts.tolist()
    with pytest.raises(AttributeError):
        found[0].start = 1  # type: ignore[misc]
