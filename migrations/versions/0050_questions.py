"""Questions of organisers to people who join a run, and their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0050_questions"
down_revision = "0052b_follows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("questions", JSONB(), server_default="[]", nullable=False))
    op.add_column("participations", sa.Column("answers", JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("participations", "answers")
    op.drop_column("runs", "questions")
