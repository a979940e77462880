"""Which calendars somebody looks at: one of their own, and those that they added.

Product rules: O1, O2, O12.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from schedcore.errors import InvalidValue, shorten
from schedcore.policy.calendars import AnyCalendar, ExternalCalendar, GroupCalendar, PersonalCalendar
from schedcore.policy.caps import Quotas

__all__ = ["Relation", "check_added", "relation"]


class Relation(StrEnum):
    """Whose a calendar is, for who looks at it."""

    OWN = "own"
    MEMBER = "member"
    GROUP = "group"
    EXTERNAL = "external"


def relation(viewer: str, calendar: AnyCalendar) -> Relation:
    """Whose a calendar is, for a viewer; InvalidValue for what is no calendar, and for another's subscription.

    >>> relation("anna", PersonalCalendar("anna", None)).value, relation("ben", PersonalCalendar("anna", None)).value
    ('own', 'member')
    """
    if isinstance(calendar, PersonalCalendar):
        return Relation.OWN if calendar.owner == viewer else Relation.MEMBER
    if isinstance(calendar, GroupCalendar):
        return Relation.GROUP
    if isinstance(calendar, ExternalCalendar) and calendar.subscriber == viewer:
        return Relation.EXTERNAL
    # By its type: a calendar shows its name and how much is in it.
    raise InvalidValue(f"{type(calendar).__name__}: no calendar that {shorten(viewer)} can look at; leave it out")


def check_added(viewer: str, calendars: Iterable[AnyCalendar], quotas: Quotas) -> None:
    """Check what somebody wants to look at: at most one calendar of their own, and others within the quota.

    InvalidValue for a second own calendar, and as `relation`; LimitExceeded beyond the quota, which one's own calendar
    does not count for. Adding needs no right: what may be known of a calendar is decided whenever it is asked about.

    >>> from schedcore.policy import PersonalCalendar, Quotas
    >>> own = PersonalCalendar("anna", None)
    >>> check_added("anna", [own, PersonalCalendar("ben", None)], Quotas())
    >>> check_added("anna", [own, own], Quotas())
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: ...
    """
    found = [relation(viewer, calendar) for calendar in calendars]
    own = found.count(Relation.OWN)
    if own > 1:
        raise InvalidValue(f"{shorten(viewer)} has {own} calendars of their own here; everybody has one, add others")
    quotas.check(added=len(found) - own)
