"""Runs count the people whom an organiser let in beyond the number of places."""

from alembic import op

revision = "0045b_beyond_capacity"
down_revision = "0045_submissions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE runs ADD COLUMN IF NOT EXISTS beyond_capacity integer NOT NULL DEFAULT 0")
    # What the old constraint allowed, the new one allows too: rows are checked without keeping others waiting.
    op.execute(
        "ALTER TABLE runs DROP CONSTRAINT IF EXISTS ck_runs_room, DROP CONSTRAINT IF EXISTS ck_runs_beyond_capacity, "
        "ADD CONSTRAINT ck_runs_room CHECK "
        "(taken BETWEEN 0 AND capacity + beyond_capacity OR capacity IS NULL AND taken >= 0) NOT VALID, "
        "ADD CONSTRAINT ck_runs_beyond_capacity CHECK (beyond_capacity >= 0) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_room")
        op.execute("ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_beyond_capacity")


def downgrade() -> None:
    op.execute("UPDATE runs SET capacity = taken WHERE taken > capacity")
    op.execute(
        "ALTER TABLE runs DROP CONSTRAINT ck_runs_room, DROP CONSTRAINT ck_runs_beyond_capacity, "
        "ADD CONSTRAINT ck_runs_room CHECK (taken BETWEEN 0 AND capacity OR capacity IS NULL AND taken >= 0) NOT VALID"
    )
    op.drop_column("runs", "beyond_capacity")
