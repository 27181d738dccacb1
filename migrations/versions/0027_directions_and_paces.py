"""How to find each other at a meeting point, and the paces of a run's groups beside the run."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027_directions_and_paces"
down_revision = "0026_leaving"
branch_labels = None
depends_on = None

LISTED = "visibility = 'public' AND cancelled_at IS NULL"


def upgrade() -> None:
    op.add_column("runs", sa.Column("directions", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_runs_directions_length"), "runs", "char_length(directions) <= 500")
    op.add_column("runs", sa.Column("paces", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False))
    op.execute(
        "UPDATE runs SET paces = of.paces FROM (SELECT run_id, array_agg(DISTINCT pace ORDER BY pace) AS paces"
        " FROM pace_groups GROUP BY run_id) AS of WHERE of.run_id = runs.id"
    )
    op.create_index("ix_runs_paces", "runs", ["paces"], postgresql_using="gin", postgresql_where=sa.text(LISTED))


def downgrade() -> None:
    op.drop_index("ix_runs_paces", "runs")
    op.drop_column("runs", "paces")
    op.drop_column("runs", "directions")
