"""`freebusy.query`: from calendars to merged stretches, in the zones in which events are meant."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar, freebusy
from schedcore.errors import CalendarError, InvalidValue, ZoneError
from schedcore.freebusy import FreeBusy, Owned, Status, Unreadable, merge, query
from schedcore.freebusy.reading import address_of, partstat_of

ZURICH = ZoneInfo("Europe/Zurich")


def calendar(*events: str, zone: str = "") -> Calendar:
    """A calendar of events given by what tells them apart, a property each line."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//test//EN"]
    lines += [f"X-WR-TIMEZONE:{zone}"] if zone else []
    for number, event in enumerate(events):
        own = [line.strip() for line in event.strip().splitlines()]
        named = [] if any(line.startswith("UID") for line in own) else [f"UID:{number}@example.com"]
        lines += ["BEGIN:VEVENT", *named, "DTSTAMP:20260101T000000Z", *own, "END:VEVENT"]
    found = Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
    assert [] == found.problems
    return found


def stretches(answer: FreeBusy, tz: str | ZoneInfo = "UTC") -> list[str]:
    """The team's stretches as text, in a zone."""
    zone = ZoneInfo(tz) if isinstance(tz, str) else tz
    answer.people._check()
    answer.team._check()
    ends = [(datetime.fromtimestamp(b.start, zone), datetime.fromtimestamp(b.end, zone), b.status) for b in answer.team]
    return [f"{start:%d %H:%M}-{end:%d %H:%M} {status.name}" for start, end, status in ends]


class TestWhatCounts:
    """Statuses of events, and what takes no time."""

    def test_statuses(self) -> None:
        found = calendar(
            "DTSTART:20260601T080000Z\nDTEND:20260601T090000Z",
            "DTSTART:20260601T090000Z\nDTEND:20260601T100000Z\nSTATUS:TENTATIVE",
            "DTSTART:20260601T100000Z\nDTEND:20260601T110000Z\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
            "DTSTART:20260601T110000Z\nDTEND:20260601T120000Z\nTRANSP:TRANSPARENT",
            "DTSTART:20260601T120000Z\nDTEND:20260601T130000Z\nSTATUS:CANCELLED",
            "DTSTART:20260601T130000Z\nDTEND:20260601T140000Z\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
            "DTSTART:20260601T140000Z\nDTEND:20260601T140000Z",
            "DTSTART:20260601T150000Z",
        )
        assert [
            "01 08:00-01 09:00 BUSY",
            "01 09:00-01 10:00 TENTATIVE",
            "01 10:00-01 11:00 OUT_OF_OFFICE",
        ] == stretches(query([found], date(2026, 6, 1), date(2026, 6, 2)))

    def test_all_day_is_free_unless_it_says_otherwise(self) -> None:
        found = calendar(
            "DTSTART;VALUE=DATE:20260601",
            "DTSTART;VALUE=DATE:20260602\nTRANSP:OPAQUE",
            "DTSTART;VALUE=DATE:20260604\nDTEND;VALUE=DATE:20260606\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
        )
        assert ["02 00:00-03 00:00 BUSY", "04 00:00-06 00:00 OUT_OF_OFFICE"] == stretches(
            query([found], date(2026, 6, 1), date(2026, 7, 1))
        )

    def test_an_instance_speaks_for_itself(self) -> None:
        """One instance is tentative, one cancelled, one moved; the others are busy."""
        day = "DTSTART:202606{:02}T080000Z\nDTEND:202606{:02}T090000Z"
        found = calendar(
            day.format(1, 1) + "\nUID:a\nRRULE:FREQ=DAILY;COUNT=4",
            day.format(2, 2) + "\nUID:a\nRECURRENCE-ID:20260602T080000Z\nSTATUS:TENTATIVE",
            day.format(3, 3) + "\nUID:a\nRECURRENCE-ID:20260603T080000Z\nSTATUS:CANCELLED",
            day.format(5, 5) + "\nUID:a\nRECURRENCE-ID:20260604T080000Z",
        )
        assert ["01 08:00-01 09:00 BUSY", "02 08:00-02 09:00 TENTATIVE", "05 08:00-05 09:00 BUSY"] == stretches(
            query([found], date(2026, 6, 1), date(2026, 7, 1))
        )

    def test_an_override_alone_is_busy(self) -> None:
        """An instance without its series, as an invitation to one meeting brings it, is not read as free."""
        found = Calendar.from_ical(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260602T080000Z\nDTSTART:20260602T100000Z\n"
            "DTEND:20260602T110000Z\nEND:VEVENT\nEND:VCALENDAR\n"
        )
        assert ["02 10:00-02 11:00 BUSY"] == stretches(query([found], date(2026, 6, 1), date(2026, 6, 3)))


