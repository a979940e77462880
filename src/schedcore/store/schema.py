"""The tables: what a store keeps, and nothing of what it means.

Rules of this module:

1. What belongs to something goes with it (ON DELETE CASCADE): a person's calendar, a calendar's events, a poll's votes
   and the log of them (rule L25).
2. A `version` is the number of the last change of a row, out of `changes.seq`. Such a number is given once, so that a
   version only grows, and that of a row that was made anew under an old id was never one of the old row.
3. `calendars.revision` is the number of the last change of what is in a calendar, `version` that of what it says of
   itself. Whatever was computed of a calendar's content holds as long as the revision is the same.
4. Meetings, polls and settings are kept as JSON, in the form of their codecs, with columns only for what is looked for.
   A poll's JSON is without ballots: each is a row of `votes`, so that two voters never write the same row.
5. Whatever changes here changes in a migration too: `schedcore.store.migrating.differences` compares the two.

Product rules: L25.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, PrimaryKeyConstraint, Table, text
from sqlalchemy.schema import UniqueConstraint

from schedcore.store.kinds import BYTES, KEY, LONG_KEY, NUMBER, SERIAL, TEXT

__all__ = ["METADATA"]

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of(target: str, name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    """A column that names a row of another table, and goes with it."""
    return Column(
        name,
        KEY,
        ForeignKey(target, ondelete="CASCADE"),
        nullable=nullable and not primary_key,
        primary_key=primary_key,
    )


people: Final = Table(
    "people",
    METADATA,
    Column("id", KEY, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("version", NUMBER, nullable=False),
)

addresses: Final = Table(
    "addresses",
    METADATA,
    Column("address", KEY, primary_key=True),
    _of("people.id", "person"),
    Column("place", NUMBER, nullable=False),  # the order in which they were given
    Index(None, "person"),
)

groups: Final = Table(
    "groups",
    METADATA,
    Column("id", KEY, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("administrator", KEY, ForeignKey("people.id", ondelete="SET NULL")),
    Column("version", NUMBER, nullable=False),
    Index(None, "administrator"),
)

members: Final = Table(
    "members",
    METADATA,
    _of("groups.id", "group_id", primary_key=True),
    _of("people.id", "person", primary_key=True),
    Column("co_administrator", NUMBER, nullable=False),  # 0 or 1
    Index(None, "person"),
)

contacts: Final = Table(
    "contacts",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _of("people.id", "person", nullable=True),  # whose address book: a person's or a group's
    _of("groups.id", "group_id", nullable=True),
    Column("place", NUMBER, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("addresses", TEXT, nullable=False),  # a JSON list
    CheckConstraint("(person IS NULL) <> (group_id IS NULL)", name="one_book"),
    Index(None, "person", "place"),
    Index(None, "group_id", "place"),
    sqlite_autoincrement=True,
)

calendars: Final = Table(
    "calendars",
    METADATA,
    Column("id", KEY, primary_key=True),
    Column("kind", KEY, nullable=False),  # personal, group or external
    _of("people.id", "person", nullable=True),  # the owner of a personal one, the subscriber of an external one
    _of("groups.id", "group_id", nullable=True),
    Column("name", TEXT, nullable=False),
    Column("tz", TEXT, nullable=False),  # "" where none is set
    Column("publication", TEXT, nullable=False),
    Column("address", TEXT, nullable=False),  # of an external one, else ""
    Column("unreadable", TEXT, nullable=False),  # why its content could not be read, "" if it could
    Column("version", NUMBER, nullable=False),
    Column("revision", NUMBER, nullable=False),
    CheckConstraint("(kind = 'group') = (group_id IS NOT NULL)", name="group_of"),
    CheckConstraint("(kind <> 'group') = (person IS NOT NULL)", name="person_of"),
    Index(None, "person"),
    # Everybody and every group has one calendar of their own (rule U3).
    Index(
        "uq_calendars_personal",
        "person",
        unique=True,
        sqlite_where=text("kind = 'personal'"),
        postgresql_where=text("kind = 'personal'"),
    ),
    UniqueConstraint("group_id"),
)

grants: Final = Table(
    "grants",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _of("calendars.id", "calendar"),
    _of("people.id", "member", nullable=True),
    _of("groups.id", "group_id", nullable=True),
    Column("access", TEXT, nullable=False),  # read or read-write; RIGHT is a word of SQL
    CheckConstraint("(member IS NULL) <> (group_id IS NULL)", name="one_grantee"),
    UniqueConstraint("calendar", "member"),
    UniqueConstraint("calendar", "group_id"),
    Index(None, "member"),
    Index(None, "group_id"),
    sqlite_autoincrement=True,
)

events: Final = Table(
    "events",
    METADATA,
    _of("calendars.id", "calendar"),
    Column("uid", LONG_KEY, nullable=False),
    Column("ics", BYTES, nullable=False),  # one VCALENDAR: all components of the UID, and the VTIMEZONEs they name
    Column("native", NUMBER, nullable=False),  # 1: made here, 0: imported
    Column("meeting", KEY),  # the meeting that stands here, else NULL
    Column("first_start", NUMBER, nullable=False),  # no occurrence starts before; UTC seconds
    Column("last_end", NUMBER, nullable=False),  # none ends after; the largest number of 64 bits: it never ends
    Column("version", NUMBER, nullable=False),
    PrimaryKeyConstraint("calendar", "uid"),
    Index(None, "calendar", "last_end"),
    Index(None, "meeting"),
)

columns: Final = Table(
    "columns",
    METADATA,
    _of("calendars.id", "calendar", primary_key=True),
    Column("revision", NUMBER, nullable=False),  # of the calendar when they were made
    Column("data", BYTES, nullable=False),
)

meetings: Final = Table(
    "meetings",
    METADATA,
    Column("id", KEY, primary_key=True),
    Column("group_id", KEY),
    Column("creator", KEY, nullable=False),
    Column("data", TEXT, nullable=False),
    Column("version", NUMBER, nullable=False),
    Index(None, "group_id", "id"),
)

meeting_people: Final = Table(
    "meeting_people",
    METADATA,
    Column("name", KEY, nullable=False),  # an id of an account or an address: every name that somebody has there
    _of("meetings.id", "meeting"),
    PrimaryKeyConstraint("name", "meeting"),
    Index(None, "meeting"),
)

polls: Final = Table(
    "polls",
    METADATA,
    Column("id", KEY, primary_key=True),
    Column("state", TEXT, nullable=False),
    Column("limited", NUMBER, nullable=False),  # 1: an option has few places, so that votes of others matter
    Column("data", TEXT, nullable=False),
    Column("version", NUMBER, nullable=False),
)

poll_people: Final = Table(
    "poll_people",
    METADATA,
    Column("name", KEY, nullable=False),  # every name of its creator and of its voters
    _of("polls.id", "poll"),
    PrimaryKeyConstraint("name", "poll"),
    Index(None, "poll"),
)

voters: Final = Table(
    "voters",
    METADATA,
    _of("polls.id", "poll"),
    Column("voter", KEY, nullable=False),
    PrimaryKeyConstraint("poll", "voter"),
)

votes: Final = Table(
    "votes",
    METADATA,
    _of("polls.id", "poll"),
    Column("voter", KEY, nullable=False),
    Column("option_number", NUMBER, nullable=False),
    Column("vote", NUMBER, nullable=False),
    Column("at", NUMBER, nullable=False),
    PrimaryKeyConstraint("poll", "voter", "option_number"),
)

vote_log: Final = Table(
    "vote_log",
    METADATA,
    Column("seq", SERIAL, primary_key=True),
    _of("polls.id", "poll"),
    Column("voter", KEY, nullable=False),
    Column("option_number", NUMBER, nullable=False),
    Column("old", NUMBER),  # NULL: had not voted
    Column("new", NUMBER),  # NULL: has taken it back, or lost it with the option
    Column("at", NUMBER, nullable=False),
    Column("changed_by", KEY, nullable=False),
    Index(None, "poll", "seq"),
    sqlite_autoincrement=True,
)

settings: Final = Table(
    "settings",
    METADATA,
    _of("people.id", "person"),
    Column("kind", KEY, nullable=False),
    Column("name", KEY, nullable=False),
    Column("data", TEXT, nullable=False),
    Column("version", NUMBER, nullable=False),
    PrimaryKeyConstraint("person", "kind", "name"),
)

requests: Final = Table(
    "requests",
    METADATA,
    Column("principal", KEY, nullable=False),
    Column("method", KEY, nullable=False),
    Column("request_id", KEY, nullable=False),
    Column("body_hash", BYTES, nullable=False),
    Column("response", BYTES, nullable=False),
    Column("about", KEY),  # the poll that the response tells of, with which it goes; else NULL
    Column("at", NUMBER, nullable=False),
    PrimaryKeyConstraint("principal", "method", "request_id"),
    Index(None, "about"),
    Index(None, "at"),
)

changes: Final = Table(
    "changes",
    METADATA,
    Column("seq", SERIAL, primary_key=True),
    Column("writer", NUMBER, nullable=False),  # PostgreSQL's number of the transaction, 0 on SQLite: see `changes`
    Column("kind", KEY, nullable=False),
    Column("id", KEY, nullable=False),
    Column("who", KEY),  # the voter whose vote it was, NULL for anything else
    Column("at", NUMBER, nullable=False),
    Index(None, "writer", "seq"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

#: How often several tables were changed that make one value, by its name: the same number, the same value.
marks: Final = Table(
    "marks",
    METADATA,
    Column("name", KEY, primary_key=True),
    Column("value", NUMBER, nullable=False),
)
