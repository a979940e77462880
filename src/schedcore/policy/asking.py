"""Free/busy and times to meet, as somebody in particular may know them.

Rules of this module:

1. The answer is made from what the viewer may know, by the same functions that answer an owner. There is nothing to
   take out of it afterwards, so reasons, counts and errors hold nothing else either.
2. Of a calendar of which a viewer may know nothing, nothing is known: it is neither free nor busy but `unknown`, and so
   it is for everybody to whom it is not shared, whether they left a second ago or never were there, whatever is in it
   and whether it can be read.
3. How many meetings somebody has on a day (`Wanted.most_a_day`) is counted as the viewer sees them: each event that
   shows as one, and of mere taken time each stretch.

Product rules: V1, V3, V5, V6, V7, P1, P2, P7, P8, R1, A3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from schedcore.freebusy import FreeBusy, Owned, Status, Unreadable, find_times, merge, query
from schedcore.freebusy.asking import MARGIN, MAX_STARTS
from schedcore.freebusy.clocks import seconds_of
from schedcore.freebusy.query import bounds_of, occurring
from schedcore.policy.caps import Caps
from schedcore.policy.sighting import Sighting, content_of
from schedcore.recurrence.window import DAY, MAX_KEY, MIN_KEY, instant

if TYPE_CHECKING:
    from schedcore._cancel import CancelToken
    from schedcore.freebusy import Found, Wanted
    from schedcore.freebusy.query import OnUnknown
    from schedcore.policy.calendars import AnyCalendar, Viewer
    from schedcore.policy.directory import Directory

__all__ = ["find_times_as", "freebusy_as"]

#: What a day's count of meetings counts: to be away is no meeting.
MEETINGS: Final = (Status.TENTATIVE, Status.BUSY)


def freebusy_as(
    viewer: Viewer,
    calendars: Sequence[AnyCalendar],
    start: date | datetime,
    end: date | datetime,
    *,
    directory: Directory,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
    on_unknown: OnUnknown = "report",
) -> FreeBusy:
    """Tell when the owners of some calendars are taken, between `start` and `end`, as far as a viewer may know.

    `viewer` is the id of a person, or PUBLIC; `directory` says who is where at the time of the question. Calendars of
    which the viewer may know nothing are `unknown` in the answer. `caps` are the settings of the calendar layer, and
    `Caps()` unless given. Everything else, errors too, is as in `freebusy.query`.

    Cost: rights once a calendar, `level` once an event; occurrences cost what they cost `query`, and those that the
    viewer may not know of nothing.

    >>> from schedcore import Calendar
    >>> from schedcore.policy import Directory, Group, Person, PersonalCalendar
    >>> calendar = Calendar.from_ical('''BEGIN:VCALENDAR
    ... BEGIN:VEVENT
    ... UID:1
    ... DTSTART:20261019T120000Z
    ... DTEND:20261019T130000Z
    ... END:VEVENT
    ... BEGIN:VEVENT
    ... UID:2
    ... CLASS:PRIVATE
    ... DTSTART:20261019T150000Z
    ... DTEND:20261019T160000Z
    ... END:VEVENT
    ... END:VCALENDAR''')
    >>> team = Directory([Person("anna"), Person("ben")], [Group("sales", ["anna", "ben"])])
    >>> its = [PersonalCalendar("anna", calendar)]
    >>> for viewer in ("anna", "ben", "eve"):
    ...     answer = freebusy_as(viewer, its, date(2026, 10, 19), date(2026, 10, 20), directory=team)
    ...     print(viewer, len(answer.people), dict(answer.unknown))
    anna 2 {}
    ben 1 {}
    eve 0 {0: 'nothing of this calendar is shared with you'}
    """
    asked = _asked(viewer, calendars, directory, caps)
    return query([_owned(one) for one in asked], start, end, tz=tz, on_unknown=on_unknown)


def find_times_as(
    viewer: Viewer,
    calendars: Sequence[AnyCalendar],
    wanted: Wanted,
    start: date,
    end: date,
    *,
    directory: Directory,
    tz: str | tzinfo = "UTC",
    caps: Caps | None = None,
    now: date | None = None,
    limit: int | None = None,
    explain: bool = False,
    cancel: CancelToken | None = None,
    max_starts: int = MAX_STARTS,
) -> Found:
    """Find the times in [start, end) at which a meeting can be, as far as a viewer may know; see `find_times`.

    The places of the calendars are the owners that `wanted` names. A slot is free of all that the viewer may know of,
    and reasons are of the same: who is in the way, when, and why in the words of free/busy. `wanted.on_unknown` says
    what a calendar is of which the viewer may know nothing. Errors and cost as `find_times` and `freebusy_as`.

    >>> from datetime import timedelta
    >>> from schedcore.freebusy import Wanted
    >>> from schedcore.policy import Directory, PersonalCalendar
    >>> wanted = Wanted(timedelta(hours=1), required=[0], on_unknown="busy")
    >>> monday = date(2026, 10, 19), date(2026, 10, 20)
    >>> find_times_as("eve", [PersonalCalendar("anna", None)], wanted, *monday, directory=Directory()).why_none
    'none of 93 starts works: at 93 somebody required cannot come, the calendar of owner 0 is unknown'
    """
    asked = _asked(viewer, calendars, directory, caps)
    begin, stop, asker = bounds_of(start, end, tz)
    low = aware(instant(begin) - seconds_of(wanted.before, "before"))
    high = aware(instant(stop) + seconds_of(wanted.after, "after"))
    # The answer of a query, not calendars: what comes back must not lead to them.
    return find_times(
        query([_owned(one) for one in asked], low, high, tz=tz),
        replace(wanted, zones=_zones(wanted, asked)),
        start,
        end,
        tz=tz,
        now=now,
        meetings=None if wanted.most_a_day is None else _meetings(asked, begin, stop, asker),
        limit=limit,
        explain=explain,
        cancel=cancel,
        max_starts=max_starts,
    )


def _asked(
    viewer: Viewer, calendars: Sequence[AnyCalendar], directory: Directory, caps: Caps | None
) -> list[Sighting | Unreadable]:
    """Each calendar as the viewer may know it, or what stands in its place."""
    caps = Caps() if caps is None else caps
    found: list[Sighting | Unreadable] = []
    for calendar in calendars:
        known, content = content_of(viewer, calendar, directory)
        found.append(
            content if isinstance(content, Unreadable) else Sighting(known, calendar, content, directory, caps)
        )
    return found


def _owned(asked: Sighting | Unreadable) -> Owned | Unreadable:
    return asked.owned if isinstance(asked, Sighting) else asked


def _zones(wanted: Wanted, asked: Sequence[Sighting | Unreadable]) -> Any:
    """Each one's zone as `find_times` takes it from calendars: what is wanted, of their hours, of their calendar."""
    if wanted.zones is not None and not isinstance(wanted.zones, Mapping):
        return wanted.zones
    found = dict(wanted.zones or {})
    for owner, one in enumerate(asked):
        hours = wanted.hours.get(owner) if isinstance(wanted.hours, Mapping) else wanted.hours
        if owner not in found and isinstance(one, Sighting) and getattr(hours, "tzinfo", None) is None:
            zone = one.content.zone if one.tz is None else one.tz
            if zone is not None:
                found[owner] = zone
    return found


