"""Settings as JSON: what is written is read as the same, and what is damaged is named by its path."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedcore import Calendar, Duration
from schedcore.errors import InvalidValue, LimitExceeded
from schedcore.meetings import Channel, codec
from schedcore.reminders import (
    Alarm,
    Content,
    Hook,
    Hooks,
    Profile,
    Template,
    Watched,
    daily_digest,
    day_digest,
    due,
    from_json,
    sms_agenda,
    to_json,
)

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEAM = Hook("Team", "https://chat.example.com/1", Template("*%subject%*\n%date%"))
SETTINGS = [
    Alarm(),
    Alarm(Duration(-1, -3600), Channel.SMS, "END", 3, Duration(seconds=300), NINE, "a1", None, "", "Cake"),
    Alarm(NINE, Channel.CHAT, hook="Team", snoozes="a1"),
    daily_digest(),
    daily_digest(["MO", "SU"], ["mail", "chat"], Content.SAME_DAY, time(7, 45), recurring=False),
    sms_agenda(["TU"]),
    TEAM,
    Hooks(),
    Hooks((TEAM, Hook("Two", "https://chat.example.com/2", Template(""))), None),
    Profile("anna"),
    Profile("anna", "Anna@Example.com", "login@example.com", "+41 44 668 18 00"),
]


@pytest.mark.parametrize("value", SETTINGS, ids=repr)
def test_round_trip(value):
    """Through JSON and back a setting is the same, and so is its JSON."""
    text = json.dumps(to_json(value))
    again = from_json(json.loads(text))
    assert value == again
    assert text == json.dumps(to_json(again))


@given(
    st.integers(-400, 400), st.integers(0, 90_000), st.sampled_from(["START", "END"]), st.integers(0, 1_000), st.text()
)
def test_alarms_round_trip(days, seconds, related, repeat, text):
    """So is any alarm."""
    every = timedelta(seconds=seconds + 1) if repeat else None
    alarm = Alarm(Duration(days, -seconds if days < 0 else seconds), "pop-up", related, repeat, every, text=text)
    assert alarm == from_json(json.loads(json.dumps(to_json(alarm))))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "is no setting"),
        ({}, "v: None"),
        ({"v": 2, "kind": "alarm"}, "v: 2: this version reads 1 only"),
        ({"v": True, "kind": "alarm"}, "v: True"),
        ({"v": 1}, "kind: None is none of alarm, digest"),
        ({"v": 1, "kind": ["alarm"]}, "kind: "),
        ({"v": 1, "kind": "alarm", "triger": "PT0S"}, "alarm: 'triger' is not known"),
        ({"v": 1, "kind": "alarm", "trigger": 5}, "alarm.trigger: 5 is no text"),
        ({"v": 1, "kind": "alarm", "trigger": "20260302"}, "alarm: trigger="),
        ({"v": 1, "kind": "alarm", "repeat": "2"}, "alarm.repeat: '2' is no whole number"),
        ({"v": 1, "kind": "alarm", "repeat": True}, "alarm.repeat: True is no whole number"),
        ({"v": 1, "kind": "alarm", "repeat": 2}, "alarm: repeat=2, every=None: give both"),
        ({"v": 1, "kind": "alarm", "channel": "fax"}, "alarm: channel='fax'"),
        ({"v": 1, "kind": "alarm", "related": "MIDDLE"}, "alarm: "),
        ({"v": 1, "kind": "alarm", "hook": None}, "alarm.hook: None is no text"),
        ({"v": 1, "kind": "digest", "days": "MO"}, "digest.days: 'MO' is no list"),
        ({"v": 1, "kind": "digest", "days": [1]}, "digest.days: 1 is no text"),
        ({"v": 1, "kind": "digest", "at": "25:00"}, "digest.at: "),
        ({"v": 1, "kind": "digest", "recurring": 1}, "digest.recurring: 1 is no true or false"),
        ({"v": 1, "kind": "hook", "name": "Team"}, "hook: "),
        ({"v": 1, "kind": "hooks", "all": [{"name": 5}]}, r"hooks.all\[0\].name: 5 is no text"),
        ({"v": 1, "kind": "hooks", "all": ["Team"]}, r"hooks.all\[0\]: 'Team' is no object"),
        ({"v": 1, "kind": "profile"}, "profile: "),
        ({"v": 1, "kind": "profile", "person": ""}, "profile: person=''"),
    ],
)
def test_what_is_damaged(value, said):
    """Each fault is an error that names its path, and nothing is guessed."""
    with pytest.raises(InvalidValue, match=said):
        from_json(value)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("alarm", "related", "x" * 10**5),
        ("alarm", "acknowledged", "2" * 10**5),
        ("digest", "content", "x" * 10**5),
        ("digest", "channels", ["x" * 10**5]),
        ("digest", "at", "2" * 10**5),
        ("alarm", "text", "\ud800"),
        ("digest", "days", ["\ud800"]),
    ],
)
def test_messages_are_short_and_texts_are_whole(kind, name, value):
    """Python's own errors repeat a value, however long; and half of a surrogate pair is no text."""
    with pytest.raises(InvalidValue, match=f"^{kind}") as caught:
        from_json({"v": 1, "kind": kind, name: value})
    assert len(str(caught.value)) < 400


def test_a_quota_is_kept():
    """More hooks than the quota that came with them are refused as they were when they were made."""
    found = to_json(Hooks((TEAM,)))
    with pytest.raises(LimitExceeded):
        from_json({**found, "quota": 0})


def test_what_is_no_setting():
    """Only settings are written."""
    with pytest.raises(InvalidValue, match="is no setting: give one of alarm"):
        to_json("alarm")


def test_notices_are_kept_as_those_of_meetings():
    """A reminder and a digest as notices go through the JSON of all notices, and come back equal."""
    text = (
        "BEGIN:VEVENT\nUID:1\nSUMMARY:Lunch\nDTSTART;TZID=Europe/Zurich:20260302T120000\nRRULE:FREQ=DAILY\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:2\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20260302\nEND:VEVENT"
    )
    anna = Watched("anna", Calendar.from_ical(text), Profile("anna"), defaults=[Alarm.before(5, "chat", "Team")])
    found = [one.notice() for one in due([anna], NINE - timedelta(days=1), NINE + timedelta(days=1))]
    found += day_digest(daily_digest(["MO"], ["mail", "chat"]), anna, NINE.date(), "Europe/Zurich").notices()
    assert 4 == len(found)
    assert found == [codec.from_json(json.loads(json.dumps(codec.to_json(notice)))) for notice in found]
