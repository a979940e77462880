"""Overrides in a calendar: which instance, which one counts, how long, and how far they reach."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schedcore import Calendar

ZURICH = ZoneInfo("Europe/Zurich")


def zurich(*args: int) -> datetime:
    return datetime(*args, tzinfo=ZURICH)  # type: ignore[arg-type, misc]


MARCH = zurich(2026, 3, 1), zurich(2026, 4, 1)


def event(*lines: str, uid: str = "a@example.com") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*parts: str) -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(parts)}END:VCALENDAR\r\n"


def read(*parts: str) -> Calendar:
    return Calendar.from_ical(calendar(*parts))


def starts(found: Calendar, window: tuple[datetime, datetime] = MARCH) -> list[str]:
    return [str(occurrence.start) for occurrence in found.overlapping(*window)]


def spans(found: Calendar, window: tuple[datetime, datetime] = MARCH) -> list[str]:
    return [f"{one.start:%m-%d %H:%M}-{one.end:%H:%M}" for one in found.overlapping(*window)]


WEEKLY = (
    "DTSTART;TZID=Europe/Zurich:20260302T090000",
    "DTEND;TZID=Europe/Zurich:20260302T100000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
)


def test_overrides_are_in_the_series_of_their_event() -> None:
    """A moved instance shows its own event, a cancelled one is gone; neither is an event of the calendar."""
    found = read(
        event(*WEEKLY, "SUMMARY:Weekly"),
        event(
            "RECURRENCE-ID;TZID=Europe/Zurich:20260309T090000",
            "DTSTART;TZID=America/New_York:20260310T090000",
            "DTEND;TZID=America/New_York:20260310T093000",
            "SUMMARY:Weekly, in New York",
            "STATUS:TENTATIVE",
        ),
        event("RECURRENCE-ID:20260316T080000Z", "STATUS:CANCELLED"),
    )
    assert 1 == len(found.events)
    assert [2, 10, 23] == [occurrence.start.day for occurrence in found.overlapping(*MARCH)]
    moved = found.overlapping(*MARCH)[1]
    assert (zurich(2026, 3, 9, 9), "TENTATIVE", "Weekly, in New York") == (
        moved.recurrence_id,
        moved.status,
        moved.event.summary,
    )
    assert (zurich(2026, 3, 10, 14), zurich(2026, 3, 10, 14, 30)) == moved[:2]
    assert zurich(2026, 3, 9, 9) == moved.event.recurrence_id


def test_override_before_its_master_and_in_another_vcalendar() -> None:
    """Order does not matter, and neither does the VCALENDAR."""
    override = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T120000Z")
    found = Calendar.from_ical(calendar(override) + calendar(event(*WEEKLY)))
    assert "2026-03-09 13:00:00+01:00" == starts(found)[1]
    assert (1, []) == (len(found.events), found.problems)


def test_override_without_a_master_stands_alone() -> None:
    """It is an event, and says which instance it is."""
    found = read(event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T120000Z"))
    (occurrence,) = found.overlapping(*MARCH)
    assert datetime(2026, 3, 9, 8, tzinfo=UTC) == occurrence.recurrence_id == found.events[0].recurrence_id


def test_of_two_overrides_the_newer_counts() -> None:
    """Higher SEQUENCE, then later DTSTAMP; in other words for the same instant too."""
    old = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T100000Z", "SEQUENCE:2")
    new = event("RECURRENCE-ID;TZID=Europe/Zurich:20260309T090000", "DTSTART:20260309T110000Z", "SEQUENCE:10")
    later = new.replace("DTSTAMP:20260101", "DTSTAMP:20260102").replace("T110000Z", "T120000Z")
    for parts, hour in (((old, new), 12), ((new, old), 12), ((later, new, old), 13)):
        found = read(event(*WEEKLY), *parts)
        assert f"2026-03-09 {hour}:00:00+01:00" == starts(found)[1]
        assert len(parts) - 1 == len(found.problems)


def test_override_that_becomes_all_day() -> None:
    """The instance is gone, and the day is there in its place."""
    override = event("RECURRENCE-ID:20260309T080000Z", "DTSTART;VALUE=DATE:20260309", "SUMMARY:Off-site")
    found = read(event(*WEEKLY), override)
    assert ["2026-03-02 09:00:00+01:00", "2026-03-09"] == starts(found)[:2]
    day = found.overlapping(*MARCH)[1]
    assert ("Off-site", datetime(2026, 3, 9, 8, tzinfo=UTC)) == (day.event.summary, day.recurrence_id)


def test_cancelled_event() -> None:
    """It is listed and does not happen; an instance that was confirmed all the same does."""
    override = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T120000Z", "STATUS:CONFIRMED")
    found = read(event(*WEEKLY, "STATUS:CANCELLED"), override)
    assert ["CANCELLED"] == [one.status for one in found.events]
    assert ["2026-03-09 13:00:00+01:00"] == starts(found)


def test_two_masters_with_one_uid() -> None:
    """The newer counts; equally new ones are both read; a mere repetition is one."""
    other = event("DTSTART:20260305T090000Z", "SEQUENCE:1")
    assert ["2026-03-05 09:00:00+00:00"] == starts(read(event(*WEEKLY), other))
    both = read(event(*WEEKLY), other.replace("SEQUENCE:1", "SEQUENCE:0"))
    assert (2, 5, 1) == (len(both.events), len(starts(both)), len(both.problems))
    assert 1 == len(read(event(*WEEKLY), event(*WEEKLY)).events)


# --- which instance ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [
        ":20260309T080000Z",
        ";TZID=Europe/Zurich:20260309T090000",
        ";TZID=America/New_York:20260309T040000",
        ";TZID=W. Europe Standard Time:20260309T090000",
        ":20260309T090000",
        ";VALUE=DATE:20260309",
        ":20260309",
        ";VALUE=DATE-TIME;TZID=Europe/Zurich:20260309T090000",
    ],
)
def test_every_way_to_name_an_instance(named: str) -> None:
    """In its zone, in another, in UTC, as a local time, as a date with and without saying so."""
    found = read(event(*WEEKLY), event(f"RECURRENCE-ID{named}", "DTSTART:20260309T110000Z", "DURATION:PT5M"))
    assert ["03-02 09:00-10:00", "03-09 12:00-12:05", "03-16 09:00-10:00"] == spans(found)[:3]
    assert [zurich(2026, 3, 9, 9)] == [one.recurrence_id for one in found.overlapping(zurich(2026, 3, 9), MARCH[1])[:1]]


def test_into_and_out_of_the_window() -> None:
    """An instance is found where it is, not where it was."""
    away = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260609T080000Z")
    here = event("RECURRENCE-ID:20260413T070000Z", "DTSTART:20260304T080000Z")
    endless = event(*WEEKLY[:2], "RRULE:FREQ=WEEKLY")
    found = read(endless, away, here)
    assert [2, 4, 16, 23, 30] == [int(text[8:10]) for text in starts(found)]
    assert "2026-06-09 10:00:00+02:00" in starts(found, (zurich(2026, 6, 9), zurich(2026, 6, 10)))
    assert [] == starts(found, (zurich(2026, 4, 13), zurich(2026, 4, 14)))


def test_an_instance_that_does_not_exist() -> None:
    """It is shown, for somebody put it there, and told; a cancellation of nothing is nothing."""
    found = read(event(*WEEKLY), event("RECURRENCE-ID:20260310T080000Z", "DTSTART:20260310T090000Z"))
    assert ["03-09 09:00-10:00", "03-10 10:00-11:00"] == spans(found)[1:3]
    assert ["no instance starts at 2026-03-10T08:00:00+00:00: its override is shown as an extra"] == [
        problem.reason for problem in found.problems
    ]
    nothing = read(event(*WEEKLY), event("RECURRENCE-ID:20260310T080000Z", "STATUS:CANCELLED"))
    assert (4, []) == (len(starts(nothing)), nothing.problems)


def test_the_newer_counts_also_between_a_date_and_a_time() -> None:
    """Both name one instance, in words that look unlike."""
    old = event("RECURRENCE-ID;VALUE=DATE:20260309", "DTSTART:20260309T100000Z", "SEQUENCE:1")
    new = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T110000Z", "SEQUENCE:2")
    for parts in ((old, new), (new, old)):
        found = read(event(*WEEKLY), *parts)
        assert ("2026-03-09 12:00:00+01:00", 4, 1) == (starts(found)[1], len(starts(found)), len(found.problems))


def test_a_newer_cancellation() -> None:
    """It takes away what an older override moved, and an older one does not."""
    moved = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T110000Z", "SEQUENCE:2")
    for sequence, count in ((3, 3), (1, 4)):
        gone = event("RECURRENCE-ID:20260309T080000Z", "STATUS:CANCELLED", f"SEQUENCE:{sequence}")
        assert count == len(starts(read(event(*WEEKLY), gone, moved)))


# --- how long ---------------------------------------------------------------------------------------------------------


def test_an_override_without_a_length_is_as_long_as_its_instance() -> None:
    """RFC 5545 3.6.1 by the letter makes it no time; its program left out what it did not change."""
    override = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T110000Z")
    found = read(event(*WEEKLY), override)
    assert "03-09 12:00-13:00" == spans(found)[1]
    assert (zurich(2026, 3, 9, 13), []) == (
        found.overlapping(*MARCH)[1].event.series.overlapping(*MARCH)[0].end,
        found.problems,
    )
    period = event(*WEEKLY, "RDATE;VALUE=PERIOD:20260311T080000Z/PT3H")
    moved = event("RECURRENCE-ID:20260311T080000Z", "DTSTART:20260312T080000Z")
    assert "03-12 09:00-12:00" in spans(read(period, moved))
    none = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T110000Z", "DURATION:PT0S")
    assert "03-09 12:00-12:00" in spans(read(event(*WEEKLY), none))
    days = event("DTSTART;VALUE=DATE:20260302", "DURATION:P3D", "RRULE:FREQ=WEEKLY;COUNT=2")
    later = event("RECURRENCE-ID;VALUE=DATE:20260309", "DTSTART;VALUE=DATE:20260310")
    assert ["2026-03-02/2026-03-05", "2026-03-10/2026-03-13"] == [
        f"{one.start}/{one.end}" for one in read(days, later).overlapping(*MARCH)
    ]


def test_an_override_of_another_kind_has_its_own_length() -> None:
    """A day is a day, and a time without an end no time."""
    day = event("RECURRENCE-ID:20260309T080000Z", "DTSTART;VALUE=DATE:20260309")
    assert ["2026-03-10"] == [str(one.end) for one in read(event(*WEEKLY), day).overlapping(*MARCH)][1:2]


# --- how far ----------------------------------------------------------------------------------------------------------


def test_this_and_future() -> None:
    """Time and length carry on; every later instance shows the event of the override, and its own recurrence id."""
    change = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Zurich:20260316T090000",
        "DTSTART;TZID=Europe/Zurich:20260317T110000",
        "DTEND;TZID=Europe/Zurich:20260317T123000",
        "SUMMARY:Longer",
    )
    found = read(event(*WEEKLY, "SUMMARY:Short"), change)
    window = MARCH[0], zurich(2026, 5, 1)
    assert ["03-02 09:00-10:00", "03-09 09:00-10:00", "03-17 11:00-12:30", "03-24 11:00-12:30"] == spans(found, window)
    assert ["Short", "Short", "Longer", "Longer"] == [one.event.summary for one in found.overlapping(*window)]
    assert zurich(2026, 3, 23, 9) == found.overlapping(*window)[-1].recurrence_id
    assert (1, []) == (len(found.events), found.problems)


def test_this_and_future_twice_and_once_for_one() -> None:
    """Each from its instance on; beside them an override of a single instance, even of the same one."""
    later = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART:20260309T090000Z", "DURATION:PT1H", "SEQUENCE:1"
    )
    last = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T080000Z", "DTSTART:20260323T060000Z", "DURATION:PT2H", "SEQUENCE:2"
    )
    one = event("RECURRENCE-ID:20260309T080000Z", "DTSTART:20260309T130000Z", "DURATION:PT1H", "SEQUENCE:1")
    for parts in ((later, last, one), (one, last, later)):
        found = read(event(*WEEKLY[:2], "RRULE:FREQ=WEEKLY;COUNT=6"), *parts)
        assert (
            [
                "03-02 09:00-10:00",
                "03-09 14:00-15:00",
                "03-16 10:00-11:00",
                "03-23 07:00-09:00",
                "03-30 07:00-09:00",
                "04-06 07:00-09:00",
            ],
            [],
        ) == (spans(found, (MARCH[0], zurich(2026, 5, 1))), found.problems)


def test_this_and_future_cancelled_and_dates_taken_out() -> None:
    """A cancellation ends the series; EXDATE names an instance by where it was."""
    gone = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T080000Z", "STATUS:CANCELLED")
    assert 2 == len(starts(read(event(*WEEKLY), gone)))
    later = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T080000Z", "DTSTART:20260309T090000Z", "DURATION:PT1H")
    found = read(event(*WEEKLY, "EXDATE:20260316T080000Z"), later)
    assert ["03-02 09:00-10:00", "03-09 10:00-11:00", "03-23 10:00-11:00"] == spans(found)
