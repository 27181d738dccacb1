"""Who came to a run."""

import sqlalchemy as sa
from alembic import op

revision = "0021_attendance"
down_revision = "0020_comments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.Column("marked", sa.Text(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_by_id", sa.Uuid(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("marked IN ('COMPLETED', 'NO_SHOW')", name=op.f("ck_attendances_marked")),
        sa.CheckConstraint("said IN ('COMPLETED', 'NO_SHOW')", name=op.f("ck_attendances_said")),
        sa.CheckConstraint("(marked IS NULL) = (marked_at IS NULL)", name=op.f("ck_attendances_marked_at")),
        sa.CheckConstraint("(said IS NULL) = (said_at IS NULL)", name=op.f("ck_attendances_said_at")),
        sa.ForeignKeyConstraint(
            ["participation_id"],
            ["participations.id"],
            name=op.f("fk_attendances_participation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["marked_by_id"], ["people.id"], name=op.f("fk_attendances_marked_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("participation_id", name=op.f("uq_attendances_participation_id")),
    )
    op.create_index(
        "ix_attendances_marked_by_id",
        "attendances",
        ["marked_by_id"],
        postgresql_where=sa.text("marked_by_id IS NOT NULL"),
    )
    op.create_index("ix_runs_begun", "runs", ["starts_at"], postgresql_where=sa.text("cancelled_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_runs_begun", "runs")
    op.drop_table("attendances")
