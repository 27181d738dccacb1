"""One table of rate limits, and comments that know which form they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0039_rate_limits"
down_revision = "0035_notification_kinds"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rate_limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("moments", sa.ARRAY(MOMENT), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_limits")),
        sa.UniqueConstraint("name", "subject_id", name=op.f("uq_rate_limits_name_subject_id")),
    )
    op.create_index(op.f("ix_rate_limits_ends_at"), "rate_limits", ["ends_at"])
    op.add_column("run_comments", sa.Column("submission_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_run_comments_submission_id"), "run_comments", ["submission_id"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_run_comments_submission_id"), "run_comments")
    op.drop_column("run_comments", "submission_id")
    op.drop_table("rate_limits")
