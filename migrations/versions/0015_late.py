"""How late somebody said they would be."""

import sqlalchemy as sa
from alembic import op

revision = "0015_late"
down_revision = "0014_pictures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participations", sa.Column("late_min", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_participations_late_min"), "participations", "late_min BETWEEN 1 AND 60")


def downgrade() -> None:
    op.drop_column("participations", "late_min")
