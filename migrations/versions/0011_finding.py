"""Finding runs: by words that half-spaces do not part, by the organiser's name, and by where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0011_finding"
down_revision = "0010_series"
branch_labels = None
depends_on = None

CELLS = ("cell", "wide_cell", "widest_cell")


def upgrade() -> None:
    op.add_column("runs", sa.Column("place_key", sa.Text(), server_default="", nullable=False))
    op.add_column("runs", sa.Column("spot_latitude", sa.Float(), nullable=True))
    op.add_column("runs", sa.Column("spot_longitude", sa.Float(), nullable=True))
    for name in CELLS:
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=True))
    fill()
    op.create_index(
        "ix_runs_place_key",
        "runs",
        ["place_key"],
        postgresql_ops={"place_key": "text_pattern_ops"},
        postgresql_where=sa.text("visibility = 'public' AND latitude IS NOT NULL"),
    )
    for name in CELLS:
        op.create_index(
            f"ix_runs_{name}",
            "runs",
            [name, "starts_at", "id"],
            postgresql_where=sa.text(f"visibility = 'public' AND cancelled_at IS NULL AND {name} IS NOT NULL"),
        )


def fill() -> None:
    """Folding words and knowing towns is Python's part: the worker does it for the runs that are there."""
    op.execute(
        "INSERT INTO jobs (id, name, args, queue, status, due_at, attempts) "
        "SELECT gen_random_uuid(), 'runs.let_all_be_found', '{}', 'normal', 'waiting', now(), 0 "
        "WHERE EXISTS (SELECT FROM runs)"
    )


def downgrade() -> None:
    for name in ("place_key", "spot_latitude", "spot_longitude", *CELLS):
        op.drop_column("runs", name)
