"""Companions are asked along to runs."""

import sqlalchemy as sa
from alembic import op

revision = "0052c_run_invites"
down_revision = "0051_thanks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("asker_id <> person_id", name=op.f("ck_run_invites_two_people")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_invites_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_run_invites_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["asker_id"], ["people.id"], name=op.f("fk_run_invites_asker_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_invites")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_run_invites_run_id_person_id")),
    )
    for column in ("person_id", "asker_id"):
        op.create_index(f"ix_run_invites_{column}", "run_invites", [column])


def downgrade() -> None:
    op.drop_table("run_invites")
