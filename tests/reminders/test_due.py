"""What is due: against walking minute by minute over changes of the clocks, and the cases that have a name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.due_twin import MINUTE, alarm_lines, by_minutes, rings, text
from schedcore import Calendar, Duration
from schedcore.errors import InvalidValue
from schedcore.freebusy import Unreadable
from schedcore.policy import Caps, PersonalCalendar
from schedcore.reminders import Alarm, Profile, Reminders, Watched, alarms_of, due, next_due, with_alarms

ANNA = Profile("anna", default_address="anna@example.com", login_address="login@example.com", phone="+41 79 123")
ZURICH = ZoneInfo("Europe/Zurich")

#: Zones with a day on which their clocks change: by an hour, by half an hour, over midnight, and not at all.
CHANGES = [
    ("Europe/Zurich", date(2026, 3, 29)),
    ("Europe/Zurich", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
]


@st.composite
def drawn_alarms(draw, changed: date) -> list[dict]:
    """A few alarms: on either side of start or end, in days and in time, some repeated, some acknowledged."""
    found = []
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        sign = draw(st.sampled_from([-1, 1]))
        trigger = Duration(
            sign * draw(st.sampled_from([0, 0, 1, 2, 7])), sign * 60 * draw(st.sampled_from([0, 15, 90, 1440]))
        )
        repeat = draw(st.sampled_from([0, 0, 1, 3]))
        every = draw(st.sampled_from([Duration(seconds=600), Duration(seconds=86_400), Duration(days=1)]))
        seen = draw(st.sampled_from([None, None, datetime(changed.year, changed.month, changed.day, 9, tzinfo=UTC)]))
        related = draw(st.sampled_from(["START", "END"]))
        found.append(
            {"trigger": trigger, "related": related, "repeat": repeat, "every": every, "acknowledged": seen}
        )
    return found


@st.composite
def worlds(draw):
    """A zone, a day of change, and an event with overrides and alarms around it."""
    key, changed = draw(st.sampled_from(CHANGES))
    zone = ZoneInfo(key)
    kind = draw(st.sampled_from(["zoned", "zoned", "floating", "date"]))
    first = changed - timedelta(days=draw(st.sampled_from([0, 1, 3, 7, 10 * 365])))
    start: date = first
    if kind != "date":
        clock = timedelta(minutes=30 * draw(st.integers(0, 47)))
        start = datetime(first.year, first.month, first.day, tzinfo=zone if kind == "zoned" else None) + clock
    rule = draw(st.sampled_from(["FREQ=DAILY", "FREQ=DAILY", "FREQ=DAILY", None, "FREQ=WEEKLY", "FREQ=DAILY;COUNT=9"]))
    lengths = ["P1D", "P3D"] if kind == "date" else ["PT0S", "PT1H", "P1D", "PT24H", "PT30H"]
    length = draw(st.sampled_from(lengths))
    alarms = {"master": draw(drawn_alarms(changed))}
    head = ["UID:1", f"DURATION:{length}"]
    events = [[*head, "SUMMARY:master", f"DTSTART{text(start)}", *([f"RRULE:{rule}"] if rule else [])]]
    taken = set()
    for number in range(draw(st.sampled_from([1, 0, 2, 3])) if rule == "FREQ=DAILY" else 0):
        day = (changed - first).days + draw(st.integers(-2, 2))
        if day < 0 or day in taken:
            continue
        taken.add(day)
        named = start + timedelta(days=day)
        how = draw(st.sampled_from(["onwards", "moved", "cancelled", "excluded", "onwards"]))
        if how == "excluded":
            events[0].append(f"EXDATE{text(named)}")
            continue
        onwards = ";RANGE=THISANDFUTURE" if how == "onwards" else ""
        own = ["UID:1", f"RECURRENCE-ID{onwards}{text(named)}"]
        if how == "cancelled":
            events.append([*own, "STATUS:CANCELLED"])
            continue
        step = timedelta(days=1) if kind == "date" else timedelta(hours=draw(st.integers(-3, 30)))
        summary = f"override {number}"
        alarms[summary] = draw(drawn_alarms(changed))
        its = [*own, f"SUMMARY:{summary}", f"DTSTART{text(named + step)}"]
        events.append([*its, f"DURATION:{draw(st.sampled_from(lengths))}"] if draw(st.booleans()) else its)
    lines = []
    for event in events:
        summary = next((line[8:] for line in event if line.startswith("SUMMARY:")), "")
        its = [line for alarm in alarms.get(summary, ()) for line in alarm_lines(alarm)]
        lines += ["BEGIN:VEVENT", *event, *its, "END:VEVENT"]
    calendar = Calendar.from_ical("\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]))
    begin = datetime(changed.year, changed.month, changed.day, tzinfo=UTC) - timedelta(hours=30)
    return calendar, alarms, zone, begin, begin + timedelta(days=3)


def shown(found):
    """What `due` says, as the twin does."""
    return [(one.at, one.uid, one.start, one.number) for one in found]


def sorted_rings(found):
    return sorted(map(tuple, found), key=lambda one: (one[0], str(one[2]), one[3]))


@given(worlds())
def test_due_is_what_a_walk_by_minutes_finds(world):
    """Due moments over a change of clocks: whole windows, minute by minute, and one after the other by `next_due`."""
    calendar, alarms, zone, begin, end = world
    expected = rings(calendar, alarms, begin, end, zone)
    watched = Watched("anna", calendar, ANNA, tz=zone.key)
    assert list(map(tuple, expected)) == sorted_rings(shown(due([watched], begin, end)))
    reminders = Reminders([watched])
    day = begin + timedelta(hours=30)
    for minute, its in by_minutes(expected, day - timedelta(hours=2), day + timedelta(hours=26)):
        assert list(map(tuple, its)) == sorted_rings(shown(reminders.due(minute, minute + MINUTE)))
    moments = sorted({ring.at for ring in expected})
    for moment in moments[:20]:  # a window that begins at the very moment has it, one that ends there has it not
        now = [ring for ring in expected if ring.at == moment]
        assert list(map(tuple, now)) == sorted_rings(shown(due([watched], moment, moment + timedelta(seconds=1))))
    at, found = begin - timedelta(seconds=1), []
    cold = Reminders([watched])
    while (at := cold.next_due(at)) is not None and at < end:
        found.append(at)
    assert moments == found


# --- cases with a name -----------------------------------------------------------------------------------------------


def event(*lines: str) -> list[str]:
    """The lines of an event, or of an override of it."""
    return ["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"]


def calendar(*lines: str) -> Calendar:
    """A calendar of one event."""
    return Calendar.from_ical("\n".join(event(*lines)))


def alarm(trigger: str, *more: str) -> str:
    """A VALARM with a TRIGGER line as given."""
    return "\n".join(["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER{trigger}", *more, "END:VALARM"])


def ask(its: Calendar, a: datetime, b: datetime, **settings: object) -> list[str]:
    """When something is due, as UTC."""
    return [one.at.strftime("%m-%d %H:%M") for one in due([Watched("anna", its, ANNA, **settings)], a, b)]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


MARCH = utc(2026, 3, 20), utc(2026, 4, 10)
SUNDAY = ("DTSTART;TZID=Europe/Zurich:20260329T120000", "DURATION:PT1H")


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (":-P1D", "03-28 11:00"),  # noon the day before, in winter time
        (":-PT24H", "03-28 10:00"),  # a day of elapsed time: eleven on that wall
        (":-P1DT1H", "03-28 10:00"),
        (":P1D", "03-30 10:00"),
        (";RELATED=END:-PT15M", "03-29 10:45"),
        (";RELATED=END:P1W", "04-05 11:00"),
        (":PT0S", "03-29 10:00"),
        (";VALUE=DATE-TIME:20260325T070000Z", "03-25 07:00"),
        (";VALUE=DURATION;RELATED=START:-PT5M", "03-29 09:55"),
    ],
)
def test_days_are_nominal_and_hours_exact(trigger, expected):
    """RFC 5545 3.3.6: days of a trigger keep the time on the clock over the change, hours are elapsed."""
    assert [expected] == ask(calendar(*SUNDAY, alarm(trigger)), *MARCH)


def test_whole_days_remind_in_the_zone_of_their_calendar():
    """A whole day begins at its midnight in the calendar's zone: hours of elapsed time behind it, or days before."""
    its = calendar("DTSTART;VALUE=DATE:20260329", alarm(":PT9H"), alarm(":-P1D"), alarm(";RELATED=END:PT0S"))
    assert ["03-27 23:00", "03-29 08:00", "03-29 22:00"] == ask(its, *MARCH, tz="Europe/Zurich")
    assert ["03-28 00:00", "03-29 09:00", "03-30 00:00"] == ask(its, *MARCH)


