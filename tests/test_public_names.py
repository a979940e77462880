"""Lock the public names, of the package and of each room: a name comes or goes only together with this list."""

import ast
import importlib
import inspect

import pytest

import layers
import schedcore

PACKAGE = [
    "Calendar",
    "CancelToken",
    "Duration",
    "Limits",
    "Occurrence",
    "Override",
    "Rule",
    "SchedcoreError",
    "Series",
    "SeriesTable",
    "__version__",
]

ROOMS = {
    "bulk": ["CalendarTable", "Occurrences", "Problem", "SeriesTable"],
    "cli": ["main"],
    "cluster": ["ray", "spark"],
    "compat": ["dateutil"],
    "errors": [
        "CalendarError",
        "Cancelled",
        "ColumnError",
        "InvalidValue",
        "LimitExceeded",
        "NotAllowed",
        "Refused",
        "RuleError",
        "SchedcoreError",
        "SeriesError",
        "ZoneError",
        "shorten",
    ],
    "freebusy": [
        "Availability",
        "Block",
        "Change",
        "DayMinutes",
        "Found",
        "FreeBusy",
        "FreeBusyIndex",
        "Lanes",
        "Merged",
        "More",
        "Owned",
        "PRECEDENCE",
        "RFC7953",
        "Reason",
        "Refusal",
        "Refused",
        "Room",
        "Slot",
        "Status",
        "Stretch",
        "Unreadable",
        "Wanted",
        "Why",
        "WorkHours",
        "at_least",
        "columns",
        "complement",
        "difference",
        "digits",
        "find_times",
        "intersection",
        "lanes",
        "merge",
        "minutes",
        "next_time",
        "of_table",
        "query",
        "stretches",
        "union",
        "vfreebusy",
    ],
    "ics": [
        "Calendar",
        "Dropped",
        "Event",
        "Imported",
        "Problem",
        "event_to_ical",
        "import_events",
        "joined",
        "parted",
        "to_ical",
        "with_series",
        "without_instances",
    ],
    "meetings": [
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
    ],
    "policy": [
        "Answer",
        "Asked",
        "Attendee",
        "Basis",
        "Caps",
        "Collection",
        "Contact",
        "Defaults",
        "Directory",
        "ExternalCalendar",
        "Fields",
        "Grant",
        "Group",
        "GroupCalendar",
        "HORIZON_DAYS",
        "Level",
        "PUBLIC",
        "Person",
        "PersonalCalendar",
        "Prepared",
        "Publication",
        "Quotas",
        "Ready",
        "Relation",
        "Right",
        "SeenCalendar",
        "SeenEvent",
        "Sight",
        "Sights",
        "Suggestion",
        "Visibility",
        "as_seen_by",
        "canonical",
        "capped",
        "check_added",
        "check_address",
        "default_status",
        "entry_of",
        "everyone",
        "find_times_as",
        "find_times_prepared",
        "freebusy_as",
        "freebusy_prepared",
        "granted",
        "has_reminder",
        "has_reminders",
        "has_tags",
        "horizon",
        "invitable",
        "level",
        "may_configure",
        "may_write",
        "only_exceptions",
        "prepare",
        "provider_of",
        "published",
        "refusal",
        "refusal_of_ip",
        "relation",
        "revoked",
        "sight",
        "status_of_answer",
        "suggest_answer",
        "visibility_of",
    ],
    "polls": [
        "Ballot",
        "Cast",
        "Choose",
        "Close",
        "Command",
        "Create",
        "Delete",
        "Edit",
        "Kind",
        "Option",
        "Poll",
        "Remind",
        "SeenOption",
        "SeenPoll",
        "Standing",
        "State",
        "Tallies",
        "Tally",
        "Vote",
        "Voter",
        "Withdraw",
        "apply",
        "as_seen_by",
        "can_be_asked",
        "from_json",
        "meeting_of",
        "polls_in",
        "replay",
        "tally",
        "tally_many",
        "to_json",
    ],
    "recurrence": ["Duration", "Limits", "Occurrence", "Override", "Reason", "Rule", "Series", "Why"],
    "zones": [
        "CustomZone",
        "FOLDS",
        "GAPS",
        "Zone",
        "clear_cache",
        "same_zone",
        "transitions",
        "tzdb_version",
        "zone_of",
    ],
    "reminders": [
        "Alarm",
        "Alarms",
        "Content",
        "Countdown",
        "DayDigest",
        "Digest",
        "Due",
        "FREE_HOOKS",
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
    ],
    "service": ["Call", "Caller", "Service", "compute", "field", "read", "watch", "write"],
    "store": [
        "Conflict",
        "Exists",
        "Kept",
        "NotFound",
        "Stale",
        "Store",
        "Transaction",
        "Unavailable",
        "WrongRevision",
        "calendars",
        "changes",
        "columns",
        "directory",
        "events",
        "meetings",
        "migrate",
        "migrating",
        "polls",
        "requests",
        "settings",
        "verify",
    ],
    "v1": [],
    "views": [
        "Dates",
        "DayView",
        "Deletion",
        "Entry",
        "Feed",
        "Layer",
        "Layers",
        "Mode",
        "Modes",
        "Placed",
        "View",
        "day",
        "entries",
        "feed_dates",
        "grid",
        "iso_week",
        "listed",
        "month",
        "plan_deletion",
        "suited",
        "to_ical",
        "view",
        "week",
    ],
}


def test_package():
    """The package offers these names, and no other."""
    assert PACKAGE == sorted(schedcore.__all__)
    assert set(PACKAGE) <= set(dir(schedcore))


@pytest.mark.parametrize("name", PACKAGE)
def test_each_name_is_there(name):
    """Each lazy name can be had, is kept once it was, and is the room's own object."""
    value = getattr(schedcore, name)
    assert vars(schedcore)[name] is value
    if name != "__version__":
        room = importlib.import_module(f"schedcore.{schedcore._ROOMS[name]}")
        assert getattr(room, name) is value


def test_lazy_names_are_the_typed_ones():
    """What type checkers see (the imports that never run) is what __getattr__ gives."""
    tree = ast.parse(inspect.getsource(schedcore))
    typed = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {name: f"schedcore.{room}" for name, room in schedcore._ROOMS.items()}
    assert sorted([*typed, "__version__"]) == sorted(schedcore.__all__)


def test_no_such_name():
    """A name that is not public is an AttributeError that lists those that are."""
    with pytest.raises(AttributeError, match=r"has no attribute 'Rulez': its public names are Calendar, CancelToken"):
        schedcore.Rulez  # noqa: B018


@pytest.mark.parametrize("room", ROOMS)
def test_room(room):
    """A room offers these names, and has them all."""
    module = importlib.import_module(f"schedcore.{room}")
    assert ROOMS[room] == sorted(module.__all__)
    assert [] == [name for name in module.__all__ if not hasattr(module, name)]


def test_every_room_is_locked():
    """No room of the house is left out above."""
    rooms = {file.parent.name for file in layers.files(".py") if file.name == "__init__.py"} - {"schedcore"}
    rooms -= {"migrations"}  # the steps of store, which only Alembic loads
    assert set(ROOMS) == rooms | {"errors"}
