"""What is summed up of the activities of a plan beside the index by which they are found, which alone is read for it."""

from alembic import op

revision = "0181_sums_of_plans"
down_revision = "0194_alphabet"
branch_labels = None
depends_on = None

COLUMNS = "activities (plan_id, started_at, id)"
SUMMED = "person_id, visibility, map_visibility, duration_s, visible_duration_s, distance_m, visible_distance_m"


def _replace(old: str, new: str, index: str) -> None:
    """Make an index, and drop the one that it replaces, while writers go on; an interrupted build leaves one that is not valid."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {new}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {new} ON {index}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {old}")


def upgrade() -> None:
    _replace("ix_activities_plan_id", "ix_activities_of_plan", f"{COLUMNS} INCLUDE ({SUMMED})")


def downgrade() -> None:
    _replace("ix_activities_of_plan", "ix_activities_plan_id", COLUMNS)
