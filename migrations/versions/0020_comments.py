"""Comments under runs, and when a moved run would have started."""

import sqlalchemy as sa
from alembic import op

revision = "0020_comments"
down_revision = "0019_deleted_runs_and_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("previous_starts_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "run_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 300", name=op.f("ck_run_comments_text_length")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_comments_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_run_comments_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_comments")),
    )
    op.create_index("ix_run_comments_run_id_created_at_id", "run_comments", ["run_id", "created_at", "id"])
    op.create_index(
        "ix_run_comments_author_id_run_id_created_at", "run_comments", ["author_id", "run_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_column("runs", "previous_starts_at")
    op.drop_table("run_comments")
