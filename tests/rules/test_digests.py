"""The SMS agenda and the daily digest: settings, when they are sent, and what is in them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from schedcore import Calendar
from schedcore.errors import CalendarError, InvalidValue, LimitExceeded
from schedcore.freebusy import Unreadable
from schedcore.meetings import Channel
from schedcore.policy import GroupCalendar, PersonalCalendar
from schedcore.reminders import (
    Content,
    Digest,
    Profile,
    Watched,
    daily_digest,
    day_digest,
    next_sending,
    send_now,
    sendings,
    sms_agenda,
)

ANNA = Profile("anna", default_address="default@example.com", login_address="login@example.com", phone="+41 44 668 18")
ZONE = "Europe/Zurich"
WEEK = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)

TEXT = """\
BEGIN:VCALENDAR
X-WR-TIMEZONE:Europe/Zurich
BEGIN:VEVENT
UID:lunch
SUMMARY:Lunch\\, long
LOCATION:Bellevue
DTSTART;TZID=Europe/Zurich:20260302T120000
DURATION:PT2H
END:VEVENT
BEGIN:VEVENT
UID:fair
SUMMARY:Fair
DTSTART;VALUE=DATE:20260301
DTEND;VALUE=DATE:20260304
END:VEVENT
BEGIN:VEVENT
UID:standup
SUMMARY:Stand-up
DTSTART;TZID=Europe/Zurich:20200106T091500
DURATION:PT15M
RRULE:FREQ=WEEKLY
CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://video.example.com/standup
END:VEVENT
BEGIN:VEVENT
UID:off
SUMMARY:Off
STATUS:CANCELLED
DTSTART;TZID=Europe/Zurich:20260302T150000
END:VEVENT
END:VCALENDAR
"""


def watched(text: str = TEXT, key: str = "anna") -> Watched:
    """Anna's calendar."""
    return Watched(key, Calendar.from_ical(text), ANNA)


def summaries(digest: Digest, day: date, its: Watched | None = None) -> list[str] | None:
    """What a digest has of a day; None where it is not sent."""
    found = day_digest(digest, its or watched(), day, ZONE)
    return None if found is None else [item.summary for item in found.items]


def clock(digest: Digest, days: int = 7) -> list[str]:
    """When it is sent in a week from Monday the second of March, and about which day."""
    found = sendings(digest, MONDAY, MONDAY + timedelta(days=days), "UTC")
    return [f"{one.at:%a %H:%M} about {one.day:%a}" for one in found]


@pytest.mark.rule("D5")
def test_sms_agenda_weekdays_and_content():
    """D5: weekdays are chosen, and whether it is about the same day or the next one; SMS to the phone."""
    assert ["Mon 06:00 about Mon", "Fri 06:00 about Fri"] == clock(sms_agenda(["fr", "MO"]))
    assert ["Sun 18:00 about Mon"] == clock(sms_agenda(["SU"], Content.NEXT_DAY))
    assert ["Sun 21:30 about Mon"] == clock(sms_agenda(["SU"], "next day", time(21, 30)))
    found = day_digest(sms_agenda(WEEK), watched(), date(2026, 3, 2), ZONE)
    assert ((Channel.SMS, "+41 44 668 18"),) == found.to
    with pytest.raises(InvalidValue, match="'MOO' is no weekday"):
        sms_agenda(["MOO"])


@pytest.mark.rule("D6")
def test_nothing_is_sent_of_an_empty_day():
    """D6: an SMS agenda of a day without events is not sent; the mail of a daily digest is."""
    assert None is summaries(sms_agenda(WEEK), date(2026, 3, 5))
    assert [] == summaries(daily_digest(WEEK), date(2026, 3, 5))


