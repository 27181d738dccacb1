"""Thanks to the organisers of a run, and people who do not want to be asked how a run was."""

import sqlalchemy as sa
from alembic import op

revision = "0051_thanks"
down_revision = "0050_questions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("recap_notices", sa.Boolean(), server_default="true", nullable=False))
    # Nobody is asked about runs of the past: the default fills their rows without writing them, and then goes.
    op.execute("ALTER TABLE runs ADD COLUMN recap_at timestamptz DEFAULT now()")
    op.execute("ALTER TABLE runs ALTER COLUMN recap_at DROP DEFAULT")
    op.create_table(
        "run_thanks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_thanks_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_run_thanks_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_thanks")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_run_thanks_run_id_person_id")),
    )
    op.create_index("ix_run_thanks_person_id", "run_thanks", ["person_id"])


def downgrade() -> None:
    op.drop_table("run_thanks")
    op.drop_column("runs", "recap_at")
    op.drop_column("people", "recap_notices")
