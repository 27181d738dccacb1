"""Runs that were deleted, and what organisers write to all who take part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019_deleted_runs_and_messages"
down_revision = "0018_safety"
branch_labels = None
depends_on = None

NOW = {"type_": sa.DateTime(timezone=True), "server_default": sa.func.now(), "nullable": False}


def upgrade() -> None:
    op.create_table(
        "deleted_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("created_at", **NOW),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_runs")),
        sa.UniqueConstraint("short_code", name=op.f("uq_deleted_runs_short_code")),
    )
    op.create_table(
        "run_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("statuses", postgresql.JSONB(), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("texted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", **NOW),
        sa.Column("updated_at", **NOW),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_run_messages_text_length")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_messages_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["people.id"], name=op.f("fk_run_messages_sender_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_messages")),
    )
    op.create_index("ix_run_messages_run_id_sent_at", "run_messages", ["run_id", "sent_at"])
    op.create_index("ix_run_messages_sender_id", "run_messages", ["sender_id"])


def downgrade() -> None:
    op.drop_table("run_messages")
    op.drop_table("deleted_runs")