def test_repeats():
    """REPEAT comes with DURATION, counts what is more than the first, and each window has its own part of them."""
    its = calendar(*SUNDAY, alarm(":-PT15M", "REPEAT:2", "DURATION:PT5M"))
    assert ["03-29 09:45", "03-29 09:50", "03-29 09:55"] == ask(its, *MARCH)
    assert ["03-29 09:50"] == ask(its, utc(2026, 3, 29, 9, 46), utc(2026, 3, 29, 9, 55))
    assert [0, 1, 2] == [one.number for one in due([Watched("anna", its, ANNA)], *MARCH)]


@pytest.mark.parametrize(
    ("lines", "due_", "said"),
    [
        (["REPEAT:2"], 1, "without a count or a DURATION"),
        (["REPEAT:-1", "DURATION:PT5M"], 1, "without a count or a DURATION"),
        (["REPEAT:2", "DURATION:PT0S"], 1, "without a count or a DURATION"),
        (["REPEAT:2", "DURATION:-PT5M"], 1, "without a count or a DURATION"),
        (["REPEAT:999999999", "DURATION:PT1S"], 1001, "is over 1000: read as 1000"),
        (["REPEAT:99999999999999999999", "DURATION:PT1S"], 1, "without a count or a DURATION"),
        (["REPEAT:two", "DURATION:PT5M"], 1, "without a count or a DURATION"),
        (["REPEAT:1", "DURATION:soon"], 0, "'soon' cannot be read"),
    ],
)
def test_repeats_that_mean_nothing(lines, due_, said):
    """What cannot be repeated reminds once, and is told; so many repeats as no clock can ring are not tried."""
    its = calendar(*SUNDAY, alarm(":-PT15M", *lines))
    reminders = Reminders([Watched("anna", its, ANNA)])
    assert due_ == len(reminders.due(*MARCH))
    [problem] = reminders.problems["anna"]
    assert said in problem.reason


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("ACTION:DISPLAY", "TRIGGER is missing"),
        ("ACTION:DISPLAY\nTRIGGER:tomorrow", "'tomorrow' cannot be read"),
        ("ACTION:DISPLAY\nTRIGGER:-P99999999D", "is over"),
        ("ACTION:PROCEDURE\nTRIGGER:-PT5M", "ACTION='PROCEDURE': only DISPLAY"),
        ("ACTION:X-CHAT\nTRIGGER:-PT5M", "needs the name of a hook"),
        ("ACTION:DISPLAY\nTRIGGER;VALUE=DATE-TIME:20260325", "is a date: write an instant"),
        ("ACTION:DISPLAY\nTRIGGER;TZID=Nowhere/Land:20260325T100000", "'Nowhere/Land'"),
        ("ACTION:DISPLAY\nTRIGGER:-PT5M\nACKNOWLEDGED:yes", "is no date"),
    ],
)
def test_an_alarm_that_cannot_be_read_loses_no_other(body, said):
    """One bad alarm is named with its reason, and the good one beside it reminds."""
    its = calendar(*SUNDAY, f"BEGIN:VALARM\n{body}\nEND:VALARM", alarm(":-PT5M"))
    reminders = Reminders([Watched("anna", its, ANNA)])
    assert 1 == len(reminders.due(*MARCH))
    [problem] = reminders.problems["anna"]
    assert ("1", True) == (problem.uid, said in problem.reason)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ("TRIGGER:-PT5M", "03-29 09:55"),  # no ACTION
        ("ACTION:display\nTRIGGER:-PT5M", "03-29 09:55"),
        ("ACTION:DISPLAY\nTRIGGER;RELATED=MIDDLE:-PT5M", "03-29 09:55"),
        ("ACTION:DISPLAY\nTRIGGER:20260325T100000", "03-25 09:00"),  # not in UTC: in the event's zone
        ("ACTION:DISPLAY\nTRIGGER;TZID=Asia/Tokyo:20260325T100000", "03-25 01:00"),
        ("BEGIN:VLOCATION\nACTION:NONE\nEND:VLOCATION\nACTION:DISPLAY\nTRIGGER:-PT5M", "03-29 09:55"),
        ("ACTION:DISPLAY\nTRIGGER:-PT5M\nTRIGGER:-PT10M", "03-29 09:55"),
    ],
)
def test_what_programs_write(body, at):
    """What means one thing only is read as that."""
    assert [at] == ask(calendar(*SUNDAY, f"BEGIN:VALARM\n{body}\nEND:VALARM"), *MARCH)


