"""Who was put into a run by its organisers, and what a walk-in is called until they say something themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0028_put_in"
down_revision = "0027_directions_and_paces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participations", sa.Column("put_in", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("participations", sa.Column("called", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_participations_called_length"), "participations", "char_length(called) <= 60")


def downgrade() -> None:
    op.drop_column("participations", "called")
    op.drop_column("participations", "put_in")
