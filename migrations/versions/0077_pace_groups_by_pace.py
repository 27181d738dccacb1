"""Runs with a pace are found by their pace groups: the planner knows few paces of an array, and would read all runs."""

from alembic import op

revision = "0077_pace_groups_by_pace"
down_revision = "0071b_openid"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_pace_groups_pace")
        op.execute("CREATE INDEX CONCURRENTLY ix_pace_groups_pace ON pace_groups (pace, run_id)")


def downgrade() -> None:
    op.drop_index("ix_pace_groups_pace", "pace_groups")