@pytest.mark.rule("D7")
def test_send_now_has_the_same_content():
    """D7: "send now" is about the day that the setting says, by the owner's clock; an empty one sends nothing."""
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # Monday in Zürich already
    same, following = sms_agenda([], Content.SAME_DAY), sms_agenda([], Content.NEXT_DAY)
    assert date(2026, 3, 2) == send_now(same, watched(), late, ZONE).day
    assert date(2026, 3, 1) == send_now(same, watched(), late, "UTC").day
    assert date(2026, 3, 3) == send_now(following, watched(), late, ZONE).day
    assert None is send_now(same, watched(), late + timedelta(days=3), ZONE)
    expected = day_digest(same, watched(), date(2026, 3, 2), ZONE)
    assert [item.summary for item in expected.items] == [
        item.summary for item in send_now(same, watched(), late, ZONE).items
    ]


@pytest.mark.rule("D8")
def test_all_days_off_is_cancelled():
    """D8: without a weekday it is off: it is never sent, and can still be sent now."""
    assert not sms_agenda([]).is_on
    assert [] == clock(sms_agenda([]))
    assert None is next_sending(sms_agenda([]), MONDAY, ZONE)
    assert send_now(sms_agenda([]), watched(), MONDAY, ZONE).items


@pytest.mark.rule("K1")
def test_off_by_default():
    """K1: nobody gets a daily digest who has not chosen days for it."""
    for digest in (Digest(), daily_digest()):
        assert not digest.is_on
        assert None is next_sending(digest, MONDAY, ZONE)


@pytest.mark.rule("K2")
def test_per_calendar():
    """K2: a digest is one calendar's: each has its own settings, and only its own events in it."""
    other = watched("BEGIN:VEVENT\nSUMMARY:Call\nDTSTART:20260302T100000Z\nEND:VEVENT", "work")
    group = Watched("sales", GroupCalendar("sales", Calendar.from_ical(TEXT)), ANNA)
    settings = {"anna": daily_digest(["MO"]), "work": daily_digest(["TU"]), "sales": daily_digest()}
    assert [True, True, False] == [settings[its.key].is_on for its in (watched(), other, group)]
    assert ["Call"] == summaries(settings["work"], date(2026, 3, 2), other)
    assert ["Fair", "Stand-up", "Lunch, long"] == summaries(settings["anna"], date(2026, 3, 2))
    assert "work" == day_digest(settings["work"], other, date(2026, 3, 2), ZONE).calendar


@pytest.mark.rule("K3")
@pytest.mark.parametrize("channels", [["mail"], ["chat"], ["mail", "chat"], ["chat", "mail"]])
def test_channels(channels):
    """K3: by mail, by chat or by both, each once; not by SMS, and not by none."""
    found = day_digest(daily_digest(WEEK, channels), watched(), date(2026, 3, 2), ZONE)
    assert sorted(channels, reverse=True) == [notice.channel.value for notice in found.notices()]
    for wrong in (["sms"], [], ["internal"], ["fax"]):
        with pytest.raises(InvalidValue):
            daily_digest(WEEK, wrong)


@pytest.mark.rule("K4")
def test_evening_before_or_early_same_day():
    """K4: at 18:00 the evening before or at 6:00 of the day, by the owner's clock; both times can be set."""
    assert ["Mon 18:00 about Tue"] == clock(daily_digest(["MO"]))
    assert ["Mon 06:00 about Mon"] == clock(daily_digest(["MO"], content="same day"))
    assert ["Mon 07:45 about Mon"] == clock(daily_digest(["MO"], content="same day", at=time(7, 45)))
    assert ["Mon 20:15 about Tue"] == clock(daily_digest(["MO"], at=time(20, 15)))
    with pytest.raises(InvalidValue, match="whole minutes"):
        daily_digest(WEEK, at=time(6, 0, 1))


