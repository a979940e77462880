"""Meetings, commands and notices as plain JSON values, and back: the form in which they are kept and sent on.

Rules of this module:

1. `to_json` gives dicts, lists, texts, numbers, booleans and None; `from_json` of it is equal. A value of its own, such
   as a meeting, says its type and version: {"type": "Meeting", "v": 1, ...}.
2. Reading is strict. What is missing, unknown, or of another kind is an InvalidValue that names the place: it may come
   from a newer version or from a damaged store, and a guess would be acted on.
3. What is read is checked as what is made: a text cannot hold a meeting that the rules forbid.
4. A date is 2026-03-02, a floating time 2026-03-02T09:00:00, a zoned one {"at": "2026-03-02T09:00:00", "tz":
   "Europe/Zurich"}, with "fold": 1 for the second of two. A zone that a calendar defined comes with its transitions.
5. A length is ISO 8601: {"exact": "PT1H"} of a timedelta, {"nominal": "P1D"} of a `Duration`.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from schedcore.errors import InvalidValue, shorten
from schedcore.freebusy import Status
from schedcore.meetings import commands as c
from schedcore.meetings.meeting import Given, Instance, Meeting, Participant
from schedcore.meetings.notices import Change, Notice
from schedcore.meetings.people import Guest
from schedcore.recurrence import Duration, Rule, Series
from schedcore.recurrence.anatomy import arguments_of
from schedcore.zones import CustomZone, zone_of

__all__ = ["VERSION", "from_json", "text_in", "to_json"]

#: The version of the form; a change that older readers would misread makes it another.
VERSION: Final = 1

#: What can stand by itself.
TYPES: Final[Mapping[str, type]] = {
    one.__name__: one
    for one in (
        Meeting, Notice, c.Create, c.Invite, c.Accept, c.Tentative, c.Refuse, c.Edit, c.Remove, c.Cancel, c.Remind,
        c.Reply, c.Counter, c.Refresh, c.Request, c.Withdraw,
    )
}  # fmt: skip

#: Half of a surrogate pair, as Python keeps one that JSON escaped.
_HALF: Final = re.compile("[\ud800-\udfff]")
#: What changed is a value, or a list of pairs of values; more levels are room to grow, and no stack for a stranger.
_DEEPEST: Final = 8

Made = typing.TypeVar("Made")

#: What the dataclasses say of themselves with names that stand for types; Iterable is always a tuple here.
_HINTS: Final[dict[type, dict[str, Any]]] = {}


def to_json(value: Meeting | c.Command | Notice) -> dict[str, Any]:
    """Give a meeting, command or notice as plain JSON values; InvalidValue for anything else. Linear in its size.

    >>> to_json(c.Accept(by="ben"))
    {'type': 'Accept', 'v': 1, 'by': 'ben', 'acting_for': '', 'recurrence_id': None}
    """
    if type(value).__name__ not in TYPES or TYPES[type(value).__name__] is not type(value):
        raise InvalidValue(f"{shorten(value)} has no form in JSON: pass a meeting, a command or a notice")
    return {"type": type(value).__name__, "v": VERSION, **_record(value)}


def from_json(data: object) -> Any:
    """Read what `to_json` gave; InvalidValue names the place that is wrong. Linear in its size.

    >>> from_json({"type": "Remove", "v": 1, "by": "anna", "acting_for": "", "participant": 7})
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: Remove.participant: 7 is no text
    """
    if not isinstance(data, dict) or not isinstance(data.get("type"), str) or data["type"] not in TYPES:
        raise InvalidValue(f"{shorten(data)}: give an object with a type, one of {', '.join(TYPES)}")
    if type(data.get("v")) is not int or data["v"] != VERSION:
        raise InvalidValue(f"{data['type']}.v: {shorten(data.get('v'))} is not {VERSION}, which this version reads")
    rest = {name: value for name, value in data.items() if name not in ("type", "v")}
    return _read_record(TYPES[data["type"]], rest, data["type"])


# --- writing ----------------------------------------------------------------------------------------------------------


def _record(value: Any) -> dict[str, Any]:
    found = {one.name: getattr(value, one.name) for one in fields(value)}
    plain = {name: _plain(one) for name, one in found.items() if name != "data"}
    return plain if "data" not in found else plain | {"data": [[name, _value(one)] for name, one in found["data"]]}


def _plain(value: Any) -> Any:
    """One value by its kind."""
    if isinstance(value, Status):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return _date(value)
    if isinstance(value, Series):
        return _series(value)
    if isinstance(value, Change):
        return {"name": value.name, "before": _value(value.before), "after": _value(value.after)}
    if isinstance(value, (Guest, Given, Instance, Participant)):
        return _record(value)
    raise InvalidValue(f"{shorten(value)} has no form in JSON")


def _value(value: object) -> Any:
    """What changed, whatever it is: a date says that it is one, and is no text."""
    if isinstance(value, date):
        return {"date": _date(value)}
    return [_value(one) for one in value] if isinstance(value, tuple) else _plain(value)


def _date(value: date) -> Any:
    zone = getattr(value, "tzinfo", None)
    if not isinstance(value, datetime) or zone is None:
        return value.isoformat()
    given = {"at": value.replace(tzinfo=None, fold=0).isoformat(), "tz": _zone(zone)}
    return given | ({"fold": 1} if value.fold else {})


def _zone(zone: tzinfo) -> Any:
    if isinstance(zone, CustomZone):
        parts: Any = zone.__reduce__()[1]
        key, first, times, offsets, tail, source = parts
        return {
            "key": key,
            "first": first,
            "times": list(times),
            "offsets": list(offsets),
            "tail": None if tail is None else list(tail),
            "source": source,
        }
    if isinstance(zone, timezone):
        return "UTC" if zone is UTC else {"seconds": round(zone.utcoffset(None).total_seconds())}
    return {"zone": "UTC"} if zone_of(zone).key == "UTC" else zone_of(zone).key


def _series(series: Series) -> dict[str, Any]:
    given = arguments_of(series)
    return {
        "start": _date(series.dtstart),
        "duration": _length(series.duration),
        "rules": [str(rule) for rule in series.rules],
        "exrules": [str(rule) for rule in given["exrules"]],
        "rdates": [[_date(one[0]), _end(one[1])] if isinstance(one, tuple) else _date(one) for one in given["rdates"]],
        "exdates": [_date(one) for one in given["exdates"]],
        **{name: given[name] for name in _OPTIONS},
    }


#: How a series is read, by name, and what kind each is.
_OPTIONS: Final = {"strict": bool, "include_dtstart": bool, "reading": str, "gap": str, "fold": str}


def _length(value: timedelta | Duration | None) -> Any:
    if value is None:
        return None
    return {"nominal" if isinstance(value, Duration) else "exact": str(Duration.of(value))}


def _end(value: Any) -> Any:
    return _date(value) if isinstance(value, date) else _length(value)


# --- reading ----------------------------------------------------------------------------------------------------------


def _read_record(kind: type, data: object, where: str) -> Any:
    """A dataclass from its fields: all of them, and no others."""
    if not isinstance(data, dict):
        raise InvalidValue(f"{where}: {shorten(data)} is no object")
    hints = _hints(kind)
    _same_names(data, hints, where)
    values = {name: _read(hint, data[name], f"{where}.{name}") for name, hint in hints.items()}
    try:
        made = kind(**values)
        if isinstance(made, Meeting):
            assert made.whole is not None  # SeriesError where an instance does not fit the series
        return made
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from error


def _same_names(data: Mapping[Any, Any], wanted: Iterable[str], where: str) -> None:
    wanted = tuple(wanted)
    for name in data:
        if name not in wanted:
            raise InvalidValue(f"{where}.{shorten(name)[1:-1]} is unknown: it may be of a newer version")
    for name in wanted:
        if name not in data:
            raise InvalidValue(f"{where}.{name} is missing")


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        found = typing.get_type_hints(kind)
        _HINTS[kind] = {one.name: found[one.name] for one in fields(kind)}
    return _HINTS[kind]


def _read(hint: Any, data: object, where: str) -> Any:
    """One value, as the type hint of its field has it."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        if data is None:
            return None
        (inner,) = (one for one in parts if one is not type(None))
        return _read(inner, data, where)
    if origin is not None and origin is not tuple:  # Iterable[...]
        return tuple(_read(parts[0], one, f"{where}[{at}]") for at, one in enumerate(_list(data, where)))
    if origin is tuple:
        values = _list(data, where)
        if len(values) != len(parts):
            raise InvalidValue(f"{where}: {shorten(data)} has {len(values)} items, not {len(parts)}")
        pairs = enumerate(zip(parts, values, strict=True))
        return tuple(_read(one, value, f"{where}[{at}]") for at, (one, value) in pairs)
    if hint in _READERS:
        return _READERS[hint](data, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _read_enum(hint, data, where)
    return _read_record(hint, data, where)


def _list(data: object, where: str) -> list[Any]:
    if not isinstance(data, list):
        raise InvalidValue(f"{where}: {shorten(data)} is no list")
    return data


def _read_enum(kind: type[Enum], data: object, where: str) -> Any:
    words = {one.name.lower() if kind is Status else one.value: one for one in kind}
    if not isinstance(data, str) or data not in words:
        raise InvalidValue(f"{where}: {shorten(data)} is none of {', '.join(words)}")
    return words[data]


def text_in(data: object, where: str) -> str:
    """A text that can be written as UTF-8: JSON can escape half of a surrogate pair, which is none (RFC 8259 8.2)."""
    if not isinstance(data, str):
        raise InvalidValue(f"{where}: {shorten(data)} is no text")
    if not data.isascii() and _HALF.search(data):
        raise InvalidValue(f"{where}: {shorten(data)} has half of a surrogate pair, which is no character; take it out")
    return data


def _read_number(data: object, where: str) -> int:
    if type(data) is not int:
        raise InvalidValue(f"{where}: {shorten(data)} is no whole number")
    return data


def _read_bool(data: object, where: str) -> bool:
    if type(data) is not bool:
        raise InvalidValue(f"{where}: {shorten(data)} is neither true nor false")
    return data


def _read_date(data: object, where: str) -> date:
    """A date, a floating time, or a zoned one."""
    if isinstance(data, dict):
        _same_names({name: one for name, one in data.items() if name != "fold"}, ("at", "tz"), where)
        fold = data.get("fold", 0)
        local = _read_date(data["at"], f"{where}.at") if isinstance(data["at"], str) else None
        if not isinstance(local, datetime) or type(fold) is not int or fold not in (0, 1):
            raise InvalidValue(f"{where}: {shorten(data)} is no time in a zone")
        return local.replace(tzinfo=_read_zone(data["tz"], f"{where}.tz"), fold=fold)
    text = text_in(data, where)
    try:
        found = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"{where}: {shorten(text)} is no date; write 2026-12-31 or 2026-12-31T23:59:59") from None
    if found.isoformat() != text or getattr(found, "tzinfo", None) is not None:
        raise InvalidValue(f"{where}: {shorten(text)} is not as this version writes it, {found.isoformat()}")
    return found


