"""Sessions may begin, and be proved, by methods other than a code."""

from alembic import op

revision = "0070_methods"
down_revision = "0062_push"
branch_labels = None
depends_on = None

METHODS = "('mail', 'openid', 'password', 'code', 'passkey')"


def upgrade() -> None:
    for column in ("method", "proved_by"):
        name = f"ck_sessions_{column}"
        op.execute(f"ALTER TABLE sessions DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE sessions ADD CONSTRAINT {name} CHECK ({column} IN {METHODS}) NOT VALID")
    with op.get_context().autocommit_block():
        for column in ("method", "proved_by"):
            op.execute(f"ALTER TABLE sessions VALIDATE CONSTRAINT ck_sessions_{column}")


def downgrade() -> None:
    op.execute("DELETE FROM sessions WHERE method <> 'code'")  # begun in a way that the version before does not know
    op.execute("UPDATE sessions SET proved_by = 'code' WHERE proved_by <> 'code'")
    for column in ("method", "proved_by"):
        name = f"ck_sessions_{column}"
        op.execute(f"ALTER TABLE sessions DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE sessions ADD CONSTRAINT {name} CHECK ({column} IN ('code'))")
