"""Notes and files of an athlete go with the record."""

from alembic import op

revision = "0142_notes_on_athletes"
down_revision = "0146_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for trigger in ("files", "notes"):
        op.execute(
            f"CREATE TRIGGER forget_{trigger} AFTER DELETE ON coaching_athletes"
            f" FOR EACH ROW EXECUTE FUNCTION forget_owned_{trigger}('athlete')"
        )


def downgrade() -> None:
    for trigger in ("files", "notes"):
        op.execute(f"DROP TRIGGER forget_{trigger} ON coaching_athletes")
