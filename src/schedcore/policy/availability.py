"""What blocks somebody's time and what does not, and the answer to suggest to an invitation.

Rules of this module:

1. Of four statuses only free does not block; it never enters free/busy.
2. A new timed event is busy, a new all-day event free, unless its maker says otherwise. To be out of office all day has
   to be said.
3. An invitation takes time as its answer says: none yet, tentatively; accepted, as the event does; refused, not at all,
   whether it went from the calendar or was kept there crossed out. TENTATIVE as an answer (RFC 5545 3.2.12) is not yet
   one, and blocks tentatively.
4. Who is out of office cannot accept: for an invitation that touches such a stretch, declining is suggested, with the
   reason. Nothing is suggested otherwise; two meetings at once are for people to decide.

The words of other formats for all of this are tables in `freebusy.status`; what an event of a calendar says, is read in
`freebusy.reading`. What this module does not do: it answers nobody and changes nothing.

Product rules: A1, A2, A3, A4, A5, A6, A7, A8, A9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy.slots import Why
from schedcore.freebusy.status import PARTSTAT, Status
from schedcore.policy.addresses import canonical_or_none

if TYPE_CHECKING:
    from schedcore.freebusy import Block
    from schedcore.ics import Event

__all__ = ["Answer", "Suggestion", "answer_of", "blocks", "default_status", "status_of_answer", "suggest_answer"]


class Answer(StrEnum):
    """What an invitee has answered; refusing removes the meeting from their calendar, unless they keep it there."""

    INVITED = "invited"
    TENTATIVE = "tentative"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REFUSED_KEPT = "refused but kept"


#: The answers as PARTSTAT (RFC 5545 3.2.12), which does not know that a refused meeting is kept.
PARTSTATS: Final = {
    Answer.INVITED: "NEEDS-ACTION",
    Answer.TENTATIVE: "TENTATIVE",
    Answer.ACCEPTED: "ACCEPTED",
    Answer.REFUSED: "DECLINED",
    Answer.REFUSED_KEPT: "DECLINED",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer to suggest, and why: what is in the way, and its stretch [start, end) in UTC seconds."""

    answer: Answer
    why: Why
    start: int
    end: int


def default_status(*, all_day: bool) -> Status:
    """The status of a new event whose maker chose none.

    >>> default_status(all_day=False).name, default_status(all_day=True).name
    ('BUSY', 'FREE')
    """
    return Status.FREE if all_day else Status.BUSY


def blocks(status: Status) -> bool:
    """Whether a status takes time: enters free/busy, and may be in the way of a meeting.

    >>> [status.name for status in Status if not blocks(status)]
    ['FREE']
    """
    return status is not Status.FREE


def status_of_answer(answer: Answer, event: Status = Status.BUSY) -> Status:
    """What an invitation takes of the invitee's time: what the event would, as far as they have answered.

    >>> [status_of_answer(answer).name for answer in (Answer.INVITED, Answer.ACCEPTED, Answer.REFUSED_KEPT)]
    ['TENTATIVE', 'BUSY', 'FREE']
    """
    answered = PARTSTAT.status(PARTSTATS[answer])
    return min(event, answered) if answered is not Status.BUSY else event


def answer_of(event: Event, addresses: Iterable[str]) -> str | None:
    """Tell the PARTSTAT of somebody in an event, named by any of their addresses; None if they were not invited.

    Who is listed without an answer has given none: NEEDS-ACTION (RFC 5545 3.2.12). Addresses are in the form of
    `addresses.canonical`, as a `Person` has them. A pass over the event's text.
    """
    mine = frozenset(addresses)
    if not mine:
        return None
    for attendee in event.properties(frozenset(("ATTENDEE",))):
        named = (attendee.value, attendee.params.get("EMAIL", ""))
        if any(canonical_or_none(address) in mine for address in named):
            return attendee.params.get("PARTSTAT", "NEEDS-ACTION").upper()
    return None


def suggest_answer(start: int, end: int, taken: Iterable[Block]) -> Suggestion | None:
    """Suggest what to answer to an invitation for [start, end), in UTC seconds; None where nothing is to be suggested.

    `taken` are the invitee's own stretches, as `FreeBusy.blocks` lists them: who sees this suggestion sees them too.
    The earliest stretch out of office that the meeting touches is the reason to decline. InvalidValue for an end before
    the start. O(stretches).

    >>> from schedcore.freebusy import Block
    >>> found = suggest_answer(3600, 7200, [Block(0, 0, 86400, Status.OUT_OF_OFFICE)])
    >>> found.answer.value, str(found.why)
    ('refused', 'out of office')
    """
    if end < start:
        raise InvalidValue(f"the invitation ends at {shorten(end)}, before its start {shorten(start)}; swap them")
    for block in sorted(taken, key=lambda one: (one.start, one.end)):
        touches = block.start < max(end, start + 1) and start < block.end
        if block.status is Status.OUT_OF_OFFICE and touches:
            return Suggestion(Answer.REFUSED, Why.OUT_OF_OFFICE, block.start, block.end)
    return None
