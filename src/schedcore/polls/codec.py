"""Polls, commands and notices of polls as plain JSON values, and back: the one form in which they are kept and sent.

Rules of this module:

1. A value is a dict with its `type`, the version `v`, and all its fields under their names. Nothing is left out.
2. Reading is strict: a field that is missing, unknown or of the wrong kind is an error that names its place. A value
   that was read is equal to the one that was written.
3. A date is "2026-12-31"; a time is {"at": its wall clock, "tz": a zone's name or an offset in seconds}, with "fold": 1
   where a clock shows it for the second time.
4. Enumerations are their values, a vote is its word.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum
from typing import Any, Final

from schedcore.errors import InvalidValue, shorten
from schedcore.meetings import Guest
from schedcore.meetings.codec import text_in
from schedcore.polls import commands as c
from schedcore.polls.poll import Ballot, Option, Poll, Voter
from schedcore.recurrence.window import MAX_KEY, MIN_KEY
from schedcore.zones import same_zone, zone_of

__all__ = ["VERSION", "from_json", "to_json"]

#: The version of the form; a change that older readers would misread makes it another.
VERSION: Final = 1

#: What can stand by itself.
TYPES: Final[Mapping[str, type]] = {
    one.__name__: one
    for one in (Poll, c.Create, c.Edit, c.Cast, c.Withdraw, c.Remind, c.Choose, c.Close, c.Delete)
}  # fmt: skip
_PARTS: Final = (Guest, Option, Voter, Ballot)
_WORDS: Final = {int: "whole number", bool: "true or false"}


def to_json(value: Poll | c.Command) -> dict[str, Any]:
    """Give a poll or a command as plain JSON values; InvalidValue for anything else. Linear in its size.

    >>> to_json(c.Choose(by="anna", option=2))
    {'type': 'Choose', 'v': 1, 'by': 'anna', 'acting_for': '', 'option': 2}
    """
    if TYPES.get(type(value).__name__) is not type(value):
        raise InvalidValue(f"{shorten(value)} has no form in JSON: pass a poll or a command to one")
    return {"type": type(value).__name__, "v": VERSION, **_record(value)}


def from_json(data: object) -> Any:
    """Read what `to_json` gave; InvalidValue names the place that is wrong. Linear in its size.

    >>> from_json({"type": "Choose", "v": 1, "by": "anna", "acting_for": "", "option": "2"})
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: Choose.option: '2' is no whole number
    """
    if not isinstance(data, dict) or not isinstance(data.get("type"), str) or data["type"] not in TYPES:
        raise InvalidValue(f"{shorten(data)}: give an object with a type, one of {', '.join(TYPES)}")
    if type(data.get("v")) is not int or data["v"] != VERSION:
        raise InvalidValue(f"{data['type']}.v: {shorten(data.get('v'))} is not {VERSION}, which this version reads")
    rest = {name: value for name, value in data.items() if name not in ("type", "v")}
    return _read_record(TYPES[data["type"]], rest, data["type"])


# --- writing ----------------------------------------------------------------------------------------------------------


def _record(value: Any) -> dict[str, Any]:
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}


def _plain(value: Any) -> Any:
    """One value by its kind."""
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value, IntEnum) else value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    return _record(value) if isinstance(value, _PARTS) else value


def _time(value: datetime) -> dict[str, Any]:
    zone = value.tzinfo
    assert zone is not None
    if isinstance(zone, timezone):
        name: Any = "UTC" if zone is UTC else round(zone.utcoffset(None).total_seconds())
    else:
        name = zone_of(zone).key
        if not same_zone(zone_of(name).tzinfo, zone):
            raise InvalidValue(f"{value.isoformat()}: zone {shorten(name)} is no IANA zone, and has no form in JSON")
    return {"at": value.replace(tzinfo=None, fold=0).isoformat(), "tz": name, **({"fold": 1} if value.fold else {})}


# --- reading ----------------------------------------------------------------------------------------------------------


def _read_record(kind: type, data: object, where: str) -> Any:
    """A dataclass from its fields: all of them, and no others."""
    if not isinstance(data, dict):
        raise InvalidValue(f"{where}: {shorten(data)} is no object")
    hints = typing.get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    _same_names(data, names, where)
    values = {name: _read(hints[name], data[name], f"{where}.{name}") for name in names}
    try:
        made = kind(**values)
        if isinstance(made, Poll):
            _check(made)
        return made
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from error


def _check(poll: Poll) -> None:
    """What `apply` makes sure of, and nothing asks about again until somebody tallies or is told of the deadline."""
    zone_of(poll.tz)
    if poll.deadline is not None and not MIN_KEY <= poll.deadline <= MAX_KEY:
        raise InvalidValue(f"deadline={shorten(poll.deadline)} is not in the years 1 to 9999")


def _same_names(data: Mapping[Any, Any], wanted: Iterable[str], where: str) -> None:
    for name in data:
        if name not in wanted:
            raise InvalidValue(f"{where}.{shorten(name)[1:-1]} is unknown: it may be of a newer version")
    for name in wanted:
        if name not in data:
            raise InvalidValue(f"{where}.{name} is missing")


def _read(hint: Any, data: object, where: str) -> Any:
    """One value, as the type hint of its field has it."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        rest = [one for one in parts if one is not type(None)]
        return None if data is None else _read(rest[0], data, where)
    if origin is not None:
        if not isinstance(data, list) or (origin is tuple and len(data) != len(parts)):
            raise InvalidValue(f"{where}: {shorten(data)} is no list{f' of {len(parts)}' if origin is tuple else ''}")
        kinds = parts if origin is tuple else parts * len(data)
        return tuple(_read(kind, one, f"{where}[{at}]") for at, (kind, one) in enumerate(zip(kinds, data, strict=True)))
    if hint is str:
        return text_in(data, where)
    if hint in _WORDS:
        if type(data) is not hint:
            raise InvalidValue(f"{where}: {shorten(data)} is no {_WORDS[hint]}")
        return data
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _read_enum(hint, data, where)
    if hint in (date, datetime):
        return _read_date(data, where)
    return _read_record(hint, data, where)


