"""Events: from messages to iCalendar text, and from text to messages.

Rules of this module:

1. What is stored is text, one VCALENDAR a UID (`ics.parted`); a message is a way to write the usual parts of it.
2. A text is read as an import reads it: one revision of each component, and nothing that cannot be read. So everything
   that is stored has a visibility that is known.
3. A message changes the parts it has. Of an event that is there, exceptions stay whose instance is still there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from schedcore.errors import InvalidValue, SchedcoreError, shorten
from schedcore.freebusy import Status
from schedcore.freebusy.reading import status_of
from schedcore.freebusy.status import CDO_BUSYSTATUS
from schedcore.freebusy.taking import changed
from schedcore.ics import Calendar, Event, import_events, parted, to_ical
from schedcore.ics.calendar import tracks_of
from schedcore.ics.text import lines_of
from schedcore.ics.writing import escaped, written
from schedcore.policy import Caps, Defaults, Visibility, only_exceptions, visibility_of
from schedcore.policy.visibility import CLASS
from schedcore.recurrence import Duration, Series
from schedcore.recurrence.spans import is_plain
from schedcore.recurrence.window import DAY, floating_key, instant
from schedcore.service.errors import field
from schedcore.service.people_calls import plain
from schedcore.service.times import time_message, time_of
from schedcore.store.events import EARLIEST, LATEST
from schedcore.v1 import calendar_pb2 as pb
from schedcore.v1 import common_pb2

__all__ = ["bounds_of", "message_of", "one_event", "problem", "read_text", "series_of", "text_of"]

#: Characters of a UID: keys of the store are as long in any database.
_LONGEST_UID: Final = 1_000
#: Characters of a subject, a text, a place.
_LONGEST: Final = 100_000
#: The numbers of the wire are one above those of the library (common.proto).
_OFFSET: Final = 1
#: What floats, and whole days, happen within so much of what they say in UTC.
_ANYWHERE: Final = 2 * DAY

_CLASSES: Final = {visibility: word for word, visibility in CLASS.items()}


# --- text -------------------------------------------------------------------------------------------------------------


def read_text(text: str | bytes) -> tuple[str, bytes, list[common_pb2.Problem]]:
    """The UID and the text of the one event in a text, and what was forgiven; InvalidValue for none or several."""
    found = import_events([text])
    texts = parted(found.calendar)
    if len(texts) != 1:
        raise InvalidValue(f"the text has {len(texts)} events: put one at a time, or import the file")
    ((uid, data),) = texts.items()
    checked_uid(uid)
    problems = [problem(one.uid, one.line, one.reason) for one in found.dropped]
    problems += [problem(one.uid, one.line, one.reason) for one in found.calendar.problems]
    return uid, data, problems


def checked_uid(uid: str) -> str:
    """A UID that can be stored."""
    if not 1 <= len(uid) <= _LONGEST_UID or any(one < " " or one == "\x7f" for one in uid):
        with field("uid"):
            raise InvalidValue(f"uid={shorten(uid)}: give 1 to {_LONGEST_UID} characters, none of them for control")
    return uid


def one_event(text: bytes) -> tuple[Calendar, Event]:
    """A stored text, read, and its event: the series, or the instance that stands without one."""
    calendar = Calendar.from_ical(text)
    return calendar, calendar.events[0]


def bounds_of(text: bytes) -> tuple[int, int]:
    """UTC seconds before which nothing of an event starts and after which nothing ends; all time if unknown."""
    try:
        found = [_span(track) for track in tracks_of(Calendar.from_ical(text))]
    except SchedcoreError:
        return EARLIEST, LATEST
    if not found:
        return EARLIEST, LATEST
    return min(a for a, _ in found), max(b for _, b in found)


def _span(track: Any) -> tuple[int, int]:
    series = track.series
    if not is_plain(series):
        return EARLIEST, LATEST
    moved = [(one.start, one.end) for one in changed(track)]
    first = series.replace(overrides=()).first()
    days, seconds = series._length
    length = days * DAY + seconds + _ANYWHERE
    if first is None:
        spans = []
    elif series.is_infinite:
        spans = [(_second(first) - _ANYWHERE, LATEST)]
    else:
        last = series.replace(overrides=()).last()
        spans = [(_second(first) - _ANYWHERE, _second(last) + length)]
    spans += [(_second(a) - _ANYWHERE, _second(b) + _ANYWHERE) for a, b in moved]
    return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else (0, 0)


def _second(value: Any) -> int:
    if isinstance(value, datetime):
        return instant(value) if value.tzinfo is not None else floating_key(value)
    return floating_key(datetime(value.year, value.month, value.day))


def problem(uid: str | None, line: int | None, reason: str) -> common_pb2.Problem:
    """What could not be read or was forgiven, as a message."""
    where = uid or ""
    return common_pb2.Problem(where=where if line is None else f"{where} line {line}".strip(), reason=reason)


# --- from messages ----------------------------------------------------------------------------------------------------


def series_of(message: pb.Event, defaults: Defaults) -> Series:
    """The series of a message; errors of the library on the field at fault."""
    with field("start"):
        start = _utc(time_of(message.start))
    length: timedelta | Duration | None = None
    if message.HasField("end"):
        with field("end"):
            if message.duration:
                raise InvalidValue("end and duration are both given: give one of them")
            length = _between(start, _utc(time_of(message.end)))
    elif message.duration:
        with field("duration"):
            length = Duration.parse(message.duration)
    rdates, exdates = _times(message.rdates, "rdates"), _times(message.exdates, "exdates")
    with field("rrule" if message.rrule else "duration" if message.duration else "start"):
        base = defaults.series(start, duration=length)
        return base.replace(rule=message.rrule or None, rdates=rdates, exdates=exdates, strict=True)


def _between(start: Any, end: Any) -> timedelta:
    if isinstance(start, datetime) != isinstance(end, datetime) or (
        isinstance(start, datetime) and (start.tzinfo is None) != (end.tzinfo is None)
    ):
        raise InvalidValue(
            f"{end.isoformat()} is of another kind than the start {start.isoformat()}: give one of its kind"
        )
    length: timedelta = end - start
    if isinstance(start, datetime) and start.tzinfo is not None:
        length = timedelta(seconds=instant(end) - instant(start))
    if length <= timedelta(0):
        raise InvalidValue(f"{end.isoformat()} is not behind the start {start.isoformat()}: give a later end")
    return length


def _utc(value: date | datetime) -> date | datetime:
    """An instant that names no zone is one of UTC: its offset is nobody's clock."""
    if isinstance(value, datetime) and value.tzinfo is not None and not hasattr(value.tzinfo, "key"):
        return value.astimezone(UTC)
    return value


