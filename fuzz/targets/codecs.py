"""Codecs: any JSON as a meeting, a poll, a setting of reminders, or a command or notice of those.

The first byte chooses the codec, the rest is the text of the JSON. What must hold: no error but InvalidValue; what is
read is written as it was read, and that is read as an equal value. Read meetings and polls are asked a little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final

from meetings import cast
from schedcore import Duration, meetings, polls, reminders
from schedcore.errors import SchedcoreError
from schedcore.meetings import Channel, codec
from schedcore.polls import Option, Voter

CODECS: Final[tuple[Any, ...]] = (codec, SimpleNamespace(to_json=polls.to_json, from_json=polls.from_json), reminders)
NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)

_TEXTS: Final = (
    *("type", "v", "kind", "by", "acting_for", "recurrence_id", "at", "tz", "fold", "Europe/Zurich", "UTC", "exact"),
    *("nominal", "PT1H", "P1D", "2026-03-02", "2026-03-02T09:00:00", "FREQ=DAILY", "Meeting", "Poll", "Create", "key"),
    *("first", "times", "offsets", "tail", "source", "rules", "rdates", "exdates", "guests", "options"),
)
WORDS: Final = (
    *(f'"{text}"'.encode() for text in _TEXTS),
    *(b"null", b"true", b"1e400", b"-1", b"NaN", b"\\ud800", b"[[", b"{}"),
)


def seeds() -> Iterable[bytes]:
    """What the codecs write of a few values of each kind."""
    meeting, notices = cast.made(cast.BEN, cast.XAVIER, series=cast.WEEKLY)
    commands = (meetings.Accept(by="ben", recurrence_id=cast.WEEKS[1]), meetings.Remove(by="anna", participant="ben"))
    created = polls.Create(
        by="anna",
        id="p1",
        creator=cast.ANNA,
        subject="When?",
        options=[Option(cast.NOON, cast.NOON + cast.HOUR, 2), Option(cast.NOON.date())],
        voters=[Voter(cast.BEN), Voter(cast.XAVIER)],
        tz="Europe/Zurich",
    )
    poll, _ = polls.apply(None, created, NOW)
    settings = (
        reminders.Alarm(Duration(-1, -3600), Channel.SMS, "END", 3, Duration(seconds=300), NOW),
        reminders.daily_digest(["MO"], ["mail"]),
        reminders.Hooks((reminders.Hook("Team", "https://chat.example.com/1", reminders.Template("*%subject%*")),)),
        reminders.Profile("anna", "anna@example.com"),
    )
    for number, values in enumerate(((meeting, *notices, *commands), (poll, created), settings)):
        for value in values:
            yield bytes([number]) + json.dumps(CODECS[number].to_json(value)).encode()


def check(data: bytes) -> None:
    """Read, write, read."""
    if not data:
        return
    chosen = CODECS[data[0] % len(CODECS)]
    try:
        given = json.loads(data[1:])
    except (ValueError, RecursionError):
        return
    try:
        value = chosen.from_json(given)
    except SchedcoreError as error:
        assert len(str(error)) < 2000
        return
    written = json.loads(json.dumps(chosen.to_json(value)))
    assert value == chosen.from_json(written)
    assert written == chosen.to_json(chosen.from_json(written))
    if isinstance(value, polls.Poll):
        polls.tally(value)
