"""What the store holds of somebody's reminders and digests, put together as `reminders` takes it.

Rules of this module:

1. A person is reminded by their own calendar and by those that they subscribed to. Digests may be of a group's calendar
   too, for who is in the group at the time of the question and has set one.
2. What was never set is as the product starts with: reminders are on, no default, no digest.
3. `Reminders` read all events of a calendar, so they are kept in the process, for some people, until anything that they
   were made of has another version.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from schedcore.policy import GroupCalendar, sight
from schedcore.reminders import (
    Alarm,
    Digest,
    Hooks,
    Profile,
    Reminders,
    Watched,
    daily_digest,
    from_json,
    sms_agenda,
    to_json,
)
from schedcore.store import NotFound, calendars, settings
from schedcore.store.calendars import Shown

if TYPE_CHECKING:
    from schedcore.policy.calendars import AnyCalendar
    from schedcore.service.holdings import Holdings

__all__ = [
    "Choices", "Kept", "Person", "choices", "concerns", "hooks", "kept", "person", "put_choices", "put_hooks",
    "put_profile", "reminders", "watched",
]  # fmt: skip

#: Kinds of settings in the store; of a person there is one profile and one list of hooks, of a calendar one of choices.
PROFILE: Final = "profile"
HOOKS: Final = "hooks"
CALENDAR: Final = "calendar"
_VERSION: Final = 1
#: People whose reminders are kept in memory: of each some kilobytes for every series with an alarm.
_MOST: Final = 1_000
NO_DIGEST: Final = daily_digest()
NO_AGENDA: Final = sms_agenda()


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody set for one calendar."""

    on: bool = True
    defaults: tuple[Alarm, ...] = ()
    daily: Digest = NO_DIGEST
    sms: Digest = NO_AGENDA

    @property
    def digests(self) -> tuple[Digest, ...]:
        """The digests that are on."""
        return tuple(one for one in (self.daily, self.sms) if one.is_on)


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody is reached, the zone that they live in, and the revision of both; "" if they never said."""

    profile: Profile
    tz: str = "UTC"
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A calendar of somebody with what they chose for it, and the versions of both."""

    shown: Shown
    choices: Choices
    version: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the calendar."""
        return self.shown.id


# --- settings ---------------------------------------------------------------------------------------------------------


def person(tx: Any, id: str) -> Person:
    """How somebody is reached."""
    text, etag = _get(tx, id, PROFILE, "")
    if text is None:
        return Person(Profile(id))
    found = json.loads(text)
    profile = from_json(found["profile"])
    assert isinstance(profile, Profile)
    return Person(profile, found["tz"], etag)


def put_profile(tx: Any, profile: Profile, tz: str, etag: str) -> Person:
    """Keep how somebody is reached; NotFound, Stale."""
    data = {"v": _VERSION, "profile": to_json(profile), "tz": tz}
    return Person(profile, tz, settings.put(tx, profile.person, PROFILE, "", json.dumps(data), etag))


def hooks(tx: Any, id: str) -> tuple[Hooks, str]:
    """The chats of somebody, and their revision."""
    text, etag = _get(tx, id, HOOKS, "")
    found = Hooks() if text is None else from_json(json.loads(text))
    assert isinstance(found, Hooks)
    return found, etag


def put_hooks(tx: Any, id: str, value: Hooks, etag: str) -> str:
    """Keep the chats of somebody; NotFound, Stale."""
    return settings.put(tx, id, HOOKS, "", json.dumps(to_json(value)), etag)


def choices(tx: Any, id: str, calendar: str) -> tuple[Choices, str]:
    """What somebody chose for a calendar, and its revision."""
    text, etag = _get(tx, id, CALENDAR, calendar)
    return (Choices() if text is None else _read(text)), etag


def put_choices(tx: Any, id: str, calendar: str, value: Choices, etag: str) -> str:
    """Keep what somebody chose for a calendar; NotFound, Stale."""
    data = {
        "v": _VERSION,
        "on": value.on,
        "defaults": [to_json(one) for one in value.defaults],
        "daily": to_json(value.daily),
        "sms": to_json(value.sms),
    }
    return settings.put(tx, id, CALENDAR, calendar, json.dumps(data), etag)


def _get(tx: Any, id: str, kind: str, name: str) -> tuple[str | None, str]:
    try:
        found = settings.get(tx, id, kind, name)
    except NotFound:
        return None, ""
    return found.value.data, found.etag


def _read(text: str) -> Choices:
    data: Any = json.loads(text)
    defaults = tuple(map(from_json, data["defaults"]))
    return Choices(data["on"], defaults, from_json(data["daily"]), from_json(data["sms"]))  # type: ignore[arg-type]


# --- what somebody is reminded of -------------------------------------------------------------------------------------


def kept(holdings: Holdings, tx: Any, id: str) -> list[Kept]:
    """The calendars of somebody with what they chose: their own and external ones, then groups' with a choice."""
    chosen = {one.value.name: one for one in settings.of_person(tx, id, CALENDAR)}
    ids = list(dict.fromkeys([*calendars.of_person(tx, id), *chosen]))
    shown = calendars.many(tx, ids)
    near = holdings.directory(tx)
    found = []
    for key in ids:
        one = shown.get(key)
        if one is None or not concerns(id, one.value.calendar, near):
            continue
        its = chosen.get(key)
        version = (key, one.etag, str(one.value.revision), "" if its is None else its.etag)
        found.append(Kept(one.value, Choices() if its is None else _read(its.value.data), version))
    return found


def concerns(id: str, calendar: AnyCalendar, near: Any) -> bool:
    """Whether a calendar reminds somebody, or a digest of it goes to them."""
    if isinstance(calendar, GroupCalendar):
        return not sight(id, calendar, near).is_blind and id in _members(calendar, near)
    return getattr(calendar, "owner", getattr(calendar, "subscriber", None)) == id


def _members(calendar: GroupCalendar, near: Any) -> frozenset[str]:
    group = near.group(calendar.group)
    return frozenset() if group is None else frozenset(group.members)


def watched(holdings: Holdings, tx: Any, who: Person, one: Kept) -> Watched:
    """A calendar of somebody with its content, for `reminders`."""
    calendar = holdings.content(tx, one.shown)
    return Watched(one.id, calendar, who.profile, one.choices.on, one.choices.defaults, one.shown.calendar.tz)


class _Memory:
    """`Reminders` of some people, with the versions of what each was made of."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[int, str], tuple[Any, Reminders]] = OrderedDict()

    def get(self, key: tuple[int, str], version: Any) -> Reminders | None:
        """Those of a person, if nothing that they were made of has changed."""
        with self._lock:
            found = self._known.get(key)
            if found is None or found[0] != version:
                return None
            self._known.move_to_end(key)
            return found[1]

    def put(self, key: tuple[int, str], version: Any, value: Reminders) -> None:
        """Keep those of a person in the place of older ones."""
        with self._lock:
            self._known[key] = version, value
            self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)


_MEMORY: Final = _Memory()


def reminders(holdings: Holdings, tx: Any, who: Person) -> Reminders:
    """What somebody's calendars remind of; from memory where nothing has changed. Reading transactions only."""
    mine = kept(holdings, tx, who.profile.person)
    its = [one for one in mine if one.choices.on and not isinstance(one.shown.calendar, GroupCalendar)]
    key, version = (id(holdings), who.profile.person), (who.etag, *(one.version for one in its))
    found = _MEMORY.get(key, version)
    if found is None:
        found = Reminders([watched(holdings, tx, who, one) for one in its], tz=who.tz, caps=holdings.caps)
        _MEMORY.put(key, version, found)
    return found
