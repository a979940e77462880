"""Policy: what blocks, who may know, and who may change it; the product's rules as functions over frozen values.

This room answers for a given viewer, directory and moment. It keeps no rights, knows no log-ins, sends nothing, and
makes no meetings. `rights` opens with the order in which things count, `visibility` with what the levels hold.
"""

from schedcore.policy.added import Relation, check_added, relation
from schedcore.policy.addresses import canonical
from schedcore.policy.answering import Asked, find_times_prepared, freebusy_prepared
from schedcore.policy.asking import find_times_as, freebusy_as
from schedcore.policy.availability import Answer, Suggestion, default_status, status_of_answer, suggest_answer
from schedcore.policy.calendars import (
    PUBLIC,
    ExternalCalendar,
    Grant,
    GroupCalendar,
    PersonalCalendar,
    Publication,
    Right,
)
from schedcore.policy.caps import Caps, Quotas, capped, only_exceptions
from schedcore.policy.collections import Collection, has_reminder
from schedcore.policy.columns import Sights
from schedcore.policy.directory import Contact, Directory, Group, Person
from schedcore.policy.external import HORIZON_DAYS, check_address, horizon, provider_of, refusal, refusal_of_ip
from schedcore.policy.groups import everyone, has_reminders, has_tags, invitable
from schedcore.policy.prepared import Basis, Prepared, Ready
from schedcore.policy.preparing import entry_of, prepare
from schedcore.policy.rights import Sight, granted, level, may_configure, may_write, published, revoked, sight
from schedcore.policy.seeing import Attendee, SeenCalendar, SeenEvent, as_seen_by
from schedcore.policy.starting import Defaults
from schedcore.policy.visibility import Fields, Level, Visibility, visibility_of

__all__ = [
    "HORIZON_DAYS",
    "PUBLIC",
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
    "Level",
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
]