def _read_zone(data: object, where: str) -> tzinfo:
    if data == "UTC":
        return UTC
    if data == {"zone": "UTC"}:
        return ZoneInfo("UTC")
    if isinstance(data, dict) and set(data) == {"seconds"}:
        return _made(where, lambda: timezone(timedelta(seconds=_read_number(data["seconds"], where))))
    if isinstance(data, dict):
        _same_names(data, ("key", "first", "times", "offsets", "tail", "source"), where)
        numbers = {
            name: [_read_number(one, f"{where}.{name}") for one in _list(data[name], f"{where}.{name}")]
            for name in ("times", "offsets", *(["tail"] if data["tail"] is not None else []))
        }
        key, source = (text_in(data[name], f"{where}.{name}") for name in ("key", "source"))
        first = _read_number(data["first"], f"{where}.first")
        tail = numbers.get("tail")
        return _made(where, lambda: CustomZone(key, first, numbers["times"], numbers["offsets"], tail, source))
    name = text_in(data, where)
    return _made(where, lambda: zone_of(name).tzinfo)


def _made(where: str, make: Callable[[], Made]) -> Made:
    """What `make` makes; whatever it refuses is told with its place."""
    try:
        return make()
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidValue(f"{where}: {error}") from error


def _read_series(data: object, where: str) -> Series:
    if not isinstance(data, dict):
        raise InvalidValue(f"{where}: {shorten(data)} is no object")
    lists = ("rules", "exrules", "rdates", "exdates")
    _same_names(data, ("start", "duration", *lists, *_OPTIONS), where)
    options: dict[str, Any] = {
        name: (_read_bool if kind is bool else text_in)(data[name], f"{where}.{name}")
        for name, kind in _OPTIONS.items()
    }
    its = {name: _list(data[name], f"{where}.{name}") for name in lists}
    rules, exrules = (
        [_read_rule(one, f"{where}.{name}[{at}]") for at, one in enumerate(its[name])] for name in ("rules", "exrules")
    )
    start = _read_date(data["start"], f"{where}.start")
    duration = _read_length(data["duration"], f"{where}.duration")
    rdates = [_read_rdate(one, f"{where}.rdates[{at}]") for at, one in enumerate(its["rdates"])]
    exdates = [_read_date(one, f"{where}.exdates[{at}]") for at, one in enumerate(its["exdates"])]
    arguments: dict[str, Any] = {"duration": duration, "rdates": rdates, "exdates": exdates, "exrules": exrules}
    return _made(where, lambda: Series(start, rules or None, **arguments, **options))


