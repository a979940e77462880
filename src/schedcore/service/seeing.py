"""Which calendars the caller may know of: `visible`, and the words for those that they may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from schedcore.policy import Directory, ExternalCalendar, Publication, sight
from schedcore.policy.calendars import AnyCalendar, Viewer
from schedcore.service.holdings import Holdings
from schedcore.store import Kept, calendars
from schedcore.store.calendars import Shown
from schedcore.store.errors import NotFound

__all__ = ["is_known", "visible"]


class Asking(Protocol):
    """Who looks, and in which transaction: a `Call`, or a page of one."""

    @property
    def viewer(self) -> Any:
        """The person, or PUBLIC."""

    @property
    def tx(self) -> Any:
        """The transaction."""


def visible(call: Asking, holdings: Holdings, id: str) -> tuple[Kept[Shown], Directory]:
    """A calendar of which the caller may know something, and the directory of this moment; NotFound for any other."""
    found = calendars.get(call.tx, id)
    known = holdings.directory(call.tx)
    if sight(call.viewer, found.value.calendar, known).is_blind:
        raise NotFound.of("calendar", id)
    return found, known


def is_known(viewer: Viewer, calendar: AnyCalendar, known: Directory) -> bool:
    """Whether somebody may know of a calendar as themselves, and not only because it is published."""
    if not isinstance(calendar, ExternalCalendar):
        calendar = replace(calendar, publication=Publication.OFF)
    return not sight(viewer, calendar, known).is_blind
