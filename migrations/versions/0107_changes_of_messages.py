"""Count the changes of messages; the column needs no rewrite of the table."""

import sqlalchemy as sa
from alembic import op

revision = "0107_changes_of_messages"
down_revision = "0111_training_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("changes", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("messages", "changes")
