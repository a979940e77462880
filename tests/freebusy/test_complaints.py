"""What users of other calendars complain of, a test each: the repository and thread are named in brackets."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from schedcore import Calendar
from schedcore.freebusy import Owned, Status, complement, digits, query

BUSY, TENTATIVE = Status.BUSY, Status.TENTATIVE


def calendar(*events: str) -> Calendar:
    """A calendar of events, a property each line."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//test//EN"]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}@example.com"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20260101T000000Z", *event.splitlines(), "END:VEVENT"]
    found = Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
    assert [] == found.problems
    return found


def seen(asked: object, start: date, end: date, tz: str) -> list[tuple[str, str, Status]]:
    """The stretches of one calendar as wall times of a zone."""
    zone = ZoneInfo(tz)
    blocks = query([asked], start, end, tz=tz).blocks(0)  # type: ignore[list-item]
    return [(*(f"{datetime.fromtimestamp(at, zone):%m-%d %H:%M}" for at in (b.start, b.end)), b.status) for b in blocks]


@pytest.mark.parametrize(
    ("zone", "sunday", "shift"),
    [
        ("Europe/Zurich", "2026-03-29", 60),
        ("Europe/Zurich", "2026-10-25", -60),
        ("America/New_York", "2026-03-08", 60),
        ("America/New_York", "2026-11-01", -60),
        ("Australia/Lord_Howe", "2026-10-04", 30),
        ("Australia/Lord_Howe", "2026-04-05", -30),
    ],
)
@pytest.mark.parametrize("asker", ["UTC", "Europe/Zurich", "Asia/Kathmandu"])
def test_a_meeting_is_not_shifted_when_clocks_change(zone: str, sunday: str, shift: int, asker: str) -> None:
    """[calcom/cal.diy 30021, 10517, 12137] At nine on the day before, on the day of the change and after it."""
    day = date.fromisoformat(sunday)
    first = day - timedelta(days=1)
    found = calendar(f"DTSTART;TZID={zone}:{first:%Y%m%d}T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3")
    expected = [
        (f"{first + timedelta(days=n):%m-%d} 09:00", f"{first + timedelta(days=n):%m-%d} 10:00", BUSY) for n in range(3)
    ]
    assert expected == seen(found, first - timedelta(days=1), day + timedelta(days=3), zone)
    blocks = query([found], first - timedelta(days=1), day + timedelta(days=3), tz=asker).blocks(0)
    assert [24 * 60 - shift, 24 * 60] == [(b.start - a.start) // 60 for a, b in pairwise(blocks)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Zurich", "20260329", 23),
        ("Europe/Zurich", "20261025", 25),
        ("America/New_York", "20260308", 23),
        ("America/New_York", "20261101", 25),
        ("Australia/Lord_Howe", "20261004", 23.5),
        ("Australia/Lord_Howe", "20260405", 24.5),
    ],
)
def test_a_whole_day_is_as_long_as_it_is(zone: str, day: str, hours: float) -> None:
    """[calcom/cal.diy 30021] A day off on the day of the change, in the zone of whoever takes it."""
    found = Owned(calendar(f"DTSTART;VALUE=DATE:{day}\nTRANSP:OPAQUE"), tz=zone)
    start = date.fromisoformat(day)
    (block,) = query([found], start - timedelta(days=2), start + timedelta(days=3)).blocks(0)
    assert hours * 3600 == block.end - block.start
    midnight = datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone))
    assert midnight.timestamp() == block.start


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Asia/Kolkata", "03:30"),
        ("Asia/Kathmandu", "03:15"),
        ("Australia/Eucla", "00:15"),
        ("America/St_Johns", "11:30"),
    ],
)
def test_zones_of_half_hours(zone: str, utc: str) -> None:
    """[calcom/cal.diy 10136] Nine o'clock where clocks are 30 or 45 minutes off."""
    found = calendar(f"DTSTART;TZID={zone}:20260601T090000\nDURATION:PT30M")
    assert [f"06-01 {utc}"] == [start for start, _, _ in seen(found, date(2026, 6, 1), date(2026, 6, 2), "UTC")]
    assert [("06-01 09:00", "06-01 09:30", BUSY)] == seen(found, date(2026, 6, 1), date(2026, 6, 2), zone)


def test_recurring_events_are_not_missed() -> None:
    """[calcom/cal.diy 18060, nextcloud/calendar 6740] Years after the series began, also with COUNT."""
    for rule in ("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=2000"):
        found = calendar(f"DTSTART;TZID=Europe/Zurich:20060605T090000\nDURATION:PT1H\nRRULE:{rule}")
        assert [("06-01 09:00", "06-01 10:00", BUSY)] == seen(
            found, date(2026, 6, 1), date(2026, 6, 7), "Europe/Zurich"
        )


