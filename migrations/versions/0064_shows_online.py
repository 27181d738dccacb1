"""Whether companions, and people with whom there is a conversation, see that a person is online."""

import sqlalchemy as sa
from alembic import op

revision = "0064_shows_online"
down_revision = "0055_days_of_the_week"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("shows_online", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("people", "shows_online")
