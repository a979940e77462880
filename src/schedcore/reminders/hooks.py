"""`Hooks`: the chats that somebody's reminders can go to, each by the name under which events choose it.

Rules of this module:

1. A hook is a name, the address that a message is posted to, and the template of the message. Several hooks may go to
   one address: a hook for each thread of a chat.
2. An event chooses a hook by its name as the kind of a reminder (`Alarm(..., Channel.CHAT, hook=name)`). It fires when
   that reminder is due, with the text that the hook's template gives.
3. Names that look alike are one name: they compare in Unicode's NFKC form, without case, and without the marks that
   steer the direction of text. A name has something to see, and no line ends or controls.
4. How many hooks somebody may have comes with a subscription, one in the free one; it is passed in, and None is no
   bound.
5. An address is held to the same rules as that of an external calendar: nobody makes this product post to a machine
   inside of it. Nothing is posted here.

Product rules: W3, W4, W5, W7.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from schedcore.errors import InvalidValue, LimitExceeded, shorten
from schedcore.meetings import Channel
from schedcore.policy import refusal
from schedcore.recurrence import Occurrence
from schedcore.reminders.alarms import Alarm
from schedcore.reminders.templates import Template, values_of

if TYPE_CHECKING:
    from schedcore.reminders.due import Due

__all__ = ["FREE_HOOKS", "Hook", "Hooks", "message"]

#: What the free subscription has.
FREE_HOOKS: Final = 1

#: A name is a line in a menu.
_MAX_NAME: Final = 100
#: LRM, RLM, ALM, and the marks of embeddings, overrides and isolates: none of them can be seen.
_DIRECTIONS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


@dataclass(frozen=True, slots=True)
class Hook:
    """A chat by its name: the address a message is posted to, and its template. InvalidValue says what is wrong.

    >>> Hook("Team", "http://localhost/hook", Template("%subject%"))
    Traceback (most recent call last):
        ...
    schedcore.errors.InvalidValue: hook 'Team': 'localhost' is a name of a local network: give one that can be reached \
from everywhere
    """

    name: str
    address: str
    template: Template

    def __post_init__(self) -> None:
        """Check name, address and template."""
        key_of(self.name)
        said = refusal(self.address)
        if said is not None:
            raise InvalidValue(f"hook {shorten(self.name)}: {said}")
        if not isinstance(self.template, Template):
            raise InvalidValue(f"hook {shorten(self.name)}: template={shorten(self.template)}: give a Template")


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of somebody, in the order in which they were added, and how many they may have.

    >>> team = Hook("Team", "https://chat.example.com/1", Template("%subject%"))
    >>> hooks = Hooks(quota=FREE_HOOKS).add(team)
    >>> hooks.add(Hook("Family", "https://chat.example.com/2", Template("%subject%")))
    Traceback (most recent call last):
        ...
    schedcore.errors.LimitExceeded: hooks=1 was reached (2): remove a hook, or have the quota raised
    >>> [alarm.hook for alarm in hooks.kinds]
    ['Team']
    """

    all: tuple[Hook, ...] = ()
    quota: int | None = FREE_HOOKS
    _keys: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that names differ, and that there are no more than may be."""
        hooks: Iterable[Hook] = self.all
        object.__setattr__(self, "all", tuple(hooks))
        if self.quota is not None and (type(self.quota) is not int or self.quota < 0):
            raise InvalidValue(f"quota={shorten(self.quota)}: give how many hooks, 0 or more, or None for no bound")
        seen: set[str] = set()
        for hook in self.all:
            if (key := key_of(hook.name)) in seen:
                raise InvalidValue(f"{shorten(hook.name)} is, or looks like, the name of another hook: give it another")
            seen.add(key)
        object.__setattr__(self, "_keys", frozenset(seen))
        if self.quota is not None and len(self.all) > self.quota:
            said = f"hooks={self.quota} was reached ({len(self.all)}): remove a hook, or have the quota raised"
            raise LimitExceeded("hooks", allowed=self.quota, reached=len(self.all), message=said)

    def add(self, hook: Hook) -> Hooks:
        """The hooks with one more; LimitExceeded if the quota has no room, InvalidValue for a name that is taken."""
        return replace(self, all=(*self.all, hook))

    def remove(self, name: str) -> Hooks:
        """The hooks without one; InvalidValue if there is none of that name."""
        gone = self.find(name)
        return replace(self, all=tuple(hook for hook in self.all if hook is not gone))

    def find(self, name: str) -> Hook:
        """The hook of a name; InvalidValue if there is none."""
        key = key_of(name)
        for hook in self.all:
            if key_of(hook.name) == key:
                return hook
        known = ", ".join(shorten(hook.name, 40) for hook in self.all[:10]) or "none"
        raise InvalidValue(f"there is no hook {shorten(name)}: there are {known}")

    @property
    def kinds(self) -> tuple[Alarm, ...]:
        """What a reminder by each of them is like, for a menu: give it a trigger, and it is an event's reminder."""
        return tuple(Alarm(channel=Channel.CHAT, hook=hook.name) for hook in self.all)


def message(due: Due, hooks: Hooks, tz: str | tzinfo) -> tuple[Hook, str]:
    """What a chat reminder that is due posts, and where: its hook, and the text; dates by the clock of a zone.

    InvalidValue for a reminder that is not by chat, and where the hook is gone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from schedcore import Calendar
    >>> from schedcore.reminders import Profile, Watched, due
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nSUMMARY:Lunch\\nDTSTART:20260302T120000Z\\nEND:VEVENT")
    >>> soon = Alarm.before(15, channel=Channel.CHAT, hook="Team")
    >>> team = Hook("Team", "https://chat.example.com/1", Template("*%subject%* at %date%"))
    >>> eleven = datetime(2026, 3, 2, 11, tzinfo=UTC)
    >>> [one] = due([Watched("anna", lunch, Profile("anna"), defaults=[soon])], eleven, eleven + timedelta(hours=1))
    >>> message(one, Hooks().add(team), "Europe/Zurich")[1]
    '*Lunch* at 2026-03-02 13:00'
    """
    if due.channel is not Channel.CHAT:
        raise InvalidValue(f"a reminder by {due.channel} goes through no hook: only those by chat do")
    hook = hooks.find(due.alarm.hook)
    its = Occurrence(due.start, due.end, due.recurrence_id, due.uid, event=due.event)
    return hook, hook.template.fill(**values_of(its, tz))


def key_of(name: object) -> str:
    """The form in which names of hooks compare; InvalidValue for what cannot be a name."""
    if not isinstance(name, str) or len(name) > _MAX_NAME:
        raise InvalidValue(f"hook {shorten(name)}: a name is a text of at most {_MAX_NAME} characters")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        raise InvalidValue(f"hook {shorten(name)}: a name has no line ends and no control characters")
    key = " ".join(unicodedata.normalize("NFKC", name.translate(_DIRECTIONS)).casefold().split())
    if not any(unicodedata.category(char)[0] in "LNPS" for char in key):
        raise InvalidValue(f"hook {shorten(name)}: nothing of this name can be seen; give it letters")
    return key
