"""Chosen events of a calendar, and the single properties of one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schedcore import Calendar

TEXT = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:weekly
DTSTART:20261019T120000Z
DTEND:20261019T130000Z
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Weekly
CLASS:private
DESCRIPTION;LANGUAGE=en:One\\, two\\nthree
BEGIN:VALARM
DESCRIPTION:Wake up
ATTENDEE:mailto:alarm@example.com
END:VALARM
ATTENDEE;CN="Ben; or not";PARTSTAT=ACCEPTED:mailto:ben@example.com
END:VEVENT
BEGIN:VEVENT
UID:weekly
RECURRENCE-ID:20261026T120000Z
DTSTART:20261026T150000Z
DTEND:20261026T160000Z
SUMMARY:Moved
END:VEVENT
BEGIN:VEVENT
UID:other
DTSTART:20261020T090000Z
DTEND:20261020T100000Z
SUMMARY:Other
END:VEVENT
END:VCALENDAR
"""
WINDOW = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"Weekly", "Moved", "Other"}, ["Weekly", "Other", "Moved", "Weekly"]),
        ({"Weekly"}, ["Weekly", "Weekly"]),
        ({"Moved", "Other"}, ["Other", "Moved"]),
        ({"Other"}, ["Other"]),
        (set(), []),
    ],
)
def test_chosen_events(kept, expected):
    """Events and overrides are chosen one by one; an instance that was moved stays where the series had none."""
    calendar = Calendar.from_ical(TEXT)
    found = calendar.overlapping(*WINDOW, keep=lambda event: event.summary in kept)
    assert expected == [one.event.summary for one in found]
    whole = [one for one in calendar.overlapping(*WINDOW) if one.event.summary in kept]
    assert whole == found


def test_what_is_not_chosen_is_not_expanded():
    """A series that is too much to expand is no error where it is not wanted."""
    calendar = Calendar.from_ical(TEXT.replace("FREQ=WEEKLY;COUNT=3", "FREQ=SECONDLY"))
    far = WINDOW[0], WINDOW[1].replace(year=2100)
    assert 2 == len(calendar.overlapping(*far, keep=lambda event: event.summary != "Weekly"))


def test_properties_of_the_event_itself():
    """Text without escapes, parameters taken apart; what stands in a component inside is not the event's."""
    event, other = Calendar.from_ical(TEXT).events
    assert "One, two\nthree" == event.text("DESCRIPTION")
    assert ("PRIVATE", None) == (event.classification, other.classification)
    assert (None, []) == (other.text("DESCRIPTION"), other.properties(frozenset(("ATTENDEE",))))
    (attendee,) = event.properties(frozenset(("ATTENDEE",)))
    assert ("mailto:ben@example.com", "Ben; or not", "ACCEPTED") == (
        attendee.value,
        attendee.params["CN"],
        attendee.params["PARTSTAT"],
    )
    assert event.line == attendee.line
