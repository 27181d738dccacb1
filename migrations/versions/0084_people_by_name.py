"""People are found by the beginning of their name or user name, which read all people."""

from alembic import op

revision = "0084_people_by_name"
down_revision = "0076_removed_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_people_lower_name")
        op.execute("CREATE INDEX CONCURRENTLY ix_people_lower_name ON people (lower(name) text_pattern_ops)")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_people_handle")
        op.execute("CREATE INDEX CONCURRENTLY ix_people_handle ON people (handle text_pattern_ops)")


def downgrade() -> None:
    op.drop_index("ix_people_handle", "people")
    op.drop_index("ix_people_lower_name", "people")
