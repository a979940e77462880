"""Times, windows and series: from messages to the library's values and back.

Rules of this module:

1. A `Time` is one of a day, a time on the clock (floating without a zone), or an instant; it becomes a `date`, a naive
   or an aware `datetime`. An instant with `tz` is shown in that zone, one without keeps its offset (UTC for seconds).
2. Text is read strictly: the forms that common.proto shows, in ASCII, and whole seconds.
3. Answers tell an instant with the offset of its zone and the zone's name. Where an offset has seconds, as local mean
   times do, RFC 3339 cannot write it, so the instant is told in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from schedcore.errors import CalendarError, InvalidValue, LimitExceeded, SeriesError, shorten
from schedcore.ics import Calendar
from schedcore.recurrence import Duration, Series
from schedcore.service.errors import field
from schedcore.v1 import common_pb2
from schedcore.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schedcore.ics import Event
    from schedcore.recurrence import Limits

__all__ = [
    "aware_window",
    "name_of_zone",
    "seconds_of",
    "series_message",
    "series_of",
    "time_message",
    "time_of",
    "window_of",
    "window_within",
    "zone_named",
]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.0+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GAPS: Final[dict[int, str]] = {
    common_pb2.GAP_UNSPECIFIED: "shift",
    common_pb2.GAP_SHIFT: "shift",
    common_pb2.GAP_SKIP: "skip",
}
_FOLDS: Final[dict[int, str]] = {
    common_pb2.FOLD_UNSPECIFIED: "first",
    common_pb2.FOLD_FIRST: "first",
    common_pb2.FOLD_LAST: "last",
    common_pb2.FOLD_BOTH: "both",
}


def zone_named(name: str) -> tzinfo:
    """Give the zone of this name; ZoneError on `tz` for one that is not known."""
    with field("tz"):
        return zone_of(name).tzinfo


def name_of_zone(tz: tzinfo) -> str:
    """Give the name of a zone, as answers tell it: that of the IANA, "UTC", or an offset.

    >>> name_of_zone(UTC)
    'UTC'
    """
    return str(getattr(tz, "key", None) or zone_of(tz).key)


# --- times -----------------------------------------------------------------------------------------------------------


def time_of(message: common_pb2.Time, tz: str = "") -> date | datetime:
    """Read a time; `tz` names the zone of local times that name none, "" leaves them floating.

    InvalidValue for what is no time, ZoneError for an unknown zone, both on the field at fault.

    >>> time_of(common_pb2.Time(local="2026-10-26T09:00:00"), "Europe/Zurich").isoformat()
    '2026-10-26T09:00:00+01:00'
    """
    which = message.WhichOneof("value")
    if which == "local":
        value = _naive(message.local, message.fold)
        name = message.tz or tz
        return value.replace(tzinfo=zone_named(name)) if name else value
    if which == "date":
        return _date(message.date)
    if which is None:
        raise InvalidValue("no time is given: set date, local, instant or epoch_seconds")
    value = _instant(message.instant) if which == "instant" else _seconds(message.epoch_seconds)
    if not message.tz:
        return value
    try:
        return value.astimezone(zone_named(message.tz))
    except OverflowError as error:
        raise InvalidValue(f"{value.isoformat()} is outside of the years 1 to 9999 in {message.tz}") from error


def _naive(text: str, fold: int) -> datetime:
    with field("fold"):
        if fold not in (0, 1):
            raise InvalidValue(f"fold={fold}: give 0 for the first of two, 1 for the second")
    with field("local"):
        if not _LOCAL.fullmatch(text):
            raise InvalidValue(f"local={shorten(text)}: give a time on the clock like 2026-10-26T09:00:00")
        return _parsed(text).replace(fold=fold)


def _date(text: str) -> date:
    with field("date"):
        if not _DATE.fullmatch(text):
            raise InvalidValue(f"date={shorten(text)}: give a day like 2026-10-26")
        return _parsed(text).date()


def _instant(text: str) -> datetime:
    with field("instant"):
        found = _INSTANT.fullmatch(text)
        if found is None:
            raise InvalidValue(
                f"instant={shorten(text)}: give an instant like 2026-10-26T09:00:00+01:00, in whole seconds"
            )
        return _parsed(found[1] + ("+00:00" if found[2] == "Z" else found[2]))


def _seconds(seconds: int) -> datetime:
    with field("epoch_seconds"):
        try:
            return _EPOCH + timedelta(seconds=seconds)
        except OverflowError as error:
            raise InvalidValue(f"epoch_seconds={seconds} is outside of the years 1 to 9999") from error


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{shorten(text)}: {error}") from error


def time_message(value: date | datetime) -> common_pb2.Time:
    """Tell a time.

    >>> from zoneinfo import ZoneInfo
    >>> message = time_message(datetime(2026, 10, 26, 9, tzinfo=ZoneInfo("Europe/Zurich")))
    >>> message.instant, message.tz
    ('2026-10-26T09:00:00+01:00', 'Europe/Zurich')
    """
    if not isinstance(value, datetime):
        return common_pb2.Time(date=value.isoformat())
    if value.tzinfo is None:
        return common_pb2.Time(local=value.isoformat(timespec="seconds"), fold=value.fold)
    offset = value.utcoffset()
    assert offset is not None
    tz = name_of_zone(value.tzinfo)
    if offset.seconds % 60:
        return common_pb2.Time(instant=_in_utc(value), tz=tz)
    text = value.isoformat(timespec="seconds")
    return common_pb2.Time(instant=f"{text[:-6]}Z" if tz == "UTC" else text, tz=tz)


def _in_utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def seconds_of(value: datetime) -> int:
    """Count the UTC seconds of an aware datetime, without a float.

    >>> seconds_of(datetime(1970, 1, 2, tzinfo=UTC))
    86400
    """
    since = value - _EPOCH
    return since.days * 86_400 + since.seconds


# --- windows ---------------------------------------------------------------------------------------------------------


def window_of(message: common_pb2.Window) -> tuple[date | datetime, date | datetime]:
    """Read both bounds of a window, of whatever kind they are; InvalidValue on `start` or `end`."""
    with field("start"):
        start = time_of(message.start, message.tz)
    with field("end"):
        end = time_of(message.end, message.tz)
    return start, end


def aware_window(message: common_pb2.Window) -> tuple[datetime, datetime]:
    """Read a window as instants; a day begins at its midnight in `tz`. InvalidValue for floating bounds.

    >>> window = common_pb2.Window(
    ...     start=common_pb2.Time(date="2026-10-26"), end=common_pb2.Time(date="2026-10-27"), tz="Europe/Zurich"
    ... )
    >>> [bound.isoformat() for bound in aware_window(window)]
    ['2026-10-26T00:00:00+01:00', '2026-10-27T00:00:00+01:00']
    """
    tz = message.tz
    with field("start"):
        start = _aware(time_of(message.start, tz), tz)
    with field("end"):
        end = _aware(time_of(message.end, tz), tz)
        if end < start:
            raise InvalidValue(f"end={end.isoformat()} is before start={start.isoformat()}: swap them")
    return start, end


def window_within(message: common_pb2.Window, most: int) -> tuple[datetime, datetime]:
    """Read a window of at most so many days; LimitExceeded for max_window_days, else errors as `aware_window`."""
    if message.tz:
        zone_named(message.tz)
    start, end = aware_window(message)
    if (end - start).days > most:
        raise LimitExceeded("max_window_days", allowed=most, reached=(end - start).days)
    return start, end


def _aware(value: date | datetime, tz: str) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not tz:
        raise InvalidValue(f"{value.isoformat()} is no instant without a zone: name one in the window's tz")
    zone = zone_named(tz)
    return value.replace(tzinfo=zone) if isinstance(value, datetime) else datetime(*value.timetuple()[:3], tzinfo=zone)


# --- series ----------------------------------------------------------------------------------------------------------


def series_of(message: common_pb2.Series, limits: Limits | None = None) -> tuple[Series, tuple[str, ...]]:
    """Read a series, and what was forgiven on the way; errors of the library on the field at fault."""
    problems: tuple[str, ...] = ()
    if message.text:
        series, problems = _from_text(message)
        if limits is not None:
            series = series.replace(limits=limits)
    else:
        series = _from_parts(message, limits)
    return series, tuple(dict.fromkeys((*problems, *series.problems)))


def _from_parts(message: common_pb2.Series, limits: Limits | None) -> Series:
    with field("dtstart"):
        dtstart = time_of(message.dtstart)
    with field("duration"):
        duration = Duration.parse(message.duration) if message.duration else None
    rdates, exdates = _times(message.rdates, "rdates"), _times(message.exdates, "exdates")
    with field("gap"):
        gap = _choice(_GAPS, message.gap, "gap")
    with field("fold"):
        fold = _choice(_FOLDS, message.fold, "fold")
    rules = message.rrules
    with field("rrules"):
        return Series(
            dtstart,
            rules[0] if len(rules) == 1 else tuple(rules) or None,
            duration=duration,
            rdates=rdates,
            exdates=exdates,
            exrules=tuple(message.exrules),
            strict=not message.lenient,
            gap=gap,
            fold=fold,
            limits=limits,
        )


def _times(messages: Iterable[common_pb2.Time], name: str) -> list[date | datetime]:
    found = []
    for number, message in enumerate(messages):
        with field(f"{name}[{number}]"):
            found.append(time_of(message))
    return found


def _choice(choices: dict[int, str], number: int, name: str) -> str:
    found = choices.get(number)
    if found is None:
        raise InvalidValue(f"{name}={number}: this server knows {', '.join(map(str, sorted(choices)))}")
    return found


#: What makes lines a calendar: one event, of which nothing but its series is asked.
_AROUND: Final = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-\nBEGIN:VEVENT\nUID:series\n{}\nEND:VEVENT\nEND:VCALENDAR"
_PARTS: Final = ("dtstart", "duration", "rrules", "rdates", "exdates", "exrules", "gap", "fold")


def _from_text(message: common_pb2.Series) -> tuple[Series, tuple[str, ...]]:
    with field("text"):
        given = [name for name in _PARTS if name in {part.name for part, _ in message.ListFields()}]
        if given:
            raise InvalidValue(f"text and {', '.join(given)} are given: give the series as text, or in parts")
        whole = "BEGIN:" in message.text.upper()
        text = message.text if whole else _AROUND.format(message.text)
        event, problems = _one_event(text)
        forgiven = (*problems, *event.series.problems)
        if not whole and not message.lenient and forgiven:
            raise SeriesError(f"{forgiven[0]} (lenient=true reads it as calendars of others mean it)")
        return event.series, problems


def _one_event(text: str) -> tuple[Event, tuple[str, ...]]:
    calendar = Calendar.from_ical(text)
    if len(calendar.events) == 1:
        return calendar.events[0], tuple(problem.reason for problem in calendar.problems)
    said = f": {calendar.problems[0].reason}" if calendar.problems else ""
    raise CalendarError(f"{len(calendar.events)} events in the text, give one{said}")


def series_message(series: Series) -> common_pb2.Series:
    """Tell a series in parts; one with overrides or a zone of its own is told in full by `ics.to_ical` alone."""
    duration, rdates, exdates = series.duration, series.rdates, series.exdates
    return common_pb2.Series(
        dtstart=time_message(series.dtstart),
        duration="" if duration is None else str(Duration.of(duration)),
        rrules=[str(rule) for rule in series.rules],
        rdates=[time_message(_plain(value)) for value in rdates],
        exdates=[time_message(value) for value in exdates],
        exrules=[str(rule) for rule in series.exrules],
    )


def _plain(value: object) -> date | datetime:
    """An RDATE as a time; a period is told by its start, for its length has no place in the message."""
    start = value[0] if isinstance(value, tuple) else value
    assert isinstance(start, date)
    return start
