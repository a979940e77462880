"""Whose reminders go where: `Profile`, and `Watched`, a calendar with its settings; an event's reminders edited.

Rules of this module:

1. Mail of a reminder goes to the default address of a profile, that of a digest to its login address; a text message to
   its phone number. A pop-up and a chat message go to the person: by their account, and through a hook.
2. What a profile lacks is None, and nothing else is put in its place: an SMS without a number is due, and goes nowhere.
3. Reminders are on or off for each calendar. Where they are on, `defaults` are for events without a word of their own;
   an event that says that it has no reminder has said so itself (`policy.has_reminder`).
4. Events of a group have no reminders, whatever the settings say.
5. Time and channel of an event's reminders can be changed, also of one instance alone if it has an override. None
   cancels: it is written down that there is no reminder, so that no default comes in its place. No alarms at all means
   that the defaults count again.
6. A person's calendar reminds its owner, an external one its subscriber: reminders and digests hold all that an event
   says, and rights are for views to show. A group's is for its members, of whom the caller's directory knows.

Product rules: D1, D2, D3, D4, K8, G8, Y3, W3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from schedcore.errors import InvalidValue, NotAllowed, shorten
from schedcore.ics.nesting import with_parts
from schedcore.meetings import Channel
from schedcore.policy import canonical, has_reminders
from schedcore.reminders.alarms import NONE_LINES, Alarm, lines_of

if TYPE_CHECKING:
    from schedcore.ics import Calendar, Event

__all__ = ["Profile", "Watched", "with_alarms"]


@dataclass(frozen=True, slots=True)
class Profile:
    """How somebody is reached: the id of the person, the default and the login address, and the phone number.

    >>> anna = Profile("anna", default_address="Anna@Example.com", phone="+41791234567")
    >>> anna.to(Channel.MAIL), anna.to(Channel.SMS), anna.to(Channel.POP_UP)
    ('anna@example.com', '+41791234567', 'anna')
    """

    person: str
    default_address: str | None = None
    login_address: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        """Bring addresses to the form in which they compare."""
        if not isinstance(self.person, str) or not self.person:
            raise InvalidValue(f"person={shorten(self.person)}: give the id of a person, a text that is not empty")
        for name in ("default_address", "login_address"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, canonical(getattr(self, name)))
        if self.phone is not None and not (isinstance(self.phone, str) and any(map(str.isdigit, self.phone))):
            raise InvalidValue(f"phone={shorten(self.phone)} is no number: give one, or None")

    def to(self, channel: Channel) -> str | None:
        """Where a reminder goes on a channel; None if the profile does not say."""
        if channel is Channel.MAIL:
            return self.default_address
        return self.phone if channel is Channel.SMS else self.person

    def digest_to(self, channel: Channel) -> str | None:
        """Where a digest goes on a channel: as a reminder, but that mail goes to the login address."""
        return self.login_address if channel is Channel.MAIL else self.to(channel)


@dataclass(frozen=True)
class Watched:
    """A calendar whose reminders somebody gets: its key, its content, their profile, and the settings.

    `calendar` is a `Calendar` or one of `policy`'s calendars; where that could not be read, what stands in its place.
    `on` switches the reminders of this calendar, `defaults` are alarms for events without their own. `tz` is where
    whole days and floating times are meant: else what the calendar says, else what the question says.
    """

    key: str
    calendar: Any
    profile: Profile
    on: bool = True
    defaults: Iterable[Alarm] = ()
    tz: str | tzinfo | None = None

    def __post_init__(self) -> None:
        """Make the defaults a value, which cannot be instants; NotAllowed for what is somebody else's."""
        object.__setattr__(self, "defaults", tuple(self.defaults))
        holder = getattr(self.calendar, "owner", getattr(self.calendar, "subscriber", self.profile.person))
        if holder != self.profile.person:
            said = f"the calendar {shorten(self.key)} belongs to {shorten(holder)}, and reminds nobody else"
            raise NotAllowed(f"{said}: give the profile of that person, not of {shorten(self.profile.person)}")
        if any(alarm.is_absolute for alarm in self.defaults):
            raise InvalidValue("a default reminder at an instant would remind of all events at once: give a duration")

    @property
    def reminds(self) -> bool:
        """Whether anything of it can be due."""
        return self.on and has_reminders(self.calendar)


def with_alarms(
    calendar: Calendar, event: Event, alarms: Iterable[Alarm] | None, *, address: str | None = None
) -> Calendar:
    """Give the calendar in which an event, or an override, has these reminders; None cancels them.

    `address` is the owner's, which RFC 5545 wants in alarms by mail. InvalidValue if the event is not of this calendar;
    CalendarError for mail without an address. Linear in the calendar's text.

    >>> from schedcore import Calendar
    >>> from schedcore.reminders import alarms_of
    >>> lunch = Calendar.from_ical("BEGIN:VEVENT\\nUID:1\\nDTSTART:20260302T120000Z\\nEND:VEVENT")
    >>> edited = with_alarms(lunch, lunch.events[0], [Alarm.before(10, Channel.SMS)])
    >>> [alarm.channel.value for alarm in alarms_of(edited.events[0]).alarms]
    ['sms']
    >>> cancelled = with_alarms(edited, edited.events[0], None)
    >>> alarms_of(cancelled.events[0])
    Alarms(alarms=(), said=True, problems=())
    """
    parts = [list(NONE_LINES)] if alarms is None else [lines_of(alarm, address) for alarm in alarms]
    return with_parts(calendar, event, "VALARM", parts)
