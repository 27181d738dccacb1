"""Runs on days of the week are found by an index: without one, a list reads all runs up to the first on such a day."""

from alembic import op

revision = "0055_days_of_the_week"
down_revision = "0054_routes_of_devices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_runs_weekday")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_runs_weekday ON runs (EXTRACT(isodow FROM starts_local), starts_at, id)"
            " WHERE visibility = 'public' AND cancelled_at IS NULL"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_runs_weekday")
