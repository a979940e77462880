"""Feeds: four windows from today on, and calendars as read-only iCalendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar
from schedcore.errors import CalendarError, InvalidValue
from schedcore.policy import PUBLIC, Directory, Group, GroupCalendar, Person, PersonalCalendar, Publication
from schedcore.views import Dates, Feed, feed_dates, to_ical, view

TEAM = Directory([Person("anna"), Person("ben")], [Group("team", ["anna", "ben"])])
SECRET = "Secret plan; über 100%, \\ and more"
CALENDAR = Calendar.from_ical(
    "BEGIN:VCALENDAR\n"
    "BEGIN:VEVENT\nUID:plan@example.com\nSUMMARY:Secret plan\\; über 100%\\, \\\\ and more\nLOCATION:Vault\n"
    "DESCRIPTION:first\\nsecond\nDTSTART;TZID=Europe/Zurich:20260327T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\n"
    "TRANSP:OPAQUE\nATTENDEE:mailto:eve@example.com\nX-NOTE:hidden\nEND:VEVENT\n"
    "BEGIN:VEVENT\nUID:fair@example.com\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20260330\nDTEND;VALUE=DATE:20260401\n"
    "TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\nEND:VEVENT\n"
    "BEGIN:VEVENT\nUID:walk@example.com\nSUMMARY:Walk\n"
    "DTSTART:20260330T180000\nSTATUS:TENTATIVE\nDURATION:PT2H\nEND:VEVENT\n"
    "BEGIN:VEVENT\nUID:gift@example.com\nSUMMARY:Gift\n"
    "CLASS:PRIVATE\nDTSTART:20260331T100000Z\nDURATION:PT1H\nEND:VEVENT\n"
    "END:VCALENDAR\n"
)  # fmt: skip


@pytest.mark.rule("F1")
@pytest.mark.parametrize(
    ("feed", "first", "last"),
    [
        (Feed.TODAY, date(2026, 3, 31), date(2026, 3, 31)),
        (Feed.WEEK, date(2026, 3, 30), date(2026, 4, 5)),
        (Feed.MONTH, date(2026, 3, 1), date(2026, 3, 31)),
        (Feed.THIRTY_DAYS, date(2026, 3, 31), date(2026, 4, 29)),
    ],
)
def test_four_windows(feed, first, last):
    """F1: 4 RSS windows: today, week, month, 30 days from today, which is a day of the reader's zone."""
    now = datetime(2026, 3, 30, 23, tzinfo=UTC)  # in Zürich it is the 31st already
    assert Dates(first, last) == feed_dates(feed, now, "Europe/Zurich")
    assert 4 == len(Feed)
    assert Dates(first, last) == feed_dates(str(feed), now, "Europe/Zurich")


@pytest.mark.rule("F1")
@given(
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Zurich"]),
    st.sampled_from(Feed),
    st.sampled_from(["MO", "SU"]),
)
def test_windows_hold_today(now, tz, feed, wkst):
    """F1: each window holds today; the 30 days begin with it and are 30, but at the end of the calendar."""
    now = now.replace(tzinfo=UTC)
    today = now.astimezone(ZoneInfo(tz)).date()
    found = feed_dates(feed, now, tz, wkst)
    assert today in found
    if feed is Feed.THIRTY_DAYS:
        assert today == found.first
        assert min(30, (date.max - today).days + 1) == len(list(found))
    if feed is Feed.MONTH:
        assert {(today.year, today.month)} == {(one.year, one.month) for one in found}
        assert 1 == found.first.day
        assert found.last == date.max or (found.last + timedelta(days=1)).day == 1


@pytest.mark.rule("F1")
def test_a_feed_is_read_at_some_time():
    """F1: a feed needs to know when it is read, and is one of four."""
    with pytest.raises(InvalidValue, match="has no zone"):
        feed_dates(Feed.TODAY, datetime(2026, 3, 30), "UTC")
    with pytest.raises(InvalidValue, match="'year' is no feed: give one of today, week, month, 30 days"):
        feed_dates("year", datetime(2026, 3, 30, tzinfo=UTC), "UTC")


