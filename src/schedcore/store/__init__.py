"""Store: people, calendars, meetings, polls and votes, kept in one SQLite file or in PostgreSQL.

`Store.open` opens a database; `reading` and `writing` are its transactions; and one module a noun has functions that
take a transaction first: `directory`, `calendars`, `events`, `columns`, `meetings`, `polls`, `settings`, `requests` and
`changes`. Lists come by pages: `after` is the last key that one has, `limit` how many more to give.

What this room does not do: it decides nothing. It knows neither who may do what nor what is in an event; the pure
functions of the rooms below decide, and this one loads and saves.
"""

from __future__ import annotations

from schedcore.store import (
    calendars,
    changes,
    columns,
    directory,
    events,
    meetings,
    migrating,
    polls,
    requests,
    settings,
)
from schedcore.store.errors import Conflict, Exists, NotFound, Stale, Unavailable, WrongRevision
from schedcore.store.store import Store, migrate, verify
from schedcore.store.transactions import Kept, Transaction

__all__ = [
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
]
