"""Routes of runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_routes"
down_revision = "0012_pins"
branch_labels = None
depends_on = None

REASONS = "'not_gpx', 'tcx', 'kml', 'fit', 'broken', 'harmful', 'empty', 'too_short', 'too_long', 'failed'"


def upgrade() -> None:
    op.create_table(
        "run_routes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("cut", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("gpx", sa.Text(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("climb_m", sa.Integer(), nullable=True),
        sa.Column("descent_m", sa.Integer(), nullable=True),
        sa.Column("whole", postgresql.JSONB(), nullable=True),
        sa.Column("hidden", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_run_routes_reason")),
        sa.CheckConstraint(
            "(gpx IS NULL) = (distance_m IS NULL) AND (gpx IS NULL) = (whole IS NULL)"
            " AND (gpx IS NULL) = (hidden IS NULL)",
            name=op.f("ck_run_routes_whole_or_nothing"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_routes_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_routes")),
        sa.UniqueConstraint("run_id", name=op.f("uq_run_routes_run_id")),
    )


def downgrade() -> None:
    op.drop_table("run_routes")
