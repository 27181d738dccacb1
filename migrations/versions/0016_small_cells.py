"""A finer grid for small circles, runs for women by their start; and squares that are numbered otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0016_small_cells"
down_revision = "0015_late"
branch_labels = None
depends_on = None

LISTED = "visibility = 'public' AND cancelled_at IS NULL"


def upgrade() -> None:
    op.add_column("runs", sa.Column("small_cell", sa.Integer(), nullable=True))
    op.create_index(
        "ix_runs_small_cell",
        "runs",
        ["small_cell", "starts_at", "id"],
        postgresql_where=sa.text(f"{LISTED} AND small_cell IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_women", "runs", ["starts_at", "id"], postgresql_where=sa.text(f"{LISTED} AND company = 'women'")
    )
    op.execute(
        "INSERT INTO jobs (id, name, args, queue, status, due_at, attempts) "
        "SELECT gen_random_uuid(), 'runs.let_all_be_found', '{}', 'normal', 'waiting', now(), 0 "
        "WHERE EXISTS (SELECT FROM runs)"
    )


def downgrade() -> None:
    op.drop_index("ix_runs_women", "runs")
    op.drop_column("runs", "small_cell")
