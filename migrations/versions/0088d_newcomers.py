"""Newcomers are asked how it has been."""

import sqlalchemy as sa
from alembic import op

revision = "0088d_newcomers"
down_revision = "0088c_check_in_imports"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    table = "newcomer_questions"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("feeling", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("readers", sa.Text(), server_default="nobody", nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("feeling IS NULL OR feeling IN ('well', 'mixed', 'hard')", name=op.f(f"ck_{table}_feeling")),
        sa.CheckConstraint("readers IN ('admins', 'nobody')", name=op.f(f"ck_{table}_readers")),
        sa.CheckConstraint("char_length(text) <= 500", name=op.f(f"ck_{table}_text_length")),
        sa.CheckConstraint("(feeling IS NULL) = (answered_at IS NULL)", name=op.f(f"ck_{table}_answered")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f(f"fk_{table}_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("crew_id", "person_id", name=op.f(f"uq_{table}_crew_id_person_id")),
    )
    op.create_index("ix_newcomer_questions_person_id", table, ["person_id"])
    op.create_index(
        "ix_newcomer_questions_answered",
        table,
        ["crew_id", "answered_at", "id"],
        postgresql_where=sa.text("readers = 'admins' AND answered_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("newcomer_questions")
