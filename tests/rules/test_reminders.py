"""Reminders: channels and where each goes, time and channel edited, defaults, none for events of a group."""

from datetime import UTC, datetime, timedelta

import pytest

from schedcore import Calendar, Duration
from schedcore.errors import CalendarError, InvalidValue, NotAllowed
from schedcore.meetings import Channel
from schedcore.policy import Collection, ExternalCalendar, GroupCalendar, PersonalCalendar
from schedcore.reminders import Alarm, Profile, Watched, alarms_of, due, next_due, with_alarms

NINE = datetime(2026, 3, 31, 9, tzinfo=UTC)
DAY = NINE - timedelta(hours=9), NINE + timedelta(hours=15)
ANNA = Profile(
    "anna", default_address="Anna@Example.com", login_address="login@example.com", phone="+41 44 668 18 00"
)
NOTHING = "BEGIN:VALARM\nACTION:NONE\nTRIGGER;VALUE=DATE-TIME:19760401T005545Z\nEND:VALARM"


def event(*more: str) -> Calendar:
    """A calendar of one event at nine."""
    return Calendar.from_ical("\n".join(["BEGIN:VEVENT", "UID:1", "DTSTART:20260331T090000Z", *more, "END:VEVENT"]))


def alarm(action: str, trigger: str = "-PT10M", *more: str) -> str:
    """A VALARM."""
    return "\n".join(["BEGIN:VALARM", f"ACTION:{action}", f"TRIGGER:{trigger}", *more, "END:VALARM"])