class TestZones:
    """All-day events and floating times are meant in the calendar's zone, else in the asker's."""

    @pytest.mark.parametrize(
        ("zone", "asker", "expected"),
        [
            ("", "UTC", "02 00:00-03 00:00 BUSY"),
            ("", "Asia/Kathmandu", "01 18:15-02 18:15 BUSY"),
            ("Australia/Sydney", "UTC", "01 14:00-02 14:00 BUSY"),
            ("Australia/Sydney", "Asia/Kathmandu", "01 14:00-02 14:00 BUSY"),
        ],
    )
    @pytest.mark.parametrize("form", ["DTSTART;VALUE=DATE:20260602", "DTSTART:20260602T000000\nDTEND:20260603T000000"])
    def test_whose_day(self, zone: str, asker: str, expected: str, form: str) -> None:
        found = calendar(form + "\nTRANSP:OPAQUE", zone=zone)
        assert [expected] == stretches(query([found], date(2026, 6, 1), date(2026, 6, 4), tz=asker))

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/Zurich", "20261025", 25),
            ("Europe/Zurich", "20260329", 23),
            ("America/New_York", "20261101", 25),
            ("Australia/Lord_Howe", "20260405", 24.5),
            ("Australia/Lord_Howe", "20261004", 23.5),
            ("Africa/Cairo", "20260424", 23),  # clocks go forward at midnight: the day begins at 01:00
            ("Pacific/Apia", "20111230", 0),  # the day that never was
        ],
    )
    def test_days_of_other_lengths(self, zone: str, day: str, hours: float) -> None:
        found = calendar(f"DTSTART;VALUE=DATE:{day}\nTRANSP:OPAQUE", zone=zone)
        start = date.fromisoformat(day)
        answer = query([found], start - timedelta(days=2), start + timedelta(days=3))
        assert hours * 3600 == sum(block.end - block.start for block in answer.team)

    def test_over_the_change_of_clocks(self) -> None:
        """A meeting keeps its wall clock, so its instant moves by an hour."""
        found = calendar(
            "DTSTART;TZID=Europe/Zurich:20261019T090000\nDTEND;TZID=Europe/Zurich:20261019T100000\nRRULE:FREQ=WEEKLY"
        )
        answer = query([found], date(2026, 10, 19), date(2026, 10, 27))
        assert ["19 07:00-19 08:00 BUSY", "26 08:00-26 09:00 BUSY"] == stretches(answer)


class TestWindow:
    """The window cuts, at whatever bounds."""

    EVENT = "DTSTART:20260601T080000Z\nDTEND:20260601T120000Z"

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2026-06-01T09:00+00:00", "2026-06-01T09:05+00:00", ["01 09:00-01 09:05 BUSY"]),
            ("2026-06-01T09:00+02:00", "2026-06-01T10:30+02:00", ["01 08:00-01 08:30 BUSY"]),
            ("2026-06-01T12:00+00:00", "2026-06-02T00:00+00:00", []),
            ("2026-05-01T12:00+00:00", "2026-06-01T08:00+00:00", []),
            ("2026-06-01T09:00+00:00", "2026-06-01T09:00+00:00", []),
        ],
    )
    def test_cut(self, start: str, end: str, expected: list[str]) -> None:
        bounds = datetime.fromisoformat(start), datetime.fromisoformat(end)
        assert expected == stretches(query([calendar(self.EVENT)], *bounds))

    def test_bounds_without_a_zone_are_the_askers(self) -> None:
        answer = query([calendar(self.EVENT)], datetime(2026, 6, 1, 9), datetime(2026, 6, 1, 11), tz="Europe/Zurich")
        assert ["01 10:00-01 11:00 BUSY"] == stretches(answer, ZURICH)

    def test_wrong_way_round(self) -> None:
        with pytest.raises(InvalidValue, match="ends at 2026-06-01T00:00:00\\+00:00, before its start"):
            query([], date(2026, 6, 2), date(2026, 6, 1))

    def test_unknown_zone(self) -> None:
        with pytest.raises(ZoneError, match="Mars/Olympus"):
            query([], date(2026, 6, 1), date(2026, 6, 2), tz="Mars/Olympus")

    @pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
    def test_all_of_time(self, tz: str) -> None:
        """The first and the last day that a date can name."""
        answer = query([calendar(self.EVENT)], date.min, date.max, tz=tz)
        assert ["01 08:00-01 12:00 BUSY"] == stretches(answer)


