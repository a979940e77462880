"""The first tables.

Types stand here as they were: what a step makes may not change when the program does.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

TEXT: Final = sa.Text()
KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER: Final = sa.BigInteger()
SERIAL: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES: Final = sa.LargeBinary()


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "changes",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("writer", NUMBER, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("who", KEY, nullable=True),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_at", "changes", ["at"], unique=False)
    op.create_index("ix_changes_writer_seq", "changes", ["writer", "seq"], unique=False)
    op.create_table(
        "marks",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "meetings",
        sa.Column("id", KEY, nullable=False),
        sa.Column("group_id", KEY, nullable=True),
        sa.Column("creator", KEY, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_group_id_id", "meetings", ["group_id", "id"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "polls",
        sa.Column("id", KEY, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("limited", NUMBER, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
    )
    op.create_table(
        "requests",
        sa.Column("principal", KEY, nullable=False),
        sa.Column("method", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("body_hash", BYTES, nullable=False),
        sa.Column("response", BYTES, nullable=False),
        sa.Column("about", KEY, nullable=True),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("principal", "method", "request_id", name="pk_requests"),
    )
    op.create_index("ix_requests_about", "requests", ["about"], unique=False)
    op.create_index("ix_requests_at", "requests", ["at"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("address", KEY, nullable=False),
        sa.Column("person", KEY, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_addresses_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address", name="pk_addresses"),
    )
    op.create_index("ix_addresses_person", "addresses", ["person"], unique=False)
    op.create_table(
        "groups",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("administrator", KEY, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["administrator"], ["people.id"], name="fk_groups_administrator", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
    )
    op.create_index("ix_groups_administrator", "groups", ["administrator"], unique=False)
    op.create_table(
        "meeting_people",
        sa.Column("name", KEY, nullable=False),
        sa.Column("meeting", KEY, nullable=False),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"], name="fk_meeting_people_meeting", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "meeting", name="pk_meeting_people"),
    )
    op.create_index("ix_meeting_people_meeting", "meeting_people", ["meeting"], unique=False)
    op.create_table(
        "poll_people",
        sa.Column("name", KEY, nullable=False),
        sa.Column("poll", KEY, nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["polls.id"], name="fk_poll_people_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "poll", name="pk_poll_people"),
    )
    op.create_index("ix_poll_people_poll", "poll_people", ["poll"], unique=False)
    op.create_table(
        "settings",
        sa.Column("person", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_settings_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "kind", "name", name="pk_settings"),
    )
    op.create_table(
        "vote_log",
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("poll", KEY, nullable=False),
        sa.Column("voter", KEY, nullable=False),
        sa.Column("option_number", NUMBER, nullable=False),
        sa.Column("old", NUMBER, nullable=True),
        sa.Column("new", NUMBER, nullable=True),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("changed_by", KEY, nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["polls.id"], name="fk_vote_log_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name="pk_vote_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vote_log_poll_seq", "vote_log", ["poll", "seq"], unique=False)
    op.create_table(
        "voters",
        sa.Column("poll", KEY, nullable=False),
        sa.Column("voter", KEY, nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["polls.id"], name="fk_voters_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll", "voter", name="pk_voters"),
    )
    op.create_table(
        "votes",
        sa.Column("poll", KEY, nullable=False),
        sa.Column("voter", KEY, nullable=False),
        sa.Column("option_number", NUMBER, nullable=False),
        sa.Column("vote", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["poll"], ["polls.id"], name="fk_votes_poll", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll", "voter", "option_number", name="pk_votes"),
    )
    op.create_table(
        "calendars",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("person", KEY, nullable=True),
        sa.Column("group_id", KEY, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("tz", TEXT, nullable=False),
        sa.Column("publication", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("unreadable", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.CheckConstraint("(kind <> 'group') = (person IS NOT NULL)", name="ck_calendars_person_of"),
        sa.CheckConstraint("(kind = 'group') = (group_id IS NOT NULL)", name="ck_calendars_group_of"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_calendars_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_calendars_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_calendars"),
        sa.UniqueConstraint("group_id", name="uq_calendars_group_id"),
    )
    op.create_index("ix_calendars_person", "calendars", ["person"], unique=False)
    op.create_index(
        "uq_calendars_personal",
        "calendars",
        ["person"],
        unique=True,
        sqlite_where=sa.text("kind = 'personal'"),
        postgresql_where=sa.text("kind = 'personal'"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("person", KEY, nullable=True),
        sa.Column("group_id", KEY, nullable=True),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("addresses", TEXT, nullable=False),
        sa.CheckConstraint("(person IS NULL) <> (group_id IS NULL)", name="ck_contacts_one_book"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_contacts_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_contacts_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contacts_group_id_place", "contacts", ["group_id", "place"], unique=False)
    op.create_index("ix_contacts_person_place", "contacts", ["person", "place"], unique=False)
    op.create_table(
        "members",
        sa.Column("group_id", KEY, nullable=False),
        sa.Column("person", KEY, nullable=False),
        sa.Column("co_administrator", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_members_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_members_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "person", name="pk_members"),
    )
    op.create_index("ix_members_person", "members", ["person"], unique=False)
    op.create_table(
        "columns",
        sa.Column("calendar", KEY, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("data", BYTES, nullable=False),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name="fk_columns_calendar", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("calendar", name="pk_columns"),
    )
    op.create_table(
        "events",
        sa.Column("calendar", KEY, nullable=False),
        sa.Column("uid", KEY, nullable=False),
        sa.Column("ics", BYTES, nullable=False),
        sa.Column("native", NUMBER, nullable=False),
        sa.Column("meeting", KEY, nullable=True),
        sa.Column("first_start", NUMBER, nullable=False),
        sa.Column("last_end", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name="fk_events_calendar", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("calendar", "uid", name="pk_events"),
    )
    op.create_index("ix_events_calendar_last_end", "events", ["calendar", "last_end"], unique=False)
    op.create_index("ix_events_meeting", "events", ["meeting"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("calendar", KEY, nullable=False),
        sa.Column("member", KEY, nullable=True),
        sa.Column("group_id", KEY, nullable=True),
        sa.Column("access", TEXT, nullable=False),
        sa.CheckConstraint("(member IS NULL) <> (group_id IS NULL)", name="ck_grants_one_grantee"),
        sa.ForeignKeyConstraint(["calendar"], ["calendars.id"], name="fk_grants_calendar", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_grants_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member"], ["people.id"], name="fk_grants_member", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.UniqueConstraint("calendar", "group_id", name="uq_grants_calendar_group_id"),
        sa.UniqueConstraint("calendar", "member", name="uq_grants_calendar_member"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_grants_group_id", "grants", ["group_id"], unique=False)
    op.create_index("ix_grants_member", "grants", ["member"], unique=False)


def downgrade() -> None:
    """Take all tables away, with what is in them."""
    op.drop_index("ix_grants_member", table_name="grants")
    op.drop_index("ix_grants_group_id", table_name="grants")
    op.drop_table("grants")
    op.drop_index("ix_events_meeting", table_name="events")
    op.drop_index("ix_events_calendar_last_end", table_name="events")
    op.drop_table("events")
    op.drop_table("columns")
    op.drop_index("ix_members_person", table_name="members")
    op.drop_table("members")
    op.drop_index("ix_contacts_person_place", table_name="contacts")
    op.drop_index("ix_contacts_group_id_place", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(
        "uq_calendars_personal",
        table_name="calendars",
        sqlite_where=sa.text("kind = 'personal'"),
        postgresql_where=sa.text("kind = 'personal'"),
    )
    op.drop_index("ix_calendars_person", table_name="calendars")
    op.drop_table("calendars")
    op.drop_table("votes")
    op.drop_table("voters")
    op.drop_index("ix_vote_log_poll_seq", table_name="vote_log")
    op.drop_table("vote_log")
    op.drop_table("settings")
    op.drop_index("ix_poll_people_poll", table_name="poll_people")
    op.drop_table("poll_people")
    op.drop_index("ix_meeting_people_meeting", table_name="meeting_people")
    op.drop_table("meeting_people")
    op.drop_index("ix_groups_administrator", table_name="groups")
    op.drop_table("groups")
    op.drop_index("ix_addresses_person", table_name="addresses")
    op.drop_table("addresses")
    op.drop_index("ix_requests_at", table_name="requests")
    op.drop_index("ix_requests_about", table_name="requests")
    op.drop_table("requests")
    op.drop_table("polls")
    op.drop_table("people")
    op.drop_index("ix_meetings_group_id_id", table_name="meetings")
    op.drop_table("meetings")
    op.drop_table("marks")
    op.drop_index("ix_changes_writer_seq", table_name="changes")
    op.drop_index("ix_changes_at", table_name="changes")
    op.drop_table("changes")