def seen(viewer: object, calendar: object, tz: str = "Europe/Zurich"):
    """What somebody sees in a week."""
    return view("week", date(2026, 3, 30), viewer=viewer, calendars={"it": calendar}, directory=TEAM, tz=tz)


@pytest.mark.rule("F3", "I2")
@pytest.mark.parametrize("calendar", [PersonalCalendar("anna", CALENDAR), GroupCalendar("team", CALENDAR)])
def test_a_private_and_a_group_calendar(calendar):
    """F3, I2: a private or a group calendar, and a view, as ICS: it reads as what is shown, and asks for no answers."""
    shown = seen("anna", calendar)
    text = to_ical(shown, name="Anna's; week")
    again = Calendar.from_ical(text)
    assert b"METHOD:PUBLISH\r\n" in text
    assert b"RRULE" not in text and b"ATTENDEE" not in text and b"X-NOTE" not in text
    assert ([], "Anna's\\; week") == (again.problems, again.name)
    expected = sorted(
        (str(entry.item.uid), str(entry.start), str(entry.end), entry.item.summary) for entry in shown.entries
    )
    zone = ZoneInfo("Europe/Zurich")

    def local(value: date) -> date:
        return value.astimezone(zone) if isinstance(value, datetime) and value.tzinfo else value

    found = again.overlapping(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC), tz="Europe/Zurich")
    assert expected == sorted((one.uid, str(local(one.start)), str(local(one.end)), one.event.summary) for one in found)
    assert SECRET in {one.event.summary for one in found}
    assert {"OOF", "BUSY", "TENTATIVE"} == {one.event.busystatus for one in found}


@pytest.mark.rule("F3")
@pytest.mark.parametrize(
    ("viewer", "publication", "there", "missing"),
    [
        ("anna", Publication.OFF, ["Secret", "Vault", "Gift"], []),
        ("ben", Publication.OFF, ["OPAQUE"], ["Secret", "Vault", "Gift", "plan@", "Fair", "CLASS"]),
        (PUBLIC, Publication.BUSY_FREE, ["DTSTART"], ["Secret", "Gift", "plan@", "OOF", "STATUS", "OPAQUE"]),
        (PUBLIC, Publication.DETAILS, ["Secret", "first"], ["Vault", "Gift", "plan@", "OOF", "eve"]),
        (PUBLIC, Publication.OFF, [], ["DTSTART", "VEVENT"]),
    ],
)
def test_a_feed_holds_what_its_reader_may_know(viewer, publication, there, missing):
    """F3: a feed is made of what policy lets its reader know, and of nothing else."""
    text = to_ical(seen(viewer, PersonalCalendar("anna", CALENDAR, publication=publication))).decode()
    assert [] == [word for word in there if word not in text]
    assert [] == [word for word in missing if word in text]


@pytest.mark.rule("F3")
def test_what_has_no_uid_gets_the_same_each_time():
    """F3: of taken time the UIDs are made from it, so that reading a feed again doubles nothing; equal ones are two."""
    shown = seen("ben", PersonalCalendar("anna", CALENDAR))
    texts = {to_ical(shown) for _ in range(3)}
    assert 1 == len(texts)
    uids = [event.uid for event in Calendar.from_ical(texts.pop()).events]
    assert len(uids) == len(set(uids)) == len(shown.entries)
    twice = Calendar.from_ical(to_ical([*shown.entries, *shown.entries])).events
    assert 2 * len(uids) == len({event.uid for event in twice})


@pytest.mark.rule("F3")
def test_the_time_of_writing():
    """F3: the stamp is the caller's, and needs a zone."""
    shown = seen("anna", PersonalCalendar("anna", CALENDAR))
    assert b"DTSTAMP:20260330T100000Z" in to_ical(shown, now=datetime(2026, 3, 30, 10, tzinfo=UTC))
    with pytest.raises(CalendarError, match="has no zone"):
        to_ical(shown, now=datetime(2026, 3, 30))
