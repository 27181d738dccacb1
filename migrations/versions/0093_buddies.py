"""Whether the buddy of a duty was asked by a phone number."""

import sqlalchemy as sa
from alembic import op

revision = "0093_buddies"
down_revision = "0092_duties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    asked = sa.Column("buddy_asked", sa.Boolean(), server_default="false", nullable=False)
    op.add_column("duty_bookings", asked)


def downgrade() -> None:
    op.drop_column("duty_bookings", "buddy_asked")
