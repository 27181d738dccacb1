"""The operators, found without reading all people: the audit log asks for their names, and alerts for whom to tell."""

from alembic import op

revision = "0195_operators"
down_revision = "0182_shut_out"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_people_operators")
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_people_operators ON people (id) WHERE is_operator")


def downgrade() -> None:
    op.drop_index("ix_people_operators", "people")
