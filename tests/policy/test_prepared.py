"""Prepared calendars answer what calendars answer: drawn worlds, and events of every awkward kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.team import MONDAY, TEAM, TUESDAY, annas, event
from policy.worlds import END, START, VIEWERS, WORLDS
from schedcore import Calendar, CancelToken
from schedcore.errors import Cancelled, InvalidValue, LimitExceeded
from schedcore.freebusy import Unreadable, Wanted
from schedcore.ics import event_to_ical
from schedcore.policy import (
    PUBLIC,
    Caps,
    ExternalCalendar,
    Grant,
    PersonalCalendar,
    Right,
    find_times_as,
    freebusy_as,
)
from schedcore.policy.answering import Asked, find_times_prepared, freebusy_prepared
from schedcore.policy.prepared import Basis, Entry, Prepared, Ready
from schedcore.policy.preparing import prepare

READ = [Grant(Right.READ, group="sales")]


def texts_of(calendar: Calendar) -> dict[str, bytes]:
    """The text of each event by its UID, as a store keeps them."""
    return {one.uid: event_to_ical(calendar, one) for one in calendar.events}


def asked(calendar, directory, caps=None) -> Asked:
    """A calendar prepared, by way of bytes, and without its content."""
    owner = calendar.owner if isinstance(calendar, PersonalCalendar) else ""
    basis = Basis.of(calendar.tz or "", directory.addresses_of(owner), caps or Caps())
    native = frozenset() if isinstance(calendar, ExternalCalendar) else frozenset(calendar.native)
    prepared = prepare(texts_of(calendar.calendar), basis, native)
    data = prepared.to_bytes()
    assert Prepared.from_bytes(data, basis) == prepared
    return Asked(replace(calendar, calendar=None), Ready.from_bytes(data, basis))


def same(one, other):
    """Whether two answers are equal, in everything that they say."""
    assert (list(one.people), list(one.team), dict(one.unknown)) == (
        list(other.people),
        list(other.team),
        dict(other.unknown),
    )
    assert (one.start, one.end, one.asked, one.on_unknown) == (other.start, other.end, other.asked, other.on_unknown)


@given(WORLDS, VIEWERS, st.sampled_from(["report", "busy", "free"]))
def test_prepared_calendars_of_drawn_worlds(world, viewer, on_unknown):
    """Free/busy and times to meet: the answers of `freebusy_as` and `find_times_as`, whoever asks."""
    directory = world.directory
    prepared = [asked(one, directory) for one in world.calendars]
    expected = freebusy_as(viewer, world.calendars, START, END, directory=directory, on_unknown=on_unknown)
    same(expected, freebusy_prepared(viewer, prepared, START, END, directory=directory, on_unknown=on_unknown))
    options = {"directory": directory, "explain": True, "limit": 5}
    old = find_times_as(viewer, world.calendars, world.wanted, START, END, **options)
    new = find_times_prepared(viewer, prepared, world.wanted, START, END, **options)
    assert (list(old), list(old.refused), old.why_none, old.unknown) == (
        list(new),
        list(new.refused),
        new.why_none,
        new.unknown,
    )


# --- awkward events ---------------------------------------------------------------------------------------------------

CUSTOM = """BEGIN:VTIMEZONE
TZID:Of the file
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+0130
TZOFFSETTO:+0130
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")

ZONES = ["Europe/Zurich", "Pacific/Auckland", "UTC", "date", "floating", "Of the file"]
RULES = [
    None, None, "FREQ=DAILY", "FREQ=DAILY;COUNT=30", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY;UNTIL=20261101",
    "FREQ=DAILY;UNTIL=20261025T120000Z", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=HOURLY;INTERVAL=7",
    "FREQ=DAILY;BYHOUR=3,9",
    "FREQ=YEARLY;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
]  # fmt: skip
LENGTHS = ["DTEND", "PT45M", "P1D", "P1DT2H", None]
DAYS = st.integers(-25, 12)


def value(day: int, hour: int, zone: str) -> tuple[str, str]:
    """Parameters and text of a time, days counted from 19 October 2026; clocks change on the 25th."""
    at = datetime(2026, 10, 19) + timedelta(days=day, hours=hour)
    if zone == "date":
        return ";VALUE=DATE", f"{at:%Y%m%d}"
    text = f"{at:%Y%m%dT%H%M%S}"
    if zone == "UTC":
        return "", f"{text}Z"
    return (f";TZID={zone}" if zone != "floating" else ""), text


