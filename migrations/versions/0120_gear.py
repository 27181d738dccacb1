"""Gear of people, and the gear of an activity."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0120_gear"
down_revision = "0122_who_sees_training"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
MOST = 1_000_000_000


def upgrade() -> None:
    op.create_table(
        "training_gear",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="shoes", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("before_m", sa.Integer(), server_default="0", nullable=False),
        sa.Column("limit_m", sa.Integer(), nullable=True),
        sa.Column("default_kinds", JSONB(), server_default="[]", nullable=False),
        sa.Column("warned_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 60", name=op.f("ck_training_gear_name_length")),
        sa.CheckConstraint("kind IN ('shoes', 'bike', 'other')", name=op.f("ck_training_gear_kind")),
        sa.CheckConstraint(f"before_m BETWEEN 0 AND {MOST}", name=op.f("ck_training_gear_before")),
        sa.CheckConstraint(f"limit_m BETWEEN 1 AND {MOST}", name=op.f("ck_training_gear_limit")),
        sa.CheckConstraint("jsonb_typeof(default_kinds) = 'array'", name=op.f("ck_training_gear_default_kinds")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_training_gear_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_gear")),
    )
    op.create_index("ix_training_gear_person_id", "training_gear", ["person_id", "created_at", "id"])
    op.create_index(
        "ix_training_gear_to_watch",
        "training_gear",
        ["id"],
        postgresql_where=sa.text("limit_m IS NOT NULL AND warned_at IS NULL AND retired_at IS NULL"),
    )
    op.add_column("activities", sa.Column("gear_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_activities_gear_id"), "activities", "training_gear", ["gear_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_activities_gear_id", "activities", ["gear_id"], postgresql_where=sa.text("gear_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_activities_gear_id", "activities")
    op.drop_constraint(op.f("fk_activities_gear_id"), "activities")
    op.drop_column("activities", "gear_id")
    op.drop_table("training_gear")
