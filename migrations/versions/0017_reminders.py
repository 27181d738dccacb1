"""Who was reminded of which run."""

import sqlalchemy as sa
from alembic import op

revision = "0017_reminders"
down_revision = "0016_small_cells"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('evening', 'soon')", name=op.f("ck_run_reminders_kind")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_reminders_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_run_reminders_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_reminders")),
        sa.UniqueConstraint(
            "run_id", "kind", "start", "person_id", name=op.f("uq_run_reminders_run_id_kind_start_person_id")
        ),
    )
    op.create_index("ix_run_reminders_person_id", "run_reminders", ["person_id"])
    op.create_index("ix_run_reminders_created_at", "run_reminders", ["created_at"])


def downgrade() -> None:
    op.drop_table("run_reminders")
