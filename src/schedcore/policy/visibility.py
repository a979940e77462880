"""How visible an event is, and what each level of knowing about it holds.

The lattice. What somebody may know of an event is a set of `Fields`, and two reasons to know add up: the union of what
each gives. So another right never shows less. From the set follows the `Level`, which has four steps:

    NONE      nothing, not even that there is an event
    BUSY      that the time is taken, from when to when (TIMES), and how surely: tentative, busy, out of office (STATUS)
    DETAILS   everything that the event says (SUBJECT and REST)
    EDIT      the same, and to change it (WRITE)

Publication does not fit on these four steps. To the public a calendar in busy/free mode says only that time is taken
(TIMES: that somebody is out of office says that a house is empty), and in details mode also subject and description,
but not where and with whom (TIMES and SUBJECT). As a `Level` both are BUSY, for whoever takes DETAILS for all details
must not find out about the difference from a stranger's screen; `as_seen_by` gives what the fields allow.

Visibility is the event's own word, the same whoever asks. What is left of each reason to know under it, is the table in
`rights`. It comes from CLASS (RFC 5545 3.8.1.3), by one table here:

    PUBLIC, or no CLASS     VISIBLE      the RFC's default, and the product's (V2)
    CONFIDENTIAL            SOME         servers that tell the two apart show its time and nothing else
    PRIVATE                 INVISIBLE    the same servers hide it altogether
    anything else           INVISIBLE    "treat it the same way as the PRIVATE value" (RFC 5545 3.8.1.3)

An override without a CLASS has that of its event, though it leaves out what else it does not say (RFC 5545 3.8.4.4):
who moves one instance of a private series has not published it.

Product rules: V2, V3, V4, V5.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schedcore.ics import Calendar, Event

__all__ = ["CLASS", "Fields", "Level", "Visibilities", "Visibility", "level_of", "visibility_of"]


class Visibility(IntEnum):
    """To whom an event shows, beyond its owner; the number is the strictness.

    >>> max(Visibility.SOME, Visibility.VISIBLE).name
    'SOME'
    """

    VISIBLE = 0
    SOME = 1
    INVISIBLE = 2


class Fields(IntFlag):
    """What somebody may know of an event, as a set.

    >>> level_of(Fields.TIMES | Fields.SUBJECT).name
    'BUSY'
    """

    NOTHING = 0
    TIMES = 1
    STATUS = 2
    SUBJECT = 4
    REST = 8
    WRITE = 16


class Level(IntEnum):
    """How much somebody may know of an event: nothing, that time is taken, all details, and to edit it.

    >>> Level.NONE < Level.BUSY < Level.DETAILS < Level.EDIT
    True
    """

    NONE = 0
    BUSY = 1
    DETAILS = 2
    EDIT = 3


#: What CLASS says (RFC 5545 3.8.1.3); what is not here counts as PRIVATE.
CLASS: Final = {
    "PUBLIC": Visibility.VISIBLE,
    "CONFIDENTIAL": Visibility.SOME,
    "PRIVATE": Visibility.INVISIBLE,
}


def level_of(fields: Fields) -> Level:
    """The highest level of which nothing is missing.

    >>> [level_of(Fields(number)).name for number in (0, 1, 3, 15, 31)]
    ['NONE', 'BUSY', 'BUSY', 'DETAILS', 'EDIT']
    """
    if not fields & Fields.TIMES:
        return Level.NONE
    if not fields & Fields.REST:
        return Level.BUSY
    return Level.EDIT if fields & Fields.WRITE else Level.DETAILS


def visibility_of(classification: str | None) -> Visibility:
    """What a CLASS says of an event, or that it has none.

    >>> visibility_of(None).name, visibility_of("confidential").name, visibility_of("X-SECRET").name
    ('VISIBLE', 'SOME', 'INVISIBLE')
    """
    if classification is None:
        return Visibility.VISIBLE
    return CLASS.get(classification.strip().upper(), Visibility.INVISIBLE)


class Visibilities:
    """The visibility of each event of a calendar, overrides included; a pass over the events, then a look each."""

    __slots__ = ("_masters",)

    def __init__(self, events: Iterable[Event]) -> None:
        self._masters: dict[str | None, Visibility] = {}
        for event in events:
            found = visibility_of(event.classification)
            # Of two events with one UID the stricter counts for overrides: which one they belong to cannot be told.
            self._masters[event.uid] = max(found, self._masters.get(event.uid, found))

    @classmethod
    def of_calendar(cls, calendar: Calendar) -> Visibilities:
        """Those of a whole calendar."""
        return cls(event for event in calendar.events if event.recurrence_id is None)

    def of(self, event: Event) -> Visibility:
        """The visibility of one event or override."""
        if event.classification is None and event.recurrence_id is not None and event.uid is not None:
            return self._masters.get(event.uid, Visibility.VISIBLE)
        return visibility_of(event.classification)
