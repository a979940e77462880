"""The slow twin of `due`: every instance in a wide window, its alarms by Python's own datetimes, and a walk by minutes.

Nothing here seeks. An alarm's moment is worked out with zoneinfo from the instance that `Calendar.overlapping` lists,
and whether something is due in a minute is asked of every moment there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from schedcore import Calendar
from schedcore.errors import InvalidValue
from schedcore.recurrence import Duration

MINUTE = timedelta(minutes=1)
#: Wider than any trigger, repeat and length that the tests draw.
WIDE = timedelta(days=40)


class Ring(NamedTuple):
    """What the twin says of one reminder."""

    at: datetime
    uid: str
    start: date
    number: int


def rings(calendar: Calendar, alarms: dict[str, list[dict]], a: datetime, b: datetime, home: tzinfo) -> list[Ring]:
    """All reminders of a calendar in [a, b): `alarms` are those of each event and override by its summary."""
    found = []
    for one in calendar.overlapping(a - WIDE, b + WIDE, home):
        zone = one.start.tzinfo if isinstance(one.start, datetime) and one.start.tzinfo else home
        for alarm in alarms[one.event.summary]:
            base = instant(one.end if alarm["related"] == "END" else one.start, zone)
            first = shifted(base, alarm["trigger"], zone)
            for number in range(alarm["repeat"] + 1):
                at = first if not number else shifted(first, alarm["every"], zone, number)
                if alarm["acknowledged"] is None or at > alarm["acknowledged"]:
                    found.append(Ring(at, one.uid, one.start, number))
    found = [ring for ring in found if a <= ring.at < b]
    return sorted(found, key=lambda ring: (ring.at, str(ring.start), ring.number))


def by_minutes(found: list[Ring], a: datetime, b: datetime) -> Iterator[tuple[datetime, list[Ring]]]:
    """Walk from a to b, and look in each minute at all there is."""
    while a < b:
        yield a, [ring for ring in found if a <= ring.at < a + MINUTE]
        a += MINUTE


def instant(value: date, zone: tzinfo) -> datetime:
    """A date is its midnight, a floating time is in the zone; what the clocks jump over moves by the jump."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def shifted(at: datetime, by: Duration, zone: tzinfo, times: int = 1) -> datetime:
    """Days on the wall clock, then elapsed seconds."""
    if by.days:
        wall = at.astimezone(zone).replace(tzinfo=None) + timedelta(days=by.days * times)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
    return at + timedelta(seconds=by.seconds * times)


def text(value: date) -> str:
    """A date or time as a property has it: parameters and value."""
    if not isinstance(value, datetime):
        return f";VALUE=DATE:{value:%Y%m%d}"
    if value.tzinfo is None:
        return f":{value:%Y%m%dT%H%M%S}"
    if value.tzinfo is UTC:
        return f":{value:%Y%m%dT%H%M%SZ}"
    if not hasattr(value.tzinfo, "key"):
        raise InvalidValue(f"{value!r}: the tests write zones by their keys")
    return f";TZID={value.tzinfo.key}:{value:%Y%m%dT%H%M%S}"


def alarm_lines(alarm: dict) -> list[str]:
    """A VALARM, put together without the library."""
    lines = ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER;RELATED={alarm['related']}:{alarm['trigger']}"]
    if alarm["repeat"]:
        lines += [f"REPEAT:{alarm['repeat']}", f"DURATION:{alarm['every']}"]
    if alarm["acknowledged"] is not None:
        lines.append(f"ACKNOWLEDGED:{alarm['acknowledged']:%Y%m%dT%H%M%SZ}")
    return [*lines, "DESCRIPTION:x", "END:VALARM"]
