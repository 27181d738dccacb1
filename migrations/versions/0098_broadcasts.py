"""Messages to people with duties."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0098_broadcasts"
down_revision = "0097_closeouts"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "duty_broadcasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("stopped_by_id", sa.Uuid(), nullable=True),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("texted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'draft') = (approved_at IS NULL)", name=op.f("ck_duty_broadcasts_approved")),
        sa.CheckConstraint("audience IN ('shift', 'day', 'role', 'all')", name=op.f("ck_duty_broadcasts_audience")),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f("ck_duty_broadcasts_belongs")),
        sa.CheckConstraint("(audience = 'day') = (day IS NOT NULL)", name=op.f("ck_duty_broadcasts_day")),
        sa.CheckConstraint(
            "(audience IN ('shift', 'role')) = (schedule_id IS NOT NULL)", name=op.f("ck_duty_broadcasts_schedule")
        ),
        sa.CheckConstraint("(audience = 'shift') = (starts_at IS NOT NULL)", name=op.f("ck_duty_broadcasts_shift")),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'sending', 'sent', 'stopped')", name=op.f("ck_duty_broadcasts_state")
        ),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 500", name=op.f("ck_duty_broadcasts_text_length")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_duty_broadcasts_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["stopped_by_id"], ["people.id"], name=op.f("fk_duty_broadcasts_stopped_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["duty_schedules.id"], name=op.f("fk_duty_broadcasts_schedule_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_duty_broadcasts_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["people.id"], name=op.f("fk_duty_broadcasts_sender_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_broadcasts")),
    )
    op.create_index("ix_duty_broadcasts_crew_id", "duty_broadcasts", ["crew_id", "created_at", "id"])
    op.create_index("ix_duty_broadcasts_schedule_id", "duty_broadcasts", ["schedule_id"])
    op.create_index(
        "ix_duty_broadcasts_send_at",
        "duty_broadcasts",
        ["send_at"],
        postgresql_where=sa.text("state IN ('scheduled', 'sending')"),
    )
    op.create_index("ix_duty_broadcasts_sender_id", "duty_broadcasts", ["sender_id"])
    op.create_index("ix_duty_broadcasts_series_id", "duty_broadcasts", ["series_id", "created_at", "id"])
    op.create_index("ix_duty_broadcasts_stopped_by_id", "duty_broadcasts", ["stopped_by_id"])


def downgrade() -> None:
    op.drop_table("duty_broadcasts")
