"""Deadlines of plans by their days."""

import sqlalchemy as sa
from alembic import op

revision = "0140_deadlines"
down_revision = "0139_availability"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_training_milestones_due_on",
        "training_milestones",
        ["due_on"],
        postgresql_where=sa.text("done_at IS NULL AND due_on IS NOT NULL"),
    )
    op.create_index(
        "ix_training_plans_deadline", "training_plans", ["deadline"], postgresql_where=sa.text("deadline IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_training_plans_deadline", table_name="training_plans")
    op.drop_index("ix_training_milestones_due_on", table_name="training_milestones")
