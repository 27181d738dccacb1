"""Work for later: jobs, and the outbox with its history; and what the console gateway delivered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_outbox"
down_revision = "0001_people"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())


def record() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
    ]


def changing() -> list[sa.Column]:
    return [
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "jobs",
        *record(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", JSON, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        *changing(),
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_jobs_status")),
        sa.CheckConstraint("queue IN ('urgent', 'normal')", name=op.f("ck_jobs_queue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
    )
    waits = sa.text("status IN ('waiting', 'running')")
    op.create_index("ix_jobs_due", "jobs", ["queue", "due_at"], postgresql_where=waits)
    op.create_index("ix_jobs_status_updated_at", "jobs", ["status", "updated_at"])

    op.create_table(
        "outbox_messages",
        *record(),
        sa.Column("kind", sa.Text(), server_default="sms", nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        *changing(),
        sa.CheckConstraint("kind = 'sms'", name=op.f("ck_outbox_messages_kind")),
        sa.CheckConstraint("priority BETWEEN 0 AND 3", name=op.f("ck_outbox_messages_priority")),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'failed', 'expired', 'cancelled')",
            name=op.f("ck_outbox_messages_status"),
        ),
        sa.CheckConstraint(r"recipient ~ '^\+[1-9][0-9]{6,14}$'", name=op.f("ck_outbox_messages_recipient_e164")),
        sa.CheckConstraint(
            "status IN ('pending', 'sending') OR secret IS NULL", name=op.f("ck_outbox_messages_secret_wiped")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_outbox_messages_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_messages_key")),
    )
    waits = sa.text("status IN ('pending', 'sending')")
    op.create_index(
        "ix_outbox_messages_due", "outbox_messages", ["priority", "next_attempt_at"], postgresql_where=waits
    )
    op.create_index("ix_outbox_messages_status_created_at", "outbox_messages", ["status", "created_at", "id"])
    op.create_index("ix_outbox_messages_created_at", "outbox_messages", ["created_at", "id"])
    op.create_index(op.f("ix_outbox_messages_person_id"), "outbox_messages", ["person_id"])

    op.create_table(
        "outbox_events",
        *record(),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_messages.id"], name=op.f("fk_outbox_events_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
    )
    op.create_index("ix_outbox_events_message_id_created_at", "outbox_events", ["message_id", "created_at", "id"])

    op.create_table(
        "console_deliveries",
        *record(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('sms', 'mail', 'push')", name=op.f("ck_console_deliveries_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_console_deliveries_key")),
    )
    op.create_index(
        "ix_console_deliveries_recipient_created_at", "console_deliveries", ["recipient", "created_at", "id"]
    )
    op.create_index("ix_console_deliveries_created_at", "console_deliveries", ["created_at", "id"])


def downgrade() -> None:
    for table in ("console_deliveries", "outbox_events", "outbox_messages", "jobs"):
        op.drop_table(table)
