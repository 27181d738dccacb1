"""By what the number is known again that somebody typed to organise a run with its holder."""

import sqlalchemy as sa
from alembic import op

revision = "0030_number_marks"
down_revision = "0029_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run_organisers", sa.Column("number_mark", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("run_organisers", "number_mark")