def test_an_alarm_for_a_place_has_no_time():
    """RFC 9074 8: with PROXIMITY the TRIGGER means nothing; the event has said something of reminders all the same."""
    its = calendar(*SUNDAY, alarm(":-PT5M", "PROXIMITY:ARRIVE"))
    assert [] == ask(its, *MARCH, defaults=[Alarm.before(15)])


def test_acknowledged():
    """RFC 9074 6: at or before the moment of the acknowledgement nothing is due; later instances still remind."""
    its = calendar(*SUNDAY, "RRULE:FREQ=DAILY;COUNT=3", alarm(":PT0S", "ACKNOWLEDGED:20260330T100000Z"))
    assert ["03-31 10:00"] == ask(its, *MARCH)
    its = calendar(*SUNDAY, "RRULE:FREQ=DAILY;COUNT=3", alarm(":PT0S", "ACKNOWLEDGED:20260330T095959Z"))
    assert ["03-30 10:00", "03-31 10:00"] == ask(its, *MARCH)


def test_snoozed():
    """RFC 9074 7: the alarm is acknowledged, and another reminds in its place, once."""
    [first] = alarms_of(calendar(*SUNDAY, alarm(":-PT5M")).events[0]).alarms
    nine = utc(2026, 3, 29, 9, 55)
    seen, again = first.snooze(nine, nine + timedelta(minutes=10), "a1")
    its = calendar(*SUNDAY)
    its = with_alarms(its, its.events[0], [seen, again])
    assert ["03-29 10:05"] == ask(its, *MARCH)
    assert ["a1"] == [one.snoozes for one in alarms_of(its.events[0]).alarms if one.snoozes]
    with pytest.raises(InvalidValue, match="is not after now"):
        first.snooze(nine, nine, "a1")


