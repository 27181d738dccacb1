"""When athletes have time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0139_availability"
down_revision = "0138_coaching_matches"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "coaching_availability",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("jsonb_array_length(days) = 7", name=op.f("ck_coaching_availability_days")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_availability_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_availability")),
        sa.UniqueConstraint("person_id", name=op.f("uq_coaching_availability_person_id")),
    )
    op.create_table(
        "coaching_availability_exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("last BETWEEN first AND first + 366", name=op.f("ck_coaching_availability_exceptions_days")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name=op.f("ck_coaching_availability_exceptions_minutes")),
        sa.CheckConstraint("char_length(note) <= 100", name=op.f("ck_coaching_availability_exceptions_note_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_coaching_availability_exceptions_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_availability_exceptions")),
    )
    op.create_index(
        "ix_coaching_availability_exceptions_person_id", "coaching_availability_exceptions", ["person_id", "last"]
    )


def downgrade() -> None:
    op.drop_table("coaching_availability_exceptions")
    op.drop_table("coaching_availability")
