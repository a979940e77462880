"""Which event a component is: its UID, or what Outlook has in the place of one.

Rules of this module:

1. A UID names an event (RFC 5545 3.8.4.7).
2. Where it is missing, X-MICROSOFT-GLOBALAPPOINTMENTID does. That is Outlook's GlobalAppointmentID, the hexadecimal
   form of a Global Object ID ([MS-OXOCAL] 2.2.1.27): 16 bytes that say so, 4 of an instance's date, 16 more, and the
   length of the data that follow.
3. Such an id becomes a UID as [MS-ASEMAIL] 3.1.4.7 says. If its data begin with "vCal-Uid" it wraps the UID that
   another program gave, which is taken out. Else the date is set to zero, so that an instance has the UID of its
   series, and the whole is the UID, in capitals.
4. A UID in Outlook's form is compared by what it becomes then, for Outlook writes it so for events of others.

Product rules: N1.
"""

from __future__ import annotations

import re
from typing import Final

from schedcore.ics.component import Component
from schedcore.ics.draft import uid_of

__all__ = ["identity_of", "uid_of_global_id"]

_NAMES: Final = frozenset(("X-MICROSOFT-GLOBALAPPOINTMENTID", "X-MICROSOFT-CDO-GLOBALAPPOINTMENTID"))
#: What a Global Object ID begins with ([MS-OXOCAL] 2.2.1.27, Byte Array ID), before the date of 4 bytes.
_ARRAY_ID: Final = "040000008200E00074C5B7101A82E008"
_DATE: Final = slice(32, 40)
#: Where the data begin, in hexadecimal digits: behind 16 + 4 + 8 + 8 + 4 bytes.
_DATA: Final = 80
_WRAPPED: Final = b"vCal-Uid\x01\x00\x00\x00"
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+", re.ASCII)


def identity_of(component: Component) -> str | None:
    """Tell what a VEVENT is named by; None if it has neither a UID nor a GlobalAppointmentID."""
    uid = uid_of(component)
    if uid is None:
        uid = next((prop.value for prop in component.properties(_NAMES) if prop.value.strip()), None)
    return None if uid is None else uid_of_global_id(uid)


def uid_of_global_id(text: str) -> str:
    """Turn a Global Object ID into the UID that it stands for; any other text stays as it is.

    >>> uid_of_global_id("040000008200e00074c5b7101a82e00807d40910e040c9c12685c4010000000000000000")[32:40]
    '00000000'
    >>> uid_of_global_id("weekly@example.com")
    'weekly@example.com'
    """
    capitals = text.strip().upper()
    if not capitals.startswith(_ARRAY_ID) or len(capitals) < _DATE.stop or not _HEX.fullmatch(capitals):
        return text.strip()
    data = bytes.fromhex(capitals[_DATA:])
    if data.startswith(_WRAPPED):
        return data[len(_WRAPPED) :].split(b"\0")[0].decode("utf-8", "replace")
    return capitals[: _DATE.start] + "00000000" + capitals[_DATE.stop :]