INVITED = "DTSTART:20260601T080000Z\nDTEND:20260601T090000Z\nORGANIZER:mailto:chair@example.com\n"


class TestOwners:
    """Whose calendar it is: by address for their answers, by zone for their days."""

    @pytest.mark.parametrize(
        ("attendees", "expected"),
        [
            ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com", ["BUSY"]),
            ("ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com", []),
            ("ATTENDEE;PARTSTAT=declined:MAILTO:Anna@Example.COM", []),
            ("ATTENDEE;PARTSTAT=DELEGATED:mailto:anna@example.com", []),
            ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:anna@example.com", ["TENTATIVE"]),
            ("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@example.com", ["TENTATIVE"]),
            ("ATTENDEE:mailto:anna@example.com", ["TENTATIVE"]),
            ("ATTENDEE;PARTSTAT=X-PERHAPS:mailto:anna@example.com", ["TENTATIVE"]),
            ("ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.com", ["BUSY"]),
            (
                "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com",
                ["BUSY"],
            ),
            ('ATTENDEE;CN="Anna: mailto:x";EMAIL=anna@example.com;PARTSTAT=DECLINED:urn:uuid:1', []),
            (
                "X-MICROSOFT-CDO-BUSYSTATUS:OOF\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@example.com",
                ["OUT_OF_OFFICE"],
            ),
            ("X-MICROSOFT-CDO-BUSYSTATUS:OOF\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com", []),
            ("STATUS:TENTATIVE\nATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com", ["TENTATIVE"]),
            (
                "BEGIN:VALARM\nACTION:EMAIL\nTRIGGER:-PT1H\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com\n"
                "END:VALARM",
                ["BUSY"],
            ),
        ],
    )
    @pytest.mark.parametrize("address", ["anna@example.com", "mailto:ANNA@example.com"])
    def test_partstat(self, attendees: str, expected: list[str], address: str) -> None:
        found = Owned(calendar(INVITED + attendees), address)
        answer = query([found], date(2026, 6, 1), date(2026, 6, 2))
        assert expected == [block.status.name for block in answer.people]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["ATTENDEE", "attendee", "ATTENDEE-X", "X-ATTENDEE"]),
                st.lists(
                    st.sampled_from(
                        [
                            "PARTSTAT=DECLINED",
                            'partstat="tentative"',
                            "PARTSTAT=ACCEPTED",
                            'CN="Anna; mailto:anna@example.com, or: so"',
                            "CN=Anna ^'A^'",
                            "EMAIL=Anna@example.com",
                            'EMAIL="o\'hara@example.com"',
                            'MEMBER="mailto:a@example.com","mailto:anna@example.com"',
                        ]
                    ),
                    max_size=3,
                    unique_by=lambda text: text.partition("=")[0].upper(),
                ),
                st.sampled_from(
                    [
                        "mailto:anna@example.com",
                        "MAILTO:ANNA@example.com",
                        "anna@example.com",
                        "mailto:joanna@example.com",
                        "mailto:anna@example.com.org",
                        "mailto:o'hara@example.com",
                        "urn:x:1",
                    ]
                ),
            ),
            max_size=4,
        ),
        st.sampled_from(["anna@example.com", "mailto:O'Hara@example.com", "nobody@example.com", ""]),
    )
    def test_answers_as_icalendar_reads_them(self, lines: list[tuple[str, list[str], str]], address: str) -> None:
        """Which line is the owner's, and what it says: as the library has it, which takes every line apart."""
        text = "\n".join(f"{name}{''.join(f';{param}' for param in params)}:{value}" for name, params, value in lines)
        (event,) = calendar(INVITED + text).events
        attendees = event.component.get("ATTENDEE", [])
        wanted = address_of(address)
        expected = [
            one.params.get("PARTSTAT", "NEEDS-ACTION")
            for one in (attendees if isinstance(attendees, list) else [attendees])
            if wanted in (address_of(one), address_of(one.params.get("EMAIL", "")))
        ]
        assert (expected or [None])[0] == partstat_of(event, address)

    def test_a_broken_line_loses_no_answer(self) -> None:
        """The library cannot read this event at all; the owner's line is there for all that."""
        found = calendar(
            INVITED + "BEGIN:VALARM\nTRIGGER:soon\nEND:VALARM\nATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com"
        )
        with pytest.raises(CalendarError):
            _ = found.events[0].component
        assert "DECLINED" == partstat_of(found.events[0], "anna@example.com")

    def test_without_an_address_invitations_count(self) -> None:
        found = calendar(INVITED + "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com")
        for asked in (found, Owned(found)):
            assert ["01 08:00-01 09:00 BUSY"] == stretches(query([asked], date(2026, 6, 1), date(2026, 6, 2)))

    def test_one_instance_declined(self) -> None:
        """Each instance of a series has answers of its own."""
        attendee = "ATTENDEE;PARTSTAT={}:mailto:anna@example.com"
        found = calendar(
            "UID:a\nRRULE:FREQ=DAILY;COUNT=2\n" + INVITED + attendee.format("ACCEPTED"),
            "UID:a\nRECURRENCE-ID:20260602T080000Z\nDTSTART:20260602T080000Z\nDTEND:20260602T090000Z\n"
            + attendee.format("DECLINED"),
        )
        answer = query([Owned(found, "anna@example.com")], date(2026, 6, 1), date(2026, 6, 5))
        assert ["01 08:00-01 09:00 BUSY"] == stretches(answer)

    @pytest.mark.parametrize("tz", ["Australia/Sydney", ZoneInfo("Australia/Sydney")])
    @pytest.mark.parametrize("zone", ["", "America/Los_Angeles"])
    def test_the_owners_zone_goes_before_the_calendars(self, tz: str | ZoneInfo, zone: str) -> None:
        found = Owned(calendar("DTSTART;VALUE=DATE:20260602\nTRANSP:OPAQUE", zone=zone), tz=tz)
        for days in ((date(2026, 6, 1), date(2026, 6, 4)), (datetime(2026, 6, 1, 14), datetime(2026, 6, 2, 14))):
            assert ["01 14:00-02 14:00 BUSY"] == stretches(query([found], *days))
        assert [] == stretches(query([found], datetime(2026, 6, 2, 14), date(2026, 6, 4)))

    def test_all_of_time_in_the_owners_zone(self) -> None:
        found = Owned(calendar("DTSTART;VALUE=DATE:20260602\nTRANSP:OPAQUE"), tz="Australia/Sydney")
        assert 1 == len(query([found], date.min, date.max).team)