def test_an_instant_reminds_once_of_a_series():
    """An alarm at an instant is about the first instance from then on, or the last one before; or about none."""
    lines = (*SUNDAY, "RRULE:FREQ=DAILY;COUNT=3")
    [one] = due([Watched("anna", calendar(*lines, alarm(":20260330T103000Z")), ANNA)], *MARCH)
    assert ("03-30 10:30", 31) == (one.at.strftime("%m-%d %H:%M"), one.start.day)
    [one] = due([Watched("anna", calendar(*lines, alarm(":20260405T103000Z")), ANNA)], *MARCH)
    assert 31 == one.start.day
    assert [] == ask(calendar(*SUNDAY, "STATUS:CANCELLED", alarm(":20260330T103000Z")), *MARCH)
    assert utc(2026, 3, 30, 10, 30) == next_due(
        [Watched("anna", calendar(*lines, alarm(":20260330T103000Z")), ANNA)], MARCH[0]
    )


SERIES = ("DTSTART:20260325T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")


def test_overrides():
    """An override's alarms replace those of the series, where the instance now is; what is cancelled gives none."""
    its = Calendar.from_ical(
        "\n".join(
            [
                *event(*SERIES, "EXDATE:20260328T090000Z", alarm(":-PT10M")),
                *event(
                    "RECURRENCE-ID:20260326T090000Z",
                    "DTSTART:20260326T150000Z",
                    alarm(":-PT1H"),
                    alarm(":20260326T120000Z"),
                ),
                *event("RECURRENCE-ID:20260327T090000Z", "STATUS:CANCELLED", alarm(":PT0S")),
                *event("RECURRENCE-ID:20260329T090000Z", "DTSTART:20260329T100000Z"),
                *event("RECURRENCE-ID:20260330T090000Z", "DTSTART;VALUE=DATE:20260330"),
            ]
        )
    )
    found = ask(its, utc(2026, 3, 25), utc(2026, 4, 1), defaults=[Alarm.before(15)])
    assert ["03-25 08:50", "03-26 12:00", "03-26 14:00", "03-31 08:50"] == found


