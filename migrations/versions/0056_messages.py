"""People write to each other: conversations of two and of a run, their members and messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056_messages"
down_revision = "0059_mutes_and_stops"
branch_labels = None
depends_on = None

BEFORE = "'everyone', 'signed_in', 'companions'"
REPORTED_BEFORE = "'person', 'card', 'run', 'comment', 'photo'"


def upgrade() -> None:
    op.add_column("people", sa.Column("shares_reading", sa.Boolean(), server_default="true", nullable=False))
    _admit("people", "message_visibility", f"{BEFORE}, 'companions_only', 'nobody'")
    _admit("reports", "kind", f"{REPORTED_BEFORE}, 'message'")
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("low_id", sa.Uuid(), nullable=True),
        sa.Column("high_id", sa.Uuid(), nullable=True),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(low_id, high_id) = CASE WHEN run_id IS NULL THEN 2 ELSE 0 END",
            name=op.f("ck_conversations_two_or_run"),
        ),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_conversations_ordered_pair")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_conversations_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["low_id"], ["people.id"], name=op.f("fk_conversations_low_id")),
        sa.ForeignKeyConstraint(["high_id"], ["people.id"], name=op.f("fk_conversations_high_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("run_id", name=op.f("uq_conversations_run_id")),
        sa.UniqueConstraint("low_id", "high_id", name=op.f("uq_conversations_low_id_high_id")),
    )
    _index("conversations", "high_id", "high_id")
    op.create_table(
        "conversation_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'sent', 'request', 'declined')", name=op.f("ck_conversation_members_state")
        ),
        sa.CheckConstraint("num_nonnulls(other_id, run_id) = 1", name=op.f("ck_conversation_members_two_or_run")),
        sa.CheckConstraint("unread >= 0", name=op.f("ck_conversation_members_unread")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_members_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_conversation_members_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["other_id"], ["people.id"], name=op.f("fk_conversation_members_other_id")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_conversation_members_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_members")),
        sa.UniqueConstraint(
            "conversation_id", "person_id", name=op.f("uq_conversation_members_conversation_id_person_id")
        ),
    )
    op.create_index(
        "ix_conversation_members_person_id_last_at", "conversation_members", ["person_id", "last_at", "conversation_id"]
    )
    op.create_index(
        "ix_conversation_members_unread", "conversation_members", ["person_id"], postgresql_where=sa.text("unread > 0")
    )
    _index("conversation_members", "other_id", "other_id", "person_id")
    _index("conversation_members", "run_id", "run_id")
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN deleted_at IS NULL THEN char_length(text) BETWEEN 1 AND 2000 ELSE text = '' END",
            name=op.f("ck_messages_text_length"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_messages_run_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("conversation_id", "number", name=op.f("uq_messages_conversation_id_number")),
    )
    op.create_index("ix_messages_author_id_conversation_id", "messages", ["author_id", "conversation_id"])
    _index("messages", "run_id", "run_id")


def downgrade() -> None:
    for table in ("messages", "conversation_members", "conversations"):
        op.drop_table(table)
    op.execute(
        "UPDATE people SET message_visibility = 'companions' WHERE message_visibility IN ('companions_only', 'nobody')"
    )
    _admit("people", "message_visibility", BEFORE)
    op.execute("DELETE FROM reports WHERE kind = 'message'")
    _admit("reports", "kind", REPORTED_BEFORE)
    op.drop_column("people", "shares_reading")


def _index(table: str, nullable: str, *columns: str) -> None:
    condition = sa.text(f"{nullable} IS NOT NULL")
    op.create_index(f"ix_{table}_{nullable}", table, list(columns), postgresql_where=condition)


def _admit(table: str, column: str, values: str) -> None:
    name = f"ck_{table}_{column}"
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name},"
        f" ADD CONSTRAINT {name} CHECK ({column} IN ({values})) NOT VALID"
    )
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