class TestUnknown:
    """A calendar that could not be read is neither free nor busy."""

    DAY = date(2026, 6, 1), date(2026, 6, 2)

    @pytest.mark.parametrize(
        ("failed", "reason"),
        [
            (None, "could not be read"),
            (TimeoutError("no answer in 5 s"), "no answer in 5 s"),
            (TimeoutError(), "TimeoutError"),
            (Unreadable("gone"), "gone"),
        ],
    )
    def test_reported(self, failed: Unreadable | Exception | None, reason: str) -> None:
        busy = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T100000Z")
        answer = query([busy, failed], *self.DAY)
        assert [1] == list(answer.unknown) and reason in answer.unknown[1]
        assert (2, [], 1) == (answer.asked, answer.blocks(1), len(answer.team))
        assert [False, True, True] == [answer.is_unknown(owner) for owner in (0, 1, None)]

    @pytest.mark.parametrize(
        ("on_unknown", "expected"), [("report", []), ("free", []), ("busy", ["01 00:00-02 00:00 BUSY"])]
    )
    def test_as_the_caller_says(self, on_unknown: str, expected: list[str]) -> None:
        answer = query([None], *self.DAY, on_unknown=on_unknown)  # type: ignore[arg-type]
        assert (expected, [0]) == (stretches(answer), list(answer.unknown))
        assert (on_unknown == "report") == answer.is_unknown(0)

    def test_an_empty_window(self) -> None:
        assert [] == stretches(query([None], self.DAY[0], self.DAY[0], on_unknown="busy"))

    @pytest.mark.parametrize("calendars", [["anna.ics"], [7], [Owned("anna.ics")]])  # type: ignore[arg-type]
    def test_no_calendar(self, calendars: list[object]) -> None:
        with pytest.raises(InvalidValue, match=r"calendars\[0\]: .* is no calendar; for one that failed pass None"):
            query(calendars, *self.DAY)  # type: ignore[arg-type]

    def test_no_such_way(self) -> None:
        with pytest.raises(InvalidValue, match="on_unknown='maybe': give one of report, busy, free"):
            query([], *self.DAY, on_unknown="maybe")  # type: ignore[arg-type]


