"""`video_link`: the address at which an event meets by video.

CONFERENCE is the standard's property for it (RFC 7986 5.11), with a FEATURE that says what is offered; there may be
several. Before it existed programs had names of their own, which they still write. An address that a person typed into
the location or the description is not looked for: it may be any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from schedcore.ics import Event
    from schedcore.ics.component import Property

__all__ = ["video_link"]

_STANDARD: Final = "CONFERENCE"
#: What Google, Teams, Skype for Business and Zoom's add-ins write.
_OTHERS: Final = (
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-ZOOM-MEETING-URL",
)
_NAMES: Final = frozenset((_STANDARD, *_OTHERS))


def video_link(event: Event) -> str | None:
    """Give the link of an event's video call; None if it has none. Only http:// and https:// count.

    >>> from schedcore import Calendar
    >>> calendar = Calendar.from_ical('''BEGIN:VEVENT
    ... DTSTART:20260302T120000Z
    ... CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+41-44-555-0100
    ... CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:https://video.example.com/1
    ... END:VEVENT''')
    >>> video_link(calendar.events[0])
    'https://video.example.com/1'
    """
    found = [prop for prop in event.properties(_NAMES) if _is_web(prop)]
    found.sort(key=_rank)
    return found[0].value.strip() if found else None


def _is_web(prop: Property) -> bool:
    value = prop.value.strip()
    return value.lower().startswith(("https://", "http://")) and value.isprintable() and " " not in value


def _rank(prop: Property) -> int:
    """Video by the standard, what others write, then a conference that does not say what it is, or something else."""
    if prop.name != _STANDARD:
        return 1 + _OTHERS.index(prop.name)
    return 0 if "VIDEO" in prop.params.get("FEATURE", "").upper().split(",") else 1 + len(_OTHERS)