def test_defaults_where_neither_series_nor_override_says_anything():
    """Where the series has no alarms an override without alarms has the default too, one that is moved as well."""
    its = Calendar.from_ical(
        "\n".join(
            [*event(*SERIES), *event("RECURRENCE-ID:20260326T090000Z", "DTSTART:20260326T150000Z")]
        )
    )
    found = ask(its, utc(2026, 3, 25), utc(2026, 3, 28), defaults=[Alarm.before(15)])
    assert ["03-25 08:45", "03-26 14:45", "03-27 08:45"] == found
    with pytest.raises(InvalidValue, match="would remind of all events at once"):
        Watched("anna", its, ANNA, defaults=[Alarm(utc(2026, 3, 25))])


def test_all_that_follow_have_the_alarms_of_the_change():
    """RANGE=THISANDFUTURE: from there on the new alarms, and after one that has none nothing is due, said at once."""
    change = ["BEGIN:VEVENT", "UID:1", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260327T090000Z", "DTSTART:20260327T110000Z"]
    head = ["BEGIN:VEVENT", "UID:1", *SERIES, alarm(":-PT10M"), "END:VEVENT"]
    its = Calendar.from_ical("\n".join([*head, *change, alarm(":-PT30M"), "END:VEVENT"]))
    assert ["03-26 08:50", "03-27 10:30", "03-28 10:30"] == ask(its, utc(2026, 3, 26), utc(2026, 3, 29))
    its = Calendar.from_ical("\n".join([*head, *change, "END:VEVENT"]))
    assert ["03-25 08:50", "03-26 08:50"] == ask(its, *MARCH)
    assert None is next_due([Watched("anna", its, ANNA)], utc(2026, 3, 27))


def test_a_cancelled_series_without_end():
    """STATUS:CANCELLED takes all of it: nothing is due, and that is said without walking to the year 9999."""
    its = Calendar.from_ical(
        "\n".join(["BEGIN:VEVENT", "UID:1", *SERIES, "STATUS:CANCELLED", alarm(":PT0S"), "END:VEVENT"])
    )
    assert [] == ask(its, *MARCH)
    assert None is next_due([Watched("anna", its, ANNA)], MARCH[0])


def test_a_series_that_is_capped():
    """A series made here without an end has twenty instances, and reminds of no other; an imported one goes on."""
    its = calendar(*SERIES, alarm(":PT0S"))
    native = PersonalCalendar("anna", its, native=["1"])
    last = utc(2026, 4, 13, 9)
    assert last == due([Watched("anna", native, ANNA)], MARCH[0], utc(2027, 1, 1))[-1].at
    assert None is next_due([Watched("anna", native, ANNA)], last)
    assert last + timedelta(days=1) == next_due([Watched("anna", native, ANNA)], last, caps=Caps(None))
    assert last + timedelta(days=1) == next_due([Watched("anna", its, ANNA)], last)


def test_far_and_dense():
    """A series of every second, or of a start long ago or far ahead, is sought in, never walked."""
    at = utc(2026, 3, 29)
    every_second = calendar("DTSTART:19700101T000000Z", "RRULE:FREQ=SECONDLY", alarm(":-PT24H"))
    watched = Watched("anna", every_second, ANNA)
    assert [at] == [one.at for one in due([watched], at, at + timedelta(seconds=1))]
    assert at + timedelta(seconds=1) == next_due([watched], at)
    ahead = calendar("DTSTART:90000101T000000Z", "RRULE:FREQ=MINUTELY", alarm(":-PT5M"))
    assert utc(8999, 12, 31, 23, 55) == next_due([Watched("anna", ahead, ANNA)], at)
    leap = calendar("DTSTART:20000229T090000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", alarm(":PT0S"))
    assert utc(2028, 2, 29, 9) == next_due([Watched("anna", leap, ANNA)], at)
    seen = calendar(*SERIES, alarm(":PT0S", "ACKNOWLEDGED:99981231T000000Z"))
    assert utc(9998, 12, 31, 9) == next_due([Watched("anna", seen, ANNA)], at)


def test_the_ends_of_the_calendar():
    """What would be before the year 1 or after 9999 never comes, and nothing fails there."""
    first = calendar("DTSTART:00010101T000000Z", alarm(":-PT5M"), alarm(":PT5M"))
    last = calendar("DTSTART:99991231T235900Z", alarm(":PT5M"), alarm(":-P1D"), alarm(":P3652058D"))
    both = [Watched("first", first, ANNA), Watched("last", last, ANNA)]
    ends = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert [utc(1, 1, 1, 0, 5), utc(9999, 12, 30, 23, 59)] == [one.at for one in due(both, *ends)]
    assert None is next_due(both, ends[1])
    assert utc(1, 1, 1, 0, 5) == next_due(both, ends[0])


def test_calendars_that_cannot_be_read():
    """They are named with the reason, and the others are answered."""
    reminders = Reminders(
        [
            Watched("gone", Unreadable("no disk"), ANNA),
            Watched("none", None, ANNA),
            Watched("failed", OSError("x"), ANNA),
            Watched("good", calendar(*SUNDAY, alarm(":PT0S")), ANNA),
        ]
    )
    assert {"gone": "no disk", "none": "the calendar could not be read", "failed": "x"} == reminders.unknown
    assert ["good"] == [one.calendar for one in reminders.due(*MARCH)]


@pytest.mark.parametrize(
    "bounds",
    [
        (datetime(2026, 3, 29), utc(2026, 3, 30)),
        (utc(2026, 3, 29), datetime(2026, 3, 30)),
        (date(2026, 3, 29), utc(2026, 3, 30)),
        (utc(2026, 3, 30), utc(2026, 3, 29)),
    ],
)
def test_bounds_that_mean_nothing(bounds):
    """Bounds are instants, the earlier one first."""
    with pytest.raises(InvalidValue, match=r"give an aware datetime|swap them"):
        due([], *bounds)


def test_two_calendars_of_one_key():
    """A key names one calendar."""
    with pytest.raises(InvalidValue, match="'anna' is the key of two calendars"):
        Reminders([Watched("anna", None, ANNA), Watched("anna", None, ANNA)])


def test_order():
    """By moment, then as the calendars were given, then by start."""
    its = calendar("DTSTART:20260329T100000Z", "RRULE:FREQ=HOURLY;COUNT=2", alarm(":PT0S"), alarm(":-PT1H"))
    found = due([Watched("b", its, ANNA), Watched("a", its, ANNA)], *MARCH)
    assert [
        ("09", "b", 10), ("09", "a", 10), ("10", "b", 10), ("10", "b", 11), ("10", "a", 10), ("10", "a", 11),
        ("11", "b", 11), ("11", "a", 11),
    ] == [(f"{one.at:%H}", one.calendar, one.start.hour) for one in found]  # fmt: skip


def test_a_notice():
    """A reminder that is due is a notice to the person, with where it goes and which instance it is about."""
    [one] = due([Watched("anna", calendar(*SUNDAY, alarm(":PT0S")), ANNA)], *MARCH)
    notice = one.notice()
    assert ("reminder", "anna", "pop-up", "1") == (notice.kind, notice.to, notice.channel.value, notice.about)
    assert {"to": "anna", "at": one.at, "start": one.start, "end": one.end} == dict(notice.data)


@pytest.mark.parametrize("length", [timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=5), timedelta(days=2)])
def test_windows_side_by_side(length):
    """Windows one after the other have together what the whole has, each reminder once, whatever their length."""
    text = "DTSTART:20260329T000007Z", "RRULE:FREQ=MINUTELY;INTERVAL=7", alarm(":-P1D", "REPEAT:2", "DURATION:PT5M1S")
    reminders = Reminders([Watched("anna", calendar(*text), ANNA, tz="Europe/Zurich")])
    a, end = utc(2026, 3, 28), utc(2026, 3, 28) + max(length * 3, timedelta(minutes=20))
    whole, parts = reminders.due(a, end), []
    while a < end:
        parts += reminders.due(a, min(a + length, end))
        a += length
    assert whole == tuple(parts)
    assert whole
