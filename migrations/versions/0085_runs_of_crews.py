"""Runs and series belong to crews, and members of a crew may publish its runs."""

import sqlalchemy as sa
from alembic import op

revision = "0085_runs_of_crews"
down_revision = "0081_check_ins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crews", sa.Column("members_may_publish", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("runs", sa.Column("crew_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("crew_told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("series", sa.Column("crew_id", sa.Uuid(), nullable=True))
    for table in ("runs", "series"):
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_crew_id FOREIGN KEY (crew_id) REFERENCES crews (id)"
            " ON DELETE SET NULL NOT VALID"
        )
    op.drop_constraint(op.f("ck_runs_visibility"), "runs", type_="check")
    op.execute(
        "ALTER TABLE runs ADD CONSTRAINT ck_runs_visibility CHECK (visibility IN ('public', 'link', 'crew')) NOT VALID"
    )
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for table in ("runs", "series"):
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_crew_id")
        op.execute("ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_visibility")
        for name, on in (
            ("ix_runs_crew_id_starts_at", "runs (crew_id, starts_at, id) WHERE crew_id IS NOT NULL"),
            ("ix_runs_crew_untold", "runs (created_at, id) WHERE crew_id IS NOT NULL AND crew_told_at IS NULL"),
            ("ix_series_crew_id", "series (crew_id) WHERE crew_id IS NOT NULL"),
        ):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")


def downgrade() -> None:
    op.execute("UPDATE runs SET visibility = 'link' WHERE visibility = 'crew'")
    op.drop_constraint(op.f("ck_runs_visibility"), "runs", type_="check")
    op.create_check_constraint(op.f("ck_runs_visibility"), "runs", "visibility IN ('public', 'link')")
    for table in ("series", "runs"):
        op.drop_column(table, "crew_id")
    op.drop_column("runs", "crew_told_at")
    op.drop_column("crews", "members_may_publish")
