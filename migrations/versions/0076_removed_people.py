"""People whom an organiser took off the list of a run, who can only ask to join again."""

import sqlalchemy as sa
from alembic import op

revision = "0076_removed_people"
down_revision = "0080_crews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participations", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("participations", "removed_at")
