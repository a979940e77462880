"""What is due and when: reminders, digests, messages to chats, countdowns.

The way of a reminder: `alarms` reads and writes VALARM, `settings` says whose it is and where it goes, `instances` asks
the series of a calendar and `moments` counts from an instance to its alarms; `due` answers. Beside it: `digests` (the
day as one message, with `links`), `templates` and `hooks` (what a chat gets), `countdown`. `codec` makes the settings
JSON and back.

What this room does not do: it sends nothing, keeps nothing and looks at no clock. What is to be sent comes out as data.
"""

from schedcore.reminders.alarms import Alarm, Alarms, Related, alarms_of
from schedcore.reminders.codec import from_json, to_json
from schedcore.reminders.countdown import Countdown, countdown
from schedcore.reminders.digests import (
    Content,
    DayDigest,
    Digest,
    Item,
    Sending,
    daily_digest,
    day_digest,
    next_sending,
    send_now,
    sendings,
    sms_agenda,
)
from schedcore.reminders.due import Due, Reminders, due, next_due
from schedcore.reminders.hooks import FREE_HOOKS, Hook, Hooks, message
from schedcore.reminders.links import video_link
from schedcore.reminders.settings import Profile, Watched, with_alarms
from schedcore.reminders.templates import Template

__all__ = [
    "FREE_HOOKS",
    "Alarm",
    "Alarms",
    "Content",
    "Countdown",
    "DayDigest",
    "Digest",
    "Due",
    "Hook",
    "Hooks",
    "Item",
    "Profile",
    "Related",
    "Reminders",
    "Sending",
    "Template",
    "Watched",
    "alarms_of",
    "countdown",
    "daily_digest",
    "day_digest",
    "due",
    "from_json",
    "message",
    "next_due",
    "next_sending",
    "send_now",
    "sendings",
    "sms_agenda",
    "to_json",
    "video_link",
    "with_alarms",
]