@pytest.mark.rule("K4")
@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (time(6), ["2026-03-28T05:00", "2026-03-29T04:00", "2026-03-30T04:00"]),
        (time(2, 30), ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),  # 2:30 is shown as 3:30
    ],
)
def test_the_owners_clock_over_a_change(at, sent):
    """K4: 6:00 is 6:00 on the wall before and after the clocks change; what they jump over moves by the jump."""
    digest = daily_digest(WEEK, content=Content.SAME_DAY, at=at)
    start = datetime(2026, 3, 27, 23, tzinfo=UTC)
    found = sendings(digest, start, start + timedelta(days=2, hours=23), ZONE)
    assert sent == [one.at.isoformat()[:16] for one in found]
    walked, after = [], start - timedelta(seconds=1)
    while (step := next_sending(digest, after, ZONE)) and step.at < start + timedelta(days=2, hours=23):
        walked.append(step)
        after = step.at
    assert found == walked


@pytest.mark.rule("K4")
def test_a_time_that_comes_twice():
    """K4: 2:30 on the day that has it twice is sent once, at the first."""
    digest = daily_digest(WEEK, content=Content.SAME_DAY, at=time(2, 30))
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    [one] = sendings(digest, start, start + timedelta(hours=25), ZONE)
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == one.at


@pytest.mark.rule("K5")
def test_recurring_events_are_a_choice():
    """K5: with or without what recurs; an override of an instance recurs, and stays out with the rest."""
    assert ["Fair", "Stand-up", "Lunch, long"] == summaries(daily_digest(WEEK), date(2026, 3, 2))
    assert ["Fair", "Lunch, long"] == summaries(daily_digest(WEEK, recurring=False), date(2026, 3, 2))
    moved = TEXT.replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\nUID:standup\nSUMMARY:Moved\nRECURRENCE-ID;TZID=Europe/Zurich:20260302T091500\n"
        "DTSTART;TZID=Europe/Zurich:20260302T170000\nEND:VEVENT\nEND:VCALENDAR",
    )
    assert ["Fair", "Lunch, long", "Moved"] == summaries(daily_digest(WEEK), date(2026, 3, 2), watched(moved))
    without = daily_digest(WEEK, recurring=False)
    assert ["Fair", "Lunch, long"] == summaries(without, date(2026, 3, 2), watched(moved))


@pytest.mark.rule("K6")
def test_weekday_mask():
    """K6: the days are those on which it is sent; what it shows follows from evening before or same day."""
    assert ["Sun 18:00 about Mon"] == clock(daily_digest(["SU"], content=Content.NEXT_DAY))
    assert ["Sun 06:00 about Sun"] == clock(daily_digest(["SU"], content=Content.SAME_DAY))
    assert [f"{day} 18:00" for day in ("Mon", "Wed", "Fri")] == [
        text[:9] for text in clock(daily_digest(["FR", "WE", "MO"]))
    ]


@pytest.mark.rule("K7")
def test_content():
    """K7: all the day's events in order, whole days first, with times, location and the link of a video call."""
    found = day_digest(daily_digest(WEEK), watched(), date(2026, 3, 2), ZONE)
    assert [
        ("Fair", "2026-03-01", "2026-03-04", None, None),
        ("Stand-up", "2026-03-02T09:15:00+01:00", "2026-03-02T09:30:00+01:00", None, "https://video.example.com/standup"),
        ("Lunch, long", "2026-03-02T12:00:00+01:00", "2026-03-02T14:00:00+01:00", "Bellevue", None),
    ] == [
        (item.summary, item.start.isoformat(), item.end.isoformat(), item.location, item.link) for item in found.items
    ]


