"""Answers for a viewer where it gets awkward: what cannot be read, what explodes, zones, columns that are wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.team import MONDAY, TEAM, TUESDAY, annas, calendar, event, seen, taken
from schedcore import CancelToken
from schedcore.errors import Cancelled, ColumnError, InvalidValue, LimitExceeded
from schedcore.freebusy import Owned, Status, Unreadable, Wanted, WorkHours, find_times, merge
from schedcore.policy import (
    PUBLIC,
    ExternalCalendar,
    Fields,
    Grant,
    GroupCalendar,
    Level,
    PersonalCalendar,
    Right,
    Sights,
    Visibility,
    as_seen_by,
    find_times_as,
    freebusy_as,
)

READ = [Grant(Right.READ, group="sales")]
SECRET = "imap://anna:hunter2@mail.example.com"


@pytest.mark.parametrize("content", [Unreadable(SECRET), OSError(SECRET), None])
def test_why_a_calendar_cannot_be_read_is_for_its_owner(content):
    """Others are told that it cannot be read, outsiders what they are told of any calendar that is not theirs."""
    its = PersonalCalendar("anna", content, READ)
    for ask in (
        lambda viewer: freebusy_as(viewer, [its], MONDAY, TUESDAY, directory=TEAM).unknown[0],
        lambda viewer: as_seen_by(viewer, its, MONDAY, TUESDAY, directory=TEAM).unknown,
    ):
        assert ask("anna") == (SECRET if content is not None else "the calendar could not be read")
        assert "the calendar could not be read" == ask("ben")
        assert "nothing of this calendar is shared with you" == ask("eve") == ask(PUBLIC)
    blind = as_seen_by("eve", annas(event()), MONDAY, TUESDAY, directory=TEAM)
    assert blind == as_seen_by("eve", its, MONDAY, TUESDAY, directory=TEAM)


def test_unknown_is_neither_free_nor_busy():
    """A calendar that is not shared is not free: it counts as unknown, or as busy if the asker says so."""
    its = [annas(event()), PersonalCalendar("eve", calendar())]
    wanted = Wanted(timedelta(hours=1), required=[0, 1], grid=timedelta(hours=1))
    found = find_times_as("ben", its, wanted, MONDAY, TUESDAY, directory=TEAM)
    assert (23, (1,)) == (len(found), found.unknown)
    busy = replace(wanted, on_unknown="busy")
    assert [] == list(find_times_as("ben", its, busy, MONDAY, TUESDAY, directory=TEAM))
    assert [0] == freebusy_as("ben", its, MONDAY, TUESDAY, directory=TEAM, on_unknown="busy").people.owner.tolist()[:1]


def test_what_explodes_unseen_does_not_show():
    """A private event that is too much to expand fails for its owner; for others it is not there."""
    much = event("1", "RRULE:FREQ=SECONDLY", "CLASS:PRIVATE", start="20260101T000000Z", end="20260101T000001Z")
    its = annas(much, event("2"))
    span = {"start": MONDAY, "end": MONDAY + timedelta(days=20_000)}
    with pytest.raises(LimitExceeded):
        taken("anna", its, **span)
    assert [(12, 13, "BUSY")] == taken("ben", its, **span)
    assert 1 == len(seen("ben", its, **span))
    moved = event(
        "1", "RECURRENCE-ID:20261019T120000Z", "CLASS:PUBLIC", start="20261019T200000Z", end="20261019T210000Z"
    )
    assert [(12, 13, "BUSY"), (20, 21, "BUSY")] == taken("ben", annas(much, event("2"), moved), **span)


def test_a_change_of_all_that_follows_may_be_hidden():
    """An override with RANGE=THISANDFUTURE hides, or shows, every later instance."""
    series = event("1", "RRULE:FREQ=DAILY")
    later = "RECURRENCE-ID;RANGE=THISANDFUTURE:20261020T120000Z"
    span = {"start": MONDAY, "end": MONDAY + timedelta(days=4)}
    hidden = event("1", later, "CLASS:PRIVATE", start="20261020T150000Z", end="20261020T160000Z")
    assert [(12, 13, "BUSY")] == taken("ben", annas(series, hidden), **span)
    private = event("1", "RRULE:FREQ=DAILY", "CLASS:PRIVATE")
    shown = event("1", later, "CLASS:PUBLIC", start="20261020T150000Z", end="20261020T160000Z")
    assert [39, 63, 87] == [start for start, _, _ in taken("ben", annas(private, shown), **span)]


def test_days_are_meant_in_the_owners_zone():
    """An all-day event takes the owner's day; a co-member gets its instants, the owner the date."""
    away = event("1", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", start="20261019", end="20261020")
    its = annas(away, tz="Pacific/Auckland")
    span = {"start": MONDAY - timedelta(days=2), "end": TUESDAY}
    assert [(35, 59, "OUT_OF_OFFICE")] == taken("ben", its, **span)
    (block,) = seen("ben", its, **span)
    assert (datetime(2026, 10, 18, 11, tzinfo=UTC), False) == (block.start, block.is_all_day)
    assert [date(2026, 10, 19)] == [one.start for one in seen("anna", its, **span)]


def test_blocks_do_not_tell_events_apart():
    """Two that overlap or touch are one block, cut at the window; their number is a detail."""
    its = annas(event(), event("2", start="20261019T123000Z", end="20261020T030000Z"))
    assert [(12 * 3600, 24 * 3600)] == [
        tuple(second - int(MONDAY.timestamp()) for second in one.span) for one in seen("ben", its)
    ]
    assert 2 == len(seen("anna", its))


def test_meetings_a_day_are_counted_as_they_show():
    """Two events in one block are two for who reads details, and one for who sees taken time."""
    its = annas(event(), event("2", start="20261019T123000Z", end="20261019T133000Z"))
    wanted = Wanted(timedelta(hours=1), required=[0], grid=timedelta(hours=1), most_a_day=2)
    assert 0 == len(find_times_as("anna", [its], wanted, MONDAY, TUESDAY, directory=TEAM))
    assert 22 == len(find_times_as("ben", [its], wanted, MONDAY, TUESDAY, directory=TEAM))


def test_finding_a_time_is_what_the_owner_would_find():
    """With all rights: the answer of `find_times`, buffers, zones, hours and reasons included."""
    its = [annas(event(), tz="Asia/Tokyo"), PersonalCalendar("anna", calendar(event("2", start="20261019T060000Z")))]
    for hours in (None, "Mo-Fr 09:00-17:00", WorkHours("Mo-Fr 09:00-17:00", "Asia/Kolkata"), {1: "Mo 05:00-20:00"}):
        wanted = Wanted(
            timedelta(hours=1),
            required=[0],
            optional=[1],
            hours=hours,
            before=timedelta(minutes=20),
            after=timedelta(minutes=10),
            most_a_day=3,
        )
        options = {"explain": True, "limit": 7}
        owned = [Owned(its[0].calendar, tz="Asia/Tokyo"), its[1].calendar]
        expected = find_times(owned, wanted, MONDAY, TUESDAY, **options)
        found = find_times_as("anna", its, wanted, MONDAY, TUESDAY, directory=TEAM, **options)
        assert (list(expected), list(expected.refused)) == (list(found), list(found.refused))


def test_an_owner_with_several_addresses():
    """An answer counts by whichever address was invited."""
    people = [replace(one, addresses=[*one.addresses, f"{one.id}@home.example"]) for one in TEAM.people]
    directory = replace(TEAM, people=people)
    its = annas(event("1", "ATTENDEE;PARTSTAT=DECLINED:mailto:ANNA@home.example"))
    assert [] == taken("anna", its, directory) and [(12, 13, "BUSY")] == taken("anna", its)
    cal_address = annas(event("1", "ATTENDEE;PARTSTAT=DECLINED;EMAIL=anna@home.example:urn:uuid:7"))
    assert [] == taken("anna", cal_address, directory)


def test_lanes_of_what_shows():
    """At most five side by side for who sees the events; taken time is one block."""
    its = annas(*(event(str(number)) for number in range(7)))
    found = as_seen_by("anna", its, MONDAY, TUESDAY, directory=TEAM).lanes()
    assert (5, 2) == (max(found.width), found.more[0].events)
    assert [0] == as_seen_by("ben", its, MONDAY, TUESDAY, directory=TEAM).lanes().lane


def test_texts_are_those_of_the_event_itself():
    """A description with escapes is shown without; that of an alarm is not the event's."""
    alarm = ["BEGIN:VALARM", "DESCRIPTION:Wake up", "END:VALARM", "DESCRIPTION:Bring\\, if you can\\nthe plan"]
    lines = event("1", *alarm).replace("DESCRIPTION:Notes 1\r\n", "")
    assert ["Bring, if you can\nthe plan"] == [one.description for one in seen("anna", annas(lines))]


@pytest.mark.parametrize("viewer", [None, 7, b"anna"])
def test_who_asks_is_a_person_or_the_public(viewer):
    """Nobody is the public by accident."""
    with pytest.raises(InvalidValue, match="give the id of a person, or PUBLIC"):
        taken(viewer, annas(event()))


def test_errors_do_not_show_a_calendar():
    """What is passed in the wrong place is named by its type: a calendar shows its name and how much is in it."""
    its = calendar(event()).from_ical("BEGIN:VCALENDAR\nX-WR-CALNAME:Secret\nEND:VCALENDAR")
    with pytest.raises(InvalidValue, match="Calendar: whose is it") as caught:
        freebusy_as("ben", [its], MONDAY, TUESDAY, directory=TEAM)
    assert "Secret" not in str(caught.value)


# --- columns ----------------------------------------------------------------------------------------------------------

CALENDARS = [
    annas(publication="busy/free"),
    annas(grants=READ),
    annas(grants=[Grant(Right.READ_WRITE, member="ben")]),
    GroupCalendar("sales", calendar()),
    ExternalCalendar("ben", calendar()),
    PersonalCalendar("eve", calendar()),
]
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 50), st.integers(0, 9), st.integers(0, 3), st.integers(0, 2)),
    max_size=60,
)


