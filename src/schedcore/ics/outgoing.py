"""A series as an iCalendar text: `to_ical`.

Rules of this module:

1. Times in DTSTART's zone are written in it, with the VTIMEZONE it needs; other zones, and the second of two equal
   local times, as UTC. Dates and floating times stay what they are; a series of those, read leniently, may hold values
   of another kind, and they are written as what they were read as.
2. A length is written as DURATION, with days and seconds apart (RFC 5545 3.3.6): `icalendar` would make one of both.
3. An override becomes a VEVENT with a RECURRENCE-ID. If it carries an `Event` of a calendar, all that this one says and
   that is not a matter of time comes along, components within it too.
4. What a series says and iCalendar cannot (`gap`, `fold`, another reading, a DTSTART that is no occurrence) is a
   CalendarError, never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_OID, uuid5

from schedcore.errors import CalendarError, shorten
from schedcore.ics.event import Event
from schedcore.ics.text import lines_of
from schedcore.ics.writing import PRODID, escaped, written
from schedcore.ics.zone_text import definition_lines
from schedcore.recurrence import Duration, Override, Series
from schedcore.recurrence.anatomy import arguments_of
from schedcore.zones import same_zone, zone_of

if TYPE_CHECKING:
    from schedcore.zones import Zone

__all__ = ["to_ical", "with_series"]

#: What `to_ical` writes itself; an event's own lines of these names are left out.
_TIMES: Final = frozenset(
    ("UID", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE")
)
#: RFC 5545 3.8.7.2 wants a DTSTAMP. Without a clock it is older than any other, so that it never wins over one.
_NO_STAMP: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN: Final = {"reading": "rfc5545", "gap": "shift", "fold": "first"}


def to_ical(
    series: Series, *, uid: str | None = None, summary: str | None = None, now: datetime | None = None
) -> bytes:
    """Write a series as a whole VCALENDAR, its overrides and its zone included; `Calendar.from_ical` reads it again.

    `uid` is made from the text if there is none, so that the same series has the same. `now`, an aware datetime, is
    the DTSTAMP. CalendarError for what iCalendar cannot say (see above) and for a naive `now`. Cost: linear in RDATEs,
    EXDATEs and overrides; some 20 ms the first time for a zone, to find its rule.

    >>> from datetime import date
    >>> text = to_ical(Series(date(2026, 3, 2), "FREQ=WEEKLY;COUNT=3"), uid="weekly@example.com", summary="Plan")
    >>> text.decode().split()[5:10]
    ['DTSTAMP:19700101T000000Z', 'SUMMARY:Plan', 'DTSTART;VALUE=DATE:20260302', 'RRULE:FREQ=WEEKLY;COUNT=3', 'END:VEVENT']
    """  # noqa: E501 - the result of the example is one line
    given = arguments_of(series)
    _check(series, given)
    if now is not None and now.tzinfo is None:
        raise CalendarError(f"now={shorten(now)} has no zone: pass an aware datetime, such as datetime.now(UTC)")
    zone = zone_of(series.dtstart.tzinfo) if series.kind == "zoned" else None  # type: ignore[attr-defined]
    pen = _Pen(series.kind, zone)
    body = [*([f"SUMMARY:{escaped(summary)}"] if summary is not None else []), *_master(pen, series, given)]
    ranged = any(one.this_and_future for one in given["overrides"])
    overrides = [list(_override(pen, one, series, ranged)) for one in given["overrides"]]
    if uid is None:
        uid = str(uuid5(NAMESPACE_OID, "\n".join([*body, *(line for lines in overrides for line in lines)])))
    head = [f"UID:{escaped(uid)}", f"DTSTAMP:{_utc(now or _NO_STAMP)}"]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}"]
    if zone is not None and pen.named:
        lines += definition_lines(zone, pen.year)
    for part in (body, *overrides):
        lines += ["BEGIN:VEVENT", *head, *part, "END:VEVENT"]
    return written([*lines, "END:VCALENDAR"])


def with_series(
    event: Event, series: Series, *, uid: str | None = None, lines: Iterable[str] = (), now: datetime | None = None
) -> bytes:
    """Write an event with another series in place of its own, and all else that it says; its overrides are the series'.

    `uid` is another UID to have, `lines` are more properties, as whole lines. Errors and cost as `to_ical`.

    >>> from datetime import date
    >>> from schedcore import Calendar
    >>> text = "BEGIN:VEVENT\\nUID:1\\nDTSTART;VALUE=DATE:20260302\\nLOCATION:Zurich\\nRRULE:FREQ=DAILY\\nEND:VEVENT"
    >>> (event,) = Calendar.from_ical(text).events
    >>> ended = with_series(event, event.series.ended(date(2026, 3, 9)))
    >>> [line for line in ended.decode().split("\\r\\n") if line[:5] in ("RRULE", "LOCAT")]
    ['RRULE:FREQ=DAILY;UNTIL=20260308', 'LOCATION:Zurich']
    """
    text = to_ical(series, uid=uid if uid is not None else event.uid, now=now)
    found = [line.text for line in lines_of(text)[0]]
    end = found.index("END:VEVENT")  # of the event itself, which stands first
    return written([*found[:end], *lines, *event.lines_without(_TIMES), *found[end:]])


def _check(series: Series, given: dict[str, Any]) -> None:
    """Refuse what iCalendar cannot say."""
    for name, plain in _PLAIN.items():
        if given[name] != plain:
            said = given[name]
            raise CalendarError(f"{name}={said!r}: iCalendar cannot say this; write a series with {name}={plain!r}")
    if not given["include_dtstart"]:
        alone = [Series(series.dtstart, rule, strict=False, include_dtstart=False) for rule in series.rules]
        if not alone or any(one.first() != series.dtstart for one in alone):
            raise CalendarError(
                f"include_dtstart=False: DTSTART={shorten(series.dtstart)} is no occurrence of each rule, and in"
                " iCalendar it always is one: begin the series with its first()"
            )


class _Pen:
    """Writes dates and times for one zone, and remembers whether and from which year on the zone was needed."""

    def __init__(self, kind: str, zone: Zone | None) -> None:
        self.kind = kind
        self.zone = zone
        self.named = False
        self.year = 9999

    def lines(self, name: str, values: Iterable[Any]) -> list[str]:
        """Write the values of a property, in one line those of one kind."""
        found: dict[str, list[str]] = {}
        for value in values:
            params, text = self._period(value) if isinstance(value, tuple) else self._one(value)
            found.setdefault(params, []).append(text)
        return [f"{name}{params}:{','.join(texts)}" for params, texts in found.items()]

    def _one(self, value: date) -> tuple[str, str]:
        """Parameters and text of one date or time."""
        if not isinstance(value, datetime) or self.kind == "date":
            return ";VALUE=DATE", _day(value)
        if value.tzinfo is None or self.zone is None:
            return "", _day(value) + f"T{value:%H%M%S}"
        if self.zone.key == "UTC" or value.fold or not same_zone(value.tzinfo, self.zone.tzinfo):
            return "", _utc(value)
        self.named = True
        self.year = min(self.year, value.year)
        return f";TZID={_quoted(self.zone.key)}", _day(value) + f"T{value:%H%M%S}"

    def _period(self, value: tuple[Any, Any]) -> tuple[str, str]:
        """An RDATE with an end or a duration; both ends of a period share their parameters, so it is in UTC."""
        start, end = value
        return ";VALUE=PERIOD", f"{self._bound(start)}/{self._bound(end) if isinstance(end, date) else _duration(end)}"

    def _bound(self, value: date) -> str:
        zoned = self.zone is not None and isinstance(value, datetime) and value.tzinfo is not None
        return _utc(value) if zoned and isinstance(value, datetime) else self._one(value)[1]


# --- parts ------------------------------------------------------------------------------------------------------------


def _master(pen: _Pen, series: Series, given: dict[str, Any]) -> Iterator[str]:
    # A DTSTART with fold=1 is read as the first of the two, and so it is written.
    dtstart = series.dtstart
    yield from pen.lines("DTSTART", [dtstart.replace(fold=0) if isinstance(dtstart, datetime) else dtstart])
    if series.duration is not None:
        yield f"DURATION:{_duration(series.duration, series.kind == 'date')}"
    for name, rules in (("RRULE", series.rules), ("EXRULE", given["exrules"])):
        yield from (f"{name}:{rule}" for rule in rules)
    yield from pen.lines("RDATE", given["rdates"])
    yield from pen.lines("EXDATE", given["exdates"])


def _override(pen: _Pen, one: Override, series: Series, ranged: bool) -> Iterator[str]:
    """The lines of an override; `ranged` if some override changes all that follows."""
    onwards = ";RANGE=THISANDFUTURE" if one.this_and_future else ""
    yield from pen.lines(f"RECURRENCE-ID{onwards}", [one.recurrence_id])
    start = one.start if one.start is not None else _place(one.recurrence_id, series)
    yield from pen.lines("DTSTART", [start])
    length = one.duration if one.duration is not None or ranged else series.duration
    if one.end is not None:
        yield from pen.lines("DTEND", [one.end])
    elif length is not None:
        # Other readers take an override without a length for one of no time, so it is said.
        yield f"DURATION:{_duration(length, series.kind == 'date')}"
    if one.cancelled:
        yield "STATUS:CANCELLED"
    if isinstance(one.event, Event):
        yield from one.event.lines_without(_TIMES)


def _place(named: date, series: Series) -> date:
    """Where an override without a start leaves its instance: a date that names one of a timed series has its time."""
    if isinstance(named, datetime) or not isinstance(series.dtstart, datetime):
        return named
    return datetime.combine(named, series.dtstart.timetz())


# --- values -----------------------------------------------------------------------------------------------------------


def _day(value: date) -> str:
    return f"{value.year:04}{value:%m%d}"


def _utc(value: datetime) -> str:
    value = value.astimezone(UTC)
    return f"{_day(value)}T{value:%H%M%S}Z"


def _duration(value: timedelta | Duration, days_only: bool = False) -> str:
    """A length as text; a timedelta is exact, but a date repeats days."""
    if isinstance(value, Duration):
        return str(value)
    whole = timedelta(value.days, value.seconds)
    return str(Duration(days=whole.days)) if days_only else str(Duration.of(whole))


def _quoted(value: str) -> str:
    from icalendar.parser import dquote

    return dquote(value)