def _meetings(
    asked: Sequence[Sighting | Unreadable], begin: datetime, stop: datetime, asker: tzinfo
) -> tuple[list[int], list[int]]:
    """Owner and start of each meeting that the viewer sees around a window."""
    low, high = around(begin, stop)
    meetings: list[tuple[int, int]] = []
    for owner, one in enumerate(asked):
        if isinstance(one, Sighting):
            starts, blocks = met(one, low, high, asker)
            meetings += [(owner, at) for at in (*starts, *stretches_of(blocks))]
    return [owner for owner, _ in meetings], [at for _, at in meetings]


def around(begin: datetime, stop: datetime) -> tuple[datetime, datetime]:
    """The window in which meetings are looked for, to count those of each day of a window."""
    return aware(instant(begin) - MARGIN), aware(instant(stop) + MARGIN)


def met(one: Sighting, low: datetime, high: datetime, asker: tzinfo) -> tuple[list[int], list[tuple[int, int, Status]]]:
    """The starts of what shows as meetings in a calendar, and the rows of what shows as taken time."""
    starts: list[int] = []
    blocks: list[tuple[int, int, Status]] = []
    for a, b, occurrence in occurring(one.owned, low, high, asker):
        status = one.takes(occurrence)
        if one.of(occurrence.event).is_detailed:
            starts += [a] if status in MEETINGS and a < b else []
        else:
            blocks.append((a, b, status))
    return starts, blocks


def stretches_of(blocks: Sequence[tuple[int, int, Status]]) -> list[int]:
    """The starts of the stretches that rows of taken time make, each of which counts as a meeting."""
    columns = [list(column) for column in zip(*blocks, strict=True)] or [[], [], []]
    return [block.start for block in merge([0] * len(blocks), *columns) if block.status in MEETINGS]


def aware(second: int) -> datetime:
    """An instant as a datetime; what lies outside of the years 1 to 9999 is their edge."""
    return datetime.fromtimestamp(min(max(second, MIN_KEY + 2 * DAY), MAX_KEY - 2 * DAY - 1), UTC)
