"""People choose the channels of notifications, and quiet hours for days of the week."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0058_notification_choices"
down_revision = "0064_shows_online"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("in_app", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("people", sa.Column("quiet_days", postgresql.JSONB(), nullable=True))
    op.create_table(
        "notification_choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("weekly_summary", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_notification_choices_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notification_choices_person_id")),
    )
    op.create_index(
        "ix_notification_choices_weekly_summary",
        "notification_choices",
        ["person_id"],
        postgresql_where=sa.text("weekly_summary"),
    )


def downgrade() -> None:
    op.drop_table("notification_choices")
    op.drop_column("people", "quiet_days")
    op.drop_column("notifications", "in_app")
