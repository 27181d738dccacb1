"""A table of sent forms, so that any form creates one thing however often it is sent; pace groups that change places."""

import sqlalchemy as sa
from alembic import op

revision = "0045_submissions"
down_revision = "0040_media_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_created_at"), "submissions", ["created_at"])
    replace_constraint("DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    replace_constraint("")
    op.drop_table("submissions")


def replace_constraint(kind: str) -> None:
    """Replace the unique constraint of pace groups, a small table: its index is built in an instant."""
    op.execute(
        "ALTER TABLE pace_groups DROP CONSTRAINT uq_pace_groups_run_id_position, "
        f"ADD CONSTRAINT uq_pace_groups_run_id_position UNIQUE (run_id, position) {kind}"
    )
