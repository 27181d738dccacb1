"""Coaches who are asked to be the head of an athlete, which they were made without a word of theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0183_asked_to_head"
down_revision = "0195_operators"
branch_labels = None
depends_on = None

TABLE = "coaching_coaches"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("head_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "head_asked_at")
