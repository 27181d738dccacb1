"""The soonest runs with a pin, for the map."""

import sqlalchemy as sa
from alembic import op

revision = "0012_pins"
down_revision = "0011_finding"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_runs_pinned",
        "runs",
        ["starts_at", "id"],
        postgresql_where=sa.text("visibility = 'public' AND cancelled_at IS NULL AND latitude IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_runs_pinned", "runs")
