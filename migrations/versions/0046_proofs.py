"""Sessions say by which method their last proof was made."""

from alembic import op

revision = "0046_proofs"
down_revision = "0045b_beyond_capacity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sessions ADD COLUMN IF NOT EXISTS proved_by text NOT NULL DEFAULT 'code'")
    op.execute("ALTER TABLE sessions DROP CONSTRAINT IF EXISTS ck_sessions_proved_by")
    op.execute("ALTER TABLE sessions ADD CONSTRAINT ck_sessions_proved_by CHECK (proved_by IN ('code')) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE sessions VALIDATE CONSTRAINT ck_sessions_proved_by")


def downgrade() -> None:
    op.drop_column("sessions", "proved_by")
