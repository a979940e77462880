"""Single instances as an iCalendar text: `snapshot`.

Rules of this module:

1. Each instance is a VEVENT of its own, without a rule. An instant is written in UTC, so no zone is needed; dates and
   floating times stay what they are.
2. An instance of a series keeps the UID and says which one it is (RECURRENCE-ID), so that two snapshots do not have it
   twice. What has no UID gets one made from what is written of it.
3. METHOD:PUBLISH (RFC 5546 3.2.1) says that nobody is asked to answer.
4. What is None is not written. Nothing else is added, but the DTSTAMP that RFC 5545 3.8.7.2 asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from schedcore.errors import CalendarError, shorten
from schedcore.ics.writing import PRODID, escaped, written

__all__ = ["Instance", "snapshot"]

#: Without a clock a DTSTAMP is older than any other, so that it never wins over one.
_NO_STAMP: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Instance(NamedTuple):
    """An instance to write; `status`, `transp` and `busystatus` are words of their properties."""

    start: date | datetime
    end: date | datetime
    uid: str | None = None
    recurrence_id: date | datetime | None = None
    summary: str | None = None
    description: str | None = None
    location: str | None = None
    status: str | None = None
    transp: str | None = None
    busystatus: str | None = None


def snapshot(
    instances: Iterable[Instance], *, name: str | None = None, key: str = "", now: datetime | None = None
) -> bytes:
    """Write instances as a calendar, `name` as its X-WR-CALNAME; `Calendar.from_ical` reads it again.

    `key` goes into the UIDs that are made, so that those of two calendars differ. `now`, an aware datetime, is the
    DTSTAMP. CalendarError for a naive `now`. O(n).

    >>> text = snapshot([Instance(date(2026, 3, 2), date(2026, 3, 3), "1@example.com", summary="Fair; Hall 1")])
    >>> text.decode().split("\\r\\n")[4:10]
    ['BEGIN:VEVENT', 'UID:1@example.com', 'DTSTAMP:19700101T000000Z', 'DTSTART;VALUE=DATE:20260302', \
'DTEND;VALUE=DATE:20260303', 'SUMMARY:Fair\\\\; Hall 1']
    """
    if now is not None and now.tzinfo is None:
        raise CalendarError(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    stamp = _value("DTSTAMP", now or _NO_STAMP)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "METHOD:PUBLISH"]
    if name is not None:
        lines.append(f"X-WR-CALNAME:{escaped(name)}")
    made: dict[str, int] = {}
    for one in instances:
        body = list(_body(one))
        uid = one.uid
        if uid is None:
            text = "\n".join([key, *body])
            made[text] = made.get(text, 0) + 1  # two that are equal are still two
            uid = str(uuid5(NAMESPACE_OID, f"{made[text]}\n{text}"))
        lines += ["BEGIN:VEVENT", f"UID:{escaped(uid)}", stamp, *body, "END:VEVENT"]
    return written([*lines, "END:VCALENDAR"])


def _body(one: Instance) -> Iterator[str]:
    if one.uid is not None and one.recurrence_id is not None:
        yield _value("RECURRENCE-ID", one.recurrence_id)
    yield _value("DTSTART", one.start)
    if one.end != one.start:  # without a length it has no DTEND either: RFC 5545 3.8.2.2 wants that one later
        yield _value("DTEND", one.end)
    for name in ("summary", "description", "location"):
        text = getattr(one, name)
        if text is not None:
            yield f"{name.upper()}:{escaped(text)}"
    for name, word in (("STATUS", one.status), ("TRANSP", one.transp), ("X-MICROSOFT-CDO-BUSYSTATUS", one.busystatus)):
        if word is not None:
            yield f"{name}:{word}"


def _value(name: str, value: date) -> str:
    if not isinstance(value, datetime):
        return f"{name};VALUE=DATE:{value.year:04}{value:%m%d}"
    if value.tzinfo is None:
        return f"{name}:{value.year:04}{value:%m%dT%H%M%S}"
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise CalendarError(f"{name}={shorten(value)} is not in the years 1 to 9999 of UTC: leave it out") from None
    return f"{name}:{utc.year:04}{utc:%m%dT%H%M%SZ}"