def _read_rule(data: object, where: str) -> Rule:
    text = text_in(data, where)
    return _made(where, lambda: Rule.parse(text, strict=False))


def _read_length(data: object, where: str) -> timedelta | Duration | None:
    if data is None:
        return None
    if not isinstance(data, dict) or len(data) != 1 or not data.keys() <= {"nominal", "exact"}:
        raise InvalidValue(f'{where}: {shorten(data)} is no length; give {{"exact": "PT1H"}} or {{"nominal": "P1D"}}')
    ((kind, text),) = data.items()
    found: Duration = _made(where, lambda: Duration.parse(text_in(text, where)))
    if kind == "exact" and found.days:
        raise InvalidValue(f"{where}: {shorten(text)} has days, which are nominal; write them as hours")
    return found if kind == "nominal" else timedelta(seconds=found.seconds)


def _read_rdate(data: object, where: str) -> Any:
    if not isinstance(data, list):
        return _read_date(data, where)
    if len(data) != 2:
        raise InvalidValue(f"{where}: {shorten(data)} is no period; give its start and its end or length")
    start, end = data
    isolength = isinstance(end, dict) and "at" not in end
    return _read_date(start, where), _read_length(end, where) if isolength else _read_date(end, where)


def _read_value(data: object, where: str, depth: int = 0) -> object:
    """A value of a notice: a text, a number, a date, or a list of those, or of lists."""
    if isinstance(data, list) and depth < _DEEPEST:
        return tuple(_read_value(one, where, depth + 1) for one in data)
    if isinstance(data, str):
        return text_in(data, where)
    if isinstance(data, dict):
        _same_names(data, ("date",), where)
        return _read_date(data["date"], f"{where}.date")
    if data is None or isinstance(data, (int, bool)):
        return data
    raise InvalidValue(f"{where}: {shorten(data)} is no value of a notice")


_READERS: Final[Mapping[Any, Callable[[object, str], Any]]] = {
    str: text_in,
    int: _read_number,
    bool: _read_bool,
    date: _read_date,
    Series: _read_series,
    object: _read_value,
}
