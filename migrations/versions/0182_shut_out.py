"""An index of the few people who are suspended or banned, whom lists and the number on the bell leave out."""

from alembic import op

revision = "0182_shut_out"
down_revision = "0188_sums_of_sessions"
branch_labels = None
depends_on = None

INDEX = "ix_people_shut_out"


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON people (id) WHERE state IN ('suspended', 'banned')"
        )


def downgrade() -> None:
    op.drop_index(INDEX, "people")
