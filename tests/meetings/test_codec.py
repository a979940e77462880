"""Meetings, commands and notices as JSON: what comes back is equal, what was tampered with is refused by its place."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.cast import ANNA, BEN, HOUR, NOON, NOW, ONCE, WEEKLY, WEEKS, XAVIER, ZURICH, after, meeting
from schedcore import Duration, Rule, Series
from schedcore.errors import InvalidValue
from schedcore.meetings import Accept, Create, Edit, Invite, Meeting, Refuse, Remove, apply
from schedcore.meetings.codec import from_json, to_json
from schedcore.zones import CustomZone, same_zone

DAY = date(2026, 10, 20)
OURS = CustomZone("Ours", 3600, [1_774_746_000], [7200], source="BEGIN:VTIMEZONE")


def again(value):
    """A value through the text of JSON."""
    return from_json(json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize(
    "series",
    [
        ONCE,
        WEEKLY,
        Series(date(2026, 10, 19), "FREQ=DAILY", duration=Duration(days=2)),
        Series(datetime(2026, 10, 19, 9), duration=Duration(1, 60)),
        Series(NOON.astimezone(UTC), duration=timedelta(days=1)),
        Series(NOON.replace(tzinfo=ZoneInfo("UTC"))),
        Series(NOON.replace(tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        Series(NOON.replace(tzinfo=OURS), "FREQ=DAILY"),
        Series(datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH, fold=1), fold="last", gap="skip"),
        Series(NOON, ["FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;COUNT=3"], exrules=["FREQ=MONTHLY"], exdates=[DAY]),
        Series(NOON, rdates=[NOON + HOUR, (NOON + 2 * HOUR, HOUR), (NOON + 4 * HOUR, NOON + 5 * HOUR)]),
        Series(NOON, "FREQ=DAILY;UNTIL=20261031", strict=False),
        Series(NOON, "FREQ=WEEKLY;BYDAY=MO", include_dtstart=False),
    ],
)  # fmt: skip
def test_series(series):
    """Of each kind, in each zone, with all their parts."""
    one = meeting(BEN, XAVIER, series=series)
    back = again(one)
    assert (one, hash(one.series.dtstart)) == (back, hash(back.series.dtstart))
    zones = [getattr(each.series.dtstart, "tzinfo", None) for each in (one, back)]
    assert zones == [None, None] or same_zone(*zones)
    assert type(zones[0]) is type(zones[1])
    assert one.series.dtstart.isoformat() == back.series.dtstart.isoformat()


def test_notices_keep_the_kinds_of_their_values():
    """A date that changed comes back as a date, a text that looks like one as a text."""
    edit = Edit(by="anna", series=ONCE.replace(dtstart=NOON + HOUR), subject="2026-10-19")
    _, notices = apply(meeting(BEN), edit, NOW)
    (notice,) = notices
    assert notice == again(notice)
    assert {"start": NOON + HOUR, "subject": "2026-10-19"}.items() <= {
        c.name: c.after for c in again(notice).changes
    }.items()
    _, notices = apply(meeting(BEN), Refuse(by="ben", reason="\u202e\0"), NOW)
    assert notices == [again(notice) for notice in notices]


FULL = after(
    meeting(BEN, XAVIER, series=WEEKLY.without(WEEKS[2])),
    Accept(by="ben", recurrence_id=WEEKS[1]),
    Edit(by="anna", recurrence_id=WEEKS[1], start=WEEKS[1] + HOUR),
    Refuse(by=XAVIER.id, reason="ill"),
)
TREES = [
    to_json(FULL),
    to_json(Create(by="anna", id="1", creator=ANNA, series=WEEKLY, guests=[BEN])),
    to_json(apply(FULL, Edit(by="anna", subject="x"), NOW)[1][0]),
]


ODD = [None, True, 0, -1, 10**30, 1.5, "", "x", "2026-13-01", "2026-10-19", [], [[]], {}, {"at": "x"}]


def places(tree, path=()):
    """Every place in a tree."""
    yield path
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in inner:
        yield from places(value, (*path, name))


def changed(tree, path, change):
    """A copy of a tree with one place changed."""
    tree = copy.deepcopy(tree)
    at = tree
    for name in path[:-1]:
        at = at[name]
    change(at, path[-1])
    return tree


@given(st.data())
def test_what_was_tampered_with_is_refused_or_read_as_it_says(data):
    """No other error than InvalidValue, and never a value that would be written otherwise."""
    tree = data.draw(st.sampled_from(TREES))
    path = data.draw(st.sampled_from([path for path in places(tree) if path]))
    value = data.draw(
        st.sampled_from([None, True, 0, -1, 10**30, 1.5, "", "x", "2026-13-01", [], [[]], {}, {"at": "x"}])
    )
    broken = changed(tree, path, lambda at, name: at.__setitem__(name, value))
    try:
        found = from_json(broken)
    except InvalidValue:
        return
    assert found == from_json(to_json(found))
    assert to_json(found) == broken or _normal(broken, found)


def _normal(broken, found):
    """Addresses are brought to one form, and ids of strangers with them: nothing else may differ."""
    before, now = json.dumps(broken), json.dumps(to_json(found))
    return before != now and "addresses" in before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tree: tree.pop("subject"), "Meeting.subject is missing"),
        (lambda tree: tree.update(color="red"), "Meeting.color is unknown"),
        (lambda tree: tree.update(v=2), "Meeting.v: 2 is not 1"),
        (lambda tree: tree.update(v=True), "Meeting.v: True is not 1"),
        (lambda tree: tree.update(type="Poll"), "give an object with a type"),
        (lambda tree: tree.update(status="BUSY"), "Meeting.status: 'BUSY' is none of free, tentative, busy"),
        (lambda tree: tree.update(state="event"), "an event has no participants"),
        (lambda tree: tree["participants"].clear(), "meeting without a participant"),
        (lambda tree: tree["participants"].append(tree["participants"][0]), "was invited twice"),
        (lambda tree: tree["participants"][0]["given"].update(stamp="now"), r"s\[0\].given.stamp: 'now' is no"),
        (lambda tree: tree["instances"][0].update(recurrence_id="2026-10-26"), "the series is zoned"),
        (lambda tree: tree["instances"].append(tree["instances"][0]), "an instance is named twice"),
        (lambda tree: tree["instances"][0].update(end="2026-10-26"), "end"),
        (lambda tree: tree["series"].update(rules=["FREQ=NEVER"]), r"Meeting.series.rules\[0\]: .*NEVER"),
        (lambda tree: tree["series"]["start"].update(tz="Mars/Olympus"), "Meeting.series.start.tz: no zone is called"),
        (lambda tree: tree["series"].update(duration={"exact": "P1D"}), "has days, which are nominal"),
        (lambda tree: tree["series"].update(gap="jump"), "Meeting.series: gap='jump'"),
        (lambda tree: tree["series"]["start"].update(at="2026-10-19T12:00"), "not as this version writes it"),
    ],
)  # fmt: skip
def test_errors_name_the_place(change, said):
    """And what is wrong there."""
    tree = copy.deepcopy(to_json(FULL))
    change(tree)
    with pytest.raises(InvalidValue, match=said):
        from_json(tree)


def nested(value, times, make):
    """A value in lists or objects, one in another."""
    for _ in range(times):
        value = make(value)
    return value


@pytest.mark.parametrize(
    ("at", "change", "said"),
    [
        (0, lambda tree: tree.update(subject="a\ud800"), "Meeting.subject: .* half of a surrogate pair"),
        (0, lambda tree: tree["series"].update(start=nested("x", 5000, lambda at: {"at": at, "tz": "UTC"})), "no time"),
        (2, lambda tree: tree["changes"][0].update(after=nested("x", 5000, lambda one: [one])), "no value of a notice"),
        (2, lambda tree: tree["changes"][0].update(after=["\udfff"]), "half of a surrogate pair"),
    ],
)  # fmt: skip
def test_depth_and_halves_of_characters(at, change, said):
    """Nesting takes no stack, messages stay short, and no text is taken that UTF-8 cannot write."""
    tree = copy.deepcopy(TREES[at])
    change(tree)
    with pytest.raises(InvalidValue, match=said) as caught:
        from_json(tree)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [7, None, [], "x", {"type": ["Meeting"]}, {"v": 1}, ANNA])
def test_what_is_no_meeting(value):
    """Neither read nor written."""
    with pytest.raises(InvalidValue):
        from_json(value)
    with pytest.raises(InvalidValue):
        to_json(value)


def test_commands_of_each_kind_come_back():
    """Their guests and rules too."""
    for command in (
        Invite(by="anna", guests=[BEN, XAVIER], notify=False),
        Remove(by="dora", acting_for="anna", participant="ben"),
        Edit(by="anna", series=ONCE.replace(rule=Rule.parse("FREQ=DAILY"))),
    ):
        assert command == again(command)
    assert isinstance(again(FULL), Meeting)
    assert FULL != again(replace(FULL, subject="x"))
