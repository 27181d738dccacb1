"""Notifications: one row per person and event."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_notifications"
down_revision = "0002_outbox"
branch_labels = None
depends_on = None

TYPES = (
    "interest_received",
    "interest_accepted",
    "interest_ended",
    "run_joined",
    "run_promoted",
    "run_changed",
    "run_cancelled",
    "account_security",
)


def upgrade() -> None:
    listed = ", ".join(f"'{name}'" for name in TYPES)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(f"type IN ({listed})", name=op.f("ck_notifications_type")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_notifications_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["people.id"], name=op.f("fk_notifications_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("event", "person_id", name=op.f("uq_notifications_event_person_id")),
    )
    op.create_index("ix_notifications_person_id_created_at_id", "notifications", ["person_id", "created_at", "id"])
    op.create_index(
        "ix_notifications_unread", "notifications", ["person_id"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_index(
        "ix_notifications_actor_id", "notifications", ["actor_id"], postgresql_where=sa.text("actor_id IS NOT NULL")
    )
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"])


def downgrade() -> None:
    op.drop_table("notifications")
