"""The transitions of a poll as data: `apply` walks them, the diagram is drawn from them.

Rules of this module:

1. A row says: this command, in this state, by somebody who is this, ends in that state. What no row has is refused.
2. `notices` has what is then sent and to whom. A vote, a closing without a date and a deletion tell nobody; an edit
   tells only of dates, times and participants (L19, L20).
3. All notices are mails: the rules say so wherever they say how.

Product rules: L4, L8, L9, L10, L11, L12, L14, L15, L16, L18, L19, L20, L22, L23, L24, L25, L26.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from schedcore.polls import commands as c
from schedcore.polls.poll import State

__all__ = ["TABLE", "Kind", "Row", "To", "Who", "row_of"]


class Kind(StrEnum):
    """What a notice of this room says."""

    INVITED = "poll invited"
    CHANGED = "poll changed"
    REMINDED = "poll reminded"
    CHOSEN = "poll chosen"


class Who(StrEnum):
    """Who may: the creator, or somebody who was asked."""

    CREATOR = "creator"
    VOTER = "voter"


class To(StrEnum):
    """Who is told."""

    NEW = "new voters"
    KEPT = "voters before"
    UNANSWERED = "those who have not answered"
    ALL = "all voters"


class Row(NamedTuple):
    """One transition."""

    command: type[c.Command]
    state: State
    who: Who
    after: State
    notices: tuple[tuple[Kind, To], ...] = ()


NONE, OPEN, CHOSEN, CLOSED, DELETED = State.NONE, State.OPEN, State.CHOSEN, State.CLOSED, State.DELETED
MAKER, VOTER = Who.CREATOR, Who.VOTER

TABLE: Final = (
    Row(c.Create, NONE, MAKER, OPEN, ((Kind.INVITED, To.NEW),)),
    Row(c.Edit, OPEN, MAKER, OPEN, ((Kind.CHANGED, To.KEPT), (Kind.INVITED, To.NEW))),
    Row(c.Cast, OPEN, VOTER, OPEN),
    Row(c.Withdraw, OPEN, VOTER, OPEN),
    Row(c.Remind, OPEN, MAKER, OPEN, ((Kind.REMINDED, To.UNANSWERED),)),
    Row(c.Choose, OPEN, MAKER, CHOSEN, ((Kind.CHOSEN, To.ALL),)),
    Row(c.Close, OPEN, MAKER, CLOSED),
    Row(c.Delete, OPEN, MAKER, DELETED),
    Row(c.Delete, CHOSEN, MAKER, DELETED),
    Row(c.Delete, CLOSED, MAKER, DELETED),
)

#: Why there is no row: a code and a sentence, by state.
IMPOSSIBLE: Final = {
    NONE: ("no_poll", "there is no such poll: create it first"),
    OPEN: ("exists", "there is such a poll already: edit it, or take an id of its own"),
    CHOSEN: ("closed", "its final date was chosen, which closed it for good: create another poll"),
    CLOSED: ("closed", "it was closed, and a closed poll never opens again: create another one"),
    DELETED: ("deleted", "it was deleted for ever, and its id is used: create another one, with an id of its own"),
}


def row_of(command: type[c.Command], state: State) -> Row | None:
    """The row of a command in a state; None where it is refused.

    >>> row_of(c.Choose, State.OPEN).after.value, row_of(c.Choose, State.CHOSEN)
    ('chosen', None)
    """
    return next((row for row in TABLE if row.command is command and row.state is state), None)
