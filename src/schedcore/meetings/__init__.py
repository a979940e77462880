"""Meetings: who was invited and what they answered, as frozen values; what must be sent comes out as notices.

`table` has the transitions, `applying` walks them, `itip` speaks with other systems (RFC 5546), `codec` is the form in
which meetings and commands are kept. This room keeps nothing, sends nothing and looks at no clock: the caller passes
`now`, and keeps what it gets back.
"""

from schedcore.meetings.applying import apply, replay
from schedcore.meetings.commands import (
    Accept,
    Cancel,
    Command,
    Counter,
    Create,
    Edit,
    Invite,
    Message,
    Refresh,
    Refuse,
    Remind,
    Remove,
    Reply,
    Request,
    Tentative,
    Withdraw,
)
from schedcore.meetings.meeting import Given, Instance, Meeting, Participant, State
from schedcore.meetings.notices import Change, Channel, Notice
from schedcore.meetings.pending import Icon, Pending, Sign, icon, pending, unanswered
from schedcore.meetings.people import Deputies, Guest, all_guests, guest_of, guests
from schedcore.meetings.suggesting import Draft, Mail, from_mail, suggest_answer
from schedcore.meetings.table import Kind

__all__ = [
    "Accept",
    "Cancel",
    "Change",
    "Channel",
    "Command",
    "Counter",
    "Create",
    "Deputies",
    "Draft",
    "Edit",
    "Given",
    "Guest",
    "Icon",
    "Instance",
    "Invite",
    "Kind",
    "Mail",
    "Meeting",
    "Message",
    "Notice",
    "Participant",
    "Pending",
    "Refresh",
    "Refuse",
    "Remind",
    "Remove",
    "Reply",
    "Request",
    "Sign",
    "State",
    "Tentative",
    "Withdraw",
    "all_guests",
    "apply",
    "from_mail",
    "guest_of",
    "guests",
    "icon",
    "pending",
    "replay",
    "suggest_answer",
    "unanswered",
]
