"""Who may see a meeting, and who may read why somebody refused it.

Rules of this module:

1. Its creator and those who are invited see a meeting, whatever they answered, and also when it was cancelled.
2. So does whoever may read details in a calendar in which it stands: of a group all members, of somebody's own those to
   whom they granted it. Who sees no more there than that time is taken does not know of a meeting.
3. The reason of a refusal is for the creator (M7), and for who gave it; so it is for those who act for either.

Product rules: M7, P4, P5, G1.
"""

from __future__ import annotations

from collections.abc import Iterable

from schedcore.meetings.meeting import Meeting, Participant
from schedcore.meetings.people import Deputies
from schedcore.policy import Directory, Fields, sight
from schedcore.policy.calendars import AnyCalendar

__all__ = ["is_in", "reads_reason", "sees"]


def is_in(meeting: Meeting, viewer: str) -> bool:
    """Whether somebody, by id or address, made the meeting or is invited to it. Linear in those who are."""
    return meeting.creator.is_named(viewer) or meeting.participant(viewer) is not None


def sees(meeting: Meeting, viewer: str, calendars: Iterable[AnyCalendar], directory: Directory) -> bool:
    """Whether somebody may see a meeting that stands in some calendars. Cost as `policy.sight` for each.

    >>> from datetime import UTC, datetime
    >>> from schedcore import Series
    >>> from schedcore.meetings import Guest
    >>> from schedcore.policy import Grant, Group, Person, PersonalCalendar, Right
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> lunch = Meeting("1", Guest("anna", True), Series(datetime(2026, 3, 2, 12, tzinfo=UTC)))
    >>> sees(lunch, "ben", [PersonalCalendar("anna", None)], team)
    False
    >>> sees(lunch, "ben", [PersonalCalendar("anna", None, [Grant(Right.READ, member="ben")])], team)
    True
    """
    return is_in(meeting, viewer) or any(sight(viewer, one, directory).visible & Fields.REST for one in calendars)


def reads_reason(meeting: Meeting, viewer: str, of: Participant, deputies: Deputies) -> bool:
    """Whether somebody may read why a participant refused."""
    if meeting.creator.is_named(viewer) or of.guest.is_named(viewer):
        return True
    return deputies.may(viewer, meeting.creator.id) or deputies.may(viewer, of.id)
