"""Boards for meeting points."""

import sqlalchemy as sa
from alembic import op

revision = "0099_boards"
down_revision = "0098_broadcasts"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "duty_boards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("num_nonnulls(crew_id, series_id) = 1", name=op.f("ck_duty_boards_belongs")),
        sa.CheckConstraint("serial > 0", name=op.f("ck_duty_boards_serial")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_duty_boards_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_duty_boards_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_duty_boards_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_boards")),
    )
    op.create_index("ix_duty_boards_author_id", "duty_boards", ["author_id"])
    op.create_index(
        "uq_duty_boards_crew_id",
        "duty_boards",
        ["crew_id"],
        unique=True,
        postgresql_where=sa.text("crew_id IS NOT NULL"),
    )
    op.create_index(
        "uq_duty_boards_series_id",
        "duty_boards",
        ["series_id"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("duty_boards")