def told(calendar: object, profile: Profile = ANNA, **settings: object) -> list[tuple[int, str, str | None]]:
    """What is due on that day: minutes before nine, channel, and where it goes."""
    found = due([Watched("one", calendar, profile, **settings)], *DAY)
    return [(int((NINE - one.at).total_seconds() // 60), one.channel.value, one.to) for one in found]


@pytest.mark.rule("D1")
@pytest.mark.parametrize(
    ("action", "channel", "to"),
    [
        ("EMAIL", "mail", "anna@example.com"),
        ("X-SMS", "sms", "+41 44 668 18 00"),
        ("DISPLAY", "pop-up", "anna"),
        ("AUDIO", "pop-up", "anna"),
    ],
)
def test_channels(action, channel, to):
    """D1: a reminder goes by e-mail to the default address, by SMS to the phone of the profile, or pops up."""
    assert [(10, channel, to)] == told(event(alarm(action)))


@pytest.mark.rule("D1")
def test_what_is_no_channel_of_a_reminder():
    """D1: there are no other channels: what happens within the product is none, nor is a word that nobody knows."""
    for channel in (Channel.INTERNAL, "fax"):
        with pytest.raises(InvalidValue, match="is no channel of a reminder: give one of chat, mail, pop-up, sms"):
            Alarm(channel=channel)
    assert [] == told(event(alarm("PROCEDURE")))


@pytest.mark.rule("D2")
def test_mail_goes_to_the_default_address():
    """D2: to the default address, not to that of the login, and to nobody that a file names."""
    imported = event(alarm("EMAIL", "-PT10M", "ATTENDEE:mailto:stranger@example.com"))
    assert [(10, "mail", "anna@example.com")] == told(imported)
    assert [(10, "mail", None)] == told(imported, Profile("anna", login_address="login@example.com"))


@pytest.mark.rule("D3")
def test_sms_goes_to_the_number_of_the_profile():
    """D3: without a number it is due and goes nowhere: nothing else is put in its place."""
    assert [(10, "sms", "+41 44 668 18 00")] == told(event(alarm("X-SMS")))
    assert [(10, "sms", None)] == told(event(alarm("X-SMS")), Profile("anna", default_address="anna@example.com"))


@pytest.mark.rule("D4")
def test_time_and_channel_are_edited():
    """D4: another time and another channel take the place of what there was, however often."""
    found = event(alarm("DISPLAY"))
    found = with_alarms(found, found.events[0], [Alarm.before(30, Channel.SMS)])
    assert [(30, "sms", "+41 44 668 18 00")] == told(found)
    found = with_alarms(found, found.events[0], [Alarm.before(5), Alarm(Duration(days=-1), Channel.POP_UP)])
    assert [(5, "pop-up", "anna")] == told(found)
    found = with_alarms(found, found.events[0], [Alarm.before(0, Channel.MAIL)], address="anna@example.com")
    assert [(0, "mail", "anna@example.com")] == told(found)


@pytest.mark.rule("D4")
def test_none_cancels():
    """D4: None cancels, also where the calendar has a default; taking the word back lets the default count again."""
    found = event(alarm("DISPLAY"))
    cancelled = with_alarms(found, found.events[0], None)
    assert [] == told(cancelled, defaults=[Alarm.before(15)])
    again = with_alarms(cancelled, cancelled.events[0], [])
    assert [(15, "pop-up", "anna")] == told(again, defaults=[Alarm.before(15)])


@pytest.mark.rule("D4")
def test_one_instance_is_edited():
    """D4: an override has reminders of its own, and the other instances keep theirs."""
    text = """\
BEGIN:VEVENT
UID:1
DTSTART:20260330T090000Z
RRULE:FREQ=DAILY
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT10M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID:20260331T090000Z
DTSTART:20260331T090000Z
END:VEVENT"""
    found = Calendar.from_ical(text)
    assert [] == told(found)  # an override without alarms has none
    override = next(one.event for one in found.events[0].series.overrides)
    found = with_alarms(found, override, [Alarm.before(30)])
    assert [(30, "pop-up", "anna")] == told(found)
    tuesday = datetime(2026, 3, 31, 8, 30, tzinfo=UTC)
    assert tuesday + timedelta(days=1, minutes=20) == next_due([Watched("one", found, ANNA)], tuesday)


@pytest.mark.rule("D4")
def test_edits_that_cannot_be():
    """D4: mail is written with an address, and an event of another calendar is not edited."""
    found = event()
    with pytest.raises(CalendarError, match="give address="):
        with_alarms(found, found.events[0], [Alarm.before(5, Channel.MAIL)])
    with pytest.raises(InvalidValue, match="is not of this calendar"):
        with_alarms(found, event("SUMMARY:Other").events[0], [])


@pytest.mark.rule("G8")
def test_none_for_events_of_a_group():
    """G8: events of a group have no reminders: neither their own alarms nor defaults remind."""
    group = GroupCalendar("sales", event(alarm("DISPLAY")))
    assert [] == told(group, defaults=[Alarm.before(15)])
    assert None is next_due([Watched("one", group, ANNA, defaults=[Alarm.before(15)])], DAY[0])


@pytest.mark.rule("Y3")
@pytest.mark.parametrize(
    ("body", "minutes"), [((), [15]), ((alarm("DISPLAY"),), [10]), ((NOTHING,), []), (("DESCRIPTION:VALARM",), [15])]
)
def test_default_reminder_where_there_is_none(body, minutes):
    """Y3: a default reminds of events without a word of their own, as the collection says how long before."""
    its = event(*body)
    setting = Collection(default_reminder=15).reminder(its.events[0])
    assert minutes == [before for before, _, _ in told(its, defaults=[Alarm.before(15)])]
    assert (setting is not None) == (minutes == [15])


def test_on_and_off():
    """Reminders are switched for each calendar, defaults with them."""
    calendars = [Watched(key, event(alarm("DISPLAY")), ANNA, on=key == "on") for key in ("on", "off")]
    assert ["on"] == [one.calendar for one in due(calendars, *DAY)]


def test_whose_calendar_it_is():
    """A person's calendar reminds its owner alone, an external one its subscriber: an event holds more than rights."""
    ben = Profile("ben")
    for calendar in (PersonalCalendar("anna", event()), ExternalCalendar("anna", event())):
        assert Watched("one", calendar, ANNA).reminds
        with pytest.raises(NotAllowed, match="belongs to 'anna', and reminds nobody else"):
            Watched("one", calendar, ben)


def test_alarms_are_read_again():
    """What is written of an alarm is read as the same, by this library and by icalendar."""
    alarms = (
        Alarm(Duration(days=-1, seconds=-3600), Channel.SMS, related="END", repeat=3, every=Duration(seconds=300)),
        Alarm(NINE, text="Bring; cake,\nand \\ candles", uid="a1", acknowledged=NINE),
        Alarm.before(5, Channel.CHAT, "Team; one, two"),
        Alarm(NINE, snoozes="a1"),
        Alarm(Duration(seconds=-86_400), Channel.MAIL, text=""),
    )
    found = event()
    edited = with_alarms(found, found.events[0], alarms, address="anna@example.com")
    assert alarms[:2] == alarms_of(edited.events[0]).alarms[:2]
    for expected, actual in zip(alarms[2:], alarms_of(edited.events[0]).alarms[2:], strict=True):
        for name in ("trigger", "channel", "related", "hook", "snoozes"):
            assert getattr(expected, name) == getattr(actual, name)
    assert () == alarms_of(edited.events[0]).problems
    theirs = edited.events[0].component.walk("VALARM")
    assert [timedelta(days=-1, hours=-1), NINE, timedelta(minutes=-5), NINE, timedelta(days=-1)] == [
        one.TRIGGER for one in theirs
    ]
    assert (3, timedelta(minutes=5), "END", NINE) == (
        theirs[0].REPEAT,
        theirs[0].DURATION,
        theirs[0].TRIGGER_RELATED,
        theirs[1].ACKNOWLEDGED,
    )
