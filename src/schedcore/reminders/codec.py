"""Settings as JSON and back: alarms, digests, hooks and profiles.

Rules of this module:

1. Plain JSON types only, with a version ("v") and a kind ("kind") at the top. Reading gives a value equal to the one
   that was written.
2. Reading is strict: a key that is missing or not known, another version, or a value that the type refuses is an
   InvalidValue that names the path. What was written by a newer version is not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime, time
from typing import Any, Final

from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.meetings.codec import text_in
from schedcore.recurrence import Duration
from schedcore.reminders.alarms import Alarm
from schedcore.reminders.digests import Digest
from schedcore.reminders.hooks import Hook, Hooks
from schedcore.reminders.settings import Profile
from schedcore.reminders.templates import Template

__all__ = ["from_json", "to_json"]

VERSION: Final = 1

Setting = Alarm | Digest | Hook | Hooks | Profile

_KINDS: Final[dict[str, type[Any]]] = {
    "alarm": Alarm,
    "digest": Digest,
    "hook": Hook,
    "hooks": Hooks,
    "profile": Profile,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def to_json(value: Setting) -> dict[str, Any]:
    """Write a setting as JSON types; InvalidValue for anything else.

    >>> from datetime import timedelta
    >>> text = to_json(Alarm(timedelta(minutes=-15)))
    >>> text["kind"], text["trigger"], from_json(text) == Alarm.before(15)
    ('alarm', '-PT15M', True)
    """
    if type(value) not in _NAMES:
        raise InvalidValue(f"{shorten(value)} is no setting: give one of {', '.join(_KINDS)}")
    return {"v": VERSION, "kind": _NAMES[type(value)], **_body(value)}


def _body(value: Any) -> dict[str, Any]:
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.init}


def _plain(value: Any) -> Any:
    """A part as JSON types: enums are texts already."""
    if isinstance(value, (datetime, time)):
        return value.isoformat()
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, Template):
        return value.text
    if isinstance(value, Hook):
        return _body(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def from_json(value: object) -> Setting:
    """Read a setting that `to_json` wrote, as `json.loads` gives it; InvalidValue names the path of what is wrong.

    >>> from_json({"v": 1, "kind": "alarm", "trigger": "soon"})
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: alarm.trigger: DURATION 'soon' cannot be read: give P1W, P1DT2H, PT30M or alike
    """
    if not isinstance(value, Mapping):
        raise InvalidValue(f"{shorten(value)} is no setting: give an object with v and kind")
    if type(value.get("v")) is not int or value["v"] != VERSION:
        raise InvalidValue(f"v: {shorten(value.get('v'))}: this version reads {VERSION} only")
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidValue(f"kind: {shorten(kind)} is none of {', '.join(_KINDS)}")
    found: Setting = _read(kind, {name: part for name, part in value.items() if name not in ("v", "kind")}, kind)
    return found


def _read(kind: str, value: Mapping[Any, Any], path: str) -> Any:
    known = [one.name for one in fields(_KINDS[kind]) if one.init]
    for name in value:
        if name not in known:
            raise InvalidValue(f"{path}: {shorten(name)} is not known: there are {', '.join(known)}")
    given = {name: _part(kind, name, part, f"{path}.{name}") for name, part in value.items()}
    try:
        return _KINDS[kind](**given)
    except LimitExceeded:
        raise
    except (InvalidValue, TypeError, ValueError) as error:
        raise InvalidValue(f"{path}: {_said(error)}") from None


def _part(kind: str, name: str, value: Any, path: str) -> Any:
    """Read one part by its type; what may be None is."""
    read = _READERS.get((kind, name))
    if value is None and name in _OPTIONAL:
        return None
    try:
        if read is not None:
            return read(value, path)
        wanted = _TYPES.get(name, str)
        if wanted is str:
            return text_in(value, path)
        if type(value) is not wanted:
            raise InvalidValue(f"{shorten(value)} is no {_WORDS[wanted]}")
        return value
    except (InvalidValue, TypeError, ValueError) as error:
        said = _said(error)
        raise InvalidValue(said if said.startswith(path) else f"{path}: {said}") from None


def _said(error: Exception) -> str:
    """What an error says; Python's own ones repeat the value, however long it is."""
    text = str(error)
    return text if isinstance(error, InvalidValue) or len(text) <= _MOST_SAID else shorten(text, _MOST_SAID)


def _trigger(value: Any, path: str) -> Duration | datetime:
    text = text_in(value, path)
    return datetime.fromisoformat(text) if text[:1].isdigit() else Duration.parse(text)


def _hooks(value: Any, path: str) -> tuple[Hook, ...]:
    if not isinstance(value, list):
        raise InvalidValue(f"{shorten(value)} is no list")
    found = []
    for place, one in enumerate(value):
        where = f"{path}[{place}]"
        if not isinstance(one, Mapping):
            raise InvalidValue(f"{where}: {shorten(one)} is no object")
        found.append(_read("hook", one, where))
    return tuple(found)


def _texts(value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        raise InvalidValue(f"{shorten(value)} is no list")
    return [text_in(one, path) for one in value]


#: Characters of a message of Python's own errors.
_MOST_SAID: Final = 200

_READERS: Final[dict[tuple[str, str], Callable[[Any, str], Any]]] = {
    ("alarm", "trigger"): _trigger,
    ("alarm", "every"): lambda value, path: Duration.parse(text_in(value, path)),
    ("alarm", "acknowledged"): lambda value, path: datetime.fromisoformat(text_in(value, path)),
    ("digest", "days"): _texts,
    ("digest", "channels"): _texts,
    ("digest", "at"): lambda value, path: time.fromisoformat(text_in(value, path)),
    ("hook", "template"): lambda value, path: Template(text_in(value, path)),
    ("hooks", "all"): _hooks,
}
_TYPES: Final[dict[str, type[Any]]] = {"repeat": int, "quota": int, "recurring": bool, "empty": bool}
_WORDS: Final[dict[type[Any], str]] = {int: "whole number", bool: "true or false"}
_OPTIONAL: Final = frozenset(
    ("every", "acknowledged", "uid", "snoozes", "text", "at", "quota", "default_address", "login_address", "phone")
)