def _times(messages: Iterable[common_pb2.Time], name: str) -> list[date | datetime]:
    found = []
    for number, message in enumerate(messages):
        with field(f"{name}[{number}]"):
            found.append(_utc(time_of(message)))
    return found


def text_of(
    message: pb.Event, series: Series, uid: str, now: datetime, *, has_reminders: bool, keeping: Iterable[str] = ()
) -> bytes:
    """The text of a message with this series; `keeping` are lines of the event that was there."""
    lines = [*_words(message), *_alarms(message, has_reminders)]
    found = [line.text for line in lines_of(to_ical(series, uid=uid, now=now))[0]]
    end = found.index("END:VEVENT")  # of the event itself, which stands first
    return written([*found[:end], *lines, *keeping, *found[end:]])


def _words(message: pb.Event) -> list[str]:
    lines = []
    for name in ("summary", "description", "location"):
        text = getattr(message, name)
        with field(name):
            plain(text, _LONGEST)
        lines += [f"{name.upper()}:{escaped(text)}"] if text else []
    if message.visibility:
        with field("visibility"):
            if message.visibility - _OFFSET not in list(Visibility):
                raise InvalidValue(f"visibility={message.visibility}: give VISIBLE, SOME or INVISIBLE")
        lines.append(f"CLASS:{_CLASSES[Visibility(message.visibility - _OFFSET)]}")
    if message.status:
        with field("status"):
            if message.status - _OFFSET not in list(Status):
                raise InvalidValue(f"status={message.status}: give FREE, TENTATIVE, BUSY or OUT_OF_OFFICE")
        status = Status(message.status - _OFFSET)
        lines.append(f"TRANSP:{'TRANSPARENT' if status is Status.FREE else 'OPAQUE'}")
        lines += ["STATUS:TENTATIVE"] if status is Status.TENTATIVE else []
        lines.append(f"X-MICROSOFT-CDO-BUSYSTATUS:{CDO_BUSYSTATUS.word(status)}")
    return lines


