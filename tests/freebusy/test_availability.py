"""VAVAILABILITY: the examples of RFC 7953, priorities, and what is wrong with some files."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore.errors import CalendarError
from schedcore.freebusy import Availability, Status, merge

MONTREAL = "America/Montreal"
LETTERS = {Status.FREE: "F", Status.BUSY: "B", Status.OUT_OF_OFFICE: "U", Status.TENTATIVE: "T"}

WEEKDAYS = """BEGIN:AVAILABLE
UID:34EDA59B
DTSTAMP:20111005T133225Z
DTSTART;TZID=America/Montreal:20111002T090000
DTEND;TZID=America/Montreal:20111002T170000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
END:AVAILABLE"""


def calendar(*components: str) -> Availability:
    """Read VAVAILABILITY components."""
    return Availability.from_ical(
        "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//test//EN", *components, "END:VCALENDAR", ""])
    )


def component(*lines: str, uid: str = "84D0F948") -> str:
    return "\n".join(["BEGIN:VAVAILABILITY", f"UID:{uid}", "DTSTAMP:20111005T133225Z", *lines, "END:VAVAILABILITY"])


def available(start: str, end: str, *more: str, uid: str = "7B33093A", zone: str = MONTREAL) -> str:
    times = [f"DTSTART;TZID={zone}:{start}", f"DTEND;TZID={zone}:{end}"]
    return "\n".join(["BEGIN:AVAILABLE", f"UID:{uid}", "DTSTAMP:20111005T133225Z", *times, *more, "END:AVAILABLE"])


def at(text: str, zone: str = MONTREAL) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def free(hours: Availability, start: str, end: str, zone: str = MONTREAL) -> list[str]:
    """The free stretches of a local window, by the clock of the zone."""
    low, high = at(start, zone), at(end, zone)
    edges = [low, *(edge for a, b, _ in hours.closed(low, high) for edge in (a, b)), high]
    tz = ZoneInfo(zone)
    return [
        f"{datetime.fromtimestamp(a, tz):%a %d %H:%M}-{datetime.fromtimestamp(b, tz):%H:%M}"
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if a < b
    ]


def cells(hours: Availability, day: str, busy: tuple[str, str] | None = None) -> str:
    """A day as RFC 7953 5.1 draws it: a letter for every two hours, the strongest status in it."""
    low, high = at(day), at(day) + 86_400
    rows = [(a, b, int(status)) for a, b, status in hours.closed(low, high)]
    merged = merge([0] * len(rows), *(map(list, zip(*rows, strict=True)) if rows else ([], [], [])))
    events = [(at(busy[0]), at(busy[1]), Status.BUSY)] if busy else []
    out = []
    for cell in range(low, high, 7200):
        touching = [s for _, a, b, s in merged if a < cell + 7200 and b > cell]
        touching = [s for a, b, s in events if a < cell + 7200 and b > cell] or touching
        out.append(LETTERS[max(touching, default=Status.FREE)])
    return " ".join(out)


class TestExamples:
    """What RFC 7953 shows."""

    def test_always_weekdays(self) -> None:
        """3.1, first example: Monday to Friday 9 to 17, without bounds."""
        hours = calendar(component(WEEKDAYS))
        assert () == hours.problems
        assert ["Mon 03 09:00-17:00", "Tue 04 09:00-17:00"] == free(hours, "2011-10-02", "2011-10-05")
        assert ["Fri 23 09:00-17:00"] == free(hours, "2026-10-23", "2026-10-26")
        assert [] == free(hours, "2011-09-26", "2011-10-02"), "before its DTSTART an AVAILABLE frees nothing"

    def test_offices(self) -> None:
        """3.1, second example: Monday to Thursday in one office, Friday in another, for two months."""
        hours = calendar(
            component(
                "DTSTART;TZID=America/Montreal:20111002T000000",
                "DTEND;TZID=America/Montreal:20111202T000000",
                available("20111002T090000", "20111002T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH", "LOCATION:Main"),
                available("20111006T090000", "20111006T120000", "RRULE:FREQ=WEEKLY", "LOCATION:Branch", uid="DF39DC9E"),
            )
        )
        # The RFC's Friday begins on 6 October 2011, a Thursday, and has no BYDAY: Thursdays it is, within the others.
        assert ["Thu 06 09:00-17:00", "Mon 10 09:00-17:00"] == free(hours, "2011-10-06", "2011-10-11")
        assert ["Mon 03 09:00-17:00"] == free(hours, "2011-10-03", "2011-10-04")
        assert ["Sat 01 00:00-00:00"] == free(hours, "2011-10-01", "2011-10-02"), "outside it says nothing"
        assert ["Fri 02 00:00-00:00"] == free(hours, "2011-12-02", "2011-12-03")

    @pytest.mark.parametrize(("hour", "gap"), [("02", []), ("03", ["Sun 30 02:00-03:00"])])
    def test_itinerant(self, hour: str, gap: list[str]) -> None:
        """3.1, third example: Montreal, one week in Denver, Montreal again, three components that follow each other.

        Midnight in Denver is two o'clock in Montreal. Where Montreal's components end and begin at three, the first
        overlaps with Denver's for an hour, which frees nothing, and an hour of the last night is nobody's.
        """
        week = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
        hours = calendar(
            component(
                "DTSTART;TZID=America/Montreal:20111002T000000",
                f"DTEND;TZID=America/Montreal:20111023T{hour}0000",
                available("20111002T090000", "20111002T170000", week),
                uid="BE082249",
            ),
            component(
                "DTSTART;TZID=America/Denver:20111023T000000",
                "DTEND;TZID=America/Denver:20111030T000000",
                available("20111023T090000", "20111023T170000", week, zone="America/Denver"),
                uid="A1FF55E3",
            ),
            component(
                f"DTSTART;TZID=America/Montreal:20111030T{hour}0000",
                available("20111030T090000", "20111030T170000", week),
                uid="1852F9E1",
            ),
        )
        assert ["Fri 21 09:00-17:00", "Mon 24 11:00-19:00"] == free(hours, "2011-10-21", "2011-10-25")
        assert ["Fri 28 11:00-19:00", *gap, "Mon 31 09:00-17:00"] == free(hours, "2011-10-28", "2011-11-01")

    def test_simple_day(self) -> None:
        """5.1: available from 8 to 18, a meeting at 12, drawn in cells of two hours."""
        hours = calendar(
            component(
                "DTSTART;TZID=America/Montreal:20111002T000000",
                available("20111002T080000", "20111002T180000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            )
        )
        monday = "2011-11-07"
        assert "U U U U F F F F F U U U" == cells(hours, monday)
        assert "U U U U F F B F F U U U" == cells(hours, monday, (f"{monday}T12:00", f"{monday}T14:00"))

    def test_a_day_overridden(self) -> None:
        """5.1, with a component of PRIORITY 1 for a part of the day over the base of the appendix."""
        base = component(
            "DTSTART;TZID=America/Montreal:20111002T000000",
            "PRIORITY:5",
            available("20111002T080000", "20111002T180000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        )
        away = component(
            "DTSTART;TZID=America/Montreal:20111107T120000",
            "DTEND;TZID=America/Montreal:20111108T000000",
            "PRIORITY:1",
            "BUSYTYPE:BUSY",
            available("20111107T180000", "20111107T200000"),
            uid="A1FF55E3",
        )
        for order in ((base, away), (away, base)):
            assert "U U U U F F B B B F B B" == cells(calendar(*order), "2011-11-07")


#: Hours of two days, a component each: bounds (None: without), priority, busy type, and what is available.
Hours = tuple[int | None, int | None, int, str, list[tuple[int, int]]]
BUSY_TYPES = ["BUSY-TENTATIVE", "BUSY-UNAVAILABLE", "BUSY"]  # the weakest first
STATUSES = dict(zip(BUSY_TYPES, (Status.TENTATIVE, Status.OUT_OF_OFFICE, Status.BUSY), strict=True))


def painted(components: list[Hours]) -> list[Status]:
    """The two days hour by hour: layers of paint, the lowest priority first, as section 4 ranks them.

    Components of one priority are one layer: first what each makes busy, weakest first, then what each frees.
    """
    hours = [Status.FREE] * 48
    for level in (0, *range(9, 0, -1)):
        layer = [one for one in components if one[2] == level]
        for first, last, _, busy, _ in sorted(layer, key=lambda one: BUSY_TYPES.index(one[3])):
            hours[first or 0 : 48 if last is None else last] = [STATUSES[busy]] * len(range(48)[first:last])
        for first, last, _, _, free in layer:
            for a, b in free:
                span = range(48)[first:last]
                for hour in range(a, b):
                    if hour in span:
                        hours[hour] = Status.FREE
    return hours


spans = st.tuples(st.integers(0, 47), st.integers(1, 48)).filter(lambda span: span[0] < span[1])
bounds = (
    spans | spans.map(lambda span: (None, span[1])) | spans.map(lambda span: (span[0], None)) | st.just((None, None))
)


@given(
    st.lists(
        st.tuples(
            bounds, st.sampled_from([0, 1, 1, 5, 9]), st.sampled_from(BUSY_TYPES), st.lists(spans, max_size=2)
        ).map(lambda drawn: (*drawn[0], *drawn[1:])),
        max_size=5,
    )
)
def test_against_layers_of_paint(components: list[Hours]) -> None:
    """Sections 3.1 and 4 as a slow twin has them, for any overlap of components, bounds and priorities."""

    def when(hour: int) -> str:
        return f"2026010{1 + hour // 24}T{hour % 24:02}0000Z"

    texts = []
    for number, (first, last, level, busy, free) in enumerate(components):
        lines = [f"PRIORITY:{level}", f"BUSYTYPE:{busy}"]
        lines += [] if first is None else [f"DTSTART:{when(first)}"]
        lines += [] if last is None else [f"DTEND:{when(last)}"]
        for a, b in free:
            lines += ["BEGIN:AVAILABLE", f"UID:{a}-{b}", f"DTSTART:{when(a)}", f"DTEND:{when(b)}", "END:AVAILABLE"]
        texts.append(component(*lines, uid=f"c{number}"))
    start = at("2026-01-01", "UTC")
    found = [Status.FREE] * 48
    closed = calendar(*texts).closed(start, start + 48 * 3600)
    for a, b, status in closed:
        found[(a - start) // 3600 : (b - start) // 3600] = [status] * ((b - a) // 3600)
    assert painted(components) == found
    assert all(one[1] < two[0] or one[2] != two[2] for one, two in pairwise(closed)), "touching stretches differ"


class TestSection4:
    """Priorities, and why section 5 is not followed to the letter."""

    def vacation(self, priority: str = "PRIORITY:1") -> Availability:
        return calendar(
            component("PRIORITY:9", WEEKDAYS),
            component(
                "DTSTART;TZID=America/Montreal:20111010T000000",
                "DTEND;TZID=America/Montreal:20111015T000000",
                priority,
                uid="vacation",
            ),
        )

    def test_a_vacation_stays_one(self) -> None:
        """Asked for longer than it lasts, a vacation is not freed again by the hours below it."""
        assert ["Fri 07 09:00-17:00", "Mon 17 09:00-17:00"] == free(self.vacation(), "2011-10-07", "2011-10-18")
        assert [] == free(self.vacation(), "2011-10-11", "2011-10-12")

    @pytest.mark.parametrize(
        ("priority", "frees"), [("PRIORITY:8", False), ("PRIORITY:0", True), ("SUMMARY:none", True)]
    )
    def test_order(self, priority: str, frees: bool) -> None:
        """1 is the highest, 9 the lowest, and 0 or none is below 9."""
        assert frees == bool(free(self.vacation(priority), "2011-10-11", "2011-10-12"))

    @pytest.mark.parametrize(
        ("types", "expected"),
        [
            (("BUSY", "BUSY-UNAVAILABLE"), Status.BUSY),
            (("BUSY-TENTATIVE", "BUSY-UNAVAILABLE"), Status.OUT_OF_OFFICE),
            (("BUSY-TENTATIVE", "BUSY"), Status.BUSY),
            (("BUSY-TENTATIVE", "BUSY-TENTATIVE"), Status.TENTATIVE),
        ],
    )
    def test_busy_types_of_one_priority(self, types: tuple[str, str], expected: Status) -> None:
        """BUSY over BUSY-UNAVAILABLE over BUSY-TENTATIVE, in any order of the text."""
        for order in (types, types[::-1]):
            hours = calendar(*(component(f"BUSYTYPE:{busy}", uid=str(i)) for i, busy in enumerate(order)))
            assert [(0, 60, expected)] == hours.closed(0, 60)

    def test_one_priority_is_free_where_any_is(self) -> None:
        """Two sets of hours without priority add up."""
        hours = calendar(
            component(WEEKDAYS),
            component(available("20111008T100000", "20111008T120000", "RRULE:FREQ=WEEKLY"), uid="saturdays"),
        )
        assert ["Fri 14 09:00-17:00", "Sat 15 10:00-12:00"] == free(hours, "2011-10-14", "2011-10-16")

    def test_a_higher_one_frees(self) -> None:
        """An AVAILABLE of a higher component opens what a lower one closes, as far as its own component goes."""
        hours = calendar(
            component("PRIORITY:5"),
            component(
                "PRIORITY:4",
                "DTSTART;TZID=America/Montreal:20111010T000000",
                "DURATION:PT12H",
                available("20111010T100000", "20111010T140000"),
                uid="open",
            ),
        )
        assert ["Mon 10 10:00-12:00"] == free(hours, "2011-10-09", "2011-10-12")


class TestAvailable:
    """AVAILABLE repeats as events do."""

    def hours(self, *more: str, lines: tuple[str, ...] = ()) -> Availability:
        return calendar(component(*lines, available("20111003T090000", "20111003T170000", *more)))

    def test_exdate_and_rdate(self) -> None:
        hours = self.hours(
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;TZID=America/Montreal:20111004T090000",
            "RDATE;TZID=America/Montreal:20111008T130000",
        )
        expected = ["Mon 03 09:00-17:00", "Wed 05 09:00-17:00", "Sat 08 13:00-21:00"]
        assert expected == free(hours, "2011-10-01", "2011-10-20")

    def test_overridden(self) -> None:
        """RECURRENCE-ID moves one instance."""
        moved = available("20111004T120000", "20111004T130000", "RECURRENCE-ID;TZID=America/Montreal:20111004T090000")
        hours = calendar(component(available("20111003T090000", "20111003T170000", "RRULE:FREQ=DAILY;COUNT=2"), moved))
        assert ["Mon 03 09:00-17:00", "Tue 04 12:00-13:00"] == free(hours, "2011-10-01", "2011-10-20")

    def test_duration(self) -> None:
        text = (
            "BEGIN:AVAILABLE\nUID:1\nDTSTAMP:20111005T133225Z\nDTSTART:20111003T090000Z\nDURATION:PT90M\nEND:AVAILABLE"
        )
        assert ["Mon 03 09:00-10:30"] == free(calendar(component(text)), "2011-10-03", "2011-10-04", "UTC")

    def test_over_a_change_of_clocks(self) -> None:
        """Hours keep the wall clock on the day of the change and after it."""
        hours = self.hours("RRULE:FREQ=DAILY")
        expected = ["Sat 05 09:00-17:00", "Sun 06 09:00-17:00", "Mon 07 09:00-17:00"]
        assert expected == free(hours, "2011-11-05", "2011-11-08")

    def test_nominal_duration(self) -> None:
        """A VAVAILABILITY of P1D on a day of 25 hours covers 25."""
        hours = calendar(component("DTSTART;TZID=America/Montreal:20111106T000000", "DURATION:P1D"))
        assert [25 * 3600] == [b - a for a, b, _ in hours.closed(at("2011-11-01"), at("2011-11-30"))]

    def test_own_zone_definition(self) -> None:
        """A TZID that only the file defines is looked up in the file."""
        zone = (
            "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\n"
            "END:STANDARD\nEND:VTIMEZONE"
        )
        hours = calendar(zone, component(available("20111003T090000", "20111003T170000", zone="Ours")))
        assert ["Mon 03 06:00-14:00"] == free(hours, "2011-10-03", "2011-10-04", "UTC")


class TestWrong:
    """What is wrong is reported, and the rest counts."""

    def test_nothing_said(self) -> None:
        hours = calendar()
        assert (False, [], ()) == (bool(hours), hours.closed(0, 60), hours.problems)

    def test_no_calendar(self) -> None:
        with pytest.raises(CalendarError, match="VCALENDAR"):
            Availability.from_ical("Monday to Friday, 9 to 5")

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            (["PRIORITY:12"], "PRIORITY='12' is not 0 to 9"),
            (["BUSYTYPE:FREE"], "BUSYTYPE='FREE' is not a busy type"),
            (["BUSYTYPE:X-HOLIDAY"], "BUSYTYPE='X-HOLIDAY' is not a busy type"),
            (["DURATION:PT1H"], "DURATION needs a DTSTART and no DTEND"),
            (["DTSTART:20111003T000000Z", "DTEND:20111002T000000Z"], "covers no time"),
            ([available("20111003T090000", "20111003T090000")], "AVAILABLE without DTEND or DURATION frees no time"),
            (["BEGIN:AVAILABLE\nUID:x\nDTSTART:never\nEND:AVAILABLE"], "AVAILABLE: DTSTART='never' is no date"),
        ],
    )
    def test_forgiven(self, lines: list[str], reason: str) -> None:
        hours = calendar(component(*lines))
        assert any(reason in problem.reason for problem in hours.problems), hours.problems
        assert hours

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            (["DTSTART:soon"], "DTSTART cannot be read"),
            (["DTSTART;TZID=Mars/Olympus:20111003T000000"], "Mars/Olympus"),
            (["DTSTART:20111003T000000Z", "DURATION:-PT1H"], "is negative"),
            (["DTSTART:20111003T000000Z", "DURATION:an hour"], "cannot be read"),
        ],
    )
    def test_unreadable(self, lines: list[str], reason: str) -> None:
        """One that cannot be read is left out, with its line; the others are not."""
        hours = calendar(component(*lines, uid="bad"), component(WEEKDAYS))
        (problem,) = [problem for problem in hours.problems if problem.uid == "bad"]
        assert reason in problem.reason and problem.line == 4
        assert ["Mon 03 09:00-17:00"] == free(hours, "2011-10-03", "2011-10-04")

    def test_the_line_of_a_problem_is_that_of_the_text(self) -> None:
        hours = calendar(component("BEGIN:AVAILABLE\nUID:x\nDTSTART:never\nEND:AVAILABLE"))
        assert [("x", 7)] == [(problem.uid, problem.line) for problem in hours.problems]
