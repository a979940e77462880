"""A calendar read by `from_ical` and by `Calendar`: what happens, with which status, and what could not be read.

`tools/scan_suite.py` uses this too, for calendars that are fetched.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from schedcore import Calendar, SchedcoreError
from schedcore.bulk.ical import CalendarTable, from_ical
from schedcore.freebusy.reading import partstat_of, status_of
from schedcore.recurrence import Duration
from schedcore.recurrence.window import instant

Row = tuple[str | None, int, int, int]


def by_table(table: CalendarTable, a: datetime, b: datetime) -> Counter[Row]:
    """UID, start, end and status of what starts in [a, b)."""
    found = table.expand(a, b)
    rows = [table.rows.describe(i) for i in range(len(table))]
    uids = table.uid.tolist()
    out: Counter[Row] = Counter()
    told: Counter[tuple[int, int, int]] = Counter()
    for at, start, end in zip(found.series.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        moved = rows[at].get("moved", [])
        statuses = [moved[k + 2] for k in range(0, len(moved), 3) if moved[k : k + 2] == [start, end]]
        # An override may have been moved to where another instance is: each has its own status.
        number = told[at, start, end]
        told[at, start, end] += 1
        out[uids[at], start, end, statuses[number] if number < len(statuses) else rows[at]["status"]] += 1
    return out


def by_calendar(calendar: Calendar, a: datetime, b: datetime, address: str | None, tz: tzinfo) -> Counter[Row]:
    """The same, of a `Calendar`."""
    zone = calendar.zone or tz
    out: Counter[Row] = Counter()
    for one in calendar.overlapping(a, b, tz=zone):
        start, end = _instant(one.start, zone), _instant(one.end, zone)
        if isinstance(one.start, datetime) and one.start.tzinfo is None:
            # `Calendar` keeps both its ends on the wall clock, the table its length (`bulk.ical`, rule 4).
            end = _end_in(zone, start, one.end - one.start, one.event.series.duration)
        if not instant(a) <= start < instant(b):
            continue
        all_day = not isinstance(one.start, datetime)
        status = status_of(
            status=one.status,
            transp=one.event.transp,
            busystatus=one.event.busystatus,
            partstat=None if address is None else partstat_of(one.event, address),
            all_day=all_day,
        )
        out[one.uid, start, end, int(status)] += 1
    return out


def _end_in(zone: tzinfo, start: int, whole: timedelta, duration: object) -> int:
    """When something ends that starts at an instant: nominal days by the clock, then the rest."""
    days = timedelta(days=duration.days if isinstance(duration, Duration) else 0)
    if days:
        local = datetime.fromtimestamp(start, zone).replace(tzinfo=None) + days
        start = instant(local.replace(tzinfo=zone))
    return start + int((whole - days).total_seconds())


def _instant(value: date, zone: tzinfo) -> int:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return instant(value.replace(tzinfo=zone) if value.tzinfo is None else value)


def refused(calendar: Calendar) -> Counter[tuple[str | None, str]]:
    """What could not be read or was forgiven, as the table words it."""
    return Counter(
        (one.uid, one.reason if one.line is None else f"line {one.line}: {one.reason}") for one in calendar.problems
    )


def differences(
    data: bytes, a: datetime, b: datetime, address: str | None = None, tz: tzinfo = UTC, table: Any = None
) -> list[str]:
    """How the two differ about one text; nothing if they agree."""
    table = from_ical([data], address=address, tz=tz) if table is None else table
    try:
        calendar = Calendar.from_ical(data)
    except SchedcoreError as error:
        said = [one.reason for one in table.problems]
        return (
            [] if said == [str(error)] and len(table) == 0 else [f"refused: {error}; table: {said}, {len(table)} rows"]
        )
    found = []
    ours, theirs = by_table(table, a, b), by_calendar(calendar, a, b, address, tz)
    if ours != theirs:
        found.append(f"only in the table: {sorted((ours - theirs).elements(), key=str)[:3]}")
        found.append(f"only in Calendar: {sorted((theirs - ours).elements(), key=str)[:3]}")
    notes = Counter((one.value if one.column == "uid" else None, one.reason) for one in table.problems)
    expected = Counter({said: n for said, n in refused(calendar).items() if _NOT_TOLD not in said[1]})
    notes = Counter({said: n for said, n in notes.items() if _NOT_TOLD not in said[1]})
    if notes != expected:
        found.append(f"notes only in the table: {sorted((notes - expected).elements(), key=str)[:3]}")
        found.append(f"notes only in Calendar: {sorted((expected - notes).elements(), key=str)[:3]}")
    return found


#: The one note that is only there where `Calendar` read the text.
_NOT_TOLD = "its override is shown as an extra"