def _alarms(message: pb.Event, has_reminders: bool) -> list[str]:
    lines = []
    for number, text in enumerate(message.alarms):
        with field(f"alarms[{number}]"):
            if not has_reminders:
                raise InvalidValue("events of a group have no reminders: they are each member's own")
            length = Duration.parse(text)
            if length.days < 0 or length.seconds < 0:
                raise InvalidValue(f"{shorten(text)}: give how long before the start, as PT10M")
            before = f"-{length}" if length.days or length.seconds else str(length)
            lines += ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Reminder", f"TRIGGER:{before}", "END:VALARM"]
    return lines


#: Lines that a message has a say in: of an event that is there, all others stay.
SAID: Final = frozenset(
    (
        "UID", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE",
        "SUMMARY", "DESCRIPTION", "LOCATION", "CLASS", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "BEGIN",
    )
)  # fmt: skip


def new_uid() -> str:
    """A UID that nobody has."""
    return f"{uuid4()}@schedcore"


# --- to messages ------------------------------------------------------------------------------------------------------


def message_of(
    text: bytes, *, etag: str, native: bool, meeting: str | None, caps: Caps, shown: bytes | None = None
) -> pb.StoredEvent:
    """A stored event as a message; `shown` is its text as far as the caller may know it."""
    told = text if shown is None else shown
    _, event = one_event(told)
    series = event.series
    message = pb.Event(
        uid=event.uid or "",
        summary=event.summary or "",
        description=event.text("DESCRIPTION") or "",
        location=event.text("LOCATION") or "",
        start=time_message(series.dtstart),
        rrule=str(series.rules[0]) if series.rules else "",
        duration="" if series.duration is None else str(Duration.of(series.duration)),
        rdates=[time_message(one[0] if isinstance(one, tuple) else one) for one in series.rdates],
        exdates=[time_message(one) for one in series.exdates],
        visibility=visibility_of(event.classification) + _OFFSET,  # type: ignore[arg-type]
        status=_status(event) + _OFFSET,  # type: ignore[arg-type]
        alarms=_triggers(event),
    )
    return pb.StoredEvent(
        event=message,
        ics=told.decode("utf-8", "replace"),
        meeting=meeting or "",
        native=native,
        etag=etag,
        only_exceptions=native and _only_exceptions(series, caps),
    )


def _status(event: Event) -> Status:
    """What the event says of its owner's time, whatever they answered."""
    return status_of(status=event.status, transp=event.transp, busystatus=event.busystatus, all_day=event.is_all_day)


def _triggers(event: Event) -> list[str]:
    """How long before the start an event reminds, of the reminders that say it so."""
    inside, found = False, []
    for line in event.lines_without(frozenset()):
        name = line.partition(":")[0].partition(";")[0].strip().upper()
        inside = inside or line.strip().upper() == "BEGIN:VALARM"
        if inside and name == "TRIGGER" and "RELATED=END" not in line.upper():
            value = line.rpartition(":")[2].strip().upper()
            if value.startswith("-P"):
                found.append(value[1:])
        inside = inside and line.strip().upper() != "END:VALARM"
    return found


def _only_exceptions(series: Series, caps: Caps) -> bool:
    try:
        return only_exceptions(series, caps)
    except SchedcoreError:  # too many to look at each: then not all of them are exceptions that somebody made
        return False