@st.composite
def awkward(draw, uid: str) -> str:
    """One event with all that may go with it, as VEVENTs."""
    zone, day, hour = draw(st.sampled_from(ZONES)), draw(DAYS), draw(st.integers(0, 23))
    rule, length = draw(st.sampled_from(RULES)), draw(st.sampled_from(LENGTHS))
    own = f"\r\nUID:{uid}"

    def property_of(name, days, hours, zone=zone):
        params, text = value(days, hours, zone)
        return f"\r\n{name}{params}:{text}"

    def vevent(days, hours, *more, zone=zone):
        ends = {None: "", "DTEND": property_of("DTEND", days, hours + 30, zone)}.get(length, f"\r\nDURATION:{length}")
        words = "".join(
            f"\r\n{name}:{draw(st.sampled_from(choices))}"
            for name, choices in (
                ("CLASS", ["PUBLIC", "CONFIDENTIAL", "PRIVATE"]),
                ("TRANSP", ["OPAQUE", "OPAQUE", "TRANSPARENT"]),
                ("STATUS", ["CONFIRMED", "TENTATIVE", "CANCELLED"]),
                ("X-MICROSOFT-CDO-BUSYSTATUS", ["OOF", "BUSY", "FREE"]),
                ("ATTENDEE;PARTSTAT=DECLINED", ["mailto:anna@example.com", "mailto:ben@example.com"]),
            )
            if draw(st.integers(0, 4)) == 0
        )
        start = property_of("DTSTART", days, hours, zone)
        return f"BEGIN:VEVENT{own}{start}{ends}{words}{''.join(more)}\r\nEND:VEVENT\r\n"

    parts = [] if rule is None else [f"\r\nRRULE:{rule}"]
    for name in ("EXDATE", "RDATE", "EXDATE"):
        if draw(st.integers(0, 3)) == 0:
            other = draw(st.sampled_from([zone, zone, "date", "UTC"]))
            parts.append(property_of(name, day + draw(st.integers(0, 9)), hour, other))
    found = vevent(day, hour, *parts)
    for _ in range(draw(st.integers(0, 2)) if rule is not None else 0):
        named = property_of("RECURRENCE-ID", day + draw(st.integers(0, 9)), hour)
        if draw(st.integers(0, 5)) == 0:
            named = named.replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")
        kind = draw(st.sampled_from([zone, zone, zone, "UTC", "date"]))
        found += vevent(day + draw(st.integers(0, 9)), draw(st.integers(0, 23)), named, zone=kind)
    return found


@st.composite
def calendars(draw):
    """Anna's calendar, in some zone, with native and imported events."""
    count = draw(st.integers(1, 4))
    body = "".join(draw(awkward(f"uid{number}")) for number in range(count))
    content = Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{CUSTOM}{body}END:VCALENDAR\r\n")
    native = frozenset(f"uid{number}" for number in range(count) if draw(st.booleans()))
    return PersonalCalendar(
        "anna", content, READ, tz=draw(st.sampled_from([None, "Europe/Zurich", "Asia/Kolkata"])), native=native
    )


WINDOWS = st.sampled_from(
    [
        (MONDAY, MONDAY + timedelta(days=7)),
        (date(2026, 10, 25), date(2026, 10, 26)),
        (datetime(2026, 9, 1, tzinfo=UTC), datetime(2028, 9, 1, tzinfo=UTC)),
        (datetime(2026, 10, 20, 5, 17, 3, tzinfo=ZoneInfo("Asia/Tokyo")), datetime(2026, 10, 31)),
    ]
)


@given(calendars(), WINDOWS, st.sampled_from(["anna", "ben", "eve", PUBLIC]), st.sampled_from([3, 20, None]))
def test_prepared_calendars_of_awkward_events(calendar, window, viewer, never_ending):
    """Zones, whole days, floating times, exceptions, moved and cancelled instances, caps: the same answer."""
    caps = Caps(never_ending=never_ending)
    options = {"directory": TEAM, "tz": "America/New_York", "caps": caps}
    expected = freebusy_as(viewer, [calendar], *window, **options)
    same(expected, freebusy_prepared(viewer, [asked(calendar, TEAM, caps)], *window, **options))
    if window[0] is MONDAY:
        wanted = Wanted(
            timedelta(hours=2), required=[0], grid=timedelta(hours=3), most_a_day=2, hours="Mo-Su 05:00-22:00"
        )
        old = find_times_as(viewer, [calendar], wanted, *window, **options)
        new = find_times_prepared(viewer, [asked(calendar, TEAM, caps)], wanted, *window, **options)
        assert list(old) == list(new)


def test_usual_events_are_rows():
    """What companies have becomes rows; only what a row cannot say is kept as text."""
    weekly = event("1", "RRULE:FREQ=WEEKLY", "EXDATE:20261026T120000Z")
    moved = event("1", "RECURRENCE-ID:20261102T120000Z", start="20261103T120000Z", end="20261103T130000Z")
    day = event("2", "TRANSP:OPAQUE", start="20261019", end="20261021")
    hourly = event("3", "RRULE:FREQ=HOURLY")
    its = prepare(texts_of(annas(weekly, moved, day, hourly).calendar), Basis("Europe/Zurich", (), 20))
    assert {"1": 2, "2": 1, "3": 0} == {uid: len(entry.rows) for uid, entry in its.entries.items()}
    assert ["3"] == [uid for uid, entry in its.entries.items() if entry.left is not None]


