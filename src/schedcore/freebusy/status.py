"""The four statuses of a stretch of time, and the words other formats have for them.

Each table reads both ways: `.status(word)` takes a word of that format, `.word(status)` gives the one to write. A word
that a table does not know gets the meaning its RFC gives to unknown words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

__all__ = [
    "CDO_BUSYSTATUS",
    "DIGITS",
    "EVENT_STATUS",
    "FBTYPE",
    "PARTSTAT",
    "PRECEDENCE",
    "RFC7953",
    "TRANSP",
    "Status",
    "Words",
]


class Status(IntEnum):
    """What somebody is during a stretch of time; where stretches overlap, the higher number wins.

    The numbers are the digits of Outlook's free/busy strings ([MS-OXOCAL] 2.2.1.2, PidLidBusyStatus).

    >>> max(Status.TENTATIVE, Status.BUSY).name
    'BUSY'
    """

    FREE = 0
    TENTATIVE = 1
    BUSY = 2
    OUT_OF_OFFICE = 3


#: Which status wins where stretches overlap, strongest first; free is always the weakest.
PRECEDENCE = (Status.OUT_OF_OFFICE, Status.BUSY, Status.TENTATIVE)

#: The order of VAVAILABILITY (RFC 7953 section 4): BUSY over BUSY-UNAVAILABLE, our out of office, over BUSY-TENTATIVE.
RFC7953 = (Status.BUSY, Status.OUT_OF_OFFICE, Status.TENTATIVE)


class Words:
    """A table of one format's words for statuses; several words may mean one status, the first is the one to write.

    >>> FBTYPE.status("busy-tentative"), FBTYPE.word(Status.OUT_OF_OFFICE)
    (<Status.TENTATIVE: 1>, 'BUSY-UNAVAILABLE')
    """

    def __init__(self, name: str, words: Mapping[str, Status], *, unknown: Status) -> None:
        self.name = name
        self.words = dict(words)
        self.unknown = unknown
        self._first: dict[Status, str] = {}
        for word, status in words.items():
            self._first.setdefault(status, word)

    def __repr__(self) -> str:
        return f"<Words of {self.name}>"

    def status(self, word: str) -> Status:
        """What a word means; words compare without regard to case (RFC 5545 2: property and parameter values)."""
        return self.words.get(word.strip().upper(), self.unknown)

    def word(self, status: Status) -> str:
        """The word to write; where the format has none for a status, that of the nearest stronger one, else weaker."""
        nearest = min(self._first, key=lambda known: (abs(known - status), -known))
        return self._first[nearest]


# RFC 5545 3.8.2.7: OPAQUE consumes time and is the default, TRANSPARENT does not.
TRANSP = Words(
    "TRANSP",
    {"OPAQUE": Status.BUSY, "TRANSPARENT": Status.FREE},
    unknown=Status.BUSY,
)

# RFC 5545 3.8.1.11, for events. It has no word for being away, and none for taking no time but CANCELLED.
EVENT_STATUS = Words(
    "STATUS",
    {"CONFIRMED": Status.BUSY, "TENTATIVE": Status.TENTATIVE, "CANCELLED": Status.FREE},
    unknown=Status.BUSY,
)

# [MS-OXCICAL] 2.1.3.1.1.20.31, X-MICROSOFT-CDO-BUSYSTATUS; an unknown or missing word is busy. Newer Outlooks write
# WORKINGELSEWHERE, which takes no time from the owner.
CDO_BUSYSTATUS = Words(
    "X-MICROSOFT-CDO-BUSYSTATUS",
    {
        "FREE": Status.FREE,
        "TENTATIVE": Status.TENTATIVE,
        "BUSY": Status.BUSY,
        "OOF": Status.OUT_OF_OFFICE,
        "WORKINGELSEWHERE": Status.FREE,
    },
    unknown=Status.BUSY,
)

# RFC 5545 3.2.12, of the calendar's owner: no answer yet is tentative, declined or handed on takes no time.
# Unknown words count as NEEDS-ACTION there.
PARTSTAT = Words(
    "PARTSTAT",
    {
        "ACCEPTED": Status.BUSY,
        "TENTATIVE": Status.TENTATIVE,
        "NEEDS-ACTION": Status.TENTATIVE,
        "DECLINED": Status.FREE,
        "DELEGATED": Status.FREE,
    },
    unknown=Status.TENTATIVE,
)

# RFC 5545 3.2.9: BUSY is the default, and what unknown words mean.
FBTYPE = Words(
    "FBTYPE",
    {
        "FREE": Status.FREE,
        "BUSY-TENTATIVE": Status.TENTATIVE,
        "BUSY": Status.BUSY,
        "BUSY-UNAVAILABLE": Status.OUT_OF_OFFICE,
    },
    unknown=Status.BUSY,
)

# The digit strings of Outlook's world ([MS-OXWAVLS] 2.2.4.13, MergedFreeBusy): 4, working elsewhere, is free.
DIGITS = Words(
    "digits",
    {"0": Status.FREE, "1": Status.TENTATIVE, "2": Status.BUSY, "3": Status.OUT_OF_OFFICE, "4": Status.FREE},
    unknown=Status.BUSY,
)
