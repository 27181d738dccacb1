"""Indexes of what waits for a person's answer, which nearly nobody has any of."""

from alembic import op

revision = "0174_what_may_wait"
down_revision = "0172_told_and_reminded"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_runs_requested": "runs (organiser_id, starts_at) WHERE requested > 0",
    "ix_participations_offered": "participations (person_id) WHERE status = 'OFFERED'",
}


def upgrade() -> None:
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for name, index in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {index}")


def downgrade() -> None:
    for name, index in INDEXES.items():
        op.drop_index(name, index.split()[0])