def _read_enum(kind: type[Enum], data: object, where: str) -> Any:
    words = {_plain(one): one for one in kind}
    if not isinstance(data, str) or data not in words:
        raise InvalidValue(f"{where}: {shorten(data)} is none of {', '.join(words)}")
    return words[data]


def _read_date(data: object, where: str) -> date:
    if isinstance(data, str):
        return _iso(date, data, where)
    if not isinstance(data, dict):
        raise InvalidValue(f"{where}: {shorten(data)} is neither a date nor a time with a zone")
    _same_names({name: one for name, one in data.items() if name != "fold"}, ("at", "tz"), where)
    local, zone, fold = data["at"], data["tz"], data.get("fold", 0)
    if not isinstance(local, str) or type(fold) is not int or fold not in (0, 1):
        raise InvalidValue(f"{where}: {shorten(data)} is no time in a zone")
    try:
        found = timezone(timedelta(seconds=zone)) if type(zone) is int else zone_of(zone).tzinfo
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidValue(f"{where}.tz: {error}") from error
    found = UTC if zone == "UTC" else found
    return _iso(datetime, local, f"{where}.at").replace(tzinfo=found, fold=fold)


_Day = typing.TypeVar("_Day", date, datetime)


def _iso(kind: type[_Day], text: str, where: str) -> _Day:
    """A date or a local time, written as this version writes it."""
    try:
        found = kind.fromisoformat(text)
        if found.isoformat() == text and getattr(found, "tzinfo", None) is None:
            return found
    except ValueError:
        pass
    shown = "2026-12-31" if kind is date else "2026-12-31T23:59:59"
    raise InvalidValue(f"{where}: {shorten(text)} is not as this version writes it, as {shown}")
