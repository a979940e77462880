"""The transitions of a meeting, and of an answer, as data: `apply` walks them, the diagrams are drawn from them.

Rules of this module:

1. A row says: this command, in this state, by somebody who is this, ends in that state and tells these people. What no
   row has is refused. Rows of one command and state differ in `when`, of which exactly one holds afterwards.
2. `suppressible`: who commands may ask that internal participants are not told (M10, M19). Where it is False the wish
   is refused, not ignored. People without an account are always told (M11).
3. Whoever was removed is not told (M22); to accept the first time, or perhaps to come, tells nobody.
4. `ANSWERS` has every step from one answer to another, and whether the creator is told of it: of each refusal (M5, M6),
   and of an acceptance after one (M8). What was answered already, with the same reason, is no step.
5. All notices are mails: the rules say so wherever they say how. That an invitation is in an internal invitee's
   calendar is no notice but a fact of the meeting (`Meeting.stands_with`).

Product rules: M1, M4, M5, M6, M8, M10, M11, M17, M19, M20, M21, M22, M34.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from schedcore.meetings import commands as c
from schedcore.meetings.meeting import State
from schedcore.policy import Answer

__all__ = ["ANSWERS", "TABLE", "Kind", "Row", "To", "When", "Who", "rows_of"]


class Kind(StrEnum):
    """What a notice of this room says."""

    INVITED = "meeting invited"
    CHANGED = "meeting changed"
    CANCELLED = "meeting cancelled"
    REMINDED = "meeting reminded"
    ANSWERED = "meeting answered"
    COUNTERED = "meeting countered"
    REFRESHED = "meeting refreshed"


class Who(StrEnum):
    """Who may: the creator (or organizer), or somebody who was invited."""

    CREATOR = "creator"
    ORGANIZER = "organizer"
    INVITEE = "invitee"


class When(StrEnum):
    """What holds after a command, where the next state depends on it."""

    ALWAYS = ""
    GUESTS = "with guests"
    NO_GUESTS = "without guests"
    INSTANCES = "instances are left"
    NOTHING = "nothing is left"


class To(StrEnum):
    """Who is told."""

    NOBODY = "nobody"
    NEW = "the new participants"
    ALL = "all participants"
    UNANSWERED = "those who have not answered"
    CREATOR = "the creator"
    SENDER = "who asked"


class Row(NamedTuple):
    """One transition; `hosted` is whether the meeting is kept here."""

    command: type[c.Command]
    state: State
    who: Who
    after: State
    when: When = When.ALWAYS
    kind: Kind | None = None
    to: To = To.NOBODY
    suppressible: bool = False
    hosted: bool | None = True


NONE, EVENT, MEETING, CANCELLED = State.NONE, State.EVENT, State.MEETING, State.CANCELLED
MAKER, OUTSIDE, GUEST = Who.CREATOR, Who.ORGANIZER, Who.INVITEE
INVITED: Final = (Kind.INVITED, To.NEW)
OFF: Final = (Kind.CANCELLED, To.ALL, True)
ANSWERED: Final = (Kind.ANSWERED, To.CREATOR)

TABLE: Final = (
    Row(c.Create, NONE, MAKER, EVENT, When.NO_GUESTS),
    Row(c.Create, NONE, MAKER, MEETING, When.GUESTS, *INVITED, suppressible=True),
    # An event becomes a meeting by its first invitation, which therefore is its creation.
    Row(c.Invite, EVENT, MAKER, MEETING, When.ALWAYS, *INVITED, suppressible=True),
    Row(c.Invite, MEETING, MAKER, MEETING, When.ALWAYS, *INVITED),
    Row(c.Edit, EVENT, MAKER, EVENT),
    Row(c.Edit, MEETING, MAKER, MEETING, When.ALWAYS, Kind.CHANGED, To.ALL, suppressible=True),
    Row(c.Remove, MEETING, MAKER, MEETING, When.GUESTS),
    Row(c.Remove, MEETING, MAKER, EVENT, When.NO_GUESTS),
    Row(c.Remind, MEETING, MAKER, MEETING, When.ALWAYS, Kind.REMINDED, To.UNANSWERED),
    Row(c.Cancel, EVENT, MAKER, EVENT, When.INSTANCES),
    Row(c.Cancel, EVENT, MAKER, CANCELLED, When.NOTHING),
    Row(c.Cancel, MEETING, MAKER, MEETING, When.INSTANCES, *OFF),
    Row(c.Cancel, MEETING, MAKER, CANCELLED, When.NOTHING, *OFF),
    Row(c.Accept, MEETING, GUEST, MEETING, When.ALWAYS, *ANSWERED, hosted=None),
    Row(c.Tentative, MEETING, GUEST, MEETING, When.ALWAYS, *ANSWERED, hosted=None),
    Row(c.Refuse, MEETING, GUEST, MEETING, When.ALWAYS, *ANSWERED, hosted=None),
    Row(c.Reply, MEETING, GUEST, MEETING, When.ALWAYS, *ANSWERED),
    Row(c.Counter, MEETING, GUEST, MEETING, When.ALWAYS, Kind.COUNTERED, To.CREATOR),
    Row(c.Refresh, MEETING, GUEST, MEETING, When.ALWAYS, Kind.REFRESHED, To.SENDER),
    # Messages of an organizer elsewhere: the message itself is what tells the invitees.
    Row(c.Request, NONE, OUTSIDE, MEETING, hosted=False),
    Row(c.Request, MEETING, OUTSIDE, MEETING, hosted=False),
    Row(c.Withdraw, MEETING, OUTSIDE, MEETING, When.INSTANCES, hosted=False),
    Row(c.Withdraw, MEETING, OUTSIDE, CANCELLED, When.NOTHING, hosted=False),
)

REFUSALS: Final = (Answer.REFUSED, Answer.REFUSED_KEPT)

#: (before, after): whether the creator is told. None can go back to INVITED but by an edit.
ANSWERS: Final[dict[tuple[Answer, Answer], bool]] = {
    (before, after): after in REFUSALS or (before in REFUSALS and after is Answer.ACCEPTED)
    for before in Answer
    for after in Answer
    if after is not Answer.INVITED
}


def rows_of(command: type[c.Command], state: State) -> tuple[Row, ...]:
    """The rows of a command in a state.

    >>> [row.after.value for row in rows_of(c.Remove, State.MEETING)]
    ['meeting', 'event']
    """
    return tuple(row for row in TABLE if row.command is command and row.state is state)