class TestStretches:
    """The same before merging, event by event."""

    def test_unmerged(self) -> None:
        found = calendar(
            "UID:b\nDTSTART:20260601T083000Z\nDTEND:20260601T100000Z\nSTATUS:TENTATIVE",
            "UID:a\nDTSTART:20260601T080000Z\nDTEND:20260601T090000Z",
            "DTSTART:20260601T090000Z\nDTEND:20260601T100000Z\nTRANSP:TRANSPARENT",
        )
        every = freebusy.stretches(found, datetime(2026, 6, 1, 8, 15), date(2026, 6, 2))
        assert [("a", 45, Status.BUSY), ("b", 90, Status.TENTATIVE)] == [
            (one.uid, (one.end - one.start) // 60, one.status) for one in every
        ]

    def test_wrong_way_round(self) -> None:
        with pytest.raises(InvalidValue, match="swap them"):
            freebusy.stretches(calendar(), date(2026, 6, 2), date(2026, 6, 1))


class TestTeam:
    """Several calendars: each for itself, and all together."""

    def test_blocks(self) -> None:
        """The stretches of one calendar, or without a number the team's."""
        found = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T100000Z\nRRULE:FREQ=DAILY")
        answer = query([found, calendar(), found], date(2026, 6, 1), date(2026, 6, 4))
        for owner in range(4):
            assert [block for block in answer.people if block.owner == owner] == answer.blocks(owner)
        assert list(answer.team) == answer.blocks()

    def test_people_and_team(self) -> None:
        busy = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T100000Z")
        away = calendar("DTSTART:20260601T090000Z\nDTEND:20260601T110000Z\nX-MICROSOFT-CDO-BUSYSTATUS:OOF")
        answer = query([busy, calendar(), away], date(2026, 6, 1), date(2026, 6, 2))
        assert [[Status.BUSY], [], [Status.OUT_OF_OFFICE]] == [[b.status for b in answer.blocks(i)] for i in range(3)]
        assert ["01 08:00-01 09:00 BUSY", "01 09:00-01 11:00 OUT_OF_OFFICE"] == stretches(answer)

    def test_the_team_is_its_people_merged(self) -> None:
        found = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T100000Z\nRRULE:FREQ=HOURLY")
        answer = query([found, found], date(2026, 6, 1), date(2026, 6, 2))
        people = answer.people
        assert list(answer.team) == list(merge([0] * len(people), people.start, people.end, people.status))

    def test_nobody(self) -> None:
        answer = query([], date(2026, 6, 1), date(2026, 6, 2))
        assert (0, 0) == (len(answer.people), len(answer.team))