def test_an_edit_replaces_one_entry():
    """What is prepared after an edit is what all of it would be made anew."""
    basis = Basis("", (), 20)
    texts = texts_of(annas(event("1"), event("2"), event("3", "TRANSP:TRANSPARENT")).calendar)
    more = texts | texts_of(annas(event("2", start="20261020T120000Z", end="20261020T130000Z")).calendar)
    before, after = (
        prepare(texts, basis, versions={"1": "7", "3": "8"}),
        prepare(more, basis, versions={"1": "7", "3": "8"}),
    )
    assert before != after == before.edited([], {"2": after.entries["2"]})
    assert {"1": "7", "2": "", "3": "8"} == before.versions
    assert prepare({"1": texts["1"]}, basis, versions={"1": "7"}) == before.edited(["2", "3"], {})
    read = Prepared.from_bytes(before.to_bytes(), basis)
    assert before.versions == read.versions
    edited = read.edited([], {"2": after.entries["2"]})
    assert list(after.ready().taken(0, 2**32)) == list(edited.ready().taken(0, 2**32))


def test_another_basis_is_made_anew():
    """Bytes that were made for other addresses, caps or another zone are not read."""
    basis = Basis("UTC", ("anna@example.com",), 20)
    data = prepare(texts_of(annas(event()).calendar), basis).to_bytes()
    assert Prepared.from_bytes(data, basis) is not None and Ready.from_bytes(data, basis) is not None
    for other in (replace(basis, tz=""), replace(basis, addresses=()), replace(basis, never_ending=None)):
        assert Prepared.from_bytes(data, other) is None and Ready.from_bytes(data, other) is None


def test_who_may_know_nothing_is_told_nothing():
    """No calendar, one that is not shared, and one that cannot be read and is not shared: the same words."""
    broken = Asked(PersonalCalendar("anna", Unreadable("imap://anna:hunter2@mail"), READ), None)
    its = [None, asked(annas(event()), TEAM), broken]
    for viewer in ("eve", PUBLIC):
        answer = freebusy_prepared(viewer, its, MONDAY, TUESDAY, directory=TEAM)
        assert {"nothing of this calendar is shared with you"} == set(answer.unknown.values())
        assert 0 == len(answer.people)
    ben = freebusy_prepared("ben", its, MONDAY, TUESDAY, directory=TEAM)
    assert ({0, 2}, "the calendar could not be read") == (set(ben.unknown), ben.unknown[2])
    assert "imap://anna:hunter2@mail" == freebusy_prepared("anna", its, MONDAY, TUESDAY, directory=TEAM).unknown[2]
    busy = freebusy_prepared("ben", its, MONDAY, TUESDAY, directory=TEAM, on_unknown="busy")
    assert [(0, 86400), (1, 3600), (2, 86400)] == [(one.owner, one.end - one.start) for one in busy.people]


def test_what_makes_no_sense_is_refused():
    """The end before the start, another word for the unknown, rows that were not made by `prepare`."""
    its = [asked(annas(event()), TEAM)]
    with pytest.raises(InvalidValue, match="before its start"):
        freebusy_prepared("anna", its, TUESDAY, MONDAY, directory=TEAM)
    with pytest.raises(InvalidValue, match="on_unknown"):
        freebusy_prepared("anna", its, MONDAY, TUESDAY, directory=TEAM, on_unknown="perhaps")
    (row,) = prepare(texts_of(annas(event()).calendar), Basis("", (), 20)).entries["1"].rows
    with pytest.raises(InvalidValue, match="prepare it anew"):
        Prepared(Basis("", (), 20), {"1": Entry("", (row._replace(start="soon"),))}).ready()


def test_a_question_can_be_cancelled():
    """Rows and what is no row stop when the token is set."""
    token = CancelToken()
    token.cancel()
    for text in (event("1", "RRULE:FREQ=DAILY"), event("1", "RRULE:FREQ=SECONDLY")):
        with pytest.raises(Cancelled):
            freebusy_prepared("anna", [asked(annas(text), TEAM)], MONDAY, TUESDAY, directory=TEAM, cancel=token)


def test_what_explodes_unseen_does_not_show():
    """A private event that is too much to expand fails for its owner alone."""
    much = event("1", "RRULE:FREQ=SECONDLY", "CLASS:PRIVATE", start="20260101T000000Z", end="20260101T000001Z")
    its = [asked(annas(much, event("2")), TEAM)]
    span = {"start": MONDAY, "end": MONDAY + timedelta(days=20_000), "directory": TEAM}
    with pytest.raises(LimitExceeded):
        freebusy_prepared("anna", its, **span)
    assert 1 == len(freebusy_prepared("ben", its, **span).people)