@given(ROWS, st.sampled_from(["anna", "ben", "carla", "eve", PUBLIC]), st.booleans(), st.booleans())
def test_rows_one_by_one(rows, viewer, in_order, has_status):
    """The kernel keeps the rows that a loop keeps, and shows them as it does."""
    rows = sorted(rows) if in_order else rows
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 5
    owner, start, length, status, visibility = columns
    end = [a + b for a, b in zip(start, length, strict=True)]
    sights = Sights(viewer, CALENDARS, TEAM)
    kept = []
    for row, (o, v) in enumerate(zip(owner, visibility, strict=True)):
        known = sights.sights[o][v]
        shown = status[row] if has_status else Status.BUSY
        if known & Fields.TIMES:
            kept.append((o, start[row], end[row], shown if known & Fields.STATUS else min(shown, 1) * 2))
    expected = merge(*([list(column) for column in zip(*kept, strict=True)] or [[]] * 4))
    found = sights.merge(owner, start, end, status if has_status else None, visibility=visibility)
    found._check()
    assert list(expected) == list(found)


def test_rows_that_may_not_be_known_are_not_looked_at():
    """An impossible row of a hidden event is no error, of a visible one it is named by its own number."""
    sights = Sights("ben", CALENDARS, TEAM)
    good = {"owner": [0, 0], "start": [0, 9], "end": [5, 3], "status": [2, 7]}
    assert 1 == len(sights.merge(**good, visibility=[0, Visibility.INVISIBLE]))
    assert 1 == len(sights.merge(**good | {"status": [2, 0]}, visibility=[0, Visibility.INVISIBLE]))
    with pytest.raises(ColumnError, match="status: row 1 is 7"):
        sights.merge(**good, visibility=[0, 0])
    with pytest.raises(ColumnError, match="end: row 1 ends at 3, before its start 9"):
        sights.merge(**good | {"status": None}, visibility=[0, 0])
    least = -(2**63)
    with pytest.raises(ColumnError, match="end: row 1 is -9223372036854775808, which is NaT"):
        sights.merge(**good | {"end": [5, least], "status": None}, visibility=[0, 0])
    with pytest.raises(ColumnError, match="start: row 1 is -9223372036854775808, which is NaT"):
        sights.merge(**good | {"start": [0, least], "status": None}, visibility=[0, 0])


