"""Forms of one free/busy answer: VFREEBUSY, digits, columns, and minutes of each status a day.

Rules
1. Each report is of one calendar of the answer, named by its place, or without one of the team.
2. A calendar of which nothing is known is not drawn as free: its digits are "?", its minutes unknown, its VFREEBUSY has
   a COMMENT and no FREEBUSY line. Of a team in which somebody is unknown, what is known to be taken is told, and
   only what would else be free is unknown.
3. Nothing here looks at a clock: who writes a VFREEBUSY says when.

What this module does not do: drawing, and saying which reports somebody may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy.clocks import days, runs
from schedcore.freebusy.merging import Block, Merged
from schedcore.freebusy.query import FreeBusy
from schedcore.freebusy.status import DIGITS, FBTYPE, Status
from schedcore.zones import Zone, zone_of

if TYPE_CHECKING:
    import icalendar

__all__ = ["DayMinutes", "columns", "digits", "minutes", "vfreebusy"]

#: Minutes that a digit may stand for ([MS-OXWAVLS] 2.2.3.1, MergedFreeBusyIntervalInMinutes): 5 to a day.
LEAST_MINUTES: Final = 5
MOST_MINUTES: Final = 1440

UNKNOWN_DIGIT: Final = "?"
COMMENT: Final = "The calendar could not be read: nothing is known of this time."
TEAM_COMMENT: Final = "{} of {} calendars could not be read: more time may be taken than is listed."

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: The seconds that a datetime can name: years 1 to 9999.
_FIRST: Final = -62_135_596_800
_LAST: Final = 253_402_300_799


# --- iCalendar --------------------------------------------------------------------------------------------------------


def vfreebusy(
    answer: FreeBusy,
    owner: int | None = None,
    *,
    now: datetime,
    uid: str | None = None,
    organizer: str | None = None,
    attendee: str | None = None,
) -> str:
    """Write a VFREEBUSY component (RFC 5545 3.6.4) of one calendar, or without `owner` of the team.

    Periods are in UTC, in order, not overlapping, one FREEBUSY line each, with FBTYPE. `now` becomes DTSTAMP.
    `organizer` is who asks and `attendee` whose time it is, as addresses, with or without mailto:. Without `uid` one is
    made of the question, the same for the same. InvalidValue for a `now` without a zone, and for line ends in an
    address or UID. Written by the `icalendar` library, some 20,000 periods a second.

    >>> from datetime import date
    >>> from schedcore.freebusy import query
    >>> answer = query([None], date(2026, 10, 19), date(2026, 10, 20))
    >>> print(vfreebusy(answer, 0, now=datetime(2026, 10, 1, tzinfo=UTC), uid="1@example.com").replace("\\r", ""))
    BEGIN:VFREEBUSY
    COMMENT:The calendar could not be read: nothing is known of this time.
    DTEND:20261020T000000Z
    DTSTAMP:20261001T000000Z
    DTSTART:20261019T000000Z
    UID:1@example.com
    END:VFREEBUSY
    <BLANKLINE>
    """
    import icalendar

    if now.tzinfo is None:
        raise InvalidValue(f"now={shorten(now)} has no zone; DTSTAMP is in UTC (RFC 5545 3.8.7.2), pass an aware time")
    component = icalendar.FreeBusy()
    component.add("uid", _line("uid", uid) if uid is not None else _uid(answer, owner, now, attendee))
    component.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    component.add("dtstart", _datetime(answer.start))
    component.add("dtend", _datetime(answer.end))
    for name, address in (("organizer", organizer), ("attendee", attendee)):
        if address is not None:
            component.add(name, _mailto(name, address))
    if answer.is_unknown(owner):
        about = COMMENT if owner is not None else TEAM_COMMENT.format(len(answer.unknown), answer.asked)
        component.add("comment", about)
    _add_periods(component, answer.blocks(owner))
    return str(component.to_ical().decode())


def _add_periods(component: icalendar.FreeBusy, blocks: Iterable[Block]) -> None:
    for block in blocks:
        period = _datetime(block.start), _datetime(block.end)
        component.add("freebusy", [period], parameters={"FBTYPE": FBTYPE.word(block.status)})


def _uid(answer: FreeBusy, owner: int | None, now: datetime, attendee: str | None) -> str:
    """A UID of the question: the same for the same."""
    question = f"{answer.start}/{answer.end}/{owner}/{attendee}/{now.isoformat()}"
    return f"{uuid.uuid5(uuid.NAMESPACE_OID, question)}@schedcore"


def _line(name: str, text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise InvalidValue(f"{name}={shorten(text)}: give one line of printable text")
    return text.strip()


def _mailto(name: str, address: str) -> str:
    """An address as iCalendar writes it (RFC 5545 3.3.3): as a URI."""
    address = _line(name, address)
    return address if ":" in address else f"mailto:{address}"


def _datetime(second: int) -> datetime:
    """A UTC datetime, at the edge of the calendar where the second lies beyond."""
    return _EPOCH + timedelta(seconds=min(max(second, _FIRST), _LAST))


# --- digits -----------------------------------------------------------------------------------------------------------


def digits(answer: FreeBusy, owner: int | None = None, *, minutes: int = 30) -> str:
    """Write the answer as Outlook's digits, one for each `minutes` from the start of the window on.

    0 is free, 1 tentative, 2 busy, 3 out of office and "?" unknown; a digit is the strongest status that touches its
    minutes, and the last may stand for less of them. `minutes` are 5 to 1,440; InvalidValue for others. O(digits +
    blocks). ([MS-OXWAVLS] 2.2.4.13, MergedFreeBusy)

    >>> from datetime import date
    >>> from schedcore.freebusy import query
    >>> digits(query([None], date(2026, 10, 19), date(2026, 10, 20)), 0, minutes=180)
    '????????'
    """
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise InvalidValue(f"minutes={minutes}: a digit stands for {LEAST_MINUTES} to {MOST_MINUTES} minutes")
    width = 60 * minutes
    found = [Status.FREE] * -(-(answer.end - answer.start) // width)
    for block in answer.blocks(owner):
        first, last = (block.start - answer.start) // width, -(-(block.end - answer.start) // width) - 1
        found[first] = max(found[first], block.status)
        found[last] = max(found[last], block.status)
        found[first + 1 : last] = [block.status] * (last - first - 1)
    words = {status: DIGITS.word(status) for status in Status}
    if answer.is_unknown(owner):
        words[Status.FREE] = UNKNOWN_DIGIT
    return "".join(words[status] for status in found)


# --- columns ----------------------------------------------------------------------------------------------------------


def columns(merged: Merged) -> dict[str, Any]:
    """Show merged stretches as numpy columns `owner`, `start`, `end` and `status`, without a copy.

    `start` and `end` are datetime64[s] in UTC, the others int64. Loads numpy.

    >>> from schedcore.freebusy import merge
    >>> columns(merge([0], [0], [3600]))["end"]
    array(['1970-01-01T01:00:00'], dtype='datetime64[s]')
    """
    import numpy as np

    times = {name: np.asarray(getattr(merged, name)).view("datetime64[s]") for name in ("start", "end")}
    return {"owner": np.asarray(merged.owner), **times, "status": np.asarray(merged.status)}


# --- minutes a day ----------------------------------------------------------------------------------------------------


class DayMinutes(NamedTuple):
    """How many minutes of a day somebody has which status; the whole is as long as the day is, within the window."""

    day: date
    free: float
    tentative: float
    busy: float
    out_of_office: float
    unknown: float


def minutes(answer: FreeBusy, owner: int | None = None, *, tz: str | tzinfo = "UTC") -> list[DayMinutes]:
    """Add up the minutes of each status, day by day, of a zone.

    Only what lies in the window counts, and a day is as long as its clock makes it: 23 or 25 hours where clocks
    change. A date that a zone skipped is not listed. ZoneError for an unknown zone; InvalidValue where the window
    reaches outside of the years 1 to 9999 there. O(days + blocks).

    >>> from datetime import date
    >>> from schedcore.freebusy import query
    >>> answer = query([], date(2026, 10, 25), date(2026, 10, 26), tz="Europe/Zurich")
    >>> [(str(found.day), found.free / 60) for found in minutes(answer, tz="Europe/Zurich")]
    [('2026-10-25', 25.0)]
    """
    zone = zone_of(tz)
    rest = list(reversed(answer.blocks(owner)))
    found = []
    for day, start, end in _days(answer, zone):
        seconds = dict.fromkeys(Status, 0)
        while rest and rest[-1].start < end:
            block = rest[-1]
            seconds[block.status] += max(0, min(block.end, end) - max(block.start, start))
            if block.end > end:
                break
            rest.pop()
        left = end - start - sum(seconds.values())
        free, unknown = (0, left) if answer.is_unknown(owner) else (left, 0)
        _, tentative, busy, away = (seconds[status] / 60 for status in Status)
        found.append(DayMinutes(day, free / 60, tentative, busy, away, unknown / 60))
    return found


def _days(answer: FreeBusy, zone: Zone) -> Iterator[tuple[date, int, int]]:
    """Each day of a zone that the window touches, with the seconds at which it begins and ends within it."""
    edges = days(runs(zone, answer.start, answer.end))
    for start, end in pairwise(edges):
        local = start + zone.table.offset_at(start)
        if not _FIRST <= local <= _LAST:
            raise InvalidValue(f"the window reaches outside of the years 1 to 9999 in {zone.key}; ask for less")
        yield _datetime(local).date(), start, end
