"""`Notice`: something that has to be sent to one person, as data; meetings, polls and reminders all give these.

Rules of this module:

1. A notice is to one person and over one channel: who is told in two ways has two notices. `to` is the id of somebody
   with an account, else an address in the form of `policy.canonical`.
2. It holds values and no text: what it is about, who caused it, what changed from what to what. Whoever sends it words
   it, in the recipient's language and zone.
3. Rooms have kinds of their own, each a StrEnum; the value of a kind tells it apart from those of other rooms.
4. A notice that was suppressed is not there. One that is there says whether it could have been (`suppressible`).

Nothing is sent here, and a notice knows neither when it was sent nor whether it came to be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["Change", "Channel", "Notice"]


class Channel(StrEnum):
    """The way on which a notice goes: by mail, within the product, as text message, pop-up or chat message."""

    MAIL = "mail"
    INTERNAL = "internal"
    SMS = "sms"
    POP_UP = "pop-up"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Change:
    """What one detail was before, and what it is now; None where there was or is none."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to send to one person.

    `about` is the id of the event, meeting or poll; `occurrence` the RECURRENCE-ID of the one instance it is about;
    `by` who caused it; `changes` what is different now; `reason` the words of who caused it; `link` the name of the
    token with which somebody without an account may answer; `data` anything more, as pairs of name and value.

    >>> notice = Notice("invited", "ben", Channel.INTERNAL, "meeting-1", by="anna", data=[("guests", 3)])
    >>> notice.channel.value, dict(notice.data)
    ('internal', {'guests': 3})
    """

    kind: str
    to: str
    channel: Channel
    about: str
    by: str = ""
    occurrence: date | None = None
    changes: Iterable[Change] = ()
    reason: str = ""
    link: str = ""
    suppressible: bool = False
    data: Iterable[tuple[str, object]] = ()

    def __post_init__(self) -> None:
        """Make every part a value."""
        object.__setattr__(self, "channel", Channel(self.channel))
        object.__setattr__(self, "changes", tuple(self.changes))
        object.__setattr__(self, "data", tuple(self.data))
