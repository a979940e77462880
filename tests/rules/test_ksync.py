"""Collections on a device: how far back events are taken, default reminders, and what is forced to be read-only."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedcore import Calendar
from schedcore.errors import InvalidValue
from schedcore.policy import Collection, Level

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)


def calendar(*bodies: str) -> Calendar:
    """A calendar of events, of which each is the lines between UID and END."""
    events = (f"BEGIN:VEVENT\nUID:{number}\n{body}\nEND:VEVENT\n" for number, body in enumerate(bodies))
    return Calendar.from_ical("BEGIN:VCALENDAR\n" + "".join(events) + "END:VCALENDAR")


def taken(body: str, past_days: int | None = 30, now: datetime = NOW) -> bool:
    """Whether a device takes an event."""
    return bool(Collection(past_days).taken(calendar(body), now, "Europe/Zurich"))


@pytest.mark.rule("Y2")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("DTSTART:20260301T100001Z", True),
        ("DTSTART:20260301T095959Z", False),
        ("DTSTART:20260301T095959Z\nDURATION:PT1H", True),
        ("DTSTART:20260301T090000Z\nDURATION:PT1H", False),  # its end is the moment itself, and not part of it
        ("DTSTART:20270101T000000Z", True),
        ("DTSTART;VALUE=DATE:20260301", True),  # that day has not ended
        ("DTSTART;VALUE=DATE:20260228", False),
        ("DTSTART;VALUE=DATE:20260220\nDTEND;VALUE=DATE:20260302", True),
        ("DTSTART:20260301T110001", True),  # floating, in Zürich: an hour ahead of UTC
        ("DTSTART:20260301T105959", False),
        ("DTSTART:19900101T090000Z\nRRULE:FREQ=DAILY", True),
        ("DTSTART:19900101T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260228T090000Z", False),
        ("DTSTART:19900101T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260302T090000Z", True),
        ("DTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY;COUNT=1000000000", True),
        ("DTSTART:19900101T000000Z\nRRULE:FREQ=SECONDLY;COUNT=1000000000", False),
        # The last to start is not the last to end.
        ("DTSTART:20260101T000000Z\nRDATE;VALUE=PERIOD:20260201T000000Z/P60D,20260202T000000Z/PT1H", True),
        ("DTSTART:20260101T000000Z\nEXDATE:20260101T000000Z", False),
    ],
)  # fmt: skip
def test_past_window(body, expected):
    """Y2: a device takes what ends within so many days before now, or later; a series counts while it goes on."""
    assert expected is taken(body)


@pytest.mark.rule("Y2")
def test_window_of_none_and_of_all():
    """Y2: no window takes everything, and one of 0 days what has not ended now."""
    assert taken("DTSTART:00010101T000000", None)
    assert taken("DTSTART:20260331T090000Z\nDURATION:PT2H", 0)
    assert not taken("DTSTART:20260331T080000Z\nDURATION:PT1H", 0)
    assert taken("DTSTART:00010101T000000Z", 36_525, datetime(50, 1, 1, tzinfo=ZoneInfo("Europe/Zurich")))
    with pytest.raises(InvalidValue, match="has no zone"):
        taken("DTSTART:20260331T090000Z", now=datetime(2026, 3, 31))


@pytest.mark.rule("Y2")
def test_order_stays():
    """Y2: what is taken comes in the order of the calendar."""
    found = calendar("DTSTART:20260401T000000Z", "DTSTART:20250101T000000Z", "DTSTART:20260331T000000Z")
    assert ["0", "2"] == [event.uid for event in Collection(30).taken(found, NOW)]


ALARM = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM"
NO_ALARM = "BEGIN:VALARM\nACTION:NONE\nTRIGGER;VALUE=DATE-TIME:19760401T005545Z\nEND:VALARM"


@pytest.mark.rule("Y3")
@pytest.mark.parametrize(
    ("more", "expected"), [("", 15), (f"\n{ALARM}", None), (f"\n{NO_ALARM}", None), ("\nDESCRIPTION:BEGIN:VALARM", 15)]
)
def test_default_reminder(more, expected):
    """Y3: the default reminder is for events without their own; an event that says it has none has said so."""
    event = calendar("DTSTART:20260401T090000Z" + more).events[0]
    assert expected == Collection(default_reminder=15).reminder(event)
    assert Collection().reminder(event) is None


@pytest.mark.rule("Y3")
def test_a_reminder_at_the_start():
    """Y3: a default of no minutes is a reminder, at the start; it is not the same as none."""
    assert 0 == Collection(default_reminder=0).reminder(calendar("DTSTART:20260401T090000Z").events[0])


@pytest.mark.rule("Y4")
@pytest.mark.parametrize("level", Level)
def test_forced_read_only(level):
    """Y4: in a collection that is forced read-only nobody edits, and nobody sees less than before; per collection."""
    assert (Level.DETAILS if level is Level.EDIT else level) is Collection(read_only=True).capped(level)
    assert level is Collection(read_only=False).capped(level)


@pytest.mark.parametrize(
    "settings", [{"past_days": -1}, {"past_days": True}, {"past_days": 1.5}, {"default_reminder": 10**6}]
)
def test_settings_that_are_none(settings):
    """Settings that mean nothing are refused with the numbers that do."""
    with pytest.raises(InvalidValue, match=r"give a whole number from 0 to \d+, or None"):
        Collection(**settings)


def test_a_window_is_a_timedelta_back():
    """The window goes back in elapsed time, also over a change of clocks."""
    zurich = ZoneInfo("Europe/Zurich")
    now = datetime(2026, 3, 29, 12, tzinfo=zurich)
    edge = (now.astimezone(UTC) - timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    assert taken(f"DTSTART:{edge}", 1, now)
