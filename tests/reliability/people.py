"""People who may not, or may no longer, and texts that would like to be more than text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from policy.team import TEAM, annas, event
from reliability.case import Case, Error
from schedcore.errors import InvalidValue, Refused, SchedcoreError
from schedcore.meetings import Guest
from schedcore.policy import Grant, Right, granted, level
from schedcore.polls import Cast, Choose, Close, Create, Edit, Option, Poll, Vote, Voter, apply, tally
from schedcore.reminders import Template

NOON: Final = datetime(2026, 10, 26, 12, tzinfo=UTC)
NOW: Final = NOON - timedelta(days=7)
ANNA: Final = Guest("anna", True, addresses=["anna@example.com"])
BEN: Final = Voter(Guest("ben", True, addresses=["ben@example.com"]))
CARLA: Final = Voter(Guest("carla", True))
HOUR: Final = timedelta(hours=1)
OPTIONS: Final = (Option(NOON, NOON + HOUR), Option(NOON + HOUR, NOON + 2 * HOUR))


def poll(*commands: Any) -> Poll:
    """A poll of two options for Ben and Carla, after some commands."""
    made, _ = apply(None, Create(by="anna", id="1", creator=ANNA, options=OPTIONS, voters=[BEN, CARLA]), NOW)
    for command in commands:
        made, _ = apply(made, command, NOW)
    return made


def votes(by: str, option: int, **parts: Any) -> Cast:
    """A yes."""
    return Cast(by=by, votes=[(option, Vote.YES)], **parts)


def refused(shown: str, command: Any, says: str, *before: Any, kind: type[SchedcoreError] = Refused) -> Case:
    """A command to a poll that is refused, and leaves the poll as it was."""

    def ask(one: Poll) -> None:
        was = poll(*before)
        try:
            apply(one, command, NOW)
        finally:
            assert was == one

    return Case(shown, ask, Error(kind, says), lambda: poll(*before))


def seen(shown: str, answer: str, make: Callable[[], tuple[str, Any, Any]]) -> Case:
    """What somebody may know of an event in Anna's calendar."""
    return Case(shown, lambda one: level(one[1].calendar.events[0], one[0], *one[1:]).name, answer, make)


def filled(shown: str, text: str, subject: str, answer: str) -> Case:
    """A template with a subject in it."""
    return Case(shown, lambda _: Template(text).fill(subject=subject), answer)


SHARED: Final = [Grant(Right.READ, group="sales")]
CASES: Final[list[Case]] = [
    seen("a viewer who is in the group", "DETAILS", lambda: ("ben", annas(event(), grants=SHARED), TEAM)),
    seen(
        "the same, who left it a second ago",
        "NONE",
        lambda: ("ben", annas(event(), grants=SHARED), TEAM.left("sales", "ben")),
    ),
    Case(
        "a grant to a group that does not exist",
        lambda its: granted(its, Grant(Right.READ, group="gone"), by="anna", directory=TEAM),
        Error(InvalidValue, "'gone'"),
        lambda: annas(event()),
    ),
    seen(
        "such a grant, left behind",
        "BUSY",
        lambda: ("ben", annas(event(), grants=[Grant(Right.READ, group="gone")]), TEAM),
    ),
    refused(
        "a vote for an option that was removed",
        votes("ben", 2),
        "option 2 is not, or no longer, proposed",
        Edit(by="anna", options=OPTIONS[:1]),
    ),
    Case(
        "the same vote twice",
        lambda one: [(each.option.number, each.can_come) for each in tally(one).standings],
        [(1, 1), (2, 0)],
        lambda: poll(votes("ben", 1), votes("ben", 1)),
    ),
    refused("a vote after the close", votes("ben", 1), "closed", Close(by="anna")),
    refused("a vote by somebody who is not asked", votes("eve", 1), "eve"),
    refused("a vote on behalf of somebody else", votes("ben", 1, acting_for="carla"), "carla"),
    refused("a second final choice", Choose(by="anna", option=2), "closed", Choose(by="anna", option=1)),
    refused("a final choice by a voter", Choose(by="ben", option=1), "ben"),
    filled("%subject% inside the subject", "*%subject%*", "%subject% %date%", "*%subject% %date%*"),
    filled(
        "syntax of other templates in the subject",
        "%subject%",
        "{0.__class__} ${x} {{7*7}} %(a)s %s <%= 1 %>",
        "{0.__class__} ${x} {{7*7}} %(a)s %s <%= 1 %>",
    ),
    filled("syntax of other templates in the template", "{subject} {{7*7}} %s", "x", "{subject} {{7*7}} %s"),
    Case(
        "a name with right-to-left marks",
        lambda _: ascii(Template("%subject%: 9:00").fill(subject="\u202egpj.exe")),
        ascii("\u202egpj.exe\u202c: 9:00"),
    ),
]
