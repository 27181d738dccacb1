"""When runs were edited, an index of cancelled runs for feeds, and the alarm that people want in their calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0052_calendar_feeds"
down_revision = "0048_phone_windows"
branch_labels = None
depends_on = None

ALARM = "alarm IN ('none', '30_minutes', '1_hour', '2_hours', 'evening')"


def upgrade() -> None:
    op.add_column("runs", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_runs_cancelled",
        "runs",
        ["starts_at", "id"],
        postgresql_where=sa.text("visibility = 'public' AND cancelled_at IS NOT NULL"),
    )
    op.add_column("calendar_feeds", sa.Column("alarm", sa.Text(), server_default="none", nullable=False))
    op.create_check_constraint(op.f("ck_calendar_feeds_alarm"), "calendar_feeds", ALARM)


def downgrade() -> None:
    op.drop_column("calendar_feeds", "alarm")
    op.drop_index("ix_runs_cancelled", "runs")
    op.drop_column("runs", "edited_at")