@pytest.mark.parametrize(
    ("owner", "visibility", "said"),
    [
        ([0, 6], [0, 0], "owner: row 1 is 6; there are 6 calendars"),
        ([0, -1], [0, 0], "owner: row 1 is -1"),
        ([0, 2**63 - 1], [0, 0], "owner: row 1"),
        ([0, 0], [0, 3], "visibility: row 1 is 3; give 0"),
        ([0, 0], [0, -1], "visibility: row 1 is -1"),
        ([0, 0], [0], "visibility: 1 rows, but owner has 2"),
    ],
)
def test_rows_of_nobody(owner, visibility, said):
    """An owner or a visibility that there is not is an error, of levels and of merging alike."""
    sights = Sights("ben", CALENDARS, TEAM)
    with pytest.raises(ColumnError, match=said):
        sights.levels(owner, visibility)
    with pytest.raises(ColumnError, match=said):
        sights.merge(owner, [0, 0], [1, 1], visibility=visibility)


def test_no_calendars_and_no_rows():
    """Nothing of nobody is nothing; a row of nobody is an error."""
    none = Sights("ben", [], TEAM)
    assert (0, 0) == (len(none.levels([], [])), len(none.merge([], [], [], visibility=[])))
    for ask in (lambda: none.levels([0], [0]), lambda: none.merge([0], [0], [1], visibility=[0])):
        with pytest.raises(ColumnError, match="there are 0 calendars"):
            ask()


def test_columns_of_numpy_and_cancelling():
    """Columns are read without a copy; a token that is set stops the work."""
    sights = Sights("carla", CALENDARS, TEAM)
    owner = np.arange(6)
    expected = [Level.BUSY, Level.DETAILS, Level.BUSY, Level.EDIT, Level.NONE, Level.NONE]
    assert expected == list(sights.levels(owner, np.zeros(6, dtype="int64")))
    token = CancelToken()
    token.cancel()
    columns = owner, np.zeros(6, dtype="datetime64[s]"), np.ones(6, dtype="datetime64[s]")
    assert 4 == len(sights.merge(*columns, visibility=np.zeros(6, dtype="int64")))
    with pytest.raises(Cancelled):
        sights.merge(*columns, visibility=np.zeros(6, dtype="int64"), cancel=token)