def test_an_event_that_began_long_before_the_window() -> None:
    """[nextcloud/calendar 6740] What began before the window and lasts into it blocks the part that it takes."""
    found = calendar("DTSTART:20260401T080000Z\nDTEND:20260601T100000Z")
    assert [("06-01 00:00", "06-01 10:00", BUSY)] == seen(found, date(2026, 6, 1), date(2026, 6, 2), "UTC")


def test_an_override_alone_is_busy() -> None:
    """[SergeyMosin/Appointments 631] An invitation to one instance, without its series."""
    found = calendar("UID:a\nRECURRENCE-ID:20260602T080000Z\nDTSTART:20260602T100000Z\nDTEND:20260602T110000Z")
    assert [("06-02 10:00", "06-02 11:00", BUSY)] == seen(found, date(2026, 6, 1), date(2026, 6, 8), "UTC")


def test_a_birthday_does_not_block() -> None:
    """[calcom/cal.diy 29410, nextcloud/calendar 6428] An all-day event is free, unless it says that it is not."""
    birthday = "DTSTART;VALUE=DATE:19800602\nRRULE:FREQ=YEARLY"
    assert [] == seen(calendar(birthday), date(2026, 6, 1), date(2026, 6, 8), "UTC")
    for word in ("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"):
        found = calendar(f"{birthday}\n{word}")
        assert [("06-02 00:00", "06-03 00:00", BUSY)] == seen(found, date(2026, 6, 1), date(2026, 6, 8), "UTC")


def test_what_was_declined_does_not_block() -> None:
    """[nextcloud/server 46984] Declined by the owner, not by another guest."""
    event = "DTSTART:20260601T080000Z\nDTEND:20260601T090000Z\nATTENDEE;PARTSTAT={}:mailto:{}@example.com"
    week = date(2026, 6, 1), date(2026, 6, 8)
    for partstat, who, expected in (
        ("DECLINED", "anna", []),
        ("DECLINED", "ben", [BUSY]),
        ("ACCEPTED", "anna", [BUSY]),
    ):
        found = Owned(calendar(event.format(partstat, who)), "anna@example.com")
        assert expected == [status for *_, status in seen(found, *week, "UTC")]


def test_tentative_is_not_ignored() -> None:
    """[nextcloud/calendar 8852] What is not certain is told apart from what is free and from what is busy."""
    found = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T090000Z\nSTATUS:TENTATIVE")
    answer = query([found], datetime(2026, 6, 1, 7), datetime(2026, 6, 1, 10))
    assert "010" == digits(answer, 0, minutes=60)


@pytest.mark.parametrize("minutes", [5, 15, 60, 23 * 60])
def test_a_window_of_less_than_a_day_is_not_empty(minutes: int) -> None:
    """[nextcloud/server 61191] However short the window, what lies in it is found; all-day events too."""
    start = datetime(2026, 6, 1, 9, tzinfo=UTC)
    meeting = calendar("DTSTART:20260601T080000Z\nDTEND:20260602T120000Z")
    holiday = calendar("DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260603\nTRANSP:OPAQUE")
    for found in (meeting, holiday):
        (block,) = query([found], start, start + timedelta(minutes=minutes)).blocks(0)
        assert minutes * 60 == block.end - block.start


def test_back_to_back_leaves_the_time_between() -> None:
    """[calcom/cal.diy PR 6175] A gap between two meetings is free to its very ends."""
    found = calendar(
        "DTSTART:20260601T080000Z\nDTEND:20260601T090000Z", "DTSTART:20260601T093000Z\nDTEND:20260601T100000Z"
    )
    answer = query([found], datetime(2026, 6, 1, 8), datetime(2026, 6, 1, 10))
    (gap,) = complement(answer.people, answer.start, answer.end)
    assert (5400 - 3600, 3600) == (gap.end - gap.start, gap.start - answer.start)


def test_a_calendar_that_cannot_be_reached_is_neither_full_nor_free() -> None:
    """[calcom/cal.diy 23506, PR 30179] It is unknown, and everybody else's time is told all the same."""
    found = calendar("DTSTART:20260601T080000Z\nDTEND:20260601T090000Z")
    answer = query([found, ConnectionError("refused")], datetime(2026, 6, 1, 8), datetime(2026, 6, 1, 10))
    assert ["20", "??", "2?"] == [digits(answer, owner, minutes=60) for owner in (0, 1, None)]
    assert {1: "refused"} == answer.unknown