@pytest.mark.rule("K7")
@pytest.mark.parametrize(
    ("lines", "link"),
    [
        (["CONFERENCE;VALUE=URI:https://a.example.com/1"], "https://a.example.com/1"),
        (["X-GOOGLE-CONFERENCE:https://meet.example.com/x"], "https://meet.example.com/x"),
        (["X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.example.com/x"], "https://teams.example.com/x"),
        (["CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+41"], None),
        (["CONFERENCE;VALUE=URI;FEATURE=VIDEO:javascript:alert(1)"], None),
        (["URL:https://example.com/agenda"], None),
        (
            ["CONFERENCE;FEATURE=CHAT:https://a.example.com/c", "CONFERENCE;FEATURE=VIDEO:https://a.example.com/v"],
            "https://a.example.com/v",
        ),
    ],
)
def test_video_link(lines, link):
    """K7: the link of a video call by the standard's property or those that programs write, and only of the web."""
    text = "\n".join(["BEGIN:VEVENT", "DTSTART:20260302T100000Z", *lines, "END:VEVENT"])
    [item] = day_digest(daily_digest(WEEK), watched(text), date(2026, 3, 2), ZONE).items
    assert link == item.link


@pytest.mark.rule("K7")
def test_a_day_is_from_midnight_to_midnight():
    """K7: a day is that of the zone, 23 hours or 25 where its clocks change, and has what reaches into it."""
    text = "\n".join(
        line
        for name, start in (("before", "20261024T215900Z"), ("first", "20261024T220000Z"), ("last", "20261025T225959Z"),
                            ("after", "20261025T230000Z"))
        for line in ("BEGIN:VEVENT", f"SUMMARY:{name}", f"DTSTART:{start}", "END:VEVENT")
    )  # fmt: skip
    assert ["first", "last"] == summaries(daily_digest(WEEK), date(2026, 10, 25), watched(text))
    night = "BEGIN:VEVENT\nSUMMARY:Night\nDTSTART:20260301T220000Z\nDURATION:PT8H\nEND:VEVENT"
    assert ["Night"] == summaries(daily_digest(WEEK), date(2026, 3, 2), watched(night))


@pytest.mark.rule("K7")
def test_a_series_that_is_capped():
    """K7: what was made here without an end has twenty instances, in a digest as in a view."""
    text = "BEGIN:VEVENT\nUID:daily\nSUMMARY:Daily\nDTSTART:20260302T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT"
    native = Watched("anna", PersonalCalendar("anna", Calendar.from_ical(text), native=["daily"]), ANNA)
    assert ["Daily"] == summaries(daily_digest(WEEK), date(2026, 3, 21), native)
    assert [] == summaries(daily_digest(WEEK), date(2026, 3, 22), native)


@pytest.mark.rule("K8")
def test_mail_goes_to_the_login_address():
    """K8: the mail of a digest goes to the login address, not to the default one of reminders."""
    found = day_digest(daily_digest(WEEK, ["mail", "chat"]), watched(), date(2026, 3, 2), ZONE)
    assert ((Channel.MAIL, "login@example.com"), (Channel.CHAT, "anna")) == found.to


def test_a_calendar_that_cannot_be_read():
    """It has no digest that says that nothing is on: the error tells why."""
    failed = Watched("anna", PersonalCalendar("anna", Unreadable("the disk is gone")), ANNA)
    with pytest.raises(CalendarError, match="'anna' has no digest: the disk is gone"):
        day_digest(daily_digest(WEEK), failed, date(2026, 3, 2), ZONE)


def test_the_ends_of_the_calendar():
    """At the last day of 9999 there is no next one, and in the first days nothing fails."""
    end = datetime(9999, 12, 31, 12, tzinfo=UTC)
    assert None is next_sending(daily_digest(WEEK), end, "UTC")
    assert date(9999, 12, 31) == next_sending(daily_digest(WEEK), end - timedelta(hours=20), "UTC").day
    assert date(1, 1, 2) == next_sending(daily_digest(WEEK), datetime(1, 1, 1, 12, tzinfo=UTC), "UTC").day
    with pytest.raises(InvalidValue, match="there is no next one"):
        send_now(daily_digest(), watched(), end, "UTC")
    with pytest.raises(LimitExceeded, match="max_days"):
        sendings(daily_digest(WEEK), MONDAY, end, "UTC")
