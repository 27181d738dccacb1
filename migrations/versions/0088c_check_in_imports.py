"""Files of check-ins of the older version, and the check-ins that came from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0088c_check_in_imports"
down_revision = "0088b_reaching_out"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _created() -> sa.Column:
    return sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    table = "check_in_imports"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("bad", postgresql.JSONB(), nullable=False),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        _created(),
        sa.CheckConstraint("jsonb_array_length(rows) <= 1000", name=op.f(f"ck_{table}_rows")),
        sa.CheckConstraint("(report IS NULL) = (done_at IS NULL)", name=op.f(f"ck_{table}_done")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index("ix_check_in_imports_person_id", table, ["person_id"])
    op.create_index("ix_check_in_imports_created_at", table, ["created_at"])
    table = "imported_check_ins"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("check_in_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        _created(),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["check_in_id"], ["check_ins.id"], name=op.f(f"fk_{table}_check_in_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("person_id", "source", name=op.f(f"uq_{table}_person_id_source")),
    )
    op.create_index("ix_imported_check_ins_check_in_id", table, ["check_in_id"])


def downgrade() -> None:
    op.drop_table("imported_check_ins")
    op.drop_table("check_in_imports")
