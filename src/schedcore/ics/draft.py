"""A VEVENT taken apart, before it is known which events belong together.

Rules of this module (RFC 5545 3.6.1, 3.8.2.2, 3.8.2.5):

1. DTEND gives an exact length, DURATION nominal days and exact seconds. With both, DTEND counts. With neither the draft
   has no length: then a date lasts a day, a time no time at all, and an override as long as its series (see
   `grouping`).
2. An end of another kind than DTSTART is brought to its kind; an end that is not behind the start of a date makes it
   one day. An end before the start of a time is taken for the start, if the event does not recur and they are less than
   12 hours apart: then two values were mixed up. Else it takes no time at all: a night's event whose end bears the date
   of its start must not become a whole day's. All of that is noted.
3. COUNT=-1 is how some programs write that there is no COUNT.
4. An EXDATE or RDATE that cannot be read is noted and passed over; anything else that cannot be read, and a missing
   DTSTART, makes the event unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from schedcore.errors import CalendarError, InvalidValue, RuleError, shorten
from schedcore.ics.component import Component, Property, text_of
from schedcore.ics.values import date_of, duration_of, rdate_of
from schedcore.recurrence import Duration, Rule
from schedcore.recurrence.window import instant

__all__ = ["Draft", "read_draft", "uid_of"]

_NAMES: Final = frozenset(
    (
        "UID", "SEQUENCE", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE",
        "EXDATE", "SUMMARY", "STATUS", "TRANSP", "CLASS", "ORGANIZER", "X-MICROSOFT-CDO-BUSYSTATUS",
    )
)  # fmt: skip

_NOTHING: Final = timedelta(0)
_HALF_A_DAY: Final = timedelta(hours=12)
_NO_COUNT: Final = re.compile(r"(?<![^;])\s*COUNT\s*=\s*-\d+\s*(?:;|$)", re.ASCII | re.IGNORECASE)

ZoneFinder = Callable[[str], tzinfo]


@dataclass(slots=True)
class Draft:
    """What one VEVENT says; `problems` are what was forgiven."""

    component: Component
    start: date | datetime
    length: timedelta | Duration | None
    uid: str | None = None
    recurrence_id: date | datetime | None = None
    this_and_future: bool = False
    revision: tuple[int, float] = (0, 0.0)  # SEQUENCE, DTSTAMP: the greater is the newer
    rules: tuple[Rule, ...] = ()
    exrules: tuple[Rule, ...] = ()
    rdates: tuple[Any, ...] = ()
    exdates: tuple[Any, ...] = ()
    summary: str | None = None
    status: str | None = None
    transp: str | None = None
    busystatus: str | None = None
    classification: str | None = None
    organizer: str | None = None
    problems: list[str] = field(default_factory=list)


def uid_of(component: Component) -> str | None:
    """Read the UID of a component; None if it has none."""
    for prop in component.properties(frozenset(("UID",))):
        if prop.value.strip():
            return text_of(prop)
    return None


def read_draft(component: Component, zone: ZoneFinder) -> Draft:
    """Take a VEVENT apart; InvalidValue names what makes it unreadable."""
    props: dict[str, list[Property]] = {}
    for prop in component.properties(_NAMES):
        props.setdefault(prop.name, []).append(prop)
    problems: list[str] = []
    named = _first(props, "RECURRENCE-ID")
    recurrence_id = None if named is None else date_of(named, zone)
    status = _word(props, "STATUS")
    start_prop = _first(props, "DTSTART")
    if start_prop is not None:
        start = date_of(start_prop, zone)
    elif recurrence_id is not None and status == "CANCELLED":
        start = recurrence_id  # a cancellation need not say when the instance would have been
    else:
        raise CalendarError("DTSTART is missing: nobody knows when it happens")
    uid = _first(props, "UID")
    start, length = _span(props, start, zone, problems)
    return Draft(
        component,
        start,
        length,
        uid=text_of(uid) if uid is not None and uid.value.strip() else None,
        recurrence_id=recurrence_id,
        this_and_future=named is not None and named.params.get("RANGE", "").upper() == "THISANDFUTURE",
        revision=(_number(_first(props, "SEQUENCE")), _stamp(_first(props, "DTSTAMP"))),
        rules=tuple(_rules(props.get("RRULE", ()), problems)),
        exrules=tuple(_rules(props.get("EXRULE", ()), problems)),
        rdates=tuple(_all(props.get("RDATE", ()), zone, rdate_of, problems)),
        exdates=tuple(_all(props.get("EXDATE", ()), zone, date_of, problems)),
        summary=None if (summary := _first(props, "SUMMARY")) is None else text_of(summary),
        status=status,
        transp=_word(props, "TRANSP"),
        busystatus=_word(props, "X-MICROSOFT-CDO-BUSYSTATUS"),
        classification=_word(props, "CLASS"),
        organizer=None if (organizer := _first(props, "ORGANIZER")) is None else organizer.value.strip(),
        problems=problems,
    )


def _first(props: dict[str, list[Property]], name: str) -> Property | None:
    return props[name][0] if name in props else None


def _word(props: dict[str, list[Property]], name: str) -> str | None:
    prop = _first(props, name)
    return None if prop is None else prop.value.strip().upper() or None


def _number(prop: Property | None) -> int:
    """SEQUENCE as a number; what is none counts as 0, its default (RFC 5545 3.8.7.4)."""
    text = "" if prop is None else prop.value.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _stamp(prop: Property | None) -> float:
    """DTSTAMP in UTC seconds, only to compare: it is UTC by definition (RFC 5545 3.8.7.2); 0 if it cannot be read."""
    if prop is None:
        return 0.0
    try:
        value = date_of(prop, lambda tzid: UTC)
    except InvalidValue:
        return 0.0
    return float(instant(_timed(value, UTC)))


def _rules(props: Iterable[Property], problems: list[str]) -> Iterator[Rule]:
    for prop in props:
        text = prop.value.strip()
        if not text:
            problems.append(f"{prop.name} is empty: passed over")
            continue
        try:
            yield Rule.parse(text, strict=False)
        except RuleError as error:
            endless = _NO_COUNT.sub("", text) if error.part == "COUNT" else text
            if endless == text:
                raise
            problems.append(f"{error}: read as no COUNT")
            yield Rule.parse(endless, strict=False)


def _all(
    props: Iterable[Property],
    zone: ZoneFinder,
    read: Callable[[Property, ZoneFinder, str], Any],
    problems: list[str],
) -> Iterator[Any]:
    for prop in props:
        for text in prop.value.split(","):
            if not text.strip():
                continue
            try:
                yield read(prop, zone, text)
            except InvalidValue as error:
                problems.append(f"one item of line {prop.line} is passed over: {error}")


def _span(
    props: dict[str, list[Property]], start: date | datetime, zone: ZoneFinder, problems: list[str]
) -> tuple[date | datetime, timedelta | Duration | None]:
    """Start and length; the start is the given one but for rule 2."""
    end, duration = _first(props, "DTEND"), _first(props, "DURATION")
    if end is not None:
        if duration is not None:
            problems.append("both DTEND and DURATION are given: DTEND counts")
        length = _length_to(start, date_of(end, zone), problems)
        if isinstance(length, Duration) or length >= _NOTHING:
            return start, length
        assert isinstance(start, datetime)
        told = f"DTEND={shorten(end.value)} is before DTSTART={start.isoformat()}"
        if -length >= _HALF_A_DAY or "RRULE" in props or "RDATE" in props:
            problems.append(f"{told}: read as no time at all")
            return start, _NOTHING
        problems.append(f"{told}: they are taken for each other")
        begin = start + length if start.tzinfo is None else (start.astimezone(UTC) + length).astimezone(start.tzinfo)
        return begin, -length
    if duration is None:
        return start, None
    given = duration_of(duration)
    if given.is_negative:
        problems.append(f"DURATION={shorten(duration.value)} is negative: read as none")
        return start, _NOTHING if isinstance(start, datetime) else Duration(days=1)
    return start, given


def _length_to(start: date | datetime, end: date | datetime, problems: list[str]) -> timedelta | Duration:
    """The length up to an end, brought to the kind of the start; of a time it may be negative."""
    shown = end.isoformat()
    if not isinstance(start, datetime):
        if isinstance(end, datetime):
            problems.append(f"DTEND={shown} has a time, DTSTART is a date: its date counts")
            end = end.date() + timedelta(days=end.time() > time()) if end.date() < date.max else date.max
        days = (end - start).days
        if days < 1:
            problems.append(f"DTEND={shown} is not after DTSTART={start.isoformat()}: read as one day")
        return Duration(days=max(days, 1))
    if not isinstance(end, datetime) or (end.tzinfo is None) != (start.tzinfo is None):
        problems.append(f"DTEND={shown} is not of the kind of DTSTART={start.isoformat()}: read as in its zone")
        end = _timed(end, None).replace(tzinfo=start.tzinfo)
    # In a zone not end - start: between datetimes of one tzinfo that is the difference of the wall clock.
    return end - start if start.tzinfo is None else timedelta(seconds=instant(end) - instant(start))


def _timed(value: date | datetime, tz: tzinfo | None) -> datetime:
    """A date as its midnight, a floating time as one of the zone."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tz)
    return value.replace(tzinfo=tz) if value.tzinfo is None else value
